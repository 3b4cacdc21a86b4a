"""The same decision in other forms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.gold import written_out

_SAME = "it gives the reference's decision, categories and context"
_LABELS = {
    "English": ("Decision", "Categories", "Reason"),
    "English, otherwise": ("Verdict", "Categories", "Explanation"),
    "German": ("Entscheidung", "Kategorien", "Begründung"),
    "Spanish": ("Decisión", "Categorías", "Motivo"),
    "French": ("Décision", "Catégories", "Raison"),
}


def variants(case: Case, _: str) -> Iterator[tuple[str, str, str]]:
    """Yields the reference's decision otherwise; none where it decides nothing."""
    reference = case.reference
    if not isinstance(reference, Mapping) or not isinstance(reference.get("decision"), str):
        return
    parts = [
        reference["decision"],
        reference.get("categories") or [],
        f"The context decides: {written_out(reference.get('context') or 'the rules')}.",
    ]
    keys = ("decision", "categories", "rationale")
    data = {key: part for key, part in zip(keys, parts, strict=True) if part}
    text = json.dumps(data, ensure_ascii=False)
    yield "order:keys turned round", json.dumps(dict(reversed(data.items()))), _SAME
    yield "order:categories turned round", json.dumps({**data, **_turned(data)}), _SAME
    yield "notation:pretty", json.dumps(data, indent=2), _SAME
    yield "notation:capitals", json.dumps({**data, "decision": parts[0].upper()}), _SAME
    yield "notation:a capital", json.dumps({**data, "decision": parts[0].capitalize()}), _SAME
    yield "wrapping:fence without a name", f"```\n{text}\n```", _SAME
    yield "wrapping:fence in capitals", f"```JSON\n{text}\n```", _SAME
    yield "wrapping:words around", f"Here is my decision:\n\n{text}\n\nThank you.", _SAME
    yield "wrapping:words in German", f"Hier ist meine Entscheidung:\n\n{text}", _SAME
    yield "verbosity:an account in front", f"I have read the text with care.\n\n{text}", _SAME
    for language, labels in _LABELS.items():
        yield f"language:{language}", _lines(labels, parts, "{}: {}"), _SAME
    yield "layout:bold labels", _lines(_LABELS["English"], parts, "**{}:** {}"), _SAME
    yield "layout:a list", _lines(_LABELS["English"], parts, "- {}: {}"), _SAME


def _turned(data: Mapping[str, object]) -> dict[str, object]:
    given = data.get("categories")
    return {"categories": given[::-1]} if isinstance(given, list) else {}


def _lines(labels: tuple[str, ...], parts: list[object], form: str) -> str:
    pairs = zip(labels, parts, strict=True)
    return "\n".join(form.format(label, written_out(part)) for label, part in pairs if part)
