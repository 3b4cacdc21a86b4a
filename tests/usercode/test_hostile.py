# ruff: noqa: E501 - programs as strings of one line
"""Hostile user code: the published escapes of RestrictedPython, and what a cage must hold.

Each policed attack tries to end with ``LOOT``, something beyond the policy: real globals, a
module, an unguarded builtin, a frame. It succeeds if the reward is 1. Refusal when the file is
read, or an error when it runs, is failure; so is an answer that holds nothing.
"""

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from tests.usercode.grading import replies, row
from touchstone.settings import SettingsError

# What was won, if anything was: decided inside with names that the policy itself offers.
JUDGED = """
def won(loot):
    return callable(getattr(loot, "system", None)) or hasattr(loot, "modules") or (
        isinstance(loot, dict) and ("__import__" in loot or "__builtins__" in loot or "open" in loot)
    ) or (isinstance(loot, str) and ("secret" in loot or "<module" in loot or "0x" in loot))
def reward(sample):
    return 1.0 if won(attack(sample)) else 0.0
"""
SETUP = "LOOT = []\nclass Holder:\n    token = 'secret'\n"
ESCAPES = {
    "generator frame": "return [g.gi_frame for g in [(g for g in [1])]][0].f_back.f_globals",
    "generator frame by getattr": "g = (i for i in [1])\nreturn getattr(g, 'gi_' + 'frame').f_globals",
    "format reads attributes": "return '{0.__class__.__init__}'.format(reward)",
    "format map reads attributes": "return '{a.__globals__}'.format_map({'a': reward})",
    "format by the class": "return str.format('{0.__globals__}', reward)",
    "format mapped": "return list(map(str.format, ['{0.__globals__}'], [reward]))[0]",
    "format by getattr": "return getattr('{0.__globals__}', 'format')(reward)",
    "format by super": (
        "class S(str):\n    def go(self, x):\n        return super().format(x)\n"
        "return S('{0.__globals__}').go(reward)"
    ),
    "format of a subclass": "class S(str): pass\nreturn S('{0.__globals__}').format(reward)",
    "format through a pattern": (
        "match '{0.__globals__}':\n    case str(format=f):\n        return f(reward)"
    ),
    "format through match args": (
        "from dataclasses import dataclass\n@dataclass(init=False)\nclass X(str):\n    format: object\n"
        "match X('{0.__globals__}'):\n    case X(f):\n        return f(reward)"
    ),
    "a frame through a registered class": (
        "from abc import ABC\nfrom dataclasses import dataclass\n@dataclass\nclass X(ABC):\n"
        "    gi_frame: object\ng = (i for i in [1])\nX.register(type(g))\n"
        "match g:\n    case X(f):\n        return f.f_globals"
    ),
    "Formatter": "import string\nreturn string.Formatter().format('{0.__globals__}', reward)",
    "Formatter by import": "from string import Formatter\nreturn Formatter().get_field('a.b', [], {})",
    "obj of an AttributeError": (
        "import re\ntry:\n    re.nothing\nexcept AttributeError as e:\n    return e.obj.enum.sys"
    ),
    "obj by getattr": (
        "import re\ntry:\n    re.nothing\nexcept AttributeError as e:\n    return getattr(e, 'obj').sys"
    ),
    "except star": "try:\n    1 / 0\nexcept* ZeroDivisionError as e:\n    return e.__traceback__",
    "exception group": "return ExceptionGroup('x', [ValueError()]).split(lambda e: False)",
    "positional only": "f = lambda _getattr_, /: _getattr_\nreturn f(1).__globals__",
    "guard as a parameter": "def f(_write_): return _write_\nreturn f(1)",
    "wraps with globals": (
        "import functools, json\ndef f(): pass\n"
        "functools.wraps(json.dumps, assigned=(), updated=('__globals__',))(f)\nreturn __builtins__"
    ),
    "update_wrapper": "import functools\nreturn functools.update_wrapper",
    "type of a type": "return type(int)('X', (), {'__getattr__': 1})",
    "three-argument type": "return type('X', (), {'__reduce__': lambda s: (reward, ())})",
    "metaclass by class": "return (int).__class__('X', (), {})",
    "enum made from a table": (
        "import copy\nfrom enum import Enum\n"
        "E = Enum('E', {'__reduce_ex__': lambda s, p: (won, ('secret',)), 'A': 1})\n"
        "return 'secret' if copy.copy(E.A) is True else None"
    ),
    "re.enum.sys": "import re\nreturn re.enum.sys.modules['os']",
    "json.codecs": "import json\nreturn json.codecs.open",
    "statistics.sys": "import statistics\nreturn statistics.sys",
    "from re import enum": "from re import enum\nreturn enum.sys",
    "a module by its parent": "import collections\nreturn collections._sys",
    "import falls back to sys.modules": "from json import decoder\nreturn decoder.re",
    "attrgetter": "import operator\nreturn operator.attrgetter('__globals__')(reward)",
    "methodcaller": "from operator import methodcaller\nreturn methodcaller('format', reward)('{0.__globals__}')",
    "get_type_hints": (
        "import typing\ndef f(x: '__import__(\"os\")'): pass\nreturn typing.get_type_hints(f)['x']"
    ),
    "copy and reduce": (
        "import copy\nclass C:\n    def __reduce_ex__(self, p):\n        return (getattr, (reward, '__globals__'))\n"
        "return copy.copy(C())"
    ),
    "reduce on an instance": (
        "import ast, copy\nn = ast.Name(**{'__reduce_ex__': lambda p: (Holder, (), {'token': 'x'})})\n"
        "return 'secret' if isinstance(copy.deepcopy(n), Holder) else None"
    ),
    "deepcopy on an instance": (
        "import ast, copy\nn = ast.Name(**{'__deepcopy__': lambda m: 'secret'})\nreturn copy.deepcopy(n)"
    ),
    "fields of a function": (
        "import ast\ndef f(): pass\nf._fields = ('__globals__',)\n"
        "return dict(ast.iter_fields(f))['__globals__']"
    ),
    "fields by a child walk": (
        "import ast\ndef f(): pass\nf._fields = ('__globals__',)\nreturn list(ast.walk(f))[1]"
    ),
    "subclasses": "return object.__subclasses__()",
    "subclasses by getattr": "return getattr(object, '__subclasses__')()",
    "a str that lies about its name": (
        "class S(str):\n    def startswith(self, *a):\n        return False\n    def __eq__(self, o):\n"
        "        return False\n    def __hash__(self):\n        return 1\n"
        "return getattr(reward, S('__globals__'))"
    ),
    "traceback from a context manager": (
        "got = []\nclass C:\n    def __enter__(self):\n        return self\n"
        "    def __exit__(self, t, e, tb):\n        got.append(tb)\n        return True\n"
        "with C():\n    1 / 0\nreturn getattr(got[0], 'tb_frame').f_globals"
    ),
    "traceback through a pattern": (
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    match e:\n"
        "        case ZeroDivisionError(__traceback__=t):\n            return t.tb_frame.f_globals"
    ),
    "a function's globals": "return reward.__globals__",
    "a builtin's self": "return len.__self__",
    "a guard's globals": "return getattr(getattr, '__globals__')",
    "globals through a method": "class C:\n    def f(self): pass\nreturn C().f.__func__.__globals__",
    "writing to a module": "import math\nmath.pi = 3\nreturn 'secret' if math.pi == 3 else None",
    "writing to a guard": "getattr.x = 1\nreturn 'secret'",
    "writing to the sample": "sample.completion = 'x'\nreturn 'secret'",
    "setattr of a dunder": "class C: pass\nsetattr(C, '__getattr__', lambda s, n: 'secret')\nreturn C().x",
    "writing by a loop": "import math\nfor math.pi in [3]: pass\nreturn 'secret' if math.pi == 3 else None",
    "writing by with": (
        "import math\nfrom contextlib import nullcontext\nwith nullcontext(3) as math.pi: pass\n"
        "return 'secret' if math.pi == 3 else None"
    ),
    "writing by unpacking": "import math\n(math.pi, [math.e]) = 3, [4]\nreturn 'secret'",
    "writing by augmenting": "import math\nmath.pi += 3\nreturn 'secret'",
    "deleting": "import math\ndel math.pi\nreturn 'secret'",
    "builtins by import": "import builtins\nreturn builtins.open",
    "import by name": "return __import__('os')",
    "import by getattr": "import importlib\nreturn importlib.import_module('os')",
    "the module of this file": "import reward_code\nreturn reward_code.__dict__",
    "the driver": "import touchstone.usercode.guards as g\nreturn g.builtins",
    "frames of a coroutine": "async def f(): pass\nreturn f().cr_frame",
    "a loader": "return __loader__",
    "the host": "return sample.judge.__globals__",
    "a private slot": "return getattr('{}'.format, '_text')",
    "pickle": "import pickle\nreturn pickle.loads(b'cos\\nsystem\\n(S\"id\"\\ntR.')",
    "ctypes": "import ctypes\nreturn ctypes.CDLL(None)",
    "super of a guard": "return super(object, sample).__init__.__globals__",
    "type parameters": "def f[T: (x := reward)](): pass\nreturn f.__type_params__",
}  # fmt: skip

# Names of fields that are source, where a builder pastes them into source that it runs unguarded.
_LEAVE = "LOOT.append(reward.__globals__)"
_LEFT = "return LOOT[0] if LOOT else None"
_TEXTS = (
    f"a: {_LEAVE} or ''' or x", "b: ''' or x", f"a={_LEAVE}", f"a, b={_LEAVE}", f"a: ({_LEAVE})",
    "__class__", "x y", "lambda",
)  # fmt: skip
_BUILDERS = {
    "TypedDict": "from typing import TypedDict\nT = TypedDict('T', dict.fromkeys(NAMES, int))",
    "TypedDict from pairs": "from typing import TypedDict\nT = TypedDict('T', [(n, int) for n in NAMES])",
    "NamedTuple": "from typing import NamedTuple\nT = NamedTuple('T', [(n, int) for n in NAMES])",
    "namedtuple": "from collections import namedtuple\nT = namedtuple('T', NAMES)",
    "namedtuple by its type": "from collections import namedtuple\nT = namedtuple(NAMES[0], 'a')",
    "namedtuple of a lying str": (
        "from collections import namedtuple\nclass S(str):\n    def isidentifier(self): return True\n"
        "    def __str__(self): return self\nT = namedtuple('T', [S(n) for n in NAMES])"
    ),
    "Enum": "from enum import Enum\nT = Enum('T', NAMES)",
    "make_dataclass": "import dataclasses\nT = dataclasses.make_dataclass('T', NAMES)",
    "a class's annotations": "class T: pass\nT.__annotations__ = dict.fromkeys(NAMES, int)",
    "annotations by setattr": "class T: pass\nsetattr(T, '__annotations__', dict.fromkeys(NAMES, int))",
}
ESCAPES |= {
    f"text in {builder} {options}": (
        f"from dataclasses import dataclass\nALL = {_TEXTS}\nfor NAMES in [ALL, ALL[:2], *[(n,) for n in ALL]]:\n"
        "    try:\n" + "".join(f"        {line}\n" for line in code.splitlines())
        + f"        dataclass(T{options})\n    except Exception: pass\n" + _LEFT
    )
    for builder, code in _BUILDERS.items()
    for options in ("", ", repr=False, eq=False, match_args=False", ", frozen=True, order=True")
}  # fmt: skip
ESCAPES |= {
    "a special name as a field": (
        "from dataclasses import dataclass\nfrom typing import TypedDict\n"
        "T = TypedDict('T', {'__class__': type})\ndataclass(T, eq=False)\n"
        "return 'secret' if isinstance(T(Holder), Holder) else None"
    ),
    "a forward reference that is looked up": (
        "from dataclasses import dataclass, fields\n@dataclass\nclass T:\n"
        f"    a: {_LEAVE!r}\nfields(T)\nT(1) == T(1)\n{_LEFT}"
    ),
    "dataclass of another's class": (
        "import json\nfrom dataclasses import dataclass\nbefore = json.JSONEncoder.encode\n"
        "dataclass(json.JSONEncoder)\nreturn 'secret'"
    ),
    "total_ordering of another's class": (
        "import ast\nfrom functools import total_ordering\nclass N(ast.NodeVisitor): pass\n"
        "ast.NodeVisitor.__lt__ = N\ntotal_ordering(ast.NodeVisitor)\nreturn 'secret'"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ESCAPES)
def test_no_escape_from_the_policy_wins(tmp_path, name):
    body = "".join(f"    {line}\n" for line in ESCAPES[name].splitlines())
    code = f"{SETUP}def attack(sample):\n{body}{JUDGED}"
    try:
        (reply,) = replies(tmp_path, code, [row("x")])
    except SettingsError:
        return
    if reply["outcome"] == "scored":
        assert reply["aggregate_reward_score"] == 0.0
    else:
        assert reply["outcome"] == "unscored:user_code_error"


def test_the_suite_notices_what_gets_out(tmp_path):
    code = f"{SETUP}def attack(sample):\n    return reward.__globals__\n{JUDGED}"
    (reply,) = replies(tmp_path, code, [row("x")], 'policy = "full"')
    assert reply["aggregate_reward_score"] == 1.0


HELD = {
    "environment": "import os\nreturn float('CANARY' in str(dict(os.environ)))",
    "environment of the grader": (
        "return float('canary-secret' in open('/proc/%d/environ' % __import__('os').getppid()).read())"
    ),
    "own environment": "return float('canary-secret' in open('/proc/self/environ').read())",
    "a file": "return float(bool(open('/etc/passwd').read()))",
    "a new file": "open('{folder}/left', 'w').write('x')\nreturn 1.0",
    "a folder": "import os\nos.mkdir('{folder}/left')\nreturn 1.0",
    "a socket": "import socket\nsocket.create_connection(('127.0.0.1', {port}))\nreturn 1.0",
    "a low socket": (
        "import _socket\ns = _socket.socket()\ns.connect(('127.0.0.1', {port}))\nreturn 1.0"
    ),
    "a process": "import subprocess\nsubprocess.run(['true'])\nreturn 1.0",
    "a fork": "import posix\nreturn float(posix.fork() >= 0)",
    "a signal": "import os, signal\nos.kill({pid}, signal.SIGTERM)\nreturn 1.0",
    "native code": "import ctypes\nctypes.CDLL(None)\nreturn 1.0",
    "crafted bytecode": (
        "def f(): pass\nreturn eval(f.__code__.replace(co_code=b'd\\x00S\\x00', co_consts=(1.0,)))"
    ),
    "a frame walk": (
        "import sys\nf = sys._getframe()\nseen = ''\nwhile f:\n    seen += str(f.f_globals) + str(f.f_locals)\n"
        "    f = f.f_back\nreturn float('canary-secret' in seen)"
    ),
    "the garbage collector": (
        "import gc\nreturn float(any('canary-secret' in str(o) for o in gc.get_objects() if type(o) is dict))"
    ),
    "memory": "x = []\nwhile True:\n    x.append(bytearray(10 ** 7))",
    "a hang": "while True: pass",
    "a pattern that never ends": "import re\nreturn float(bool(re.match('(a+)+$', 'a' * 40 + 'b')))",
    "a number that never ends": "return float(len(str(9 ** 9 ** 8)))",
    "recursion": "def f(n): return f(n + 1)\nreturn f(0)",
    "a flood": "return {{'reward': 1.0, 'reason': 'x' * 10 ** 8}}",
    "a deep value": "x = []\nfor _ in range(10 ** 5): x = [x]\nreturn {{'reward': 1.0, 'details': x}}",
    "an exception that lies": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E()"
    ),
    "a number that lies": (
        "class F(float):\n    def __float__(self): return 1.0\n    def __eq__(self, o): return True\nreturn F('nan')"
    ),
    "a forged reply": (
        "import sys\nf = sys._getframe()\nwhile f:\n    for s in list(f.f_locals.values()):\n"
        "        if hasattr(s, 'sendall'): s.sendall(b'\\x0b\\x00\\x00\\x00[\"v\",1,2,3]')\n"
        "    f = f.f_back\nraise ValueError"
    ),
    "a poisoned driver": (
        "import sys\nd = sys.modules['touchstone.usercode.driver']\nd._raised = lambda *a: 1 / 0\n"
        "d.Sample = None\nraise ValueError"
    ),
    "quiet exit": "import os\nos._exit(0)",
}  # fmt: skip


@pytest.fixture(scope="module")
def listener():
    """A port of this machine, and what connected to it."""
    hits = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    done = threading.Event()

    def serve():
        while not done.is_set():
            try:
                hits.append(server.accept())
            except TimeoutError:
                continue

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1], hits
    done.set()
    thread.join()
    server.close()


@pytest.mark.parametrize("name", HELD)
def test_no_python_gets_out_of_the_cage_or_harms_the_batch(tmp_path, monkeypatch, listener, name):
    monkeypatch.setenv("CANARY", "canary-secret")
    port, hits = listener
    attack = HELD[name].format(folder=tmp_path, port=port, pid=os.getpid())
    body = "".join(f"        {line}\n" for line in attack.splitlines())
    code = f"def reward(sample):\n    if sample.completion == 'bad':\n{body}    return 0.5\n"
    terminated = []
    before = signal.signal(signal.SIGTERM, lambda *_: terminated.append(1))
    try:
        rows = [row("ok"), row("bad"), row("ok")]
        first, bad, last = replies(
            tmp_path, code, rows, 'policy = "full"', "row_s = 1.0\nmemory_mb = 64\nconcurrency = 1"
        )
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [r["aggregate_reward_score"] for r in (first, last)] == [0.5, 0.5]
    won = bad["outcome"] == "scored" and bad["aggregate_reward_score"] == 1.0
    assert not won, bad
    assert bad["outcome"] in ("scored", "unscored:user_code_error")
    assert not terminated
    assert not hits
    assert not (Path(tmp_path) / "left").exists()


def test_nothing_of_a_batch_is_left_for_the_next_one(tmp_path):
    poison = "import builtins, math\nbuiltins.sum = lambda x: 99\nmath.pi = 3\n"
    clean = "import math\ndef reward(sample): return sum([1]) / 4 if math.pi > 3 else 0\n"
    for code in (poison + "def reward(sample): return 0.25\n", clean):
        (reply,) = replies(tmp_path, code, [row("x")], 'policy = "full"')
        assert (reply["outcome"], reply["aggregate_reward_score"]) == ("scored", 0.25)
