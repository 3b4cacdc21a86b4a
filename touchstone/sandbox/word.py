"""What the word of an object of the candidate's is worth to the tests.

An object that the candidate made answers comparisons itself, as in one process. Against a plain
value of the tests' own only objects of classes that the tests name may speak, and who says yes to
the right operand is asked about wrong ones as well, in an order that cannot be guessed.
"""

from __future__ import annotations

import enum
import operator
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import _touchstone_codec as codec  # type: ignore[import-not-found]
from _touchstone_mirrors import face_of  # type: ignore[import-not-found]

_COMPARE = {f"__{name}__": getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")}
_REVERSED = {"__lt__": "__gt__", "__le__": "__gt__", "__gt__": "__lt__", "__ge__": "__lt__"}
_STRICT = {"__lt__", "__gt__"}
_ARITHMETIC = "add and floordiv lshift mod mul or pow rshift sub truediv xor matmul divmod"
_BINARY = frozenset(f"__{side}{name}__" for name in _ARITHMETIC.split() for side in ("", "r"))
# Moving the operand moves the result: whoever gives the same for both has not looked at it.
_INJECTIVE = {"__sub__", "__rsub__", "__add__", "__radd__", "__xor__", "__rxor__"}
# What may change an object that it is asked of, or is given.
_CHANGES = "setitem delitem call next enter exit iadd isub imul iand ior ixor imatmul"
_USES = {"invoke", "super", "call", "set", "del", *(f"__{n}__" for n in _CHANGES.split())}
_TWINS = 3
_PLAIN = (
    bool, int, float, complex, str, bytes, type(None), list, tuple, dict, set, frozenset, range,
)  # fmt: skip
FACES = (str, bytes, int, float, complex, list, tuple, dict, set, frozenset)


class Word:
    """Asks the other side's objects, and weighs what they say.

    Args:
        proxies: What stands for them here.

    Attributes:
        named: Classes that the tests name.
        decided: Comparisons that an object of the other side has decided.
        failure: A failure of the tests that the other side has been told of, and has not passed on.
        skips: Whether an exception, by its trace, has left assertions unmade.
        salt: What the order of questions depends on; the other side does not have it.
    """

    def __init__(self, proxies: Any) -> None:
        self.peer = proxies.peer
        self._proxies = proxies
        self.named: set[type] = set()
        self.decided = 0
        self.salt = ""
        self.failure: BaseException | None = None
        self.skips: Callable[[Any], bool] = lambda trace: False  # noqa: ARG005
        self._turn = 0
        self._made: dict[int, tuple[Any, ...]] = {}  # by number: how it was made
        self._used: set[int] = set()  # those of them that have since been given to a call
        self._empty: dict[int, Any] = {}  # by number: the class of what was made of nothing
        self._filled: set[int] = set()  # those of them that have since been given something

    def told(self, error: BaseException) -> None:
        """Notes that the other side is told of an exception, which ends what it has called."""
        if self.peer.author and isinstance(error, AssertionError):
            self.failure = self.failure or error

    def passed_on(self, error: BaseException) -> None:
        """Notes that an exception has come back, or goes on."""
        if error is self.failure:
            self.failure = None

    def left(self, error: BaseException, trace: Any, swallowed: Any) -> None:
        """Notes what a context manager of the other side did with an exception."""
        if not swallowed:
            self.passed_on(error)
        elif self.peer.author and (isinstance(error, AssertionError) or self.skips(trace)):
            self.failure = self.failure or error

    def mark(self, value: Any) -> Any:
        """Notes a class that the tests name, and returns it."""
        if type(value) is self._proxies.meta:
            self.named.update(k for k in value.__mro__ if type(k) is self._proxies.meta)
        return value

    def made(self, thing: Any, kind: Any, args: Any, kwargs: Any) -> Any:
        """Notes how an object was made, where that was from plain values."""
        if type(type(thing)) is self._proxies.meta:
            number = self._proxies.number(thing) or 0
            self._filled.discard(number)
            self._used.discard(number)
            if args or kwargs:
                self._made[number] = (kind, args, kwargs)
            else:
                self._empty[number] = kind
        return thing

    def used(self, operation: str, arguments: tuple[Any, ...]) -> None:
        """Notes the objects to which something may have been done since they were made."""
        name = arguments[1] if operation == "op" else ""
        if operation not in _USES and name not in _USES:
            return
        for part in arguments:
            for thing in part if type(part) is tuple else (part,):
                if type(type(thing)) is self._proxies.meta:
                    self._used.add(self._proxies.number(thing) or 0)

    def changed(self, thing: Any) -> None:
        """Notes that an object was given something after it was made."""
        number = self._proxies.number(thing) or 0
        if number in self._empty:
            self._filled.add(number)

    def compare(self, thing: Any, name: str, other: Any) -> Any:
        """Answers a comparison that an object of the other side takes part in."""
        ask = self.peer.ask
        if not self.peer.author:
            return ask("op", thing, name, (other,))
        if type(type(other)) is self._proxies.meta or type(other) is self._proxies.meta:
            return self._between(thing, name, other)
        if (plain := self.plain(thing)) is not thing:
            return _COMPARE[name](plain, other)
        if type(thing) not in self.named or not isinstance(other, _PLAIN):
            return NotImplemented
        if name in ("__eq__", "__ne__"):
            told = self._decoyed(thing, "__eq__", other)
            return told if name == "__eq__" or told is NotImplemented else not told
        return self._ordered(thing, name, other)

    def plain(self, thing: Any) -> Any:
        """Returns what an object of the other side holds where it passes for a plain value."""
        if type(type(thing)) is not self._proxies.meta:
            return thing
        face = vars(type(thing)).get("_touchstone_face") or face_of(type(thing))
        held = face is not None and face is not enum.Enum and issubclass(face, FACES)
        return _content_of(self.peer.ask("content", thing)) if held else thing

    def _between(self, thing: Any, name: str, other: Any) -> Any:
        """Compares two objects of the other side."""
        ask = self.peer.ask
        if name == "__eq__" and thing is not other:
            told = ask("op", thing, name, (other,))
            if told is not True and not _truthy(told):
                return told
            self.decided += 1
            return self._is_confirmed(thing, other)
        if name in _REVERSED:
            return self._ordered(thing, name, other)
        told = ask("op", thing, name, (other,))
        if name == "__ne__" and told is True:
            self.decided += 1
            return ask("op", thing, name, (thing,)) is not True
        return told

    def _ordered(self, thing: Any, name: str, other: Any) -> Any:
        told = self.peer.ask("op", thing, name, (other,))
        if told is not True:
            return told
        self.decided += 1
        if self._says_yes(thing, _REVERSED[name], other):
            return False
        is_object = type(type(other)) is self._proxies.meta
        return not is_object or name not in _STRICT or self._keeps_order(thing, name, other)

    def _decoyed(self, thing: Any, name: str, other: Any) -> Any:
        wrong = decoys(other)
        self._turn += 1
        place = zlib.crc32(f"{self.salt}{self._turn}".encode()) % (len(wrong) + 1)
        lies = sum(self._says_yes(thing, name, decoy) for decoy in wrong[:place])
        told = self.peer.ask("op", thing, name, (other,))
        if told is not True and not _truthy(told):
            return told
        self.decided += 1
        lies += sum(self._says_yes(thing, name, decoy) for decoy in wrong[place:])
        return lies == 0

    def _says_yes(self, thing: Any, name: str, other: Any) -> bool:
        try:
            return _truthy(self.peer.ask("op", thing, name, (other,)))
        except Exception:  # noqa: BLE001 - what it cannot compare with it does not equal
            return False

    def _is_confirmed(self, thing: Any, other: Any) -> bool:
        """Whether an object that equals one made by the tests equals its twins, and no other.

        Twins and objects made otherwise are all made anew, in an order that cannot be guessed: who
        goes by when an operand was made knows no more than who goes by chance.
        """
        made, word = (other, thing) if self._maker(other) else (thing, other)
        maker = self._maker(made)
        if maker is None:
            return not self._says_yes(thing, "__eq__", object())
        kind, args, kwargs = maker
        wrong = _otherwise([*args, *kwargs.values()])
        twins = _TWINS if wrong and self._is_unused(made) else 0
        among = [([*args, *kwargs.values()], True)] * twins + [(each, False) for each in wrong]
        self._shuffle(among)
        given = [(tuple(v[: len(args)]), dict(zip(kwargs, v[len(args) :], strict=True)))
                 for v, _right in among]  # fmt: skip
        told = self._told_of(word, "eq", kind, given)
        lies = sum(yes for yes, (_made, right) in zip(told, among, strict=True) if not right)
        # Two objects made otherwise may be equal by chance: fractions, angles.
        agree = all(yes for yes, (_made, right) in zip(told, among, strict=True) if right)
        return agree and lies <= int(len(wrong) > 2)

    def _keeps_order(self, thing: Any, name: str, other: Any) -> bool:
        """Whether who says to come before another says so of its twins, and of no twin the reverse.

        In an order that cannot be guessed.
        """
        questions = [(thing, other, True)] * _TWINS + [(other, thing, False)] * _TWINS
        self._shuffle(questions)
        for word, made, right in questions:
            maker = self._maker(made) if self._is_unused(made) else None
            if maker is None:
                continue
            kind, args, kwargs = maker
            (told,) = self._told_of(word, name.strip("_"), kind, [(args, kwargs)])
            if told is not right:
                return False
        return True

    def _maker(self, thing: Any) -> tuple[Any, ...] | None:
        return self._made.get(self._proxies.number(thing) or 0)

    def _is_unused(self, thing: Any) -> bool:
        return self._proxies.number(thing) not in self._used

    def _shuffle(self, things: list[Any]) -> None:
        self._turn += 1
        Random(f"{self.salt}{self._turn}").shuffle(things)  # noqa: S311

    def _told_of(self, word: Any, name: str, kind: Any, given: list[Any]) -> list[bool]:
        """Returns what an object says of others that are made of arguments."""
        told = self.peer.ask("among", word, name, kind, given)
        if type(told) is not list or len(told) != len(given):
            return [name == "eq"] * len(given)
        return [yes is True for yes in told]

    def operate(self, thing: Any, name: str, args: tuple[Any, ...]) -> Any:
        """Asks an object for what an operation gives."""
        ask = self.peer.ask
        if not self.peer.author:
            return ask("op", thing, name, args)
        if name in _BINARY and args and isinstance(args[0], _PLAIN):
            return self._computed(thing, name, args)
        told = ask("op", thing, name, args)
        if name == "__contains__" and told is True:
            self.decided += 1
            far, empty = _far(args[0]), self._emptied(thing)
            lied = far is not None and self._says_yes(thing, name, far)
            return not (lied or (empty is not None and self._says_yes(empty, name, args[0])))
        return told

    def _emptied(self, thing: Any) -> Any:
        """Returns what an object was before it was given anything, ``None`` where it was not."""
        number = self._proxies.number(thing) or 0
        return self.peer.ask("call", self._empty[number], ()) if number in self._filled else None

    def _computed(self, thing: Any, name: str, args: tuple[Any, ...]) -> Any:
        told = self.peer.ask("op", thing, name, args)
        if not isinstance(told, _PLAIN) or told is None:
            return told
        if type(thing) not in self.named and face_of(type(thing)) is None:
            return NotImplemented
        if name in _INJECTIVE:
            for decoy in decoys(args[0])[:1]:
                try:
                    if self.peer.ask("op", thing, name, (decoy,)) == told:
                        return NotImplemented
                except Exception:  # noqa: BLE001, S112 - it takes no other operand
                    continue
        return told


def _truthy(value: Any) -> bool:
    return value is True or (type(value) in (int, str) and bool(value))


def _content_of(value: Any) -> Any:
    if not isinstance(value, _PLAIN):
        raise codec.CodecError("no content")
    return value


def decoys(value: Any) -> list[Any]:
    """Returns values that could as well be meant, and are not: three, or those that there are."""
    match value:
        case bool():
            return [not value, None]
        case int():
            return [value + 1, value - 1, value + 2]
        case float():
            return [value + 1.0, value - 1.0, value * 2 + 0.5]
        case str() if len(value) > 1 and value[::-1] != value:
            return [value[::-1], value[1:], value[:-1]]
        case str():
            return [value + "a", value + value or "b", "c"]
        case bytes():
            return [value + b"a", value[::-1] if value[::-1] != value else b"b" + value]
        case list() | tuple():
            kind = type(value)
            return [kind([*value, *value[:1]]) if value else kind((0,)), kind((*value, 0)),
                    *([kind(value[:-1])] if value else [])]  # fmt: skip
        case dict():
            return [{**value, 0: 0, "x": 1}, dict(list(value.items())[1:]) if value else {1: 1}]
        case set() | frozenset():
            return [value | {0, "x", 7.5}, value ^ set(list(value)[:1]) if value else {1}]
        case None:
            return [0, False, ""]
    return [object()]


# By how much a number moves, and by how much more at each place: near it, for who says yes to
# all that is small or even, and in no one proportion, for who compares fractions.
_WAYS = ((1, 2), (-1, -1), (2, 5), (4, 3), (-4, -3), (3, 1), (-2, 7), (7, -3), (0, 0))


def _otherwise(values: list[Any]) -> list[list[Any]]:
    """Returns arguments that differ from these in every plain value, each once."""
    found: dict[str, list[Any]] = {}
    for way in range(len(_WAYS)):
        moved = [_moved(value, place, way) for place, value in enumerate(values)]
        changed = [new for new, old in zip(moved, values, strict=True) if new is not old]
        scalars = all(type(new) in (bool, int, float, str, bytes) for new in changed)
        if changed:
            found.setdefault(repr(changed) if scalars else str(way), moved)
    return list(found.values())


def _moved(value: Any, place: int, way: int) -> Any:
    near, more = _WAYS[way]
    match value:
        case bool():
            return not value
        case int() | float():
            return value + near + more * place if near else value * 2 + 3 + 5 * place
        case str():
            return f"{value}~" if way % 2 else f"~{value}"
        case bytes():
            return value + b"~"
        case list() | tuple() if value:
            moved = [_moved(item, place + n, way) for n, item in enumerate(value)]
            if any(new is not old for new, old in zip(moved, value, strict=True)):
                return type(value)(moved)
    return value


def _far(value: Any) -> Any:
    if isinstance(value, int | float):
        return -(10**18) - 9
    return f"{value}~" if isinstance(value, str) else None
