"""Whether a prompt holds its own answer: then a model is paid for copying, not for solving."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from touchstone.workbench.data.problem import Finding

# Keys of a reference that hold the answer itself; a source, a policy or tests belong in the prompt.
_ANSWER_KEYS = ("answer", "reference_summary", "expected", "solution", "output", "text", "value")
# A text this long does not stand in its prompt by chance.
_LONG_CHARS, _LONG_WORDS = 60, 8
_WORDS = ("answer", "solution", "truth", "####")
_ANNOUNCED = re.compile(
    r"(?i)(?:(?:\b|_)(?:answer(?:[ _]key)?|solution|ground[ _]truth)\b[\"'*`)\]]{0,3}"
    r"(?:\s*[:=]|\s+(?:is|was)\b\s*:?)|####)"
    r"[ \t\"'*`\\(\[{$]{0,6}(?=(?P<said>[^\n]{1,200}))"
)
# The answer must end its line or sentence; what goes on (`yes or no`, `yes/no`, `0 if negative`,
# `A, B or C`) is to choose from. A lone letter before a full stop may be the mark of an option.
_MARKS = r"[\"'*`\\)\]}$]*"
_ENDS_LINE = rf"{_MARKS}[.!]?{_MARKS}\s*$"
_ENDS_SENTENCE = rf"{_MARKS}[.!]{_MARKS}\s"


def check_answer(row: Mapping[str, Any], prompt: str) -> Iterator[Finding]:
    """Yields a finding when the prompt announces the row's answer, or holds a long one whole.

    Args:
        row: The row.
        prompt: The text of its messages.
    """
    for answer in _answers(row.get("reference_answer")):
        if _is_long(answer) and _plain(answer) in _plain(prompt):
            yield Finding("answer_in_prompt", "messages", "the prompt holds the whole reference")
            return
    # Few-shot prompts announce answers too, but then more than one.
    lowered = prompt.lower()
    announced = list(_ANNOUNCED.finditer(prompt)) if any(w in lowered for w in _WORDS) else []
    if len(announced) != 1:
        return
    said = announced[0]["said"].casefold()
    for answer in _answers(row.get("reference_answer")):
        short = _final(answer).casefold()
        end = f"(?:{_ENDS_LINE}|{_ENDS_SENTENCE})" if len(short) > 1 else _ENDS_LINE
        if short and re.match(re.escape(short) + end, said):
            message = "the prompt announces the reference as the answer"
            yield Finding("answer_in_prompt", "messages", message)
            return


def _answers(reference: Any) -> Iterator[str]:
    if isinstance(reference, Mapping):
        held = [reference[key] for key in _ANSWER_KEYS if key in reference]
        values = held or ([reference] if len(reference) > 1 else [])
    else:
        values = [reference]
    for value in values:
        if isinstance(value, str):
            yield value.strip()
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{value:g}" if isinstance(value, float) else str(value)
        elif isinstance(value, list | dict):
            yield msgspec.json.encode(value).decode()


def _final(answer: str) -> str:
    """Returns what stands after ``####`` in a worked solution, else a short answer itself."""
    final = answer.rpartition("####")[2].strip()
    return final if len(final) <= 100 else ""


def _is_long(answer: str) -> bool:
    return len(answer) >= _LONG_CHARS and len(re.findall(r"\w+", answer)) >= _LONG_WORDS


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()
