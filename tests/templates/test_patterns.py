"""A regular expression has examples above it: what it finds and what not; ⏎ is a line's end."""

import ast
import importlib
import re
from itertools import chain, takewhile
from pathlib import Path
from typing import NamedTuple

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"


class Shown(NamedTuple):
    """A pattern as it is in the code, with its examples."""

    place: str
    pattern: re.Pattern[str]
    found: list[str]
    passed_over: list[str]


def examples(lines, number):
    above = reversed(lines[: number - 1])
    comment = takewhile(lambda line: line.lstrip().startswith("#"), above)
    text = " ".join(line.strip(" #") for line in reversed(list(comment)))
    found, _, passed_over = text.partition("E.g. ")[2].partition("; not ")
    parts = (part.replace("⏎", "\n") for part in (found, passed_over))
    return [re.findall("`([^`]+)`", part) for part in parts]


# Tables of patterns, and what they become.
TABLES = {
    "_KINDS": lambda module: module._PATTERNS.values(),
    "_SIGNS": lambda module: chain(*module._SIGNS.values()),
    "_TRAITS": lambda module: [row[0] for row in module._COMPILED],
}


def rows(table):
    """The nodes that the patterns of a table have their examples above."""
    match table:
        case ast.Dict():
            for key, value in zip(table.keys, table.values, strict=True):
                yield from value.elts if isinstance(value, ast.Tuple) else [key or value]
        case ast.Tuple():
            yield from table.elts


def compiled(node, module):
    """Each pattern that a statement makes, with the node that writes it."""
    match node:
        case ast.Assign([ast.Name(name)], ast.Call(ast.Attribute(ast.Name("re"), "compile"))):
            yield node, getattr(module, name)
        case ast.Assign([ast.Name(name)], ast.Call(ast.Name("pattern"))):
            yield node, getattr(module, name)
        case ast.AnnAssign(ast.Name(name), value=table) if name in TABLES:
            yield from zip(rows(table), map(re.compile, TABLES[name](module)), strict=True)


def shown():
    for path in sorted(TEMPLATES.glob("*/*.py")):
        source = path.read_text(encoding="utf-8")
        module = importlib.import_module(f"touchstone.templates.{path.parent.name}.{path.stem}")
        for statement in ast.parse(source).body:
            for node, pattern in compiled(statement, module):
                place = f"{path.parent.name}/{path.name}:{node.lineno}"
                yield Shown(place, pattern, *examples(source.splitlines(), node.lineno))


@pytest.mark.parametrize("one", list(shown()), ids=lambda one: one.place)
def test_a_pattern_finds_its_examples_and_nothing_like_the_others(one):
    assert one.found
    assert [text for text in one.found if not one.pattern.search(text)] == []
    assert [text for text in one.passed_over if one.pattern.search(text)] == []
