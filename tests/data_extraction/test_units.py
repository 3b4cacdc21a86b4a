"""Evaluating a payload never takes more memory than a row may: counted before it is done."""

from typing import Any

import jsonschema_rs
import pytest

from tests.support import reply_to, row
from touchstone.templates import get_template
from touchstone.templates.data_extraction import units
from touchstone.templates.data_extraction.schema import share_kept

E = {"$ref": "#/$defs/e"}


def expression(*alternatives):
    return {"$ref": "#/$defs/e", "$defs": {"e": {"anyOf": [*alternatives, {"type": "number"}]}}}


def operation(name):
    return {
        "type": "object",
        "properties": {"op": {"const": name}, "l": E, "r": E},
        "required": ["op", "l", "r"],
    }


TREE = expression(operation("+"), operation("*"))


def nested(depth, leaf: Any = "bad"):
    for _ in range(depth):
        leaf = {"op": "+", "l": leaf, "r": 1}
    return leaf


@pytest.mark.parametrize("depth", [0, 1, 3, 6])
@pytest.mark.parametrize(
    "schema",
    [
        TREE,
        {**TREE, "$ref": "#e", "$defs": {"e": {**TREE["$defs"]["e"], "$anchor": "e"}}},
        {"allOf": [{"properties": {"l": {"type": "number"}}}, {"not": {"required": ["op"]}}]},
        {"additionalProperties": {"type": "string"}, "propertyNames": {"maxLength": 1}},
    ],
)
def test_there_are_never_more_units_than_counted(schema, depth, monkeypatch):
    data = nested(depth)
    made = len(jsonschema_rs.validator_for(schema).evaluate(data).list()["details"])
    monkeypatch.setattr(units, "MAX_UNITS", made - 1)
    assert units.too_many(data, schema)


def test_a_payload_of_every_honest_depth_is_measured_and_a_valid_one_is_never_counted():
    assert share_kept(nested(8), TREE)[1] == ["(root): does not meet anyOf"]
    assert share_kept(nested(60, 1), TREE) == (1.0, [])


@pytest.mark.parametrize(
    ("data", "schema"),
    [
        (nested(14), TREE),
        (nested(90), TREE),
        ([1] * 50_000, {"items": {"type": "string", "minLength": 1, "pattern": "^a"}}),
    ],
)
def test_a_payload_that_would_take_gigabytes_keeps_nothing(data, schema):
    share, problems = share_kept(data, schema)
    assert (share, len(problems)) == (0.0, 1)


def test_such_a_payload_is_scored_beside_honest_ones():
    import json

    grader = get_template("data_extraction").customize(schema=TREE)
    texts = [json.dumps(nested(depth, leaf)) for depth, leaf in ((2, 1), (90, "bad"), (2, 1))]
    replies = reply_to([row(text, nested(2, 1)) for text in texts], grader, explain=True)
    assert [reply["outcome"] for reply in replies] == ["scored"] * 3
    assert [reply["aggregate_reward_score"] == 1.0 for reply in replies] == [True, False, True]
