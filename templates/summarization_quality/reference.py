"""What a summary is held against: its source, and what the row or the settings ask for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from touchstone.contract import Sample
from touchstone.outcomes import BadReference
from touchstone.said import ANSWER_ROLES
from touchstone.scoring.numerals import digits
from touchstone.settings import nearest
from touchstone.templates.summarization_quality.reading import Text, grams, read
from touchstone.templates.summarization_quality.settings import Settings

KEYS = ("source", "reference_summary", "key_facts", "max_words")

# Shortest and longest budget that the source's length alone can give, in words.
_LEAST_BUDGET, _MOST_BUDGET = 75, 300
# A summary leaves out a quarter at least, however short its source.
_MOST_OF_SOURCE = 0.75
_LONGEST_INSTRUCTION = 60
# E.g. `Summarise this`, `TL;DR`, `the main points`, `give the gist`; not `Translate this`
_INSTRUCTION = re.compile(
    r"\b(?:summari[sz](?:e|es|ing|ation)|summary|summaries|tl;?\s?dr|condense|shorten|abstract|"
    r"key (?:points|facts)|main (?:points?|ideas?)|gist|highlights|recap|in brief|boil down)\b",
    re.IGNORECASE,
)
# E.g. `Please summarize it`, `Could you`, `In at most 50 words`, `TL;DR`, `Summary:`; not `!`
_OPENING = re.compile(
    r"\W*+(?:(?:please|briefly|now|then)[, ]++)*+(?:summari[sz]e\b|(?:can|could|would|will) you\b|"
    r"i (?:want|need|would)\b|your task\b|(?:write|give|provide|produce|create|generate|condense|"
    r"shorten|list|read|extract|boil|recap|make)\b|in (?:at most|no more|under|up to|\d+|one|two|"
    r"three|a)\b|tl;?\s?dr\b|what (?:is|are)\b|summary\W*$)",
    re.IGNORECASE,
)
# E.g. `Article:`, `Text: it rained`, `### Summary ###`; not `This text is short`
_LABEL = re.compile(
    r"^\W*(?:article|text|document|source|passage|content|input|transcript|story|summary|tl;?dr)"
    r"\W*$|^(?:article|text|document|source|passage|transcript|story) ?: *",
    re.IGNORECASE,
)
# E.g. `<article>`, `---`, `"""`; not `<article> It rained`
_TAG = re.compile(r"^\s*(?:</?\w{1,20}>|```\w*|\"\"\"|'''|[-=*_]{3,})\s*$")
# E.g. `in at most 50 words`, `between 20 and 40 words`, `a 60-word limit`, `30 words or less`;
# not `no fewer than 50 words`, `in 50 lines`, `at most 20 words each`
_LIMIT = re.compile(
    r"(?:\b(?:at most|no more than|not more than|under|below|within|(?<!no )(?<!not )fewer than|"
    r"(?<!no )(?<!not )less than|up to|max(?:imum)?(?: of)?|limit(?: of|:)?|in|using|between) "
    r"|[<\u2264]=? ?)(?:about |around )?(?:\d{1,4} ?(?:-|\u2013|to|and) ?)?(\d{1,4})[ -]words?\b"
    r"(?! (?:each|per)\b)"
    r"|\b(\d{1,4})[ -]words? (?:or (?:less|fewer)|at most|max(?:imum)?|limit|summary)\b",
    re.IGNORECASE,
)


_LANGUAGES = Path(__file__).with_name("languages.toml")
# E.g. `our conversation`, `this chat so far`, `everything above`; not `the text below`
_CONVERSATION = re.compile(
    r"\b(?:conversation|chat|dialogue?|discussion|exchange|thread|call|so far|we (?:said|discussed|"
    r"talked)|above)\b",
    re.IGNORECASE,
)
_FOREIGN_LINE = 200  # characters of an instruction
_SHORT_LINE = 80  # characters of one that stands alone
_SHORT_TURN = 40  # words; what only asks is no longer


@dataclass(frozen=True, slots=True)
class Reference:
    """What one summary is held against.

    Attributes:
        instruction: What was asked for around the source, may be empty.
        source: What is summarised.
        gold: A summary known to be good, empty when there is none.
        key_facts: What must be kept, as the row states it.
        budget: Most words that a summary may have.
        stated: Somebody asked for that budget; else it is this template's own measure.
    """

    instruction: str
    source: Text
    gold: Text
    key_facts: tuple[str, ...]
    budget: int
    stated: bool


def read_reference(sample: Sample, settings: Settings) -> Reference:
    """Reads the row.

    The budget is the row's ``max_words``, else the settings', else a limit that the
    instruction states ("in at most 50 words"), else the settings' ``compression`` of the source.

    Raises:
        BadReference: The reference has a field of the wrong type or none that is known, or
            there is no source in it nor in the user's turns.
    """
    reference = _fields(sample.reference)
    source = _text(reference, "source")
    instruction, found = _asked(sample)
    text = read(source if source.strip() else found)
    if source.strip() and not instruction and _is_instruction(read(found), text):
        instruction = found
    instruction = "\n".join(filter(None, (sample.system, instruction)))
    if not text.words:
        raise BadReference(
            "there is nothing to summarise: no source in reference_answer, none in a user turn"
        )
    stated = _limit(reference) or settings.max_words or _stated_limit(instruction)
    return Reference(
        instruction=instruction,
        source=text,
        gold=read(_text(reference, "reference_summary")),
        key_facts=_facts(reference),
        budget=stated or budget_of(text, settings.compression),
        stated=bool(stated),
    )


def budget_of(source: Text, compression: float) -> int:
    """Returns the words that a summary of this source may have when nobody says."""
    words = source.length
    wanted = min(_MOST_BUDGET, max(_LEAST_BUDGET, round(compression * words)))
    return max(1, min(wanted, int(_MOST_OF_SOURCE * words)))


def split_instruction(turn: str) -> tuple[str, str]:
    """Splits a user's turn into what it asks and the text that it is about.

    A short first or last line that speaks of summarising, a label ("Article:") and a tag on
    its own line are no part of the source.
    """
    lines = turn.strip().splitlines()
    asked: list[str] = []
    tail: list[str] = []
    while lines:
        head, colon, rest = lines[0].partition(":")
        if colon and rest.strip() and _asks(f"{head}:"):
            asked.append(f"{head}:")
            lines[0] = rest
            break
        alone = len(lines) > 1 and not lines[1].strip()
        if not (_is_frame(lines[0]) or (alone and _asks_abroad(lines[0], alone=True))):
            break
        asked.append(lines.pop(0))
    while lines and _is_frame(lines[-1]):
        tail.insert(0, lines.pop())
    if lines:
        lines[0] = _LABEL.sub("", lines[0], count=1)
    elif asked:  # instruction and source share a line
        parts = [part.plain for part in read(turn).sentences]
        asked = [part for part in parts if _asks(part)]
        lines = [" ".join(part for part in parts if not _asks(part))]
    instruction = "\n".join(
        line for line in (*asked, *tail) if _asks(line) or _asks_abroad(line, alone=True)
    )
    return instruction.strip(), "\n".join(lines).strip()


def _is_instruction(turn: Text, source: Text) -> bool:
    """Tells a turn that only asks from one that holds the source once more, in other form."""
    runs = grams(turn, 4)
    return len(turn.words) <= _LONGEST_INSTRUCTION and 2 * len(runs & grams(source, 4)) <= len(runs)


def _is_frame(line: str) -> bool:
    return not line.strip() or bool(_TAG.match(line) or _LABEL.fullmatch(line)) or _asks(line)


def _asks(line: str) -> bool:
    """Tells whether a line asks for a summary, and does no more than that."""
    if len(line.split()) > _LONGEST_INSTRUCTION:
        return False
    if not _INSTRUCTION.search(line):
        return _asks_abroad(line)
    return bool(_OPENING.match(line)) or line.rstrip().endswith(":")


def _asks_abroad(line: str, *, alone: bool = False) -> bool:
    """Tells whether a line asks for a summary in another language.

    It says so, and a limit, a colon or standing ``alone``, short and before the source, shows
    that it is no news about one.
    """
    if len(line) > _FOREIGN_LINE:
        return False
    known = _languages()
    ends = line.rstrip().endswith((":", "\uff1a"))
    short = alone and len(line) <= _SHORT_LINE
    asks, limits = bool(known.asks.search(line)), bool(known.limit.search(digits(line)))
    # A limit and a colon ask, whatever word for summarising stands beside them.
    return (asks and (short or ends or limits)) or (short and ends and limits)


def _stated_limit(instruction: str) -> int | None:
    """Returns the most words that an instruction allows, in whatever language it says so."""
    instruction = digits(instruction)
    limit = _LIMIT.search(instruction)
    if limit:
        return next(int(number) for number in limit.groups() if number)
    known = _languages()
    if known.at_least.search(instruction):
        return None
    numbers = [int(number) for number in known.limit.findall(instruction)]
    return max(filter(None, numbers), default=None)


class _Languages(NamedTuple):
    """Patterns of an instruction in other languages than English."""

    asks: re.Pattern[str]
    limit: re.Pattern[str]
    at_least: re.Pattern[str]
    conversation: re.Pattern[str]


@lru_cache(maxsize=1)
def _languages() -> _Languages:
    listed = tomllib.loads(_LANGUAGES.read_text(encoding="utf-8"))
    parts = ("asks", "units", "at_least", "conversation")
    asks, units, least, conversation = (listed[name].replace("\n", "") for name in parts)
    limit = rf"(?<!\d)(\d{{1,4}})[ -]?(?:{units})(?![a-z])"
    return _Languages(*(re.compile(p, re.IGNORECASE) for p in (asks, limit, least, conversation)))


def _asked(sample: Sample) -> tuple[str, str]:
    """Returns what is asked for and what it is about: a turn, or the conversation before it."""
    if not sample.turns:
        return "", ""
    *before, last = sample.turns
    answered = any(turn.role in ANSWER_ROLES for turn in before)
    longest = _longest_turn(sample)
    short = len(read(last.text).words) <= _SHORT_TURN
    names_it = _CONVERSATION.search(last.text) or _languages().conversation.search(last.text)
    if answered and short and (names_it or len(read(longest).words) <= _SHORT_TURN):
        return last.text, "\n".join(f"{turn.role}: {turn.text}" for turn in before)
    return split_instruction(longest)


def _longest_turn(sample: Sample) -> str:
    turns = [turn.text for turn in sample.turns if turn.role not in ANSWER_ROLES]
    return max(turns, key=len, default="")


def _fields(reference: Any) -> Mapping[str, Any]:
    if reference is None:
        return {}
    if isinstance(reference, str):
        return {"reference_summary": reference}
    if not isinstance(reference, Mapping):
        raise BadReference(f"reference_answer must be an object, not {type(reference).__name__}")
    known = [key for key in KEYS if key in reference]
    if reference and not known:
        wrong = next(iter(reference))
        raise BadReference(f"reference_answer: unknown field {wrong!r}{nearest(str(wrong), KEYS)}")
    return reference


def _text(reference: Mapping[str, Any], key: str) -> str:
    value = reference.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadReference(f"reference_answer.{key} must be text, not {type(value).__name__}")
    return value


def _facts(reference: Mapping[str, Any]) -> tuple[str, ...]:
    facts = reference.get("key_facts")
    if facts is None:
        return ()
    if not isinstance(facts, list) or not all(isinstance(fact, str) for fact in facts):
        raise BadReference("reference_answer.key_facts must be a list of texts")
    return tuple(fact for fact in facts if read(fact).words)


def _limit(reference: Mapping[str, Any]) -> int | None:
    limit = reference.get("max_words")
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise BadReference("reference_answer.max_words must be a whole number above 0")
    return limit
