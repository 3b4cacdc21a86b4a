"""Rows of OpenAI's reinforcement fine-tuning: messages with reference fields beside them.

Every other top-level key is a field of the user's own, as graders there read it under
``item``; rows of evaluations keep the same fields inside an ``item``.

Source: OpenAI, "Reinforcement fine-tuning", the section on training data.
"""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms import chat, table
from touchstone.workbench.data.forms.draft import Draft, Refused, want_object
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.reference import names_reference


class OpenAIRft(Form):
    """A row of a table in all but its marks."""

    name = "openai-rft"
    of_rows = True
    keys = frozenset({"messages", "item"})
    turns = "messages"

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells whether a record has an item, or messages beside a field named like a reference.

        A call's parameters say that it is a request, with a reference of its own.
        """
        if isinstance(record.get("item"), dict):
            return True
        row = isinstance(record.get("messages"), list) and names_reference(record)
        return row and chat.FORM.parameters.isdisjoint(record)

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads one row; its prompt may lie in the item, as messages or as a column of a table.

        A grader reads any field under its own name, so all stay, the reference's too.

        Raises:
            Refused: An item contradicts its row, or see ``Table.read``.
        """
        row = dict(record)
        if "item" in row:
            item = want_object(row.pop("item"), "item")
            if clash := sorted(k for k in item.keys() & row.keys() if item[k] != row[k]):
                raise Refused("bad_shape", f"item.{clash[0]}", "differs from the row's own")
            row = item | row
        draft = table.FORM.read(row)
        asked = {k: v for k, v in row.items() if k not in draft.fields and isinstance(v, str)}
        draft.fields |= {k: v for k, v in asked.items() if k not in ("id", "tools")}
        draft.keeps = True
        return draft


FORM = OpenAIRft()
