"""CSV and Parquet as their writers leave them: odd headers, encodings, times and bytes."""

import json
import os
from datetime import datetime

import pytest
from click.testing import CliRunner

from tests.data.test_convert_sources import ROW, run, write
from touchstone.workbench.cli import main

HEADERS = {
    "spaces after the commas": 'question, answer\nWhat is 6*7?, 42\n"What is 6*7?", "42"\n',
    "spaces around names": "question , answer \nWhat is 6*7?,42\nWhat is 6*7?,42\n",
    "a data frame's index": ",question,answer\n0,What is 6*7?,42\n1,What is 6*7?,42\n",
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
def test_headers_that_programs_write(tmp_path, text):
    rows, refused, result = run(tmp_path, write(tmp_path / "a.csv", text))
    assert (rows, refused) == ([ROW, ROW], [])
    unnamed = {"unnamed column": 2} if text[0] == "," else {}
    assert result.counts.left_out == unnamed


def test_a_space_that_begins_a_cell_is_kept_where_the_header_has_none(tmp_path):
    rows, _, _ = run(tmp_path, write(tmp_path / "a.csv", "question,answer\nx, 42\n"))
    assert rows[0]["reference_answer"] == " 42"


@pytest.mark.parametrize(
    "data", [b"Frage;L\xf6sung\nq;a\n", "question,answer\nq,a\n".encode("utf-16")]
)
def test_a_header_that_is_not_utf8_is_named(tmp_path, data):
    source = write(tmp_path / "a.csv", data)
    rows, refused, result = run(tmp_path, source)
    assert (rows, result.counts.unreadable) == ([], {str(source): refused[0]["reason"]})
    assert refused[0]["reason"].endswith("; save it as UTF-8")


def test_a_file_name_that_is_not_utf8_can_be_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"caf\xe9.jsonl")
    try:
        (tmp_path / name).write_text('oops\n{"question": "q"}\n')
    except OSError:
        pytest.skip("this file system wants UTF-8")
    result = CliRunner().invoke(main, ["data", "convert", name, "-o", "o.jsonl"])
    assert result.exit_code == 1, result.output
    (refused,) = (tmp_path / "o.rejects.jsonl").read_text().splitlines()
    assert json.loads(refused)["file"] == "caf\\udce9.jsonl"


@pytest.fixture
def parquet(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

    def make(values, kind):
        count = len(values)
        columns = {"id": list(range(count)), "question": ["What is 6*7?"] * count}
        table = pa.table(columns | {"extra": pa.array(values, kind)})
        pq.write_table(table, tmp_path / "a.parquet")
        return tmp_path / "a.parquet"

    return pa, make


def test_times_are_read_to_the_microsecond(tmp_path, parquet):
    pa, make = parquet
    at = pa.scalar(1_700_000_000_123_456_789, pa.timestamp("ns", "UTC"))
    rows, refused, _ = run(tmp_path, make([at], pa.timestamp("ns", "UTC")))
    assert refused == []
    assert datetime.fromisoformat(rows[0]["extra"]).timestamp() == 1_700_000_000.123456


@pytest.mark.parametrize("bad", ["time", "bytes"])
def test_a_value_that_python_cannot_hold_costs_its_row(tmp_path, parquet, bad):
    pa, make = parquet
    if bad == "time":  # far beyond the year 9999
        values, kind = pa.array([0, 10**18, 0], pa.int64()), pa.timestamp("us")
    else:
        values, kind = pa.array([b"a", b"\xff", b"b"]), pa.string()
    rows, refused, _ = run(tmp_path, make(values.view(kind), kind))
    assert [(r["row"], r["kind"]) for r in refused] == [(2, "bad_value")]
    assert "column 'extra'" in refused[0]["reason"]
    # Ids that were numbers are text, which is what a row's id is.
    assert [row["id"] for row in rows] == ["0", "2"]
