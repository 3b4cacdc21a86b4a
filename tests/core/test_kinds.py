"""A file that is no JSON Lines is named by what it is, once, with the verb that reads it."""

import gzip
import io
import json
import re

import pytest
from click.testing import CliRunner

from touchstone.workbench.cli import main

CSV = b"question,answer\nWhat is 2+2?,4\n"
ROWS = [{"id": "a", "messages": [{"role": "assistant", "content": "4"}], "reference_answer": "4"}]


def parquet():
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table({"question": ["q"]}), sink)
    return sink.getvalue()


FILES = {
    "csv": (CSV, "CSV, .*data convert.*csv"),
    "semicolons": (CSV.replace(b",", b";"), "CSV, .*data convert.*csv"),
    "tsv": (CSV.replace(b",", b"\t"), "TSV, .*data convert.*tsv"),
    "array": (json.dumps(ROWS, indent=2).encode(), "JSON over several lines, .*convert.*json"),
    "array of lines": (b'[{"a": 1},\n {"a": 2}]\n', "JSON over several lines"),
    "one indented row": (json.dumps(ROWS[0], indent=1).encode(), "JSON over several lines"),
    "yaml": (b"- question: q\n  answer: 4\n", "YAML, .*line of JSON"),
    "html": (b"\xef\xbb\xbf<!DOCTYPE html>\n<html>\n", "page of markup, .*downloaded"),
    "parquet": (parquet(), "Parquet, .*data convert.*parquet"),
    "gzip": (gzip.compress(b"{}\n"), "gzip, .*unpack"),
    "zip": (b"PK\x03\x04\n", "ZIP archive.*unpack"),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "Git LFS .* git lfs pull",
    ),
    "utf-16": (CSV.decode().encode("utf-16"), "UTF-16, .*UTF-8"),
    "utf-16 without a mark": (CSV.decode().encode("utf-16-le"), "UTF-16, .*UTF-8"),
}


@pytest.mark.parametrize("verb", [("grade", "math_reasoning"), ("data", "validate")])
@pytest.mark.parametrize("name", FILES)
def test_another_form_of_file_is_named_with_what_reads_it(name, verb, tmp_path):
    content, said = FILES[name]
    (tmp_path / "f.jsonl").write_bytes(content)
    result = CliRunner().invoke(main, [*verb, str(tmp_path / "f.jsonl")])
    assert result.exit_code == 2
    text = " ".join(result.stderr.split())
    assert re.search(f"f.jsonl: seems to be (an? )?{said}", text)


@pytest.mark.parametrize(
    "first", ["{", '{"id": "a",,}', "nonsense, really", "a: 1", '{"a": 1},', '["cut']
)
def test_a_bad_line_of_json_lines_loses_itself_alone(first, tmp_path):
    (tmp_path / "f.jsonl").write_text(f"{first}\n{json.dumps(ROWS[0])}\n")
    out = tmp_path / "out.jsonl"
    args = ["grade", "math_reasoning", str(tmp_path / "f.jsonl"), "-o", str(out)]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 2
    outcomes = [json.loads(line)["outcome"] for line in out.read_text().splitlines()]
    assert outcomes == ["unscored:bad_sample", "scored"]
    assert re.search(r"f.jsonl:1: not JSON: \D+ at character \d+\n", result.stderr)


@pytest.mark.parametrize("content", ["", "\n\n", "  \n\t\n", "[]\n"])
def test_a_file_without_rows_is_no_success(content, tmp_path):
    (tmp_path / "f.jsonl").write_text(content)
    out = tmp_path / "kept.jsonl"
    out.write_text("of an earlier run")
    args = ["grade", "math_reasoning", str(tmp_path / "f.jsonl"), "-o", str(out)]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 2
    assert "f.jsonl: holds no rows" in result.stderr
    assert out.read_text() == "of an earlier run"


def test_records_that_are_no_rows_yet_are_told_from_rows_that_lack_something(tmp_path):
    file, record = tmp_path / "f.jsonl", json.dumps({"question": "2 + 2", "answer": "4"})
    file.write_text(f"{record}\n{record}\n")
    graded = CliRunner().invoke(main, ["grade", "math_reasoning", str(file)])
    assert graded.exit_code == 1
    assert "f.jsonl: there are no `messages`; run `touchstone data convert`" in graded.stderr
    file.write_text(f"{record}\n{json.dumps(ROWS[0])}\n")
    said = CliRunner().invoke(main, ["grade", "math_reasoning", str(file)]).stderr
    assert "data convert" not in said
