import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.math_reasoning.conftest import metric
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.compare import same_answer
from touchstone.templates.math_reasoning.leaves import Conventions

ANSWERS = [
    json.loads(line)
    for line in Path(__file__).with_name("answers.jsonl").read_text("utf-8").splitlines()
]
CONVENTIONS = [
    ("50\\%", "0.5", {"percent": "unit"}, False),
    ("50\\%", "50", {"percent": "unit"}, True),
    ("50", "50\\%", {"percent": "fraction"}, False),
    ("0.5", "50\\%", {"percent": "fraction"}, True),
    ("5", "5 cm", {"unit": "required"}, False),
    ("50 mm", "5 cm", {"unit": "required"}, True),
    ("5 m", "5 cm", {"unit": "ignored"}, True),
    ("x = 2", "2", {"assignment": False}, False),
    ("0.33", "1/3", {"rounding": False}, False),
    ("3, 2", "2, 3", {"ordered_lists": True}, False),
    ("x > 1", "(1, \\infty)", {"interval_as_inequality": False}, False),
    ("9.8", "9.81", {"tolerance": 0.05}, True),
    ("9.7", "9.81", {"tolerance": 0.05}, False),
    ("99", "100", {"relative_tolerance": 0.01}, True),
    ("98", "100", {"relative_tolerance": 0.01}, False),
]


@pytest.mark.parametrize("case", ANSWERS, ids=lambda c: f"{c['answer']} | {c['reference']}"[:60])
def test_an_answer_is_right_or_wrong_as_a_person_would_say(grade, case):
    result = grade(case["answer"], case["reference"])
    assert metric(result, "answer_correct") == float(case["equal"]), result.reason
    if not case["equal"]:
        assert result.score == 0.0


@pytest.mark.parametrize(("answer", "reference", "chosen", "equal"), CONVENTIONS)
def test_a_convention_is_a_setting(grade, answer, reference, chosen, equal):
    result = grade(f"\\boxed{{{answer}}}", reference, **chosen)
    assert metric(result, "answer_correct") == float(equal), result.reason


def compared(candidate, reference, confirm):
    return same_answer(Answer(candidate), Answer(reference), Conventions(), confirm, confirm)


def equal(candidate, reference):
    def refuse(*_):
        raise AssertionError("exact arithmetic was enough")

    return compared(candidate, reference, refuse).equal


def writings(value: Fraction) -> list[str]:
    """The ways to write a fraction that all mean the same."""
    top, bottom = value.numerator, value.denominator
    sign, size = ("-" if top < 0 else ""), abs(top)
    found = [
        f"{top}/{bottom}",
        f"\\frac{{{top}}}{{{bottom}}}",
        f"{sign}\\dfrac{{{size}}}{{{bottom}}}",
        f"$\\frac{{{3 * top}}}{{{3 * bottom}}}$",
        f"x = {top}/{bottom}",
        f"({top})/({bottom})",
        f"{100 * top}/{bottom} %" if abs(value) < 1 else f"{top}/{bottom}",
    ]
    if bottom == 1:
        found += [str(top), f"{top:,}", f"{top}.00", f"{top}.", f"\\text{{{top}}}", f"{top} cm"]
        found += [f"{top:,}".replace(",", "{,}"), f"{top:,}".replace(",", "\\,"), f"**{top}**"]
        found += [str(top).replace("-", "\N{MINUS SIGN}"), f"{top}e0", f"{top} \\times 10^0"]
    whole, rest = divmod(size, bottom)
    if whole and rest:
        found += [f"{sign}{whole} {rest}/{bottom}", f"{sign}{whole}\\frac{{{rest}}}{{{bottom}}}"]
    return found


fractions = st.fractions(max_denominator=10**6, min_value=-(10**9), max_value=10**9) | st.integers(
    -(10**30), 10**30
).map(Fraction)


@given(fractions, st.data())
@settings(max_examples=200, deadline=None)
def test_a_value_equals_itself_however_it_is_written(value, data):
    one, other = (data.draw(st.sampled_from(writings(value))) for _ in range(2))
    if "%" in other:
        one, other = other, one
    assert equal(one, f"{value.numerator}/{value.denominator}" if "%" in one else other)


@given(fractions, fractions, st.data())
@settings(max_examples=200, deadline=None)
def test_different_values_are_never_equal(value, other, data):
    if abs(value - other) < 1:  # nearer than that, `.00` may be a rounding of the other
        other = value + 1
    # With the sign left off, 50 % also equals 50: that is the convention, not the value.
    plain = [w for w in writings(value) if "%" not in w]
    against = [w for w in writings(other) if "%" not in w]
    assert not equal(data.draw(st.sampled_from(plain)), data.draw(st.sampled_from(against)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2,000,000", "2,000"),
        ("1,000", "1,001"),
        ("1,000,001", "1,001,000"),
        ("2,345,345", "2,345"),
    ],
)
def test_grouped_thousands_are_no_list_of_their_groups(one, other):
    assert not equal(one, other)
    assert not equal(other, one)
    assert equal(one, one.replace(",", ""))


@given(st.decimals(-(10**6), 10**6, places=3), st.sampled_from(["{}", "{}0", "${}$", "{:,}"]))
@settings(max_examples=100, deadline=None)
def test_a_decimal_equals_itself_and_not_its_neighbour(value, form):
    assert equal(form.format(value), str(value))
    assert not equal(form.format(value + 1), str(value))


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_polynomials_are_equal_when_their_values_are(a, b, k):
    factored = f"{k}(x + ({a}))(x + ({b}))"
    expanded = f"{k}x^2 + ({k * (a + b)})x + ({k * a * b})"
    assert equal(factored, expanded)
    assert not equal(factored, expanded + " + 1")


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_answered_without_an_exception(text):
    answer = compared(text, "\\frac{1}{2}", lambda *_: False)
    assert isinstance(answer.equal, bool)


@pytest.mark.parametrize(
    "answer",
    [
        "331 \\cdot 1.00",
        "332*(1.00)",
        "\\frac{662 \\cdot 1.00}{2}",
        "1.00 \\cdot 3.31 \\cdot 100",
        "1.00 \\sqrt{109561}",
        "331/1.00",
    ],
)
def test_a_decimal_leaves_nothing_open_where_another_number_scales_it(answer):
    assert not equal(answer, "1000/3")


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("3.33 \\cdot 10^2", "1000/3"),
        ("1.41 \\pi", "\\sqrt{2} \\pi"),
        ("x + 1.414", "x + \\sqrt{2}"),
        ("0.33x + 2", "x/3 + 2"),
        ("-1.41", "-\\sqrt{2}"),
    ],
)
def test_a_rounded_coefficient_is_a_rounded_value(answer, reference):
    assert equal(answer, reference)


@pytest.mark.parametrize("wrapped", ["$2500$", "$2,500$", "$ 2500 $", "$2500$ m", "$2.5$ km"])
def test_dollars_around_a_number_are_the_marks_of_a_formula(grade, wrapped):
    reference = {"answer": 2500, "unit": "m"}
    assert grade(rf"\boxed{{{wrapped}}}", reference).score == 1.0


@pytest.mark.parametrize("money", [r"\$2500", "$2500", r"$\$2500$", r"-\$2500"])
def test_a_dollar_before_a_number_is_money(grade, money):
    assert grade(rf"\boxed{{{money}}}", {"answer": 2500, "unit": "m"}).score == 0.0


DENIED = [
    "25 is wrong.", "It cannot be 25.", "Not 25.", "I doubt that it is 25.", "25? No.",
    "It is surely less than 25.", "More than 25", "25 is not right.",
    "It would be a mistake to say 25.",
    "It is not the case that the result is 25.",
    "It isn't true that the answer is 25.",
    "It is false that x = 25.",
    "Es stimmt nicht, dass das Ergebnis 25 ist.",
    "Il n'est pas vrai que la réponse est 25.",
    "No es cierto que la respuesta sea 25.",
    "Não é verdade que a resposta é 25.",
    "Non è vero che il risultato è 25.",
    "Неверно, что ответ равен 25.",
    "Không đúng là kết quả bằng 25.",
    "It is definitely not equal to 25", "Anything but 25", "Rule out 25.",
    "25 ist falsch.", "Es ist nicht 25.", "Ce n'est pas 25.", "No es 25.", "Não é 25.",
    "25 không đúng.", "Đáp án không phải là 25.", "25は間違いです。", "25是错的。", "不是25。",
    "25는 틀렸다", "Это не 25.", "25 неверно.",
    "Could it be 25? Let us see.", "Is it 25? We have 3*3 = 9, so it is not 25.",
    "We tried 25 but it fails.", "With 25 the sum is odd, so 25 does not work.",
]  # fmt: skip
OFFERED = [
    "One of 23, 24, 25.", "Either 24 or 25", "Maybe 24, maybe 25.", "between 24 and 25",
    "24 oder 25", "24 ou 25", "24 hoặc 25", "24或25", "It is 24, or perhaps 25.",
]  # fmt: skip
SAID = [
    "So there are 25 apples.", "She has 25.", "It is 25, not 24.", "25 are not sold.",
    "If she does not spend 5 she has 25.", "So it isn't 24; it is 25.", "24 is wrong, so 25.",
    "Es sind 25.", "Il en reste 25.", "Còn lại 25.", "残りは25です。", "还剩25个。", "Осталось 25.",
    "The number of pencils not used is 25.", "Those never sold were 25.", "不等式的解的个数是25。",
    "Of the 3, Ann has 25.", "He can not buy more than that, so he has 25 left.",
]  # fmt: skip


BROKEN_OFF = [
    "7 * 5 * 12 = 420 and 420 / 6 =", "So it is 420 +", "She sells 420 for", "420 and each gets",
    "The answer is 420 / 6 =", "We have 420 and", r"Then $420 \times$", "420 apples, so she",
]  # fmt: skip


@pytest.mark.parametrize("completion", BROKEN_OFF)
def test_a_text_that_breaks_off_has_not_said_its_answer(grade, completion):
    assert grade(completion, "420").score == 0.0


@pytest.mark.parametrize("completion", ["420\n\n---", "So 420 in all.", "x = 420", "420!"])
def test_a_text_that_ends_has(grade, completion):
    assert grade(completion, "420").score > 0.5


@pytest.mark.parametrize("completion", [*DENIED, *OFFERED])
def test_a_number_that_is_denied_or_only_offered_is_no_answer(grade, completion):
    assert grade(completion, "25").score == 0.0


@pytest.mark.parametrize("joined", ["hoặc", "oder", "ou", "или", "または", "或", "or"])
def test_values_are_joined_by_the_words_of_any_language(grade, joined):
    assert grade(f"x = 3 {joined} x = -3", r"x = \pm 3").score == 1.0
    assert grade(f"x = 3 {joined} x = -4", r"x = \pm 3").score == 0.0


@pytest.mark.parametrize("completion", SAID)
def test_a_number_is_the_answer_beside_what_is_denied(grade, completion):
    assert grade(completion, "25").score > 0.5
