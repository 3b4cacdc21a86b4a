"""No rule gives 0 without a judge to a completion that answers what was asked.

A rule that fires on one of these is no proof that a completion holds nothing.
"""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.judge import Verdict
from touchstone.templates import get_template

BANK = Path(__file__).with_name("bank.txt")
SUMMARIES = Path(__file__).with_name("summaries.toml")
LEAST = 0.95
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
    assert len(ROWS) >= 570
    assert len([language for language, count in languages.items() if count >= 9]) >= 12


def short_of_the_best(name, settings, some):
    """Returns what earns less than it should with the best levels, and why."""
    grader = get_template(name).customize(**settings)
    lost = []
    for prompt, completion, reference in some:
        turns = [
            {"role": "user", "content": prompt},
            {"role": "assistant", "content": completion},
        ]
        row = {"messages": turns} | ({"reference_answer": reference} if reference else {})
        (sample,) = parse([row]).rows
        assert isinstance(sample, Sample)
        grade = grader(sample, Tools(judge=Best()))
        if grade.score < LEAST:
            lost.append((prompt, completion, round(grade.score, 2), grade.reason))
    return lost


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("language", dict.fromkeys(language for language, *_ in ROWS))
def test_the_best_levels_earn_everything(name, language):
    reference, settings = TEMPLATES[name]
    some = [(prompt, said, reference) for own, prompt, said in ROWS if own == language]
    assert short_of_the_best(name, settings, some) == []


SOURCES = tomllib.loads(SUMMARIES.read_text(encoding="utf-8"))["source"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["language"])
def test_a_summary_of_any_form_and_language_earns_everything(source):
    prompt = f"{source['ask']}\n\n{source['text'].strip()}"
    some = [(prompt, summary, None) for summary in source["summaries"]]
    assert short_of_the_best("summarization_quality", {}, some) == []
