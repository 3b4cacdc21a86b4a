"""A rubric from settings: what the judge is shown, what a row may bring, what is refused."""

from dataclasses import dataclass, field

import pytest

from touchstone.contract import parse
from touchstone.grader import Tools
from touchstone.judge import REFERENCE_REPLY, Verdict
from touchstone.outcomes import BadReference, Fault
from touchstone.settings import SettingsError
from touchstone.templates import get_template, load_grader
from touchstone.templates.rubric.settings import Settings

KIND = {
    "name": "kind",
    "question": "Is it kind?",
    "levels": [
        {"label": "lạnh", "description": "It blames."},
        {"label": "ấm", "description": "It cares."},
    ],
}


@dataclass
class Asked:
    """Chooses the level at a place, and keeps what it was asked."""

    place: int = -1
    name: str = "asked"
    requests: list = field(default_factory=list)

    def verdict(self, rubric, request, deadline):
        self.requests.append((rubric, request))
        chosen = {c.name: c.levels[self.place] for c in rubric.criteria}
        return Verdict(
            self.name,
            {name: level.label for name, level in chosen.items()},
            {name: level.value for name, level in chosen.items()},
            "because",
        )


def sample(reply="I am sorry.", reference=None, before=(), **fields):
    turns = [*before, {"role": "user", "content": "My lamp flickers."}]
    turns.append({"role": "assistant", "content": reply})
    (row,) = parse([{"messages": turns, "reference_answer": reference, **fields}]).rows
    assert not isinstance(row, Fault)
    return row


def asked(row, **settings):
    judge = Asked()
    grade = get_template("rubric").customize(**settings)(row, Tools(judge=judge))
    return grade, *judge.requests[0]


def test_levels_without_values_are_evenly_spaced():
    levels = [{"label": label, "description": label} for label in "abc"]
    grader = get_template("rubric").customize(criteria=[{**KIND, "levels": levels}])
    assert isinstance(grader.settings, Settings)
    (criterion,) = grader.settings.rubric().criteria
    assert [level.value for level in criterion.levels] == [0.0, 0.5, 1.0]


def test_the_judge_is_shown_the_rubric_in_any_language():
    grade, rubric, _ = asked(sample(), criteria=[KIND], instructions="Trả lời khách hàng.")
    assert grade.score == 1.0
    assert [level.label for level in rubric.criteria[0].levels] == ["lạnh", "ấm"]
    assert rubric.instructions == "Trả lời khách hàng."


def test_weights_are_the_criteria_s_own_unless_they_are_set():
    two = [{**KIND, "weight": 3}, {"name": "short", "question": "Is it short?"}]
    grader = get_template("rubric").customize(criteria=two)
    assert grader.settings.weights == {"kind": 3.0, "short": 1.0}
    own = get_template("rubric").customize(criteria=two, weights={"short": 1})
    assert own.settings.weights == {"short": 1}


def test_contexts_are_texts_lists_and_turns():
    reference = {
        "document": ["First.", "Second."],
        "conversation": [
            {"role": "user", "content": "Hi."},
            {"role": "assistant", "content": "Yes?"},
        ],
        "reference_reply": "We are sorry.",
    }
    _, _, request = asked(sample(reference=reference), policy="No refunds.")
    assert dict(request.context) == {
        "policy": "No refunds.",
        "document": "[1] First.\n\n[2] Second.",
        "conversation": "User: Hi.\n\nAssistant: Yes?",
        REFERENCE_REPLY: "We are sorry.",
    }


def test_a_text_is_a_reference_reply_and_a_field_may_be_a_context():
    _, _, request = asked(sample(reference="We are sorry.", document="The lamp."))
    assert dict(request.context) == {"document": "The lamp.", REFERENCE_REPLY: "We are sorry."}


def test_a_policy_of_the_row_goes_below_that_of_the_settings():
    _, _, request = asked(sample(reference={"policy": "No jokes."}), policy="No refunds.")
    assert request.context["policy"] == "No refunds.\n\nNo jokes."


def test_the_task_tells_who_said_what():
    before = [{"role": "system", "content": "Never promise refunds."}]
    _, _, request = asked(sample(before=before))
    assert request.task == "System: Never promise refunds.\n\nUser: My lamp flickers."


def test_thinking_is_judged_where_that_is_wanted():
    row = sample("<think>It is the bulb.</think>Change the bulb.")
    _, _, request = asked(row)
    assert request.completion == "Change the bulb."
    _, _, request = asked(row, thinking=True)
    assert "It is the bulb." in request.completion


@pytest.mark.parametrize(
    "reference", [{"dokument": "x"}, {"document": [1, 2]}, {"document": []}, {"policy": [["x"]]}]
)
def test_what_cannot_be_read_is_the_datasets_fault(reference):
    with pytest.raises(BadReference):
        asked(sample(reference=reference))


def test_what_is_required_must_be_there():
    with pytest.raises(BadReference, match="document"):
        asked(sample(), required=["document"])


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"criteria": []}, "criteria"),
        ({"criteria": [KIND, KIND]}, "criteria"),
        ({"criteria": [{**KIND, "name": "reason"}]}, "criteria"),
        ({"criteria": [{**KIND, "name": "cannot_judge"}]}, "criteria"),
        ({"criteria": [{**KIND, "levels": KIND["levels"][:1]}]}, "criteria"),
        ({"criteria": [{"name": "kind"}]}, "criteria"),
        ({"criteria": [KIND], "gates": {"kind": "short"}}, "gates"),
        ({"criteria": [KIND], "weights": {"short": 1}}, "weights"),
        ({"required": ["source"]}, "required"),
    ],
)
def test_a_rubric_that_no_judge_could_answer_is_refused(settings, named):
    with pytest.raises(SettingsError) as caught:
        get_template("rubric").customize(**settings)
    assert caught.value.setting == named


@pytest.mark.parametrize(
    "completion",
    ["", "  ", "\u200b", "\u200d", "\u2060 \u00ad\ufeff", "\u3164\u2800", "\ufe0f", "\U000e0041"],
)
def test_a_completion_of_which_nothing_is_seen_asks_nobody(completion):
    judge = Asked()
    assert get_template("rubric").customize()(sample(completion), Tools(judge=judge)).score == 0.0
    assert judge.requests == []


@pytest.mark.parametrize("completion", ["null", "\\boxed{}", "?", "👍🏽", "ᅟᅡ", "0"])
def test_whatever_is_seen_is_for_the_judge(completion):
    judge = Asked()
    assert get_template("rubric").customize()(sample(completion), Tools(judge=judge)).score == 1.0
    assert len(judge.requests) == 1


@pytest.mark.parametrize("completion", ["... --- !!!", "tea " * 20, "Final answer:"])
def test_what_may_hold_nothing_is_told_to_the_judge_as_a_suspicion(completion):
    judge = Asked()
    get_template("rubric").customize()(sample(completion), Tools(judge=judge))
    assert "may hold nothing" in judge.requests[0][1].suspicions[0]


@pytest.mark.parametrize("name", ["rag-faithfulness", "cot-reasoning", "support-rubric"])
def test_ready_entries_pay_the_best_and_not_the_worst(name):
    grader = load_grader(name)
    assert grader(sample(), Tools(judge=Asked())).score == 1.0
    assert grader(sample(), Tools(judge=Asked(place=0))).score == 0.0
