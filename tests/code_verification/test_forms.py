"""Rows of datasets are references as they are, and what a reference asks for is never guessed."""

import json

import pytest

from tests.code_verification.conftest import passed
from touchstone.outcomes import BadReference, BadSample
from touchstone.templates.code_verification.reference import read_reference

ADD = "def add(a, b):\n    return a + b\n"
METHOD = (
    "class Solution:\n    def add(self, a: int, b: Optional[int]) -> int:\n        return a + b\n"
)
PRINT = "a, b = map(int, input().split())\nprint(a + b)\n"
STDIN = {"inputs": ["1 2\n", "3 4\n"], "outputs": ["3\n", "7\n"]}
CALLED = {"inputs": [[1, 2], [3, 4]], "outputs": [3, 7], "fn_name": "add"}
LIVE = [
    {"input": "1\n2", "output": "3", "testtype": "functional"},
    {"input": "0\n0", "output": "0", "testtype": "functional"},
]
READ = [{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]
CHECK = (
    "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(a=0, b=1) == 1\n"
)
CASES = (
    "import unittest\n\nclass TestCases(unittest.TestCase):\n    def test_case_1(self):\n"
    "        self.assertEqual(add(1, 2), 3)\n"
)

ROWS = {
    "APPS": (PRINT, {"problem_id": 1, "question": "?", "input_output": json.dumps(STDIN)}),
    "APPS, a call": (METHOD, {"input_output": json.dumps(CALLED), "starter_code": ""}),
    "APPS, wrapped": (ADD, {"inputs": [[1, 2]], "outputs": [[3]], "fn_name": "add"}),
    "TACO": (PRINT, {"input_output": STDIN, "difficulty": "EASY", "raw_tags": "[]"}),
    "prime_code": (ADD, json.dumps(CALLED)),
    "DeepCoder": (PRINT, {"tests": json.dumps(STDIN), "starter_code": ""}),
    "DeepCoder, cases": (METHOD, {"tests": LIVE, "metadata": {"func_name": "add"}}),
    "NeMo Gym": (PRINT, {"verifier_metadata": {"unit_tests": STDIN}}),
    "lines": (PRINT, {"inputs": [["1 2"]], "outputs": [["3"]]}),
    "LiveCodeBench": (
        METHOD,
        {"public_test_cases": json.dumps(LIVE), "metadata": '{"func_name": "add"}',
         "starter_code": "class Solution:\n    def add(self, a, b):\n        "},
    ),
    "LiveCodeBench, a program": (PRINT, {"public_test_cases": READ, "question_title": "A"}),
    "open-r1": (
        PRINT,
        {"verification_info": {"language": "python", "test_cases": [
            {"fn_name": None, "input": "1 2\n", "output": "3\n", "type": "stdin_stdout"}]}},
    ),
    "open-r1, a call": (
        ADD, {"test_cases": [{"fn_name": "add", "input": [1, 2], "output": 3, "type": "call"}]}
    ),
    "CodeContests": (
        PRINT,
        {"public_tests": {"input": ["1 2\n"], "output": ["3\n"]},
         "generated_tests": {"input": ["5 5"], "output": ["10"]},
         "time_limit": {"seconds": 2, "nanos": 500000000}},
    ),
    "SandboxFusion": (
        PRINT, {"labels": {"test": '[{"input": {"stdin": "1 2"}, "output": {"stdout": "3"}}]'}}
    ),
    "verl": (ADD, {"inputs": [], "outputs": [], "assert_case": ["assert add(1, 2) == 3"]}),
    "verl, wrapped": (ADD, {"style": "rule", "ground_truth": json.dumps(CALLED)}),
    "HumanEval": (
        "    return a + b\n",
        {"task_id": "HumanEval/0", "prompt": 'def add(a, b):\n    """Adds."""\n',
         "entry_point": "add", "canonical_solution": "    return b + a\n", "test": CHECK},
    ),
    "BigCodeBench": (
        ADD, {"test": CASES, "entry_point": "add", "code_prompt": "import math\ndef add(a, b):\n",
              "libs": "['math']", "doc_struct": "{}"},
    ),
    "EvalPlus": (
        ADD,
        {"entry_point": "add", "prompt": "def add(a, b):\n", "atol": 1e-6, "contract": "",
         "canonical_solution": "    return a+b\n", "base_input": [[1, 2]],
         "plus_input": [[0.1, 0.2], [[1], [2]]]},
    ),
    "MBPP": (
        ADD, {"task_id": 2, "text": "?", "code": ADD, "test_list": ["assert add(1, 2) == 3"],
              "test_setup_code": "", "challenge_test_list": []},
    ),
    "MBPP, sanitized": (
        ADD, {"prompt": "Add.", "test_imports": ["import math"],
              "test_list": ["assert math.isclose(add(0.1, 0.2), 0.3)"]},
    ),
    "MBPP, from a table": (ADD, {"test_list": "['assert add(1, 2) == 3']"}),
    "LeetCodeDataset": (
        METHOD,
        {"entry_point": "Solution().add", "test": CHECK, "prompt": "from typing import *\n",
         "input_output": [{"input": "a = 1, b = 2", "output": "3"}], "question_id": 3},
    ),
    "AceCode": (ADD, {"test_cases": ["assert add(1, 2) == 3"], "inferences": [{}]}),
    "CRUXEval": (
        "def f(a):\n    return a[::-1]",
        {"code": "def f(a): ...", "input": "'ab'", "output": "'ba'"},
    ),
    "open-r1, codeforces": (PRINT, {"official_tests": READ, "id": "1/A", "rating": 800}),
    "columns that nobody knows": (PRINT, {"question": "?", "ability": "code", **STDIN}),
    "named arguments": (ADD, {"inputs": [{"a": 1, "b": 2}], "outputs": [3], "fn_name": "add"}),
    "a list": (ADD, ["assert add(1, 2) == 3", "assert add(0, 0) == 0"]),
    "a list in a text": (ADD, '["assert add(1, 2) == 3"]'),
    "asserts in a text": (ADD, "assert add(1, 2) == 3\nassert add(0, 0) == 0"),
    "a check in a text": (ADD, f"{CHECK}\ncheck(add)"),
    "a list of cases": (PRINT, [{"stdin": "1 2", "expected_output": "3"}]),
}  # fmt: skip


@pytest.mark.parametrize("form", ROWS)
def test_a_row_of_a_dataset_decides(grade, form):
    right, reference = ROWS[form]
    assert passed(grade, right, reference) == 1.0
    wrong = right.replace("a + b", "a * b - 1").replace("[::-1]", "[1:]")
    assert passed(grade, wrong, reference) == 0.0


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ({"test_cases": [{"input": [1], "expected": 1}], "time_limits": 3}, "'time_limits'"),
        ({"test_cases": [], "tolerence": 3}, "did you mean 'tolerance'"),
        ({"test_cases": [{"input": [1], "expected": 1, "wieght": 3}]}, "'wieght'.*'weight'"),
        ({"entry_point": "f", "test_cases": [{"input": "[1]", "expected": 1}]}, "one argument or"),
        ({"entry_point": "f", "test_cases": [{"input": None, "expected": 1}]}, "one argument or"),
        ({"entry_point": "f", "test_cases": [{"input": "1, 2", "output": "3"}]}, "no JSON a line"),
        ({"inputs": [1], "outputs": []}, "1 inputs, but 0 outputs"),
        ({"inputs": 3, "outputs": []}, "inputs is not a list"),
        ({"public_test_cases": READ, "private_test_cases": "eJxrYJmqw"}, "packed"),
        ({"FAIL_TO_PASS": ["tests/test_a.py::test_a"], "test_patch": "diff"}, "unknown field"),
        ({"tests": [{"in": [1, 2], "out": 3}]}, "unknown field 'in'"),
        ({"base_input": [[1]], "entry_point": "f"}, "canonical_solution"),
        ({"test_cases": [{"input": [1], "expected": 1, "accepted": 2}]}, "accepted is not a list"),
        ({"test_cases": [{"input": [1], "expected": 1, "in_place": 1}]}, "in_place"),
        ({"test_cases": [{"input": [1], "expected": 1, "weight": 0}]}, "weight"),
        ({"question": "?", **STDIN, "output_checker": "x"}, "unknown field 'output_checker'"),
        ({"question": "?", **STDIN, "tolerence": 1}, "did you mean 'tolerance'"),
        ("print(1)", "not an object with tests"),
    ],
)  # fmt: skip
def test_what_may_be_meant_otherwise_is_refused(reference, named):
    with pytest.raises(BadReference, match=named):
        read_reference(reference)


@pytest.mark.parametrize(
    "language", ["cpp", "C++", "java", "javascript", "rust", "go", "mysql", "bash", "lean"]
)
@pytest.mark.parametrize("field", ["language", "lang", "programming_language", "lang_code"])
def test_another_language_is_named(language, field):
    case = {"stdin": "", "expected_output": ""}
    with pytest.raises(BadSample, match="language"):
        read_reference({field: language, "test_cases": [case]})


@pytest.mark.parametrize(
    "code",
    [
        "from solution import add\n\ndef test_it():\n    assert add(1, 2) == 3\n",
        "import math\nfrom math import pi\nassert add(pi, 0) == pi",
        "assert add(1, 2) == sum([1, 2])",
        CASES,
    ],
)
def test_the_name_that_nobody_else_has_is_the_entry_point(code):
    assert read_reference({"test_code": code}).entry_point == "add"


def test_any_of_several_outputs_is_right(grade):
    reference = {"test_cases": [{"input": [3], "expected": 1, "accepted": [3, [1, 3]]}]}
    for result, right in (("1", 1.0), ("[1, x]", 1.0), ("2", 0.0)):
        assert passed(grade, f"def f(x):\n    return {result}", reference) == right


CHECKER = """
def check(given, output, expected):
    a, b = map(int, output.split())
    assert a > 1 and b > 1
    return a * b == int(given)
"""


@pytest.mark.parametrize(
    ("output", "right"),
    [("2 6", 1.0), ("4 3", 1.0), ("2 5", 0.0), ("1 12", 0.0), ("twelve", 0.0), ("", 0.0)],
)
def test_a_checker_decides_where_many_outputs_are_right(grade, output, right):
    cases = [{"stdin": "12\n", "expected_output": "3 4"}]
    reference = {"test_cases": cases, "checker": CHECKER}
    assert passed(grade, f"print({output!r})", reference) == right
    del cases[0]["expected_output"]
    assert passed(grade, f"print({output!r})", reference) == right


@pytest.mark.parametrize("body", ["return False", "return missing", "return None", "return ("])
def test_a_checker_that_refuses_what_is_expected_is_the_datasets_fault(grade, body):
    checker = f"def check(given, output, expected):\n    {body}\n"
    case = {"input": [1], "expected": 1, "checker": checker}
    with pytest.raises(BadReference, match="checker"):
        grade("def f(x):\n    return x", {"test_cases": [case]})


@pytest.mark.parametrize(
    "returned",
    [
        "type('E', (), {'__eq__': lambda *_: True})()",
        "(x for x in [1])",
        "lambda: 1",
        "float('nan')",
    ],
)
def test_what_a_checker_did_not_foresee_is_wrong(grade, returned):
    checker = "def check(given, output, expected):\n    return output == expected\n"
    reference = {"test_cases": [{"input": [1], "expected": 1, "checker": checker}]}
    assert passed(grade, f"def f(x):\n    return {returned}", reference) == 0.0


def test_tests_may_weigh_differently(grade):
    cases = [{"input": [1], "expected": 1, "weight": 3}, {"input": [2], "expected": 3}]
    assert passed(grade, "def f(x):\n    return x", {"test_cases": cases}) == 0.75
    assert passed(grade, "def f(x):\n    return x", {"test_cases": cases}, credit="all") == 0.0


def test_what_a_function_did_to_its_argument_may_be_what_counts(grade):
    reference = {"in_place": True, "test_cases": [{"input": [[2, 1]], "expected": [1, 2]}]}
    assert passed(grade, "def f(xs):\n    xs.sort()", reference) == 1.0
    assert passed(grade, "def f(xs):\n    return sorted(xs)", reference) == 0.0


def test_a_design_is_tested_by_its_calls(grade):
    operations = [["Cache", "put", "get", "get"], [[2], [1, 1], [1], [3]]]
    case = {"input": operations, "expected": [None, None, 1, -1]}
    reference = {"entry_point": "Cache", "test_cases": [case]}
    code = (
        "class Cache:\n    def __init__(self, n): self.d = {}\n"
        "    def put(self, k, v): self.d[k] = v\n    def get(self, k): return self.d.get(k, -1)\n"
    )
    assert passed(grade, code, reference) == 1.0
    assert passed(grade, code.replace("-1", "0"), reference) == 0.5


LOOKS = """
import inspect
from dataclasses import asdict, replace

def test_it():
    p = P(1, 2)
    assert asdict(p) == {"x": 1, "y": 2} and replace(p, y=5).y == 5
    assert "while" not in inspect.getsource(made)
"""


def test_the_standard_library_looks_into_objects_of_the_program(grade):
    point = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int\n"
    reference = {"entry_point": "made", "test_code": LOOKS}
    assert passed(grade, f"{point}def made(): return P(1, 2)\n", reference) == 1.0
    loop = "def made():\n    while True: return P(1, 2)\n"
    assert passed(grade, f"{point}{loop}", reference) == 0.0


FILES = {
    "conftest.py": "import pytest\nFACTOR = 2\n\n@pytest.fixture\ndef four():\n    return 4\n",
    "data/pairs.csv": "1,2\n3,6\n",
    "tools.py": "def twice(x):\n    return x + x\n",
}
BESIDE = """
import csv, pathlib
from conftest import FACTOR
from tools import twice
from solution import f

def test_fixture(four):
    assert f(FACTOR) == four and f(5) == twice(5)

def test_data():
    f(0)
    with open("data/pairs.csv") as file:
        assert [f(int(x)) for x, _ in csv.reader(file)] == [2, 6]
    text = (pathlib.Path(__file__).parent / "data" / "pairs.csv").read_text()
    assert [f(int(line[0])) for line in text.split()] == [int(line[2]) for line in text.split()]
"""


def test_files_lie_beside_test_code(grade):
    reference = {"entry_point": "f", "test_code": BESIDE, "files": FILES}
    assert passed(grade, "def f(x):\n    return 2 * x\n", reference) == 1.0
    assert passed(grade, "def f(x):\n    return x\ntwice = f\n", reference) == 0.0


@pytest.mark.parametrize(
    "change",
    [
        "open('data/pairs.csv', 'w').write('1,0')",
        "os.remove('data/pairs.csv')",
        "os.rename('data', 'gone')",
        "os.makedirs('/tmp/data'); os.chdir('/tmp'); open('data/pairs.csv', 'w').write('1,0')",
        "open('tools.py', 'w').write('def twice(x): return 0')",
    ],
)
def test_a_program_cannot_change_the_files_that_its_tests_read(grade, change):
    reference = {"entry_point": "f", "test_code": BESIDE, "files": FILES}
    lying = f"import os\ndef f(x):\n    try:\n        {change}\n    except OSError:\n        pass\n"
    assert passed(grade, f"{lying}    return 0\n", reference) == 0.0
    assert passed(grade, f"{lying}    return 2 * x\n", reference) == 1.0


@pytest.mark.parametrize("files", [{"a": 1}, [], {}, {"../a": ""}, {"/a": ""}, {"a.py": "x = ("}])
def test_files_that_cannot_be_laid_out_are_refused(grade, files):
    with pytest.raises(BadReference, match="files"):
        grade("def f(): pass", {"entry_point": "f", "test_code": "f()", "files": files})
