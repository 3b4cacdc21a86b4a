"""A TOML file whose refusals name the line: tomllib does not keep where a key stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from touchstone.settings import SettingsError, nearest

# A text of many lines, a comment, a name (as is what else a value is made of), or a mark.
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'{3}.*?\'{3,5}|\#[^\n]*'''
    r"""|(?P<name>"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^\s\[\]{},=.\#"']+)|[\[\]{},=\n]""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class TomlFile:
    """Finds keys and the lines they stand on.

    Attributes:
        file: How a message names it.
        text: What it holds.
    """

    file: str
    text: str

    @classmethod
    def read(cls, path: Path, shown: str) -> TomlFile:
        """Returns a file, without the mark that some editors put in front of UTF-8.

        Args:
            path: Where it lies.
            shown: How a message names it.

        Raises:
            OSError: It cannot be read.
            SettingsError: It is not UTF-8; names the line.
        """
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            line, byte = data.count(b"\n", 0, exc.start) + 1, exc.object[exc.start]
            problem = f"not UTF-8 (byte 0x{byte:02x}); save it as UTF-8"
            raise SettingsError(f"{shown}:{line}: {problem}") from exc
        return cls(shown, text.replace("\r\n", "\n").replace("\r", "\n"))

    def load(self) -> dict[str, Any]:
        """Returns its tables.

        Raises:
            SettingsError: It is not TOML.
        """
        import tomllib  # a function that is a bare template has no file to read

        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as exc:
            raise SettingsError(f"{self.file}: {exc}") from exc
        except ValueError as exc:
            raise SettingsError(f"{self.file}: a number has thousands of digits") from exc
        except RecursionError as exc:
            raise SettingsError(f"{self.file}: nested too deeply") from exc

    def table(self, data: Mapping[str, Any], place: tuple[str, ...]) -> Mapping[str, Any]:
        """Returns the table at ``place``, empty where there is none; refuses what is no table."""
        value: Any = data
        for key in place:
            value = value.get(key, {})
            if not isinstance(value, Mapping):
                self.refuse(place, f"{'.'.join(place)} must be a table")
        return value

    def check_keys(
        self, table: Mapping[str, Any], place: tuple[str, ...], valid: Iterable[str]
    ) -> None:
        """Refuses a key that is not ``valid``, naming the nearest one."""
        for key in table:
            if key not in valid:
                self.refuse((*place, key), f"unknown key {key!r}{nearest(key, valid)}")

    def refuse(self, place: tuple[str, ...], problem: str) -> NoReturn:
        """Raises ``SettingsError`` with the file and the line of the key at ``place``."""
        raise SettingsError(f"{self.file}:{self.line_of(place)}: {problem}")

    def line_of(self, place: tuple[str, ...]) -> int:
        """Returns the line of the key at ``place``, or of the nearest table around it."""
        best, best_depth = 1, 0
        for here, number in _keys(self.text):
            depth = _common(here, place)
            if depth > best_depth:
                best, best_depth = number, depth
        return best


def _keys(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yields where each header and key of a valid file leads, and its line."""
    table: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    parts: list[str] = []
    opened: list[tuple[str, tuple[str, ...]]] = []  # brackets inside a value, and whose they are
    in_value, number = False, 1
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == "\n" and not opened:
            in_value = False
        elif in_value and mark in ("[", "{"):
            opened.append((mark, place))
            in_value = mark == "["
        elif opened and mark in ("]", "}"):
            _, place = opened.pop()
            in_value = True
        elif in_value and mark == "," and opened:
            in_value, place = opened[-1][0] == "[", opened[-1][1]
        elif not in_value and mark == "=":
            place = (*(opened[-1][1] if opened else table), *parts)
            yield place, number
            in_value, parts = True, []
        elif not in_value and mark == "]" and parts:
            table, parts = tuple(parts), []
            yield table, number
        elif not in_value and token["name"]:
            parts.append(_name(token["name"]))
        number += mark.count("\n")


def _name(written: str) -> str:
    if written[0] not in "\"'":
        return written
    import tomllib

    return tomllib.loads(f"name = {written}")["name"]


def _common(here: tuple[str, ...], place: tuple[str, ...]) -> int:
    """Returns how many keys of ``place`` are reached by ``here``, 0 when it leads elsewhere."""
    return len(here) if place[: len(here)] == here else 0
