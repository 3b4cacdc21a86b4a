import pytest

from touchstone.scoring.locales import ascii_digits, guess, with_points

TEXTS = [
    ("The answer is 3 because each box has two.", "en"),
    ("Die Antwort lautet 42, weil jede Kiste 7 Äpfel hat.", "de"),
    ("La réponse est 42, car chaque boîte contient 7 pommes.", "fr"),
    ("La respuesta es 42 porque cada caja tiene 7.", "es"),
    ("A resposta é 42, pois cada caixa tem 7 maçãs.", "pt"),
    ("La risposta è 42 perché ogni scatola ha 7 mele.", "it"),
    ("Ответ: 42 яблока.", "ru"),
    ("Vậy đáp số là 42 quả táo.", "vi"),
    ("所以答案是42。", "zh"),
    ("答えは42です。", "ja"),
    ("답은 42입니다.", "ko"),
    ("الجواب هو 42", "ar"),
    ("उत्तर: 42", "hi"),
    ("x = 3", "en"),
]


@pytest.mark.parametrize(("text", "code"), TEXTS)
def test_the_language_of_a_short_text_is_told(text, code):
    assert guess(text) == code


@pytest.mark.parametrize(
    ("text", "doubtful", "sure"),
    [
        ("3,5", "3.5", "3.5"),
        ("1.234,50 €", "1234.50 €", "1234.50 €"),
        ("1 234,56", "1234.56", "1234.56"),
        ("12,5 cm²", "12.5 cm²", "12.5 cm²"),
        ("0,125", "0.125", "0.125"),
        ("1,234", None, "1.234"),
        ("1.500", None, "1500"),
        ("1,2,3", None, None),
        ("1, 2", None, None),
        ("2.5", None, None),
    ],
)
def test_a_decimal_comma_is_read_where_the_digits_or_the_language_leave_no_doubt(
    text, doubtful, sure
):
    assert (with_points(text), with_points(text, sure=True)) == (doubtful, sure)


def test_the_digits_of_every_script_are_digits():
    assert ascii_digits("٤٢ ४२") == "42 42"
