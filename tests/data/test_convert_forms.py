"""Every source form: its goldens, what is refused by name, and that nothing else happens."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.convert_goldens import CALLED, CONVERSE, CONVERSES, GOLDENS, SYSTEM, TOOL, USER
from tests.data.records import logged, refusal_of, row_of
from touchstone import contract
from touchstone.workbench.data.forms import NAMES, Options, convert_record
from touchstone.workbench.data.forms.draft import Refused
from touchstone.workbench.rows.rft import ROLES


@pytest.mark.parametrize(("form", "record", "row"), GOLDENS.values(), ids=GOLDENS)
def test_a_record_becomes_its_row_by_name_and_by_itself(form, record, row):
    before = json.dumps(record)
    assert row_of(record, form=form) == row
    assert row_of(record) == row
    assert json.dumps(record) == before


@pytest.mark.parametrize("row", [row for _, _, row in GOLDENS.values()], ids=GOLDENS)
def test_a_row_is_what_the_contract_reads(row):
    rollout = row | {"messages": [*row["messages"], {"role": "assistant", "content": "42"}]}
    (sample,) = contract.parse([rollout]).rows
    assert isinstance(sample, contract.Sample)
    assert sample.completion == "42"
    assert all(turn["content"] in sample.prompt for turn in row["messages"] if turn["content"])
    assert (sample.reference is None) == ("reference_answer" not in row)
    assert sample.tools == row.get("tools")
    known = {"id", "messages", "tools", "reference_answer"}
    assert sample.fields == {k: v for k, v in row.items() if k not in known}


def test_the_keys_of_a_row_have_one_order():
    record = {"reference_answer": "1", "z": 2, "tools": [TOOL], "messages": [USER], "id": "a"}
    assert list(row_of(record)) == ["id", "messages", "tools", "reference_answer", "z"]


@pytest.mark.parametrize("form", ["chat", "invoke", "converse", "logs", "hf", "openai-rft"])
def test_a_record_of_another_form_is_refused_by_a_form_that_was_named(form):
    with pytest.raises(Refused):
        convert_record({"temperature": 1}, "rows.jsonl", Options(form=form))


def test_the_operation_says_the_form_of_a_log():
    # The body alone could be a row of a dataset, with an answer of its own.
    body = {"messages": [{"role": "user", "content": [{"text": "What is 6*7?"}]}], "answer": "x"}
    assert "reference_answer" not in row_of(logged(body))
    assert refusal_of(logged(body, operation="CountTokens")) == ("operation", "operation")


def test_a_failed_call_in_a_log_still_has_its_prompt():
    record = logged(CONVERSE, errorCode="ThrottlingException")
    assert row_of(record, keep_answer="reference")["messages"][-1] == USER


REFUSED = {
    "image of OpenAI": (
        {
            "messages": [
                USER,
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]},
            ]
        },
        ("image", "messages[1].content[0]"),
    ),
    "image of Anthropic": (
        {"messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}]},
        ("image", "messages[0].content[0]"),
    ),
    "image in a tool's result": (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"toolResult": {"toolUseId": "c", "content": [{"image": {}}]}}],
                }
            ]
        },
        ("image", "messages[0].content[0].toolResult.content[0]"),
    ),
    "audio answer": (
        {"messages": [USER, {"role": "assistant", "audio": {"id": "a"}}]},
        ("audio", "messages[1].audio"),
    ),
    "images of Llama": (
        {"prompt": "Look", "max_gen_len": 5, "images": ["base64"]},
        ("image", "images"),
    ),
    "image column": ({"question": "What?", "image": {"src": "u"}}, ("image", "image")),
    "documents of Cohere": (
        {"message": "Hi", "documents": [{"title": "t"}]},
        ("document", "documents"),
    ),
    "an image of Gemini": (
        {"contents": [{"parts": [{"text": "Look"}, {"inlineData": {"mimeType": "image/png"}}]}]},
        ("image", "contents[0].parts[1]"),
    ),
    "a file of Gemini": (
        {
            "contents": [
                {"parts": [{"videoMetadata": {}, "file_data": {"mime_type": "application/pdf"}}]}
            ]
        },
        ("document", "contents[0].parts[0]"),
    ),
    "code that Gemini ran": (
        {"contents": [{"parts": [{"executableCode": {"code": "6*7"}}]}]},
        ("block", "contents[0].parts[0]"),
    ),
    "a turn of Gemini without parts": (
        {"contents": [{"parts": [{"text": "Hi"}]}, {"role": "model", "parts": []}]},
        ("no_content", "contents[1].parts"),
    ),
    "a tool that Google runs": (
        {"contents": [{"parts": [{"text": "Hi"}]}], "tools": [{"googleSearch": {}}]},
        ("tool", "tools[0]"),
    ),
    "a tool that the vendor runs": (
        {"messages": [USER], "tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        ("tool", "tools[0]"),
    ),
    "a system tool of Converse": (
        CONVERSE | {"toolConfig": {"tools": [{"systemTool": {"name": "code"}}]}},
        ("tool", "toolConfig.tools[0]"),
    ),
    "a managed prompt": (
        {"modelId": "arn", "promptVariables": {"x": {"text": "y"}}},
        ("managed_prompt", "modelId"),
    ),
    "an unknown role": (
        {"messages": [{"role": "narrator", "content": "x"}]},
        ("role", "messages[0].role"),
    ),
    "two answers": (
        {"messages": [USER, {"role": "assistant", "content": "a"}] * 1 + [CALLED]},
        ("two_answers", "messages"),
    ),
    "nothing asked": ({"messages": [SYSTEM]}, ("no_prompt", "messages")),
    "an empty prompt": ({"messages": [{"role": "user", "content": ""}]}, ("no_prompt", "messages")),
    "messages that are no list": ({"messages": {"role": "user"}}, ("bad_shape", "messages")),
    "a turn that is no object": ({"messages": ["hi"]}, ("bad_shape", "messages[0]")),
    "a request for an embedding": (
        {"texts": ["a"], "input_type": "search_query"},
        ("other_model", "texts"),
    ),
    "a request for an image": (
        {"taskType": "TEXT_IMAGE", "textToImageParams": {}},
        ("other_model", "taskType"),
    ),
    "tokens of no known format": (
        {"prompt": "<|turn|>Hi", "max_tokens": 5},
        ("prompt_tokens", "prompt"),
    ),
    "a cell that the viewer cut": (
        {"row_idx": 0, "row": {"question": "Wh"}, "truncated_cells": ["question"]},
        ("truncated", "['question']"),
    ),
    "a body that is not JSON": (
        {"modelId": "m", "body": "{oops"},
        ("not_json", "body"),
    ),
    "keys of nothing": ({"a": 1}, ("unrecognised", "")),
    "a number": (3, ("bad_shape", "")),
    "a log without a body": (
        logged({}) | {"input": {"inputContentType": "application/json"}},
        ("no_body", "input.inputBody"),
    ),
}


@pytest.mark.parametrize(("record", "refusal"), REFUSED.values(), ids=REFUSED)
def test_what_a_row_cannot_hold_is_refused_by_name(record, refusal):
    assert refusal_of(record) == refusal


def test_a_model_that_answers_in_images_is_refused_only_where_its_answer_is_wanted():
    said = {"output": {"message": {"content": [{"image": {"format": "png"}}]}}}
    assert row_of(logged(CONVERSE, said))["messages"][-1] == USER
    assert refusal_of(logged(CONVERSE, said), keep_answer="reference")[0] == "image"
    assert refusal_of(logged(CONVERSE, {"odd": 1}), keep_answer="reference")[0] == "no_answer"


def test_every_block_of_the_converse_api_is_carried_left_out_by_name_or_refused_by_name():
    from botocore.session import Session

    model = Session().get_service_model("bedrock-runtime")
    blocks = model.shape_for("ContentBlock").members
    carried = {"text", "toolUse", "toolResult", "guardContent", "citationsContent"}
    passed_over = {"cachePoint", "reasoningContent"}
    inner = {
        "text": "x",
        "toolUse": {"toolUseId": "c", "name": "n", "input": {}},
        "toolResult": {"toolUseId": "c", "content": [{"text": "x"}]},
        "guardContent": {"text": {"text": "x"}},
        "citationsContent": {"content": [{"text": "x"}]},
    }
    for name in blocks:
        called = {"role": "assistant", "content": [{"toolUse": inner["toolUse"]}]}
        turn = {"role": "user", "content": [{"text": "Hi"}, {name: inner.get(name, {})}]}
        asked = {"role": "user", "content": [{"text": "Hi"}]}
        record = {"modelId": "m", "messages": [asked, called, turn]}
        if name in carried | passed_over:
            converted = convert_record(record, "f", Options())
            assert converted is not None
            assert (name in converted.left_out) == (
                name in passed_over | {"guardContent", "citationsContent"}
            )
        else:
            with pytest.raises(Refused, match=f"'{name}'") as caught:
                convert_record(record, "f", Options())
            assert caught.value.where == "messages[2].content[1]"


def test_the_goldens_of_converse_are_what_the_api_takes():
    from botocore.session import Session
    from botocore.validate import ParamValidator

    shape = Session().get_service_model("bedrock-runtime").shape_for("ConverseRequest")
    for record, _ in CONVERSES.values():
        report = ParamValidator().validate(record, shape)
        assert not report.has_errors(), report.generate_report()


class TestMapping:
    def test_a_reference_by_name_or_pointer_wins_and_leaves_its_column(self):
        record = {"question": "What is 6*7?", "answer": "long", "meta": {"a/b": ["42"]}}
        found = row_of(record, mapping={"reference_answer": "/meta/a~1b/0"})
        assert found["reference_answer"] == "42"
        assert found["answer"] == "long"
        named = row_of({"messages": [USER], "key": "42"}, mapping={"reference_answer": "key"})
        assert named == {"messages": [USER], "reference_answer": "42"}

    def test_columns_of_any_name_become_fields(self):
        record = {"Q": "What is 6*7?", "A": "42", "No": 3, "Kind": "sum", "who": "me", "text": "x"}
        mapping = {"prompt": "Q", "reference_answer": "A", "id": "No", "topic": "Kind"}
        assert row_of(record, mapping=mapping) == {
            "id": "3",
            "messages": [USER],
            "reference_answer": "42",
            "who": "me",
            "text": "x",
            "topic": "sum",
        }

    def test_turns_and_system_can_be_mapped_too(self):
        record = {"log": {"turns": [USER]}, "voice": "Be brief."}
        mapping = {"messages": "/log/turns", "system": "voice"}
        assert row_of(record, mapping=mapping)["messages"] == [SYSTEM, USER]

    def test_a_field_that_is_not_there_is_refused(self):
        kind, where = refusal_of({"question": "q"}, mapping={"reference_answer": "gold"})
        assert (kind, where) == ("missing_field", "gold")

    def test_a_system_turn_is_added_only_where_there_is_none(self):
        other = {"role": "system", "content": "Other."}
        assert row_of({"messages": [USER]}, system="Be brief.")["messages"] == [SYSTEM, USER]
        assert row_of({"messages": [other, USER]}, system="Be brief.")["messages"][0] == other


def test_an_id_that_a_row_cannot_carry_is_left_out_by_name():
    for record in ({"messages": [USER], "id": 1.5}, {"question": "q", "id": ["a"]}):
        converted = convert_record(record, "f", Options())
        assert converted is not None
        assert "id" not in converted.row
        assert converted.left_out == ["id"]


def test_answers_can_be_dropped():
    record = {"messages": [USER, {"role": "assistant", "content": "42"}]}
    assert row_of(record, keep_answer="drop") == {"messages": [USER]}


# A turn without a letter is refused.
texts = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: "a" + text)


@given(st.lists(st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=5), texts)
def test_converse_keeps_every_text(turns, system):
    roles = ["user", "assistant"]
    messages = [
        {"role": roles[i % 2], "content": [{"text": text} for text in blocks]}
        for i, blocks in enumerate(turns)
    ]
    record = {"modelId": "m", "messages": messages, "system": [{"text": system}]}
    found = row_of(record, form="converse")
    said = [turn["content"] for turn in found["messages"]]
    wanted = [system, *("".join(blocks) for blocks in turns)]
    if len(turns) % 2 == 0:
        last = wanted.pop()
        assert found.get("reference_answer", "") == (last if last.strip() else "")
    assert said == wanted


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["role", "content", "messages", "text", "type", "toolUse", "tool_calls", "function",
             "input", "output", "prompt", "body", "request", "response", "item", "tools", "system",
             "name", "image", "inputBodyJson", "operation", "choices", "message", "answer",
             "contents", "parts", "functionCall", "candidates", "systemInstruction", "inlineData",
             "max_tokens", "row", "row_idx", "toolConfig", "chat_history", "reward_model", "a"]
        ),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values, st.sampled_from(NAMES))
def test_any_json_ends_in_a_row_or_a_refusal(value, form):
    told = False
    for keep_answer in ("reference", None):
        try:
            converted = convert_record(value, "f", Options(form=form, keep_answer=keep_answer))
        except Refused as refused:
            converted = None
            told = bool(refused.kind and str(refused))
        assert converted.row["messages"] if converted else told


def nodes(value, path=()):
    """Every place inside a record."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from nodes(inner, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


ODD = [None, 1, "", [], {}, [1], {"text": 1}, {"type": []}, [{"text": None}], "[{", True]


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["reference", "drop", None]))
def test_a_record_that_went_wrong_ends_in_a_sound_row_or_a_refusal(random, keep_answer):
    records = [record for _, record, _ in GOLDENS.values()]
    record = copy.deepcopy(random.choice(records))
    for _ in range(random.randint(1, 3)):
        *parent, key = random.choice(list(nodes(record))[1:] or [("x",)])
        other = random.choice(records)
        graft = at(other, random.choice(list(nodes(other))))
        if isinstance(target := at(record, parent), dict | list) and target:
            target[key] = copy.deepcopy(random.choice([graft, random.choice(ODD)]))
    try:
        converted = convert_record(record, "f", Options(keep_answer=keep_answer))
    except Refused as refused:
        assert refused.kind  # noqa: PT017 - either end is right, and neither is an accident
        return
    assert converted is not None
    for turn in converted.row["messages"]:
        assert turn["role"] in ROLES
        assert isinstance(turn["content"], str) or turn["tool_calls"]
