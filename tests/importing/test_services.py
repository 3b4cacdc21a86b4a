"""Rewards of Gemini's tuning, promptfoo's assertions, and reward files of a Lambda."""

import json
from typing import Any

import pytest

from tests.importing.jobs import ROWS, scorer
from touchstone.config import load_entries

CODE = """def evaluate(example, response):
    text = response["parts"][0]["text"]
    asked = example["contents"][0]["parts"][0]["text"]
    assert example["contents"][0]["role"] == "user" and asked
    return 5.0 if text == example["references"]["answer"] else -0.5
"""
REFERENCES = [
    {"contents": [{"role": "user", "parts": [{"text": row["messages"][0]["content"]}]}],
     "references": {"answer": row["answer"]}}
    for row in ROWS
]  # fmt: skip
ROW = {**ROWS[0], "reference_answer": {"answer": "Oslo"}}


def match(operation="EXACT_MATCH", expression="{{references.answer}}", **more):
    return {
        "rewardName": "match",
        "stringMatchRewardScorer": {
            "correctAnswerReward": 1, "wrongAnswerReward": -1,
            "stringMatchExpression": {"matchOperation": operation, "expression": expression},
        }, **more,
    }  # fmt: skip


def scores(entries):
    assert {entry["outcome"] for entry in entries} == {"scored"}
    return [entry["aggregate_reward_score"] for entry in entries]


def test_rewards_of_many_digits_are_the_bounds_that_they_reach(bring, grade, tmp_path):
    config = match(expression="Oslo")
    config["stringMatchRewardScorer"] |= {
        "correctAnswerReward": 0.1234564, "wrongAnswerReward": -0.1234567
    }  # fmt: skip
    made = bring(config)
    assert made.exit_code == 0, made.output
    assert scores(grade("Oslo", "Bergen")) == [0.1234564, -0.1234567]
    made = bring(scorer("{{ sample.output_text }}", range=[0.1, 0.3]), name="judged")
    assert made.exit_code == 0, made.output
    written: dict[str, Any] = {}
    exec((tmp_path / "rewards" / "judged.py").read_text(), written)
    for value, reward in ((0.0, 0.1), (1.0, 0.3)):
        judge = {"values": {"judged": value, "helpful": value}}
        assert written["grade"]({"output_text": "Oslo"}, {}, lambda *_, v=judge, **__: v) == reward


def test_a_composite_of_gemini_is_the_mean_by_its_weights(bring, grade, tmp_path):
    extract = {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<ans>(.*?)</ans>"}
    field = {
        "stringMatchRewardScorer": {
            "correctAnswerReward": 3,
            "jsonMatchExpression": {
                "keyName": "city",
                "valueStringMatchExpression": {
                    "matchOperation": "REGEX_CONTAINS",
                    "expression": "^{{references.answer}}$",
                },
            },
        }
    }
    configs = [
        (2, match(parseResponseConfig=extract)), (1, match("PARTIAL_MATCH")), (0.5, field),
        (0.5, {"codeExecutionRewardScorer": {"pythonCodeSnippet": CODE}}),
        (0.5, {"code_execution_reward_scorer": {"python_code_snippet": CODE}}),
    ]  # fmt: skip
    made = bring({"compositeRewardConfig": {"weightedRewardConfigs": [
        {"weight": weight, "rewardConfig": config} for weight, config in configs
    ]}}, rows=REFERENCES)  # fmt: skip
    assert made.exit_code == 0, made.output
    assert load_entries(tmp_path / "graders.toml")["mine"].settings["bounds"] == pytest.approx(
        [(-2 - 1 + 0 - 0.5 - 0.5) / 4.5, 1.0]
    )
    texts = ("<ans>Oslo</ans>", "Oslo", '{"city": "Oslo"}', "Bergen", "<ans></ans>")
    assert scores(grade(*texts, row=ROW)) == pytest.approx([
        (2 + 1 + 0 - 0.25 * 2) / 4.5, (-2 + 1 + 0 + 0.5 * 2) / 4.5,
        (-2 + 1 + 0.5 - 0.25 * 2) / 4.5, (-2 - 1 - 0.25 * 2) / 4.5, (-2 - 1 - 0.25 * 2) / 4.5,
    ], abs=1e-9)  # fmt: skip


def test_an_autorater_becomes_a_judge(bring, grade, tmp_path):
    rater = {"autoraterScorer": {
        "autoraterConfig": {"autoraterModel": "projects/p/publishers/google/models/gemini-2-flash"},
        "autoraterPrompt": "{{prompt}} {{response}} {{references.answer}}",
        "exactMatchScorer": {"correctAnswerReward": 1, "wrongAnswerReward": -1,
                             "expression": "{{references.answer}}"},
    }}  # fmt: skip
    made = bring({"singleRewardConfig": rater}, rows=REFERENCES)
    assert made.exit_code == 0, made.output
    entry = load_entries(tmp_path / "graders.toml")["mine"]
    assert "haiku" in entry.settings["judge"]
    assert entry.settings["bounds"] == [-1.0, 1.0]
    toml = tmp_path / "graders.toml"
    toml.write_text(toml.read_text().replace(entry.settings["judge"], "offline"))
    assert set(scores(grade("Oslo", row=ROW))) <= {-1.0, 1.0}


PROMPTFOO = [
    ({"type": "equals", "value": "{{answer}}"}, [1, 0, 0, 0]),
    ({"type": "not-equals", "value": "{{answer}}"}, [0, 1, 1, 1]),
    ({"type": "contains", "value": "{{answer}}"}, [1, 1, 0, 0]),
    ({"type": "icontains", "value": "{{answer}}"}, [1, 1, 1, 0]),
    ({"type": "starts-with", "value": "In"}, [0, 1, 0, 0]),
    ({"type": "regex", "value": "^O.*o$"}, [1, 0, 0, 0]),
    ({"type": "contains-any", "value": ["oslo", "In"]}, [0, 1, 1, 0]),
    ({"type": "icontains-all", "value": "in, {{answer}}"}, [0, 1, 0, 0]),
    ({"type": "is-json"}, [0, 0, 0, 1]),
    ({"type": "is-json", "value": {"required": ["a"]}}, [0, 0, 0, 1]),
    ({"type": "not-levenshtein", "value": "{{answer}}", "threshold": 1}, [0, 1, 0, 1]),
]


def test_assertions_of_promptfoo_are_what_they_were(bring, grade):
    kinds = [assertion for assertion, _ in PROMPTFOO]
    made = bring({"defaultTest": {"assert": kinds}})
    assert made.exit_code == 0, made.output
    entries = grade("Oslo", "In Oslo", "oslo", '{"a": 1}')
    for place, (assertion, wanted) in enumerate(PROMPTFOO):
        got = [entry["metrics_list"][place + 1]["value"] for entry in entries]
        assert got == wanted, assertion
    assert scores(entries) == pytest.approx(
        [sum(w[n] for _, w in PROMPTFOO) / len(PROMPTFOO) for n in range(4)]
    )


LAMBDA = """import json


def lambda_handler(event, context):
    return [
        {"id": row["id"], "aggregate_reward_score":
         float(row["messages"][-1]["content"] == row["metadata"]["answer"]), "metrics_list": []}
        for row in event
    ]
"""


def test_a_lambda_s_file_stays_as_it_is(bring, grade, tmp_path):
    code = LAMBDA.replace('row["metadata"]', 'row.get("metadata", row)')
    made = bring(code, file="lambda_reward.py")
    assert made.exit_code == 0, made.output
    assert (tmp_path / "rewards" / "mine.py").read_text() == code
    assert scores(grade("Oslo", "Bergen")) == [1.0, 0.0]


ARN = "arn:aws:lambda:us-east-1:123456789012:function:reward"
REFUSED = [
    ({"graderConfig": {"lambdaGrader": {"lambdaArn": ARN}}},
     f"$.graderConfig.lambdaGrader.lambdaArn: names the function {ARN}"),
    ({"cloudRunRewardScorer": {"cloudRunUri": "https://x"}},
     "$.cloudRunRewardScorer: a Cloud Run scorer"),
    (match("SAME"), "matchOperation: 'SAME' is none of EXACT_MATCH"),
    (match(expression="{{prompt}}"), "expression: {{prompt}} is no placeholder"),
    (match(parseResponseConfig={"parseType": "REGEX_EXTRACT", "regexExtractExpression": "("}),
     "$.parseResponseConfig.regexExtractExpression: no regular expression"),
    ({"weightedRewardConfigs": [{"weight": 0, "rewardConfig": match()}]}, "weight: must be above"),
    ([{"type": "equals", "value": "x"}, {"type": "llm-rubric", "value": "kind"},
      {"type": "is-json", "value": {"type": "text"}}],
     "1 of 3 assertions do not map exactly:\n  grader.json:1: $[2].type: is-json: its schema is "
     "not decided alike: /type must be of null"),
    ([{"type": "contains-json"}], "contains-json: reads what stands between braces as YAML"),
    ([{"type": "equals", "value": {"a": 1}}], "$[0].type: equals: compares an object"),
]  # fmt: skip


@pytest.mark.parametrize(("grader", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_what_has_no_counterpart_is_named(bring, tmp_path, grader, said):
    refused = bring(json.dumps(grader))
    assert refused.exit_code == 2, refused.output
    assert said in refused.output
    assert not (tmp_path / "graders.toml").exists()
