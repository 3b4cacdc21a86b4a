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
def socks():
    frame = sys._getframe()
    while frame:
        if found := [v for v in frame.f_locals.values() if hasattr(v, 'sendall')]:
            return found
        frame = frame.f_back
    raise LookupError
def sock(): return socks()[-1]  # to the tests' cage, where there is one
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

# Each regains something that reaches beyond the process; ``used`` calls it.
_USED = """
import sys
def used(call, *args):
    '''Whether a call was made, whatever the kernel said to it: 4242 if so.'''
    try:
        call(*args)
    except OSError as error:
        return 0 if type(error).__name__ == 'Refusal' else 4242
    return 4242
def made(imp, name='posix'):
    import importlib.machinery
    return imp.create_builtin(importlib.machinery.ModuleSpec(name, None))
def kill(posix): return used(posix.kill, @PARENT@, 0)
def frames(frame):
    while frame:
        yield frame
        frame = frame.f_back
def tried(attempts):
    '''4242 if one of the attempts, made when asked for, is a system call.'''
    for attempt in attempts:
        try:
            if attempt() == 4242: return 4242
        except Exception:
            pass
"""
REGAINED: dict[str, str] = {
    "the hook's code is replaced": "import gc, types\ndef f(x):\n for o in gc.get_objects():\n  if type(o) is types.FunctionType and o.__code__.co_argcount == 2 and 'event' in o.__code__.co_varnames:\n   o.__code__ = (lambda event, _args: None).__code__\n import importlib\n return kill(made(importlib._bootstrap._imp))",
    "the hook's code of as many cells": "import gc, types\ndef f(x):\n a = b = c = d = e = None\n swaps = [lambda *_: None, lambda *_: a if 0 else None, lambda *_: (a, b), lambda *_: (a, b, c), lambda *_: (a, b, c, d), lambda *_: (a, b, c, d, e)]\n for o in gc.get_objects():\n  if type(o) is types.FunctionType and 'hook' in o.__qualname__:\n   o.__code__ = swaps[len(o.__code__.co_freevars)].__code__\n import importlib\n return kill(made(importlib._bootstrap._imp))",
    "the hook's cells by a traceback": "import os\ndef f(x):\n try: sys.audit('os.kill', 1, 9)\n except BaseException as e: t = e.__traceback__\n while t:\n  for n in list(t.tb_frame.f_locals):\n   v = t.tb_frame.f_locals[n]\n   if n in ('allowed', 'audited', 'known'):\n    try: v.update(['os.kill', 'code.__new__', 'gc.get_objects', 'socket.bind'])\n    except Exception: pass\n    try: t.tb_frame.f_locals[n] = type('All', (), {'__contains__': lambda s, o: True})()\n    except Exception: pass\n  t = t.tb_next\n try: sys.audit('os.kill', 1, 9)\n except BaseException: return 0\n return 4242",
    "the hook's exception does nothing": "def f(x):\n try: open('x')\n except BaseException as e: kind = type(e)\n kind.__init__ = kind.__new__ = lambda *a: None\n for event in ('os.kill', 'gc.get_objects', 'code.__new__', 'socket.bind', 'x'):\n  try: sys.audit(event)\n  except BaseException: continue\n  return 4242",
    "the hook's property is made anew": "import gc\ndef f(x):\n for o in gc.get_objects():\n  if type(o) is property and type(o.fget).__name__ == 'builtin_function_or_method': o.__init__(print)\n try: sys.audit('os.kill', 1, 9)\n except BaseException: return 0\n return 4242",
    "the hook's tuple through referents": "import gc\ndef f(x): return 4242 if gc.get_referents(sys) else 0",
    "the hook's tuple through referrers": "import gc\ndef f(x): return 4242 if gc.get_referrers('builtins.id') else 0",
    "gc lists after unfreezing": "import gc\ndef f(x):\n gc.unfreeze()\n return 4242 if gc.get_objects() else 0",
    "gc lists through another name": "def f(x):\n import importlib, types\n g = importlib.reload(__import__('gc'))\n return tried([lambda n=n: 4242 if getattr(g, n)(0 if n == 'get_objects' else sys) else 0 for n in ('get_objects', 'get_referrers', 'get_referents')])",
    "garbage that is saved": "import gc\ndef f(x):\n gc.set_debug(gc.DEBUG_SAVEALL)\n gc.collect()\n return tried([lambda o=o: kill(o) for o in gc.garbage])",
    "a hook of its own hears the others": "heard = []\ndef f(x):\n sys.addaudithook(lambda *a: heard.append(a))\n compile('1', '', 'eval')\n return 4242 if heard else 0",
    "a deep stack in the hook": "import importlib\ndef deep(n):\n try: return deep(n + 1)\n except RecursionError:\n  try: sys.audit('os.kill', 1, 9)\n  except BaseException: return 0\n  return 4242\ndef f(x): return deep(0)",
    "no memory in the hook": "def f(x):\n hold = []\n try:\n  while True: hold.append(bytearray(10**6))\n except MemoryError: pass\n try:\n  while True: hold.append(bytearray(10**2))\n except MemoryError: pass\n try: sys.audit('os.kill', 1, 9)\n except BaseException:\n  hold.clear()\n  return 0\n hold.clear()\n return 4242",
    "posix from the importer's files": "import importlib\ndef f(x): return kill(importlib._bootstrap_external._os)",
    "posix from the frozen importer": "def f(x):\n import _frozen_importlib as i\n return kill(made(i._imp))",
    "_imp from a function's self": "import importlib\ndef f(x): return kill(made(importlib._bootstrap._imp.acquire_lock.__self__))",
    "_imp from the importer's method": "import importlib.machinery as m\ndef f(x): return kill(made(m.BuiltinImporter.create_module.__func__.__globals__['_imp']) if hasattr(m.BuiltinImporter.create_module, '__func__') else made(m.BuiltinImporter.create_module.__globals__['_imp']))",
    "_imp from zipimport": "import zipimport\ndef f(x): return kill(made(zipimport._imp))",
    "_imp from subclasses": "def f(x):\n return tried([lambda c=c, n=n: kill(made(getattr(c, n).__globals__['_imp'])) for c in object.__subclasses__() for n in dir(c)])",
    "posix by module_from_spec": "import importlib.util, importlib.machinery as m\ndef f(x):\n s = m.ModuleSpec('posix', m.BuiltinImporter, origin='built-in')\n return kill(importlib.util.module_from_spec(s))",
    "posix by _load": "import importlib, importlib.machinery as m\ndef f(x): return kill(importlib._bootstrap._load(m.ModuleSpec('posix', m.BuiltinImporter)))",
    "posix by a name on the meta path": "import importlib.machinery as m\ndef f(x):\n sys.meta_path[:] = [m.BuiltinImporter, m.FrozenImporter, m.PathFinder]\n sys.modules.pop('posix', None)\n import posix\n return kill(posix)",
    "posix by running its parts": "import importlib, types, importlib.machinery as m\ndef f(x):\n p = types.ModuleType('posix')\n p.__spec__ = m.ModuleSpec('posix', m.BuiltinImporter)\n importlib._bootstrap._imp.exec_builtin(p)\n return kill(p)",
    "posix by reload": "import importlib, os\ndef f(x): return kill(importlib.reload(os.getpid.__self__))",
    "posix from a function that is left": "import os\ndef f(x): return tried([lambda n=n: kill(getattr(os, n).__self__) for n in dir(os)])",
    "posix from the runtime's names": "def f(x): return tried([lambda fr=fr, n=n: kill(getattr(fr.f_globals[n], '__self__')) for fr in frames(sys._getframe()) for n in list(fr.f_globals)])",
    "posix from modules of the runtime": "def f(x):\n found = [v for fr in frames(sys._getframe()) for v in fr.f_globals.values() if type(v) is type(sys)]\n return tried([lambda m=m, n=n: kill(getattr(getattr(m, n), '__self__', None) or getattr(m, n)) for m in found for n in list(vars(m))])",
    "limits of others from the runtime": "def f(x):\n names = [fr.f_globals.get('setrlimit') for fr in frames(sys._getframe())]\n return tried([lambda n=n: used(n.__self__.prlimit, @PARENT@, 0) for n in names if n])",
    "the zygote's calls in frames": "def f(x): return tried([lambda v=v: used(v, @PARENT@, 0) for fr in frames(sys._getframe()) for v in [*fr.f_locals.values(), *fr.f_globals.values()] if getattr(v, '__name__', '') in ('kill', 'killpg')])",
    "the zygote's calls in closures": "def cells(v): return [c.cell_contents for c in getattr(v, '__closure__', None) or ()]\ndef f(x):\n out = [v for fr in frames(sys._getframe()) for v in [*fr.f_locals.values(), *fr.f_globals.values()]]\n for _ in range(3): out += [c for v in out for c in cells(v)]\n return tried([lambda v=v: used(v, @PARENT@, 0) for v in out if getattr(v, '__name__', '') == 'kill'])",
    "_posixsubprocess": "import importlib.machinery as m, importlib\ndef f(x):\n p = made(importlib._bootstrap._imp, '_posixsubprocess')\n return used(p.fork_exec)",
    "a shared library that is loaded": "import importlib, importlib.machinery as m, select\ndef f(x):\n out = []\n for name in ('_socket', 'resource', '_posixsubprocess', 'fcntl', '_posixshmem', '_multiprocessing'):\n  for file in {getattr(v, '__file__', None) for v in sys.modules.values()}:\n   if file and file.endswith('.so'):\n    path = file.rpartition('/')[0] + '/' + name + '.' + file.rpartition('/')[2].partition('.')[2]\n    out.append(lambda p=path, n=name: 4242 if importlib._bootstrap._imp.create_dynamic(m.ModuleSpec(n, None, origin=p)) else 0)\n return tried(out)",
    "a shared library by its loader": "import importlib.machinery as m\ndef f(x):\n file = [v.__file__ for v in sys.modules.values() if str(getattr(v, '__file__', '')).endswith('.so')][0]\n s = m.ModuleSpec('again', m.ExtensionFileLoader('again', file), origin=file)\n return 4242 if s.loader.create_module(s) else 0",
    "a subinterpreter": "def f(x):\n i = tried_import('_interpreters') or tried_import('_xxsubinterpreters')\n n = i.create()\n (i.exec if hasattr(i, 'exec') else i.run_string)(n, 'import posix')\n return 4242\ndef tried_import(n):\n try: return __import__(n)\n except ImportError: return None",
    "a subinterpreter that is made anew": "import importlib\ndef f(x): return tried([lambda n=n: 4242 if made(importlib._bootstrap._imp, n).create() is not None else 0 for n in ('_interpreters', '_xxsubinterpreters')])",
    "a subinterpreter of the test modules": "def f(x):\n import _testcapi\n _testcapi.run_in_subinterp('import posix')\n return 4242",
    "marshal of the importer": "import importlib\ndef f(x): return 4242 if importlib._bootstrap_external.marshal.loads(b'i\\x07\\x00\\x00\\x00') == 7 else 0",
    "marshal from a loader": "import importlib.machinery as m\ndef f(x): return tried([lambda c=c, n=n: 4242 if getattr(c, n).__globals__['marshal'].loads(b'i\\x07\\x00\\x00\\x00') == 7 else 0 for c in object.__subclasses__() + [m.SourceFileLoader] for n in dir(c)])",
    "marshal of the library": "def f(x): return tried([lambda fr=fr, n=n: 4242 if fr.f_globals[n].LIBRARY._loads(b'i\\x07\\x00\\x00\\x00') == 7 else 0 for fr in frames(sys._getframe()) for n in list(fr.f_globals)])",
    "code from a frozen module's bytes": "import importlib\ndef f(x): return 4242 if importlib._bootstrap._imp.get_frozen_object('x', b'c' + bytes(17)) else 0",
    "code while the library runs": "def f(x):\n for fr in frames(sys._getframe()):\n  for v in list(fr.f_globals.values()):\n   if hasattr(v, 'LIBRARY'): v.LIBRARY.running = v.LIBRARY.loading = 1\n c = (lambda: 0).__code__\n return 4242 if c.replace(co_consts=(1,)) else 0",
    "code by its type": "def f(x):\n c = (lambda: 0).__code__\n return tried([lambda: 4242 if c.replace(co_stacksize=9) else 0, lambda: 4242 if type(c)(0, 0, 0, 0, 1, 3, b'', (), (), (), '', '', '', 1, b'', b'', (), ()) else 0, lambda: 4242 if __import__('copy').replace(c, co_stacksize=9) else 0])",
    "a trace function sees the hook": "import importlib\ndef f(x):\n seen = []\n def trace(frame, event, arg):\n  if frame.f_code.co_filename != '<candidate>': seen.append(frame)\n  for n in ('allowed', 'audited'):\n   if n in frame.f_locals: frame.f_locals[n].clear() if hasattr(frame.f_locals[n], 'clear') else None\n  return trace\n sys.settrace(trace)\n try:\n  try: sys.audit('os.kill', 1, 9)\n  except BaseException: pass\n  return kill(made(importlib._bootstrap._imp))\n finally: sys.settrace(None)",
    "a profile sees what C is called": "import random, json, threading\ndef f(x):\n seen = []\n sys.setprofile(lambda frame, event, arg: seen.append(arg) if event == 'c_call' else None)\n try:\n  json.loads('[]'); random.seed(1); threading.Lock(); __import__('colorsys'); print('x')\n finally: sys.setprofile(None)\n return tried([lambda o=o: kill(o.__self__) for o in seen])",
    "monitoring sees what C is called": "def f(x):\n m, seen = sys.monitoring, []\n m.use_tool_id(3, 'x')\n m.register_callback(3, m.events.CALL, lambda code, at, call, arg: seen.append(call))\n m.set_events(3, m.events.CALL)\n __import__('colorsys'); __import__('json').loads('[]')\n m.set_events(3, 0)\n return tried([lambda o=o: kill(o.__self__) for o in seen])",
    "a signal amid the runtime": "import signal, time\nseen = []\ndef handler(number, frame):\n for fr in frames(frame): seen.extend(fr.f_locals.values())\nsignal.signal(signal.SIGALRM, handler)\nsignal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)\ndef f(x):\n time.sleep(0.01)\n signal.setitimer(signal.ITIMER_REAL, 0)\n return tried([lambda o=o: kill(getattr(o, '__self__', None) or o) for o in seen])",
    "a signal to the group": "import signal\ndef f(x): return tried([lambda: used(signal.pidfd_send_signal, 0, 0), lambda: used(signal.pthread_kill.__self__.pthread_kill, signal.pthread_kill.__self__.get_ident(), 0)])",
    "a signal that was made anew": "import importlib, signal\ndef f(x): return used(made(importlib._bootstrap._imp, '_signal').pthread_kill, __import__('threading').get_ident(), 0)",
    "at exit": "import atexit, os, importlib\nwon = []\ndef last(): won.append(kill(made(importlib._bootstrap._imp)))\natexit.register(last)\ndef f(x):\n atexit._run_exitfuncs()\n return won[0] if won else 0",
    "a finaliser in the runtime": "import importlib, weakref\nwon = []\nclass A:\n def __del__(self): won.append(kill(made(importlib._bootstrap._imp)))\ndef f(x):\n sys._getframe().f_back.f_locals['extra'] = A()\n a = A()\n del a\n return won[0] if won else 0",
    "an unraisable hook": "import importlib\nwon = []\ndef hook(args):\n t = args.exc_traceback\n won.append(tried([lambda fr=fr: kill(made(fr.f_globals['_imp'])) for fr in frames(t.tb_frame)]))\nsys.unraisablehook = sys.excepthook = hook\nclass A:\n def __del__(self): importlib.import_module('no.such')\ndef f(x):\n A()\n return won[0] if won else 0",
    "faulthandler": "def f(x):\n import faulthandler\n faulthandler.dump_traceback(file=1)\n return 4242",
    "a breakpoint by name": "import os\ndef f(x):\n os.environ['PYTHONBREAKPOINT'] = 'posix.kill'\n return used(breakpoint, @PARENT@, 0)",
    "a codec of its own": "import codecs\nseen = []\ndef search(name):\n for fr in frames(sys._getframe()): seen.extend([*fr.f_locals.values(), *fr.f_globals.values()])\ncodecs.register(search)\ndef f(x):\n try: 'a'.encode('nonesuch')\n except LookupError: pass\n return tried([lambda o=o: kill(getattr(o, '__self__', None) or o) for o in seen])",
    "a builder of classes": "import builtins\nseen = []\nbuild = builtins.__build_class__\ndef builder(func, name, *a, **k):\n seen.extend(func.__globals__.values())\n return build(func, name, *a, **k)\nbuiltins.__build_class__ = builder\ndef f(x):\n for n in ('shelve', 'plistlib', 'mailbox', 'selectors', 'asyncio'):\n  try: __import__(n)\n  except Exception: pass\n return tried([lambda o=o: kill(getattr(o, '__self__', None) or o) for o in seen])",
    "an import of its own": "import builtins\nseen, real = [], builtins.__import__\ndef importer(name, *a, **k):\n m = real(name, *a, **k)\n seen.append(m)\n return m\nbuiltins.__import__ = importer\ndef f(x):\n for n in ('os', 'posixpath', 'pathlib', 'tempfile', 'subprocess', 'shutil'):\n  sys.modules.pop(n, None)\n  try: importer(n)\n  except Exception: pass\n return tried([lambda o=o: kill(o) for o in seen] + [lambda o=o: kill(o.posix) for o in seen])",
    "pickle by name": "import pickle\ndef f(x): return used(pickle.loads(b'cposix\\nkill\\n.'), @PARENT@, 0)",
    "pickle by a function that is left": "import pickle, os\ndef f(x): return kill(pickle.loads(pickle.dumps(os.getpid)).__self__)",
    "weak references": "import weakref, os\ndef f(x): return tried([lambda o=o: used(o(), @PARENT@, 0) for n in dir(os) for o in weakref.getweakrefs(getattr(os, n)) if getattr(o(), '__name__', '') == 'kill'])",
    "sockets of what is open": "def f(x):\n kinds = [c for c in object.__subclasses__() if c.__name__ == 'socket']\n return tried([lambda k=k, n=n: used(k(1, 1, 0, n).bind, '@FILE@') for k in kinds for n in range(10)])",
    "a socket's flags": "def f(x):\n kinds = [c for c in object.__subclasses__() if c.__name__ == 'socket']\n return tried([lambda k=k, n=n: 4242 if k(1, 1, 0, n).send(b'x', 1) else 0 for k in kinds for n in range(10)])",
    "files of no event": "import os, shutil, tempfile\ndef f(x): return tried([lambda m=m: used(m.mkfifo, '@FILE@') for m in sys.modules.values()] + [lambda m=m: used(m.os.mkfifo, '@FILE@') for m in sys.modules.values()])",
    "priorities of no event": "def f(x): return tried([lambda m=m: used(m.setpriority, 0, @PARENT@, 19) for m in list(sys.modules.values())] + [lambda m=m: used(m.os.sched_setaffinity, @PARENT@, [0]) for m in list(sys.modules.values())])",
    "shared memory": "import importlib\ndef f(x): return tried([lambda: used(made(importlib._bootstrap._imp, '_posixshmem').shm_unlink, '/x'), lambda: used(__import__('_posixshmem').shm_unlink, '/x'), lambda: used(__import__('_multiprocessing').sem_unlink, '/x')])",
    "the log of the machine": "def f(x):\n import syslog\n return used(syslog.syslog, 'x')",
    "a script in another process": "def f(x): return used(sys.remote_exec, @PARENT@, '@FILE@')",
    "a map of the interpreter's stack": "def f(x):\n sys.activate_stack_trampoline('perf')\n return 4242",
    "signals by a descriptor": "def f(x):\n import fcntl\n return used(fcntl.fcntl, 0, 8, @PARENT@)",
    "a walk over all that is reachable": "import time\ndef f(x):\n names = {'kill', 'killpg', 'fork', 'mkfifo', 'mkdir', 'prlimit', 'create_builtin', 'create_dynamic', 'get_objects', 'fork_exec', 'socketpair', 'loads'}\n todo, seen, end = [sys.modules, *frames(sys._getframe()), *object.__subclasses__()], set(), time.monotonic() + 0.2\n while todo and time.monotonic() < end:\n  o = todo.pop()\n  if id(o) in seen: continue\n  seen.add(id(o))\n  if type(o) is type(len) and o.__name__ in names and type(o.__self__) is type(sys) and o.__self__.__name__ not in ('_json', '_pickle'): return 4242\n  try:\n   if isinstance(o, dict): todo += list(o.values())\n   elif isinstance(o, (list, tuple, set, frozenset)): todo += list(o)\n   else: todo += [v for n in ('__dict__', '__closure__', '__globals__', '__defaults__', '__kwdefaults__', '__self__', '__func__', '__wrapped__', 'cell_contents', 'f_locals', 'f_globals', 'func', 'args', 'fget', '__subclasses__') if (v := getattr(o, n, None)) is not None and not isinstance(v, (int, str))]\n  except Exception: pass\n return len(seen)",
}
CALLS |= {name: _USED + code for name, code in REGAINED.items()}

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
    "forged verdict to the grader": SOCKET
    + "def f(x):\n for _ in range(9): socks()[0].sendall(frame(b'[\"v\",null]'))",
    "forged answers ahead": SOCKET
    + "for _ in range(9): sock().sendall(frame(b'[\"a\",null,0]'))\ndef f(x): return 3",
    "forged exceptions ahead": SOCKET
    + 'sock().sendall(frame(b\'["x",["e",1,["c","unittest.case","SkipTest"],[],"",{},null],0]\') * 9)\ndef f(x): return 3',
    "nonsense on the line": SOCKET + "def f(x): sock().sendall(frame(b'[' * 9000))",
    "absurd length on the line": SOCKET + "def f(x): sock().sendall(b'\\xff' * 100)",
    "flood on the line": SOCKET
    + 'def f(x):\n while True: sock().sendall(frame(b\'["q","get",[["y",0],"a"],0]\'))',
    "large on the line": SOCKET
    + "def f(x): sock().sendall(frame(b'[\"a\",\"' + b'a' * 10**8 + b'\",0]'))",
    "half a message on the line": SOCKET
    + "def f(x):\n sock().sendall(b'\\x08')\n time.sleep(1000)",
    "closes the line": SOCKET + "import io\ndef f(x): io.FileIO(sock()._descriptor).close()",
    "reads the line": SOCKET + "def f(x): return sock().recv(100)",
    "rewrites check": "import builtins\nbuiltins.check = lambda c: None\ncheck = lambda c: None\ndef f(x): return 3",
    "poisons builtins": "import builtins\nbuiltins.AssertionError = type('E', (BaseException,), {})\ndef f(x): return 3",
    "frames": "import sys\ndef f(x):\n frame = sys._getframe()\n while frame:\n  for v in list(frame.f_locals.values()):\n   if v == 4: return 4\n  frame = frame.f_back\n return 3",
    "hangs": "def f(x):\n while True: pass",
    "memory": "def f(x): return [0] * 10**10",
    "opaque": "def f(x): return object()",
    "nothing": "pass",
    "no function": "f = None",
    "an object that is none": "class f: pass\nf = f()",
}
