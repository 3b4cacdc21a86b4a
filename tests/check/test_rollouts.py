"""Probes that look at rollouts which the rows bring: signal, people, second, cost."""

import json

import pytest

from tests.check.conftest import by_probe

LENGTHY = "def reward(sample):\n    return min(1.0, len(sample.completion) / 100)\n"
NAMED_AND_SHORT = """
def reward(sample):
    named = float(sample.reference.lower() in sample.completion.lower())
    short = float(len(sample.completion) < 20)
    return {"criteria": {"named": named, "short": short}}
"""
HALVES = "weights = {named = 0.5, short = 0.5}\n"
EXACT = "def reward(sample):\n    return float(sample.completion == sample.reference)\n"


@pytest.fixture(autouse=True)
def of_rollouts(only):
    only("signal", "people", "second", "cost")


def rollouts(answers, prompts=12, **fields):
    """Rows of several prompts, each with the same rollouts; a callable field gets its answer."""
    return [
        {
            "messages": [
                {"role": "user", "content": f"Name the capital, question {number}"},
                {"role": "assistant", "content": answer},
            ],
            "reference_answer": "Oslo",
            **{name: value(answer) for name, value in fields.items()},
        }
        for number in range(prompts)
        for answer in answers
    ]


def test_rollouts_that_differ_are_a_signal(check, mine, rows):
    found = check(mine(EXACT), rows(rollouts(["Oslo", "Lima"])))
    assert {found[f"signal:{part}"]["status"] for part in ("spread", "floor", "ceiling")} == {
        "holds"
    }


@pytest.mark.parametrize(
    ("answers", "part"), [(["Oslo", "Oslo"], "ceiling"), (["Lima", "Rome"], "floor")]
)
def test_rollouts_that_are_all_alike_teach_nothing(check, mine, rows, answers, part):
    found = check(mine(EXACT), rows(rollouts(answers, prompts=100)))
    assert found[f"signal:{part}"]["status"] == "falls_short"
    assert found["signal:spread"]["status"] == "falls_short"


def test_length_that_pays_is_told(check, mine, rows):
    found = check(mine(LENGTHY), rows(rollouts(["a", "a" * 20, "a" * 60])))
    assert found["signal:length"]["seen"]["value"] == 1
    assert "not only longer" in found["signal:length"]["said"]


def test_golden_cases_are_no_rollouts(shipped):
    found = by_probe(shipped("math_reasoning"))
    assert found["signal"]["status"] == found["people"]["status"] == "not_tried"
    assert found["cost"]["status"] == "holds"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (True, False), (5, 2), ("yes", "No"), ("chosen", "rejected"), ("better", "worse")
    ],
)  # fmt: skip
def test_a_grader_agrees_with_people_or_does_not(check, mine, rows, good, bad):
    name, answers, labels = mine(EXACT), ["Oslo", "Lima"], ("--labels", "human")
    liked = rollouts(answers, human={"Oslo": good, "Lima": bad}.get)
    hated = rollouts(answers, human={"Oslo": bad, "Lima": good}.get)
    agreed, denied = (check(name, rows(made), *labels)["people"] for made in (liked, hated))
    assert (agreed["status"], agreed["seen"]["agreement"]) == ("holds", 1)
    assert denied["status"] == "falls_short"
    assert denied["smallest"]["completion"] in answers


def test_no_grader_is_shown_the_marks(check, mine, rows):
    peeks = 'def reward(sample):\n    return float("human" in str(sample.fields) or 0.5)\n'
    found = check(mine(peeks), rows(rollouts(["Oslo", "Lim"], human=len)), "--labels", "human")
    assert found["people"]["seen"]["worst"][0]["row"].keys().isdisjoint({"human"})
    assert {one["reward"] for one in found["people"]["seen"]["worst"]} == {0.5}


def test_weights_that_agree_better_are_fitted_on_one_half_and_told_of_the_other(check, mine, rows):
    answers = ["Oslo", "Lima", "It is Oslo, as everybody knows", "It is Lima, as all know"]
    made = rollouts(answers, prompts=24, human=lambda answer: "Oslo" in answer)
    found = check(mine(NAMED_AND_SHORT, HALVES), rows(made), "--labels", "human")["people"]["seen"]
    assert found["criteria"] == {"named": 1, "short": 0.5}
    weights = found["weights"]
    assert weights["with"] == 1 > weights["without"]
    assert weights["weights"]["named"] > weights["weights"]["short"]


def test_the_worst_disagreements_name_their_cause(check, mine, rows):
    answers = ["Oslo", "Lima"]
    made = rollouts(answers, human=lambda answer: answer != "Oslo")
    worst = check(mine(NAMED_AND_SHORT, HALVES), rows(made), "--labels", "human")["people"]["seen"][
        "worst"
    ]
    assert len(worst) == 10
    assert all(one["cause"] in ("named", "short") and "away" in one for one in worst)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ([True, "chosen"], "different kinds"),
        ([1, 1], "the same"),
        (["meh", "yes"], "rows.jsonl:1: human: 'meh' is no mark"),
    ],
)
def test_marks_that_are_none_are_bad_input(run, mine, rows, marks, said):
    made = [row | {"human": mark} for row, mark in zip(rollouts(["a", "b"], 1), marks, strict=True)]
    result = run("check", mine(EXACT), rows(made), "--labels", "human")
    assert result.exit_code == 2
    assert said in result.output


def test_a_field_that_no_row_has_is_bad_input(run, mine, rows):
    result = run("check", mine(EXACT), rows(rollouts(["a"])), "--labels", "humans")
    assert result.exit_code == 2
    assert "no row has a field 'humans'" in result.output


def sums(completion, answer: object = "4", prompts=30):
    return [
        {
            "messages": [
                {"role": "user", "content": f"What is two and two, for the {number}. time?"},
                {"role": "assistant", "content": completion},
            ],
            "reference_answer": answer,
        }
        for number in range(prompts)
    ]


def test_a_second_checker_agrees_with_the_templates(check, rows):
    made = [*sums(r"\boxed{4}"), *sums("The answer is 5."), *sums(r"So it is $\frac{8}{2}$.")]
    found = check("math_reasoning", rows(made))["second"]
    assert found["status"] == "holds"
    assert found["failed"] == 0 < found["tried"]


DATA = {"expected": {"total": 4}}
CODE = {"entry_point": "double", "test_list": ["assert double(2) == 4", "assert double(0) == 0"]}
PROGRAM = "```python\ndef double(n):\n    return {}\n```"


@pytest.mark.parametrize(
    ("template", "reference", "right", "wrong"),
    [
        ("data_extraction", DATA, '{"total": 4.0}', '{"total": 5}'),
        ("code_verification", CODE, PROGRAM.format("2 * n"), PROGRAM.format("n * n + n")),
    ],
)
def test_a_second_checker_reads_what_the_template_reads(
    check, rows, template, reference, right, wrong
):
    made = [*sums(right, reference, 4), *sums(wrong, reference, 4)]
    found = check(template, rows(made))["second"]
    assert (found["tried"], found["failed"]) == (4, 0)
    assert found["seen"]["wrong_and_paid"] == []


def test_right_answers_that_a_grader_does_not_know_are_many(check, rows, tmp_path):
    strict = '[graders.strict]\ntemplate = "data_extraction"\n[graders.strict.settings]\n'
    limit = "max_completion_chars = 8\n"
    (tmp_path / "graders.toml").write_text(strict + limit)
    found = check("strict", rows(sums('{"total": 4}', DATA)))["second"]
    assert found["status"] == "falls_short"
    assert json.loads(json.dumps(found["seen"]["right_and_unpaid"]))[0]["completion"]
