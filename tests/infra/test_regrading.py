"""Shards of files in S3: every line once, in its order, whatever the shards; done stays done."""

import gzip
import json
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from tests.infra.executors import Executors, refused
from touchstone import invoking, regrading
from touchstone.deadline import Deadline
from touchstone.regrading import Regrader, Run, shards_of
from touchstone.workbench import aws
from touchstone.workbench.cli import main

RUN = Run("bucket", "run/", "g")


class Graders(Executors):
    """A deployed grader whose reward is a row's own number."""

    def answer(self, event):
        if self.mishaps:
            return self.mishaps.popleft()
        reply = [{"id": one["id"], "aggregate_reward_score": one["n"]} for one in event]
        return 200, {}, json.dumps(reply).encode()


@pytest.fixture
def graders(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(invoking, "_LONGEST_PAUSE_S", 0.001)
    running = Graders()
    yield running
    running.close()


@pytest.fixture
def s3(graders):
    aws.client.cache_clear()
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        yield client
    aws.client.cache_clear()


@pytest.fixture
def regrader(s3, graders):
    # Invocations go to the local server, past what stands in for S3.
    graders.lambda_ = Invoker(graders)
    return Regrader(s3, graders.lambda_)


class Invoker:
    """boto3's client of Lambda, as far as it is used."""

    def __init__(self, graders):
        self._graders = graders

    def invoke(self, FunctionName, Payload):  # noqa: N803 - boto3's names
        event = json.loads(Payload)
        self._graders.seen.append(event)
        status, headers, body = self._graders.answer(event)
        if status != 200:
            code = headers["x-amzn-ErrorType"]
            response: Any = {
                "Error": {"Code": code},
                "ResponseMetadata": {"HTTPStatusCode": status},
            }
            raise ClientError(response, "Invoke")
        failed = {"FunctionError": "Unhandled"} if "X-Amz-Function-Error" in headers else {}
        return {"Payload": BytesIO(body), **failed}


def put(s3, data, key="rows.jsonl"):
    made = s3.put_object(Bucket="bucket", Key=key, Body=data)
    return "bucket", key, made["ETag"], len(data)


def line(n, pad=0):
    return json.dumps({"id": n, "n": n / 1000, "pad": "é" * pad}, ensure_ascii=False).encode()


def graded(regrader, s3, shards, run=RUN):
    for shard in shards:
        assert regrader.grade(run, shard, Deadline.after(600))["done"]
    keys = [run.key_of(shard.index) for shard in shards]
    bodies = [s3.get_object(Bucket="bucket", Key=key)["Body"].read() for key in keys]
    return [json.loads(each) for each in b"".join(bodies).splitlines()]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pads=st.lists(st.integers(0, 60), min_size=1, max_size=12),
    size=st.integers(1, 200),
    end=st.sampled_from([b"\n", b"\r\n", b"\n\n"]),
    last=st.booleans(),
)
def test_every_row_is_graded_once_and_in_order_however_the_file_is_cut(
    regrader, s3, pads, size, end, last
):
    data = end.join(line(n, pad) for n, pad in enumerate(pads)) + (end if last else b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regrading, "SHARD_BYTES", size)
        patch.setattr(regrading, "_MORE_BYTES", 7)
        shards = shards_of([put(s3, data)])
    rows = [row for shard in shards for row in regrader.rows(shard)]
    assert [row["id"] for row in rows] == list(range(len(pads)))


def test_results_are_in_the_rows_order_over_several_files_with_a_manifest(regrader, s3):
    files = [put(s3, b"\n".join(line(n) for n in span), f"{span[0]}.jsonl")
             for span in (range(200), range(200, 300))]  # fmt: skip
    shards = shards_of(files)
    results = graded(regrader, s3, shards)
    assert [one["id"] for one in results] == list(range(300))
    assert [one["aggregate_reward_score"] for one in results] == [n / 1000 for n in range(300)]
    totals = regrader.gather(RUN, len(shards) + 1)
    assert totals == {"rows": 300, "outcomes": {"scored": 300}, "shards": 3, "missing": 1}
    manifest = json.loads(s3.get_object(Bucket="bucket", Key="run/manifest.json")["Body"].read())
    assert (manifest["missing"], [part["rows"] for part in manifest["results"]]) == (
        [2],
        [200, 100],
    )


def test_a_line_that_cannot_be_read_costs_itself_alone(regrader, s3):
    data = b"\n".join([line(0), b"{no json", b"\xff", line(3)])
    outcomes = [one["outcome"] for one in graded(regrader, s3, shards_of([put(s3, data)]))]
    assert outcomes == ["scored", "unscored:bad_sample", "unscored:bad_sample", "scored"]


def test_what_is_done_is_not_graded_again(regrader, s3, graders):
    shards = shards_of([put(s3, line(0))])
    graded(regrader, s3, shards)
    asked = len(graders.seen)
    graded(regrader, s3, shards)
    assert len(graders.seen) == asked


def test_a_file_that_changes_under_a_run_is_refused(regrader, s3):
    shards = shards_of([put(s3, line(0))])
    put(s3, line(1))
    with pytest.raises(Exception, match="PreconditionFailed"):
        regrader.grade(RUN, shards[0], Deadline.after(60))


def test_a_worker_without_time_keeps_what_it_has_and_the_next_goes_on(regrader, s3, graders):
    (shard,) = shards_of([put(s3, b"\n".join(line(n) for n in range(600)))])
    # Less than one more call may take.
    assert regrader.grade(RUN, shard, Deadline.after(100)) == {"done": False, "rows": 256}
    assert regrader.grade(RUN, shard, Deadline.after(100)) == {"done": False, "rows": 512}
    assert regrader.grade(RUN, shard, Deadline.after(100)) == {"done": True, "rows": 600}
    ids = [one["id"] for one in graded(regrader, s3, [shard])]
    assert ids == list(range(600))
    assert sum(map(len, graders.seen)) == 600


@pytest.mark.parametrize(
    "mishap",
    [refused(429, "TooManyRequestsException"), refused(502, "ResourceNotReadyException"),
     refused(413, "RequestTooLargeException")],
)  # fmt: skip
def test_a_busy_grader_is_waited_for_and_a_large_batch_is_halved(regrader, s3, graders, mishap):
    graders.mishaps.extend([mishap] * 3)
    results = graded(regrader, s3, shards_of([put(s3, b"\n".join(map(line, range(100))))]))
    assert [one["aggregate_reward_score"] for one in results] == [n / 1000 for n in range(100)]


def test_a_grader_that_cannot_be_called_fails_the_shard_and_a_failing_one_its_rows(
    regrader, s3, graders
):
    (shard,) = shards_of([put(s3, line(0))])
    graders.mishaps.append(refused(403, "AccessDeniedException"))
    with pytest.raises(invoking.Unanswered):
        regrader.grade(RUN, shard, Deadline.after(60))
    failed = b'{"errorType": "FaultBudgetExceeded", "errorMessage": "1 of 1"}'
    graders.mishaps.append((200, {"X-Amz-Function-Error": "Unhandled"}, failed))
    (one,) = graded(regrader, s3, [shard])
    assert (one["outcome"], "FaultBudgetExceeded" in one["reason"]) == (
        "unscored:grader_error",
        True,
    )


@pytest.fixture
def command(s3, graders, monkeypatch):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:g:7"
    monkeypatch.setattr(aws, "pin", lambda *_: aws.Pinned(arn, "7", ""))
    monkeypatch.setattr("touchstone.workbench.grading.backends.check_invoke", lambda *_: None)
    monkeypatch.setattr("touchstone.workbench.regrade.money._memory_gb", lambda _: 1.0)
    real = aws.client

    def client(service, *rest, **more):
        return Invoker(graders) if service == "lambda" else real(service, *rest, **more)

    patched: Any = client
    patched.cache_clear = real.cache_clear
    monkeypatch.setattr(aws, "client", patched)
    put(s3, b"\n".join(map(line, range(100))))

    def run(*more, rows="s3://bucket/rows.jsonl"):
        return CliRunner().invoke(main, ["regrade", rows, "-o", "s3://bucket/run", *more])

    return run


def test_a_small_file_is_graded_from_here_once_its_cost_was_agreed_to(command, s3, graders):
    refused_ = command("--function", "g")
    assert (refused_.exit_code, "USD" in refused_.stderr) == (1, True)
    assert "Contents" not in s3.list_objects_v2(Bucket="bucket", Prefix="run/")
    done = command("--function", "g", "--yes", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["outcomes"] == {"scored": 100}
    assert "holds a run already" in command("--function", "g", "--yes").stderr


def test_a_run_that_broke_off_says_the_command_that_goes_on(command, graders):
    command("--function", "g")  # what the estimate asks
    graders.seen.clear()
    put_off = [graders.answer([{"id": n, "n": 0} for n in range(64)])]
    graders.mishaps.extend([*put_off, *[refused(403, "ExpiredTokenException")] * 4])
    broken = command("--function", "g", "--yes")
    assert broken.exit_code == 2
    again = "touchstone regrade s3://bucket/rows.jsonl -o s3://bucket/run --resume"
    assert broken.stderr.rstrip().endswith(again)
    graders.mishaps.clear()
    assert command("--resume").exit_code == 0


def test_packed_files_are_graded_as_they_are_unpacked_and_unpacked_once(command, s3):
    packed = gzip.compress(b"\n".join(map(line, range(100, 300))))
    put(s3, packed, "in/b.jsonl.gz")
    put(s3, b"\n".join(map(line, range(100))), "in/a.jsonl")
    # What a single file of them holds, too.
    for rows, count in (("s3://bucket/in/", 300), ("s3://bucket/in/b.jsonl.gz", 200)):
        for key in [one["Key"] for one in s3.list_objects_v2(Bucket="bucket")["Contents"]]:
            if key.startswith("run/"):
                s3.delete_object(Bucket="bucket", Key=key)
        done = command("--function", "g", "--yes", "--json", rows=rows)
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["outcomes"] == {"scored": count}, done.stderr
        assert done.stderr.count("unpacking s3://bucket/in/b.jsonl.gz") == 1
        again = command("--resume", "--json", rows=rows)
        assert (again.exit_code, "unpacking" in again.stderr) == (0, False), again.stderr
    put(s3, gzip.compress(line(1)), "in/b.jsonl.gz")
    assert "have changed" in command("--resume", rows="s3://bucket/in/b.jsonl.gz").stderr


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        ("rows.jsonl", ("--function", "g"), "does not lie in S3"),
        ("s3://bucket/rows.jsonl", (), "--resume"),
        ("s3://bucket/rows.jsonl", ("--resume",), "holds no run"),
        ("s3://bucket/none.jsonl", ("--function", "g"), "no such object"),
        ("s3://bucket/rows.jsonl.gz", ("--function", "g"), "rows.jsonl.gz: cannot be unpacked"),
    ],
)
def test_what_cannot_be_regraded_is_refused(command, s3, rows, more, said):
    put(s3, b"x", "rows.jsonl.gz")
    result = command(*more, rows=rows)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
