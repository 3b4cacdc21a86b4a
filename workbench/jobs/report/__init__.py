"""``report``: a job as one HTML page, from its folder alone; the same folder, the same page."""

from __future__ import annotations

from typing import Any

from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.details import Details, details_of, lasting
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.history import History
from touchstone.workbench.jobs.report.chosen import Chosen, choose
from touchstone.workbench.jobs.watch.follow import Frame, read_frame
from touchstone.workbench.pages import render
from touchstone.workbench.pages.charts import Chart, Line, chart, swatch
from touchstone.workbench.stats import Series

TONES = {"Completed": "good", "Failed": "bad", "Stopped": "warn", "Stopping": "warn"}


def report_page(folder: JobFolder) -> str:
    """Returns the page of a job.

    Raises:
        FolderError: There is no job there, or a file of it cannot be read.
    """
    return render("report.html.j2", layout="base.html.j2", **report_of(folder))


def report_of(folder: JobFolder) -> dict[str, Any]:
    """Returns what ``report.html.j2`` shows of a job, in whichever layout.

    Raises:
        FolderError: There is no job there, or a file of it cannot be read.
    """
    frame = read_frame(folder)
    details, history = details_of(folder), frame.history
    state = details.state
    chosen, kept = choose(folder.rollouts)
    return {
        "state": state,
        "tone": TONES.get(state.status, ""),
        "so_far": _so_far(frame),
        "facts": [
            ("Service", state.service),
            ("Job", state.job_id),
            ("Base model", state.base_model),
            ("Tuned model", state.tuned_model),
            ("Deployment", state.deployment),
            ("Grader", state.grader),
            ("Judge", state.judge),
            *(("Launched even so", line) for line in state.even_so),
            ("Created", state.created[:19].replace("T", " ")),
        ],
        "tiles": _tiles(details, history),
        "signs": frame.signs,
        "charts": _charts(history),
        "swatch": swatch,
        "details": details,
        "duration": lasting(details.seconds),
        "shown": m.shown,
        "rollouts": [_card(one) for one in chosen],
        "kept": f"{kept:,}",
        "events": frame.events,
        "settings": folder.job_toml(),
    }


def _so_far(frame: Frame) -> str:
    """Returns what a job that goes on has done of its next step, and how long it may still take."""
    step, said = frame.state.open_step, []
    if step:
        known = [
            f"{m.label(name).lower()} {m.shown(name, step[name])}"
            for name in (m.REWARD, m.FLAT, m.UNSCORED)
            if name in step
        ]
        has = f"The next step has {step['rollouts']:,.0f} rollouts"
        said.append(f"{has}: {'; '.join(known)}" if known else has)
    if frame.seconds_left is not None:
        said.append(f"At the pace of the newest steps it takes {lasting(frame.seconds_left)} more")
    return " ".join(f"{sentence}." for sentence in said)


def _tiles(details: Details, history: History) -> list[tuple[str, str, str]]:
    """Returns name, figure and remark of what a person looks at first."""
    tiles = [
        (m.label(name), f"{values[-1]:.3f}", f"from {values[0]:.3f}")
        for name in (m.REWARD, m.VALIDATION)
        if (values := history.values(name))
    ]
    state = details.state
    of = f"of {state.total_steps}" if state.total_steps else "in all"
    tiles.append(("Steps", str(state.step), of))
    if (flat := history.last(m.FLAT)) is not None:
        tiles.append((m.label(m.FLAT), m.shown(m.FLAT, flat), "of the last step"))
    if shares := history.values(m.UNSCORED):
        mean = sum(shares) / len(shares)
        tiles.append((m.label(m.UNSCORED), m.shown(m.UNSCORED, mean), "mean of all steps"))
    tiles.append(("Duration", lasting(details.seconds), "from creation to the last news"))
    unknown = any(cost.usd is None for cost in details.costs)
    note = "known; the rest is unknown" if unknown else "graders and judges"
    tiles.append(("Cost", m.shown(m.SPEND, details.known_usd), note))
    return tiles


def _charts(history: History) -> list[Chart]:
    """Returns every chart that the job has numbers for."""

    def lines(*names: str) -> list[Line]:
        return [Line(m.label(name), history.series(name)) for name in names]

    flat = [Line(kind, history.series(m.flat(key))) for key, kind in m.FLAT_KINDS.items()]
    kinds = [Line(kind, _counts(history, kind)) for kind in history.unscored_kinds]
    charts = (
        chart(
            "reward",
            "Reward",
            lines(m.REWARD),
            note="Mean of the rollouts of a step; between the edges lie four of five of them.",
            band=(history.series(m.P10), history.series(m.P90)),
        ),
        chart(
            "validation", "Validation", lines(m.VALIDATION), note="Mean reward of held-out prompts."
        ),
        chart(
            "criteria",
            "Criteria",
            lines(*history.criteria),
            note="Mean of each part of the reward.",
        ),
        chart(
            "flat",
            "Flat groups",
            [Line("all kinds", history.series(m.FLAT)), *flat],
            share=True,
            note="Share of prompts whose rollouts all earned the same: nothing is learnt there.",
        ),
        chart(
            "unscored",
            "Unscored rollouts",
            lines(m.UNSCORED),
            share=True,
            note="Share of rollouts that the grader could not score.",
        ),
        chart("kinds", "Unscored by kind", kinds, note="Rollouts of each step, by kind of fault."),
        chart(
            "length",
            "Response length",
            lines(m.LENGTH, m.LENGTH_MAX),
            unit="tokens",
            note="Tokens of a completion.",
        ),
        chart(
            "cut",
            "Empty and cut responses",
            lines(m.ABORTED, m.CLIPPED),
            share=True,
            note="Share of completions with nothing in them, or stopped at the limit.",
        ),
        chart(
            "entropy",
            "Entropy",
            lines(m.ENTROPY),
            note="Of the policy, per token: near 0, no more is tried.",
        ),
        chart("loss", "Loss", lines(m.LOSS), note="Of training, as the service gives it."),
        chart(
            "policy", "Policy loss", lines(m.POLICY_LOSS), note="Of the update; it need not fall."
        ),
        chart(
            "accuracy", "Accuracy", lines(m.ACCURACY), share=True, note="As the service gives it."
        ),
        chart(
            "latency",
            "Grader latency",
            lines(m.LATENCY_P50, m.LATENCY_P99),
            unit="ms",
            note="Milliseconds of a call of the grader.",
        ),
        chart(
            "throttles",
            "Throttled calls",
            lines(m.THROTTLES),
            note="Calls of the grader that were turned away.",
        ),
        chart(
            "spend",
            "Spend",
            lines(m.SPEND),
            unit="$",
            note="US dollars for graders and judges, so far.",
        ),
    )
    return [one for one in charts if one]


def _counts(history: History, kind: str) -> Series:
    """Returns how many rollouts a kind of fault left unscored, 0 in a step that had none of it."""
    name = m.unscored(kind)
    return [
        (step, values.get(name, 0.0))
        for step, values in history.steps.items()
        if name in values or m.UNSCORED in values
    ]


def _card(one: Chosen) -> dict[str, Any]:
    """Returns a rollout as the page shows it."""
    row = one.row
    reward = "none" if row["reward"] is None else f"{row['reward']:.3f}"
    marks = [("step", row["step"]), ("reward", reward)]
    if one.advantage is not None:
        marks.append(("advantage", f"{one.advantage:+.3f}"))
    marks += [(name, f"{value:.3f}") for name, value in (row.get("metrics") or {}).items()]
    marks.append(("characters", f"{one.length:,}"))
    parts = ("prompt", "completion", "reference_answer", "reason")
    texts = {part: row.get(part, "") for part in parts}
    return {"title": one.title, "why": one.why, "marks": marks, "row": texts}
