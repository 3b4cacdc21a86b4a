"""Reads YAML as promptfoo reads it (YAML 1.2's core schema: ``yes`` is a text), as data only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import yaml

from touchstone.sanitize import one_line
from touchstone.workbench.graders.importing.model import NotImported, step
from touchstone.workbench.graders.importing.reading import DEEPEST, twice

_MOST_VALUES = 200_000  # aliases written out
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
_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:str")


class _Loader(yaml.CSafeLoader):
    """Composes nodes; what a plain scalar means is decided here, by YAML 1.2."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # pyright: ignore[reportIncompatibleVariableOverride]


def of_yaml(text: str, file: str, lines: dict[str, int]) -> Any:
    """Returns what a YAML text holds.

    Args:
        text: The text.
        file: What messages call it.
        lines: Gets the line of every value, by its path.

    Raises:
        NotImported: It is no YAML, too large or nested too deeply, names a key twice, or has a
            tag that is not read; names the line.
    """
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
        if depth > DEEPEST:
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
                raise twice(self._file, key.start_mark.line + 1, place)
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
