"""A record made a row, one way: sniffed, read by its form, settled by its kind, finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from touchstone.workbench.data import media
from touchstone.workbench.data.forms import mapping, reference, table
from touchstone.workbench.data.forms.columns import is_blank
from touchstone.workbench.data.forms.draft import Draft, Refused, row_id
from touchstone.workbench.data.forms.ended import how_ended
from touchstone.workbench.data.forms.options import Options
from touchstone.workbench.data.forms.records import Kind, Opened, Sniffed, sniff
from touchstone.workbench.data.forms.replies import answer_turn
from touchstone.workbench.data.problem import KINDS
from touchstone.workbench.data.shape import check_shape
from touchstone.workbench.rows.rft import ROW_KEYS, make_row

_ROW_KEYS = frozenset(ROW_KEYS)


@dataclass(frozen=True, slots=True)
class Converted:
    """A row, and what is to be counted about it.

    Attributes:
        row: The RFT row.
        form: The form that its record was read as.
        reference_from: Where its reference came from, ``""`` for none.
        left_out: What the row has no place for.
        alike: Fields that look like a reference and were not used.
    """

    row: dict[str, Any]
    form: str
    reference_from: str
    left_out: list[str]
    alike: list[str]


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
        wanted = options.keep_answer in ("reference", "completion")
        opened, form, kind = sniff(value, file, options.form, with_response=wanted)
    draft = form.read(opened.request)
    draft.left_out += displaced
    _guard(draft.fields | opened.fields)
    _settle(draft, opened, kind, options)
    if picked:
        mapping.put(picked, options.mapping, draft)
    completion = options.keep_answer == "completion"
    reference.choose(draft, completion=completion, first_choice=options.first_choice)
    return _finish(draft, opened.counted_as or form.name, options)


def _metadata_of(value: dict[str, Any]) -> dict[str, Any]:
    metadata = value.get("requestMetadata")
    return metadata if isinstance(metadata, dict) else {}


def _guard(fields: dict[str, Any]) -> None:
    """Refuses what text cannot carry, whatever form it stands beside."""
    for name, value in fields.items():
        if kind := media.kind_of_field(name, value):
            raise Refused(kind, name, f"an RFT row holds text, not {kind}")


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
        own = opened.request.keys() - (reference.answers(draft) if opened.response else set())
        draft.columns = [name for name in opened.request if name in own]
    response = draft.response if opened.response is None else opened.response
    if response is not None:
        _take_reply(draft, response, prefill, options)


def _finish(draft: Draft, form: str, options: Options) -> Converted:
    turns = draft.messages
    answer = turns.pop() if turns and turns[-1]["role"] == "assistant" else None
    if answer:
        _take_answer(draft, answer, options)
    elif options.keep_answer == "completion":
        why = [name for name in draft.left_out if name.startswith("answer ")]
        raise Refused("no_answer", "", ": ".join(["holds no answer to grade", *why]))
    if turns and turns[-1]["role"] == "assistant":
        raise Refused("two_answers", "messages", "ends with two assistant turns")
    turns = draft.messages = _one_system(turns, draft.left_out)
    if not any(turn["role"] == "user" and turn["content"] for turn in turns):
        raise Refused("no_prompt", "messages", "has no user turn with text")
    _guard_turns(turns)
    for turn in turns:
        if turn["role"] == "assistant" and turn["content"]:
            turn["content"] = reference.without_thinking(turn["content"], draft.left_out)
    if options.system and not any(turn["role"] == "system" for turn in turns):
        turns.insert(0, {"role": "system", "content": options.system})
    for name in draft.fields.keys() & _ROW_KEYS:
        del draft.fields[name]
        if name != draft.reference_from:
            draft.left_out.append(f"metadata.{name}")
    row = make_row(
        turns,
        row_id=draft.row_id,
        tools=draft.tools,
        reference=draft.reference,
        fields=draft.fields,
    )
    _check(row)
    if answer and options.keep_answer == "completion":
        turns.append(answer)
    source = draft.reference_from if draft.reference is not None else ""
    alike = [name for name in draft.alike if name in row and name != source]
    return Converted(row, form, source, draft.left_out, alike)


def _check(row: dict[str, Any]) -> None:
    """Refuses what ``data validate`` would call wrong with the row that was made."""
    for finding in check_shape(row, "nova"):
        if KINDS[finding.kind][0] == "error":
            raise Refused(finding.kind, finding.field, finding.message)


def _one_system(turns: list[dict[str, Any]], left_out: list[str]) -> list[dict[str, Any]]:
    """Returns the turns with what a conversation opens with as one system turn, or none."""
    count = next((i for i, turn in enumerate(turns) if turn["role"] != "system"), len(turns))
    if not count or (count == 1 and not is_blank(turns[0]["content"])):
        return turns
    said = [turn["content"] for turn in turns[:count] if not is_blank(turn["content"])]
    if len(said) < count:
        left_out.append("empty system turn")
    return [{"role": "system", "content": "\n\n".join(said)}] * bool(said) + turns[count:]


def _guard_turns(turns: list[dict[str, Any]]) -> None:
    for index, turn in enumerate(turns):
        if turn["role"] != "assistant" and (kind := media.kind_in_text(turn["content"] or "")):
            where = f"messages[{index}].content"
            raise Refused(kind, where, f"points to {kind}, which an RFT row does not hold")


def _take_prefill(draft: Draft) -> str:
    """Takes words put into the model's mouth, which are no answer, off a call's turns."""
    if not draft.messages or draft.messages[-1]["role"] != "assistant":
        return ""
    draft.left_out.append("assistant prefill")
    return draft.messages.pop()["content"] or ""


def _take_reply(draft: Draft, response: Any, prefill: str, options: Options) -> None:
    """Puts what a model in service replied where the answer belongs, behind its prefill."""
    if options.keep_answer not in ("reference", "completion"):
        draft.left_out.append("response")
        return
    if ended := how_ended(response):
        draft.left_out.append(f"answer {ended}")
        return
    answer = answer_turn(response, draft.left_out, "response")
    if prefill and answer["content"]:
        answer["content"] = prefill + answer["content"]
    draft.messages.append(answer)


def _take_answer(draft: Draft, answer: dict[str, Any], options: Options) -> None:
    """Makes the last turn the reference, where it says something and there is no other."""
    completion = options.keep_answer == "completion"
    said = reference.said_by(answer, draft.left_out if not completion else [])
    if ended := how_ended(draft.fields):
        draft.left_out.append(f"answer {ended}")
    elif said is None:
        draft.left_out.append("empty answer")
    elif completion:
        return
    elif draft.reference is not None or options.keep_answer == "drop":
        draft.left_out.append("answer")
    else:
        draft.reference = reference.read_value(said, draft.left_out, "answer")
        draft.reference_from = "last turn"
    if completion:
        raise Refused("no_answer", "", f"holds no answer to grade: {draft.left_out[-1]}")
