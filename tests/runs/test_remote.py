"""Runs under s3://: sent as they go, found from any machine, and never lost."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

import touchstone.workbench.cli.grade as command
import touchstone.workbench.runs.remote as remote
from tests.core.test_runs import GRADER, GROUP, LENIENT, ROWS, break_off, rows

PLACE = "s3://bucket/team/runs"
AT = ("--runs", PLACE)


def keys(s3):
    return sorted(one["Key"] for one in s3.list_objects_v2(Bucket="bucket").get("Contents", ()))


def another_machine():
    shutil.rmtree(".touchstone")


def test_a_run_is_kept_in_s3_and_read_from_another_machine(run, s3, tmp_path):
    told = run("grade", GRADER, rows(tmp_path), *AT, "--json", code=1)
    assert keys(s3) == [f"team/runs/{told['run']}.{end}" for end in ("json", "run")]
    assert Path(".touchstone/s3/.gitignore").read_text() == "*\n"
    another_machine()
    (head,) = run("runs", "list", *AT, "--json")
    assert (head["id"], bool(head["ended"])) == (told["run"], True)
    assert not list(Path().rglob("*.run"))  # to list them fetches none
    for name in ("last", told["run"], f"{told['run']}.run"):
        shown = run("runs", "show", f"{PLACE}/{name}", "--json")
        assert shown["summary"]["rows"] == len(ROWS)
    assert run("runs", "list", "--json") == []


def test_runs_of_s3_are_compared_and_graded_again_where_they_lie(run, s3, tmp_path):
    first = run("grade", GRADER, rows(tmp_path, GROUP), *AT, "--json")["run"]
    run("grade", GRADER, f"run:{PLACE}/{first}", *AT, *LENIENT)
    assert run("runs", "diff", *AT, "--json")["changed"] == 12
    run("regrade", f"{PLACE}/{first}", "--grader", GRADER)
    heads = run("runs", "list", *AT, "--json")
    assert [head["file"] for head in heads[1:]] == [f"run:{PLACE}/{first}"] * 2
    another_machine()
    found = run("runs", "diff", f"{PLACE}/{first}", f"{PLACE}/last", "--json")
    assert (found["paired"], found["changed"]) == (48, 0)


def test_a_run_that_broke_off_goes_on_from_another_machine(run, s3, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        break_off(patch, 2)
        said = run("grade", GRADER, rows(tmp_path), *AT, code=130)
    assert f"kept in run {PLACE}/" in said
    assert "--resume" in said
    another_machine()
    whole = run("grade", GRADER, tmp_path / "rows.jsonl", *AT, "--resume", "--json", code=1)
    assert whole["rows"] == len(ROWS)
    (head,) = run("runs", "list", *AT, "--json")
    assert (head["id"], head["summary"]["rows"]) == (whole["run"], len(ROWS))


def test_a_process_that_is_killed_has_sent_what_an_interval_took(run, s3, tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    with monkeypatch.context() as patch:
        break_off(patch, 3, Killed)
        patch.setattr("touchstone.workbench.runs.run._EVERY_S", -1)
        patch.setattr(remote, "_EVERY_S", 0)
        patch.setattr(remote, "_PATIENCE", 0)
        patch.setattr("touchstone.workbench.runs.run.Run.__exit__", lambda *_: None)
        with pytest.raises(Killed):
            run("grade", GRADER, rows(tmp_path), *AT)
    another_machine()
    assert run("runs", "show", "last", *AT, "--json")["summary"]["rows"] == 3


def test_what_could_not_be_sent_is_kept_here_and_sent_by_the_next_command(
    run, s3, tmp_path, monkeypatch
):
    def refused(path, url):
        raise remote.DataError(f"s3:PutObject on {url}: Access Denied")

    with monkeypatch.context() as patch:
        patch.setattr(remote, "upload", refused)
        said = run("grade", GRADER, rows(tmp_path), *AT, code=2)
    assert "the run is kept in .touchstone/s3/bucket/team/runs/" in said
    (head,) = run("runs", "list", *AT, "--json")
    assert head["id"] in said
    assert not [key for key in keys(s3) if key.endswith(".run")]
    assert run("runs", "show", f"{PLACE}/{head['id']}", "--json")["summary"]["rows"] == len(ROWS)
    another_machine()
    assert run("runs", "show", "last", *AT, "--json")["summary"]["rows"] == len(ROWS)


def test_a_place_that_may_not_be_written_is_refused_before_a_row_is_graded(
    run, s3, tmp_path, monkeypatch
):
    monkeypatch.setattr(command, "grade_lines", None)
    said = run("grade", GRADER, rows(tmp_path), "--runs", "s3://nobodys/runs", code=2)
    assert "s3:PutObject on s3://nobodys/runs/" in said
    assert "bucket" in run("runs", "list", "--runs", "s3://nobodys/runs", code=2)
    assert not list(Path().rglob("*.run"))


def test_nothing_is_left_in_s3_of_a_run_without_rows(run, s3, tmp_path):
    rows(tmp_path, [], "empty.jsonl")
    run("grade", GRADER, "empty.jsonl", *AT, code=2)
    assert keys(s3) == []
    assert run("runs", "list", *AT, "--json") == []
    for args in (("show", "last"), ("diff",), ("show", "2026")):
        assert "s3://bucket/team/runs" in run("runs", *args, *AT, code=2)


def test_an_import_is_kept_there_too_and_goes_on_from_another_machine(run, s3, tmp_path):
    from tests.jobs.sample_folder import sample_folder

    sample_folder(tmp_path, evaluation=False)
    (first,) = run("runs", "import", "job.toml", *AT, "--json")
    another_machine()
    (again,) = run("runs", "import", "job.toml", *AT, "--json")
    assert (again["run"], again["new"]) == (first["run"], 0)


def test_a_run_of_an_earlier_form_is_read_and_gone_on_with(run, tmp_path):
    """Before rollouts had steps."""
    told = run("grade", GRADER, rows(tmp_path), "--json", code=1)
    path = Path(".touchstone/runs") / f"{told['run']}.run"
    store = sqlite3.connect(path)
    head = json.loads(store.execute("SELECT value FROM head").fetchone()[0])
    store.executescript(
        "ALTER TABLE rows DROP COLUMN step; ALTER TABLE rows DROP COLUMN time; DROP TABLE read"
    )
    store.execute("UPDATE head SET value = ?", (json.dumps(head | {"format": 1}),))
    store.commit()
    store.close()
    assert run("runs", "show", "last", "--json")["summary"]["rows"] == len(ROWS)
    run("regrade", "last", "--only", "unscored", code=1)
    assert run("runs", "diff", "--json")["paired"] == len(ROWS)


def test_what_others_left_there_is_passed_over_and_leads_nowhere(run, s3, tmp_path):
    held = rows(tmp_path).rename(tmp_path / os.fsdecode(b"b\xff.jsonl"))
    name = run("grade", GRADER, held, *AT, "--json", code=1)["run"]
    key = f"team/runs/{name}"
    head = json.loads(s3.get_object(Bucket="bucket", Key=f"{key}.json")["Body"].read())
    broken = json.dumps(head | {"head": head["head"] | {"summary": {"rows": 1}}})
    for left, body in (
        ("99990101-000000", "[" * 5000), ("99990101-000001", broken),
        ("../../../../99990101-000002", json.dumps(head)),
    ):  # fmt: skip
        s3.put_object(Bucket="bucket", Key=f"team/runs/{left}.json", Body=body)
        s3.copy_object(Bucket="bucket", Key=f"team/runs/{left}.run",
                       CopySource={"Bucket": "bucket", "Key": f"{key}.run"})  # fmt: skip
    another_machine()
    assert [head["id"] for head in run("runs", "list", *AT, "--json")] == [name]
    said = run("runs", "show", f"{PLACE}/99990101-000002", code=2)
    assert "no run of that name" in said
    run("runs", "show", f"{PLACE}/{name}")
    assert [path.stem for path in tmp_path.rglob("*.run")] == [name]
