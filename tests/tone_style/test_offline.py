"""Each offline measure moves with what it is for."""

import pytest

from tests.tone_style.grading import LETTER, REPLY
from touchstone.templates.tone_style import empathy
from touchstone.templates.tone_style.politeness import politeness, strategies
from touchstone.templates.tone_style.style import Card, Style
from touchstone.templates.tone_style.voice import audience, likeness, profile, voice, wanted

COLD = "You failed to read the manual. Replacement is not possible."
CASUAL = "Hey! Yeah, no worries, we've got you. Let's grab you a new kettle, it's gonna be awesome!"
FORMAL = (
    "Dear Ms Okafor, we regret the matter that you describe. A replacement will be provided upon "
    "receipt of the defective kettle. We would appreciate additional information."
)
LONG = " ".join(f"We moved kettle number {at} to shelf {at + 1}." for at in range(40))


def style(description="", readers="", **card) -> Style:
    made = Card(description, **card)
    return Style(made, readers, (), (), None, tuple(made.examples))


@pytest.mark.parametrize(
    ("description", "better", "worse"),
    [
        ("warm", REPLY, COLD),
        ("never blames the customer", REPLY, COLD),
        ("polite", REPLY, COLD),
        ("formal", FORMAL, CASUAL),
        ("casual", CASUAL, FORMAL),
        ("not formal", CASUAL, FORMAL),
        ("playful and fun", CASUAL, FORMAL),
        ("calm", FORMAL, CASUAL),
        ("brief", REPLY, LONG),
        ("thorough", LONG, REPLY),
        ("confident", "The kettle works.", "Maybe the kettle works, I think, possibly."),
    ],
)
def test_a_named_trait_tells_texts_apart(description, better, worse):
    assert voice(style(description), better) > voice(style(description), worse)


def test_what_is_never_done_counts_the_other_way():
    assert wanted(style(traits=["warm"], dont=["formal words", "jokes"])) == [
        ("warmth", 1),
        ("formality", -1),
        ("liveliness", -1),
    ]


def test_a_voice_of_unknown_words_is_left_undecided():
    assert voice(style("mauve"), REPLY) == 0.5


def test_examples_draw_a_voice_where_words_do_not():
    like = style(examples=[CASUAL])
    other = "Hey, folks! Let's party, it's gonna be super fun, and you're invited!"
    assert voice(like, other) > voice(like, FORMAL)
    assert likeness(profile(CASUAL), profile(CASUAL)) == 1.0


def test_children_need_short_words():
    hard = (
        "Condensation precipitates on refrigerated surfaces, necessitating occasional evaporation."
    )
    easy = "Water sits on cold things. Soon the sun dries it up."
    prompt = "Where does water go?"
    for readers in ("children", "kids aged 8", "grade 3", "8-year-olds"):
        assert audience(style(readers=readers), prompt, easy) > audience(
            style(readers=readers), prompt, hard
        )


def test_a_reply_about_the_matter_fits_better():
    assert audience(style(), LETTER, REPLY) > audience(style(), LETTER, "Our trains run on time.")


@pytest.mark.parametrize(
    ("polite", "rude"),
    [
        ("Could you please send us a photo? Thank you!", "Send a photo. Why didn't you?"),
        ("I'm sorry, perhaps we could look at it together?", "You should look at it yourself."),
        ("Hi Ann, great question! Would you mind telling us more?", "What do you mean?! Really?"),
    ],
)
def test_politeness_orders_and_parts(polite, rude):
    assert politeness(polite) > 0.5 > politeness(rude)


def test_strategies_are_named_and_stand_at_a_sentences_start():
    names = {name for name, _ in strategies("Fine.\n\nPlease go. By the way, it\u2019s done.")}
    assert {"please_start", "by_the_way"} <= names
    assert "please" not in names


@pytest.mark.parametrize(
    ("measure", "shows", "shows_not"),
    [
        (
            empathy.emotional_reactions,
            "I'm so sorry to hear that. I hope it gets better.",
            "Buy bread.",
        ),
        (empathy.interpretations, "I know how that feels, I lost my job too.", "Buy bread."),
        (empathy.explorations, "What happened to you? How do you feel?", "Buy bread."),
    ],
)
def test_empathy_is_shown_in_three_ways(measure, shows, shows_not):
    assert measure(shows) >= 0.5 > measure(shows_not) == 0.0


@pytest.mark.parametrize("text", ["", "x", "...", "\u672c\u5c4a", "a " * 50, "?" * 30])
def test_measures_stay_within_their_range(text):
    measures = [
        politeness,
        empathy.emotional_reactions,
        empathy.interpretations,
        empathy.explorations,
    ]
    measures += [
        lambda t: voice(style("warm, formal, brief"), t),
        lambda t: audience(style(), LETTER, t),
    ]
    assert all(0.0 <= measure(text) <= 1.0 for measure in measures)
