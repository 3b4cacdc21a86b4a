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
from workbench.data.forms.draft import Draft, Refused, row_id
from workbench.data.forms.tools import read_tools
from workbench.data.forms.turns import text_of
from workbench.data.rft import ROW_KEYS, make_row, parse_json

FORMS = ("auto", "chat", "invoke", "converse", "logs", "openai-rft", "csv", "parquet", "hf")
_ROW_KEYS = frozenset(ROW_KEYS)
# Tried in this order: a form before another whose test would take its records too.
_READERS = {
    "openai-rft": openai_rft,
    "converse": converse,
    "anthropic": anthropic,
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
# Requests of models that write no text.
_OTHER_MODELS = {
    "taskType": "image generation", "text_prompts": "image generation",
    "texts": "embedding", "embeddingConfig": "embedding", "embeddingTypes": "embedding",
    "inputImage": "embedding",
}  # fmt: skip
# Where a wrapper keeps the request, and where the response.
_WRAPPERS = (
    ("modelInput", "modelOutput"),  # Bedrock's batch inference
    ("request", "response"),
    ("body", "response"),  # OpenAI's batch files, InvokeModel's arguments
    ("input", "output"),
)
_WRAPPER_KEYS = {sent for sent, _ in _WRAPPERS}
_RESPONSES = {"response", "output", "choices"}
# What a wrapper says about the call itself.
_CALL_KEYS = {
    "id", "custom_id", "recordId", "method", "url", "modelId", "contentType", "accept", "error",
    "request", "response", "body", "modelInput", "modelOutput", "input", "output", "metadata",
}  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class _Call:
    request: dict[str, Any]
    families: tuple[str, ...]
    response: Any = None
    call_id: Any = None
    fields: dict[str, Any] = field(default_factory=dict)
    bare: bool = True
    form: str = ""
    served: bool = False


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
    if {"prompt", "messages"} & given.keys():
        call = _Call(_mapped(value, given, options), ("table",))
    else:
        call = _open(value, file, options)
    name, draft = _read(call)
    if call.call_id is not None:
        draft.row_id = row_id(call.call_id, draft.left_out)
    if not call.bare:  # what else a request says is about the call, not about the row
        said = [key for key in draft.fields if key in call.request]
        draft.left_out += said
        draft.fields = {k: v for k, v in draft.fields.items() if k not in said}
    draft.fields |= call.fields
    if call.response is not None or call.served:
        _take_response(draft, call.response, options)
    _take_given(draft, given, options)
    return _finish(draft, call.form or name, options)


def _metadata_of(value: dict[str, Any]) -> dict[str, Any]:
    metadata = value.get("requestMetadata")
    return metadata if isinstance(metadata, dict) else {}


def _open(value: dict[str, Any], file: str, options: Options) -> _Call:
    families = _FAMILIES[options.form]
    if options.form in ("auto", "logs") and logs.matches(value):
        logged = logs.open_log(value, file, with_response=options.keep_answer == "reference")
        return _Call(
            logged.request,
            ("converse",) if logged.converse else _FAMILIES["logs"],
            logged.response,
            logged.request_id,
            logged.metadata,
            bare=False,
            form="logs",
            served=True,
        )
    if options.form == "logs":
        raise Refused("unrecognised", "", f"no invocation log's record: {_keys(value)}")
    if families == ("table",) or openai_rft.matches(value):
        return _Call(value, families)
    return _unwrap(value, families)


def _unwrap(value: dict[str, Any], families: tuple[str, ...]) -> _Call:
    for sent, got in _WRAPPERS if _WRAPPER_KEYS & value.keys() else ():
        inner = value.get(sent)
        if sent == "body" and isinstance(inner, str):
            try:
                inner = parse_json(inner)
            except ValueError as exc:
                raise Refused("not_json", "body", str(exc)) from exc
        if isinstance(inner, dict) and "preferred_output" not in value:
            if isinstance(inner.get("body"), dict):
                inner = inner["body"]
            call_id = next((value[k] for k in ("id", "custom_id", "recordId") if k in value), None)
            metadata = value.get("metadata")
            fields = dict(metadata) if isinstance(metadata, dict) else {}
            fields |= {k: v for k, v in value.items() if k not in _CALL_KEYS}
            return _Call(inner, families, value.get(got), call_id, fields, bare=False)
    if _RESPONSES & value.keys() and isinstance(
        value.get("messages"), list
    ):  # a response beside its request's own keys
        for got in ("response", "output", "choices"):
            if isinstance(value.get(got), dict | list):
                response = value if got in ("output", "choices") else value[got]
                request = {k: v for k, v in value.items() if k != got}
                return _Call(request, families, response)
    return _Call(value, families)


def _read(call: _Call) -> tuple[str, Draft]:
    left_out: list[str] = []
    request = call.request
    if "messages" not in request and (keys := sorted(_OTHER_MODELS.keys() & request.keys())):
        what = f"a request for {_OTHER_MODELS[keys[0]]}, which has no answer to grade"
        raise Refused("other_model", keys[0], what)
    only = len(call.families) == 1
    answered = call.bare and not only and table.ANSWER_COLUMNS & request.keys()
    for name in call.families:
        reader = _READERS[name]
        # A call is never a table; its prompt may come without any parameter.
        if name == ("table" if not call.bare else "prompt" if answered else ""):
            continue
        prompt_alone = name == "prompt" and not call.bare and isinstance(request.get("prompt"), str)
        if only or prompt_alone or reader.matches(request):
            return name, reader.read(request, left_out)
    keys = f"no form that is known has these keys: {_keys(request)}"
    raise Refused("unrecognised", "", f"{keys}; --map prompt=FIELD says which is the prompt")


def _take_response(draft: Draft, response: Any, options: Options) -> None:
    """Puts what a model in service replied where the answer belongs."""
    draft.gold = False
    if draft.messages and draft.messages[-1]["role"] == "assistant":
        draft.messages.pop()  # words put into the model's mouth, not its answer
        draft.left_out.append("assistant prefill")
    if response is not None and options.keep_answer == "reference":
        draft.messages.append(answer_turn(response, draft.left_out, "response"))
    elif response is not None:
        draft.left_out.append("response")


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
        keep = options.keep_answer or ("reference" if draft.gold else "drop")
        if draft.reference is None and keep == "reference":
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


def _mapped(value: dict[str, Any], given: dict[str, Any], options: Options) -> dict[str, Any]:
    used = {path for name, path in options.mapping.items() if name in given}
    rest = {k: v for k, v in value.items() if k not in used}
    named = {k: given[k] for k in ("prompt", "messages") if k in given}
    if "messages" not in given:  # the mapping says which column is the prompt
        rest = {k: v for k, v in rest.items() if k not in table.TURNS}
    return rest | named


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
