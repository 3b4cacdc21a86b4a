"""A comparison as an HTML page, as a file of pairs and as a table for a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from touchstone.sanitize import one_line
from touchstone.workbench.jobs.compare.pairs import WHICH, Answer, Pair, Verdict
from touchstone.workbench.jobs.compare.summary import Comparison, reach, spoken
from touchstone.workbench.pages import render
from touchstone.workbench.pages.charts import interval_bar, scatter

# How many pairs of each verdict the page shows: those that differ most.
_SHOWN: dict[Verdict, int] = {"win": 10, "loss": 10, "tie": 4, "unscored": 4}
_HEADINGS: dict[Verdict, str] = {
    "win": "Wins: the tuned model earned more",
    "loss": "Losses: the tuned model earned less",
    "tie": "Ties: both earned the same",
    "unscored": "Unscored: in no number above",
}


@dataclass(frozen=True, slots=True)
class About:
    """What was compared, for the head of the page.

    Attributes:
        name: The job's.
        base: The base model; likewise ``tuned``.
        tuned: See ``base``.
        grader: What graded them.
        how: Where the answers are from, in words.
        judge: Who judged, where that is known.
    """

    name: str
    base: str
    tuned: str
    grader: str
    how: str
    judge: str = ""


def compare_page(about: About, pairs: Sequence[Pair], comparison: Comparison) -> str:
    """Returns the page."""
    differences = [one.difference for one in comparison.differences]
    ends = [abs(end) for one in differences for end in (one.value, *(one.interval or ()))]
    most = max(ends, default=1.0)
    points = [
        (pair.id, pair.base.reward, pair.tuned.reward)
        for pair in pairs
        if pair.base.reward is not None and pair.tuned.reward is not None
    ]
    note = "every dot is a prompt, a larger one several; above the line the tuned model earned more"
    return render(
        "compare.html.j2",
        about=about,
        comparison=comparison,
        usage=usage_rows(comparison),
        bars=[
            (one, reach(one.difference), interval_bar(one.difference, most, spoken(one.difference)))
            for one in comparison.differences
        ],
        scatter=scatter("scatter", "Reward of the base and of the tuned model", note, points)
        if points else "",
        sections=[
            (_HEADINGS[verdict], verdict, [_shown(pair) for pair in some], count)
            for verdict, some, count in _sections(pairs)
        ],
    )  # fmt: skip


def pairs_jsonl(pairs: Sequence[Pair]) -> str:
    """Returns the pairs, one a line."""
    return "".join(json.dumps(pair.as_json(), ensure_ascii=False) + "\n" for pair in pairs)


def rate(comparison: Comparison) -> str:
    """Returns the win rate in words."""
    if comparison.win_rate is None:
        return "none"
    return (
        f"{comparison.win_rate.value:.1%}, 95 % interval {comparison.win_rate.low:.1%} to "
        f"{comparison.win_rate.high:.1%}"
    )


def usage_rows(comparison: Comparison) -> list[tuple[str, tuple[str, str]]]:
    """Returns how both models answered: what was counted, and both models' figures in words."""
    sides = [comparison.usage[which] for which in WHICH]

    def row(name: str, values: list[float | None], unit: str = "") -> tuple[str, tuple[str, str]]:
        base, tuned = ("unknown" if v is None else f"{v:,.0f}{unit}" for v in values)
        return name, (base, tuned)

    kinds = [comparison.unscored_kinds[which] for which in WHICH]
    faults = [", ".join(f"{kind} {n}" for kind, n in one.items()) or "none" for one in kinds]
    return [
        row("answers", [one.answers for one in sides]),
        row("characters, mean", [one.characters for one in sides]),
        row("output tokens, mean", [one.output_tokens for one in sides]),
        row("latency, median", [one.latency_p50_ms for one in sides], " ms"),
        row("latency, p99", [one.latency_p99_ms for one in sides], " ms"),
        row("cut off at the limit", [one.truncated for one in sides]),
        ("unscored", (faults[0], faults[1])),
    ]


def table(comparison: Comparison, judge: str = "") -> Table:
    """Returns the table of a comparison for a terminal, and who judged where that is known."""
    shown = Table(title=Text(comparison.sentence), title_justify="left", caption_justify="left")
    for name in ("", "base", "tuned", "difference, 95 % interval"):
        shown.add_column(name, justify="right" if name in ("base", "tuned") else "left")
    for one in comparison.differences:
        shown.add_row(
            Text(one_line(one.name, 60)), f"{one.base:.3f}", f"{one.tuned:.3f}",
            f"{one.difference.value:+.3f}  {reach(one.difference)}",
        )  # fmt: skip
    shown.add_section()
    for name, values in usage_rows(comparison):
        shown.add_row(name, *(Text(one_line(value)) for value in values))
    shown.add_section()
    shown.add_row("win rate", "", "", rate(comparison))
    counts = f"{comparison.wins} won, {comparison.ties} tied, {comparison.losses} lost"
    shown.add_row("prompts", "", "", f"{counts}; {comparison.unscored} unscored, left out")
    if judge:
        shown.add_row("judge", "", "", Text(one_line(judge)))
    return shown


def _sections(pairs: Sequence[Pair]) -> list[tuple[Verdict, list[Pair], int]]:
    """Returns the pairs to show by verdict, those that differ most first."""
    sections = []
    for verdict, most in _SHOWN.items():
        some = [pair for pair in pairs if pair.verdict == verdict]
        some.sort(key=lambda pair: -abs(pair.difference or 0.0))
        if some:
            sections.append((verdict, some[:most], len(some)))
    return sections


def _shown(pair: Pair) -> dict[str, Any]:
    sides = [
        (name, [(marks_of(one), one) for one in side.answers])
        for name, side in (("Base", pair.base), ("Tuned", pair.tuned))
    ]
    difference = "" if pair.difference is None else f"{pair.difference:+.3f}"
    return {"pair": pair, "difference": difference, "sides": sides}


def marks_of(one: Answer) -> list[tuple[str, str]]:
    """Returns the figures of an answer: their names, and each in words."""
    marks = [("reward", "none" if one.reward is None else f"{one.reward:.3f}")]
    marks += [(name, f"{value:.3f}") for name, value in one.criteria.items()]
    if one.reward is None:
        marks.append(("outcome", one.outcome.removeprefix("unscored:")))
    if one.output_tokens is not None:
        marks.append(("tokens", f"{one.output_tokens:,}"))
    if one.latency_ms is not None:
        marks.append(("ms", f"{one.latency_ms:,.0f}"))
    if one.truncated:
        marks.append(("cut off", "yes"))
    return marks
