"""Plain constraints of our own: length, format, language, words, first and last, headings."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

from touchstone.outcomes import BadReference
from touchstone.scoring import language, patterns
from touchstone.scoring.prose import UNSPACED, count_words, fold, has_phrase, sentences
from touchstone.scoring.text import paragraphs
from touchstone.settings import nearest
from touchstone.templates.instruction_following.results import ConstraintResult, examine
from touchstone.typed import typed

Count = Annotated[int, msgspec.Meta(ge=0)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Texts = Annotated[list[Text], msgspec.Meta(min_length=1)]

# E.g. `* one`, `  - one`, `・一`; not `*one*`
_BULLET = re.compile(
    r"^[^\S\n]*(?:[-*+\u2022\u2023\u25aa\u25cf\u25cb\u25e6\u25a0\u25a1\u2043\u2219\u00b7\u2013\u2014]"
    r"[^\S\n]+|[\u30fb\u2022\u25cf\u25cb\u25e6\u25aa\uff65][^\S\n]*)\S",
    re.MULTILINE,
)
# E.g. `1. one`, `(2) two`, `**3.** three`, `1、一`, `①一`; not `1.5`
_NUMBERED = re.compile(
    r"^[^\S\n]*(?:\*\*|__)?(?:[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341]{1,3}[\u3001\uff0e]\S)"
    r"|^[^\S\n]*(?:\*\*|__)?(?:[(\uff08]\d{1,4}[)\uff09]|\d{1,4}(?:[.)](?!\d)|[\u3001\uff0e\uff09\uff1a]))"
    r"(?:\*\*|__)?(?:[^\S\n]+|(?<=[\u3001\uff0e\uff09\uff1a*_]))\S|^[^\S\n]*[\u2460-\u2473]",
    re.MULTILINE,
)
# A number that may be an item's, whatever stands before it and marks it.
# E.g. `### 1. One`, `Step 1: boil`, `第一步: 洗`, `(一) 梨`, `II. Due`, `[1] one`; not `2 eggs`,
# `1.5 kg`, `1:30 lunch`
_ORDINAL = re.compile(
    r"^[^\w\n]{0,12}(?:[^\W\d_]{1,12}[^\S\n]){0,2}\u7b2c?"
    r"(?P<number>\d{1,3}|[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341]{1,3}|[IVX]{1,5}(?![^\W\d_]))"
    r"(?:(?<=[\u4e00-\u9fff\d])[\u6b65\u70b9\u9ede\u6761\u9879\u9805])?"
    r"[*_]{0,3}[^\S\n]?[.):\uff1a\u3001\uff0e\uff09\uff3d\]\-\u2013\u2014\u00ba\u00b0\u00aa\ufe0f\u20e3](?!\d)",
    re.MULTILINE,
)
_HAN_DIGITS = "\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d"
_ROMAN = {"I": 1, "V": 5, "X": 10}
# E.g. `-one`, `-một`; not `-5`, `- one`
_TIGHT_DASH = re.compile(r"[-\u2013][^\W\d_]")
# E.g. `~~~ [1] ~~~`, `~~~json {} ~~~`; not `[1]`
_FENCED = re.compile(r"(`{3,}|~{3,})[\w+-]*+\s(.*)\1", re.DOTALL)
_FULL_STOPS = ".\u3002\u0964\u06d4"
_CLOSING = "*_~`\"'\u2019\u201d\u00bb)\u300d\u300f "
# E.g. `## Packing`; not `#tag`
_HEADING = re.compile(r"^ {0,3}#{1,6}[^\S\n]+(\S[^\n]*)$", re.MULTILINE)
# E.g. `a **bold** word`, `an *italic* one`, `~~out~~`, `[a link](https://x.y)`, `> said`;
# not `2 ** 3 ** 4`
_EMPHASIS = re.compile(
    r"\*\*[^\s*][^*\n]*\*\*|(?<!\w)_{1,2}[^\s_][^_\n]*_{1,2}(?!\w)|~~[^\s~][^~\n]*~~"
    rf"|(?<![^\W{UNSPACED}])(?<!\*)\*[^\s*][^*\n]*\*(?!\*)(?![^\W{UNSPACED}])"
    r"|`[^`\n]+`|\[[^\[\]\n]+\]\([^)\s]{1,2000}\)|^```|^~~~|^>[^\S\n]*\S",
    re.MULTILINE,
)


_PART = rf"[^\W\d_{UNSPACED}]"
# What a reader may count as one word.
# E.g. `e-mail-address`, `2.5`, `9:30`, `ada@example.org`; not `a--b`, `12`
_COMPOUND = re.compile(
    r"https?://\S{1,2000}|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}"
    rf"|(?<![\w-]){_PART}{{1,40}}(?:[-\u2010\u2011]{_PART}{{1,40}}){{1,3}}(?![\w-])"
    r"|(?<!\d)\d++(?:[.,:/h]\d++)+"
)
# A number of a list, which some count as a word.
# E.g. `1. one`, `2) two`; not `1.5`, `in 1. one`
_ITEM = re.compile(r"^[^\S\n]*\d{1,3}[.)][^\S\n]+", re.MULTILINE)
# Characters that a reader sees as one.
# E.g. `🇻🇳`, `👨‍👩`, `👍🏽`; not `ab`, `👍👍`
_JOINED = re.compile(
    r"[\U0001f1e6-\U0001f1ff]{2}"
    r"|[^\w\s\u200d\ufe0f][\ufe0f\U0001f3fb-\U0001f3ff]?"
    r"(?:\u200d[^\w\s\u200d\ufe0f][\ufe0f\U0001f3fb-\U0001f3ff]?)++"
    r"|[^\w\s][\U0001f3fb-\U0001f3ff]"
)
# What ends no sentence for sure.
# E.g. `on the 3.`, `(Q.`; not `the end.`, `in 1990.`
_MAY_GO_ON = re.compile(r"(?:^|[\s(])(?:\d{1,2}|[^\W\d_])\.$")
# What may be short for a word before a number.
# E.g. `room No.`, `siehe Abb.`; not `We sail home.`, `at 3.`
_BEFORE_NUMBER = re.compile(r"(?:^|[\s(])[^\W\d_]{1,3}\.$")
# What closes a quotation that its sentence may go on after.
# E.g. `"Go!"`, `「行く。」`; not `Go!`
_QUOTED_END = re.compile(r"""[.!?\u2026\u3002\uff01\uff1f]["'\u2019\u201d\u00bb\u300d\u300f]+$""")
# What numbers a heading or emphasises it.
# E.g. `3. Packing`, `IV) Packing`, `**Packing`; not `Packing`
_NUMBERING = re.compile(r"(?:[\W_]|(?:\d{1,3}|[ivx]{1,5})[.):\uff1a\u3001])+(?=\w)", re.IGNORECASE)


class Constraints(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a completion must keep to; each one given is one constraint.

    Attributes:
        min_words: Least number of words, numbers included; of Han and kana, characters.
        max_words: Most words.
        min_sentences: Least number of sentences.
        max_sentences: Most sentences.
        min_paragraphs: Least number of parts divided by blank lines.
        max_paragraphs: Most such parts.
        min_characters: Least length, without white space around the text.
        max_characters: Most characters.
        format: ``json`` (the whole text, a code fence allowed, is an object or a list, each
            key once), ``bullets`` or ``numbered`` (a list of two items or more), or
            ``markdown`` (a heading, a list, a table, a quotation, emphasis, code or a link).
        language: ISO 639-1 code of the whole text.
        must_include: Words or phrases that are there, as whole words where the script parts
            words, case aside.
        must_not_include: Words or phrases that are not.
        matches: Regular expressions that are found, in the case that they are written in.
        must_not_match: Regular expressions that are not.
        starts_with: The first words, case aside.
        ends_with: The last words, case aside.
        headings: Markdown headings that are there in this order, case aside, and what numbers or
            emphasises them.

    Where people count in several ways a limit is broken only if it is by each: an e-mail or a
    hyphenated word may be one word or several, ``the 3. May`` ends no sentence for sure.
    """

    min_words: Count | None = None
    max_words: Count | None = None
    min_sentences: Count | None = None
    max_sentences: Count | None = None
    min_paragraphs: Count | None = None
    max_paragraphs: Count | None = None
    min_characters: Count | None = None
    max_characters: Count | None = None
    format: Literal["json", "bullets", "numbered", "markdown"] | None = None
    language: Text | None = None
    must_include: Texts | None = None
    must_not_include: Texts | None = None
    matches: Texts | None = None
    must_not_match: Texts | None = None
    starts_with: Text | None = None
    ends_with: Text | None = None
    headings: Texts | None = None


_constraints = typed(Constraints)


def read_constraints(given: Any) -> Constraints:
    """Returns the constraints of a reference.

    Raises:
        BadReference: A name is unknown (with the nearest one), a value does not fit, a
            range is empty or nothing is asked for.
    """
    where = "reference_answer.constraints"
    if not isinstance(given, Mapping) or not given:
        raise BadReference(f"{where} must be an object with at least one constraint")
    names = Constraints.__struct_fields__
    for name in given:
        if name not in names:
            raise BadReference(f"{where}: unknown {name!r}{nearest(str(name), names)}")
    try:
        read = _constraints(dict(given))
    except msgspec.ValidationError as exc:
        raise BadReference(f"{where}: {str(exc).replace('`', '')}") from exc
    for unit in ("words", "sentences", "paragraphs", "characters"):
        low, high = getattr(read, f"min_{unit}"), getattr(read, f"max_{unit}")
        if low is not None and high is not None and low > high:
            raise BadReference(f"{where}: min_{unit} is above max_{unit}")
    code = read.language
    if code is not None and code not in language.TOLD:
        raise BadReference(f"{where}: no language {code!r}{nearest(code, language.TOLD)}")
    return read


def check_constraints(constraints: Constraints, completion: str) -> list[ConstraintResult]:
    """Returns a finding per constraint given, called ``constraint:<name>``.

    Raises:
        BadReference: A pattern takes too long on this text.
    """
    given = {
        name: value
        for name in constraints.__struct_fields__
        if (value := getattr(constraints, name)) is not None
    }
    return [
        examine(
            f"constraint:{name}",
            f"{name.replace('_', ' ')} {value}",
            lambda text, name=name, value=value: _CHECKS[name](text, value),
            completion,
        )
        for name, value in given.items()
    ]


def _is_json(text: str) -> bool:
    try:
        value = json.loads(
            _unfenced(text.strip("\ufeff \t\r\n")),
            object_pairs_hook=_once_each,
            parse_constant=_refused,
        )
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict | list)


def _unfenced(text: str) -> str:
    fenced = _FENCED.fullmatch(text)
    return fenced[2] if fenced else text


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _is_markdown(text: str) -> bool:
    return (
        any(p.search(text) for p in (_HEADING, _BULLET, _NUMBERED, _EMPHASIS))
        or any(map(_is_rule, text.splitlines()))
        or any(_headings(text))
    )


def _is_rule(line: str) -> bool:
    """Says whether a line parts a table's head from its body: ``|---|:--:|``."""
    return {"|", "-"} <= set(line) <= set("|-: \t")


def _has_bullets(text: str) -> bool:
    if sum(1 for _ in _BULLET.finditer(text)) >= 2:
        return True
    return sum(map(_is_marked, text.splitlines())) >= 2


def _is_marked(line: str) -> bool:
    """Says whether a line opens with a symbol of any kind (a star, an arrow, a box, an emoji)."""
    line = line.strip()
    drawn = (
        len(line) > 1 and not line[0].isascii() and unicodedata.category(line[0]) in ("So", "Sm")
    )
    return drawn or _TIGHT_DASH.match(line) is not None


def _is_numbered(text: str) -> bool:
    """Says whether items are numbered: by usual marks, or by any while the numbers follow on."""
    if sum(1 for _ in _NUMBERED.finditer(text)) >= 2:
        return True
    numbers = [_ordinal(found["number"]) for found in _ORDINAL.finditer(text)]
    return numbers[:1] == [1] and any(after == 2 for after in numbers)


def _ordinal(number: str) -> int:
    """Returns what an item's number says, in figures, Han (to 99) or Roman ones."""
    if number.isdecimal():
        return int(number)
    if number[0] in _ROMAN:
        values = [_ROMAN[one] for one in number]
        return sum(
            -one if one < after else one
            for one, after in zip(values, [*values[1:], 0], strict=True)
        )
    tens, ten, ones = number.rpartition("\u5341")
    high = 10 * (_HAN_DIGITS.find(tens) + 1 if tens else 1) if ten else 0
    return high + (_HAN_DIGITS.find(ones) + 1 if ones else 0)


_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "json": _is_json,
    "bullets": _has_bullets,
    "numbered": _is_numbered,
    "markdown": _is_markdown,
}


def _has_headings(text: str, wanted: list[str]) -> bool:
    found = map(_title, _headings(text))
    return all(any(_title(want) == title for title in found) for want in wanted)


def _headings(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        marked, rule = _HEADING.match(line), below.strip()
        if marked:
            yield marked[1]
        elif line.strip() and len(rule) > 1 and set(rule) in ({"="}, {"-"}):
            yield line


def _title(text: str) -> str:
    folded = fold(text)
    ended = folded[: len(folded) - _edge(folded[::-1])]
    numbering = _NUMBERING.match(ended)
    return ended[numbering.end() :] if numbering else ended or folded


def _starts_with(text: str, phrase: str) -> bool:
    folded, wanted = fold(text), fold(phrase)
    return folded.startswith(wanted) or folded[_edge(folded) :].startswith(wanted)


def _ends_with(text: str, phrase: str) -> bool:
    """Says whether a text ends with a phrase, what closes a quotation or emphasis aside.

    A phrase that ends in a word may be followed by the mark that ends its sentence, and one that
    ends in a full stop may do without.
    """
    folded, wanted = fold(text), fold(phrase)
    wanted = wanted.rstrip(_FULL_STOPS) or wanted
    bare = folded.rstrip(_CLOSING)
    ends = [folded, bare]
    if wanted[-1:].isalnum():
        ends.append(bare[: len(bare) - _edge(bare[::-1])])
    return any(end.endswith(wanted) for end in ends)


def _edge(text: str) -> int:
    """Returns how many characters stand before the first letter or digit."""
    return next((at for at, char in enumerate(text) if char.isalnum()), 0)


def _fewest_words(text: str) -> int:
    return count_words(_COMPOUND.sub("x", _ITEM.sub("", text)))


def _fewest_paragraphs(text: str) -> int:
    return sum(any(map(str.isalnum, part)) for part in paragraphs(text))


def _fewest_characters(text: str) -> int:
    """Returns the characters as a reader sees them: marks, joined emoji and flags are one."""
    joined = _JOINED.sub("x", text.strip())
    return sum(unicodedata.category(char)[0] != "M" for char in joined)


def _fewest_sentences(text: str) -> int:
    found = sentences(text)
    return len(found) - sum(map(_may_be_one, found, found[1:]))


def _may_be_one(before: str, after: str) -> bool:
    end, opening = before[-8:], after[:1]
    if _QUOTED_END.search(end):
        return opening.isalpha() and not opening.isupper()
    if end.endswith(".") and (opening.islower() or _MAY_GO_ON.search(end)):
        return True
    return opening.isdigit() and bool(_BEFORE_NUMBER.search(end))


# The most and the fewest that people count.
_MEASURES: Mapping[str, tuple[Callable[[str], int], Callable[[str], int]]] = {
    "words": (count_words, _fewest_words),
    "sentences": (lambda text: len(sentences(text)), _fewest_sentences),
    "paragraphs": (lambda text: len(paragraphs(text)), _fewest_paragraphs),
    "characters": (lambda text: len(text.strip()), _fewest_characters),
}
_CHECKS: Mapping[str, Callable[[str, Any], bool]] = {
    **{
        f"min_{unit}": lambda text, least, measure=most: measure(text) >= least
        for unit, (most, _) in _MEASURES.items()
    },
    **{
        f"max_{unit}": lambda text, most, measure=fewest: measure(text) <= most
        for unit, (_, fewest) in _MEASURES.items()
    },
    "format": lambda text, form: _FORMATS[form](text),
    "language": language.may_be_language,
    "must_include": lambda text, phrases: all(has_phrase(text, p) for p in phrases),
    "must_not_include": lambda text, phrases: (
        not any(has_phrase(text, p, sure=True) for p in phrases)
    ),
    "matches": lambda text, found: all(patterns.count(p, text, case=True) for p in found),
    "must_not_match": lambda text, found: (
        not any(patterns.count(p, text, case=True) for p in found)
    ),
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "headings": _has_headings,
}
