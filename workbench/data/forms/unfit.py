"""Calls that no row can be made of: of models that write no text, or answer from documents."""

from __future__ import annotations

import re
from typing import Any

from touchstone.workbench.data.forms.draft import Refused
from touchstone.workbench.data.forms.reference import names_reference
from touchstone.workbench.data.forms.registry import TURNS

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


def refuse_unfit(model_id: Any, request: dict[str, Any], response: Any) -> None:
    """Refuses the call of a model that writes no text, or that answers from documents beside it.

    Args:
        model_id: The model's id or ARN, if the record says it.
        request: The request.
        response: What was replied to a request in a wrapper, ``None`` where nothing was.

    Raises:
        Refused: By the model's id, by a key of the request, or by one of the reply.
    """
    if isinstance(model_id, str) and (found := _OTHER_MODEL.search(model_id)):
        word = found[1] or found[2]
        raise _other_model("modelId", f"{model_id} ({word})", _OTHER_WORDS[word])
    if TURNS & request.keys():
        if request.get("documents") and not names_reference(request):
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
    if isinstance(response, dict):
        for key in _OTHER_REPLIES.keys() & response.keys():
            raise _other_model(f"response.{key}", "the model", _OTHER_REPLIES[key])


def _other_model(where: str, model: str, what: str) -> Refused:
    return Refused("other_model", where, f"{model} makes {what}, not an answer to grade")
