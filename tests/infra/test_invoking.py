"""What Lambda's errors mean: one table, complete, and used by whoever calls a function."""

import itertools

import botocore.session
import pytest

from touchstone.invoking import _FATES, fate_of, pauses

INVOKE = botocore.session.get_session().get_service_model("lambda").operation_model("Invoke")


@pytest.mark.parametrize("error", [shape.name for shape in INVOKE.error_shapes])  # pyright: ignore
def test_every_error_that_an_invocation_may_have_is_in_the_table(error):
    assert error in _FATES


def test_an_error_that_nobody_knows_goes_by_its_status():
    assert [fate_of("New", status) for status in (429, 500, 503, 400, 403)] == [
        "not run", "may have run", "may have run", "ours", "ours",
    ]  # fmt: skip


def test_pauses_grow_differ_between_callers_and_follow_a_seed():
    first, again, other = (list(itertools.islice(pauses(seed), 30)) for seed in (1, 1, 2))
    assert first == again != other
    assert first[0] <= 0.1 < max(first) <= 5 < sum(first)
