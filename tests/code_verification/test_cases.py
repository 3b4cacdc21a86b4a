"""The bundled rows and the README's examples end as they say."""

import json
import re
from pathlib import Path

import pytest

from touchstone.outcomes import GradingError

FOLDER = Path(__file__).parents[2] / "templates" / "code_verification"
CASES = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text().splitlines()]
EXAMPLES = re.findall(
    r"```json\n(.*?)```\n+"
    r"(?:With `(\{.*?\})`: )?"
    r"(?:[Ss]core \*\*([\d.]+)\*\*|[Uu]nscored: \*\*(\w+)\*\*)",
    (FOLDER / "README.md").read_text(),
    re.DOTALL,
)


def outcome(grade, row, **settings):
    try:
        return grade(row, **settings).score
    except GradingError as exc:
        return f"unscored:{exc.kind}"


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["id"])
def test_a_bundled_row_ends_as_it_expects(grade, row):
    got, expect = outcome(grade, row), row["expect"]
    if "outcome" in expect:
        assert got == expect["outcome"]
    elif isinstance(expect["score"], list):
        assert expect["score"][0] <= got <= expect["score"][1]
    else:
        assert got == pytest.approx(expect["score"])


def test_the_bundled_rows_are_of_every_kind():
    assert len(CASES) >= 24
    assert len({row["id"] for row in CASES}) == len(CASES)
    assert {row["expect"].get("outcome", "scored") for row in CASES} == {
        "scored",
        "unscored:bad_sample",
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0][:40])
def test_an_example_of_the_readme_scores_what_it_says(grade, example):
    text, settings, score, kind = example
    got = outcome(grade, json.loads(text), **json.loads(settings or "{}"))
    assert got == (f"unscored:{kind}" if kind else pytest.approx(float(score), abs=0.005))


def test_every_example_of_the_readme_is_run():
    assert len(EXAMPLES) == (FOLDER / "README.md").read_text().count("```json\n") >= 6
