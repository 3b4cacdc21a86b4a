"""Form alone: schema, patterns and sections, without a reference and without a judge."""

import json

import pytest

from tests.data_extraction.grading import grade, measured
from touchstone.outcomes import BadReference
from touchstone.settings import SettingsError

FORM = {"weights": {"format_compliance": 1}, "gates": {}}
SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
REPORT = "# Summary\nAll is well.\n\n**Next steps:** none\n\n<verdict>ok</verdict>\n\n## Empty\n"


def test_only_the_form_is_measured_and_no_reference_is_needed():
    assert list(measured('{"a": "x"}', None, schema=SCHEMA, **FORM)) == ["format_compliance"]
    assert grade('{"a": "x"}', None, schema=SCHEMA, **FORM).score == 1.0
    assert grade('{"a": 1}', None, schema=SCHEMA, **FORM).score < 1.0
    assert grade("no data", None, schema=SCHEMA, **FORM).score == 0.0
    assert grade("", None, **FORM).score == 0.0


@pytest.mark.parametrize(
    "completion", ["<x><a>5</a></x>", "a: x", 'Here:\n```json\n{"a": "x"}\n```']
)
def test_any_format_is_read_in_the_shape_of_the_schema(completion):
    assert grade(completion, None, schema=SCHEMA, **FORM).score == 1.0


def test_a_reference_may_bring_the_schema_and_is_not_compared():
    assert grade('{"a": "x"}', {"schema": SCHEMA}, **FORM).score == 1.0
    assert grade('{"a": 1}', {"schema": SCHEMA}, **FORM).score < 1.0
    assert grade('{"a": "x"}', {"a": "y"}, schema=SCHEMA, **FORM).score == 1.0
    assert grade('{"a": "x"}', "any text", schema=SCHEMA, **FORM).score == 1.0
    lists = {"sections": ["Summary", "Empty"], "patterns": ["well"]}
    assert grade(REPORT, lists, **FORM).score == pytest.approx(2 / 3)


@pytest.mark.parametrize("section", ["Summary", "next steps", "NEXT-STEPS", "verdict"])
def test_a_section_says_something_below_its_heading(section):
    assert grade(REPORT, None, sections=[section], **FORM).score == 1.0


@pytest.mark.parametrize("section", ["Empty", "All is well", "Missing"])
def test_a_heading_with_nothing_below_is_no_section(section):
    assert grade(REPORT, None, sections=[section], **FORM).score == 0.0


def test_patterns_are_found_anywhere_and_are_bounded():
    assert grade(REPORT, None, patterns=["(?m)^## Empty$", "wel+"], **FORM).score == 1.0
    assert grade(REPORT, None, patterns=["^Empty", "wel+"], **FORM).score == 0.5
    assert grade("a" * 100_000 + "!", None, patterns=[r"^(?=(a+)+$)"], **FORM).score == 0.0
    with pytest.raises(SettingsError, match="no pattern"):
        grade("", None, patterns=["("], **FORM)


def test_layout_counts_beside_the_content():
    reference = {"expected": {"a": 1}, "sections": ["Summary"]}
    with_section = 'Summary: found it.\n\n```json\n{"a": 1}\n```'
    assert grade(with_section, reference).score == 1.0
    assert measured('{"a": 1}', reference)["format_compliance"] == 0.5


WRAPPED = [
    {"name": "x", "strict": True, "schema": SCHEMA}, json.dumps(SCHEMA),
    {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}},
    {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}},
    {"name": "x", "description": "y", "input_schema": SCHEMA},
    {"type": "function", "function": {"name": "x", "parameters": SCHEMA}},
    {"toolSpec": {"name": "x", "inputSchema": {"json": SCHEMA}}},
]  # fmt: skip


@pytest.mark.parametrize("schema", WRAPPED)
def test_a_schema_is_taken_out_of_what_an_api_puts_around_it(schema):
    for completion, kept in (('{"a": "x"}', 1.0), ('{"a": 1}', 0.5)):
        reference = {"expected": json.loads(completion), "schema": schema}
        assert measured(completion, reference)["format_compliance"] >= kept - 0.2
        assert (measured(completion, reference)["format_compliance"] == 1.0) is (kept == 1.0)


def test_a_schema_without_a_keyword_is_refused():
    with pytest.raises(BadReference, match="asserts nothing"):
        grade("{}", {"expected": {"a": 1}, "schema": {"a": "string", "b": "number"}})


def test_a_format_asserts_where_it_is_asked_to():
    schema = {"properties": {"d": {"type": "string", "format": "date"}}}
    reference = {"expected": {"d": "2024-05-03"}, "schema": schema}
    assert measured({"d": "May 3, 2024"}, reference)["format_compliance"] == 1.0
    assert measured({"d": "May 3, 2024"}, reference, check_formats=True)["format_compliance"] == 0.5
    assert measured({"d": "2024-05-03"}, reference, check_formats=True)["format_compliance"] == 1.0


DATA = {"a": 1, "b": "x"}
INSIDE = [
    json.dumps(json.dumps(DATA)), json.dumps([DATA]), json.dumps({"result": DATA}),
    json.dumps({"name": "extract", "arguments": DATA}),
    json.dumps({"name": "extract", "parameters": json.dumps(DATA)}),
]  # fmt: skip


@pytest.mark.parametrize("completion", INSIDE)
def test_a_payload_inside_of_something_costs_form_and_nothing_else(completion):
    found = measured(completion, DATA)
    assert (found["format_compliance"], found["accuracy"]) == (0.5, 1.0)
    fenced = measured(f"```json\n{completion}\n```", DATA)
    assert (fenced["format_compliance"], fenced["accuracy"]) == (0.5, 1.0)


@pytest.mark.parametrize(
    "completion", ['{"a": 1, "b": "x"}}', 'Here: {"a": 1, "b": "x"}]', '{"a": 1, "b": "x"} }']
)
def test_what_closes_more_than_it_opens_is_broken(completion):
    assert grade(completion, DATA).score == 0.0


def test_brackets_of_the_prose_around_a_payload_are_no_matter():
    assert grade('Data [as asked: {"a": 1, "b": "x"}].', DATA).score == 1.0
    assert grade('{see below: {"a": 1, "b": "x"}}', DATA).score == 1.0


def test_a_reference_may_stand_in_a_fence():
    assert grade('{"a": 1, "b": "x"}', f"```json\n{json.dumps(DATA)}\n```").score == 1.0


def test_a_markdown_table_is_a_list_of_rows():
    table = "Here:\n\n| name | qty |\n|---|--:|\n| Apple | 3 |\n| Pear | 4 |\n\nDone."
    assert grade(table, [{"name": "Apple", "qty": 3}, {"name": "Pear", "qty": 4}]).score == 1.0
