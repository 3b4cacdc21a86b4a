"""Reads the file that a grader stands in, JSON or YAML, with the line of every value."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

from touchstone.workbench.graders.importing.model import Node, NotImported, step
from touchstone.workbench.rows.rft import parse_json
from touchstone.workbench.rows.storage import shown

_LARGEST = 4_000_000  # bytes; a reward file has 200,000 at most
DEEPEST = 100  # levels of nesting
_SPACE = re.compile(r"[ \t\r\n]*+")
_SCALAR = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,:\]}]++')


def read_node(file: str) -> Node:
    """Reads a file whole.

    Args:
        file: Its path; ``.yaml`` and ``.yml`` are YAML, all others JSON.

    Raises:
        NotImported: It cannot be read, is too large or nested too deeply, names a key twice, or
            is no JSON or YAML; names the line.
        OSError: It cannot be opened.
    """
    text = read_text(file)
    lines: dict[str, int] = {}
    if Path(file).suffix.lower() in (".yaml", ".yml"):
        # The library of YAML is an extra's, and no other grader needs it.
        from touchstone.workbench.graders.importing.yaml_file import of_yaml

        return Node(of_yaml(text, shown(file), lines), shown(file), lines=lines)
    try:
        data = parse_json(text)
    except ValueError as exc:
        at = re.search(r"\(byte (\d+)\)", str(exc))
        before = text.encode()[: int(at[1])] if at else text.encode()
        line = before.count(b"\n") + 1
        raise NotImported(f"{shown(file)}:{line}: {exc}") from exc
    _JsonLines(text, shown(file), lines).read()
    return Node(data, shown(file), lines=lines)


def read_text(file: str) -> str:
    """Returns what a file of text holds.

    Raises:
        NotImported: It is too large, or is no UTF-8.
        OSError: It cannot be opened.
    """
    with Path(file).open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise NotImported(f"{shown(file)}: more than {_LARGEST:,} bytes, which no grader has")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise NotImported(f"{shown(file)}: not UTF-8: byte {exc.start}") from exc


class _JsonLines:
    """Walks through a text that is JSON, and notes on which line each value begins."""

    def __init__(self, text: str, file: str, lines: dict[str, int]) -> None:
        self._text, self._file, self._lines = text, file, lines
        self._at, self._line, self._counted = 0, 1, 0

    def read(self) -> None:
        self._value("$", 0)

    def _value(self, path: str, depth: int) -> None:
        self._skip()
        self._lines[path] = self._line_here()
        if depth > DEEPEST:
            raise NotImported(f"{self._file}:{self._lines[path]}: nested too deeply")
        match self._text[self._at]:
            case "{":
                self._parts("}", lambda: self._member(path, depth))
            case "[":
                count = itertools.count()
                self._parts("]", lambda: self._value(step(path, next(count)), depth + 1))
            case _:
                self._scalar()

    def _member(self, path: str, depth: int) -> None:
        place = step(path, str(json.loads(self._scalar())))
        if place in self._lines:
            raise twice(self._file, self._line_here(), place)
        self._skip()
        self._at += 1  # the colon
        self._value(place, depth + 1)

    def _parts(self, end: str, part: Callable[[], None]) -> None:
        self._at += 1
        self._skip()
        while self._text[self._at] != end:
            part()
            self._skip()
            self._at += self._text[self._at] == ","
            self._skip()
        self._at += 1

    def _scalar(self) -> str:
        found = _SCALAR.match(self._text, self._at)
        self._at = found.end() if found else len(self._text)
        return found[0] if found else ""

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line


def twice(file: str, line: int, path: str) -> NotImported:
    """Returns what is said of a key that an object has twice."""
    return NotImported(f"{file}:{line}: {path}: is there twice")
