# ruff: noqa: E501
"""Programs that try to earn what they did not solve, or to be left unscored instead of failing."""

from dataclasses import replace

import pytest

from tests.code_verification.conftest import metric, passed
from tests.sandbox.attacks import SOCKET
from tests.support import row
from touchstone import contract
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.sandbox import checks
from touchstone.sandbox.types import (
    CheckJob,
    FunctionJob,
    Iterated,
    Opaque,
    ProgramJob,
    Returned,
    Run,
    ScriptJob,
    Usage,
)
from touchstone.templates.code_verification.grader import TEMPLATE

ADD = "def add(x, y):\n    return x + y\n"
DOUBLE = "def f(x):\n    return 2 * x\n"
SORT = "def f(xs):\n    return sorted(xs)\n"
IN_PLACE = "def f(xs):\n    xs.sort()\n"
ROT13 = "import codecs\n\n\ndef f(s):\n    return codecs.encode(s, 'rot13')\n"
PAIRS = "def f(a, b):\n    return list(zip(a, b))\n"
VECTOR = """
class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)

    def __lt__(self, other):
        return self.x < other.x

    def __contains__(self, number):
        return number in (self.x, self.y)
"""


def scripted(code, entry_point="f"):
    return {"entry_point": entry_point, "test_code": code}


def checked(code):
    lines = "".join(f"    {line}\n" for line in code.split("\n"))
    return {"entry_point": "f", "test_code": f"def check(candidate):\n{lines}"}


# The author's tests, each with a right solution.
TESTS = {
    "names": (ADD, scripted("x, y = 3, 4\nassert add(x, y) == x + y", "add")),
    "texts": (ADD, scripted("x = 'ab'\ny = 'cd'\nassert add(x, y) == x + y", "add")),
    "lengths": (ADD, scripted("x, y = [1], [2, 3]\nassert len(add(x, y)) == len(x) + len(y)", "add")),
    "a named result": (ADD, scripted("x, y = 3, 4\nr = 7\nassert add(x, y) == r\nassert add(r, 0) == r", "add")),
    "reassigned": (DOUBLE, scripted("x = 1\nassert f(x) == x + x\nx = 5\nassert f(x) == 2 * x")),
    "functions": (ADD, scripted("def test_a():\n    x = 1\n    assert add(x, x) == x + x\n\ndef test_b():\n    y = 4\n    assert add(y, 1) == y + 1\n", "add")),
    "a verdict with a name": (DOUBLE, scripted("good = f(3) == 6\nassert good")),
    "a difference with a name": (DOUBLE, scripted("d = abs(f(3) - 6)\nassert d < 0.01")),
    "sorted after": (SORT, scripted("xs = [3, 1, 2]\nr = f(xs)\nwant = sorted(xs)\nassert r == want")),
    "sorted of the input": (SORT, scripted("xs = [3, 1, 2]\nassert f(xs) == sorted(xs)")),
    "sum of the input": ("def f(xs):\n    return sum(xs)\n", scripted("xs = [3, 1]\nassert abs(f(xs) - sum(xs)) < 1")),
    "in place": (IN_PLACE, scripted("xs = [3, 1, 2]\nf(xs)\nfirst = xs[0]\nassert xs == [1, 2, 3]\nassert first == 1")),
    "in place and a result": ("def f(xs):\n    xs[:] = sorted(set(xs))\n    return len(xs)\n", scripted("xs = [2, 1, 2]\nk = f(xs)\nassert xs[:k] == [1, 2]\nassert k == 2")),
    "changed and returned": ("def f(xs):\n    return xs.pop()\n", scripted("xs = [1, 2]\nassert f(xs) == 2\nassert f(xs) == 1\nassert xs == []")),
    "both ways": (ROT13, scripted("a = f('hello')\nassert a == 'uryyb'\nb = f('uryyb')\nassert b == 'hello'")),
    "both ways in a row": (ROT13, {"entry_point": "f", "tests": ["assert f('hello') == 'uryyb'", "assert f('uryyb') == 'hello'"]}),
    "both ways in cases": (ROT13, {"entry_point": "f", "test_cases": [{"input": ["hello"], "expected": "uryyb"}, {"input": ["uryyb"], "expected": "hello"}]}),
    "zip": (PAIRS, {"entry_point": "f", "tests": ["assert f([1, 2], [3, 4]) == list(zip([1, 2], [3, 4]))"]}),
    "chr": ("def f(x):\n    return 'abc'[x]\n", {"entry_point": "f", "tests": ["assert f(1) == chr(98)"]}),
    "for over zip": (DOUBLE, checked("for got, want in zip(map(candidate, [1, 2]), [2, 4]):\n    assert got == want")),
    "all": (DOUBLE, checked("assert all(g == w for g, w in zip(map(candidate, [1, 2]), [2, 4]))")),
    "all of map": (DOUBLE, checked("assert all(map(lambda x: candidate(x) == 2 * x, [1, 2]))")),
    "filter": (DOUBLE, checked("assert not list(filter(lambda x: candidate(x) != 2 * x, [1, 2]))")),
    "not any": (DOUBLE, checked("assert not any(map(lambda x: candidate(x) != 2 * x, [1, 2]))")),
    "unittest": (DOUBLE, {"entry_point": "f", "test_code": "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        for got, want in zip(map(f, [1, 2]), [2, 4]):\n            self.assertEqual(got, want)\n"}),
    "an asynchronous loop": (DOUBLE, checked("import asyncio\nasync def all_of():\n    for x in (1, 2):\n        yield candidate(x) == 2 * x\nasync def main():\n    return [ok async for ok in all_of()]\nassert all(asyncio.run(main()))")),
    "loop": (SORT, checked("for n in range(2, 5):\n    xs = list(range(n, 0, -1))\n    assert candidate(xs) == sorted(xs)")),
    "loop over dicts": ("def f(d):\n    return sum(d.values())\n", checked("for n in range(1, 4):\n    d = {n: n}\n    assert candidate(d) == sum(d.values())")),
    "loop in place": (IN_PLACE, checked("for n in range(2, 5):\n    xs = list(range(n, 0, -1))\n    candidate(xs)\n    assert xs == list(range(1, n + 1))")),
    "collatz": ("def f(x):\n    return x // 2 if x % 2 == 0 else 3 * x + 1\n", checked("x = 6\nwhile x != 1:\n    x = candidate(x)\nassert x == 1")),
    "equal": (VECTOR, scripted("assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)", "Vector")),
    "equal by name": (VECTOR, scripted("x = 4\nv = Vector(1, 2) + Vector(3, 4)\nw = Vector(x, 6)\nassert v == w", "Vector")),
    "equal with a name": (VECTOR, scripted("same = Vector(1, 2) + Vector(3, 4) == Vector(4, 6)\nassert same", "Vector")),
    "in a dict": (VECTOR, scripted("d = {'v': Vector(1, 2)}\nassert d['v'].y == 2", "Vector")),
    "unequal": (VECTOR, scripted("assert Vector(1, 2) != Vector(3, 4)", "Vector")),
    "less": (VECTOR, scripted("assert Vector(1, 2) < Vector(3, 4)", "Vector")),
    "in": (VECTOR, scripted("v = Vector(1, 2)\nassert 2 in v", "Vector")),
    "program": ("print(int(input()) * 2)\n", {"test_cases": [{"stdin": "2\n", "expected_output": "4"}, {"stdin": "4\n", "expected_output": "8"}]}),
    "numpy": ("import numpy\n\n\ndef f(x):\n    return int(numpy.sum(x))\n", {"entry_point": "f", "test_cases": [{"input": [[1, 2]], "expected": 3}]}),
}  # fmt: skip


@pytest.mark.parametrize("name", TESTS)
def test_the_honest_solution_earns_everything(grade, name):
    right, reference = TESTS[name]
    assert passed(grade, right, reference) == 1.0


_ENUMERATE = "class enumerate:\n    def __init__(self, steps): self.index = -1\n    def __iter__(self): return self\n    def __next__(self):\n        self.index += 1\n        return self.index, 0\n\n"
_YES = "class Yes:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n    def __bool__(self): return True\n    def __sub__(self, other): return 0\n    def __abs__(self): return 0\n    def __lt__(self, other): return True\n    def __len__(self): return 3\n\n"
_ZEROS = "x = y = r = a = b = want = d = first = 0\ngood = True\ndef abs(x): return 0\ndef len(x): return 0\ndef sum(x): return 0\ndef sorted(x): return 0\ndef zip(*a): return 0\ndef list(*a): return 0\ndef chr(x): return 0\n\n"
# What is in this process besides its own argument: constants, frames, objects, the socket.
_PEEK = (
    "import gc, json, re, sys\n"
    + SOCKET
    + """
def seen():
    texts = []
    frame = sys._getframe()
    while frame:
        texts += [repr(frame.f_code.co_consts), repr(list(frame.f_locals.values()))[:20000]]
        frame = frame.f_back
    for o in gc.get_objects():
        if isinstance(o, (list, dict, tuple)) and len(o) < 30:
            try: texts.append(repr(o)[:500])
            except Exception: pass
    module = sys.modules["candidate"]
    texts += [repr(getattr(v, "__code__", None) and v.__code__.co_consts) for v in vars(module).values()]
    try: texts.append(sock().recv(65536, 2 | 64).decode("latin-1"))
    except Exception: pass
    return " ".join(texts)
def f(s):
    found = seen()
    other = {"olleh": "byyru", "byyru": "olleh"}[s[::-1]][::-1]
    return other if other in found else None
"""
)
_CLEAR = "def f(xs):\n    xs.clear()\n    return type(xs)()\n"


def _vector(**methods):
    lies = "".join(f"    def {name}(self, o):\n        {body}\n" for name, body in methods.items())
    return f"class Vector:\n    n = 0\n    def __init__(self, x, y):\n        pass\n\n    def __add__(self, other):\n        return self\n\n{lies}"


_SAY = "return True"
_MINE = "return isinstance(o, Vector)"
_TURN = "Vector.n += 1\n        return Vector.n % 2 == 1"
_FRAME = SOCKET + "def send(text):\n    sock().sendall(frame(text.encode()))\n\n"

ATTACKS = [
    *[(name, f"{_ENUMERATE}def add(x, y): return 0\n") for name in ("names", "texts", "lengths", "a named result", "functions")],
    *[(name, f"{_ZEROS}def add(x, y): return 0\n") for name in ("names", "texts", "lengths", "a named result", "functions")],
    *[(name, f"{_ZEROS}def f(*a): return 0\n") for name in ("reassigned", "a verdict with a name", "a difference with a name", "sorted after", "sorted of the input", "sum of the input", "zip", "chr")],
    *[(name, f"{_YES}def f(*a): return Yes()\n") for name in ("reassigned", "a verdict with a name", "a difference with a name", "sorted of the input", "sum of the input", "zip", "for over zip", "all", "loop")],
    *[(name, f"def f(x): raise {error}\n") for error in ("StopIteration", "StopAsyncIteration", "GeneratorExit", "StopIteration(2)", "type('StopIteration', (Exception,), {})") for name in ("for over zip", "all", "all of map", "filter", "not any", "unittest", "an asynchronous loop")],
    *[(name, "def f(x):\n    yield 1\n") for name in ("for over zip", "all", "all of map")],
    *[(name, _CLEAR) for name in ("sorted after", "sorted of the input", "loop")],
    ("sum of the input", "def f(xs):\n    xs.clear()\n    return 0\n"),
    ("loop over dicts", "def f(d):\n    d.clear()\n    return 0\n"),
    ("in place", "def f(xs): xs.clear()\n"),
    ("loop in place", "def f(xs): xs.clear()\n"),
    ("collatz", "def f(x): return x + 1\n"),
    *[("equal", _vector(__eq__=body)) for body in (_SAY, _MINE, _TURN)],
    *[("equal by name", _vector(__eq__=body)) for body in (_SAY, _MINE)],
    ("unequal", _vector(__ne__=_SAY)),
    ("less", _vector(__lt__=_SAY)),
    ("less", _vector(__lt__=_MINE)),
    ("equal by name", _vector(__eq__=_TURN)),
    ("equal with a name", _vector(__eq__=_MINE)),
    ("in", _vector(__contains__=_SAY)),
    ("in", _vector(__contains__="return isinstance(o, int)")),
    # which ask to be left unscored
    ("numpy", "def f(x): raise ModuleNotFoundError(name='numpy')\n"),
    ("numpy", "import numpy\ndef f(x): import numpy.not_there\n"),
    ("numpy", "raise ModuleNotFoundError(name='numpy')\ndef f(x): return 1\n"),
    ("numpy", "def f(x):\n    e = ModuleNotFoundError()\n    e.name = 'numpy'\n    raise e\n"),
    *[("numpy", f"{_FRAME}def f(x): send('[\"u\", \"{what}\"]')\n") for what in ("module: numpy", "module: numpy.x", "a class as the entry point", "a class as the entry point of test code that runs whole")],
    *[("equal", f"class Vector:\n    def __init__(self, x, y):\n        try:\n            open('x')\n        except OSError as e:\n            e.what = {what!r}\n            raise\n") for what in ("a class as the entry point", "a class as the entry point of test code that runs whole", "module: numpy")],
    *[("program", f"{_FRAME}input()\nsend({value!r})\n") for value in (
        '["v",' + '{"g":["generator",[' * 299 + "]]}" * 299 + "]",
        '["v",' + "[" * 149 + "]" * 149 + "]",
        '["v",' + '{"t":[' * 200 + "]}" * 200 + "]",
        '["v",4]', '["v",null]', '["v",{"o":"4"}]', '["v",{"g":["4",["4"]]}]', '["v"]', '["v",{"d":[1]}]', '["h","f",[],{}]',
    )],
    *[("names", f"{_FRAME}def add(x, y): send({value!r})\n") for value in ('["v",' + '{"t":[' * 299 + "]}" * 299 + "]", '["v",0,[[]]]', '["u","' + "x" * 5000 + '"]', '["r","A","b","c"]')],
]  # fmt: skip


@pytest.mark.parametrize(("name", "code"), ATTACKS, ids=lambda value: str(value)[:40])
def test_nothing_is_earned_without_solving_and_nothing_is_left_unscored(
    grade, monkeypatch, name, code
):
    monkeypatch.setattr(checks, "MAX_RELAYED", 50)
    result = grade(code, TESTS[name][1], approved_libraries=["numpy"])
    assert metric(result, "tests_passed") == 0.0, result.reason
    assert result.score <= 0.1


@pytest.mark.parametrize("name", ["both ways", "both ways in a row", "both ways in cases"])
def test_no_call_can_see_what_later_ones_are_given(grade, name):
    assert passed(grade, _PEEK, TESTS[name][1]) <= 0.5  # earlier ones it may remember


def test_a_bomb_for_the_compiler_goes_off_in_the_cage(grade):
    depth = 22
    bomb = "".join(f"{' ' * i}try: pass\n{' ' * i}finally:\n" for i in range(depth))
    result = grade(f"{ADD}\n{bomb}{' ' * depth}pass\n", TESTS["names"][1])
    assert metric(result, "tests_passed") == 0.0


@pytest.mark.parametrize(
    "code", ["global x\nx = 1\n", "def g():\n    x = 1\n    global x\n", "def g(a, a): pass\n"]
)
def test_what_only_the_compiler_refuses_does_not_compile(grade, code):
    try:
        compile(code, "", "exec")
    except SyntaxError:
        result = grade(f"{ADD}\n{code}", TESTS["names"][1])
        assert (result.score, metric(result, "compiles")) == (0.0, 0.0)
        assert "does not compile: SyntaxError" in result.reason


def test_how_much_rests_on_the_objects_word_is_reported(grade):
    right, reference = TESTS["equal"]
    assert metric(grade(right, reference), "tests_decided_by_candidate") == 1.0
    plain = grade(ADD, TESTS["names"][1])
    assert "tests_decided_by_candidate" not in {m.name for m in plain.metrics}


class Forger:
    """A sandbox that was taken over: whatever it is asked, it answers ``lie``."""

    def __init__(self, real, lie, seconds=0.1):
        self.real, self.lie, self.seconds = real, lie, seconds
        self.jobs, self.limits = [], []

    def run(self, job, limits, deadline):
        self.jobs.append(job)
        self.limits.append(limits)
        if isinstance(job, CheckJob):  # of two cages the candidate's is taken over
            return self.real.run(
                replace(job, code=f"def f(*a, **k): return {self.lie!r}"), limits, deadline
            )
        answers = {FunctionJob: "calls", ScriptJob: "steps", ProgramJob: "stdins"}
        outcomes = (Returned(self.lie),) * len(getattr(job, answers[type(job)]))
        return Run(outcomes, Returned(None), self.real.isolation, Usage(self.seconds, 0, 0))


def graded_by(sandbox, completion, reference, **settings):
    sample = contract.parse([row(completion, reference)]).rows[0]
    assert isinstance(sample, contract.Sample)
    return TEMPLATE.customize(**settings)(sample, Tools(Deadline(), sandbox))


LIES = [None, True, False, 0, 1, "", [], {}, (), set(), float("nan"), 10**9]
STRANGE = [Opaque("Vector"), Iterated("generator", [])]


@pytest.mark.parametrize("name", TESTS)
def test_no_value_from_a_cage_stands_on_the_expected_side(sandbox, name):
    """Were any expected value the candidate's word, one that is always the same would equal it."""
    right, reference = TESTS[name]
    whole = "check" in reference.get("test_code", "") or name == "unittest"
    for lie in LIES if whole else LIES + STRANGE:
        if name == "collatz" and lie == 1:
            continue  # which is a right answer to this test
        # By most lies that test never ends.
        short = {"timeout_s": 0.5, "total_timeout_s": 0.5} if name == "collatz" else {}
        result = graded_by(Forger(sandbox, lie), right, reference, **short)
        assert metric(result, "tests_passed") < 1.0, (lie, result.reason)


def test_one_wall_of_time_holds_for_all_jobs_of_a_row(sandbox):
    code = "\n".join(f"def test_{n}():\n    s = f({n})\n    assert s == 1\n" for n in range(9))
    forger = Forger(sandbox, 1, seconds=2.0)
    result = graded_by(forger, DOUBLE, scripted(code), total_timeout_s=5, timeout_s=1)
    assert [limits.wall_s for limits in forger.limits] == [5, 3, 1]
    assert metric(result, "tests_passed") == pytest.approx(3 / 9)
    assert "did not end within 5 s" in result.reason
