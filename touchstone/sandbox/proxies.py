"""What stands in one cage for the objects of the other: classes, their instances, exceptions.

A class of the other side is mirrored by a real class here, so that ``isinstance``, ``except``,
``super()`` and subclasses work; an instance is one of its mirror, and every question to it is asked
where it lives. Generators, coroutines and exceptions are real ones, filled from afar.
"""

from __future__ import annotations

import abc
import enum
import sys
import types
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import _touchstone_codec as codec  # type: ignore[import-not-found]
import _touchstone_library as library  # type: ignore[import-not-found]
import _touchstone_mirrors as mirrors  # type: ignore[import-not-found]
from _touchstone_mirrors import NUMBER, OPERATIONS  # type: ignore[import-not-found]
from _touchstone_word import FACES, Word  # type: ignore[import-not-found]

_STEPS = {types.GeneratorType: "generator", types.CoroutineType: "coroutine"}
_STEPS[types.AsyncGeneratorType] = "async_generator"
_CALLABLE = {types.FunctionType: "function", types.MethodType: "method"}
_CALLABLE[types.BuiltinFunctionType] = "builtin_function_or_method"
_NO_FACES = {"Generic", "object"}  # nobody asks for an instance of them
_TYPES = {name: kind for kind, name in _CALLABLE.items()}


class Proxies:
    """The stand-ins of one side.

    Attributes:
        word: What the tests make of what an object says.
        meta: The class of the mirrors.
        classes: The mirrors, by number.
        is_stepping: Whether a task of this side takes a step for the other, whose loop goes on.
        originals: What a mirrored class held when it crossed, by its number and name.
    """

    def __init__(self, peer: Any) -> None:
        self.peer = peer
        self.word = Word(self)
        self._theirs: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._steps: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self.classes: dict[int, type] = {}
        self._errors: dict[int, BaseException] = {}
        self._sent: set[int] = set()
        self._methods: dict[tuple[int, int], int] = {}
        self.originals: dict[tuple[int, str], Any] = {}
        self.is_stepping: Callable[[], bool] = lambda: False
        self.meta = mirrors.metaclass(self)
        self.root: Any = type.__new__(self.meta, "Object", (), mirrors.root(self))
        self.function: Any = type.__new__(
            self.meta, "Function", (self.root,), mirrors.function(self)
        )

    # --- out

    def number(self, value: Any) -> int | None:
        """Returns the other side's number of a stand-in, ``None`` for anything else."""
        kind = type(value)
        if type(kind) is self.meta:
            return object.__getattribute__(value, NUMBER)
        if kind is mirrors.Theirs:
            return value.number
        if kind is self.meta:
            return type.__getattribute__(value, "__dict__").get(NUMBER)
        if kind in _STEPS:
            return self._steps.get(value)
        return None

    def pack(self, value: Any) -> Any:
        """Returns how an object of this side that has no plain form crosses."""
        kind = type(value)
        if kind is types.TracebackType:
            return None
        if kind is types.FunctionType and (member := vars(value).get("_touchstone_member")):
            return ["o", *member]
        number = self.peer.hold(value)
        if kind in _STEPS:
            return ["h", number, _STEPS[kind]]
        if kind in _CALLABLE:
            about = ["h", number, _CALLABLE[kind], str(getattr(value, "__name__", ""))[:200]]
            if kind is types.MethodType:  # made anew whenever it is asked for, and equal
                which = id(value.__self__), id(value.__func__)
                about.append(self._methods.setdefault(which, number))
            return about
        if isinstance(value, type):
            return self._pack_class(value, number)
        if isinstance(value, BaseException):
            return self.pack_exception(value)
        return ["h", number, self._pack_class(kind, self.peer.hold(kind))]

    def _pack_class(self, kind: type, number: int) -> Any:
        if number in self._sent:
            return ["K", number]
        self._sent.add(number)
        bases = [base for base in kind.__bases__ if self._is_mirrored(base)]
        seen = {c for base in bases for c in base.__mro__}
        members: dict[str, str] = {}
        for owner in kind.__mro__:
            if owner is object or owner in seen:
                continue
            for name, value in list(vars(owner).items()):
                if name not in members and (shape := _shape(name, value)):
                    members[name] = shape
                    self.originals[number, name] = value
        if kind.__hash__ is None:
            members["__hash__"] = "f"
        if type(kind).__instancecheck__ is not type.__instancecheck__:
            members["__instancecheck__"] = "f"
        base_names = [self.peer.pack(base) for base in bases]
        own = self._is_mirrored(kind)
        shown = _shown(kind) if own else kind
        about = [kind.__name__, kind.__qualname__, str(kind.__module__), kind.__doc__]
        about = [str(part)[:2000] if part is not None else None for part in about]
        return [
            "K",
            number,
            *about,
            base_names,
            members,
            shown and [own, shown.__module__, shown.__qualname__],
            [[b.__module__, b.__qualname__] for b in kind.__mro__ if own and _is_abstract(b)],
        ]

    def _is_mirrored(self, base: type) -> bool:
        if issubclass(base, BaseException):
            return True
        return not library.is_shared(base.__module__)

    def pack_exception(self, error: BaseException) -> Any:
        """Returns how an exception crosses: as itself where it came from over there."""
        mirrored = type(type(error)) is self.meta
        number = self.number(error) if mirrored else vars(error).get(NUMBER)
        if number is not None:
            return ["y", number]
        arguments = [self._packed_or_text(part) for part in error.args]
        kind = self.peer.pack(type(error))
        cause = error.__cause__ if error.__cause__ is not error else None
        extra = {}
        if kind[0] == "c":
            told = (n for n in vars(error) if n[:1] != "_" or n == "__notes__")
            extra = {n: self._packed_or_text(vars(error)[n]) for n in told}
        return ["e", self.peer.hold(error), kind, arguments, _text(error), extra,
                cause and self.pack_exception(cause)]  # fmt: skip

    def _packed_or_text(self, value: Any) -> Any:
        try:
            return self.peer.pack(value)
        except ValueError as exc:
            return str(exc)

    # --- in

    def unpack(self, number: int, kind: Any, name: str = "", equal: int | None = None) -> Any:
        """Returns what stands for an object of the other side, always the same."""
        found = self._theirs.get(number)
        if found is not None:
            return found
        if type(number) is not int:
            raise codec.CodecError("no number")
        if kind in _STEPS.values():
            made = mirrors.MAKERS[kind](self.peer, number)
            self._steps[made] = number
        elif type(kind) is str:
            made = object.__new__(self.function)
            object.__setattr__(made, "_touchstone_kind", _TYPES.get(kind, types.FunctionType))
            object.__setattr__(made, "__name__", name)
            object.__setattr__(made, "_touchstone_equal", number if equal is None else equal)
            object.__setattr__(made, NUMBER, number)
        else:
            mirror = self.peer.unpack(kind)
            if type(mirror) is not self.meta:
                raise codec.CodecError("no class of theirs")
            made = object.__new__(mirror)
            object.__setattr__(made, NUMBER, number)
        self._theirs[number] = made
        return made

    def unpack_class(self, number: int, *about: Any) -> type:
        """Returns the mirror of a class of the other side."""
        if number in self.classes:
            return self.classes[number]
        name, qualname, module, doc, bases, members, face, abstract = about
        found = [self.peer.unpack(base) for base in bases]
        real = [b for b in found if type(b) is self.meta or issubclass(b, BaseException)]
        if not any(type(base) is self.meta for base in real):
            real.insert(0, self.root)
        space: dict[str, Any] = {
            NUMBER: number, "__module__": str(module), "__qualname__": str(qualname),
            "__doc__": doc if type(doc) is str else None,
        }  # fmt: skip
        for member, shape in members.items():
            if (stub := self._stub(number, member, shape)) is not None:
                space[member] = stub
        if "__eq__" in space and "__hash__" not in space:
            space["__hash__"] = mirrors.operation(self, "__hash__")
        space["_touchstone_checks"] = "__instancecheck__" in members
        if face:
            space["_touchstone_face"] = self._face(str(name), str(module), *face)
        made = type.__new__(self.meta, str(name), tuple(dict.fromkeys(real)), space)
        self.classes[number] = made
        for home, path in abstract:
            if isinstance(base := self.peer.standard_class(home, path), abc.ABCMeta):
                base.register(made)
        return made

    def _face(self, name: str, module: str, own: bool, home: str, path: str) -> type | None:
        """Returns what instances of a mirror pass for where ``isinstance`` asks."""
        face = self.peer.standard_class(home, path)
        if face is None or not own or isinstance(face, enum.EnumMeta):
            return face
        try:
            return type(name, (face,), {"__module__": module})
        except TypeError:  # it takes no subclass
            return face

    def is_subclass(self, kind: Any, of: Any) -> bool:
        """Returns what ``issubclass`` says, of a mirror also by the class that it passes for."""
        face = mirrors.face_of(kind) if type(kind) is self.meta else None
        return issubclass(kind, of) or (face is not None and issubclass(face, of))

    def _stub(self, number: int, member: str, shape: str) -> Any:
        if type(member) is not str or member.startswith("_touchstone"):
            return None
        if member in OPERATIONS:
            return mirrors.operation(self, member)
        if member == "__await__":
            return mirrors.awaited(self)
        if member.startswith("__") and member.endswith("__") and member != "__init__":
            return None
        if shape == "f":
            return mirrors.method(self, number, member)
        return None

    def adopt(self, kind: type, number: int) -> None:
        """Takes a class made here over there as well under its number."""
        self.classes[number] = kind

    def unpack_exception(
        self, number: int, kind: Any, arguments: Any, text: str, extra: Any, cause: Any
    ) -> Any:
        """Returns an exception of the same kind, arguments and cause."""
        if number in self._errors:
            return self._errors[number]
        mirror = self.peer.unpack(kind)
        if not (isinstance(mirror, type) and issubclass(mirror, BaseException)):
            raise codec.CodecError("no exception")
        args = tuple(map(self.peer.unpack, arguments))
        if type(mirror) is self.meta:
            made = mirror.__new__(mirror, *args)
            made.args = args
            object.__setattr__(made, "_touchstone_text", str(text))
        else:
            made = _like(mirror, args)
            for name, value in extra.items():
                vars(made)[str(name)] = self.peer.unpack(value)
        object.__setattr__(made, NUMBER, number)
        self._errors[number] = made  # of which no weak reference can be made
        if cause is not None:
            made.__cause__ = self.peer.unpack(cause)
        return made

    def came(self, error: BaseException) -> bool:
        """Whether an exception came from the other side."""
        return NUMBER in object.__getattribute__(error, "__dict__")

    def raised(self, packed: Any) -> BaseException:
        """Returns what to raise here for what was raised over there."""
        error = self.peer._load(packed)
        if not isinstance(error, BaseException):
            raise self.peer.broken("no exception")
        self.word.passed_on(error)
        unittest = sys.modules.get("unittest")
        skips = self.peer.author and unittest is not None and isinstance(error, unittest.SkipTest)
        if skips or isinstance(error, StopIteration | StopAsyncIteration | GeneratorExit):
            # It would end a test or a loop without a word; PEP 479 holds from afar too.
            return RuntimeError(f"the function raised {type(error).__name__}")
        return error


def _text(error: BaseException) -> str:
    try:
        return str.__str__(str(error))[:2000].encode("utf-8", "backslashreplace").decode()
    except BaseException:  # noqa: BLE001 - a hostile __str__
        return ""


def _shown(kind: type) -> type | None:
    """Returns what of Python's own classes an own one passes for: an enum, a value, or another."""
    shared = [base for base in kind.__mro__ if library.is_shared(base.__module__)]
    enums = [base for base in shared if isinstance(base, enum.EnumMeta)]
    others = [b for b in shared if not isinstance(b, abc.ABCMeta) and b.__name__ not in _NO_FACES]
    values = [face for face in FACES if issubclass(kind, face)]
    return next(iter([*enums, *values, *others]), None)


def _is_abstract(kind: type) -> bool:
    """Whether a class of Python's own is one that others may be registered with."""
    named = isinstance(kind, abc.ABCMeta) and kind.__name__ != "Protocol"
    return named and library.is_shared(kind.__module__)


def _shape(name: str, value: Any) -> str:
    """Returns ``f`` for what is called with its object, else nothing."""
    if name in ("__init__", "__await__") or name in OPERATIONS:
        return "f"
    return "f" if isinstance(value, types.FunctionType) else ""


def _like(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    try:
        made = kind(*args)
        if made.args == args:
            return made
    except Exception:  # noqa: BLE001, S110 - it takes other arguments than it keeps
        pass
    made = kind.__new__(kind)
    made.args = args
    return made
