"""Recorded answers: whole ones as reference or completion, others counted and never gold."""

import json

import pytest
from click.testing import CliRunner

from tests.data.convert_goldens import CONVERSE, USER
from tests.data.form_examples import EXAMPLES
from tests.data.records import converted, logged, refusal_of, row_of
from touchstone.workbench.cli import main

SAID = {"role": "assistant", "content": "42"}
ENDS = {
    "cut off": ["max_tokens", "length", "MAX_TOKENS", "model_length", "LENGTH",
                "model_context_window_exceeded"],
    "filtered": ["guardrail_intervened", "content_filtered", "content_filter", "SAFETY", "refusal",
                 "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "ERROR_TOXIC"],
    "failed": ["malformed_model_output", "error", "MALFORMED_FUNCTION_CALL", "cancelled"],
    "": ["end_turn", "stop", "STOP", "stop_sequence", "COMPLETE", "eos", "FINISH", None],
}  # fmt: skip
REASONS = [(end, reason) for end, reasons in ENDS.items() for reason in reasons]


def replies(reason):
    """One reply in each vendor's form, as a whole or in chunks, with its reason to end."""
    block, parts = {"type": "text", "text": "42"}, {"parts": [{"text": "42"}]}
    message = {"output": {"message": {"role": "assistant", "content": [{"text": "42"}]}}}
    return {
        "converse": message | {"stopReason": reason},
        "anthropic": {"role": "assistant", "content": [block], "stop_reason": reason},
        "chat": {"choices": [{"message": SAID, "finish_reason": reason}]},
        "gemini": {"candidates": [{"content": parts, "finishReason": reason}]},
        "llama": {"generation": "42", "stop_reason": reason},
        "titan": {"results": [{"outputText": "42", "completionReason": reason}]},
        "mistral": {"outputs": [{"text": "42", "stop_reason": reason}]},
        "cohere": {"generations": [{"text": "42", "finish_reason": reason}]},
        "ollama": {"message": SAID, "done_reason": reason},
        "stream of converse": [
            {"contentBlockDelta": {"delta": {"text": "42"}}},
            {"messageStop": {"stopReason": reason}},
        ],
        "stream of chat": [
            {"choices": [{"delta": {"content": "42"}}]},
            {"choices": [{"delta": {}, "finish_reason": reason}]},
        ],
        "stream of anthropic": [
            {"type": "content_block_delta", "delta": {"text": "42"}},
            {"type": "message_delta", "delta": {"stop_reason": reason}},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(("end", "reason"), REASONS)
@pytest.mark.parametrize("form", replies(""))
def test_an_answer_that_did_not_end_by_itself_is_none(form, end, reason):
    found = converted(logged(CONVERSE, replies(reason)[form]), keep_answer="reference")
    if end:
        assert "reference_answer" not in found.row
        assert f"answer {end}" in found.left_out
        record = logged(CONVERSE, replies(reason)[form])
        assert refusal_of(record, keep_answer="completion") == ("no_answer", "")
    else:
        assert found.row["reference_answer"] == "42"


@pytest.mark.parametrize("action", ["INTERVENED", "NONE"])
def test_what_a_guardrail_wrote_is_no_answer(action):
    reply = replies("stop")["llama"] | {"amazon-bedrock-guardrailAction": action}
    found = converted(logged(CONVERSE, reply), keep_answer="reference")
    assert found.row.get("reference_answer") == (None if action == "INTERVENED" else "42")


@pytest.mark.parametrize("reason", ["length", "content_filter"])
@pytest.mark.parametrize(
    "record", [{"messages": [USER, SAID]}, {"prompt": "q", "completion": "42"}]
)
def test_a_row_s_own_answer_that_was_cut_off_is_none_either(record, reason):
    assert "reference_answer" not in row_of(record | {"finish_reason": reason})
    assert row_of(record | {"finish_reason": "stop"})["reference_answer"] == "42"
    for name, yes, no in (("truncated", True, False), ("isTruncated", "true", "false")):
        assert "reference_answer" not in row_of(record | {name: yes})
        assert row_of(record | {name: no})["reference_answer"] == "42"


def test_words_of_an_answer_are_no_reason():
    said = {"choices": [{"message": SAID | {"content": "stop_reason: length"}}]}
    assert row_of(logged(CONVERSE, said), keep_answer="reference")["reference_answer"]


@pytest.mark.parametrize("name", [name for name, each in EXAMPLES.items() if each.reply])
def test_a_reply_becomes_the_completion_to_grade(name):
    example = EXAMPLES[name]
    record = {"request": example.record, "response": example.reply}
    row = row_of(record, keep_answer="completion")
    assert row["messages"][-2:] == [USER, SAID]
    assert "reference_answer" not in row


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [USER, SAID], "reference_answer": "43"},
        {"question": USER["content"], "response": "42", "answer": "43"},
        {"prompt": "What is 6*7?", "modelResponses": [{"response": "42"}], "gold": "43"},
        {"conversationTurns": [{
            "prompt": {"content": [{"text": USER["content"]}]}, "output": {"text": "42"},
            "referenceResponses": [{"content": [{"text": "43"}]}],
        }]},
    ],
)  # fmt: skip
def test_a_completion_stands_beside_its_reference(record):
    row = row_of(record, keep_answer="completion")
    assert (row["messages"], row["reference_answer"]) == ([USER, SAID], "43")


def test_a_tool_call_is_a_completion_too():
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = {"choices": [{"message": {"content": None, "tool_calls": [call]}}]}
    record = {"request": {"messages": [USER]}, "response": said}
    assert row_of(record, keep_answer="completion")["messages"][-1]["tool_calls"] == [call]


def test_a_record_without_an_answer_is_none_to_grade():
    assert refusal_of({"messages": [USER]}, keep_answer="completion") == ("no_answer", "")


def test_last_month_s_answers_are_graded_at_once(tmp_path):
    source, rows = tmp_path / "logs.jsonl", tmp_path / "rows.jsonl"
    said = replies("end_turn")["converse"]
    options = ["--keep-answer", "completion", "--map", "reference_answer=/requestMetadata/gold"]
    record = logged(CONVERSE, said, requestMetadata={"gold": "42"})
    source.write_text(json.dumps(record) + "\n")
    done = CliRunner().invoke(main, ["data", "convert", str(source), "-o", str(rows), *options])
    assert done.exit_code == 0, done.output
    graded = CliRunner().invoke(
        main, ["grade", "math_reasoning", str(rows), "-o", str(tmp_path / "g.jsonl")]
    )
    assert graded.exit_code == 0, graded.output
    assert json.loads((tmp_path / "g.jsonl").read_text())["aggregate_reward_score"] > 0.9


@pytest.mark.parametrize("thought", ["<think>41?</think>", "<reasoning>41?</reasoning>"])
@pytest.mark.parametrize("keep", [None, "reference", "completion"])
def test_a_thought_of_the_history_is_no_part_of_a_prompt(thought, keep):
    said = SAID | {"content": thought + "42"}
    found = converted({"messages": [USER, said, USER, said]}, keep_answer=keep)
    assert found.row["messages"][:3] == [USER, SAID, USER]
    assert "thinking" in found.left_out
