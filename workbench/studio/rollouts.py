"""Rollouts: the runs, the rows of one, filtered and sorted, and a row whole beside its siblings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from touchstone.contract import Sample, parse
from touchstone.workbench.grading.run import Graded
from touchstone.workbench.pages.charts import bars, spot
from touchstone.workbench.runs.run import Head, Run
from touchstone.workbench.studio.index import Index
from touchstone.workbench.studio.query import (
    PAGE,
    PLACES,
    SORTS,
    Hit,
    Query,
    advantages_of,
    answers,
    groups,
    has_steps,
    outcomes,
    read_query,
    search,
    whole,
)
from touchstone.workbench.studio.verdict import sentences
from touchstone.workbench.studio.view import NotThere, Studio, View

_PATH = "/rollouts"
_MOST_SIBLINGS = 16  # shown whole beside a row


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as a page shows it.

    Attributes:
        n: Its place in the run, from 0.
        place: ``file:line``.
        entry: Its result.
        prompt: Of all turns before the completion; of a row that is no sample, the row itself.
        completion: ``None`` for a row that is no sample.
        thinking: What was taken from the completion as thinking.
        reference: ``None`` where there is none.
        reward: ``None`` where it is not scored.
        advantage: Within its prompt, as GRPO counts it; ``None`` where it is not known yet.
        length: Characters of the completion.
        step: Of training; ``None`` where it is no job's.
    """

    n: int
    place: str
    entry: dict[str, Any]
    prompt: Any
    completion: str | None
    thinking: str
    reference: Any
    reward: float | None
    advantage: float | None
    length: int
    step: int | None

    @property
    def name(self) -> str:
        """Its id; of a row that has none, its place."""
        return self.place if self.entry["id"] is None else str(self.entry["id"])

    @property
    def criteria(self) -> list[tuple[str, str]]:
        """What the reward is made of."""
        return self._of("Reward")

    @property
    def metrics(self) -> list[tuple[str, str]]:
        """What was only reported."""
        return self._of("Metric")

    def _of(self, kind: str) -> list[tuple[str, str]]:
        found = self.entry["metrics_list"]
        return [(one["name"], f"{one['value']:.4g}") for one in found if one["type"] == kind]


def shown(head: Head, n: int, graded: Graded, advantage: float | None) -> Shown:
    """Returns a row as a page shows it.

    Args:
        head: Of its run.
        n: Its place in the run.
        graded: It and its result.
        advantage: Within its prompt, where that is known.
    """
    line, entry = graded
    sample = parse([line.row], head.thinking_marks).rows[0]
    reward = entry["aggregate_reward_score"] if entry["outcome"] == "scored" else None
    if isinstance(sample, Sample):
        said = (sample.prompt, sample.answer, sample.thinking, sample.reference)
    else:
        said = (line.row if line.problem == "" else line.problem, None, "", None)
    return Shown(n, line.place, entry, *said, reward, advantage, len(said[1] or ""), line.step)


def told(run: Run, index: Index) -> dict[str, Any]:
    """Returns the summary of a run, of one that has not ended as far as the index has read it."""
    if run.head.summary:
        return run.head.summary
    ends = outcomes(index)
    scored, total = ends.pop("scored", (0, 0.0))
    several, flat = groups(index)
    return {
        "rows": scored + sum(count for count, _ in ends.values()),
        "scored": scored,
        "mean": total / scored if scored else None,
        "unscored": {k.removeprefix("unscored:"): count for k, (count, _) in ends.items()},
        "groups": several,
        "flat_groups": flat,
    }


def _routes(studio: Studio) -> list[Route]:
    def runs(request: Request) -> Response:
        return studio.page(request, "runs.html.j2", heads=studio.heads(), folder=str(studio.where))

    def rows(request: Request) -> Response:
        query = read_query(request.query_params)
        with studio.indexed(request.path_params["run"]) as (run, index):
            found, summary = search(index, query), told(run, index)
            hits = _shown(run, index, found.hits)
            values = {
                "head": run.head, "read": index.count(), "rows": run.count(), "found": found,
                "hits": hits, "told": sentences(summary, ended=bool(run.head.ended)),
                "outcomes": ["scored", *(f"unscored:{kind}" for kind in summary["unscored"])],
                "criteria": list(index.criteria()), "has_steps": has_steps(index),
            }  # fmt: skip
        pages = max(1, -(-found.count // PAGE))
        note = "Of the rows that were found." if query.filters() else "Of all scored rows."
        return studio.page(
            request, "rollouts.html.j2", query=query, sorts=SORTS, places=PLACES, pages=pages,
            chart=bars("rewards", "Rewards", [("rows", found.bins)], found.ends, note=note),
            spot=spot, first=(query.page - 1) * PAGE + 1, pager=_pager(query, pages), **values,
        )  # fmt: skip

    def row(request: Request) -> Response:
        given = request.path_params["n"]
        n = whole(given)  # of as many digits as somebody likes
        with studio.indexed(request.path_params["run"]) as (run, index):
            count = run.count()
            if n is None or n >= count:
                raise NotThere(
                    f"run {run.head.id} has {count:,} rows, counted from 0, and none is {given:.20}"
                )
            group = answers(index, n)
            advantage = advantages_of(index, group)
            others = _near(group, n)
            one = shown(run.head, n, run.result(n), advantage.get(n))
            siblings = _shown(run, index, others, advantage)
        return studio.page(
            request, "rollout.html.j2", head=run.head, one=one, siblings=siblings,
            group=len(group), rows=count,
        )  # fmt: skip

    return [
        Route(_PATH, runs),
        Route(f"{_PATH}/{{run}}", rows),
        Route(f"{_PATH}/{{run}}/{{n}}", row),
    ]


def _shown(
    run: Run, index: Index, hits: Sequence[Hit], advantage: dict[int, float] | None = None
) -> list[Shown]:
    found = advantages_of(index, hits) if advantage is None else advantage
    return [shown(run.head, hit.n, run.result(hit.n), found[hit.n]) for hit in hits]


def _near(group: Sequence[Hit], n: int) -> Sequence[Hit]:
    """Returns the rollouts of a prompt to show beside one of them, which is among them."""
    at = next((place for place, hit in enumerate(group) if hit.n == n), 0)
    start = max(0, min(at - _MOST_SIBLINGS // 2, len(group) - _MOST_SIBLINGS))
    return group[start : start + _MOST_SIBLINGS]


def _pager(query: Query, pages: int) -> list[tuple[str, str]]:
    """Returns the names and addresses of the pages before and after, where there are such."""
    given = {k: v for k, v in msgspec.to_builtins(query).items() if v not in ("", None)}

    def address(page: int) -> str:
        return "?" + urlencode(given | {"page": page})

    before = [("First", address(1)), ("Previous", address(query.page - 1))]
    after = [("Next", address(query.page + 1)), ("Last", address(pages))]
    return (before if query.page > 1 else []) + (after if query.page < pages else [])


VIEW = View("Rollouts", _PATH, _routes)
