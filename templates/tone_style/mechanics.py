"""What rules see of a text's workmanship: shouting, slips, slang, padding, leftovers.

What is counted (exclamation marks, emoji, a greeting or closing that was required) bounds the
judge. All else is suspected: told to the judge, who knows a name from an oath, and counted by
the offline judge alone. Words are looked for in English only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from touchstone.judge import clean
from touchstone.outcomes import Metric
from touchstone.scoring.prose import is_english, is_unspaced, tokens, words

Part = Literal["any", "required", "never"]

_LISTS = Path(__file__).with_name("words.toml")
_ABOUT_AS_LONG = 60  # words of a usual reply; slips count per so many, or per text if shorter

# E.g. `READ THIS`, `DON'T WAIT`; not `READ it`
_CAPITALS = re.compile(r"\b[A-Z][A-Z']{1,40}\b(?:[\s,]+(?:[A-Z][A-Z']{1,40}|I|A)\b)+")
# E.g. `STOPPED`; not `STOP`
_LONG_CAPITALS = re.compile(r"\b[A-Z]{5,}\b")
# What Unicode shows as a picture by itself, or is told to; stars and ticks of text are marks.
_PICTURES = (
    "\U0001f300-\U0001faff\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c"
    "\u274e\u2753-\u2755\u2757\u2764\u263a\u2795-\u2797\u27b0\u27bf\u2b50\u2b55"
)
# E.g. `🎉`, `👍🏽`, `🇳🇴`, `✅`, `❤`, `☀️`; not `:-)`, `★`, `✓`, `☀`
EMOJI = re.compile(
    f"(?:(?:[\U0001f1e6-\U0001f1ff]{{2}}|[{_PICTURES}]|[\u2600-\u27bf\u203c\u2049]\ufe0f)"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*"
    "(?:\u200d[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?)*)"
)
# E.g. `Dear [Customer Name]`, `[insert date]`, `{{name}}`, `<your company>`, `XXX`, `TBD`;
# not `[a link](https://x.y)`, `see [1]`
_PLACEHOLDER = re.compile(
    r"(?<![=/\w])\[(?:[^\W\d_a-z][\w' /-]{2,40}|insert [^\]]{1,60}|your [^\]]{1,40}|name)\](?!\()|"
    r"\{\{?\s*\w+\s*\}?\}|"
    r"<(?:insert|your|name|company|customer)[^>\n]{0,40}>|(?<![\w-])X{3,}(?![\w-])|"
    r"\blorem ipsum\b|\bTODO\b|"
    r"\bTBD\b"
)
# E.g. `Write a template`, `with a slot for the name`; not `Write a reply`
_ASKS_FOR_GAPS = re.compile(
    r"\b(?:templates?|placeholders?|slots?|fill[- ]in|blanks?|form letter)\b", re.IGNORECASE
)
# E.g. `Sure! Here's a polite reply for you:`, `Below is the rewrite:`, `As an AI language model`;
# not `Here is your order.`
_PREAMBLE = re.compile(
    r"^\W*(?:(?:sure|certainly|of course|absolutely|okay|ok)\b[!,.:]* ?)?(?:here(?:'s| is| are)|"
    r"below is)"
    r" (?:a|an|the|my|your|one|some) [^.!?\n]{0,60}"
    r"\b(?:repl(?:y|ies)|responses?|versions?|drafts?|e-?mails?|messages?|rewrites?|"
    r"answers?)\b[^\n]{0,60}:"
    r"|\bas an? (?:ai|artificial intelligence|large language model|language model)\b",
    re.IGNORECASE,
)
# E.g. `Hi Ada,`, `Dear customer`, `Good morning`; not `Hindsight helps.`
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|dear|greetings|welcome|good (?:morning|afternoon|evening|day))\b",
    re.IGNORECASE,
)
# E.g. `Thanks. Best regards, Ada`, `Cheers!`, `Have a lovely day!`, `It ships today. Take care`;
# not `It works well.`
_CLOSING = re.compile(
    r"(?:^|\n|[.!?]\s)[^\w\n]{0,5}(?:(?:best|kind|warm|kindest|warmest)(?: regards| wishes)?|"
    r"regards|"
    r"sincerely|"
    r"yours(?: (?:truly|sincerely|faithfully))?|cheers|many thanks|thanks(?: again)?|"
    r"thank you(?: again)?|"
    r"take care|all the best|with (?:love|gratitude)|warmly|respectfully|have a (?:\w+ )?(?:day|"
    r"evening|weekend))"
    r"\b[^\n]{0,40}(?:\n[^\n]{0,60}){0,4}$",
    re.IGNORECASE,
)
# E.g. `It ends.`, `He said "no!"`; not `and then`
_ENDED = re.compile(
    r"[.!?:|}`\u2026\u3002\uff01\uff1f\u0964\u061f\u06d4][\"'\u2019\u201d)\]*_\s]*$"
)
_DISTINCT = 0.9  # share of distinct word triples that long, sound prose has
_END = 300  # characters in which a closing stands
_RUN = 3  # words in capitals; two are as often names of things
_LAST_LINE = 8  # words; a shorter last line may be a name, a link or a list item

# Slips of writing, each match one.
_SLIPS: tuple[tuple[str, str], ...] = (
    (
        "doubled word",
        r"(?i)\b(the|a|an|and|to|of|in|is|for|with|it|you|your|we|our|this|be|at)\s+\1\b",
    ),
    ("lower-case i", r"(?<![\w.'/(])i(?=\s+[a-z]|'(?:m|ve|ll|d)\b)(?!\s*\.)"),
    ("sentence in lower case", r"(?<=[a-z][a-z][.!?] )[a-z]{2,}(?=[\s,])"),
    ("no space after a mark", r"(?<=[a-z]{3})[,;!?](?=[A-Za-z]{2})|(?<=[a-z]{3})\.(?=[A-Z][a-z])"),
    ("space before a mark", r"(?<=[a-z]) [,;.](?=\s|$)"),
    ("doubled mark", r",,+|;;+|(?<!\.)\.\.(?!\.)|[?!]{3,}"),
    ("stretched word", r"([a-hj-vyz])\1{2,}"),
)
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _SLIPS)


@dataclass(frozen=True, slots=True)
class Taste:
    """What an operator allows.

    Attributes:
        exclamations: Exclamation marks that cost nothing.
        emoji: Emoji that cost nothing.
        slang: Slang costs nothing.
        greeting: Whether it must, may or must not open with one.
        closing: Whether it must, may or must not end with one.
    """

    exclamations: int
    emoji: int
    slang: bool
    greeting: Part
    closing: Part


@dataclass(frozen=True, slots=True)
class Mechanics:
    """What the rules found, and what it leaves of a clean text's 1.0.

    Attributes:
        value: Product of what every finding leaves, within 0..1; the offline judge's.
        most: What the counted findings leave at most, within 0..1.
        faults: Metric name to how often it was found.
        said: What was counted, as plain sentences.
        suspected: What word lists suspect, likewise.
    """

    value: float
    most: float
    faults: dict[str, int]
    said: tuple[str, ...]
    suspected: tuple[str, ...]

    def metrics(self) -> tuple[Metric, ...]:
        """Returns every count as a metric of its own, found or not, and the value."""
        counts = (Metric(name, float(number)) for name, number in self.faults.items())
        return (Metric("workmanship", self.value), *counts)


def examine(completion: str, prompt: str, taste: Taste) -> Mechanics:
    """Returns what the rules find in a completion; what the prompt has too is forgiven.

    Each fault leaves a share of the value: a profanity 0.3, shouting 0.6 a run, a leftover
    placeholder 0.4, an announcement or a talk of itself as a model 0.6, a slang word 0.85, an
    exclamation mark or emoji too many 0.9, a slip about 0.9, a broken-off end 0.7, a missing
    or unwanted greeting or closing 0.7 each; repetition the square of its distinct share. Of
    these a mark too many leaves 10 of 11 parts at most, a greeting or closing 10 of 14.
    """
    text = clean(completion).replace("\u2019", "'")
    said = words(text)
    english = is_english(text, prompt)
    slips = _slips(text, said) if english else {}
    none: dict[str, int] = dict.fromkeys(_ENGLISH, 0)
    faults = {
        **(_of_english(text, said, taste) if english else none),
        "placeholders": 0 if _ASKS_FOR_GAPS.search(prompt) else len(_leftovers(text, prompt)),
        "exclamations": max(0, text.count("!") + text.count("\uff01") - taste.exclamations),
        "emoji": max(0, len(EMOJI.findall(text)) - taste.emoji),
        "slips": sum(slips.values()),
        "broken_off": int(_broken_off(text)),
    }
    distinct = 1.0 if said and is_unspaced(said[0]) else _distinct(said)
    value = min(1.0, distinct / _DISTINCT) ** 2 / (
        1 + 0.1 * faults["slips"] * _ABOUT_AS_LONG / max(_ABOUT_AS_LONG, len(said))
    )
    for name, share in _LEAVES.items():
        value *= share ** faults[name]
    marks, parts = faults["exclamations"] + faults["emoji"], faults["greeting"] + faults["closing"]
    return Mechanics(
        value,
        1 / (1 + 0.1 * marks + 0.4 * parts),
        {name: faults[name] for name in _ORDER},
        tuple(text for name, text in _COUNTED.items() if faults[name]),
        tuple(_suspected(faults, slips, distinct)),
    )


def _of_english(text: str, said: list[str], taste: Taste) -> dict[str, int]:
    """Returns what is looked for by English words."""
    slang = [] if taste.slang else [word for word in said if word in listed("slang")]
    return {
        "profanity": sum(_swears(token) for token in tokens(text)),
        "shouting": _shouts(text),
        "announcements": len(_PREAMBLE.findall(text)),
        "slang": len(slang),
        "greeting": int(_unfit(_GREETING.search, text, taste.greeting)),
        "closing": int(_unfit(_CLOSING.search, text[-_END:], taste.closing)),
    }


def _swears(token: str) -> bool:
    # A word with one capital is a name as often as not.
    return token.casefold() in listed("profanity") and (token.islower() or token.isupper())


def _leftovers(text: str, prompt: str) -> set[str]:
    return _gaps(text) - _gaps(clean(prompt))


def _gaps(text: str) -> set[str]:
    """Returns the placeholders in a text; what opens small, ``[đính kèm]``, is a remark."""
    found = (match[0] for match in _PLACEHOLDER.finditer(text))
    return {gap for gap in found if gap[1].isascii() or not gap[1].islower()}


_ENGLISH = ("profanity", "shouting", "announcements", "slang", "greeting", "closing")
_ORDER = (
    "profanity", "shouting", "placeholders", "announcements", "slang", "exclamations", "emoji",
    "slips", "broken_off", "greeting", "closing",
)  # fmt: skip
_LEAVES = {
    "profanity": 0.3,
    "shouting": 0.6,
    "placeholders": 0.4,
    "announcements": 0.6,
    "slang": 0.85,
    "exclamations": 0.9,
    "emoji": 0.9,
    "broken_off": 0.7,
    "greeting": 0.7,
    "closing": 0.7,
}
_COUNTED = {
    "exclamations": "It has more exclamation marks than allowed.",
    "emoji": "It has more emoji than allowed.",
    "greeting": "Its opening is not as required (greeting).",
    "closing": "Its end is not as required (closing).",
}
_SUSPECTED = {
    "profanity": "It may swear.",
    "shouting": "It may shout in capitals.",
    "placeholders": "A placeholder may be left in it.",
    "announcements": "It may announce itself or speak of itself as a model.",
    "slang": "It may use slang.",
    "broken_off": "Its last sentence may break off.",
}


def _suspected(faults: dict[str, int], slips: dict[str, int], distinct: float) -> list[str]:
    found = [sentence for name, sentence in _SUSPECTED.items() if faults[name]]
    if slips:
        found.append(f"Possible slips: {', '.join(f'{name} ({n})' for name, n in slips.items())}.")
    if distinct < _DISTINCT:
        found.append("It repeats runs of words.")
    return found


def _slips(text: str, said: list[str]) -> dict[str, int]:
    found = {name: sum(1 for _ in pattern.finditer(text)) for name, pattern in _COMPILED}
    first = next((char for char in text if char.isalpha()), "")
    found["starts in lower case"] = int(first.isascii() and first.islower() and len(said) > 3)
    return {name: number for name, number in found.items() if number}


def _shouts(text: str) -> int:
    """Counts runs of capitals, and the third and later lone words of five letters or more."""
    lone = len(_LONG_CAPITALS.findall(_CAPITALS.sub(" ", text)))
    runs = [run for run in _CAPITALS.findall(text) if len(run) > 8 and len(run.split()) >= _RUN]
    return len(runs) + max(0, lone - 2)


def _broken_off(text: str) -> bool:
    lines = text.strip().splitlines()
    last = words(lines[-1]) if lines else []
    # Thai and its like end no sentence by a mark.
    if len(last) < _LAST_LINE or is_unspaced(last[-1]):
        return False
    return not _ENDED.search(lines[-1]) and not EMOJI.search(lines[-1][-4:])


def _unfit(search: Callable[[str], object], text: str, wanted: Part) -> bool:
    return wanted != "any" and bool(search(text.strip())) != (wanted == "required")


def _distinct(said: list[str]) -> float:
    """Returns the share of distinct word triples; 1 for a text that says nothing twice."""
    triples = list(zip(said, said[1:], said[2:], strict=False))
    return len(set(triples)) / len(triples) if triples else 1.0


@lru_cache(maxsize=2)
def listed(name: str) -> frozenset[str]:
    """Returns the words of a list: ``profanity`` or ``slang``."""
    return frozenset(tomllib.loads(_LISTS.read_text(encoding="utf-8"))[name].split())
