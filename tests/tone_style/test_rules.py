"""Phrases, workmanship and subjects are found where they are, and only there."""

import pytest

from touchstone.templates.tone_style.emptiness import subject
from touchstone.templates.tone_style.mechanics import Mechanics, Taste, examine
from touchstone.templates.tone_style.phrases import broken, kept, without

USUAL = Taste(2, 2, False, "any", "any")
CLEAN = (
    "Dear Ms Okafor,\n\nThank you for your letter of 3 May. The NASA photo you ordered is on its "
    "way, and an hour from now you can follow it online. As a one-time courtesy we have paid the "
    "postage. It's a European parcel, so it may take a week.\n\nKind regards,\nLea"
)


def faults(text: str, taste: Taste = USUAL, prompt: str = "") -> dict[str, int]:
    return {name: n for name, n in found(text, taste, prompt).faults.items() if n}


def found(text: str, taste: Taste = USUAL, prompt: str = "") -> Mechanics:
    return examine(text, prompt, taste)


@pytest.mark.parametrize(
    "text",
    [
        "We guarantee it.",
        "It is GUARANTEED!",
        "guaranteeing",
        "Our\u200b guar\u200bantee stands.",
        "**guarantee**",
        "no-guarantee offer",
    ],
)
def test_a_ban_covers_case_forms_and_hidden_characters(text):
    assert broken(["guarantee"], text) == ["guarantee"]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("guarantee", "guaranteeable goods"),
        ("even", "Good evening."),
        ("the", "This thing."),
        ("no", "Now we know."),
        ("our policy", "our new policy"),
        ("C++", "C is fine."),
    ],
)
def test_a_ban_covers_no_other_word(phrase, text):
    assert broken([phrase], text) == []


def test_marks_and_spacing_of_a_phrase():
    assert kept(["C++", "100%", "terms   apply"], "C++ is 100% fine, TERMS\napply.") == [
        "C++",
        "100%",
        "terms   apply",
    ]
    assert kept(["terms apply"], "The terms applied.") == []
    assert without(["by friday"], "Here by Friday.").split() == ["here", "."]


def test_sound_prose_has_no_faults():
    assert faults(CLEAN) == {}
    assert found(CLEAN).value == 1.0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("This is bloody shit, we know.", "profanity"),
        ("We will NEVER EVER DO that again.", "shouting"),
        ("Dear [Customer Name], hello.", "placeholders"),
        ("Dear {{first_name}}, hello.", "placeholders"),
        ("Here is a warm reply to the customer: we are sorry.", "announcements"),
        ("As an AI language model, we are sorry.", "announcements"),
        ("We gonna fix it.", "slang"),
        ("Yes! Yes! Yes! We will.", "exclamations"),
        ("Done \U0001f600\U0001f600\U0001f600", "emoji"),
        ("We are sorry that your parcel has not yet come to", "broken_off"),
    ],
)
def test_each_fault_is_found_and_costs(text, fault):
    assert faults(text) == {fault: 1}
    assert found(text).value < 1.0
    counted = fault in ("exclamations", "emoji")
    assert bool(found(text).said) == counted == (found(text).most < 1.0)
    assert bool(found(text).suspected) != counted


HONEST = [
    # a prompt, an honest reply in which word lists of English would find something
    ("Wer hilft mir?", "Der Schalter ist dick genug und im Lager, wir senden ihn dir heute."),
    ("Waar blijft mijn lamp?", "Uw lamp is klaar en u krijgt haar vandaag, bij u thuis."),
    ("¿Dónde está?", "Ya está en camino a este domicilio y yo me encargo de avisarle a usted."),
    ("Où est ma lampe ?", "Votre lampe part aujourd'hui ; elle sera chez vous demain, dont acte."),
    ("Đèn ở đâu?", "Để đảm bảo an ninh và an toàn, chúng tôi gửi đèn ngay hôm nay cho bạn."),
    ("ทำอย่างไร", "เราจะส่งโคมไฟใหม่ให้ภายในวันนี้และคุณไม่ต้องส่งของเก่าคืน"),
    ("क्या करूँ?", "हम आज ही नया लैंप भेज देंगे और पुराना लौटाने की ज़रूरत नहीं है।"),
    ("Gdzie jest lampa?", "Lampa i abażur są w drodze, a i tak damy znać, gdy dotrą do sklepu."),
    ("Who handles it?", "Your case is handled by Dick Turner, who will call you before noon."),
    ("Which protocol?", "We use HTTPS, OAUTH and AES for all calls, so your keys stay safe."),
    ("Write a template with a slot for the name.", "Dear [Name],\n\nyour parcel is late."),
    ("What is a serial number?", "It looks like AB-XXXX, where each X is a digit under the base."),
    ("Which plan has it?", "★★★★☆ for Plus: ✓ calls, ✓ mail, ✓ chat, ✗ fax, and ☎ on request."),
    ("Where is the form?", "At https://example.com/forms?id=[ID], and it takes two minutes."),
]


@pytest.mark.parametrize(("prompt", "reply"), HONEST)
def test_what_is_usual_in_a_language_or_was_asked_for_is_no_fault(prompt, reply):
    assert {name: n for name, n in faults(reply, prompt=prompt).items() if name != "slips"} == {}
    assert found(reply, prompt=prompt).most == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "We sent it to the the shop.",
        "Then i went home.",
        "We are sorry. it will come.",
        "We are sorry,it will come.",
        "We are sorry , it will come.",
        "We are sooo sorry here.",
        "we are sorry about it.",
    ],
)
def test_each_slip_is_found_once(text):
    assert faults(text) == {"slips": 1}


def test_what_the_operator_allows_costs_nothing():
    text = "Yo! We gonna fix it! Now! \U0001f600\U0001f600\U0001f600"
    assert set(faults(text)) == {"slang", "exclamations", "emoji"}
    assert faults(text, Taste(3, 3, True, "any", "any")) == {}


def test_a_placeholder_of_the_prompt_is_forgiven():
    assert faults("Dear [Customer Name], hello.", prompt="Use [Customer Name].") == {}


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("Kính gửi [Đối tác], hoá đơn ở dưới.", 1),
        ("[客户姓名]您好。", 1),
        ("Hoá đơn [đính kèm] ở dưới.", 0),
        ("Счёт [см. ниже] приложен.", 0),
        ("El pedido [ámbar claro] salió hoy.", 0),
    ],
)
def test_what_opens_small_in_brackets_is_no_placeholder_in_any_script(text, gaps):
    assert faults(text).get("placeholders", 0) == gaps


@pytest.mark.parametrize(
    ("opening", "end"), [("Hello Ann,", "Kind regards,\nLea"), ("Dear all,", "Cheers, Lea")]
)
def test_greeting_and_closing_are_required_or_unwanted(opening, end):
    whole, bare = f"{opening}\n\nThe parcel is here.\n\n{end}", "The parcel is here."
    wanted, unwanted = (
        Taste(2, 2, False, "required", "required"),
        Taste(2, 2, False, "never", "never"),
    )
    assert faults(whole, wanted) == {} == faults(bare, unwanted)
    assert faults(bare, wanted) == {"greeting": 1, "closing": 1} == faults(whole, unwanted)


def test_saying_a_thing_again_costs_the_more_the_more_often():
    values = [found(" ".join([CLEAN] * times)).value for times in (1, 2, 4)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.15


def test_the_subject_is_what_is_neither_grammar_nor_courtesy():
    assert subject("Thank you for your patience, we're sorry!") == set()
    assert subject("The kettle's lid leaks") == subject("Lids of kettles leaking") - {"leaki"} | {
        "leak"
    }
