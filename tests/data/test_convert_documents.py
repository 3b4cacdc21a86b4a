"""JSON documents: what is a record and what is only around records, and what damage costs."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.test_convert_sources import LINE, RECORD, ROW, run, write
from touchstone.workbench.data import documents
from touchstone.workbench.data.documents import cut

CELLS = [{"a": 1}, {"a": 2}]
FIELDS = {
    "rows": {"query": "How many rows have a=1?", "rows": CELLS, "answer": "1"},
    "rows first": {"rows": CELLS, "query": "How many rows have a=1?", "answer": "1"},
    "data": {"problem": "How many?", "data": CELLS, "answer": "1"},
    "turns": {"dialog": [{"role": "user", "content": "How many?"}], "data": CELLS, "answer": "1"},
}


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "lines.json"])
@pytest.mark.parametrize("record", FIELDS.values(), ids=FIELDS)
def test_a_list_among_the_fields_of_a_record_stays_one(tmp_path, name, record):
    lines = [json.dumps(record, indent=2 if name == "a.json" else None)] * 2
    rows, refused, _ = run(tmp_path, write(tmp_path / name, "\n".join(lines)))
    assert refused == []
    assert [row.get("rows", row.get("data")) for row in rows] == [CELLS] * 2
    assert rows[0]["reference_answer"] == "1"


@pytest.mark.parametrize("indent", [None, 1])
def test_two_lists_in_one_object_are_no_wrapper(tmp_path, indent):
    text = json.dumps({"data": [RECORD], "rows": [RECORD]}, indent=indent)
    rows, refused, _ = run(tmp_path, write(tmp_path / "a.json", text))
    assert (rows, [r["kind"] for r in refused]) == ([], ["unrecognised"])


def test_a_field_found_behind_a_long_list_is_named_as_damage(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "_LOOKED_AHEAD", 1 << 10)
    text = json.dumps({"rows": [{"a": "x" * 200}] * 1000, "query": "How many?"}, indent=1)
    _, _, result = run(tmp_path, write(tmp_path / "a.json", text))
    (reason,) = result.counts.unreadable.values()
    assert "there is 'query' beside the list" in reason


@pytest.mark.parametrize("value", ['"%s"', "[[%s]]", "%s", '{"a": %s}'])
def test_a_value_without_an_end_is_not_held(tmp_path, monkeypatch, value):
    monkeypatch.setattr(documents, "_LARGEST", 1 << 20)
    path = write(tmp_path / "a.json", f"[{value % ('1' * 20_000_000)}]")
    _, _, result = run(tmp_path, path)
    (reason,) = result.counts.unreadable.values()
    assert "a value is longer than 1 MiB" in reason


BAD = {
    "half a character": r'{"question": "q \ud83d x", "answer": "1"}',
    "NaN": '{"question": "q", "answer": NaN}',
    "a bare word": '{"question": oops}',
    "a key without quotes": '{question: "q"}',
    "nested 3000 deep": '{"question": ' + "[" * 3000 + "]" * 3000 + "}",
}
AROUND = {
    "a list": "[%s]",
    "a list over lines": "[\n%s\n]",
    "data": '{"version": 1, "data": [%s], "more": [1]}',
    "data over lines": '{\n"version": 1,\n"data": [\n%s\n],\n"more": [1]\n}',
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_record_that_is_not_json_costs_only_itself(tmp_path, bad, around):
    text = around % f"{LINE}, {bad}, {LINE}"
    rows, refused, result = run(tmp_path, write(tmp_path / "a.json", text))
    assert rows == [ROW, ROW]
    assert [(r["item"], r["kind"]) for r in refused] == [(2, "not_json")]
    assert not result.counts.unreadable


def test_whole_numbers_of_any_size_are_kept(tmp_path):
    record = json.dumps(RECORD | {"big": 10**40})
    rows, _, _ = run(tmp_path, write(tmp_path / "a.json", f"[{record},\n{LINE}]"))
    assert rows == [ROW | {"big": 10**40}, ROW]


@pytest.mark.parametrize("end", ['{"question": "q', "{}, ", '{"a": [1}]', "{} {}]", ", {}]", "]]"])
def test_records_before_the_damage_are_kept(tmp_path, end):
    source = write(tmp_path / "a.json", f"[{LINE},\n{LINE},\n{end}")
    rows, _, result = run(tmp_path, source)
    assert rows == [ROW, ROW]
    assert "is not JSON after item" in result.counts.unreadable[str(source)]


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, as a network may."""

    def __init__(self, data, size):
        super().__init__(data)
        self._size = size

    def read(self, _: int | None = -1, /) -> bytes:
        return super().read(self._size)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\[]{},: \né', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(
    st.lists(VALUES, max_size=4), VALUES, st.sampled_from([None, 0, 2]), st.integers(1, 7)
)  # fmt: skip
def test_what_is_cut_is_what_the_document_holds(values, other, indent, size):
    records = [{"k": value} for value in values]
    wrapped = {"before": other, "data": records, "after": other}
    documents_of = {"list": (values, values), "data": (wrapped, records or [wrapped])}
    for document, held in documents_of.values():
        text = json.dumps(document, indent=indent, ensure_ascii=False).encode()
        found = [json.loads(raw) for raw in cut(Trickle(text + b"\n" + text, size))]
        assert found == held * 2
