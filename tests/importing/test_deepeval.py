"""Metrics of DeepEval, read from a file that is never run."""

import json

import pytest

from tests.importing.jobs import lines
from touchstone.config import load_entries

HEAD = """
from deepeval.dataset import Golden
import deepeval.metrics as m
from deepeval.metrics import ExactMatchMetric, GEval as Judged, PatternMatchMetric
from deepeval.metrics import AnswerRelevancyMetric, BaseMetric, JsonCorrectnessMetric
from deepeval.metrics.g_eval import Rubric
from deepeval.test_case import LLMTestCase, LLMTestCaseParams as P
from pydantic import BaseModel

raise SystemExit("it was run")
"""
METRICS = (
    HEAD
    + """
STEPS = ["Compare the facts", "Punish " "omissions"]
METRICS = [
    Judged(name="Correct facts", evaluation_steps=STEPS, model="gpt-4o-mini", threshold=0.7,
           evaluation_params=[P.INPUT, P.ACTUAL_OUTPUT, P.EXPECTED_OUTPUT],
           rubric=[Rubric(score_range=(6, 10), expected_outcome="Right."),
                   Rubric(score_range=(2, 5), expected_outcome="Half right.")]),
    ExactMatchMetric(),
    m.PatternMatchMetric(r"\\d+ (km|m) ", ignore_case=True),
]

def test_it():
    case = LLMTestCase(input="How far?", actual_output=app("How far?"), expected_output="3 km")
    other = LLMTestCase(input=ask(), actual_output="x")

GOLDENS = [Golden(input="And back?", expected_output="4 km", actual_output="4 KM", context=["a"])]
"""
)


def scores(entries):
    return [
        {metric["name"]: metric["value"] for metric in entry["metrics_list"]} for entry in entries
    ]


def test_metrics_become_a_grader_and_test_cases_rows(bring, run, tmp_path):
    made = bring(METRICS, "--judge", "offline", file="test_app.py")
    assert made.exit_code == 0, made.output
    assert "correct_facts: gpt-4o-mini is replaced by offline" in made.output
    assert "test cases are left out, which only running would tell: lines 24" in made.output
    code = (tmp_path / "rewards" / "mine.py").read_text()
    assert code.count('"label"') == 9  # 2 to 10
    assert "2-5: Half right." in code
    assert "2. Punish omissions" in code
    told = (tmp_path / "rewards" / "mine.cases.jsonl").read_text().splitlines()
    assert [json.loads(line)["messages"][-1]["content"] for line in told] == [
        "3 km", "4 km", "4 km", "3 km", "4 KM",
    ]  # fmt: skip
    run("grade", "mine", "rewards/mine.cases.jsonl", "-o", "out.jsonl")
    graded = scores(map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines()))
    assert [one["exact_match"] for one in graded] == [1, 0, 1, 0, 0]
    assert [one["pattern_match"] for one in graded] == [1, 1, 1, 1, 1]


def test_goldens_of_a_dataset_are_rows(bring, tmp_path):
    goldens = [{"input": "a?", "expectedOutput": "A", "actualOutput": " A", "context": None},
               {"input": "b?", "expectedOutput": "B", "sourceFile": "x"}]  # fmt: skip
    (tmp_path / "goldens.json").write_text(json.dumps(goldens, indent=1))
    (tmp_path / "goldens.csv").write_text("input,expected_output,actual_output\na?,A, A\nb?,B,\n")
    (tmp_path / "goldens.jsonl").write_text(lines(goldens))
    metric = HEAD + "M = ExactMatchMetric()\n"
    for kind in ("json", "csv", "jsonl"):
        made = bring(metric, "--rows", f"goldens.{kind}", name=kind, file="metrics.py")
        assert made.exit_code == 0, made.output
        told = (tmp_path / "rewards" / f"{kind}.cases.jsonl").read_text().splitlines()
        cases = [json.loads(line) for line in told]
        assert [case["expect"]["score"] for case in cases] == [1, 0, 1, 0, 1]
        assert cases[4]["messages"][0]["content"] == "a?"
        assert cases[4]["messages"][1]["content"].strip() == "A"


def test_criteria_alone_and_a_strict_verdict(bring, tmp_path):
    metric = HEAD + (
        'M = Judged("Kind", [P.ACTUAL_OUTPUT, P.RETRIEVAL_CONTEXT], "Is it kind?", '
        'strict_mode=True, model=AmazonBedrockModel(model_id="us.amazon.nova-pro-v1:0"))\n'
    )
    made = bring(metric, file="metrics.py")
    assert made.exit_code == 0, made.output
    assert "has criteria and no evaluation_steps" in made.output
    entry = load_entries(tmp_path / "graders.toml")["mine"]
    assert entry.settings["judge"] == "bedrock:us.amazon.nova-pro-v1:0"
    code = (tmp_path / "rewards" / "mine.py").read_text()
    assert '"label": "no"' in code
    assert "{{ item.retrieval_context }}" in code


SCHEMA = (
    HEAD
    + """
from typing import Literal
KINDS = {"km": 1}
class Unit(BaseModel):
    kind: Literal["km", "m"]

@frozen
class Other: pass

class Answer(BaseModel):
    unit: Unit

M = JsonCorrectnessMetric(expected_schema=Answer)
"""
)


def test_a_schema_stays_the_class_that_it_is(bring, tmp_path):
    made = bring(SCHEMA, file="metrics.py")
    assert made.exit_code == 0, made.output
    assert "touchstone libraries install mine" in made.output
    code = (tmp_path / "rewards" / "mine.py").read_text()
    assert "class Unit(BaseModel)" in code
    assert "Other" not in code
    assert "deepeval" not in code
    space: dict = {}
    exec(code, space)
    grade = [
        space["grade"]({"output_text": text}, {})
        for text in ('{"unit": {"kind": "km"}}', '{"unit": {"kind": "mi"}}', "x")
    ]
    assert grade == [1.0, 0.0, 0.0]


REFUSED = [
    ("M = AnswerRelevancyMetric()\nclass Own(BaseMetric): pass\nN = ExactMatchMetric()",
     ["2 of 3 metrics do not map exactly", "metrics.py:11: AnswerRelevancyMetric: has no",
      "metrics.py:12: Own: decides by code of its own"]),
    ("def f(text):\n    return Judged(name='x', criteria=text, evaluation_params=[P.INPUT])",
     ["metrics.py:12: GEval.criteria: is not spelt out"]),
    ("M = Judged(**OPTIONS)", ["metrics.py:11: GEval: * and ** in a call"]),
    ("M = Judged(name='x', criteria='c', evaluation_params=[P.TAGS])",
     ["metrics.py:11: GEval.evaluation_params[0]: TAGS is none of INPUT"]),
    ("M = Judged(name='x', criteria='c', evaluation_params=[P.INPUT],\n"
     "  rubric=[Rubric(score_range=(0, 5), expected_outcome='a'),\n"
     "          Rubric(score_range=(5, 9), expected_outcome='b')])",
     ["metrics.py:12: GEval.rubric: its score ranges overlap"]),
    ("M = Judged(name='x', criteria='{{ x }}', evaluation_params=[P.INPUT])",
     ["metrics.py:11: GEval: holds {{"]),
    ("M = Judged(name='x', criteria='c', evaluation_params=[P.INPUT], evaluation_template=Mine)",
     ["metrics.py:11: GEval.evaluation_template: is a prompt of your own"]),
    ("M = PatternMatchMetric(pattern='(')", ["PatternMatchMetric.pattern: no regular expression"]),
    ("M = JsonCorrectnessMetric(expected_schema=elsewhere.Answer)",
     ["expected_schema: must be a class that the file defines"]),
    ("M = ExactMatchMetric(compute_f1=True)", ["ExactMatchMetric.compute_f1: gives parts"]),
    ("M = Judged(name='x', criteria='c', evaluation_params=[P.INPUT], model=mine())",
     ["metrics.py:11: GEval.model: no judge of Bedrock is known for 'mine()'"]),
    ("print('no metric')", ["metrics.py: holds no metric of DeepEval"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "said"), REFUSED, ids=[said[0][:40] for _, said in REFUSED])
def test_what_cannot_be_read_is_named_with_its_line(bring, tmp_path, code, said):
    refused = bring(HEAD + code, file="metrics.py")
    assert refused.exit_code == 2, refused.output
    for one in said:
        assert one in refused.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["metrics.py"]
