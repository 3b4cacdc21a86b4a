# ruff: noqa: E501
"""Test files of every kind against a candidate in another cage: as one process would run them."""

import textwrap

import pytest

from touchstone.deadline import Deadline
from touchstone.outcomes import BadReference, SandboxFault
from touchstone.sandbox.types import CheckJob, Died, Limits, Raised, Returned

CANDIDATE = """
import asyncio, enum, logging, os, random, sys, time, warnings
from collections import Counter, OrderedDict, namedtuple
from dataclasses import dataclass

LIMIT = 10
count = 0
Pair = namedtuple("Pair", "a b")


class Refused(ValueError):
    def __init__(self, why, code):
        super().__init__(why)
        self.code = code


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    y: int = 0


class Shelf:
    made = 0

    def __init__(self, items=()):
        self.items = list(items)
        self.names = {}
        Shelf.made += 1

    def put(self, item):
        self.items.append(item)
        return self

    def sort(self):
        self.items.sort()

    def each(self):
        yield from self.items

    def __len__(self):
        return len(self.items)

    def __iter__(self):
        return iter(self.items)

    def __getitem__(self, at):
        return self.items[at]

    def __contains__(self, item):
        return item in self.items

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.items.clear()

    def __call__(self, x):
        return x * 2

    @property
    def first(self):
        return self.items[0]

    @staticmethod
    def twice(x):
        return 2 * x

    @classmethod
    def of(cls, *items):
        return cls(items)

    def show(self):
        print(*self.items)


def refuse(x): raise Refused("no", x)
def apply(g, *xs): return [g(x) for x in xs]
def adder(n): return lambda x: x + n
def forever():
    n = 0
    while True:
        yield n
        n += 1
def echo():
    got = None
    while True:
        got = yield got
def ask(): return int(input("n? "))
def read(): return sys.stdin.read()
def roll(): return random.randint(1, 10**9)
def now(): return time.time()
def warn(): warnings.warn("old", DeprecationWarning)
def log(): logging.getLogger("app").error("bad %s", 1)
def env(): return os.environ.get("KEY", "none")
def sort(xs): xs.sort()
def same(x): return x
def write(path, text):
    with open(path, "w") as file:
        file.write(text)
def size(path): return os.path.getsize(path)
async def later(x):
    await asyncio.sleep(0)
    return x
async def ticks():
    for n in range(3):
        yield n
def bump():
    global count
    count += 1
"""
HOLDS = {
    "attributes": "s = Shelf([1])\nassert s.put(2).items == [1, 2] and s.first == 1 and len(s) == 2",
    "a list is one list": "s = Shelf([1])\nassert s.items is s.items\ns.items.append(5)\ns.put(6)\nassert s.items == [1, 5, 6]\nassert len(s) == 3",
    "a dict is one dict": "s = Shelf()\ns.names['a'] = [1]\ns.names['a'].append(2)\nassert s.names == {'a': [1, 2]}",
    "set attribute": "s = Shelf()\ns.items = [3, 1]\ns.sort()\nassert s.items == [1, 3]",
    "class attribute": "before = Shelf.made\nShelf()\nassert Shelf.made == before + 1",
    "isinstance": "assert isinstance(Shelf(), Shelf) and not isinstance(Shelf(), Point) and type(Shelf()) is Shelf",
    "names": "assert type(Shelf()).__name__ == 'Shelf' and Shelf.__name__ == 'Shelf' and refuse.__name__ == 'refuse'",
    "iteration": "s = Shelf([1, 2])\nassert list(s) == [1, 2] and [x for x in s.each()] == [1, 2] and 2 in s and s[1] == 2 and s[:1] == [1]",
    "static and class methods": "assert Shelf.twice(2) == 4 and Shelf().twice(3) == 6 and Shelf.of(1, 2).items == [1, 2]",
    "context manager": "with Shelf([1]) as s:\n    assert s.items == [1]\nassert s.items == []",
    "callable object": "assert Shelf()(4) == 8 and callable(Shelf())",
    "hasattr": "assert hasattr(Shelf(), 'items') and not hasattr(Shelf(), 'nothing')",
    "equal objects": "assert Point(1, 2) == Point(1, 2) and Point(1) != Point(2) and repr(Point(1)) == 'Point(x=1, y=0)'",
    "objects in a list": "assert [Point(1), Point(2)] == [Point(1), Point(2)] and Point(3) in [Point(3)]",
    "enum": "assert Color.RED is Color.RED and Color(2) is Color.BLUE and Color['RED'].value == 1 and [c.name for c in Color] == ['RED', 'BLUE'] and len(Color) == 2",
    "named tuple": "p = Pair(1, 2)\nassert p == (1, 2) and p.a == 1 and tuple(p) == (1, 2) and isinstance(p, tuple)\na, b = p\nassert b == 2",
    "containers": "assert same(Counter('aab')) == {'a': 2, 'b': 1} and same(OrderedDict(a=1)) == OrderedDict(a=1) and same({1: {2}}) == {1: {2}}\nfrom collections import Counter, OrderedDict",
    "exception": "try:\n    refuse(7)\nexcept Refused as e:\n    assert e.code == 7 and e.args == ('no',) and str(e) == 'no' and isinstance(e, ValueError)\nelse:\n    assert False",
    "exception by its base": "try:\n    refuse(7)\nexcept ValueError:\n    pass\nelse:\n    assert False",
    "callback": "seen = []\nassert apply(lambda x: seen.append(x) or x + 1, 1, 2) == [2, 3] and seen == [1, 2]",
    "builtin as callback": "assert apply(str.upper, 'a') == ['A'] and apply(len, 'ab') == [2]",
    "own exception through the candidate": "class Mine(Exception):\n    pass\ndef fail(x):\n    raise Mine(x)\ntry:\n    apply(fail, 1)\nexcept Mine as e:\n    assert e.args == (1,)\nelse:\n    assert False",
    "own object through the candidate": "class Mine:\n    n = 1\nm = Mine()\nassert same(m) is m and apply(lambda o: o.n, m) == [1]",
    "subclass of the candidate's": "class More(Shelf):\n    def put(self, item):\n        super().put(item + 1)\n        return self\n    def total(self):\n        return sum(self.items)\nm = More([1])\nassert m.put(1).total() == 3 and isinstance(m, Shelf) and m.items == [1, 2]",
    "closure": "add = adder(2)\nassert add(3) == 5",
    "generator": "import itertools\ng = forever()\nassert next(g) == 0 and list(itertools.islice(g, 2)) == [1, 2]",
    "generator send": "g = echo()\nnext(g)\nassert g.send(4) == 4\ng.close()",
    "coroutine": "import asyncio\nassert asyncio.run(later(3)) == 3\nasync def both():\n    return await asyncio.gather(later(1), later(2))\nassert asyncio.run(both()) == [1, 2]",
    "asynchronous generator": "import asyncio\nasync def all_of():\n    return [n async for n in ticks()]\nassert asyncio.run(all_of()) == [0, 1, 2]",
    "stdout": "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    Shelf([1, 2]).show()\nassert out.getvalue() == '1 2\\n'",
    "input": "from unittest.mock import patch\nwith patch('builtins.input', return_value='5') as asked:\n    assert ask() == 5\nasked.assert_called_once_with('n? ')",
    "stdin": "import io, sys\nsys.stdin = io.StringIO('7\\nrest')\nassert ask() == 7 and read() == 'rest'",
    "seed": "import random\nrandom.seed(1)\na = roll()\nrandom.seed(1)\nassert a == roll() and random.seed(1) is None and a == random.randint(1, 10**9)",
    "clock": "from unittest.mock import patch\nwith patch('time.time', return_value=5):\n    assert now() == 5\nassert now() > 1000",
    "environment": "import os\nos.environ['KEY'] = 'v'\nassert env() == 'v'",
    "warning": "import warnings\nwith warnings.catch_warnings(record=True) as got:\n    warnings.simplefilter('always')\n    warn()\nassert got[0].category is DeprecationWarning",
    "patch in the module": "from unittest.mock import patch\nimport nobody_has_this as m\nwith patch.object(m, 'LIMIT', 3):\n    assert LIMIT == 3\nassert m.LIMIT == 10",
    "patch a method": "from unittest.mock import patch\nwith patch.object(Shelf, 'put', return_value=1):\n    assert Shelf().put(2) == 1\nassert Shelf().put(2).items == [2]",
    "a mock as argument": "from unittest.mock import MagicMock\nm = MagicMock(return_value=4)\nassert apply(m, 1) == [4]\nm.assert_called_once_with(1)",
    "module variable": "import nobody as m\nbump()\nassert m.count == 1 and count == 1",
    "in place": "xs = [3, 1]\nsort(xs)\nassert xs == [1, 3]",
    "identity": "xs = [1]\nassert same(xs) is xs",
    "named arguments": "p = Point(1, y=2)\nassert (p.x, p.y, Point(y=3, x=1).y, same(x=4)) == (1, 2, 3, 4)\np.__init__(x=5)\nassert (p.x, p.y) == (5, 0)",
    "large": "xs = list(range(300001))\nassert same(xs) == xs",
    "files": "write('a.txt', 'hi')\nassert open('a.txt').read() == 'hi' and size('a.txt') == 2\nimport os\nos.remove('a.txt')\nassert not os.path.exists('a.txt')",
    "copy": "import copy\ns = Shelf([1])\nc = copy.deepcopy(s)\nc.put(2)\nassert s.items == [1]",
    "star": "from whoever import *\nassert LIMIT == 10 and Shelf([1]).items == [1]",
    "named candidate": "import candidate\nfrom candidate import LIMIT\nassert LIMIT == candidate.LIMIT == 10",
    "relative": "from .solution import LIMIT\nassert LIMIT == 10",
}  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(sandbox):
    def run(tests, code=CANDIDATE, entry_point="", **options):
        job = CheckJob(code, entry_point, textwrap.dedent(tests), **options)
        return sandbox.run(job, Limits(), Deadline()).outcomes

    return run


@pytest.mark.parametrize("name", HOLDS)
def test_the_other_side_is_used_as_in_one_process(outcomes, name):
    (outcome,) = outcomes(HOLDS[name])
    assert isinstance(outcome, Returned), outcome


def test_a_pytest_file(outcomes):
    got = outcomes("""
        import pytest
        from shelf import Shelf, Refused, refuse

        @pytest.fixture
        def shelf():
            made = Shelf([1])
            yield made
            made.items.clear()

        @pytest.fixture(params=[1, 2])
        def item(request):
            return request.param

        @pytest.mark.parametrize("items, size", [([], 0), pytest.param([1], 1, id="one")])
        def test_size(items, size): assert len(Shelf(items)) == size
        def test_fixture(shelf, item): assert shelf.put(item).items == [1, item]
        def test_raises():
            with pytest.raises(Refused, match="no") as caught: refuse(3)
            assert caught.value.code == 3
        def test_out(capsys, shelf):
            shelf.show()
            assert capsys.readouterr().out == "1\\n"
        def test_patch(monkeypatch):
            monkeypatch.setattr("time.time", lambda: 4)
            monkeypatch.setenv("KEY", "k")
            assert now() == 4 and env() == "k"
        def test_log(caplog):
            log()
            assert "bad 1" in caplog.text
        def test_file(tmp_path):
            write(tmp_path / "a", "text")
            assert (tmp_path / "a").read_text() == "text" and [p.name for p in tmp_path.iterdir()] == ["a"]
        class TestIt:
            def setup_method(self): self.shelf = Shelf([2])
            def test_one(self): assert self.shelf.first == pytest.approx(2.0000000001)
            @pytest.mark.skip
            def test_two(self): assert 0
        @pytest.mark.asyncio
        async def test_later(): assert await later(2) == 2
        def test_wrong(): assert Shelf([1]).first == 2
    """)
    assert [isinstance(o, Returned) for o in got] == [True] * (len(got) - 1) + [False]
    assert len(got) == 12


def test_a_unittest_file(outcomes):
    got = outcomes("""
        import unittest
        from shelf import Shelf

        class T(unittest.TestCase):
            @classmethod
            def setUpClass(cls): cls.shared = Shelf([1])
            def setUp(self): self.own = Shelf([3, 1])
            def test_a(self): self.assertEqual(self.shared.items, [1])
            def test_b(self):
                self.own.sort()
                self.assertListEqual(self.own.items, [1, 3])
            @unittest.expectedFailure
            def test_c(self): self.assertEqual(self.own.first, 9)
            @unittest.skip("not now")
            def test_d(self): self.fail()
            def test_e(self):
                for n in (1, 2):
                    with self.subTest(n=n): self.assertEqual(Shelf.twice(n), 2)
            def test_f(self):
                with self.assertRaises(ValueError) as caught: refuse(1)
                self.assertEqual(caught.exception.code, 1)
            def test_g(self):
                with self.assertLogs("app", "ERROR") as logged: log()
                self.assertIn("bad 1", logged.output[0])

        class A(unittest.IsolatedAsyncioTestCase):
            async def test_a(self): self.assertEqual(await later(1), 1)

        if __name__ == "__main__":
            unittest.main()
    """)
    assert [isinstance(o, Returned) for o in got] == [True, True, True, False, True, True, True]


def test_examples_in_docstrings(outcomes):
    examples = """
        >>> Shelf.twice(2)
        4
        >>> raise ValueError("a")
        Traceback (most recent call last):
        ValueError: a
    """
    assert outcomes(f"__doc__ = {examples!r}") == (Returned(None),)
    (wrong,) = outcomes(f"__doc__ = {examples.replace('4', '5')!r}")
    assert isinstance(wrong, Raised)
    assert wrong.error == "AssertionError"


SCALARS = (
    "np.float64(1.5)", "np.int8(-3)", "np.uint64(2**64 - 1)", "np.bool_(True)", "np.complex64(1 + 2j)",
    "np.str_('ab')", "np.str_('')", "np.bytes_(b'ab')", "np.float32('nan')", "np.longdouble(1) / 3",
    "np.datetime64('2024-01-02')", "np.timedelta64(3, 's')", "np.arange(3)[2]",
)  # fmt: skip


@pytest.mark.parametrize("made", SCALARS)
def test_a_scalar_of_numpy_keeps_its_type(outcomes, made):
    code = (
        f"import numpy as np\ndef f(x=None):\n    return {made} if x is None else x.dtype.str\n"
        f"def kept(): return {{'a': [{made}]}}\n"
    )
    tests = (
        f"import numpy as np\ndef test_it():\n    want, got, (held,) = {made}, f(), kept()['a']\n"
        "    assert type(got) is type(held) is type(want) and got.dtype == held.dtype == want.dtype\n"
        "    assert got == want == held or want != want\n"
        "    assert f(want) == f(held) == want.dtype.str\n"
    )
    assert outcomes(tests, code) == (Returned(None),)


def test_a_class_over_a_scalar_of_numpy_is_what_it_holds(outcomes):
    code = (
        "import numpy as np\nclass F(np.float64):\n    def __eq__(self, other): return True\n"
        "    __hash__ = None\n    def item(self): return 5.0\ndef f(): return F(4)\n"
    )
    (wrong,) = outcomes("import numpy as np\ndef test_it(): assert f() == 5.0", code)
    assert isinstance(wrong, Raised)
    assert outcomes("import numpy as np\ndef test_it(): assert f() == 4.0", code) == (
        Returned(None),
    )


def test_a_candidate_that_dies_costs_its_own_test(outcomes):
    code = "import os\ndef f(x):\n    if x == 2: os._exit(1)\n    return x\n"
    tests = "def test_a(): assert f(1) == 1\ndef test_b(): assert f(2) == 2\ndef test_c(): assert f(3) == 3\n"
    assert outcomes(tests, code) == (Returned(None), Died("exit"), Returned(None))
    assert outcomes(tests, code, stop_at_failure=True) == (Returned(None), Died("exit"))


@pytest.mark.parametrize(
    ("tests", "error"),
    [
        ("import pandas\ndef test_a(): f(1)", SandboxFault),
        ("def test_a(): assert 1 == 2", BadReference),
        ("def test_a(): assert 1 == 1", BadReference),
        ("raise ValueError", BadReference),
        (
            "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertSame(f(1), 1)",
            BadReference,
        ),
        ("import math\ndef test_a(): assert f(1) == math.square(1)", BadReference),
        (
            "import socket\ndef test_a(): assert f(1) and socket.create_connection(('a', 1))",
            SandboxFault,
        ),
        ("def test_a(): assert f(1) and open('/etc/hosts').read()", SandboxFault),
        ("def test_a(): assert f(lambda: open('/usr/share/dict/words'))()", SandboxFault),
        ("import queue\ndef test_a(): assert f(1) and queue.Queue().get()", SandboxFault),
    ],
)
def test_what_is_the_authors_is_not_laid_to_the_candidate(outcomes, tests, error):
    with pytest.raises(error):
        outcomes(tests, "def f(x): return x")
