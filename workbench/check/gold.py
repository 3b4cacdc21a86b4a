"""Every way to write a row's reference as a completion that is right, with no grader asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from touchstone.workbench.check.cases import NEARLY_ALL, RIGHT, WRONG, Case
from touchstone.workbench.check.trial import Trial

REPLIES = "content_moderation, replies"  # the template where it moderates replies
# E.g. `#### 70`; what GSM8K's solutions end with
_MARKED = re.compile(r"####\s*(\S[^\n]*)")
_LONGEST_ANSWER = 60  # characters; a longer text is a solution or an essay

Dressed = Iterator[tuple[str, str, str]]


def golds(case: Case, template: str, bounds: tuple[float, float] = (0.0, 1.0)) -> list[Trial]:
    """Returns completions that are right by the row's own reference, or as a person said.

    Args:
        case: The row.
        template: The template that grades it, ``""`` where that is not known.
        bounds: The lowest and the highest reward, which a golden case's are held against.

    Returns:
        The plainest first; empty where the reference does not tell what is right, as where it
        holds tests of a program.
    """
    made = [
        Trial(case.row, text, f"gold:{name}", why)
        for name, text, why in _MADE.get(template, _plain)(case)
    ]
    return [*golden(case, bounds), *made]


def golden(case: Case, bounds: tuple[float, float]) -> list[Trial]:
    """Returns the completion that a golden case expects to be right; none for other rows."""
    if case.completion is None or case.expect is None or case.expect.score is None:
        return []
    low, high = bounds
    least, most = ((end - low) / (high - low) for end in case.expect.score)
    if least < RIGHT or most < NEARLY_ALL:
        return []
    why = f"a golden case says so: {case.expect.note or case.expect}"
    return [Trial(case.row, case.completion, "gold:case", why, case.expect.score)]


def at_best(case: Case) -> Trial | None:
    """Returns a golden case's completion before a judge that finds nothing wrong.

    Its band is what the case says of that; ``None`` where it says nothing.
    """
    if case.completion is None or case.expect is None or case.expect.best is None:
        return None
    why = f"a golden case says so: {case.expect.note or case.expect}"
    return Trial(case.row, case.completion, "rules:case", why, case.expect.best, held="")


def known_bad(case: Case, bounds: tuple[float, float]) -> list[Trial]:
    """Returns the completion that a golden case expects to be wrong; none for other rows."""
    if case.completion is None or case.expect is None or case.expect.score is None:
        return []
    low, high = bounds
    if (case.expect.score[1] - low) / (high - low) > WRONG:
        return []
    why = f"a golden case says so: {case.expect.note or case.expect}"
    return [Trial(case.row, case.completion, "bad:case", why, case.expect.score)]


def final_answer(reference: Any) -> str:
    """Returns what a reference of mathematics says the answer is; ``""`` where it is not plain.

    It is read here on its own, so that a grader's mistake in reading it is not repeated.
    """
    if isinstance(reference, Mapping):
        return final_answer(reference.get("answer"))
    if isinstance(reference, bool) or reference is None:
        return ""
    if isinstance(reference, int | float):
        return f"{reference:g}" if abs(reference) < 1e5 else str(reference)
    if not isinstance(reference, str):
        return ""
    if marked := _MARKED.findall(reference):
        return marked[-1].strip()
    if boxed := last_box(reference):
        return boxed
    text = reference.strip()
    return text if text and len(text) <= _LONGEST_ANSWER and "\n" not in text else ""


def last_box(text: str) -> str:
    r"""Returns what the last ``\boxed{...}`` of a text holds, braces in it counted."""
    start = text.rfind(r"\boxed{")
    if start < 0:
        return ""
    depth = 0
    for at in range(start + 6, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start + 7 : at].strip()
    return ""


def expected_data(reference: Any) -> Any:
    """Returns the data that an extraction's reference asks for; ``None`` where it has none."""
    if isinstance(reference, Mapping):
        return reference.get("expected", reference)
    return reference if isinstance(reference, list) else None


def _math(case: Case) -> Dressed:
    answer = final_answer(case.reference)
    if not answer:
        return
    why = f"it states the reference's answer, {answer}"
    yield "boxed", rf"\boxed{{{answer}}}", why
    yield "sentence", f"The answer is {answer}.", why
    yield "marked", f"#### {answer}", why
    yield "in words", rf"So the final answer is \boxed{{{answer}}}.", why
    if isinstance(case.reference, str) and case.reference.strip() != answer:
        yield "solution", case.reference, "it is the reference's own solution"


def _data(case: Case) -> Dressed:
    data = expected_data(case.reference)
    if data is None or (isinstance(case.reference, Mapping) and "calls" in case.reference):
        return
    why = "it is the reference's own data"
    bare, pretty = (json.dumps(data, ensure_ascii=False, indent=n) for n in (None, 2))
    yield "json", bare, why
    yield "pretty", pretty, why
    yield "fenced", f"```json\n{pretty}\n```", why
    yield "with words", f"Here is what I found:\n\n```json\n{pretty}\n```", why


def _code(case: Case) -> Dressed:
    solution = _first_text(case, ("canonical_solution", "solution", "reference_solution"))
    if solution and "def " in solution:
        why = "it is the row's own solution"
        yield "fenced", f"```python\n{solution}\n```", why
        yield "bare", solution, why
        yield "with words", f"Here is a solution:\n\n```python\n{solution}\n```", why


def _moderation(case: Case) -> Dressed:
    reference = case.reference
    if not isinstance(reference, Mapping) or not isinstance(reference.get("decision"), str):
        return
    data = {key: reference[key] for key in ("decision", "categories") if reference.get(key)}
    if reference.get("context"):
        data["rationale"] = f"The context decides: {written_out(reference['context'])}."
    why = "it gives the reference's decision, categories and context"
    text = json.dumps(data, ensure_ascii=False)
    yield "json", text, why
    yield "fenced", f"```json\n{text}\n```", why
    lines = [f"{key.capitalize()}: {written_out(value)}" for key, value in data.items()]
    yield "lines", "\n".join(lines), why


def _summary(case: Case) -> Dressed:
    yield from _one(case, "reference_summary")


def _reply(case: Case) -> Dressed:
    yield from _one(case, "reference_response")


def _one(case: Case, key: str) -> Dressed:
    value = case.reference.get(key) if isinstance(case.reference, Mapping) else None
    if isinstance(value, str) and value.strip():
        yield key.replace("_", " "), value, f"it is the row's own {key}"


def _nothing(_: Case) -> Dressed:
    return iter(())


def _plain(case: Case) -> Dressed:
    """Yields what a stranger's reference says of itself: a text or a number is an answer."""
    reference = case.reference
    if isinstance(reference, bool) or not isinstance(reference, str | int | float):
        return
    text = final_answer(reference) or str(reference)
    if text.strip():
        yield "reference", str(reference), "it is the row's own reference"
    if text.strip() and text != str(reference):
        yield "answer", f"#### {text}", "it ends in the reference's own answer"


def _first_text(case: Case, keys: tuple[str, ...]) -> str:
    places = [case.reference, case.row, case.row.get("metadata")]
    found = [p.get(key) for p in places if isinstance(p, Mapping) for key in keys]
    return next((text for text in found if isinstance(text, str) and text.strip()), "")


def written_out(value: Any) -> str:
    """Returns a value as a person writes it in a line."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_MADE = {
    "math_reasoning": _math,
    "data_extraction": _data,
    "code_verification": _code,
    "content_moderation": _moderation,
    "summarization_quality": _summary,
    "tone_style": _reply,
    REPLIES: _reply,
    "instruction_following": _nothing,
    "rubric": _nothing,
}
