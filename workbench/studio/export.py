"""A run as one HTML file that needs no server, no network and, to be read, no script."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby, islice
from math import fsum

from touchstone.groups import advantages, is_flat
from touchstone.workbench.pages.charts import Chart, bars, spot
from touchstone.workbench.runs.run import Row, Run
from touchstone.workbench.studio.page import render_file
from touchstone.workbench.studio.query import BINS, ends_of
from touchstone.workbench.studio.rollouts import shown
from touchstone.workbench.studio.verdict import sentences


def export_page(run: Run, most: int) -> str:
    """Returns the page.

    Args:
        run: What it shows.
        most: How many rows it holds at most, the first; its sentences and its chart are of all.
    """
    rows = list(run.rows())
    prompts = defaultdict[bytes, list[Row]](list)
    for row in rows:
        prompts[_prompt(row)].append(row)
    some = rows[:most]
    advantage: dict[int, float] = {}
    for prompt in {_prompt(row) for row in some}:
        of = prompts[prompt]
        gained = advantages([row.reward for row in of])
        advantage |= dict(zip((row.n for row in of), gained, strict=True))
    ones = (
        (row, shown(run.head, row.n, graded, advantage[row.n]))
        # A run that is being written may have more by now.
        for row, graded in zip(some, islice(run.graded(), len(some)), strict=True)
    )
    # Rollouts of a prompt that follow each other stand side by side below it.
    together = [
        [one for _, one in same] for _, same in groupby(ones, key=lambda pair: _prompt(pair[0]))
    ]
    rewards = [row.reward for row in rows if row.reward is not None]
    chart = _chart(rewards) if rewards else None
    told = sentences(run.head.summary or _told(rows, rewards, prompts), ended=bool(run.head.ended))
    return render_file(
        "export.html.j2", "export.js", head=run.head, told=told, chart=chart, spot=spot,
        groups=together, shown=len(some), rows=len(rows),
        outcomes=[outcome for outcome, _ in Counter(row.outcome for row in some).most_common()],
    )  # fmt: skip


def _prompt(row: Row) -> bytes:
    return row.rollouts or row.same


def _told(
    rows: list[Row], rewards: list[float], prompts: dict[bytes, list[Row]]
) -> dict[str, object]:
    """Returns the summary of a run that has not ended, as its sentences need it."""
    scored = [[row.reward for row in of if row.reward is not None] for of in prompts.values()]
    several = [of for of in scored if len(of) > 1]
    kinds = Counter(row.outcome.removeprefix("unscored:") for row in rows if row.reward is None)
    return {
        "rows": len(rows), "scored": len(rewards), "unscored": dict(kinds),
        "mean": fsum(rewards) / len(rewards) if rewards else None,
        "groups": len(several), "flat_groups": sum(is_flat(of) for of in several),
    }  # fmt: skip


def _chart(rewards: list[float]) -> Chart:
    low, high = ends_of(min(rewards), max(rewards))
    wide = (high - low) / BINS
    counts = Counter(min(int((reward - low) / wide), BINS - 1) for reward in rewards)
    parts = [counts[n] for n in range(BINS)]
    return bars("rewards", "Rewards", [("rows", parts)], (low, high), note="Of all scored rows.")
