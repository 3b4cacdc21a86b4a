"""The plain constraints, each by an example and a counter-example."""

# ruff: noqa: RUF001 - texts in many scripts

import pytest

from tests.instruction_following.grading import grade, keeps
from touchstone.outcomes import BadReference
from touchstone.templates.instruction_following.constraints import (
    Constraints,
    check_constraints,
    read_constraints,
)

# constraint, value, a completion that keeps it, one that does not
TABLE = [
    ("min_words", 3, "we sail home", "we sail"),
    ("max_words", 3, "we sail home", "we all sail home"),
    ("min_sentences", 2, "We sail. We rest.", "We sail and rest."),
    ("max_sentences", 1, "We sail with Dr. Moe.", "We sail. We rest."),
    ("min_paragraphs", 2, "We sail.\n\nWe rest.", "We sail.\nWe rest."),
    ("max_paragraphs", 1, "We sail.\nWe rest.", "We sail.\n\nWe rest."),
    ("min_characters", 7, "we sail", " we go "),
    ("max_characters", 7, " we sail ", "we sailed"),
    ("format", "json", '```json\n{"sail": true, "rest": [1]}\n```', '"we sail"'),
    ("format", "bullets", "We:\n- sail\n- rest", "We:\n- sail"),
    ("format", "numbered", "1. sail\n2) rest", "1. sail and 2. rest"),
    ("format", "markdown", "# Plan\nwe sail", "Plan: we * sail # rest"),
    ("language", "fr", "Nous partons en mer demain matin.", "We leave for the sea tomorrow."),
    ("language", "fr", "Nous partons en mer demain matin.", "12 + 30 = 42"),
    ("must_include", ["the sea", "C++"], "By THE  sea I write C++.", "By the seaside I write C++"),
    ("must_not_include", ["cat"], "to concatenate words", "a Cat sleeps"),
    ("matches", [r"\d{4}-\d{2}"], "due in 2031-05 or so", "due in May 2031"),
    ("must_not_match", [r"!{2,}"], "fine! good", "fine!!"),
    ("matches", ["^[A-ZÇĞİÖŞÜ]"], "İyi günler", "iyi günler"),
    ("must_not_match", ["[A-ZÇĞİÖŞÜ]"], "iyi günler", "İyi günler"),
    ("must_not_match", ["(?i)guarantee"], "We will try.", "GUARANTEED"),
    ("starts_with", "Dear guest,", "dear  guest, come in", "Hello dear guest, come in"),
    ("ends_with", "Fair winds.", "We go.\nfair winds.\n", "Fair winds. We go."),
    (
        "headings",
        ["Plan", "Risks"],
        "## Plan\nsail\n## risks ##\nrain",
        "## Risks\n\n## Plan\nsail",
    ),
]


def test_every_constraint_is_held_to_an_example():
    assert {name for name, *_ in TABLE} == set(Constraints.__struct_fields__)


@pytest.mark.parametrize(("name", "value", "kept", "broken"), TABLE)
def test_a_constraint_tells_keeping_from_breaking(name, value, kept, broken):
    assert keeps(kept, **{name: value})
    assert not keeps(broken, **{name: value})
    assert not keeps("", **{name: value})


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({}, "at least one constraint"),
        ([], "must be an object"),
        ({"max_word": 5}, "did you mean 'max_words'"),
        ({"max_words": "5"}, "Expected int"),
        ({"max_words": -5}, ">= 0"),
        ({"format": "yaml"}, "yaml"),
        ({"language": "fra"}, "did you mean 'fr'"),
        ({"must_include": "sea"}, "Expected array"),
        ({"min_words": 9, "max_words": 5}, "min_words is above max_words"),
    ],
)
def test_a_constraint_that_cannot_be_read_is_refused_by_name(constraints, message):
    with pytest.raises(BadReference, match=message):
        grade("any text at all", {"constraints": constraints})


# constraint, value, a completion that keeps it, one that does not
TONGUES = [
    ("must_include", ["東京"], "東京は日本の首都です。", "大阪は日本の都市です。"),
    ("must_include", ["隐私"], "但是隐私问题仍然存在。", "但是安全问题仍然存在。"),
    ("must_include", ["서울"], "서울은 수도입니다.", "부산은 항구입니다."),
    ("must_include", ["เมืองหลวง"], "กรุงเทพเป็นเมืองหลวงของไทย", "กรุงเทพเป็นเมืองของไทย"),
    ("must_include", ["AI"], "AI는 편리합니다.", "AIR는 편리합니다."),
    ("must_include", ["hoà bình"], "Ai cũng mong hòa bình.", "Ai cũng mong yên ổn."),
    ("must_not_include", ["医生"], "护士很忙。", "医生很忙。"),
    ("must_not_include", ["cat"], "el catálogo", "el cat"),
    ("max_sentences", 1, "東京は首都です。", "東京は首都です。人口が多いです。"),
    ("max_sentences", 1, "दिल्ली राजधानी है।", "दिल्ली राजधानी है। यहाँ लोग हैं।"),
    ("max_sentences", 1, "Dr. Weber wohnt z. B. in der Str. 5.", "Er wohnt hier. Sie auch."),
    ("min_sentences", 2, "هل زرت المتحف؟ إنه جميل.", "زرت المتحف، إنه جميل."),
    ("max_words", 8, "人工智能很有用。", "人工智能正在改变医疗行业。"),
    ("max_words", 5, "दिल्ली भारत की राजधानी है।", "दिल्ली भारत की बड़ी राजधानी है।"),
    ("max_words", 4, "Hà Nội rất đẹp", "Hà Nội rất đẹp và vui"),
    ("starts_with", "Ｄｅａｒ guest", "Dear guest, come in", "Hello guest"),
    ("ends_with", "谢谢！", "我们明天见，谢谢！", "谢谢，我们明天见。"),
    ("language", "km", "សួស្តី អ្នកសុខសប្បាយទេ?", "ສະບາຍດີ"),
    ("must_not_include", ["می\u200cروم"], "من می مانم.", "من می روم."),
    ("max_sentences", 1, "He said \u201cstop.\u201d", "He said \u201cstop.\u201d Then he left."),
    ("format", "markdown", "| a | b |\n|---|:-:|\n| 1 | 2 |", "a | b"),
    ("format", "markdown", "It is *quite* cold.", "It is 2 * 3 * 4."),
    ("format", "markdown", "> quoted", "a > b"),
    ("format", "bullets", "\u2013 one\n\u2013 two", "one \u2013 two\n\u2013"),
    ("format", "bullets", "・一\n・二", "一・二\n三"),
    ("format", "bullets", "\u25e6 one\n\u25e6 two", "one"),
    ("format", "numbered", "(1) one\n(2) two", "(one) 1\n(two) 2"),
    ("format", "numbered", "**1.** one\n**2.** two", "**1** one\n**2** two"),
    ("format", "numbered", "1、一\n2、二", "一、二"),
    ("format", "numbered", "①一\n②二", "一①"),
    ("format", "json", "~~~json\n[1]\n~~~", '{"a": 1, "a": 2}'),
    ("format", "json", "[1]", '{"a": NaN}'),
]


@pytest.mark.parametrize(("name", "value", "kept", "broken"), TONGUES)
def test_a_constraint_holds_in_every_language_and_notation(name, value, kept, broken):
    assert keeps(kept, **{name: value})
    assert not keeps(broken, **{name: value})


# What people write in many languages and count in several ways.
USUAL = [
    ({"max_sentences": 2}, "TS. Nguyễn Văn A sống ở Q. 3. Ông dạy toán."),
    ({"max_sentences": 1}, "Das kostet ca. 3.500 € inkl. MwSt. und Versand."),
    ({"max_sentences": 2}, "Am 3. Oktober feiern wir. Kommst du?"),
    ({"max_words": 4}, "E-Mail-Adresse bitte hier eingeben"),
    ({"min_words": 6}, "E-Mail-Adresse bitte hier eingeben"),
    ({"max_words": 5}, "Don't use well-known e-mail addresses"),
    ({"max_words": 4}, "Write to ada@example.org today"),
    ({"max_words": 3}, "It grew 2.5 %"),
    ({"language": "ru"}, "Да, конечно."),
    ({"language": "ja"}, "東京都千代田区"),
    ({"must_include": ["ёлка"]}, "Елка стоит в углу."),
    ({"must_include": ["كتاب"]}, "قرأتُ كتابًا جديدًا."),
    ({"must_include": ["مدرسة"]}, "ذهبت إلى المَدْرَسَة."),
    ({"must_include": ["ספר"]}, "הספר על השולחן."),
    ({"must_include": ["state of the art"]}, "It is a state-of-the-art lab."),
    ({"must_not_include": ["배"]}, "배우는 즐겁다."),
    ({"must_not_include": ["사과"]}, "사과나무를 심었다."),
    ({"format": "numbered"}, "一、准备\n二、开始"),
    ({"starts_with": "Chère"}, "« Chère Anne », écrit-il."),
    ({"starts_with": "Hola"}, "¡Hola! ¿Qué tal?"),
    ({"starts_with": "Dear Ada"}, "**Dear Ada,**\n\nHello."),
    ({"ends_with": "Thank you"}, "All done. Thank you!"),
    ({"ends_with": "Is there anything else?"}, "Done. **Is there anything else?**"),
    ({"must_include": ["lý do"]}, "Đây là lí do chính."),
    ({"must_include": ["می\u200cخواهم"]}, "من می خواهم بروم."),
    ({"must_include": ["שלום"]}, "שָׁלוֹם לכולם."),
    ({"must_include": ["हिंदी"]}, "मुझे हिन्दी पसंद है।"),
    ({"must_include": ["cœur"]}, "Un COEUR qui bat."),
    ({"must_include": ["ışık"]}, "IŞIK KAPALI."),
    ({"must_include": ["καλός"]}, "ΚΑΛΟΣ ΚΑΙΡΟΣ"),
    ({"must_not_include": ["ή"]}, "Η ζωή είναι ωραία."),
    ({"must_not_include": ["sınır"]}, "Çok sinir oldum."),
    ({"must_not_include": ["thúy"]}, "Người thúi nát."),
    ({"max_sentences": 1}, "El Sr. García vive en EE. UU. desde 2010."),
    ({"max_sentences": 1}, "Он живёт на ул. Ленина, д. 5, кв. 12."),
    ({"max_sentences": 1}, "Siehe S. 12 ff. und Abb. 3 im Anhang."),
    ({"max_sentences": 1}, "老师问：“你准备好了吗？”我点点头。"),
    ({"max_sentences": 1}, '"Really?" he asked.'),
    ({"ends_with": "Trân trọng."}, "Em cảm ơn anh.\n\nTrân trọng"),
    ({"headings": ["Packing list"]}, "Packing list\n============\n\n- socks"),
    ({"headings": ["Packing", "Food"]}, "## 1. Packing:\n- socks\n\n## **Food**\n- bread"),
    *(
        ({"format": "bullets"}, f"{mark} một\n{mark} hai")
        for mark in ("➤", "✅", "☐", "◆", "▶", "★", "→", "🍎", "- [x]")
    ),
    ({"format": "bullets"}, "-một\n-hai"),
    ({"format": "bullets"}, "◆特徴\n◆価格"),
    ({"format": "numbered"}, "### 1. Eins\nText\n\n### 2. Zwei\nText"),
    ({"format": "numbered"}, "Bước 1: đun nước\nBước 2: pha trà"),
    ({"format": "numbered"}, "第一步：洗菜\n第二步：切菜"),
    ({"format": "numbered"}, "（一）苹果\n（二）梨"),
    ({"format": "numbered"}, "1\ufe0f\u20e3 một\n2\ufe0f\u20e3 hai"),
    ({"format": "numbered"}, "I. Uno\nII. Due"),
    ({"format": "numbered"}, "1.りんご\n2.みかん"),
    ({"format": "numbered"}, "1 - một\n2 - hai"),
    ({"format": "json"}, '```json {"a": 1} ```'),
    ({"format": "json"}, "````json\r\n[1]\r\n````"),
    ({"format": "markdown"}, "Tiêu đề\n=====\nvăn bản"),
    ({"format": "markdown"}, "這是*斜體*字"),
    ({"format": "markdown"}, "~~gạch~~ rồi"),
    ({"language": "zh"}, "我爱Python和SQL。"),
    ({"language": "ko"}, "Docker와 Kubernetes를 함께 씁니다."),
    ({"language": "es"}, "No lo sé."),
    ({"language": "tr"}, "Evet."),
    ({"max_words": 3}, "1. Một\n2. Hai\n3. Ba"),
    ({"max_paragraphs": 2}, "Một.\n\n***\n\nHai."),
    ({"max_characters": 3}, "👨‍👩‍👧‍👦🇻🇳👍🏽"),
    ({"max_characters": 4}, "नमस्ते"),
]
NOT_AS_ASKED = [
    ({"max_sentences": 1}, "I like it. He does not."),
    ({"max_words": 3}, "one-two--three-four five six"),
    ({"max_words": 6}, "今天天气很好-我们去公园"),
    ({"language": "zh"}, "これはです"),
    ({"language": "ru"}, "Good morning"),
    ({"must_not_include": ["사과"]}, "사과는 맛있다."),
    ({"must_not_include": ["공부"]}, "나는 공부했다."),
    ({"must_not_include": ["كتاب"]}, "هذا هو الكتاب."),
    ({"must_include": ["كتاب"]}, "الكتابة ممتعة."),
    ({"must_include": ["art"]}, "They start now."),
    ({"must_include": ["sınır"]}, "SİNİR"),
    ({"max_sentences": 1}, "We sail home. 3 apples fell."),
    ({"max_sentences": 1}, "\u201cStop.\u201d Then he left."),
    ({"ends_with": "Is there anything else?"}, "Is there anything else."),
    ({"starts_with": "Hola"}, "Bueno, hola."),
    ({"headings": ["Packing", "Food"]}, "## Food\n\n## Packing"),
    ({"headings": ["Packing"]}, "**Packing**\n\n- socks"),
    ({"format": "bullets"}, "-5 degrees\n-3 degrees"),
    ({"format": "bullets"}, "€5 bread\n€3 milk"),
    ({"format": "numbered"}, "1 egg\n2 apples"),
    ({"format": "numbered"}, "1:30 lunch\n2:30 tea"),
    ({"format": "numbered"}, "1.5 kg\n2.5 kg"),
    ({"format": "json"}, 'Here: {"a": 1}'),
    ({"format": "markdown"}, "2*3*4 is 24"),
    ({"language": "fr"}, "See you tomorrow"),
    ({"language": "zh"}, "The word 你好 means hello in Chinese."),
    ({"max_characters": 3}, "नमस्ते"),
]


@pytest.mark.parametrize(("asked", "text"), USUAL)
def test_what_is_as_asked_in_one_usual_reading_is_followed(asked, text):
    assert all(one.strict for one in check_constraints(read_constraints(asked), text))


@pytest.mark.parametrize(("asked", "text"), NOT_AS_ASKED)
def test_what_is_not_as_asked_in_any_reading_is_not_followed(asked, text):
    assert not any(one.strict for one in check_constraints(read_constraints(asked), text))
