"""Statistics: the numbers that books and the published examples give."""

import pytest

from touchstone.workbench.stats import area, bootstrap, kappa, spearman, wilson


def test_spearman_ranks_ties_by_their_mean():
    assert spearman([(1, 10), (2, 20), (3, 30), (4, 45)]) == pytest.approx(1.0)
    assert spearman([(1, 3), (2, 2), (3, 1)]) == pytest.approx(-1.0)
    assert spearman([(1, 1), (2, 3), (2, 2), (3, 4)]) == pytest.approx(0.9486833)


@pytest.mark.parametrize("pairs", [[(1, 1), (1, 2), (1, 3)], [(1, 1)]])
def test_what_orders_nothing_has_no_correlation(pairs):
    assert spearman(pairs) == 0.0


def test_wilson_gives_the_published_interval():
    found = wilson(81 / 263, 263)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=2e-4)
    assert wilson(0, 10).low == 0.0


def test_a_bootstrap_is_seeded_and_holds_the_mean():
    values = [0.1, 0.4, 0.35, 0.8, 0.6, 0.2, 0.5, 0.7, 0.3, 0.9]

    def mean(of):
        return sum(of) / len(of)

    found = bootstrap(values, mean)
    assert found == bootstrap(values, mean)
    low, high = found.interval or (0.0, 0.0)
    assert min(values) < low < found.value < high < max(values)
    assert bootstrap(values[:9], mean).interval is None


def test_an_area_is_the_chance_of_the_right_order():
    assert area([(0.9, 1), (0.2, 0)]) == 1.0
    assert area([(0.9, 1), (0.5, 1), (0.5, 0), (0.1, 0)]) == pytest.approx(0.875)
    assert area([(0.9, 1), (0.5, 1)]) == 0.5


def test_kappa_is_weighted_by_the_square_of_the_distance():
    assert kappa([(0, 0), (1, 1), (2, 2)]) == 1.0
    assert kappa([(0, 2), (2, 0)]) == -1.0
    assert kappa([(0, 0), (1, 0), (2, 2), (1, 2)]) == pytest.approx(2 / 3)
    assert kappa([(1, 1), (1, 1)]) == 0.0


def test_kappa_of_yes_and_no_is_the_plain_one():
    agreed = [(1, 1)] * 20 + [(0, 0)] * 15 + [(1, 0)] * 10 + [(0, 1)] * 5
    assert kappa(agreed) == pytest.approx(0.4)
