# ruff: noqa: E501
"""Hostile candidates: each defines ``f(x)``, is called once, and must gain nothing.

``@PARENT@`` becomes the grader's process id, ``@PORT@`` a port where it listens, ``@FILE@`` a
path that must not come to exist, ``@NAME@`` how its name starts, ``@DISK@`` a file whose content must not be read.
"""

# Finds functions that were removed from ``os`` by walking every object there is.
_CRAWL = """
import gc, types
def crawl(name):
    seen = []
    for o in gc.get_objects():
        try:
            if isinstance(o, dict):
                seen += [v for v in list(o.values()) if getattr(v, '__name__', '') == name]
            elif getattr(o, '__name__', '') == name:
                seen.append(o)
        except Exception:
            pass
    for o in object.__subclasses__():
        try:
            v = getattr(o, name, None)
        except Exception:
            v = None
        if v is not None:
            seen.append(v)
    return seen
"""

# Finds the channel to the parent, which the runtime's own frames hold.
SOCKET = """
import struct, sys, time
def sock():
    frame = sys._getframe()
    while frame:
        for v in frame.f_locals.values():
            if hasattr(v, 'sendall'):
                return v
        frame = frame.f_back
    raise LookupError
def frame(data): return struct.pack('=I', len(data)) + data
"""

CALLS: dict[str, str] = {
    "environ": "import os\ndef f(x): return dict(os.environ)",
    "parent environ": "def f(x): return open('/proc/@PARENT@/environ', 'rb').read()",
    "parent environ by ppid": "import os\ndef f(x):\n p = os.getppid()\n return open(f'/proc/{p}/environ').read()",
    "own environ": "def f(x): return open('/proc/self/environ').read()",
    "io.FileIO environ": "import _io\ndef f(x): return _io.FileIO('/proc/@PARENT@/environ').read()",
    "io.open_code": "import io\ndef f(x): return io.open_code('/proc/@PARENT@/environ').read()",
    "parent memory": "def f(x):\n m = open('/proc/@PARENT@/mem', 'rb')\n m.seek(4096)\n return m.read(64)",
    "parent maps": "def f(x): return open('/proc/@PARENT@/maps').read()",
    "read the disk": "def f(x): return open('@DISK@').read()",
    "read by pathlib": "import pathlib\ndef f(x): return pathlib.Path('@DISK@').read_text()",
    "read by linecache": "import linecache\ndef f(x): return linecache.getlines('@DISK@')",
    "read by fileinput": "import fileinput\ndef f(x): return list(fileinput.input('@DISK@'))",
    "read by a loader": "import importlib.machinery as m\ndef f(x): return m.SourceFileLoader('a', '@DISK@').get_data('@DISK@')",
    "read by zipimport": "import zipimport\ndef f(x): return zipimport.zipimporter('@DISK@')",
    "read by tokenize": "import tokenize\ndef f(x): return tokenize.open('@DISK@').read()",
    "list the root": "import os\ndef f(x): return os.listdir('/')",
    "kill the parent": "import os\ndef f(x): os.kill(@PARENT@, 9)",
    "stop the parent": "import os, signal\ndef f(x): os.kill(@PARENT@, signal.SIGSTOP)",
    "kill everyone": "import os\ndef f(x): os.kill(-1, 9)",
    "kill its group": "import os\ndef f(x): os.killpg(0, 9)",
    "pidfd kill": "import os, signal\ndef f(x): signal.pidfd_send_signal(os.pidfd_open(@PARENT@), 9)",
    "prlimit the parent": "import resource\ndef f(x): resource.prlimit(@PARENT@, resource.RLIMIT_NOFILE, (0, 0))",
    "raise its limits": "import resource\ndef f(x): resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))",
    "renice": "import os\ndef f(x): os.setpriority(0, @PARENT@, 19)",
    "rebuild posix": "import _imp, importlib.machinery as m\ndef f(x): _imp.create_builtin(m.ModuleSpec('posix', None)).kill(@PARENT@, 9)",
    "posix by the importer": "import importlib.machinery as m\ndef f(x):\n s = m.ModuleSpec('posix', m.BuiltinImporter)\n p = m.BuiltinImporter.create_module(s)\n m.BuiltinImporter.exec_module(p)\n p.kill(@PARENT@, 9)",
    "posix by importlib's globals": "import importlib\ndef f(x):\n i = importlib._bootstrap._imp\n s = importlib._bootstrap.ModuleSpec('posix', None)\n p = i.create_builtin(s)\n p.kill(@PARENT@, 9)",
    "crawl for kill": _CRAWL
    + "def f(x):\n for k in crawl('kill'):\n  try: k(@PARENT@, 9)\n  except Exception: pass\n return 'done'",
    "crawl for fork": _CRAWL
    + "def f(x):\n for k in crawl('fork'):\n  try:\n   while True: k()\n  except Exception: pass\n return 'done'",
    "crawl for open": _CRAWL
    + "def f(x):\n out = []\n for k in crawl('open'):\n  try: out.append(k('@DISK@').read())\n  except Exception: pass\n return out",
    "os through a module": "import shutil, glob\ndef f(x): return shutil.os.system('touch @FILE@'), glob.os.popen('id').read()",
    "reload os": "import importlib, os\ndef f(x):\n o = importlib.reload(os)\n o.kill(@PARENT@, 9)",
    "fork bomb": "import os\ndef f(x):\n while True: os.fork()",
    "fork by _posixsubprocess": "import _posixsubprocess\ndef f(x): _posixsubprocess.fork_exec",
    "subprocess": "import subprocess\ndef f(x): return subprocess.check_output(['env'])",
    "system": "import os\ndef f(x): return os.system('touch @FILE@')",
    "daemon": "import os, time\ndef f(x):\n if os.fork() == 0:\n  os.setsid()\n  time.sleep(1000)",
    "multiprocessing": "import multiprocessing as m\ndef f(x):\n p = m.Process(target=print)\n p.start()",
    "thread that stays": "import threading, time\ndef f(x):\n threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
    "raw threads": "import _thread, time\ndef f(x):\n while True: _thread.start_new_thread(time.sleep, (1000,))",
    "memory bomb": "def f(x):\n a = []\n while True: a.append(bytearray(10**7))",
    "one huge block": "def f(x): return 'a' * 10**11",
    "big int": "def f(x): return 10 ** 10 ** 9",
    "slow regex": "import re\ndef f(x): return re.match(r'(a+)+$', 'a' * 60 + 'b')",
    "endless loop": "def f(x):\n while True: pass",
    "ignored signals": "import signal\nfor s in range(1, 65):\n try: signal.signal(s, signal.SIG_IGN)\n except Exception: pass\ndef f(x):\n while True: pass",
    "catches everything": "def f(x):\n while True:\n  try:\n   while True: pass\n  except BaseException: pass",
    "sleeps": "import time\ndef f(x): time.sleep(1000)",
    "hangs while loading": "while True: pass",
    "output flood": "import sys\ndef f(x):\n while True: print('a' * 10**6)",
    "huge value": "def f(x): return 'a' * (30 * 10**6)",
    "huge list": "def f(x): return list(range(10**6))",
    "endless generator": "def f(x):\n while True: yield 1",
    "huge exception": "def f(x): raise ValueError('a' * 10**7)",
    "hostile exception text": "class E(Exception):\n def __str__(self):\n  while True: pass\ndef f(x): raise E()",
    "deep value": "def f(x):\n v = []\n for _ in range(10**5): v = [v]\n return v",
    "cyclic value": "def f(x):\n v = {}\n v['v'] = v\n return v",
    "deep by recursion limit": "import sys\nsys.setrecursionlimit(10**9)\ndef f(x): return f(x)",
    "colliding ints": "def f(x): return {i * (2**61 - 1) for i in range(1, 2000)}",
    "lone surrogate": "def f(x): return '\\ud800' * 10",
    "surrogate error": "def f(x): raise ValueError('\\ud800')",
    "digits": "def f(x): return 10 ** 10000",
    "write a file": "def f(x): open('@FILE@', 'w').write('x')",
    "make a folder": "import os\ndef f(x): os.mkdir('@FILE@')",
    "symlink": "import os\ndef f(x): os.symlink('/etc', '@FILE@')",
    "fifo": "import os\ndef f(x): os.mkfifo('@FILE@')",
    "tempfile": "import tempfile\ndef f(x): return tempfile.mkdtemp(prefix='@NAME@')",
    "shelve": "import shelve\ndef f(x): shelve.open('@FILE@')['x'] = 1",
    "sqlite": "import sqlite3\ndef f(x): sqlite3.connect('@FILE@').execute('create table t (a)')",
    "metadata service": "import urllib.request\ndef f(x): return urllib.request.urlopen('http://169.254.169.254/latest', timeout=1).read()",
    "runtime API": "import socket\ndef f(x): return socket.create_connection(('127.0.0.1', @PORT@), 1)",
    "http client": "import http.client\ndef f(x):\n c = http.client.HTTPConnection('127.0.0.1', @PORT@)\n c.request('GET', '/')",
    "socket from its own": SOCKET
    + "def f(x):\n for c in object.__subclasses__():\n  if c.__name__ == 'socket': c().connect(('127.0.0.1', @PORT@))",
    "native code": "import ctypes\ndef f(x): return ctypes.CDLL(None).kill(@PARENT@, 9)",
    "native code by subclasses": "def f(x):\n found = [c for c in object.__subclasses__() if 'ctypes' in c.__module__ or 'CDLL' in c.__name__]\n for c in found:\n  try: c(None).kill(@PARENT@, 9)\n  except Exception: pass\n return 'done'",
    "crafted bytecode": "def f(x):\n g = lambda: 0\n g.__code__ = g.__code__.replace(co_code=b'\\x64\\xff' * 50 + b'S\\x00', co_consts=())\n return g()",
    "deep source": "def f(x): return eval('(' * 10**5 + ')' * 10**5)",
    "segfault": "import sys\nsys.setrecursionlimit(10**8)\nclass A:\n def __getattr__(self, n): return getattr(self, n)\ndef f(x): return A().a",
    "exit": "import sys\ndef f(x): sys.exit(0)",
    "exit while loading": "raise SystemExit(0)",
    "os._exit": "import os\ndef f(x): os._exit(0)",
    "abort": "import os\ndef f(x): os.abort()",
    "forged output": "import sys\ndef f(x):\n print('[\"v\", \"@WANTED@\"]')\n sys.__stdout__.write('PASSED')\n sys.__stdout__.flush()",
    "forged frames": SOCKET
    + "def f(x):\n for _ in range(50): sock().sendall(frame(b'[\"v\",true]'))",
    "frame of absurd length": SOCKET + "def f(x): sock().sendall(b'\\xff' * 100)",
    "closes its socket": SOCKET + "import io\ndef f(x): io.FileIO(sock()._descriptor).close()",
    "flood of frames": SOCKET
    + "def f(x):\n while True: sock().sendall(frame(b'[\"v\",\"' + b'a' * 10**5 + b'\"]'))",
    "slow loris": SOCKET + "def f(x):\n sock().sendall(b'\\x08')\n time.sleep(1000)",
    "pickle": "import pickle\nclass P:\n def __reduce__(self): return eval, ('1/0',)\ndef f(x): return P()",
    "always equal": "class A:\n def __eq__(self, o): return True\n def __ne__(self, o): return False\n def __hash__(self): return 0\ndef f(x): return A()",
    "always equal str": "class A(str):\n def __eq__(self, o): return True\n __hash__ = str.__hash__\ndef f(x): return A('no')",
    "always equal list": "class A(list):\n def __eq__(self, o): return True\n def __iter__(self): raise SystemExit\ndef f(x): return [A([1])]",
    "lying class": "class A:\n __class__ = property(lambda s: str)\n def __eq__(self, o): return True\ndef f(x): return A()",
    "metaclass that lies": "class M(type):\n def mro(cls): return [cls, int, object]\n def __eq__(c, o): return True\n __hash__ = type.__hash__\nclass A(int, metaclass=M): pass\ndef f(x): return A()",
    "frames": "import sys\ndef f(x):\n out, frame = [], sys._getframe()\n while frame:\n  out += [repr(v)[:300] for v in (*frame.f_locals.values(), *frame.f_globals.values())]\n  frame = frame.f_back\n return out",
    "gc": "import gc\ndef f(x): return [repr(o)[:200] for o in gc.get_objects() if isinstance(o, (str, bytes, dict))][:2000]",
    "rewrites the runtime": "import sys\ndef f(x):\n frame = sys._getframe()\n while frame:\n  for k in list(frame.f_globals):\n   if not k.startswith('__'): frame.f_globals[k] = lambda *a, **k: True\n  frame = frame.f_back\n return True",
    "poisons modules": "import builtins, json, re, sys\nbuiltins.len = lambda x: 7\njson.dumps = lambda *a, **k: 'true'\nre.match = None\nsys.modules.clear()\ndef f(x): return 'x'",
    "poisons builtins": "import builtins\nfor n in list(vars(builtins)):\n try: setattr(builtins, n, None)\n except Exception: pass\ndef f(x): return 1",
    "trace hook": "import sys\ndef t(*a):\n while True: pass\ndef f(x): sys.setprofile(t)",
    "finaliser": "class A:\n def __del__(self):\n  while True: pass\ndef f(x):\n A()",
    "shadows its name": "f = property(lambda s: 1)",
    "no such function": "def g(x): return x",
    "syntax error": "def f(x:",
    "null byte": "def f(x): return '\0'",
}

_NONSENSE = (
    b"{", b"[]", b"null", b'["h","host",[],{}]', b'["h",[],[],{}]', b'["h"]', b"[" * 5000, b'["v"]',
    b'["v",{"t":1}]', b'["v",{"x":[]}]', b'["v",NaN]', b'["v",1,2]', b'["r",1,2,3]', b'["u",1]',
    b'["v",{"s":[[]]}]', b'["v",{"d":[1]}]', b'["v",{"?":1}]', b"\xff\xfe", b'["what"]',
)  # fmt: skip
CALLS |= {
    f"frame of nonsense {i}": SOCKET + f"def f(x): sock().sendall(frame({data!r}))"
    for i, data in enumerate(_NONSENSE)
}

# Against author's checks that run in a second cage: each must fail ``assert candidate(2) == 4``.
CHECKED: dict[str, str] = {
    "exit": "import sys\ndef f(x): sys.exit(0)",
    "os._exit": "import os\ndef f(x): os._exit(0)",
    "dies while loading": "import os\nos._exit(0)",
    "always equal": "class A:\n def __eq__(self, o): return True\ndef f(x): return A()",
    "always equal int": "class A(int):\n def __eq__(self, o): return True\n __hash__ = int.__hash__\ndef f(x): return A(3)",
    "raises what pytest passes on": "def f(x): raise __import__('unittest').SkipTest('no')",
    "raises SystemExit": "def f(x): raise SystemExit(0)",
    "raises AssertionError": "def f(x): raise AssertionError",
    "raises GeneratorExit": "def f(x): raise GeneratorExit",
    "forged verdict": SOCKET
    + "def f(x):\n for _ in range(9): sock().sendall(frame(b'[\"v\",null]'))",
    "rewrites check": "import builtins\nbuiltins.check = lambda c: None\ncheck = lambda c: None\ndef f(x): return 3",
    "poisons builtins": "import builtins\nbuiltins.AssertionError = type('E', (BaseException,), {})\ndef f(x): return 3",
    "frames": "import sys\ndef f(x):\n frame = sys._getframe()\n while frame:\n  for v in list(frame.f_locals.values()):\n   if v == 4: return 4\n  frame = frame.f_back\n return 3",
    "hangs": "def f(x):\n while True: pass",
    "memory": "def f(x): return [0] * 10**10",
    "opaque": "def f(x): return object()",
    "nothing": "pass",
}
