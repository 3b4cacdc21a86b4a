"""Source forms: a module for each, and here how a record's form is told and made a row.

A record is a request (or a row of a dataset), or wraps one: an invocation log, a batch file's
line, a pair of request and response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.data.forms import (
    anthropic,
    chat,
    cohere,
    converse,
    logs,
    openai_rft,
    prompts,
    table,
)
from workbench.data.forms.answers import answer_turn
from workbench.data.forms.calls import PARAMETERS, Call, refuse_unfit, unwrap
from workbench.data.forms.draft import Draft, Refused, row_id
from workbench.data.forms.tools import read_tools
from workbench.data.forms.turns import text_of
from workbench.data.rft import ROW_KEYS, make_row

FORMS = ("auto", "chat", "invoke", "converse", "logs", "openai-rft", "csv", "parquet", "hf")
_ROW_KEYS = frozenset(ROW_KEYS)
# Tried in this order: a form before another whose test would take its records too.
_READERS = {
    "converse": converse,
    "anthropic": anthropic,
    "openai-rft": openai_rft,
    "chat": chat,
    "prompt": prompts,
    "cohere": cohere,
    "table": table,
}
_FAMILIES = {
    "auto": tuple(_READERS),
    "logs": ("converse", "anthropic", "chat", "prompt", "cohere"),
    "invoke": ("converse", "anthropic", "chat", "prompt", "cohere"),
    "chat": ("chat",),
    "converse": ("converse",),
    "openai-rft": ("openai-rft",),
    "csv": ("table",),
    "parquet": ("table",),
    "hf": ("table",),
}
# What a wrapped request may hold alone.
_ALONE = {"prompt": "prompt", "cohere": "message"}
# Whose files hold rows of a table: a column named as a request's key makes none of a row.
_TABLE_FILES = (".csv", ".tsv", ".parquet", ".pq")
_TABLE_FAMILIES = tuple(name for name in _READERS if name not in ("prompt", "cohere"))


@dataclass(frozen=True, slots=True)
class Options:
    """How records become rows.

    Attributes:
        form: The records' form, one of ``FORMS``.
        mapping: Field of the row to the name of a record's field, or a JSON pointer to it.
        system: The system turn of prompts that have none.
        keep: Which logged calls to keep, by their metadata.
        keep_answer: What becomes of a record's answer: the reference, nothing, or by default
            the reference only where it was written to be learned from.
    """

    form: str = "auto"
    mapping: Mapping[str, str] = field(default_factory=dict)
    system: str = ""
    keep: logs.Keep | None = None
    keep_answer: Literal["reference", "drop"] | None = None


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
    """Makes a row of a record.

    Args:
        value: The record, as its file held it.
        file: The file it came from.
        options: How.

    Returns:
        The row, or ``None`` where the filter does not keep the record.

    Raises:
        Refused: The record cannot become a row; says why and names the field.
    """
    if not isinstance(value, dict):
        raise Refused("bad_shape", "", f"must be an object, not {type(value).__name__}")
    if options.keep and not options.keep(_metadata_of(value)):
        return None
    given = {name: _pick(value, path, name) for name, path in options.mapping.items()}
    replaced: list[str] = []
    if {"prompt", "messages"} & given.keys():
        call, families = Call(_mapped(value, given, options, replaced)), ("table",)
    else:
        call, families = _open(value, file, options)
    if families not in (("table",), _TABLE_FAMILIES):
        refuse_unfit(value.get("modelId"), call)
    name, draft = _read(call, families)
    draft.left_out += replaced
    of_dataset = call.bare and name in ("openai-rft", "table")
    if not of_dataset:
        own_id = call.request.get("id") if call.call_id is None else call.call_id
        draft.row_id = row_id(own_id, draft.left_out)
        draft.fields.pop("id", None)
    prefill = "" if of_dataset else _take_prefill(draft, call, name)
    if not call.bare:  # what else a request says is about the call, not about the row
        said = [key for key in draft.fields if key in call.request]
        draft.left_out += said
        draft.fields = {k: v for k, v in draft.fields.items() if k not in said}
    elif not of_dataset:
        table.choose_reference(draft, call.request.keys())
    draft.fields |= call.fields
    if call.response is not None:
        _take_response(draft, call.response, prefill, options)
    elif call.bare and not of_dataset:
        table.choose_answer(draft, call.request.keys())
    _take_given(draft, given, options)
    return _finish(draft, call.form or name, options)


def _metadata_of(value: dict[str, Any]) -> dict[str, Any]:
    metadata = value.get("requestMetadata")
    return metadata if isinstance(metadata, dict) else {}


def _open(value: dict[str, Any], file: str, options: Options) -> tuple[Call, tuple[str, ...]]:
    families = _FAMILIES[options.form]
    if options.form in ("auto", "logs") and logs.matches(value):
        logged = logs.open_log(value, file, with_response=options.keep_answer == "reference")
        call = Call(
            logged.request,
            logged.response,
            logged.request_id,
            logged.metadata,
            bare=False,
            form="logs",
        )
        return call, ("converse",) if logged.converse else _FAMILIES["logs"]
    if options.form == "logs":
        raise Refused("unrecognised", "", f"no invocation log's record: {_keys(value)}")
    if options.form == "auto" and file.removesuffix(".gz").lower().endswith(_TABLE_FILES):
        families = _TABLE_FAMILIES
    if families == ("table",) or isinstance(value.get("item"), dict):
        return Call(value), families
    return unwrap(value), families


def _read(call: Call, families: tuple[str, ...]) -> tuple[str, Draft]:
    left_out: list[str] = []
    request = call.request
    only = len(families) == 1
    for name in families:
        reader = _READERS[name]
        if name == "table" and not call.bare:  # a call is never a row of one
            continue
        # Nor does it need a parameter beside its prompt.
        alone = not call.bare and isinstance(request.get(_ALONE.get(name, "")), str)
        if only or alone or reader.matches(request):
            return name, reader.read(request, left_out)
    keys = f"no form that is known has these keys: {_keys(request)}"
    raise Refused("unrecognised", "", f"{keys}; --map prompt=FIELD says which is the prompt")


def _take_prefill(draft: Draft, call: Call, name: str) -> str:
    """Takes words put into the model's mouth, which are no answer, off a call's turns."""
    called = not call.bare or call.response is not None or name == "prompt"
    called = called or bool(PARAMETERS & call.request.keys())
    if not called or not draft.messages or draft.messages[-1]["role"] != "assistant":
        return ""
    draft.left_out.append("assistant prefill")
    return draft.messages.pop()["content"] or ""


def _take_response(draft: Draft, response: Any, prefill: str, options: Options) -> None:
    """Puts what a model in service replied where the answer belongs, behind its prefill."""
    if options.keep_answer != "reference":
        draft.left_out.append("response")
        return
    answer = answer_turn(response, draft.left_out, "response")
    if prefill and answer["content"]:
        answer["content"] = prefill + answer["content"]
    draft.messages.append(answer)


def _take_given(draft: Draft, given: dict[str, Any], options: Options) -> None:
    """Lets what ``--map`` and ``--reference`` name win over what a form found itself."""
    for name, value in given.items():
        path = options.mapping[name]
        if name == "reference_answer":
            if draft.reference_from not in ("", path) and "." not in draft.reference_from:
                draft.fields.setdefault(draft.reference_from, draft.reference)
            draft.reference, draft.reference_from = value, path
        elif name == "id":
            draft.row_id = row_id(value, draft.left_out)
        elif name == "tools":
            draft.tools = read_tools(value, draft.left_out, path)
        elif name == "system" and not any(t["role"] == "system" for t in draft.messages):
            text = text_of(value, draft.left_out, path)
            draft.messages.insert(0, {"role": "system", "content": text})
        elif name not in ("prompt", "messages", "system"):
            draft.fields[name] = value
        if name != path:
            draft.fields.pop(path, None)


def _finish(draft: Draft, form: str, options: Options) -> Converted:
    turns = draft.messages
    answer = turns.pop() if turns and turns[-1]["role"] == "assistant" else None
    if answer is not None:
        if "tool_calls" not in answer and table.is_blank(answer["content"]):
            draft.left_out.append("empty answer")
        elif draft.reference is None and options.keep_answer != "drop":
            draft.reference, draft.reference_from = _as_reference(answer), "last turn"
        else:
            draft.left_out.append("answer")
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


def _as_reference(answer: dict[str, Any]) -> Any:
    if "tool_calls" in answer:
        return {"content": answer["content"], "tool_calls": answer["tool_calls"]}
    return answer["content"]


def _mapped(
    value: dict[str, Any], given: dict[str, Any], options: Options, replaced: list[str]
) -> dict[str, Any]:
    """Returns the row that a mapping makes; ``replaced`` gains the columns that it displaces."""
    used = {path for name, path in options.mapping.items() if name in given}
    named = {k: given[k] for k in ("prompt", "messages") if k in given}
    # The mapping says which column is the prompt.
    displaced = named.keys() if "messages" in named else {*named, *table.TURNS}
    replaced += [k for k in value if k in displaced and k not in used]
    return {k: v for k, v in value.items() if k not in used and k not in displaced} | named


def _pick(value: dict[str, Any], path: str, name: str) -> Any:
    """Returns what a field's name or a JSON pointer leads to.

    Raises:
        Refused: There is nothing.
    """
    found: Any = value
    steps = path[1:].split("/") if path.startswith("/") else [path]
    for step in steps:
        if path.startswith("/"):
            step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            found = None
    if found is None:
        raise Refused("missing_field", path, f"nothing there to be the row's {name}")
    return found


def _keys(value: dict[str, Any]) -> str:
    return ", ".join(sorted(map(str, value))[:8]) or "none"
