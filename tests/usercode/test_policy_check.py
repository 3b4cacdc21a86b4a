# ruff: noqa: E501 - programs as strings of one line
"""The policy: what teams write works, what leads out is refused with line and advice."""

import pytest

from tests.usercode.grading import graded, replies, row, written
from touchstone.settings import SettingsError
from touchstone.templates import load_grader

CONSTRUCTS = {
    "augmented items": "d = {'a': 1}\nd['a'] += 2\nd['b'] = 1\nd['b'] *= 3\nok = d == {'a': 3, 'b': 3}",
    "augmented once": (
        "calls = []\ndef key():\n    calls.append(1)\n    return 0\n"
        "x = [1]\nx[key()] += 1\nok = (x, calls) == ([2], [1])"
    ),
    "augmented in place": "x = {'a': [1]}\ny = x['a']\nx['a'] += [2]\nok = y == [1, 2]",
    "augmented attributes": (
        "class C:\n    def __init__(self):\n        self.n = 0\n        self._m = 1\n"
        "c = C()\nc.n += 2\nc.n -= 1\ndef bump(self):\n    self._m += 1\n    return self._m\n"
        "ok = (c.n, bump(c)) == (1, 2)"
    ),
    "annotations": "x: int = 1\ndef f(a: list[int], *, b: str | None = None) -> int:\n    return 1\nok = x",
    "nonlocal": (
        "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n"
        "    inner()\n    inner()\n    return n\nok = outer() == 2"
    ),
    "global": "N = 1\ndef f():\n    global N\n    N += 1\nf()\nok = N == 2",
    "dataclasses": (
        "from dataclasses import asdict, dataclass, field, replace\n"
        "@dataclass(frozen=True)\nclass P:\n    x: int = 0\n    y: list = field(default_factory=list)\n"
        "ok = asdict(replace(P(), x=2)) == {'x': 2, 'y': []} and P() == P()"
    ),
    "post init": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n"
        "    def __post_init__(self):\n        self.y = self.x + 1\nok = P(1).y == 2"
    ),
    "match": (
        "def f(v):\n    match v:\n        case {'kind': str(k), **rest} if rest:\n            return k\n"
        "        case [a, *_]:\n            return a\n        case int(n) | float(n):\n            return n\n"
        "        case None:\n            return 'none'\n        case _:\n            return 'other'\n"
        "ok = [f({'kind': 'a', 'x': 1}), f([7, 8]), f(3), f(None), f('s')] == ['a', 7, 3, 'none', 'other']"
    ),
    "match by keyword": (
        "class P:\n    def __init__(self, x):\n        self.x = x\n"
        "match P(3):\n    case P(x=3):\n        ok = True"
    ),
    "sorted zip sum": "ok = sum(a * b for a, b in zip(sorted([2, 1]), (3, 4))) == 11",
    "comprehensions": "ok = {k: [i for i in range(k)] for k in {1, 2}} == {1: [0], 2: [0, 1]}",
    "unpacking": "a, (b, *c) = 1, (2, 3, 4)\nd = {**{'x': 1}, 'y': 2}\nok = (a, b, c, len(d)) == (1, 2, [3, 4], 2)",
    "star calls": "def f(*a, **k):\n    return a, k\nok = f(*[1], **{'x': 2}) == ((1,), {'x': 2})",
    "f-strings": "n, w = 3.14159, 8\nok = f'{n:>{w}.2f}|{n!r}' == '    3.14|3.14159'",
    "format": "ok = '{0} {name:>4} {}'.replace('{0} ', '').format(1, name='x') == '   x 1'",
    "format map": "ok = '{a}-{b}'.format_map({'a': 1, 'b': 2}) == '1-2' and str.format('{}', 1) == '1'",
    "inheritance": (
        "class A:\n    def __init__(self, x):\n        self.x = x\n"
        "class B(A):\n    def __init__(self, x):\n        super().__init__(x + 1)\n"
        "    def __len__(self):\n        return self.x\n    def __call__(self, y):\n        return self.x + y\n"
        "ok = (len(B(1)), B(1)(2)) == (2, 4)"
    ),
    "properties": (
        "class A:\n    @property\n    def x(self):\n        return 1\n    @classmethod\n    def make(cls):\n"
        "        return cls()\n    @staticmethod\n    def s():\n        return 2\nok = (A.make().x, A.s()) == (1, 2)"
    ),
    "enum": "from enum import Enum\nclass C(Enum):\n    A = 1\nok = C('A' and 1) is C.A and C['A'].value == 1",
    "namedtuple": "from collections import namedtuple\nP = namedtuple('P', 'x y')\nok = P(1, 2)._replace(x=3).x == 3",
    "typed tuple": "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int = 1\nok = P().x == 1",
    "abstract": (
        "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def f(self): ...\n"
        "class B(A):\n    def f(self):\n        return 1\nok = B().f()"
    ),
    "exceptions": (
        "class Bad(ValueError):\n    pass\ntry:\n    raise Bad('x') from KeyError('y')\n"
        "except (Bad, TypeError) as exc:\n    ok = str(exc) == 'x' and type(exc).__name__ == 'Bad'\n"
        "finally:\n    pass"
    ),
    "generators": "def g():\n    x = yield 1\n    yield from [x, 3]\nit = g()\nok = (next(it), it.send(2), next(it)) == (1, 2, 3)",
    "with": (
        "from contextlib import contextmanager, suppress\n@contextmanager\ndef c():\n    yield 1\n"
        "with c() as x, suppress(KeyError):\n    {}['a']\nok = x"
    ),
    "decorators": (
        "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def g(*a):\n        return 2 * f(*a)\n    return g\n"
        "@twice\ndef one():\n    'doc'\n    return 1\nok = (one(), one.__name__, one.__doc__) == (2, 'one', 'doc')"
    ),
    "caches": "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\nok = f(30) == 832040",
    "walrus and lambda": "ok = (lambda x: (y := x + 1) * y)(1) == 4",
    "function attributes": "def f(): pass\nf.calls = 1\nok = f.calls",
    "private names": "_LIMIT = 3\ndef _helper():\n    return _LIMIT\nok = _helper() == 3",
    "modules": (
        "import collections.abc, datetime as dt, json, math, re, statistics\nfrom urllib.parse import urlparse\n"
        "ok = json.loads('[1]') == [1] and math.isclose(statistics.mean([1, 2]), 1.5) and re.sub('a', 'b', 'a') == 'b'"
        " and isinstance([], collections.abc.Sequence) and dt.date(2020, 1, 1).year == 2020"
        " and urlparse('https://a.b/c').netloc == 'a.b'"
    ),
    "ast": "import ast\nok = [n.name for n in ast.walk(ast.parse('def f(): pass')) if isinstance(n, ast.FunctionDef)] == ['f']",
    "copies": (
        "import copy\nclass A:\n    def __init__(self):\n        self.x = [1]\n"
        "a = A()\nb = copy.deepcopy(a)\nb.x.append(2)\nc = copy.copy({'k': a})\nok = a.x == [1] and c['k'] is a"
    ),
    "logging and print": "import logging\nlog = logging.getLogger(__name__)\nlog.info('x')\nprint('y', end='')\nok = True",
    "future": "from __future__ import annotations\nfrom typing import TYPE_CHECKING\ndef f(x: Missing) -> None: ...\nok = not TYPE_CHECKING",
    "getattr": "ok = getattr('x', 'upper')() == 'X' and hasattr([], 'append') and getattr(1, 'nope', 5) == 5",
    "setattr": "class A: pass\na = A()\nsetattr(a, 'x', 1)\nok = a.x\ndelattr(a, 'x')\nok = not hasattr(a, 'x')",
    "main guard": "ok = True\nif __name__ == '__main__':\n    ok = False",
    "del and slices": "x = [1, 2, 3]\ndel x[0]\nx[:1] = [9]\nok = x == [9, 3]",
    "loops with else": "for i in range(3):\n    pass\nelse:\n    ok = i == 2\nwhile False:\n    break",
    "type of a value": "ok = type(1) is int and isinstance(True, bool) and (1).__class__ is int",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("police")


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_ordinary_constructs_work(folder, name):
    reply = graded(folder, "", code=f"{CONSTRUCTS[name]}\ndef reward(sample): return float(ok)\n")
    assert (reply["outcome"], reply["aggregate_reward_score"]) == ("scored", 1.0), reply["reason"]


REFUSED = {
    "import os": "the module 'os'; instead: nothing of the machine",
    "import os.path": "the module 'os.path'",
    "import numpy": "the module 'numpy'; instead: policy = \"full\"",
    "from re import enum": "'enum' of re",
    "from operator import attrgetter": "'attrgetter' of operator; instead: lambda x: x.name",
    "from typing import get_type_hints": "'get_type_hints' of typing; instead: write the types",
    "from . import x": "a relative import",
    "from math import *": "'*' of math",
    "import math as _getattr_": "the name '_getattr_'",
    "open('x')": "open(); instead: there are no files",
    "eval('1')": "eval(); instead: ast.literal_eval",
    "exec('1')": "exec()",
    "compile('1', 'x', 'eval')": "compile()",
    "globals()": "globals()",
    "vars()": "vars()",
    "x = (1).__dict__": "the attribute '__dict__'; instead: dataclasses.asdict",
    "x = len.__self__": "the attribute '__self__'",
    "x = (lambda: 1).__globals__": "the attribute '__globals__'",
    "x = (i for i in []).gi_frame": "the attribute 'gi_frame'",
    "x = int.mro()": "the attribute 'mro'",
    "__builtins__": "the name '__builtins__'",
    "_write_ = 1": "the name '_write_'",
    "def _write_(x): pass": "the name '_write_'",
    "f = lambda _getattr_, /: 1": "the name '_getattr_'",
    "class _write_: pass": "the name '_write_'",
    "class C:\n    def __reduce__(self): pass": "the name '__reduce__'; instead: an ordinary method",
    "class C:\n    __match_args__ = ('x',)": "the name '__match_args__'",
    "class C(metaclass=int): pass": "the class keyword 'metaclass'",
    "async def f(): pass": "an async function; instead: a plain def",
    "try:\n    pass\nexcept* ValueError:\n    pass": "except*; instead: a plain except",
    "match 1:\n    case _write_: pass": "the name '_write_'",
    "match 1:\n    case [*_write_]: pass": "the name '_write_'",
    "match 1:\n    case {**_write_}: pass": "the name '_write_'",
    "match 1:\n    case str(format=f): pass": "the attribute 'format' in a pattern",
    "match 1:\n    case object(gi_frame=f): pass": "the attribute 'gi_frame' in a pattern",
    "class C: pass\nmatch 1:\n    case C(x): pass": "positions in a class pattern",
    "class int: pass\nmatch 1:\n    case int(x): pass": "positions in a class pattern",
    "def f():\n    global _write_": "the name '_write_'",
    "def f():\n    x = 1\n    def g():\n        nonlocal __x": "the name '__x'",
    "x = []\nx[0:1] += [1]": "an augmented assignment to a slice",
    "x = 1\nx.__class__ += 1": "the attribute '__class__'",
    "x = 1\nx.__class__ = int": "the attribute '__class__'",
    "x = [gi_frame for _getattr_ in []]": "the name '_getattr_'",
    "try:\n    pass\nexcept ValueError as _write_:\n    pass": "the name '_write_'",
    "x = (_write_ := 1)": "the name '_write_'",
    "with 1 as _write_: pass": "the name '_write_'",
    "for _write_ in []: pass": "the name '_write_'",
    "x = '{0.__class__}'.__format__": "the attribute '__format__'",
    "class C:\n    def f(self):\n        self.__x = 1": "the attribute '__x'; instead: one underscore",
    "_tmp0 = 1": "the name '_tmp0'",
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_leads_out_is_refused_with_its_line_before_anything_runs(folder, code):
    with pytest.raises(SettingsError) as caught:
        load_grader(
            "mine", written(folder, f"# first line\n{code}\ndef reward(sample): return 1\n")
        )
    lines = len(code.splitlines())
    assert any(f"mine.py:{n}: {REFUSED[code]}" in str(caught.value) for n in range(2, 2 + lines))


def test_every_refusal_is_told_at_once_up_to_a_number(folder):
    code = "\n".join(f"import os{n}" for n in range(12)) + "\ndef reward(sample): return 1\n"
    with pytest.raises(SettingsError) as caught:
        load_grader("mine", written(folder, code))
    assert "mine.py:8:" in str(caught.value)
    assert "and 4 more" in str(caught.value)


def test_the_full_policy_takes_any_python(folder):
    code = "import os, sys\nclass M(type): pass\nclass C(metaclass=M): pass\ndef reward(sample): return 1"
    (reply,) = replies(folder, code, [row("x")], 'policy = "full"')
    assert reply["aggregate_reward_score"] == 1.0
