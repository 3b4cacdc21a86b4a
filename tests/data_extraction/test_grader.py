import json
import subprocess
import sys

import pytest

from tests.data_extraction.grading import accuracy, grade, measured
from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.outcomes import BadReference
from touchstone.settings import SettingsError

INVOICE = {
    "seller": "Nordlys Papir AS",
    "total": 77.5,
    "issued": "2024-05-20",
    "paid": False,
    "lines": [{"item": "envelope", "price": 12.5}, {"item": "lamp", "price": 40}],
}


def test_right_data_earns_everything():
    result = grade(json.dumps(INVOICE), INVOICE)
    assert result.score == 1.0
    assert result.reason == "all right"
    assert [m.name for m in result.metrics if m.type == "Reward"] == [
        "format_compliance", "completeness", "accuracy",
    ]  # fmt: skip


def test_criteria_are_what_they_are_defined_to_be():
    answer = {"seller": "Other AS", "total": 77.5, "vat": 19, "note": "none"}
    found = measured(answer, {"seller": "Nordlys", "total": 77.5, "issued": "2024-05-20"})
    assert found["completeness"] == pytest.approx(2 / 3)
    # One right of three expected and four claimed.
    assert found["accuracy"] == pytest.approx(2 * 1 / (3 + 4))
    assert (found["leaves_expected"], found["leaves_claimed"], found["leaves_right"]) == (3, 4, 1)


@pytest.mark.parametrize(
    "worthless",
    [
        "{}",
        json.dumps(dict.fromkeys(INVOICE)),
        '{"seller": "x", "total": -1, "issued": "never"}',
        "",
    ],
)
def test_form_alone_never_pays(worthless):
    assert grade(worthless, INVOICE).score == 0.0


def test_gates_and_weights_can_be_changed():
    score = grade("{}", INVOICE, gates={}, weights={"format_compliance": 1.0}).score
    assert score == 1.0


def test_giant_lists_and_every_key_cost_precision():
    assert accuracy({"tags": [str(n) for n in range(1000)]}, {"tags": ["7"]}) < 0.01
    every = {**INVOICE, **{f"key{n}": n for n in range(100)}}
    assert accuracy(every, INVOICE) < 0.15
    assert accuracy(every, INVOICE, penalise_extra=False) == 1.0


@pytest.mark.parametrize("nothing", [None, "", "  ", [], {}, [None], {"b": None}])
def test_null_missing_and_blank_say_the_same(nothing):
    assert accuracy({"a": nothing, "x": 1}, {"x": 1}) == 1.0
    assert accuracy({"x": 1}, {"a": nothing, "x": 1}) == 1.0
    found = measured({"a": nothing, "x": 1}, {"a": 5, "x": 1})
    assert found["completeness"] == 0.5
    assert found["accuracy"] == pytest.approx(2 / 3)


def test_a_value_where_null_is_expected_is_invented():
    assert accuracy({"a": 5, "x": 1}, {"a": None, "x": 1}) == pytest.approx(2 / 3)


def test_nothing_expected_and_nothing_claimed_is_right():
    assert grade("{}", {"a": None}).score == 1.0
    assert grade('{"a": 1}', {"a": None}).score == 0.0


def test_zero_and_false_are_values():
    assert accuracy({}, {"a": 0, "b": False}) == 0.0
    assert accuracy({"a": 0, "b": False}, {"a": 0, "b": False}) == 1.0


def test_a_repeated_key_takes_the_last_value_and_costs_as_a_second_guess():
    assert accuracy('{"a": 1, "a": 2}', {"a": 2}) == pytest.approx(2 / 3)
    assert accuracy('{"a": 2, "a": 1}', {"a": 2}) == 0.0
    assert accuracy('{"a": 2, "a": 2}', {"a": 2}) == 1.0
    assert accuracy("a: 1\na: 2", {"a": 2}, format="yaml") == pytest.approx(2 / 3)


def test_containers_of_another_kind_are_wrong_on_both_sides():
    found = measured({"a": {"b": 1}}, {"a": [1, 2]})
    assert (found["completeness"], found["accuracy"]) == (0.0, 0.0)
    assert (found["leaves_expected"], found["leaves_claimed"]) == (2, 1)


def test_numbers_are_exact_at_any_size():
    digits = "9" * 5000
    assert accuracy(f'{{"n": {digits}}}', f'{{"n": {digits}}}') == 1.0
    assert accuracy(f'{{"n": {digits[:-1]}8}}', f'{{"n": {digits}}}') == 0.0
    assert accuracy('{"n": 1e400}', {"n": 1}) == 0.0
    wide = {"expected": {"n": "1e400"}, "fields": {"n": {"compare": "number"}}}
    assert accuracy('{"n": 10.0E399}', wide) == 1.0
    assert accuracy('{"n": 1e999999999}', {"n": 1}, number_tolerance=0.5) == 0.0


def test_tolerance_is_relative():
    assert accuracy({"n": 1010}, {"n": 1000}, number_tolerance=0.01) == 1.0
    assert accuracy({"n": 1011}, {"n": 1000}, number_tolerance=0.01) == 0.0
    reference = {"expected": {"n": [1000], "m": 1000}, "fields": {"n": {"tolerance": 0.1}}}
    assert accuracy({"n": [1050], "m": 1050}, reference) == 0.5


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e99999999999999999999"])
def test_what_is_no_json_number_is_no_json(text):
    result = grade(f'{{"a": {text}, "b": 1}}', {"b": 1})
    assert result.score == 0.0
    assert result.reason.startswith("no payload")


@pytest.mark.parametrize(
    ("completion", "settings"),
    [
        ("[" * 10_000 + "]" * 10_000, {}),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, {}),
        ("- " * 10_000 + "x", {"format": "yaml"}),
        ("[" * 10_000, {"format": "yaml"}),
        ("[ " * 4_000, {"format": "yaml"}),
        ("\n".join(" " * n + "a:" for n in range(500)), {"format": "yaml"}),
        ("a: &a [*a]", {"format": "yaml"}),
        ("<a>" * 10_000 + "</a>" * 10_000, {}),
    ],
)
def test_nesting_beyond_reason_is_unreadable(completion, settings):
    assert grade(completion, {"a": 1}, **settings).score == 0.0


def test_aliases_that_multiply_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "100000" in grade("\n".join(lines), {"a0": ["x"]}, format="yaml").reason


def test_entities_are_refused():
    text = '<!DOCTYPE a [<!ENTITY e "5">]><a><n>&e;</n></a>'
    assert grade(text, {"n": 5}).score == 0.0


def test_half_a_surrogate_pair_is_not_text():
    assert grade('{"a": "\\ud800"}', {"a": "x"}).score == 0.0
    assert accuracy('{"a": "\\ud83d\\ude00"}', {"a": "😀"}) == 1.0


def test_long_lists_are_matched_within_bounds():
    rows = [{"id": n, "name": f"n{n}"} for n in range(3000)]
    assert accuracy(rows[::-1], rows) == 1.0
    # Beyond the bound of the best match, items are paired by the values that only they share.
    near = [{**row, "name": "x"} for row in rows]
    assert accuracy(near, rows) == accuracy(near[::-1], rows) == 0.5
    assert accuracy([{"id": -n, "name": "x"} for n in range(1, 3000)], rows) == 0.0


def test_lists_are_matched_for_the_most_right_leaves():
    expected = [{"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "c": 2}]
    # Taken greedily, the first item would take the second one's best match.
    answer = [{"a": 1, "b": 1, "c": 2}, {"a": 1, "b": 1, "c": 9}]
    found = measured(answer, expected)
    assert found["leaves_right"] == 4


def test_fields_choose_comparator_and_weight():
    expected = {"name": "Ann", "lines": [{"price": "5", "note": "x"}, {"price": "7", "note": "y"}]}
    answer = {"name": "Ann", "lines": [{"price": "5.0", "note": "?"}, {"price": "7", "note": "?"}]}

    def with_fields(**fields):
        return measured(answer, {"expected": expected, "fields": fields})

    assert with_fields()["accuracy"] == pytest.approx(3 / 5)
    rules = {"lines[*].price": {"compare": "exact"}, "lines[*].note": {"weight": 0}}
    assert with_fields(**rules)["accuracy"] == pytest.approx(2 / 3)
    assert with_fields(lines={"weight": 2})["leaves_expected"] == 9
    assert with_fields(**{"*": {"weight": 0}, "name": {"weight": 1}})["leaves_expected"] == 1
    assert with_fields(**{"$": {"compare": "exact"}})["leaves_right"] == 2


def test_weights_hold_for_what_is_missing_and_what_is_invented():
    reference = {"expected": {"a": 1, "b": {"c": 1}}, "fields": {"b.c": {"weight": 3}}}
    found = measured({"a": 1}, reference)
    assert (found["leaves_expected"], found["completeness"]) == (4, 0.25)
    ignored = {"expected": {"a": 1}, "fields": {"b.c": {"weight": 0}}}
    assert accuracy({"a": 1, "b": {"c": 5}}, ignored) == 1.0


def test_kinds_of_list():
    def with_kind(answer, kind):
        reference = {"expected": {"a": ["x", "y"]}, "fields": {"a": {"compare": kind}}}
        return accuracy({"a": answer}, reference)

    assert with_kind(["y", "x"], "list") == 1.0
    assert with_kind(["y", "x"], "ordered") == 0.0
    assert with_kind(["y", "x", "x", "y"], "set") == 1.0
    assert with_kind(["y", "X", "x", " y"], "set") == 1.0
    assert with_kind(["y", "x", "z", "z"], "set") == pytest.approx(4 / 5)
    assert with_kind(["y", "x", "x", "y"], "list") == pytest.approx(4 / 6)


def test_fields_of_the_grader_hold_unless_the_row_has_its_own():
    settings = {"fields": {"a": {"compare": "exact"}, "b": {"compare": "exact"}}}
    row = {"expected": {"a": "5", "b": "5"}, "fields": {"b": {"compare": "number"}}}
    assert accuracy({"a": "5.0", "b": "5.0"}, row, **settings) == 0.5


def test_a_wrapper_has_expected_and_no_key_of_its_own():
    assert accuracy({"n": 1}, {"expected": {"n": 1}}) == 1.0
    # Other keys beside it: this is data.
    data = {"expected": {"n": 1}, "observed": 2}
    assert accuracy(data, data) == 1.0
    assert accuracy({"n": 1}, data) == 0.0
    assert accuracy({"expected": {"n": 1}}, {"expected": {"expected": {"n": 1}}}) == 1.0
    assert accuracy({"schema": "x"}, {"schema": "x"}) == 1.0


@pytest.mark.parametrize("value", [12, "text", True, None, 1.5])
def test_a_wrapper_may_expect_a_scalar(value):
    assert grade(json.dumps(value), {"expected": value}).score == 1.0


def test_a_json_row_without_a_schema_imports_no_parser_and_no_validator():
    program = """if True:
        import sys
        from tests.data_extraction.grading import grade
        assert grade('Sure! {"a": "2024-01-02"}', {"a": "2 Jan 2024"}).score == 1.0
        print(sorted({"yaml", "jsonschema_rs", "defusedxml", "csv"} & set(sys.modules)))"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    "reference",
    [
        None,
        "just a text",
        '{"a": 1e999}',
        '{"a": NaN}',
        "[" * 10_000 + "]" * 10_000,
        {"expected": {"a": 1}, "fields": {"a": {"compare": "nearly"}}},
        {"expected": {"a": 1}, "fields": {"a[0]": {"weight": 1}}},
        {"expected": {"a": 1}, "fields": {"a": {"weight": -1}}},
        {"expected": {"a": 1}, "fields": ["a"]},
        {"expected": {"a": 1}, "schema": {"type": "nothing"}},
        {"expected": {"a": 1}, "schema": "object"},
        {"expected": {"a": 1}, "schema": {"$ref": "https://example.com/other.json"}},
        {"expected": {"a": 1}, "schema": {"$ref": "#/$defs/none"}},
        {"expected": {"a": 1}, "schema": {"properties": {"a": {"pattern": "("}}}},
    ],
)
def test_an_unusable_reference_is_the_datasets_fault(reference):
    with pytest.raises(BadReference):
        grade('{"a": 1}', reference)


def test_wrong_settings_are_refused_when_the_grader_is_made():
    with pytest.raises(SettingsError, match="is no path"):
        grade("{}", {"a": 1}, fields={"a[0]": {"weight": 1}})
    with pytest.raises(SettingsError, match="schema is not valid"):
        grade("{}", {"a": 1}, schema={"type": "nothing"})
    with pytest.raises(SettingsError, match="nearly"):
        grade("{}", {"a": 1}, fields={"a": {"compare": "nearly"}})
    with pytest.raises(SettingsError, match="date_order"):
        grade("{}", {"a": 1}, date_order="ymd")
    with pytest.raises(SettingsError, match="case_sensitive"):
        grade("{}", {"a": 1}, case_sensitiv=True)


def test_a_row_that_is_unwrapped_by_the_contract_is_graded():
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": '{"a": 1}'}]
    (sample,) = parse([{"messages": turns, "reference_answer": {"text": '{"a": 1}'}}]).rows
    assert isinstance(sample, Sample)
    from touchstone.templates.data_extraction.grader import TEMPLATE

    assert TEMPLATE.customize()(sample, Tools()).score == 1.0
