"""The scheduled monitor: groups rebuilt from what Firehose delivers."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from tests.support import exact, reply_to, row
from touchstone.lambdas.monitor.handler import lambda_handler
from touchstone.monitor import group_shares, read_records
from touchstone.observe import rollout_record


def record(reward, prompt="p", **more):
    return {
        "service": "g", "version": "3", "prompt_hash": prompt,
        "reward": reward, "outcome": "scored", **more,
    }  # fmt: skip


def test_shares_are_of_groups_and_never_mix_graders_or_versions():
    records = [
        *(record(0.0, "zero") for _ in range(4)),
        *(record(1.0, "one") for _ in range(2)),
        *(record(0.4, "equal") for _ in range(3)),
        record(0.0, "mixed"),
        record(1.0, "mixed"),
        record(1.0, "lone"),
        record(0.0, "mixed", version="4"),
        record(0.0, "mixed", service="other"),
        record(0.0, "mixed", version="4"),
    ]
    assert group_shares(records) == {
        ("g", "3"): {"Groups": 4.0, "AllZero": 0.25, "AllOne": 0.25, "AllEqual": 0.75},
        ("g", "4"): {"Groups": 1.0, "AllZero": 1.0, "AllOne": 0.0, "AllEqual": 1.0},
    }


def test_unscored_rollouts_say_nothing_about_a_group():
    rewards = [record(0.0), record(1.0), record(0.5, outcome="unscored:judge_fault")]
    assert group_shares(rewards)["g", "3"]["AllEqual"] == 0.0
    assert group_shares([record(0.0), record(0.0, outcome="unscored:deadline")]) == {}


def test_a_difference_of_rounding_is_none():
    shares = group_shares([record(1.0 - 1e-9), record(1.0)])["g", "3"]
    assert (shares["AllOne"], shares["AllEqual"]) == (1.0, 1.0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 0.5, 1.0])), min_size=1))
def test_a_call_that_was_retried_changes_no_share_of_a_whole_group(rollouts):
    once = [record(reward, prompt) for prompt, reward in [*rollouts, *rollouts]]
    assert group_shares(once) == group_shares([*once, *once])


@pytest.fixture
def bucket(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="rollouts")
        yield s3


def deliver(s3, name, *records, separator="\n", day=None):
    body = separator.join(json.dumps(item) for item in records).encode()
    day = day or f"{datetime.now(UTC):%Y-%m-%d}"
    s3.put_object(Bucket="rollouts", Key=f"rollouts/day={day}/{name}", Body=gzip.compress(body))


def test_records_are_read_however_they_are_separated_and_junk_is_passed_over(bucket):
    deliver(bucket, "lines", record(0.1), record(0.2))
    deliver(bucket, "joined", record(0.3), {"message": "other"}, record(0.4), separator="")
    bucket.put_object(
        Bucket="rollouts", Key=f"rollouts/day={datetime.now(UTC):%Y-%m-%d}/plain",
        Body=b'{"broken": ' + json.dumps(record(0.5)).encode(),
    )  # fmt: skip
    deliver(bucket, "old", record(0.9), day="2020-01-01")
    soon = datetime.now(UTC) + timedelta(seconds=5)
    read = read_records(bucket, "rollouts", soon, timedelta(minutes=10))
    assert sorted(item["reward"] for item in read) == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_the_handler_publishes_the_shares_of_what_graders_record(bucket, monkeypatch, capsys):
    records = []

    def observe(batch, results):
        for sample, result in zip(batch.rows, results, strict=True):
            records.append({"service": "g", **rollout_record(sample, result, "3")})

    reply_to([row("yes"), row("yes"), row("no", prompt="q"), row("yes", prompt="q")], exact(),
             observe=observe)  # fmt: skip
    deliver(bucket, "batch", *records)
    monkeypatch.setenv("TOUCHSTONE_ROLLOUTS", "rollouts")
    monkeypatch.setenv("TOUCHSTONE_WINDOW_MINUTES", "30")
    assert lambda_handler({}, None) == {"graders": 1}
    metrics = json.loads(capsys.readouterr().out)
    assert (metrics["service"], metrics["version"]) == ("g", "3")
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service"], ["service", "version"]]
    assert metrics["WindowGroups"] == [2.0]
    assert metrics["WindowAllOne"] == metrics["WindowAllEqual"] == [0.5]
    assert metrics["WindowAllZero"] == [0.0]
