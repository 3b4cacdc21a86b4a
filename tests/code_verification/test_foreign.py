# ruff: noqa: E501
"""What the tests unpickle, evaluate and run of the candidate's is made where the candidate is."""

import pytest

from tests.code_verification.conftest import passed

ANYTHING = "class E:\n    def __reduce__(self):\n        import unittest.mock\n        return unittest.mock._ANY, ()\n\n"
REACH = "__import__('unittest.mock').mock.ANY"
CHECKS = {
    "loads": ("pickle.loads(f(1))", f"{ANYTHING}def f(n):\n    return pickle.dumps(E())\n"),
    "load": ("pickle.load(io.BytesIO(f(1)))", f"{ANYTHING}def f(n):\n    return pickle.dumps(E())\n"),
    "unpickler": ("pickle.Unpickler(io.BytesIO(f(1))).load()",
                  f"{ANYTHING}def f(n):\n    return pickle.dumps(E(), 0)\n"),
    "inside": ("pickle.loads(f(1))[0]", f"{ANYTHING}def f(n):\n    return pickle.dumps([E()])\n"),
    "object": ("pickle.loads(pickle.dumps(f(1)))", f"{ANYTHING}def f(n):\n    return E()\n"),
    "eval": ("eval(f(1))", f"def f(n):\n    return {REACH!r}\n"),
    "repr": ("eval(repr(f(1)))", f"class E:\n    def __repr__(self):\n        return {REACH!r}\n\ndef f(n):\n    return E()\n"),
    "compiled": ("eval(compile(f(1), 'x', 'eval'))", f"def f(n):\n    return {REACH!r}\n"),
    "tree": ("eval(compile(ast.parse(f(1), mode='eval'), 'x', 'eval'))", f"def f(n):\n    return {REACH!r}\n"),
    "exec": ("ran(f(1))", f"def f(n):\n    return \"x = {REACH}\"\n"),
    "told": ("eval(f(1))", "def f(n):\n    return 'wanted'\n"),
}  # fmt: skip
FILE = """
import ast, io, pickle
from solution import f

def ran(text):
    space = {{}}
    exec(text, space)
    return space["x"]

def test_it():
    wanted = [17, 4]
    assert {made} == wanted
"""
HONEST = """import pickle

def f(n):
    return {given}
"""
GIVEN = {
    "loads": "pickle.dumps([17, 4])", "load": "pickle.dumps([17, 4])",
    "unpickler": "pickle.dumps([17, 4])", "inside": "pickle.dumps([[17, 4]])", "object": "[17, 4]",
    "eval": "'[17, 4]'", "repr": "[17, 4]", "compiled": "'[17, 4]'", "tree": "'[17, 4]'",
    "exec": "'x = [17, 4]'", "told": "'[17, 4]'",
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_code_of_the_candidates_makes_nothing_among_the_tests(grade, name):
    made, code = CHECKS[name]
    assert passed(grade, f"import pickle\n\n{code}", {"test_code": FILE.format(made=made)}) == 0.0


@pytest.mark.parametrize("name", CHECKS)
def test_what_an_honest_candidate_gives_is_read(grade, name):
    tests = {"test_code": FILE.format(made=CHECKS[name][0])}
    assert passed(grade, HONEST.format(given=GIVEN[name]), tests) == 1.0


@pytest.mark.parametrize("text", ["sorted = lambda x: [17, 4]", "wanted = 1", "x = 1"])
def test_a_text_of_the_candidates_binds_no_name_of_the_tests(grade, text):
    tests = (
        "from solution import f\n\ndef test_it():\n    space = {'x': 3, 'sorted': sorted, 'wanted': 9}\n"
        "    exec(f(1), space)\n    assert (space['x'], space['wanted']) == (3, 9)\n"
        "    assert space['sorted']([2, 1]) == [1, 2]\n"
    )
    assert passed(grade, f"def f(n):\n    return {text!r}\n", {"test_code": tests}) == 1.0


@pytest.mark.parametrize(
    "part",
    ["thing.__dict__['_secret']", "list(thing.__dict__)[0]", "thing.__dict__.get('__class__')",
     "type(thing).__dict__['limit']", "mock.__dict__['_mock_return_value']"],
)  # fmt: skip
def test_what_an_object_of_the_tests_holds_is_read_by_public_names_alone(grade, part):
    tests = (
        "import unittest\nfrom unittest.mock import Mock\nfrom solution import f\n\n"
        "class T(unittest.TestCase):\n    limit = 17\n    def test_it(self):\n"
        "        self._secret = 17\n        self.assertEqual(f(self, Mock(return_value=17)), 17)\n"
    )
    code = f"def f(thing, mock):\n    return {part}\n"
    assert passed(grade, code, {"test_code": tests}) == 0.0
