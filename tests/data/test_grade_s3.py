"""Grading reads and writes where the data tools do: S3, gzip, standard input and output."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support import row
from touchstone.workbench.cli import main
from touchstone.workbench.rows.storage import DataError, writing

ROWS = [row('{"a": 1}', {"a": 1}) | {"id": n} for n in range(3)]
JSONL = "".join(json.dumps(each) + "\n" for each in ROWS).encode()


def grade(*arguments, stdin=None):
    return CliRunner().invoke(main, ["grade", "data_extraction", *arguments], input=stdin)


def stored(s3, key):
    return s3.get_object(Bucket="bucket", Key=key)["Body"].read()


def ids(data):
    return [json.loads(line)["id"] for line in data.splitlines()]


@pytest.fixture
def rows(s3):
    s3.put_object(Bucket="bucket", Key="rows.jsonl.gz", Body=gzip.compress(JSONL))
    return "s3://bucket/rows.jsonl.gz"


def test_rows_are_graded_from_s3_to_s3(rows, s3, tmp_path):
    result = grade(rows, "-o", "s3://bucket/out/graded.jsonl")
    assert result.exit_code == 0, result.output
    assert ids(stored(s3, "out/graded.jsonl")) == [0, 1, 2]
    assert [each.name for each in tmp_path.iterdir()] == [".touchstone"]  # the run that is kept


def test_gzip_is_written_by_name_here_and_to_s3(rows, s3):
    for name in ("out.jsonl.gz", "s3://bucket/out.jsonl.gz"):
        assert grade("-", "-o", name, stdin=JSONL).exit_code == 0
    here = Path("out.jsonl.gz").read_bytes()
    assert here == stored(s3, "out.jsonl.gz")
    assert ids(gzip.decompress(here)) == [0, 1, 2]


def test_a_dash_is_standard_output():
    assert ids(grade("-", "-o", "-", stdin=JSONL).stdout) == [0, 1, 2]


def test_rows_in_s3_are_never_replaced(rows, s3):
    result = grade(rows, "-o", rows)
    assert result.exit_code == 2
    assert "would replace the rows" in result.stderr
    assert gzip.decompress(stored(s3, "rows.jsonl.gz")) == JSONL


@pytest.mark.parametrize("output", ["s3://nowhere/graded.jsonl", "s3://"])
def test_an_output_that_cannot_be_written_is_refused_before_a_row_is_graded(
    rows, output, monkeypatch
):
    monkeypatch.setattr(
        "touchstone.workbench.cli.grade.grade_lines", lambda *_: pytest.fail("graded")
    )
    result = grade(rows, "-o", output)
    assert result.exit_code == 2
    assert output in result.stderr


def test_missing_rows_empty_no_output(s3):
    s3.put_object(Bucket="bucket", Key="out.jsonl", Body=b"kept")
    assert grade("s3://bucket/none.jsonl", "-o", "s3://bucket/out.jsonl").exit_code == 2
    assert stored(s3, "out.jsonl") == b"kept"


def put(data, and_then):
    with writing("s3://bucket/out.jsonl") as sink:
        sink.write(data)
        and_then()


def test_what_s3_refuses_in_the_end_is_kept_on_this_disk(s3):
    def gone():
        s3.delete_object(Bucket="bucket", Key="out.jsonl")
        s3.delete_bucket(Bucket="bucket")

    with pytest.raises(DataError, match="what was written is kept in") as caught:
        put(b"paid for", gone)
    kept = Path(str(caught.value).rpartition(" ")[2])
    assert kept.read_bytes() == b"paid for"
    kept.unlink()


def test_what_is_done_before_an_interrupt_is_stored(s3):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(b"done", interrupted)
    assert stored(s3, "out.jsonl") == b"done"


def test_numbers_are_read_as_lambda_reads_them():
    large = 12345678901234567890123
    near = row(json.dumps({"n": large + 1}), {"n": large})
    graded = grade("-", stdin=json.dumps(near).encode())
    assert json.loads(graded.stdout)["aggregate_reward_score"] < 1.0


def test_bytes_that_are_no_text_lose_their_line_alone():
    result = grade("-", stdin=JSONL + b'{"id": "\xff"}\n' + JSONL)
    assert result.exit_code == 2
    assert "-:4: not UTF-8: byte 8 is 0xff" in result.stderr
    assert ids(result.stdout) == [0, 1, 2, None, 0, 1, 2]


def test_what_is_large_is_told_the_command_that_grades_it_in_the_account(rows, monkeypatch):
    monkeypatch.setattr("touchstone.workbench.cli.grade.HERE_BYTES", 1)
    said = grade(rows, "--function", "house-code").stderr
    assert f"touchstone regrade {rows} --function house-code -o s3://" in said
