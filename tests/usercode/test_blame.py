"""A function that some completions alone make fail: their own doing, told by a harmless one."""

import pytest

from tests.usercode.grading import SANDBOX, replies, row, written
from touchstone import contract
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.observe import rollout_record
from touchstone.pipeline import answer
from touchstone.templates import load_grader

READS = """
import re
def reward(sample):
    if sample.completion == "hang":
        while True:
            pass
    if sample.completion == "bomb":
        return len("x" * 10 ** 12)
    if sample.completion == "text":
        return "much"
    if sample.completion == "none":
        return None
    return 1 / len(re.findall("y", sample.completion))
"""
BAD = ["raises", "hang", "bomb", "text"]
LIMITS = "row_s = 0.5\nbounds = [-1.0, 1.0]"


def ended(reply):
    return reply["outcome"], reply["aggregate_reward_score"]


@pytest.mark.parametrize("bad", BAD)
def test_what_one_completion_breaks_is_scored_at_the_lower_bound(tmp_path, bad):
    good, broken = replies(tmp_path, READS, [row("yy"), row(bad)], settings=LIMITS)
    assert ended(good) == ("scored", 0.5)
    assert ended(broken) == ("scored", -1.0)
    assert "user_code_error" in broken["reason"]
    assert "provoked_fault" in {m["name"] for m in broken["metrics_list"]}


def test_the_reason_has_the_traceback_of_the_users_lines(tmp_path):
    _, raised = replies(tmp_path, READS, [row("yy"), row("raises")])
    assert "mine.py:13 in reward: return 1 / len(re.findall" in raised["reason"]
    assert "ZeroDivisionError: division by zero" in raised["reason"]


def test_the_record_has_the_place_and_a_hash_and_no_text(tmp_path):
    code = """
    def reward(sample):
        if sample.completion != "yes":
            raise ValueError(sample.completion)
        return 1.0
    """
    seen = []
    grader = load_grader("mine", written(tmp_path, code))
    rows = [row("yes"), row("private words")]
    answer(rows, grader, Tools(Deadline(), SANDBOX), observe=lambda *shown: seen.append(shown))
    ((batch, results),) = seen
    record = rollout_record(batch.rows[1], results[1], "1")
    assert record["outcome"] == "scored"
    assert "mine.py:4 in reward raised ValueError (traceback " in record["fault"]
    assert "private words" not in str(record)


@pytest.mark.parametrize("form", ["lambda_handler(event, context)", "f(completions, **columns)"])
def test_the_harmless_completion_reaches_every_form(tmp_path, form):
    said = {
        "l": 'event[0]["messages"][-1]["content"]',
        "f": "completions[0]",
    }[form[0]]
    back = '[{"id": event[0]["id"], "aggregate_reward_score": 1.0}]' if form[0] == "l" else "[1.0]"
    code = f"def {form}:\n    assert {said} == 'yes', {said}\n    return {back}\n"
    _, broken = replies(tmp_path, code, [row("yes"), row("no")])
    assert ended(broken) == ("scored", 0.0)


def test_a_row_that_is_declined_takes_no_more_than_its_lowest_sibling(tmp_path):
    texts = ["y", "yy", "yyyyy", "none"]
    declined = replies(tmp_path, READS, [row(text) for text in texts])[-1]
    assert declined["outcome"] == "unscored:user_code_error"
    assert declined["aggregate_reward_score"] == 0.2


def test_a_function_that_breaks_on_the_reference_too_scores_nobody(tmp_path):
    code = "def reward(sample):\n    return float(sample.fields['missing'])\n"
    for reply in replies(tmp_path, code, [row("yes"), row("no")]):
        assert reply["outcome"] == "unscored:user_code_error"


def test_a_file_that_cannot_be_loaded_is_no_completion_s_doing(tmp_path):
    seen = []
    grader = load_grader("mine", written(tmp_path, "X = int('x')\ndef reward(sample): return 1.0"))
    with pytest.raises(Exception, match="could not be scored"):
        answer([row("a")], grader, Tools(Deadline(), SANDBOX),
               observe=lambda _batch, results: seen.extend(results))  # fmt: skip
    assert seen[0].outcome.blame == "ours"


def test_all_that_a_row_executes_has_one_wall_of_time(tmp_path, monkeypatch):
    monkeypatch.setattr("touchstone.usercode.capabilities.MAX_RUN_S", 1.0)
    code = """
    def reward(sample):
        ends = []
        for _ in range(3):
            runs = sample.execute("def f(x):\\n    while x: pass", function="f", calls=[[1], [0]],
                                  timeout_s=0.7)
            ends += [run["status"] for run in runs]
        return {"reward": 0.5, "reason": " ".join(ends)}
    """
    entry = 'capabilities = ["execute"]'
    (reply,) = replies(tmp_path, code, [row("x")], entry)
    assert reply["reason"].split()[2:] == ["timed_out"] * 4


def test_another_completion_leaves_the_rest_of_the_row_as_it_came():
    sample = contract.parse([row("no", mine=1)]).rows[0]
    assert isinstance(sample, contract.Sample)
    other = contract.with_completion(sample, "yes")
    again = contract.parse([other.raw]).rows[0]
    assert isinstance(again, contract.Sample)
    assert (again.completion, again.prompt) == ("yes", sample.prompt)
    assert (again.reference, again.fields, again.id) == ("yes", {"mine": 1}, "r")


EXECS = """
def reward(completions, **columns):
    try:
        exec(completions[0], {})
    except Exception:
        return [0.0]
    return [1.0]
"""


@pytest.mark.parametrize(
    "completion", ["raise SystemExit", "import os; os._exit(0)", "raise KeyboardInterrupt"]
)
def test_a_completion_that_ends_a_function_earns_nothing_by_it(tmp_path, completion):
    asked = [row("x = 1", id="a"), row(completion, id="b")]
    rewards = [
        r["aggregate_reward_score"] for r in replies(tmp_path, EXECS, asked, 'policy = "full"')
    ]
    assert rewards == [1.0, 0.0]
