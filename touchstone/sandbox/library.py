"""What a candidate may import and what it is refused, inside the zygote.

The standard library is served from memory, as source: nothing here turns bytes into code. What
could only fail in a cage (files, sockets, processes) is refused by name, so that the parent can
tell "the cage cannot" from "it is wrong". What holds a candidate is in ``natives``.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import os
import sys
import sysconfig
from types import ModuleType, SimpleNamespace
from typing import Any
from zlib import compress, decompress

from _touchstone_natives import (  # type: ignore[import-not-found]
    COMPUTES,
    OFFERED,
    Refusal,
    armory,
    of_interpreter,
    refusals,
    refuser,
    take,
)

__all__ = ["Refusal", "armory", "refusals", "streams", "strip", "warm"]
# Imported before the fork, so that candidates share them and need no file.
PRELOAD = (
    "abc array base64 binascii bisect builtins bz2 calendar cmath codecs collections "
    "collections.abc concurrent.futures.thread contextlib contextvars copy csv dataclasses "
    "datetime decimal difflib enum errno fractions functools gc graphlib hashlib heapq hmac "
    "html importlib.util inspect io itertools json keyword locale logging lzma math numbers "
    "opcode operator pickle pkgutil pprint pyexpat queue random re secrets select statistics "
    "string struct "
    "textwrap threading time timeit token tokenize traceback types typing unicodedata "
    "unittest uuid warnings weakref zlib zoneinfo _heapq _statistics _queue _elementtree "
    "_codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _multibytecodec"
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
# Beside asyncio: what tests import most.
_AHEAD = {"unittest.mock", "unittest.async_case", "doctest", "pytest", "touchstone_pytest"}
_UNNEEDED = {"test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo", "ensurepip", "venv"}
# Parts of libraries that nobody imports, or that do something when they are imported.
_UNASKED = {"conftest", "setup", "main"}
_SHIMMED = {"pytest", "hypothesis"}
_UNNEEDED |= {"__pycache__", "site-packages", "pydoc_data", "distutils", "lib-dynload"}


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
        store: Module name to (is a package, its source), packed: the smaller a zygote, the less
            there is to go through when a cage begins and ends.
        native: Module name to the module, for those that cannot be made a second time.
        compiled: Module name to its code, for a few.
        shared: The libraries that every cage of this zygote has, besides Python's own.
        folder: Where they lie, ``""`` for none.
    """

    def __init__(self) -> None:
        self.store: dict[str, tuple[bool, bytes]] = {}
        self.native: dict[str, ModuleType] = {}
        self.compiled: dict[str, Any] = {}
        self.shared: set[str] = set()
        self.folder = ""

    def compile_ahead(self) -> None:
        """Compiles what tests import most, once for all cages."""
        for name in self.store:
            if name.partition(".")[0] == "asyncio" or name in _AHEAD:
                self.compiled[name] = self._compile(name)

    def _compile(self, name: str) -> Any:
        return compile(decompress(self.store[name][1]), f"<{name}>", "exec", dont_inherit=True)

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
                    self.store[full] = (package, compress(file.read(), 1))
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

    def find_distributions(self, context: Any) -> Any:
        """Finds what is known of the libraries: their versions, mostly."""
        from importlib.metadata import DistributionFinder, MetadataPathFinder

        if not self.folder:
            return ()
        where = DistributionFinder.Context(name=context.name, path=[self.folder])
        return MetadataPathFinder.find_distributions(where)

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
        code = self.compiled.get(name) or self._compile(name)
        exec(code, module.__dict__)  # noqa: S102
        if name == "asyncio":
            _use_loop_without_sockets(module)


LIBRARY = Library()


def is_shared(module: str) -> bool:
    """Whether a module is Python's own or of a library that every cage of this zygote has."""
    root = module.partition(".")[0]
    return root in sys.stdlib_module_names or root in LIBRARY.shared


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


def warm(paths: list[str], preload: list[str], warm_up: str, folder: str, zones: str) -> None:
    """Imports what candidates share, then runs the parent's own ``warm_up`` code once.

    Args:
        paths: Where ``preload`` is found.
        preload: Modules to import.
        warm_up: Code of the parent's own.
        folder: Of libraries, all of which are imported; they win over ``paths``.
        zones: Where the package ``tzdata`` lies, if anywhere.
    """
    library = LIBRARY
    library.read(sysconfig.get_path("stdlib"))
    library.read(f"{os.path.dirname(warm.__code__.co_filename)}/shims")  # noqa: PTH120
    library.compile_ahead()
    sys.path.extend([folder, *paths] if folder else paths)
    if "ctypes" not in preload:
        # Packages that load it if they can (numpy) do without.
        sys.modules["ctypes"] = sys.modules["_ctypes"] = None  # type: ignore[assignment]
    for name in (*PRELOAD.split(), *COMPUTES.intersection(sys.builtin_module_names), *preload):
        try:
            __import__(name)
        except ImportError:
            if name in preload:
                raise
    library.shared.update(name for name in preload if "." not in name)
    if folder:
        library.folder = folder
        library.shared.update(_import_libraries(folder))
        library.read(folder)
    if warm_up:
        module = type(sys)("warm_up")
        sys.modules["warm_up"] = module
        exec(compile(warm_up, "<warm_up>", "exec"), module.__dict__)  # noqa: S102
    for name, module in list(sys.modules.items()):
        # Packages import more of themselves when first used: sympy, numpy.
        for home in getattr(module, "__path__", ()) if "." not in name else ():
            if os.path.dirname(home) in paths:  # noqa: PTH120
                library.read(home, f"{name}.")
    _keep_time_zones([f"{path}/tzdata/zoneinfo" for path in (zones, folder) if path])
    sys.path[:] = []
    sys.path_hooks[:] = []
    sys.path_importer_cache.clear()
    sys.meta_path[:] = [library]
    sys.argv[:] = ["main.py"]
    sys.orig_argv[:] = []


def _import_libraries(folder: str) -> list[str]:
    """Imports every library of a folder, and all modules of theirs that are native code.

    What cannot be imported here is left out, since a part may need what nobody asked for: a
    candidate that imports it is told that it is not there.
    """
    import tempfile

    # Its names alone: the real one would stay in reach of whoever looks into the libraries.
    shim = sys.modules["ctypes"] = type(sys)("ctypes")
    exec(LIBRARY._compile("ctypes"), shim.__dict__)  # noqa: S102
    sys.modules["ctypes.util"], sys.modules["ctypes.wintypes"] = shim.util, shim.wintypes
    with tempfile.TemporaryDirectory() as home:
        # Settings and caches of theirs; and a cage has no threads.
        os.environ.update(HOME=home, MPLBACKEND="Agg", OMP_NUM_THREADS="1")
        names = _modules_in(folder)
        for name in names:
            try:
                __import__(name)
            except BaseException:  # noqa: BLE001, S112 - whatever a library's import does
                continue
    shim.used = refuser("native code")
    for name in ("ctypes", "ctypes.util", "ctypes.wintypes"):
        del sys.modules[name]
    return [name for name in names if "." not in name]


def _modules_in(folder: str, prefix: str = "") -> list[str]:
    """Returns what to import of a folder of libraries: they, their public parts, what is native.

    Other modules are compiled when a candidate imports them.
    """
    names, native = [], []
    depth = prefix.count(".")
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name = entry.name.partition(".")[0]
        if entry.name in _UNNEEDED or name in _SHIMMED or not name.isidentifier():
            continue
        if entry.name.endswith(tuple(importlib.machinery.EXTENSION_SUFFIXES)):
            native.append(prefix + name)
        elif entry.is_dir() and "." not in entry.name:
            native += _modules_in(entry.path, f"{prefix}{name}.")
        if entry.name.endswith(".py") or (entry.is_dir() and "." not in entry.name):
            public = depth == 0 or (depth == 1 and name[0] != "_" and name not in _UNASKED)
            names += [prefix + name] * public
    return sorted(names, key=lambda name: name.count(".")) + native


def _keep_time_zones(packaged: list[str]) -> None:
    """Serves ``zoneinfo`` from memory what this machine knows of time zones.

    Args:
        packaged: Folders of the package ``tzdata``, which win over the machine's own.
    """
    import io
    import zoneinfo
    from zoneinfo import _common

    zones: dict[str, bytes] = {}
    for home in (*reversed(zoneinfo.TZPATH), *packaged):
        for folder, inner, names in os.walk(home):
            inner[:] = [name for name in inner if name not in ("posix", "right", "__pycache__")]
            for name in names:
                path = f"{folder}/{name}"
                with open(path, "rb") as file:  # noqa: PTH123
                    data = file.read()
                if data.startswith(b"TZif"):
                    zones[path.removeprefix(f"{home}/")] = data

    def load_tzdata(key: str) -> Any:
        if key not in zones:
            raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
        return io.BytesIO(zones[key])

    _common.load_tzdata = load_tzdata
    zoneinfo.reset_tzpath(to=())
    zoneinfo.available_timezones = lambda: set(zones)


def strip(spared: list[str]) -> list[str]:
    """Takes the ways out from Python code; returns what could not be, see ``natives.take``."""
    _patch()
    left = take(spared)
    for name, module in list(sys.modules.items()):
        native = of_interpreter(module)
        if native and name in OFFERED:
            # Handed out again when it is imported again: it cannot be made a second time.
            LIBRARY.native[name] = module
        elif native or name.startswith("_touchstone_") or name.partition(".")[0] in REFUSED:
            del sys.modules[name]
    return left


def _patch() -> None:
    """Changes what the standard library says and does in a process without system calls."""
    import threading
    import types
    from concurrent.futures import thread as pool

    for name in ("supports_bytes_environ", "supports_dir_fd", "supports_effective_ids"):
        setattr(os, name, set())
    os.supports_fd = os.supports_follow_symlinks = set()
    if "shutil" in sys.modules:
        sys.modules["shutil"]._use_fd_functions = False  # type: ignore[attr-defined]
    os.environ.clear()
    os.getcwd = lambda: "/"
    setattr(os, "process_cpu_count", lambda: 1)  # noqa: B010 - which 3.13 asks the kernel for
    threading.Thread.start = _run_inline  # type: ignore[method-assign]
    pool.ThreadPoolExecutor.submit = _submit_inline  # type: ignore[method-assign]
    threading.Condition.wait = _wait_alone  # type: ignore[method-assign]
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


def _wait_alone(_self: Any, timeout: float | None = None) -> bool:
    """Stands for ``Condition.wait``: there is no other thread that could notify this one."""
    if timeout is None:
        raise Refusal("threads that wait for each other")
    __import__("time").sleep(max(timeout, 0.0))
    return False


def _submit_inline(_self: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    from concurrent.futures import Future

    future: Any = Future()
    try:
        future.set_result(function(*args, **kwargs))
    except Exception as exc:  # noqa: BLE001 - a future holds whatever its function raised
        future.set_exception(exc)
    return future


def streams(stdin: Any, stdout: Any, end: Any) -> None:
    """Lets a program reach its standard streams by descriptor, as fast-reading idioms do."""
    readers, writers = (0, "/dev/stdin"), (1, "/dev/stdout")
    open_other = builtins.open if LIBRARY.shared else refuser("files")

    def open_stream(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if file in readers:
            return stdin.buffer if "b" in mode else stdin
        if file in writers:
            return stdout.buffer if "b" in mode else stdout
        return open_other(file, mode, *args, **kwargs)

    def read(descriptor: int, size: int) -> bytes:
        return open_stream(descriptor, "rb").read(size)

    def write(descriptor: int, data: bytes) -> int:
        return open_stream(descriptor, "wb").write(data)

    def fstat(descriptor: int) -> Any:
        size = len(open_stream(descriptor, "rb").getvalue())
        return SimpleNamespace(st_mode=0o100600, st_nlink=1, st_size=size)

    builtins.open = open_stream
    os.read, os.write, os.fstat, os._exit = read, write, fstat, end
