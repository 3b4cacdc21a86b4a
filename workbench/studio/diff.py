"""Diff: two runs over the same rows, what `touchstone runs diff` says of them, and the rows."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from touchstone.workbench.pages.charts import Chart, bars, interval_bar, spot
from touchstone.workbench.runs.diff import Diff, diff
from touchstone.workbench.runs.run import Run
from touchstone.workbench.studio.query import Query, search
from touchstone.workbench.studio.rollouts import shown
from touchstone.workbench.studio.verdict import Tone
from touchstone.workbench.studio.view import Studio, View

_PATH = "/diff"
_MOST = 25  # of the rows that changed most, shown
_KEPT = 16  # differences, each of as many rows as the runs had


def verdict(found: Diff) -> list[tuple[Tone, str]]:
    """Returns what to know of a difference first, each sentence with its tone."""
    if not found.paired:
        return [("bad", "The two runs have no row in common.")]
    said: list[tuple[Tone, str]] = []
    if found.gain is not None:
        said.append(_mean(found))
    if found.lost:
        are = "row is" if found.lost == 1 else "rows are"
        said.append(("warn", f"{found.lost:,} {are} unscored now."))
    if found.won:
        are = "row is" if found.won == 1 else "rows are"
        said.append(("", f"{found.won:,} {are} scored now, and only now."))
    groups = found.groups
    if groups.flipped:
        share = f"{groups.flipped:,} of {groups.groups:,} prompts"
        said.append(("warn", f"In {share} some answer was better than another and is worse now."))
    return said or [("", "No row was scored in both.")]


def _mean(found: Diff) -> tuple[Tone, str]:
    gain = found.gain
    if gain is None or not found.changed:
        return "", "No row has another reward."
    rows = "1 row has" if found.changed == 1 else f"{found.changed:,} rows have"
    moved = f"{rows} another reward"
    if gain.interval is None:
        unsure = "too few prompts to tell, or all moved alike"
        return "", f"The mean moved by {gain.value:+.4f}, {unsure}: {moved}."
    low, high = gain.interval
    between = f"95 % between {low:+.4f} and {high:+.4f}"
    if low <= 0 <= high:
        return "", f"Which run earns more cannot be told ({between}): {moved}."
    tone: Tone = "good" if gain.value > 0 else "bad"
    more = "more" if gain.value > 0 else "less"
    return tone, (
        f"The second run earns {abs(gain.value):.4f} {more} on the mean ({between}): {moved}."
    )


class _Differences:
    """Differences that were made: those of large runs take seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # who asks twice at once waits for the first
        self._made: dict[tuple[Path, int, Path, int], Diff] = {}

    def of(self, before: Run, after: Run) -> Diff:
        """Returns the difference of two runs, made anew where one has got rows since."""
        key = (before.path, before.count(), after.path, after.count())
        with self._lock:
            if key not in self._made:
                if len(self._made) >= _KEPT:
                    del self._made[next(iter(self._made))]
                self._made[key] = diff(before, after, most=_MOST)
            return self._made[key]


def _routes(studio: Studio) -> list[Route]:
    made = _Differences()  # shared by all requests

    def compared(request: Request) -> Response:
        heads = studio.heads()
        latest = [head.id for head in heads[:2]][::-1]  # by default the last two
        names = [
            request.query_params.get(key) or (latest[n] if len(latest) > n else "")
            for n, key in enumerate(("before", "after"))
        ]
        values: dict[str, Any] = {"heads": heads, "names": names, "runs": None}
        if all(names) and len(heads) > 1:
            values |= _values(studio, names[0], names[1], made)
        return studio.page(request, "diff.html.j2", **values)

    return [Route(_PATH, compared)]


def _values(studio: Studio, before: str, after: str, made: _Differences) -> dict[str, Any]:
    """Returns what the page of a difference shows."""
    with studio.indexed(before) as (old, of_old), studio.indexed(after) as (new, of_new):
        found = made.of(old, new)
        bins = [search(index, Query()) for index in (of_old, of_new)]
        unread = [run.count() - index.count() for run, index in ((old, of_old), (new, of_new))]
        pairs = [
            (
                shown(old.head, a.n, old.result(a.n), None),
                shown(new.head, b.n, new.result(b.n), None),
            )
            for a, b in found.most
        ]
        runs = [old.head, new.head]
    chart: Chart | None = None
    if bins[0].ends == bins[1].ends and not any(unread):
        series = [(head.id, one.bins) for head, one in zip(runs, bins, strict=True)]
        note = "How many rows of each run earn so much, paired or not."
        chart = bars("rewards", "Rewards", series, bins[0].ends, note=note)
    gain = found.gain
    bar = None
    if gain is not None and gain.interval is not None:
        reach = max(abs(end) for end in gain.interval)
        bar = interval_bar(gain, reach, f"the difference of the means, {gain.value:+.4f}")
    return {
        "runs": runs, "found": found, "told": verdict(found), "pairs": pairs, "chart": chart,
        "still": chart is not None and bins[0].bins == bins[1].bins, "bar": bar, "spot": spot,
    }  # fmt: skip


VIEW = View("Diff", _PATH, _routes)
