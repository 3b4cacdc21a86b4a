"""What ``--map`` and ``--reference`` name: fields of a record for fields of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.workbench.data.forms.columns import TURNS
from touchstone.workbench.data.forms.draft import Draft, Refused, row_id
from touchstone.workbench.data.forms.tools import read_tools
from touchstone.workbench.data.forms.turns import text_of


def pick(value: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """Returns what a mapping leads to in a record, by the row's field.

    Raises:
        Refused: There is nothing where it leads.
    """
    return {name: _picked(value, path, name) for name, path in mapping.items()}


def mapped_row(
    value: dict[str, Any], picked: dict[str, Any], mapping: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Returns the row of a table that a mapping makes, and the columns that it displaces."""
    used = {path for name, path in mapping.items() if name in picked}
    prompt = {k: picked[k] for k in ("prompt", "messages") if k in picked}
    # The mapping says which column is the prompt.
    displaced = prompt.keys() if "messages" in prompt else {*prompt, *TURNS}
    rest = {k: v for k, v in value.items() if k not in used and k not in displaced}
    return rest | prompt, [k for k in value if k in displaced and k not in used]


def put(picked: dict[str, Any], mapping: Mapping[str, str], draft: Draft) -> None:
    """Lets what a mapping names win over what a form found itself.

    Raises:
        Refused: The tools or the system prompt that it names are none.
    """
    for name, value in picked.items():
        path = mapping[name]
        if name == "reference_answer":
            draft.reference, draft.reference_from = value, path
        elif name == "id":
            draft.row_id = row_id(value, draft.left_out)
        elif name == "tools":
            draft.tools = read_tools(value, draft.left_out, path)
        elif name == "system" and not any(t["role"] == "system" for t in draft.messages):
            text = text_of(value, draft.left_out, path)
            draft.messages.insert(0, {"role": "system", "content": text})
        elif name not in ("prompt", "messages", "system"):
            draft.fields[name] = value
        if name != path:
            draft.fields.pop(path, None)


def _picked(value: dict[str, Any], path: str, name: str) -> Any:
    """Returns what a field's name or a JSON pointer leads to."""
    found: Any = value
    steps = path[1:].split("/") if path.startswith("/") else [path]
    for step in steps:
        if path.startswith("/"):
            step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            found = None
    if found is None:
        raise Refused("missing_field", path, f"nothing there to be the row's {name}")
    return found
