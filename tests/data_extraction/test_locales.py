# ruff: noqa: RUF001 - letters of other scripts are what is compared
"""One value in the notations of many languages: the same leaf, and no other one."""

from itertools import combinations

import pytest

from tests.data_extraction.grading import accuracy

DATES = """
2025-03-01|20250301|March 1st, 2025|1 Mar '25|01-MAR-2025|1. März 2025|den 1. März 2025
1er mars 2025
1 de marzo de 2025|1º de março de 2025|1 marzo 2025|1 maart 2025|1 marca 2025|1 Mart 2025
1 Maret 2025
1 марта 2025 г.|1 березня 2025 року|1 مارس 2025|١ آذار ٢٠٢٥|ngày 1 tháng 3 năm 2025|1 tháng 3, 2025
2025年3月1日|2025年3月1日(土)|令和7年3月1日|二〇二五年三月一日|2025년 3월 1일|2025. 3. 1.
2025-W09-6|2025-060
2025년 3월 1일 토요일|Thứ bảy, ngày 1 tháng 3 năm 2025|sábado, 1 de março de 2025|1 marca 2025 r.
samedi 1 mars 2025|Samstag, 1. März 2025|суббота, 1 марта 2025|2025-03-01T00:00:00Z
"""
TIMES = """
22:30|22:30:00|10:30 PM|10:30pm|10.30 p.m.|22h30|22 h 30|22.30 Uhr|22:30 Uhr|下午10:30|下午10时30分
午後10時30分|오후 10시 30분|10 giờ 30 tối|22 giờ 30 phút|10:30 م|٢٢:٣٠
10:30 de la noche|10:30 вечера
"""
DURATIONS = """
2 years 6 months|30 months|P2Y6M|2.5 years|2½ years|two years and six months|2 Jahre und 6 Monate
2 ans et 6 mois|2 años y 6 meses|2 anos e 6 meses|2 anni e 6 mesi|2 года 6 месяцев|2年6个月|2年6ヶ月
2년 6개월|2 năm 6 tháng|30 个月|٣٠ شهرا|30-month|2,5 Jahre
"""
MONEY = """
€1,234.50|1.234,50 €|EUR 1,234.50|1 234,50 EUR|1234.5 euros|1.234,50 Euro|1'234.50 €|1 234,50 евро
1234.50欧元|1,234.50 유로|١٬٢٣٤٫٥٠ يورو|€1.2345k|1,234 euros and 50 cents
"""
LARGE_MONEY = """
₫1,500,000,000|1.500.000.000 đồng|1,5 tỷ đồng|1500 triệu đồng|1.5 billion VND|1.500.000.000 VNĐ
"""
YEN = "¥1,000,000|100万円|1,000,000円|JPY 1,000,000|1 million yen"
RATES = "$20 per hour|$20/hr|20 USD an hour|$20.00 / hour|$20 hourly"
POUNDS = "150 pounds|150 lbs|150 lb|150lbs"
WEIGHTS = "5 kg|5kg|5,000 g|5 kilograms|5 公斤|5 кг|5 KG|٥ kg"
PHONES = (
    "+1 (206) 555-0100|+12065550100|206-555-0100|(206) 555-0100|1-206-555-0100|tel:+1-206-555-0100"
)
LONDON = "+44 20 7946 0958|020 7946 0958|0044 20 7946 0958|+44 (0)20 7946 0958|(020) 7946-0958"
MOSCOW = "+7 495 123-45-67|8 (495) 123-45-67|+74951234567"
RANGES = """
2024-05-20/2024-05-25|2024-05-20 to 2024-05-25|May 20-25, 2024|20 May 2024 – 25 May 2024
from May 20 to May 25, 2024|du 20 mai 2024 au 25 mai 2024|2024年5月20日から2024年5月25日まで
"""
SPANS = "9:00-17:00|9 AM - 5 PM|9am to 5pm|09:00–17:00|from 9:00 to 17:00"
WEIGHED = "10-15 kg|10 to 15 kg|10kg - 15kg|10,000-15,000 g"
PRICED = "$50-$100|$50 to $100|50-100 USD|$50–100"
PRESSURE = "120/80 mmHg|120/80mmHg|120 / 80 mmHg"
QUARTERS = "Q3 2023|2023-Q3|3Q 2023|third quarter of 2023|2023年第三季度"
SOLUTION = "250 mg/5 mL|250mg/5mL|50 mg/mL"
THOUSANDS = "850.000 đ|850,000 VND|850 nghìn đồng|850k VND"
WON = "1.2억 원|1억2000만원|₩120,000,000"
STREETS = "12 Main St., Apt 4B|12 Main Street, Apartment 4B|12 MAIN ST APT 4B|12 Main Street #4B"
NUMBERS = """
25|twenty-five|Twenty five|hai mươi lăm|vingt-cinq|fünfundzwanzig|veinticinco|vinte e cinco
venticinque|двадцать пять|خمسة وعشرون|二十五|스물다섯|이십오
"""
SCORES = "18|eighteen|1.5 dozen|one and a half dozen|mười tám|dix-huit"
ONE_AND_A_HALF = "1.5|one and a half|1 1/2|1½|1 and a half|anderthalb"
HOUR_AND_A_HALF = """
90 minutes|1.5 hours|an hour and a half|one and a half hours|1 1/2 hours|une heure et demie
una hora y media|uma hora e meia|un'ora e mezza|anderthalb Stunden|eineinhalb Stunden|полтора часа
một tiếng rưỡi|1 tiếng rưỡi|一个半小时|1時間半|한 시간 반|1시간 반|ساعة ونصف
"""
HALF_AN_HOUR = """
30 minutes|half an hour|a half hour|eine halbe Stunde|une demi-heure|media hora|meia hora|mezz'ora
полчаса|nửa giờ|nửa tiếng|半小时|半個小時|半時間|نصف ساعة|1/2 hour|반 시간
"""
DECADES = "20 years|two decades|zwei Jahrzehnte|dos décadas|deux décennies|hai thập kỷ"
HALF_PAST = """
10:30|half past ten|half past 10|halb elf|halb 11|10 Uhr 30|las diez y media|alle dieci e mezza
dez e meia|10 giờ rưỡi|mười giờ rưỡi|十点半|10時半|10시 반|1030 hrs
"""
TO_FIVE = "16:45|quarter to five pm|a quarter to 5 p.m.|15 minutes to 5 pm|16 Uhr 45"
YEN_IN_WORDS = "¥12,000|一万二千円|1万2千円|twelve thousand yen"
DONG_IN_WORDS = "1,500,000 VND|một triệu năm trăm nghìn đồng|1,5 triệu đồng|1.500.000 đ"
CENTS = "$2.50|two dollars and fifty cents|$2.5"
HEAT = "25 °C|77 °F|298.15 K|25 degrees Celsius|25℃|77F"
SIZES = "10 x 20 cm|10×20 cm|10 × 20 cm|10x20 cm"
ONE_VALUE = {
    name: [part for line in text.strip().splitlines() for part in line.split("|")]
    for name, text in {
        "dates": DATES, "times": TIMES, "durations": DURATIONS, "money": MONEY, "yen": YEN,
        "large money": LARGE_MONEY, "rates": RATES, "weights": WEIGHTS,
        "pounds": POUNDS, "phones": PHONES,
        "london": LONDON, "moscow": MOSCOW, "ranges": RANGES, "streets": STREETS,
        "spans": SPANS, "weighed": WEIGHED, "priced": PRICED, "pressure": PRESSURE,
        "quarters": QUARTERS, "solution": SOLUTION, "thousands": THOUSANDS, "won": WON,
        "numbers": NUMBERS, "scores": SCORES, "one and a half": ONE_AND_A_HALF,
        "hour and a half": HOUR_AND_A_HALF, "half an hour": HALF_AN_HOUR, "decades": DECADES,
        "half past": HALF_PAST, "to five": TO_FIVE, "yen in words": YEN_IN_WORDS,
        "dong in words": DONG_IN_WORDS, "cents": CENTS, "heat": HEAT, "sizes": SIZES,
    }.items()
}  # fmt: skip
PAIRS = list(combinations(ONE_VALUE, 2))
# A notation that a reference may be in, with which all others are compared.
FIRST = [(texts[0], text) for texts in ONE_VALUE.values() for text in texts]


def alike(expected, got):
    return accuracy({"v": got}, {"v": expected})


@pytest.mark.parametrize(("expected", "got"), FIRST)
def test_one_value_in_two_notations_is_the_same(expected, got):
    assert alike(expected, got) == 1.0


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_values_of_two_kinds_are_never_the_same(one, other):
    for expected in ONE_VALUE[one][:3]:
        assert not any(alike(expected, got) for got in ONE_VALUE[other])


DIFFERENT = [
    ("2025-03-01", "3. Januar 2025"), ("2025-03-01", "1 mai 2025"), ("2025-03-01", "2025年1月3日"),
    ("2025-03-01", "2025年3月"), ("2025-03-01", "1 марта"), ("Q1 2024", "Q2 2024"),
    ("10/24", "10/25"), ("10/24", "Oct 24 2016"), ("2025-03-01", "Berlin, 1 March 2025"),
    ("22:30", "10:30"), ("22:30", "10:30 AM"), ("22:30", "上午10:30"), ("22:30", "22.30"),
    ("22:30Z", "22:30+02:00"), ("3 Jahre", "3 Monate"), ("3年", "3个月"), ("2h30m", "2h"),
    ("5 km", "5 m"), ("5 mW", "5 MW"), ("10 Mb", "10 MB"), ("5 °C", "5 °F"), ("5 m", "5 m²"),
    ("$5", "HK$5"), ("CA$5", "US$5"), ("€5", "5 dólares"), ("$5 per hour", "$5 per day"),
    ("$5 per hour", "$5"), ("1,5 Mio. €", "1,5 Mrd. €"), ("100万円", "100円"), ("50 cents", "$50"),
    ("+44 20 7946 0958", "+44 21 7946 0958"), ("+7 495 123-45-67", "+1 495 123-45-67"),
    ("020 7946 0958", "021 7946 0958"), ("7", "007"), ("12 Main St", "12 Main Ave"),
    ("12 Main Street", "21 Main Street"), ("2024-05-20/2024-05-25", "2024-05-20/2024-05-26"),
    ("2024-05-20/2024-05-25", "2024-05-20"),
    ("10-15 kg", "10-15 g"), ("10-15", "10-16"),
    ("120/80 mmHg", "130/80 mmHg"),
    ("9:00-17:00", "9:00"), ("5 m", "5 minutes"), ("NO", False),
    ("25", "thirty-five"), ("25", "two five"), ("1.5", "half"), ("90 minutes", "half an hour"),
    ("30 minutes", "half a day"), ("10:30", "half past eleven"), ("10:30", "halb zehn"),
    ("16:45", "quarter past five pm"), ("16:45", "quarter to five"), ("25 °C", "25 °F"),
    ("77 °F", "25 °F"), ("10 x 20 cm", "20 x 10 cm"), ("$2.50", "two dollars and five cents"),
    ("12", "two dozen"), ("20 years", "a decade"), ("¥12,000", "一万二百円"), (3, "three or four"),
    ("Two Harbors", "2"), ("One", "Two"), ("Six Flags", "6"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "got"), DIFFERENT)
def test_near_notations_of_other_values_are_not_the_same(expected, got):
    assert alike(expected, got) == 0.0


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (True, "yes oui ja sí sim да نعم có 是 はい 예"),
        (False, "no non nein não нет لا không 否 いいえ 아니요"),
    ],
)
def test_yes_and_no_in_many_languages(expected, words):
    for word in words.split():
        assert alike(expected, word) == 1.0
        assert alike(not expected, word) == 0.0


def test_a_field_may_have_the_new_comparators():
    fields = {
        "at": {"compare": "time"},
        "dose": {"compare": "quantity"},
        "to": {"compare": "address"},
    }
    expected = {"at": "9:00", "dose": "5 mg", "to": "Main St"}
    got = {"at": "9 am", "dose": "0.005 g", "to": "main street"}
    assert accuracy(got, {"expected": expected, "fields": fields}) == 1.0


CODES = "3B 3b|5G 5g|A4 a4|4K 4k|10-24-B 10-24-b|v1.2 V1.2|12E3 12e3|B12 b12|24/7 24/7|3-2 3\u20132"


@pytest.mark.parametrize("pair", CODES.split("|"))
def test_a_short_code_is_the_same_in_another_case(pair):
    one, other = pair.split()
    assert alike(one, other) == alike(other, one) == 1.0
