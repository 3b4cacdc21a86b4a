"""Runs that stay: kept as they go, mended, graded again, listed, shown and compared."""

import contextlib
import json
import os
import sqlite3
from pathlib import Path

import pytest

import touchstone.workbench.cli.grade as command
from touchstone.workbench.grading.run import grade_lines
from touchstone.workbench.runs.run import Head
from touchstone.workbench.runs.store import FOLDER, begin

GRADER = "math_reasoning"
LENIENT = ["--set", "weights={answer_correct = 0.5, steps_valid = 0.5}"]


def asked(row_id, said, reference="4", prompt="2+2?"):
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": said}]
    return {"id": row_id, "messages": turns, "reference_answer": reference}


ROWS = [asked("a", "It is 4."), asked("b", "It is 5."), asked("c", "4", ""),
        asked("d", "2 + 2 = 5, so the answer is 4")]  # fmt: skip


def rows(folder, values=ROWS, name="rows.jsonl"):
    path = folder / name
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def break_off(patch, after, how: type[BaseException] = KeyboardInterrupt):
    """Lets grading break off after some rows."""

    def some(lines, backend, concurrency):
        graded = grade_lines(lines, backend, concurrency)
        yield from (next(graded) for _ in range(after))
        raise how

    patch.setattr(command, "grade_lines", some)


def data(result):
    return json.loads(result.stdout)


def test_every_run_is_kept_with_its_rows_results_and_grader(run, tmp_path):
    told = data(run("grade", GRADER, rows(tmp_path), "--json", code=1))
    (head,) = data(run("runs", "list", "--json"))
    assert (head["id"], head["grader"]) == (told["run"], GRADER)
    assert (head["file"], bool(head["ended"])) == (str(tmp_path / "rows.jsonl"), True)
    assert head["settings"]["unscored"] == "siblings"
    assert len(head["version"]) == 16
    assert head["summary"] == {k: v for k, v in told.items() if k != "run"}
    assert GRADER in run("runs", "list").output
    shown = run("runs", "show", "last").output
    assert "1 x no reference answer in reference_answer" in shown
    assert (FOLDER / ".gitignore").read_text() == "*\n"


def test_a_run_is_named_by_age_id_beginning_or_file(run, tmp_path):
    first = data(run("grade", GRADER, rows(tmp_path), "--json", code=1))["run"]
    second = data(run("grade", GRADER, rows(tmp_path), "--json", code=1))["run"]
    assert first < second
    names = {"previous": first, "last": second, second: second, f"{FOLDER}/{first}.run": first}
    assert {n: data(run("runs", "show", n, "--json"))["id"] for n in names} == names
    for name in ("2", "1999", "none.run"):
        said = run("runs", "show", name, code=2).stderr
        assert "error:" in said
        assert "Traceback" not in said


def test_a_judge_that_answers_nobody_leaves_no_run_and_promises_none(run, tmp_path):
    path = rows(tmp_path, [asked("a", "It is four.")])
    # Port 9 answers nobody: the call is refused at once.
    result = run("grade", "rubric", path, "--judge", "openai:http://127.0.0.1:9/v1#m", code=2)
    assert "answers nobody" in result.stderr
    assert "is kept in" not in result.stderr
    assert data(run("runs", "list", "--json")) == []


def test_none_is_kept_where_none_is_wanted_or_nothing_was_graded(run, tmp_path):
    run("grade", GRADER, rows(tmp_path), "--runs", "none", code=1)
    assert not FOLDER.exists()
    run("grade", GRADER, "nofile.jsonl", code=2)
    rows(tmp_path, [], "empty.jsonl")
    run("grade", GRADER, "empty.jsonl", code=2)
    assert data(run("runs", "list", "--json")) == []


def test_a_path_that_is_no_folder_stops_no_grading(run, tmp_path):
    (tmp_path / "file").write_text("")
    result = run("grade", GRADER, rows(tmp_path), "--runs", "file/runs", code=1)
    assert "the run is not kept" in result.stderr
    assert len(result.stdout.splitlines()) == len(ROWS)


def test_only_what_was_unscored_is_graded_again(run, tmp_path, monkeypatch):
    run("grade", GRADER, rows(tmp_path), "-o", "one.jsonl", code=1)
    seen = []

    def counted(lines, backend, concurrency):
        def noted():
            for line in lines:
                seen.append(line.row["id"])
                yield line

        return grade_lines(noted(), backend, concurrency)

    monkeypatch.setattr(command, "grade_lines", counted)
    run("grade", GRADER, "run:last", "--only", "unscored", "-o", "two.jsonl", code=1)
    assert seen == ["c"]
    assert Path("one.jsonl").read_text() == Path("two.jsonl").read_text()
    run("regrade", "last", "--only", "unscored", code=1)
    assert seen == ["c", "c"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["grade", GRADER, "rows.jsonl", "--only", "unscored"], "known of run:NAME only"),
        (["grade", "data_extraction", "run:last", "--only", "unscored"], "its scores are of"),
        (["regrade", "last", "--grader", "data_extraction", "--only", "unscored"], "scores are of"),
        (["grade", GRADER, "run:nope"], "no run of that name"),
        (["regrade", "nope"], "no run of that name"),
        (["regrade", "s3://bucket/rows", "--function", "f"], "need -o"),
        (["regrade", "s3://b/rows", "-o", "s3://b/o", "--grader", "x"], "of a kept run"),
        (["runs", "diff", "last", "nope"], "no run of that name"),
    ],
)
def test_what_cannot_be_is_said(run, tmp_path, args, said):
    run("grade", GRADER, rows(tmp_path), code=1)
    assert said in run(*args, code=2).stderr


def test_kept_scores_of_another_version_are_named(run, tmp_path):
    run("grade", GRADER, rows(tmp_path), *LENIENT, code=1)
    result = run("grade", GRADER, "run:last", "--only", "unscored", code=1)
    assert "of another version" in result.stderr


def test_a_run_that_broke_off_goes_on(run, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        break_off(patch, 2)
        result = run("grade", GRADER, rows(tmp_path), code=130)
    assert "kept in run" in result.stderr
    assert "--resume" in result.stderr
    (head,) = data(run("runs", "list", "--json"))
    assert not head["ended"]
    shown = data(run("runs", "show", "last", "--json"))
    assert shown["summary"]["rows"] == 2
    whole = run("grade", GRADER, tmp_path / "rows.jsonl", "--resume", "--json", code=1)
    assert "another version" not in whole.stderr
    assert data(whole)["rows"] == len(ROWS)
    assert data(whole)["run"] == head["id"]
    (head,) = data(run("runs", "list", "--json"))
    assert head["summary"]["rows"] == len(ROWS)
    ended = run("grade", GRADER, tmp_path / "rows.jsonl", "--resume", code=2)
    assert "came to its end" in ended.stderr


def test_going_on_with_another_version_is_named(run, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        break_off(patch, 1)
        run("grade", GRADER, rows(tmp_path), code=130)
    result = run("grade", GRADER, tmp_path / "rows.jsonl", "--resume", *LENIENT, code=1)
    assert "stays, of another version" in result.stderr


def test_a_run_goes_on_over_its_own_rows_only(run, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        break_off(patch, 1)
        run("grade", GRADER, rows(tmp_path), code=130)
    rows(tmp_path, [asked("other", "It is 4."), *ROWS])
    said = run("grade", GRADER, tmp_path / "rows.jsonl", "--resume", code=2).stderr
    assert "has another row here" in said
    run("grade", GRADER, rows(tmp_path, name="new.jsonl"), "--resume", code=2)


GROUP = [asked(f"{n}", said, "4", f"2+2? ({n // 4})") for n, said in enumerate([
    "2 + 2 = 5, so the answer is 4", "It is 4.", "It is 5.", "It is 6."] * 12)]  # fmt: skip


def test_two_runs_are_compared_row_by_row_whatever_their_order_and_ids(run, tmp_path):
    run("grade", GRADER, rows(tmp_path, GROUP))
    again = [row | {"id": f"x{row['id']}", "expect": {"score": [0, 1]}} for row in GROUP[::-1]]
    run("grade", GRADER, rows(tmp_path, again), *LENIENT)
    found = data(run("runs", "diff", "--json"))
    assert (found["paired"], found["changed"]) == (48, 12)
    assert found["gain"]["value"] < 0
    assert found["mean"][1] - found["mean"][0] == pytest.approx(found["gain"]["value"])
    assert (found["groups"], found["flat_groups"]) == (12, [0, 0])
    assert (found["groups_with_another_order"], found["advantages_turned"]) == (0, 0)
    assert {one["before"]["reward"] > one["after"]["reward"] for one in found["most"]} == {True}
    told = run("runs", "diff").output
    assert "48 rows in both, of 48 and 48" in told
    assert "12 rows have another reward" in told


def test_rows_without_an_id_are_named_by_their_place(run, tmp_path):
    values = [{name: value for name, value in row.items() if name != "id"} for row in ROWS]
    run("grade", GRADER, rows(tmp_path, values), code=1)
    run("grade", GRADER, rows(tmp_path, values), *LENIENT, code=1)
    told = run("runs", "diff").output
    assert f"{tmp_path}/rows.jsonl:4\n" in told
    assert "None" not in told


def test_what_training_would_learn_otherwise_is_counted(run, tmp_path):
    """Where rewards turn around, order and advantages do, and a flat group is seen."""
    values = [asked("p", "It is 4.", "4", "x"), asked("q", "It is 5.", "4", "x"),
              asked("r", "It is 4.", "4", "y"), asked("s", "It is 5.", "4", "y")]  # fmt: skip
    run("grade", GRADER, rows(tmp_path, values))
    Path("rewards").mkdir()
    Path("rewards/turned.py").write_text(
        "def reward(sample):\n    return 0.0 if '4' in sample.completion else 1.0 * "
        "(sample.prompt.strip() == 'x')\n"
    )
    Path("graders.toml").write_text('[graders.turned]\ncode = "rewards/turned.py"\n')
    run("regrade", "last", "--grader", "turned")
    found = data(run("runs", "diff", "--json"))
    assert found["graders"] == [GRADER, "turned"]
    assert (found["groups_with_another_order"], found["advantages_turned"]) == (1, 2)
    assert found["flat_groups"] == [0, 1]


def test_equal_rows_are_paired_one_to_one(run, tmp_path):
    run("grade", GRADER, rows(tmp_path, [ROWS[0]] * 3))
    run("grade", GRADER, rows(tmp_path, [ROWS[0]] * 2 + [ROWS[1]]))
    assert data(run("runs", "diff", "--json"))["paired"] == 2


def test_unreadable_and_odd_rows_are_kept_too(run, tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_text('{"id": "\\ud800", "messages": []}\n[1]\nnot json\n{"id": 7}\n"x"\n')
    first = run("grade", GRADER, path, "-o", "one.jsonl", code=2)
    assert "Traceback" not in first.output
    run("grade", GRADER, "run:last", "-o", "two.jsonl", code=2)
    assert Path("one.jsonl").read_text() == Path("two.jsonl").read_text()


def test_what_strangers_wrote_commands_no_terminal(run, tmp_path):
    hostile = asked("\x1b]0;owned\x07", "It is \x1b[2J5.")
    for said in ("4", "5"):
        run("grade", GRADER, rows(tmp_path, [hostile | {"reference_answer": said}]))
    run("grade", GRADER, rows(tmp_path, [hostile]), *LENIENT)
    for args in (["list"], ["show", "last"], ["diff"], ["diff", "last", "last"]):
        assert "\x1b" not in run("runs", *args).output


def test_a_file_that_is_no_run_is_passed_over_and_named(run, tmp_path):
    run("grade", GRADER, rows(tmp_path), code=1)
    (FOLDER / "00000000-000000.run").write_text("not a database, but long enough to be read as one")
    assert len(data(run("runs", "list", "--json"))) == 1
    assert "is no run" in run("runs", "show", "00000000", code=2).stderr


def test_reading_beside_a_run_that_has_no_row_yet_leaves_it_to_who_writes_it(run, tmp_path):
    path = rows(tmp_path)
    with begin(Head(grader=GRADER, file=str(path)), FOLDER) as writer:
        assert "has not ended" in run("runs", "list").output
        run("runs", "show", "last")
        assert writer.path.exists()
    assert not writer.path.exists()  # who began it and wrote nothing takes it away


def test_a_run_that_broke_off_before_its_first_row_is_gone_on_with(run, tmp_path):
    path = rows(tmp_path)
    # Never closed, as by a process that is killed.
    broken = begin(Head(grader=GRADER, file=str(path)), FOLDER)
    told = data(run("grade", GRADER, path, "--resume", "--json", code=1))
    assert told["run"] == broken.head.id
    assert told["rows"] == len(ROWS)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([], "no such table"),
        (["CREATE TABLE head (value TEXT)"], "it was never begun"),
        (
            ["CREATE TABLE head (value TEXT)", """INSERT INTO head VALUES ('{"format": 0}')"""],
            "of format 0, and 2 is read",
        ),
        (["CREATE TABLE head (value INTEGER)", "INSERT INTO head VALUES (5)"], "never begun"),
        (
            [
                "CREATE TABLE head (value TEXT)",
                "CREATE TABLE rows (n INTEGER)",
                """INSERT INTO head VALUES
                ('{"format": 2, "grader": "x", "file": "y", "summary": {"rows": 1}}')""",
            ],
            "missing required field",
        ),
    ],
)
def test_what_is_left_of_other_runs_is_named_and_stops_no_resuming(run, tmp_path, statements, said):
    path = rows(tmp_path)
    broken = begin(Head(grader=GRADER, file=str(path)), FOLDER)
    with contextlib.closing(sqlite3.connect(FOLDER / "99990101-000000.run")) as other:
        for one in statements:
            other.execute(one)
        other.commit()
    assert said in run("runs", "show", "last", code=2).stderr
    assert len(data(run("runs", "list", "--json"))) == 1
    assert data(run("grade", GRADER, path, "--resume", "--json", code=1))["run"] == broken.head.id


def test_a_difference_of_nothing_is_not_called_too_few_rows(run, tmp_path):
    path = rows(tmp_path, [asked(str(n), "4", prompt=f"Four? {n}") for n in range(12)])
    for _ in range(2):
        run("grade", GRADER, path)
    assert "1.0000 to 1.0000: +0.0000, no row moved" in run("runs", "diff").output


def test_a_disk_that_is_full_ends_with_a_sentence_and_is_gone_on_with(run, tmp_path, monkeypatch):
    path = rows(tmp_path, [asked(str(n), "4" * 3000) for n in range(12)])

    def small(*args, **options):
        kept = begin(*args, **options)
        kept._store.execute("PRAGMA max_page_count = 10")
        return kept

    with monkeypatch.context() as patch:
        patch.setattr(command, "begin", small)
        patch.setattr("touchstone.workbench.runs.run._EVERY_S", 0)
        result = run("grade", GRADER, path, code=2)
    assert "disk is full" in result.stderr
    assert "--resume" in result.stderr
    (head,) = data(run("runs", "list", "--json"))
    assert not head["ended"]
    whole = data(run("grade", GRADER, path, "--resume", "--json"))
    assert (whole["run"], whole["rows"]) == (head["id"], 12)


def test_a_file_whose_name_is_no_text_is_kept_and_gone_back_to(run, tmp_path):
    held = rows(tmp_path).rename(tmp_path / os.fsdecode(b"b\xff.jsonl"))
    assert data(run("grade", GRADER, held, "--json", code=1))["rows"] == len(ROWS)
    run("grade", GRADER, "run:last", code=1)
    assert len(data(run("runs", "list", "--json"))) == 2


@pytest.mark.parametrize("column", ["row", "result"])
def test_a_damaged_row_is_said_with_its_file(run, tmp_path, column):
    run("grade", GRADER, rows(tmp_path), code=1)
    (kept,) = (tmp_path / FOLDER).glob("*.run")
    with contextlib.closing(sqlite3.connect(kept)) as store:
        store.execute(f"UPDATE rows SET {column} = '{{\"half' WHERE n = 2")
        store.commit()
    for asked_for in (["regrade", "last"], ["studio", "export", "last", "-o", "page.html"]):
        said = run(*asked_for, code=2).stderr
        assert f"{kept.name}: is damaged" in said


def test_a_copy_of_a_run_goes_by_its_own_name(run, tmp_path):
    name = data(run("grade", GRADER, rows(tmp_path), "--json", code=1))["run"]
    kept = FOLDER / f"{name}.run"
    kept.with_name("00000000-000000.run").write_bytes(kept.read_bytes())
    assert [head["id"] for head in data(run("runs", "list", "--json"))] == ["00000000-000000", name]


def test_runs_are_read_where_nothing_may_be_written(run, tmp_path, monkeypatch):
    run("grade", GRADER, rows(tmp_path), code=1)
    before = sorted(FOLDER.iterdir())
    monkeypatch.setattr("os.access", lambda *_, **__: False)
    assert data(run("runs", "show", "last", "--json"))["summary"]["rows"] == len(ROWS)
    assert sorted(FOLDER.iterdir()) == before
