# ruff: noqa: RUF001 - tokens that are written in letters of their own
"""What a model said is read alike wherever it stands: text, thinking, calls."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import EXACT, reply_to, row
from touchstone.contract import Sample, parse, prompt_text
from touchstone.normal import normal
from touchstone.outcomes import BadSample
from touchstone.said import read_turn
from touchstone.templates import get_template, template_names
from touchstone.tool_calls import ToolCall, calls_in_reference, split_calls

THOUGHT = "<think>2 + 2 = 5?</think>\n\n"
OSLO = ToolCall("weather", {"city": "Oslo"})
ARGUMENTS = '{"city": "Oslo"}'
TOOLS = [{"type": "function", "function": {"name": "weather"}}]


def sample_of(given):
    sample = parse([given]).rows[0]
    assert isinstance(sample, Sample)
    return sample


# Thinking


@pytest.mark.parametrize(
    ("reference", "read"),
    [
        (f"{THOUGHT}4", "4"),
        ({"text": f"{THOUGHT}4"}, "4"),
        (f'{THOUGHT}{{"a": 4}}', {"a": 4}),
        ("<think>and no answer", None),
        ({"answer": f"{THOUGHT}4", "n": 1}, {"answer": "4", "n": 1}),
        ({"code": "tag = '<think>'\n</think>"}, {"code": "tag = '<think>'\n</think>"}),
        ('{"html": "a </think> b"}', {"html": "a </think> b"}),
        (["<think>hm</think>42", "43"], ["42", "43"]),
    ],
)
def test_a_reference_is_read_without_its_thinking(reference, read):
    assert sample_of(row("4", reference)).reference == read


def test_what_the_model_thought_earlier_is_no_part_of_the_prompt():
    turns = [
        {"role": "user", "content": "What does <think> mean?"},
        {"role": "assistant", "content": "<reasoning>hm</reasoning>A tag."},
        {"role": "user", "content": "Why?"},
    ]
    sample = sample_of({"messages": [*turns, {"role": "assistant", "content": "So."}]})
    assert sample.prompt == prompt_text(turns) == "What does <think> mean?\n\nA tag.\n\nWhy?"
    assert [turn.thinking for turn in sample.turns] == ["", "hm", ""]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "thinking", "thinking": "hm"},
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "reasoning", "text": "hm"},
        {"reasoningContent": {"reasoningText": {"text": "hm"}}},
    ],
)
def test_a_block_of_thinking_is_thinking(block):
    turn = read_turn({"role": "assistant", "content": [block, {"type": "text", "text": "42"}]})
    assert (turn.text, turn.thinking) == ("42", "hm")


def test_the_system_prompt_is_told_apart_and_roles_are_kept():
    turns = [{"role": role, "content": role} for role in ("system", "developer", "user", "tool")]
    sample = sample_of({"messages": [*turns, {"role": "assistant", "content": "a"}]})
    assert sample.system == "system\n\ndeveloper"
    assert [(turn.role, turn.text) for turn in sample.turns] == [("user", "user"), ("tool", "tool")]
    assert sample.prompt == "system\n\ndeveloper\n\nuser\n\ntool"


def test_a_judge_is_shown_who_said_what():
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather?"},
        {"role": "nova_assistant", "content": "<think>hm</think>I look.", **STRUCTURED[0]},
        {"role": "tool", "content": "Rain."},
    ]
    sample = sample_of({"messages": [*turns, {"role": "assistant", "content": "It rains."}]})
    assert sample.conversation == (
        "System: Be brief.\n\nUser: Weather?\n\n"
        'Assistant: I look.\n[calls weather with {"city": "Oslo"}]\n\nTool: Rain.'
    )


def test_a_prompt_of_one_turn_is_shown_as_it_is():
    sample = sample_of(row("yes"))
    assert sample.conversation == sample.prompt


# Tool calls

STRUCTURED = [
    {"tool_calls": [{"id": "1", "function": {"name": "weather", "arguments": ARGUMENTS}}]},
    {"tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Oslo"}}}]},
    {"tool_calls": [f'{{"function": {{"name": "weather", "arguments": {ARGUMENTS}}}}}']},
    {"tool_calls": [{"name": "weather", "args": {"city": "Oslo"}, "type": "tool_call"}]},
    {"function_call": {"name": "weather", "arguments": ARGUMENTS}},
    {"content": [{"toolUse": {"toolUseId": "1", "name": "weather", "input": {"city": "Oslo"}}}]},
    {"content": [{"type": "tool_use", "id": "1", "name": "weather", "input": {"city": "Oslo"}}]},
    {"content": [{"type": "function_call", "name": "weather", "arguments": ARGUMENTS}]},
]
IN_TEXT = [
    f'<tool_call>\n{{"name": "weather", "arguments": {ARGUMENTS}}}\n</tool_call>',
    f'<tool_call>{{"name": "weather", "arguments": {ARGUMENTS}}}',
    "<tool_call>\n<function=weather>\n<parameter=city>\nOslo\n</parameter>\n</function></tool_call>",
    f'[TOOL_CALLS][{{"name": "weather", "arguments": {ARGUMENTS}}}]',
    f"[TOOL_CALLS]weather[ARGS]{ARGUMENTS}",
    f'<|python_tag|>{{"name": "weather", "parameters": {ARGUMENTS}}}',
    f"<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{ARGUMENTS}<|call|>",
    f"<|start|>assistant to=functions.weather<|channel|>commentary json<|message|>{ARGUMENTS}",
    "[weather(city='Oslo')]",
]
BEGIN, SEP, END = "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"
NAMED = f'{{"name": "weather", "arguments": {ARGUMENTS}}}'
INVOKED = '<invoke name="weather">\n<parameter name="city">Oslo</parameter>\n</invoke>'
MORE_IN_TEXT = [
    f"<｜tool▁calls▁begin｜>{BEGIN}function{SEP}weather\n```json\n{ARGUMENTS}\n```{END}"
    "<｜tool▁calls▁end｜>",
    f"<｜tool▁calls▁begin｜>{BEGIN}weather{SEP}{ARGUMENTS}{END}<｜tool▁calls▁end｜>",
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>"
    f"{ARGUMENTS}<|tool_call_end|><|tool_calls_section_end|>",
    f"<|tool_call|>[{NAMED}]<|/tool_call|>",
    f"<function_calls>\n{INVOKED}\n</function_calls>",
    f"<minimax:tool_call>\n{INVOKED}\n</minimax:tool_call>",
    f"<function=weather>{ARGUMENTS}</function>",
    "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n</tool_call>",
    f'{{"name": "weather", "parameters": {ARGUMENTS}}}',
    f"```json\n{NAMED}\n```",
    f"[{NAMED}]",
    "weather(city='Oslo')",
    '```tool_code\nweather(city="Oslo")\n```',
]


@pytest.mark.parametrize("said", STRUCTURED)
@pytest.mark.parametrize("where", ["messages", "model_response"])
def test_a_structured_call_is_part_of_the_sample(said, where):
    said = {"role": "assistant", **said}
    asked = [{"role": "user", "content": "Weather?"}]
    in_messages = where == "messages"
    sent = {"messages": [*asked, said]} if in_messages else {"messages": asked, where: said}
    sample = sample_of(sent)
    assert sample.tool_calls == (OSLO,)
    assert sample.completion == ""


@pytest.mark.parametrize("text", IN_TEXT + MORE_IN_TEXT)
def test_a_call_in_text_is_one_where_tools_are_offered(text):
    sample = sample_of(row(text, tools=TOOLS))
    assert (sample.completion, sample.tool_calls) == ("", (OSLO,))


@pytest.mark.parametrize("text", IN_TEXT[:6] + IN_TEXT[8:] + MORE_IN_TEXT)
def test_elsewhere_it_is_a_text(text):
    assert sample_of(row(text)).completion == text


def test_a_call_beside_a_thought_and_a_text_leaves_the_text():
    sample = sample_of(row(f"{THOUGHT}Let me see. {IN_TEXT[0]}", tools=TOOLS))
    assert (sample.completion, sample.tool_calls) == ("Let me see.", (OSLO,))


def test_a_call_that_is_only_thought_of_is_none():
    text = f"<think>{IN_TEXT[0]}</think>It rains."
    sample = sample_of(row(text, tools=TOOLS))
    assert (sample.completion, sample.tool_calls) == ("It rains.", ())


@pytest.mark.parametrize(
    "text",
    ["<tool_call>weather</tool_call>", "[weather('Oslo')]", "[weather(city=now())]", "[1, f()]",
     "[TOOL_CALLS]x", "<|python_tag|>print(1)", "[" * 3000 + ")]", "", '[{"name": "a"}]'],
)  # fmt: skip
def test_what_cannot_be_read_as_a_call_is_text(text):
    assert split_calls(text) == (text, ())


@pytest.mark.parametrize(
    "mark",
    ["<tool_call>", "<function=a>", "<parameter=a>", "</function>", "<tool_call><function=a>",
     "[TOOL_CALLS]", "[TOOL_CALLS]a{", "<|channel|>", "<|start|>assistant", "<|python_tag|>",
     "[f(),", "<invoke name=\"a\">", "<parameter name=\"a\">", BEGIN, SEP, f"{BEGIN}a{SEP}",
     "{} ", "f(", "<|tool_call_begin|>", "<arg_key>", "<|tool_call|>", "```json\n"],
)  # fmt: skip
@pytest.mark.parametrize("first", ["", "<tool_call>", "<|channel|>"])
def test_a_long_text_takes_no_longer_than_its_length_is_worth(mark, first):
    # Minutes, were any part of it quadratic.
    text = first + mark * (200_000 // len(mark))
    rest, calls = split_calls(text)
    assert len(rest) <= len(text) or calls


@pytest.mark.parametrize(
    "reference",
    [{"content": None, "tool_calls": [{"function": {"name": "weather", "arguments": ARGUMENTS}}]},
     [{"name": "weather", "arguments": {"city": "Oslo"}}], IN_TEXT[0], IN_TEXT[8]],
)  # fmt: skip
def test_a_reference_of_calls_is_known(reference):
    assert calls_in_reference(reference) == (OSLO,)


@pytest.mark.parametrize(
    "reference",
    ["Oslo", 4, None, ["a"], {"name": "weather", "arguments": {}}, [{"name": "a", "age": 3}], []],
)
def test_data_is_no_reference_of_calls(reference):
    assert calls_in_reference(reference) == ()


@pytest.mark.parametrize("parting", ["\n", "; ", ";\n"])
def test_calls_in_bare_json_follow_each_other(parting):
    text = parting.join([f'{{"name": "weather", "parameters": {ARGUMENTS}}}'] * 2)
    assert split_calls(text) == ("", (OSLO, OSLO))


@pytest.mark.parametrize("calls", [[], [{"name": "weather", "arguments": {}}]])
def test_a_reference_may_expect_calls_or_none(calls):
    sample = sample_of(row(MORE_IN_TEXT[-2], {"calls": calls}))
    assert (sample.completion, sample.tool_calls) == ("", (OSLO,))


NO_CALLS = [name for name in template_names() if get_template(name).calls != "judged"]


@pytest.mark.parametrize("name", NO_CALLS)
@pytest.mark.parametrize("said", [STRUCTURED[0], {"content": IN_TEXT[0]}])
def test_a_template_that_cannot_judge_a_call_says_so(name, said):
    called = {"messages": [{"role": "assistant", "content": None, **said}], "tools": TOOLS}
    with pytest.raises(BadSample, match="a tool call, which this template cannot judge"):
        get_template(name).reads(sample_of(called))


def test_an_answer_that_is_a_call_is_unscored_not_wrong():
    called = {"messages": [{"role": "assistant", **STRUCTURED[0]}], "reference_answer": "yes"}
    first, second = reply_to([called, row("yes")], explain=True)
    assert first["outcome"] == "unscored:bad_sample"
    assert second["outcome"] == "scored"


@pytest.mark.parametrize(("calls", "given"), [("judged", ""), ("judged", "a"), ("beside", "a")])
def test_a_template_is_given_the_calls_that_it_can_do_something_with(calls, given):
    sample = sample_of({"messages": [{"role": "assistant", "content": given} | STRUCTURED[0]]})
    assert replace(EXACT, calls=calls).reads(sample).tool_calls == (OSLO,)


def test_a_template_of_final_answers_takes_no_text_beside_a_call_for_one():
    sample = sample_of({"messages": [{"role": "assistant", "content": "Sure."} | STRUCTURED[0]]})
    with pytest.raises(BadSample):
        replace(EXACT, calls="refused").reads(sample)


def test_records_and_judges_tell_one_call_from_another():
    sample = sample_of({"messages": [{"role": "assistant", "content": "So:"} | STRUCTURED[0]]})
    assert sample.answer == 'So:\n[calls weather with {"city": "Oslo"}]'


def test_arguments_nested_too_deeply_to_be_written_harm_nobody():
    nested = 0
    for _ in range(2000):
        nested = [nested]
    sample = replace(sample_of(row("yes")), tool_calls=(ToolCall("f", nested),))
    assert sample.answer == "yes\n[calls f with …]"


# Normal forms

ONE, TWO = "caf\u00e9", "cafe\u0301"


def test_text_that_is_compared_as_language_is_in_one_form():
    sent = row(TWO, {"said": [TWO]}, f"{TWO}?", id=TWO, metadata={"name": TWO})
    sample = EXACT.reads(sample_of(sent))
    assert (sample.completion, sample.prompt, sample.turns[0].text) == (ONE, f"{ONE}?", f"{ONE}?")
    assert sample.reference == {"said": [ONE]}
    assert (sample.id, sample.fields, sample.raw) == (TWO, {"name": TWO}, sent)


@pytest.mark.parametrize("name", ["code_verification", "data_extraction"])
def test_a_program_and_a_payload_are_never_changed(name):
    sample = sample_of(row(TWO, TWO))
    assert get_template(name).reads(sample) is sample


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73", "\u0301"])
@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_a_letter_under_a_heap_of_marks_takes_no_longer_than_its_length(marks, form):
    # Seconds in the library alone, which takes the square of them.
    assert len(normal("a" + marks * 50_000, form)) >= 99_000 // 2


@given(st.text(st.characters(max_codepoint=0x2FFF), max_size=29))
def test_a_text_with_few_marks_is_as_the_library_has_it(text):
    assert normal(text) == unicodedata.normalize("NFC", text)
