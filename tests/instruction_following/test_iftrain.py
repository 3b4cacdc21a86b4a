"""IF-RLVR's training kinds, each by a text that follows it and one that does not."""

import ast
import re

import pytest

from tests.instruction_following.grading import PROMPT, grade, measured
from touchstone.outcomes import BadReference
from touchstone.templates.instruction_following.iftrain import KINDS
from touchstone.templates.instruction_following.instructions import check_instructions

ASKED = {"prompt_to_repeat": "Name a bird."}
# kind, arguments, a text that follows it, one that does not
TABLE = [
    (
        "copy:repeat_phrase", {"phrase": "we sail home now", "small_n": 2},
        "we row home now, we swim home now", "we row home now, we row away now",
    ),
    ("copy:copy", ASKED, " name a bird.", "A gull."),
    ("copy:copying_simple", ASKED, "Name a bird.", "Name a bird. A gull."),
    ("copy:copying_multiple", {**ASKED, "N": 2}, "Name a bird.******Name a bird.", "Name a bird."),
    ("new:copy_span_idx", {**ASKED, "n_start": 5, "n_end": 11}, "a bird", "a bird."),
    ("detectable_format:sentence_hyphens", {}, "We sail.", "We sail. - You row."),
    ("detectable_format:square_brackets", {}, "[We] [sail]", "[We sail]"),
    ("detectable_format:bigram_wrapping", {}, "<<we sail>> <<home now>>", "we <<sail home>>"),
    ("keywords:no_adjacent_consecutive", {}, "a cat", "a boat"),
    ("keywords:word_once", {"keyword": "gull"}, "A Gull flies", "gulls and gulls"),
    (
        "keywords:word_count_different_numbers",
        {"keyword": "gull", "frequency": 2, "relation": "at least"}, "gulls gull", "gull",
    ),
    ("keywords:exclude_word_harder", {"keyword": "gull"}, "a bird flies", "a gull flies"),
    ("keywords:palindrome", {}, "at noon", "at midday"),
    (
        "keywords:keyword_specific_position", {"keyword": "row", "n": 2, "m": 2},
        "We sail. You row.", "You row. We sail.",
    ),
    ("keywords:start_end", {}, "Sail we sail", "Sail we sail."),
    ("paragraphs:paragraphs", {}, "one *** two", "one *** two *** three"),
    ("paragraphs:paragraphs2", {}, "one\n\ntwo", "one\ntwo"),
    ("first_word:first_word_sent", {"first_word": "we"}, "We sail. We row.", "We sail. You row."),
    ("first_word:first_word_answer", {"first_word": "we"}, "We sail", "You sail"),
    ("last_word:last_word_sent", {"last_word": "home"}, "Sail home. Row home!", "Home. Row."),
    ("last_word:last_word_answer", {"last_word": "home"}, "Sail home.", "Home we sail"),
    ("punctuation:punctuation_dot", {}, "We sail!", "We sail."),
    ("punctuation:punctuation_exclamation", {}, "We sail.", "We sail!"),
    ("count:lowercase_counting", {"N": 1}, "We SAIL home", "we sail"),
    ("letters:letter_counting", {"N": 3, "relation": "less than"}, "a 1 b", "abc"),
    (
        "letters:letter_counting2",
        {"letter": "a", "let_frequency": 2, "let_relation": "at least"}, "a sea", "a tree",
    ),
    (
        "count:counting_composition", {"n_sent": 1, "n_words": 3},
        "We sail.***You row.***They swim.", "We sail.***You row.",
    ),
    ("count:count_unique", {}, "We sail.", "We sail. You row."),
    (
        "count:count_increment_word", {"keyword1": "gull", "keyword2": "tern"},
        "tern gull tern", "tern gull",
    ),
]  # fmt: skip

# What the published checkers count as a sentence, a word or a repetition, which a reader may not.
# kind, arguments, a text, the published verdict
ODDITIES = [
    ("copy:repeat_phrase", {"phrase": "we sail home now", "small_n": 1}, "we row now", False),
    ("detectable_format:sentence_hyphens", {}, "We sail.-You row.", True),
    ("first_word:first_word_sent", {"first_word": "we"}, "We sail?! We row.", False),
    ("first_word:first_word_sent", {"first_word": "we"}, "We sail... We row.", True),
    ("last_word:last_word_sent", {"last_word": "no"}, 'He says "no." Is it no?', True),
    ("keywords:keyword_specific_position", {"keyword": "sea", "n": 1, "m": 3}, "So, sea.", True),
    ("keywords:keyword_specific_position", {"keyword": "``", "n": 1, "m": 1}, '"Sea" it.', True),
    ("keywords:start_end", {}, '"Sail and "sail', False),
    ("keywords:start_end", {}, "**Sail** and **sail**", True),
    ("count:count_unique", {}, 'a "b" c', True),
    ("count:count_unique", {}, 'a "b" c "d"', False),
    ("count:count_unique", {}, "I cannot so you can", False),
    ("count:count_unique", {}, "a, b c. d", True),
    (
        "count:counting_composition", {"n_sent": 1, "n_words": 4},
        "We can't.***You row on.***They cannot.", True,
    ),
]  # fmt: skip


def test_the_table_holds_every_kind():
    assert {row[0] for row in TABLE} == set(KINDS)


@pytest.mark.parametrize(("kind", "arguments", "follows", "breaks"), TABLE)
def test_each_kind_tells_a_text_that_follows_from_one_that_does_not(
    kind, arguments, follows, breaks
):
    for text, wanted in ((follows, True), (breaks, False), ("", False), (" \n", False)):
        (found,) = check_instructions([kind], [arguments], text)
        assert found.strict is wanted, text


@pytest.mark.parametrize(("kind", "arguments", "text", "verdict"), ODDITIES)
def test_a_kind_decides_as_published_where_a_reader_may_not(kind, arguments, text, verdict):
    (found,) = check_instructions([kind], [arguments], text)
    assert found.strict is verdict


def test_the_training_form_is_read_with_its_arguments_as_tables_keep_them():
    row = (
        "[{'instruction_id': ['paragraphs:paragraphs2', 'letters:letter_counting',"
        " 'count:lowercase_counting', 'first_word:first_word_sent'],"
        " 'kwargs': [None, {'N': 12.0, 'relation': 'less than', 'keyword': None},"
        " {'N': '2'}, {'first_word': ['we']}]}]"
    )
    found = measured("We sail. We row", row)
    assert [found[kind] for kind in ast.literal_eval(row)[0]["instruction_id"]] == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("first_word:first_word_sents", "{'first_word': 'we'}", "'first_word:first_word_sent'"),
        ("count:lowercase_counting", "{'N': 2.5}", "count:lowercase_counting: Expected int"),
        ("count:lowercase_counting", "{'N': 'two'}", "count:lowercase_counting: Expected int"),
        ("keywords:palindrome", "{'N': 2}", "it takes none"),
        ("first_word:first_word_sent", "{'first_word': ['we', 'I']}", "Expected str"),
        ("copy:copy", "None", "prompt_to_repeat"),
    ],
)
def test_what_cannot_be_read_of_the_training_form_is_named(name, arguments, message):
    with pytest.raises(BadReference, match=re.escape(message)):
        measured("We sail", f"[{{'instruction_id': ['{name}'], 'kwargs': [{arguments}]}}]")


def test_the_request_again_is_no_echo_where_it_was_asked_for():
    asked = {"instruction_id_list": ["copy:copy"], "kwargs": [{"prompt_to_repeat": PROMPT}]}
    only = {"weights": {"guideline_adherence": 1.0}, "gates": {}}
    assert grade(PROMPT, asked, **only).score == 1.0
