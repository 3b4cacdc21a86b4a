"""The checks and the split read from S3, and the split writes there."""

import json

import pytest
from click.testing import CliRunner

from tests.data.training import row
from touchstone.workbench.cli import main


@pytest.fixture
def bucket(s3):
    rows = [json.dumps(row(n)) + "\n" for n in range(120)]
    s3.put_object(Bucket="bucket", Key="in/rows.jsonl", Body="".join(rows).encode())
    return "s3://bucket/in/rows.jsonl"


def invoke(*arguments):
    return CliRunner().invoke(main, ["data", *arguments])


def test_split_from_s3_to_s3(bucket, s3, tmp_path):
    result = invoke("split", bucket, "-o", "s3://bucket/out/rows", "--json")
    assert result.exit_code == 0
    made = json.loads(result.stdout)
    bodies = [
        s3.get_object(Bucket="bucket", Key=f"out/rows.{part}.jsonl")["Body"].read()
        for part in ("train", "validation")
    ]
    assert [body.count(b"\n") for body in bodies] == [made["train_rows"], made["validation_rows"]]
    whole = s3.get_object(Bucket="bucket", Key="in/rows.jsonl")["Body"].read()
    assert sorted(b"".join(bodies).splitlines()) == sorted(whole.splitlines())
    assert list(tmp_path.iterdir()) == []


def test_validate_and_profile_from_s3(bucket):
    assert invoke("validate", bucket).exit_code == 0
    assert json.loads(invoke("profile", bucket, "--json").stdout)["rows"] == 120


@pytest.mark.parametrize("verb", ["validate", "profile", "split"])
def test_a_missing_object_is_bad_input(bucket, verb):
    result = invoke(verb, "s3://bucket/in/none.jsonl")
    assert result.exit_code == 2
    assert "s3://bucket/in/none.jsonl" in result.stderr
