"""Tool calls: what was called, with what, against what a row expects."""

import json

import pytest

from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.outcomes import BadReference
from touchstone.templates import get_template
from touchstone.templates.data_extraction.reference import gold

TOOLS = [
    {"type": "function", "function": {"name": "book", "parameters": {
        "type": "object", "required": ["people"],
        "properties": {"people": {"type": "integer"}, "date": {"type": "string"}}}}},
    {"toolSpec": {"name": "weather", "inputSchema": {"json": {
        "type": "dict",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}}}}}},
    {"name": "stop", "input_schema": {"type": "object"}},
]  # fmt: skip


def call(name, **arguments):
    return {"name": name, "arguments": arguments}


def turn_of(said):
    if isinstance(said, str):
        return {"role": "assistant", "content": said}
    calls = [{"function": {**one, "arguments": json.dumps(one["arguments"])}} for one in said]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def graded(said, reference, tools=None, **settings):
    event = {"messages": [{"role": "user", "content": "?"}, turn_of(said)], "tools": tools}
    (sample,) = parse([{**event, "reference_answer": reference}]).rows
    assert isinstance(sample, Sample)
    return get_template("data_extraction").customize(**settings)(sample, Tools())


def shares(*args, **kwargs):
    grade = graded(*args, **kwargs)
    return {metric.name: metric.value for metric in grade.metrics} | {"score": grade.score}


OSLO, ROME = call("weather", city="Oslo"), call("weather", city="Rome")
PARIS = call("book", people=4, date="2024-05-03")


@pytest.mark.parametrize("reference", [
    {"calls": [PARIS]}, [PARIS], turn_of([PARIS]), f"<tool_call>{json.dumps(PARIS)}</tool_call>",
    PARIS, PARIS["arguments"], {"expected": PARIS["arguments"]},
    {"calls": [{"book": {"people": [4], "date": ["2024-05-03", ""]}}]},
    [{"book": {"people": [4, 5], "date": ["2024-05-03"]}}],
])  # fmt: skip
@pytest.mark.parametrize("said", [
    [PARIS], [call("book", people=4, date="May 3, 2024")],
    f"<tool_call>{json.dumps(PARIS)}</tool_call>", "book(people=4, date='2024-05-03')",
])  # fmt: skip
def test_a_right_call_earns_everything_in_any_form(said, reference):
    assert graded(said, reference, TOOLS).score == 1.0


WRONG = {
    "a needed argument is wrong": ([call("book", people=5, date="2024-05-03")], 0.5),
    "it is missing": ([call("book", date="2024-05-03")], 2 / 3),
    "another is invented": ([call("book", people=4, date="2024-05-03", vip=True)], 0.8),
    "it is another tool": ([call("cancel", **PARIS["arguments"])], 0.0),
    "it is called twice": ([PARIS, PARIS], 2 / 3),
    "a needless call is made": ([PARIS, call("stop")], 0.8),
    "nothing is called": ("I booked it.", 0.0),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_costs(what):
    said, accuracy = WRONG[what]
    assert shares(said, {"calls": [PARIS]})["accuracy"] == pytest.approx(accuracy)
    assert shares(said, {"calls": [PARIS]}, credit="all")["accuracy"] == 0.0


def test_the_right_name_alone_earns_nothing():
    assert graded([call("weather", city="Rome")], {"calls": [OSLO]}).score == 0.0
    assert graded([call("weather")], {"calls": [OSLO]}).score == 0.0


def test_parallel_calls_are_in_any_order_unless_it_matters():
    reference = {"calls": [OSLO, ROME]}
    assert graded([ROME, OSLO], reference).score == 1.0
    assert shares([ROME, OSLO], {**reference, "ordered": True})["accuracy"] == 0.0
    assert shares([OSLO], reference)["completeness"] == 0.5


def test_allowed_and_optional_values():
    expected = {
        "name": "weather", "optional": ["unit"],
        "arguments": {"city": {"any_of": ["Oslo", "Oslo, Norway"]},
                      "unit": {"any_of": ["C", "celsius"]}},
    }  # fmt: skip
    possible = {"weather": {"city": ["Oslo", "Oslo, Norway"], "unit": ["C", "celsius", ""]}}
    for one in (expected, possible):
        for city in ("Oslo", "oslo, norway"):
            assert graded([call("weather", city=city)], {"calls": [one]}).score == 1.0
            assert graded([call("weather", city=city, unit="C")], {"calls": [one]}).score == 1.0
        assert shares([call("weather", city="Oslo", unit="F")], {"calls": [one]})["accuracy"] < 1
        assert shares([call("weather", unit="C")], {"calls": [one]})["accuracy"] == 0.0
        assert shares([call("weather", city="Rome", unit="C")], {"calls": [one]})["accuracy"] == 0.0


def test_possible_answers_of_objects_and_lists():
    possible = {
        "plan": {"stops": [["Oslo", "Rome"]], "who": [{"name": ["Ann", "Anna"], "age": [30, ""]}]}
    }
    for who in ({"name": "Anna"}, {"name": "Ann", "age": 30}):
        assert (
            graded([call("plan", stops=["Rome", "Oslo"], who=who)], {"calls": [possible]}).score
            == 1.0
        )
    wrong = call("plan", stops=["Oslo", "Rome"], who={"name": "Bob"})
    assert shares([wrong], {"calls": [possible]})["accuracy"] == pytest.approx(2 / 3)


def test_a_call_that_needs_nothing_counts_for_itself():
    assert graded([call("stop")], {"calls": [call("stop")]}).score == 1.0
    assert shares([call("stop", x=1)], {"calls": [call("stop")]})["accuracy"] == pytest.approx(
        2 / 3
    )
    assert shares([call("go")], {"calls": [call("stop")]})["accuracy"] == 0.0


def test_where_nothing_is_to_be_called_any_call_is_wrong():
    assert graded("It is sunny.", {"calls": []}, TOOLS).score == 1.0
    assert graded([OSLO], {"calls": []}, TOOLS).score == 0.0
    assert graded("", {"calls": []}, TOOLS).score == 0.0


def test_a_forbidden_call_voids_the_rest():
    reference = {"calls": [OSLO], "forbidden": ["stop"]}
    assert graded([OSLO], reference).score == 1.0
    voided = graded([OSLO, call("stop")], reference, penalise_extra=False)
    assert (voided.score, "must not be called: stop" in voided.reason) == (0.0, True)


def test_arguments_are_checked_against_the_tools_schema():
    reference = {"calls": [PARIS]}
    assert shares([PARIS], reference, TOOLS)["format_compliance"] == 1.0
    as_text = call("book", people="4", date="2024-05-03")
    found = shares([as_text], reference, TOOLS)
    assert found["accuracy"] == 1.0
    assert found["format_compliance"] < 1.0
    assert shares([call("buy", people=4)], reference, TOOLS)["format_compliance"] == 0.0
    assert (
        shares([call("weather", city="Oslo", unit="K")], {"calls": [OSLO]}, TOOLS)[
            "format_compliance"
        ]
        < 1
    )


def test_fields_go_by_the_name_of_the_call():
    fields = {"book.date": {"weight": 0}, "book.people": {"tolerance": 0.5}}
    assert graded([call("book", people=5)], {"calls": [PARIS], "fields": fields}).score == 1.0


def test_arguments_that_are_no_json_are_wrong_and_never_a_crash():
    broken = {
        "role": "assistant",
        "tool_calls": [{"function": {"name": "book", "arguments": '{"people"'}}],
    }
    for reference in ({"calls": [PARIS]}, PARIS["arguments"]):
        rows = [
            {"messages": [{"role": "user", "content": "?"}, broken], "reference_answer": reference}
        ]
        (sample,) = parse(rows).rows
        assert isinstance(sample, Sample)
        assert get_template("data_extraction").customize()(sample, Tools()).score == 0.0


def test_text_beside_a_call_is_no_second_answer():
    said = {**turn_of([PARIS]), "content": 'As asked: {"people": 9, "date": "2020-01-01"}'}
    rows = [{"messages": [said], "reference_answer": PARIS["arguments"]}]
    (sample,) = parse(rows).rows
    assert isinstance(sample, Sample)
    assert get_template("data_extraction").customize()(sample, Tools()).score == 1.0


@pytest.mark.parametrize("reference", [
    {"calls": [5]}, {"calls": [{"name": "a", "arguments": {}, "weight": 2}]}, {"calls": [], "x": 1},
    {"calls": [OSLO], "forbidden": "stop"}, {"calls": [{"name": "a", "arguments": [1]}]},
    {"calls": [OSLO], "fields": {"a": {"compare": "nearly"}}},
])  # fmt: skip
def test_unusable_calls_are_the_datasets_fault(reference):
    with pytest.raises(BadReference):
        graded([OSLO], reference)


def test_a_tool_with_an_unusable_schema_is_the_datasets_fault():
    tools = [{"name": "weather", "input_schema": {"type": "nothing"}}]
    with pytest.raises(BadReference):
        graded([OSLO], {"calls": [OSLO]}, tools)


@pytest.mark.parametrize("reference", [
    {"calls": [PARIS, OSLO]}, {"calls": []}, {"calls": [{"weather": {"city": ["Oslo", "Rome"]}}]},
    {"calls": [call("stop")]}, [PARIS], {"expected": {"a": 1}}, {"a": [1, "2024-05-03"]},
    {"calls": [{**OSLO, "optional": ["city"]}]},
])  # fmt: skip
def test_the_answer_that_a_reference_asks_for_earns_everything(reference):
    answer = gold(reference)
    assert answer is not None
    assert graded(answer, reference).score == 1.0
