import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.scoring.amounts import read_money
from touchstone.scoring.clocks import read_time
from touchstone.scoring.dates import read_duration
from touchstone.scoring.numerals import digits, whole_number
from touchstone.templates.data_extraction.quantities import read_quantity

SAID = {
    "hai mươi lăm": "25", "mười bảy học sinh": "17 học sinh", "hai trăm linh năm": "205",
    "năm": "5", "一百二十种": "120种", "一百零五": "105", "二万五千": "25000", "二〇二四": "2024",
    "五": "5", "스물다섯": "25", "이십오": "25", "백이십 개": "120 개",
    "열두 개입니다": "12 개입니다",
    "Es sind fünfundzwanzig.": "Es sind 25.", "einhundertfünfundzwanzig": "125",
    "drei Viertel": "3/4", "quatre-vingt-dix-sept": "97", "soixante et onze": "71",
    "un tiers": "1/3", "mille neuf cent quatre-vingt-quatre": "1984", "treinta y cinco": "35",
    "ciento veinticinco": "125", "tres cuartos": "3/4", "dos mil quinientos": "2500",
    "vinte e cinco": "25", "um terço": "1/3", "centoventitré": "123", "trentotto": "38",
    "сто двадцать пять": "125", "три четверти": "3/4", "خمسة وعشرون": "25",
    "مائة وخمسة وعشرون": "125", "ثلاثة عشر": "13", "one hundred and twenty-five": "125",
    "twenty-five hundred": "2500", "two million five hundred thousand": "2500000",
}  # fmt: skip
KEPT = [
    "ein Haus", "une pomme", "一个", "一共有", "十分", "千万不要", "이 문제", "만",
    "3 million", "million", "and", "once upon a time", "no number",
]  # fmt: skip


@pytest.mark.parametrize(("said", "expected"), SAID.items())
def test_a_number_in_words_is_its_digits(said, expected):
    assert digits(said) == expected


@pytest.mark.parametrize("text", KEPT)
def test_a_word_that_may_be_something_else_is_kept(text):
    assert digits(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("five six", "5 6"),
        ("two and three", "2 and 3"),
        ("forty and two", "40 and 2"),
        ("mười năm", "10 năm"),
        ("fünf und sechs", "5 und 6"),
        ("nineteen eighty", "19 80"),
        ("cinq six sept", "5 6 7"),
    ],
)
def test_numbers_side_by_side_are_no_sum(text, expected):
    assert digits(text) == expected


ONES = ["một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
AFTER_TENS = ["mốt", "hai", "ba", "bốn", "lăm", "sáu", "bảy", "tám", "chín"]
CHINESE = "一二三四五六七八九"
GERMAN = ["ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
TENS = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]


@given(st.integers(21, 99).filter(lambda n: n % 10))
def test_tens_and_ones_in_three_ways_of_counting(n):
    tens, ones = divmod(n, 10)
    assert digits(f"{ONES[tens - 1]} mươi {AFTER_TENS[ones - 1]}") == str(n)
    assert digits(f"{CHINESE[tens - 1]}十{CHINESE[ones - 1]}") == str(n)
    assert digits(f"{GERMAN[ones - 1]}und{TENS[tens - 2]}") == str(n)


@given(st.text(max_size=120))
def test_any_text_is_read_without_an_exception(text):
    assert isinstance(digits(text), str)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("two hundred and five", 205), ("a hundred", 100), ("million", 1_000_000),
        ("fünfundzwanzig", 25), ("hai mươi lăm", 25), ("douze", 12),
        ("five six", None), ("25", None), ("a", None), ("nineteen eighty-four", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_words_for_one_and_nothing_else(said, number):
    assert whole_number(said) == number


@pytest.mark.parametrize(
    ("said", "figures", "read"),
    [
        ("douze euros", "12 EUR", read_money), ("five dollars", "5 USD", read_money),
        ("fünf Kilogramm", "5 kg", read_quantity), ("five kilograms", "5 kg", read_quantity),
        ("zwölf Monate", "12 months", read_duration), ("halb zwölf", "11:30", read_time),
    ],
)  # fmt: skip
def test_every_reader_of_amounts_reads_the_same_words(said, figures, read):
    assert read(said) is not None
    assert read(said) == read(figures)
