"""How far tone_style agrees with people who rated politeness and empathy.

Rows: ``<folder>/tone_style/*.jsonl`` (or ``.jsonl.gz``), each of one of three forms:

- ``{"id", "text", "label": "polite" | "impolite"}``: a request, as in the Stanford Politeness
  Corpus. Rows whose id has an even CRC-32 are the half that the weights were estimated on.
- ``{"sp_id", "rp_id", "seeker_post", "response_post", "level": {"emotional_reactions": 0..2,
  ...}}``: a reply to somebody in distress, as in EPITOME; halves by the CRC-32 of both ids.
- the event form, with ``label`` holding a number for any criterion or metric by its name.

Everything goes through the grader, so that ``--judge`` measures a model in the same way.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benches.accuracy import run
from benches.figures import tell
from benches.tables import shown, table
from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.judge import make_judge
from touchstone.outcomes import GradingError
from touchstone.templates import get_template
from touchstone.templates.tone_style.rubric import EMPATHY_PARTS
from touchstone.workbench.stats import bootstrap, kappa, spearman, wilson

AT_ONCE = 16
DRAWS = 200  # of thousands of rows, each draw taking as long as the figure itself
COURTESY = re.compile(r"\b(?:please|thank(?:s| you)|sorry|could you|would you)\b", re.IGNORECASE)


def main(folder: Path, judge: str = "offline") -> None:
    """Prints one table per form of row that is there."""
    rows = list(_rows(folder / "tone_style"))
    polite = [row for row in rows if isinstance(row.get("text"), str)]
    empathic = [row for row in rows if "response_post" in row]
    own = [row for row in rows if isinstance(row.get("label"), dict)]
    if not (polite or empathic or own):
        print("no rated texts here: tone_style/*.jsonl")
        return
    print(f"judge {judge}\n")
    if polite:
        header = ("requests", "rows", "number", "right")
        lines = list(_politeness(polite, judge))
        tell("tone_style_accuracy-politeness", header, lines, f"judge {judge}")
        print()
    if empathic:
        header = ("scale", "half", "Spearman", "weighted kappa")
        lines = list(_empathy(empathic, judge))
        tell("tone_style_accuracy-empathy", header, lines, f"judge {judge}")
        print()
    if polite or empathic:
        header = ("brand_voice asked for", "rated", "rows", "Spearman of brand_voice")
        lines = list(_voices(polite, empathic, judge))
        tell("tone_style_accuracy-voices", header, lines, f"judge {judge}")
        print()
    if own:
        print(table(("label", "rows", "Spearman"), list(_own(own, judge))))


def _politeness(rows: Sequence[dict[str, Any]], judge: str) -> Iterator[tuple[str, ...]]:
    events = [_event(row["text"], "Write a comment.", row.get("id")) for row in rows]
    found = _graded(events, judge, {"politeness": 1.0})
    halves: dict[str, list[int]] = {"all": [], "estimated on": [], "held out": []}
    for at, row in enumerate(rows):
        if not found[at]:
            continue
        halves["all"].append(at)
        halves["held out" if _half(str(row.get("id"))) else "estimated on"].append(at)
    for half, places in halves.items():
        numbers = {
            "please, thanks, sorry (floor)": [
                float(bool(COURTESY.search(rows[at]["text"]))) for at in places
            ],
            "politeness, the grader's": [found[at].get("politeness", 0.0) for at in places],
        }
        for name, values in numbers.items():
            right = sum(
                (value > 0.5) == (rows[at]["label"] == "polite")
                for value, at in zip(values, places, strict=True)
            )
            if places:
                share = shown(wilson(right / len(places), len(places)))
                yield half, str(len(places)), name, share


def _empathy(rows: Sequence[dict[str, Any]], judge: str) -> Iterator[tuple[str, ...]]:
    events = [_event(row["response_post"], row["seeker_post"]) for row in rows]
    found = _graded(events, judge, {"empathy": 1.0})
    halves = [_half(f"{row.get('sp_id', '')}{row.get('rp_id', '')}") for row in rows]
    for part in EMPATHY_PARTS:
        for name, wanted in (("all", (0, 1)), ("looked at", (0,)), ("held out", (1,))):
            pairs = [
                (2 * numbers.get(f"empathy_{part}", 0.0), float(row["level"][part]))
                for numbers, row, half in zip(found, rows, halves, strict=True)
                if numbers and half in wanted
            ]
            if not pairs:
                continue
            yield (
                part,
                name,
                shown(bootstrap(pairs, spearman, DRAWS)),
                shown(bootstrap(pairs, kappa, DRAWS)),
            )


def _voices(
    polite: Sequence[dict[str, Any]], empathic: Sequence[dict[str, Any]], judge: str
) -> Iterator[tuple[str, ...]]:
    """Asks for a voice that the raters' question comes near to."""
    unseen = [row for row in polite if _half(str(row.get("id")))]
    asked = [_event(row["text"], "Write a comment.") for row in unseen]
    ratings = [float(row["label"] == "polite") for row in unseen]
    yield from _voice("polite, respectful", "politeness, held out", asked, ratings, judge)
    asked = [_event(row["response_post"], row["seeker_post"]) for row in empathic]
    ratings = [float(row["level"]["emotional_reactions"]) for row in empathic]
    yield from _voice("warm, caring", "emotional reactions", asked, ratings, judge)


def _voice(
    voice: str, rated: str, events: list[dict[str, Any]], ratings: list[float], judge: str
) -> Iterator[tuple[str, ...]]:
    found = _graded(events, judge, {"brand_voice": 1.0}, brand_voice=voice)
    pairs = [
        (numbers["brand_voice"], rating)
        for numbers, rating in zip(found, ratings, strict=True)
        if numbers
    ]
    if pairs:
        yield voice, rated, str(len(pairs)), shown(bootstrap(pairs, spearman, DRAWS))


def _own(rows: Sequence[dict[str, Any]], judge: str) -> Iterator[tuple[str, ...]]:
    names = {name for row in rows for name, value in row["label"].items() if _is_number(value)}
    weights = {name: 1.0 for name in names if name in get_template("tone_style").criteria}
    found = _graded(rows, judge, weights or None)
    for name in sorted(names):
        pairs = [
            (numbers[name], float(row["label"][name]))
            for numbers, row in zip(found, rows, strict=True)
            if name in numbers and _is_number(row["label"].get(name))
        ]
        if pairs:
            yield name, str(len(pairs)), shown(bootstrap(pairs, spearman, DRAWS))


def _half(key: str) -> int:
    """Returns 0 for the half that was looked at while the measures were made, else 1."""
    return zlib.crc32(key.encode()) % 2


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _event(text: str, prompt: str, row_id: Any = None) -> dict[str, Any]:
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": text}]
    return {"id": row_id, "messages": turns}


def _graded(
    rows: Sequence[dict[str, Any]],
    judge: str,
    weights: dict[str, float] | None,
    **settings: Any,
) -> list[dict[str, float]]:
    """Returns the numbers of every row; none for one that could not be scored."""
    settings |= {"judge": judge} | ({"weights": weights} if weights else {})
    grader = get_template("tone_style").customize(**settings)
    tools = Tools(judge=make_judge(judge))

    def numbers(row: dict[str, Any]) -> dict[str, float]:
        (sample,) = parse([row]).rows
        try:
            grade = grader(sample, tools) if isinstance(sample, Sample) else None
        except GradingError as exc:
            print(f"unscored: {exc.kind}: {exc}", file=sys.stderr)
            return {}
        return {metric.name: metric.value for metric in grade.metrics} if grade else {}

    with ThreadPoolExecutor(1 if judge == "offline" else AT_ONCE) as pool:
        return list(pool.map(numbers, rows))


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")]):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


if __name__ == "__main__":
    sys.exit(run({"tone_style": main}))
