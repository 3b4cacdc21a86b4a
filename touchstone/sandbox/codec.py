"""How values travel: JSON in which every object is a tag, read back into exact builtin types.

Both sides of a cage use this file; the zygote runs it from source, so it imports nothing of
this package. The encoder meets hostile objects and never trusts their methods; the decoder
meets hostile text and never builds anything but bounded builtin values.

Format: None, bool, str, finite float, int below 2**53 and list are themselves. Everything else is
an object of one key: ``t`` tuple, ``s`` set, ``f`` frozenset, ``d`` dict as ``[key, value, ...]``,
``b`` bytes as hex, ``i`` int as hex, ``x`` nan or infinity, ``c`` complex as ``[real, imag]``,
``n`` a Decimal, Fraction, date, time or span as ``[type name, text]``, ``o`` an opaque value's
type name, ``g`` what an iterable yielded as ``[type name, [...]]``.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 150
MAX_ITEMS = 2_000_000
# Below 4300 decimal digits: Python refuses to print, and JSON to hold, a longer int.
MAX_INT_HEX = 3_500
SAFE_INT = 2**53
MAX_SAME_HASH = 200
# A Decimal of a few characters can stand for more digits than any memory holds.
MAX_EXPONENT = 1_000
MAX_TEXT = 5_000
_BIG = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_FLAT = {bool, str, type(None)}
# Ordered things that are no list or tuple but that a caller would loop over.
_ITERABLES = (
    range, map, filter, zip, enumerate, reversed, deque, type(x for x in ()),
    type({}.keys()), type({}.values()), type({}.items()),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """A value that has no plain form; equal to nothing but itself."""

    type_name: str


@dataclass(frozen=True, slots=True, eq=False)
class Iterated:
    """What a generator, iterator, range, deque or dict view gave when looped over.

    It is no list: whoever compares decides whether it may stand for one.

    Attributes:
        type_name: For example ``generator``.
        items: In order.
    """

    type_name: str
    items: list[Any]


class CodecError(ValueError):
    """Text that no encoder of ours would have written."""


class _TooBig(Exception):
    pass


class Encoder:
    """Turns values into encoded form, whatever their classes claim to be.

    Attributes:
        arrays: Classes with ``tolist`` (numpy's array and scalar), empty where not loaded.
    """

    def __init__(self, arrays: tuple[type, ...] = ()) -> None:
        self.arrays = arrays
        self._count = 0

    def encode(self, value: Any) -> Any:
        """Returns the encoded form; a value too deep or too large becomes opaque as a whole."""
        self._count = 0
        try:
            return self._encode(value, 0)
        except _TooBig as exc:
            return {"o": f"{type(value).__name__}, {exc}"}

    def _encode(self, value: Any, depth: int) -> Any:
        self._count += 1
        if self._count > MAX_ITEMS:
            raise _TooBig("too large to send")
        kind = type(value)
        if kind in _FLAT:
            return value
        # The type's own ancestry, not isinstance: __class__ can lie.
        for base in (kind,) if kind in _HANDLERS else type.mro(kind):
            handler = _HANDLERS.get(base)
            if handler is not None:
                return handler(self, value, depth + 1)
        if depth > MAX_DEPTH:
            raise _TooBig("nested too deeply to send")
        if issubclass(kind, self.arrays):
            return self._encode(kind.tolist(value), depth + 1)
        if f"{kind.__module__}.{kind.__name__}" in _NAMED:
            return {"n": [kind.__name__, _text_of(value)]}
        if kind.__name__.endswith("iterator") and kind.__module__ == "builtins":
            return self._iterated(value, depth + 1)
        if kind.__module__ == "itertools":
            return self._iterated(value, depth + 1)
        return {"o": str(kind.__name__)[:100]}

    def items(self, values: Iterator[Any], depth: int) -> list[Any]:
        """Encodes each of ``values``, one level deeper."""
        if depth > MAX_DEPTH:
            raise _TooBig("nested too deeply to send")
        return [self._encode(value, depth) for value in values]

    def _bool(self, value: Any, _depth: int) -> Any:
        return value

    def _int(self, value: int, _depth: int) -> Any:
        exact = int.__add__(value, 0)
        if -SAFE_INT < exact < SAFE_INT:
            return exact
        if exact.bit_length() > MAX_INT_HEX * 4:
            raise _TooBig("an int too large to send")
        return {"i": hex(exact)}

    def _float(self, value: float, _depth: int) -> Any:
        exact = float.__pos__(value)
        return exact if math.isfinite(exact) else {"x": repr(exact)}

    def _complex(self, value: complex, _depth: int) -> Any:
        exact = complex.__pos__(value)
        return {"c": [self._float(exact.real, 0), self._float(exact.imag, 0)]}

    def _str(self, value: str, _depth: int) -> Any:
        return str.__str__(value)

    def _bytes(self, value: bytes, _depth: int) -> Any:
        return {"b": bytes.hex(value)}

    def _bytearray(self, value: bytearray, _depth: int) -> Any:
        return {"b": bytearray.hex(value)}

    def _list(self, value: list[Any], depth: int) -> Any:
        return self.items(list.__iter__(value), depth)

    def _tuple(self, value: tuple[Any, ...], depth: int) -> Any:
        return {"t": self.items(tuple.__iter__(value), depth)}

    def _set(self, value: set[Any], depth: int) -> Any:
        return {"s": self.items(set.__iter__(value), depth)}

    def _frozenset(self, value: frozenset[Any], depth: int) -> Any:
        return {"f": self.items(frozenset.__iter__(value), depth)}

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        return {"d": self.items((x for pair in dict.items(value) for x in pair), depth)}

    def _opaque(self, value: Opaque, _depth: int) -> Any:
        return {"o": value.type_name}

    def _stand_in(self, value: Iterated, depth: int) -> Any:
        return {"g": [value.type_name, self.items(iter(value.items), depth)]}

    def _iterated(self, value: Any, depth: int) -> Any:
        return {"g": [type(value).__name__, self.items(iter(value), depth)]}


_HANDLERS: dict[type, Callable[[Encoder, Any, int], Any]] = {
    bool: Encoder._bool,
    int: Encoder._int,
    float: Encoder._float,
    complex: Encoder._complex,
    str: Encoder._str,
    bytes: Encoder._bytes,
    bytearray: Encoder._bytearray,
    list: Encoder._list,
    tuple: Encoder._tuple,
    set: Encoder._set,
    frozenset: Encoder._frozenset,
    dict: Encoder._dict,
    Opaque: Encoder._opaque,
    Iterated: Encoder._stand_in,
    **dict.fromkeys(_ITERABLES, Encoder._iterated),
}


# Values that tests compare with and functions return, though JSON has no form for them.
_NAMED = {"decimal.Decimal", "fractions.Fraction"} | {
    f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta")
}


def _text_of(value: Any) -> str:
    if type(value).__name__ == "timedelta":
        return f"{value.days} {value.seconds} {value.microseconds}"
    text = str(value) if type(value).__name__ in ("Decimal", "Fraction") else value.isoformat()
    if len(text) > MAX_TEXT:
        raise _TooBig("too large to send")
    return text


def _named(name: str, text: str) -> Any:
    """Returns the value that :func:`_text_of` wrote, of the exact type."""
    if len(text) > MAX_TEXT:
        raise CodecError("too large")
    if name == "Fraction":
        from fractions import Fraction

        over, _, under = text.partition("/")
        return Fraction(int(over), int(under or 1))
    if name == "Decimal":
        from decimal import Decimal

        number = Decimal(text)
        if number.is_finite() and abs(number.adjusted()) > MAX_EXPONENT:
            raise CodecError("too large")
        return number
    import datetime

    if name == "timedelta":
        days, seconds, microseconds = map(int, text.split(" "))
        return datetime.timedelta(days, seconds, microseconds)
    if name in ("date", "datetime", "time"):
        return getattr(datetime, name).fromisoformat(text)
    raise CodecError("unknown type")


class Decoder:
    """Reads encoded form back.

    Attributes:
        iterated: Makes what stands for an iterable, from its type's name and items.
    """

    def __init__(self, iterated: Callable[[str, list[Any]], Any] = Iterated) -> None:
        self.iterated = iterated

    def decode(self, encoded: Any, depth: int = 0) -> Any:
        """Returns the value.

        Raises:
            CodecError: Unknown tag, wrong payload, nested too deeply, or keys made to collide.
        """
        kind = type(encoded)
        if kind is not list and kind is not dict:
            return encoded
        if depth > MAX_DEPTH + 2:
            raise CodecError("nested too deeply")
        if kind is list:
            return self._items(encoded, depth)
        if len(encoded) != 1:
            raise CodecError("not a tag")
        ((tag, payload),) = encoded.items()
        try:
            return self._tagged(tag, payload, depth + 1)
        except CodecError:
            raise
        except (TypeError, KeyError, ValueError, ArithmeticError) as exc:
            raise CodecError(f"bad payload of {tag!r}") from exc

    def _items(self, encoded: list[Any], depth: int) -> list[Any]:
        decode, inner = self.decode, depth + 1
        return [
            decode(item, inner) if type(item) is list or type(item) is dict else item
            for item in encoded
        ]

    def _tagged(self, tag: str, payload: Any, depth: int) -> Any:
        if tag in ("t", "s", "f", "d"):
            items = self._items(_exact(payload, list), depth - 1)
            return tuple(items) if tag == "t" else _hashed(tag, items)
        if tag == "x":
            return _BIG[payload]
        if tag == "i":
            if len(_exact(payload, str)) > MAX_INT_HEX + 3:
                raise CodecError("int too large")
            return int(payload, 16)
        if tag == "b":
            return bytes.fromhex(_exact(payload, str))
        if tag == "c":
            real, imag = (self.decode(part, depth) for part in _exact(payload, list))
            return complex(_number(real), _number(imag))
        if tag == "n":
            name, text = _exact(payload, list)
            return _named(_exact(name, str), _exact(text, str))
        if tag == "o":
            return Opaque(_exact(payload, str)[:200])
        if tag == "g":
            name, items = _exact(payload, list)
            decoded = [self.decode(item, depth) for item in _exact(items, list)]
            return self.iterated(_exact(name, str)[:100], decoded)
        raise CodecError("unknown tag")


def refuse_collisions(keys: Collection[Any]) -> None:
    """Refuses keys chosen to share one hash: a table of them takes quadratic time to build.

    Raises:
        CodecError: More than a few hundred of the keys have the same hash.
    """
    if len(keys) <= MAX_SAME_HASH:
        return
    # Equal keys, as in a list of many zeros, cost nothing; a dict of hashes is safe to build.
    if max(Counter(map(hash, keys)).values()) > MAX_SAME_HASH:
        by_hash: defaultdict[int, list[Any]] = defaultdict(list)
        for key in keys:
            same = by_hash[hash(key)]
            if key not in same:
                same.append(key)
                if len(same) > MAX_SAME_HASH:
                    raise CodecError("keys made to collide")


def _hashed(tag: str, items: list[Any]) -> Any:
    keys = items[::2] if tag == "d" else items
    refuse_collisions(keys)
    if tag == "d":
        return dict(zip(keys, items[1::2], strict=True))
    return set(items) if tag == "s" else frozenset(items)


def _exact(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise CodecError(f"expected {kind.__name__}")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise CodecError("expected a number")
    return value


def dump(message: Any) -> bytes:
    """Returns an encoded message as bytes."""
    return _WRITER.encode(message).encode()


def load(data: bytes) -> list[Any]:
    """Returns the message in ``data``.

    Raises:
        CodecError: Not JSON, not a list with a string first, or beyond the parser's bounds.
    """
    try:
        message = _READER.decode(data.decode())
    except (ValueError, RecursionError, MemoryError) as exc:
        raise CodecError(f"not a message: {type(exc).__name__}") from exc
    if type(message) is not list or not message or type(message[0]) is not str:
        raise CodecError("not a message")
    return message


def _refuse_constant(name: str) -> Any:
    raise CodecError(f"{name} is not JSON")


# Made once: ``json.dumps`` and ``json.loads`` make one for each message.
_WRITER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_READER = json.JSONDecoder(parse_constant=_refuse_constant)
