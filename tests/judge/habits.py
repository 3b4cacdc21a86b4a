# ruff: noqa: E501, RUF001
"""What models and their services do with a question: a bank of habits, each with its right end.

A habit is what arrives and what must come of it: the label that the model plainly gave, or a
cause. ``{tag}`` in a text stands for the call's tag, which only the model is told. A bank of
kinds, not of models: nearly every public bug report about a judge is one of these.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

GOOD = {"reason": "It does a part.", "cannot_judge": False, "quality": "fair"}
ONE = json.dumps(GOOD)
TAGGED = '{"call_tag": "{tag}", "reason": "It does a part.", "quality": "fair"}'
BEST = '{"reason": "All of it.", "quality": "excellent"}'
FAIR, BAD, REFUSED, OUTSIDE = "fair", "bad_json", "refused", "outside_set"

# What stands around a verdict that is all of the answer.
AROUND = [
    "{}", " \n{}\n\n", "\ufeff{}", "```json\n{}\n```", "```JSON\n{}\n```", "```\n{}\n```",
    "```json5\n{}\n```", "~~~json\n{}\n~~~", "```json\n{}", "{}\n```", "```json\n{}\n```\n",
    "<tool_call>\n{}\n</tool_call>", "<tool_call>{}", "[TOOL_CALLS]{}", "[TOOL_CALLS] [{}]",
    "<|python_tag|>{}", "<|python_tag|>{}<|eom_id|>", "{}<|im_end|>", "{}</s>", "{}<|eot_id|>",
    "{}<|end|>", "{}<end_of_turn>", "{}<|endoftext|>", "<verdict>{}</verdict>",
    "<answer>\n{}\n</answer>", "<json>{}</json>", "<output>{}</output>", "<response>{}</response>",
    "record_verdict({})", "record_verdict {}", "functions.record_verdict({})",
    "<function=record_verdict>{}</function>", "`{}`", "JSON:\n{}", "json\n{}", "Verdict: {}",
    "**Final answer:** {}", '"""{}"""', "<|assistant|>{}", "[ASSISTANT]{}", "assistant\n\n{}",
    "[TOOL_CALLS]record_verdict[ARGS]{}", "```tool_code\nrecord_verdict({})\n```",
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.record_verdict:0"
    "<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>record_verdict\n```json\n{}\n```"
    "<｜tool▁call▁end｜><｜tool▁calls▁end｜>", "[{}]", "{};", "{},",
]  # fmt: skip
# A call in text, in the form of its family, which a server without a parser hands on.
CALLS = [
    '<｜DSML｜function_calls>\n<｜DSML｜invoke name="record_verdict">\n<｜DSML｜parameter name="reason" '
    'string="true">a</｜DSML｜parameter>\n<｜DSML｜parameter name="quality" string="true">fair'
    "</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>record_verdict<｜tool▁sep｜>" + ONE
    + "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "<tool_call>record_verdict\n<arg_key>reason</arg_key>\n<arg_value>a</arg_value>\n"
    "<arg_key>quality</arg_key>\n<arg_value>fair</arg_value>\n</tool_call>",
    *[
        f'<{around}>\n<invoke name="record_verdict">\n<parameter name="reason">a < b</parameter>\n'
        f'<parameter name="quality">fair</parameter>\n</invoke>\n</{around}>'
        for around in ("minimax:tool_call", "function_calls")
    ],
    "<tool_call>\n<function=record_verdict>\n<parameter=reason>\na < b\n</parameter>\n"
    "<parameter=quality>\nfair\n</parameter>\n</function>\n</tool_call>",
    '<tool_calls>[{"name": "record_verdict", "arguments": ' + ONE + "}]</tool_calls>",
    '<|tool_call|>[{"name": "record_verdict", "arguments": ' + ONE + "}]<|/tool_call|>",
    'Action: ```json\n[{"tool_name": "record_verdict", "parameters": ' + ONE + "}]\n```",
    "<|START_THINKING|>" + BEST + '<|END_THINKING|><|START_ACTION|>[{"tool_call_id": "0", "tool_name": '
    '"record_verdict", "parameters": ' + ONE + "}]<|END_ACTION|>",
    "<|START_THINKING|>" + BEST + "<|END_THINKING|><|START_RESPONSE|>" + ONE + "<|END_RESPONSE|>",
    '[record_verdict(reason="a", cannot_judge=False, quality="fair")]',
    '<function_calls>\nrecord_verdict(reason="a", quality="fair")\n</function_calls>',
    '<|python_start|>[record_verdict(reason="a", quality="fair")]<|python_end|>',
    '```tool_code\nprint(record_verdict(reason="a", quality="fair"))\n```',
    'print(default_api.record_verdict(reason="a", quality="fair"))',
    "[TOOL_CALLS]record_verdict[CALL_ID]abc123xyz[ARGS]" + ONE, "[TOOL_CALLS]record_verdict" + ONE,
    '<|action_start|><|plugin|>{"name": "record_verdict", "parameters": ' + ONE + "}<|action_end|>",
    '{"action": "record_verdict", "action_input": ' + ONE + "}",
    '{"tool": "record_verdict", "tool_input": ' + ONE + "}",
    '{"tool_uses": [{"recipient_name": "functions.record_verdict", "parameters": ' + ONE + "}]}",
    '{"type": "tool_use", "id": "toolu_1", "name": "record_verdict", "input": ' + ONE + "}",
]  # fmt: skip
# Thoughts, each with a draft that must not count.
THOUGHTS = [
    "<think>Hm.</think>{}", "<think>\nHm. " + BEST + "\n</think>\n\n{}", "<thinking>Hm.</thinking>{}",
    "<thought>" + BEST + "</thought>\n{}", "Hm. " + BEST + "\n</think>\n{}", BEST + "\n</think>\n{}",
    "<think></think>{}", "<think>\n\n</think>\n\n{}", "[THINK]" + BEST + "[/THINK]{}",
    "<reasoning>" + BEST + "</reasoning>{}", "<reasoning>Hm.</reasoning>\n{}",
    "<|channel|>analysis<|message|>" + BEST + "<|end|><|start|>assistant<|channel|>final<|message|>{}",
    "<|channel|>final<|message|>{}<|return|>", "analysis" + BEST + "assistantfinal{}",
    "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary "
    "to=functions.record_verdict <|constrain|>json<|message|>{}<|call|>",
    "<|begin_internal_thought|>" + BEST + "<|end_internal_thought|>{}",
    "<|begin_of_solution|>{}<|end_of_solution|>", "<think>a<think>b</think>c</think>{}",
    "<think>Hm.</think>```json\n{}\n```", "Hm.</think>\n```json\n{}\n```",
    "<think>One.</think><think>" + BEST + "</think>{}", "<THINK>Hm.</THINK>{}",
]  # fmt: skip
# The same verdict in other letters.
WRITTEN = [
    '{"reason": "a", "quality": "Fair"}', '{"reason": "a", "quality": " fair "}',
    '{"reason": "a", "quality": "FAIR"}', '{"reason": "a", "Quality": "fair"}',
    '{"quality": "fair"}', '{"quality": "fair", "reason": null}', '{"quality": "fair", "reason": 3}',
    '{"quality": "fair", "reason": ["a", "b"]}', '{"reason": "a\nb", "quality": "fair"}',
    '{"reason": "a\tb", "quality": "fair"}', '{"reason": "a", "quality": "fair",}',
    '{"reason": "a", "quality": "fair", // a comment\n}', '{"reason": "a\\(b\\)", "quality": "fair"}',
    '{"reason": "100\\% \\d", "quality": "fair"}', '{"reason": "a", "quality": "fair", "more": 1}',
    '{"reason": "a", "quality": "fair", "quality": "fair"}', "{'reason': 'a', 'quality': 'fair'}",
    "{'reason': \"it's\", 'cannot_judge': False, 'quality': 'fair'}",
    '{"name": "record_verdict", "arguments": ' + ONE + "}",
    '{"name": "record_verdict", "arguments": ' + json.dumps(ONE) + "}",
    '{"type": "function", "function": {"name": "record_verdict", "parameters": ' + ONE + "}}",
    '{"record_verdict": ' + ONE + "}", '{"toolUse": {"name": "record_verdict", "input": ' + ONE + "}}",
    json.dumps(ONE), ONE + "\n" + ONE, "[" + ONE + ", " + ONE + "]",
    'record_verdict(reason="a", quality="fair")', '{"result": ' + ONE + "}", '{"verdict": ' + ONE + "}",
    '{"tool_calls": [{"function": {"name": "record_verdict", "arguments": ' + json.dumps(ONE) + "}}]}",
    "<function=record_verdict>\n<parameter=reason>\na\n</parameter>\n<parameter=quality>\nfair\n"
    "</parameter>\n</function>", '{"reason": "I can\'t answer for facts, but it helps.", "quality": "fair"}',
    '{"reason": "抱歉的语气合适，但不能算完整。", "quality": "fair"}',
    '{"reason": "a", "cannot_judge": null, "quality": "fair"}',
    '{"reason": "a", "cannot_judge": "false", "quality": "fair"}',
    '{"reason": "a", "cannot_judge": "no", "quality": "fair"}',
    '{"reason": "a", "cannot_judge": 0, "quality": "fair"}',
    '{"reason": "It says \\"I cannot help with that\\" where it could.", "quality": "fair"}',
    '{"reason": "I cannot rate it higher because a part is missing.", "quality": "fair"}',
    '{"reason": "I cannot find any error in the first part.", "quality": "fair"}',
    '{"reason": "I can\'t help but notice that a part is missing.", "quality": "fair"}',
    '{"reason": "The reply is sorry and cannot assist.", "quality": "fair"}',
    '{"reason": "Unfortunately, the completion does only a part.", "quality": "fair"}',
    '{"reason": "Sorry to say, a part is missing.", "quality": "fair"}',
    '{"reason": "It uses </think> oddly.", "quality": "fair"}',
    '{"reason": "a", /* mine */ "quality": "fair"}', '{"status": "ok", "result": ' + ONE + "}",
    '{"reason": "a", "evaluation": {"scores": {"quality": "fair"}}}', '{"properties": ' + ONE + "}",
    '{"properties": {"reason": {"value": "a"}, "cannot_judge": {"value": false}, "quality": '
    '{"type": "string", "value": "fair"}}}', '{"reason": "a", "quality": "\\u0066air"}',
    '{"reason": "It says "part" and no more.", "quality": "fair"}',
    '{"reason": "It says "part", and "all".", "quality": "fair"}',
    '{"reason": "a", "results": [{"name": "quality", "value": "fair"}]}',
    '{"reason": "a", "criteria": [{"criterion": "quality", "rating": "fair"}]}',
    '{"reason": "a", "cannot_judge": "No.", "quality": "fair"}',
]  # fmt: skip
# A verdict among words, known by its tag.
PROSE = [
    "Here is my verdict: {}", "Here is my verdict:\n\n```json\n{}\n```\nI hope that this helps!",
    "{}\n\nI chose fair because a part is missing.", "The text says " + BEST + ". My verdict: {}",
    "**Verdict**\n{}", "First " + BEST + " then {} and {}", "Sure!\n<tool_call>{}</tool_call>",
    "I will call record_verdict({}) now.", "<think x>Hm.</think> So: {}", "Kết luận: {}", "判定：{}",
    "Here: {'call_tag': '{tag}', 'cannot_judge': False, 'quality': 'fair'}", "Let me think { about } this.\n{}", "a {b} {c: {d}} {}", "Reason first. Then {}.",
]  # fmt: skip
# One by its fields, known by its tag.
FIELDS = [
    "call_tag: {tag}\nreason: a\ncannot_judge: false\nquality: fair",
    '```yaml\ncall_tag: {tag}\nreason: a\nquality: "fair"\n```',
    "<verdict><call_tag>{tag}</call_tag><reason>a</reason><quality>fair</quality></verdict>",
    '<parameter name="call_tag">{tag}</parameter><parameter name="quality">fair</parameter>',
    '{call_tag: "{tag}", reason: "a", quality: "fair"}',
    "{call_tag: '{tag}', quality: 'fair'}",
    "**call_tag:** {tag}\n**reason:** a\n**quality:** fair",
    "call_tag={tag}; quality=fair",
    "1. call_tag: {tag}\n2. quality: fair",
    "| call_tag | {tag} |\n| quality | fair |",
    "Call tag: {tag}\nQuality: Fair\nCannot judge: No",
    '{"call_tag": "{tag}", "quality": "fair"',
    "{“call_tag”: “{tag}”, “quality”: “fair”}",
    '{"call_tag": "{tag}", "levels": {"quality": "fair"}}',
    *[
        '{"call_tag": "{tag}", "reason": "a", "quality": ' + value + "}"
        for value in (
            '"Fair."',
            '"**fair**"',
            '"`fair`"',
            '"fair: a part of it"',
            '["fair"]',
            '{"level": "fair", "reason": "b"}',
            '{"rating": "fair", "justification": "It is excellent in parts."}',
            '{"score": "fair"}',
            '{"answer": "fair"}',
            '{"type": "string", "const": "fair"}',
            '[{"level": "fair"}]',
            '"fair</parameter>\\n</invoke>"',
            '"<level>fair</level>"',
            '"ｆａｉｒ"',
            '"quality: fair"',
            '"\\\\"fair\\\\""',
            '"fair  # a part"',
        )
    ],
    '{"call_tag": "{tag}", "criteria": [{"name": "quality", "level": "fair"}]}',
    "### call_tag\n{tag}\n### reason\na\n### quality\nfair",
    "<call_tag>{tag}</call_tag><reason><![CDATA[a <b>]]></reason><quality><![CDATA[fair]]></quality>",
    "<__function=record_verdict>\n<__parameter=call_tag>{tag}</__parameter>\n<__parameter=quality>fair"
    "</__parameter>",
    '{"analysis": "Hm."}\n' + TAGGED,
    BEST + "\n" + TAGGED,
    '{\n"call_tag": "{tag}"\n"reason": "a"\n"quality": "fair"\n}',
    "Here is my thought process:\nHm.\nHere is my response:\n" + TAGGED,
    "analysisHm.assistantcommentary to=functions.record_verdict json" + TAGGED,
    TAGGED + "<|im_end|>\n<|im_start|>user\nNext question?",
]
# No verdict, whatever it looks like.
NONE = [
    (BAD, [
        "", " ", "...", "fair", "Fair.", "quality: fair", "It is an excellent answer.", "5", "null",
        "true", '"excellent"', "[]", "{}", "[1, 2]", '{"reason": "a"}', '{"verdict": "excellent"}',
        '{"reason": "a", "quality"', '{"reason": "a", "quality": "exc', "```json\n```",
        "Here is my verdict: " + BEST, "He wrote " + BEST + " himself.", BEST + "\nThat is it.",
        BEST + " or " + ONE, BEST + ONE, "[" + BEST + "," + ONE + "]",
        '{"reason": "a", "quality": "poor", "quality": "excellent"}',
        '{"reason": "a", "quality": "excellent", "quality": "poor"}',
        '{"reason": "a", "quality": "poor", "Quality": "excellent"}',
        "{'reason': 'a', 'quality': 'poor', 'quality': 'excellent'}",
        "```json\n" + BEST + "\n```\n```json\n" + ONE + "\n```",
        "<think>" + BEST, "<think>" + BEST + "</think>", "<reasoning>" + BEST + "</reasoning>",
        "[THINK]" + BEST + "[/THINK]", "<|channel|>analysis<|message|>" + BEST + "<|end|>",
        "<scratchpad>" + BEST + "</scratchpad>", "<draft>" + BEST + "</draft>",
        "<function=record_verdict><parameter=quality>fair</parameter><parameter=quality>poor</parameter>"
        "</function>", 'record_verdict(quality="fair", quality="poor")', "Completion: " + BEST,
        "<html><body>502 Bad Gateway</body></html>", "quality,reason\nexcellent,a",
        "reason: a\nquality: excellent", "<quality>excellent</quality>", "Score: 1.0", "10/10",
        "\\boxed{excellent}", "excellent" * 500, '{"a": ' * 3000, "{" * 5000, "[" * 5000,
        'My verdict: {"call_tag": "0000000000000000", "reason": "a", "quality": "excellent"}',
        '{"tool": "record_verdict"}', '{"name": "record_verdict", "arguments": "excellent"}',
        'First {"call_tag": "{tag}", "quality": "poor"}, no: {"call_tag": "{tag}", "quality": "fair"}',
        'So {"call_tag": "{tag}", "quality": "poor", "quality": "fair"}.',
    ]),
    (BAD, [
        '{"call_tag": "<the call tag>", "reason": "a", "quality": "poor"}',
        '{"reason": "<why>", "quality": "poor"}', "call_tag: {tag}\nquality: fair\nquality: poor",
        "<quality>poor</quality><quality>fair</quality> {tag}", "{tag}: excellent", '{"reason": "a", "quality": "fair"',
        "call_tag: 0000000000000000\nquality: fair", "{tag}\nThe text says\nquality: excellent",
        TAGGED + "\nWait:\n" + TAGGED.replace("fair", "poor"),
        TAGGED.replace("It does a part.", 'It says "x", "quality": "excellent", no more.'),
        '{"reason": "a"\n"cannot_judge": true, "quote": "b", "quality": "fair"}',
        '{"reason": "It does.</reason>\\n<parameter name=\\"quality\\">excellent"}',
        "<tool_call>record_verdict\n<arg_key>quality</arg_key><arg_value>fair</arg_value>\n"
        "<arg_key>quality</arg_key><arg_value>poor</arg_value></tool_call>",
    ]),
    (OUTSIDE, [
        '{"reason": "a", "quality": ' + value + "}" for value in (
            '"superb"', '"poor or fair"', '"poor excellent"', "1", "1.0", "0.5", "true",
            "null", "[]", '["poor", "excellent"]', '{"level": "superb"}', "NaN", "Infinity", '""', '"5/5"',
            '"4"', "100", '"poor|fair|excellent"', '"not excellent"', '"excellent (see reason)"',
            '"{}"', "-1", "9e99", '"e x c e l l e n t"', '"xuất sắc"', '"f\u0430ir"', '"fair-excellent"',
            '"fair</quality>\\n<parameter name=\\"cannot_judge\\">true"', '{"poor": 0, "fair": 1}',
            '{"type": "string", "enum": ["poor", "fair", "excellent"]}', '"fair?excellent"',
        )
    ]),
    (REFUSED, [
        "I'm sorry, but I can't assist with that.", "I cannot help with judging this.", "I am unable to "
        "evaluate this content.", "Tôi rất tiếc, nhưng tôi không thể hỗ trợ yêu cầu này.",
        "Es tut mir leid, aber dabei kann ich nicht helfen.", "Je suis désolé, mais je ne peux pas vous aider.",
        "Lo siento, pero no puedo ayudar con eso.", "Sinto muito, mas não posso ajudar com isso.",
        "抱歉，我无法协助处理这个请求。", "申し訳ありませんが、お手伝いできません。", "죄송하지만 도와드릴 수 없습니다.",
        "Mi dispiace, ma non posso aiutare.", "К сожалению, я не могу помочь с этим.",
        "عذرًا، لا أستطيع المساعدة في هذا.", "<think>Hm.</think>I can't assist with that.",
        '{"reason": "a", "cannot_judge": true, "quality": "poor"}',
        '{"reason": "a", "cannot_judge": true, "quality": "excellent"}',
        '{"reason": "a", "cannot_judge": "yes", "quality": "poor"}',
        '{"reason": "a", "cannot_judge": "It is about weapons.", "quality": "poor"}',
        '{"reason": "a", "cannot_judge": 1, "quality": "poor"}',
        '{"reason": "", "cannot_judge": true}', '{"reason": "a", "cannotJudge": true, "quality": "poor"}',
        '{"reason": "a", "abstain": true, "quality": "poor"}', '{"reason": ["I cannot judge this."], "quality": "poor"}',
        '{"explanation": "I cannot judge this.", "quality": "poor"}', '{"status": "refused", "quality": "poor"}',
        "I'm sorry, I can't judge this.\n" + TAGGED, "call_tag: {tag}\nreason: I won't judge this.\nquality: poor",
        *[json.dumps({"reason": reason, "quality": level}) for level in ("poor", "excellent") for reason in (
            "I'm sorry, I can't assist with judging this content.", "I cannot evaluate this content.",
            "Sorry, but I am unable to judge this text.", "As an AI language model, I cannot rate this.",
            "I won't engage with this content.", "Tôi xin lỗi, tôi không thể đánh giá nội dung này.",
            "This request violates my guidelines, so I can't judge it.", "Declined.", "[refused]",
            "N/A - content policy", "抱歉，我无法评估此内容。", "Lo siento, no puedo evaluar este contenido.",
        )],
    ]),
]  # fmt: skip


def texts() -> Iterator[tuple[str, str]]:
    """Yields what a model may write, and the label or the cause that comes of it."""
    for form in AROUND + THOUGHTS:
        yield form.replace("{}", ONE), FAIR
    for form in WRITTEN + CALLS:
        yield form, FAIR
    for form in PROSE:
        yield form.replace("{}", TAGGED), FAIR
    for form in FIELDS:
        yield form, FAIR
    for cause, forms in NONE:
        for form in forms:
            yield form, cause


def inputs() -> Iterator[tuple[Any, str]]:
    """Yields what may stand in the input of a tool, and what comes of it."""
    for form in WRITTEN:
        if form.startswith(("{", "[", '"')):  # the rest is a call in words
            yield form, FAIR
    yield GOOD, FAIR
    yield [GOOD], FAIR
    yield {"input": GOOD}, FAIR
    yield {"record_verdict": ONE}, FAIR
    for value in (None, "", "excellent", 5, True, [], {}, ["excellent"], [[]], {"quality": None}):
        yield value, OUTSIDE if value == {"quality": None} else BAD


def endings() -> Iterator[tuple[str, str]]:
    """Yields how services say that an answer ended, and what comes of a whole verdict so ended."""
    for ending in (
        "stop", "STOP", "eos", "eos_token", "stop_sequence", "end_turn", "COMPLETE", "tool_calls",
        "tool_use", "function_call", "",
    ):  # fmt: skip
        yield ending, FAIR
    for ending in (
        "length",
        "MAX_TOKENS",
        "MaxTokens",
        "model_max_length",
        "max_output_tokens",
        "token_limit",
    ):
        yield ending, "truncated"
    for ending in (
        "content_filter", "content_filter: OTHER", "SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT",
        "SPII", "RECITATION", "sensitive", "refusal", "guardrail_intervened", "moderation",
    ):  # fmt: skip
        yield ending, REFUSED
    for ending in ("error", "network_error", "abort", "insufficient_system_resource"):
        yield ending, "unavailable"


def counts() -> Iterator[Any]:
    """Yields what services say that an answer took, the odd ones."""
    yield from (None, {}, [], "many", 7, {"total_tokens": 9})
    for odd in (None, "120", -1, 1.5, True, [], {}):
        yield {"prompt_tokens": odd, "completion_tokens": 3, "inputTokens": odd, "outputTokens": 3}
