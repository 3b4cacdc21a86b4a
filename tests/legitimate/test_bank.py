"""No rule gives 0 without a judge to a completion that answers what was asked.

A rule that fires on one of these is no proof that a completion holds nothing.
"""

from collections import Counter
from pathlib import Path

import pytest

from templates import get_template
from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.judge import Verdict

BANK = Path(__file__).with_name("bank.txt")
# What a template is given beside the row, and the least that the best levels earn there.
TEMPLATES = {
    "instruction_following": ({"constraints": {"must_not_include": ["zugzwang"]}}, {}),
    "tone_style": ({"brand_voice": "warm and clear"}, {}),
    "content_moderation": ("allow", {"mode": "response"}),
}


class Best:
    """A judge that sees the best in everything."""

    name = "best"

    def verdict(self, rubric, request, deadline):
        top = {criterion.name: criterion.levels[-1] for criterion in rubric.criteria}
        return Verdict(
            self.name,
            {name: level.label for name, level in top.items()},
            {name: level.value for name, level in top.items()},
            "fine",
        )


def rows():
    for line in BANK.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, prompt, completion = line.split(" | ", 2)
            yield language, prompt, completion.replace("\\n", "\n")


ROWS = list(rows())


def test_the_bank_is_large_and_of_many_languages():
    languages = Counter(language for language, *_ in ROWS)
    assert len(ROWS) >= 300
    assert len([language for language, count in languages.items() if count >= 9]) >= 12


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("language", dict.fromkeys(language for language, *_ in ROWS))
def test_the_best_levels_earn_everything(name, language):
    reference, settings = TEMPLATES[name]
    grader = get_template(name).customize(**settings)
    lost = []
    for own, prompt, completion in ROWS:
        if own == language:
            turns = [
                {"role": "user", "content": prompt},
                {"role": "assistant", "content": completion},
            ]
            (sample,) = parse([{"messages": turns, "reference_answer": reference}]).rows
            assert isinstance(sample, Sample)
            grade = grader(sample, Tools(judge=Best()))
            if grade.score < 0.95:
                lost.append((prompt, completion, round(grade.score, 2), grade.reason))
    assert lost == []
