"""The solution that a reference brings beside its tests: what those refuse is no completion's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.templates.code_verification.forms import decoded

# By what names datasets of programs keep one that is right.
SOLUTIONS = ("canonical_solution", "reference_solution", "solution", "solutions")

# What a row is told whose tests do so.
REFUSED = "the tests refuse the reference's own solution"


def own_solutions(
    fields: Mapping[str, Any], names: tuple[str, ...] = SOLUTIONS, most: int = 3
) -> list[str]:
    """Returns the programs that a reference holds to be right, each as a completion.

    Args:
        fields: The reference's.
        names: Fields to look in: the first that holds one counts.
        most: No more than this, of a list.
    """
    for name in names:
        given = decoded(fields.get(name))
        texts = given if isinstance(given, list) else [given]
        found = [text for text in texts if isinstance(text, str) and text.strip()]
        if found:
            return [_fenced(text) for text in found[:most]]
    return []


def _fenced(text: str) -> str:
    """Returns a text as a completion that holds it as it is written, indented or not."""
    return text if "```" in text else f"```\n{text.rstrip()}\n```"
