"""What authors get wrong is of no completion: a row is mended where only one reading is left."""

import pytest

from tests.code_verification.conftest import passed
from touchstone.outcomes import BadSample

TWICE = "def f(n):\n    return float(n * 2)\n"
STORED = "sqlite3.connect('a.db').execute('SELECT 4').fetchone()[0]"
FORGOTTEN = [
    "math.sqrt(16)",
    "np.int64(4)",
    "4 * len(os.sep)",
    "len(string.digits) - 6",
    "statistics.mean([4, 4])",
    "json.loads('4')",
    "functools.reduce(operator.add, [1, 3])",
    STORED,
]


@pytest.fixture(params=["listed", "checked", "tested", "whole"])
def reference(request):
    """Makes a reference whose tests hold an expression."""
    form = request.param

    def made(expected):
        asserted = f"assert f(2) == {expected}"
        checked = f"def check(f):\n    {asserted}\n"
        return {
            "listed": {"tests": [asserted]},
            "checked": {"entry_point": "f", "test_code": checked},
            "tested": {"test_code": f"def test_it():\n    {asserted}\n"},
            "whole": {"test_code": f"def test_it():\n    for _ in range(2):\n        {asserted}\n"},
        }[form]

    return made


@pytest.mark.parametrize("expected", FORGOTTEN)
def test_a_module_that_the_author_forgot_to_import_is_pythons_own(grade, reference, expected):
    assert passed(grade, TWICE, reference(expected)) == 1.0
    assert passed(grade, TWICE.replace("2)", "3)"), reference(expected)) == 0.0


@pytest.mark.parametrize("name", ["math", "np", "os", "sqlite3"])
def test_a_program_is_not_asked_for_a_module_of_the_tests(grade, reference, name):
    expected = {
        "math": "math.sqrt(16)", "np": "np.int64(4)", "os": "4 * len(os.sep)", "sqlite3": STORED,
    }[name]  # fmt: skip
    forged = (
        f"class {name}:\n    sqrt = int64 = staticmethod(lambda x: 0)\n    sep = ''\n"
        "    connect = execute = fetchone = classmethod(lambda c, *a: c)\n"
        "    __class_getitem__ = lambda i: 0\n"
    )
    assert passed(grade, f"{forged}\ndef f(n):\n    return 0\n", reference(expected)) == 0.0


@pytest.mark.parametrize("expected", ["helper(4)", "EXPECTED", "Decimal(4)", "deepcopy(4)"])
def test_a_name_that_nobody_has_is_the_authors_mistake(grade, reference, expected):
    with pytest.raises(BadSample, match="neither") as caught:
        grade(TWICE, reference(expected))
    assert caught.value.blame == "open"


@pytest.mark.parametrize("expected", ["int('x')", "[4][1]", "4 / 0", "len(5)", "'4' + 1"])
def test_what_raises_by_itself_is_the_authors_mistake(grade, expected):
    asserted = f"assert f(2) == {expected}"
    for tests in (
        {"tests": [asserted]},
        {"entry_point": "f", "test_code": f"def check(f):\n    {asserted}\n"},
        {"test_code": f"def test_it():\n    {asserted}\n"},
    ):
        with pytest.raises(BadSample, match="a test compares with"):
            grade(TWICE, tests)


IN_LOOPS = [
    "for x in (1, 2):\n    assert f(x) == int('y')",
    "for x, want in [(1, '2'), (2, 'b')]:\n    assert f(x) == int(want)",
    "cases = {1: 2, 2: 0}\nfor x, n in cases.items():\n    assert f(x) == 4 // n",
    "for at, x in enumerate([1, 2]):\n    assert f(x) == [2][at]",
    "for x in range(1, -1, -1):\n    assert f(x) == 2 // x",
    "assert [f(x) for x in (1, 2)] == [int(c) for c in '2b']",
    "while f(1):\n    assert f(2) == json.loads('{')",
    "if f(1) == 2:\n    assert f(2) == 'ab'.index('c')",
]


@pytest.mark.parametrize("asserted", IN_LOOPS)
def test_what_raises_by_itself_in_a_loop_is_the_authors_mistake_too(grade, asserted):
    body = asserted.replace("\n", "\n    ")
    for test_code in (asserted, f"def test_it():\n    {body}\n", f"def check(f):\n    {body}\n"):
        with pytest.raises(BadSample, match="errs by itself") as caught:
            grade(TWICE, {"entry_point": "f", "test_code": test_code})
        assert caught.value.blame == "open"
        raises = "def f(n):\n    raise ValueError('n')\n"
        assert passed(grade, raises, {"entry_point": "f", "test_code": test_code}) == 0.0


@pytest.mark.parametrize(
    "asserted",
    [
        "for x in (1, 2):\n    assert int(f(x)[0]) == 2",
        "for x in [f(1)]:\n    assert f(x) == 10 // (x - 2)",
        "xs = [1, 2]\nf(xs)\nfor x in xs:\n    assert f(x) == 4 // x",
        "for x in (1, 2):\n    assert f(x) and f(lambda: int('y'))",
        "def want(n):\n    return 4 // n\nfor x in (1, 2):\n    assert f(x) == want(f(x) - 2 * x)",
    ],
)
def test_what_raises_by_what_the_program_did_is_its_own(grade, asserted):
    empties = (
        "def f(n):\n    if isinstance(n, list):\n        n[:] = [0]\n        return n\n"
        "    return n() if callable(n) else float(n * 2)\n"
    )
    assert passed(grade, empties, {"entry_point": "f", "test_code": asserted}) == 0.0


def test_what_a_test_expects_to_be_raised_is_no_mistake(grade):
    raised = "def test_it():\n    for x in (1, 2):\n        with pytest.raises(ValueError):\n"
    tests = {"entry_point": "f", "test_code": f"{raised}            assert f(x) == int('y')\n"}
    assert passed(grade, TWICE, tests) == 1.0


def test_what_python_would_not_evaluate_is_no_mistake(grade):
    tests = ["assert f(2) == 4 or int('x')", "assert f(2) == (4 if True else int('x'))"]
    assert passed(grade, TWICE, {"tests": tests}) == 1.0


def test_a_program_without_any_name_of_the_tests_has_failed(grade, reference):
    assert passed(grade, "def g(n):\n    return n\n", reference("4")) == 0.0


@pytest.mark.parametrize("setup", ["raise ValueError('x')", "import json\njson.loads('')", "1 / 0"])
def test_a_setup_that_fails_by_itself_is_the_authors_mistake(grade, setup):
    reference = {"entry_point": "f", "tests": ["assert f(2) == 4"], "test_setup_code": setup}
    with pytest.raises(BadSample, match="before they ask"):
        grade(TWICE, reference)


def test_a_setup_that_fails_by_what_the_program_gave_has_not(grade):
    reference = {"entry_point": "f", "tests": ["assert x == 4"], "test_setup_code": "x = f(2)[0]"}
    assert passed(grade, TWICE, reference) == 0.0


@pytest.mark.parametrize("asserted", ["g(2) == 4", "g(f(2)) == 8", "f(g(2)) == 8", "not g(2)"])
def test_what_an_assertion_is_about_is_asked_of_the_program(grade, asserted):
    tests = ["assert f(2) == 4", f"assert {asserted}"]
    assert passed(grade, TWICE, {"tests": tests}) == 0.5
