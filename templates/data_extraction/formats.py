"""Reads one payload of a known format into plain data, within fixed bounds.

Plain data is ``None``, ``bool``, ``int``, ``Decimal``, ``str``, ``list`` and ``dict`` with
text keys. Numbers are exact: ``1e400`` and an integer of 5,000 digits are what they say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal

from touchstone.lazy import pattern

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import yaml

Format = Literal["json", "yaml", "xml", "csv"]

MAX_DEPTH = 100  # containers within containers; far above any real document
MAX_NODES = 100_000  # values in all, YAML aliases counted each time they are used
MAX_CHARS = 2_000_000
_MAX_YAML_CHARS = 100_000  # its parser needs up to 10 µs a character
_MAX_INT_DIGITS = 4300  # above it, Python refuses to make an int, and Decimal is used
_DELIMITERS = ",;\t|"
# E.g. `~`, `null`
_YAML_NULL = pattern(r"~|null|Null|NULL|")
# E.g. `true`, `FALSE`; not `yes`
_YAML_BOOL = pattern(r"true|True|TRUE|false|False|FALSE")
# E.g. `-12`; not `twelve`
_YAML_INT = pattern(r"[-+]?[0-9]+")
# E.g. `-1.5e3`, `.5`; not `half`
_YAML_FLOAT = pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


# E.g. `|---|:-:|`, `--- | ---`; not `a | b`
_RULE = pattern(r"^[\s|:-]+$")


class Unreadable(ValueError):
    """The text is not of this format, or beyond the bounds; the message says why."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a payload says.

    Attributes:
        data: Plain data.
        format: The format it was read as.
        overruled: Claims of repeated keys that a later, different value replaced.
        dressed: It was found inside of something that nobody asked for: a text, a list of one, a
            call, an object around it.
    """

    data: Any
    format: Format
    overruled: int = 0
    dressed: bool = False

    @property
    def typed(self) -> bool:
        """Whether the format tells a number from a text."""
        return self.format in ("json", "yaml")


@dataclass(frozen=True, slots=True)
class Choice:
    """In expected data, a value of which any of several is right.

    Attributes:
        values: Those that are allowed.
        optional: Whether it may be left out; it is then never missing, and right or wrong only
            where it is given.
    """

    values: tuple[Any, ...]
    optional: bool = False


def read(text: str, form: Format) -> Parsed:
    """Reads a whole text as one document.

    Raises:
        Unreadable: It is not one, is nested deeper than :data:`MAX_DEPTH`, or holds more
            than :data:`MAX_NODES` values.
    """
    if len(text) > MAX_CHARS:
        raise Unreadable(f"longer than {MAX_CHARS} characters")
    parsed = {"json": read_json, "yaml": _read_yaml, "xml": _read_xml, "csv": _read_csv}[form](text)
    check_bounds(parsed.data)
    return parsed


def check_bounds(data: Any) -> None:
    """Refuses data that is too deep, too large or not Unicode text.

    Raises:
        Unreadable: Says which.
    """
    stack, nodes = [(data, 0)], 0
    while stack:
        value, depth = stack.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")
        if nodes > MAX_NODES:
            raise Unreadable(f"more than {MAX_NODES} values")
        if isinstance(value, dict):
            stack += [(child, depth + 1) for child in value.values()]
            _check_text("".join(value))
        elif isinstance(value, list | Choice):
            children = value.values if isinstance(value, Choice) else value
            stack += [(child, depth + 1) for child in children]
        elif isinstance(value, str):
            _check_text(value)


def claims(data: Any) -> int:
    """Returns how many values some data states: its leaves, blank ones not counted."""
    if isinstance(data, dict):
        return sum(map(claims, data.values()))
    if isinstance(data, list):
        return sum(map(claims, data))
    return not is_blank(data)


def is_blank(value: Any) -> bool:
    """Whether a leaf states nothing: null, text without a visible character, what is optional."""
    if isinstance(value, Choice):
        return value.optional
    return value is None or (isinstance(value, str) and not value.strip())


def frozen(data: Any) -> Any:
    """Returns a hashable value that is equal for equal data, and keeps True apart from 1."""
    if isinstance(data, dict):
        return frozenset((key, frozen(value)) for key, value in data.items())
    if isinstance(data, list):
        return tuple(map(frozen, data))
    if isinstance(data, Choice):
        return ("choice", data.optional, *map(frozen, data.values))
    return ("bool", data) if isinstance(data, bool) else data


def read_json(text: str, start: int | None = None) -> Parsed:
    """Reads JSON (RFC 8259): the whole text, or one value at ``start`` in it.

    Raises:
        Unreadable: It is not JSON; NaN and Infinity are not.
    """
    return scan_json(text, start)[0]


def scan_json(text: str, start: int | None = None) -> tuple[Parsed, int]:
    """As :func:`read_json`, and also returns where the value ends."""
    overruled = 0

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal overruled
        made = dict(items)
        if len(made) < len(items):
            overruled += _overruled(items, made)
        return made

    decoder = json.JSONDecoder(
        object_pairs_hook=pairs,
        parse_float=_decimal,
        parse_int=_integer,
        parse_constant=_no_constant,
    )
    try:
        if start is None:
            data, end = decoder.decode(text), len(text)
        else:
            data, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as exc:
        raise Unreadable(f"not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}") from exc
    except RecursionError as exc:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels") from exc
    return Parsed(data, "json", overruled), end


def _overruled(items: list[tuple[str, Any]], made: dict[str, Any]) -> int:
    return sum(claims(value) for key, value in items if frozen(value) != frozen(made[key]))


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _MAX_INT_DIGITS else Decimal(text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as exc:
        raise Unreadable(f"a number with an exponent beyond any use: {text[:40]}") from exc


def _no_constant(name: str) -> Any:
    raise Unreadable(f"{name} is not JSON")


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as exc:
            raise Unreadable("half of a surrogate pair is not text") from exc


def _read_yaml(text: str) -> Parsed:
    """YAML with the types of 1.2's core schema, so that ``no`` and a date stay text."""
    import yaml

    if len(text) > _MAX_YAML_CHARS:
        raise Unreadable(f"YAML longer than {_MAX_YAML_CHARS} characters")
    # Every level of nesting costs the parser stack frames: refuse before it runs.
    if max(text.count("["), text.count("{")) > MAX_DEPTH * 50:
        raise Unreadable("too many flow collections")
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError) as exc:  # "\\UFFFFFFFF" overflows chr()
        problem = getattr(exc, "problem", None) or "unreadable"
        mark = getattr(exc, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise Unreadable(f"not YAML: {problem}{where}") from exc
    except RecursionError as exc:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels") from exc
    return _YamlTree().parsed(node)


class _YamlTree:
    """Turns composed nodes into plain data; aliases count each time, cycles are too deep."""

    def __init__(self) -> None:
        self.nodes = self.overruled = 0

    def parsed(self, node: yaml.Node | None) -> Parsed:
        data = None if node is None else self.value(node, 0)
        return Parsed(data, "yaml", self.overruled)

    def value(self, node: yaml.Node, depth: int) -> Any:
        import yaml

        self.nodes += 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")
        if self.nodes > MAX_NODES:
            raise Unreadable(f"more than {MAX_NODES} values")
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, depth + 1) for child in node.value]
        if isinstance(node, yaml.MappingNode):
            items = [(self.key(key), self.value(v, depth + 1)) for key, v in node.value]
            made = dict(items)
            if len(made) < len(items):
                self.overruled += _overruled(items, made)
            return made
        return _yaml_scalar(node)

    def key(self, node: yaml.Node) -> str:
        if not isinstance(node.value, str):
            raise Unreadable("a YAML key must be a scalar")
        return node.value


def _yaml_scalar(node: Any) -> Any:
    text: str = node.value
    if node.style is not None or node.tag == "tag:yaml.org,2002:str":
        # The composer has called `no` a boolean or a date a timestamp only where it is plain.
        return text
    if _YAML_NULL.fullmatch(text):
        return None
    if _YAML_BOOL.fullmatch(text):
        return text.lower() == "true"
    if _YAML_INT.fullmatch(text):
        return _integer(text)
    return _decimal(text) if _YAML_FLOAT.fullmatch(text) else text


def _read_xml(text: str) -> Parsed:
    """XML as data: ``{root: ...}``, attributes beside child elements, repeats as a list."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(text.strip(), forbid_dtd=True)
    except ParseError as exc:
        raise Unreadable(f"not XML: {exc}") from exc
    except DefusedXmlException as exc:
        raise Unreadable("XML with a document type or entities of its own") from exc
    except ValueError as exc:
        raise Unreadable(f"not XML: {exc}") from exc
    return Parsed({_local(root.tag): _element(root, 1)}, "xml")


def _element(element: Element, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")
    parts: dict[str, list[Any]] = {}
    for name, value in element.attrib.items():
        parts.setdefault(_local(name), []).append(value)
    for child in element:
        parts.setdefault(_local(child.tag), []).append(_element(child, depth + 1))
    text = " ".join(t.strip() for t in (element.text, *(c.tail for c in element)) if t).strip()
    if not parts:
        return text or None
    if text:
        parts.setdefault("#text", []).append(text)
    return {name: values if len(values) > 1 else values[0] for name, values in parts.items()}


def _local(name: Any) -> str:
    return str(name).rpartition("}")[2]


def _without_rules(text: str) -> str:
    """Returns a Markdown table as one with a delimiter: without the bars around and the rule."""
    lines = text.splitlines()
    rule = lines[1] if len(lines) > 2 and "|" in lines[0] else ""
    if "-" not in rule or not _RULE.fullmatch(rule):
        return text
    bare = [line.strip().removeprefix("|").removesuffix("|") for line in lines]
    return "\n".join([bare[0], *bare[2:]])


def _read_csv(text: str) -> Parsed:
    """CSV (RFC 4180) with a header, as a list of objects; the delimiter is found by sight."""
    import csv
    import io

    text = _without_rules(text.strip("\r\n"))
    header = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as exc:
        raise Unreadable(f"not CSV: {exc}") from exc
    rows = [[cell.strip() for cell in row] for row in rows if row]
    if len(rows) < 2:
        raise Unreadable("not CSV: a header and at least one row are needed")
    names = rows[0]
    if len(set(names)) < len(names) or not all(names):
        raise Unreadable("not CSV: the header has an empty or a repeated name")
    for number, row in enumerate(rows[1:], 1):
        if len(row) != len(names):
            raise Unreadable(f"not CSV: row {number} has {len(row)} cells, not {len(names)}")
    return Parsed([dict(zip(names, row, strict=True)) for row in rows[1:]], "csv")
