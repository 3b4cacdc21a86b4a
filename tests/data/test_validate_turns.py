"""The order of turns, and the calls of tools with their results."""

import pytest

from tests.data.training import row, write
from touchstone.workbench.data.validate import Checks, validate

SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "How warm is it in Oslo?"}
SAID = {"role": "assistant", "content": "One moment."}
AGAIN = {"role": "user", "content": "And in Bergen?"}


def call(arguments='{"city": "Oslo"}', call_id="c1"):
    function = {"name": "look", "arguments": arguments}
    made = {"id": call_id, "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [made]}


def result(**changes):
    return {"role": "tool", "tool_call_id": "c1", "content": "9 degrees"} | changes


FINE = {
    "a call and its result": [SYSTEM, USER, call(), result()],
    "two calls": [USER, call(), result(), call("{}", "c2"), result(tool_call_id="c2"), AGAIN],
    "a result without an id": [USER, call(), {"role": "tool", "content": "9 degrees"}],
    "turns that alternate": [SYSTEM, USER, SAID, AGAIN],
}
BAD = {
    "a result without a call": ([USER, result()], "bad_tool_turn", "messages[1]"),
    "a result before its call": ([USER, result(), call()], "bad_tool_turn", "messages[1]"),
    "a result of another call": (
        [USER, call(), result(tool_call_id="c2")],
        "bad_tool_turn",
        "messages[2].tool_call_id",
    ),
    "arguments that are not JSON": (
        [USER, call("city=Oslo"), result()],
        "bad_tool_call",
        "messages[1].tool_calls[0].function.arguments",
    ),
    "an answer first": ([SYSTEM, SAID, USER], "odd_order", "messages[1].role"),
    "two answers in a row": ([USER, SAID, SAID, AGAIN], "odd_order", "messages[2].role"),
}


def found_in(tmp_path, messages):
    path = write(tmp_path / "a.jsonl", [row(1, messages=messages)])
    kinds = ("bad_tool_turn", "bad_tool_call", "odd_order")
    return [(p.kind, p.field, p.severity) for p in validate(str(path)) if p.kind in kinds]


@pytest.mark.parametrize("messages", FINE.values(), ids=FINE)
def test_what_belongs_together_is_not_named(tmp_path, messages):
    assert found_in(tmp_path, messages) == []


@pytest.mark.parametrize(("messages", "kind", "field"), BAD.values(), ids=BAD)
def test_what_does_not_is(tmp_path, messages, kind, field):
    severity = "warning" if kind == "odd_order" else "error"
    assert found_in(tmp_path, messages) == [(kind, field, severity)]


@pytest.mark.parametrize(
    ("model", "kind"), [("nova", "content_blocks"), ("openai", "tools_unknown")]
)
def test_rules_differ_by_model(tmp_path, model, kind):
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    blocks = [{"role": "user", "content": [{"text": "x"}]}]
    path = write(tmp_path / "a.jsonl", [row(200, messages=blocks), row(201, tools=[tool])])
    found = validate(str(path), checks=Checks(model=model))
    found = [p for p in found if p.kind not in ("mixed_fields", "bad_tools")]
    assert [p.kind for p in found if p.line] == [kind]
