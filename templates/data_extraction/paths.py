"""Comparators and weights by the path of a field, such as ``items[*].price``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from touchstone.lazy import pattern

Compare = Literal[
    "exact", "string", "text", "enum", "number", "money", "date", "time", "duration", "quantity",
    "phone", "address", "range", "boolean", "list", "set", "ordered",
]  # fmt: skip
LISTINGS = ("list", "set", "ordered")
Path = tuple[str, ...]

# E.g. `lines[*].price`, `total`
_TOKEN = pattern(r"\[\*\]|(?:(?<=\])\.|^|\.)(?P<key>[^.\[\]]+)")


class FieldRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one field counts.

    Attributes:
        compare: Its comparator, inferred from the expected value by default. Above a list or
            an object, it holds for every leaf below that has none of its own.
        weight: Of each leaf at or below the path, relative to others; 0 leaves it out of
            the grade.
        tolerance: Largest relative difference of two equal numbers here.
    """

    compare: Compare | None = None
    weight: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    tolerance: Annotated[float, msgspec.Meta(ge=0, lt=1)] | None = None


class FieldRules:
    """Rules by path; a key that is ``*`` stands for any key.

    Raises:
        ValueError: A path cannot be read.
    """

    def __init__(self, rules: Mapping[str, FieldRule]) -> None:
        self._rules = {read_path(path): rule for path, rule in rules.items()}
        self._wild = [path for path in self._rules if "*" in path]
        self._inner = {path[:n] for path in self._rules for n in range(len(path))}

    def of(self, path: Path) -> FieldRule | None:
        """Returns the rule of a path; one that names its keys wins over a wildcard."""
        if not self._rules:
            return None
        rule = self._rules.get(path)
        if rule is None:
            for wild in self._wild:
                if _matches(wild, path):
                    return self._rules[wild]
        return rule

    def below(self, path: Path) -> bool:
        """Whether a rule may exist for something inside this path."""
        return bool(self._rules) and (bool(self._wild) or path in self._inner)


def read_path(text: str) -> Path:
    """Returns the parts of a path: keys, and ``[*]`` for the items of a list.

    ``$`` or an empty text is the whole document.

    Raises:
        ValueError: It is not of this form.
    """
    text = text.removeprefix("$").removeprefix(".")
    parts: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(
                f"{text!r} is no path; write keys with points and items as [*]: items[*].price"
            )
        parts.append(match["key"] or "[*]")
        position = match.end()
    return tuple(parts)


def show(path: Path) -> str:
    """Returns a path as it is written."""
    return ".".join(path).replace(".[*]", "[*]") or "(root)"


def _matches(wild: Path, path: Path) -> bool:
    return len(wild) == len(path) and all(
        w == p or (w == "*" and p != "[*]") for w, p in zip(wild, path, strict=True)
    )
