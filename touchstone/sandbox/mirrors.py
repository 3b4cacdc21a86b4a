"""The classes that stand in one cage for those of the other: their metaclass, root and methods."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import _touchstone_foreign as foreign  # type: ignore[import-not-found]

NUMBER = "_touchstone_number"
_PATIENT = 20  # turns of the loop before one that waits is given time
# What Python asks of an object through its class.
_ASKED = (
    "abs add aenter aexit aiter and anext bool bytes call ceil complex contains delete delitem "
    "divmod enter eq exit float floor floordiv format fspath ge get getitem gt hash iadd iand "
    "ifloordiv ilshift imatmul imod imul index int invert ior ipow irshift isub iter itruediv "
    "ixor le len length_hint lshift lt matmul missing mod mul ne neg next or pos pow radd rand "
    "rdivmod repr reversed rfloordiv rlshift rmatmul rmod rmul ror round rpow rrshift rshift rsub "
    "rtruediv rxor set set_name setitem str sub truediv trunc xor"
)
OPERATIONS = frozenset(f"__{name}__" for name in _ASKED.split())
# What Python sets on an exception that passes.
_OF_EXCEPTIONS = {"__traceback__", "__context__", "args", "__cause__", "__suppress_context__"}
_COMPARISONS = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"}


def face_of(kind: type) -> type | None:
    """Returns what a mirror's instances pass for, ``None`` for themselves."""
    for owner in type.__getattribute__(kind, "__mro__"):
        face = vars(owner).get("_touchstone_face")
        if face is not None:
            return face
    return None


def _wrapped(value: Any) -> tuple[str, Any]:
    """Returns what a class body holds, its descriptors taken apart."""
    if isinstance(value, property):
        return "property", (value.fget, value.fset, value.fdel)
    if isinstance(value, staticmethod | classmethod):
        return type(value).__name__, value.__func__
    return "function" if isinstance(value, types.FunctionType) else "", value


def dir_of(kind: type) -> set[str]:
    """Returns the names of the methods that a mirror has."""
    return {name for owner in type.__getattribute__(kind, "__mro__") for name in vars(owner)}


def metaclass(proxies: Any) -> Any:  # noqa: C901 - one for each question
    """Returns the class of the mirrors: what is asked of a class is asked where it lives."""
    ask = proxies.peer.ask

    class Meta(type):
        def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
            kept = {k: v for k, v in space.items() if k in ("__classcell__", "__qualname__")}
            kept |= {"__module__": space.get("__module__"), "_touchstone_authored": True}
            made = type.__new__(cls, name, bases, kept)
            body = {k: _wrapped(v) for k, v in space.items() if k != "__classcell__"}
            number = ask("subclass", name, bases, body)
            type.__setattr__(made, NUMBER, number)
            for key, value in space.items():
                if key in OPERATIONS:
                    type.__setattr__(made, key, operation(proxies, key))
                elif isinstance(value, types.FunctionType) and not key.startswith("__"):
                    type.__setattr__(made, key, method(proxies, number, key))
            proxies.adopt(made, number)
            proxies.word.mark(made)
            return made

        def __init__(cls, *_args: Any, **_kwargs: Any) -> None:
            pass

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return proxies.word.made(
                proxies.peer.call("call", cls, args, kwargs=kwargs), cls, args, kwargs
            )

        def __getattr__(cls, name: str) -> Any:
            if name.startswith("_touchstone"):
                raise AttributeError(name)
            return proxies.word.mark(ask("get", cls, name))

        def __setattr__(cls, name: str, value: Any) -> None:
            ask("set", cls, name, value)
            if name in vars(cls):
                type.__setattr__(cls, name, value)

        def __delattr__(cls, name: str) -> None:
            ask("del", cls, name)

        def __dir__(cls) -> Any:
            return ask("dir", cls)

        def __instancecheck__(cls, thing: Any) -> bool:
            own = type.__instancecheck__(cls, thing)
            if own or not proxies.peer.author or not vars(cls).get("_touchstone_checks"):
                return own
            # A protocol, or a class that others are registered with.
            plain = type(thing).__module__ == "builtins" and type(thing) is not types.FunctionType
            return ask("is", type(thing) if plain else thing, cls, plain) is True

        def __subclasscheck__(cls, kind: Any) -> bool:
            own = type.__subclasscheck__(cls, kind)
            if own or not proxies.peer.author or not vars(cls).get("_touchstone_checks"):
                return own
            return ask("is", kind, cls, True) is True

        @property
        def __annotations__(cls) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
            return ask("get", cls, "__annotations__") if proxies.peer.author else {}

        def __bool__(cls) -> bool:
            return True

        def __iter__(cls) -> Any:
            return ask("op", cls, "__iter__", ())

        def __len__(cls) -> Any:
            return ask("op", cls, "__len__", ())

        def __getitem__(cls, key: Any) -> Any:
            return ask("item", cls, key)

        def __contains__(cls, item: Any) -> Any:
            return ask("op", cls, "__contains__", (item,))

    return Meta


def root(proxies: Any) -> dict[str, Any]:
    """Returns the body of the class of all stand-ins."""
    ask = proxies.peer.ask

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807
        if name.startswith("_touchstone"):
            raise AttributeError(name)
        return ask("get", self, name)

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        if isinstance(self, BaseException) and name in _OF_EXCEPTIONS:
            object.__setattr__(self, name, value)
            return
        ask("set", self, name, value)
        if name in dir_of(type(self)):
            # The mirror has a method of that name, which this hides.
            object.__setattr__(self, name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        ask("del", self, name)
        if name in dir_of(type(self)):
            with contextlib.suppress(AttributeError):
                object.__delattr__(self, name)

    def __str__(self: Any) -> Any:  # noqa: N807
        if isinstance(self, BaseException):
            return getattr(self, "_touchstone_text")  # noqa: B009 - a plain attribute of ours
        return ask("op", self, "__str__", ())

    def shown(self: Any) -> Any:
        face = face_of(type(self))
        return face if face is not None else type(self)

    return {
        "__module__": "builtins",
        NUMBER: None,
        "__getattr__": __getattr__,
        "__setattr__": __setattr__,
        "__delattr__": __delattr__,
        "__str__": __str__,
        "__repr__": lambda self: ask("op", self, "__repr__", ()),
        "__format__": lambda self, spec: ask("op", self, "__format__", (spec,)),
        "__dir__": lambda self: ask("dir", self),
        "__copy__": lambda self: ask("copy", self, False),
        "__deepcopy__": lambda self, _memo: ask("copy", self, True),
        "__reduce_ex__": lambda self, protocol: foreign.reduced(proxies, self, protocol),
        "__dict__": property(lambda self: _parts(proxies, self)),
        "__class__": property(shown),
    }


def _parts(proxies: Any, thing: Any) -> Any:
    if proxies.peer.author:
        return proxies.peer.ask("get", thing, "__dict__")
    return Parts(proxies.peer.ask, thing)


class Parts(MutableMapping[str, Any]):
    """What an object of the tests' has in its ``__dict__``, past what its class makes of names."""

    def __init__(self, ask: Callable[..., Any], thing: Any) -> None:
        self._ask, self._thing = ask, thing

    def __getitem__(self, name: str) -> Any:
        """Returns what is held by a name."""
        return self._ask("part", self._thing, "get", name)

    def __setitem__(self, name: str, value: Any) -> None:
        """Holds a value by a name."""
        self._ask("part", self._thing, "set", name, value)

    def __delitem__(self, name: str) -> None:
        """Lets go of a name."""
        self._ask("part", self._thing, "del", name)

    def __iter__(self) -> Iterator[str]:
        """Yields the names that may be read."""
        return iter(self._ask("part", self._thing, "names"))

    def __len__(self) -> int:
        """Returns how many these are."""
        return len(self._ask("part", self._thing, "names"))


def function(proxies: Any) -> dict[str, Any]:
    """Returns the body of the class of what stands for functions."""
    ask = proxies.peer.ask

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        return proxies.peer.call("call", self, args, kwargs=kwargs)

    def __get__(self: Any, thing: Any, _owner: Any = None) -> Any:  # noqa: N807
        if thing is None or self._touchstone_kind is not types.FunctionType:
            return self
        return types.MethodType(self, thing)

    def signature(self: Any) -> Any:
        import inspect

        found = [
            inspect.Parameter(name, inspect._ParameterKind(kind), **({"default": d} if has else {}))
            for name, kind, has, d in ask("signature", self)
        ]
        return inspect.Signature(found)

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        alike = type(other) is type(self) and self._touchstone_equal == other._touchstone_equal
        return alike or NotImplemented

    return {
        "__module__": "builtins",
        NUMBER: None,
        "__call__": __call__,
        "__get__": __get__,
        "__eq__": __eq__,
        "__hash__": lambda self: hash(self._touchstone_equal),
        "__doc__": property(lambda self: ask("get", self, "__doc__")),
        "__signature__": property(signature),
        "__class__": property(lambda self: self._touchstone_kind),
    }


def method(proxies: Any, number: int, name: str) -> Any:
    """Returns what stands for a method in the mirror of its class."""
    call = proxies.peer.call

    def stub(self: Any, *args: Any, **kwargs: Any) -> Any:
        if vars(type(self)).get("_touchstone_authored"):
            return call("super", proxies.classes[number], name, self, args, kwargs=kwargs)
        if args:
            proxies.word.changed(self)
        return call("invoke", self, name, args, kwargs=kwargs)

    stub.__name__ = stub.__qualname__ = name
    vars(stub)["_touchstone_member"] = (number, name)
    return stub


def operation(proxies: Any, name: str) -> Any:
    """Returns what stands for an operation in the mirror of a class."""
    if name in _COMPARISONS:

        def compare(self: Any, other: Any) -> Any:
            return proxies.word.compare(self, name, other)

        return compare
    if name in _OF_THEIR_OWN:
        return _OF_THEIR_OWN[name](proxies)

    def operate(self: Any, *args: Any) -> Any:
        return proxies.word.operate(self, name, args)

    return operate


def _next(proxies: Any) -> Any:
    def __next__(self: Any) -> Any:  # noqa: N807
        more, value = proxies.peer.ask("next", self)
        if more is not True:
            raise StopIteration(value)
        return value

    return __next__


def _call(proxies: Any) -> Any:
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        return proxies.peer.call("call", self, args, kwargs=kwargs)

    return __call__


def _exit(proxies: Any) -> Any:
    def __exit__(self: Any, kind: Any, error: Any, trace: Any) -> Any:  # noqa: N807
        result = bool(proxies.word.operate(self, "__exit__", (kind, error, trace)))
        if error is not None:
            proxies.word.left(error, trace, result)
        return result

    return __exit__


def _aexit(proxies: Any) -> Any:
    async def __aexit__(self: Any, kind: Any, error: Any, trace: Any) -> Any:  # noqa: N807
        result = bool(await proxies.word.operate(self, "__aexit__", (kind, error, trace)))
        if error is not None:
            proxies.word.left(error, trace, result)
        return result

    return __aexit__


_OF_THEIR_OWN = {"__next__": _next, "__call__": _call, "__exit__": _exit, "__aexit__": _aexit}


def awaited(proxies: Any) -> Any:
    """Returns what stands for ``__await__`` in the mirror of a class."""

    def __await__(self: Any) -> Any:  # noqa: N807
        return proxies.peer.ask("await", self)
        yield

    return __await__


def _generator(peer: Any, number: int) -> Any:
    def steps() -> Any:
        sent, failure = None, None
        while True:
            more, value = peer.ask("send", Theirs(number), sent, failure)
            if more is not True:
                return value
            try:
                sent, failure = (yield value), None
            except GeneratorExit:
                peer.ask("invoke", Theirs(number), "close", ())
                raise
            except BaseException as exc:  # noqa: BLE001 - thrown into the generator
                sent, failure = None, exc

    return steps()


def _coroutine(peer: Any, number: int) -> Any:
    async def result() -> Any:
        return await (_together if peer.author else _over_there)(peer, Theirs(number))

    return result()


async def _over_there(peer: Any, theirs: Any) -> Any:
    """Awaits what lives in the tests' cage; lets what lives here, and their loop, go on."""
    import asyncio

    if not peer.proxies.is_stepping():  # nobody lets theirs go on
        return peer.ask("await", theirs)
    ended, told = peer.ask("begin", theirs)
    turn = 0
    while ended is not True:
        turn += 1
        try:
            await asyncio.sleep(0.0 if turn < _PATIENT else 0.001)
        except BaseException:
            peer.ask("drop", told)
            raise
        ended, told = peer.ask("ended", told)
    return told


async def _together(peer: Any, theirs: Any) -> Any:
    """Awaits what lives in the other cage, and lets what lives here go on meanwhile."""
    import asyncio

    ended, *told = peer.ask("start", theirs)
    turn = 0
    while ended is not True:
        number, due = told
        turn += 1
        idle = 0.0 if turn < _PATIENT else 0.001
        try:
            await asyncio.sleep(min(max(due, idle), 0.01) if type(due) is float else idle)
        except BaseException:
            peer.ask("cancel", number)
            raise
        ended, *told = peer.ask("advance", number)
    return told[0]


def _async_generator(peer: Any, number: int) -> Any:
    async def steps() -> Any:
        while True:
            more, value = peer.ask("anext", Theirs(number))
            if more is not True:
                return
            yield value

    return steps()


class Theirs:
    """A number of the other side's, without a stand-in of its own."""

    def __init__(self, number: int) -> None:
        self.number = number


MAKERS = {
    "generator": _generator,
    "coroutine": _coroutine,
    "async_generator": _async_generator,
}
