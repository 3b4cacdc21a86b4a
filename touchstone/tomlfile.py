"""A TOML file whose refusals name the line: tomllib does not keep where a key stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from touchstone.settings import SettingsError, nearest


@dataclass(frozen=True, slots=True)
class TomlFile:
    """Finds keys and the lines they stand on.

    Attributes:
        file: How a message names it.
        text: What it holds.
    """

    file: str
    text: str

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
        best, best_depth, current = 1, 0, ()
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := re.match(r"\s*\[+([^\[\]]+)\]+\s*(?:#.*)?$", line):
                current = _dotted(header[1])
                here = current
            elif key := re.match(r"\s*([\w.\"'-]+)\s*=", line):
                here = (*current, *_dotted(key[1]))
            else:
                continue
            depth = _common(here, place)
            if depth > best_depth:
                best, best_depth = number, depth
        return best


def _dotted(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in text.split("."))


def _common(here: tuple[str, ...], place: tuple[str, ...]) -> int:
    """Returns how many keys of ``place`` are reached by ``here``, 0 when it leads elsewhere."""
    return len(here) if place[: len(here)] == here else 0
