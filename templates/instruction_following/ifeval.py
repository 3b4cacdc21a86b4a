"""The 25 instruction kinds of IFEval, by their published ids and argument names.

Each check decides what the published checker decides, and is written so that its time grows
with the length of the text alone. Where the published code draws a missing argument at
random, the reference is refused instead.

Source: Zhou et al. (2023), Instruction-Following Evaluation for Large Language Models;
google-research/instruction_following_eval, whose verdicts are reproduced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from touchstone.scoring import language, patterns
from touchstone.scoring.text import capital_words, count_words, sentences
from touchstone.templates.instruction_following.kinds import (
    Count,
    Kind,
    Letter,
    Ordinal,
    Relation,
    Text,
    Texts,
)

_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
# The published checker knows the first alone, which no Chinese or Arabic text has.
_COMMAS = frozenset(",\uff0c\u3001\u060c")
_FENCES = ("```json", "```Json", "```JSON", "```")
_POSTSCRIPTS = {"P.S.": r"p\.\s?s\.", "P.P.S": r"p\.\s?p\.\s?s"}


def _amount(number: int, relation: str, limit: int) -> bool:
    return number < limit if relation == "less than" else number >= limit


def _in_language(text: str, code: str) -> bool:
    # A text without a letter to go by counts as following, as published.
    return language.is_language(text, code) is not False


def _placeholders(text: str) -> int:
    # Pairs of brackets within a line; a line's text after its last "]" holds none.
    found = 0
    for line in text.split("\n"):
        closed = line[: line.rfind("]") + 1]
        found += sum("[" in part for part in closed.split("]")[:-1])
    return found


def _bullets(text: str) -> int:
    stars = re.findall(r"^[^\S\n]*\*[^*].*$", text, re.MULTILINE)
    return len(stars) + sum(line.lstrip().startswith("-") for line in text.split("\n"))


def _highlights(text: str) -> int:
    single = re.findall(r"\*[^\n*]*\*", text)
    double = re.findall(r"\*\*[^\n*]*\*\*", text)
    return sum(bool(part.strip("*").strip()) for part in single) + sum(
        bool(part[2:-2].strip()) for part in double
    )


def _titled(text: str) -> bool:
    for line in text.split("\n"):
        start, end = line.find("<<"), line.rfind(">>")
        if (
            start >= 0
            and end >= start + 3
            and line[start : end + 2].lstrip("<").rstrip(">").strip()
        ):
            return True
    return False


def _is_json(text: str) -> bool:
    text = text.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def _divided(text: str, wanted: int) -> bool:
    # Parts between *** dividers; only the first and the last may be blank, uncounted.
    parts = [part.strip() for part in re.split(r"\s?\*\*\*\s?", text)]
    if not all(parts[1:-1]):
        return False
    return sum(map(bool, parts)) == wanted


def _first_word(text: str, k: Any) -> bool:
    parts = text.split("\n\n")
    number = sum(bool(part.strip()) for part in parts)
    if number != k.num_paragraphs or k.nth_paragraph > number:
        return False
    paragraph = parts[k.nth_paragraph - 1].split()
    if not paragraph:
        return False
    word = paragraph[0].lstrip("'").lstrip('"')
    return re.split(r"""[.,?!'"]""", word, maxsplit=1)[0].lower() == k.first_word.lower()


def _two_responses(text: str) -> bool:
    parts = [part.strip() for part in text.split("******")]
    given = [part for part in parts if part]
    return all(parts[1:-1]) and len(given) == 2 and given[0] != given[1]


def _postscript(text: str, marker: str) -> bool:
    marker = marker.strip()
    return patterns.count(_POSTSCRIPTS.get(marker, marker.lower()), text.lower()) > 0


def _sections(text: str, splitter: str) -> int:
    return patterns.count(splitter, text, after=r"\s?\d+", case=True)


def _as_words(pattern: str, text: str) -> int:
    return patterns.count(pattern, text, before=r"\b", after=r"\b")


def _quoted(text: str) -> bool:
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def _ends(text: str, phrase: str) -> bool:
    return text.strip().strip('"').lower().endswith(phrase.strip().lower())


KINDS: Mapping[str, Kind] = {
    "keywords:existence": Kind(
        "every one of {keywords} is mentioned",
        {"keywords": Texts},
        lambda text, k: all(patterns.count(word, text) for word in k.keywords),
    ),
    "keywords:frequency": Kind(
        "{keyword} appears {relation} {frequency} times",
        {"keyword": Text, "frequency": Count, "relation": Relation},
        lambda text, k: _amount(patterns.count(k.keyword.strip(), text), k.relation, k.frequency),
    ),
    "keywords:forbidden_words": Kind(
        "none of {forbidden_words} is used",
        {"forbidden_words": Texts},
        lambda text, k: not any(_as_words(word, text) for word in k.forbidden_words),
    ),
    "keywords:letter_frequency": Kind(
        "the letter {letter} appears {let_relation} {let_frequency} times",
        {"letter": Letter, "let_frequency": Count, "let_relation": Relation},
        lambda text, k: _amount(
            text.lower().count(k.letter.lower()), k.let_relation, k.let_frequency
        ),
    ),
    "language:response_language": Kind(
        "the whole response is in the language {language}",
        {"language": Text},
        lambda text, k: _in_language(text, k.language),
    ),
    "length_constraints:number_sentences": Kind(
        "{relation} {num_sentences} sentences",
        {"num_sentences": Count, "relation": Relation},
        lambda text, k: _amount(len(sentences(text)), k.relation, k.num_sentences),
    ),
    "length_constraints:number_paragraphs": Kind(
        "{num_paragraphs} paragraphs, divided by ***",
        {"num_paragraphs": Count},
        lambda text, k: _divided(text, k.num_paragraphs),
    ),
    "length_constraints:number_words": Kind(
        "{relation} {num_words} words",
        {"num_words": Count, "relation": Relation},
        lambda text, k: _amount(count_words(text), k.relation, k.num_words),
    ),
    "length_constraints:nth_paragraph_first_word": Kind(
        "{num_paragraphs} paragraphs, number {nth_paragraph} opening with {first_word}",
        {"num_paragraphs": Ordinal, "nth_paragraph": Ordinal, "first_word": Text},
        _first_word,
    ),
    "detectable_content:number_placeholders": Kind(
        "at least {num_placeholders} placeholders in square brackets",
        {"num_placeholders": Count},
        lambda text, k: _placeholders(text) >= k.num_placeholders,
    ),
    "detectable_content:postscript": Kind(
        "a postscript opening with {postscript_marker}",
        {"postscript_marker": Text},
        lambda text, k: _postscript(text, k.postscript_marker),
    ),
    "detectable_format:number_bullet_lists": Kind(
        "exactly {num_bullets} bullet points",
        {"num_bullets": Count},
        lambda text, k: _bullets(text) == k.num_bullets,
    ),
    "detectable_format:constrained_response": Kind(
        f"one of {', '.join(_OPTIONS)}",
        {},
        lambda text, _: any(option in text for option in _OPTIONS),
    ),
    "detectable_format:number_highlighted_sections": Kind(
        "at least {num_highlights} sections highlighted *so*",
        {"num_highlights": Count},
        lambda text, k: _highlights(text) >= k.num_highlights,
    ),
    "detectable_format:multiple_sections": Kind(
        "at least {num_sections} sections, each opening with {section_spliter} and a number",
        {"section_spliter": Text, "num_sections": Count},
        lambda text, k: _sections(text, k.section_spliter.strip()) >= k.num_sections,
    ),
    "detectable_format:json_format": Kind(
        "the whole response is JSON", {}, lambda text, _: _is_json(text)
    ),
    "detectable_format:title": Kind(
        "a title in double angular brackets", {}, lambda text, _: _titled(text)
    ),
    "combination:two_responses": Kind(
        "two different responses, divided by ******", {}, lambda text, _: _two_responses(text)
    ),
    "combination:repeat_prompt": Kind(
        "the request is repeated first, word for word",
        {"prompt_to_repeat": Text},
        lambda text, k: text.strip().lower().startswith(k.prompt_to_repeat.strip().lower()),
    ),
    "startend:end_checker": Kind(
        "the last words are {end_phrase}",
        {"end_phrase": Text},
        lambda text, k: _ends(text, k.end_phrase),
    ),
    "startend:quotation": Kind(
        "the whole response is in double quotation marks", {}, lambda text, _: _quoted(text)
    ),
    "change_case:capital_word_frequency": Kind(
        "words in capitals appear {capital_relation} {capital_frequency} times",
        {"capital_frequency": Count, "capital_relation": Relation},
        lambda text, k: _amount(capital_words(text), k.capital_relation, k.capital_frequency),
    ),
    "change_case:english_capital": Kind(
        "in English, in capitals only",
        {},
        lambda text, _: text.isupper() and _in_language(text, "en"),
    ),
    "change_case:english_lowercase": Kind(
        "in English, in lower case only",
        {},
        lambda text, _: text.islower() and _in_language(text, "en"),
    ),
    "punctuation:no_comma": Kind("no comma", {}, lambda text, _: not _COMMAS & set(text)),
}
