"""Rows of a table: CSV, Parquet, and the JSON of Hugging Face's datasets.

Columns are known by the names that datasets give them; ``--map`` names them otherwise.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from workbench.data.forms.draft import Draft, Refused, row_id, want_object
from workbench.data.forms.prompts import split_prompt
from workbench.data.forms.tools import read_tools
from workbench.data.forms.turns import read_turns, system_text
from workbench.data.rft import parse_json

# In the order in which they are looked for: the first one there is taken, the others stay fields.
TURNS = ("messages", "conversations", "conversation", "dialog", "dialogue", "turns")
PROMPTS = ("prompt", "question", "instruction", "problem", "query", "input")
ANSWERS = ("completion", "response", "output", "chosen")
_REFERENCE_ORDER = (
    "reference_answer", "reference", "ground_truth", "gold", "expected_answer",
    "expected_output", "expected", "answer", "answers", "target", "label", "solution",
)  # fmt: skip
REFERENCES = frozenset(_REFERENCE_ORDER)
# A question about a passage is none without it; a prompt is taken to be whole.
_WITH_CONTEXT = {"question", "instruction", "problem", "query"}
_SYSTEMS = ("system", "system_prompt")
_MEDIA = {"image": "image", "images": "image", "audio": "audio", "video": "video"}


def matches(request: dict[str, Any]) -> bool:
    """Tells whether a record has a column that is named like a prompt."""
    row = _row(request)
    return any(row.get(name) for name in (*TURNS, *PROMPTS))


def read(request: dict[str, Any], left_out: list[str]) -> Draft:
    """Reads one row of a table.

    Raises:
        Refused: It has no prompt, has images, or was cut short by the viewer it came from.
    """
    row = dict(_row(request))
    for name, kind in _MEDIA.items():
        if row.get(name):
            raise Refused(kind, name, f"an RFT row holds text, not {name}")
    turns = _turns(row, left_out)
    system = next((row.pop(name) for name in _SYSTEMS if row.get(name)), None)
    if "input" in request and "model" in request:  # OpenAI's Responses
        system = row.pop("instructions", system)
    if system:
        turns = _with_system(system_text(system, left_out), turns)
    draft = Draft(turns, left_out=left_out)
    draft.row_id = row_id(row.pop("id", None), left_out)
    if tools := row.pop("tools", None):
        draft.tools = read_tools(tools, left_out)
    draft.fields = row
    choose_reference(draft, row.keys())
    choose_answer(draft, row.keys())
    return draft


def choose_reference(draft: Draft, columns: Collection[str]) -> None:
    """Moves the field that is named like a reference, if there is one, to its place.

    Args:
        draft: Gains the reference.
        columns: The record's own; other fields of the draft only describe a call.
    """
    for name in _REFERENCE_ORDER if not REFERENCES.isdisjoint(columns) else ():
        if name in columns and not is_blank(draft.fields.get(name)):
            draft.reference, draft.reference_from = draft.fields.pop(name), name
            return
    model = draft.fields.get("reward_model")  # verl keeps its gold here
    if isinstance(model, dict) and not is_blank(model.get("ground_truth")):
        draft.reference = model["ground_truth"]
        draft.reference_from = "reward_model.ground_truth"


def _row(request: dict[str, Any]) -> dict[str, Any]:
    """Returns the row inside what a datasets' viewer wraps around it."""
    if not isinstance(request.get("row"), dict) or "row_idx" not in request:
        return request
    if cut := request.get("truncated_cells"):
        raise Refused("truncated", str(cut), "the viewer cut these cells short")
    return request["row"]


def _turns(row: dict[str, Any], left_out: list[str]) -> list[dict[str, Any]]:
    for name in TURNS:
        if row.get(name):
            return read_turns(_decoded(row.pop(name)), left_out, name)
    for name in PROMPTS:
        if not row.get(name):
            continue
        prompt = _decoded(row.pop(name))
        if isinstance(prompt, list):
            return read_turns(prompt, left_out, name)
        if not isinstance(prompt, str):
            prompt = want_object(prompt, name).get("text", prompt)
        if not isinstance(prompt, str):
            raise Refused("bad_shape", name, "must be text or a list of turns")
        context = row.get("context") if name in _WITH_CONTEXT else None
        if isinstance(context, str) and context.strip():
            prompt = row.pop("context") + "\n\n" + prompt
        if name == "instruction" and isinstance(row.get("input"), str):
            prompt += "\n\n" + row.pop("input") if row["input"].strip() else ""
        return read_turns(split_prompt(prompt, name), left_out, name)
    raise Refused("no_prompt", "", f"no column is named like a prompt: {', '.join(row)}")


def choose_answer(draft: Draft, columns: Collection[str]) -> None:
    """Takes the column that holds an answer, where there is neither reference nor last turn.

    Args:
        draft: Gains the answer as a last turn, whose content may be an object.
        columns: The record's own.

    Raises:
        Refused: The answer is a turn that cannot be read.
    """
    turns = draft.messages
    if draft.reference is not None or not turns or turns[-1]["role"] == "assistant":
        return
    for name in ANSWERS:
        answer = draft.fields.get(name) if name in columns else None
        if is_blank(answer):
            continue
        del draft.fields[name]
        answer = _decoded(answer)
        if isinstance(answer, list) and answer and isinstance(answer[-1], dict):
            # The chosen one of a pair may repeat the prompt.
            turns = read_turns(answer[-1:], draft.left_out, name)
        else:
            turns = [{"role": "assistant", "content": answer}]
        draft.messages += [turn | {"role": "assistant"} for turn in turns]
        return


def _with_system(system: str, turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the turns with one system turn: a column's words, then those of a first turn."""
    if turns and turns[0]["role"] == "system":
        first, *turns = turns
        if first["content"] not in ("", system):
            system = "\n\n".join(filter(None, (system, first["content"])))
    return [{"role": "system", "content": system}, *turns] if system else turns


def is_blank(value: Any) -> bool:
    """Tells whether a value is nothing, or text without a word, which is no answer."""
    return value is None or (isinstance(value, str) and not value.strip())


def _decoded(value: Any) -> Any:
    """Returns the list that a cell of text holds, or the cell itself."""
    if isinstance(value, str) and value.lstrip().startswith("[{"):
        try:
            return parse_json(value)
        except ValueError:
            return value
    return value
