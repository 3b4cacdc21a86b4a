"""Gemini's ``contents``, as Google's two APIs and Vertex AI's tuning and batch files have them.

Sources: "Generate content with the Gemini API" and "Prepare supervised fine-tuning data for
Gemini models", Google Cloud. JSON of either spelling is taken: ``systemInstruction`` and
``system_instruction`` are one key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from touchstone.workbench.data.forms.draft import Draft, Refused, want_list, want_object, want_text
from touchstone.workbench.data.forms.form import Form, at
from touchstone.workbench.data.forms.tools import read_tools
from touchstone.workbench.data.forms.turns import read_turns, system_text

_SPELLINGS = {
    "system_instruction": "systemInstruction", "generation_config": "generationConfig",
    "safety_settings": "safetySettings", "cached_content": "cachedContent",
    "tool_config": "toolConfig", "function_declarations": "functionDeclarations",
    "parameters_json_schema": "parametersJsonSchema", "inline_data": "inlineData",
    "file_data": "fileData", "function_call": "functionCall",
    "function_response": "functionResponse", "mime_type": "mimeType",
    "finish_reason": "finishReason", "prompt_feedback": "promptFeedback",
    "thought_signature": "thoughtSignature", "model_version": "modelVersion",
    "response_id": "responseId", "create_time": "createTime", "usage_metadata": "usageMetadata",
}  # fmt: skip
_PARAMETERS = {"generationConfig", "safetySettings", "cachedContent"}
# What says how an answer is made, or was.
_LEFT_OUT = {
    *_PARAMETERS, "toolConfig", "model", "modelVersion", "responseId", "createTime",
    "usageMetadata", "promptFeedback",
}  # fmt: skip
_READ = {"contents", "systemInstruction", "tools", "labels", "id"}
_MEDIA = {"image": "image", "audio": "audio", "video": "video"}


class Gemini(Form):
    """Turns whose text lies in ``parts``; replies are ``candidates`` of the same make."""

    name = "gemini"
    keys = frozenset({"contents"})
    turns = "contents"
    parameters = frozenset({*_PARAMETERS, *(k for k, v in _SPELLINGS.items() if v in _PARAMETERS)})
    choices = ("candidates",)

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells contents with parts from a column that is called contents."""
        turns = record.get("contents")
        return isinstance(turns, list) and any(isinstance(at(t, ("parts",)), list) for t in turns)

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads a request, or a row of Vertex AI's tuning, whose last turn is the answer.

        Raises:
            Refused: It holds media, what only Google runs, or see ``read_turns``.
        """
        request = _spelt(record)
        draft = Draft()
        turns = list(_turns(want_list(request.get("contents"), "contents")))
        draft.messages = read_turns(turns, draft.left_out, "contents")
        if request.get("systemInstruction"):
            blocks = _system_blocks(request["systemInstruction"])
            text = system_text(blocks, draft.left_out, "systemInstruction.parts")
            draft.messages[:0] = [{"role": "system", "content": text}] if text else []
        if request.get("tools"):
            draft.tools = read_tools(_declared(request["tools"]), draft.left_out)
        if isinstance(request.get("labels"), dict):
            draft.fields |= request["labels"]
        draft.fields |= {k: v for k, v in request.items() if k not in _READ | _LEFT_OUT}
        draft.left_out += [key for key in request if key in _LEFT_OUT]
        return draft

    def message(self, reply: dict[str, Any]) -> dict[str, Any] | None:
        """Returns the first candidate's turn; one that was blocked says nothing."""
        if not self.is_reply(reply):
            return None
        parts = at(reply, ("candidates", 0, "content", "parts"))
        blocks = _Parts().blocks(parts or [], "candidates[0].content.parts")
        return {"role": "assistant", "content": blocks}

    def is_reply(self, value: dict[str, Any]) -> bool:
        """Tells a reply by its candidate's parts or end, or by what became of the prompt."""
        candidate = at(value, ("candidates", 0))
        if not isinstance(candidate, dict):
            return "promptFeedback" in _spelt(value)
        return isinstance(at(candidate, ("content", "parts")), list) or (
            "finishReason" in _spelt(candidate)
        )

    def delta(self, chunk: Any) -> str | None:
        """Returns the text of all parts but the thoughts: a chunk is a reply of its own."""
        said = [part for part in _first_parts(chunk) if not part.get("thought")]
        texts = [part["text"] for part in said if isinstance(part.get("text"), str)]
        return "".join(texts) if texts else None

    def starts_call(self, chunk: Any) -> bool:
        """Tells whether a chunk calls a tool, which a stream does whole, but with no id."""
        return any("functionCall" in part for part in _first_parts(chunk))


def _first_parts(reply: Any) -> list[dict[str, Any]]:
    """Returns the parts of a reply's first candidate that are objects, spelt as JSON has them."""
    parts = at(reply, ("candidates", 0, "content", "parts"))
    return [_spelt(p) for p in parts if isinstance(p, dict)] if isinstance(parts, list) else []


class _Parts:
    """Parts as blocks that ``read_turns`` reads, over the turns of one conversation.

    A call need have no id: it gets a number, and a result without one is told by its name.
    """

    def __init__(self) -> None:
        self._calls = 0
        self._open: list[tuple[str, str]] = []

    def blocks(self, parts: Any, where: str) -> list[dict[str, Any]]:
        """Returns the blocks of one turn.

        Raises:
            Refused: One of the parts is none, or holds media.
        """
        blocks = []
        for index, part in enumerate(want_list(parts, where)):
            place = f"{where}[{index}]"
            part = _spelt(want_object(part, place))
            if part.get("thought") or part.pop("thoughtSignature", None):
                blocks.append({"type": "thinking"})
            if not part.get("thought"):
                blocks.append(self._block(part, place))
        return blocks

    def _block(self, part: dict[str, Any], where: str) -> dict[str, Any]:
        if isinstance(part.get("text"), str):
            return part
        if "functionCall" in part:
            call = want_object(part["functionCall"], f"{where}.functionCall")
            return {"toolUse": self._call(call, f"{where}.functionCall.name")}
        if "functionResponse" in part:
            result = want_object(part["functionResponse"], f"{where}.functionResponse")
            content = [{"json": result.get("response")}]
            return {"toolResult": {"toolUseId": self._answered(result), "content": content}}
        media = next((key for key in ("inlineData", "fileData") if key in part), None)
        kind, name = (_media_of(part[media]), media) if media else ("block", next(iter(part), ""))
        raise Refused(kind, where, f"an RFT row holds text, not {name[:40] or 'nothing'}")

    def _call(self, call: dict[str, Any], where: str) -> dict[str, Any]:
        self._calls += 1
        name, call_id = want_text(call.get("name"), where), call.get("id")
        call_id = call_id if isinstance(call_id, str) else f"call_{self._calls}"
        self._open.append((name, call_id))
        return {"toolUseId": call_id, "name": name, "input": call.get("args")}

    def _answered(self, result: dict[str, Any]) -> Any:
        """Returns the id of the call that a result answers, ``None`` where there is no such."""
        call_id, name = result.get("id"), result.get("name")
        for call in self._open:
            if call_id == call[1] or (call_id is None and name == call[0]):
                self._open.remove(call)
                return call[1]
        return call_id


def _turns(contents: list[Any]) -> Iterator[dict[str, Any]]:
    parts = _Parts()
    for index, turn in enumerate(contents):
        turn = want_object(turn, where := f"contents[{index}]")
        if not turn.get("parts"):
            raise Refused("no_content", f"{where}.parts", "the turn has no parts")
        blocks = parts.blocks(turn["parts"], f"{where}.parts")
        # A single turn need not say whose it is; results of tools once had a role of their own.
        role = "user" if turn.get("role") in (None, "function") else turn["role"]
        rest = {k: v for k, v in turn.items() if k != "parts"}
        yield {**rest, "role": role, "content": blocks}


def _system_blocks(instruction: Any) -> list[dict[str, Any]]:
    if isinstance(instruction, str):
        return [{"text": instruction}]
    parts = want_object(instruction, "systemInstruction").get("parts")
    return _Parts().blocks(parts, "systemInstruction.parts")


def _declared(tools: Any) -> list[Any]:
    """Returns the functions of a list of tools, and every other tool as it is."""
    declared: list[Any] = []
    for index, tool in enumerate(want_list(tools, "tools")):
        tool = _spelt(want_object(tool, f"tools[{index}]"))
        functions = tool.pop("functionDeclarations", None) or []
        functions = want_list(functions, f"tools[{index}].functionDeclarations")
        declared += [_function(f) if isinstance(f, dict) else f for f in functions]
        declared += [tool] if tool else []
    return declared


def _function(function: dict[str, Any]) -> dict[str, Any]:
    function = _spelt(function)
    schema = function.pop("parametersJsonSchema", None) or _schema(function.get("parameters"))
    return function | ({} if schema is None else {"parameters": schema})


def _schema(schema: Any) -> Any:
    """Returns a schema in JSON Schema's words: Google writes its types in capitals."""
    if isinstance(schema, list):
        return [_schema(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key == "type" and isinstance(value, str):
            value = value.lower()
        elif key == "properties" and isinstance(value, dict):
            value = {name: _schema(inner) for name, inner in value.items()}
        elif key in ("items", "anyOf"):
            value = _schema(value)
        result[key] = value
    return result


def _media_of(data: Any) -> str:
    """Returns the kind that a part's media are counted as, by their MIME type."""
    mime = _spelt(data).get("mimeType") if isinstance(data, dict) else None
    return _MEDIA.get(str(mime).partition("/")[0], "document")


def _spelt(value: dict[str, Any]) -> dict[str, Any]:
    """Returns an object with its keys as JSON has them, not as Python."""
    return {_SPELLINGS.get(key, key): inner for key, inner in value.items()}


FORM = Gemini()
