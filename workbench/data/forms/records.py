"""What a record is: a row, turns to learn from, or a call, alone or inside a wrapper.

A wrapper is a log's record, a line of a batch file, the arguments of InvokeModel, a pair of
request and response. It is opened first; then the request or row inside has a form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from workbench.data.forms import logs
from workbench.data.forms.draft import Refused
from workbench.data.forms.form import Form
from workbench.data.forms.registry import (
    CHOICES_BESIDE_TURNS,
    FORM_KEYS,
    NAMED,
    PARAMETERS,
    TABLE_FORMS,
    TURNS,
)
from workbench.data.forms.replies import is_reply
from workbench.data.rft import parse_json

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
# Whose files hold rows of a table.
_TABLE_FILES = (".csv", ".tsv", ".parquet", ".pq")

# Keys that only a record has: a document with one of them is a record itself.
RECORD_KEYS = FORM_KEYS | _WRAPPER_KEYS


class Kind(Enum):
    """What a record is, which says what becomes of its last turn and of its fields."""

    ROW = "a row of a dataset: its form knows its answer, its reference and its id"
    TURNS = "turns alone: the last one may be the answer to learn"
    CALL = "a request to a model: a last assistant turn is words put into its mouth"
    WRAPPED = "a call inside a record, so the request's own fields say nothing of the row"


@dataclass(frozen=True, slots=True)
class Record:
    """A request or a row, and what its record says beside it.

    Attributes:
        request: The request, or the row of a dataset.
        forms: The forms that it may have, in the order in which they are tried.
        response: What was replied, ``None`` where the record does not say.
        call_id: The record's id of the call.
        fields: What the record says beside request and response.
        wrapped: The record holds the request, and is not the request itself.
        counted_as: The form to count it as, ``""`` for the one that it is read as.
    """

    request: dict[str, Any]
    forms: tuple[Form, ...]
    response: Any = None
    call_id: Any = None
    fields: dict[str, Any] = field(default_factory=dict)
    wrapped: bool = False
    counted_as: str = ""

    def form(self) -> Form:
        """Returns the form that the request has: an only one is not asked whether it matches.

        Raises:
            Refused: No form has these keys.
        """
        if len(self.forms) == 1:
            return self.forms[0]
        for form in self.forms:
            if form.matches_call(self.request) if self.wrapped else form.matches(self.request):
                return form
        keys = f"no form that is known has these keys: {_keys(self.request)}"
        raise Refused("unrecognised", "", f"{keys}; --map prompt=FIELD says which is the prompt")

    def kind(self, form: Form) -> Kind:
        """Returns what the record is, if its request has this form."""
        if self.wrapped:
            return Kind.WRAPPED
        if form.of_rows:
            return Kind.ROW
        called = self.response is not None or form.name == "prompt"
        return Kind.CALL if called or PARAMETERS & self.request.keys() else Kind.TURNS


def open_record(value: dict[str, Any], file: str, name: str, *, with_response: bool) -> Record:
    """Opens a record: takes off its wrapper, and a reply that lies beside it.

    Args:
        value: The record.
        file: The file it came from, which tells rows of a table, and where large bodies are.
        name: The value of ``--form``.
        with_response: A log's large response is fetched only where it is wanted.

    Raises:
        Refused: It is no log's record though it must be, or a body is missing or no JSON.
    """
    if name in ("auto", "logs") and logs.is_log(value):
        return _logged(logs.open_log(value, file, with_response=with_response))
    if name == "logs":
        raise Refused("unrecognised", "", f"no invocation log's record: {_keys(value)}")
    forms = NAMED[name]
    if name == "auto" and file.removesuffix(".gz").lower().endswith(_TABLE_FILES):
        forms = TABLE_FORMS
    if forms == NAMED["table"] or isinstance(value.get("item"), dict):
        return Record(value, forms)
    if any(isinstance(value.get(key), list) for key in TURNS) or not _WRAPPER_KEYS & value.keys():
        return _beside_reply(value, forms)
    return _unwrapped(value, forms) or _beside_reply(value, forms)


def of_table(forms: tuple[Form, ...]) -> bool:
    """Tells whether a record comes from a table, by the forms that it may have."""
    return forms in (NAMED["table"], TABLE_FORMS)


def _logged(call: logs.Logged) -> Record:
    return Record(
        call.request,
        NAMED["converse" if call.converse else "logs"],
        call.response,
        call.request_id,
        call.metadata,
        wrapped=True,
        counted_as="logs",
    )


def _unwrapped(value: dict[str, Any], forms: tuple[Form, ...]) -> Record | None:
    """Returns the request inside a wrapper, ``None`` where there is none.

    Raises:
        Refused: The body of an InvokeModel call is no JSON.
    """
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
        return Record(inner, forms, value.get(got), call_id, fields, wrapped=True)
    return None


def _beside_reply(value: dict[str, Any], forms: tuple[Form, ...]) -> Record:
    """Parts a reply from the keys of its request, where it is one."""
    for got in _REPLIES:
        reply = value.get(got)
        if reply is None:
            continue
        rest = {k: v for k, v in value.items() if k != got}
        if got != "response" and is_reply({got: reply}):
            return Record(rest, forms, {got: reply})
        if got in CHOICES_BESIDE_TURNS:
            continue
        if is_reply(reply) or (isinstance(reply, str) and _is_call(rest)):
            return Record(rest, forms, reply)
    return Record(value, forms)


def _is_call(request: dict[str, Any]) -> bool:
    """Tells a request from a row whose column is called response."""
    if any(isinstance(request.get(key), list) for key in TURNS):
        return bool(_SAY_CALL & request.keys())
    return any(form.prompt and form.matches(request) for form in NAMED["auto"])


def _keys(value: dict[str, Any]) -> str:
    return ", ".join(sorted(map(str, value))[:8]) or "none"
