"""The call inside a record: its request, what was replied, and whether a model of text took it.

A record is a request, or holds one beside the reply: a line of a batch file, the arguments of
InvokeModel, a pair of request and response.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from workbench.data.forms import anthropic, chat, cohere, converse, prompts, table
from workbench.data.forms.answers import is_response
from workbench.data.forms.draft import Refused
from workbench.data.rft import parse_json

# Keys that only a call has: beside them a last assistant turn is a prefill, and a reply is a
# model's in service.
PARAMETERS = anthropic.PARAMETERS | chat.PARAMETERS | converse.PARAMETERS | prompts.PARAMETERS

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
_REPLIES = ("response", "output", "choices")

# Models that write no text, by a vendor's name and a word of their own in the model's id.
_OTHER_MODEL = re.compile(
    r"\b(?:(stability|luma)\.|[a-z0-9]+\.\S*?(embed|marengo|rerank|image|canvas|reel))"
)
_OTHER_WORDS = {
    "embed": "embeddings", "marengo": "embeddings", "rerank": "rankings", "reel": "video",
    "luma": "video", "stability": "images", "image": "images", "canvas": "images",
}  # fmt: skip
# The same by a key of the request, and the keys that make it sure where there must be one.
_OTHER_REQUESTS: tuple[tuple[str, frozenset[str], str], ...] = (
    ("texts", frozenset({"input_type", "embedding_types", "truncate"}), "embeddings"),
    ("inputText", frozenset({"dimensions", "normalize", "embeddingTypes", "inputType"}),
     "embeddings"),
    ("inputType", frozenset({"mediaSource"}), "embeddings"),
    ("inputImage", frozenset(), "embeddings"),
    ("embeddingConfig", frozenset(), "embeddings"),
    ("documents", frozenset({"top_n"}), "rankings"),
    ("text_prompts", frozenset(), "images"),
    ("prompt", frozenset({"aspect_ratio", "negative_prompt"}), "images or video"),
)  # fmt: skip
_OTHER_REPLIES = {
    "embedding": "embeddings", "embeddings": "embeddings", "embeddingsByType": "embeddings",
    "images": "images", "artifacts": "images",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and what its record says beside it.

    Attributes:
        request: The request, or the row of a dataset.
        response: What was replied, ``None`` where the record does not say.
        call_id: The record's id of the call.
        fields: What the record says beside request and response.
        bare: The record is the request itself, not a wrapper of it.
        form: The form to count it as, ``""`` for the one that it is read as.
    """

    request: dict[str, Any]
    response: Any = None
    call_id: Any = None
    fields: dict[str, Any] = field(default_factory=dict)
    bare: bool = True
    form: str = ""


def unwrap(value: dict[str, Any]) -> Call:
    """Takes a record apart into request and response.

    Raises:
        Refused: The body of an InvokeModel call is no JSON.
    """
    if isinstance(value.get("messages"), list):
        return _beside_response(value)
    for sent, got in _WRAPPERS if _WRAPPER_KEYS & value.keys() else ():
        inner = value.get(sent)
        if sent == "body" and isinstance(inner, str) and "modelId" in value:
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
            return Call(inner, value.get(got), call_id, fields, bare=False)
    return _beside_response(value)


def refuse_unfit(model_id: Any, call: Call) -> None:
    """Refuses the call of a model that writes no text, or that answers from documents beside it.

    Args:
        model_id: The model's id or ARN, if the record says it.
        call: Request and response.

    Raises:
        Refused: By the model's id, by a key of the request, or by one of the reply.
    """
    if isinstance(model_id, str) and (found := _OTHER_MODEL.search(model_id)):
        word = found[1] or found[2]
        raise _other_model("modelId", f"{model_id} ({word})", _OTHER_WORDS[word])
    request, response = call.request, call.response
    if "messages" in request:
        if request.get("documents") and not table.REFERENCES & request.keys():
            what = "an RFT row has no place for documents; --map messages=messages keeps the field"
            raise Refused("document", "documents", what)
        return
    if isinstance(kind := request.get("taskType"), str) and any(
        key.endswith("Params") for key in request
    ):
        what = "embeddings" if "EMBEDDING" in kind else "video" if "VIDEO" in kind else "images"
        raise _other_model("taskType", kind, what)
    for key, beside, what in _OTHER_REQUESTS:
        if key in request and (not beside or beside & request.keys()):
            raise _other_model(key, "the model", what)
    if isinstance(response, dict) and not call.bare:
        for key in _OTHER_REPLIES.keys() & response.keys():
            raise _other_model(f"response.{key}", "the model", _OTHER_REPLIES[key])


def _other_model(where: str, model: str, what: str) -> Refused:
    return Refused("other_model", where, f"{model} makes {what}, not an answer to grade")


def _beside_response(value: dict[str, Any]) -> Call:
    """Parts a response from the keys of its request, where it is one."""
    for got in _REPLIES:
        reply = value.get(got)
        if reply is None:
            continue
        rest = {k: v for k, v in value.items() if k != got}
        if got != "response" and is_response({got: reply}):
            return Call(rest, {got: reply})
        replied = got != "choices" and isinstance(reply, str) and _is_call(rest)
        if replied or (got != "choices" and is_response(reply)):
            return Call(rest, reply)
    return Call(value)


def _is_call(request: dict[str, Any]) -> bool:
    if isinstance(request.get("messages"), list):
        return bool(_SAY_CALL & request.keys())
    return prompts.matches(request) or cohere.matches(request)
