"""Right but odd: other ways to write what is right, with no grader asked.

Each is made of a gold by a change that leaves what it says as it was, and says so in its ``why``.
A kind belongs to a group, which a verdict is given for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from touchstone.thinking import Pairs
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.gold import REPLIES
from touchstone.workbench.check.trial import Trial
from touchstone.workbench.check.variants import answers, code, data, moderation, texts, thinking

Variant = tuple[str, str, str]
Maker = Callable[[Case, str], Iterator[Variant]]

# Of each template: what can be changed about its completions without changing what they say.
_OF: dict[str, tuple[Maker, ...]] = {
    "math_reasoning": (answers.variants, texts.around, thinking.variants),
    "data_extraction": (data.variants, thinking.variants),
    "code_verification": (code.variants, thinking.variants),
    "content_moderation": (moderation.variants, texts.around, thinking.variants),
    "instruction_following": (texts.ends, thinking.variants),
    "summarization_quality": (texts.around, texts.wrapped, thinking.variants),
    "tone_style": (texts.around, texts.wrapped, thinking.variants),
    REPLIES: (texts.around, texts.wrapped, thinking.variants),
    "rubric": (texts.around, texts.wrapped, thinking.variants),
}
_OF_CODE_OF_ONE_S_OWN: tuple[Maker, ...] = (texts.ends, thinking.variants)
_OF_A_STRANGER: tuple[Maker, ...] = (answers.short, texts.ends, thinking.common)


def variants(
    case: Case,
    gold: Trial,
    template: str,
    *,
    stranger: bool = False,
    thinking_marks: Pairs = (),
) -> list[Trial]:
    """Returns other ways to write a gold.

    Args:
        case: The row.
        gold: A completion of it that is right.
        template: The template that grades it, ``""`` where that is not known.
        stranger: Nothing is known of the grader, so that only the commonest are made.
        thinking_marks: The grader's own.
    """
    own = partial(thinking.between, thinking_marks)
    makers = _OF.get(template, _OF_A_STRANGER if stranger else _OF_CODE_OF_ONE_S_OWN)
    found = {}
    for maker in (*makers, own):
        for name, text, why in maker(case, gold.completion):
            if text != gold.completion:
                found.setdefault(text, Trial(case.row, text, f"variant:{name}", why))
    return list(found.values())
