"""The plain constraints, each by an example and a counter-example."""

import pytest

from templates.instruction_following.constraints import Constraints
from tests.instruction_following.grading import grade, keeps
from touchstone.outcomes import BadReference

# constraint, value, a completion that keeps it, one that does not
TABLE = [
    ("min_words", 3, "we sail home", "we sail"),
    ("max_words", 3, "we sail home", "we all sail home"),
    ("min_sentences", 2, "We sail. We rest.", "We sail and rest."),
    ("max_sentences", 1, "We sail with Dr. Moe.", "We sail. We rest."),
    ("min_paragraphs", 2, "We sail.\n\nWe rest.", "We sail.\nWe rest."),
    ("max_paragraphs", 1, "We sail.\nWe rest.", "We sail.\n\nWe rest."),
    ("min_characters", 7, "we sail", " we go "),
    ("max_characters", 7, " we sail ", "we sailed"),
    ("format", "json", '```json\n{"sail": true, "rest": [1]}\n```', '"we sail"'),
    ("format", "bullets", "We:\n- sail\n- rest", "We:\n- sail"),
    ("format", "numbered", "1. sail\n2) rest", "1. sail and 2. rest"),
    ("format", "markdown", "# Plan\nwe sail", "Plan: we * sail # rest"),
    ("language", "fr", "Nous partons en mer demain matin.", "We leave for the sea tomorrow."),
    ("language", "fr", "Nous partons en mer demain matin.", "12 + 30 = 42"),
    ("must_include", ["the sea", "C++"], "By THE  sea I write C++.", "By the seaside I write C++"),
    ("must_not_include", ["cat"], "to concatenate words", "a Cat sleeps"),
    ("matches", [r"\d{4}-\d{2}"], "due in 2031-05 or so", "due in May 2031"),
    ("must_not_match", [r"!{2,}"], "fine! good", "fine!!"),
    ("starts_with", "Dear guest,", "dear  guest, come in", "Hello dear guest, come in"),
    ("ends_with", "Fair winds.", "We go.\nfair winds.\n", "Fair winds. We go."),
    (
        "headings",
        ["Plan", "Risks"],
        "## Plan\nsail\n## risks ##\nrain",
        "## Risks\n\n## Plan\nsail",
    ),
]


def test_every_constraint_is_held_to_an_example():
    assert {name for name, *_ in TABLE} == set(Constraints.__struct_fields__)


@pytest.mark.parametrize(("name", "value", "kept", "broken"), TABLE)
def test_a_constraint_tells_keeping_from_breaking(name, value, kept, broken):
    assert keeps(kept, **{name: value})
    assert not keeps(broken, **{name: value})
    assert not keeps("", **{name: value})


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({}, "at least one constraint"),
        ([], "must be an object"),
        ({"max_word": 5}, "did you mean 'max_words'"),
        ({"max_words": "5"}, "Expected int"),
        ({"max_words": -5}, ">= 0"),
        ({"format": "yaml"}, "yaml"),
        ({"language": "fra"}, "did you mean 'fr'"),
        ({"must_include": "sea"}, "Expected array"),
        ({"min_words": 9, "max_words": 5}, "min_words is above max_words"),
    ],
)
def test_a_constraint_that_cannot_be_read_is_refused_by_name(constraints, message):
    with pytest.raises(BadReference, match=message):
        grade("any text at all", {"constraints": constraints})
