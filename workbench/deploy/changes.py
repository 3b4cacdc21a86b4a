"""What a deployment would change, in words: of each grader, and of what is around them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from touchstone.workbench.deploy.stack import Stack

_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One grader, before and after.

    Attributes:
        grader: Its name.
        function: Of the function that it has, or had.
        kind: ``same`` keeps the version; ``moves`` takes the alias to a version that is there.
        words: What is different about it.
    """

    grader: str
    function: str
    kind: Literal["new", "changed", "moves", "same", "removed"]
    words: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether its alias is to come to another version, which has to prove itself first."""
        return self.kind in ("new", "changed", "moves")


def changes(old: Stack | None, new: Stack) -> list[Change]:
    """Returns what becomes of each grader, removed ones last.

    A grader whose function is called otherwise than before loses one and gets another.
    """
    before = old.graders if old else {}
    kept = {made["function"] for made in new.graders.values()}
    gone = [
        Change(name, made["function"], "removed")
        for name, made in before.items()
        if made["function"] not in kept
    ]
    return [*(_change(name, old, new) for name in new.graders), *gone]


def beside(old: Stack | None, new: Stack) -> tuple[int, int, int]:
    """Returns how many resources are added, changed and removed, those of graders too."""
    before = old.template.get("Resources", {}) if old else {}
    after = new.template["Resources"]
    changed = [name for name in before.keys() & after.keys() if before[name] != after[name]]
    return len(after.keys() - before.keys()), len(changed), len(before.keys() - after.keys())


def _change(name: str, old: Stack | None, new: Stack) -> Change:
    made = new.graders[name]
    function = made["function"]
    if old is None or not old.version_of(function):
        return Change(name, function, "new", (f"of {made['of']}",))
    if old.version_of(function) != new.version_of(function):
        return Change(name, function, "changed", tuple(_words(name, function, old, new)))
    moved = old.alias_of(function) != new.alias_of(function)
    return Change(name, function, "moves" if moved else "same")


def _words(name: str, function: str, old: Stack, new: Stack) -> Iterator[str]:
    before, after = old.graders.get(name, {}), new.graders[name]
    if before.get("of") != after["of"]:
        yield f"of {before.get('of')} -> {after['of']}"
    told = list(_differences(before.get("settings", {}), after["settings"]))
    yield from told
    yield from _differences(before.get("deploy", {}), after["deploy"])
    was, now = old.function(function), new.function(function)
    if was.get("Code") != now.get("Code") and not told:
        yield "its code"
    if was.get("Runtime") != now.get("Runtime"):
        yield f"{was.get('Runtime')} -> {now.get('Runtime')}"
    if _called(was) != _called(now):
        yield "the executor that runs its candidates"


def _called(properties: Mapping[str, Any]) -> list[Any]:
    """Returns what a grader refers to in its environment: the version of its executor."""
    variables = properties.get("Environment", {}).get("Variables", {})
    return [value for value in variables.values() if isinstance(value, dict)]


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            was, now = (_shown(side[key]) if key in side else "default" for side in (before, after))
            yield f"{key} {was} -> {now}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
