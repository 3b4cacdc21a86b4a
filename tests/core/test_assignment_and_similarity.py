from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.scoring.assignment import assign
from touchstone.scoring.similarity import plain, similarity

GAINS = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(st.integers(0, 6), min_size=columns, max_size=columns), min_size=1, max_size=5
    )
)


@settings(deadline=None)
@given(GAINS)
def test_no_other_assignment_gains_more(gains):
    pairs = assign(gains)
    rows, columns = len(gains), len(gains[0])
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == min(rows, columns)
    wide = gains if rows <= columns else list(zip(*gains, strict=True))
    best = max(
        sum(row[column] for row, column in zip(wide, chosen, strict=True))
        for chosen in permutations(range(len(wide[0])), len(wide))
    )
    assert sum(gains[i][j] for i, j in pairs) == best


def test_nothing_to_assign():
    assert assign([]) == assign([[], []]) == []


def common(a, b):
    lengths = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            best = max(lengths[i][j + 1], lengths[i + 1][j])
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if x == y else best
    return lengths[-1][-1]


@settings(deadline=None)
@given(st.text("abc", max_size=100), st.text("abc", max_size=100))
def test_similarity_is_its_formula(a, b):
    expected = 2 * common(a, b) / (len(a) + len(b)) if a or b else 1.0
    assert similarity(a, b) == similarity(b, a) == pytest.approx(expected)


def test_plain_text():
    assert plain(" A\u00a0 b\n\u201cc\u201d ") == 'a b "c"'
    assert plain("Stra\u00dfe") == plain("STRASSE")
    assert plain("Ab", case=True) == "Ab"
