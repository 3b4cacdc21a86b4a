"""Where a thought ends; what a model writes for long must not take longer than it is."""

import pytest

from touchstone.thinking import split_thinking

MARKS = [
    "<think>", "</think>", "'<think>", "</think>'", "<think></think>", "<|begin_internal_thought|>",
    "<|end_internal_thought|>", "<|begin_of_solution|>", "<|end_of_solution|>", "<|channel|>",
    "<|channel|>a", "<|channel|>final<|message|>", "<|channel|> ", "<|message|>", "<|end|>", "<|",
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
        ("```\n<think>\n```\nb<think>a</think>", ("```\n<think>\n```\nb", "a")),
        ("````\n```\n<think>\n````\nb", ("````\n```\n<think>\n````\nb", "")),
        ("```\n```\n'<think>' b <think>a", ("```\n```\n'<think>' b ", "a")),
    ],
)
def test_marks_in_fences_and_quotes_are_text(text, split):
    assert split_thinking(text) == split
