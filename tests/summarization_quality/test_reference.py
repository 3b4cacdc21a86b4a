"""The instruction around a source is told from the source."""

import pytest

from templates.summarization_quality.reference import split_instruction

TEXT = "The tram stopped. In summary, nobody was late."


@pytest.mark.parametrize(
    ("turn", "instruction"),
    [
        (f"Summarize:\n\n{TEXT}", "Summarize:"),
        (f"Summarise this: {TEXT}", "Summarise this:"),
        (f"Please summarize the article below. {TEXT}", "Please summarize the article below."),
        (f"Write a summary in 20 words.\n\nArticle: {TEXT}", "Write a summary in 20 words."),
        (f"Article:\n{TEXT}\n\nTL;DR:", "TL;DR:"),
        (f"<document>\n{TEXT}\n</document>\nGive me the gist.", "Give me the gist."),
        (f"---\n{TEXT}\n---\nNow condense it, please.", "Now condense it, please."),
        (TEXT, ""),
        (f"Summary of the meeting\n{TEXT}", ""),
    ],
)
def test_the_source_is_what_is_left(turn, instruction):
    asked, source = split_instruction(turn)
    assert asked == instruction
    assert source.endswith(TEXT)
    assert len(source) <= len(TEXT) or not instruction


def test_an_instruction_alone_leaves_no_source():
    assert split_instruction("Summarize the report.") == ("Summarize the report.", "")
