"""A job's graded rollouts become runs: whole, once, with their steps, and graded again."""

import gzip
import json
import sqlite3
from pathlib import Path

import pytest

from tests.jobs.sample_folder import HOSTILE, sample_folder
from touchstone.contract import Result, parse
from touchstone.observe import rollout_record
from touchstone.outcomes import Grade
from touchstone.workbench.jobs.folder import JobFolder, State
from touchstone.workbench.runs.store import FOLDER

JOB_TOML = """\
name = "sums"
[data]
train = "train.jsonl"
[grader]
name = "math_reasoning"
"""
TRAIN = [
    {"id": f"r{n}", "messages": [{"role": "user", "content": f"{n}+1?"}],
     "reference_answer": str(n + 1), "level": n}
    for n in range(4)
]  # fmt: skip
# What four rollouts of a prompt said, as a difference from what is right, and earned.
SAID = ((0, 1.0), (1, 0.0), (0, 1.0), (2, 0.0))


def rollouts(step, prompts=range(4)):
    return [
        {
            "step": step, "group": f"r{n}", "id": f"{step}-{n}-{k}", "prompt": f"{n}+1?",
            "completion": f"It is {n + 1 + off}.", "reference_answer": str(n + 1),
            "reward": reward, "metrics": {"answer_correct": reward}, "outcome": "scored",
            "reason": "as it was",
        }
        for n in prompts
        for k, (off, reward) in enumerate(SAID)
    ]  # fmt: skip


@pytest.fixture
def job(tmp_path):
    """A rehearsal with the rollouts of two steps."""
    Path(tmp_path / "job.toml").write_text(JOB_TOML)
    Path(tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in TRAIN))
    folder = JobFolder(tmp_path / "jobs" / "sums")
    folder.begin(State(name="sums", service="local", status="Completed", step=2,
                       grader="math_reasoning"), JOB_TOML)  # fmt: skip
    for step in (1, 2):
        folder.add_metrics(step, {"x": 1.0}, f"2026-03-02T09:0{step}:00Z")
        folder.add_rollouts(rollouts(step))
    return folder


def of(brought, name):
    return next(one for one in brought if one["file"].endswith(name))


def kept(run_id, sql):
    store = sqlite3.connect(FOLDER / f"{run_id}.run")
    found = store.execute(sql).fetchall()
    store.close()
    return found


def test_a_jobs_rollouts_are_a_run_with_steps_times_and_the_rows_that_were_graded(run, job):
    (one,) = run("runs", "import", "job.toml", "--json")
    assert (one["rollouts"], one["new"], one["untold"]) == (32, 32, 0)
    assert one["grader"] == "math_reasoning"
    told = run("runs", "show", "last", "--json")["summary"]
    assert (told["rows"], told["mean"], told["groups"], told["flat_groups"]) == (32, 0.5, 8, 0)
    found = kept(one["run"], "SELECT step, time, count(*) FROM rows GROUP BY 1, 2")
    assert found == [(step, f"2026-03-02T09:0{step}:00Z", 16) for step in (1, 2)]
    row = json.loads(kept(one["run"], "SELECT row FROM rows")[0][0])
    assert row["metadata"]["level"] == 0  # a field of the dataset that the job's folder has not
    assert row["messages"][-1] == {"role": "assistant", "content": "It is 1."}
    assert run("runs", "show", "last", "--steps", "2", "--json")["summary"]["rows"] == 16
    assert "is no step" in run("runs", "show", "last", "--steps", "two", code=2)
    assert "has 1 to 2" in run("runs", "show", "last", "--steps", "3-9", code=2)


def test_a_live_job_is_looked_into_again_and_only_what_is_new_is_brought(run, job):
    (first,) = run("runs", "import", job.path, "--json")
    job.add_rollouts(rollouts(3))
    half = json.dumps(rollouts(4)[0])[:40]
    with (job.path / "rollouts.jsonl").open("a") as sink:
        sink.write(half)  # still being written
    (again,) = run("runs", "import", job.path, "--json")
    assert (again["run"], again["rollouts"], again["new"]) == (first["run"], 48, 16)
    assert len(run("runs", "list", "--json")) == 1
    job.add_rollouts(rollouts(4))
    assert run("runs", "import", job.path, "--json")[0]["new"] == 16
    assert run("runs", "show", "last", "--json")["summary"]["rows"] == 64


def test_another_job_under_the_same_name_is_another_run(run, job):
    (first,) = run("runs", "import", job.path, "--json")
    (job.path / "rollouts.jsonl").unlink()
    job.add_rollouts(rollouts(1)[::-1])
    (second,) = run("runs", "import", job.path, "--json")
    assert (second["rollouts"], second["new"]) == (16, 16)
    assert second["run"] != first["run"]


NO_REWARD = json.dumps(rollouts(2)[0] | {"reward": None})


@pytest.mark.parametrize("broken", ["{}", "[1]", '{"step": "one"}', "no json", NO_REWARD])
def test_a_line_that_is_no_rollout_is_named_and_loses_none_before_it(run, job, broken):
    whole = (job.path / "rollouts.jsonl").read_text()
    (job.path / "rollouts.jsonl").write_text(f"{whole}{broken}\n{whole}")
    said = run("runs", "import", job.path, code=2)
    assert "rollouts.jsonl:33: " in said
    assert "Traceback" not in said
    assert run("runs", "show", "last", "--json")["summary"]["rows"] == 32
    (job.path / "rollouts.jsonl").write_text(whole + "".join(
        json.dumps(row) + "\n" for row in rollouts(3)))  # fmt: skip
    (one,) = run("runs", "import", job.path, "--json")
    assert (one["rollouts"], one["new"]) == (48, 16)


def test_a_replay_says_which_advantages_would_have_turned_step_by_step(run, job):
    """Step 2 is turned around: the right answers are what this grader does not pay."""
    (one,) = run("runs", "import", job.path, "--json")
    Path("rewards").mkdir()
    Path("rewards/turned.py").write_text(
        "def reward(sample):\n"
        "    right = sample.completion == f'It is {sample.reference}.'\n"
        "    return float(right) if sample.fields['level'] < 2 else 1.0 - right\n"
    )
    Path("graders.toml").write_text('[graders.turned]\ncode = "rewards/turned.py"\n')
    run("regrade", one["run"], "--grader", "turned")
    found = run("runs", "diff", one["run"], "last", "--json")
    assert (found["paired"], found["groups"], found["advantages_turned"]) == (32, 8, 16)
    turned = [(s["step"], s["advantages_turned"], s["rollouts_in_groups"]) for s in found["steps"]]
    assert turned == [(1, 8, 16), (2, 8, 16)]
    most = found["turned_most"][0]
    assert most["before"]["advantage"] * most["after"]["advantage"] < 0
    assert most["before"]["step"] in (1, 2)
    told = run("runs", "diff", one["run"], "last", "--steps", "2-9")
    assert "16 rows in both" in told
    assert "8 of 16" in told


def test_validations_and_the_comparison_are_runs_of_their_own(run, job):
    for step, model in ((0, "base"), (2, "tuned")):
        job.add_evaluation({"model": model, **row} for row in rollouts(step))
    answers = [{"completion": "It is 1.", "reward": 1.0, "criteria": {}, "outcome": "scored"}]
    pair = {"id": "r0", "prompt": "0+1?", "reference_answer": "1", "base": answers,
            "tuned": answers * 2, "difference": 0.0}  # fmt: skip
    (job.path / "compare").mkdir()
    pairs = job.path / "compare" / "pairs.jsonl"
    pairs.write_text(json.dumps(pair) + "\n")
    told = run("runs", "import", job.path, "--json")
    assert of(told, "evaluation.jsonl")["rollouts"] == 32
    compared = of(told, "pairs.jsonl")
    assert compared["rollouts"] == 3
    assert kept(compared["run"], "SELECT step, count(*) FROM rows GROUP BY 1") == [(0, 1), (2, 2)]
    assert {one["new"] for one in run("runs", "import", job.path, "--json")} == {0}
    pairs.write_text(json.dumps(pair | {"tuned": answers}) + "\n")  # compared once more
    again = of(run("runs", "import", job.path, "--json"), "pairs.jsonl")
    assert (again["rollouts"], again["run"] != compared["run"]) == (2, True)


def test_what_strangers_wrote_stays_text_and_a_hostile_job_comes_whole(run, tmp_path):
    sample_folder(tmp_path)
    told = run("runs", "import", "job.toml", "--json")
    assert of(told, "rollouts.jsonl")["rollouts"] == 640
    for name in (one["run"] for one in told):
        assert "\x1b" not in run("runs", "show", name)
    rows = kept(of(told, "rollouts.jsonl")["run"], "SELECT row FROM rows")
    assert any(HOSTILE[0] in json.loads(row)["messages"][0]["content"] for (row,) in rows)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reward", "1e999"), ("reward", "NaN"), ("metrics", '{"a": -1e999}'),
        ("step", str(2**63)), ("step", "-1"),
    ],
)  # fmt: skip
def test_a_number_that_is_none_is_named_with_its_line(run, job, field, value):
    line = json.dumps(rollouts(3)[0] | {field: "HERE"}).replace('"HERE"', value)
    with (job.path / "rollouts.jsonl").open("a") as file:
        file.write(line + "\n")
    assert "rollouts.jsonl:33: " in run("runs", "import", job.path, code=2)
    assert run("runs", "show", "last", "--json")["summary"]["rows"] == 32


@pytest.mark.parametrize(
    "text",
    ['grader = "x"', "data = [1]", "[data]\ntrain = 5", "x = " + "[" * 5000, "[grader]\nname = 5"],
)
def test_a_job_toml_of_other_types_is_named(run, job, text):
    (job.path / "job.toml").write_text(text)
    assert "job.toml: " in run("runs", "import", job.path, code=2)


def test_names_in_records_command_no_terminal(run, tmp_path):
    (tmp_path / "copy").mkdir()
    said = json.loads(record(0, "1", 1.0, service="[red]sums\x1b[31m\ud800"))
    said |= {"criteria": {"[bold]right\x1b": 1.0}, "timestamp": "9999-12-31T23:59:59-14:00"}
    (tmp_path / "copy" / "a.jsonl").write_text(json.dumps(said) + "\n")
    run("runs", "import", "copy")
    shown = run("runs", "show", "last")
    assert "\x1b" not in shown
    assert "[red]sums" in shown
    assert "[bold]right" in shown


def record(n, said, reward, version="7", service="sums", text=False, second=2):
    """A line as a deployed grader logs it."""
    turns = [*TRAIN[n]["messages"], {"role": "assistant", "content": said}]
    (sample,) = parse([TRAIN[n] | {"messages": turns}]).rows
    made = rollout_record(sample, Result("", Grade(reward), reward), version, record_text=text)
    own = {
        "level": "INFO",
        "message": "rollout",
        "timestamp": f"2026-11-29 10:15:{second:02},123+0000",
    }
    return json.dumps(own | {"service": service} | made) + "\n"


def deliver(s3, key, lines):
    body = gzip.compress("".join(lines).encode())
    s3.put_object(Bucket="bucket", Key=f"rollouts/day=2026-11-29/{key}.gz", Body=body)


PREFIX = "s3://bucket/rollouts/"


def test_records_in_s3_become_a_run_and_are_fetched_once(run, s3, monkeypatch, tmp_path):
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in TRAIN))
    deliver(s3, "a", [record(n, f"It is {n}.", 0.0, text=True) for n in (0, 1)])
    args = ("runs", "import", PREFIX, "--rows", "train.jsonl", "--json")
    (first,) = run(*args)
    assert (first["rollouts"], first["grader"], first["version"]) == (2, "sums", "7")
    deliver(s3, "b", [record(0, "It is 1.", 1.0, text=True)])
    fetched = []
    opened = "touchstone.workbench.rows.storage.open_raw"
    import touchstone.workbench.rows.storage as storage

    def noted(name, real=storage.open_raw):
        fetched.append(name)
        return real(name)

    monkeypatch.setattr(opened, noted)
    (again,) = run(*args)
    assert (again["run"], again["rollouts"], again["new"]) == (first["run"], 3, 1)
    assert [name for name in fetched if name.startswith(PREFIX)] == [f"{PREFIX}day=2026-11-29/b.gz"]
    assert kept(first["run"], "SELECT DISTINCT time FROM rows") == [
        ("2026-11-29T10:15:02.123000+00:00",)
    ]
    run("regrade", "last", "--grader", "math_reasoning")
    found = run("runs", "diff", "--json")
    assert (found["paired"], found["mean"][1]) == (3, pytest.approx(1 / 3))


def test_records_tell_no_step_and_are_compared_in_windows_of_time(run, s3, tmp_path):
    """A grader that pays wrong answers takes back what was learned; later windows say it too."""
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in TRAIN))
    lines = [
        record(n, f"It is {n + 1 + off}.", reward if second < 30 else 1 - reward, text=True,
               second=second)
        for second in (50, 10) for n in range(4) for off, reward in SAID
    ]  # fmt: skip
    deliver(s3, "a", lines)
    run("runs", "import", PREFIX, "--rows", "train.jsonl")
    run("regrade", "last", "--grader", "math_reasoning")
    found = run("runs", "diff", "--json")
    assert found["steps"] == []
    early, late = found["windows"]
    assert early["graded"] == ["2026-11-29T10:15:10.123000+00:00"] * 2
    assert (early["scored"], early["advantages_turned"]) == (16, 0)
    assert (late["scored"], late["advantages_turned"], late["mean"]) == (16, 16, [0.5, 0.5])
    said = run("runs", "diff")
    assert "nothing tells the steps; windows of rollouts in the order of time, not of steps" in said
    assert "2026-11-29 10:15:50 to 2026-11-29 10:15:50  0.5000 to 0.5000  16 of 16" in said
    for verb in ("show", "diff"):
        args = ("last", "--steps", "1") if verb == "show" else ("--steps", "1")
        assert "nothing tells the steps of its rows" in run("runs", verb, *args, code=2)


def test_records_without_texts_are_shown_and_never_graded_as_if_they_were_empty(run, s3):
    deliver(s3, "a", [record(0, said, reward) for said, reward in (("1", 1.0), ("2", 0.0))])
    assert "2 completions were not recorded" in run("runs", "import", PREFIX)
    told = run("runs", "show", "last", "--json")["summary"]
    assert (told["mean"], told["groups"]) == (0.5, 1)
    said = run("regrade", "last", "--grader", "math_reasoning", code=2)
    assert "none of its 2 completions was recorded" in said
    assert "record_text" in said


def test_records_of_several_graders_are_never_mixed(run, s3):
    deliver(s3, "a", [record(0, "1", 1.0), record(0, "1", 0.5, "8"), record(0, "1", 0.2, "7", "b")])
    said = run("runs", "import", PREFIX, code=2)
    assert "sums version 8" in said
    assert "--grader and --version" in said
    (one,) = run("runs", "import", PREFIX, "--grader", "sums", "--version", "8", "--json")
    assert (one["rollouts"], one["version"]) == (1, "8")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["jobs/none"], "no such file or folder"),
        (["none.toml"], "none.toml"),
        (["s3://bucket/none/"], "no such object or prefix"),
        (["jobs/sums", "--grader", "x"], "choose among s3:// records"),
    ],
)
def test_what_cannot_be_brought_is_named(run, job, s3, args, said):
    assert said in run("runs", "import", *args, code=2)
    assert run("runs", "list", "--json") == []
