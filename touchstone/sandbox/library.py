"""What a candidate may import and what it is refused, inside the zygote.

The standard library is served from memory, as source: nothing here turns bytes into code. What
could only fail in a cage (files, sockets, processes) is refused by name, so that the parent can
tell "the cage cannot" from "it is wrong".

Two things hold Python code where the kernel gives limits only. The native functions that reach
further than this process no longer exist in it, nor what could make them again. And an audit hook
in C, which refuses every event that it does not know, has no Python part that could be changed.
Neither holds native code: limits, seccomp and the other user do.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator

# Kept before the names go; a cage has no descriptors but its own channel.
from os import read, write
from types import BuiltinFunctionType, FunctionType, ModuleType, SimpleNamespace
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Imported before the fork, so that candidates share them and need no file.
PRELOAD = (
    "abc array base64 binascii bisect builtins bz2 calendar cmath codecs collections "
    "collections.abc concurrent.futures.thread contextlib contextvars copy csv dataclasses "
    "datetime decimal difflib enum errno fractions functools gc graphlib hashlib heapq hmac "
    "html inspect io itertools json keyword locale logging lzma math numbers opcode "
    "operator pickle pprint pyexpat queue random re secrets select statistics string struct "
    "textwrap threading time timeit token tokenize traceback types typing unicodedata "
    "unittest uuid warnings weakref zlib zoneinfo _heapq _statistics _queue _elementtree"
)
# What a stand-in for each of these modules says it would have needed.
REFUSED = {
    "subprocess": "processes",
    "multiprocessing": "processes",
    "pty": "processes",
    "socket": "sockets",
    "_socket": "sockets",
    "ssl": "sockets",
    "ctypes": "native code",
    "_ctypes": "native code",
    "cffi": "native code",
    "mmap": "files",
    "fcntl": "files",
    "posix": "files",
    "resource": "limits",
    "sqlite3": "files",
    "dbm": "files",
}
_UNNEEDED = {"test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo", "ensurepip", "venv"}
_UNNEEDED |= {"__pycache__", "site-packages", "pydoc_data", "distutils", "lib-dynload"}
# Native modules of the standard library that only compute, and what is kept of those that can do
# more. Of every other one no function is left: a new version brings nothing that is not named.
_COMPUTES = _words(
    "_abc _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 "
    "_codecs_jp _codecs_kr _codecs_tw _collections _contextvars _csv _datetime _decimal "
    "_elementtree _functools _hashlib _heapq _hmac _io _json _locale _lsprof _lzma _md5 "
    "_multibytecodec _opcode _operator _pickle _queue _random _sha1 _sha2 _sha256 _sha3 "
    "_sha512 _sre _stat _statistics _string _struct _suggestions _symtable _sysconfig "
    "_tokenize _tracemalloc _types _typing _uuid _warnings _weakref _zoneinfo _zstd array "
    "atexit audioop binascii builtins cmath errno itertools math pyexpat select time "
    "unicodedata zlib"
)
_KEPT = {
    "posix": "_exit abort cpu_count fspath get_terminal_size getpid getrandom strerror times "
    "urandom umask process_cpu_count putenv unsetenv register_at_fork _path_normpath "
    "_path_splitroot _path_splitroot_ex",
    "sys": "_clear_internal_caches _clear_type_cache _current_exceptions _current_frames _getframe "
    "_getframemodulename _is_gil_enabled _is_immortal _is_interned addaudithook audit "
    "breakpointhook call_tracing displayhook exc_info excepthook exception exit "
    "get_asyncgen_hooks get_coroutine_origin_tracking_depth get_int_max_str_digits "
    "getallocatedblocks getdefaultencoding getfilesystemencodeerrors getfilesystemencoding "
    "getprofile getrecursionlimit getrefcount getsizeof getswitchinterval gettrace "
    "getunicodeinternedsize intern is_finalizing set_asyncgen_hooks "
    "set_coroutine_origin_tracking_depth set_int_max_str_digits setprofile setrecursionlimit "
    "setswitchinterval settrace unraisablehook",
    "gc": "collect disable enable freeze get_count get_debug get_freeze_count get_stats "
    "get_threshold is_finalized is_tracked isenabled set_debug set_threshold",
    "_imp": "acquire_lock release_lock lock_held is_builtin is_frozen is_frozen_package "
    "_fix_co_filename extension_suffixes source_hash",
    "_signal": "alarm default_int_handler getitimer getsignal pause pthread_sigmask raise_signal "
    "set_wakeup_fd setitimer siginterrupt signal sigpending sigtimedwait sigwait sigwaitinfo "
    "strsignal valid_signals",
    "_thread": "RLock _count _excepthook _get_main_thread_ident _is_main_interpreter "
    "_make_thread_handle _set_sentinel _shutdown allocate allocate_lock daemon_threads_allowed "
    "exit exit_thread get_ident get_native_id interrupt_main set_name stack_size",
}
_OFFERED = _COMPUTES | {"gc", "sys", "_signal", "_thread"}
# What is refused of a native module, and by the first part of an audit event.
_INTERNAL = "the interpreter's own objects"
_REACH = {"posix": "files", "_socket": "sockets", "_thread": "threads", "_signal": "processes"}
_PROCESS_CALLS = _words(
    "fork forkpty kill killpg system popen waitpid wait wait3 wait4 execv execve "
    "posix_spawn posix_spawnp nice setpriority setuid setgid getppid spawnv spawnve"
)
_OURS = frozenset(("__main__", "_touchstone_cage", __name__, "_touchstone_runtime"))
# Held on to, and harmless: what the zygote needs and a cage drops before it serves, a cage's own
# channel and limits (which it may only lower), and a function that ctypes keeps to itself.
_HELD = _words(
    "fork kill waitpid socketpair close setgid setgroups setuid read write setrlimit _unpickle"
)
# Audit events of what stays within the process. First those that honest code raises often.
_ALLOWED = (
    "builtins.id exec compile import object.__getattr__ object.__setattr__ sys._getframe "
    "sys._getframemodulename array.__new__ object.__delattr__ pickle.find_class time.sleep "
    "function.__new__ sys.settrace sys.setprofile sys._current_frames sys._current_exceptions "
    "sys.excepthook sys.unraisablehook sys.set_asyncgen_hooks_firstiter "
    "sys.set_asyncgen_hooks_finalizer sys.set_asyncgen_hook_firstiter "
    "sys.set_asyncgen_hook_finalizer sys.monitoring.register_callback builtins.input "
    "builtins.input/result builtins.breakpoint os.putenv os.unsetenv "
    "cpython._PySys_ClearAuditHooks cpython.PyInterpreterState_Clear"
)
_EVENTS = {
    "code": "native code",
    "ctypes": "native code",
    "marshal": "native code",
    "socket": "sockets",
    "urllib": "sockets",
    "subprocess": "processes",
    "_thread": "threads",
    "gc": _INTERNAL,
    "cpython": _INTERNAL,
    "sys": _INTERNAL,
}

refusals: list[str] = []


class Refusal(PermissionError):
    """The cage cannot do this; an OSError, so that code with a fallback falls back."""

    def __init__(self, what: str = "files") -> None:
        super().__init__(1, f"not possible in the sandbox: {what}")
        self.what = what
        refusals.append(what)


def refuser(what: str) -> Callable[..., Any]:
    """Returns a function that refuses whatever it is called with."""

    def refuse(*_args: Any, **_kwargs: Any) -> Any:
        raise Refusal(what)

    return refuse


def stand_in(name: str) -> Any:
    """Returns a module that can be imported and named from, but of which nothing works."""
    what = REFUSED[name.partition(".")[0]]
    module = type(sys)(name)

    def __getattr__(attribute: str) -> Any:  # noqa: N807
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        refuse = staticmethod(refuser(what))
        return type(attribute, (OSError,), {"__new__": refuse, "__class_getitem__": refuse})

    module.__dict__.update(__getattr__=__getattr__, __path__=[])
    return module


class Library:
    """Finds modules in memory; the only finder a cage has.

    Attributes:
        store: Module name to (is a package, its source).
        native: Module name to the module, for those that cannot be made a second time.
    """

    def __init__(self) -> None:
        self.store: dict[str, tuple[bool, bytes]] = {}
        self.native: dict[str, ModuleType] = {}

    def read(self, folder: str, prefix: str = "") -> None:
        """Takes in every pure Python module under ``folder``."""
        for entry in os.scandir(folder):
            name = entry.name
            if name in _UNNEEDED:
                continue
            if name.endswith(".py"):
                package = name == "__init__.py"
                full = prefix.rstrip(".") if package else prefix + name[:-3]
                with open(entry.path, "rb") as file:  # noqa: PTH123
                    self.store[full] = (package, file.read())
            elif entry.is_dir() and os.path.exists(f"{entry.path}/__init__.py"):  # noqa: PTH110
                self.read(entry.path, f"{prefix}{name}.")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        """Finds a stand-in, a module in memory, or one of the interpreter's own."""
        if name.partition(".")[0] in REFUSED:
            package = True
        elif name in self.native:
            package = False
        elif name in self.store:
            package = self.store[name][0]
        else:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=package)  # type: ignore[arg-type]

    def create_module(self, spec: Any) -> Any:
        """Makes a stand-in where one is due; hands out a native module again."""
        if spec.name.partition(".")[0] in REFUSED:
            return stand_in(spec.name)
        return self.native.get(spec.name)

    def exec_module(self, module: Any) -> None:
        """Runs a module of the store."""
        name = module.__spec__.name
        if name.partition(".")[0] in REFUSED or name in self.native:
            return
        exec(compile(self.store[name][1], f"<{name}>", "exec", dont_inherit=True), module.__dict__)  # noqa: S102
        if name == "asyncio":
            _use_loop_without_sockets(module)


LIBRARY = Library()


def _use_loop_without_sockets(asyncio: Any) -> None:
    """Gives ``asyncio.run`` an event loop that can only wait for time to pass."""

    class Clock:
        def select(self, timeout: float | None) -> list[Any]:
            if timeout is None:
                raise Refusal("sockets")
            __import__("time").sleep(timeout)
            return []

    class Loop(asyncio.BaseEventLoop):
        def __init__(self) -> None:
            super().__init__()
            self._selector = Clock()

        def _process_events(self, _events: Any) -> None:
            pass

        def _write_to_self(self) -> None:
            pass

    asyncio.DefaultEventLoopPolicy._loop_factory = Loop


def warm(paths: list[str], preload: list[str], warm_up: str) -> None:
    """Imports what candidates share, then runs the parent's own ``warm_up`` code once."""
    library = LIBRARY
    library.read(sysconfig.get_path("stdlib"))
    sys.path.extend(paths)
    if "ctypes" not in preload:
        # Packages that load it if they can (numpy) do without.
        sys.modules["ctypes"] = sys.modules["_ctypes"] = None  # type: ignore[assignment]
    for name in (*PRELOAD.split(), *_COMPUTES.intersection(sys.builtin_module_names), *preload):
        try:
            __import__(name)
        except ImportError:
            if name in preload:
                raise
    if warm_up:
        module = type(sys)("warm_up")
        sys.modules["warm_up"] = module
        exec(compile(warm_up, "<warm_up>", "exec"), module.__dict__)  # noqa: S102
    for name, module in list(sys.modules.items()):
        # Packages import more of themselves when first used: sympy, numpy.
        for folder in getattr(module, "__path__", ()) if "." not in name else ():
            if os.path.dirname(folder) in paths:  # noqa: PTH120
                library.read(folder, f"{name}.")
    sys.path[:] = []
    sys.path_hooks[:] = []
    sys.path_importer_cache.clear()
    sys.meta_path[:] = [library]
    sys.argv[:] = ["main.py"]
    sys.orig_argv[:] = []


def strip(spared: list[str]) -> list[str]:
    """Takes the native functions that reach further than the process itself, for good.

    Every name that held one refuses from now on. They cannot come back: what makes native modules
    is among them, and a module that is imported again is the same object.

    Args:
        spared: Modules that are asked for, which keep their functions.

    Returns:
        Names of functions that something still holds, beyond what the zygote itself needs.
    """
    import gc
    import weakref

    things = gc.get_objects()
    taken = {
        id(function): (function, what)
        for thing in things
        if issubclass(type(thing), ModuleType) and _of_interpreter(thing)
        if _name(thing).removeprefix("_") not in spared
        for function, what in _out_of_reach(thing)
    }
    refusals = {key: refuser(what) for key, (_function, what) in taken.items()}
    for thing in things:
        _forget(thing, refusals)
    _patch()
    LIBRARY.native = {
        name: module
        for name, module in sys.modules.items()
        if name in _OFFERED and _of_interpreter(module)
    }
    for name, module in list(sys.modules.items()):
        hidden = _of_interpreter(module) and name not in LIBRARY.native
        if hidden or name.startswith("_touchstone_") or name.partition(".")[0] in REFUSED:
            del sys.modules[name]
    left = [weakref.ref(function) for function, _what in taken.values()]
    del taken, things, thing
    gc.collect()
    return sorted({f.__name__ for ref in left if (f := ref()) is not None} - _HELD)


def _forget(thing: Any, refusals: dict[int, Any]) -> None:
    """Has a module's names, a class or a function's defaults refuse in place of what is taken."""
    if type(thing) is FunctionType and thing.__module__ not in _OURS:
        if any(id(value) in refusals for value in thing.__defaults__ or ()):
            values = (refusals.get(id(value), value) for value in thing.__defaults__ or ())
            thing.__defaults__ = tuple(values)
        named = thing.__kwdefaults__ or {}
        named.update({n: refusals[id(v)] for n, v in named.items() if id(v) in refusals})
    elif issubclass(type(thing), type):
        for name, value in list(vars(thing).items()):
            function = value.__func__ if type(value) is staticmethod else value
            if id(function) in refusals:
                setattr(thing, name, staticmethod(refusals[id(function)]))
    elif _of_module(thing):
        thing.update({n: refusals[id(v)] for n, v in thing.items() if id(v) in refusals})


def _name(module: ModuleType) -> str:
    return module.__spec__.name if module.__spec__ else module.__name__


def _of_module(thing: Any) -> bool:
    """Whether a thing is the names of a module, or the copy that some native modules keep."""
    if type(thing) is not dict or type(thing.get("__name__")) is not str:
        return False
    return thing["__name__"] not in _OURS


def _of_interpreter(module: Any) -> bool:
    """Whether a module is native code that Python itself brings."""
    spec = getattr(module, "__spec__", None)
    if getattr(spec, "origin", None) == "built-in":
        return True
    return "lib-dynload" in str(getattr(module, "__file__", None))


def _out_of_reach(module: ModuleType) -> Iterator[tuple[Any, str]]:
    """Yields the functions that a native module loses, and what each is refused as."""
    owner = _name(module)
    kept, what = _KEPT.get(owner, "").split(), _REACH.get(owner, _INTERNAL)
    for value in list(vars(module).values()):
        own = type(value) is BuiltinFunctionType and value.__self__ is module
        if own and value.__name__ not in kept and owner not in _COMPUTES:
            yield value, "processes" if value.__name__ in _PROCESS_CALLS else what


def _patch() -> None:
    """Changes what the standard library says and does in a process without system calls."""
    import threading
    import types
    from concurrent.futures import thread as pool

    for name in ("supports_bytes_environ", "supports_dir_fd", "supports_effective_ids"):
        setattr(os, name, set())
    os.supports_fd = os.supports_follow_symlinks = set()
    os.environ.clear()
    os.getcwd = lambda: "/"
    threading.Thread.start = _run_inline  # type: ignore[method-assign]
    pool.ThreadPoolExecutor.submit = _submit_inline  # type: ignore[method-assign]
    types.coroutine = _without_new_code(types.coroutine)
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]


def _without_new_code(coroutine: Any) -> Any:
    """Has ``types.coroutine`` wrap a generator function, where it would change its code."""
    import functools

    return lambda function: functools.wraps(function)(coroutine(functools.partial(function)))


def _run_inline(self: Any) -> None:
    """Stands for ``Thread.start``: a thread that needs no other runs to its end at once."""
    if self._started.is_set():
        raise RuntimeError("threads can only be started once")
    self._started.set()
    try:
        self.run()
    except SystemExit:
        pass
    finally:
        self.join = lambda timeout=None: None  # noqa: ARG005
        self.is_alive = lambda: False


def _submit_inline(_self: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    from concurrent.futures import Future

    future: Any = Future()
    try:
        future.set_result(function(*args, **kwargs))
    except Exception as exc:  # noqa: BLE001 - a future holds whatever its function raised
        future.set_exception(exc)
    return future


class Line:
    """A cage's end of its channel: nothing of a socket but reading and writing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def recv(self, size: int) -> bytes:
        """Returns up to ``size`` bytes, none when the other end has gone."""
        return read(self._descriptor, size)

    def sendall(self, data: bytes) -> None:
        """Writes ``data`` to its end."""
        rest = memoryview(data)
        while rest:
            rest = rest[write(self._descriptor, rest) :]


def arm() -> None:
    """Turns the audit hooks on: from here this process refuses what it audits, for good.

    The first says what is refused; being Python, it can be found and changed. The second is what
    holds. The system calls ``hook(event, arguments)``, and a property's ``__get__(event, _)`` calls
    ``known.index(event)``, which raises for what is not in the tuple: C throughout, with no
    frame to look into. Nothing refers to it but the interpreter's own list, which the garbage
    collector does not show; and to ask for that is an event.
    """
    known = tuple(_ALLOWED.split())
    allowed, what, make = frozenset((*known, "sys.addaudithook")), dict(_EVENTS), Refusal

    def name_it(event: str, _args: Any) -> None:
        if event not in allowed:
            raise make(what.get(event.partition(".")[0], "files"))

    sys.addaudithook(name_it)
    sys.addaudithook(property(known.index).__get__)  # type: ignore[arg-type]


def streams(stdin: Any, stdout: Any) -> None:
    """Lets a program reach its standard streams by descriptor, as fast-reading idioms do."""
    readers, writers = (0, "/dev/stdin"), (1, "/dev/stdout")

    def open_stream(file: Any, mode: str = "r", *_args: Any, **_kwargs: Any) -> Any:
        if file in readers:
            return stdin.buffer if "b" in mode else stdin
        if file in writers:
            return stdout.buffer if "b" in mode else stdout
        raise Refusal("files")

    def read(descriptor: int, size: int) -> bytes:
        return open_stream(descriptor, "rb").read(size)

    def write(descriptor: int, data: bytes) -> int:
        return open_stream(descriptor, "wb").write(data)

    def fstat(descriptor: int) -> Any:
        size = len(open_stream(descriptor, "rb").getvalue())
        return SimpleNamespace(st_mode=0o100600, st_nlink=1, st_size=size)

    builtins.open = open_stream
    os.read, os.write, os.fstat = read, write, fstat
