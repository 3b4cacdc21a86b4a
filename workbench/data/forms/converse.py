"""Bedrock's Converse, and the InvokeModel body of Nova models, which has the same turns."""

from __future__ import annotations

from typing import Any

from workbench.data.forms.draft import Draft, Refused, want_object
from workbench.data.forms.tools import read_tools
from workbench.data.forms.turns import read_turns, system_text

_MARKS = {
    "inferenceConfig", "toolConfig", "schemaVersion", "guardrailConfig", "requestMetadata",
    "additionalModelRequestFields", "promptVariables", "performanceConfig",
}  # fmt: skip
_KEYS = _MARKS | {
    "modelId", "messages", "system", "additionalModelResponseFieldPaths", "serviceTier",
    "outputConfig",
}  # fmt: skip
# Only a call has these: rows that models are customized with have the others too.
PARAMETERS = frozenset({
    "inferenceConfig", "guardrailConfig", "additionalModelRequestFields", "performanceConfig",
})  # fmt: skip
_READ = {"modelId", "messages", "system", "toolConfig", "requestMetadata", "schemaVersion"}


def matches(request: dict[str, Any]) -> bool:
    """Tells Converse from the other forms with messages: by its keys, or by untyped blocks."""
    if isinstance(request.get("promptVariables"), dict):
        return True
    turns = request.get("messages")
    if not isinstance(turns, list):
        return False
    return bool(_MARKS & request.keys()) or any(map(_has_untyped_block, turns))


def read(request: dict[str, Any], left_out: list[str]) -> Draft:
    """Reads the arguments of a Converse call, or the body of a Nova model.

    Raises:
        Refused: The prompt is a managed one, so its text is not in the record; or see
            ``read_turns`` and ``read_tools``.
    """
    if "messages" not in request:
        raise Refused("managed_prompt", "modelId", "the prompt's text is not in the record")
    turns = read_turns(request["messages"], left_out)
    if request.get("system"):
        turns.insert(0, {"role": "system", "content": system_text(request["system"], left_out)})
    draft = Draft(turns, left_out=left_out)
    if request.get("toolConfig"):
        config = want_object(request["toolConfig"], "toolConfig")
        draft.tools = read_tools(config.get("tools") or [], left_out, "toolConfig.tools")
        left_out += [f"toolConfig.{key}" for key in config if key != "tools"]
    if isinstance(request.get("requestMetadata"), dict):
        draft.fields |= request["requestMetadata"]
    draft.fields |= {k: v for k, v in request.items() if k not in _KEYS}
    left_out += [key for key in request if key in _KEYS and key not in _READ]
    return draft


def _has_untyped_block(turn: Any) -> bool:
    content = turn.get("content") if isinstance(turn, dict) else None
    if not isinstance(content, list):
        return False
    return any(isinstance(block, dict) and "type" not in block for block in content)
