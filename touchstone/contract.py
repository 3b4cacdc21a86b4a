"""Bedrock's contract: raw event in, samples out; results in, reply out.

Nothing else reads an event or makes a reply; a finished reply is read by whoever asked for it.
It accepts every event form that Bedrock, SageMaker and their SDKs are documented or seen to send
(docs/contract.md lists them with sources), because the documents disagree on where a reference
lies and what a turn holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from touchstone.jsontext import decoded
from touchstone.normal import normal, normal_data
from touchstone.outcomes import BadSample, Fault, Grade, Metric
from touchstone.said import ANSWER_ROLES, SYSTEM_ROLES, Turn, conversation, read_turn, with_calls
from touchstone.settings import ReplyForm
from touchstone.thinking import Pairs, begins_with_thought, split_thinking
from touchstone.tool_calls import ToolCall, expects_calls

JSON = Any
Envelope = Literal["list", "http", "article"]

# Lambda refuses a reply above 6 MiB; the rest is left for its own framing.
MAX_REPLY_BYTES = 6 * 1024 * 1024 - 64 * 1024
_SET_FORMS: dict[ReplyForm, Envelope] = {"list": "list", "envelope": "http"}
_WRAPPERS = ("batch", "input", "trajectories")
# What a misspelt field of the reference is near to, letters alone.
_REFERENCE_NAMES = ("referenceanswer", "reference")
# Keys that a row is made of; everything else is a field of the user's own.
_ROW_KEYS = {"id", "messages", "metadata", "reference_answer", "tools"}
_TURN_KEYS = {"content", "tool_calls", "function_call"}
_ANSWER_KEYS = {"model_response", "completion", "response", "prompt", "output"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One rollout to grade, whatever form its event had.

    Attributes:
        id: As it came, of any JSON type; ``None`` when it had none.
        messages: The turns before the completion, each a dict with ``role`` and the
            ``content`` as it came.
        turns: What was said in them, those of the system apart.
        system: Text of the system prompt, empty where there is none.
        prompt: Text of all turns before the completion, separated by blank lines, without the
            model's thinking.
        completion: Text of the last turn, without its thinking and its tool calls.
        thinking: What was removed from the completion as thinking.
        tool_calls: What the last turn calls.
        reference: The reference answer, decoded where it was JSON in a string and
            unwrapped where it was ``{"text": ...}``; ``None`` when absent.
        fields: Every other field of the row, from metadata and top level.
        tools: Tool definitions of the row, ``None`` when it has none.
        raw: The row as it came.
    """

    id: JSON
    messages: tuple[dict[str, Any], ...]
    turns: tuple[Turn, ...]
    system: str
    prompt: str
    completion: str
    thinking: str
    tool_calls: tuple[ToolCall, ...]
    reference: JSON
    fields: dict[str, Any]
    tools: JSON
    raw: JSON

    @property
    def conversation(self) -> str:
        """What came before the completion as a judge reads it: who said what."""
        return conversation(self.system, self.turns)

    @property
    def answer(self) -> str:
        """The completion and what it calls, written out."""
        return with_calls(self.completion, self.tool_calls)

    def in_normal_form(self) -> Sample:
        """Returns the same sample with what is compared as language in Unicode's NFC.

        ``id``, ``messages``, ``fields``, ``tools`` and ``raw`` stay as they came.
        """
        return replace(
            self,
            turns=tuple(replace(turn, text=normal(turn.text)) for turn in self.turns),
            system=normal(self.system),
            prompt=normal(self.prompt),
            completion=normal(self.completion),
            reference=normal_data(self.reference),
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What an event held: one sample or fault per row, and the form of the reply."""

    ids: tuple[JSON, ...]
    rows: tuple[Sample | Fault, ...]
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Result:
    """One row's end: what happened, and the number that goes on the wire for it."""

    id: JSON
    outcome: Grade | Fault
    score: float


class ReplyTooLarge(RuntimeError):
    """Even the bare scores of this batch do not fit into Lambda's 6 MB."""


def parse(event: JSON, thinking_marks: Pairs = ()) -> Batch:
    """Reads an event of any accepted form; never raises on bad input.

    Args:
        event: What came.
        thinking_marks: Further marks that the model thinks between, in its completions.

    Returns:
        One entry per row, in order: a sample, or the fault that says what is wrong with it.
    """
    rows, envelope = unwrap(event)
    return Batch(
        ids=tuple(_id_of(row) for row in rows),
        rows=tuple(_parse_row(row, thinking_marks) for row in rows),
        envelope=envelope,
    )


def unwrap(event: JSON) -> tuple[list[JSON], Envelope]:
    """Returns the rows of an event, and the envelope that its sender expects back."""
    if isinstance(event, list):
        return event, "list"
    if isinstance(event, Mapping) and "messages" not in event:
        if "body" in event:
            return unwrap(decoded(event["body"]))[0], "http"
        for key in _WRAPPERS:
            if isinstance(event.get(key), list):
                return event[key], "list"
        if "output" in event:
            return [event], "article"
    return [event], "list"


def to_reply(
    results: Sequence[Result],
    envelope: Envelope,
    *,
    explain: bool = False,
    form: ReplyForm = "auto",
) -> JSON:
    """Builds the reply: same ids, same order, same length, strict JSON, under 6 MB.

    Args:
        results: One per row of the event.
        envelope: The form that the event's sender expects.
        explain: Adds ``outcome`` and ``reason`` to every result. They may quote the
            completion, so this is for a person's own terminal, not for a training job.
        form: The setting ``reply``; all but ``auto`` wins over ``envelope``.

    Raises:
        ReplyTooLarge: Not even ids and scores fit.
    """
    envelope = _SET_FORMS.get(form, envelope)
    if envelope == "article":
        return {"reward": results[0].score, "details": _reason(results[0].outcome)}
    reply = [_to_entry(result, explain) for result in results]
    wrapped = _wrap(reply, envelope)
    return wrapped if _size(wrapped) <= MAX_REPLY_BYTES else _shrink(reply, envelope)


def entries_of(reply: JSON) -> JSON:
    """Returns the results of a finished reply: itself, or what its envelope holds."""
    if isinstance(reply, Mapping) and isinstance(reply.get("body"), str):
        return decoded(reply["body"])
    return reply


def outcome_of(entry: Mapping[str, Any]) -> str:
    """Returns ``scored`` or ``unscored:<kind>`` of one entry of a reply."""
    for metric in entry.get("metrics_list") or ():
        if metric["name"].startswith("unscored_"):
            return f"unscored:{metric['name'].removeprefix('unscored_')}"
    return "scored"


def prompt_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """Returns what some turns say, separated by blank lines, without a model's thinking."""
    return _joined([read_turn(message) for message in messages])


def misspelt_reference(sample: Sample) -> str:
    """Returns the field that seems to be meant where a row has no reference, ``""`` for none."""
    if sample.reference is not None:
        return ""
    import difflib  # only a mistake pays for it

    plain = {"".join(filter(str.isalpha, key.lower())): key for key in sample.fields}
    named = [name for name in plain if name.startswith("ref")]
    close = (difflib.get_close_matches(it, named, 1, 0.87) for it in _REFERENCE_NAMES)
    return next((plain[found[0]] for found in close if found), "")


def _joined(turns: Iterable[Turn]) -> str:
    return "\n\n".join(turn.text for turn in turns if turn.text)


def with_completion(sample: Sample, completion: str) -> Sample:
    """Returns the same row with another completion, which nobody thought about."""
    given = sample.raw if isinstance(sample.raw, Mapping) else {}
    kept = {k: v for k, v in given.items() if k not in _ANSWER_KEYS or k == "prompt"}
    raw = {
        **kept,
        "messages": [*sample.messages, {"role": ANSWER_ROLES[0], "content": completion}],
    }
    return replace(sample, completion=completion, thinking="", tool_calls=(), raw=raw)


def _parse_row(row: JSON, thinking_marks: Pairs) -> Sample | Fault:
    try:
        return _read_row(row, thinking_marks)
    except BadSample as exc:
        return exc.fault()
    except RecursionError:
        return BadSample("the row is nested too deeply to be read").fault()


def _read_row(row: JSON, thinking_marks: Pairs) -> Sample | Fault:
    if not isinstance(row, Mapping):
        raise BadSample(f"a row must be an object, not {type(row).__name__}")
    metadata = _object(row.get("metadata"))
    turns = _turns(row)
    answer, prompt_turns = _answer(row, turns)
    if answer is None:
        return Fault(
            "bad_sample",
            "there is no completion to grade: the last turn is not the assistant's (a dataset "
            "row, as sent to verify a function before a job)",
            preflight=bool(turns) or "prompt" in row,
        )
    reference = _reference(row, metadata)
    tools = row.get("tools", metadata.get("tools"))
    # Elsewhere a text in the form of a call is a text, or a model could choose not to be graded.
    calls_in_text = bool(tools or expects_calls(reference))
    said = read_turn(
        {**answer, "role": ANSWER_ROLES[0]},
        calls_in_text=calls_in_text,
        thinking_marks=thinking_marks,
    )
    before = [read_turn(turn) for turn in prompt_turns]
    return Sample(
        id=_id_of(row),
        messages=tuple(prompt_turns),
        turns=tuple(turn for turn in before if turn.role not in SYSTEM_ROLES),
        system=_joined(turn for turn in before if turn.role in SYSTEM_ROLES),
        prompt=_joined(before),
        completion=said.text,
        thinking=said.thinking,
        tool_calls=said.tool_calls,
        reference=reference,
        fields=_fields(row, metadata),
        tools=tools,
        raw=row,
    )


def _turns(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    turns = row.get("messages")
    if turns is None:
        prompt = row.get("prompt", row.get("query"))
        if prompt is None and "output" in row:
            prompt = row.get("input")
        if isinstance(prompt, list):
            turns = prompt
        else:
            return [] if prompt is None else [{"role": "user", "content": prompt}]
    if not isinstance(turns, list):
        raise BadSample(f"messages must be a list, not {type(turns).__name__}")
    for index, turn in enumerate(turns):
        if not isinstance(turn, Mapping):
            raise BadSample(f"messages[{index}] must be an object, not {type(turn).__name__}")
    return [dict(turn) for turn in turns]


def _answer(
    row: Mapping[str, Any], turns: list[dict[str, Any]]
) -> tuple[Mapping[str, Any] | None, list[dict[str, Any]]]:
    """Returns the turn to grade and the turns before it.

    ``model_response`` wins, because beside it ``response`` is the gold. The last turn is
    taken, never the first of the assistant's: a row may end with its gold turn, then the
    model's.
    """
    asked = turns[:-1] if turns and turns[-1].get("role") in ANSWER_ROLES else turns
    keys = ["model_response"]
    if "messages" not in row:
        keys += ["completion", "response", "output"]
    for key in keys:
        if row.get(key) is not None:
            return _as_turn(row[key]), asked
    if len(asked) < len(turns):
        return turns[-1], asked
    if row.get("completion") is not None:
        return _as_turn(row["completion"]), asked
    return None, turns


def _as_turn(answer: JSON) -> Mapping[str, Any]:
    if isinstance(answer, list) and answer and isinstance(answer[-1], Mapping):
        return answer[-1] if _TURN_KEYS & set(answer[-1]) else {"content": answer}
    if isinstance(answer, Mapping) and _TURN_KEYS & set(answer):
        return answer
    return {"content": answer}


def _reference(row: Mapping[str, Any], metadata: Mapping[str, Any]) -> JSON:
    extra, model = _object(row.get("extra_info")), _object(row.get("reward_model"))
    found = [
        row.get("reference_answer"),
        metadata.get("reference_answer"),
        extra.get("reference_answer"),
        _object(metadata.get("extra_info")).get("reference_answer"),
        model.get("ground_truth"),
        _object(metadata.get("reward_model")).get("ground_truth"),
    ]
    if row.get("model_response") is not None:
        found.append(row.get("response"))
    if "output" in row and "messages" not in row:
        # The article's small form keeps the reference's own keys beside the output.
        rest = {k: v for k, v in row.items() if k not in _ROW_KEYS | {"output", "prompt", "input"}}
        found.append(rest or None)
    for reference in map(_normal_reference, found):
        if reference is not None:
            return reference
    return None


def _normal_reference(value: JSON) -> JSON:
    if isinstance(value, Mapping) and set(value) == {"text"} and isinstance(value["text"], str):
        value = value["text"]
    value = decoded(value)
    if isinstance(value, str):
        answer = split_thinking(value)[0]
        return decoded(answer) if answer.strip() else None
    if isinstance(value, Mapping):
        return {key: _without_thought(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_thought(inner) for inner in value]
    return value


def _without_thought(value: JSON) -> JSON:
    """Returns one part of a reference; only a thought that opens it is surely one."""
    if isinstance(value, str) and begins_with_thought(value):
        return split_thinking(value)[0]
    return value


def _fields(row: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    own = {k: v for k, v in metadata.items() if k != "reference_answer"}
    return own | {k: v for k, v in row.items() if k not in _ROW_KEYS | _ANSWER_KEYS}


def _object(value: JSON) -> Mapping[str, Any]:
    value = decoded(value)
    return value if isinstance(value, Mapping) else {}


def _id_of(row: JSON) -> JSON:
    """Returns the row's id, unless strict JSON cannot carry it back (NaN, half a character)."""
    given = row.get("id") if isinstance(row, Mapping) else None
    try:
        json.dumps(given, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):
        return None
    return given


def _to_entry(result: Result, explain: bool) -> dict[str, Any]:
    outcome = result.outcome
    metrics = list(outcome.metrics)
    label = "scored"
    if isinstance(outcome, Fault):
        label = f"unscored:{outcome.kind}"
        metrics += [Metric("unscored", 1.0), Metric(f"unscored_{outcome.kind}", 1.0)]
    entry: dict[str, Any] = {
        "id": result.id,
        "aggregate_reward_score": result.score,
        "metrics_list": [{"name": m.name, "value": m.value, "type": m.type} for m in metrics],
    }
    if explain:
        entry |= {"outcome": label, "reason": _reason(outcome)}
    return entry


def _reason(outcome: Grade | Fault) -> str:
    if isinstance(outcome, Grade):
        text = outcome.reason
    else:
        text = "\n".join(filter(None, (f"{outcome.kind}: {outcome.detail}", outcome.trace)))
    # A completion may hold half a surrogate pair, which UTF-8 cannot carry.
    return text.encode("utf-8", "replace").decode()


def _wrap(reply: list[dict[str, Any]], envelope: Envelope) -> JSON:
    if envelope == "list":
        return reply
    body = json.dumps(reply, ensure_ascii=False, allow_nan=False)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}


def _shrink(reply: list[dict[str, Any]], envelope: Envelope) -> JSON:
    """Drops what a job can train without: first reported metrics, then criteria too."""
    kept_names = ("unscored",)
    for keep in (
        lambda m: m["type"] == "Reward" or m["name"].startswith(kept_names),
        lambda m: m["name"].startswith(kept_names),
        lambda _: False,
    ):
        for entry in reply:
            entry.pop("reason", None)
            entry["metrics_list"] = [m for m in entry["metrics_list"] if keep(m)]
        # Says so on the reply itself, since a log line would not reach its reader.
        reply[0]["metrics_list"].append({"name": "metrics_dropped", "value": 1.0, "type": "Metric"})
        wrapped = _wrap(reply, envelope)
        if _size(wrapped) <= MAX_REPLY_BYTES:
            return wrapped
    raise ReplyTooLarge(f"the scores of {len(reply)} rows do not fit into a 6 MB reply")


def _size(reply: JSON) -> int:
    return len(json.dumps(reply, ensure_ascii=False, allow_nan=False).encode())
