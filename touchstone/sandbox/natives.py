"""The native functions of the interpreter: which ones a cage keeps, and what holds the rest back.

Two things hold Python code where the kernel gives limits only. The native functions that reach
further than this process no longer exist in it, nor what could make them again. And an audit hook
in C, which refuses every event that it does not know, has no Python part that could be changed.
Neither holds native code: limits, seccomp and the other user do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

# Kept before the names go; a cage has no descriptors but its own channel.
from os import read, write
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Native modules of the standard library that only compute, and what is kept of those that can do
# more. Of every other one no function is left: a new version brings nothing that is not named.
COMPUTES = _words(
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
OFFERED = COMPUTES | {"gc", "sys", "_signal", "_thread"}
# What is refused of a native module, and by the first part of an audit event.
_INTERNAL = "the interpreter's own objects"
_REACH = {"posix": "files", "_socket": "sockets", "_thread": "threads", "_signal": "processes"}
_PROCESS_CALLS = _words(
    "fork forkpty kill killpg system popen waitpid wait wait3 wait4 execv execve "
    "posix_spawn posix_spawnp nice setpriority setuid setgid getppid spawnv spawnve"
)
_OURS = frozenset(("__main__", __name__, "_touchstone_cage", "_touchstone_runtime"))
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
    "cpython._PySys_ClearAuditHooks cpython.PyInterpreterState_Clear "
    # Said by Python code that works on files, which are in memory or refused where they are asked.
    "glob.glob glob.glob/2 os.walk os.fwalk pathlib.Path.glob pathlib.Path.rglob shutil.chown "
    "shutil.copyfile shutil.copymode shutil.copystat shutil.copytree shutil.make_archive "
    "shutil.move shutil.rmtree shutil.unpack_archive tempfile.mkdtemp tempfile.mkstemp"
)
_allowed: list[str] = [*_ALLOWED.split()]
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


def take(spared: list[str]) -> list[str]:
    """Takes the native functions that reach further than the process itself, for good.

    Every name that held one refuses from now on. They cannot come back: what makes native modules
    is among them.

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
        if issubclass(type(thing), ModuleType) and of_interpreter(thing)
        if _name(thing).removeprefix("_") not in spared
        for function, what in _out_of_reach(thing)
    }
    refusing = {key: refuser(what) for key, (_function, what) in taken.items()}
    thing: Any = None
    for thing in things:
        _forget(thing, refusing)
    left = [weakref.ref(function) for function, _what in taken.values()]
    del taken, things, thing
    gc.collect()
    return sorted({f.__name__ for ref in left if (f := ref()) is not None} - _HELD)


def _forget(thing: Any, refusing: dict[int, Any]) -> None:
    """Has a module's names, a class or a function's defaults refuse in place of what is taken."""
    if type(thing) is FunctionType and thing.__module__ not in _OURS:
        if any(id(value) in refusing for value in thing.__defaults__ or ()):
            values = (refusing.get(id(value), value) for value in thing.__defaults__ or ())
            thing.__defaults__ = tuple(values)
        named = thing.__kwdefaults__ or {}
        named.update({n: refusing[id(v)] for n, v in named.items() if id(v) in refusing})
    elif issubclass(type(thing), type):
        for name, value in list(vars(thing).items()):
            function = value.__func__ if type(value) is staticmethod else value
            if id(function) in refusing:
                setattr(thing, name, staticmethod(refusing[id(function)]))
    elif type(thing) is dict and _of_module(thing):
        thing.update({n: refusing[id(v)] for n, v in thing.items() if id(v) in refusing})


def _name(module: ModuleType) -> str:
    return module.__spec__.name if module.__spec__ else module.__name__


def _of_module(names: dict[Any, Any]) -> bool:
    """Whether these are the names of a module, or the copy that some native modules keep."""
    name = names.get("__name__")
    return type(name) is str and name not in _OURS


def of_interpreter(module: Any) -> bool:
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
        if own and value.__name__ not in kept and owner not in COMPUTES:
            yield value, "processes" if value.__name__ in _PROCESS_CALLS else what


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


def allow(*events: str) -> None:
    """Has cages of this zygote allow events whose doing the kernel holds."""
    _allowed.extend(events)


def armory() -> Callable[[], None]:
    """Returns what turns the audit hooks on; then this process refuses what it audits, for good.

    The first hook says what is refused; being Python, it can be found and changed. The second is
    what holds. The system calls ``hook(event, arguments)``, and a property's ``__get__(event, _)``
    calls ``known.index(event)``, which raises for what is not in the tuple: C throughout, with no
    frame to look into. Nothing refers to it then but the interpreter's own list, which the garbage
    collector does not show; and to ask for that is an event.
    """
    known = tuple(_allowed)
    allowed, what, make = frozenset((*known, "sys.addaudithook")), dict(_EVENTS), Refusal

    def name_it(event: str, _args: Any) -> None:
        if event not in allowed:
            raise make(what.get(event.partition(".")[0], "files"))

    hooks: list[Any] = [property(known.index).__get__, name_it]
    add = sys.addaudithook

    def arm() -> None:
        while hooks:
            add(hooks.pop())

    return arm
