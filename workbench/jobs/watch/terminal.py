"""A frame of ``watch`` for a terminal: a panel that fits its window, or a line per step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from touchstone.sanitize import one_line
from touchstone.stand_in import STAND_IN
from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.details import Details, lasting, seconds_of
from touchstone.workbench.jobs.folder import State
from touchstone.workbench.jobs.history import History
from touchstone.workbench.jobs.watch.follow import Frame

_BARS = "▁▂▃▄▅▆▇█"
_LABEL_WIDTH = 14
_STYLES = {
    "Creating": "cyan", "InProgress": "cyan", "Completed": "green",
    "Failed": "red", "Stopping": "yellow", "Stopped": "yellow",
}  # fmt: skip
_LEVELS = {"info": "dim", "warn": "yellow", "error": "red"}
_MOST_CRITERIA = 4


def panel(frame: Frame, width: int, height: int) -> RenderableType:
    """Returns the live view, at most ``height`` lines of ``width`` columns.

    What matters least gives way first: older events, then further criteria and signs.
    """
    head = [_title(frame), _progress(frame, width)]
    rows = _rows(frame.history, frame.state.open_step, width - _LABEL_WIDTH - 1)
    notes = _notes(frame)
    room = max(0, height - len(head))
    while len(rows) + len(notes) > room and len(notes) > 1:
        notes.pop()
    rows = rows[: max(0, room - len(notes))]
    left = room - len(rows) - len(notes)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=_LABEL_WIDTH, style="bold", no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=width - _LABEL_WIDTH - 1)
    for name, value in rows:
        grid.add_row(name, value)
    lines: list[RenderableType] = [*head, grid, *notes, *_events(frame, left)]
    for line in lines:
        if isinstance(line, Text):
            line.no_wrap, line.overflow = True, "ellipsis"
    return Group(*lines)


def caveats(state: State) -> list[str]:
    """Returns what a reader of a job's rewards has to know: who judged, and what the plan said."""
    judge = [f"judge: {one_line(state.judge)}"] if state.judge else []
    return judge + [f"launched even so: {one_line(line)}" for line in state.even_so]


def step_line(frame: Frame, step: int) -> str:
    """Returns one step as a line of a log."""
    values = frame.history.steps[step]
    parts = [f"step {step}" + (f"/{frame.state.total_steps}" if frame.state.total_steps else "")]
    names = (
        m.REWARD,
        m.VALIDATION,
        m.FLAT,
        m.UNSCORED,
        m.ENTROPY,
        m.LENGTH,
        m.LATENCY_P99,
        m.SPEND,
    )
    parts += [
        f"{m.label(name).lower()} {m.shown(name, values[name])}" for name in names if name in values
    ]
    return "  ".join(parts)


def details_table(details: Details) -> Table:
    """Returns the details of a job that ended."""
    table = Table(title="Details of the model", title_justify="left", show_header=False)
    table.add_column("what", style="bold")
    table.add_column("value", overflow="fold")
    state = details.state
    for name, value in (("base model", state.base_model), ("tuned model", state.tuned_model)):
        if value:
            table.add_row(name, Text(one_line(value)))
    for line in caveats(state):
        name, _, value = line.partition(": ")
        table.add_row(name, Text(value))
    table.add_row("duration", lasting(details.seconds))
    for one in details.final:
        first, last = m.shown(one.name, one.first), m.shown(one.name, one.last)
        table.add_row(Text(one_line(one.label, 60)), f"{last}, from {first}")
    for name, value in details.resources.items():
        table.add_row(name.lower(), Text(one_line(value)))
    for cost in details.costs:
        usd = "unknown" if cost.usd is None else m.shown(m.SPEND, cost.usd)
        table.add_row(f"cost: {cost.what.lower()}", f"{usd} ({cost.basis})")
    return table


def as_json(frame: Frame) -> dict[str, Any]:
    """Returns a frame as ``--json`` prints it."""
    state, steps = frame.state, frame.history.steps
    newest = max(steps, default=None)
    return {
        "name": state.name,
        "status": state.status,
        "message": state.message,
        "judge": state.judge,
        "even_so": state.even_so,
        "step": state.step,
        "total_steps": state.total_steps,
        "metrics_step": newest,
        "metrics": dict(steps[newest]) if newest is not None else {},
        "open_step": state.open_step,
        "unscored": frame.history.unscored_kinds,
        "seconds": seconds_of(state, frame.history),
        "seconds_left_estimate": frame.seconds_left,
        "signs": [{"kind": sign.kind, "message": sign.message} for sign in frame.signs],
        "trouble": frame.trouble,
        "braked": frame.braked,
    }


def sparkline(values: list[float], width: int) -> str:
    """Returns the newest values as blocks, from their lowest to their highest."""
    shown_values = values[-width:]
    if not shown_values:
        return ""
    low, high = min(shown_values), max(shown_values)
    if high == low:
        return _BARS[0] * len(shown_values)
    top = len(_BARS) - 1
    return "".join(_BARS[round((value - low) / (high - low) * top)] for value in shown_values)


def _title(frame: Frame) -> Text:
    state = frame.state
    title = Text(one_line(state.name), style="bold")
    title.append(f"  {state.status}", style=_STYLES.get(state.status, ""))
    models = one_line(state.base_model)
    title.append(f"  {state.service}  {models}", style="dim")
    return title


def _progress(frame: Frame, width: int) -> Text:
    state = frame.state
    spent = lasting(seconds_of(state, frame.history))
    if not state.total_steps:
        return Text(f"step {state.step}   total unknown   {spent} so far")
    share = min(1.0, state.step / state.total_steps)
    left = frame.seconds_left
    tail = f" {state.step}/{state.total_steps} steps   {spent} so far"
    tail += f"   about {lasting(left)} left (estimate)" if left is not None else ""
    size = max(8, min(30, width - len(tail)))
    done = round(share * size)
    bar = Text("━" * done, style="green")
    bar.append("━" * (size - done), style="bright_black")
    return bar.append(tail, style="default")


def _so_far(step: Mapping[str, float]) -> str:
    """Returns what is known of the step that is not complete."""
    names = (m.REWARD, m.FLAT, m.UNSCORED)
    known = [
        f"{m.label(name).lower()} {m.shown(name, step[name])}" for name in names if name in step
    ]
    return "  ".join([f"{step['rollouts']:.0f} rollouts of the next step", *known])


def _rows(history: History, open_step: Mapping[str, float], width: int) -> list[tuple[str, Text]]:
    rows: list[tuple[str, Text]] = []

    def add(name: str, value: str) -> None:
        rows.append((name, Text(value)))

    if (reward := history.last(m.REWARD)) is not None:
        first = history.values(m.REWARD)[0]
        line = f"{m.shown(m.REWARD, reward)} ({reward - first:+.3f} since the first)  "
        add("reward mean", line + sparkline(history.values(m.REWARD), max(1, width - len(line))))
    if open_step:
        add("so far", _so_far(open_step))
    spread = {"min": m.REWARD_MIN, "p10": m.P10, "p50": m.P50, "p90": m.P90, "max": m.REWARD_MAX}
    add("quantiles", _joined(history, spread) or "unknown")
    if validation := history.series(m.VALIDATION):
        step, value = validation[-1]
        spark = sparkline([v for _, v in validation], 20)
        add("validation", f"{value:.3f} at step {step}, from {validation[0][1]:.3f}  {spark}")
    for name in history.criteria[:_MOST_CRITERIA]:
        line = f"{history.values(name)[-1]:.3f}  "
        add(f"  {one_line(name.removeprefix(m.CRITERIA), 60)}"[:_LABEL_WIDTH],
            line + sparkline(history.values(name), min(30, width - len(line))))  # fmt: skip
    if more := history.criteria[_MOST_CRITERIA:]:
        add("", "and " + ", ".join(one_line(n.removeprefix(m.CRITERIA), 60) for n in more))
    flat = {name: m.flat(kind) for kind, name in m.FLAT_KINDS.items()}
    add("flat groups", f"{m.shown(m.FLAT, history.last(m.FLAT))}  {_joined(history, flat)}")
    kinds = ", ".join(f"{one_line(k, 60)} {n}" for k, n in history.unscored_kinds.items())
    unscored = m.shown(m.UNSCORED, history.last(m.UNSCORED))
    add("unscored", unscored + (f"  so far: {kinds}" if kinds else ""))
    learning = {"loss": m.LOSS, "accuracy": m.ACCURACY, "entropy": m.ENTROPY}
    if text := _joined(history, learning):
        add("learning", text)
    if text := _joined(history, {"mean": m.LENGTH, "longest": m.LENGTH_MAX, "empty": m.ABORTED}):
        add("length", text)
    if text := _joined(history, {"p50": m.LATENCY_P50, "p99": m.LATENCY_P99}):
        add("grader", text + _throttles(history))
    add("spend", f"{m.shown(m.SPEND, history.last(m.SPEND))} on graders and judges")
    return rows


def _joined(history: History, names: dict[str, str]) -> str:
    known = {text: history.last(name) for text, name in names.items()}
    return "  ".join(f"{t} {m.shown(names[t], v)}" for t, v in known.items() if v is not None)


def _throttles(history: History) -> str:
    count = history.total(m.THROTTLES)
    return f"  throttled {count:.0f} times" if count else ""


def _notes(frame: Frame) -> list[Text]:
    notes = [Text(line, style=_tone(line)) for line in caveats(frame.state)]
    if frame.state.message:
        notes.append(Text(one_line(frame.state.message), style="bold"))
    if frame.braked:
        notes.append(Text(f"braked: {one_line(frame.braked)}", style="bold red"))
    if frame.trouble:
        retry = f", again in {frame.wait:.0f} s" if not frame.ended else ""
        notes.append(Text(f"service{retry}: {one_line(frame.trouble)}", style="yellow"))
    notes.extend(Text(f"! {sign.message}", style="yellow") for sign in frame.signs)
    return notes


def _tone(caveat: str) -> str:
    return "dim" if caveat.startswith("judge") and STAND_IN not in caveat else "yellow"


def _events(frame: Frame, room: int) -> list[Text]:
    if room < 1:
        return []
    return [
        Text(
            f"{event['time'][11:19]} {one_line(event['message'])}", _LEVELS.get(event["level"], "")
        )
        for event in frame.events[-min(room, 6) :]
    ]
