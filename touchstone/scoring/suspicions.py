"""How a judge is told what rules suspect and cannot know, apart from what they have counted.

A finding that was counted is settled and goes into :attr:`JudgeRequest.findings`. One that word
lists only suspect is a question: it stands in a context of its own, costs nothing by itself, and
a rubric that may get some says so by :data:`NOTE`.
"""

from __future__ import annotations

from collections.abc import Iterable

_NAME = "suspicions"
NOTE = (
    "CONTEXT SUSPICIONS, where given, holds what word lists suspect. They may be wrong, most of "
    "all in names, quotations, code and other languages: look at each yourself, and let what the "
    "texts do not bear out count for nothing."
)


def suspicions(said: Iterable[str]) -> dict[str, str]:
    """Returns the context that tells a judge what is suspected; nothing where nothing is."""
    text = "\n".join(f"- {sentence}" for sentence in said)
    return {_NAME: text} if text else {}
