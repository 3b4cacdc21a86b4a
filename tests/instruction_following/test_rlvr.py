"""RLVR-IFeval's functions, each by a text that follows it and one that does not."""

import json

import pytest

from touchstone.templates.instruction_following.instructions import check_instructions
from touchstone.templates.instruction_following.reference import read_reference
from touchstone.templates.instruction_following.rlvr import KINDS

# function, arguments, a text that follows it, one that does not
TABLE = [
    ("verify_keywords", {"keyword_list": ["gull", "tern"]}, "Gulls, terns", "gulls"),
    ("verify_keyword_frequency", {"word": "gull", "N": 1}, "gull, gulls", "gull, gull"),
    ("validate_forbidden_words", {"forbidden_words": ["gull"]}, "a tern", "Gulls"),
    ("verify_letter_frequency", {"letter": "a", "N": 1}, "A sea", "a sea"),
    (
        "validate_response_language", {"language": "de"},
        "Wir fahren heute mit dem Boot nach Hause.", "We are sailing home by boat today.",
    ),
    ("verify_paragraph_count", {"N": 2}, "one\n* * *\ntwo", "one\n***\ntwo"),
    ("validate_word_constraint", {"N": 20, "quantifier": "around"}, "we " * 18, "we " * 17),
    ("verify_sentence_constraint", {"N": 1, "quantifier": "at most"}, "We go!", "We go. Now."),
    ("validate_paragraphs", {"N": 2, "first_word": "You", "i": 2}, "I\n\nYou go", "You\n\nI"),
    ("verify_postscript", {"postscript_marker": "P.S."}, "We go. P.S. Now.", "We go. P.S."),
    ("validate_placeholders", {"N": 2}, "[a] [b]", "[a]"),
    ("verify_bullet_points", {"N": 2}, "* a\n - b", "* a"),
    ("validate_title", {}, "<<Home>>\nWe go.", "<Home>"),
    ("validate_choice", {"options": ["yes", "no"]}, "yes", "y"),
    ("validate_highlighted_sections", {"N": 2}, "*a* and *b*", "*a*"),
    ("validate_sections", {"N": 2, "section_splitter": "PART"}, "PART 1 a PART 2 b", "PART 1"),
    ("validate_json_format", {}, '{"a": 1}', '```json\n{"a": 1}\n```x'),
    ("validate_repeat_prompt", {"original_prompt": "Go?"}, "Go? Yes.", "Yes."),
    ("validate_two_responses", {}, "a ****** b", "a ****** a"),
    ("validate_uppercase", {}, "WE GO", "We go"),
    ("validate_lowercase", {}, "we go", "We go"),
    (
        "validate_frequency_capital_words", {"N": 1, "quantifier": "at least"}, "WE go", "we go",
    ),
    ("validate_end", {"end_phrase": "home."}, "We go home.", "We go home"),
    ("validate_quotation", {}, '"We go"', "We go"),
    ("validate_no_commas", {}, "We go", "We, too"),
]  # fmt: skip


def test_the_table_holds_every_function():
    assert {row[0] for row in TABLE} == set(KINDS)


@pytest.mark.parametrize(("name", "arguments", "follows", "breaks"), TABLE)
def test_each_function_is_read_from_its_training_form(name, arguments, follows, breaks):
    given = json.dumps({"func_name": name, **arguments, "unused": None})
    reference = read_reference(given)
    for text, wanted in ((follows, True), (breaks, False), ("", False)):
        (found,) = check_instructions(reference.ids, reference.kwargs, text)
        assert found.strict is wanted, text
