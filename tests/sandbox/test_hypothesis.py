# ruff: noqa: E501
"""Property-based tests run in the tests' cage, with examples that are always the same."""

import pytest

from touchstone.deadline import Deadline
from touchstone.outcomes import BadReference, SandboxFault
from touchstone.sandbox.types import CheckJob, Limits, Raised, Returned

HEAD = "from hypothesis import assume, example, given, settings, strategies as st\nimport hypothesis.strategies, pytest, unittest\nfrom mine import f\n"
SORT = "def f(xs): return sorted(xs)"
# The tests, a right program, and wrong ones.
PROPERTIES = {
    "round trip": ("@given(st.text())\ndef test_it(s):\n    assert f(f(s)) == s\n", "def f(s): return s[::-1]", ["def f(s): return s.strip()", "def f(s): return ''"]),
    "lists": ("@given(st.lists(st.integers()))\ndef test_it(xs):\n    assert f(xs) == sorted(xs)\n", SORT, ["def f(xs): return xs", "def f(xs):\n    xs.clear()\n    return []", "def f(xs): return sorted(set(xs))"]),
    "named": ("@settings(max_examples=10)\n@given(a=st.integers(1, 9), b=st.floats(0, 1))\ndef test_it(a, b):\n    assert f(a, b) == a * b\n", "def f(a, b): return a * b", ["def f(a, b): return 0"]),
    "assumed": ("@given(st.integers(-5, 50), st.integers(-5, 50))\ndef test_it(a, b):\n    assume(b != 0)\n    assert f(a, b) == a // b\n", "def f(a, b): return a // b", ["def f(a, b): return int(a / b)"]),
    "assumed of the program": ("@given(st.integers(1, 9))\ndef test_it(a):\n    assume(f(a) > 0)\n    assert f(a) == 2 * a\n", "def f(a): return 2 * a", ["def f(a): return 0"]),
    "an example": ("@example(77)\n@given(st.integers(0, 9))\ndef test_it(a):\n    assert f(a) == a\n", "def f(a): return a", ["def f(a): return a % 70"]),
    "a case": ("class T(unittest.TestCase):\n    @given(st.dictionaries(st.sampled_from('abc'), st.booleans(), min_size=1))\n    def test_it(self, d):\n        self.assertEqual(f(d), sum(d.values()))\n", "def f(d): return sum(d.values())", ["def f(d): return 0"]),
    "with a fixture": ("@pytest.fixture\ndef k(): return 3\n@given(st.tuples(st.integers(), st.just(2)))\ndef test_it(k, t):\n    assert f(t) == t[0] * 2\n", "def f(t): return t[0] * t[1]", ["def f(t): return t[0]"]),
    "composed": ("@st.composite\ndef pairs(draw):\n    n = draw(st.integers(1, 4))\n    return n, draw(st.lists(st.integers(), min_size=n, max_size=n))\n@given(pairs(), st.data())\ndef test_it(p, data):\n    n, xs = p\n    i = data.draw(st.integers(0, n - 1))\n    assert f(xs, i) == xs[i]\n", "def f(xs, i): return xs[i]", ["def f(xs, i): return xs[0]"]),
    "others": ("@given(st.one_of(st.none(), st.binary()), st.permutations([1, 2, 3]), st.sets(st.integers()) | st.frozensets(st.characters()), st.builds(complex, st.integers()), st.fractions(0, 1), st.dates(), st.recursive(st.integers(), st.lists))\ndef test_it(a, b, c, d, e, g, h):\n    assert f(a, b, c, d, e, g, h) == (a, b, c, d, e, g, h)\n", "def f(*xs): return xs", ["def f(*xs): return xs[::-1]"]),
}  # fmt: skip


@pytest.fixture
def outcomes(sandbox):
    def run(tests, code):
        return sandbox.run(CheckJob(code, "f", HEAD + tests), Limits(), Deadline()).outcomes

    return run


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_holds_for_a_right_program_alone(outcomes, name):
    tests, right, wrong = PROPERTIES[name]
    assert outcomes(tests, right) == (Returned(None),)
    for code in wrong:
        assert isinstance(outcomes(tests, code)[0], Raised), code


def test_what_is_not_there_is_not_laid_to_the_candidate(outcomes):
    with pytest.raises((SandboxFault, BadReference)):
        outcomes(
            "@given(st.from_regex('a+'))\ndef test_it(s):\n    assert f(s)\n", "def f(s): return 1"
        )
