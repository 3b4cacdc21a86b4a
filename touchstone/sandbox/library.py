"""What a candidate may import and what it is refused, inside the zygote.

The standard library is served from memory. What could only fail in a cage (files, sockets,
processes) is refused by name, so that the parent can tell "the cage cannot" from "it is wrong".
Removing names and the audit hook are a speed bump for Python code; limits, seccomp and the other
user are the wall.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import marshal
import os
import sys
import sysconfig
from collections.abc import Callable
from typing import Any

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
_ABSENT = {"_imp", "_posixsubprocess", "_posixshmem", "_multiprocessing", "marshal", "faulthandler"}
_UNNEEDED = {"test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo", "ensurepip", "venv"}
_UNNEEDED |= {"__pycache__", "site-packages", "pydoc_data", "distutils", "lib-dynload"}
_AUDITED = {"os", "socket", "subprocess", "ctypes", "fcntl", "mmap", "signal", "resource", "shutil"}
_AUDITED |= {"pty", "syslog", "sqlite3", "open", "code", "glob", "tempfile"}
_HARMLESS = {"os.putenv", "os.unsetenv"}
_OS_KEPT = (
    "_exit abort cpu_count fspath get_terminal_size getenv getpid getrandom strerror times "
    "urandom umask process_cpu_count fsencode fsdecode putenv unsetenv register_at_fork "
    "error stat_result terminal_size times_result uname_result sched_param statvfs_result "
    "waitid_result DirEntry get_exec_path PathLike"
)

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
        store: Module name to (is a package, bytes of its ``.pyc`` or its source).
    """

    def __init__(self) -> None:
        self.store: dict[str, tuple[bool, bytes]] = {}
        self._loads = marshal.loads
        self.running = 0

    def read(self, folder: str, prefix: str = "") -> None:
        """Takes in every pure Python module under ``folder``."""
        for entry in os.scandir(folder):
            name = entry.name
            if name in _UNNEEDED:
                continue
            if name.endswith(".py"):
                package = name == "__init__.py"
                full = prefix.rstrip(".") if package else prefix + name[:-3]
                cached = importlib.util.cache_from_source(entry.path)
                path = cached if os.path.exists(cached) else entry.path  # noqa: PTH110
                with open(path, "rb") as file:  # noqa: PTH123
                    self.store[full] = (package, file.read())
            elif entry.is_dir() and os.path.exists(f"{entry.path}/__init__.py"):  # noqa: PTH110
                self.read(entry.path, f"{prefix}{name}.")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        """Finds a stand-in, a module in memory, or one of the interpreter's own."""
        if name.partition(".")[0] in REFUSED:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]
        if name in _ABSENT:
            return None
        if name in self.store:
            package = self.store[name][0]
            return importlib.machinery.ModuleSpec(name, self, is_package=package)  # type: ignore[arg-type]
        return importlib.machinery.BuiltinImporter.find_spec(
            name
        ) or importlib.machinery.FrozenImporter.find_spec(name)

    def create_module(self, spec: Any) -> Any:
        """Makes a stand-in where one is due."""
        return stand_in(spec.name) if spec.name.partition(".")[0] in REFUSED else None

    def exec_module(self, module: Any) -> None:
        """Runs a module of the store."""
        name = module.__spec__.name
        if name.partition(".")[0] in REFUSED:
            return
        data = self.store[name][1]
        if data[:4] == importlib.util.MAGIC_NUMBER:
            code = self._loads(data[16:])
        else:
            code = compile(data, f"<{name}>", "exec", dont_inherit=True)
        self.running += 1
        try:
            exec(code, module.__dict__)  # noqa: S102
        finally:
            self.running -= 1
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
    for name in (*PRELOAD.split(), *preload):
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


def strip() -> None:
    """Takes the ways out from Python code; the zygote has kept the few calls that it needs."""
    import _thread
    import signal
    import threading
    from concurrent.futures import thread as pool

    kept, processes = set(_OS_KEPT.split()), set(_PROCESS_CALLS.split())
    for module in (sys.modules["posix"], os):
        for name, value in list(vars(module).items()):
            call = getattr(value, "__module__", "") == "posix" and not isinstance(value, type)
            if call and name not in kept:
                setattr(module, name, refuser("processes" if name in processes else "files"))
    for name in ("supports_bytes_environ", "supports_dir_fd", "supports_effective_ids"):
        setattr(os, name, set())
    os.supports_fd = os.supports_follow_symlinks = set()
    os.environ.clear()
    os.getcwd = lambda: "/"
    for module in (signal, sys.modules["_signal"]):
        for name in ("pthread_kill", "pidfd_send_signal"):
            if hasattr(module, name):
                setattr(module, name, refuser("processes"))
    _thread.start_new_thread = refuser("threads")
    threading.Thread.start = _run_inline  # type: ignore[method-assign]
    pool.ThreadPoolExecutor.submit = _submit_inline  # type: ignore[method-assign]
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    for name in list(sys.modules):
        if name in _ABSENT or name.startswith("_touchstone_") or name.partition(".")[0] in REFUSED:
            del sys.modules[name]


_PROCESS_CALLS = (
    "fork forkpty kill killpg system popen waitpid wait wait3 wait4 execv execve "
    "posix_spawn posix_spawnp nice setpriority setuid setgid getppid spawnv spawnve"
)


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


def arm() -> None:
    """Turns the audit hook on: from here this process refuses what it audits, for good."""
    audited, harmless, make = frozenset(_AUDITED), frozenset(_HARMLESS), Refusal
    library = LIBRARY
    names = {
        "code": "native code",
        "socket": "sockets",
        "subprocess": "processes",
        "ctypes": "native code",
    }

    def hook(event: str, _args: Any) -> None:
        area = event.partition(".")[0]
        if area == "code" and library.running:
            return  # the standard library's own, not a candidate's crafted bytecode
        if area in audited and event not in harmless:
            raise make(names.get(area, "files"))

    sys.addaudithook(hook)


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
        return os.stat_result((0o100600, 0, 0, 1, 0, 0, size, 0, 0, 0))

    builtins.open = open_stream
    os.read, os.write, os.fstat = read, write, fstat
