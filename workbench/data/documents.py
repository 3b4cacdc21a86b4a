"""JSON documents cut into the bytes of their records, in bounded memory.

Only strings and brackets are looked at. So a record is cut whatever is wrong inside it, and is
then read as a line is: it costs itself and no other.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import IO, Any

from touchstone.workbench.data.forms.records import RECORD_KEYS

# What a document's list of records is called: datasets' viewers and exports.
_LISTS = ("data", "rows")
# Whether a document has such a key is looked up before its list is cut, but not further than this.
_LOOKED_AHEAD = 1 << 20
_LARGEST = 256 << 20
_DEEPEST = 100_000  # far below what any reader of JSON takes
_CHUNK = 1 << 16
_DARK = re.compile(rb"[^ \t\r\n]")
# A quote alone begins a string whose end is not read yet.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{}]', re.DOTALL)
_AFTER_SCALAR = re.compile(rb'[\s"\[\]{},:]')


class BrokenDocument(ValueError):
    """A document breaks off or is no JSON between its records."""


def listed(value: Any) -> list[Any] | None:
    """Returns the records of a value that is a list of them, ``None`` for one record."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or RECORD_KEYS & value.keys():
        return None
    lists = [value[key] for key in _LISTS if _is_records(value.get(key))]
    return lists[0] if len(lists) == 1 else None


def cut(stream: IO[bytes]) -> Iterator[bytes]:
    """Yields the records of a document: items of lists, bare or wrapped, and other values whole.

    Args:
        stream: JSON values one after another.

    Raises:
        BrokenDocument: It breaks off, or is no JSON between two records; or a large wrapper
            turns out to be a record itself after its list.
    """
    window = _Window(stream)
    while first := window.seek(0):
        if first == b"[":
            yield from _items(window)
        elif first == b"{" and (place := _wrapped(window)):
            window.seek(place)
            yield from _items(window)
            _pass_rest(window)
        else:
            yield window.take()


def cut_line(line: bytes) -> list[bytes]:
    """Returns the records of a list, bare or wrapped, that fills a line; none for another line."""
    window = _Window(io.BytesIO(line))
    first = window.seek(0)
    if first != b"[" and not (first == b"{" and _wrapped(window)):
        return []
    try:
        return list(cut(io.BytesIO(line)))
    except BrokenDocument:
        return []


class _Window:
    """The bytes of a stream from the place that is read on from; places count from there."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._data, self._at = b"", 0

    def next(self, place: int) -> tuple[int, bytes]:
        """Returns the first byte that is no space and its place; ``b""`` at the end."""
        while True:
            if found := _DARK.search(self._data, self._at + place):
                return found.start() - self._at, found[0]
            place = self._held()
            if not self._more():
                return place, b""

    def seek(self, place: int) -> bytes:
        """Goes on to the next byte that is no space, and returns it."""
        place, byte = self.next(place)
        self._at += place
        return byte

    def take(self) -> bytes:
        """Returns the value that begins here, and goes on behind it."""
        value = self.text(0, self.end(0))
        self._at += len(value)
        return value

    def text(self, place: int, end: int) -> bytes:
        return self._data[self._at + place : self._at + end]

    def end(self, place: int, most: int = 0) -> int:
        """Returns where the value at a place ends; 0 where that is not before ``most``."""
        start, depth = place, 0
        while True:
            token = _TOKEN.search(self._data, self._at + place)
            if not depth and (token is None or token.start() > self._at + start):
                return self._scalar_end(start)
            if token and token[0] != b'"':
                place = token.end() - self._at
                depth += (token[0] in b"[{") - (token[0] in b"]}")
                if depth > _DEEPEST:
                    raise BrokenDocument("a value is nested too deeply")
                if depth < 0:
                    break
                if not depth:
                    return place
                continue
            place, held = (token.start() if token else len(self._data)) - self._at, self._held()
            if most and held >= most:
                return 0
            self._bounded(start)
            if not self._more():
                raise BrokenDocument("it breaks off")
        raise BrokenDocument("a value is missing")

    def _scalar_end(self, start: int) -> int:
        place = start
        while not (mark := _AFTER_SCALAR.search(self._data, self._at + place)):
            place = self._held()
            self._bounded(start)
            if not self._more():
                break
        end = mark.start() - self._at if mark else place
        if end == start:
            raise BrokenDocument("a value is missing")
        return end

    def _bounded(self, start: int) -> None:
        """Refuses a value that does not end among the bytes held, which are many already."""
        if self._held() - start > _LARGEST:
            raise BrokenDocument(f"a value is longer than {_LARGEST >> 20} MiB")

    def _held(self) -> int:
        return len(self._data) - self._at

    def _more(self) -> bool:
        # Twice as much each time, so that a long value is not read over and over.
        rest = self._data[self._at :]
        chunk = self._stream.read(max(_CHUNK, len(rest)))
        self._data, self._at = rest + chunk, 0
        return bool(chunk)


def _items(window: _Window) -> Iterator[bytes]:
    if window.seek(1) == b"]":
        window.seek(1)
        return
    while True:
        yield window.take()
        mark = window.seek(0)
        if mark not in (b",", b"]"):
            raise BrokenDocument("it breaks off" if not mark else "there is no comma")
        window.seek(1)
        if mark == b"]":
            return


def _wrapped(window: _Window) -> int:
    """Returns where the list is that the object here only wraps; 0 where it is a record."""
    found, place = 0, 1
    try:
        while member := _member(window, place):
            key, value = member
            if key in RECORD_KEYS:
                return 0
            if key in _LISTS and _begins_records(window, value):
                if found:
                    return 0
                found = value
            place = window.end(value, found + _LOOKED_AHEAD if found else 0)
            if not place:
                break
    except BrokenDocument:
        pass  # what comes before the damage is cut, and meets it then
    return found


def _pass_rest(window: _Window) -> None:
    """Goes behind the object whose list is cut."""
    while member := _member(window, 0):
        key, value = member
        if key in RECORD_KEYS or (key in _LISTS and _begins_records(window, value)):
            raise BrokenDocument(f"there is {key!r} beside the list that was taken for the records")
        window.seek(window.end(value))
    window.seek(window.next(0)[0] + 1)


def _member(window: _Window, place: int) -> tuple[str, int] | None:
    """Returns the key of the member at or after a place and where its value is."""
    place, byte = window.next(place)
    if byte == b",":
        place, byte = window.next(place + 1)
    if byte == b"}":
        return None
    if byte != b'"':
        raise BrokenDocument("an object's key is missing" if byte else "it breaks off")
    end = window.end(place)
    key = window.text(place + 1, end - 1).decode(errors="replace")
    place, byte = window.next(end)
    if byte != b":":
        raise BrokenDocument(f"there is no colon after {key!r}")
    return key, window.next(place + 1)[0]


def _begins_records(window: _Window, place: int) -> bool:
    place, byte = window.next(place)
    return byte == b"[" and window.next(place + 1)[1] == b"{"


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
