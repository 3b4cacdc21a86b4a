"""Equality is type-strict, and lenient only where JSON cannot say more."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.scoring.code_blocks import CodeBlock, split_blocks
from touchstone.scoring.equality import equal, outputs_equal

NAN = math.nan


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        (3, 3.0, True),
        (3.0, 3, True),
        (True, 1, False),
        (1, True, False),
        (0, False, False),
        (0, None, False),
        (None, None, True),
        ("1", 1, False),
        (b"a", "a", False),
        (2**53 + 1, float(2**53), False),
        (NAN, NAN, True),
        (NAN, 1.0, False),
        (1.0, NAN, False),
        (None, NAN, False),
        (math.inf, math.inf, True),
        (-math.inf, math.inf, False),
        (0.1 + 0.2, 0.3, False),
        ((1, 2), [1, 2], True),
        ([1, (2,)], [1, [2]], True),
        ([1, 2], [2, 1], False),
        ({1, 2}, [1, 2], False),
        ({1, 2}, {2, 1}, True),
        (frozenset({1}), {1}, False),
        ([1, 2], (1, 2), False),
        ({"a": 1}, {"a": 1.0}, True),
        ({1: "a"}, {"1": "a"}, True),
        ({None: 1, True: 2}, {"null": 1, "true": 2}, True),
        ({1: "a", "1": "b"}, {"1": "b"}, False),
        ({}, [], False),
        ("", [], False),
        (1 + 0j, 1, False),
        (object(), 1, False),
    ],
)
def test_equal(got, expected, same):
    assert equal(got, expected) is same


@pytest.mark.parametrize(
    ("got", "expected", "tolerance", "same"),
    [
        (1.0000001, 1, 1e-6, True),
        (1.1, 1, 1e-6, False),
        (1e9 + 1, 1e9, 1e-6, True),
        ([0.1 + 0.2, "x"], [0.3, "x"], 1e-9, True),
        ({"a": (1.01,)}, {"a": [1]}, 0.1, True),
        (True, 1, 0.5, False),
        (NAN, 1, 1e9, False),
        (10**400, 10**400 + 1, 2, False),
        (2_000_001, 2_000_000, 1e-6, False),
        ([2, 0.5], [3, 0.5], 1, False),
        (10**400, 1.0, 1e-6, False),
    ],
)
def test_tolerance_is_absolute_or_relative(got, expected, tolerance, same):
    assert equal(got, expected, tolerance) is same


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(values)
def test_what_json_carries_equals_itself(value):
    assert equal(value, json.loads(json.dumps(value)))


@given(values, values)
def test_equality_of_json_values_has_two_sides(one, other):
    assert equal(one, other) == equal(other, one)


@pytest.mark.parametrize(
    ("got", "expected", "tolerance", "same"),
    [
        ("1 2 \n3\n\n", "1 2\n3", None, True),
        ("1  2", "1 2", None, False),
        ("\n1", "1", None, False),
        ("a\r\nb", "a\nb", None, True),
        ("0.333", "0.3333", None, False),
        ("0.333 x", "0.3333 x", 1e-2, True),
        ("0.333 y", "0.3333 x", 1e-2, False),
        ("1 2 3", "1 2", 1.0, False),
    ],
)
def test_outputs(got, expected, tolerance, same):
    assert outputs_equal(got, expected, tolerance) is same


def test_blocks_and_what_is_outside():
    text = "a\n```Python title=x\nb\n```\nc\n~~~~\n```\n~~~\n~~~~\nd\n```{.py}\ne"
    assert split_blocks(text) == (
        [
            CodeBlock("python", "b\n"),
            CodeBlock("", "```\n~~~\n"),
            CodeBlock("py", "e\n", closed=False),
        ],
        "a\nc\nd",
    )
