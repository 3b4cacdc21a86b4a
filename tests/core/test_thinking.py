"""Where a thought ends; what a model writes for long must not take longer than it is."""

import pytest

from tests.support import exact, reply_to, row
from touchstone.settings import SettingsError
from touchstone.thinking import MARKS as FAMILIES
from touchstone.thinking import split_thinking

MARKS = [
    "'</think>", "<think>a</think>b</think>c\n", "```a\n</think>\n<think>x</think>",
    "<think>", "</think>", "'<think>", "</think>'", "<think></think>", "<|begin_internal_thought|>",
    "<|end_internal_thought|>", "<|begin_of_solution|>", "<|end_of_solution|>", "<|channel|>",
    "<|channel|>a", "<|channel|>final<|message|>", "<|channel|> ", "<|message|>", "<|end|>", "<|",
    "<reasoning>", "</reasoning>", "[THINK]", "[/THINK]", "<reasoning> ", "analysis",
    "assistantfinal",
    "<", "a", " ", "`", "```\n", "```\n```\n", "~~~\n```\n", "```a\n", "\n", " \n",
]  # fmt: skip
ENDS = ["", "<think>", "</think>", "```", "<|message|>", "x<"]


@pytest.mark.parametrize("first", ["", "<|channel|>", "<think>", "```\n", "<"])
@pytest.mark.parametrize("mark", MARKS)
def test_a_long_text_takes_no_longer_than_its_length_is_worth(mark, first):
    # Minutes in most of these, were any part of it quadratic.
    body = mark * (400_000 // len(mark))
    for end in ENDS:
        answer, thinking = split_thinking(first + body + end)
        assert len(answer) + len(thinking) <= len(first + body + end)


def test_a_word_without_end_after_a_channel_is_no_answer():
    assert split_thinking("<|channel|>" + "x" * 400_000) == ("", "")


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("<|channel|>analysis to=x<|message|>a<|channel|>final<|message|>b", ("b", "a")),
        ("```\n<think>\n```\nb<think>a</think>c", ("```\n<think>\n```\nbc", "a")),
        ("````\n```\n<think>\n````\nb", ("````\n```\n<think>\n````\nb", "")),
        ("```\n```\n'<think>' <think>a</think>b", ("```\n```\n'<think>' b", "a")),
    ],
)
def test_marks_in_fences_and_quotes_are_text(text, split):
    assert split_thinking(text) == split


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("42 <think>a", "42 <think>a"),
        ("<think>a</think>42<think>b</think>\n<think>c", "42<think>b</think>\n<think>c"),
        ("<|begin_of_solution|>42<|end_of_solution|> b", "42\nb"),
        ("<|channel|>final<|message|>42<|end|><|channel|>analysis<|message|>b", "42\nb"),
    ],
)
def test_what_stands_behind_an_answer_is_seen_as_a_reader_sees_it(text, answer):
    assert split_thinking(text)[0] == answer


ANALYSIS, FINAL = "<|channel|>analysis<|message|>", "<|channel|>final<|message|>"

# Each family's marks as its models write them.
WRITTEN = {
    "think": [
        ("<think>", "</think>"),
        ("<Thinking>", "</Thinking>"),
        ("<seed:think>", "</seed:think>"),
    ],
    "thought": [("<thought>", "</thought>")],
    "nova": [("<|begin_internal_thought|>", "<|end_internal_thought|>")],
    "cohere": [("<|START_THINKING|>", "<|END_THINKING|>")],
    "mistral": [("[THINK]", "[/THINK]")],
    "reasoning": [("<reasoning>", "</reasoning>")],
}
PAIRS = [pair for pairs in WRITTEN.values() for pair in pairs]


def test_every_family_that_is_served_has_an_example():
    assert set(WRITTEN) == set(FAMILIES)


@pytest.mark.parametrize(("opened", "closed"), PAIRS)
@pytest.mark.parametrize("blank", ["", "\n\n"])
def test_a_thought_of_any_family_is_no_answer(opened, closed, blank):
    assert split_thinking(f"{blank}{opened}It is 41.{closed}{blank}42") == ("42", "It is 41.")
    assert split_thinking(f"It is 41.{closed}{blank}42") == ("42", "It is 41.")
    assert split_thinking(f"{opened}It is 41. Or 42") == ("", "It is 41. Or 42")
    assert split_thinking(f"{opened}a{closed}{opened}b{closed}42") == ("42", "a\nb")


@pytest.mark.parametrize("draft", ['{"is": "41"}', "f('a')", "It's 'a'", 'r"a"', "'don' and \"t\""])
def test_a_draft_with_strings_that_ended_is_no_answer(draft):
    assert split_thinking(f'{draft}</think>{{"is": "42"}}') == ('{"is": "42"}', draft)


@pytest.mark.parametrize(("opened", "closed"), PAIRS)
@pytest.mark.parametrize("dress", ["Write `{}` first.", "```\n{}\n```\ndone", "s = '{}'"])
def test_a_mark_that_is_spoken_of_is_text(opened, closed, dress):
    text = dress.format(f"{opened}a{closed}")
    assert split_thinking(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "<notes><thought>One.</thought><thought>Two.</thought></notes>",
        "<case><reasoning>Because.</reasoning><label>a</label></case>",
        "42\n<reasoning>Because.</reasoning>",
        "a [think] b",
        "analysis of assistants",
    ],
)
def test_an_ordinary_tag_or_word_is_text(text):
    assert split_thinking(text) == (text, "")


@pytest.mark.parametrize("closed", [pair[1] for pair in PAIRS])
@pytest.mark.parametrize(
    "text",
    [
        "parts = re.split(r'\\n{}\\n', t)",
        'parts = t.split("\\n{}", 1)\nprint(parts)',
        "if t.endswith(f'{{name}}\\n{}'): done()",
        "He ends with \u201c{}\u201d as ever.",
        "It ends with {}. Then it answers.",
    ],
)
def test_code_and_sentences_about_a_mark_are_not_eaten(text, closed):
    told = text.format(closed)
    assert split_thinking(told) == (told, "")


@pytest.mark.parametrize(("opened", "closed"), PAIRS)
def test_a_pattern_of_marks_in_code_is_not_eaten(opened, closed):
    told = f"return re.sub(r'\\s*{opened}.*?{closed}\\s*', '', t)"
    assert split_thinking(told) == (told, "")


@pytest.mark.parametrize("closed", [pair[1] for pair in PAIRS])
def test_a_model_that_thinks_on_behind_its_mark_has_not_answered_yet(closed):
    assert split_thinking(f"a{closed}b{closed}42")[0] == "42"
    assert split_thinking(f"a '{closed}' b{closed}42")[0] == "42"
    assert split_thinking(f"I don't know{closed}It's 42") == ("It's 42", "I don't know")


@pytest.mark.parametrize(
    ("text", "split"),
    [
        (f"{ANALYSIS}a<|end|><|start|>assistant{FINAL}b<|return|>", ("b", "a")),
        (f"a<|end|><|start|>assistant{FINAL}b", ("b", "a")),
        ("analysisa.assistantfinalb", ("b", "a.")),
        ("<reasoning>a</reasoning><answer>42</answer>", ("<answer>42</answer>", "a")),
        ("<think>a</think>\n<reasoning>b</reasoning>c", ("c", "a\nb")),
    ],
)
def test_gpt_oss_in_each_form_it_is_served_in(text, split):
    assert split_thinking(text) == split


OWN = [
    ["[PLAN]", "[/PLAN]"],
    ["Scratch:", "---end---"],
    ["\u25c1think\u25b7", "\u25c1/think\u25b7"],
]


@pytest.mark.parametrize(("opened", "closed"), OWN)
def test_marks_of_ones_own_are_read_like_those_of_a_family(opened, closed):
    grader = exact(thinking_marks=OWN)
    answers = {
        f"{opened}no{closed}yes": 1, f"{opened}no{closed}\n<think>no</think>yes": 1,
        f"no{closed}yes": 1, f"{opened}yes{closed}no": 0, f"{opened}yes": 0,
        f"yes {opened}no{closed}": 0, f"`{opened}`yes": 0,
    }  # fmt: skip
    read = reply_to([row(answer) for answer in answers], grader)
    assert [one["aggregate_reward_score"] for one in read] == [*answers.values()]
    assert read[0]["metrics_list"][-1] == {"name": "thinking_chars", "value": 2, "type": "Metric"}
    (unread,) = reply_to([row(f"{opened}no{closed}yes")])
    assert unread["aggregate_reward_score"] == 0  # to another grader they are text


@pytest.mark.parametrize(
    ("marks", "why"),
    [
        ("[PLAN]", "Expected array"),
        ([["[PLAN]"]], "length 2"),
        ([["ab", "/ab"]], "'ab' is not 3 to 100"),
        ([["[PLAN]", "[/PLAN]\n"]], "is not 3 to 100"),
        ([["[PLAN]", "[PLAN]"]], "cannot be told apart"),
        ([["[PLAN]", "[PLAN]]"]], "cannot be told apart"),
    ],
)
def test_marks_that_mark_nothing_are_refused(marks, why):
    with pytest.raises(SettingsError, match=why) as caught:
        exact(thinking_marks=marks)
    assert caught.value.setting == "thinking_marks"


@pytest.mark.parametrize("mark", ["[PLAN]", "[/PLAN]", "[PLAN]a[/PLAN]", "'[PLAN]"])
def test_a_long_text_of_ones_own_marks_takes_no_longer_than_its_length(mark):
    answer, thinking = split_thinking(mark * (400_000 // len(mark)), [("[PLAN]", "[/PLAN]")])
    assert len(answer) + len(thinking) <= 400_000
