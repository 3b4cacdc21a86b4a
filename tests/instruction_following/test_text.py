"""Units of a text, languages and reading grades, as any template may use them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.outcomes import BadReference
from touchstone.scoring import language, patterns
from touchstone.scoring.readability import reading_grade, syllables
from touchstone.scoring.text import normalise, paragraphs, sentences

SIMPLE = "The cat sat on the mat. It was warm. The dog ran up to it. They slept."
HARD = (
    "Notwithstanding considerable institutional opposition, the administration subsequently "
    "implemented comprehensive environmental legislation affecting agricultural corporations."
)


@settings(deadline=None)
@given(st.text(alphabet="aB .!?\"')\n", max_size=60))
def test_sentences_hold_the_text_in_order(text):
    found = sentences(text)
    at = 0
    for sentence in found:
        at = text.index(sentence, at) + len(sentence)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_paragraphs_are_divided_by_blank_lines_only():
    assert paragraphs("one\nstill one\n \t\ntwo\n\n\n\nthree\n") == [
        "one\nstill one",
        "two",
        "three",
    ]


@pytest.mark.parametrize("text", ["Oslo", " oslo. ", "**OSLO**", '"Oslo"', "\uff2fslo!", "Oslo\n"])
def test_normalised_answers_agree_whatever_their_dress(text):
    assert normalise(text) == "oslo"


def test_normalising_keeps_what_an_answer_is_made_of():
    assert normalise("3.5") != normalise("35")
    assert normalise("New York") != normalise("Newyork")
    assert normalise("-5") != normalise("5")
    assert len({normalise(text) for text in ("5", "5%", "$5", ".5", "(5", "5+")}) == 6


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The weather is very fine today and we go for a walk.", "en"),
        ("Das Wetter ist heute sehr schön und wir gehen spazieren.", "de"),
        ("Le temps est très beau aujourd'hui et nous sortons.", "fr"),
        ("Сегодня очень хорошая погода, мы идём гулять.", "ru"),
        ("今日はとても天気がいいので散歩に行きます", "ja"),
        ("आज मौसम बहुत अच्छा है और हम घूमने जा रहे हैं", "hi"),
    ],
)
def test_languages_are_told_apart(text, code):
    assert language.detect(text) == code
    assert language.is_language(text, code) is True
    assert language.is_language(text, "pl") is False


def test_no_letters_tell_no_language_and_both_chinese_scripts_are_chinese():
    assert language.is_language("1 + 1 = 2 :-)", "en") is None
    assert language.is_language("今天天气很好我们去公园散步吧", "zh") is True
    assert language.is_language("今天天气很好我们去公园散步吧", "zh-cn") is True


def test_capitals_do_not_make_english_doubtful():
    assert language.is_language("YES, A WALK IS A VERY GOOD IDEA.", "en") is True


@settings(deadline=None)
@given(st.text(max_size=80))
def test_a_language_is_the_same_at_every_call(text):
    first = dict(language.shares(text))
    language.shares.cache_clear()
    assert language.shares(text) == first


@pytest.mark.parametrize(
    ("pattern", "text", "times"),
    [("sea", "Sea, seas", 2), ("C++", "c++ and C", 1), (r"\d+", "1 and 22", 2), ("(", "a (b", 1)],
)
def test_patterns_are_found_case_aside_and_taken_literally_when_malformed(pattern, text, times):
    assert patterns.count(pattern, text) == times


def test_a_pattern_that_is_too_long_is_refused():
    with pytest.raises(BadReference, match="longer than"):
        patterns.count("x" * 1001, "x")


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("cat", 1), ("table", 2), ("walked", 1), ("wanted", 2), ("houses", 2), ("times", 1),
        ("babies", 2), ("creation", 3), ("nation", 2), ("playing", 2), ("beautiful", 3),
        ("responsibility", 6), ("hmm", 1), ("don't", 1),
    ],
)  # fmt: skip
def test_syllables_of_common_words(word, number):
    assert syllables(word) == number


def test_longer_words_and_sentences_ask_for_a_higher_grade():
    easy, hard = reading_grade(SIMPLE), reading_grade(HARD)
    assert easy is not None
    assert hard is not None
    assert easy < 2 < 14 < hard


def test_a_list_is_not_one_long_sentence():
    items = reading_grade("\n".join(f"- we bring the {thing}" for thing in ("rope", "sail", "oar")))
    assert items is not None
    assert items < 4
    assert reading_grade("1. 2. 3.\n---") is None
