"""What `touchstone grade` says of its run: commonest causes, both ends, one row whole."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from touchstone.workbench.cli import main
from touchstone.workbench.grading.why import SHOWN, Why, lines_of
from touchstone.workbench.rows.rft import Line


def graded(tmp_path, rows, *options):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(r if isinstance(r, str) else json.dumps(r) + "\n" for r in rows))
    args = ["grade", "math_reasoning", str(path), *options]
    return path, CliRunner().invoke(main, args)


def asked(row_id, said, reference):
    turns = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": said}]
    return {"id": row_id, "messages": turns, "reference_answer": reference}


ROWS = [asked("right", "It is 4.", "4"), asked("wrong", "It is 5.", "4"),
        {"id": "none", "message": []}, asked("blank", "4", ""), asked("void", "4", ""),
        "{\n"]  # fmt: skip


def test_faults_are_told_by_cause_with_count_and_first_place(tmp_path):
    path, result = graded(tmp_path, ROWS)
    assert result.exit_code == 2
    said = result.stderr
    assert f"({path}:3, none)" in said
    assert f"2 x no reference answer in reference_answer ({path}:4, blank)" in said
    assert f"({path}:6)" in said
    assert f"0.000 {path}:2, wrong: final answer '5'" in said
    assert f"1.000 {path}:1, right: final answer '4'" in said
    assert f"one row whole: touchstone grade math_reasoning {path} --row N" in said


def test_the_summary_holds_the_same_as_data(tmp_path):
    _, result = graded(tmp_path, ROWS, "--json")
    why = json.loads(result.stdout.splitlines()[-1])["why"]
    causes = why["causes"]["bad_sample"]["commonest"]
    assert (causes[0]["rows"], causes[0]["id"]) == (2, "blank")
    assert sum(one["rows"] for one in causes) == 4
    assert [one["id"] for one in why["lowest"] + why["highest"]] == ["wrong", "right"]


def test_where_all_rewards_are_alike_one_row_is_shown(tmp_path):
    _, result = graded(tmp_path, [asked(str(n), "4", "4") for n in range(9)], "--json")
    why = json.loads(result.stdout)["why"]
    assert (len(why["lowest"]), why["highest"], why["causes"]) == (1, [], {})


def entry(reason, outcome="unscored:judge_fault", reward=0.5, row_id="a"):
    return {"id": row_id, "outcome": outcome, "aggregate_reward_score": reward,
            "metrics_list": [], "reason": reason}  # fmt: skip


def test_causes_that_differ_in_numbers_and_names_alone_are_one():
    why = Why()
    for n in range(500):
        why.add(Line("f", n, {}), entry(f"judge_fault: 'm{n}' answered {n} times in {n}.5 s"))
    (only,) = why.as_json()["causes"].values()
    (only,) = only["commonest"]
    assert (only["rows"], only["reason"]) == (500, "'m0' answered 0 times in 0.5 s")


def test_a_run_of_endless_causes_stays_small_and_short():
    why = Why()
    for n in range(5000):
        word = "".join(chr(97 + int(digit)) for digit in str(n))
        why.add(Line("f", n, {}), entry(f"judge_fault: {word} {'x' * 9999}"))
        why.add(Line("f", n, {}), entry("so", "scored", n / 5000, str(n)))
    assert sys.getsizeof(repr(why)) < 1_000_000
    said = lines_of(why.as_json())
    assert len(said) == 1 + SHOWN + 1 + 2 * (1 + SHOWN)
    assert max(map(len, said)) < 300
    assert [one["id"] for one in why.as_json()["highest"]] == ["4999", "4998", "4997"]


def test_a_terminal_is_told_and_never_commanded(tmp_path):
    hostile = asked("\x1b[2Jid", "It is \x1b]0;owned\x07 5.", "4")
    for options in ((), ("--row", "1")):
        _, result = graded(tmp_path, [hostile], *options)
        assert "\x1b" not in result.output + result.stderr
        assert "[2Jid" in result.output + result.stderr


@pytest.mark.parametrize(
    ("number", "code", "holds"),
    [
        (1, 0, ["right", "2+2?", "It is 4.", "reward: 1", "answer_correct 1", "equals"]),
        (2, 0, ["wrong", "It is 5.", "reward: 0", "is not '4'"]),
        (3, 1, ["none", "unscored:bad_sample", "there is no completion to grade"]),
        (6, 2, ["unscored:bad_sample", "not JSON"]),
        (7, 2, ["there is no row in line 7"]),
    ],
)
def test_one_row_is_shown_whole(tmp_path, number, code, holds):
    path, result = graded(tmp_path, ROWS, "--row", str(number))
    assert result.exit_code == code
    said = result.output + result.stderr
    assert [each for each in [str(path), *holds] if each not in said] == []


def test_one_row_as_data(tmp_path):
    _, result = graded(tmp_path, ROWS, "--row", "2", "--json")
    shown = json.loads(result.stdout)
    assert shown["row"] == ROWS[1]
    assert (shown["result"]["outcome"], shown["result"]["id"]) == ("scored", "wrong")


def test_one_row_writes_no_results(tmp_path):
    _, result = graded(tmp_path, ROWS, "--row", "2", "-o", str(tmp_path / "out"))
    assert (result.exit_code, "--row shows one row" in result.stderr) == (2, True)
    assert not Path(tmp_path / "out").exists()


def test_the_command_for_one_row_names_a_judge_only_where_one_was_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(asked("a", "Four.", "4")) + "\n")

    def told(*options):
        return CliRunner().invoke(main, ["grade", "rubric", str(path), *options]).stderr

    assert f"touchstone grade rubric {path} --row N" in told()
    assert f"touchstone grade rubric {path} --judge offline --row N" in told("--judge", "offline")


def test_a_thought_between_marks_of_ones_own_is_shown_as_one(tmp_path):
    rows = [asked("a", "[PLAN]It is 5. No.[/PLAN]It is 4.", "4")]
    own = 'thinking_marks=[["[PLAN]", "[/PLAN]"]]'
    _, result = graded(tmp_path, rows, "--row", "1", "--set", own)
    assert "thinking:\n  It is 5. No.\n\ncompletion:\n  It is 4.\n" in result.stdout
