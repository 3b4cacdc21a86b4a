"""Rows and requests told apart by their columns, and which column is the reference."""

import pytest

from tests.data.convert_goldens import CONVERSE, TOOL, USER
from tests.data.records import converted, refusal_of, row_of

PREVIOUS = {"role": "assistant", "content": "41"}
CHOICES = [{"label": "A", "text": "41"}, {"label": "B", "text": "42"}]


@pytest.mark.parametrize("file", ["a.csv", "a.TSV", "a.csv.gz", "a.parquet"])
@pytest.mark.parametrize(
    "beside",
    [
        {"stop": "x", "topic": "sums"},
        {"k": "3", "difficulty": "hard"},
        {"temperature": "21", "max_tokens": "5"},
        {"negative_prompt": "x"},
        {"body": "Dear all"},
    ],
)
def test_columns_of_a_table_stay_fields_whatever_their_names(file, beside):
    assert row_of({"prompt": "What is 6*7?"} | beside, file) == {"messages": [USER]} | beside


@pytest.mark.parametrize("file", ["a.csv", "a.jsonl"])
def test_a_column_called_message_is_no_request_of_cohere(file):
    record = {"label": "spam", "message": "WIN NOW"}
    with pytest.raises(Exception, match="--map prompt=FIELD"):
        row_of(record, file)
    assert row_of(record, file, mapping={"prompt": "message"}) == {
        "messages": [{"role": "user", "content": "WIN NOW"}],
        "reference_answer": "spam",
    }


@pytest.mark.parametrize(
    "beside", [{"stop": "x", "topic": "sums"}, {"k": 3, "difficulty": "hard"}, {"p": 1, "a": 2}]
)
def test_one_key_of_a_request_makes_none_of_a_row(beside):
    assert row_of({"prompt": "What is 6*7?"} | beside) == {"messages": [USER]} | beside


@pytest.mark.parametrize(
    "request_of",
    [
        {"prompt": "What is 6*7?", "max_gen_len": 5},
        {"message": "What is 6*7?", "chat_history": []},
        {"anthropic_version": "v", "messages": [USER], "max_tokens": 5},
        {"messages": [USER], "temperature": 0},
        CONVERSE | {"requestMetadata": {}, "system": []},
    ],
)
def test_what_is_not_a_requests_own_stays_a_field(request_of):
    beside = {"id": "q1", "topic": "sums"}
    assert row_of(request_of | beside) == {"messages": [USER]} | beside


def test_fields_named_like_a_calls_parameters_are_lost_only_by_a_call():
    own = {"user": "u", "store": "s", "seed": 1, "n": 2}
    assert row_of({"messages": [USER]} | own) == {"messages": [USER]} | own
    called = converted({"messages": [USER], "model": "m"} | own)
    assert called.row == {"messages": [USER]}
    assert own.keys() <= set(called.left_out)


@pytest.mark.parametrize(
    ("beside", "reference"),
    [
        ({"response": "42"}, "42"),
        ({"completion": "42"}, "42"),
        ({"output": {"name": "Bob"}}, {"name": "Bob"}),
        ({"response": {"text": "Bob"}}, {"text": "Bob"}),
        ({"chosen": [USER, {"role": "assistant", "content": "42"}]}, "42"),
        ({"response": "41", "answer": "42"}, "42"),
    ],
)
def test_an_answers_column_beside_messages_is_the_reference(beside, reference):
    record = {"messages": [PREVIOUS, USER]} | beside
    assert row_of(record)["reference_answer"] == reference
    if "answer" not in beside:
        assert row_of(record, keep_answer="drop") == {"messages": [PREVIOUS, USER]}


@pytest.mark.parametrize(
    "beside",
    [
        {"response": {"choices": [{"message": {"content": "42"}}]}},
        {"choices": [{"message": {"content": "42"}}]},
        {"output": {"message": {"content": [{"text": "42"}]}}},
        {"response": '{"choices": [{"message": {"content": "42"}}]}'},
        {"response": [{"delta": {"text": "42"}}]},
        {"response": "42", "temperature": 0},
        {"response": "42", "model": "m"},
    ],
)
def test_what_was_served_beside_messages_is_none_unless_asked_for(beside):
    found = converted({"messages": [USER]} | beside)
    assert found.row == {"messages": [USER]}
    assert "response" in found.left_out
    asked = row_of({"messages": [USER]} | beside, keep_answer="reference")
    assert asked == {"messages": [USER], "reference_answer": "42"}


@pytest.mark.parametrize(
    "beside", [{"response": "42"}, {"response": {"choices": [{"message": {"content": "42"}}]}}]
)
def test_what_was_served_beside_a_prompt_is_none_unless_asked_for(beside):
    record = {"prompt": "[INST]What is 6*7?[/INST]", "max_tokens": 5} | beside
    assert row_of(record) == {"messages": [USER]}
    assert row_of(record, keep_answer="reference")["reference_answer"] == "42"


@pytest.mark.parametrize("choices", [["41", "42"], CHOICES])
def test_choices_to_choose_from_are_asked_for_and_stay_a_field(choices):
    record = {"messages": [USER], "choices": choices, "answerKey": "A"}
    asked = {"role": "user", "content": "What is 6*7?\n\nA. 41\nB. 42"}
    assert row_of(record) == record | {"messages": [asked], "reference_answer": "A. 41"}


def test_a_request_with_a_reference_is_read_as_the_request_that_it_is():
    record = {
        "modelId": "m",
        "messages": [{"role": "user", "content": [{"text": "What is 6*7?"}]}],
        "system": [{"text": "A"}, {"text": "B"}],
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "lookup",
                        "description": "Finds a word.",
                        "inputSchema": {"json": TOOL["function"]["parameters"]},
                    }
                }
            ]
        },
        "inferenceConfig": {"maxTokens": 1},
        "answer": "42",
    }
    assert row_of(record) == {
        "messages": [{"role": "system", "content": "A\n\nB"}, USER],
        "tools": [TOOL],
        "reference_answer": "42",
    }
    beside = {"temperature": 0, "answer": "42", "topic": "sums"}
    row = {"messages": [USER], "reference_answer": "42", "topic": "sums"}
    assert row_of({"messages": [USER]} | beside) == row
    assert row_of({"message": "What is 6*7?"} | beside) == row
    prompt = "\n\nHuman: What is 6*7?\n\nAssistant: {"
    assert row_of({"prompt": prompt, "max_tokens_to_sample": 5} | beside) == row


def test_a_tag_of_a_call_is_no_reference():
    found = row_of(CONVERSE | {"requestMetadata": {"label": "x"}})
    assert found["label"] == "x"
    assert "reference_answer" not in found


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_reference_gives_way_to_the_next(empty):
    record = {"question": "What is 6*7?", "answer": empty, "solution": "42"}
    assert row_of(record)["reference_answer"] == "42"
    record = {"question": "What is 6*7?", "completion": empty, "output": "42"}
    assert row_of(record)["reference_answer"] == "42"


@pytest.mark.parametrize("name", ["question", "instruction", "problem", "query"])
def test_a_question_comes_with_its_context(name):
    record = {"context": "Six is 6.", name: "What is 6*7?", "answer": "42"}
    assert row_of(record) == {
        "messages": [{"role": "user", "content": "Six is 6.\n\nWhat is 6*7?"}],
        "reference_answer": "42",
    }


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "What is 6*7?", "context": "Six is 6."},
        {"question": "What is 6*7?", "context": {"title": ["a"]}},
    ],
)
def test_a_context_that_is_no_passage_of_a_question_stays_a_field(record):
    assert row_of(record) == {"messages": [USER], "context": record["context"]}


@pytest.mark.parametrize(("turn", "text"), [("A", "A"), ("B", "A\n\nB")])
def test_a_systems_column_and_a_systems_turn_are_one(turn, text):
    record = {
        "system": "A",
        "conversations": [
            {"from": "system", "value": turn},
            {"from": "human", "value": "What is 6*7?"},
        ],
    }
    assert row_of(record)["messages"] == [{"role": "system", "content": text}, USER]


def test_columns_that_a_mapping_displaces_are_left_out_by_name():
    record = {"Question": "What is 6*7?", "prompt": "p-1", "conversation": "c-1"}
    found = converted(record, mapping={"prompt": "Question"})
    assert found.row == {"messages": [USER]}
    assert sorted(found.left_out) == ["conversation", "prompt"]


def test_a_body_of_text_alone_is_no_call():
    assert refusal_of({"subject": "Hi", "body": "Dear all"}) == ("unrecognised", "")
