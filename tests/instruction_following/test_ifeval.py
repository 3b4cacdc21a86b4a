"""Each published kind by its id: what follows it, what does not, and its known oddities."""

import pytest

from tests.instruction_following.grading import grade, measured, verdicts
from touchstone.outcomes import BadReference
from touchstone.templates.instruction_following.ifeval import KINDS

# id, arguments, a completion that follows, one that does not
TABLE = [
    ("keywords:existence", {"keywords": ["sea", "wind"]}, "The WIND and the sea.", "The wind."),
    ("keywords:existence", {"keywords": ["C++"]}, "I write C++ daily", "I write C daily"),
    ("keywords:existence", {"keywords": ["colou?r"]}, "a color", "a colouur"),
    ("keywords:frequency", {"keyword": "oar", "frequency": 2, "relation": "at least"},
     "Oar and oar", "one oar only"),
    ("keywords:frequency", {"keyword": "oar", "frequency": 2, "relation": "less than"},
     "one oar only", "board, oar"),
    ("keywords:forbidden_words", {"forbidden_words": ["cat"]}, "concatenate words", "a Cat sat"),
    ("keywords:letter_frequency",
     {"letter": "Z", "let_frequency": 3, "let_relation": "at least"}, "zip Zap zoo", "zip zap"),
    ("keywords:letter_frequency",
     {"letter": "#", "let_frequency": 1, "let_relation": "less than"}, "no hash", "a #tag"),
    ("language:response_language", {"language": "de"},
     "Das Wetter ist heute sehr schön und wir gehen spazieren.", "The weather is very fine today."),
    ("language:response_language", {"language": "zh"},
     "今天天气很好 我们去公园散步吧。", "The weather is very fine today."),
    ("length_constraints:number_sentences", {"num_sentences": 3, "relation": "at least"},
     "One came. Two came. Three left.", "One came. Two came."),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2},
     "First part\n***\nSecond part", "First part\n\nSecond part"),
    ("length_constraints:number_words", {"num_words": 5, "relation": "less than"},
     "only four words here", "now there are five words"),
    ("length_constraints:nth_paragraph_first_word",
     {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Then"},
     "One day\n\n\"then, it rained\"", "One day\n\nNow it rained"),
    ("detectable_content:number_placeholders", {"num_placeholders": 2},
     "Dear [name], of [town]", "Dear [name, of\n town]"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."},
     "Goodbye now\np. s. one more", "Goodbye now PS one more"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"},
     "Goodbye now\nP.P.S. one more", "Goodbye now P.S. one more"),
    ("detectable_content:postscript", {"postscript_marker": "NB:"},
     "Goodbye now\nnb: one more", "Goodbye now P.S. one more"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2},
     "List\n* one\n  - two", "List\n* one\n** two"),
    ("detectable_format:constrained_response", {}, "Well. My answer is no.", "The answer is no."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2},
     "*one* and *two*", "*one* and * * two"),
    ("detectable_format:multiple_sections", {"section_spliter": "SECTION", "num_sections": 2},
     "SECTION 1\nfirst\nSECTION 2\nsecond", "Section 1\nfirst\nsection 2\nsecond"),
    ("detectable_format:json_format", {}, "```json\n{\"a\": [1]}\n```", "Here: {\"a\": 1}"),
    ("detectable_format:title", {}, "<<The sea>>\nwaves", "<< >>\nwaves <<sea\n>>"),
    ("combination:two_responses", {}, "first one\n******\nsecond one",
     "same one\n******\nsame one"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Name a fish."},
     "name a fish. The cod is one.", "A fish is the cod."),
    ("startend:end_checker", {"end_phrase": "that is all"},
     "We went home. \"That is all\"", "That is all, we went home"),
    ("startend:quotation", {}, ' "all of it is quoted" ', '"half of it" is quoted'),
    ("change_case:capital_word_frequency",
     {"capital_frequency": 2, "capital_relation": "at least"}, "a BIG, open SEA", "a BIG sea"),
    ("change_case:english_capital", {},
     "THE WEATHER IS FINE TODAY AND WE ARE GLAD", "THE WEATHER is FINE TODAY"),
    ("change_case:english_lowercase", {},
     "the weather is fine today and we are glad", "The weather is fine today"),
    ("punctuation:no_comma", {}, "no such mark here", "one, such mark"),
]  # fmt: skip


def test_every_published_kind_is_held_to_an_example():
    assert len(KINDS) == 25
    assert {name for name, *_ in TABLE} == set(KINDS)


@pytest.mark.parametrize(("name", "kwargs", "follows", "breaks"), TABLE)
def test_a_kind_tells_following_from_not(name, kwargs, follows, breaks):
    assert verdicts(name, follows, **kwargs) == (1.0, 1.0)
    assert verdicts(name, breaks, **kwargs)[0] == 0.0


@pytest.mark.parametrize("name", sorted({name for name, *_ in TABLE}))
def test_a_blank_text_follows_nothing(name):
    kwargs = next(row[1] for row in TABLE if row[0] == name)
    assert verdicts(name, " \n ", **kwargs) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Dr. Smith met Mr. Jones in the U.S. They spoke.", 2),
        ("Use it, e.g. at sea. Fine!", 3),
        ("1. Go out. 2. Come back.", 4),  # a numeral before a capital is a sentence of its own
        ("Wait for it.\n\n...  It's only advice.", 3),
        ("No end mark\nnor here", 1),
        ('He said "Stop." Then he left.', 2),
        ("Really?! Yes.", 2),
    ],
)
def test_sentences_are_counted_as_the_published_checker_counts_them(text, number):
    name = "length_constraints:number_sentences"
    assert verdicts(name, text, num_sentences=number, relation="at least")[0] == 1.0
    assert verdicts(name, text, num_sentences=number + 1, relation="at least")[0] == 0.0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("I DON'T know", 3),  # I, DO and N'T
        ("WELL-KNOWN words", 1),
        ("NASA's (USA) plan", 2),
        ("IT'S 5 PM", 3),
        ("I CANNOT go", 3),
        ("A1 and 42 and B", 2),
    ],
)
def test_capital_words_are_counted_as_treebank_pieces(text, number):
    name = "change_case:capital_word_frequency"
    found = [
        verdicts(name, text, capital_frequency=n, capital_relation="at least")[0]
        for n in (number, number + 1)
    ]
    assert found == [1.0, 0.0]


def test_a_text_without_letters_counts_as_any_language_but_earns_nothing():
    reference = {
        "instruction_id_list": ["language:response_language"],
        "kwargs": [{"language": "sw"}],
    }
    result = grade("1 2 3 4 5 6", reference)
    assert {m.name: m.value for m in result.metrics}["language:response_language"] == 1.0
    assert result.score == 0.0


def test_loose_forgives_a_preamble_a_closing_line_and_asterisks():
    def verdict(text):
        return verdicts("startend:quotation", text)

    assert verdict('Sure, here it is:\n"all of it quoted"') == (0.0, 1.0)
    assert verdict('"all of it quoted"\nTell me if it fits.') == (0.0, 1.0)
    assert verdict('Sure:\n**"all of it quoted"**\nIs it right?') == (0.0, 1.0)
    assert verdict('Sure:\n\n"half" quoted') == (0.0, 0.0)


def test_an_instruction_given_twice_has_two_metrics():
    reference = {
        "instruction_id_list": ["keywords:existence", "keywords:existence"],
        "kwargs": [{"keywords": ["sailing"]}, {"keywords": ["skiing"]}],
    }
    found = measured("Sailing to Norway is fun", reference)
    assert (found["keywords:existence"], found["keywords:existence#2"]) == (1.0, 0.0)


def test_absent_arguments_may_be_null_and_whole_floats_are_numbers():
    kwargs = {"num_words": 3.0, "relation": "at least", "keywords": None, "language": None}
    assert verdicts("length_constraints:number_words", "three words here", **kwargs) == (1, 1)


@pytest.mark.parametrize(
    ("ids", "kwargs", "message"),
    [
        (["keyword:existence"], [{}], "did you mean 'keywords:existence'"),
        (["keywords:existence"], [{"keyword": ["a"]}], "did you mean 'keywords'"),
        (["punctuation:no_comma"], [{"comma": 1}], "it takes none"),
        (["keywords:existence"], [{}], "missing required field keywords"),
        (["keywords:existence"], [{"keywords": "sea"}], "Expected array"),
        (["keywords:existence"], [], "one object per instruction"),
        (["length_constraints:number_words"], [{"num_words": -1, "relation": "at least"}], ">= 0"),
        (["length_constraints:number_words"], [{"num_words": 5, "relation": "at most"}], "at most"),
        (["language:response_language"], [{"language": "english"}], "no language 'english'"),
        (["length_constraints:nth_paragraph_first_word"],
         [{"num_paragraphs": 1, "nth_paragraph": 2, "first_word": "a"}], "beyond num_paragraphs"),
        (["keywords:existence"], [{"keywords": ["a" * 1001]}], "longer than 1000"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(ids, kwargs, message):
    with pytest.raises(BadReference, match=message):
        grade("any text at all", {"instruction_id_list": ids, "kwargs": kwargs})


@pytest.mark.parametrize(
    "reference",
    [
        {"instruction_id_list": ["keywords:existence"], "kwargs": [{"keywords": ["(a+)+c"]}]},
        {"constraints": {"matches": ["(a+)+c"]}},
        {"constraints": {"must_not_match": ["(a+)+c"]}},
    ],
)
def test_a_pattern_that_finds_no_end_on_a_text_counts_against_the_text(reference):
    grade_of = grade("a" * 2000 + " sailing", reference)
    assert "is not followed" in grade_of.reason
    assert grade_of.score < 0.2


@pytest.mark.parametrize("name", sorted(KINDS))
@pytest.mark.parametrize("unit", ["\n", "[", "<<", "*", " ", "p.", "!", '"', "a" * 9 + " "])
def test_a_long_degenerate_text_is_graded_in_the_time_of_a_long_text(name, unit):
    # Each of these made one of the published patterns take time by the square of its length.
    kwargs = next(row[1] for row in TABLE if row[0] == name)
    assert verdicts(name, unit * 40_000 + "x", **kwargs)[0] in (0.0, 1.0)
