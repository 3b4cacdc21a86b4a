"""The instruction around a source is told from the source."""

# ruff: noqa: RUF001 - texts in many scripts
import textwrap

import pytest

from tests.summarization_quality.grading import GOOD
from touchstone.contract import Sample, parse
from touchstone.templates.summarization_quality.reading import read
from touchstone.templates.summarization_quality.reference import read_reference, split_instruction
from touchstone.templates.summarization_quality.settings import Settings

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
        (f"Tóm tắt đoạn sau.\n\n{TEXT}", "Tóm tắt đoạn sau."),
        (f"请概括下文。\n\n{TEXT}", "请概括下文。"),
        (f"Resumen del partido\n{TEXT}", ""),
        (TEXT, ""),
        (f"Summary of the meeting\n{TEXT}", ""),
    ],
)
def test_the_source_is_what_is_left(turn, instruction):
    asked, source = split_instruction(turn)
    assert asked == instruction
    assert source.endswith(TEXT)
    assert len(source) <= len(TEXT) or not instruction


@pytest.mark.parametrize(
    ("instruction", "budget"),
    [
        ("Summarize in at most fifty words:", 50),
        ("Tóm tắt trong năm mươi từ:", 50),
        ("请用八十字以内概括：", 80),
        ("五十文字以内で要約してください：", 50),
        ("오십 단어 이내로 요약:", 50),
        ("लेख का सारांश ५० शब्दों में लिखिए:", 50),
        ("لخص في خمسين كلمة:", 50),
        ("Fasse auf fünfzig Wörter zusammen:", 50),
        ("Résume en cinquante mots :", 50),
        ("Resume en cincuenta palabras:", 50),
        ("Summarize in \u2264 50 words:", 50),
        ("Nêu ý chính, không vượt quá 50 từ:", 50),
        ("Streść w maksymalnie 50 słowach:", 50),
        ("En fazla 50 kelimeyle özetle:", 50),
        ("Summarize in two sentences of at most 25 words each:", None),
        ("Fasse in mindestens fünfzig Wörtern zusammen:", None),
    ],
)
def test_a_limit_is_read_in_figures_or_words_and_is_no_part_of_the_source(instruction, budget):
    def reference(prompt):
        turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": "x"}]
        (sample,) = parse([{"messages": turns}]).rows
        assert isinstance(sample, Sample)
        return read_reference(sample, Settings())

    source = " ".join([GOOD] * 3)
    read_as, alone = reference(f"{instruction}\n\n{source}"), reference(source)
    assert read_as.source.words == alone.source.words
    assert read_as.budget == (budget or alone.budget)


def test_an_instruction_alone_leaves_no_source():
    assert split_instruction("Summarize the report.") == ("Summarize the report.", "")


@pytest.mark.parametrize("width", [45, 60, 72, 80, 100])
def test_a_text_wrapped_to_a_width_reads_as_it_did(width):
    wrapped = read(textwrap.fill(GOOD, width))
    assert wrapped.sentences == read(GOOD).sentences


@pytest.mark.parametrize(
    "text",
    [
        "- The library of Marrow Bay reopens on 9 October\n- The work cost 3.2 million dollars",
        "The library of Marrow Bay reopens on 9 October\nThe work cost 3.2 million dollars",
        "Library reopens\nHalf paid by state\nOpen on Sundays",
        "* The library of Marrow Bay reopens soon\n* half of it was paid by the state\n* end",
    ],
)
def test_lines_of_their_own_stay_sentences(text):
    assert len(read(text).sentences) == text.count("\n") + 1
