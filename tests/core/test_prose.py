"""Words, sentences, phrases and languages are told alike in every script."""

# ruff: noqa: RUF001 - texts in many scripts

import unicodedata

import pytest

from touchstone.scoring import prose

# language: a text, its words as a reader counts them (Thai: near enough), its sentences, a phrase
# that stands in it, one that does not
BANK = {
    "vi": ("Hà Nội là thủ đô. PGS. TS. Lan sống ở TP. Hồ Chí Minh!", 14, 2, "thủ đô", "thu do"),
    "ja": ("東京は首都です。人口は多いです。", 14, 2, "首都", "京都"),
    "zh": ("人工智能正在改变医疗。隐私呢？", 13, 2, "医疗", "疗效"),
    "ko": ("서울은 한국의 수도입니다. 봄이 아름답습니다.", 5, 2, "서울", "부산"),
    "th": ("กรุงเทพเป็นเมืองหลวง", 5, 1, "เมืองหลวง", "ภูเก็ต"),
    "hi": ("दिल्ली भारत की राजधानी है। यहाँ लोग रहते हैं।", 9, 2, "राजधानी", "राजधान"),
    "ar": ("القاهرة عاصمة مصر. هل زرت المتحف؟ إنه جميل.", 8, 3, "عاصمة مصر", "صمة"),
    "fa": ("تهران پایتخت است. آن\u200cها می\u200cآیند؟", 5, 2, "پایتخت", "پای"),
    "he": ("ירושלים היא עיר. היא יפה.", 5, 2, "עיר", "יפ"),
    "ru": ("Москва — столица. Ул. Мира, д. 5, красива.", 7, 2, "столица", "столиц"),
    "de": ("Dr. Weber wohnt z. B. in der Berliner Str. 5. Er ist nett.", 13, 2, "Weber", "Web"),
    "el": ("Πού πας; Η Αθήνα είναι ωραία.", 6, 2, "Αθήνα", "Αθήν"),
    "tr": ("İstanbul büyük bir şehir. Çok güzel.", 6, 2, "istanbul", "istan"),
    "fr": ("L’été à Paris, c’est beau. Venez !", 6, 2, "c'est beau", "est beau c"),
    "en": ("It's well-known that Dr. Moe sails. We don't.", 9, 2, "well-known", "know"),
    "ta": ("சென்னை ஒரு நகரம். அது அழகானது.", 5, 2, "நகரம்", "நகர"),
    "am": ("አዲስ አበባ ዋና ከተማ ናት። ውብ ናት።", 7, 2, "ዋና ከተማ", "ከተ"),
}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("code", BANK)
def test_words_sentences_and_phrases_of_a_language(code, form):
    text, words, sentences, there, absent = BANK[code]
    if code not in ("ja", "ko"):  # parted, kana and hangul are other letters: a sample is in NFC
        text = unicodedata.normalize(form, text)
    assert prose.count_words(text) == words
    assert len(prose.sentences(text)) == sentences
    assert prose.has_phrase(text, there)
    assert not prose.has_phrase(text, absent)


@pytest.mark.parametrize("code", BANK)
def test_only_english_is_english(code):
    assert prose.is_english(BANK[code][0]) == (code == "en")


@pytest.mark.parametrize(
    ("text", "prompt", "english"),
    [
        ("We open at 9.", "", True),
        ("dude lol", "Where is my parcel?", True),
        ("ok lol", "Wo ist mein Paket, und wann kommt es?", False),
        ("42", "Cuántos años tiene el universo, y por qué?", False),
        ("De lamp is gebroken en u krijgt vandaag nog een nieuwe.", "Where is it?", False),
        ("Der Schalter ist dick genug.", "", False),
        ("Kami mohon maaf, lampu Anda akan kami kirim hari ini.", "", False),
        ("", "", True),
    ],
)
def test_a_short_text_is_in_the_language_of_its_prompt(text, prompt, english):
    assert prose.is_english(text, prompt) == english


def test_two_habits_of_writing_a_vietnamese_tone_are_one_word():
    for old, new in (("hoà bình", "hòa bình"), ("khoẻ", "khỏe"), ("thuỷ", "thủy")):
        assert prose.fold(old) == prose.fold(new)


def test_subject_words_are_pairs_where_words_are_not_parted():
    assert prose.subject_words("东京塔") == {"东京", "京塔"}
    assert prose.subject_words("the red lamp 7", frozenset({"the"})) == {"red", "lamp"}
