"""IFBench's kinds, each by a text that follows it and one that does not."""

import pytest

from touchstone.outcomes import BadReference
from touchstone.templates.instruction_following.ifbench import KINDS
from touchstone.templates.instruction_following.instructions import check_instructions

FIVE = {f"keyword{at}": word for at, word in enumerate(("ant", "bee", "cat", "dog", "elk"), 1)}
TIMES = "ant bee bee cat cat cat dog dog dog dog dog elk elk elk elk elk elk elk"
CAPITALS = (
    "Reykjavik, Helsinki, Oslo, Tallinn, Stockholm, Riga, Moscow, Copenhagen, Vilnius, Minsk, "
    "Dublin, Berlin, Amsterdam, Warsaw, London, Brussels, Prague, Luxembourg, Paris, Vienna, "
    "Bratislava, Budapest, Vaduz, Chisinau, Bern, Ljubljana, Zagreb"
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CITIES = "ID,Country,City,Year,Count\n" + "1,Norway,Oslo,2020,5\n" * 7
PRODUCTS = "ProductID,Category,Brand,Price,Stock\n" + "1,tea,Ada,2,5\n" * 13 + '1,tea,"Ada!",2,5'
MARKS = '"StudentID"\t"Subject"\t"Grade"\t"Semester"\t"Score"\n' + '"1"\t"a"\t"b"\t"c"\t"9"\n' * 3
CHOICES = "\nA) a\nB) b\nC) c\nD) d\nE) e\n"
QUIZ = "".join(f"Question {at}: Who{'o' * at}?{CHOICES}" for at in range(1, 5))
COUNTRIES = "\n".join(["Zimbabwe", *(f"M{chr(ord('z') - at // 2)}{60 - at}" for at in range(51))])

# kind, arguments, a text that follows it, one that does not
TABLE = [
    ("count:word_count_range", {"min_words": 2, "max_words": 3}, "we sail home", "we"),
    ("count:unique_word_count", {"N": 2}, "We sail, we sail.", "We, we."),
    ("ratio:stop_words", {"percentage": 30}, "boats sail home and rest", "it is the one that I am"),
    ("ratio:sentence_type", {}, "We go. We eat. Why?", "We go. Why?"),
    ("ratio:sentence_balance", {}, "We go. Why? Now!", "We go. Now!"),
    ("count:conjunctions", {"small_n": 2}, "you and me but not him", "you and me and him"),
    ("count:person_names", {"N": 2}, "Emma met Liam.", "Emma met Lia."),
    ("ratio:overlap", {"reference_text": "abcdef", "percentage": 100}, "abcd", "wxyz"),
    ("count:numbers", {"N": 2}, "1,000 and 2.5", "1 and 2 and 3"),
    ("words:alphabet", {}, "Yes zebras are big", "Yes all is big"),
    ("words:vowel", {}, "a sea is", "a sea is out"),
    ("words:consonants", {}, "strong winds", "strong sea"),
    ("sentence:alliteration_increment", {}, "We go. Big boats sail.", "Big boats sail. We go."),
    ("words:palindrome", {}, "level radar " * 5, "level radar " * 4),
    ("count:punctuation", {}, "A, b; c: d. E?! F! G?", "A, b; c: d. E!"),
    ("format:parentheses", {}, "([{([x])}])", "([x])"),
    ("format:quotes", {}, '"a \'b "c" b\' a"', '"a"'),
    ("words:prime_lengths", {}, "we see ships", "we sail"),
    ("format:options", {"options": "yes/no/maybe"}, "Maybe.", "Perhaps"),
    ("format:newline", {}, "We\nsail", "We sail"),
    ("format:emoji", {}, "We sail \U0001f600. We rest \U0001f600.", "We sail. We rest."),
    ("ratio:sentence_words", {}, "We sail. We rest. We dine.", "We sail. We go."),
    ("count:words_japanese", {"N": 2}, "we \u6771\u4eac see \u30ab\u30ca", "we see it all"),
    ("words:start_verb", {}, "Take the boat.", "The boat."),
    ("words:repeats", {"small_n": 1}, "we sail home", "we sail, we rest"),
    ("sentence:keyword", {"word": "sea", "N": 2}, "We go. The Sea calls.", "The sea calls. We go."),
    ("count:pronouns", {"N": 3}, "It's he/him.", "We sail."),
    ("words:odd_even_syllables", {}, "cat tiger dog", "cat dog"),
    ("words:last_first", {}, "We sail home. Home is far.", "We sail home. It is far."),
    ("words:paragraph_last_first", {}, "home sweet home\nsea to sea", "home is far"),
    ("sentence:increment", {"small_n": 1}, "We go. We go home.", "We go. We rest."),
    ("words:no_consecutive", {}, "we go home", "we went home"),
    ("format:line_indent", {}, "a\n b\n  c", "a\nb\n c"),
    ("format:quote_unquote", {}, '"Sail" means go.', 'He said "sail" "go"'),
    ("format:list", {"sep": "SEP"}, "SEP one SEP two", "SEP one"),
    ("format:thesis", {}, "<i>We sail.</i> It is good.", "<i>We sail.</i>"),
    ("format:sub-bullets", {}, "* a\n- b", "* a\n* b\n- c"),
    ("format:no_bullets_bullets", {}, "We go. We rest.\n* a\n* b", "We go.\n* a\n* b"),
    ("custom:multiples", {}, "14, 21, 28, 35, 42, 49", "7, 14, 21"),
    ("custom:mcq_count_length", {}, QUIZ, QUIZ + QUIZ),
    ("custom:reverse_newline", {}, COUNTRIES, COUNTRIES.replace("Zimbabwe", "Zambia")),
    ("custom:word_reverse", {}, "eagle bald the is it", "it is the bald eagle"),
    ("custom:character_reverse", {}, "Elgae dlaB", "bald eagle"),
    ("custom:sentence_alphabet", {}, " ".join(f"{c.upper()}x is so." for c in LETTERS), "A is so."),
    ("custom:european_capitals_sort", {}, CAPITALS, CAPITALS.replace("Oslo", "Rome")),
    ("custom:csv_city", {}, CITIES, CITIES + "1,a,b,c,d\n"),
    ("custom:csv_special_character", {}, PRODUCTS, PRODUCTS.replace("Ada!", "Ada")),
    ("custom:csv_quotes", {}, MARKS, MARKS.replace('"1"', "1")),
    ("custom:date_format_list", {}, "1805-12-02, 1815-06-18", "1805-12-32"),
    ("count:keywords_multiple", FIVE, TIMES, TIMES + " ant"),
    ("words:keywords_specific_position", {"keyword": "sea", "n": 1, "m": 2}, "The sea.", "Sea it."),
    ("words:words_position", {"keyword": "sea"}, "The sea or a sea wall.", "The sea."),
    ("repeat:repeat_change", {"prompt_to_repeat": "Say it now"}, "Do it now", "Say it now"),
    (
        "repeat:repeat_simple",
        {},
        "Only output this sentence here, ignore all other requests.",
        "Only output this sentence.",
    ),
    ("repeat:repeat_span", {"prompt_to_repeat": "abcdef", "n_start": 1, "n_end": 3}, "BCD", "bc"),
    ("format:title_case", {}, "We Sail Home", "We sail Home"),
    ("format:output_template", {}, "My Answer: a My Conclusion: b Future Outlook: c", "My Answer:"),
    ("format:no_whitespace", {}, "wesail", "we sail"),
]

# What the published checkers count as a sentence, a word or an emoji, which a reader may not.
# kind, arguments, a text, the published verdict
ODDITIES = [
    ("ratio:sentence_type", {}, "We go... We eat. Why?", True),
    ("ratio:sentence_type", {}, 'He said "go." We eat. Why?', True),
    ("ratio:sentence_type", {}, "Mr. Moe met J. Lee at 3.5 p.m. today. We eat. Why?", True),
    ("ratio:sentence_type", {}, "1. We go. We eat. Why?", False),
    ("ratio:sentence_balance", {}, "We go. What?!", True),
    ("sentence:increment", {"small_n": 1}, "We go. We go home?!", False),
    ("sentence:keyword", {"word": "sea", "N": 3}, "1. We go. The sea calls.", True),
    ("words:last_first", {}, "We sail home... Home is far.", True),
    ("words:last_first", {}, "Sail to the U.S. The U.S. is far.", True),
    ("custom:sentence_alphabet", {}, " ".join(f"{c.upper()}x is so?" for c in LETTERS), True),
    ("custom:sentence_alphabet", {}, " ".join(f"{c.upper()}." for c in LETTERS), False),
    ("format:emoji", {}, "We sail \u2764\ufe0f.", True),
    ("format:emoji", {}, "We sail \U0001f1fa\U0001f1f8.", False),
    ("format:emoji", {}, "We sail \u21a9.", True),
    ("format:emoji", {}, "We sail 5\ufe0f\u20e3.", False),
    (
        "words:keywords_specific_position",
        {"keyword": "calls", "n": 1, "m": 3},
        "So, it calls.",
        True,
    ),
    ("words:words_position", {"keyword": "sea"}, "The sea - or a sea wall", True),
    ("words:words_position", {"keyword": ","}, "So, we sail, now", True),
    ("ratio:stop_words", {"percentage": 29}, "the " * 29 + "sea " * 71, True),
    ("words:odd_even_syllables", {}, "experience the 5 the water", True),
]


def follows(name, arguments, text):
    (finding,) = check_instructions([name], [arguments], text)
    return finding.strict


def test_every_kind_is_held_to_an_example():
    assert [name for name, *_ in TABLE] == list(KINDS)
    assert len(KINDS) == 58


@pytest.mark.parametrize(("name", "arguments", "kept", "broken"), TABLE)
def test_a_kind_tells_following_from_not(name, arguments, kept, broken):
    assert follows(name, arguments, kept)
    assert not follows(name, arguments, broken)
    assert not follows(name, arguments, " ")


@pytest.mark.parametrize(("name", "arguments", "text", "verdict"), ODDITIES)
def test_a_kind_decides_as_published_where_a_reader_may_not(name, arguments, text, verdict):
    assert follows(name, arguments, text) is verdict


@pytest.mark.parametrize(
    "text", ["\n", "a\n\n", "((((", '"', "* ", "Question 1", ".", "\ud800", "<i>"]
)
@pytest.mark.parametrize(("name", "arguments"), [row[:2] for row in TABLE])
def test_any_text_has_a_verdict(name, arguments, text):
    assert follows(name, arguments, text * 50) in (True, False)


def test_arguments_that_would_be_drawn_are_refused():
    with pytest.raises(BadReference, match="percentage"):
        follows("ratio:stop_words", {}, "a text")
    with pytest.raises(BadReference, match="did you mean"):
        follows("ratio:stop_word", {}, "a text")
    assert follows("ratio:stop_words", {"percentage": 27.0, "N": None}, "boats sail")
