"""Ten thousand rows in S3 through the stage's own state machine, as one grades them here."""

import json
import subprocess
import sys
import time

import pytest

from tests.e2e import toolchain
from tests.e2e.cloud import alone, environment
from tests.support import row
from touchstone.workbench.grading.backends import in_process

ROWS = 10_000
ODD = {17: b"{not json", 5_000: b"\xff", 9_999: b"[]"}
ENTRY = {"template": "math_reasoning"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("regrade")
    with alone(folder, {"sums": ENTRY}, {"concurrency": 10}) as (running, outputs):
        yield running, outputs


def lines():
    for number in range(ROWS):
        answer = f"It is {number % 7}. " + "So it is. " * (number % 5)
        rollout = row(f"{answer}\n\\boxed{{{number % 7}}}", {"answer": str(number % 3)})
        yield ODD.get(number) or json.dumps({**rollout, "id": f"r{number}"}).encode()


def touchstone(running, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "touchstone.workbench.cli", *arguments],
        env=environment(running.folder, running.url) | {"PYTHONPATH": str(toolchain.ROOT)},
        cwd=running.folder,
        capture_output=True,
        text=True,
        timeout=500,
    )


def results(s3, bucket, folder):
    manifest = json.loads(
        s3.get_object(Bucket=bucket, Key=f"{folder}/manifest.json")["Body"].read()
    )
    for part in manifest["results"]:
        body = s3.get_object(Bucket=bucket, Key=part["key"])["Body"].read()
        yield from map(json.loads, body.splitlines())


def told(entries):
    return [(one["id"], one["aggregate_reward_score"], one["outcome"]) for one in entries]


def test_rows_in_s3_are_graded_in_the_account_as_here(stage, report):
    running, outputs = stage
    rows = list(lines())
    with running.client("s3") as s3:
        bucket = outputs["OutputBucket"]
        s3.put_object(Bucket=bucket, Key="rows.jsonl", Body=b"\n".join(rows))
        command = (
            "regrade", f"s3://{bucket}/rows.jsonl", "-o", f"s3://{bucket}/run", "--stage", "e2e",
            "--function", outputs["GradersumsArn"], "--in-account", "--yes", "--json",
        )  # fmt: skip
        started = time.perf_counter()
        done = touchstone(running, *command)
        report.timed("regrade", "10,000 rows", "in all", started)
        assert done.returncode == 1, done.stderr
        assert "USD" in done.stderr
        found = told(results(s3, bucket, "run"))
        # Resumed, only what is missing is graded: a part whose results were lost.
        s3.delete_object(Bucket=bucket, Key="run/results/000001.jsonl")
        again = touchstone(running, *command[:4], "--stage", "e2e", "--in-account", "--resume")
        assert again.returncode == 1, again.stderr
        assert told(results(s3, bucket, "run")) == found
    unread = [number for number, raw in ODD.items() if raw != b"[]"]
    readable = [json.loads(raw) for number, raw in enumerate(rows) if number not in ODD]
    with in_process("math_reasoning", {}) as backend:
        expected = told(backend(readable))
    assert [one for one in found if one[0] is not None] == expected
    assert [one[2] for one in found if one[0] is None] == ["unscored:bad_sample"] * len(unread)
    assert json.loads(done.stdout)["outcomes"]["scored"] == len(readable)
