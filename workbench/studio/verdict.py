"""What a run amounts to, in the sentences that its page begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Tone = Literal["", "good", "bad", "warn"]
# Ours: from these shares on a person should look before going on.
_MANY_UNSCORED = 0.1
_MANY_FLAT = 0.5


def sentences(told: Mapping[str, Any], *, ended: bool) -> list[tuple[Tone, str]]:
    """Returns what to know of a run first, each sentence with its tone.

    Args:
        told: Its summary, as ``Summary.as_json`` gives it.
        ended: Whether it came to its end.
    """
    said: list[tuple[Tone, str]] = []
    rows, unscored = told["rows"], told["unscored"]
    if told["mean"] is not None:
        scored = f"{told['scored']:,} scored {_plural('row', told['scored'])}"
        said.append(("", f"Mean reward {told['mean']:.3f} over {scored}."))
    if unscored:
        count = sum(unscored.values())
        kind = max(unscored, key=lambda name: unscored[name])
        most = "" if len(unscored) == 1 else "most of them "
        tone: Tone = "bad" if count >= _MANY_UNSCORED * rows else "warn"
        share = f"{count:,} of {rows:,} rows ({count / rows:.1%})"
        said.append((tone, f"{share} could not be scored: {most}{kind}."))
    if told["groups"]:
        flat, groups = told["flat_groups"], told["groups"]
        tone = "warn" if flat >= _MANY_FLAT * groups else ""
        said.append(
            (
                tone,
                f"{flat:,} of {groups:,} prompts with several answers are flat: all their answers "
                "earn the same, so that training learns nothing from them."
                if flat
                else f"None of {groups:,} prompts with several answers is flat.",
            )
        )
    if not said:
        said.append(("", "No row has been graded."))
    if not ended:
        said.append(("warn", "The run has not ended."))
    return said


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
