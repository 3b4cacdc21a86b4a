"""Assertions of promptfoo: those that decide by the text alone map exactly, others are listed.

Source: promptfoo's reference, "Assertions and metrics"; a configuration as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from touchstone import kit
from touchstone.workbench.graders.importing.model import (
    Choices,
    Imported,
    Node,
    NotImported,
    Piece,
    identifier,
)
from touchstone.workbench.graders.importing.programs import quoted

SERVICE = "promptfoo"
_LISTS = "each of several texts"
# Each decides whether a text passes; `wanted` is its value.
_ONE = {
    "equals": "text == wanted",
    "contains": "wanted in text",
    "icontains": "wanted.lower() in text.lower()",
    "starts-with": "text.startswith(wanted)",
    "regex": "re.search(wanted, text) is not None",
}
_SEVERAL = {
    "contains-any": "any(one in text for one in wanted)",
    "contains-all": "all(one in text for one in wanted)",
    "icontains-any": "any(one.lower() in text.lower() for one in wanted)",
    "icontains-all": "all(one.lower() in text.lower() for one in wanted)",
}
_WITHOUT = {"is-json": "is_json(text)"}
_NOTES = (
    "a test passes or fails there by its threshold; the reward is the weighted mean of its "
    "assertions",
    "a regular expression runs as Python's here, and as JavaScript's there",
)


def find(node: Node) -> Node | None:
    """Returns the assertions that a configuration holds; ``None`` for another file.

    They stand alone as a list, under ``assert``, in ``defaultTest``, or in the one test that has
    some.

    Raises:
        NotImported: Several tests have assertions of their own.
    """
    if isinstance(node.value, list) and node.value and _is_assertion(node.value[0]):
        return node
    if node.has("assert"):
        return node.at("assert")
    if node.has("defaultTest") and node.at("defaultTest").has("assert"):
        return node.at("defaultTest").at("assert")
    if node.has("tests") and isinstance(node.at("tests").value, list):
        tests = node.at("tests")
        found = [tests.at(n) for n in range(len(tests.value)) if tests.at(n).has("assert")]
        if len(found) > 1:
            raise tests.refuse(
                f"{len(found)} tests have assertions of their own",
                "a grader is one rule for all rows: put it under defaultTest.assert",
            )
        return found[0].at("assert") if found else None
    return None


def read(node: Node, choices: Choices) -> Imported:
    """Reads what :func:`find` found.

    Raises:
        NotImported: Some of it does not map exactly; lists it.
    """
    pieces: list[Piece] = []
    weights: list[float] = []
    other: list[str] = []
    for one in node.items():
        kind = one.text("type")
        if kind.removeprefix("not-") not in _ONE | _SEVERAL | _WITHOUT or _has_schema(one):
            other.append(f"{one.path}: {kind}")
            continue
        name = identifier(one.text("metric", kind), [piece.name for piece in pieces])
        pieces.append(_piece(one, kind, name, choices))
        weights.append(one.number("weight", 1.0))
    if other:
        raise NotImported(
            f"{node.file}: {len(other)} of {len(node.value)} assertions do not map exactly: "
            + ", ".join(other),
            "take them out, or write them as a reward: touchstone graders new NAME",
        )
    total = sum(weights)
    if min(weights) < 0 or total <= 0:
        raise node.refuse("weights must not be negative, and one must be above 0")
    if len(pieces) == 1:
        return Imported(SERVICE, "", tuple(pieces), notes=_NOTES)
    terms = [f'{w:g} * scores["{p.name}"]' for w, p in zip(weights, pieces, strict=True)]
    reward = f"round(({' + '.join(terms)}) / {total:.12g}, 12)"
    return Imported(SERVICE, "", tuple(pieces), reward, notes=_NOTES)


def _piece(node: Node, kind: str, name: str, choices: Choices) -> Piece:
    base = kind.removeprefix("not-")
    lines = ['text = sample["output_text"]' + (".strip()" if choices.trim else "")]
    templates: list[str] = []
    uses = {"is_json"} if base in _WITHOUT else {"filled"}
    if base in _ONE:
        templates = [_ours(node.at("value"), node.value["value"])]
        lines.append(f"wanted = filled({quoted(templates[0])}, sample, item)")
    elif base in _SEVERAL:
        templates = [_ours(node.at("value"), one) for one in _several(node.at("value"))]
        filled = [f"filled({quoted(one)}, sample, item)" for one in templates]
        lines.append(f"wanted = [{', '.join(filled)}]")
    test = (_ONE | _SEVERAL | _WITHOUT)[base]
    lines.append(f"return float({f'not ({test})' if base != kind else test})")
    modules = frozenset({"re"}) if base == "regex" else frozenset[str]()
    said = f"{kind} {', '.join(templates)}".strip()
    return Piece(
        name, said, tuple(lines), uses=frozenset(uses), modules=modules,
        templates=tuple(templates),
    )  # fmt: skip


def _several(node: Node) -> Iterator[Any]:
    """Yields the texts of a list, or of one text that commas divide."""
    if isinstance(node.value, str):
        yield from (part.strip() for part in node.value.split(","))
    elif isinstance(node.value, list) and node.value:
        yield from node.value
    else:
        raise node.refuse(f"must be {_LISTS}")


def _ours(node: Node, value: Any) -> str:
    """Returns a text whose placeholders are ours: a variable is a field of the row."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise node.refuse(f"must be a text, not {type(value).__name__}")

    def of_row(found: re.Match[str]) -> str:
        return f"{{{{ item.{found[1].strip()} }}}}"

    text = kit.PLACEHOLDER.sub(of_row, str(value))
    node.check_template(text)
    return text


def _has_schema(node: Node) -> bool:
    return node.text("type").endswith("is-json") and node.has("value")


def _is_assertion(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind.removeprefix("not-") in _ONE | _SEVERAL | _WITHOUT
