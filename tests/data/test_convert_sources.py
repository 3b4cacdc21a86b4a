"""Where records come from: every file format, whole and damaged, and a tree of logs."""

import gzip
import json
import tracemalloc

import pytest

from touchstone.workbench.data.conversion import convert_files
from touchstone.workbench.data.forms import Options
from touchstone.workbench.data.sources import UnreadableFile, format_of, read_records
from touchstone.workbench.rows import storage
from touchstone.workbench.rows.rft import read_lines
from touchstone.workbench.rows.storage import DataError, File

ROW = {"messages": [{"role": "user", "content": "What is 6*7?"}], "reference_answer": "42"}
RECORD = {"question": "What is 6*7?", "answer": "42"}


def run(tmp_path, *sources, **options):
    """Returns rows, refusals and counts of a conversion."""
    output = tmp_path / "out" / "rows.jsonl"
    output.parent.mkdir(exist_ok=True)
    result = convert_files([str(source) for source in sources], str(output), Options(**options))
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    rejects = output.with_name("rows.rejects.jsonl")
    refused = [json.loads(x) for x in rejects.read_text().splitlines()] if result.rejects else []
    counts = result.counts
    assert counts.read == counts.written + counts.refused + counts.filtered
    assert counts.written == len(rows)
    assert counts.refused == sum(counts.refused_by.values())
    assert counts.refused + len(counts.unreadable) == len(refused)
    return rows, refused, result


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


LINE = json.dumps(RECORD)
DEEP = {
    "a tool's type": {
        "message": "Hi",
        "chat_history": [],
        "tools": [{"name": "f", "parameter_definitions": {"a": {"type": "list[" * 2000}}}],
    },
}


@pytest.mark.parametrize("record", DEEP.values(), ids=DEEP)
def test_a_record_that_is_nested_too_deeply_costs_itself_only(tmp_path, record):
    source = write(tmp_path / "a.jsonl", json.dumps(record) + f"\n{LINE}\n")
    rows, refused, _ = run(tmp_path, source)
    assert rows == [ROW]
    assert refused[0]["kind"] == "too_deep"


DOCUMENTS = {
    "lines": ("a.jsonl", f"{LINE}\n\n{LINE}\n"),
    "lines without a last newline": ("a.jsonl", f"{LINE}\n{LINE}"),
    "lines of Windows with a mark": ("a.jsonl", b"\xef\xbb\xbf" + f"{LINE}\r\n{LINE}\r\n".encode()),
    "lines, compressed": ("a.jsonl.gz", f"{LINE}\n{LINE}\n"),
    "lines that are called JSON": ("a.json", f"{LINE}\n{LINE}\n"),
    "a list": ("a.json", json.dumps([RECORD, RECORD])),
    "a list with a mark": ("a.json", b"\xef\xbb\xbf" + json.dumps([RECORD, RECORD]).encode()),
    "a list over many lines": ("a.json", json.dumps([RECORD, RECORD], indent=2)),
    "lists of batches": ("a.jsonl", f"[{LINE}]\n[{LINE}]\n"),
    "data": ("a.json", json.dumps({"version": 1, "data": [RECORD, RECORD]})),
    "data over many lines": ("a.json", json.dumps({"version": 1, "data": [RECORD] * 2}, indent=1)),
    "a viewer's rows": (
        "a.json",
        json.dumps(
            {"features": [{"name": "question"}], "rows": [{"row_idx": 0, "row": RECORD}] * 2}
        ),
    ),
    "objects over many lines": ("a.json", (json.dumps(RECORD, indent=2) + "\n") * 2),
    "objects that begin on their first line": (
        "a.json",
        (json.dumps(RECORD, indent=2).replace("{\n", "{", 1) + "\n") * 2,
    ),
    "no suffix": ("export", f"{LINE}\n{LINE}\n"),
    "CSV": ("a.csv", "question,answer\nWhat is 6*7?,42\nWhat is 6*7?,42\n"),
    "CSV of Excel": ("a.csv", b"\xef\xbb\xbfquestion;answer" + b"\r\nWhat is 6*7?;42" * 2),
    "CSV, compressed": ("a.csv.gz", "question,answer\nWhat is 6*7?,42\n\nWhat is 6*7?,42\n"),
    "tabs": ("a.tsv", "question\tanswer\nWhat is 6*7?\t42\nWhat is 6*7?\t42\n"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_two_records_are_read_from_every_format(tmp_path, name, text):
    rows, refused, _ = run(tmp_path, write(tmp_path / name, text))
    assert (rows, refused) == ([ROW, ROW], [])


def test_a_document_that_does_not_fit_a_first_line_is_read_item_by_item(tmp_path):
    long = {"question": "x" * 700_000, "answer": "y"}
    rows, _, _ = run(tmp_path, write(tmp_path / "a.json", json.dumps({"data": [long] * 3})))
    assert [len(row["messages"][0]["content"]) for row in rows] == [700_000] * 3


def test_a_broken_first_line_of_lines_costs_only_itself(tmp_path):
    source = write(tmp_path / "a.json", '{"question": oops}\n' + LINE)
    rows, refused, _ = run(tmp_path, source)
    assert rows == [ROW]
    assert refused[0]["line"] == 1


def test_a_lone_object_is_one_record(tmp_path):
    assert run(tmp_path, write(tmp_path / "a.json", json.dumps(RECORD, indent=2)))[0] == [ROW]


def test_a_cell_may_hold_lines_quotes_and_a_long_prompt(tmp_path):
    long = "x" * 200_000
    text = f'question,answer,note\n"two\nlines, ""quoted""",42,\n{long},7,kept\n'
    rows, _, _ = run(tmp_path, write(tmp_path / "a.csv", text))
    assert rows[0]["messages"][0]["content"] == 'two\nlines, "quoted"'
    assert rows[1] == {
        "messages": [{"role": "user", "content": long}], "reference_answer": "7", "note": "kept"
    }  # fmt: skip


def test_a_csv_row_is_refused_by_the_line_it_begins_on(tmp_path):
    text = b'question,answer\n"a\nb",1\nonly one\n\xff,2\n"x" y,4\nfine,3\n'
    rows, refused, _ = run(tmp_path, write(tmp_path / "a.csv", text))
    assert len(rows) == 2
    kinds = [(4, "cells"), (5, "not_utf8"), (6, "cells")]
    assert [(r["line"], r["kind"]) for r in refused] == kinds


def test_parquet_keeps_its_types_and_refuses_binary_columns(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = [
        RECORD | {"score": 1.5, "tags": ["a"], "more": {"k": 1}, "raw": None},
        RECORD | {"score": float("nan"), "tags": None, "more": None, "raw": None},
        RECORD | {"score": 1.0, "tags": [], "more": None, "raw": b"\x89PNG"},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet", row_group_size=2)
    found, refused, _ = run(tmp_path, tmp_path / "a.parquet")
    assert found[0] == ROW | {"score": 1.5, "tags": ["a"], "more": {"k": 1}}
    assert found[1] == ROW | {"score": None}
    assert [(r["row"], r["kind"]) for r in refused] == [(3, "binary")]


def test_a_form_that_is_a_format_says_how_to_read_a_file_of_any_name(tmp_path):
    source = write(tmp_path / "export.txt", "question,answer\nWhat is 6*7?,42\n")
    assert run(tmp_path, source, form="csv")[0] == [ROW]
    with pytest.raises(DataError, match=r"export\.txt: is neither JSON Lines"):
        run(tmp_path, source)


def test_a_line_that_is_not_json_costs_only_itself(tmp_path):
    bad = [b"{oops", b'{"a": NaN}', b'"\xff"', b"[" * 3000, b'{"question": "\\ud800"}']
    source = write(tmp_path / "a.jsonl", b"\n".join([LINE.encode(), *bad, LINE.encode()]))
    rows, refused, _ = run(tmp_path, source)
    assert rows == [ROW, ROW]
    assert [(r["line"], r["kind"]) for r in refused] == [(n, "not_json") for n in range(2, 7)]
    assert "UTF-8" in refused[2]["reason"]


DAMAGED = {
    "a.jsonl.gz": gzip.compress(f"{LINE}\n".encode() * 500)[:-20],
    "b.json": json.dumps([RECORD] * 3).encode()[:-30],
    "c.csv": b'question,answer\nWhat is 6*7?,42\n"never closed,42\n',
    "d.parquet": b"PAR1 is only the beginning",
    "e.csv": b"question,question\na,b\n",
    "f.jsonl.gz": b"not gzip at all",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named_and_costs_no_other_file(tmp_path, name):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(DAMAGED[name])
    write(tmp_path / "in" / "z.jsonl", LINE)
    rows, refused, result = run(tmp_path, tmp_path / "in")
    assert rows
    assert rows[-1] == ROW
    assert list(result.counts.unreadable) == [str(tmp_path / "in" / name)]
    assert [r["kind"] for r in refused] == ["unreadable"]


def test_a_folder_is_read_in_order_and_what_holds_no_records_is_named(tmp_path):
    write(tmp_path / "in" / "b" / "1.jsonl", json.dumps({"question": "second"}))
    write(tmp_path / "in" / "a.jsonl.gz", json.dumps({"question": "first"}))
    write(tmp_path / "in" / "README.md", "hello")
    write(tmp_path / "in" / ".hidden" / "x.jsonl", LINE)
    rows, _, result = run(tmp_path, tmp_path / "in")
    assert [row["messages"][0]["content"] for row in rows] == ["first", "second"]
    assert result.passed_over == [str(tmp_path / "in" / "README.md")]


@pytest.mark.parametrize("own", ["rows.jsonl", "rows.rejects.jsonl"])
def test_a_file_of_the_source_is_never_replaced(tmp_path, own):
    write(tmp_path / "out" / "a.jsonl", LINE)
    path = write(tmp_path / "out" / own, LINE)
    with pytest.raises(DataError, match=f"{own}: is among the sources and would be replaced"):
        run(tmp_path, tmp_path / "out")
    assert path.read_text() == LINE
    path.unlink()
    assert run(tmp_path, tmp_path / "out")[0] == [ROW]


HOUR = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/01/02/03"
BODY = {"messages": [{"role": "user", "content": [{"text": "What is 6*7?"}]}]}
SAID = {"output": {"message": {"role": "assistant", "content": [{"text": "42"}]}}}


def logged(n, **tags):
    return {
        "schemaType": "ModelInvocationLog", "operation": "Converse", "requestId": f"r{n}",
        "requestMetadata": tags, "input": {"inputBodyJson": BODY},
        "output": {"outputBodyJson": SAID},
    }  # fmt: skip


def large(n):
    """A record whose bodies lie in objects of their own."""
    url = f"s3://bucket/logs/{HOUR}/data/r{n}"
    return logged(n) | {
        "input": {"inputBodyS3Path": f"{url}_input.json.gz"},
        "output": {"outputBodyS3Path": f"{url}_output.json.gz"},
    }


def write_logs(root):
    write(root / HOUR / "batch_1.json.gz", f"{json.dumps(logged(1))}\n{json.dumps(large(2))}\n")
    write(root / HOUR / "data" / "r2_input.json.gz", json.dumps(BODY))
    write(root / HOUR / "data" / "r2_output.json.gz", json.dumps(SAID))
    write(root / "AWSLogs" / "amazon-bedrock-logs-permission-check", "")


@pytest.mark.parametrize("below", ["", "AWSLogs", HOUR])
def test_large_bodies_are_found_beside_copied_logs(tmp_path, below):
    write_logs(tmp_path / "copy")
    rows, refused, result = run(
        tmp_path, tmp_path / "copy" / below, form="logs", keep_answer="reference"
    )
    assert refused == []
    assert rows == [{"id": f"r{n}", **ROW} for n in (1, 2)]
    bodies = {name.rsplit("/", 1)[-1] for name in result.passed_over}
    assert {"r2_input.json.gz", "r2_output.json.gz"} <= bodies


def test_a_large_body_that_was_not_copied_is_refused_by_name(tmp_path):
    write_logs(tmp_path / "copy")
    (tmp_path / "copy" / HOUR / "data" / "r2_output.json.gz").unlink()
    assert len(run(tmp_path, tmp_path / "copy")[0]) == 2  # the response is not wanted here
    rows, refused, _ = run(tmp_path, tmp_path / "copy", keep_answer="reference")
    assert [row["id"] for row in rows] == ["r1"]
    assert refused[0]["kind"] == "missing_body"
    assert refused[0]["field"] == "output.outputBodyS3Path"
    assert f"{HOUR}/data/r2_output.json.gz" in refused[0]["reason"]
    (tmp_path / "copy" / HOUR / "data" / "r2_input.json.gz").write_bytes(b"\x1f\x8bno")
    assert run(tmp_path, tmp_path / "copy")[1][0]["field"] == "input.inputBodyS3Path"


@pytest.mark.parametrize(
    ("name", "piece"), [("a.jsonl.gz", b"x"), ("a.csv.gz", b"x"), ("a.json.gz", b"[")]
)
def test_what_unpacks_to_more_than_memory_is_refused_by_name(tmp_path, monkeypatch, name, piece):
    monkeypatch.setattr(storage, "LONGEST_LINE", 1 << 20)
    path = tmp_path / name
    path.write_bytes(gzip.compress(piece * ((4 << 20) // len(piece))))
    tracemalloc.start()
    how = format_of(name, "")
    assert how
    with pytest.raises(UnreadableFile):
        list(read_records(File(str(path), 0), how))
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < 16 << 20


def test_a_line_of_a_training_file_that_is_longer_than_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "LONGEST_LINE", 1 << 20)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b"x" * (4 << 20)))
    with pytest.raises(DataError, match=r"a\.jsonl\.gz: line 1: it has a line longer"):
        list(read_lines(str(path)))
