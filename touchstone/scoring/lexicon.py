# ruff: noqa: RUF001 - letters of other scripts are what these tables are of
"""What languages call months, days of the week and lengths of time, and how they cut scales short.

Languages of each table, in this order: English, French, German, Spanish, Portuguese, Italian,
Dutch, Swedish, Danish and Norwegian, Polish, Turkish, Russian, Ukrainian, Indonesian, Arabic,
Vietnamese, Chinese, Japanese, Korean; those whose words are the same as others' are left out.
All in the form that :func:`touchstone.scoring.similarity.plain` gives, with and without accents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from touchstone.lazy import pattern
from touchstone.normal import normal, unaccented
from touchstone.scoring.locales import LOCALES, ascii_digits
from touchstone.scoring.numerals import WORDS
from touchstone.scoring.similarity import plain
from touchstone.scoring.words import MONTHS as ENGLISH_MONTHS
from touchstone.scoring.words import SCALES

# A language a line, January first; a slash parts the forms of one month.
_MONTHS = """
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
januar/jänner februar/feber märz/mrz april mai juni juli august september oktober november dezember
enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
januari februari maart/mrt april mei juni juli augustus september oktober november december
januari februari mars april maj juni juli augusti september oktober november december
januar februar marts/mars april maj/mai juni juli august september oktober november desember
stycznia/styczeń lutego/luty marca/marzec kwietnia/kwiecień maja/maj czerwca/czerwiec \
lipca/lipiec sierpnia/sierpień września/wrzesień października/październik \
listopada/listopad grudnia/grudzień
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
января/январь февраля/февраль марта/март апреля/апрель мая/май июня/июнь июля/июль \
августа/август сентября/сентябрь октября/октябрь ноября/ноябрь декабря/декабрь
січня/січень лютого/лютий березня/березень квітня/квітень травня/травень червня/червень \
липня/липень серпня/серпень вересня/вересень жовтня/жовтень листопада/листопад грудня/грудень
januari februari maret april mei juni juli agustus september oktober november desember
يناير/كانون_الثاني/جانفي فبراير/شباط/فيفري مارس/آذار أبريل/ابريل/نيسان/أفريل مايو/أيار/ماي \
يونيو/حزيران/جوان يوليو/تموز/جويلية أغسطس/اغسطس/آب/أوت سبتمبر/أيلول أكتوبر/اكتوبر/تشرين_الأول \
نوفمبر/تشرين_الثاني ديسمبر/كانون_الأول
"""
# Of scripts whose marks part a word for a pattern; January first, as above.
_MARKED_MONTHS = """
มกราคม/ม.ค. กุมภาพันธ์/ก.พ. มีนาคม/มี.ค. เมษายน/เม.ย. พฤษภาคม/พ.ค. มิถุนายน/มิ.ย. กรกฎาคม/ก.ค. สิงหาคม/ส.ค. \
กันยายน/ก.ย. ตุลาคม/ต.ค. พฤศจิกายน/พ.ย. ธันวาคม/ธ.ค.
जनवरी फ़रवरी/फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर/सितम्बर अक्टूबर/अक्तूबर नवंबर/नवम्बर दिसंबर/दिसम्बर
"""
_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday
mon tue tues wed thu thur thurs fri sat sun
lundi mardi mercredi jeudi vendredi samedi dimanche
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
lunes martes miércoles jueves viernes sábado domingo
segunda-feira terça-feira quarta-feira quinta-feira sexta-feira segunda terça quarta quinta sexta
lunedì martedì mercoledì giovedì venerdì sabato domenica
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag
poniedziałek wtorek środa czwartek piątek sobota niedziela
pazartesi salı çarşamba perşembe cuma cumartesi pazar
понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс
понеділок середа четвер п'ятниця субота неділя
senin selasa rabu kamis jumat sabtu minggu
الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد
"""
_LENGTHS = {
    "year": """year years yr yrs y an ans année années jahr jahre jahren año años ano anos anno
        anni jaar jaren år rok roku lata lat yıl sene год года лет г. рік роки років tahun سنة سنوات
        سنين سنتان عام أعوام عاما عامان năm 年 年間 年间 년 년간""",
    "month": """month months mo mos mth mths mois monat monate monaten mes meses mês mese mesi maand
        maanden månad månader måned måneder miesiąc miesiące miesięcy ay месяц месяца месяцев мес
        місяць місяці місяців bulan شهر أشهر شهور شهرا شهران tháng 个月 個月 ヶ月 か月 カ月 ケ月
        箇月 ヶ月間 か月間 カ月間 개월 개월간 달""",
    "week": """week weeks wk wks w semaine semaines woche wochen semana semanas settimana settimane
        weken vecka veckor uge uger uke uker tydzień tygodnie tygodni hafta неделя недели недель нед
        тиждень тижні тижнів minggu أسبوع أسابيع أسبوعا أسبوعان tuần 周 週 星期 礼拜 週間 周间 주
        주일 주간""",
    "day": """day days d jour jours j tag tage tagen día días dia dias giorno giorni gg dag dagen
        dagar dage dager dzień dni gün день дня дней дн дні днів hari يوم أيام يوما يومان ngày 天 日
        日間 일 일간""",
    "hour": """hour hours hr hrs h heure heures stunde stunden std hora horas ora ore uur uren timme
        timmar time timer godzina godziny godzin godz saat час часа часов ч година години годин jam
        ساعة ساعات ساعتان giờ tiếng 小时 小時 鐘頭 时 時 時間 시간""",
    "minute": """minute minutes min mins m minuten minuto minutos minuti minuut minuuten minuter
        minutter minuta minuty minut dakika dk минута минуты минут мин хвилина хвилини хвилин menit
        دقيقة دقائق دقيقتان phút 分 分钟 分鐘 分間 분 분간""",
    "second": """second seconds sec secs s seconde secondes sekunde sekunden sek segundo segundos
        secondo secondi seconden sekund sekunder sekunda sekundy saniye sn секунда секунды секунд
        сек с секунди detik ثانية ثوان ثواني giây 秒 秒钟 秒鐘 秒間 초 초간""",
}
# Scales cut short or bent; a German or French `billion` is not told from an English one.
_SCALES = {
    3: "tsd tausend tys tysiące bin тыс тис тысячи آلاف nghìn ngàn tusen tusind",
    5: "lakh lakhs lac",
    6: "mio mill mln millones milione milioni miljoen miljoner millioner milion miliony milionów "
    "млн мільйон мільйони мільйонів ملايين tr 百万 百萬 백만",
    7: "crore crores cr 千万 千萬 천만",
    9: "mrd mld mia miljarder milliarder miliard miliardy miliardów млрд мільярд "
    "мільярди мільярдів مليارات 十亿 十億 십억",
    12: "兆 조",
}
_Meaning = TypeVar("_Meaning")
_CONNECTED = ("كانون الثاني", "كانون الأول", "تشرين الثاني", "تشرين الأول")


_MARKS = {0x66B: ".", 0x66C: ",", 0x60C: ",", 0x66A: "%", 0x3002: "."}
_PARTS = {"½": ".5", "¼": ".25", "¾": ".75", "⅛": ".125", "⅜": ".375", "⅝": ".625", "⅞": ".875"}
# E.g. `2½`, `½`; not `1/2`
_PART = pattern(r"(?:(?<![0-9.,])([0-9]+) ?)?([½¼¾⅛⅜⅝⅞])")


@lru_cache(maxsize=64)  # one leaf is read by several readers
def as_read(text: str, *, case: bool = False) -> str:
    """Returns a text in the form that readers of values expect: plain, with ASCII's digits."""
    if text.isascii():
        return plain(text, case=case)
    return plain(_PART.sub(_decimal, ascii_digits(text.translate(_MARKS))), case=case)


def _decimal(part: re.Match[str]) -> str:
    return (part[1] or "0") + _PARTS[part[2]]


def connected(text: str) -> str:
    """Returns a text in which a month's name is one word."""
    if text.isascii():
        return text
    for name in _CONNECTED:
        text = text.replace(name, name.replace(" ", "_"))
    for name, number in _MARKED:
        text = text.replace(name, f" {_ENGLISH[number - 1]} ")
    return text


def _spelled(table: Iterable[tuple[str, _Meaning]]) -> dict[str, _Meaning]:
    """Returns words to what they mean, with accents and without; the first meaning stays."""
    found: dict[str, _Meaning] = {}
    for word, meaning in table:
        word = normal(word, "NFKC").casefold()
        found.setdefault(word, meaning)
    for word, meaning in list(found.items()):
        found.setdefault(unaccented(word), meaning)
    return found


def _columns(lines: str) -> Iterable[tuple[str, int]]:
    for line in lines.strip().splitlines():
        for number, forms in enumerate(line.split(), 1):
            yield from ((form, number) for form in forms.split("/"))


_MARKED = tuple((normal(name, "NFKC"), number) for name, number in _columns(_MARKED_MONTHS))
_ENGLISH = tuple(name for name in ENGLISH_MONTHS if len(name) > 3 or name == "may")[:12]


def _abbreviated(names: Mapping[str, int]) -> dict[str, int]:
    """Adds what names are cut to, of three letters or more, where it can only be one of them."""
    cut: dict[str, set[int]] = {}
    for name, number in names.items():
        for length in range(3, len(name)):
            cut.setdefault(name[:length], set()).add(number)
    return {short: min(of) for short, of in cut.items() if len(of) == 1} | dict(names)


MONTHS = _abbreviated(_spelled([*ENGLISH_MONTHS.items(), *_columns(_MONTHS)]))
WEEKDAYS = frozenset(_spelled((word, 0) for word in _WEEKDAYS.split()))
LENGTHS_OF_TIME = _spelled(
    (word.rstrip("."), unit) for unit, words in _LENGTHS.items() for word in words.split()
)
POWERS_OF_TEN = _spelled(
    [
        *SCALES.items(),
        *(scale for locale in LOCALES.values() for scale in locale.scales),
        *((word, power) for power, words in _SCALES.items() for word in words.split()),
    ]
)
SMALL_NUMBERS = _spelled([*WORDS.items(), ("a", 1), ("an", 1)])
YES = frozenset(_spelled((word, 0) for locale in LOCALES.values() for word in locale.yes))
NO = frozenset(_spelled((word, 0) for locale in LOCALES.values() for word in locale.no))
