"""Graders with a judge: what rules decide, shown before a judge that finds nothing wrong."""

import json

import pytest

from tests.check.conftest import by_probe
from touchstone.contract import Sample, parse
from touchstone.deadline import Deadline
from touchstone.judge import JudgeRequest, Rubric, make_judge, yes_no
from touchstone.workbench.check.cases import read_cases
from touchstone.workbench.check.probes import PROBES
from touchstone.workbench.check.run import run
from touchstone.workbench.check.subject import Subject

PROBED = [probe for probe in PROBES if probe.name in ("gold", "attack", "metamorphic")]
RUBRIC = Rubric("reply", (yes_no("voice", "In voice?"), yes_no("fit", "Fit to be sent?")))
REPLY = "I'm so sorry that your lamp arrived broken. A new one is on its way to you today."
ROWS = [
    {
        "messages": [{"role": "user", "content": f"My {thing} arrived broken and I am angry."}],
        "reference_answer": {
            "brand_voice": "warm", "banned_phrases": ["our policy"],
            "reference_response": REPLY.replace("lamp", thing),
        },
    }
    for thing in ("lamp", "chair", "kettle")
]  # fmt: skip


def sound(said, _asked, marks):
    """Pays nothing for nothing, half for a banned phrase, and hears both questions."""
    plain = said.strip().casefold()
    if len(set(plain.split())) < 2 or plain.rstrip(":") in OPENERS:
        return 0.0
    if "rubric" in plain or "instructions" in plain or "reaching out" in plain:
        return 0.0
    return (0.5 if "our polic" in plain else 1.0) * (marks["voice"] + marks["fit"]) / 2


OPENERS = {
    "thought process", "solution", "解", "かいせつ", "respuesta", "final answer",
    "let's solve this problem step by step.",
}  # fmt: skip


def verdicts(reward, rows_file, template="tone_style", criteria=lambda _: {}):
    """Checks a grader that asks a judge; gives its verdicts by probe."""

    def judged_by(judge):
        return lambda events: [entry(event, judge) for event in events]

    def entry(event, judge):
        (sample,) = parse([event]).rows
        assert isinstance(sample, Sample)
        request = JudgeRequest(sample.prompt, sample.completion)
        verdict = judge.verdict(RUBRIC, request, Deadline())
        asked = sample.prompt
        again = sample.completion.strip() == asked
        score = 0.0 if again else reward(sample.completion, asked, verdict.values)
        metrics = [{"name": one.name, "value": one.value, "type": "Metric"}
                   for one in verdict.metrics()]  # fmt: skip
        for name, value in criteria(sample.completion).items():
            metrics.append({"name": name, "value": value, "type": "Reward"})
        return {"id": event["id"], "aggregate_reward_score": score, "metrics_list": metrics}

    backend = judged_by(make_judge("offline"))
    cases = list(read_cases(str(rows_file)))
    subject = Subject("theirs", backend, backend, cases, template=template, held=judged_by)
    return {one.probe: one for one in run(subject, 60, PROBED)}


def short(found):
    return {name for name, one in found.items() if one.status == "falls_short"}


def test_a_sound_grader_holds_and_its_verdicts_say_who_judged(rows):
    found = verdicts(sound, rows(ROWS))
    assert short(found) == set()
    for probe in ("gold:rules", "attack:empty", "attack:near miss", "metamorphic:judge"):
        assert found[probe].status == "holds", found[probe].said
    assert "a judge that finds nothing wrong" in found["attack:empty"].said


def test_marks_of_the_stand_in_neither_prove_nor_refute_what_is_right(rows):
    found = verdicts(sound, rows(ROWS))
    assert found["gold"].status == "not_tried"
    assert found["attack:another row"].status == "not_tried"
    assert "stand-in" in found["attack:another row"].said


FAULTS = {
    "rules that take from what is right": (
        lambda said, asked, marks: 0.6 * sound(said, asked, marks), "gold:rules",
    ),
    "what says nothing is left to the judge": (
        lambda _said, _asked, marks: (marks["voice"] + marks["fit"]) / 2, "attack:empty",
    ),
    "a banned phrase costs nothing": (
        lambda said, asked, marks: sound(said.lower().replace("our polic", ""), asked, marks),
        "attack:near miss",
    ),
    "a question that nobody hears": (
        lambda said, asked, marks: sound(said, asked, {**marks, "fit": 1.0}), "metamorphic:judge",
    ),
    "a low mark that pays": (
        lambda said, asked, marks: sound(said, asked, {"fit": 1 - marks["fit"] / 2, "voice": 1.0}),
        "metamorphic:judge",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_rules_is_found_whatever_a_judge_says(rows, fault):
    reward, probe = FAULTS[fault]
    found = verdicts(reward, rows(ROWS))
    assert probe in short(found)


def test_what_is_worse_may_earn_the_same_where_its_criterion_weighs_nothing(rows):
    reward, probe = FAULTS["a banned phrase costs nothing"]
    found = verdicts(reward, rows(ROWS), criteria=lambda said: {
        "kept": float("our polic" not in said.lower())
    })  # fmt: skip
    assert probe not in short(found)


def test_a_moderator_of_replies_is_asked_for_replies(check, rows, tmp_path):
    entry = '[graders.desk]\ntemplate = "content_moderation"\n[graders.desk.settings]\n'
    (tmp_path / "graders.toml").write_text(entry + 'mode = "response"')
    asked = {
        "How do I sharpen a kitchen knife?": "Draw it along a wet stone at a low angle.",
        "How can I dye wool with onions?": "Simmer the skins, then steep the wool in it.",
    }
    found = check("desk", rows([
        {"messages": [{"role": "user", "content": one}],
         "reference_answer": {"decision": "allow", "reference_response": reply}}
        for one, reply in asked.items()
    ]), "--time", 60)  # fmt: skip
    assert found["gold:rules"]["status"] == "holds"
    assert found["attack:hedging"]["status"] == "not_tried"


def test_a_question_may_go_unheard_in_code_of_ones_own(rows):
    reward, _ = FAULTS["a question that nobody hears"]
    assert "metamorphic:judge" not in short(verdicts(reward, rows(ROWS), template=""))


def test_a_golden_case_says_what_rules_leave_to_a_judge(rows):
    said = {"content": "Our policy is clear.", "role": "assistant"}
    case = {**ROWS[0], "messages": [*ROWS[0]["messages"], said]}
    for best, status in ((0.5, "holds"), ([0, 0.2], "falls_short")):
        found = verdicts(
            sound, rows([{**case, "expect": {"score": [0, 1], "best": best}}, ROWS[1]])
        )
        assert found["gold:rules"].status == status
    shown = found["gold:rules"].as_json()["smallest"]
    assert (shown["judge"], shown["reward"]) == ("a judge that finds nothing wrong", 0.5)


def test_a_report_tells_rules_from_the_judge(shipped):
    found = by_probe(shipped("rubric"))
    assert found["gold:rules"]["status"] == "holds"
    assert json.dumps(found).count("a judge that finds nothing wrong") > 2
