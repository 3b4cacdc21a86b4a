"""compare tells the base and the tuned model apart by our own grader, and no more than it may."""

import json
import threading
from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest
from click.testing import CliRunner

from tests.jobs.sample_folder import sample_folder
from tests.jobs.test_report import Page
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.cli import main
from touchstone.workbench.grading.rewards import Rewarder
from touchstone.workbench.jobs.compare.ask import (
    Answers,
    CompareError,
    Plan,
    Question,
    read_questions,
)
from touchstone.workbench.jobs.compare.page import About, compare_page, pairs_jsonl
from touchstone.workbench.jobs.compare.pairs import Answer, Pair, Side, pairs_of_folder
from touchstone.workbench.jobs.compare.summary import summarize
from touchstone.workbench.jobs.service import Chat
from touchstone.workbench.stats import bootstrap, wilson

ABOUT = About("job", "base", "tuned", "grader", "how")
PLAN = Plan("small", "small-tuned", k=2, temperature=0.7, max_tokens=64)


def side(*rewards, **criteria):
    return Side(
        [
            Answer("said", reward, {} if reward is None else criteria,
                   "scored" if reward is not None else "unscored:timeout")
            for reward in rewards
        ]
    )  # fmt: skip


def pair(base, tuned, name="p"):
    return Pair(name, "prompt", "ref", side(base, a=base), side(tuned, a=tuned))


def question(n):
    row = {"messages": [{"role": "user", "content": f"What is {n}?"}], "reference_answer": str(n)}
    return Question(str(n), row)


class Models:
    """Answers with the model's name and the prompt; fails as scripted."""

    name = "bedrock"

    def __init__(self, *faults):
        self.faults = list(faults)
        self.asked = []
        self.lock = threading.Lock()

    def chat(self, model, messages, *, max_tokens, temperature, seed=None):
        with self.lock:
            if self.faults and (fault := self.faults.pop(0)):
                raise fault
            self.asked.append((model, messages[-1]["content"], seed, temperature, max_tokens))
        return Chat(f"{model}: {messages[-1]['content']} {seed}", 7, 5, 12.34)


def grade(rows):
    """Gives the tuned model 1 and the base 0.5, and cannot score prompt 3 of the base."""
    reply = []
    for row in rows:
        said = row["messages"][-1]["content"]
        assert row["metadata"]["reference_answer"] in said
        entry = {"id": row["id"], "aggregate_reward_score": 1.0 if "tuned" in said else 0.5}
        entry["metrics_list"] = [{"name": "right", "value": 1.0, "type": "Reward"}]
        if said.startswith("small: What is 3?"):
            unscored = {"name": "unscored_timeout", "value": 1.0, "type": "Metric"}
            entry |= {"metrics_list": [unscored], "aggregate_reward_score": 0.5}
        reply.append(entry)
    return reply


def asked(answers, models, concurrency=2):
    waits = []
    for _ in answers.ask(models, concurrency=concurrency, sleep=waits.append):
        pass
    return waits


def test_wins_ties_and_losses_are_counted_and_unscored_pairs_left_out():
    pairs = [pair(0.1, 0.9), pair(0.2, 0.3), pair(0.5, 0.5), pair(0.9, 0.1), pair(None, 1.0)]
    told = summarize(pairs)
    assert (told.wins, told.ties, told.losses, told.unscored) == (2, 1, 1, 1)
    assert told.win_rate == wilson(2.5 / 4, 4)  # a tie counts half
    assert told.unscored_kinds == {"base": {"timeout": 1}, "tuned": {}}
    reward = told.differences[0]
    assert (reward.name, reward.pairs) == ("reward", 4)
    assert reward.base == pytest.approx(0.425)
    assert reward.difference.value == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("rewards", "word"), [((0.2, 0.6), "better"), ((0.6, 0.2), "worse"), ((0.5, 0.5), "no diff")]
)
def test_the_sentence_says_what_the_interval_bears(rewards, word):
    assert word in summarize([pair(*rewards)] * 20).sentence


@pytest.mark.parametrize("count", [1, 9])
def test_too_few_prompts_bear_no_conclusion_and_no_interval(count):
    pairs = [pair(0.05, 1.0)] * count
    told = summarize(pairs)
    assert told.sentence.startswith("Too few prompts to tell the models apart (+0.950, 95 % inter")
    assert "interval unknown" in told.sentence
    assert (told.differences[0].difference.low, told.differences[0].difference.high) == (None, None)
    assert json.loads(json.dumps(told.as_json()))["differences"][0]["difference"]["low"] is None
    assert '<small class="soft">unknown</small>' in compare_page(ABOUT, pairs, told)


def test_a_few_wins_among_many_ties_show_no_difference():
    ties = [pair(0.5, 0.5)] * 991
    assert "no difference" in summarize([*ties, *[pair(0.1, 0.9)] * 9]).sentence
    assert "better" in summarize([*ties, *[pair(0.1, 0.9)] * 20]).sentence


def test_nothing_scored_is_nothing_said():
    told = summarize([pair(None, 0.5)])
    assert told.win_rate is None
    assert told.differences == []
    assert "nothing can be said" in told.sentence
    assert compare_page(ABOUT, [pair(None, 0.5)], told)


def test_several_answers_to_a_prompt_are_one_pair_of_their_means():
    both = Pair("p", "prompt", None, side(0.0, 1.0, None), side(0.75, 0.75))
    assert both.difference == pytest.approx(0.25)
    assert both.verdict == "win"
    assert summarize([both]).usage["base"].answers == 3


def test_intervals_are_the_known_ones():
    known = wilson(0.8, 10)
    assert (known.low, known.high) == pytest.approx((0.490, 0.943), abs=1e-3)
    assert wilson(1.0, 5).high == 1.0
    mean = bootstrap([0.0, 1.0] * 50, fmean)
    assert (mean.low, mean.high) == pytest.approx((0.4, 0.6), abs=0.03)
    assert mean == bootstrap([0.0, 1.0] * 50, fmean)
    for shows_nothing in ([0.25] * 50, [0.1] * 50, [0.0, 1.0] * 4, [0.5]):
        assert bootstrap(shows_nothing, fmean).interval is None


def test_every_prompt_is_asked_of_both_and_graded_over_the_contract(tmp_path):
    questions = [question(n) for n in range(5)]
    answers, models = Answers(tmp_path / "answers.jsonl", PLAN, questions), Models()
    asked(answers, models)
    assert len(models.asked) == 5 * 2 * 2
    assert models.asked.count(("small-tuned", "What is 4?", 1, 0.7, 64)) == 1
    pairs = answers.grade(Rewarder(grade))
    assert [one.id for one in pairs] == ["0", "1", "2", "3", "4"]
    assert [one.verdict for one in pairs] == ["win", "win", "win", "unscored", "win"]
    first = pairs[0].tuned.answers
    assert [one.completion for one in first] == [f"small-tuned: What is 0? {n}" for n in (0, 1)]
    assert (first[0].input_tokens, first[0].output_tokens, first[0].latency_ms) == (7, 5, 12.3)
    assert pairs[3].base.answers[0].outcome == "unscored:timeout"


def test_a_comparison_that_broke_off_asks_only_for_what_is_missing(tmp_path):
    file, questions = tmp_path / "answers.jsonl", [question(n) for n in range(4)]
    models = Models(*[None] * 6, ServiceError("gone", "expired"))
    with pytest.raises(ServiceError, match="gone"):
        asked(Answers(file, PLAN, questions), models, concurrency=1)
    assert len(models.asked) == 6
    with file.open("a") as sink:
        sink.write('{"id": "3", "mod')  # killed in the middle of a line
    again, more = Answers(file, PLAN, questions), Models()
    assert len(again.missing()) == 10
    asked(again, more)
    assert len(more.asked) == 10
    assert not {one[:3] for one in models.asked} & {one[:3] for one in more.asked}
    assert len(again.grade(Rewarder(grade))) == 4


def test_what_was_answered_beside_a_failure_is_kept(tmp_path):
    file, questions = tmp_path / "answers.jsonl", [question(n) for n in range(4)]
    with pytest.raises(ServiceError):
        asked(Answers(file, PLAN, questions), Models(ServiceError("no", "denied")), concurrency=8)
    assert len(Answers(file, PLAN, questions).missing()) == 16 - 7


def test_throttles_and_cuts_are_tried_again_ever_later(tmp_path):
    faults = [ServiceError("slow", "throttled"), ServiceError("cut", "network")]
    answers = Answers(tmp_path / "answers.jsonl", PLAN, [question(1)])
    assert asked(answers, Models(*faults), concurrency=1) == [1, 2]
    assert not answers.missing()
    stuck = Answers(tmp_path / "stuck.jsonl", PLAN, [question(1)])
    with pytest.raises(ServiceError, match="slow"):
        asked(stuck, Models(*[faults[0]] * 6), concurrency=1)


def test_nobody_waits_for_another_try_once_the_command_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("touchstone.workbench.jobs.compare.ask._FIRST_WAIT_S", 20.0)
    answers = Answers(tmp_path / "answers.jsonl", PLAN, [question(1)])
    models: Any = Models(ServiceError("slow", "throttled"))
    asking: Any = answers.ask(models, concurrency=2)
    next(asking)  # the other one of the two waits
    asking.close()  # as Ctrl-C does
    waiting = [one for one in threading.enumerate() if one.name.startswith("chat")]
    for thread in waiting:
        thread.join(timeout=5)
    assert not [thread for thread in waiting if thread.is_alive()]
    assert len(Answers(tmp_path / "answers.jsonl", PLAN, [question(1)]).missing()) == 3


def test_answers_to_other_questions_are_never_taken_for_these(tmp_path):
    file = tmp_path / "answers.jsonl"
    Answers(file, PLAN, [question(1)])
    with pytest.raises(CompareError, match="with other prompts") as caught:
        Answers(file, PLAN, [question(2)])
    assert "choose another -o" in caught.value.advice
    with pytest.raises(CompareError, match="with other tuned, k"):
        Answers(file, Plan("small", "other", 1, 0.7, 64), [question(1)])
    file.write_text("not json\n")
    with pytest.raises(CompareError, match="not a file of answers"):
        Answers(file, PLAN, [question(1)])


def test_answers_of_one_model_are_kept_where_the_other_never_answered(tmp_path):
    file, questions = tmp_path / "answers.jsonl", [question(n) for n in range(4)]
    models = Models(*[None] * 8, ServiceError("no such model", "invalid"))
    with pytest.raises(ServiceError):
        asked(Answers(file, PLAN, questions), models, concurrency=1)
    deployed, more = Answers(file, replace(PLAN, tuned="deployed-tuned"), questions), Models()
    asked(deployed, more)
    assert {one[0] for one in more.asked} == {"deployed-tuned"}
    assert len(deployed.grade(Rewarder(grade))) == 4
    with pytest.raises(CompareError, match="with other tuned"):
        Answers(file, PLAN, questions)  # it did answer, and was paid for


def test_prompts_are_read_as_rft_rows_with_names_of_their_own(tmp_path):
    file = tmp_path / "p.jsonl"
    rows = [{**question(n).row, "id": "same"} for n in range(2)] + [question(3).row]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = [one.id for one in read_questions(str(file), None)]
    assert names == ["same", "same (line 2)", "3"]
    assert len(read_questions(str(file), 2)) == 2
    file.write_text('{"messages": []}\n')
    with pytest.raises(CompareError, match=r"p\.jsonl:1: a row needs messages"):
        read_questions(str(file), None)
    file.write_text("")
    with pytest.raises(CompareError, match="no prompts"):
        read_questions(str(file), None)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"messages": ["hi"]}, r"messages\[0\] must be an object, not str"),
        ({"messages": [{"role": "user", "content": 5}]}, r"messages\[0\]\.content must be a str"),
        ({"messages": [{"content": "hi"}]}, r"messages\[0\]\.role must be a string"),
        ({"messages": [{"role": "user", "content": ["a", "b"]}]}, r"\[0\]\.content must be a str"),
        ({"messages": [{"role": "user", "content": "hi"}], "metadata": "x"}, "metadata must be an"),
        ({"messages": "hi"}, "a row needs messages"),
    ],
)
def test_a_row_that_no_model_can_be_asked_is_refused_by_its_line(tmp_path, row, said):
    sample_folder(tmp_path, steps=1)
    prompts = tmp_path / "p.jsonl"
    prompts.write_text(f"{json.dumps(question(1).row)}\n{json.dumps(row)}\n")
    with pytest.raises(CompareError, match=rf"p\.jsonl:2: .*{said}"):
        read_questions(str(prompts), None)
    args = ["job", "compare", str(tmp_path / "job.toml"), "--prompts", str(prompts)]
    result = CliRunner().invoke(main, [*args, "--tuned", "x"])
    assert (result.exit_code, "p.jsonl:2: " in result.stderr) == (2, True), result.output


def test_a_jobs_own_validations_are_compared_at_the_newest_step(tmp_path):
    folder = sample_folder(tmp_path, steps=1)
    pairs, step = pairs_of_folder(folder)
    assert step == 40
    assert len(pairs) == 48
    told = summarize(pairs)
    assert told.unscored == 1
    assert "better" in told.sentence
    assert [one.name for one in told.differences] == ["reward", "decision", "categories"]


def test_the_page_shows_both_and_runs_nothing(tmp_path):
    pairs, _ = pairs_of_folder(sample_folder(tmp_path, steps=1))
    html = compare_page(ABOUT, pairs, summarize(pairs))
    page = Page(html)
    assert html == compare_page(ABOUT, pairs, summarize(pairs))
    assert page.open == []
    assert not page.all("script")
    assert not page.all("img")
    assert not [attrs for _, attrs in page.elements if {"src", "href", "style"} & set(attrs)]
    assert "<script>window.pwned = 1</script>" in page.text
    assert not set("\u202e\x1b\x07") & set(html)
    assert {"scatter", "differences", "usage", "win", "loss", "unscored"} <= {
        attrs.get("id") for _, attrs in page.elements
    }


def test_pairs_are_written_one_a_line():
    (line,) = pairs_jsonl([pair(0.25, 0.5)]).splitlines()
    told = json.loads(line)
    assert told["verdict"] == "win"
    assert told["difference"] == 0.25
    assert told["tuned"][0]["reward"] == 0.5
