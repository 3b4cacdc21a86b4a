"""What holds for every form that is known: its example is told, read, cut, replied to."""

import ast
import importlib
import io
import json
import pkgutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.data.convert_goldens import USER
from tests.data.form_examples import EXAMPLES
from tests.data.records import converted, row_of
from touchstone import workbench
from touchstone.workbench.cli import main
from touchstone.workbench.data import forms
from touchstone.workbench.data.documents import cut, listed
from touchstone.workbench.data.forms import NAMES
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.registry import FORMS

every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
with_replies = pytest.mark.parametrize(
    "form", [form for form in FORMS if not form.of_rows], ids=lambda form: form.name
)
with_turns = pytest.mark.parametrize(
    "form", [form for form in FORMS if EXAMPLES[form.name].learned], ids=lambda form: form.name
)


def test_every_file_of_a_form_is_registered_and_has_an_example():
    names = [f"{forms.__name__}.{module.name}" for module in pkgutil.iter_modules(forms.__path__)]
    found = [getattr(importlib.import_module(name), "FORM", None) for name in names]
    assert {form for form in found if isinstance(form, Form)} == set(FORMS)
    assert EXAMPLES.keys() == {form.name for form in FORMS}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def test_only_the_registry_knows_the_forms():
    modules = {type(form).__module__ for form in FORMS}
    files = Path(workbench.__file__).parent.rglob("*.py")
    asking = {path.stem for path in files if modules & set(imported(path))}
    own = {name.rpartition(".")[2] for name in modules}
    assert asking - own == {"registry", "row"}  # a mapping makes rows of a table


@every_form
def test_an_example_is_told_by_its_own_form_first(form):
    record = EXAMPLES[form.name].record
    assert next(other for other in FORMS if other.matches(record)) is form
    assert converted(record).form == form.name


@every_form
def test_a_form_can_be_named(tmp_path, form):
    (tmp_path / "a.jsonl").write_text(json.dumps(EXAMPLES[form.name].record))
    arguments = ["data", "convert", str(tmp_path / "a.jsonl"), "-o", str(tmp_path / "rows.jsonl")]
    result = CliRunner().invoke(main, [*arguments, "--form", form.name])
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "rows.jsonl").read_text()) == {"messages": [USER]}


@every_form
def test_an_example_has_a_key_that_only_records_have(form):
    record = EXAMPLES[form.name].record
    assert form.keys & record.keys()


@every_form
@pytest.mark.parametrize("wrap", [list, lambda records: {"version": 1, "data": records}])
def test_an_example_is_cut_from_a_list_and_whole_beside_one(form, wrap):
    record = EXAMPLES[form.name].record
    beside = record | {"data": [{"a": 1}, {"a": 2}]}
    for document, records in ((wrap([record, record]), [record, record]), (beside, [beside])):
        assert [json.loads(r) for r in cut(io.BytesIO(json.dumps(document).encode()))] == records
        assert (listed(document) or [document]) == records


@with_replies
def test_a_reply_is_told_by_its_form_alone_and_read(form):
    example = EXAMPLES[form.name]
    assert [other for other in FORMS if other.is_reply(example.reply)] == [form]
    pair = {"request": example.record, "response": example.reply}
    for record in (pair, example.record | {"response": example.reply}):
        assert row_of(record, keep_answer="reference")["reference_answer"] == "42"
        assert row_of(record) == {"messages": [USER]}


@with_replies
def test_a_request_is_read_out_of_a_wrapper(form):
    record = {"recordId": "r1", "modelInput": EXAMPLES[form.name].record, "team": "x"}
    assert row_of(record) == {"id": "r1", "messages": [USER], "team": "x"}


@with_turns
def test_a_last_turn_is_the_reference_but_beside_a_parameter_of_a_call(form):
    learned = EXAMPLES[form.name].learned
    assert row_of(learned)["reference_answer"] == "42"
    assert form.parameters
    for name in form.parameters:
        found = converted(learned | {name: "x"})
        assert "reference_answer" not in found.row, name
        assert "assistant prefill" in found.left_out


def test_the_names_of_forms_are_what_can_be_asked_for():
    groups = {"invoke", "logs", "csv", "parquet", "hf"}
    assert set(NAMES) == {"auto", *EXAMPLES, *groups}
