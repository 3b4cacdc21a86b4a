"""Rows of a table: CSV, Parquet, and the JSON of Hugging Face's datasets.

Columns are known by the names that datasets give them; ``--map`` names them otherwise.
"""

from __future__ import annotations

from typing import Any

from workbench.data.forms.draft import Draft, Refused, row_id, want_object
from workbench.data.forms.prompts import split_prompt
from workbench.data.forms.tools import read_tools
from workbench.data.forms.turns import read_turns
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
ANSWER_COLUMNS = REFERENCES | set(ANSWERS)
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
        turns = read_turns([{"role": "system", "content": system}], left_out, "system") + turns
    draft = Draft(turns, left_out=left_out)
    draft.row_id = row_id(row.pop("id", None), left_out)
    if tools := row.pop("tools", None):
        draft.tools = read_tools(tools, left_out)
    draft.fields = row
    choose_reference(draft)
    if draft.reference is None and turns[-1:] and turns[-1]["role"] != "assistant":
        _choose_answer(draft)
    return draft


def choose_reference(draft: Draft) -> None:
    """Moves the field that is named like a reference, if there is one, to its place."""
    for name in _REFERENCE_ORDER if REFERENCES & draft.fields.keys() else ():
        if draft.fields.get(name) is not None:
            draft.reference, draft.reference_from = draft.fields.pop(name), name
            return
    model = draft.fields.get("reward_model")  # verl keeps its gold here
    if isinstance(model, dict) and model.get("ground_truth") is not None:
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
        if name == "instruction" and isinstance(row.get("input"), str):
            prompt += "\n\n" + row.pop("input") if row["input"].strip() else ""
        return read_turns(split_prompt(prompt, name), left_out, name)
    raise Refused("no_prompt", "", f"no column is named like a prompt: {', '.join(row)}")


def _choose_answer(draft: Draft) -> None:
    for name in ANSWERS:
        answer = draft.fields.get(name)
        if answer is None:
            continue
        del draft.fields[name]
        answer = _decoded(answer)
        if isinstance(answer, list) and answer and isinstance(answer[-1], dict):
            # The chosen one of a pair may repeat the prompt.
            turns = read_turns(answer[-1:], draft.left_out, name)
        elif isinstance(answer, str):
            turns = [{"role": "assistant", "content": answer}]
        else:
            draft.reference, draft.reference_from = answer, name
            return
        draft.messages += [turn | {"role": "assistant"} for turn in turns]
        return


def _decoded(value: Any) -> Any:
    """Returns the list that a cell of text holds, or the cell itself."""
    if isinstance(value, str) and value.lstrip().startswith("[{"):
        try:
            return parse_json(value)
        except ValueError:
            return value
    return value
