"""Files that are packed, or are tables in JSON, or are not what their names say."""

import bz2
import gzip
import json
import lzma

import pyarrow as pa
import pytest
from click.testing import CliRunner

from touchstone.workbench.cli import main

ROWS = [{"question": "What is 6*7?", "answer": "42"}, {"question": "And 7*7?", "answer": "49"}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
QUESTIONS, ANSWERS = [row["question"] for row in ROWS], [row["answer"] for row in ROWS]
INDEXED = {str(n): row for n, row in enumerate(ROWS)}


def converted(tmp_path, name, data):
    """Returns the references of the rows that a file becomes, and all that is said of it."""
    (tmp_path / name).write_bytes(data)
    output = tmp_path / "o.jsonl"
    done = CliRunner().invoke(main, ["data", "convert", str(tmp_path / name), "-o", str(output)])
    lines = output.read_text().splitlines() if output.exists() else []
    return [json.loads(line).get("reference_answer") for line in lines], done.output


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", lambda data: pa.compress(data, "zstd", asbytes=True)),
    ],
)
def test_a_packed_file_is_read_by_its_name_and_named_by_its_content(tmp_path, ending, pack):
    assert converted(tmp_path, f"a.jsonl{ending}", pack(LINES))[0] == ANSWERS
    rows, said = converted(tmp_path, "b.jsonl", pack(LINES))
    assert not rows
    assert "by its content; unpack it" in said


TABLES = {
    "a list a column": {"question": QUESTIONS, "answer": ANSWERS},
    "orient columns": {
        "question": dict(zip("01", QUESTIONS, strict=True)),
        "answer": dict(zip("01", ANSWERS, strict=True)),
    },
    "orient index": INDEXED,
    "orient split": {
        "columns": ["question", "answer"],
        "index": [0, 1],
        "data": [list(row.values()) for row in ROWS],
    },
    "orient records": ROWS,
    "orient table": {"schema": {"fields": []}, "data": ROWS},
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_a_table_in_json_is_its_rows(tmp_path, table, indent, ending):
    if (ending, indent) != ("jsonl", 2):
        data = json.dumps(table, indent=indent).encode()
        assert converted(tmp_path, f"a.{ending}", data)[0] == ANSWERS


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [{"role": "user", "content": "Hi"}], "tools": []},
        {"question": "Hi", "choices": ["a", "b"], "answer": "a"},
    ],
)
def test_a_record_with_lists_is_a_record(tmp_path, record):
    assert len(converted(tmp_path, "a.json", json.dumps(record).encode())[0]) == 1


@pytest.mark.parametrize(
    "head",
    ["Question,ANSWER", "QUESTION;Answer", "sep=;\nquestion;answer", "Question\tAnswer",
     "SEP=|\nquestion|answer", "\ufeffQuestion , Answer"],
)  # fmt: skip
def test_a_header_is_known_whatever_its_case_and_mark(tmp_path, head):
    mark = next(mark for mark in "|;\t," if mark in head)
    data = f"{head}\nWhat is 6*7?{mark}42\n".encode()
    assert converted(tmp_path, "a.csv", data)[0] == ["42"]


def test_a_table_without_a_header_is_refused_as_that(tmp_path):
    rows, said = converted(tmp_path, "a.csv", b"What is 6*7?,It is 42\nAnd 7*7?,It is 49\n")
    assert not rows
    assert "refused, no_header: 1" in said
    assert "reads like a row" in said


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (LINES.decode().encode("utf-16"), "UTF-16"),
        (LINES.decode().encode("utf-16-le"), "UTF-16"),
        (b"PK\x03\x04rest", "a ZIP archive or an Office document"),
        (b"PAR1rest", "Parquet"),
        (b"%PDF-1.7", "a PDF"),
    ],
)
def test_a_file_is_refused_as_what_it_is(tmp_path, data, what):
    rows, said = converted(tmp_path, "a.jsonl", data)
    assert not rows
    assert f"is {what} by its content" in said


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"prompt,answer\na,b\nc,d\n", "CSV"),
        (b'{\n "prompt": "a",\n "answer": "b"\n}\n', "JSON over several lines"),
        (b"prompt: a\nanswer: b\n", "YAML"),
        (b"<!DOCTYPE html>\n<html>\n", "a page of markup"),
    ],
)
def test_text_that_calls_itself_json_lines_is_refused_as_what_it_seems(tmp_path, data, what):
    rows, said = converted(tmp_path, "a.jsonl", data)
    assert not rows
    assert f"seems to be {what} by its content" in said
    assert "not_json" not in said


@pytest.mark.parametrize("with_tools", [0, 1])
@pytest.mark.parametrize("output", ["o.jsonl", "o.jsonl.gz"])
def test_what_some_rows_have_the_others_have_as_null(tmp_path, with_tools, output):
    tool = {"type": "function", "function": {"name": "look"}}
    rows = [{"question": "What is 6*7?", "id": 1}, {"question": "And?", "answer": "42"}]
    rows[with_tools]["tools"] = [tool]
    source = tmp_path / "a.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = CliRunner().invoke(main, ["data", "convert", str(source), "-o", str(tmp_path / output)])
    assert done.exit_code == 0
    data = (tmp_path / output).read_bytes()
    text = (gzip.decompress(data) if output.endswith(".gz") else data).decode()
    made = [json.loads(line) for line in text.splitlines()]
    assert all({"id", "tools", "reference_answer"} <= row.keys() for row in made)
    assert [row["reference_answer"] for row in made] == [None, "42"]
    assert made[1 - with_tools]["tools"] is None
