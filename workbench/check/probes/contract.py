"""Contract: every event is answered as Bedrock needs it, whatever its form, ids and rows.

What is right is decided by the event alone: as many entries as rows, in their order, with their
ids and finite numbers, and the same rewards in whatever form the same rows are sent. A deployed
function that is not ours is held to what Bedrock documents; the other forms that SDKs send are
tried and told, and count against nobody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.contract import MAX_REPLY_BYTES, entries_of
from touchstone.groups import same
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.workbench.aws import FunctionError, ServiceError
from touchstone.workbench.check.gold import golds
from touchstone.workbench.check.subject import Subject, number
from touchstone.workbench.check.trial import Answered, Trial
from touchstone.workbench.check.verdict import Verdict, not_tried
from touchstone.workbench.errors import WorkbenchError

_PLAIN = "This is a plain answer in a few ordinary words."
_LARGE_S, _LARGE_ROWS = 8.0, 256  # a large batch has as many rows as fit into so many seconds
_HUGE_CHARS = 300_000
_TYPES = ("Metric", "Reward")

Row = dict[str, Any]
Check = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Sent:
    """One event, and what its reply has to be.

    Attributes:
        name: What is odd about it.
        event: As it is sent.
        wrong: The reply to what is wrong with it, ``""`` for nothing.
        counts: A grader that fails here falls short; else it is only told.
    """

    name: str
    event: Any
    wrong: Check
    counts: bool = True


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields a verdict for each part: forms, ids, rows, retries, size, time."""
    trials = base_trials(subject)
    if not trials:
        yield not_tried("contract", "there is no row to make an event of")
        return
    if not subject.may_go_on():
        yield not_tried("contract", subject.spent)
        return
    rows = [subject.event(trial) for trial in trials]
    try:
        rewards = scores(ask(subject, rows, len(rows)))
    except _Failed as exc:
        said = f"the plainest event, a list of {len(rows)} rows, fails: {exc}"
        yield Verdict(
            "contract:forms", "falls_short", said, 1, 1, "events", _shown(trials[0], str(exc))
        )
        return
    ours = not subject.stranger
    parts = {
        "forms": _forms(rows, rewards, ours=ours),
        "ids": _ids(rows, rewards, ours=ours),
        "rows": _odd_rows(rows, rewards, ours=ours),
        "retries": _retries(rows, rewards),
    }
    for name, events in parts.items():
        yield _verdict(f"contract:{name}", events, subject, trials[0])
    if subject.may_go_on():
        yield _large(subject, rows, rewards, trials[0])
    else:
        yield not_tried("contract:size", subject.spent)
    if subject.timed is None:
        return
    if subject.may_go_on():
        yield _in_time(subject, subject.timed, rows, trials[0])
    else:
        yield not_tried("contract:time", subject.spent)


def base_trials(subject: Subject) -> list[Trial]:
    """Returns three rollouts to make events of: something right, the same again, and a plain text.

    The same prompt thrice, as a group of rollouts is.
    """
    bounds = (subject.low, subject.high)
    for case in subject.cases:
        if right := golds(case, subject.template, bounds):
            wrong = Trial(case.row, _PLAIN, "contract:plain", "it answers nothing")
            return [right[0], right[-1], wrong]
    for case in subject.cases:
        said = case.completion or _PLAIN
        return [Trial(case.row, text, "contract", "any text") for text in (said, _PLAIN, _PLAIN)]
    return []


class _Failed(WorkbenchError):
    """A call failed, or its reply is none; the message says how."""


def ask(subject: Subject, event: Any, rows: int) -> Any:
    """Sends an event; returns the reply as it is.

    Raises:
        _Failed: The call failed.
    """
    try:
        reply = subject.send(lambda: subject.reply(event), rows)
    except (FunctionError, ServiceError, FaultBudgetExceeded) as exc:
        raise _Failed(f"the call fails: {str(exc)[:300]}") from exc
    _count_cost(subject, reply)
    return reply


def wrong_with(reply: Any, ids: Sequence[Any]) -> str:
    """Returns what Bedrock could not use about a reply to rows with these ids, ``""`` for nothing.

    Strictly: a list of as many objects as there are rows, in their order and with their ids as
    they came, each with a finite number, and metrics of a name, a finite value and a type.
    """
    if not isinstance(reply, list):
        return f"the reply is no list of results but {type(reply).__name__}"
    if len(reply) != len(ids):
        return f"{len(ids)} rows were sent, {len(reply)} results came"
    for at, (entry, wanted) in enumerate(zip(reply, ids, strict=True)):
        if problem := _wrong_entry(entry, wanted):
            return f"result {at}: {problem}"
    try:
        size = len(json.dumps(reply, allow_nan=False).encode())
    except (TypeError, ValueError) as exc:
        return f"the reply is no strict JSON: {exc}"
    return "" if size <= MAX_REPLY_BYTES else f"the reply has {size} bytes, above Lambda's 6 MB"


def _count_cost(subject: Subject, reply: Any) -> None:
    entries = entries_of(reply)
    for entry in entries if _listed(entries) else ():
        subject.count_cost(entry)


def scores(reply: Any) -> list[float]:
    """Returns the rewards of a reply, as far as there are some."""
    entries = entries_of(reply)
    found = [one for one in entries if isinstance(one, Mapping)] if _listed(entries) else []
    return [number(one.get("aggregate_reward_score")) or 0.0 for one in found]


def _wrong_entry(entry: Any, wanted: Any) -> str:
    if not isinstance(entry, Mapping):
        return f"is {type(entry).__name__}, not an object"
    if "id" not in entry or entry["id"] != wanted or type(entry["id"]) is not type(wanted):
        return f"its id is {str(entry.get('id'))[:80]!r}, not {str(wanted)[:80]!r}"
    if number(entry.get("aggregate_reward_score")) is None:
        given = entry.get("aggregate_reward_score")
        return f"aggregate_reward_score is {given!r}, not a finite number"
    metrics = entry.get("metrics_list", [])
    if not isinstance(metrics, list):
        return "metrics_list is no list"
    for one in metrics:
        named = isinstance(one, Mapping) and isinstance(one.get("name"), str)
        if not named or number(one.get("value")) is None or one.get("type") not in _TYPES:
            return f"metrics_list holds {str(one)[:80]}, not a name, a finite value and a type"
    return ""


def _same_rewards(rewards: Sequence[float], ids: Sequence[Any]) -> Check:
    """Returns what holds a reply in the list form to ids and rewards."""

    def wrong(reply: Any) -> str:
        if problem := wrong_with(reply, ids):
            return problem
        for at, (got, wanted) in enumerate(zip(scores(reply), rewards, strict=True)):
            if not same(got, wanted):
                return f"result {at} earns {got:.4g}, and as a plain list {wanted:.4g}"
        return ""

    return wrong


def _of_envelope(inner: Check) -> Check:
    def wrong(reply: Any) -> str:
        if not isinstance(reply, Mapping) or reply.get("statusCode") != 200:
            return "an event with a body is not answered with a statusCode of 200"
        if not isinstance(reply.get("body"), str):
            return "the body of the reply is no text"
        return inner(entries_of(reply))

    return wrong


def _forms(rows: list[Row], rewards: list[float], *, ours: bool) -> Iterator[Sent]:
    ids = [row["id"] for row in rows]
    as_list, one = _same_rewards(rewards, ids), _same_rewards(rewards[:1], ids[:1])
    yield Sent("a list", rows, as_list)
    yield Sent("a list of one", rows[:1], one)
    yield Sent("an empty list", [], _same_rewards([], []))
    yield Sent("content as blocks", [_blocks(row) for row in rows], as_list, ours)
    yield Sent("one row alone", rows[0], one, ours)
    for key in ("batch", "input", "trajectories"):
        yield Sent(f"rows under {key}", {key: rows}, as_list, ours)
    body = {"body": json.dumps(rows)}
    yield Sent("a body of JSON", body, _of_envelope(as_list), ours)
    for name, change in _ROW_FORMS.items():
        yield Sent(name, [change(row) for row in rows], as_list, ours)


def _blocks(row: Row) -> Row:
    turns = [{**turn, "content": _block(turn.get("content"))} for turn in row["messages"]]
    return {**row, "messages": turns}


def _block(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _nova(row: Row) -> Row:
    turns = [*row["messages"][:-1], {**row["messages"][-1], "role": "nova_assistant"}]
    return {**row, "messages": turns}


def _metadata_text(row: Row) -> Row:
    return {**row, "metadata": json.dumps(row["metadata"])}


def _top_level(row: Row) -> Row:
    own = {key: value for key, value in row["metadata"].items() if key not in ("id", "messages")}
    return {"id": row["id"], "messages": row["messages"], **own} | _tools(row)


def _reference_text(row: Row) -> Row:
    given = row["metadata"].get("reference_answer")
    if given is None:
        return row
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return {**row, "metadata": {**row["metadata"], "reference_answer": {"text": text}}}


def _model_response(row: Row) -> Row:
    said = row["messages"][-1]["content"]
    return {**row, "messages": row["messages"][:-1], "model_response": said}


def _tools(row: Row) -> Row:
    return {"tools": row["tools"]} if "tools" in row else {}


# What else SDKs and samples are seen to send: name to what makes it of a row.
_ROW_FORMS: dict[str, Callable[[Row], Row]] = {
    "the role nova_assistant": _nova,
    "metadata as JSON in a text": _metadata_text,
    "fields at the top level": _top_level,
    "a reference under text": _reference_text,
    "the completion as model_response": _model_response,
}


def _ids(rows: list[Row], rewards: list[float], *, ours: bool) -> Iterator[Sent]:
    texts = {
        "letters of any script": ["número-7", "识别-8", "🙂"],
        "long ones": [c * 2000 for c in "abc"],
        "spaces, quotes and lines": [' "a"\n', "b\\", "</c>"],
        "numbers in a text": ["1", "01", "1.0"],
        "twice the same": ["same", "same", "other"],
        "names of fields": ["messages", "reference_answer", "referenceAnswer"],
    }
    others = {
        "numbers": [1, 2.5, -3],
        "null": [None, None, None],
        "an empty text, a list, an object": ["", [1], {"a": 1}],
    }
    for name, ids in texts.items():
        yield _with_ids(name, rows, rewards, ids)
    for name, ids in others.items():
        yield _with_ids(name, rows, rewards, ids, counts=ours)
    without = [{key: row[key] for key in row if key != "id"} for row in rows]
    yield Sent("no id at all", without, _same_rewards(rewards, [None] * len(rows)), ours)


def _with_ids(
    name: str, rows: list[Row], rewards: list[float], ids: Sequence[Any], *, counts: bool = True
) -> Sent:
    named = [{**row, "id": ids[at]} for at, row in enumerate(rows)]
    return Sent(name, named, _same_rewards(rewards, ids[: len(rows)]), counts)


def _odd_rows(rows: list[Row], rewards: list[float], *, ours: bool) -> Iterator[Sent]:
    """Yields events in which one odd row stands among good ones, which it must not disturb."""

    def said(content: Any) -> Row:
        turns = [*rows[0]["messages"][:-1], {"role": "assistant", "content": content}]
        return {**rows[0], "id": "odd", "messages": turns}

    preflight = {**rows[0], "id": "odd", "messages": rows[0]["messages"][:-1]}
    by_model = {
        "an empty completion": said(""),
        "a completion of spaces": said(" \n\t "),
        "content that is null": said(None),
        "content without a block": said([]),
        "a completion of control characters": said("\x00\x07\x1b[31m\u202e"),
        "half a surrogate pair": said("\ud83d"),
        "a very long completion": said("word " * (_HUGE_CHARS // 5)),
        "a row of the dataset, without a completion": preflight,
    }
    by_sender = {
        "a row that is no object": "a text",
        "a row of nothing": {},
        "messages that are no list": {**rows[0], "id": "odd", "messages": "hello"},
    }
    for name, odd in by_model.items():
        yield Sent(name, [*rows, odd], _others_undisturbed(rows, rewards, odd))
    for name, odd in by_sender.items():
        yield Sent(name, [*rows, odd], _others_undisturbed(rows, rewards, odd), ours)
    yield Sent("a row of the dataset alone, as SDKs send to verify", [preflight], _one_entry)


def _one_entry(reply: Any) -> str:
    return wrong_with(reply, ["odd"])


def _others_undisturbed(rows: list[Row], rewards: list[float], odd: Any) -> Check:
    ids = [row["id"] for row in rows]
    given = odd.get("id") if isinstance(odd, dict) else None

    def wrong(reply: Any) -> str:
        if problem := wrong_with(reply, [*ids, given]):
            return problem
        return _same_rewards(rewards, ids)(reply[: len(rows)])

    return wrong


def _retries(rows: list[Row], rewards: list[float]) -> Iterator[Sent]:
    ids = [row["id"] for row in rows]
    for again in range(1, 4):
        yield Sent(f"the same event, time {again + 1}", rows, _same_rewards(rewards, ids))
    yield Sent("the same rows twice in one event", rows * 2, _same_rewards(rewards * 2, ids * 2))


def _verdict(name: str, events: Iterator[Sent], subject: Subject, trial: Trial) -> Verdict:
    tried, untried, failed, told = 0, 0, {}, {}
    for sent in events:
        if not subject.may_go_on():
            untried += sent.counts
            continue
        problem = _problem(subject, sent)
        tried += sent.counts
        if problem:
            (failed if sent.counts else told)[sent.name] = problem
    seen = {**{k: f"falls short: {v}" for k, v in failed.items()}} | {
        f"{name} (not asked of a stranger)": problem for name, problem in told.items()
    }
    rest = f"; {untried} more were not tried: {subject.spent}" if untried else ""
    if not tried:
        return not_tried(name, subject.spent)
    if not failed:
        said = f"{tried} events are answered as they should be{rest}"
        return Verdict(name, "holds", said, tried, 0, "events", seen=seen)
    first, problem = next(iter(failed.items()))
    said = f"{len(failed)} of {tried} events are not: {first}: {problem}{rest}"
    return Verdict(
        name, "falls_short", said, tried, len(failed), "events", _shown(trial, problem), seen=seen
    )


def _problem(subject: Subject, sent: Sent) -> str:
    try:
        reply = ask(subject, sent.event, _rows_in(sent.event))
    except _Failed as exc:
        return str(exc)
    return sent.wrong(reply)


def _large(subject: Subject, rows: list[Row], rewards: list[float], trial: Trial) -> Verdict:
    """Sends one batch of as many rows as a few seconds allow, and what is left of its time."""
    began = time.monotonic()
    _problem(subject, Sent("", rows, lambda _: ""))
    each = (time.monotonic() - began) / len(rows)
    allowed = max(0.0, min(_LARGE_S, subject.left))
    groups = max(1, min(_LARGE_ROWS, int(allowed / max(each, 1e-4))) // len(rows))
    many = [{**row, "id": f"large-{at}-{n}"} for at in range(groups) for n, row in enumerate(rows)]
    ids = [row["id"] for row in many]
    problem = _problem(subject, Sent("", many, _same_rewards(rewards * groups, ids)))
    seen = {"rows": len(many), "seconds_per_row": round(each, 4)}
    if problem:
        return Verdict(
            "contract:size", "falls_short", f"a batch of {len(many)} rows: {problem}", 1, 1,
            "batches", _shown(trial, problem), seen=seen,
        )  # fmt: skip
    said = f"a batch of {len(many)} rows comes back whole and in order"
    return Verdict("contract:size", "holds", said, 1, 0, "batches", seen=seen)


def _in_time(
    subject: Subject, timed: Callable[[Any, float], Any], rows: list[Row], trial: Trial
) -> Verdict:
    """Gives a large batch one second: it answers, or raises, and does neither late."""
    many = [{**row, "id": f"late-{at}"} for at in range(40) for row in rows]
    began, problem = time.monotonic(), ""
    try:
        reply = subject.send(lambda: timed(many, 1.0), len(many))
        _count_cost(subject, reply)
        problem = wrong_with(reply, [row["id"] for row in many])
    except FaultBudgetExceeded:
        pass  # the service tries again, and no row was given a number that it did not earn
    took = time.monotonic() - began
    if took > _LARGE_S:
        problem = f"a call with 1 s left took {took:.1f} s"
    seen = {"seconds": round(took, 2), "rows": len(many)}
    if problem:
        return Verdict(
            "contract:time", "falls_short", problem, 1, 1, "calls", _shown(trial, problem),
            seen=seen,
        )  # fmt: skip
    said = f"a call of {len(many)} rows with 1 s left ends in {took:.1f} s"
    return Verdict("contract:time", "holds", said, 1, 0, "calls", seen=seen)


def _rows_in(event: Any) -> int:
    return len(event) if isinstance(event, list) else 1


def _listed(entries: Any) -> bool:
    return isinstance(entries, list)


def _shown(trial: Trial, problem: str) -> Answered:
    return Answered(trial, "unscored:contract", None, reason=problem)
