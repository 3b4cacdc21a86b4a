"""S3 in and out: prefixes, large bodies, uploads in parts, and what goes wrong."""

import json

import pytest

from tests.data.test_convert_sources import HOUR, ROW, write_logs
from touchstone.workbench.data.conversion import Broken, convert_files
from touchstone.workbench.data.forms import Options
from touchstone.workbench.rows import storage
from touchstone.workbench.rows.storage import DataError


def read(s3, key):
    return s3.get_object(Bucket="bucket", Key=key)["Body"].read()


def test_logs_are_read_from_a_prefix_with_their_large_bodies(s3, tmp_path):
    write_logs(tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*"):
        if path.is_file():
            key = f"logs/{path.relative_to(tmp_path / 'copy').as_posix()}"
            s3.upload_file(str(path), "bucket", key)
    s3.put_object(Bucket="bucket", Key="logs-of-others/x.jsonl", Body=b"{}")
    options = Options(form="logs", keep_answer="reference")
    result = convert_files(["s3://bucket/logs"], "s3://bucket/out/rows.jsonl", options)
    rows = [json.loads(line) for line in read(s3, "out/rows.jsonl").splitlines()]
    assert rows == [{"id": f"r{n}", **ROW} for n in (1, 2)]
    assert result.rejects == ""
    assert f"s3://bucket/logs/{HOUR}/data/r2_input.json.gz" in result.passed_over
    assert list((tmp_path / ".touchstone" / "convert").iterdir()) == []


def test_rows_and_refusals_are_uploaded_in_parts_where_they_are_large(s3):
    prompt = "x" * 20_000
    lines = [json.dumps({"question": prompt, "answer": n}) for n in range(500)]
    s3.put_object(Bucket="bucket", Key="in.jsonl", Body="\n".join([*lines, "oops"]).encode())
    result = convert_files(["s3://bucket/in.jsonl"], "s3://bucket/out/rows.jsonl", Options())
    assert result.counts.written == 500
    assert result.rejects == "s3://bucket/out/rows.rejects.jsonl"
    parts = s3.head_object(Bucket="bucket", Key="out/rows.jsonl")["ETag"].strip('"').split("-")[1]
    assert int(parts) > 1
    assert len(read(s3, "out/rows.jsonl").splitlines()) == 500
    assert json.loads(read(s3, "out/rows.rejects.jsonl"))["line"] == 501


def test_parquet_is_read_from_s3(s3, tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(
        pa.Table.from_pylist([{"question": "What is 6*7?", "answer": "42"}]), "a.parquet"
    )
    s3.upload_file("a.parquet", "bucket", "a.parquet")
    convert_files(["s3://bucket/a.parquet"], str(tmp_path / "o.jsonl"), Options())
    assert json.loads((tmp_path / "o.jsonl").read_text()) == ROW


def test_many_small_objects_keep_their_order_beside_a_large_one(s3, tmp_path):
    for n in range(30):
        row = {"question": "x" * (6_000_000 if n == 11 else 10), "answer": n}
        s3.put_object(Bucket="bucket", Key=f"in/{n:02}.jsonl", Body=json.dumps(row).encode())
    convert_files(["s3://bucket/in/"], str(tmp_path / "o.jsonl"), Options())
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [row["reference_answer"] for row in rows] == [str(n) for n in range(30)]
    assert len(rows[11]["messages"][0]["content"]) == 6_000_000


def test_an_object_that_goes_away_is_named_and_the_rest_can_be_resumed(s3, tmp_path, monkeypatch):
    row = json.dumps({"question": "What is 6*7?", "answer": "42"}).encode()
    for n in range(3):
        s3.put_object(Bucket="bucket", Key=f"in/{n}.jsonl", Body=row)
    whole = storage.open_raw

    def denied(name):
        if name.endswith("1.jsonl"):
            raise DataError(f"{name}: AccessDenied")
        return whole(name)

    monkeypatch.setattr(storage, "open_raw", denied)
    with pytest.raises(Broken, match=r"s3://bucket/in/1\.jsonl: AccessDenied"):
        convert_files(["s3://bucket/in/"], str(tmp_path / "o.jsonl"), Options())
    assert json.loads((tmp_path / "o.jsonl").read_text()) == ROW
    monkeypatch.setattr(storage, "open_raw", whole)
    result = convert_files(["s3://bucket/in/"], str(tmp_path / "o.jsonl"), Options(), resume=True)
    assert result.counts.written == 3


@pytest.mark.parametrize("source", ["s3://bucket/in/a.jsonl", "s3://bucket/in"])
def test_an_object_of_the_source_is_never_replaced(s3, source):
    s3.put_object(Bucket="bucket", Key="in/a.jsonl", Body=b'{"question": "q"}')
    with pytest.raises(DataError, match=r"would (be replaced|replace their source)"):
        convert_files([source], "s3://bucket/in/a.jsonl", Options())
    assert read(s3, "in/a.jsonl") == b'{"question": "q"}'


def test_a_bucket_or_prefix_that_is_not_there_is_named(s3, tmp_path):
    for source in ("s3://nowhere/x.jsonl", "s3://bucket/none/", "s3://"):
        with pytest.raises(DataError, match=source):
            convert_files([source], str(tmp_path / "o.jsonl"), Options())


def test_a_failed_upload_keeps_the_rows_and_can_be_resumed(s3, tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"question": "What is 6*7?", "answer": "42"}))
    with pytest.raises(DataError, match=r"s3://later/rows\.jsonl"):
        convert_files(["a.jsonl"], "s3://later/rows.jsonl", Options())
    s3.create_bucket(Bucket="later")
    result = convert_files(["a.jsonl"], "s3://later/rows.jsonl", Options(), resume=True)
    assert result.counts.written == 1
    body = s3.get_object(Bucket="later", Key="rows.jsonl")["Body"].read()
    assert json.loads(body) == ROW


def test_a_connection_that_breaks_keeps_what_was_read_and_can_be_resumed(s3, tmp_path, monkeypatch):
    from botocore.exceptions import ReadTimeoutError
    from botocore.response import StreamingBody

    lines = [json.dumps({"question": "y" * 2000, "answer": str(n)}) for n in range(3000)]
    s3.put_object(Bucket="bucket", Key="in.jsonl", Body="\n".join(lines).encode())
    whole, output = tmp_path / "whole.jsonl", tmp_path / "o.jsonl"
    convert_files(["s3://bucket/in.jsonl"], str(whole), Options())

    read_on, calls = StreamingBody.read, []

    def breaks(self, amt=None):
        calls.append(amt)
        if len(calls) > 3:
            raise ReadTimeoutError(endpoint_url="s3")
        return read_on(self, amt)

    monkeypatch.setattr(StreamingBody, "read", breaks)
    with pytest.raises(DataError, match="timeout"):
        convert_files(["s3://bucket/in.jsonl"], str(output), Options())
    assert 0 < len(output.read_text().splitlines()) < 3000
    monkeypatch.undo()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    convert_files(["s3://bucket/in.jsonl"], str(output), Options(), resume=True)
    assert output.read_bytes() == whole.read_bytes()
