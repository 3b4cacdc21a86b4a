"""Rows that lie packed in S3: unpacked once beside the results, after all that may refuse them."""

import gzip
import json

import pytest
from click.testing import CliRunner

from tests.support import row
from touchstone.workbench import aws
from touchstone.workbench.cli import main
from touchstone.workbench.regrade.run import begin, first_rows, resumed, write_down
from touchstone.workbench.rows.storage import DataError

ROWS = [row(str(n)) | {"id": n} for n in range(3)]
OUT = "s3://bucket/out"


@pytest.fixture
def rows(s3):
    put(s3, gzip.compress("".join(json.dumps(each) + "\n" for each in ROWS).encode()))
    return "s3://bucket/rows.jsonl.gz"


@pytest.fixture
def pinned(monkeypatch):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:grader:1"
    monkeypatch.setattr(aws, "pin", lambda *_: aws.Pinned(arn, "1", "/aws/lambda/grader"))


def put(s3, data):
    s3.put_object(Bucket="bucket", Key="rows.jsonl.gz", Body=data)


def unpacked(s3):
    found = s3.list_objects_v2(Bucket="bucket", Prefix="out/rows/").get("Contents", ())
    return [(one["Key"], one["LastModified"]) for one in found]


@pytest.mark.usefixtures("pinned")
def test_rows_are_unpacked_once_and_gone_on_with(rows, s3):
    said = []
    made = begin(rows, OUT, "grader", "us-east-1", said.append)
    write_down(made)
    ((key, _),) = there = unpacked(s3)
    assert {shard.key for shard in made.shards} == {key}
    assert first_rows(made)[0] == ROWS
    again = resumed(rows, OUT, "us-east-1", said.append)
    assert (again.shards, unpacked(s3), len(said)) == (made.shards, there, 1)
    put(s3, gzip.compress(b"{}\n"))
    with pytest.raises(DataError, match="have changed"):
        resumed(rows, OUT, "us-east-1", said.append)


@pytest.mark.usefixtures("pinned")
@pytest.mark.parametrize(
    "data", [b"no gzip", gzip.compress(b"{}" * 999)[:-9]], ids=["no gzip", "cut off"]
)
def test_what_cannot_be_unpacked_is_said_and_leaves_nothing(rows, s3, data):
    put(s3, data)
    with pytest.raises(DataError, match=r"rows\.jsonl\.gz: cannot be unpacked"):
        begin(rows, OUT, "grader", "us-east-1", lambda _: None)
    assert unpacked(s3) == []


def test_a_grader_that_is_not_there_is_said_before_anything_is_unpacked(rows, s3):
    command = ["regrade", rows, "-o", OUT, "--function", "none", "--region", "us-east-1", "--yes"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2, result.output
    assert "unpacking" not in result.stderr
    assert unpacked(s3) == []
