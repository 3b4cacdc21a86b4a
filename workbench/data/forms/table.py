"""Rows of a table: CSV, Parquet, and the JSON of Hugging Face's datasets.

Columns are known by the names that datasets give them; ``--map`` names them otherwise.
"""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms.columns import PAIRS, PROMPTS, TURNS, decoded
from touchstone.workbench.data.forms.draft import Draft, Refused, row_id, want_object
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.prompts import HUMAN, split_prompt
from touchstone.workbench.data.forms.sql import SqlTask, take_sql
from touchstone.workbench.data.forms.tools import read_tools
from touchstone.workbench.data.forms.turns import read_turns, system_text

# A question about a passage is none without it; a prompt is taken to be whole.
_WITH_CONTEXT = {"question", "instruction", "problem", "query", "sql_prompt"}
_CONTEXTS = ("context", "passage", "paragraph", "article", "story", "premise")
_SYSTEMS = ("system", "system_prompt")


class Table(Form):
    """A row by its columns' names."""

    name = "table"
    groups = ("csv", "parquet", "hf")
    of_rows = True
    in_wrappers = False
    keys = frozenset({*TURNS, *PROMPTS, *PAIRS, "row_idx"})

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells whether a record has a column that is named like a prompt."""
        row = _row(record)
        return any(row.get(name) for name in (*TURNS, *PROMPTS)) or any(map(row.get, PAIRS))

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads one row.

        Raises:
            Refused: It has no prompt, or was cut short by the viewer it came from.
        """
        row = _unfolded(dict(_row(record)))
        draft = Draft(fields=row)
        task = take_sql(row, PROMPTS)
        turns = _turns(row, draft.left_out, task)
        if task:
            draft.reference, draft.reference_from = task.reference, task.query_column
        system = next((row.pop(name) for name in _SYSTEMS if row.get(name)), None)
        if "input" in record and "model" in record:  # OpenAI's Responses
            system = row.pop("instructions", system)
        if system:
            turns = _with_system(system_text(system, draft.left_out), turns)
        draft.messages = turns
        draft.row_id = row_id(row.pop("id", None), draft.left_out)
        if tools := row.pop("tools", None):
            draft.tools = read_tools(tools, draft.left_out)
        draft.columns = list(row)
        return draft


def _row(request: dict[str, Any]) -> dict[str, Any]:
    """Returns the row inside what a datasets' viewer wraps around it."""
    if not isinstance(request.get("row"), dict) or "row_idx" not in request:
        return request
    if cut := request.get("truncated_cells"):
        raise Refused("truncated", str(cut), "the viewer cut these cells short")
    return request["row"]


def _unfolded(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a row whose question is an object of a stem and more, as fields of its own.

    ARC and CommonsenseQA write ``"question": {"stem": ..., "choices": [...]}``.
    """
    asked = row.get("question")
    if not isinstance(asked, dict) or not isinstance(asked.get("stem"), str):
        return row
    inner = {name: value for name, value in asked.items() if name != "stem"}
    return inner | row | {"question": asked["stem"]}


def _turns(row: dict[str, Any], left_out: list[str], task: SqlTask | None) -> list[dict[str, Any]]:
    for name in TURNS:
        if row.get(name):
            return read_turns(decoded(row.pop(name)), left_out, name)
    for name in PROMPTS:
        if not row.get(name):
            continue
        prompt = decoded(row.pop(name))
        if isinstance(prompt, list):
            return read_turns(prompt, left_out, name)
        if not isinstance(prompt, str):
            prompt = want_object(prompt, name).get("text", prompt)
        if not isinstance(prompt, str):
            raise Refused("bad_shape", name, "must be text or a list of turns")
        if name in _WITH_CONTEXT:
            prompt = _context(row, task) + prompt
        if name == "instruction" and isinstance(row.get("input"), str):
            prompt += "\n\n" + row.pop("input") if row["input"].strip() else ""
        return read_turns(split_prompt(prompt, name), left_out, name)
    for name in PAIRS:  # both answers of a pair may begin with the prompt
        if turns := _dialogue(row.get(name)):
            del row[name]
            return read_turns(turns, left_out, name)
    raise Refused("no_prompt", "", f"no column is named like a prompt: {', '.join(row)}")


def _context(row: dict[str, Any], task: SqlTask | None) -> str:
    """Takes the text that a question is about, with an empty line after it."""
    if task:
        del row[task.column]
        return f"{task.definitions}\n\n"
    for name in _CONTEXTS:
        if isinstance(row.get(name), str) and row[name].strip():
            return f"{row.pop(name)}\n\n"
    return ""


def _dialogue(pair: Any) -> list[Any]:
    """Returns the turns of an answer that repeats its prompt, ``[]`` for an answer alone."""
    pair = decoded(pair)
    if isinstance(pair, str):
        turns = split_prompt(pair, "chosen", HUMAN) if HUMAN.match(pair) else []
        return turns if len(turns) > 1 else []
    return pair if isinstance(pair, list) and len(pair) > 1 else []


def _with_system(system: str, turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the turns with one system turn: a column's words, then those of a first turn."""
    if turns and turns[0]["role"] == "system":
        first, *turns = turns
        if first["content"] not in ("", system):
            system = "\n\n".join(filter(None, (system, first["content"])))
    return [{"role": "system", "content": system}, *turns] if system else turns


FORM = Table()
