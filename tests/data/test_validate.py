"""Each kind of problem has rows that show it, and near misses that do not."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.training import prompt, row, write
from touchstone.workbench.cli import main
from touchstone.workbench.data.problem import KINDS
from touchstone.workbench.data.validate import Checks, validate

KEYS = st.sampled_from(["role", "content", "text", "type", "function", "name", "answer", "image"])
SCHEMA = {"type": "object", "properties": {}}
LOOK = {"name": "look", "description": "Looks.", "parameters": SCHEMA}
TOOL = {"type": "function", "function": LOOK}


def user(content):
    return {"role": "user", "content": content}


def turns(*messages):
    return {"messages": list(messages)}


def say(text, **changes):
    return turns(user(text)) | changes


# kind, a row that shows it (as changes of a good one), a near miss, the field that is named
SHAPES = [
    ("no_messages", {"messages": None}, {}, "messages"),
    ("no_messages", {"messages": []}, {}, "messages"),
    ("no_messages", {"messages": "Hello"}, {}, "messages"),
    ("bad_message", turns("Hello", user("x")), turns(user("x")), "messages[0]"),
    ("bad_message", turns({"content": "x"}, user("x")), turns(user("x")), "messages[0]"),
    (
        "unknown_role",
        turns({"role": "human", "content": "x"}, user("x")),
        turns({"role": "system", "content": "x"}, user("x")),
        "messages[0].role",
    ),
    (
        "unknown_key",
        turns({"role": "user", "content": "x", "weight": 1}),
        turns({"role": "user", "content": "x"}),
        "messages[0].weight",
    ),
    ("unknown_key", turns({"role": "user", "content": "x", "name": "ann"}), {}, "messages[0].name"),
    ("empty_content", say(" \n"), say("."), "messages[0].content"),
    ("empty_content", say(None), say("."), "messages[0].content"),
    ("empty_content", say("\u200b\ufeff"), say("\u200bx"), "messages[0].content"),
    ("empty_content", say([]), say([{"text": "x"}]), "messages[0].content"),
    ("bad_content", say(7), say("7"), "messages[0].content"),
    ("bad_content", say([{"type": "thing"}]), say([{"text": "x"}]), "messages[0].content[0]"),
    (
        "image_content",
        say([{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "u"}}]),
        say([{"type": "text", "text": "an image_url"}]),
        "messages[0].content[1]",
    ),
    ("image_content", say([{"image": {"format": "png"}}]), say([{"text": "image"}]), None),
    ("image_content", {"image_path": "a.png"}, {"image_caption": "a cat"}, "image_path"),
    ("image_content", say("<image>\nWho?"), say("What is <image> in HTML?"), None),
    ("content_blocks", say([{"type": "text", "text": "x"}]), say("x"), "messages[0].content"),
    ("broken_text", say("caf\ufffd"), say("café"), "messages[0].content"),
    ("control_characters", say("a\x00b"), say("a\tb\r\nc"), "messages[0].content"),
    (
        "system_not_first",
        turns(user("x"), {"role": "system", "content": "x"}, user("y")),
        turns({"role": "system", "content": "x"}, user("y")),
        "messages[1].role",
    ),
    ("no_user", turns({"role": "system", "content": "x"}), say("x"), "messages"),
    (
        "ends_with_answer",
        turns(user("x"), {"role": "assistant", "content": "y"}),
        turns(user("x"), {"role": "assistant", "content": "y"}, user("z")),
        "messages[1].role",
    ),
    ("last_not_user", turns({"role": "system", "content": "x"}), say("x"), "messages[0].role"),
    (
        "many_turns",
        turns(user("x"), {"role": "assistant", "content": "y"}, user("z")),
        turns({"role": "system", "content": "y"}, user("z")),
        "messages",
    ),
    ("bad_tools", {"tools": []}, {"tools": [TOOL]}, "tools"),
    ("bad_tools", {"tools": [TOOL, TOOL]}, {"tools": [TOOL]}, "tools[1].function.name"),
    ("bad_tools", {"tools": [{"name": "look"}]}, {"tools": [TOOL]}, "tools[0].type"),
    ("bad_tools", {"tools": [{"type": "function"}]}, {"tools": [TOOL]}, "tools[0].function.name"),
    *[
        (
            "bad_tools",
            {"tools": [{"type": "function", "function": LOOK | change}]},
            {"tools": [TOOL]},
            f"tools[0].function.{field}",
        )
        for change, field in [
            ({"description": " "}, "description"),
            ({"parameters": {"type": "object"}}, "parameters"),
            ({"parameters": {"properties": {}}}, "parameters"),
            ({"parameters": SCHEMA | {"required": [1]}}, "parameters.required"),
        ]
    ],
    ("bad_id", {"id": 7}, {"id": "7"}, "id"),
    ("bad_id", {"id": " "}, {"id": "7"}, "id"),
    (
        "misspelt_field",
        {"reference_answer": None, "reference-answers": "7"},
        {"reference": "7"},
        "reference-answers",
    ),
    ("misspelt_field", {"messages": None, "message": [user("x")]}, {"massage": "x"}, "message"),
    ("misspelt_field", {"tool": [TOOL]}, {"tool": "calc"}, "tool"),
    ("no_reference", {"reference_answer": None}, {"reference_answer": "0"}, "reference_answer"),
    ("empty_reference", {"reference_answer": " "}, {"reference_answer": "0"}, "reference_answer"),
    ("empty_reference", {"reference_answer": {}}, {"reference_answer": {"a": 0}}, None),
    (
        "empty_reference",
        {"reference_answer": {"a": [""]}},
        {"reference_answer": {"a": False}},
        None,
    ),
    ("odd_reference", {"reference_answer": 7}, {"reference_answer": "7"}, "reference_answer"),
    ("odd_reference", {"reference_answer": [7]}, {"reference_answer": {"a": [7]}}, None),
]


def good():
    return [row(number) for number in range(1, 110)]


def kinds_at(problems, line):
    return {problem.kind: problem for problem in problems if problem.line == line}


def check(tmp_path, rows, checks=None):
    path = write(tmp_path / "a.jsonl", rows)
    return list(validate(str(path), checks=checks))


def invoke(*arguments):
    return CliRunner().invoke(main, ["data", "validate", *map(str, arguments)])


def test_a_good_file_has_no_problem(tmp_path):
    path = write(tmp_path / "a.jsonl", good())
    result = invoke(path, "--grader", "math_reasoning", "--max-prompt-length", 8192)
    assert result.exit_code == 0
    assert result.stdout.startswith("109 rows: 0 errors, 0 warnings")


@pytest.mark.parametrize(("kind", "bad", "fine", "field"), SHAPES)
def test_the_form_of_a_row(tmp_path, kind, bad, fine, field):
    # What some rows lack, they have as null here: a file with a field in some rows is another kind.
    rows = [each | {"tools": None} for each in good()]
    found = check(tmp_path, [*rows, row(200, **bad), row(201, **fine)])
    problem = kinds_at(found, 110)[kind]
    assert field is None or problem.field == field
    assert (problem.severity, problem.fix) == KINDS[kind]
    assert kind not in kinds_at(found, 111)


def test_every_problem_of_a_row_is_named(tmp_path):
    bad = row(200, id=7, messages=[{"role": "human", "content": ""}], reference_answer="")
    found = kinds_at(check(tmp_path, [*good(), bad]), 110)
    assert {"bad_id", "unknown_role", "empty_content", "no_user", "empty_reference"} <= set(found)


@pytest.mark.parametrize(("count", "kinds"), [(99, ["too_few_rows"]), (100, [])])
def test_too_few_rows(tmp_path, count, kinds):
    found = check(tmp_path, [row(number) for number in range(count)])
    assert [(problem.kind, problem.line) for problem in found] == [(kind, 0) for kind in kinds]


def test_too_many_rows(tmp_path):
    short = '{"messages": [{"role": "user", "content": "%d"}], "reference_answer": "x"}\n'
    path = tmp_path / "a.jsonl"
    for count, many in ((20_000, False), (20_001, True)):
        path.write_text("".join(short % (number * 7919) for number in range(count)))
        found = validate(str(path))
        assert ("too_many_rows" in {problem.kind for problem in found}) == many


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'{"messages": [', "not_json"),
        (b'{"messages": NaN}', "not_json"),
        (b'{"messages": "\\ud800"}', "not_json"),
        (b"[1]", "not_json"),
        (b'{"messages": "caf\xe9"}', "not_utf8"),
    ],
)
def test_an_unreadable_line_is_named_and_the_rest_is_checked(tmp_path, line, kind):
    path = write(tmp_path / "a.jsonl", good())
    path.write_bytes(
        line
        + b"\n"
        + path.read_bytes()
        + b'{"id": null, "reference_answer": null, "messages": []}\n'
    )
    found = list(validate(str(path)))
    assert kinds_at(found, 1)[kind].severity == "error"
    assert set(kinds_at(found, 111)) == {"no_messages", "no_reference"}


def test_byte_order_mark_and_newlines(tmp_path):
    path = write(tmp_path / "a.jsonl", good())
    clean = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + clean)
    assert [(p.kind, p.line) for p in validate(str(path))] == [("bom", 1)]
    path.write_bytes(clean.replace(b"\n", b"\r\n"))
    assert list(validate(str(path))) == []
    path.write_bytes(clean.replace(b"\n", b"\r\n", 3))
    assert [(p.kind, p.line) for p in validate(str(path))] == [("mixed_newlines", 4)]
    path.write_bytes(clean.replace(b"\n", b"\n\n", 1).rstrip(b"\n"))
    assert list(validate(str(path))) == []


@pytest.mark.parametrize(
    ("size", "kind"), [(6_300_000, "too_large"), (100_000, "large_for_batches"), (90_000, None)]
)
def test_large_rows(tmp_path, size, kind):
    found = check(tmp_path, [*good(), row(200, note="x" * size)])
    assert list(kinds_at(found, 110)) == ([kind] if kind else [])


def test_repeated_ids_and_prompts(tmp_path):
    twin, other = row(5, id="twin"), row(6, id="other", reference_answer="0")
    same_id = row(200, id="row-7")
    found = check(tmp_path, [*good(), twin, other, same_id])
    assert {(p.line, p.kind) for p in found} == {
        (110, "duplicate_prompt"),
        (111, "conflicting_reference"),
        (112, "duplicate_id"),
    }
    assert "line 5" in kinds_at(found, 110)["duplicate_prompt"].message
    assert "line 7" in kinds_at(found, 112)["duplicate_id"].message


def test_the_same_text_under_another_system_message_is_another_prompt(tmp_path):
    system = {"role": "system", "content": "Answer in French, in verse, and at some length. " * 5}
    other = turns(system, user(prompt(5)))
    found = check(tmp_path, [*good(), row(200, **other)])
    assert "duplicate_prompt" not in kinds_at(found, 110)


def test_near_duplicates(tmp_path):
    near = say(prompt(5).replace(prompt(5).split()[9], "changed"))
    shouted = say(prompt(6).upper().replace(" ", "  ") + "!")
    halved = say(" ".join(prompt(7).split()[:15] + prompt(107).split()[15:]))
    found = check(tmp_path, [*good(), row(200, **near), row(201, **shouted), row(202, **halved)])
    assert {(p.line, p.kind) for p in found} == {(110, "near_duplicate"), (111, "near_duplicate")}
    assert "that of line 5" in kinds_at(found, 110)["near_duplicate"].message


def test_the_template_of_a_data_set_makes_no_near_duplicates(tmp_path):
    around = (
        "Read the post below, decide whether it may stay, and answer with one JSON object. " * 4
    )
    rows = [row(n, **say(f"{around}\n{prompt(n, 12)}\n{around}")) for n in range(120)]
    copy = say(f"{around}\n{prompt(5, 12)}.\n{around}")
    found = check(tmp_path, [*rows, row(200, id="copy", **copy)])
    assert [(p.line, p.kind) for p in found] == [(121, "near_duplicate")]


def test_leakage(tmp_path):
    train = write(tmp_path / "train.jsonl", good())
    near = say(prompt(6).replace(prompt(6).split()[9], "changed"))
    held = [row(n) for n in range(200, 210)] + [row(5, id="same"), row(200, id="near", **near)]
    path = write(tmp_path / "validation.jsonl", held)
    found = list(validate(str(train), str(path)))
    assert [(p.file, p.line, p.kind) for p in found] == [
        (str(path), 11, "leakage"),
        (str(path), 12, "near_leakage"),
    ]
    assert f"{train} too, line 5" in found[0].message


def test_estimated_lengths(tmp_path):
    rows = [*good(), row(200, **say("word " * 1000)), row(201, **say("text " * 300))]
    found = check(tmp_path, rows, Checks(max_prompt_length=500))
    assert {(p.line, p.kind) for p in found} == {(110, "too_long"), (111, "maybe_too_long")}


@pytest.fixture
def tokenizer(tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"word": 0, "?": 1}, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def test_counted_lengths(tmp_path, tokenizer):
    fits, longer = row(200, **say("word " * 495)), row(201, **say("? " * 496))
    checks = Checks(max_prompt_length=500, tokenizer=str(tokenizer))
    found = check(tmp_path, [*good(), fits, longer], checks)
    assert [(p.line, p.kind) for p in found] == [(111, "too_long")]
    assert "501 tokens" in found[0].message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner),
    max_leaves=12,
)
ODD_ROWS = st.lists(
    st.fixed_dictionaries({}, optional={"id": JSON, "tools": JSON, "reference_answer": JSON})
    | st.fixed_dictionaries(
        {"messages": JSON | st.lists(st.fixed_dictionaries({"role": JSON, "content": JSON}))},
        optional={"reference_answer": JSON, "tools": st.lists(JSON, max_size=2)},
    ),
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(ODD_ROWS, st.sampled_from(["", "math_reasoning", "data_extraction", "content_moderation"]))
def test_no_row_is_too_odd_to_be_checked(tmp_path_factory, rows, grader):
    path = write(tmp_path_factory.mktemp("odd") / "a.jsonl", rows)
    found = list(validate(str(path), checks=Checks(grader, max_prompt_length=5)))
    assert found[-1].kind in KINDS
    assert all(0 <= problem.line <= len(rows) for problem in found)


def test_a_grader_is_asked(tmp_path):
    rows = [
        *good(),
        row(200, reference_answer={"expected": {"a": 1}}),
        row(201, reference_answer=None),
        row(202, reference_answer={"answer": "1/2", "tolerance": -1}),
    ]
    found = check(tmp_path, rows, Checks(grader="math_reasoning"))
    refused = [p.line for p in found if p.kind == "grader_refuses"]
    assert refused == [110, 111, 112]
    assert "'answer'" in found[0].message
    assert "tolerance" in found[2].message


def test_the_gold_answer_is_graded(tmp_path):
    schema = {"type": "object", "required": ["b"]}
    fine = [row(n, reference_answer={"a": n, "b": [f"value {n}"]}) for n in range(109)]
    fits = {"expected": {"b": 1}, "schema": schema}
    breaks = {"expected": {"a": 1}, "schema": schema | {"required": ["b", "c", "d"]}}
    rows = [*fine, row(200, reference_answer=fits), row(201, reference_answer=breaks)]
    found = check(tmp_path, rows, Checks(grader="data_extraction"))
    assert [(p.line, p.kind) for p in found] == [(111, "gold_scores_low")]


ADDS = ["assert add(1, 2) == 3", "assert add(2, 2) == 4"]
BODY = {
    "prompt_code": 'def add(a, b):\n    """Adds."""\n',
    "entry_point": "add",
    "test_code": "def check(candidate):\n    assert candidate(1, 2) == 3\n",
}


SUM, FENCED = "def add(a, b):\r\n    return a + b\r\n", "```python\nadd = lambda a, b: a + b\n```"
DOUBLES = {"test_cases": [{"input": "3\n", "output": "6\n"}]}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ({"tests": ADDS, "solution": SUM}, {"solution": "def add(a, b): return 3"}),
        ({"tests": ADDS, "code": SUM}, {"code": "def add(a, b):\n    return a - b"}),
        (
            {**BODY, "canonical_solution": "    return a + b\n"},
            {"canonical_solution": "    return a"},
        ),
        ({"tests": ADDS, "solutions": [FENCED]}, {"solutions": ["add = 5"]}),
        ({**DOUBLES, "solution": "print(2 * int(input()))"}, {"solution": "print(3)"}),
        ({"tests": ADDS, "solution": ""}, {"solution": "def sub(a, b): return a - b"}),
    ],
)
def test_tests_that_refuse_the_references_own_solution(tmp_path, right, wrong):
    rows = [row(1, reference_answer=right), row(2, reference_answer={**right, **wrong})]
    found = check(tmp_path, rows, Checks(grader="code_verification"))
    told = [(p.line, p.severity) for p in found if p.kind == "own_solution_fails"]
    assert told == [(2, "error")]
    assert not [p for p in found if p.kind in ("grader_refuses", "grader_fails")]


def test_labels_that_the_moderation_grader_does_not_know(tmp_path):
    rows = [row(n, reference_answer={"decision": "allow"}) for n in range(109)]
    rows.append(row(200, reference_answer={"decision": "perhaps"}))
    found = check(tmp_path, rows, Checks(grader="content_moderation"))
    assert [(p.line, p.kind) for p in found] == [(110, "grader_refuses")]


def test_a_grader_that_fails_is_told_from_a_reference_that_is_wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("def reward(completion, reference):\n    return 1 / 0\n")
    (tmp_path / "graders.toml").write_text('[graders.own]\ncode = "own.py"\n')
    found = check(tmp_path, good()[:100], Checks(grader="own"))
    assert {p.kind for p in found} == {"grader_fails"}
    assert "own.py raised" in found[0].message


def test_a_grader_is_not_asked_about_a_row_without_messages(tmp_path):
    found = check(tmp_path, [*good(), row(200, messages=None)], Checks(grader="math_reasoning"))
    assert [(p.line, p.kind) for p in found] == [(110, "no_messages")]


def test_json_lists_every_problem_and_the_terminal_the_first_of_a_kind(tmp_path):
    path = write(tmp_path / "a.jsonl", [row(n, reference_answer=" ") for n in range(120)])
    result = invoke(path, "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [problem["line"] for problem in report["problems"]] == list(range(1, 121))
    assert report["summary"]["kinds"] == {"empty_reference": 120}
    assert (report["summary"]["errors"], report["summary"]["warnings"]) == (120, 0)
    lines = invoke(path).stdout.splitlines()
    assert sum("[empty_reference]" in line for line in lines) == 10
    assert f"{path}:1: error: reference_answer: the reference is empty" in lines[0]
    assert lines[-1] == "120 rows: 120 errors, 0 warnings"


def test_json_of_a_good_file(tmp_path):
    result = invoke(write(tmp_path / "a.jsonl", good()), "--json")
    assert json.loads(result.stdout)["problems"] == []


def test_warnings_alone_are_no_failure(tmp_path):
    result = invoke(write(tmp_path / "a.jsonl", [*good(), row(200, id="row-1")]))
    assert (result.exit_code, "[duplicate_id]" in result.stdout) == (0, True)


@pytest.mark.parametrize("field", ["id", "tools", "reference_answer"])
@pytest.mark.parametrize("first", [True, False])
def test_a_field_is_in_every_row_or_in_none(tmp_path, field, first):
    lacking = {k: v for k, v in (row(200) | {"tools": [TOOL]}).items() if k != field}
    rows = [each | {"tools": [TOOL]} for each in good()]
    rows.insert(0 if first else 50, lacking)
    found = [(p.line, p.field) for p in check(tmp_path, rows) if p.kind == "mixed_fields"]
    assert found == [(1 if first else 51, field)]
    rows[0 if first else 50] = lacking | {field: None}
    assert "mixed_fields" not in {p.kind for p in check(tmp_path, rows)}
    openai = check(tmp_path, [*rows[:-1], lacking], Checks(model="openai"))
    assert "mixed_fields" not in {p.kind for p in openai}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.jsonl"], "missing.jsonl"),
        (["-"], "standard input"),
        (["good.jsonl", "--validation", "./good.jsonl"], "./good.jsonl: is the training file too"),
        (["good.jsonl", "--grader", "maths_reasoning"], "did you mean 'math_reasoning'?"),
        (["good.jsonl", "--max-prompt-length", "9", "--tokenizer", "none.json"], "none.json"),
        (
            ["good.jsonl", "--max-prompt-length", "9", "--tokenizer", "good.jsonl"],
            "not a tokenizer",
        ),
        (["good.jsonl", "--tokenizer", "x"], "--max-prompt-length"),
        (["cut.jsonl.gz"], "cut.jsonl.gz"),
    ],
)
def test_what_cannot_be_read_is_bad_input(tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "good.jsonl", good())
    (tmp_path / "cut.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00")
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
