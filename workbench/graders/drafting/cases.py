"""Golden cases for a draft: what its rows say is right, and what is wrong for certain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from touchstone.templates.data_extraction.reference import gold as gold_data
from touchstone.workbench.check.cases import NEARLY_ALL, RIGHT, WRONG, Case
from touchstone.workbench.check.draws import spread
from touchstone.workbench.check.gold import golds
from touchstone.workbench.graders.drafting.rows import prompt_of

_PROMPTS = 6  # of which cases are made
_MARKED = 6  # from each end of the marks
_EMPTY = 2  # cases of silence
_LOOKED_AT = 50  # rows, for what answers another prompt
_LONGEST = 8_000  # characters of a completion that a case holds
# Ours: prompts that share more of their runs of three characters ask for nearly the same.
_ALIKE = 0.4
_COMPARED = 2_000  # characters
Row = dict[str, Any]


def cases_of(
    cases: Sequence[Case], template: str, judged: bool, bounds: tuple[float, float], seed: int
) -> list[Row]:
    """Returns golden cases, as rows with an ``expect``.

    Of rows with marks the completions of the best and the worst. Of others the reference, written
    as a completion where it is one; the completion or reference of a row that asks for something
    else; and nothing at all.

    Args:
        cases: Rows, none of which is held back for anything else.
        template: Of the drafted grader.
        judged: A judge decides, so that a text in words may be right.
        bounds: The lowest and the highest reward of that grader.
        seed: Draws among rows.
    """
    low, high = bounds
    half, near, bad = (round(low + share * (high - low), 6) for share in (RIGHT, NEARLY_ALL, WRONG))
    right, wrong = [half if judged else near, high], [low, bad]
    made = list(_of_marks(cases, [half, high], wrong))
    marked = bool(made)
    drawn, others = spread(cases, seed), spread(cases, seed + 1)[:_LOOKED_AT]
    drawn.sort(key=lambda case: not _own(case, template, judged))  # those with an answer first
    for number, case in enumerate(_of_different_prompts(drawn)[:_PROMPTS], 1):
        own = _own(case, template, judged)
        if own and not marked:
            made.append(_case(case, own, f"right-{number}", right, "the row's own reference"))
        if other := _of_another(case, others, template, judged):
            made.append(_case(case, other, f"other-{number}", wrong, "what answers another row"))
        if number <= _EMPTY:
            made.append(_case(case, "", f"empty-{number}", wrong, "it says nothing"))
    return made


def _of_marks(cases: Sequence[Case], best: list[float], worst: list[float]) -> Iterator[Row]:
    """Yields the completions of the best and of the worst mark, as many of each."""
    marked = [case for case in cases if case.mark and _fits(case.completion)]
    ranked = sorted(marked, key=lambda one: one.mark.value if one.mark else 0.0)
    values = [case.mark.value for case in ranked if case.mark]
    if not values or values[0] == values[-1]:
        return
    middle = (values[0] + values[-1]) / 2
    good = [case for case in ranked[::-1] if case.mark and case.mark.value > middle][:_MARKED]
    bad = [case for case in ranked if case.mark and case.mark.value < middle][:_MARKED]
    for name, some, band in (("best", good, best), ("worst", bad, worst)):
        for number, case in enumerate(some, 1):
            mark = case.mark.value if case.mark else 0.0
            said = f"a person's mark: {mark:g} of {values[0]:g} to {values[-1]:g}"
            yield _case(case, case.completion or "", f"{name}-{number}", band, said)


def _own(case: Case, template: str, judged: bool) -> str:
    """Returns what is right by the row's own reference, as a completion; ``""`` for nothing."""
    if template == "data_extraction":  # calls of tools too
        text = gold_data(case.reference, case.row.get("tools")) or ""
    elif template == "rubric":
        given = case.reference
        text = given.get("reference_reply") if isinstance(given, Mapping) else given
        text = text if isinstance(text, str) else ""
    else:
        text = next((trial.completion for trial in golds(case, template)), "")
    if not text and judged and isinstance(case.reference, str):
        text = case.reference
    return text if _fits(text) else ""


def _of_another(case: Case, others: Sequence[Case], template: str, judged: bool) -> str:
    """Returns what is right for a row that asks for something else, or was said there.

    ``""`` where no row is different enough for that to be wrong here for certain.
    """
    for other in others:
        text = _own(other, template, judged) or (other.completion or "" if judged else "")
        if _fits(text) and _differs(case, other, judged):
            return text
    return ""


def _differs(case: Case, other: Case, judged: bool) -> bool:
    first, second = case.reference, other.reference
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        if "decision" in first:  # to decide the same is right here too
            return first["decision"] != second.get("decision")
        # Data of which a part is the same earns a part.
        if not judged and any(first.get(key) == value for key, value in second.items()):
            return False
    if not judged:
        return first != second
    return _alike(case.prompt, other.prompt) < _ALIKE


def _alike(one: str, other: str) -> float:
    first, second = map(_runs, (one, other))
    return len(first & second) / len(first | second)


def _runs(text: str) -> set[str]:
    plain = " ".join(text[:_COMPARED].casefold().split())
    return {plain[at : at + 3] for at in range(max(1, len(plain) - 2))}


def _of_different_prompts(cases: Sequence[Case]) -> list[Case]:
    return list({prompt_of(case): case for case in reversed(cases)}.values())[::-1]


def _fits(text: str | None) -> bool:
    return bool(text) and len(text or "") <= _LONGEST


def _case(case: Case, text: str, name: str, band: list[float], note: str) -> Row:
    row = {key: value for key, value in case.row.items() if key != "id"}
    turns = [*row["messages"], {"role": "assistant", "content": text}]
    return {"id": name, **row, "messages": turns, "expect": {"score": band, "note": note}}
