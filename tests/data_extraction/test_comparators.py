import json
import random
from datetime import date, timedelta
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import assume, example, given, settings

from tests.data_extraction.grading import accuracy, grade
from touchstone.outcomes import BadReference


def alike(expected, got, compare=None, **options):
    fields = {"v": {"compare": compare}} if compare else {}
    return accuracy({"v": got}, {"expected": {"v": expected}, "fields": fields}, **options)


SAME = [
    (None, 5, 5.0), (None, 5, "5"), (None, 5, "five"), (None, "5", 5), (None, 1234.5, "1,234.50"),
    (None, 1234.5, "1.234,50"), (None, 1234567, "1 234 567"), (None, 1234567, "12,34,567"),
    (None, 0.5, "0,5"), (None, 0.5, "50 %"), (None, "50%", 0.5), (None, -5, "(5)"),
    (None, -5, "\u22125"), (None, 1200, "$1,200.00"), (None, "1,234", "1234"),
    (None, "Ann Lee", "ann  lee"), (None, "O\u2019Neil", "O'Neil"), (None, "A\u2013B", "A-B"),
    (None, "cafe\u0301", "caf\u00e9"), (None, "\uff21\uff22", "AB"),
    (None, True, "true"), (None, True, "Yes"), (None, False, "no"), (None, "true", True),
    (None, "2024-05-20", "May 20, 2024"), (None, "2024-05-20", "20 May 2024"),
    (None, "2024-05-20", "5/20/2024"), (None, "2024-05-20", "20.05.2024"),
    (None, "2024-05-20", "2024-05-20T00:00:00"), (None, "May 2024", "2024-05"),
    (None, "2024-05-20", "Monday, the 20th of May, 2024"), (None, "2024-05-20", "20240520"),
    (None, "2024-05-20T10:00:00Z", "2024-05-20 12:00+02:00"),
    (None, "2024-05-20 3:30 pm", "2024-05-20T15:30"),
    (None, "3 years", "P3Y"), (None, "P3Y", "36 months"), (None, "3_years", "three (3) years"),
    (None, "two weeks", "14 days"), (None, "PT36H", "1 day and 12 hours"),
    (None, "1 year, 6 months", "P18M"), (None, "90 days", "P90D"),
    (None, "$1,234.50", "USD 1234.5"), (None, "1.234,50 \u20ac", "EUR 1,234.50"),
    (None, "$1.5 million", "$1,500,000"), (None, "-$5", "($5.00)"), (None, "C$5", "5 CAD"),
    (None, "+1 (415) 555-0100", "415-555-0100"), (None, "+44 20 7946 0958", "020 7946 0958"),
    (None, "+44 20 7946 0958", "0044 (0)20 7946 0958"), (None, "415-555-0100", "(415) 555 0100"),
    ("enum", "IN_PROGRESS", "in progress"), ("enum", "left-handed", "LEFT HANDED"),
    ("money", 5, "\u20ac5"), ("number", "1e3", 1000), ("number", "007", 7), ("date", "2014", 2014),
    ("duration", "1:30:00", "90 minutes"), ("boolean", "y", True), ("exact", 1, 1.0),
    (None, "1/2 cup", "0.5 cup"), (None, "100 W", "0.1 kW"),
    (None, "5 kg", "five kilograms"), (None, "5'10\"", "5 ft 10 in"), (None, "5 lb 3 oz", "83 oz"),
    (None, "250 m²", "250 sqm"), (None, "10-15", "between 10 and 15"),
    (None, "120/80 mmHg", "120/80 mm Hg"), (None, "https://x.com", "https://x.com/"),
    (None, "DE89370400440532013000", "DE89 3704 0044 0532 0130 00"),
    (None, "Dr. Jane A. Smith", "Dr Jane A Smith"), (None, "Mr. John Q. Public Jr.",
     "Mr. John Q. Public, Jr."), (None, "Acme Corp.", "Acme Corp"),
    (None, "978-3-16-148410-0", "9783161484100"), (None, "AB12 3CD", "AB123CD"),
    (None, "4111 1111 1111 1111", "4111-1111-1111-1111"), (None, "2 tablets", "two tablets"),
    (None, "Calle Mayor 5, 28013 Madrid", "Calle Mayor, 5, 28013 Madrid"),
    (None, "5 mg/kg", "5 mg per kg"), (None, "-20 °C", "minus 20 degrees Celsius"),
    (None, "1Z 999 AA1 01 2345 6784", "1Z999AA10123456784"),
    (None, "AB-123-CD", "AB123CD"), (None, "2024-03-05", "05/03/2024 (ngày 5 tháng 3 năm 2024)"),
    (None, "2024-09-01", "2024-09-01 (Sun)"), (None, "07:30", "halb acht"),
    (None, "5 ft", "5 ft (60 in)"), (None, "$500", "five hundred dollars ($500)"),
    (None, "2024-03-05", "5 मार्च 2024"), (None, "2024-03-05", "วันที่ 5 มีนาคม พ.ศ. 2567"),
    (None, "2024-03-05", "5 มี.ค. 2567"), (None, "2024-03-05", "民國113年3月5日"),
    (None, "15:30", "15 heures 30"), (None, "09:05", "9 часов 5 минут"),
    (None, "14:30", "午後2時半"),
    (None, "¥35,000 CNY", "3.5万元人民币"),
    (None, "12 Đường Lê Lợi, Quận 1, TP. Hồ Chí Minh", "12 Lê Lợi, Q.1, TP.HCM"),
    ("phone", "5550100 ext. 7", "555-0100 x7"), ("date", "05/06/07", "2007-05-06"),
]  # fmt: skip

DIFFERENT = [
    (None, "AB-123-CD", "AB-12-3CD"), (None, "A1-2", "A-12"), (None, "AB-123-CD", "AB123CE"),
    (None, "2024-05-03", "05/03/2024 (ngày 5 tháng 3 năm 2024)"), (None, "5 ft", "5 ft (61 in)"),
    (None, "$500", "five hundred dollars ($5,000)"), (None, "2024-03-05", "5 มีนาคม พ.ศ. 2566"),
    (None, "15 hours", "15:00"), (None, "12 Đường Lê Lợi, Quận 1", "12 Lê Lợi, Q.3"),
    (None, "Dr. Jane A. Smith", "Dr. Jane B. Smith"), (None, "Acme Corp.", "Acme Inc."),
    (None, "5 mg/kg", "5 mg"), (None, "-20 °C", "20 degrees Celsius"),
    (None, "1Z 999 AA1 01 2345 6784", "1Z999AA10123456785"),
    (None, "978-3-16-148410-0", "9783161484101"),
    (None, "AB12 3CD", "AB123CE"), (None, "2 tablets", "three tablets"),
    (None, "Calle Mayor 5, 28013 Madrid", "Calle Mayor, 6, 28013 Madrid"),
    (None, 5, 5.0001), (None, 5, "5 kg"), (None, 5, True), (None, True, 1), (None, True, "false"),
    (None, 1.234, 1234), (None, 50, "50 %"), (None, 1000, "1.000.00"), (None, 5, "six"),
    (None, "250 m²", "250000002"), (None, "5'10\"", "5 ft 11 in"), (None, "5 kg", "six kilograms"),
    (None, "10-15", "between 10 and 16"), (None, "https://x.com/a", "https://x.com/b"),
    (None, "DE89370400440532013000", "DE89 3704 0044 0532 0130 01"),
    (None, "The contract is governed by German law in all of its parts.",
     "The contract is governed by French law in all of its parts."),
    (None, "The meeting was moved to Tuesday because the room was taken.",
     "The meeting was moved to Thursday because the room was taken."),
    (None, "Der Vertrag endet am Ende des dritten Jahres ohne eine Kündigung.",
     "Der Vertrag endet am Ende des zweiten Jahres ohne eine Kündigung."),
    (None, "We met Anna Schmidt at the office on the second floor.",
     "We met Peter Schmidt at the office on the second floor."),
    (None, "007", 7), (None, "007", "7"), (None, "12e3", 12000), (None, "Ann Lee", "AnnLee"),
    (None, "Inc.", "Inc"), (None, "2024-05-20", "2024-05-21"), (None, "2024-05-20", "2024-05"),
    (None, "2024-05-20", "2024-05-20T10:00:00"), (None, "2024-03-04", "4/3/2024"),
    (None, "2024-05-20T10:00:00Z", "2024-05-20 10:00+02:00"), (None, "2024-05-20", "31/02/2024"),
    (None, "3 years", "P3M"), (None, "1 month", "30 days"), (None, "1 year", "365 days"),
    (None, "3 years", "3"), (None, "3 years", "years"), (None, "two (3) years", "2 years"),
    (None, "$5", "\u20ac5"), (None, "\u20ac5", "5"), (None, "US$5", "C$5"), (None, "$5", "$5k"),
    (None, "$5", "$5 EUR"), (None, "+1 415 555 0100", "+44 415 555 0100"),
    (None, "415-555-0100", "415-555-0101"), (None, "123-45-6789", "123456789"),
    *((None, one, one.replace(*turned)) for one, turned in (
        ("Le client souhaite augmenter la limite avant la fin du mois.", ("augmenter", "diminuer")),
        ("Der Preis wird ab dem ersten Mai für alle Kunden erhöht sein.", ("erhöht", "gesenkt")),
        ("El paciente tiene una fractura en el brazo derecho.", ("derecho", "izquierdo")),
        ("Giá bán của sản phẩm này đã tăng lên rất nhanh trong năm qua.", ("tăng", "giảm")),
        ("Заявка клиента на кредит в этом банке была принята, срок увеличить.",
         ("увеличить", "уменьшить")),
    )),
    ("exact", "5", 5), ("exact", "a", "A"), ("exact", True, 1), ("exact", "5.0", "5"),
    ("phone", "5550100 x7", "5550100 x8"), ("enum", "open", "opened"), ("string", "5", "5.0"),
    ("date", "soon", "later"), ("money", "free", "0"), ("duration", "long", "longer"),
]  # fmt: skip


@pytest.mark.parametrize(("compare", "expected", "got"), SAME)
def test_the_same_value_written_otherwise(compare, expected, got):
    assert alike(expected, got, compare) == 1.0


@pytest.mark.parametrize(("compare", "expected", "got"), DIFFERENT)
def test_a_different_value(compare, expected, got):
    assert alike(expected, got, compare) == 0.0


def test_settings_of_comparison():
    assert alike("2024-03-04", "04/03/2024", date_order="dmy") == 1.0
    assert alike("Ann", "ann", case_sensitive=True) == 0.0
    assert alike(100, 101, number_tolerance=0.01) == 1.0


def test_prose_earns_what_is_alike_above_a_threshold():
    said = "the goods were delivered late and the buyer refused to pay"
    near = said.replace("late", "very late")
    assert 0.9 < alike(said, near) < 1.0
    assert alike(said, near, text_threshold=1.0) == 0.0
    assert alike(said, "the seller sued somebody else over another matter entirely") == 0.0
    assert alike(said, said.upper()) == 1.0
    assert alike(said, "x" * 300_000) == 0.0


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
# Tags of thinking are cut before a grader sees the completion, wherever they stand.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="<"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4) | st.lists(JSON, max_size=4)


@settings(max_examples=200, deadline=None)
@given(OBJECTS, st.sampled_from([None, 0, 3]), st.booleans(), st.booleans())
@example(data={"": [False, "Y", True]}, indent=None, ascii_only=False, fence=False)
def test_data_equals_itself_however_it_is_laid_out(data, indent, ascii_only, fence):
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    completion = f"Here:\n\n```json\n{text}\n```\n\nDone." if fence else text
    assert grade(completion, {"expected": data}).score == 1.0


@settings(max_examples=200, deadline=None)
@given(st.decimals(-(10**9), 10**9, places=2), st.decimals(-(10**9), 10**9, places=2))
def test_an_amount_equals_its_own_spellings_and_no_other(amount, other):
    american = f"{amount:,}"
    european = american.replace(",", " ").replace(".", ",").replace(" ", ".")
    spaced = american.replace(",", "\u202f")
    for spelled in (str(amount), american, european, spaced, f"{amount}0", f"{amount:E}"):
        expected = {"expected": [float(amount)], "fields": {}}
        assert accuracy([spelled], expected) == 1.0, spelled
        if amount != other:
            assert accuracy([spelled], [float(other)]) == 0.0
    for spelled in (f"${american}", f"USD {amount}", f"{american} dollars"):
        assert alike(f"${amount}", spelled, "money") == 1.0
        assert alike(f"${amount}", spelled.replace("$", "\u20ac"), "money") == float(
            "$" not in spelled
        )


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1970, 1, 1)), st.dates(date(1970, 1, 1)))
def test_a_date_equals_its_own_spellings_and_no_other(day, other):
    spellings = [
        day.isoformat(), f"{day:%d %B} {day.year}", f"{day:%B} {day.day}, {day.year}",
        f"{day:%m}/{day:%d}/{day.year}", f"{day.day}.{day.month}.{day.year}",
        f"{day:%a, %d %b} {day.year}", f"{day.isoformat()}T00:00:00Z",
    ]  # fmt: skip
    for spelled in spellings:
        assert alike(day.isoformat(), spelled) == 1.0, spelled
        assert alike(other.isoformat(), spelled) == float(day == other)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 99),
    st.sampled_from([("year", "P{}Y"), ("month", "P{}M"), ("day", "P{}D"), ("hour", "PT{}H")]),
    st.integers(1, 99),
)
def test_a_duration_equals_its_own_spellings_and_no_other(count, unit, other):
    word, iso = unit
    for spelled in (iso.format(count), f"{count} {word}s", f"{count}_{word}s", f"({count})"):
        expected = 1.0 if "(" not in spelled else 0.0
        assert alike(f"{count} {word}s", spelled) == expected
    assert alike(f"{other} {word}s", iso.format(count)) == float(count == other)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), JSON)
def test_any_completion_and_any_reference_end_in_a_grade_or_a_bad_reference(text, reference):
    try:
        result = grade(text, reference)
    except BadReference:
        return
    assert 0.0 <= result.score <= 1.0


NOISE = st.text(st.sampled_from('{}[]":,<>/=&*!|>-#`\n ;1eaNé.\\U9'), max_size=120)
STRICT = {
    "required": ["a"],
    "properties": {"a": {"type": "integer"}, "1": {"anyOf": [{"const": 1}]}},
}


@settings(max_examples=300, deadline=None)
@given(NOISE, st.sampled_from(["auto", "json", "yaml", "xml", "csv"]))
@example('"\\U99999999"', "yaml")
@example("<a>&#xD800;</a>", "xml")
def test_any_noise_is_graded_and_never_blamed_on_the_reference(text, form):
    reference = {"expected": {"a": 1, "1": [1]}, "schema": STRICT}
    assert 0.0 <= grade(text, reference, format=form).score <= 1.0


LETTERS = st.sampled_from("abcdefgh")


@settings(max_examples=100, deadline=None)
@given(st.lists(LETTERS, max_size=6), st.lists(LETTERS, max_size=6))
def test_lists_of_scalars_score_the_f1_of_their_multisets(expected, got):
    assume(expected or got)
    rest = list(got)
    right = 0
    for value in expected:
        if value in rest:
            rest.remove(value)
            right += 1
    assert accuracy(got, expected) == pytest.approx(2 * right / (len(expected) + len(got)))


def test_dates_of_a_whole_year_are_told_apart():
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
    spelled = [f"{day:%d %b %Y}" for day in days]
    assert accuracy({"d": spelled}, {"d": [day.isoformat() for day in days]}) >= 0.99


def laid_out(items, spell, seed=5):
    """The items in another order and notation."""
    spelled = [spell(item) for item in items]
    random.Random(seed).shuffle(spelled)
    return spelled


DAYS = [date(2020, 1, 1) + timedelta(days=n) for n in range(300)]
NOTATIONS = {
    "dates": ([day.isoformat() for day in DAYS], lambda d: f"{date.fromisoformat(d):%d %B %Y}"),
    "numbers": ([f"{n}.50" for n in range(300)], lambda n: f"{n}0"),
    "money": ([f"${n}.00" for n in range(300)], lambda m: f"{m[1:]} USD"),
    "yen": ([f"\u00a5{n}" for n in range(300)], lambda m: f"{m[1:]}\u5186"),
    "quantities": ([f"{n} kg" for n in range(1, 300)], lambda q: f"{q[:-3]}000 g"),
    "mixed": ([f"{n} kg" if n % 2 else f"item {n}" for n in range(300)], str.upper),
    "objects": (
        [{"day": day.isoformat(), "n": n % 7} for n, day in enumerate(DAYS)],
        lambda o: {"n": f"{o['n']}.0", "day": f"{date.fromisoformat(o['day']):%b %d, %Y}"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTATIONS)
@pytest.mark.parametrize("count", [3, 100, 101, 299])
def test_another_order_and_notation_is_the_same_at_any_length(name, count):
    items, spell = NOTATIONS[name]
    assert accuracy({"v": laid_out(items[:count], spell)}, {"v": items[:count]}) == 1.0


def test_items_that_share_only_common_values_are_paired_by_several_of_them():
    cells = [{"x": n % 18, "y": n // 18, "v": n % 5} for n in range(300)]
    got = laid_out(cells, lambda cell: {**cell, "v": 9})
    assert accuracy({"cells": got}, {"cells": cells}) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ([59.9, 10.5], [10.5, 59.9]),
        ([[1, 2], [3, 4]], [[3, 4], [1, 2]]),
        ([1, None, 3], [None, 1, 3]),
    ],
)
def test_numbers_have_their_places(expected, got):
    assert alike(expected, expected) == 1.0
    assert alike(expected, got) < 1.0
    assert alike(expected, got, "list") == 1.0


DOSE = "Take 5 mg of metoprolol twice daily with food for two weeks"
PRICE = "The buyer pays $5,000 within 30 days of the closing date"
RENEWAL = "The contract does not renew after the first year ends"
IMAGE = "Fracture of the left femur was seen on the second image"
SPANISH = "La entrega no incluye el montaje de los muebles en la casa"
GERMAN = "Der Vertrag verl\u00e4ngert sich nicht um ein weiteres Jahr nach Ablauf"
ONE = "Only one of the parties has to sign the form below"
# What is said, what is changed, to what.
SAYS_ANOTHER = [
    (DOSE, "5 mg", "50 mg"), (DOSE, "5 mg", "5 g"), (DOSE, "two", "three"), (DOSE, "weeks", "days"),
    (DOSE, "with", "without"), (DOSE, "twice", "once"), (DOSE, "Take", "Never take"),
    (RENEWAL, "not ", ""), (RENEWAL, "first", "third"), (IMAGE, "left", "right"),
    (PRICE, "$5,000", "$50,000"), (PRICE, "buyer", "seller"), (PRICE, "$", "\u20ac"),
    (PRICE, "30", "90"), (SPANISH, "no ", ""), (GERMAN, "nicht ", ""),
]  # fmt: skip
SAYS_THE_SAME = [
    (DOSE, "two weeks", "2 weeks"), (DOSE, "5 mg", "5mg"), (DOSE, "5 mg", "5 milligrams"),
    (DOSE, "two weeks", "14 days"), (RENEWAL, "does not", "doesn't"), (ONE, "one", "1"),
    (PRICE, "$5,000", "5,000 dollars"), (PRICE, "30", "thirty"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "old", "new"), SAYS_ANOTHER)
def test_prose_that_says_another_thing_earns_nothing(said, old, new):
    assert alike(said, said.replace(old, new)) == 0.0


@pytest.mark.parametrize(("said", "old", "new"), SAYS_THE_SAME)
def test_prose_that_says_the_same_otherwise_earns_nearly_all(said, old, new):
    assert 0.8 < alike(said, said.replace(old, new)) < 1.0


def test_decimals_are_never_rounded():
    exact = Decimal("0.1") + Decimal("0.2")
    assert alike(0.3, str(exact)) == 1.0
    assert alike(0.1 + 0.2, 0.3) == 0.0
