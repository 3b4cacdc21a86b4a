"""Rows of Amazon Bedrock's model and knowledge base evaluation, and outputs of Nova's.

A prompt, what a right answer says, and beside them what models answered when they were asked:
that is a reply in service, never a reference.

Sources: Amazon Bedrock user guide, "Create a prompt dataset for a model evaluation job that uses
a model as judge" and "Creating a prompt dataset for retrieve-and-generate evaluation jobs".
"""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms import table
from touchstone.workbench.data.forms.columns import listed_texts
from touchstone.workbench.data.forms.draft import Draft, row_id, want_list, want_object
from touchstone.workbench.data.forms.form import Form, at
from touchstone.workbench.data.forms.turns import read_turns

_TURNS = "conversationTurns"


class BedrockEval(Form):
    """A prompt with ``modelResponses`` or ``inference``, or ``conversationTurns``."""

    name = "bedrock-eval"
    of_rows = True
    in_wrappers = False
    keys = frozenset({_TURNS, "modelResponses", "inference"})

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells whether a record has such turns, or a prompt beside what models answered."""
        return isinstance(record.get(_TURNS), list) or (
            "prompt" in record and not {"modelResponses", "inference"}.isdisjoint(record)
        )

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads one row; the last of several turns is the one to answer.

        Raises:
            Refused: It has no turns, or see ``Table.read``.
        """
        if _TURNS in record:
            return _conversation(record)
        draft = table.FORM.read(record)
        draft.response = _response(draft.fields)
        return draft


def _response(fields: dict[str, Any]) -> Any:
    """Returns what the first of the models answered, which stays a field as well."""
    answers = fields.get("modelResponses")
    if isinstance(answers, list) and answers and isinstance(answers[0], dict):
        return answers[0].get("response")
    said = listed_texts(fields.get("inference"))
    return said[0] if said else None


def _conversation(record: dict[str, Any]) -> Draft:
    turns = want_list(record[_TURNS], _TURNS)
    draft = Draft(fields={k: v for k, v in record.items() if k not in (_TURNS, "id")})
    draft.row_id = row_id(record.get("id"), draft.left_out)
    for index, each in enumerate(turns):
        where = f"{_TURNS}[{index}]"
        turn = want_object(each, where)
        asked = {"role": "user", "content": turn.get("prompt")}
        if isinstance(asked["content"], dict):
            asked |= asked["content"]
        draft.messages += read_turns([asked], draft.left_out, f"{where}.prompt")
        said = turn.get("referenceResponses")
        reply = at(turn, ("output", "text"))
        if index < len(turns) - 1:
            draft.messages += _said(said or reply, draft.left_out, where)
            continue
        draft.fields |= {k: v for k, v in turn.items() if k not in ("prompt", "output")}
        draft.response = reply
    draft.columns = list(draft.fields)
    return draft


def _said(answer: Any, left_out: list[str], where: str) -> list[dict[str, Any]]:
    """Returns the turn before the next question: what was right to say, else what was said."""
    if isinstance(answer, str):
        return [{"role": "assistant", "content": answer}]
    first = answer[0] if isinstance(answer, list) and answer else answer
    if not isinstance(first, dict):
        return []
    return read_turns([first | {"role": "assistant"}], left_out, f"{where}.referenceResponses")


FORM = BedrockEval()
