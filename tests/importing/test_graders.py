"""Graders of OpenAI and Azure: what each kind becomes, and that it gives what it gave."""

import ast
import json
import math
import random

import pytest

from tests.importing.jobs import (
    OUTPUT,
    PYTHON,
    ROWS,
    SIX,
    check,
    job,
    labeler,
    multi,
    python,
    scorer,
    similar,
)  # fmt: skip
from touchstone.config import load_entries
from touchstone.scoring.formula import Formula, FormulaError
from touchstone.workbench.graders.importing.formulas import in_python, range_of


def scores(entries):
    return [e["aggregate_reward_score"] if e["outcome"] == "scored" else None for e in entries]


def test_an_exported_job_becomes_a_grader_whose_golden_cases_hold(bring, run, tmp_path):
    grader = multi("0.8 * exact + 0.2 * close", exact=check(), close=similar())
    made = bring(job(grader), name="capitals", rows=ROWS)
    assert made.exit_code == 0, made.output
    assert "prove it: touchstone check capitals" in made.output
    cases = tmp_path / "rewards" / "capitals.cases.jsonl"
    wanted = [json.loads(line)["expect"]["score"] for line in cases.read_text().splitlines()]
    assert wanted[::2] == [1.0, 1.0, 1.0]
    assert max(wanted[1::2]) < 0.1
    graded = run("grade", "capitals", cases)
    assert graded.exit_code == 0, graded.output
    assert "differs" not in (tmp_path / "rewards" / "capitals.import.md").read_text()


def test_by_default_it_is_called_as_it_was_there(bring, run, tmp_path):
    made = bring(job(SIX), "--judge", "offline", name="")
    assert made.exit_code == 0, made.output
    assert list(load_entries(tmp_path / "graders.toml")) == ["capital-answers"]
    assert "'Capital answers' of OpenAI" in run("graders", "list").output


def test_six_graders_are_one_readable_file(bring, grade, tmp_path):
    made = bring(job(SIX), "--judge", "offline")
    assert made.exit_code == 0, made.output
    code = (tmp_path / "rewards" / "mine.py").read_text()
    assert "".join(f"    {line}\n" for line in PYTHON.splitlines()[-3:]) in code
    assert {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)} == {
        "exact", "names", "close", "short_source", "helpful", "tone", "grade",
    }  # fmt: skip
    right, wrong, long = grade("Oslo", "Bergen", "Oslo " * 30, reference_answer="Oslo")
    assert right["aggregate_reward_score"] > 0.9
    assert [wrong["aggregate_reward_score"], long["aggregate_reward_score"]] == [0.0, 0.0]
    values = {metric["name"]: metric["value"] for metric in long["metrics_list"]}
    assert (values["names"], values["short"], values["exact"]) == (1.0, 0.0, 0.0)
    entry = load_entries(tmp_path / "graders.toml")["mine"]
    assert (entry.policy, entry.capabilities, entry.deployed) == ("restricted", ("judge",), False)


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [("eq", [1, 0, 0, 0, 0]), ("ne", [0, 1, 1, 1, 1]), ("like", [1, 1, 0, 0, 0]),
     ("ilike", [1, 1, 1, 0, 0])],
)  # fmt: skip
def test_a_string_check_is_exact(bring, grade, operation, wanted):
    assert bring(check(operation)).exit_code == 0
    assert scores(grade("Oslo", "Not Oslo ", "OSLO", "Bergen", "")) == wanted


def test_what_is_put_in_is_never_filled_in_again(bring, grade):
    assert bring(check("like", reference="{{item.answer}}{{ item.facts.all[1] }}")).exit_code == 0
    row = {**ROWS[0], "answer": "{{ item.facts.short }}"}
    tricks = ("{{ item.answer }}{{ item.facts.all[1] }}", "ONorway", "{{ item.facts.short }}Norway")
    assert scores(grade(*tricks, row=row)) == [0, 0, 1]


def test_a_completion_without_what_is_named_gets_the_lowest_and_is_scored(bring, grade):
    text = "{{ sample.output_json.place['the name'] }}"
    made = multi("a + b", a=check("ne", text=text, reference="x"), b=check(text=text))
    assert bring(made).exit_code == 0
    texts = ('{"place": {"the name": "Oslo"}}', '{"place": "Oslo"}', "Oslo", "[]", "[" * 9000)
    assert scores(grade(*texts)) == [2, 0, 0, 0, 0]


def test_a_row_without_what_is_named_is_unscored(bring, grade):
    assert bring(check(reference="{{ item.facts.long }}")).exit_code == 0
    (entry,) = grade("Oslo")
    assert entry["outcome"] == "unscored:user_code_error"
    assert "LookupError" in entry["reason"]


def test_a_reference_that_is_json_in_a_text_is_both(bring, grade):
    whole, part = "{{ item.reference_answer }}", "{{ item.reference_answer.n[1] }}"
    made = multi("a + 2 * b", a=check(reference=whole), b=check(reference=part))
    assert bring(made).exit_code == 0
    text = '{"n":[1,2]}'
    for more in ({"reference_answer": text}, {"metadata": {"reference_answer": {"text": text}}}):
        assert scores(grade(text, "2", '{"n": [1, 2]}', **more)) == [1, 2, 0]
    assert scores(grade('{"n": [1, 2]}', "2", reference_answer=json.loads(text))) == [1, 2]


def test_an_answer_of_the_rows_own_that_earns_nothing_is_told(bring):
    made = bring(check("eq", reference="The {{ item.answer }}"), rows=ROWS)
    assert made.exit_code == 0, made.output
    assert "right-1: the row's own answer earns 0" in made.output


def test_calls_of_tools_are_read(bring, grade, run, tmp_path):
    named = "{{ sample.output_tools[0].function.name }}"
    assert bring(check(text=named, reference="look_up")).exit_code == 0
    call = {"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    turns = [*ROWS[0]["messages"], {"role": "assistant", "content": None, "tool_calls": [call]}]
    (tmp_path / "one.jsonl").write_text(json.dumps({**ROWS[0], "messages": turns}) + "\n")
    run("grade", "mine", "one.jsonl", "-o", "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl").read_text())["aggregate_reward_score"] == 1.0
    assert scores(grade("look_up")) == [0.0]


def test_a_program_alone_stays_as_it_is(bring, tmp_path):
    assert bring(python()).exit_code == 0
    assert (tmp_path / "rewards" / "mine.py").read_text() == PYTHON


LINES_IN_TEXTS = """TEXT = 'a\\
b'
F = f\'\'\'{1}
 x\'\'\'

def grade(sample, item):
\treturn 1.0 if (TEXT, F) == ('ab', '1\\n x') else 0.0
"""
CLASSES = """from math import floor
class A:
  b = \'\'\'
\'\'\'
  def c(self): return len(self.b)
def grade(sample, item): return floor(A().c())
"""
HALVES = "def twice(x):\n    return 2 * x\n\ndef grade(sample, item):\n    return twice(0.5)"


@pytest.mark.parametrize("source", [LINES_IN_TEXTS, CLASSES, HALVES.replace("\n", "\r\n")])
def test_a_program_among_others_means_what_it_meant(bring, grade, source):
    made = bring(multi("a * b", a=python(source), b=check()))
    assert made.exit_code == 0, made.output
    assert scores(grade("Oslo")) == [1]


def test_a_program_that_the_policy_refuses_gets_all_of_python_and_its_libraries(bring, tmp_path):
    source = "import os\nimport yaml\ndef grade(sample, item):\n    return float(bool(os.sep))\n"
    made = bring(python(source))
    assert made.exit_code == 0, made.output
    entry = load_entries(tmp_path / "graders.toml")["mine"]
    assert entry.policy == "full"
    assert entry.settings["libraries"] == ["pyyaml==6.0.2"]
    assert "touchstone libraries install mine" in made.output


def test_a_model_that_scores_becomes_a_rubric_where_its_settings_say_all(bring, grade, tmp_path):
    made = bring(scorer(range=[1, 5], sampling_params={"temperature": 0.2, "top_p": 1}))
    assert made.exit_code == 0, made.output
    entry = load_entries(tmp_path / "graders.toml")["mine"]
    assert entry.template == "rubric"
    assert entry.settings["bounds"] == [1.0, 5.0]
    assert entry.settings["judge"].startswith("bedrock:")
    assert entry.settings["judge_options"] == {"temperature": 0.2}
    assert "[CONTEXT REFERENCE REPLY]" in entry.settings["instructions"]
    assert OUTPUT not in entry.settings["instructions"]
    labels = [level["label"] for level in entry.settings["criteria"][0]["levels"]]
    assert labels == ["1", "2", "3", "4", "5"]
    assert "top_p has no counterpart" in made.output
    toml = tmp_path / "graders.toml"
    toml.write_text(toml.read_text().replace(entry.settings["judge"], "offline"))
    right, empty = grade("Oslo", " ", reference_answer="Oslo")
    assert right["outcome"] == "scored"
    assert 1 <= right["aggregate_reward_score"] <= 5
    assert empty["aggregate_reward_score"] == 1


def test_labels_that_pass_are_worth_one_and_others_nothing(bring, grade, tmp_path):
    made = bring(labeler(passing_labels=["plain", "wordy"]), "--judge", "offline")
    assert made.exit_code == 0, made.output
    tree = ast.parse((tmp_path / "rewards" / "mine.py").read_text())
    rubric = next(n.value for n in tree.body if isinstance(n, ast.Assign))
    levels = ast.literal_eval(rubric)["criteria"][0]["levels"]
    assert {level["label"]: level["value"] for level in levels} == {
        "rude": 0.0, "plain": 1.0, "wordy": 1.0,
    }  # fmt: skip
    assert set(scores(grade("Oslo.", "Oslo"))) <= {0.0, 1.0}


def test_the_criteria_of_an_eval_are_joined_to_their_mean(bring, grade):
    made = bring({"object": "eval", "testing_criteria": [
        check(), check("like", pass_threshold=0.5), {**similar(), "name": "max"},
    ]})  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "the reward is their mean" in made.output
    assert scores(grade("Oslo", "Oslo!", "x")) == pytest.approx([1, (0 + 1 + 8 / 9) / 3, 0])


FORMULAS = [
    "a + b", "a - b / 2", "-a * 3 + 1", "min(a, b, 0.5)", "max(a, 0.25) ^ 2", "abs(a - b)",
    "floor(3 * a) / 3", "ceil(a)", "exp(a) - 1", "sqrt(a * b)", "log(1 + a)", "2 ^ a",
    "a / (1 + b)",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_in_python_has_its_value_within_its_bounds(text):
    formula = Formula.parse(text)
    low, high = range_of(formula, {"a": (0, 1), "b": (0, 1)})
    code = compile(in_python(formula, {"a": "x", "b": "y"}), "", "eval")
    seen, draw = [], random.Random(3)
    for _ in range(300):
        a, b = draw.choice([0, 1, draw.random()]), draw.choice([0, 1, draw.random()])
        value = eval(code, {"math": math, "scores": {"x": a, "y": b}})
        assert value == pytest.approx(formula.value({"a": a, "b": b}), abs=1e-12)
        seen.append(value)
    assert (min(seen), max(seen)) == pytest.approx((low, high), abs=0.51)
    assert low - 1e-12 <= min(seen)
    assert max(seen) <= high + 1e-12


def test_a_sum_of_weights_that_is_not_quite_one_stays_within_its_bounds(bring, grade, tmp_path):
    weights = [0.2, 0.4, 0.3, 0.1]
    formula = " + ".join(f"{weight} * g{n}" for n, weight in enumerate(weights))
    assert sum(weights) != 1.0
    assert bring(multi(formula, **{f"g{n}": check() for n in range(4)})).exit_code == 0
    assert "bounds" not in (tmp_path / "graders.toml").read_text()
    assert scores(grade("Oslo")) == [1.0]


@pytest.mark.parametrize("text", ["1 / a", "log(a)", "sqrt(a - b)", "(a - 1) ^ b", "0 ^ (0 - a)"])
def test_a_formula_that_may_have_no_value_has_no_bounds(text):
    with pytest.raises(FormulaError):
        range_of(Formula.parse(text), {"a": (0, 1), "b": (0, 1)})


def test_names_that_python_keeps_for_itself_are_no_trouble(bring, grade):
    names = ("grade", "sample", "import", "scores", "filled", "max", "1st", "é!")
    graders = [{**check(), "name": name} for name in names]
    made = bring({"testing_criteria": graders})
    assert made.exit_code == 0, made.output
    assert scores(grade("Oslo", "Bergen")) == [1, 0]
