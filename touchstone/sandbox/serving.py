"""What each of two joined cages does for the other.

The candidate's does whatever it is asked: all of it is the candidate's own. The author's does
only what the author's objects that were handed over are for: to be called, and to be asked and
told public names.
"""

from __future__ import annotations

import copy
import operator
import sys
import types
from collections.abc import Mapping
from typing import Any

import _touchstone_coroutines as coroutines  # type: ignore[import-not-found]
import _touchstone_foreign as foreign  # type: ignore[import-not-found]
import _touchstone_library as library  # type: ignore[import-not-found]
from _touchstone_mirrors import OPERATIONS  # type: ignore[import-not-found]

_ABSENT = object()
_UNNAMED: Mapping[str, Any] = types.MappingProxyType({})

_CONTENT = {
    str: str.__str__,
    bytes: lambda v: bytes(bytes.__iter__(v)),
    int: lambda v: int.__add__(v, 0),
    float: float.__pos__,
    complex: complex.__pos__,
    list: lambda v: list(list.__iter__(v)),
    tuple: lambda v: tuple(tuple.__iter__(v)),
    dict: lambda v: dict(dict.items(v)),
    set: lambda v: set(set.__iter__(v)),
    frozenset: lambda v: frozenset(frozenset.__iter__(v)),
}
# What a mock was called with is the author's to say.
_VERDICTS = ("assert", "called", "call_", "mock_calls", "method_calls", "reset_mock", "configure")
_CLOSED = (
    types.ModuleType, types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType,
    types.FrameType, types.CodeType, types.TracebackType, types.MethodType,
)  # fmt: skip
# What SQLite asks of a function while it runs a statement; it tells nobody what that raises.
_ASKED_BY_STATEMENTS = frozenset((
    "create_aggregate", "create_collation", "create_function", "create_window_function",
    "set_authorizer", "set_progress_handler", "set_trace_callback",
))  # fmt: skip
_AGGREGATES = ("step", "finalize", "value", "inverse")
# What holds instead where the statement is the tests' own: its text meets nothing of the
# candidate's, and in it equal means the same.
_OTHERWISE = {
    "create_collation": lambda one, other: (one > other) - (one < other),
    "set_trace_callback": lambda _statement: None,
}


def _steps(asked: Any, peer: Any) -> dict[str, Any]:
    """Operations that both sides know."""

    def step(thing: Any) -> tuple[bool, Any]:
        try:
            return True, next(thing)
        except StopIteration as end:
            return False, end.value

    def send(thing: Any, value: Any, error: BaseException | None) -> tuple[bool, Any]:
        try:
            return True, thing.throw(error) if error is not None else thing.send(value)
        except StopIteration as end:
            return False, end.value

    def step_later(thing: Any) -> tuple[bool, Any]:
        try:
            return True, asked(thing.__anext__())
        except StopAsyncIteration:
            return False, None

    return {"next": step, "send": send, "anext": step_later, "await": asked, "hold": peer.hold}


def _is(check: Any, thing: Any, kind: Any) -> bool:
    try:
        return check(thing, kind)
    except TypeError:  # a protocol with members that are no methods
        return False


def _among(thing: Any, name: str, kind: Any, given: list[Any]) -> list[bool]:
    """Returns how an object compares with each of others, which are made first."""
    compare = getattr(operator, name)
    made: list[Any] = []
    for args, kwargs in given:
        try:
            made.append(kind(*args, **kwargs))
        except Exception:  # noqa: BLE001 - it takes no such arguments
            made.append(None)
    found: list[bool] = []
    for other in made:
        try:
            found.append(other is not None and bool(compare(thing, other)))
        except Exception:  # noqa: BLE001 - what it cannot compare with it does not equal
            found.append(False)
    return found


class Candidate:
    """The candidate's side: does what the author's asks."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.peer: Any = None
        self._loops = coroutines.Loops()
        self._tasks = coroutines.Tasks(self._loops)
        self._patched: dict[tuple[str, str], list[Any]] = {}

    def join(self, peer: Any) -> None:
        """Takes the peer through which it is asked."""
        self.peer = peer
        peer.proxies.is_stepping = self._tasks.is_stepping
        self._operations = {
            "get": self._get,
            "set": lambda thing, name, value: setattr(thing, name, value),
            "del": lambda thing, name: delattr(thing, name),
            "dir": lambda thing: sorted(map(str, dir(thing))),
            "call": lambda thing, args, kwargs=_UNNAMED: thing(*args, **kwargs),
            "invoke": lambda thing, name, args, kwargs=_UNNAMED: getattr(thing, name)(
                *args, **kwargs
            ),
            "super": lambda kind, name, thing, args, kwargs=_UNNAMED: getattr(kind, name)(
                thing, *args, **kwargs
            ),
            "op": lambda thing, name, args: getattr(type(thing), name)(thing, *args),
            "item": lambda thing, key: thing[key],
            "copy": lambda thing, deep: (copy.deepcopy if deep else copy.copy)(thing),
            "content": self._content,
            "start": self._tasks.start,
            "advance": self._tasks.advance,
            "cancel": self._tasks.cancel,
            "library": lambda module, name, args, kwargs=_UNNAMED: getattr(
                __import__(module, fromlist=["_"]), name
            )(*args, **kwargs),
            "among": _among,
            "is": lambda thing, kind, plain: _is(issubclass if plain else isinstance, thing, kind),
            "evaluate": foreign.evaluate,
            "execute": foreign.execute,
            "signature": _signature,
            "subclass": self._subclass,
            "module": lambda: peer.hold(self.module),
            "patch": self._patch,
            "unpatch": self._unpatch,
            **_steps(self._loops.run, peer),
        }

    def serve(self, operation: str, arguments: list[Any]) -> Any:
        """Does what is asked."""
        return self._operations[operation](*arguments)

    def _get(self, thing: Any, name: str) -> Any:
        if thing is self.module and name == "__all__" and "__all__" not in vars(thing):
            return [name for name in vars(thing) if name[:1] != "_"]
        return getattr(thing, name)

    def _content(self, thing: Any) -> Any:
        return next(copied(thing) for kind, copied in _CONTENT.items() if isinstance(thing, kind))

    def _subclass(self, name: str, bases: Any, body: dict[str, Any]) -> int:
        space = {key: self._member(*value) for key, value in body.items()}
        kind = types.new_class(name, bases, exec_body=lambda names: names.update(space))
        number = self.peer.hold(kind)
        self.peer.proxies._sent.add(number)
        return number

    def _member(self, kind: str, value: Any) -> Any:
        if kind == "property":
            return property(*(part and self._method(part) for part in value))
        if kind in ("staticmethod", "classmethod"):
            return {"staticmethod": staticmethod, "classmethod": classmethod}[kind](
                self._method(value)
            )
        return self._method(value) if kind == "function" else value

    def _method(self, function: Any) -> Any:
        def method(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        method.__name__ = method.__qualname__ = function.__name__
        return method

    def _patch(self, module: str, path: str, value: Any) -> None:
        owner, name = self._place(module, path)
        self._patched.setdefault((module, path), []).append(vars(owner).get(name, _ABSENT))
        setattr(owner, name, value)

    def _unpatch(self, module: str, path: str) -> None:
        owner, name = self._place(module, path)
        before = self._patched[module, path].pop()
        if before is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, before)

    def _place(self, module: str, path: str) -> tuple[Any, str]:
        owner: Any = __import__(module, fromlist=["_"])
        *way, name = path.split(".")
        for part in way:
            owner = getattr(owner, part)
        return owner, name


class Author:
    """The author's side: lets the candidate's use what it was handed, and no more."""

    def __init__(self, streams: dict[str, Any]) -> None:
        self.peer: Any = None
        self._loops = coroutines.Loops()
        self._streams = streams
        self._serving = 0

    def join(self, peer: Any) -> None:
        """Takes the peer through which it is asked."""
        self.peer = peer
        awaited = coroutines.Awaited(self._loops)
        self._operations = {
            "get": self._get,
            "set": self._set,
            "del": self._del,
            "part": self._part,
            "begin": awaited.begin,
            "ended": awaited.ended,
            "drop": awaited.drop,
            "call": lambda thing, args, kwargs=_UNNAMED: thing(*args, **kwargs),
            "invoke": lambda thing, name, args, kwargs=_UNNAMED: self._get(thing, name)(
                *args, **kwargs
            ),
            "op": self._op,
            "item": lambda thing, key: thing[key],
            "signature": _signature,
            **_steps(self._loops.run, peer),
            **self._streams,
        }
        del self._operations["hold"]

    def serve(self, operation: str, arguments: list[Any]) -> Any:
        """Does what is asked, if it may be."""
        function = self._operations.get(operation)
        if function is None:
            raise TypeError("not an operation")
        self._serving += 1
        try:
            return function(*arguments)
        finally:
            self._serving -= 1

    def _get(self, thing: Any, name: str) -> Any:
        if type(name) is not str or not _may_read(thing, name):
            raise AttributeError(f"{type(thing).__name__!r} object has no attribute {name!r}")
        value = getattr(thing, name)
        if name in _ASKED_BY_STATEMENTS and _is_database(thing):
            return self._heard(value, name)
        return value

    def _heard(self, method: Any, name: str) -> Any:
        """Has a failure of the tests be heard in a function that a method of a database is given.

        What would tell the candidate of a test's own statements is asked in its own only.
        """
        otherwise = _OTHERWISE.get(name)

        def held(given: Any) -> Any:
            if not callable(given):
                return given
            loud = self._loud(given)

            def ask(*about: Any) -> Any:
                if otherwise and not self._serving:
                    return otherwise(*about)
                made = loud(*about)
                if name not in ("create_aggregate", "create_window_function"):
                    return made
                parts = ((part, getattr(made, part, None)) for part in _AGGREGATES)
                return types.SimpleNamespace(**{n: self._loud(v) for n, v in parts if v})

            return ask

        def call(*args: Any, **kwargs: Any) -> Any:
            return method(*map(held, args), **{key: held(kwargs[key]) for key in kwargs})

        return call

    def _loud(self, function: Any) -> Any:
        """Has a failure of the tests be noted, which SQLite would keep to itself."""

        def ask(*about: Any) -> Any:
            try:
                return function(*about)
            except BaseException as exc:
                if not self.peer.proxies.came(exc):
                    self.peer.proxies.word.told(exc)
                raise

        return ask

    def _set(self, thing: Any, name: str, value: Any) -> None:
        self._writable(thing, name)
        self._note(thing, name)
        if name in _IS_READ and self.peer.proxies.number(value) is not None:
            value = self._sifted(value, name) if _is_database(thing) else value
        setattr(thing, name, value)

    def _sifted(self, factory: Any, name: str) -> Any:
        """Has a factory of the candidate's give a statement of the tests' what was read.

        It may give that another shape, as a dict by its columns' names, and no other content.
        """

        def make(*about: Any) -> Any:
            made = factory(*about)
            if not self._serving and not _IS_READ[name](self.peer.proxies.word.plain(made), *about):
                raise library.Refusal(f"a {name} of the program's that says what was not read")
            return made

        return make

    def _del(self, thing: Any, name: str) -> None:
        self._writable(thing, name)
        self._note(thing, name)
        delattr(thing, name)

    def _note(self, thing: Any, name: str) -> None:
        """Remembers how an attribute was, where what is done to it must stay unseen."""
        before = getattr(thing, name, _ABSENT) if self.peer.hiding else _ABSENT
        if before is not _ABSENT:
            self.peer.undo.append(lambda: setattr(thing, name, before))

    def _part(self, thing: Any, verb: str, name: str = "", value: Any = None) -> Any:
        """Reads or writes what an object holds itself, as a descriptor of its class does."""
        parts = vars(thing)
        if isinstance(thing, types.ModuleType | type) or _is_mock(thing):
            raise AttributeError("__dict__")
        if verb == "names":
            return [part for part in parts if _may_read(thing, part)]
        if type(name) is not str or not _may_read(thing, name):
            raise KeyError(name)
        if verb == "get":
            return parts[name]
        self._writable(thing, name)
        if self.peer.hiding:
            before = dict(parts)
            self.peer.undo.append(lambda: (parts.clear(), parts.update(before)))
        if verb == "set":
            parts[name] = value
        else:
            del parts[name]
        return None

    def _writable(self, thing: Any, name: str) -> None:
        import unittest

        own = not isinstance(thing, type | types.FunctionType | unittest.TestCase | BaseException)
        if _is_database(thing) and type(name) is str:
            own = own and not callable(getattr(type(thing), name, None))  # no method, as in C
        if not own or type(name) is not str or not _may_read(thing, name):
            raise AttributeError(f"attribute {name!r} cannot be set")

    def _op(self, thing: Any, name: str, args: Any) -> Any:
        if name not in OPERATIONS or isinstance(thing, _CLOSED):
            raise TypeError("not an operation")
        if _is_mock(thing):
            return getattr(thing, name)(*args)
        return getattr(type(thing), name)(thing, *args)


def _may_read(thing: Any, name: str) -> bool:
    """Whether a name of an author's object leads to nothing but what it is for."""
    import unittest

    if name.startswith("__"):
        return name in ("__name__", "__doc__") and not isinstance(thing, types.ModuleType)
    if isinstance(thing, _CLOSED) and not (
        isinstance(thing, types.GeneratorType) and name == "close"
    ):
        return False
    if isinstance(thing, types.FunctionType):
        return name in vars(thing)
    if isinstance(thing, unittest.TestCase | type) and name.startswith("_"):
        return False
    return not (_is_mock(thing) and name.startswith(_VERDICTS))


def _is_database(thing: Any) -> bool:
    """Whether an object is one of a database, whatever the tests have patched."""
    return any(kind.__module__ == "sqlite3" for kind in type(thing).__mro__)


def _is_row(made: Any, cursor: Any, row: Any) -> bool:
    """Whether a value holds what a row does: as a dict, in order, or its first column alone."""
    if isinstance(made, dict):
        names = [column[0] for column in cursor.description]
        held = dict(zip(names, row, strict=True))
        return all(name in held and _same(value, held[name]) for name, value in made.items())
    if isinstance(made, list | tuple):
        return len(made) == len(row) and all(map(_same, made, row))
    return _same(made, row[0])


def _is_text(made: Any, data: bytes) -> bool:
    """Whether a value is a text that bytes may stand for, or they themselves."""
    texts = [data.decode("utf-8", how) for how in ("ignore", "replace")] + [data.decode("latin-1")]
    return type(made) in (str, bytes) and made in [data, *texts]


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and (one == other or (one != one and other != other))


# Of what makes something of each row, and of each text: whether it has made that of it.
_IS_READ = {"row_factory": _is_row, "text_factory": _is_text}


def _is_mock(thing: Any) -> bool:
    mock = sys.modules.get("unittest.mock")
    return mock is not None and isinstance(thing, mock.NonCallableMock)


def _signature(thing: Any) -> list[Any]:
    import inspect

    plain = (bool, int, float, str, bytes, tuple, type(None))
    return [
        (p.name, int(p.kind), p.default is not p.empty,
         p.default if type(p.default) in plain else None)
        for p in inspect.signature(thing).parameters.values()
    ]  # fmt: skip
