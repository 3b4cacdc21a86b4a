"""The same data as other JSON, in other wrappings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.gold import expected_data

_SAME = "it is the reference's data: JSON's order of keys and blanks say nothing"
_WORDS = {
    "English": ("Sure, here you go:", "Let me know if you need anything else."),
    "Spanish": ("Aquí está el resultado:", "¿Necesita algo más?"),
    "German": ("Hier ist das Ergebnis:", "Bei Fragen helfe ich gern."),
    "French": ("Voici le résultat :", "N'hésitez pas à me demander autre chose."),
    "Chinese": ("下面是结果。", "如有疑问请告诉我。"),
    "Japanese": ("結果は次のとおりです。", "他に必要なことがあれば教えてください。"),
}


def variants(case: Case, _: str) -> Iterator[tuple[str, str, str]]:
    """Yields the reference's data, written otherwise; none where the reference has calls."""
    data = expected_data(case.reference)
    if data is None or (isinstance(case.reference, Mapping) and "calls" in case.reference):
        return
    bare = _json(data)
    yield "order:keys turned round", _json(turned(data)), _SAME
    yield "order:keys by the alphabet", json.dumps(data, ensure_ascii=False, sort_keys=True), _SAME
    yield "notation:no blanks", json.dumps(data, ensure_ascii=False, separators=(",", ":")), _SAME
    yield "notation:tabs", json.dumps(data, ensure_ascii=False, indent="\t"), _SAME
    yield "notation:escapes", json.dumps(data), _SAME
    yield "notation:lines of Windows", json.dumps(data, indent=4).replace("\n", "\r\n"), _SAME
    yield "notation:blanks around", f"\n\n  {bare}  \n", _SAME
    yield "notation:whole numbers with a point", _json(pointed(data)), "1.0 is the number 1"
    yield "wrapping:fence without a name", f"```\n{bare}\n```", _SAME
    yield "wrapping:fence in capitals", f"```JSON\n{bare}\n```", _SAME
    yield "wrapping:fence of tildes", f"~~~json\n{bare}\n~~~", _SAME
    yield "wrapping:fence without lines", f"```json {bare} ```", _SAME
    yield "wrapping:fence that is never closed", f"```json\n{bare}\n", _SAME
    yield "wrapping:a label", f"JSON:\n{bare}", _SAME
    yield "wrapping:a heading", f"## Result\n\n{bare}", _SAME
    for name, (front, behind) in _WORDS.items():
        yield f"language:{name}", f"{front}\n\n```json\n{bare}\n```\n\n{behind}", _SAME
    yield "verbosity:an account of the way", (
        "I read the text twice. Every field was found in it, and none was guessed.\n\n"
        f"```json\n{bare}\n```"
    ), _SAME  # fmt: skip


def turned(data: Any) -> Any:
    """Returns the data with the keys of every object in the other order."""
    if isinstance(data, Mapping):
        return {key: turned(data[key]) for key in reversed(list(data))}
    return [turned(value) for value in data] if isinstance(data, list) else data


def pointed(data: Any) -> Any:
    """Returns the data with its whole numbers as floats, as far as those are exact."""
    if isinstance(data, Mapping):
        return {key: pointed(value) for key, value in data.items()}
    if isinstance(data, list):
        return [pointed(value) for value in data]
    whole = isinstance(data, int) and not isinstance(data, bool) and abs(data) < 2**53
    return float(data) if whole else data


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
