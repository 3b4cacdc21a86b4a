"""Bedrock's Converse, and the InvokeModel body of Nova models, which has the same turns."""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms.draft import Draft, Refused, want_object
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.tools import read_tools
from touchstone.workbench.data.forms.turns import read_turns, system_text

_MARKS = {
    "inferenceConfig", "toolConfig", "schemaVersion", "guardrailConfig", "requestMetadata",
    "additionalModelRequestFields", "promptVariables", "performanceConfig",
}  # fmt: skip
_KEYS = _MARKS | {
    "modelId", "messages", "system", "additionalModelResponseFieldPaths", "serviceTier",
    "outputConfig",
}  # fmt: skip
_READ = {"modelId", "messages", "system", "toolConfig", "requestMetadata", "schemaVersion"}


class Converse(Form):
    """The arguments of a Converse call, or the body of a Nova model."""

    name = "converse"
    groups = ("invoke", "logs")
    keys = frozenset({"messages", "promptVariables"})
    turns = "messages"
    # Rows that models are customized with have the other keys too.
    parameters = frozenset({
        "inferenceConfig", "guardrailConfig", "additionalModelRequestFields", "performanceConfig",
    })  # fmt: skip
    messages = (("output", "message"),)
    deltas = (("contentBlockDelta", "delta", "text"),)
    call_starts = (("contentBlockStart", "start", "toolUse"),)

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells Converse from others with messages: by its keys, or by untyped blocks."""
        if isinstance(record.get("promptVariables"), dict):
            return True
        turns = record.get("messages")
        if not isinstance(turns, list):
            return False
        return bool(_MARKS & record.keys()) or any(map(_has_untyped_block, turns))

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads a call.

        Raises:
            Refused: The prompt is a managed one, so its text is not in the record; or see
                ``read_turns`` and ``read_tools``.
        """
        if "messages" not in record:
            raise Refused("managed_prompt", "modelId", "the prompt's text is not in the record")
        draft = Draft()
        draft.messages = read_turns(record["messages"], draft.left_out)
        if record.get("system"):
            text = system_text(record["system"], draft.left_out)
            draft.messages.insert(0, {"role": "system", "content": text})
        if record.get("toolConfig"):
            config = want_object(record["toolConfig"], "toolConfig")
            draft.tools = read_tools(config.get("tools") or [], draft.left_out, "toolConfig.tools")
            draft.left_out += [f"toolConfig.{key}" for key in config if key != "tools"]
        if isinstance(record.get("requestMetadata"), dict):
            draft.fields |= record["requestMetadata"]
        draft.fields |= {k: v for k, v in record.items() if k not in _KEYS}
        draft.left_out += [key for key in record if key in _KEYS and key not in _READ]
        return draft


def _has_untyped_block(turn: Any) -> bool:
    content = turn.get("content") if isinstance(turn, dict) else None
    if not isinstance(content, list):
        return False
    return any(isinstance(block, dict) and "type" not in block for block in content)


FORM = Converse()
