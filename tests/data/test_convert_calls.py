"""Requests and replies of models in service: what was asked, prefilled, answered and called."""

import gzip
import json

import pytest

from tests.data.convert_goldens import CONVERSE, TOOL, USER
from tests.data.records import converted, logged, refusal_of, row_of
from touchstone.workbench.data.conversion import convert_files
from touchstone.workbench.data.forms import Options
from touchstone.workbench.data.forms.draft import Refused

SAID = {
    "Converse": {"output": {"message": {"role": "assistant", "content": [{"text": "42"}]}}},
    "Anthropic": {
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "42"}]
    },
    "Anthropic text": {"completion": "42"},
    "Llama": {"generation": "42"},
    "Mistral": {"outputs": [{"text": "42"}]},
    "Titan": {"results": [{"outputText": "42"}]},
    "Cohere": {"generations": [{"text": "42"}]},
    "Cohere chat": {"text": "42", "chat_history": []},
    "OpenAI": {"choices": [{"message": {"role": "assistant", "content": "42"}}]},
    "DeepSeek": {"choices": [{"text": "42"}]},
    "Gemini": {"candidates": [{"content": {"role": "model", "parts": [{"text": "42"}]}}]},
    "Anthropic stream": [
        {"type": "message_start", "message": {}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "4"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "2"}},
    ],
    "Nova stream": [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"text": "4"}}},
        {"contentBlockDelta": {"delta": {"text": "2"}}},
    ],
    "OpenAI stream": [{"choices": [{"delta": {"content": "42"}}]}, {"choices": [{"delta": {}}]}],
    "Gemini stream": [
        {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]},
        {"candidates": [{"content": {"parts": [{"text": "4"}]}}]},
        {"candidates": [{"content": {"parts": [{"text": "2"}]}, "finishReason": "STOP"}]},
    ],
    "Llama stream": [{"generation": "4"}, {"generation": "2"}],
}


@pytest.mark.parametrize("response", SAID.values(), ids=SAID)
def test_what_a_model_replied_is_the_reference_only_when_asked_for(response):
    body = {"inputText": "What is 6*7?", "textGenerationConfig": {}}
    record = logged(body, response, "InvokeModel")
    row = {"id": "req-1", "messages": [USER], "project": "sums"}
    assert row_of(record) == row
    assert row_of(record, keep_answer="drop") == row
    asked = row_of(record, keep_answer="reference")
    assert asked == row | {"reference_answer": "42"}


def test_words_put_into_the_models_mouth_are_no_answer():
    body = CONVERSE | {
        "messages": [*CONVERSE["messages"], {"role": "assistant", "content": [{"text": "{"}]}]
    }
    found = converted(logged(body))
    assert found.row["messages"][-1] == USER
    assert "reference_answer" not in found.row
    assert "assistant prefill" in found.left_out


BEGIN, ASKED, SAYS = (
    f"<\uff5c{name}\uff5c>" for name in ("begin\u2581of\u2581sentence", "User", "Assistant")
)
OPENED = {"role": "assistant", "content": "{"}
PREFILLED = {
    "DeepSeek": {"prompt": f"{BEGIN}{ASKED}What is 6*7?{SAYS}<think>\n", "max_tokens": 512},
    "Anthropic": {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 300,
        "messages": [USER, OPENED],
    },
    "Nova": {
        "schemaVersion": "messages-v1",
        "messages": [
            {"role": "user", "content": [{"text": "What is 6*7?"}]},
            {"role": "assistant", "content": [{"text": "{"}]},
        ],
        "inferenceConfig": {"maxTokens": 5},
    },
    "Anthropic text": {
        "prompt": "\n\nHuman: What is 6*7?\n\nAssistant: {",
        "max_tokens_to_sample": 5,
    },
    "Llama": {"prompt": "[INST]What is 6*7?[/INST] {", "max_gen_len": 5},
    "Mistral": {"model": "m", "temperature": 0, "messages": [USER, OPENED]},
    "Gemini": {
        "contents": [
            {"role": "user", "parts": [{"text": "What is 6*7?"}]},
            {"role": "model", "parts": [{"text": "{"}]},
        ],
        "generationConfig": {"maxOutputTokens": 5},
    },
    "a batch's line": {"recordId": "r1", "modelInput": {"messages": [USER, OPENED]}},
}


@pytest.mark.parametrize("keep_answer", [None, "reference"])
@pytest.mark.parametrize("record", PREFILLED.values(), ids=PREFILLED)
def test_a_requests_prefill_is_no_reference(record, keep_answer):
    found = converted(record, keep_answer=keep_answer)
    assert found.row["messages"] == [USER]
    assert "reference_answer" not in found.row
    assert "assistant prefill" in found.left_out


@pytest.mark.parametrize("beside", [{}, {"model": "m"}, {"schemaVersion": "v"}])
def test_the_last_turn_of_a_row_to_learn_from_is_its_reference(beside):
    record = {"messages": [USER, {"role": "assistant", "content": "42"}], **beside}
    assert row_of(record)["reference_answer"] == "42"


def test_an_answer_goes_on_from_its_prefill():
    said = {"content": [{"type": "text", "text": '"a":1}'}]}
    record = logged({"messages": [USER, OPENED]}, said, "InvokeModel")
    assert row_of(record, keep_answer="reference")["reference_answer"] == '{"a":1}'
    assert "reference_answer" not in row_of(record)


def beside(response):
    """A call and what was replied to it."""
    return {"request": {"messages": [USER]}, "response": response}


ANSWERS = {
    "JSON with a text": '{"text": "hi", "lang":"en"}',
    "JSON without one": '{"decision": "allow"}',
    "a list": "[1, 2]",
    "JSON with candidates": '{"candidates": [{"name": "Ada"}]}',
    "a list of objects": '[{"text": "a"}]',
    "JSON with a message": '{"message": "hi"}',
    "lines that only begin like events": "data: 42",
    "events of something else": 'data: {"a": 1}',
}
ENVELOPES = {
    "OpenAI": json.dumps(SAID["OpenAI"]),
    "Anthropic": json.dumps(SAID["Anthropic"] | {"role": "assistant"}),
    "Llama": '{"generation": "42", "stop_reason": "stop"}',
    "Titan": '{"results": [{"outputText": "42", "completionReason": "FINISH"}]}',
    "Gemini": json.dumps(SAID["Gemini"]),
    "chunks": json.dumps(SAID["OpenAI stream"]),
    "events": 'data: {"choices":[{"delta":{"content":"4"}}]}\n\n'
    'data: {"choices":[{"delta":{"content":"2"}}]}\n\ndata: [DONE]\n\n',
    "events with names": 'event: content_block_delta\ndata: {"delta": {"text": "42"}}\n\n',
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_text_that_is_json_itself_is_the_answer(answer):
    assert row_of(beside(answer), keep_answer="reference")["reference_answer"] == answer


@pytest.mark.parametrize("response", ENVELOPES.values(), ids=ENVELOPES)
def test_a_response_in_a_string_is_opened(response):
    assert row_of(beside(response), keep_answer="reference")["reference_answer"] == "42"
    body = beside({"body": response})
    assert row_of(body, keep_answer="reference")["reference_answer"] == "42"


def chunk(index, text):
    return {"choices": [{"index": index, "delta": {"content": text}}]}


TWICE = {
    "streamed": [chunk(0, "4"), chunk(1, "X"), chunk(1, "X"), chunk(0, "2")],
    "whole": {
        "choices": [
            {"index": 1, "message": {"content": "XX"}},
            {"index": 0, "message": {"content": "42"}},
        ]
    },
    "Gemini": {
        "candidates": [
            {"content": {"parts": [{"text": "42"}]}},
            {"index": 1, "content": {"parts": [{"text": "XX"}]}},
        ]
    },
    "without indexes": {"choices": [{"text": "42"}, {"text": "XX"}]},
}


@pytest.mark.parametrize("response", TWICE.values(), ids=TWICE)
def test_of_several_choices_the_first_is_the_answer(response):
    found = converted(beside(response), keep_answer="reference")
    assert found.row["reference_answer"] == "42"
    assert "other choices" in found.left_out


CALLS = {
    "Cohere": {"text": "I will", "tool_calls": [{"name": "weather", "parameters": {}}]},
    "Cohere without a text": {"text": "", "tool_calls": [{"name": "weather"}]},
    "a stream of Cohere": [
        {"event_type": "text-generation", "text": "I will"},
        {"event_type": "tool-calls-generation", "tool_calls": [{"name": "weather"}]},
    ],
    "a stream of Anthropic": [
        {"delta": {"text": "I will"}},
        {"content_block": {"type": "tool_use", "id": "c1", "name": "weather", "input": {}}},
    ],
    "a stream of Gemini": [
        {"candidates": [{"content": {"parts": [{"functionCall": {"name": "weather"}}]}}]},
    ],
    "a stream of OpenAI": [
        chunk(0, "I will"),
        {"choices": [{"delta": {"tool_calls": [{"index": 0}]}}]},
    ],
}


@pytest.mark.parametrize("response", CALLS.values(), ids=CALLS)
def test_a_call_in_a_reply_is_carried_or_refused(response):
    assert refusal_of(beside(response), keep_answer="reference")[0] == "tool_use"


def test_a_reply_of_the_older_form_calls_too():
    called = {"name": "lookup", "arguments": "{}"}
    said = {"choices": [{"message": {"content": None, "function_call": called}}]}
    reference = row_of(beside(said), keep_answer="reference")["reference_answer"]
    assert reference["tool_calls"][0]["function"] == called


@pytest.mark.parametrize(
    "said",
    [
        {"text": ""},
        {"choices": [{"message": {"content": None, "refusal": "No."}}]},
        {"candidates": [{"finishReason": "SAFETY"}]},
        {"promptFeedback": {"blockReason": "SAFETY"}},
    ],
)
def test_an_empty_answer_is_no_reference(said):
    found = converted(beside(said), keep_answer="reference")
    assert "reference_answer" not in found.row
    assert {"empty answer", "answer filtered"} & set(found.left_out)


@pytest.mark.parametrize(
    ("turn", "place"),
    [
        (
            {
                "role": "CHATBOT",
                "message": "I will look.",
                "tool_calls": [{"name": "weather", "parameters": {"day": "today"}}],
            },
            "chat_history[1]",
        ),
        (
            {
                "role": "TOOL",
                "tool_results": [
                    {"call": {"name": "weather", "parameters": {}}, "outputs": [{"sky": "rain"}]}
                ],
            },
            "chat_history[1]",
        ),
    ],
)
def test_calls_in_a_history_of_cohere_are_refused(turn, place):
    history = [{"role": "USER", "message": "Weather?"}, turn]
    record = {"message": "And tomorrow?", "preamble": "Be brief.", "chat_history": history}
    assert refusal_of(record) == ("tool_use", place)


def test_a_list_of_cohere_types_is_a_list_of_their_schema():
    definitions = {"days": {"type": "List[str]"}, "rows": {"type": "list[List[int]]"}}
    tool = {"name": "weather", "parameter_definitions": definitions}
    found = row_of({"message": "Hi", "tools": [tool]})["tools"][0]["function"]["parameters"]
    assert found["properties"] == {
        "days": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
    }


def test_calls_of_gemini_without_ids_are_numbered_and_their_results_told_by_name():
    called = [{"functionCall": {"name": name, "args": {"n": 1}}} for name in ("f", "g", "f")]
    results = [{"functionResponse": {"name": name, "response": {}}} for name in ("g", "f", "f")]
    contents = [
        {"role": "user", "parts": [{"text": "What is 6*7?"}]},
        {"role": "model", "parts": called},
        {"role": "user", "parts": results},
        {"role": "user", "parts": [{"text": "And now?"}]},
    ]
    _, calls, *answered, _ = row_of({"contents": contents})["messages"]
    assert [call["id"] for call in calls["tool_calls"]] == ["call_1", "call_2", "call_3"]
    assert [turn["tool_call_id"] for turn in answered] == ["call_2", "call_1", "call_3"]


def test_what_gemini_says_of_its_answer_is_no_field():
    said = SAID["Gemini"] | {"usageMetadata": {}, "modelVersion": "m", "promptFeedback": {}}
    record = {"contents": [{"parts": [{"text": "What is 6*7?"}]}], **said}
    found = converted(record, keep_answer="reference")
    assert found.row == {"messages": [USER], "reference_answer": "42"}
    assert found.left_out == ["usageMetadata", "modelVersion", "promptFeedback"]


def test_a_column_that_is_called_contents_is_a_field():
    for contents in ("a book", ["a", "b"], [{"title": "a"}]):
        row = row_of({"question": "What is 6*7?", "answer": "42", "contents": contents})
        assert row == {"messages": [USER], "reference_answer": "42", "contents": contents}


NO_TEXT = {
    "amazon.titan-embed-text-v2:0": {"inputText": "a", "dimensions": 256, "normalize": True},
    "stability.sd3-5-large-v1:0": {"prompt": "a", "mode": "text-to-image", "aspect_ratio": "1:1"},
    "luma.ray-v2:0": {"prompt": "a", "aspect_ratio": "16:9", "loop": True},
    "twelvelabs.marengo-embed-2-7-v1:0": {"inputType": "text", "inputText": "a"},
    "cohere.rerank-v3-5:0": {"query": "a", "documents": ["b"], "top_n": 1},
    "amazon.nova-2-multimodal-embeddings-v1:0": {
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {"text": {"value": "a"}},
    },
}


@pytest.mark.parametrize(("model", "body"), NO_TEXT.items(), ids=NO_TEXT)
def test_a_model_that_writes_no_text_is_refused_by_its_id_or_by_its_request(model, body):
    record = logged(body, operation="InvokeModel")
    assert refusal_of(record | {"modelId": model}) == ("other_model", "modelId")
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{model}"
    assert refusal_of({"modelId": arn, "body": {"prompt": "a"}}) == ("other_model", "modelId")
    for unnamed in (record, body):
        kind, where = refusal_of(unnamed)
        assert kind == "other_model"
        assert where in body


def test_a_model_that_writes_no_text_is_refused_by_its_reply():
    record = logged({"inputText": "a"}, {"embedding": [0.1]}, "InvokeModel")
    assert refusal_of(record) == ("other_model", "response.embedding")


def test_an_embedding_is_not_called_an_image():
    with pytest.raises(Exception, match="embeddings"):
        row_of(NO_TEXT["amazon.nova-2-multimodal-embeddings-v1:0"])


def test_a_model_of_ones_own_may_be_called_anything():
    record = CONVERSE | {"modelId": "arn:aws:bedrock:us-east-1:1:imported-model/image-captions"}
    assert row_of(record)["messages"][-1] == USER


def test_documents_beside_messages_are_refused_unless_they_are_a_rows_field():
    record = {"model": "command-a", "messages": [USER], "documents": [{"data": {"a": "b"}}]}
    assert refusal_of(record) == ("document", "documents")
    assert row_of(record | {"answer": "42"})["documents"] == record["documents"]
    assert row_of(record, mapping={"messages": "messages"})["documents"] == record["documents"]


SYSTEM_TOKENS = "[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT]"


def test_prompts_of_mistral_have_a_system_turn_and_no_tools():
    record = {"prompt": f"<s>{SYSTEM_TOKENS}[INST]What is 6*7?[/INST]", "max_tokens": 5}
    assert row_of(record)["messages"] == [{"role": "system", "content": "Be brief."}, USER]
    tools = f"[AVAILABLE_TOOLS]{json.dumps([TOOL])}[/AVAILABLE_TOOLS]"
    with_tools = record | {"prompt": f"<s>{tools}[INST]What is 6*7?[/INST]"}
    assert refusal_of(with_tools) == ("prompt_tokens", "prompt")


def test_a_body_of_anthropic_may_have_keys_that_are_not_known():
    record = {
        "model": "claude",
        "max_tokens": 5,
        "system": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}],
        "messages": [USER],
        "service_tier": "auto",
        "of_tomorrow": "x",
    }
    row = row_of(record)
    assert row["messages"] == [{"role": "system", "content": "A\n\nB"}, USER]
    assert row.keys() == {"messages", "of_tomorrow"}


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "user", "text": "hello"},
        {"role": "user", "parts": [{"text": "hello"}]},
        {"role": "assistant", "content": None, "refusal": "No."},
        {"role": "user", "content": []},
    ],
)
def test_a_turn_without_content_is_refused(turn):
    assert refusal_of({"messages": [USER, turn]}) == ("no_content", "messages[1].content")


def test_a_log_whose_body_has_no_address_costs_itself_only():
    record = logged({}) | {"input": {"inputBodyS3Path": "s3://"}}
    assert refusal_of(record) == ("missing_body", "input.inputBodyS3Path")


def test_large_bodies_of_copied_logs_are_no_records_wherever_the_copy_begins(tmp_path):
    (tmp_path / "logs/data").mkdir(parents=True)
    body = {"messages": [USER]}
    for side in ("input", "output"):
        (tmp_path / f"logs/data/r1_{side}.json.gz").write_bytes(
            gzip.compress(json.dumps(body).encode())
        )
    record = logged(body, operation="InvokeModel")
    (tmp_path / "logs/x.json.gz").write_bytes(gzip.compress(json.dumps(record).encode()))
    result = convert_files([str(tmp_path / "logs")], str(tmp_path / "rows.jsonl"), Options())
    assert result.counts.written == 1
    assert len(result.passed_over) == 2


CALL = {"name": "look", "arguments": {"city": "Oslo"}}


@pytest.mark.parametrize("role", ["function_call", "tool_call"])
@pytest.mark.parametrize("result", ["observation", "tool_response", "tool"])
def test_calls_that_are_turns_of_their_own_are_calls(role, result):
    turns = [
        {"from": "human", "value": "Weather?"},
        {"from": role, "value": json.dumps(CALL)},
        {"from": result, "value": "7 degrees"},
        {"from": "gpt", "value": "Cold."},
    ]
    row = row_of({"conversations": turns, "tools": "[]"})
    (called,) = row["messages"][1]["tool_calls"]
    assert json.loads(called["function"]["arguments"]) == CALL["arguments"]
    assert row["messages"][2]["tool_call_id"] == called["id"]
    assert (row["reference_answer"], "tools" in row) == ("Cold.", False)


def test_several_calls_in_a_turn_have_ids_of_their_own():
    turns = [
        {"from": "human", "value": "Weather?"},
        {"from": "function_call", "value": json.dumps([CALL, CALL])},
        {"from": "observation", "value": "7"},
    ]
    calls = row_of({"conversations": turns})["messages"][1]["tool_calls"]
    assert [call["id"] for call in calls] == ["call_1", "call_2"]


@pytest.mark.parametrize("encoded", range(4))
def test_arguments_are_an_object_however_often_they_were_encoded(encoded):
    arguments = CALL["arguments"]
    for _ in range(encoded):
        arguments = json.dumps(arguments)
    assert json.loads(arguments_of(arguments)) == CALL["arguments"]


@pytest.mark.parametrize("arguments", ["", None, "{}", {}])
def test_a_call_without_arguments_has_none(arguments):
    assert arguments_of(arguments) == "{}"


@pytest.mark.parametrize("arguments", ["[1]", "{oops", "7", '"Oslo"', [1]])
def test_arguments_that_are_no_object_are_refused(arguments):
    with pytest.raises(Refused, match="no JSON object"):
        arguments_of(arguments)


def arguments_of(arguments):
    call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": arguments}}
    turns = [USER, {"role": "assistant", "content": None, "tool_calls": [call]}]
    result = {"role": "tool", "tool_call_id": "c", "content": "7"}
    row = row_of({"messages": [*turns, result]})
    return row["messages"][1]["tool_calls"][0]["function"]["arguments"]
