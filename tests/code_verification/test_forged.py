# ruff: noqa: E501
"""Where the author's tests and the candidate meet, nothing that the candidate does forges a pass."""

import pytest

from tests.code_verification.conftest import metric, passed
from tests.sandbox.attacks import SOCKET

UNITTEST = (
    "import unittest\nfrom unittest.mock import MagicMock, patch\n\n\nclass T(unittest.TestCase):\n"
)


def case(*lines):
    """A test file with one test, of these lines."""
    return f"{UNITTEST}    def test_it(self):\n" + "".join(f"        {line}\n" for line in lines)


FUNCTION = "def f(x):\n    return 2 * x\n"
VECTOR = """
class Vector:
    def __init__(self, x, y=1):
        self.x, self.y = x, y

    def __eq__(self, other):
        if isinstance(other, (int, float)):
            return self.x == other
        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)

    def __lt__(self, other):
        return self.x < (other.x if isinstance(other, Vector) else other)

    def __gt__(self, other):
        return self.x > (other.x if isinstance(other, Vector) else other)

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return self.x - other

    def __contains__(self, item):
        return item in (self.x, self.y)

    def __len__(self):
        return 2

    def total(self):
        return self.x + self.y

    def items(self):
        return [self.x, self.y]


def make(x):
    return Vector(x)
"""
SORT = "def f(xs):\n    return sorted(xs)\n"
MAP = "def f(g, xs):\n    return [g(x) for x in xs]\n"
REFUSE = "class Refused(ValueError):\n    pass\n\n\ndef f(x):\n    raise Refused('no')\n"
FETCH = "import time\n\n\ndef f(client):\n    time.sleep(0.01)\n    return client.get('key')\n"

# The author's tests, each with a right solution.
TESTS = {
    "equal": (FUNCTION, case("self.assertEqual(f(3), 6)")),
    "equal the other way": (FUNCTION, case("self.assertEqual(6, f(3))")),
    "almost": (FUNCTION, case("self.assertAlmostEqual(f(0.7), 1.4)")),
    "difference": (FUNCTION, case("self.assertTrue(abs(f(0.7) - 1.4) < 1e-6)")),
    "less": (FUNCTION, case("self.assertLess(f(3), 7)", "self.assertGreater(f(3), 5)")),
    "in": (FUNCTION, case("self.assertIn(f(3), [5, 6, 7])")),
    "in a set": (FUNCTION, case("self.assertIn(f(3), {5, 6, 7})")),
    "list": (FUNCTION, case("self.assertEqual([f(1), f(2)], [2, 4])")),
    "list equal": (FUNCTION, case("self.assertListEqual(f([1]), [1, 1])")),
    "dict": (FUNCTION, case("self.assertEqual({'a': f(1)}, {'a': 2})")),
    "count": (FUNCTION, case("self.assertCountEqual(f([1, 2]), [1, 1, 2, 2])")),
    "regex": (FUNCTION, case("self.assertRegex(f('ab'), '^abab$')")),
    "isinstance": (FUNCTION, case("self.assertIsInstance(f(3), int)", "self.assertEqual(f(3), 6)")),
    "approx": (FUNCTION, "import pytest\n\ndef test_it():\n    assert f(0.7) == pytest.approx(1.4)\n    assert [f(1)] == pytest.approx([2.0])\n"),
    "parametrized": (FUNCTION, "import pytest\n\n@pytest.mark.parametrize('x, y', [(1, 2), (3, 6)])\ndef test_it(x, y):\n    assert f(x) == y\n"),
    "subtests": (FUNCTION, case("for x, y in [(1, 2), (3, 6)]:", "    with self.subTest(x=x):", "        self.assertEqual(f(x), y)")),
    "loop": (FUNCTION, "for x in range(1, 5):\n    assert f(x) == x + x\n"),
    "doctest": (FUNCTION, '"""\n>>> f(3)\n6\n>>> f(5)\n10\n"""\n'),
    "builtin": (FUNCTION, "def test_it():\n    for x in (1, 2):\n        assert [f(x)] == list(map(sum, zip([x], [x])))\n"),
    "length": (SORT, case("self.assertEqual(len(f([3, 1])), 2)", "self.assertEqual(f([3, 1]), [1, 3])")),
    "of the input": (SORT, case("xs = [3, 1]", "self.assertEqual(f(xs), sorted(xs))")),
    "of the input later": (SORT, case("xs = [3, 1]", "r = f(xs)", "self.assertEqual(r, sorted(xs))")),
    "callback": (MAP, case("self.assertEqual(f(lambda x: x + 1, [1, 2]), [2, 3])")),
    "callback with a secret": (MAP, case("secret = 41", "self.assertEqual(f(lambda x: x + 1, [secret, 1]), [42, 2])")),
    "raises": (REFUSE, case("with self.assertRaises(ValueError) as caught:", "    f(1)", "self.assertEqual(str(caught.exception), 'no')")),
    "mock": (FETCH, case("client = MagicMock()", "client.get.return_value = 5", "self.assertEqual(f(client), 5)", "client.get.assert_called_once_with('key')")),
    "patched": (FETCH, case("client = MagicMock()", "with patch('time.sleep') as sleep:", "    f(client)", "    sleep.assert_called_once_with(0.01)", "client.get.assert_called_once_with('key')")),
    "vector": (VECTOR, case("self.assertEqual(Vector(1, 2) + Vector(3, 4), Vector(4, 6))")),
    "vector by name": (VECTOR, case("v = Vector(1, 2)", "self.assertTrue(v == Vector(1, 2))", "self.assertFalse(v == Vector(2, 1))")),
    "vector and number": (VECTOR, case("self.assertEqual(Vector(7), 7)", "self.assertEqual(make(8), 8)", "self.assertEqual(Vector(5), 5)", "self.assertEqual(Vector(3), 3)")),
    "vector less": (VECTOR, case("self.assertLess(Vector(1), Vector(2))")),
    "vector almost": (VECTOR, case("self.assertAlmostEqual(Vector(7) - 7, 0)", "self.assertEqual(Vector(9) - 2, 7)")),
    "vector in": (VECTOR, case("self.assertIn(2, Vector(1, 2))")),
    "vector method": (VECTOR, case("self.assertEqual(Vector(1, 2).total(), 3)")),
    "vector list": (VECTOR, case("self.assertEqual(Vector(1, 2).items(), [1, 2])", "self.assertEqual(len(Vector(1, 2)), 2)")),
}  # fmt: skip
FUNCTIONS = [name for name, (right, _tests) in TESTS.items() if right is FUNCTION]
OBJECTS = [name for name, (right, _tests) in TESTS.items() if right is VECTOR]


@pytest.mark.parametrize("name", TESTS)
def test_the_honest_solution_earns_everything(grade, name):
    right, tests = TESTS[name]
    entry_point = "Vector" if right is VECTOR else "f"
    result = grade(right, {"entry_point": entry_point, "test_code": tests})
    assert metric(result, "tests_passed") == 1.0, result.reason


# An object that agrees with everything.
YES = "".join(
    f"    def __{name}__(self, *a):\n        return {value}\n"
    for name, value in {
        "eq": "True", "ne": "False", "lt": "True", "le": "True", "gt": "True", "ge": "True",
        "bool": "True", "len": "2", "sub": "0", "rsub": "0", "add": "0", "radd": "0", "abs": "0",
        "xor": "0", "rxor": "0", "contains": "True", "hash": "6", "float": "1.4", "int": "6",
        "round": "0", "neg": "self", "mod": "0", "getitem": "self", "iter": "iter([])",
    }.items()
)  # fmt: skip
SELF = YES.replace("return 0", "return self").replace("'gt': 'True'", "'gt': 'False'")
ONE_SIDED = SELF.replace(
    "__gt__(self, *a):\n        return True", "__gt__(self, *a):\n        return False"
)
OBJECT = [
    f"class Yes{base}:\n{body}\n\ndef f(*a):\n    return Yes()\n"
    for base in ("", "(Exception)")
    for body in (YES, SELF, ONE_SIDED)
]
DERIVED = [
    f"class Yes({base}):\n{YES}\n\ndef f(*a):\n    return Yes()\n"
    for base in ("int", "str", "list", "dict", "float", "tuple", "set")
]
LYING_CLASS = [
    f"class Yes:\n{YES}    @property\n    def __class__(self):\n        return {kind}\n\n\ndef f(*a):\n    return Yes()\n" for kind in ("int", "list", "str", "float")
] + [
    f"class Meta(type):\n    def __instancecheck__(cls, o): return True\n    def __subclasscheck__(cls, o): return True\n    def __eq__(cls, o): return True\n    def __hash__(cls): return 1\n\n\nclass Yes(metaclass=Meta):\n{YES}\n\ndef f(*a):\n    return Yes()\n",
]  # fmt: skip
ENDINGS = [
    f"{setup}\ndef f(*a):\n    {body}\n"
    for setup, body in [
        ("import sys", "sys.exit(0)"), ("import os", "os._exit(0)"), ("", "raise SystemExit(0)"),
        ("import unittest", "raise unittest.SkipTest('no')"), ("", "raise KeyboardInterrupt"),
        ("import unittest", "raise unittest.case._ShouldStop"), ("import unittest.case as c", "raise c._UnexpectedSuccess"),
        ("", "raise StopIteration"), ("", "raise GeneratorExit"), ("", "raise AssertionError"),
        ("class NotAsked(Exception): pass", "raise NotAsked"), ("class Broken(BaseException): pass", "raise Broken"),
        ("class SkipTest(Exception): pass\nSkipTest.__module__ = 'unittest.case'", "raise SkipTest"),
        ("import pytest", "pytest.skip('no')"), ("import pytest", "pytest.xfail('no')"), ("import pytest", "pytest.exit('no')"),
        ("", "return f"), ("", "return object()"), ("", "return NotImplemented"), ("", "return ..."), ("", "yield 6"),
        ("", "return type('Yes', (), {'__eq__': lambda *a: True})()"), ("", "return type('int', (int,), {'__eq__': lambda *a: True, '__hash__': lambda s: 6})(0)"),
        ("from unittest import mock", "return mock.ANY"), ("from unittest import mock", "return mock.MagicMock()"),
        ("import pytest", "return pytest.approx(1, rel=1e9)"), ("async def g(): return 6\n", "return g()"),
    ]
]  # fmt: skip
POISON = [
    "import unittest\nunittest.TestCase.assertEqual = unittest.TestCase.assertListEqual = lambda *a, **k: None\nunittest.TestCase.run = lambda *a: None\ndef f(*a): return 0\n",
    "import builtins\nbuiltins.AssertionError = type('E', (BaseException,), {})\nbuiltins.isinstance = lambda *a: True\nbuiltins.len = lambda o: 2\nbuiltins.abs = lambda o: 0\ndef f(*a): return 0\n",
    "def len(x): return 2\ndef abs(x): return 0\ndef zip(*a): return []\ndef map(*a): return []\ndef sum(x): return 0\ndef list(*a): return []\ndef range(*a): return []\ndef sorted(x): return 0\ndef isinstance(*a): return True\ndef f(*a): return 0\n",
    "import sys\nfor name, module in list(sys.modules.items()):\n    for key in list(vars(module)):\n        if key.startswith('assert') or key in ('approx', 'run', 'debug'):\n            try: setattr(module, key, lambda *a, **k: None)\n            except Exception: pass\ndef f(*a): return 0\n",
    "import threading\ndef f(*a):\n    threading.Thread(target=lambda: None).start()\n    return 0\n",
    "import gc\ndef f(*a):\n    for o in gc.get_objects():\n        if callable(getattr(o, 'ask', None)):\n            o.ask('call', print, (), {})\n    return 0\n",
    "self = None\nT = unittest = None\nclass TestCase:\n    def assertEqual(self, *a): pass\ndef test_it(*a): pass\ndef check(*a): pass\ndef setUpModule(): pass\ndef load_tests(*a): return None\ndef f(*a): return 0\n",
]  # fmt: skip


@pytest.mark.parametrize("code", [*OBJECT, *DERIVED, *LYING_CLASS, *ENDINGS, *POISON])
def test_no_answer_passes_for_a_right_one(grade, code):
    for name in (
        "equal",
        "almost",
        "in",
        "list",
        "isinstance",
        "approx",
        "subtests",
        "loop",
        "doctest",
        "builtin",
    ):
        result = grade(code, {"entry_point": "f", "test_code": TESTS[name][1]})
        assert metric(result, "tests_passed") == 0.0, (name, result.reason)


@pytest.mark.parametrize("name", [*FUNCTIONS, "length", "of the input", "of the input later"])
@pytest.mark.parametrize("code", [OBJECT[0], OBJECT[2], DERIVED[0], DERIVED[2]])
def test_no_test_takes_an_agreeing_object(grade, name, code):
    if name in ("less", "regex"):
        code = code.replace("class Yes(int)", "class Yes(list)")
    assert passed(grade, code, {"entry_point": "f", "test_code": TESTS[name][1]}) == 0.0


VECTORS = {
    "yes": "return True",
    "mine": "return type(o).__name__ == 'Vector'",
    "numbers": "return not hasattr(o, 'x') or type(o).__name__ == 'Vector'",
}


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("lie", VECTORS)
def test_an_object_that_agrees_with_its_likes_earns_nothing(grade, name, lie):
    methods = ("eq", "lt", "gt", "contains")
    lies = "".join(f"    def __{m}__(self, o):\n        {VECTORS[lie]}\n" for m in methods)
    lies += (
        "    def __sub__(self, o):\n        return 0\n    def __len__(self):\n        return 0\n"
    )
    code = f"class Vector:\n    def __init__(self, *a):\n        pass\n    def __add__(self, o):\n        return self\n    def total(self):\n        return self\n    items = total\n{lies}\ndef make(x):\n    return Vector()\n"
    result = grade(code, {"entry_point": "Vector", "test_code": TESTS[name][1]})
    assert metric(result, "tests_passed") == 0.0, result.reason


REACH = {
    "callback": [
        "def f(g, xs):\n    g.__globals__['T'].assertEqual = lambda *a: None\n    return []\n",
        "def f(g, xs):\n    return g.__closure__[0].cell_contents\n",
        "def f(g, xs):\n    g.__code__ = (lambda *a: 1).__code__\n    return []\n",
        "def f(g, xs):\n    raise g.__self__.skipTest('no')\n",
        "def f(g, xs):\n    g.__class__.__call__ = lambda *a: 0\n    return []\n",
    ],
    "mock": [
        "def f(client):\n    client.get.assert_called_once_with = lambda *a: None\n    client.called = True\n    return 5\n",
        "def f(client):\n    client.get.assert_called_once_with('key')\n    return 5\n",
        "def f(client):\n    client.get.call_args_list = client.get.mock_calls = [('key',)]\n    client.get.call_count = 1\n    client.get.configure_mock(call_count=1)\n    return 5\n",
        "def f(client):\n    type(client).assert_called_once_with = lambda *a: None\n    client.get = None\n    return 5\n",
    ],
    "of the input": [
        "def f(xs):\n    xs.clear()\n    return []\n",
        "def f(xs):\n    xs.clear()\n    return xs\n",
        "def f(xs):\n    xs[:] = []\n    return list(xs)\n",
    ],
    "of the input later": [
        "def f(xs):\n    xs.clear()\n    return []\n",
        "def f(xs):\n    xs.clear()\n    return xs\n",
    ],
}


@pytest.mark.parametrize(
    ("name", "code"), [(n, code) for n, codes in REACH.items() for code in codes]
)
def test_what_the_candidate_is_handed_leads_to_no_verdict(grade, name, code):
    result = grade(code, {"entry_point": "f", "test_code": TESTS[name][1]})
    assert metric(result, "tests_passed") == 0.0, result.reason


SEND = SOCKET + "def send(text):\n    for line in socks(): line.sendall(frame(text.encode()))\n\n"
FRAMES = [
    '["v",null]', '["v","skipped"]', '["a",6,0]', '["a",6]', '["a",["h",1,"function"],0]', '["a",["y",1],0]', '["a",["k",2],0]',
    '["a",["m",2,"list",null],0]', '["a",["c","builtins","exec"],0]', '["a",["c","os","system"],0]', '["a",["e",1,["c","unittest.case","SkipTest"],[],"",{},null],0]',
    '["x",["e",1,["c","unittest.case","SkipTest"],[],"",{},null],0]', '["x",["e",1,["c","builtins","SystemExit"],[0],"",{},null],0]', '["x",6,0]', '["x",["y",1],0]',
    '["q","get",[["y",1],"__globals__"],0]', '["q","call",[["y",1],["t"],["m",9,"dict",null]],0]', '["q","eval",["1"],0]', '["q","super",[],0]', '["q","call",[["c","builtins","exec"],["t","1"],["m",9,"dict",null]],0]',
    '["q","op",[["y",1],"__reduce_ex__",["t",2]],0]', '["q","file",["status","/"],0]', '["q","file",["do","x"],0]', '["q"]', '["a"]', '[]', '{}', '["a",' + "[" * 900 + "]" * 900 + ',0]', '["a",0,[[[2,"list",null]],[2],[["out",1]]]]',
    '["a",["K",1,"A","A","m",null,[],{"__getattribute__":"f","_touchstone_number":"f","__eq__":"f"},null],0]',
]  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES)
def test_no_message_of_its_own_making_passes(grade, frame):
    code = f"{SEND}def f(*a):\n    send({frame!r})\n    return 0\n"
    for name in ("equal", "callback", "subtests"):
        if (name, frame) == ("equal", '["a",6,0]'):
            continue  # which is a right answer
        result = grade(code, {"entry_point": "f", "test_code": TESTS[name][1]})
        assert metric(result, "tests_passed") == 0.0, (name, result.reason)
    ahead = f"{SOCKET}sock().sendall(frame({frame!r}.encode()) * 9)\ndef f(*a):\n    return 0\n"
    result = grade(ahead, {"entry_point": "f", "test_code": TESTS["equal"][1]})
    assert metric(result, "tests_passed") == 0.0, result.reason


@pytest.mark.parametrize(
    "form",
    [
        "{0}\nassert {1}",
        "{0}\ndef test_it():\n    assert {1}\n",
        "{0}\ndef check(f):\n    assert {1}",
    ],
)
def test_a_name_that_the_tests_import_with_all_others_is_theirs(grade, form):
    tests = {
        "entry_point": "f",
        "test_code": form.format("from math import *", "f(16) == sqrt(16)"),
    }
    assert passed(grade, "def f(n):\n    return n ** 0.5\n", tests) == 1.0
    forged = "def f(n):\n    return n\n\ndef sqrt(n):\n    return n\n"
    assert passed(grade, forged, tests) == 0.0


SELECTIVE = """
class V:
    def __init__(self, x=0, y=0):
        self.x, self.y, self.held = x, y, set()

    def add(self, item):
        {add}

    def __add__(self, other):
        return {plus}

    def __eq__(self, other):
        return isinstance(other, V) and {equal}

    def __contains__(self, item):
        return {holds}
"""
HONEST = {
    "add": "self.held.add(item)",
    "plus": "V(self.x + other.x, self.y + other.y)",
    "equal": "(self.x, self.y) == (other.x, other.y)",
    "holds": "item in self.held",
}
SPOKEN = [
    ("assert V(1, 2) + V(3, 4) == V(4, 6)", "equal"),
    ("a = V(1, 2)\nwanted = V(4, 6)\nassert a + V(3, 4) == wanted", "equal"),
    (case("self.assertEqual(V(1, 2) + V(3, 4), V(4, 6))"), "equal"),
    ("s = V()\ns.add(3)\nassert 3 in s", "holds"),
    (case("s = V()", "for n in range(4):", "    s.add(n)", "self.assertIn(3, s)"), "holds"),
]
LIES = {
    "equal": [f"abs(other.x) < {n}" for n in (7, 10, 50, 10**6)]
    + ["other.x % 2 == 0", "other.x > 3", "other.y > 0 and other.x % 2 == 0", "True"],
    "holds": ["abs(item) < 50", "0 <= item < 10", "item > 0", "isinstance(item, int)", "True"],
}


@pytest.mark.parametrize(("tests", "asked"), SPOKEN)
def test_an_object_that_lies_about_some_operands_gains_nothing(grade, tests, asked):
    reference = {"entry_point": "V", "test_code": tests}
    assert passed(grade, SELECTIVE.format(**HONEST), reference) == 1.0
    for lie in LIES[asked]:
        lies = HONEST | {"add": "pass", "plus": "V()", asked: lie}
        assert passed(grade, SELECTIVE.format(**lies), reference) == 0.0, lie


EQUAL_BY_CLASS = {
    "Fr(1, 2) * Fr(3, 4) == Fr(3, 8)": "self.a * other.b == self.b * other.a",
    "Fr(3, 8) == Fr(6, 16)": "self.a * other.b == self.b * other.a",
    "Fr(2, 4) == Fr(1, 2)": "self.a * other.b == self.b * other.a",
    "Fr(350, 1) * Fr(2, 1) == Fr(340, 9)": "(self.a - other.a) % 360 == 0",
    "Fr(3, 4) == Fr(4, 3)": "self.a**2 + self.b**2 == other.a**2 + other.b**2",
    "Fr(1, 'a') == Fr(1, 'b')": "self.a == other.a",
    "Fr('Ab', 1) == Fr('aB', 2)": "self.a.lower() == other.a.lower()",
}


@pytest.mark.parametrize("asserted", EQUAL_BY_CLASS)
@pytest.mark.parametrize(
    "form", ["assert {}", "def test_it():\n    for _ in [1]:\n        assert {}"]
)
def test_an_equality_of_a_class_of_its_own_is_no_lie(grade, asserted, form):
    code = "class Fr:\n    def __init__(self, a, b):\n        self.a, self.b = a, b\n"
    code += "    def __mul__(self, other):\n        return Fr(self.a * other.a, self.b * other.b)\n"
    code += f"    def __eq__(self, other):\n        return {EQUAL_BY_CLASS[asserted]}\n"
    reference = {"entry_point": "Fr", "test_code": form.format(asserted)}
    assert passed(grade, code, reference) == 1.0


def test_objects_made_of_objects_equal_those_made_alike(grade):
    code = "class N:\n    def __init__(self, kids=None):\n        self.kids = kids or []\n"
    code += "    def __eq__(self, other):\n        return self.kids == other.kids\n"
    code += "    def copy(self):\n        return N([kid.copy() for kid in self.kids])\n"
    lines = "tree = N(kids=[N([N()]), N()])", "self.assertEqual(tree.copy(), tree)"
    assert passed(grade, code, {"entry_point": "N", "test_code": case(*lines)}) == 1.0
