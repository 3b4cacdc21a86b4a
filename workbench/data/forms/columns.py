"""Columns that datasets name alike: for turns, a prompt, an answer, a reference."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from workbench.data.forms.draft import Draft
from workbench.data.forms.turns import read_turns
from workbench.rows.rft import parse_json

# In the order in which they are looked for: the first one there is taken, the others stay fields.
TURNS = ("messages", "conversations", "conversation", "dialog", "dialogue", "turns")
PROMPTS = ("prompt", "question", "instruction", "problem", "query", "input")
ANSWERS = ("completion", "response", "output", "chosen")
_REFERENCE_ORDER = (
    "reference_answer", "reference", "ground_truth", "gold", "expected_answer",
    "expected_output", "expected", "answer", "answers", "target", "label", "solution",
)  # fmt: skip
REFERENCES = frozenset(_REFERENCE_ORDER)


def choose(draft: Draft, columns: Collection[str], *, answer: bool = True) -> None:
    """Chooses what a row is graded against: a reference, or where there is none an answer.

    Args:
        draft: Gains the one, or the other as a last turn, whose content may be an object.
        columns: The record's own; other fields of the draft only describe a call.
        answer: An answer may lie in a column.

    Raises:
        Refused: The answer is a turn that cannot be read.
    """
    _choose_reference(draft, columns)
    if answer:
        _choose_answer(draft, columns)


def _choose_reference(draft: Draft, columns: Collection[str]) -> None:
    """Moves the field that is named like a reference, if there is one, to its place."""
    for name in _REFERENCE_ORDER if not REFERENCES.isdisjoint(columns) else ():
        if name in columns and not is_blank(draft.fields.get(name)):
            draft.reference, draft.reference_from = draft.fields.pop(name), name
            return
    model = draft.fields.get("reward_model")  # verl keeps its gold here
    if isinstance(model, dict) and not is_blank(model.get("ground_truth")):
        draft.reference = model["ground_truth"]
        draft.reference_from = "reward_model.ground_truth"


def _choose_answer(draft: Draft, columns: Collection[str]) -> None:
    """Takes the column that holds an answer, where there is neither reference nor last turn."""
    turns = draft.messages
    if draft.reference is not None or not turns or turns[-1]["role"] == "assistant":
        return
    for name in ANSWERS:
        answer = draft.fields.get(name) if name in columns else None
        if is_blank(answer):
            continue
        del draft.fields[name]
        answer = decoded(answer)
        if isinstance(answer, list) and answer and isinstance(answer[-1], dict):
            # The chosen one of a pair may repeat the prompt.
            turns = read_turns(answer[-1:], draft.left_out, name)
        else:
            turns = [{"role": "assistant", "content": answer}]
        draft.messages += [turn | {"role": "assistant"} for turn in turns]
        return


def is_blank(value: Any) -> bool:
    """Tells whether a value is nothing, or text without a word, which is no answer."""
    return value is None or (isinstance(value, str) and not value.strip())


def decoded(value: Any) -> Any:
    """Returns the list that a cell of text holds, or the cell itself."""
    if isinstance(value, str) and value.lstrip().startswith("[{"):
        try:
            return parse_json(value)
        except ValueError:
            return value
    return value
