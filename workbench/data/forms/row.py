"""A record made a row, one way: sniffed, read by its form, settled by its kind, finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.data.forms import mapping, table
from workbench.data.forms.columns import choose, is_blank
from workbench.data.forms.draft import Draft, Refused, row_id
from workbench.data.forms.options import Options
from workbench.data.forms.records import Kind, Opened, Sniffed, sniff
from workbench.data.forms.replies import answer_turn
from workbench.rows.rft import ROW_KEYS, make_row

_ROW_KEYS = frozenset(ROW_KEYS)


@dataclass(frozen=True, slots=True)
class Converted:
    """A row, and what is to be counted about it.

    Attributes:
        row: The RFT row.
        form: The form that its record was read as.
        reference_from: Where its reference came from, ``""`` for none.
        left_out: What the row has no place for.
    """

    row: dict[str, Any]
    form: str
    reference_from: str
    left_out: list[str]


def convert_record(value: Any, file: str, options: Options) -> Converted | None:
    """Makes a row of a opened.

    Args:
        value: The record, as its file held it.
        file: The file it came from.
        options: How.

    Returns:
        The row, or ``None`` where the filter does not keep the opened.

    Raises:
        Refused: The record cannot become a row; says why and names the field.
    """
    if not isinstance(value, dict):
        raise Refused("bad_shape", "", f"must be an object, not {type(value).__name__}")
    if options.keep and not options.keep(_metadata_of(value)):
        return None
    picked = mapping.pick(value, options.mapping) if options.mapping else {}
    displaced: list[str] = []
    if "prompt" in picked or "messages" in picked:
        row, displaced = mapping.mapped_row(value, picked, options.mapping)
        opened, form, kind = Sniffed(Opened(row), table.FORM, Kind.ROW)
    else:
        wanted = options.keep_answer == "reference"
        opened, form, kind = sniff(value, file, options.form, with_response=wanted)
    draft = form.read(opened.request)
    draft.left_out += displaced
    _settle(draft, opened, kind, options)
    if picked:
        mapping.put(picked, options.mapping, draft)
    return _finish(draft, opened.counted_as or form.name, options)


def _metadata_of(value: dict[str, Any]) -> dict[str, Any]:
    metadata = value.get("requestMetadata")
    return metadata if isinstance(metadata, dict) else {}


def _settle(draft: Draft, opened: Opened, kind: Kind, options: Options) -> None:
    """Gives a draft what its record says beside the request, by what the record is.

    The answer, if there is one to learn, is the draft's last turn then.
    """
    prefill = ""
    if kind is not Kind.ROW:
        own_id = opened.request.get("id") if opened.call_id is None else opened.call_id
        draft.row_id = row_id(own_id, draft.left_out)
        draft.fields.pop("id", None)
    if kind in (Kind.CALL, Kind.WRAPPED):
        prefill = _take_prefill(draft)
    if kind is Kind.WRAPPED:
        said = [key for key in draft.fields if key in opened.request]
        draft.left_out += said
        draft.fields = {k: v for k, v in draft.fields.items() if k not in said} | opened.fields
    elif kind is not Kind.ROW:
        choose(draft, opened.request.keys(), answer=opened.response is None)
    if opened.response is not None:
        _take_reply(draft, opened.response, prefill, options)


def _finish(draft: Draft, form: str, options: Options) -> Converted:
    turns = draft.messages
    if turns and turns[-1]["role"] == "assistant":
        _take_answer(draft, turns.pop(), options)
    if turns and turns[-1]["role"] == "assistant":
        raise Refused("two_answers", "messages", "ends with two assistant turns")
    if not any(turn["role"] == "user" and turn["content"] for turn in turns):
        raise Refused("no_prompt", "messages", "has no user turn with text")
    if options.system and not any(turn["role"] == "system" for turn in turns):
        turns.insert(0, {"role": "system", "content": options.system})
    for name in draft.fields.keys() & _ROW_KEYS:
        del draft.fields[name]
        draft.left_out.append(f"metadata.{name}")
    row = make_row(
        turns,
        row_id=draft.row_id,
        tools=draft.tools,
        reference=draft.reference,
        fields=draft.fields,
    )
    source = draft.reference_from if draft.reference is not None else ""
    return Converted(row, form, source, draft.left_out)


def _take_prefill(draft: Draft) -> str:
    """Takes words put into the model's mouth, which are no answer, off a call's turns."""
    if not draft.messages or draft.messages[-1]["role"] != "assistant":
        return ""
    draft.left_out.append("assistant prefill")
    return draft.messages.pop()["content"] or ""


def _take_reply(draft: Draft, response: Any, prefill: str, options: Options) -> None:
    """Puts what a model in service replied where the answer belongs, behind its prefill."""
    if options.keep_answer != "reference":
        draft.left_out.append("response")
        return
    answer = answer_turn(response, draft.left_out, "response")
    if prefill and answer["content"]:
        answer["content"] = prefill + answer["content"]
    draft.messages.append(answer)


def _take_answer(draft: Draft, answer: dict[str, Any], options: Options) -> None:
    """Makes the last turn the reference, where it says something and there is no other."""
    if "tool_calls" not in answer and is_blank(answer["content"]):
        draft.left_out.append("empty answer")
    elif draft.reference is not None or options.keep_answer == "drop":
        draft.left_out.append("answer")
    else:
        draft.reference, draft.reference_from = _as_reference(answer), "last turn"


def _as_reference(answer: dict[str, Any]) -> Any:
    if "tool_calls" in answer:
        return {"content": answer["content"], "tool_calls": answer["tool_calls"]}
    return answer["content"]
