"""Two cages joined: what one holds appears in the other as a value or as a handle.

Each side has a :class:`Peer`. The author's asks the candidate's to read an attribute, to call, to
add; while it does so the candidate's may ask back about what it was handed (a callback, a mock).
Plain values are copied. Lists, dicts, sets and their like are copied and kept alike: whoever
changed one says so with its next message, so that a list has one identity and one content on
both sides. Everything else stays where it is and crosses as a handle, see ``proxies.py``.

The author's side gives the verdicts and trusts nothing: whatever comes is a bounded value or a
handle, of an author's object it lets only public names be asked, and what a call did to the
author's own lists stays unseen where its answer is compared with them (``compared.py``).

Messages: ``["q", operation, arguments, rest]`` asks, ``["a", value, rest]`` and ``["x", exception,
rest]`` answer; ``rest`` is 0 or ``[changes, released, events]``. A value is itself or a list that
starts with a tag.
"""

from __future__ import annotations

import hashlib
import math
import operator
import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import _touchstone_codec as codec  # type: ignore[import-not-found]
import _touchstone_files as files  # type: ignore[import-not-found]
import _touchstone_frames as frames  # type: ignore[import-not-found]
import _touchstone_library as library  # type: ignore[import-not-found]

Error = codec.CodecError
MAX_HANDLES = 300_000
MAX_ITEMS = 3_000_000
MAX_ARRAY = 256_000_000  # bytes
_SAME = operator.is_
_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_SINGLE = {"...": ..., "no": NotImplemented}
_MUTABLE = (list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict)
_HOLDING = frozenset(_MUTABLE) - {bytearray} | {tuple}
_SCALARS = frozenset((int, str, float, bool, bytes, type(None)))
_KINDS = {kind.__name__: kind for kind in _MUTABLE}
# Classes and functions that the candidate's side may name on the author's: exceptions beside.
_NAMEABLE = {
    t.__name__: t
    for t in (
        bool, bytearray, bytes, complex, dict, enumerate, filter, float, frozenset, int, list, map,
        memoryview, object, range, reversed, set, slice, str, tuple, type, zip,
    )
}  # fmt: skip
_NAMED = frozenset((("sqlite3", "Row"),))  # and by their module: what makes rows
_MALFORMED = (
    TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
_OF_TESTS = {"unittest", "doctest", "bdb"}
_FLAT = {str, bool, type(None)}
_FUNCTIONS = (
    types.BuiltinFunctionType, types.FunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.ClassMethodDescriptorType,
)  # fmt: skip


class Broken(BaseException):
    """The other side said what no peer says; nothing of the kind ``Exception`` catches it."""


class Shared:
    """The containers that both sides hold, by number: ours even, theirs odd, or the reverse."""

    def __init__(self, first: int) -> None:
        self.things: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._seen: dict[int, Any] = {}
        self.newest = first
        self.ours = first
        self.released: list[int] = []

    def number(self, thing: Any) -> int | None:
        """Returns the number of a container, ``None`` for one that has none yet."""
        return self._numbers.get(id(thing))

    def add(self, thing: Any, number: int | None = None) -> int:
        """Takes in a container; what is in it is not yet known to the other side."""
        if number is None:
            number, self.newest = self.newest, self.newest + 2
        if len(self.things) >= MAX_HANDLES:
            raise Error("too many containers")
        self.things[number] = thing
        self._numbers[id(thing)] = number
        return number

    def told(self, number: int) -> None:
        """Remembers that both sides now agree on what a container holds."""
        self._seen[number] = _content(self.things[number])

    def drop(self, number: int) -> None:
        """Forgets a container."""
        thing = self.things.pop(number, None)
        self._seen.pop(number, None)
        if thing is not None:
            self._numbers.pop(id(thing), None)

    def changed(self) -> list[int]:
        """Returns the numbers of those that changed here; lets go of those that only we hold."""
        found: list[int] = []
        for number in list(self.things):
            if not _alike(_content(self.things[number]), self._seen.get(number)):
                found.append(number)
            # Held by this table, and by the argument of the count.
            elif sys.getrefcount(self.things[number]) <= 2:
                self.drop(number)
                self.released.append(number)
        return found


def _content(thing: Any) -> Any:
    if isinstance(thing, dict):
        return tuple(thing.keys()), tuple(thing.values())
    if _is_array(thing):
        digest = hashlib.blake2b(f"{thing.dtype.str}{thing.shape}".encode())
        digest.update(_bytes_of(thing))
        return digest.digest()
    return bytes(thing) if isinstance(thing, bytearray) else tuple(thing)


def _is_array(thing: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(thing) is numpy.ndarray


def _bytes_of(array: Any) -> Any:
    plain = array.flags.c_contiguous and array.dtype.kind not in "Mm"
    return array.data.cast("B") if plain and array.size else array.tobytes()


def _items_of(thing: Any) -> tuple[Any, list[Any]]:
    """Returns what a container was made with, and its items."""
    if isinstance(thing, bytearray):
        return bytes(thing), []
    if _is_array(thing):
        return thing.copy(), []
    first = getattr(thing, "maxlen", None) or getattr(thing, "default_factory", None)
    return first, list(thing.items()) if isinstance(thing, dict) else list(thing)


def _alike(one: Any, other: Any) -> bool:
    """Whether two contents are made of the same objects; asks none of them."""
    if type(one) is bytes or type(other) is bytes or other is None:
        return one == other
    if len(one) == 2 and type(one[0]) is type(one[1]) is tuple and len(other) == 2:
        pairs = zip(one, other, strict=True)
        if type(other[0]) is type(other[1]) is tuple:
            return all(len(a) == len(b) and all(map(_SAME, a, b)) for a, b in pairs)
    return len(one) == len(other) and all(map(_SAME, one, other))


class Peer:
    """One side of the two.

    Args:
        send: Sends a message.
        receive: Waits for the next one.
        serve: Does what the other side asks: ``(operation, arguments)`` to a result.
        author: This is the author's side, which gives the verdicts.

    Attributes:
        asked: Requests that this side has sent.
        turns: How often the other side was at work, but for steps on files.
        events: What was written here, to be said with the next message: ``[kind, ...]``.
        on_event: Takes what was written on the other side.
        before: Called before each request.
        hiding: How many calls are under way whose changes stay unseen.
        hidden: Containers of the author's of which no change is seen, by identity.
        undo: What takes back what such calls set of the author's objects.
        breach: How the other side broke the protocol, empty while it has not.
        proxies: Stand-ins for the other side's objects.
    """

    def __init__(
        self,
        send: Callable[[Any], None],
        receive: Callable[[], Any],
        serve: Callable[[str, list[Any]], Any],
        *,
        author: bool,
    ) -> None:
        self.author = author
        self._send = send
        self._receive = receive
        self._serve = serve
        self.asked = 0
        self.turns = 0
        self.events: list[list[Any]] = []
        self.on_event: Callable[[list[Any]], None] = lambda event: None  # noqa: ARG005
        self.before: Callable[[], None] = lambda: None
        self.proxies: Any = None  # a ``proxies.Proxies``, which knows this peer
        self.shared = Shared(2 if author else 3)
        self._own: set[int] = set()  # containers that the author made
        self.hiding = 0
        self.hidden: dict[int, Any] = {}
        self.undo: list[Callable[[], None]] = []
        self._pending: dict[int, tuple[Any, ...]] = {}  # what calls did to hidden ones
        self._answers: set[int] = set()  # those which the candidate then gave as an answer
        self.held: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._depth = 0
        self._items = 0
        self.breach = ""

    # --- asking and answering

    def ask(self, operation: str, *arguments: Any) -> Any:
        """Has the other side do something; returns or raises what came of it there."""
        self.asked += 1
        self.turns += operation != files.STEP
        self.before()
        if self.author:
            self.proxies.word.used(operation, arguments)
        self._say(["q", operation], arguments)
        del arguments  # a list that nobody else holds need not be kept alike
        while True:
            message = self._receive()
            verb, *rest = message if type(message) is list and message else [None]
            if verb == "q" and len(rest) == 3:
                self._hear(rest[2])
                self._answer(rest[0], rest[1])
            elif verb == "a" and len(rest) == 2:
                self._hear(rest[1])
                value = self._load(rest[0])
                if value is None:
                    self._take_over()
                return value
            elif verb == "x" and len(rest) == 2:
                self._hear(rest[1])
                raise self.proxies.raised(rest[0])
            else:
                raise self.broken("not a message of ours")

    def call(self, operation: str, *arguments: Any, kwargs: dict[str, Any]) -> Any:
        """Has the other side call something, as :meth:`ask` does.

        Named arguments are sent where there are any: both sides keep a dict alike from then on.
        """
        return self.ask(operation, *arguments, *((kwargs,) if kwargs else ()))

    def answer(self, message: list[Any]) -> None:
        """Answers a request that was not awaited: the other side's first."""
        _verb, operation, arguments, rest = message
        self._hear(rest)
        self._answer(operation, arguments)

    def _answer(self, operation: Any, packed: Any) -> None:
        self.turns += 1
        if type(operation) is not str or type(packed) is not list:
            raise self.broken("not a request")
        try:
            arguments = [self._load(part) for part in packed]
            result = self._serve(operation, arguments)
        except Broken:
            raise
        except BaseException as exc:  # noqa: BLE001 - the other side's to handle
            arguments = None
            self.proxies.word.told(exc)
            self._say(["x"], None, exc)
            return
        del arguments
        try:
            self._say(["a"], result)
        except ValueError as exc:  # it cannot be sent
            self._say(["x"], None, exc)

    def _say(self, head: list[Any], body: Any, error: BaseException | None = None) -> None:
        known = self.shared.newest
        try:
            self._said(head, body, error)
        except ValueError:
            for number in [n for n in self.shared.things if n % 2 == known % 2 and n >= known]:
                self.shared.drop(number)  # of which the other side has not heard
            raise

    def _said(self, head: list[Any], body: Any, error: BaseException | None) -> None:
        self._items = 0
        changes = [
            [number, *self._container(self.shared.things[number])]
            for number in self._settled(self.shared.changed())
        ]
        if error is not None:
            head.append(self.proxies.pack_exception(error))
        elif head[0] == "q":
            head.append([self.pack(part) for part in body])
        else:
            head.append(self.pack(body))
        del body, error
        released, self.shared.released = self.shared.released, []
        events, self.events = self.events, []
        head.append([changes, released, events] if changes or released or events else 0)
        self._send(head)

    def _settled(self, numbers: list[int]) -> list[int]:
        for number in numbers:
            self.shared.told(number)
            self._pending.pop(number, None)
        return numbers

    def _hear(self, rest: Any) -> None:
        if rest == 0:
            return
        try:
            self._heard(rest)
        except _MALFORMED as exc:
            raise self.broken(f"{type(exc).__name__}: {exc}") from None

    def _heard(self, rest: Any) -> None:
        changes, released, events = rest
        for number in released:
            self.shared.drop(number)
        for number, name, *content in changes:
            thing = self.shared.things.get(number)
            if thing is None:
                continue
            filled = (thing, name, *self._values(name, *content))
            if number in self._own and (self.hiding or id(thing) in self.hidden):
                # It must not change what the candidate's answer is compared with.
                self._pending[number] = filled
            else:
                self._pending.pop(number, None)
                self._put(*filled)
                self.shared.told(number)
        for event in events:
            self.on_event(event)

    def _take_over(self) -> None:
        """Lets the author's own containers hold what calls that answered nothing made of them."""
        for number in [n for n in self._pending if n not in self._answers]:
            self._put(*self._pending.pop(number))
            if number in self.shared.things:
                self.shared.told(number)

    def hide(self, thing: Any, *, inner: bool) -> None:
        """Has what the candidate does to a container stay unseen from now on.

        Args:
            thing: A container, or anything else, which is left as it is.
            inner: Only what stands in it.
        """
        holds = type(thing) in _HOLDING
        if id(thing) in self.hidden or not (holds or type(thing) is bytearray or _is_array(thing)):
            return
        if not inner and type(thing) is not tuple:
            self.hidden[id(thing)] = thing
        for item in (thing.values() if isinstance(thing, dict) else thing) if holds else ():
            if type(item) not in _SCALARS:
                self.hide(item, inner=False)

    # --- values out

    def pack(self, value: Any) -> Any:
        """Returns the form in which a value crosses."""
        kind = type(value)
        if kind is str or value is None or kind is bool:
            return value
        self._items += 1
        if self._items > MAX_ITEMS:
            raise ValueError("a value too large to send")
        handler = _OUT.get(kind)
        if handler is not None:
            return handler(self, value)
        return self._other(value, kind)

    def _int(self, value: int) -> Any:
        if -codec.SAFE_INT < value < codec.SAFE_INT:
            return value
        if value.bit_length() > codec.MAX_INT_HEX * 4:
            raise ValueError("an int too large to send")
        return ["i", hex(value)]

    def _float(self, value: float) -> Any:
        return value if value - value == 0.0 else ["x", repr(value)]

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        return ["t", *map(self.pack, value)]

    def _mutable(self, value: Any) -> Any:
        number = self.shared.number(value)
        if number is not None:
            return ["k", number]
        number = self.shared.add(value)
        if self.author:
            self._own.add(number)
        self.shared.told(number)
        return ["m", number, *self._container(value)]

    def _container(self, value: Any) -> list[Any]:
        kind = type(value)
        if kind is bytearray:
            return ["bytearray", bytes(value).hex()]
        if _is_array(value):
            shape = [str(value.dtype), *value.shape]
            return ["ndarray", shape, value.tobytes().hex()]
        if kind is deque:
            return ["deque", value.maxlen, *map(self.pack, value)]
        if isinstance(value, dict):
            made = value.default_factory if isinstance(value, defaultdict) else None
            flat = [part for pair in value.items() for part in pair]
            return [kind.__name__, self.pack(made), *map(self.pack, flat)]
        if kind is list and set(map(type, value)) <= _FLAT:
            return ["list", None, *value]
        return [kind.__name__, None, *map(self.pack, value)]

    def _other(self, value: Any, kind: type) -> Any:
        number = self.proxies.number(value)
        if number is not None:
            return ["y", number]  # yours
        if kind in _VIEWS:
            return ["v", _VIEWS[kind], self.pack(dict(value.mapping))]
        if f"{kind.__module__}.{kind.__name__}" in codec._NAMED:
            return ["n", kind.__name__, codec._text_of(value)]
        numpy = sys.modules.get("numpy")
        if numpy is not None and (packed := self._of_numpy(value, kind, numpy)) is not None:
            return packed
        if frames.is_pandas(kind) and (form := frames.packed(value, self.pack)):
            return [frames.TAG, *form]
        known = isinstance(value, type) or kind in _FUNCTIONS
        if known and (name := _named(value, self.author)):
            return ["c", *name]
        return self.proxies.pack(value)

    def _of_numpy(self, value: Any, kind: type, numpy: Any) -> Any:
        """Returns how an array or a scalar crosses, ``None`` for what is asked where it is."""
        if issubclass(kind, numpy.generic):
            if value.dtype.kind not in "biufcUSMm":
                return self.pack(value.item())
            return ["np", str(value.dtype), None, value.tobytes().hex()]
        if kind is numpy.ndarray and value.dtype.kind in "biufcUSMm":
            if value.flags.writeable:
                return self._mutable(value)
            return ["np", str(value.dtype), list(value.shape), value.tobytes().hex()]
        own = kind is numpy.ndarray or not issubclass(kind, numpy.ndarray)
        if own or library.is_shared(kind.__module__):
            return None
        return self._other(value.view(numpy.ndarray), numpy.ndarray)

    # --- values in

    def _load(self, packed: Any) -> Any:
        """Reads a message's part; whatever is wrong with it is the other side's doing."""
        try:
            return self.unpack(packed)
        except _MALFORMED as exc:
            raise self.broken(f"{type(exc).__name__}: {exc}") from None

    def broken(self, why: str) -> Broken:
        """Returns what to raise where the other side broke the protocol; remembers it."""
        self.breach = why
        return Broken(why)

    def unpack(self, packed: Any) -> Any:
        """Returns the value that crossed.

        Raises:
            CodecError: No peer would have packed it.
        """
        if type(packed) is not list:
            if type(packed) is dict:
                raise Error("not a value")
            return packed
        handler = _IN.get(packed[0]) if packed and type(packed[0]) is str else None
        if handler is None:
            raise Error("unknown tag")
        self._depth += 1
        if self._depth > codec.MAX_DEPTH:
            self._depth = 0
            raise Error("nested too deeply")
        value = handler(self, *packed[1:])
        self._depth -= 1
        return value

    def _in_frozenset(self, *items: Any) -> Any:
        return frozenset(self._keys(items))

    def _in_mutable(self, number: int, name: str, *content: Any) -> Any:
        if type(number) is not int or number % 2 == self.shared.ours % 2:
            raise Error("not a number of theirs")
        thing = self._empty(name, content[0])
        self.shared.add(thing, number)
        self._put(thing, name, *self._values(name, *content))
        self.shared.told(number)
        return thing

    def _empty(self, name: str, first: Any) -> Any:
        if name == "ndarray":
            return self._in_array(first[0], first[1:], "") if type(first) is list else first.copy()
        factory = _KINDS[name]
        return deque(maxlen=first) if factory is deque else factory()

    def _values(self, name: str, first: Any, *rest: Any) -> tuple[Any, list[Any]]:
        """Returns what a container is to hold: what it is made with, and its items."""
        if name == "bytearray":
            return bytes.fromhex(first), []
        if name == "ndarray":
            return self._in_array(first[0], first[1:], rest[0]), []
        if name == "list":
            flat = list not in (kinds := set(map(type, rest))) and dict not in kinds
            return None, list(rest if flat else map(self.unpack, rest))
        if name in ("set", "deque"):
            return first, self._keys(rest) if name == "set" else [*map(self.unpack, rest)]
        keys = self._keys(rest[::2])
        values = [self.unpack(part) for part in rest[1::2]]
        return self.unpack(first), list(zip(keys, values, strict=True))

    def _put(self, thing: Any, name: str, first: Any, items: list[Any]) -> None:
        """Has a container hold what was read."""
        if type(thing).__name__ != name:
            raise Error("another type")
        if name == "ndarray":
            if thing.dtype != first.dtype or not thing.flags.writeable:
                raise Error("another kind of array")
            if thing.shape != first.shape:
                thing.shape = first.shape
            thing[...] = first
        elif name in ("list", "bytearray"):
            thing[:] = items if name == "list" else first
        elif name in ("set", "deque"):
            thing.clear()
            thing.extend(items) if name == "deque" else thing.update(items)
        else:
            if name == "defaultdict":
                thing.default_factory = first
            thing.clear()
            for key, value in items:
                thing[key] = value

    def _keys(self, packed: Any) -> list[Any]:
        keys = [self.unpack(part) for part in packed]
        if len(keys) > codec.MAX_SAME_HASH:
            codec.refuse_collisions(keys)
        return keys

    def _in_view(self, which: str, packed: Any) -> Any:
        mapping = self.unpack(packed)
        if type(mapping) is not dict or which not in _VIEWS.values():
            raise Error("no view")
        return getattr(mapping, which)()

    def _in_known(self, number: int) -> Any:
        thing = self.shared.things[number]
        return self._answered(thing, set()) if self._pending else thing

    def _answered(self, thing: Any, seen: set[int]) -> Any:
        """Returns the author's container as the candidate answers it: changed as it now is.

        Where it was changed, or what it holds, that is a new one beside what the author made.
        """
        shared = type(thing) in _MUTABLE or _is_array(thing)
        number = self.shared.number(thing) if shared else None
        if number not in self._own or number in seen or number is None:
            return thing
        seen.add(number)
        name = type(thing).__name__
        before = _items_of(thing)
        first, items = self._pending.get(number, (thing, name, *before))[2:]
        if name in ("list", "deque"):
            items = [self._answered(item, seen) for item in items]
        elif isinstance(thing, dict):
            items = [(key, self._answered(value, seen)) for key, value in items]
        if number not in self._pending:
            flat = [x for pair in items for x in pair] if isinstance(thing, dict) else items
            old = [x for p in before[1] for x in p] if isinstance(thing, dict) else before[1]
            if all(map(_SAME, flat, old)):
                return thing
            self._pending[number] = (thing, name, *before)
        made = self._empty(name, first)
        self._answers.add(number)
        self._own.discard(number)
        self.shared.drop(number)
        self.shared.add(made, number)
        self._put(made, name, first, items)
        self.shared.told(number)
        return made

    def _in_array(self, dtype: str, shape: list[int] | None, data: str) -> Any:
        """Returns an array, or without a shape a scalar."""
        numpy = sys.modules["numpy"]
        kind = numpy.dtype(dtype)
        if kind.hasobject:
            raise Error("objects")
        if shape is None:
            return self._in_array(dtype, [1], data)[0]
        if not data or not kind.itemsize:
            if math.prod(shape) * kind.itemsize > MAX_ARRAY:
                raise Error("too large an array")
            return numpy.zeros(shape, kind)
        return numpy.frombuffer(bytes.fromhex(data), kind).reshape(shape).copy()

    def _in_class(self, module: str, name: str) -> Any:
        found = self._looked_up(module, name)
        if found is None:
            raise Error("no such class")
        return found

    def _looked_up(self, module: str, name: str) -> Any:
        if not self.author:
            return _walk(__import__(module, fromlist=["_"]), name)
        if module == "builtins" and name in _NAMEABLE:
            return _NAMEABLE[name]
        if module == "builtins" and name == "NoneType":
            return type(None)
        value = _walk(sys.modules.get(module), name)
        return value if (module, name) in _NAMED or _is_named_exception(value) else None

    def standard_class(self, module: str, path: str) -> type | None:
        """Returns a class of Python's own or of a library that both sides have, if it is one."""
        found = _walk(sys.modules.get(module), path)
        known = library.is_shared(module) and module.partition(".")[0] not in _OF_TESTS
        return found if known and isinstance(found, type) else None

    # --- handles

    def hold(self, thing: Any) -> int:
        """Returns the number by which the other side knows an object of ours."""
        number = self._numbers.get(id(thing))
        if number is None:
            if len(self.held) >= MAX_HANDLES:
                raise ValueError("too many objects")
            number = len(self.held) + 1
            self.held[number] = thing
            self._numbers[id(thing)] = number
        return number


def _walk(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = getattr(value, part, None)
    return value


def _named(value: Any, author: bool) -> tuple[str, str] | None:
    """Returns by what name the other side has the same class or function, if it has."""
    if value is type(None):
        return "builtins", "NoneType"
    owner = getattr(value, "__objclass__", None)
    module = getattr(owner or value, "__module__", None)
    name = getattr(value, "__qualname__", None)
    if type(module) is not str or type(name) is not str or module.startswith(("_touchstone", "__")):
        return None
    if _walk(sys.modules.get(module), name) is not value or module in ("candidate", "tests"):
        return None
    if author:
        return (module, name) if library.is_shared(module) else None
    own = (module == "builtins" and _NAMEABLE.get(name) is value) or (module, name) in _NAMED
    return (module, name) if own or _is_named_exception(value) else None


def _is_named_exception(value: Any) -> bool:
    """Whether an exception that both sides have; not what ends a test without failing it."""
    if not (isinstance(value, type) and issubclass(value, BaseException)):
        return False
    homes = {base.__module__.partition(".")[0] for base in value.__mro__}
    return library.is_shared(value.__module__) and not homes & _OF_TESTS


_OUT: dict[type, Callable[[Peer, Any], Any]] = {
    int: Peer._int,
    float: Peer._float,
    tuple: Peer._tuple,
    complex: lambda peer, v: ["j", peer._float(v.real), peer._float(v.imag)],
    bytes: lambda _peer, v: ["b", v.hex()],
    frozenset: lambda peer, v: ["f", *map(peer.pack, v)],
    range: lambda peer, v: ["r", *map(peer._int, (v.start, v.stop, v.step))],
    slice: lambda peer, v: ["s", *map(peer.pack, (v.start, v.stop, v.step))],
    type(...): lambda _peer, _v: ["1", "..."],
    type(NotImplemented): lambda _peer, _v: ["1", "no"],
    **dict.fromkeys(_MUTABLE, Peer._mutable),
}
_IN: dict[str, Callable[..., Any]] = {
    "i": lambda _peer, text: int(text[: codec.MAX_INT_HEX + 3], 16),
    "x": lambda _peer, text: codec._BIG[text],
    "t": lambda peer, *items: tuple(map(peer.unpack, items)),
    "j": lambda peer, a, b: complex(peer.unpack(a), peer.unpack(b)),
    "b": lambda _peer, text: bytes.fromhex(text),
    "f": Peer._in_frozenset,
    "r": lambda peer, *ends: range(*map(peer.unpack, ends)),
    "s": lambda peer, *ends: slice(*map(peer.unpack, ends)),
    "1": lambda _peer, name: _SINGLE[name],
    "m": Peer._in_mutable,
    "k": Peer._in_known,
    "v": Peer._in_view,
    "n": lambda _peer, name, text: codec._named(name, text),
    "np": Peer._in_array,
    frames.TAG: lambda peer, *form: frames.unpacked(form, peer.unpack),
    "c": Peer._in_class,
    # Objects of the other side, and our own come back.
    "y": lambda peer, number: peer.held[number],
    "o": lambda peer, number, name: peer.proxies.originals[number, name],
    "h": lambda peer, *about: peer.proxies.unpack(*about),
    "K": lambda peer, *about: peer.proxies.unpack_class(*about),
    "e": lambda peer, *about: peer.proxies.unpack_exception(*about),
}
