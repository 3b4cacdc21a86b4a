"""The 25 functions of RLVR-IFeval, which a row's ``func_name`` names, by their published arguments.

They ask what IFEval's kinds ask, and decide it otherwise: exact numbers where those have a bound,
parts of words where those have words. An empty text follows none, and a choice is given whole: a
piece of an option would do as published.

Source: Lambert et al. (2024), Tulu 3; allenai/open-instruct, ``if_functions.py``, whose verdicts
are followed by their definition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from touchstone.scoring import language
from touchstone.templates.instruction_following.kinds import (
    Count,
    Kind,
    Letter,
    Ordinal,
    Text,
    Texts,
    answered_kind,
)

Quantifier = Literal["at least", "around", "at most"]
# As published: behind no abbreviation, and not behind an exclamation mark.
# E.g. `It ends. So`, `Does it? Yes`; not `e.g. so`, `Dr. No`, `So! Yes`
_SENTENCE_END = re.compile(r"(?<!\w\.\w.)(?<![A-Z][a-z]\.)(?<=[.?])\s")


def _compared(number: int, quantifier: str, wanted: int, tolerance: int) -> bool:
    if quantifier == "around":
        return abs(number - wanted) <= tolerance
    return number >= wanted if quantifier == "at least" else number <= wanted


def _divided(text: str, number: int) -> bool:
    parts = "\n".join(line.strip() for line in text.splitlines()).split("* * *")
    return len(parts) == number and all(part.strip() for part in parts)


def _begins(text: str, k: Any) -> bool:
    parts = text.split("\n\n")
    return len(parts) == k.N and k.i <= k.N and parts[k.i - 1].strip().startswith(k.first_word)


def _postscript(text: str, marker: str) -> bool:
    at = text.find(marker)
    return at >= 0 and len(text[at:].strip()) > len(marker)


def _sections(text: str, splitter: str) -> int:
    parts = text.split(splitter)
    return len(parts) - (not parts[0])


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _two(text: str) -> bool:
    parts = [part.strip() for part in text.split("******")]
    return len(parts) == 2 and parts[0] != parts[1]


KINDS: Mapping[str, Kind] = {
    "verify_keywords": answered_kind(
        "every one of {keyword_list} is mentioned",
        lambda text, k: all(word.lower() in text.lower() for word in k.keyword_list),
        keyword_list=Texts,
    ),
    "verify_keyword_frequency": answered_kind(
        "{word} appears {N} times",
        lambda text, k: re.findall(r"\w+", text.lower()).count(k.word.lower()) == k.N,
        word=Text,
        N=Count,
    ),
    "validate_forbidden_words": answered_kind(
        "none of {forbidden_words} is used",
        lambda text, k: not any(word.lower() in text.lower() for word in k.forbidden_words),
        forbidden_words=Texts,
    ),
    "verify_letter_frequency": answered_kind(
        "the letter {letter} appears {N} times",
        lambda text, k: text.count(k.letter) == k.N,
        letter=Letter,
        N=Count,
    ),
    "validate_response_language": answered_kind(
        "the whole response is in the language {language}",
        lambda text, k: language.is_language(text, k.language) is not False,
        language=Text,
    ),
    "verify_paragraph_count": answered_kind(
        "{N} paragraphs, divided by * * *", lambda text, k: _divided(text, k.N), N=Ordinal
    ),
    "validate_word_constraint": answered_kind(
        "{quantifier} {N} words",
        lambda text, k: _compared(len(text.split()), k.quantifier, k.N, max(round(k.N * 0.1), 1)),
        N=Count,
        quantifier=Quantifier,
    ),
    "verify_sentence_constraint": answered_kind(
        "{quantifier} {N} sentences",
        lambda text, k: _compared(len(_SENTENCE_END.split(text)), k.quantifier, k.N, 1),
        N=Count,
        quantifier=Quantifier,
    ),
    "validate_paragraphs": answered_kind(
        "{N} paragraphs, number {i} beginning with {first_word}",
        _begins,
        N=Ordinal,
        first_word=Text,
        i=Ordinal,
    ),
    "verify_postscript": answered_kind(
        "a postscript beginning with {postscript_marker}",
        lambda text, k: _postscript(text, k.postscript_marker),
        postscript_marker=Text,
    ),
    "validate_placeholders": answered_kind(
        "at least {N} placeholders in square brackets",
        lambda text, k: len(re.findall(r"\[[^\[\]\n]*+\]", text)) >= k.N,
        N=Count,
    ),
    "verify_bullet_points": answered_kind(
        "exactly {N} bullet points",
        lambda text, k: (
            sum(line.strip()[:1] in ("*", "-") for line in text.split("\n") if line.strip()) == k.N
        ),
        N=Count,
    ),
    "validate_title": answered_kind(
        "a title in double angular brackets",
        lambda text, _: any("<<" in line.rpartition(">>")[0] for line in text.split("\n")),
    ),
    "validate_choice": answered_kind(
        "one of {options}",
        lambda text, k: text.strip() in [option.strip() for option in k.options],
        options=Texts,
    ),
    "validate_highlighted_sections": answered_kind(
        "at least {N} sections highlighted *so*",
        lambda text, k: sum(line.count("*") // 2 for line in text.split("\n")) >= k.N,
        N=Count,
    ),
    "validate_sections": answered_kind(
        "{N} sections, each beginning with {section_splitter}",
        lambda text, k: _sections(text, k.section_splitter) == k.N,
        N=Ordinal,
        section_splitter=Text,
    ),
    "validate_json_format": answered_kind(
        "the whole response is JSON", lambda text, _: _is_json(text)
    ),
    "validate_repeat_prompt": answered_kind(
        "the request is repeated first, word for word",
        lambda text, k: text.startswith(k.original_prompt),
        original_prompt=Text,
    ),
    "validate_two_responses": answered_kind(
        "two different responses, divided by ******", lambda text, _: _two(text)
    ),
    "validate_uppercase": answered_kind("in capitals only", lambda text, _: text == text.upper()),
    "validate_lowercase": answered_kind("in lower case only", lambda text, _: text == text.lower()),
    "validate_frequency_capital_words": answered_kind(
        "words in capitals appear {quantifier} {N} times",
        lambda text, k: _compared(len(re.findall(r"\b[A-Z]+\b", text)), k.quantifier, k.N, 0),
        N=Count,
        quantifier=Quantifier,
    ),
    "validate_end": answered_kind(
        "the last words are {end_phrase}",
        lambda text, k: text.endswith(k.end_phrase),
        end_phrase=Text,
    ),
    "validate_quotation": answered_kind(
        "the whole response is in double quotation marks",
        lambda text, _: text[0] == text[-1] == '"',
    ),
    "validate_no_commas": answered_kind("no comma", lambda text, _: "," not in text),
}
