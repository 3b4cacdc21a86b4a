import json
import math

import hypothesis.strategies as st
import jsonschema
import pytest
from hypothesis import given, settings

from tests.data_extraction.grading import grade, measured
from touchstone.outcomes import BadReference

PERSON = {
    "type": "object",
    "required": ["name", "age"],
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "age": {"type": "integer", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}


def share(data, schema, **options):
    reference = {"expected": data, "schema": schema}
    return measured(data, reference, **options)["format_compliance"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"name": "Ann", "age": 3}, 1.0),
        # Constraints that applied: type, required, additionalProperties, and two per property.
        ({"name": "Ann", "age": -3}, 6 / 7),
        ({"name": "Ann", "age": "3"}, 6 / 7),
        ({"name": "Ann"}, (4 + 0.5) / 5),
        ({}, 2 / 3),
        ({"name": "Ann", "age": 3, "x": 1}, 6 / 7),
        # The type of the items held for 3 of 4; tags itself is one more constraint.
        ({"name": "Ann", "age": 3, "tags": ["a", "b", "c", 4]}, (8 + 3 / 4) / 9),
    ],
)
def test_the_share_is_the_mean_over_constraints(data, expected):
    assert share(data, PERSON) == pytest.approx(expected)


def test_padding_a_list_does_not_hide_a_broken_field():
    padded = {"name": "Ann", "age": -1, "tags": ["x"] * 1000}
    assert share(padded, PERSON) < 0.9


def test_alternatives_are_one_constraint():
    either = {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 5}]}
    schema = {"properties": {"a": either, "b": {"type": "string"}}}
    assert share({"a": 3, "b": "x"}, schema) == pytest.approx(1 / 2)


def test_violations_are_named_with_their_place():
    reference = {"expected": {}, "schema": PERSON}
    reason = grade('{"name": "A", "tags": ["x", 5]}', reference).reason
    assert '"age" is a required property' in reason
    assert "tags[1]: 5 is not of type" in reason
    assert "name: " in reason


@pytest.mark.parametrize(
    ("schema", "draft7", "draft2020"),
    [
        ({"items": [{"type": "integer"}]}, False, None),
        ({"prefixItems": [{"type": "integer"}]}, True, False),
        ({"$defs": {"a": {"type": "null"}}, "$ref": "#/$defs/a"}, False, False),
        ({"minContains": 2, "contains": {"type": "string"}}, True, False),
    ],
)
def test_drafts_differ(schema, draft7, draft2020):
    data = ["x"]
    assert (share(data, schema, schema_draft="draft7") == 1.0) is draft7
    seventh = {**schema, "$schema": "http://json-schema.org/draft-07/schema#"}
    assert (share(data, seventh) == 1.0) is draft7
    if draft2020 is None:
        with pytest.raises(BadReference):
            share(data, schema, schema_draft="draft2020-12")
        assert share(data, schema) < 1.0  # auto: it can only be draft 7
    else:
        assert (share(data, schema) == 1.0) is draft2020


def test_a_schema_with_definitions_is_draft_7():
    schema = {
        "definitions": {"list": {"type": "array"}},
        "properties": {"a": {"$ref": "#/definitions/list", "maxItems": 1}},
    }
    # In draft 7, what stands beside $ref does not count.
    assert share({"a": [1, 2]}, schema) == 1.0
    assert share({"a": [1, 2]}, schema, schema_draft="draft2020-12") < 1.0


def test_booleans_are_schemas():
    assert share({"a": 1}, True) == 1.0
    assert share({"a": 1}, False) == 0.0
    assert share({"a": 1, "b": 2}, {"properties": {"a": False}}) < 1.0


def test_format_says_and_asserts_nothing():
    assert share({"a": "x"}, {"properties": {"a": {"format": "date"}}}) == 1.0


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"pattern": "^(a+)+$"}}},
        {"properties": {"a": {"pattern": "^(?=a)((a|aa)+)\\1$"}}},
        {"propertyNames": {"pattern": "^(a|aa)+$"}},
        {"patternProperties": {"^(a|aa)+$": True}, "additionalProperties": False},
        {"patternProperties": {"^(a|aa)+$": True}, "unevaluatedProperties": False},
    ],
)
def test_patterns_never_run_away(schema):
    text = "a" * 60 + "!"
    assert share({"a": text, text: 1}, schema) < 1.0


def test_unicode_patterns():
    assert share({"a": "Ærø"}, {"properties": {"a": {"pattern": "^\\p{L}+$"}}}) == 1.0


def test_exact_numbers_reach_the_schema():
    text = '{"n": 1e400, "m": 12345678901234567890.5}'
    reference = {
        "expected": {},
        "schema": {"properties": {"n": {"minimum": 10}, "m": {"type": "number"}}},
    }
    assert measured(text, reference)["format_compliance"] == 1.0
    huge = '{"n": ' + "9" * 5000 + "}"
    kept = measured(huge, {"expected": {}, "schema": {"properties": {"n": {"type": "integer"}}}})
    assert kept["format_compliance"] == 1.0


@pytest.mark.parametrize(
    "number", ["9" * 100_000, "1e999999999", "1e-999999999", "0." + "1" * 9999]
)
@pytest.mark.parametrize("rule", [{"multipleOf": 7}, {"const": 5}, {"enum": [1]}, {"maximum": 1}])
def test_no_number_makes_the_reference_bad(number, rule):
    reference = {"expected": {"n": 1}, "schema": {"properties": {"n": rule}}}
    assert grade(f'{{"n": {number}}}', reference).score == 0.0


def test_a_schema_of_the_grader_holds_for_rows_without_one():
    assert measured({"name": "Ann"}, {"name": "Ann"}, schema=PERSON)["format_compliance"] < 1.0
    row = {"expected": {"name": "Ann"}, "schema": True}
    assert measured({"name": "Ann"}, row, schema=PERSON)["format_compliance"] == 1.0


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ab", "b1"])
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=6,
)
TYPES = st.sampled_from(["string", "integer", "object", "array", "null", "boolean", "number"])


def _schemas(inner):
    named = st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=2)
    several = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
            "properties": named,
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b|c"]), inner, max_size=1),
            "required": st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=2),
            "additionalProperties": inner,
            "unevaluatedProperties": inner,
            "propertyNames": inner,
            "items": inner,
            "prefixItems": several,
            "contains": inner,
            "uniqueItems": st.booleans(),
            "maxItems": st.integers(0, 2),
            "minLength": st.integers(0, 2),
            "pattern": st.sampled_from(["^a", "[0-9]"]),
            "maximum": st.integers(-2, 2),
            "multipleOf": st.integers(1, 3),
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "const": SCALARS,
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
        },
    )


SCHEMAS = st.recursive(st.booleans() | _schemas(st.booleans()), _schemas, max_leaves=4)


@settings(max_examples=300, deadline=None)
@given(DATA, SCHEMAS)
def test_exactly_the_valid_data_keeps_all_of_it(data, schema):
    valid = jsonschema.Draft202012Validator(schema).is_valid(data)
    kept = measured(json.dumps(data), {"expected": data, "schema": schema})["format_compliance"]
    assert (kept == 1.0) is valid
    assert 0.0 <= kept <= 1.0
    assert math.isfinite(kept)
