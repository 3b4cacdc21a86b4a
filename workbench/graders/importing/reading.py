"""Reads the file that a grader stands in, JSON or YAML, with the line of every value.

YAML is read as promptfoo reads it (YAML 1.2's core schema: ``yes`` is a text), and as data only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import yaml

from touchstone.sanitize import one_line
from touchstone.workbench.graders.importing.model import Node, NotImported, step
from touchstone.workbench.rows.rft import parse_json
from touchstone.workbench.rows.storage import shown

_LARGEST = 4_000_000  # bytes; a reward file has 200,000 at most
_DEEPEST = 100
_MOST_VALUES = 200_000  # of YAML, aliases written out
_SPACE = re.compile(r"[ \t\r\n]*+")
_SCALAR = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,:\]}]++')
_NULLS = ("", "~", "null", "Null", "NULL")
_TRUTHS = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
# E.g. `12`, `-3`; not `1.5`
_WHOLE = re.compile(r"[-+]?[0-9]{1,300}")
# E.g. `0x1F`; not `x1`
_HEX = re.compile(r"0x[0-9a-fA-F]{1,64}")
# E.g. `1.5`, `.5`, `1e3`; not `1.2.3`
_REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*+)?)(?:[eE][-+]?[0-9]+)?")
_TAGS = {
    "tag:yaml.org,2002:map": dict,
    "tag:yaml.org,2002:seq": list,
    "tag:yaml.org,2002:str": str,
}


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
        return Node(_of_yaml(text, shown(file), lines), shown(file), lines=lines)
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
        if depth > _DEEPEST:
            raise NotImported(f"{self._file}:{self._lines[path]}: nested too deeply")
        match self._text[self._at]:
            case "{":
                self._parts("}", lambda: self._member(path, depth))
            case "[":
                count = iter(range(len(self._text)))
                self._parts("]", lambda: self._value(step(path, next(count)), depth + 1))
            case _:
                self._scalar()

    def _member(self, path: str, depth: int) -> None:
        place = step(path, str(json.loads(self._scalar())))
        if place in self._lines:
            raise _twice(self._file, self._line_here(), place)
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


class _Loader(yaml.CSafeLoader):
    """Composes nodes; what a plain scalar means is decided here, by YAML 1.2."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # pyright: ignore[reportIncompatibleVariableOverride]


def _of_yaml(text: str, file: str, lines: dict[str, int]) -> Any:
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as exc:
        line = f":{exc.problem_mark.line + 1}" if exc.problem_mark else ""
        said = one_line(f"{exc.context or ''} {exc.problem or ''}")
        raise NotImported(f"{file}{line}: not YAML: {said}") from exc
    except (yaml.YAMLError, RecursionError) as exc:
        said = "nested too deeply" if isinstance(exc, RecursionError) else one_line(str(exc))
        raise NotImported(f"{file}: not YAML: {said}") from exc
    return None if root is None else _YamlValues(file, lines).value(root, "$", 0)


class _YamlValues:
    """Makes values of the nodes of a YAML file, aliases written out."""

    def __init__(self, file: str, lines: dict[str, int]) -> None:
        self._file, self._lines, self._count = file, lines, 0

    def value(self, node: yaml.Node, path: str, depth: int) -> Any:
        """Returns a node's value, and notes the line of it and its parts."""
        self._lines.setdefault(path, node.start_mark.line + 1)
        self._count += 1
        if depth > _DEEPEST:
            raise self._refuse(node, path, "nested too deeply, or an alias of itself")
        if self._count > _MOST_VALUES:
            raise self._refuse(node, path, f"more than {_MOST_VALUES:,} values")
        if node.tag not in _TAGS:
            raise self._refuse(node, path, f"the tag {one_line(node.tag)} is not read")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            parts = enumerate(node.value)
            return [self.value(part, step(path, n), depth + 1) for n, part in parts]
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101 - there is no fourth kind
        return node.value if node.style else self._plain(node, path)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, part in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._refuse(key, path, "a key must be a text")
            if key.value == "<<" and not key.style:
                for one in self._merged(part, path, depth):
                    merged = one | merged
                continue
            place = step(path, key.value)
            if key.value in made:
                raise _twice(self._file, key.start_mark.line + 1, place)
            self._lines[place] = key.start_mark.line + 1
            made[key.value] = self.value(part, place, depth + 1)
        return merged | made

    def _merged(self, node: yaml.Node, path: str, depth: int) -> Iterator[dict[str, Any]]:
        for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(part, yaml.MappingNode):
                raise self._refuse(part, path, "<< takes objects")
            yield self.value(part, path, depth + 1)

    def _plain(self, node: yaml.ScalarNode, path: str) -> Any:
        text: str = node.value
        if text in _NULLS:
            return None
        if text in _TRUTHS:
            return _TRUTHS[text]
        if _WHOLE.fullmatch(text):
            return int(text)
        if _HEX.fullmatch(text):
            return int(text, 16)
        if _REAL.fullmatch(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                raise self._refuse(node, path, f"{one_line(text, 40)} is too large a number")
            return number
        return text

    def _refuse(self, node: yaml.Node, path: str, problem: str) -> NotImported:
        return NotImported(f"{self._file}:{node.start_mark.line + 1}: {path}: {problem}")


def _twice(file: str, line: int, path: str) -> NotImported:
    return NotImported(f"{file}:{line}: {path}: is there twice")
