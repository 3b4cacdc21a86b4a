"""compare tells the base and the tuned model apart by our own grader, and no more than it may."""

import json
import threading
from statistics import fmean

import pytest
from click.testing import CliRunner

from tests.jobs.sample_folder import JOB_TOML, sample_folder
from tests.jobs.test_report import Page
from workbench.cli import main
from workbench.jobs.compare.ask import Answers, CompareError, Plan, Question, read_questions
from workbench.jobs.compare.page import About, compare_page, pairs_jsonl
from workbench.jobs.compare.pairs import Answer, Pair, Side, pairs_of_folder
from workbench.jobs.compare.summary import summarize
from workbench.jobs.services.base import Chat, ServiceError
from workbench.stats import bootstrap, wilson

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
    assert "no difference" in told.sentence


@pytest.mark.parametrize(
    ("rewards", "word"), [((0.2, 0.6), "better"), ((0.6, 0.2), "worse"), ((0.5, 0.5), "no diff")]
)
def test_the_sentence_says_what_the_interval_bears(rewards, word):
    assert word in summarize([pair(*rewards)] * 20).sentence


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
    assert bootstrap([0.25] * 5, fmean).low == 0.25


def test_every_prompt_is_asked_of_both_and_graded_over_the_contract(tmp_path):
    questions = [question(n) for n in range(5)]
    answers, models = Answers(tmp_path / "answers.jsonl", PLAN, questions), Models()
    asked(answers, models)
    assert len(models.asked) == 5 * 2 * 2
    assert models.asked.count(("small-tuned", "What is 4?", 1, 0.7, 64)) == 1
    pairs = answers.grade(grade)
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
    assert len(again.grade(grade)) == 4


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


def test_answers_to_other_questions_are_never_taken_for_these(tmp_path):
    file = tmp_path / "answers.jsonl"
    Answers(file, PLAN, [question(1)])
    with pytest.raises(CompareError, match="with other prompts: choose another -o"):
        Answers(file, PLAN, [question(2)])
    with pytest.raises(CompareError, match="with other tuned, k"):
        Answers(file, Plan("small", "other", 1, 0.7, 64), [question(1)])
    file.write_text("not json\n")
    with pytest.raises(CompareError, match="not a file of answers"):
        Answers(file, PLAN, [question(1)])


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


def test_the_command_compares_what_the_job_kept(tmp_path):
    folder = sample_folder(tmp_path, steps=1)
    job = str(tmp_path / "job.toml")
    result = CliRunner().invoke(main, ["job", "compare", job, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["wins"] > 30
    assert told["win_rate"]["low"] < told["win_rate"]["share"] < told["win_rate"]["high"]
    assert len((folder.path / "compare" / "pairs.jsonl").read_text().splitlines()) == 48
    shown = CliRunner().invoke(main, ["job", "compare", job, "-o", str(tmp_path / "out")])
    assert "win rate" in shown.stdout
    assert (tmp_path / "out" / "compare.html").exists()


def test_the_command_asks_both_models_and_grades_with_the_jobs_grader(tmp_path, monkeypatch):
    for name in ("TOUCHSTONE_GRADER", "TOUCHSTONE_SETTINGS", "TOUCHSTONE_EXPLAIN"):
        monkeypatch.setenv(name, "")

    class Json(Models):
        def chat(self, model, messages, **options):
            super().chat(model, messages, **options)
            said = '{"city": "Bern"}' if "tuned" in model else '{"city": "Rome"}'
            return Chat(said, 9, 4, 20.0)

    models = Json()
    monkeypatch.setattr("workbench.jobs.services.service_of", lambda job, local: models)
    job, prompts = tmp_path / "job.toml", tmp_path / "prompts.jsonl"
    job.write_text(JOB_TOML.replace("content_moderation", "data_extraction"))
    row = {
        "messages": [{"role": "user", "content": "Where?"}],
        "reference_answer": {"city": "Bern"},
    }
    prompts.write_text(f"{json.dumps(row)}\n" * 3)
    args = ["job", "compare", str(job), "--prompts", str(prompts), "--tuned", "my-tuned", "--json"]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["wins"], told["unscored"]) == (3, 0)
    assert told["usage"]["tuned"]["output_tokens"] == 4
    assert {one[0] for one in models.asked} == {"us.amazon.nova-2-lite-v1:0", "my-tuned"}
    before = len(models.asked)
    assert CliRunner().invoke(main, args).exit_code == 0
    assert len(models.asked) == before  # every answer was kept


def test_what_cannot_be_compared_is_bad_input(tmp_path):
    folder = sample_folder(tmp_path, steps=1, evaluation=False, status="InProgress")
    job, prompts = str(tmp_path / "job.toml"), tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps(question(1).row) + "\n")
    for args, said in (
        ([], "kept no validations of both models"),
        (["--base", "x"], "need --prompts"),
        (["--prompts", str(prompts)], "no tuned model yet"),
        (["--prompts", str(tmp_path / "none"), "--tuned", "x"], "No such file"),
    ):
        result = CliRunner().invoke(main, ["job", "compare", job, *args])
        assert result.exit_code == 2
        assert said in result.stderr
    assert not (folder.path / "compare" / "pairs.jsonl").exists()


def test_pairs_of_which_none_is_scored_fall_short(tmp_path):
    folder = sample_folder(tmp_path, steps=1, evaluation=False)
    row = {
        "group": "g", "id": "i", "prompt": "p", "completion": "c", "reference_answer": None,
        "reward": None, "metrics": {}, "outcome": "unscored:timeout", "reason": "",
    }  # fmt: skip
    folder.add_evaluation([{"model": m, "step": s, **row} for m, s in (("base", 0), ("tuned", 1))])
    result = CliRunner().invoke(main, ["job", "compare", str(tmp_path / "job.toml")])
    assert result.exit_code == 1
    assert "nothing can be said" in " ".join(result.stdout.split())
