"""Whatever a completion holds, it is scored, and so are its neighbours, as they deserve."""

import pytest

from benches.hunt import TEMPLATES, Bench, mixed
from tests.support import reply_to, row
from touchstone.templates import get_template

SEEDS = 200


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_mixture_is_scored(name):
    bench = Bench(name)
    try:
        for seed in range(TEMPLATES.index(name), SEEDS, len(TEMPLATES)):
            shape, text = mixed(seed)
            assert bench.reply(seed, text)["outcome"] == "scored", shape
    finally:
        bench.close()


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_was_slow_once_is_scored_at_the_length_of_the_cap(name):
    bench = Bench(name)
    try:
        outcomes = {kind: bench.reply(0, text)["outcome"] for kind, text in HOSTILE.items()}
    finally:
        bench.close()
    assert set(outcomes.values()) == {"scored"}, outcomes


HOSTILE = {
    "words in a channel mark": "<|channel|>" + "a" * 90_000,
    "backslashes": "\\" * 90_000,
    "the": "the " * 20_000,
    "exclamation marks": "!" * 90_000 + "x",
    "brackets": "[" * 90_000,
    "links": "[B](" * 20_000,
    "capitals": "A'" * 45_000,
    "blanks": "a" + " " * 90_000 + "x",
    "nested formulas": "\\frac{" * 15_000,
    "beyond the cap": "7 " * 60_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_row_is_scored_0_and_its_neighbours_rightly(text):
    grader = get_template("math_reasoning").customize()
    rows = [row(answer, "7") for answer in ("\\boxed{7}", text, "The answer is 7.", "\\boxed{8}")]
    replies = reply_to(rows, grader, explain=True)
    assert [reply["outcome"] for reply in replies] == ["scored"] * 4
    good, hostile, second, wrong = (reply["aggregate_reward_score"] for reply in replies)
    assert good > 0.9
    assert second > 0.9
    assert (hostile, wrong) == (0.0, 0.0)
