"""What completions earn, and which references can be read."""

from typing import Any

import pytest

from tests.code_verification.conftest import metric, passed
from touchstone.outcomes import BadReference, BadSample, GradingError, SandboxFault
from touchstone.settings import SettingsError
from touchstone.templates.code_verification.assertions import Assertion
from touchstone.templates.code_verification.reference import Checks, read_reference

ADD = "def add(a, b):\n    return a + b\n"
ONE = {"entry_point": "add", "test_cases": [{"input": [1, 2], "expected": 3}]}


@pytest.mark.parametrize(
    "reference",
    [
        ONE,
        {"test_cases": [{"input": {"args": [1], "kwargs": {"b": 2}}, "expected_output": 3}]},
        {"language": "Python3", "entry_point": "add", "tests": ["assert add(1, 2) == 3"]},
        {"test_list": ["assert add(1, 2) == 3", "assert add(a=1, b=1) == 2"]},
        {"test_cases": ["assert add(1, 2) == 3"]},
        {"entry_point": "add", "test_code": "assert add(1, 2) == 3\nassert not add(1, -1)"},
        {"entry_point": "add", "test_code": "def check(f):\n    assert f([1], [2]) == [1] + [2]"},
        {"entry_point": "add", "test_code": "def check(f):\n    x = 3\n    assert f(1, 2) == x\n"},
        {"entry_point": "add", "test_code": "def test_add():\n    assert add(1, 2) == 3\n"},
        {
            "entry_point": "add",
            "tests": ["assert add(1, 2) == three"],
            "test_setup_code": "three = 3",
        },
        ONE
        | {"test_code": "def check(f):\n    for i in range(3):\n        assert f(i, i) == 2 * i"},
    ],
)
def test_a_reference_of_any_form_decides(grade, reference):
    assert passed(grade, ADD, reference) == 1.0
    assert passed(grade, ADD.replace("+", "*"), reference) < 1.0


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        (None, "reference_answer is missing"),
        ("def add(): ...", "not an object"),
        ({}, "no test"),
        ({"entry_point": "add", "test_cases": []}, "no test"),
        ({"entry_point": "add", "test_code": "def check(f):\n    pass"}, "no check|no test"),
        ({"test_cases": {}}, "test_cases"),
        ({"test_cases": [3]}, r"test_cases\[0\]"),
        ({"test_cases": [{"input": [1]}]}, r"test_cases\[0\] has no `expected`"),
        ({"test_cases": [{"expected": 1}]}, r"test_cases\[0\] has neither"),
        ({"test_cases": [{"input": {"a": 1}, "expected": 1}]}, r"test_cases\[0\].input"),
        ({"test_cases": [{"stdin": 1, "expected": "1"}]}, "strings"),
        ({"tests": ["assert add(1"]}, "not Python"),
        ({"entry_point": "add", "test_code": "def check("}, "test_code is not Python"),
        ({"test_code": "def check(f):\n    assert f(1, 1) == 2"}, "entry_point is missing"),
        (ONE | {"entry_point": "add; import os"}, "entry_point"),
        (ONE | {"timeout_s": "soon"}, "timeout_s"),
        (ONE | {"tolerance": -1}, "tolerance"),
        (ONE | {"prompt_code": ["def"]}, "prompt_code"),
    ],
)
def test_an_unreadable_reference_is_the_datasets_fault(grade, reference, named):
    with pytest.raises(BadReference, match=named):
        grade(ADD, reference)


def test_another_language_is_refused_by_name(grade):
    with pytest.raises(BadSample, match="'haskell'"):
        grade(ADD, ONE | {"language": "haskell"})


@pytest.mark.parametrize(
    ("assertion", "body", "holds"),
    [
        ("f(3) == 9", "return x * x", True),
        ("f(3) == 9", "return x", False),
        ("f(1) == True", "return 1", True),
        ("f(1) is True", "return 1", False),
        ("f(1) is True", "return True", True),
        ("f(1) is None", "print(x)", True),
        ("not f([])", "return x", True),
        ("f(2) != 3", "return object()", True),
        ("f(2) == 3", "return object()", False),
        ("abs(f(2) - 1.5) < 1e-6", "return 1.5 + 1e-9", True),
        ("abs(f(2) - 1.5) < 1e-6", "return 1.6", False),
        ("abs(f(2) - 1.5) < 1e-6", "return 'x'", False),
        ("abs(f(2) - 1.5) < 1e-6", "return float('nan')", False),
        ("math.isclose(f(3), 1 / 3, rel_tol=1e-3)", "return 0.3333", True),
        ("round(f(3), 2) == 0.33", "return 1 / x", True),
        ("set(f((1, 2))) == {1, 2}", "return [2, 1]", True),
        ("sorted(f(3)) == [0, 1, 2]", "return (i for i in range(x))", True),
        ("list(f(3)) == [0, 1, 2]", "return map(int, range(x))", True),
        ("f(3) == [0, 1, 2]", "return (i for i in range(x))", False),
        ("f(3) == (0, 1)", "return [0, 1]", False),
        ("f('a')['k'][0] == 'a'", "return {'k': [x]}", True),
        ("f(5) in (1, 5)", "return x", True),
        ("isinstance(f(5), int) and 0 < f(5) <= 5", "return x", True),
        ("f(2 ** 3) == 8 if True else False", "return x", True),
        ("f(1) == f(2)", "return 0", True),
        ("f(1) == f(2)", "return x", False),
        ("f(2) ** 9999999 > 0", "return 9", False),
        ("f(2) * 9999999 != ''", "return 'ab'", False),
        ("f(f(2)) == 16", "return x * x", True),
        ("[f(i) for i in range(3)] == [0, 1, 4]", "return x * x", True),
        ("all(f(i) == i for i in range(3))", "return x * x", False),
    ],
)
def test_assertions_mean_what_they_mean_in_python(grade, assertion, body, holds):
    completion = f"def f(x):\n    {body}\n"
    reference = {"entry_point": "f", "tests": [f"import math\nassert {assertion}"]}
    assert passed(grade, completion, reference) == float(holds)


def test_functions_that_call_each_other_are_tested_together(grade):
    reference = {"tests": ["assert enc('ab') == 'ba'", "assert dec(enc('ab')) == 'ab'"]}
    both = "def enc(x):\n    return x[::-1]\n\n\ndef dec(x):\n    return x[::-1]\n"
    assert passed(grade, both, reference) == 1.0
    assert passed(grade, "def enc(x):\n    return x[::-1]\n", reference) == 0.5


@pytest.mark.parametrize(
    ("test_code", "right", "wrong"),
    [
        ("assert f(lambda y: y + 1) == 4", "return x(3)", "return x(4)"),
        ("items = [2, 1]\nf(items)\nassert items == [1, 2]", "x.sort()", "x.reverse; x.pop()"),
        ("v = f(3)\nassert v * 2 == 18\nassert v == 9", "return x * x", "return x"),
        ("v = 9\nassert f(3) == v", "return x * x", "return x"),
        ("assert f(f(3)) == 81", "return x * x", "return x"),
        ("from math import gcd\nassert gcd(12, 18) == f(6)", "return x", "return 1"),
        ("def twice(n):\n    return n + n\nassert f(4) == twice(4)", "return 2 * x", "return 4"),
    ],
)
def test_test_code_of_many_shapes_decides(grade, test_code, right, wrong):
    reference = {"entry_point": "f", "test_code": test_code}
    assert passed(grade, f"def f(x):\n    {right}\n", reference) == 1.0
    assert passed(grade, f"def f(x):\n    {wrong}\n", reference) == 0.0


def test_what_is_expected_never_enters_the_candidates_process():
    for test_code in (
        "v = 4217\nassert f(3) == v",
        "s = f(1)\nassert s.size() == 4217",
        "s = f(1)\nv = 4217\nassert s.size() == v",
        "assert f(3) == 4217",
        "x = [1]\nf(x)\nassert x == [4217]",
        "assert (lambda a: a == 4217)(f(3))",
        "assert f(1).count(f(2)) == 4217",
    ):
        tests = read_reference({"entry_point": "f", "test_code": test_code}).tests
        assert tests
        for test in tests:
            assert isinstance(test, Assertion | Checks)
            if isinstance(test, Assertion):
                assert "4217" not in repr(test.script) + repr(test.calls)


def test_an_author_may_ask_for_a_function_named_as_one_of_pythons(grade):
    reference = {"entry_point": "sorted", "test_code": "assert sorted([2, 1]) == [1, 2]"}
    right = "def sorted(items):\n    return [min(items), max(items)]\n"
    assert passed(grade, right, reference) == 1.0
    assert passed(grade, "def sorted(items):\n    return items\n", reference) == 0.0


def test_helpers_of_the_prompt_are_the_authors_and_not_the_candidates(grade):
    reference = {
        "entry_point": "decode",
        "prompt_code": "def encode(s):\n    return s[::-1]\n\n\ndef decode(s):\n",
        "test_code": "def check(candidate):\n    assert candidate(encode('abc')) == 'abc'\n",
    }
    assert passed(grade, "    return s[::-1]", reference) == 1.0
    forged = "def encode(s):\n    return s\n\n\ndef decode(s):\n    return s\n"
    assert passed(grade, forged, reference) == 0.0


def test_credit_is_the_share_or_all(grade):
    reference = {
        "entry_point": "add",
        "test_cases": [{"input": [1, 1], "expected": 2}, {"input": [2, 2], "expected": 4}],
    }
    half = "def add(a, b):\n    return 2\n"
    assert passed(grade, half, reference) == 0.5
    assert passed(grade, half, reference, credit="all") == 0.0
    assert passed(grade, ADD, reference, credit="all") == 1.0


_TO_FIVE = [
    {"entry_point": "f", "test_cases": [{"input": [n], "expected": n} for n in range(20)]},
    {"entry_point": "f", "tests": [f"assert f({n}) == {n}" for n in range(20)]},
    {"entry_point": "f", "test_code": "\n".join(f"assert f({n}) == {n}" for n in range(20))},
    {"test_cases": [{"stdin": f"{n}\n", "expected_output": f"{n}"} for n in range(20)]},
]
_ENDINGS = ["return -1", "raise ValueError", "while True: pass", "import os; os._exit(0)"]


@pytest.mark.parametrize("reference", _TO_FIVE)
@pytest.mark.parametrize("ending", _ENDINGS)
def test_where_all_must_pass_nothing_is_run_after_a_failure(grade, reference, ending):
    code = f"def f(n):\n    if n == 5:\n        {ending}\n    return n\n"
    code += "" if "entry_point" in reference else "print(f(int(input())))\n"
    result = grade(code, reference, credit="all", timeout_s=1)
    assert metric(result, "tests_passed") == 0.0
    assert result.reason.startswith("5 of 20 tests passed; test 6: ")
    assert "test 7" not in result.reason


def test_a_library_that_is_missing_is_ours_where_all_must_pass_too(grade):
    code = "import nobody_has_this\n\n\ndef f(n):\n    return n\n"
    with pytest.raises(SandboxFault, match="nobody_has_this"):
        grade(code, _TO_FIVE[0], credit="all", approved_libraries=["nobody_has_this"])


def test_a_reason_tells_what_came_and_only_when_asked_what_was_expected(grade):
    reference = {"entry_point": "add", "test_cases": [{"input": [20, 3], "expected": 4217}]}
    quiet = grade(ADD, reference)
    assert "add(20, 3) returned 23" in quiet.reason
    assert "4217" not in quiet.reason
    assert "4217" in grade(ADD, reference, show_expected=True).reason
    asserted = {"entry_point": "add", "tests": ["assert add(20, 3) == 4217, 'it is 4217'"]}
    assert "4217" not in grade(ADD, asserted).reason
    assert "4217" in grade(ADD, asserted, show_expected=True).reason
    checked = {"entry_point": "add", "test_code": "x = 4217\nassert add(1, 1) == x, f'not {x}'"}
    assert "4217" not in grade(ADD, checked).reason


def test_a_reason_stays_short_however_much_came(grade):
    reference = {
        "entry_point": "add",
        "test_cases": [{"input": ["x" * 5000, i], "expected": 0} for i in range(40)],
    }
    reason = grade("def add(a, b):\n    return [a] * 50 + [10 ** 5000]\n", reference).reason
    assert len(reason) < 2000
    assert "and 37 more" in reason


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return [][3]", "raised IndexError"),
        ("import sys; sys.exit(0)", "raised SystemExit|ended its process"),
        ("import os; os._exit(0)", "ended its process"),
        ("return a + undefined", "raised NameError"),
        ("return add(a, b)", "raised RecursionError"),
        ("return open('/etc/passwd').read()", "unsupported: files"),
        ("import socket; socket.create_connection(('127.0.0.1', 1))", "unsupported: sockets"),
        ("import no_such_module as m; return m.add(a, b)", "unsupported: module: no_such_module"),
        ("raise AssertionError('4 passed')", "raised AssertionError"),
    ],
)
def test_the_candidates_own_failure_is_scored_with_a_reason(grade, body, told):
    result = grade(f"def add(a, b):\n    {body}\n", ONE)
    assert metric(result, "tests_passed") == 0.0
    assert any(part in result.reason for part in told.split("|"))


def test_what_only_the_sandbox_lacks_is_not_a_wrong_answer(grade):
    completion = "import approved_but_absent\n\n\ndef add(a, b):\n    return a + b\n"
    with pytest.raises(SandboxFault, match="unsupported: module: approved_but_absent") as caught:
        grade(completion, ONE, approved_libraries=["approved_but_absent"])
    assert caught.value.blame == "open"  # to import it was the completion's choice
    assert metric(grade(completion, ONE), "tests_unsupported") == 1.0


def test_a_library_that_the_tests_import_is_not_the_completions_to_do_without(grade):
    whole = "import seaborn\ndef test_it():\n    for _ in [1]:\n        assert add(1, 2) == 3\n"
    completion = f"import seaborn\n\n\n{ADD}"
    with pytest.raises(SandboxFault, match="seaborn") as caught:
        grade(completion, {"entry_point": "add", "test_code": whole})
    assert caught.value.blame == "open"


@pytest.mark.parametrize(
    "body",
    [
        "import _thread; _thread.start_new_thread(print, ())",
        "try:\n        open('x')\n    except OSError as e:\n        raise type(e)('threads')",
        "try:\n        open('x')\n    except OSError as e:\n        raise type(e)('asyncio')",
    ],
)
def test_no_completion_buys_itself_out_of_a_score(grade, body):
    result = grade(f"def add(a, b):\n    {body}\n", ONE)
    assert metric(result, "tests_passed") == 0.0
    assert metric(result, "tests_unsupported") == 1.0


_REACHES = {
    "sockets": "import socket\ndef fetch(url):\n    return socket.create_connection((url, 80))\n",
    "processes": "import os\ndef fetch(url):\n    return os.popen(url).read()\n",
    "": "def fetch(url):\n    return url.upper()\n",
}
_TESTED_WHOLE = (
    "import {0}\nfrom unittest import TestCase\nclass Test(TestCase):\n    def {1}(self):\n"
)


@pytest.mark.parametrize("what", ["sockets", "processes"])
def test_a_program_that_reaches_out_fails_a_test_file_and_is_told_why(grade, what):
    whole = _TESTED_WHOLE.format("re", "test_it") + "        self.assertTrue(fetch('x'))\n"
    result = grade(_REACHES[what], {"test_code": whole})
    assert (metric(result, "tests_passed"), metric(result, "tests_unsupported")) == (0.0, 1.0)
    assert f"unsupported: {what}" in result.reason
    assert metric(grade(_REACHES[""], {"test_code": whole}), "tests_passed") == 1.0


@pytest.mark.parametrize("what", _REACHES)
@pytest.mark.parametrize(
    "needs", ["socket.socket()", "urllib.request.urlopen('http://x')", "subprocess.run(['ls'])"]
)
def test_a_test_file_that_reaches_out_itself_leaves_every_program_unscored(grade, what, needs):
    module = needs.partition("(")[0].rpartition(".")[0]
    first = _TESTED_WHOLE.format(module, "setUp") + f"        self.now = {needs}\n"
    whole = first + "    def test_it(self):\n        self.assertEqual(fetch('x'), self.now)\n"
    with pytest.raises(GradingError):
        grade(_REACHES[what], {"test_code": whole})


@pytest.mark.parametrize("needs", ["socket.socket()", "subprocess.run(['ls'])"])
def test_a_test_file_that_reaches_out_afterwards_charges_nobody(grade, needs):
    whole = _TESTED_WHOLE.format(needs.partition(".")[0], "test_it")
    whole += f"        self.assertEqual(fetch('x'), {needs})\n"
    with pytest.raises(SandboxFault, match="unsupported in the tests") as caught:
        grade(_REACHES[""], {"test_code": whole})
    assert caught.value.blame == "open"


def test_a_refusal_that_a_program_forges_buys_nothing(grade):
    said = "not possible in the sandbox: module: seaborn"
    forged = f"class Refusal(Exception): pass\ndef fetch(url):\n    raise Refusal({said!r})\n"
    whole = _TESTED_WHOLE.format("re", "test_it") + "        self.assertTrue(fetch('x'))\n"
    result = grade(forged, {"test_code": whole}, approved_libraries=["seaborn"])
    assert metric(result, "tests_passed") == 0.0


@pytest.mark.parametrize(
    ("asserted", "returned"),
    [
        ("f(1) == Fraction(1, 3)", "Fraction(1, 3)"),
        ("f(Fraction(2, 3)) == Fraction(1, 3)", "x / 2"),
        ("f(1) == Decimal('1.5')", "Decimal('1.5')"),
        ("abs(float(f(1)) - 1.5) < 0.01", "Decimal('1.5')"),
        ("f(1) == 0.5", "Fraction(1, 2)"),
        ("f(datetime.date(2024, 2, 28)) == datetime.date(2024, 2, 29)", "x + timedelta(days=1)"),
        ("f(1) == timedelta(hours=36)", "timedelta(1.5)"),
        ("str(f(1)) == '2024-02-29'", "datetime.date(2024, 2, 29)"),
    ],
)
def test_numbers_and_dates_of_the_standard_library_are_values(grade, asserted, returned):
    header = "import datetime\nfrom datetime import timedelta\nfrom decimal import Decimal\n"
    header += "from fractions import Fraction\n"
    reference = {"entry_point": "f", "test_code": f"{header}\nassert {asserted}\n"}
    assert passed(grade, f"{header}\n\ndef f(x):\n    return {returned}\n", reference) == 1.0
    assert passed(grade, f"{header}\n\ndef f(x):\n    return Fraction(9, 7)\n", reference) == 0.0


@pytest.mark.parametrize(
    "usage",
    [
        "n = int(input())\nresult = add(n, 1)\nprint(result)",
        "for _ in range(int(input())):\n    print(add(*map(int, input().split())))",
        "import sys\na, b = map(int, sys.stdin.readline().split())\nprint(add(a, b))",
        "import sys\nfor line in sys.stdin:\n    print(line)",
        "import unittest\nunittest.main()",
        "import doctest\ndoctest.testmod()",
        "if __name__ == '__main__':\n    print(add(int(input()), 1))",
    ],
)
def test_usage_after_the_function_costs_nothing(grade, usage):
    assert passed(grade, f"{ADD}\n{usage}\n", ONE) == 1.0
    kept = "n = 2\nread = n\n\n\ndef add(a, b):\n    return a + b + read - n\n"
    assert passed(grade, f"{kept}\n{usage}\n", ONE) == 1.0


@pytest.mark.parametrize(
    ("assertion", "body"),
    [
        ("assert set(add(1, 2)) == {1}", "return [i * (2**61 - 1) for i in range(1, 20_000)]"),
        ("assert dict(add(1, 2)) == {}", "return [(i * (2**61 - 1), 0) for i in range(20_000)]"),
        ("assert round(3, add(1, 2)) == 3", "return -10**9"),
    ],
)
def test_no_returned_value_keeps_the_grader_busy(grade, assertion, body):
    reference = {"entry_point": "add", "tests": [assertion]}
    assert metric(grade(f"def add(a, b):\n    {body}\n", reference), "tests_passed") == 0.0


def test_a_timeout_costs_its_test_only(grade):
    reference = {
        "entry_point": "add",
        "timeout_s": 0.3,
        "test_cases": [{"input": [0, 0], "expected": 0}, {"input": [1, 1], "expected": 2}],
    }
    result = grade("def add(a, b):\n    while a == 0:\n        pass\n    return a + b\n", reference)
    assert metric(result, "tests_passed") == 0.5
    assert "did not end within 0.3 s" in result.reason


@pytest.mark.parametrize(
    "completion",
    [
        "",
        "pass",
        "def add(a, b):\n    ...\n",
        "def add(a, b):\n    '''Add.'''\n    raise NotImplementedError\n",
        "def add(a, b):\n    return None\n",
        "def subtract(a, b):\n    return a - b\n",
        "import sys\nsys.exit(0)\n",
        "class add:\n    pass\n",
    ],
)
def test_doing_nothing_earns_nothing(grade, completion):
    assert grade(completion, ONE).score == 0.0
    program = {"test_cases": [{"stdin": "", "expected_output": "x"}]}
    if completion in ("", "pass"):
        assert grade(completion, program).score == 0.0


def test_the_only_function_that_no_other_calls_is_meant(grade):
    reference = {"test_cases": [{"input": [3], "expected": 9}]}
    two = "def times(a, b):\n    return a * b\n\n\ndef square(x):\n    return times(x, x)\n"
    assert passed(grade, two, reference) == 1.0
    assert passed(grade, "class S:\n    def sq(self, x):\n        return x * x\n", reference) == 1.0
    unclear = grade("def one(x):\n    return x\n\n\ndef two(x):\n    return x\n", reference)
    assert (unclear.score, metric(unclear, "compiles")) == (0.0, 1.0)
    assert "not clear" in unclear.reason


def test_the_level_that_held_the_program_is_on_the_grade(grade):
    graded = grade("def f(x):\n    return x\n", {"test_cases": [{"input": [1], "expected": 1}]})
    assert metric(graded, "isolation_level") in (0.0, 1.0, 2.0, 3.0)


def test_a_text_case_without_an_entry_point_is_a_program(grade):
    reference = {"test_cases": [{"input": "2 3", "expected_output": "5"}]}
    program = "```python\na, b = map(int, input().split())\nprint(a + b)\n```"
    assert passed(grade, program, reference) == 1.0
    guarded = "def main():\n    print(5)\n\n\nif __name__ == '__main__':\n    main()\n"
    assert passed(grade, guarded, reference) == 1.0


def test_labels_of_a_row_are_never_read(grade):
    event = {
        "id": 1,
        "messages": [{"role": "assistant", "content": ADD.replace("+", "-")}],
        "reference_answer": ONE,
        "expect": {"score": 1.0},
        "label": {"passes": True},
    }
    assert metric(grade(event), "tests_passed") == 0.0


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"quality_weights": {"lnt": 1}}, "did you mean 'lint'"),
        ({"quality_weights": {"lint": -1}}, "lint weighs"),
        ({"internal_standards": [{"must": "appear"}]}, "either a name or a pattern"),
        ({"internal_standards": [{"pattern": "("}]}, "cannot be read"),
        ({"internal_standards": [{"name": "x", "must": "perhaps"}]}, "perhaps"),
        ({"credit": "half"}, "credit"),
        ({"approved_library": ["x"]}, "approved_libraries"),
        ({"timeout_s": 0}, "timeout_s"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(grade, settings, named):
    with pytest.raises(SettingsError, match=named):
        grade(ADD, ONE, **settings)


@pytest.mark.parametrize(
    "codec", ["gbk", "big5hkscs", "shift_jis", "euc_kr", "iso2022_jp", "cp037"]
)
def test_every_codec_of_the_standard_library_works(grade, codec):
    code = f"def f(s):\n    return s.encode({codec!r}).decode({codec!r})"
    assert passed(grade, code, {"test_cases": [{"input": ["ab"], "expected": "ab"}]}) == 1.0


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Asia/Kolkata", "UTC"])
def test_the_time_zones_of_this_machine_are_there(grade, zone):
    code = "import datetime, zoneinfo\n\n\ndef f(zone):\n"
    code += "    when = datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo(zone))\n"
    code += "    return [str(when.utcoffset()), zone in zoneinfo.available_timezones()]\n"
    names: dict[str, Any] = {}
    exec(code, names)
    cases = [{"input": [zone], "expected": names["f"](zone)}]
    assert passed(grade, code, {"entry_point": "f", "test_cases": cases}) == 1.0
