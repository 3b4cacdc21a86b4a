"""People's marks as data: their agreement, and the rows that `check` and `judge check` read."""

import json
from pathlib import Path

import pytest

from touchstone.workbench.runs.labels import Labels, in_turn
from touchstone.workbench.runs.store import FOLDER, find

PROMPTS = 12
# A grader with faults that a short check finds; only what people say of it matters here.
SHORT = """
def reward(sample):
    return float(sample.reference in sample.completion)
"""


@pytest.fixture
def graded(run, tmp_path):
    """A run of a right and a wrong answer to each prompt."""
    rows = [
        {
            "id": f"{number}-{said}",
            "messages": [
                {"role": "user", "content": f"{number} + {number}?"},
                {"role": "assistant", "content": f"It is {said}."},
            ],
            "reference_answer": str(2 * number),
            "expect": {"score": [0, 1]},
        }
        for number in range(PROMPTS)
        for said in (2 * number, 2 * number + 1)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("grade", "math_reasoning", "rows.jsonl")
    with find("last", FOLDER) as kept:
        return list(kept.rows())


def marked(rows, labeller, mark):
    labels = Labels(FOLDER)
    for row in rows:
        labels.give(row.same, str(row.n), labeller, mark(row), "a note <b>")
    return labels


def test_agreement_of_labellers_and_with_the_grader_is_told_with_its_interval(run, graded):
    marked(graded, "ana", lambda row: row.reward)
    marked(graded, "ben", lambda row: 1 - row.reward if row.n < 4 else row.reward)
    told = json.loads(run("runs", "labels", "--json").stdout)
    assert [(one["first"], one["second"]) for one in told] == [
        ("ana", "ben"), ("ana", "the grader"), ("ben", "the grader"),
    ]  # fmt: skip
    between, ana, _ = told
    assert (between["rows"], between["prompts"]) == (24, PROMPTS)
    # Four of 24 differ, and both sides say yes to half: 1 - (4/24) / (1/2).
    assert between["kappa"]["value"] == pytest.approx(2 / 3)
    assert between["kappa"]["low"] < 2 / 3 < between["kappa"]["high"]
    assert sorted(one["n"] for one in between["apart"]) == [0, 1, 2, 3]
    assert (ana["kappa"]["value"], ana["rank"]["value"], ana["apart"]) == (1, 1, [])
    said = run("runs", "labels", "--by", "ben").stdout
    assert said.startswith("ben and the grader: rank correlation 0.67 (")


def test_what_is_written_feeds_both_checks(run, graded):
    marked(graded, "ana", lambda row: row.reward)
    marked(graded[:1], "ben", lambda row: 0.5)
    run("runs", "labels", "-o", "marked.jsonl")
    rows = [json.loads(line) for line in Path("marked.jsonl").read_text().splitlines()]
    assert [row["mark"] for row in rows[:3]] == [0.75, 0, 1]  # the first is the mean of two
    assert "a note" not in Path("marked.jsonl").read_text()
    Path("short.py").write_text(SHORT)
    Path("graders.toml").write_text('[graders.short]\ncode = "short.py"\n')
    run("check", "short", "marked.jsonl", "--labels", "mark", "-o", "report.json", code=1)
    verdicts = json.loads(Path("report.json").read_text())["verdicts"]
    (people,) = [verdict for verdict in verdicts if verdict["probe"] == "people"]
    assert people["status"] == "holds"
    assert people["seen"]["agreement"] > 0.9
    judged = run("judge", "check", "rubric", "marked.jsonl", "--judge", "offline", "--draws", 1,
                 "--json")  # fmt: skip
    assert json.loads(judged.stdout)[0]["rows"] == 24


def test_a_mark_is_of_the_row_so_that_it_holds_under_another_grader(run, graded):
    marked(graded, "ana", lambda row: row.reward)
    run("grade", "math_reasoning", "run:last", "--set", "weights={answer_correct = 1}")
    (told,) = json.loads(run("runs", "labels", "last", "--json").stdout)
    assert told["rows"] == 24


def test_the_later_mark_counts_and_one_can_be_taken_back(run, graded):
    labels = marked(graded, "ana", lambda row: row.reward)
    marked(graded[:2], "ana", lambda row: 0.25)
    marked(graded[:1], "ana", lambda row: None)
    standing = labels.standing()["ana"]
    assert graded[0].same not in standing
    assert standing[graded[1].same].mark == 0.25
    assert len(labels.path.read_text().splitlines()) == 24 + 3


def test_a_line_that_a_kill_cut_short_is_passed_over_and_any_other_is_named(run, graded):
    labels = marked(graded[:2], "ana", lambda row: row.reward)
    with labels.path.open("a") as file:
        file.write('{"row": "ab')
    assert len(list(labels.all())) == 2
    marked(graded[2:3], "ana", lambda row: 1.0)
    assert len(list(labels.all())) == 3
    labels.path.write_text("{}\n" + labels.path.read_text())
    said = run("runs", "labels", code=2).stderr
    assert f"{labels.path}:1: is no label" in said


def test_a_run_without_labels_is_told_so(run, graded):
    assert "no row has a label" in run("runs", "labels", code=2).stderr
    marked(graded, "ana", lambda row: row.reward)
    assert "no row has a label by zoe" in run("runs", "labels", "--by", "zoe", code=2).stderr


def test_the_order_is_seeded_and_spread_over_rewards(run, graded):
    first = in_turn(graded, 0, 8)
    assert first == in_turn(graded[::-1], 0, 8)
    assert first != in_turn(graded, 1, 8)
    assert {row.reward for row in first[:2]} == {0.0, 1.0}
    assert len({row.same for row in in_turn([*graded, *graded], 0, 100)}) == 24
