import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.groups import advantages, is_flat, quantile

REWARDS = st.lists(st.floats(0, 1), min_size=1, max_size=16)


def test_a_difference_of_rounding_is_none():
    assert is_flat([0.1 + 0.2, 0.3])
    assert not is_flat([0.3, 0.301])
    assert not is_flat([])


@pytest.mark.parametrize(("share", "value"), [(0, 0.0), (0.5, 0.0), (0.51, 1.0), (1, 1.0)])
def test_quantiles_are_nearest_rank(share, value):
    assert quantile([1.0, 0.0, 1.0, 0.0], share) == value


@given(REWARDS)
def test_advantages_sum_to_nothing_and_flat_groups_have_none(rewards):
    worth = advantages(rewards)
    assert math.isclose(sum(worth), 0, abs_tol=1e-6)
    assert any(worth) != is_flat(rewards)


@given(REWARDS)
def test_what_is_unscored_moves_nothing(rewards):
    assert advantages([*rewards, None])[:-1] == advantages(rewards)
    assert advantages([*rewards, None])[-1] == 0
