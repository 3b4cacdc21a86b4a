"""What an operator sees of a batch, and what the log never holds."""

import json

import pytest

from tests.support import EXACT, exact, reply_to, row, template
from touchstone.contract import parse
from touchstone.deadline import Deadline
from touchstone.observe import batch_metrics, cloudwatch, redact
from touchstone.outcome_policy import settle
from touchstone.outcomes import Grade, Metric
from touchstone.pipeline import answer
from touchstone.templates import load_grader
from touchstone.toolbox import Toolbox

SECRET = "my card is 4111 1111 1111 1111, mail ann.lee@example.com"


def metrics_of(event, grader=None):
    seen = {}

    def observe(batch, results):
        for name, value in batch_metrics(batch, results):
            seen.setdefault(name, []).append(value)

    reply_to(event, grader or exact(), observe=observe)
    return seen


def test_counts_close_and_groups_are_told_apart():
    event = [row("yes"), row("yes"), row("no", prompt="Other?"), row("yes", prompt="Other?")]
    seen = metrics_of([*event, row("yes", None)])
    assert (seen["Samples"], seen["Scored"], seen["Unscored"]) == ([5], [4], [1])
    assert seen["Unscored_bad_sample"] == [1]
    assert seen["Reward"] == seen["Criterion_exact_match"] == [1.0, 1.0, 0.0, 1.0]
    assert (seen["Groups"], seen["FlatGroups"]) == ([2], [1])


def test_a_group_that_differs_by_rounding_is_flat():
    def rounded(sample, settings, tools):
        return Grade(float(sample.completion), (Metric("exact_match", 1.0, "Reward"),))

    seen = metrics_of([row(str(0.1 + 0.2)), row("0.3")], template(rounded).customize())
    assert (seen["Groups"], seen["FlatGroups"]) == ([1], [1])


def test_spend_is_summed_over_the_batch():
    def costly(sample, settings, tools):
        spent = (Metric("judge_cost_usd", 0.25), Metric("judge_input_tokens", 100.0))
        return Grade(1.0, (Metric("exact_match", 1.0, "Reward"), *spent))

    seen = metrics_of([row("a"), row("b")], template(costly).customize())
    assert (seen["JudgeCostUsd"], seen["JudgeInputTokens"]) == ([0.5], [200.0])


@pytest.fixture
def logged(capsys, request):
    # A logger keeps the stream it was made with, so each test's has a name of its own.
    name = request.node.name[:40]

    def lines(event, *, record_text=False):
        batch = parse(event)
        grader = EXACT.customize()
        outcomes = [Grade(1.0, (Metric("exact_match", 1.0, "Reward"),)) for _ in batch.rows]
        watch = cloudwatch(name, "7", record_text=record_text)
        watch(batch, settle(batch, outcomes, grader.settings))
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return lines


def test_the_log_holds_metrics_and_a_record_per_row_but_no_text(logged):
    lines = logged([row(SECRET, "a secret reference", prompt="a secret prompt"), row("yes")])
    metrics = next(line for line in lines if "_aws" in line)
    assert metrics["Samples"] == [2.0]
    assert metrics["service"].startswith("test_the_log_holds")
    assert metrics["version"] == "7"
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service"], ["service", "version"]]
    records = [line for line in lines if line.get("message") == "rollout"]
    assert [record["reward"] for record in records] == [1.0, 1.0]
    assert records[0]["criteria"] == {"exact_match": 1.0}
    assert records[0]["prompt_hash"] != records[1]["prompt_hash"]
    text = json.dumps(lines)
    for private in ("secret", "4111", "ann.lee", "card"):
        assert private not in text


def test_texts_are_recorded_only_when_opted_in_and_then_redacted(logged):
    lines = logged([row(SECRET)], record_text=True)
    record = next(line for line in lines if line.get("message") == "rollout")
    assert record["completion"] == "my card is <number>, mail <e-mail address>"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("call +47 22 33 44 55 now", "call <phone number> now"),
        ("number 12345678 of 4111-1111-1111-1111", "number <number> of <number>"),
        ("AKIAIOSFODNN7EXAMPLE", "<access key>"),
        ("3 apples and 12 pears in 2024", "3 apples and 12 pears in 2024"),
    ],
)
def test_redaction(text, redacted):
    assert redact(text) == redacted


@pytest.mark.parametrize(
    ("grader", "caged"),
    [
        (
            "code_verification",
            row("def f(x):\n    return x", {"entry_point": "f", "tests": ["assert f(1) == 1"]}),
        ),
        ("math_reasoning", row(r"\boxed{\sin(x)^2+\cos(x)^2+x}", "x+1")),
        ("technical-documentation", row("# A\nText.", {"code": "def f(a): return a"})),
    ],
)
def test_the_sandboxes_time_counts_once_whoever_used_it(grader, caged):
    made = load_grader(grader)
    toolbox = Toolbox.of(made)
    answer([caged], made, toolbox.tools(Deadline()))
    assert toolbox.sandbox_seconds() > 0.0 == toolbox.sandbox_seconds()
    toolbox.close()
