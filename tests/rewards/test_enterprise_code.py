"""Coverage is what tests that can fail reach, and code cannot write its own figure."""

import textwrap

import pytest

from tests.rewards.grading import graded

ASKED = {"entry_point": "sign", "examples": [{"input": [-3], "expected": -1}]}
SIGN = '''
def sign(x: float) -> int:
    """Returns -1, 0 or 1."""
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0
'''


def criteria(*blocks, asked=ASKED):
    text = "\n".join(f"```python\n{textwrap.dedent(block)}\n```" for block in blocks)
    reply = graded("enterprise-code", text, asked)
    assert reply["outcome"] == "scored", reply["reason"]
    return reply["criteria"] | {"score": reply["aggregate_reward_score"]}


@pytest.mark.parametrize(
    ("tests", "covered"),
    [
        ("def test_it():\n    assert sign(2) == 1", 2 / 5),
        ("def test_it():\n    assert sign(2) == 1\n    assert sign(-2) == -1", 4 / 5),
        ("def test_a():\n    assert sign(0) == 0\ndef test_b():\n    assert sign(9) == 1", 4 / 5),
        ("def test_it():\n    for x in (1, -1, 0):\n        assert sign(x) == x", 1.0),
    ],
)
def test_statements_reached(tests, covered):
    assert criteria(SIGN, tests)["test_coverage"] == pytest.approx(covered)


@pytest.mark.parametrize(
    "tests",
    [
        "",
        "def test_it():\n    sign(1), sign(-1), sign(0)",
        "def test_it():\n    sign(1), sign(-1), sign(0)\n    assert True",
        "def test_it():\n    try:\n        assert sign(1) == 5\n    except Exception: pass",
        "def test_it():\n    assert sign(1) == 1\ndef test_wrong():\n    assert sign(1) == 2",
        "def test_it():\n    sign(1).bit_length()",
        "# assert sign(1) == 1\ntests = ['assert sign(1) == 1'] * 9",
    ],
)
def test_tests_that_test_nothing_cover_nothing(tests):
    assert criteria(SIGN, tests)["test_coverage"] == 0.0


@pytest.mark.parametrize(
    "reach",
    [
        "import sys", "from dataclasses import sys", "import re\nre.enum", "from re import *",
        "import json\njson.codecs", "sign.__globals__", "sign.__code__", "getattr(sign, 'x')",
        "exec('1')", "__import__('sys')", "from . import x", "def test_impl(): pass\ntest_impl()",
        "match sign:\n    case object(__class__=found):\n        pass",
        "try:\n    1 / 0\nexcept ZeroDivisionError as exc:\n    exc.__traceback__",
        "(x for x in 'a').gi_frame", "import statistics\nstatistics.sys",
    ],
)  # fmt: skip
def test_what_reaches_for_the_tracer_is_not_run(reach):
    found = criteria(SIGN + reach + "\n", "def test_it():\n    assert sign(2) == 1")
    assert (found["approved_apis"], found["test_coverage"]) == (0.0, 0.0)
    assert found["score"] == pytest.approx(0.3)


def test_ordinary_code_is_approved():
    code = '''
    import math
    from collections import Counter

    class _Base:
        """Counts."""
        def __init__(self) -> None:
            """Starts."""
            self._seen = Counter()

    class Sign(_Base):
        """Signs."""
        def __init__(self) -> None:
            """Starts."""
            super().__init__()

        def of(self, x: float) -> int:
            """Returns it."""
            self._seen[x] += 1
            return int(math.copysign(1, x)) if x else 0

    def sign(x: float) -> int:
        """Returns -1, 0 or 1."""
        return Sign().of(x)

    def test_sign():
        assert [sign(x) for x in (-2, 0, 2)] == [-1, 0, 1]

    if __name__ == "__main__":
        test = sign(1)
    '''
    found = criteria(code)
    assert (found["approved_apis"], found["examples_pass"], found["style"]) == (1.0, 1.0, 1.0)
    assert found["test_coverage"] == 1.0


@pytest.mark.parametrize(
    ("code", "score"),
    [
        ("import os\ndef sign(x): return -1", 0.3),
        ("def sign(x):\n    raise SystemExit", 0.3),
        ("raise MemoryError\ndef sign(x): return -1", 0.3),
        (
            "\n".join(f"def f{n}(): return {n}" for n in range(300)) + "\ndef sign(x): return -1",
            0.5,
        ),
        ("sign = lambda x: -1", 0.0),
        ("(" * 5000 + "def sign(x): return -1", 0.0),
        ("def sign(x): return '\ud800'", 0.0),
    ],
)
def test_whatever_a_completion_does_is_scored(code, score):
    assert criteria(code)["score"] == pytest.approx(score, abs=0.1)


def test_a_row_without_a_function_s_name_is_not_scored():
    reply = graded("enterprise-code", SIGN, {"language": "python"})
    assert reply["outcome"] == "unscored:user_code_error"


@pytest.mark.parametrize(
    "value", ["Decimal('sNaN')", "[Decimal('sNaN')]", "float('nan')", "lambda: 1"]
)
def test_a_value_that_cannot_be_compared_is_wrong_and_scored(value):
    code = f"from decimal import Decimal\n\n\ndef sign(x):\n    return {value}\n"
    assert criteria(code)["examples_pass"] == 0.0
