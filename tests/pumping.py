"""Pumps every repetition of every pattern in the code, and names those that are not linear.

``python -m tests.pumping [CHARACTERS]`` prints one line for each: where, the pattern, the text.
A match that takes more than three seconds of this process's own time is stopped, and stands for one
that takes for ever. What takes less is told by how its time grows from a tenth of the usual 50,000
characters to all of them: that is the same on a slow machine and on a quick one.
"""

from __future__ import annotations

import ast
import importlib
import math
import pkgutil
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import islice
from pathlib import Path
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from touchstone.lazy import LazyPattern
from touchstone.rooms import ROOMS as BESIDE

ROOT = Path(__file__).parents[1]
ROOMS = {"touchstone": "touchstone", "templates": "touchstone.templates", "rewards": "rewards"}
SECONDS = 3.0
ENOUGH = 1.0  # seconds from which it matters how time grows
GROWTH = 30  # times the time for ten times the text: 10 where it is linear, 100 where it is not
MANY = 40  # repetitions from which a repetition is pumped
# One of each kind of character that patterns tell apart.
PROBES = "aB1_ \n.,!-x'\"\\{}()[]<>$*#|:=`/~é中"
MATCHING = {"match", "fullmatch"}  # they look from one place only
METHODS = MATCHING | {"search", "finditer", "findall", "sub", "subn", "split"}
# The longest text that some are given: what calls them refuses or cuts off a longer one.
AT_MOST = {
    "touchstone.templates.code_verification.blocks._CODE_START": 200,
    "touchstone.templates.content_moderation.refusal": 20_000,
    "touchstone.templates.data_extraction.comparators": 100,
    "touchstone.templates.math_reasoning.claims": 2000,
    "touchstone.templates.math_reasoning.claims._LEFT": 400,
    "touchstone.templates.math_reasoning.claims._RIGHT": 400,
    "touchstone.templates.math_reasoning.claims._CHANGES": 400,
    "touchstone.templates.math_reasoning.kinds": 400,
    "touchstone.templates.math_reasoning.wording": 200,
    "touchstone.templates.data_extraction.layout._HEADING": 200,
    "touchstone.templates.data_extraction.phones": 100,
    "touchstone.templates.data_extraction.quantities": 100,
    "touchstone.judge.text.STEP_BY_STEP": 200,
    "touchstone.scoring.amounts": 100,
    "touchstone.scoring.clocks": 100,
    "touchstone.scoring.dates": 100,
}
# `mended` and `Answer` leave at most two blanks in a row, and no longer text than this.
MENDED = "touchstone.templates.math_reasoning."
ENDS = ("\x00", "")
# Can only be imported in a cage.
_CAGED = (
    "database files foreign handles joined library mirrors mistakes proxies runtime serving "
    "skipped sqlite testing word zygote"
)
CAGED = {f"touchstone.sandbox.{name}" for name in _CAGED.split()}
VARIANTS = 5


class Slow(Exception):
    """A match was stopped."""


class Pumped(NamedTuple):
    """A text of any length in which one repetition has as much as it can take."""

    start: str
    pump: str
    end: str

    def of(self, size: int) -> str:
        """Returns it with about this many characters."""
        return self.start + self.pump * (size // len(self.pump)) + self.end


def compiled() -> dict[tuple[str, int], tuple[str, set[str]]]:
    """Returns pattern and flags to where it is written and how it is used."""
    found: dict[tuple[str, int], tuple[str, set[str]]] = {}
    names = _methods()
    for place, source, flags, name in (*_kept(), *_written()):
        uses = {name} if name in MATCHING else names[name] & METHODS
        found.setdefault((source, flags), (place, set()))[1].update(uses or {"finditer"})
    return found


def _kept() -> Iterator[tuple[str, str, int, str]]:
    """Yields what modules keep compiled, under a name or in a container."""
    for room, package in ROOMS.items():
        for module in pkgutil.walk_packages([str(ROOT / room)], f"{package}."):
            inner = module.name.removeprefix(f"{package}.").partition(".")[0]
            if module.name in CAGED or (room == "touchstone" and inner in BESIDE):
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                place = f"{module.name}.{name}"
                for pattern in _inside(value, 0):
                    if isinstance(pattern.pattern, str):
                        yield place, pattern.pattern, pattern.flags, place


def _inside(value: Any, depth: int) -> Iterator[re.Pattern[str]]:
    if isinstance(value, LazyPattern):
        yield value.compiled
    elif isinstance(value, re.Pattern):
        yield value
    elif depth < 4:
        parts: Any = ()
        if isinstance(value, dict):
            parts = value.values()
        elif isinstance(value, (list, tuple, set, frozenset)):
            parts = value
        elif is_dataclass(value) and not isinstance(value, type):
            parts = [getattr(value, field.name, None) for field in fields(value)]
        for part in parts:
            yield from _inside(part, depth + 1)


def _sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def _name_of(path: Path) -> str:
    """Returns the name that a file is imported by."""
    room, *inner = path.relative_to(ROOT).with_suffix("").parts
    return ".".join((ROOMS[room], *inner))


def _calls() -> Iterator[tuple[str, ast.Call, ast.Attribute]]:
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield f"{_name_of(path)}:{node.lineno}", node, node.func


def _methods() -> dict[str, set[str]]:
    """Returns what is called on each name of a module, or on what is taken out of it."""
    uses: dict[str, set[str]] = defaultdict(set)
    for path in _sources():
        own = _name_of(path)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        taken = [
            (name.id, loop.iter.id)
            for loop in ast.walk(tree)
            if isinstance(loop, (ast.For, ast.comprehension)) and isinstance(loop.iter, ast.Name)
            for name in ast.walk(loop.target)
            if isinstance(name, ast.Name)
        ]
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                names = [node.value.id, *(kept for name, kept in taken if name == node.value.id)]
                for name in names:
                    uses[f"{own}.{name}"].add(node.attr)
    return uses


def _written() -> Iterator[tuple[str, str, int, str]]:
    """Yields the literals that are handed to ``re`` where they are used."""
    for place, call, called in _calls():
        if not (isinstance(called.value, ast.Name) and called.value.id == "re" and call.args):
            continue
        match call.args[0]:
            case ast.Constant(value=str(text)) if called.attr not in ("compile", "escape"):
                flags = _flags(call)
                used = called.attr if called.attr in MATCHING else ""
                yield place, text, re.compile(text, flags).flags, used


def _flags(call: ast.Call) -> int:
    named = {"IGNORECASE", "MULTILINE", "DOTALL", "I", "M", "S", "VERBOSE", "X", "ASCII", "A"}
    parts = (part for argument in (*call.args[1:], *call.keywords) for part in ast.walk(argument))
    names = {part.attr for part in parts if isinstance(part, ast.Attribute)} & named
    return int(sum(getattr(re, name) for name in names))


def texts(source: str, flags: int) -> Iterator[Pumped]:
    """Yields, for each repetition of the pattern, texts that give it as much as it can take."""
    tree = sre.parse(source, flags & ~re.UNICODE.value)
    made: set[tuple[str, str]] = set()
    for before, body in _repetitions(tree, [""], flags):
        for pump in _examples(body, flags)[:VARIANTS]:
            for start in before[:2]:
                made |= {(start, pump), ("", pump), ("", start + pump), ("", start)}
    for start, pump in sorted(made):
        if pump:
            for end in ENDS:
                yield Pumped(start, pump, end)


def _repetitions(
    tree: Any, before: list[str], flags: int
) -> Iterator[tuple[list[str], list[tuple[Any, Any]]]]:
    """Yields every long repetition: texts that lead to it, and what it repeats."""
    for op, argument in tree:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, most, body = argument
            if int(most) >= MANY:
                yield before, list(body)
            yield from _repetitions(body, before, flags)
        else:
            for part in _parts(name, argument):
                yield from _repetitions(part, before, flags)
        step = _examples([(op, argument)], flags)[:2] or [""]
        before = [start + more for start in before[:2] for more in step]


def _parts(name: str, argument: Any) -> list[Any]:
    match name:
        case "BRANCH":
            return list(argument[1])
        case "SUBPATTERN":
            return [argument[3]]
        case "ATOMIC_GROUP":
            return [argument]
        case "ASSERT" | "ASSERT_NOT":
            return [argument[1]]
    return []


def _examples(items: Any, flags: int) -> list[str]:
    """Returns some texts that the items match, shortest choices first."""
    found = [""]
    for op, argument in items:
        found = [one + more for one in found for more in _one(str(op), argument, flags)]
        found = list(dict.fromkeys(found))[: 4 * VARIANTS]
    return found


def _one(name: str, argument: Any, flags: int) -> list[str]:
    match name:
        case "LITERAL":
            return [chr(argument)]
        case "NOT_LITERAL":
            return [probe for probe in PROBES if ord(probe) != argument][:VARIANTS]
        case "ANY":
            return ["a", " ", "1"]
        case "IN":
            return _of_class(argument, flags)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, _, body = argument
            short = [""] if least == 0 else []
            return [*(one * max(1, int(least)) for one in _examples(body, flags)), *short]
        case "GROUPREF" | "AT" | "ASSERT" | "ASSERT_NOT" | "GROUPREF_EXISTS":
            return [""]
    return [text for part in _parts(name, argument) for text in _examples(part, flags)[:VARIANTS]]


def _of_class(items: Any, flags: int) -> list[str]:
    own = [chr(argument) for op, argument in items if str(op) == "LITERAL"]
    own += [chr(argument[0]) for op, argument in items if str(op) == "RANGE"]
    inside = (char for char in dict.fromkeys([*own, *PROBES]) if _in_class(items, char))
    return list(islice(inside, 2 * VARIANTS)) or own  # some classes have thousands of ranges


_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}


def _in_class(items: Any, char: str) -> bool:
    inside, negated = False, False
    for op, argument in items:
        match str(op):
            case "NEGATE":
                negated = True
            case "LITERAL":
                inside |= ord(char) == argument
            case "RANGE":
                inside |= argument[0] <= ord(char) <= argument[1]
            case "CATEGORY":
                kind = str(argument).removeprefix("CATEGORY_")
                said = re.match(_CATEGORIES[kind.removeprefix("NOT_")], char) is not None
                inside |= said != kind.startswith("NOT_")
    return inside != negated


def slow(pattern: re.Pattern[str], uses: set[str], text: Pumped, size: int) -> bool:
    """Tells whether the time of finding all of the pattern grows faster than the text.

    Most texts are only tried at a tenth of the size: what takes less than a hundredth of a second
    there takes no second at all of it if time grows with the square, and more would show there.
    """
    tenth = _seconds(pattern, uses, text.of(size // 10))
    if tenth < ENOUGH / 100:
        return False
    whole = _seconds(pattern, uses, text.of(size))
    return whole >= max(ENOUGH, GROWTH * tenth)


def _seconds(pattern: re.Pattern[str], uses: set[str], text: str) -> float:
    """Returns the processor's time that finding all takes; infinite where it was stopped."""
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        if uses <= MATCHING:
            for name in uses:
                getattr(pattern, name)(text)
        else:
            for _ in pattern.finditer(text):
                pass
    except Slow:
        return math.inf
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


def stop(*_: object) -> None:
    """Ends a match, as what the timer's signal calls."""
    raise Slow


def main(size: int) -> int:
    """Prints every pattern that is not linear, one line each, and how many were pumped."""
    signal.signal(signal.SIGVTALRM, stop)
    count = 0
    patterns = compiled()
    for (source, flags), (place, uses) in patterns.items():
        pattern = re.compile(source, flags)
        longest = min((n for start, n in AT_MOST.items() if place.startswith(start)), default=size)
        for text in texts(source, flags):
            if place.startswith(MENDED) and not text.pump.strip():
                continue
            count += 1
            if slow(pattern, uses, text, min(size, longest)):
                print(f"{place}: {source!r} on {text}", flush=True)
                break
    print(f"{len(patterns)} patterns, {count} texts")
    return count


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
