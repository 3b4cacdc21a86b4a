"""What a record is: a row, turns to learn from, or a call, alone or inside a wrapper.

A wrapper is a log's record, a line of a batch file, the arguments of InvokeModel, a pair of
request and response. It is opened first; then the request or row inside has a form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from touchstone.workbench.data.forms import logs
from touchstone.workbench.data.forms.columns import ANSWERS
from touchstone.workbench.data.forms.columns import PROMPTS as PROMPT_COLUMNS
from touchstone.workbench.data.forms.columns import TURNS as TURN_COLUMNS
from touchstone.workbench.data.forms.draft import Refused
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.registry import (
    CHOICES_BESIDE_TURNS,
    FORM_KEYS,
    NAMED,
    PARAMETERS,
    TABLE_FORMS,
    TURNS,
)
from touchstone.workbench.data.forms.replies import is_reply
from touchstone.workbench.data.forms.unfit import refuse_unfit
from touchstone.workbench.data.names import renamed
from touchstone.workbench.rows.rft import parse_json
from touchstone.workbench.rows.storage import unpacked_name

_SAY_CALL = PARAMETERS | {"model", "modelId"}
# Where a wrapper keeps the request, and where the response.
_WRAPPERS = (
    ("modelInput", "modelOutput"),  # Bedrock's batch inference
    ("request", "response"),
    ("body", "response"),  # OpenAI's batch files, InvokeModel's arguments
    ("input", "output"),
)
_WRAPPER_KEYS = {sent for sent, _ in _WRAPPERS}
# What a wrapper says about the call itself.
_CALL_KEYS = {
    "id", "custom_id", "recordId", "method", "url", "modelId", "contentType", "accept", "error",
    "request", "response", "body", "modelInput", "modelOutput", "input", "output", "metadata",
}  # fmt: skip
_REPLIES = ("response", "output", *CHOICES_BESIDE_TURNS)
_REPLY_KEYS = frozenset(_REPLIES)
# Whose files hold rows of a table.
_TABLE_FILES = (".csv", ".tsv", ".parquet", ".pq")

# Keys that only a record has: a document with one of them is a record itself.
RECORD_KEYS = FORM_KEYS | _WRAPPER_KEYS
_PROMPTS = {*PROMPT_COLUMNS, *TURN_COLUMNS}
_COLUMNS = {*FORM_KEYS, *ANSWERS, "system", "system_prompt", "context", "id", "tools"}


# A header names; a row asks, or says something in several words.
_SENTENCE = re.compile(r"\?\s*$|\w[.!]\s")
_WORDS_OF_A_NAME = 7


class Kind(Enum):
    """What a record is, which says what becomes of its last turn and of its fields."""

    ROW = "a row of a dataset: its form knows its answer, its reference and its id"
    TURNS = "turns alone: the last one may be the answer to learn"
    CALL = "a request to a model: a last assistant turn is words put into its mouth"
    WRAPPED = "a call inside a record, so the request's own fields say nothing of the row"


@dataclass(slots=True)
class Opened:
    """A request or a row out of its wrapper, and what the wrapper says beside it.

    Attributes:
        request: The request, or the row of a dataset.
        response: What was replied, ``None`` where the record does not say.
        call_id: The record's id of the call.
        fields: What the record says beside request and response.
        wrapped: The record held the request, and was not the request itself.
        counted_as: The form to count it as, ``""`` for the one that it is read as.
    """

    request: dict[str, Any]
    response: Any = None
    call_id: Any = None
    fields: dict[str, Any] = field(default_factory=dict)
    wrapped: bool = False
    counted_as: str = ""


class Sniffed(NamedTuple):
    """A record that was opened, the form of the request in it, and what it is."""

    opened: Opened
    form: Form
    kind: Kind


def sniff(value: dict[str, Any], file: str, name: str, *, with_response: bool) -> Sniffed:
    """Opens a record and tells what it is.

    Args:
        value: The record.
        file: The file it came from, which tells rows of a table, and where large bodies are.
        name: The value of ``--form``.
        with_response: A log's large response is fetched only where it is wanted.

    Raises:
        Refused: It has no form that is known, or not the one that is named; a body is missing
            or no JSON; or a model was called that writes no text.
    """
    value = _by_known_names(value)
    forms = _forms(file, name)
    if name in ("auto", "logs") and not logs.MARKS.isdisjoint(value) and logs.is_log(value):
        call = logs.open_log(value, file, with_response=with_response)
        opened, forms = _logged(call), NAMED["converse" if call.converse else "logs"]
    elif name == "logs":
        raise Refused("unrecognised", "", f"no invocation log's record: {_keys(value)}")
    elif forms == NAMED["table"] or isinstance(value.get("item"), dict):
        opened = Opened(value)
    else:
        opened = _unwrapped(value) or _beside_reply(value)
    if forms not in (NAMED["table"], TABLE_FORMS):
        model = value.get("modelId")
        refuse_unfit(model, opened.request, opened.response if opened.wrapped else None)
    form = _form_of(opened, forms)
    return Sniffed(opened, form, _kind_of(opened, form))


def _by_known_names(value: dict[str, Any]) -> dict[str, Any]:
    """Returns a record with its columns as they are called here, where none is called so.

    Their case and marks may differ, or all of them may lie in ``metadata``, as in Nova's rows.
    """
    if not RECORD_KEYS.isdisjoint(value):
        return value
    inner = value.get("metadata")
    if isinstance(inner, dict) and not _PROMPTS.isdisjoint(inner):
        return inner | {k: v for k, v in value.items() if k != "metadata"}
    return renamed(value, _COLUMNS)


def _forms(file: str, name: str) -> tuple[Form, ...]:
    """Returns the forms that a file's records may have."""
    if name == "auto" and unpacked_name(file).lower().endswith(_TABLE_FILES):
        return TABLE_FORMS
    return NAMED[name]


def _form_of(opened: Opened, forms: tuple[Form, ...]) -> Form:
    """Returns the form of a request: an only one is not asked whether it matches."""
    if len(forms) == 1:
        return forms[0]
    request = opened.request
    for form in forms:
        if form.keys.isdisjoint(request):
            continue
        if form.matches_call(request) if opened.wrapped else form.matches(request):
            return form
    if forms == TABLE_FORMS and (said := next(filter(_is_sentence, request), "")):
        what = f"the first line reads like a row, not like names of columns: {said[:60]!r}"
        raise Refused("no_header", "", f"{what}; put a line such as question,answer above it")
    keys = f"no form that is known has these keys: {_keys(request)}"
    raise Refused("unrecognised", "", f"{keys}; --map prompt=FIELD says which is the prompt")


def _kind_of(opened: Opened, form: Form) -> Kind:
    if opened.wrapped:
        return Kind.WRAPPED
    if form.of_rows:
        return Kind.ROW
    if form.is_call or opened.response is not None:
        return Kind.CALL
    return Kind.TURNS if PARAMETERS.isdisjoint(opened.request) else Kind.CALL


def _logged(call: logs.Logged) -> Opened:
    return Opened(
        call.request,
        call.response,
        call.request_id,
        call.metadata,
        wrapped=True,
        counted_as="logs",
    )


def _unwrapped(value: dict[str, Any]) -> Opened | None:
    """Returns the request inside a wrapper, ``None`` where there is none.

    Raises:
        Refused: The body of an InvokeModel call is no JSON.
    """
    if _WRAPPER_KEYS.isdisjoint(value) or _has_turns(value):
        return None
    for sent, got in _WRAPPERS:
        inner = value.get(sent)
        if sent == "body" and isinstance(inner, str) and "modelId" in value:
            try:
                inner = parse_json(inner)
            except ValueError as exc:
                raise Refused("not_json", "body", str(exc)) from exc
        if not isinstance(inner, dict) or "preferred_output" in value:
            continue
        if isinstance(inner.get("body"), dict):
            inner = inner["body"]
        call_id = next((value[k] for k in ("id", "custom_id", "recordId") if k in value), None)
        metadata = value.get("metadata")
        fields = dict(metadata) if isinstance(metadata, dict) else {}
        fields |= {k: v for k, v in value.items() if k not in _CALL_KEYS}
        return Opened(inner, value.get(got), call_id, fields, wrapped=True)
    return None


def _beside_reply(value: dict[str, Any]) -> Opened:
    """Parts a reply from the keys of its request, where it is one."""
    if _REPLY_KEYS.isdisjoint(value):
        return Opened(value)
    for got in _REPLIES:
        reply = value.get(got)
        if reply is None:
            continue
        rest = {k: v for k, v in value.items() if k != got}
        if got != "response" and is_reply({got: reply}):
            return Opened(rest, {got: reply})
        if got in CHOICES_BESIDE_TURNS:
            continue
        if is_reply(reply) or (isinstance(reply, str) and _is_call(rest)):
            return Opened(rest, reply)
    return Opened(value)


def _is_call(request: dict[str, Any]) -> bool:
    """Tells a request from a row whose column is called response."""
    if _has_turns(request):
        return bool(_SAY_CALL & request.keys())
    return any(form.prompt and form.matches(request) for form in NAMED["auto"])


def _has_turns(value: dict[str, Any]) -> bool:
    return any(isinstance(value.get(key), list) for key in TURNS)


def _is_sentence(name: str) -> bool:
    return bool(_SENTENCE.search(name)) or len(name.split()) > _WORDS_OF_A_NAME


def _keys(value: dict[str, Any]) -> str:
    return ", ".join(sorted(map(str, value))[:8]) or "none"
