"""Reads the reference answer of a row, in every form that data sets use."""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.final_answer import find_answer
from touchstone.templates.math_reasoning.kinds import states

MAX_ANSWER = 4000
# How a solution states its answer, so that it is not guessed.
_STATED = {"box", "tag", "hashes", "phrase"}
# The rollouts of a prompt share its reference, which is read once for the batch.
_KEPT = 64
_KEYS = {"answer", "solution", "tolerance", "unit"}


@dataclass(frozen=True, slots=True)
class Reference:
    """The right answer.

    Attributes:
        answer: The answer alone.
        solution: The working that leads to it, ``""`` when there is none.
        tolerance: Allowed absolute difference, ``None`` when the row sets none.
        relative: Allowed difference as a share of the answer, ``None`` as above.
    """

    answer: Answer
    solution: str = ""
    tolerance: float | None = None
    relative: float | None = None


def read_reference(value: Any) -> Reference:
    """Returns the reference of a row.

    Args:
        value: A text (the answer alone, or a solution with ``####``, a box or "the answer is"), a
            number, a list of values, or ``{answer, solution?, tolerance?, unit?}``.

    Raises:
        BadReference: It is missing, empty or of another form; the message names the field.
    """
    if value is None or value == "":
        raise BadReference("no reference answer in reference_answer")
    if not isinstance(value, dict):
        return _of_answer(value, "reference_answer")
    if "answer" not in value or value["answer"] is None:
        raise BadReference("reference_answer has no 'answer'")
    unknown = ", ".join(sorted(set(map(str, value)) - _KEYS))
    if unknown and "answer" not in value:
        raise BadReference(f"reference_answer has {unknown}, but no 'answer'")
    found = _of_answer(value["answer"], "reference_answer.answer", bare_list=True)
    solution = value.get("solution") or found.solution
    if not isinstance(solution, str):
        raise BadReference("reference_answer.solution is not a text")
    tolerance, relative = _tolerance(value.get("tolerance"))
    return Reference(_with_unit(found.answer, value.get("unit")), solution, tolerance, relative)


def _of_answer(value: Any, where: str, *, bare_list: bool = False) -> Reference:
    if isinstance(value, bool):
        return Reference(Answer("true" if value else "false"))
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise BadReference(f"{where} is not a finite number")
        return Reference(Answer(_decimal(value)))
    if isinstance(value, list):
        inside = ", ".join(_of_answer(item, where).answer.text for item in value)
        return Reference(Answer(inside if bare_list and value else f"[{inside}]"))
    if not isinstance(value, str):
        raise BadReference(f"{where} is {type(value).__name__}, not a text, a number or a list")
    return _of_text(value, where)


@lru_cache(maxsize=_KEPT)
def _of_text(text: str, where: str) -> Reference:
    """Reads a text: the answer alone, or a solution that states it.

    What is guessed from a completion is never guessed here: a text that is too long for an answer
    and states none would give every right completion 0.
    """
    answer, solution = Answer.of(text), ""
    # The working above `####` may look like values by their names.
    if "####" in text or not (answer.tree or states(answer.text)):
        found = find_answer(text, operator.eq)
        if found.how in _STATED or _ends_with(text, found.answer.text):
            answer, solution = found.answer, text[: found.start]
        elif _is_solution(answer.text):
            raise BadReference(f"{where} is a text that states no final answer")
    if not answer.text:
        raise BadReference(f"{where} has no answer in it")
    if len(answer.text) > MAX_ANSWER:
        raise BadReference(f"{where} has more than {MAX_ANSWER} characters and no final answer")
    if answer.tree is None and answer.too_deep:
        raise BadReference(f"{where} is nested too deeply to be compared")
    return Reference(answer, solution)


def _ends_with(text: str, value: str) -> bool:
    """Whether one sentence ends with a value: ``Therefore, the side is 5 cm``."""
    sentence = text.strip().rstrip(". $")
    return "\n" not in sentence and bool(value) and sentence.endswith(f" is {value.strip('. $')}")


def _is_solution(text: str) -> bool:
    """Whether a text is far more than an answer: many words, on many lines or very long."""
    words = re.findall(r"(?<![\\\w])[^\W\d_]{3,}", text)
    return len(words) > 20 or (len(words) > 8 and ("\n" in text.strip() or len(text) > 200))


def _decimal(value: float) -> str:
    """Returns a number as a person writes it: 3.0 from JSON is 3, and 1e22 is all its digits."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e300:
        return str(int(value))
    return repr(value)


def _tolerance(value: Any) -> tuple[float | None, float | None]:
    if value is None:
        return None, None
    relative = isinstance(value, str) and value.strip().endswith("%")
    try:
        number = float(value.strip().rstrip("%")) if isinstance(value, str) else float(value)
    except (TypeError, ValueError) as exc:
        raise BadReference("reference_answer.tolerance is not a number or a percentage") from exc
    if isinstance(value, bool) or not 0 <= number < math.inf:
        raise BadReference("reference_answer.tolerance must be a finite number of at least 0")
    return (None, number / 100) if relative else (number, None)


def _with_unit(answer: Answer, unit: Any) -> Answer:
    if unit is None or unit == "":
        return answer
    if not isinstance(unit, str):
        raise BadReference("reference_answer.unit is not a text")
    if answer.tree is None or answer.tree[0] in ("unit", "percent", "deg"):
        return answer
    text = answer.text
    return Answer(f"{text}\\%" if unit.strip() == "%" else rf"{text} \text{{{unit}}}")
