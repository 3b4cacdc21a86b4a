"""What a row is graded against, by what its fields hold: banks of the kinds that datasets have."""

import pytest

from tests.data.convert_goldens import USER
from tests.data.records import converted, refusal_of, row_of

ASKED = {"question": "What is 6*7?"}
SAID = {"messages": [USER, {"role": "assistant", "content": "42"}]}


def reference_of(record, **options):
    return row_of(record, **options).get("reference_answer")


@pytest.mark.parametrize(
    "name",
    [
        "referenceResponse", "reference_response", "ideal", "expectedOutput", "expected_response",
        "answerKey", "answer_key", "canonical_solution", "right_answer", "correctAnswer",
        "best_answer", "gold_answer", "golden_answer", "groundTruth", "Ground Truth",
        "Reference-Answer", "ANSWER", "target_text", "true_label", "final_answer", "goldResponse",
    ],
)  # fmt: skip
def test_a_reference_is_known_by_the_words_of_its_name(name):
    assert row_of(ASKED | {name: "42"}) == {"messages": [USER], "reference_answer": "42"}


@pytest.mark.parametrize(
    "name",
    ["wrong_answer", "hallucinated_answer", "answer_type", "expected_output_tokens", "solution_len",
     "model_answer", "right", "best", "predicted_label", "answer_start"],
)  # fmt: skip
def test_a_name_that_only_resembles_one_stays_a_field(name):
    assert row_of(ASKED | {name: "42"}) == {"messages": [USER], name: "42"}


@pytest.mark.parametrize("name", ["solution", "ground_truth_for_eval", "expected_action"])
def test_what_looks_like_a_reference_and_is_not_used_is_named(name):
    found = converted(ASKED | {"reference_answer": "42", name: "43"})
    assert (found.row["reference_answer"], found.alike) == ("42", [name])


@pytest.mark.parametrize("name", ["label", "Label", "kto_tag", "is_correct", "thumbs_up"])
@pytest.mark.parametrize(
    ("good", "bad"), [(True, False), ("true", "false"), ("True", "False"), (1, 0), ("1", "0")]
)
@pytest.mark.parametrize("answered", [SAID, ASKED | {"completion": "42"}, ASKED | {"output": "42"}])
def test_a_boolean_beside_an_answer_judges_it(name, good, bad, answered):
    assert reference_of(answered | {name: good}) == "42"
    assert refusal_of(answered | {name: bad}) == ("judged_bad", name)
    assert reference_of(answered | {name: bad, "ground_truth": "43"}) == "43"
    kept = row_of(answered | {name: bad}, keep_answer="completion")
    assert kept["messages"][-1] == {"role": "assistant", "content": "42"}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [("label", "good", "bad"), ("label", "chosen", "rejected"), ("label", 1, -1),
     ("kto_tag", "desirable", "undesirable"), ("rating", "Good", "BAD"),
     ("feedback", "thumbs_up", "thumbs-down"), ("correct", "yes", "no"),
     ("verdict", "correct", "incorrect")],
)  # fmt: skip
def test_a_word_beside_an_answer_judges_it(name, good, bad):
    for answered in (SAID, ASKED | {"completion": "42"}):
        assert reference_of(answered | {name: good}) == "42"
        assert refusal_of(answered | {name: bad}) == ("judged_bad", name)
    to_judge = {"prompt": "Good or bad?", "response": "Good"}
    assert reference_of(to_judge | {"label": "bad"}) == "bad"


@pytest.mark.parametrize("column", ["answer", "final_answer", "solution"])
@pytest.mark.parametrize("name", ["label", "correct", "is_correct"])
def test_a_boolean_beside_a_column_of_answers_judges_it(name, column):
    answered = ASKED | {column: "42"}
    assert reference_of(answered | {name: True}) == "42"
    assert refusal_of(answered | {name: False}) == ("judged_bad", name)
    assert reference_of(answered | {name: False, "ground_truth": "43"}) == "43"
    assert reference_of(answered | {name: False, "response": "41"}) == "42"
    assert reference_of(ASKED | {column: ["42", "43"], name: True}) == '["42","43"]'


@pytest.mark.parametrize("name", ["context", "passage", "paragraph", "premise", "article", "story"])
def test_a_question_about_a_text_is_asked_with_it(name):
    row = row_of({name: "It is six by seven.", "question": "How many?", "answer": "42"})
    assert row["messages"][0]["content"] == "It is six by seven.\n\nHow many?"
    row = row_of({name: "It is six by seven.", "prompt": "How many?", "answer": "42"})
    assert row["messages"][0]["content"] == "How many?"


@pytest.mark.parametrize(
    ("beside", "setup"),
    [
        ({"test_imports": ["import math"]}, {"test_setup_code": "import math\n"}),
        (
            {"test_imports": ["import math"], "test_setup_code": "x = 1"},
            {"test_setup_code": "import math\nx = 1"},
        ),
        ({"test_imports": []}, {}),
    ],
)
def test_what_tests_import_goes_with_them(beside, setup):
    tests = {"test_list": ["assert f(4) == math.sqrt(16)"]}
    assert reference_of(ASKED | tests | beside) == tests | setup


@pytest.mark.parametrize(
    ("name", "value", "reference"),
    [("label", True, "true"), ("answer", False, "false"), ("label", 0, "0"), ("gold", 4.5, "4.5")],
)
def test_without_an_answer_beside_it_a_value_is_the_reference(name, value, reference):
    assert reference_of(ASKED | {name: value}) == reference


@pytest.mark.parametrize("name", ["is_english", "cached", "has_tools"])
def test_a_boolean_of_another_name_judges_nothing(name):
    assert reference_of(SAID | {name: False}) == "42"


PLANETS = ["Mars", "Jupiter", "Venus"]
LINES = "What is 6*7?\n\nA. Mars\nB. Jupiter\nC. Venus"
SPLIT = dict(zip("ABC", PLANETS, strict=True))
CHOICES = {
    "a list": {"choices": PLANETS},
    "a list as text": {"options": '["Mars", "Jupiter", "Venus"]'},
    "by letter": {"options": SPLIT},
    "texts beside labels": {"choices": {"text": PLANETS, "label": ["A", "B", "C"]}},
    "objects": {"choices": [{"label": k, "text": v} for k, v in SPLIT.items()]},
    "marked": {"answer_choices": ["A) Mars", "B) Jupiter", "C) Venus"]},
    "endings": {"endings": PLANETS},
    "columns": SPLIT,
    "named columns": {f"option_{k.lower()}": v for k, v in SPLIT.items()},
    "joined columns": {f"option{k}": v for k, v in SPLIT.items()},
    "columns of ops": {f"op{k.lower()}": v for k, v in SPLIT.items()},
}


@pytest.mark.parametrize("choices", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("key", ["B", "b", "(B)", "B.", "Jupiter", " jupiter ", "B. Jupiter"])
@pytest.mark.parametrize("name", ["answer", "answerKey", "correct_option", "answer_idx"])
def test_a_choice_is_the_line_that_the_prompt_gains(choices, key, name):
    row = row_of(ASKED | choices | {name: key})
    assert (row["messages"][-1]["content"], row["reference_answer"]) == (LINES, "B. Jupiter")


@pytest.mark.parametrize(
    ("choices", "key"),
    [
        ({"choices": PLANETS}, 1),
        ({"choices": PLANETS}, "1"),
        ({"endings": PLANETS}, 1.0),
        ({"choices": {"text": PLANETS, "label": ["1", "2", "3"]}}, "2"),
        ({"choices": {"text": PLANETS, "label": ["0", "1", "2"]}}, 1),
        ({f"ending{n}": text for n, text in enumerate(PLANETS)}, "1"),
    ],
)
def test_a_place_among_choices_is_the_choice(choices, key):
    assert reference_of(ASKED | choices | {"label": key}) == "B. Jupiter"


NUMBERED = {f"option{n}": text for n, text in enumerate(PLANETS, 1)}


@pytest.mark.parametrize("key", [2, "2"])
def test_columns_numbered_from_1_are_named_by_an_answer_and_counted_by_nobody_knows(key):
    assert reference_of(ASKED | NUMBERED | {"answer": key}) == "B. Jupiter"
    for name in ("label", "answer_idx", "correctIndex"):
        assert refusal_of(ASKED | NUMBERED | {name: key}) == ("choice", name)
        assert reference_of(ASKED | NUMBERED | {name: key}, first_choice=1) == "B. Jupiter"
        assert reference_of(ASKED | NUMBERED | {name: key}, first_choice=0) == "C. Venus"


@pytest.mark.parametrize(
    "choices",
    [
        {"options": {**SPLIT, "D": "", "E": " "}},
        {"options": {"A": "Mars", "X": "", "B": "Jupiter", "C": "Venus"}},
        {"choices": [*PLANETS, ""]},
        {**SPLIT, "D": ""},
        {"choices": str(PLANETS)},
        {"options": str({**SPLIT, "D": ""})},
    ],
)
def test_choices_as_tables_keep_them_are_read(choices):
    row = row_of(ASKED | choices | {"answer": "B"})
    assert (row["messages"][-1]["content"], row["reference_answer"]) == (LINES, "B. Jupiter")


def test_numbers_that_are_choices_are_not_their_places():
    assert reference_of(ASKED | {"choices": ["3", "1", "42"], "answer": "1"}) == "B. 1"


@pytest.mark.parametrize(
    ("choices", "key"),
    [
        ({"choices": PLANETS}, 3),
        ({"choices": PLANETS}, "Pluto"),
        ({"choices": PLANETS}, "D"),
        (SPLIT, 1),
    ],
)
def test_a_key_that_means_no_choice_for_sure_is_refused(choices, key):
    assert refusal_of(ASKED | choices | {"answer": key}) == ("choice", "answer")


@pytest.mark.parametrize(
    ("choices", "key"),
    [
        ({"choices": PLANETS}, 2),
        ({"choices": PLANETS}, "2"),
        (SPLIT, 2),
        ({f"op{letter.lower()}": text for letter, text in SPLIT.items()}, 2),
        ({"choices": {"text": PLANETS, "label": ["x", "y", "z"]}}, 2),
    ],
)
@pytest.mark.parametrize("name", ["answer", "cop"])
def test_numbers_count_from_where_they_are_said_to(choices, key, name):
    record = ASKED | choices | {name: key}
    assert reference_of(record, first_choice=1) == "B. Jupiter"
    assert reference_of(record, first_choice=0) == "C. Venus"
    out = ASKED | choices | {name: 0}
    assert refusal_of(out, first_choice=1) == ("choice", name)


def test_labels_of_the_rows_own_come_before_counting():
    choices = {"choices": {"text": PLANETS, "label": ["1", "2", "3"]}}
    assert reference_of(ASKED | choices | {"answer": 2}, first_choice=0) == "B. Jupiter"


@pytest.mark.parametrize(
    ("marks", "reference"),
    [([0, 1, 0], "B. Jupiter"), (["0", "1", "0"], "B. Jupiter"),
     ([1, 0, 1], '["A. Mars","C. Venus"]')],
)  # fmt: skip
@pytest.mark.parametrize(("name", "key"), [("mc1_targets", "choices"), ("options", "text")])
def test_choices_may_be_marked_as_right_themselves(marks, reference, name, key):
    row = row_of(ASKED | {name: {key: PLANETS, "labels": marks}})
    assert (row["messages"][-1]["content"], row["reference_answer"]) == (LINES, reference)
    named = ASKED | {name: {key: PLANETS, "labels": marks}, "answer": "C"}
    assert reference_of(named) == "C. Venus"


@pytest.mark.parametrize("mark", ["correct", "isCorrect", "is_correct", "right"])
def test_choices_may_say_of_themselves_that_they_are_right(mark):
    said = [{"text": text, mark: text == "Jupiter"} for text in PLANETS]
    row = row_of(ASKED | {"options": said})
    assert (row["messages"][-1]["content"], row["reference_answer"]) == (LINES, "B. Jupiter")


def test_a_question_may_be_an_object_of_its_stem_and_choices():
    inner = {
        "stem": ASKED["question"],
        "choices": [{"label": k, "text": v} for k, v in SPLIT.items()],
    }
    row = row_of({"question": inner, "answerKey": "B"})
    assert (row["messages"][-1]["content"], row["reference_answer"]) == (LINES, "B. Jupiter")


def test_choices_that_the_prompt_lists_are_not_written_again():
    asked = "Largest?\n(A) Mars\n(B) Jupiter"
    row = row_of({"question": asked, "choices": ["Mars", "Jupiter"], "answer": 1})
    assert row["messages"][0]["content"] == asked
    assert row["reference_answer"] == "B. Jupiter"


@pytest.mark.parametrize(
    "field", [{"options": {"temperature": 0}}, {"choices": ["one"]}, {"A": "x"}]
)
def test_what_is_no_choice_changes_no_prompt(field):
    assert row_of(ASKED | field | {"answer": "42"})["messages"] == [USER]


@pytest.mark.parametrize(
    "value",
    [
        {"text": ["42"], "answer_start": [0]},
        {"text": ["42", "42"], "answer_start": [0, 9]},
        {"spans": ["42"], "types": ["number"]},
        {"value": "42", "aliases": ["42", "forty-two"], "normalized_value": "42"},
        {"from": "gpt", "value": "42"},
        {"role": "assistant", "content": "42"},
        [{"role": "assistant", "content": [{"type": "text", "text": "42"}]}],
        [{"content": [{"text": "42"}]}],
        "[{'role': 'assistant', 'content': '42'}]",
        ["42"],
        "<think>43?</think>\n\n42",
        ["<think>43?</think>42"],
        {"text": "42", "span": [1, 3]},
        [{"text": "42", "answer_start": 3}, {"text": "42", "answer_start": 9}],
        [{"answer": "42", "answer_type": "extractive"}],
    ],
)
@pytest.mark.parametrize("name", ["answers", "chosen", "referenceResponses"])
def test_an_answer_object_or_turn_is_the_text_in_it(value, name):
    assert reference_of(ASKED | {name: value}) == "42"


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        (["a", "b"], '["a","b"]'),
        ([[1], [2]], "[[1],[2]]"),
        ({"a": 1}, {"a": 1}),
        ({"text": "42"}, {"text": "42"}),
        ([{"text": "a", "start": 0, "label": "B"}], '[{"text":"a","start":0,"label":"B"}]'),
        ([], None),
        ({}, None),
    ],
)
def test_a_reference_is_text_or_an_object(value, reference):
    assert reference_of(ASKED | {"answer": value}) == reference


@pytest.mark.parametrize("pair", ["chosen", "chosen_messages"])
def test_the_better_answer_of_a_pair_may_hold_the_prompt(pair):
    turns = [USER, {"role": "assistant", "content": [{"type": "text", "value": "42"}]}]
    assert row_of({pair: turns, "rejected": "41"}) == {
        "messages": [USER], "reference_answer": "42", "rejected": "41",
    }  # fmt: skip


def test_a_pair_of_dialogues_in_text_is_read():
    said = "\n\nHuman: What is 6*7?\n\nAssistant: "
    row = row_of({"chosen": said + "42", "rejected": said + "41"})
    assert (row["messages"], row["reference_answer"]) == ([USER], "42")


def test_a_programming_task_is_graded_by_its_tests():
    task = {"prompt": "def f():\n", "canonical_solution": " return 1", "entry_point": "f",
            "test": "def check(c): assert c() == 1"}  # fmt: skip
    assert row_of(task)["reference_answer"] == {
        "test_code": task["test"], "entry_point": "f", "prompt_code": task["prompt"],
    }  # fmt: skip
    assert row_of(task)["canonical_solution"] == " return 1"


@pytest.mark.parametrize(
    "tests",
    [
        {"input_output": '{"inputs": ["1"], "outputs": ["2"]}'},
        {"test_list": ["assert f(1) == 2"], "test_setup_code": "import math"},
        {"public_test_cases": '[{"input": "1", "output": "2", "testtype": "stdin"}]'},
        {"inputs": [[1]], "outputs": [2], "fn_name": "f"},
        {"base_input": [[1]], "entry_point": "f", "canonical_solution": "def f(x): return 2"},
    ],
)
def test_the_tests_of_a_dataset_are_the_reference_as_they_are(tests):
    row = row_of({"question": "Write f.", "difficulty": "easy", **tests})
    assert row["reference_answer"] == tests


_TABLE, _FULL = "CREATE TABLE t (a INT);", "INSERT INTO t VALUES (5), (7);"
_ASKED = "SELECT COUNT(*) FROM t WHERE a > 5"
_SQL = {"language": "sql", "schema": f"{_TABLE} {_FULL}", "query": _ASKED}


@pytest.mark.parametrize(
    ("question", "schema", "query"),
    [
        ("question", "context", "answer"),
        ("question", "schema", "sql"),
        ("sql_prompt", "sql_context", "sql"),
        ("instruction", "input", "output"),
        ("question", "ddl", "query"),
        ("Question", "SQL Context", "Gold-SQL"),
        ("question", "how_it_was_made", "sql"),
    ],
)
def test_a_question_of_a_database_is_graded_by_its_query(question, schema, query):
    row = row_of({question: "How many?", schema: _SQL["schema"], query: _ASKED})
    assert row["reference_answer"] == _SQL
    # What is in the tables would be the answer.
    assert row["messages"] == [{"role": "user", "content": f"{_TABLE}\n\nHow many?"}]


def test_a_database_may_have_its_rows_beside_it():
    beside = {"rows": {"t": [[5], [7]]}, "ordered": False}
    row = row_of({"question": "How many?", "schema": _TABLE, "sql": _ASKED, **beside})
    assert row["reference_answer"] == _SQL | {"schema": _TABLE} | beside


@pytest.mark.parametrize(
    "columns",
    [
        {"question": "How many?", "context": _TABLE, "answer": _ASKED},
        {"question": "How many?", "context": _SQL["schema"], "sql": _ASKED, "answer": "1"},
        {"query": _ASKED, "context": _SQL["schema"], "answer": "It counts what is above 5."},
        {"question": "What is it?", "context": "CREATE TABLE x makes one.", "answer": "A table"},
        {"question": "q", "prompt": f"{_SQL['schema']} q", "sql": _ASKED, "answer": "1"},
        {"question": "Make one.", "context": _SQL["schema"], "answer": "CREATE TABLE u (a INT)"},
    ],
)
def test_a_query_that_decides_nothing_or_is_not_asked_for_is_no_test(columns):
    assert reference_of(columns) == columns["answer"]


def test_an_answer_in_sql_can_be_kept_as_what_a_model_said():
    record = {"question": "How many?", "context": _SQL["schema"], "completion": _ASKED}
    row = row_of(record, keep_answer="completion")
    assert row["messages"][-1] == {"role": "assistant", "content": _ASKED}


def test_columns_that_are_no_tests_are_none():
    assert "reference_answer" not in row_of({"question": "?", "inputs": "a", "outputs": "b"})


def test_a_row_of_openai_keeps_every_field_under_its_name():
    record = {"messages": [USER], "label": "sum", "answer": "42", "level": 3}
    assert row_of(record) == record | {"reference_answer": "42"}
