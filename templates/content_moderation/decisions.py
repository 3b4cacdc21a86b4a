"""Reads which decision a completion takes: from JSON, a label, a marked line or prose.

One decision or none. A completion that names two, hedges, or lists the choices has not
decided, and luck must not pay: the answer is then a reason, not a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from touchstone.scoring.prose import count_words
from touchstone.scoring.tables import Table, read_tables
from touchstone.templates.content_moderation.labels import (
    Decision,
    Labels,
    of_languages,
    plain_label,
)
from touchstone.templates.content_moderation.negation import negated
from touchstone.templates.content_moderation.spoken import (
    Tongues,
    doubted,
    hedged,
    spoken,
    tongues,
    without_negation,
)

# A decision that was stated where one belongs; ``None`` when it cannot be read as one.
Stated = Decision | None

# Keys and line marks that announce the decision itself, and those that may announce it.
_KEYS = (
    "final decision", "decision", "moderation decision", "final verdict", "verdict",
    "final answer", "final label", "final action", "user safety", "prompt safety",
)  # fmt: skip
_WEAK_KEYS = (
    "action", "moderation action", "recommended action", "label", "classification", "judgment",
    "judgement", "determination", "ruling", "outcome", "result", "answer", "status", "output",
    "response", "rating", "conclusion", "safety", "response safety", "prompt harmfulness",
    "harmfulness", "moderation result", "assessment", *of_languages()["weak_keys"],
)  # fmt: skip
_YES_MEANS: dict[str, Decision] = {
    **dict.fromkeys(
        ("flagged", "violation", "violates", "violates policy", "is violation", "violating",
         "policy violation", "unsafe", "blocked", "block", "harmful", "is harmful", "toxic",
         "is toxic", "hateful", "is unsafe", "is violating", "remove", "reject",
         "harmful request", "harmful prompt"), "block"
    ),
    **dict.fromkeys(
        ("safe", "is safe", "allowed", "allow", "is allowed", "compliant", "is compliant",
         "permitted", "approved", "acceptable"), "allow"
    ),
    **dict.fromkeys(("needs review", "needs human review", "review", "escalate"), "review"),
}  # fmt: skip
_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
_OPPOSITE: dict[Decision, Decision] = {"allow": "block", "block": "allow"}
_MAX_CHARS = 20_000
_MAX_DEPTH = 6
_MAX_OPENINGS = 200
_LONGEST_OR = 8  # characters between labels that are no sentence: "or", "または", "hoặc là"
_MOST_CHOICES = 4  # sentences behind a label in which another choice is looked for
_FEW_WORDS = 6  # a phrase this short rules on the content without saying so
# E.g. `it might be hate`, `depends on the context`, `some would block it`, `i'm not sure`;
# not `it is hate`
_HEDGE = re.compile(
    r"\b(?:may(?:be)?|might|could|possibly|perhaps|probably|potentially|unsure|unclear|uncertain|"
    r"depend(?:s|ing)|"
    r"if|whether|either|unless|borderline|arguably|on (?:the )?one hand|other hand|hard to say|"
    r"not sure|can't decide|"
    r"cannot decide|some would|would be)\b"
)
# A sentence that takes the decision, as against one that talks about the rules.
# E.g. `this should be blocked`, `we conclude:`, `the post`; not `blocked`
_RULES_ON = re.compile(
    r"\b(?:should|must|ought to|needs? to|has to|will|shall|would|i(?:'d| would| will|'ll)?|we|my|"
    r"recommend\w*|"
    r"decid\w+|conclu\w+|therefore|thus|so|hence|overall|this|the|that|it|post|comment|message|"
    r"content|text|reply|user|image)\b"
)
_SEPARATES = r"(?::|=|->|\u2192|\u2014|\uff1a|\bis\b)"


def _either(keys: Iterable[str]) -> str:
    longest_first = sorted(keys, key=len, reverse=True)
    # Words of Thai or Chinese stand side by side; others are parted by a space or a hyphen.
    return "|".join(re.escape(key).replace(r"\ ", "[ _-]?") for key in longest_first)


_FOREIGN_KEYS: tuple[str, ...] = of_languages()["decision_keys"]
# E.g. `Decision: BLOCK`, `> **Verdict** -> allow`, `my decision is allow`; not `BLOCK it`
_MARK = re.compile(
    rf"^[ \t>#*_\-]*(?:the |my )?(?P<key>{_either(_KEYS + _WEAK_KEYS + _FOREIGN_KEYS)})"
    rf"[*_`\"']*[ \t]*{_SEPARATES}[ \t]*(?P<value>[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
# E.g. `It incites. Verdict: block.`, `违规。判定:屏蔽`; not `BLOCK it. It incites.`
_INLINE = re.compile(
    rf"(?:(?<=[.!?;)] )|(?<=[\u3002\uff01\uff1f]))[*_]{{0,2}}(?:my )?"
    rf"(?P<key>{_either(_KEYS + _FOREIGN_KEYS)})[*_]{{0,2}} ?[:\uff1a][*_]{{0,2}}[ \t]*"
    r"(?P<value>[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
# E.g. `hate speech: yes`, `- **flagged** = false`, `violation: 1`; not `flagged: perhaps`
_FLAG_LINE = re.compile(
    r"^[ \t>#*_\-]*(?P<key>[^\W\d_][\w -]{2,24}?)[*_`\"']*[ \t]*[:=][*_`\"']*[ \t]*"
    r"(?P<value>(?:yes|no|true|false)\b|[01](?![\w.,]))",
    re.IGNORECASE | re.MULTILINE,
)
# Where a label's explanation begins: "BLOCK - it could incite violence".
# E.g. `block: it threatens`, `block - it threatens`, `block because it threatens`; not `block it`
_EXPLAINS = re.compile(
    r"[.;:,(\u2013\u2014|\u060c\u061b\u3001\u3002\uff08\uff0c\uff1a\uff1b]+\s*|\s-+\s*|"
    r"(?<!\s)\s+(?=because\b|since\b|as\b)"
)
# E.g. `0.5`, `1:30`; not `5: spam`
_IN_A_NUMBER = re.compile(r"\d++[.,:]\d")
# E.g. `therefore block it`, `in conclusion, allow`; not `block it`
_CONCLUDES = re.compile(r"\b(?:therefore|thus|hence|so|overall|in conclusion)\b[^.!?\n]*")
# E.g. `or allow it`, `unless it is satire`, `so my verdict: allow`; not `block it`
_OR_ELSE = re.compile(
    r"^\s*(?:or|and|maybe|perhaps|possibly|unless|if|not sure|but)\b"
    r"|\b(?:decision|verdict|answer)\s*[:=]",
    re.IGNORECASE,
)
# E.g. `it is **Allowed** here`; not `** it **`
_BOLD = re.compile(r"\*\*[^*\s][^*\n]{0,38}[^*\s]\*\*")
# E.g. `BLOCK`, `CHẶN`; not `_`, `42`
_WORD = re.compile(r"[^\W\d_]+")
# E.g. `It says "no." Then`, `no! Then`, `违规。应`; not `3.14`
_SENTENCE = re.compile(
    r"(?<=[.!?])[\"')\]*]*\s+|(?<=[\u3002\uff01\uff1f\u061f\u06d4\u0964])[\"'\u300d\u300f)]*\s*|\n+"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a completion decided.

    Attributes:
        decision: ``None`` when it took none, or more than one.
        problem: Why there is none.
        data: The JSON object that held the decision; empty for text.
        rationale: What it says besides: the text around, or the object's own strings.
    """

    decision: Decision | None
    problem: str = ""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rationale: str = ""


def read_decision(text: str, labels: Labels) -> Reading:
    """Returns the one decision that a completion takes, or why there is none.

    JSON comes first, then marked lines (``Decision: BLOCK``, also at the end of prose, under a
    heading or in a table; a final one wins over the rest), then a label that stands alone on the
    first or last line or after a colon, then a label in capitals or bold, then what the prose says,
    negation read. Whatever comes first must agree with itself. Prose is read in English and in the
    languages of ``languages.toml``; in any other it decides nothing.
    """
    if len(text) > _MAX_CHARS:
        return Reading(None, f"longer than {_MAX_CHARS} characters")
    found = list(_json_objects(text))
    taken: list[tuple[Stated, dict[str, Any]]] = [
        (decision, data) for data, _, _ in found for decision in _from_json(data, labels)
    ]
    prose = _without(text, found)
    marked = _marked(prose, labels)
    if taken:
        decided: set[Stated] = {decision for decision, _ in taken}
        said = prose + "\n" + _strings(taken[-1][1])
        return _one(decided | marked, "JSON", taken[-1][1], said)
    if marked:
        return _one(marked, "its decision line", {}, _MARK.sub("", prose))
    for stage, decided in (
        ("its lines", _alone(prose, labels) or _named(prose, labels)),
        ("its labels", _shouted(prose, labels)),
        ("its prose", _said(prose, labels)),
    ):
        if decided:
            return _one(decided, stage, found[-1][0] if found else {}, prose)
    return Reading(None, "no decision found in it")


def _one(decided: set[Stated], where: str, data: Mapping[str, Any], rationale: str) -> Reading:
    if len(decided) == 1 and (decision := next(iter(decided))):
        return Reading(decision, "", data, rationale.strip())
    if None in decided:
        return Reading(None, f"{where} cannot be read as one decision")
    return Reading(None, f"{where} names {' and '.join(sorted(filter(None, decided)))}")


class _Object(NamedTuple):
    value: dict[str, Any]
    start: int
    end: int


def _json_objects(text: str) -> Iterator[_Object]:
    """Yields each outermost JSON object in a text, with where it stands.

    A key that occurs twice keeps all its values in a list, so that none is overlooked.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_all_pairs)
    at = text.find("{")
    for _ in range(_MAX_OPENINGS):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield _Object(value, at, end)
        at = text.find("{", end)


def _strings(value: object, depth: int = 0) -> str:
    """Returns what an object says besides its decision and categories."""
    if isinstance(value, str):
        return value
    if depth >= _MAX_DEPTH or not isinstance(value, (Mapping, list)):
        return ""
    inner = value
    if isinstance(value, Mapping):
        inner = [said for key, said in value.items() if not _decides(plain_label(key))]
    return "\n".join(filter(None, (_strings(one, depth + 1) for one in inner)))


def _decides(key: str) -> bool:
    known = key in _KEYS + _WEAK_KEYS or key in _FOREIGN_KEYS or key in _YES_MEANS
    return known or "categor" in key or key in of_languages()["category_keys"]


def _all_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for key, value in pairs:
        merged[key] = [merged[key], value] if key in merged else value
    return merged


def _without(text: str, found: list[_Object]) -> str:
    parts, at = [], 0
    for _, start, end in found:
        parts.append(text[at:start])
        at = end
    text = "".join((*parts, text[at:]))
    return re.sub(r"^[ \t]*(?:```|~~~)\w*[ \t]*$", "", text, flags=re.MULTILINE).replace(
        "\u2019", "'"
    )


def _from_json(data: Mapping[str, Any], labels: Labels, depth: int = 0) -> Iterator[Stated]:
    """Yields every decision that an object states; ``None`` for one that cannot be read."""
    keyed = {plain_label(key): value for key, value in data.items()}
    names = (*_KEYS, *_FOREIGN_KEYS, *labels.keys)
    stated = [keyed[key] for key in names if key in keyed and not isinstance(keyed[key], Mapping)]
    decided: set[Stated] = {_value(value, labels) for value in stated}
    if not decided:
        # "status": "done" announces nothing, where "decision": "hm" fails to decide.
        decided = _read(_value(keyed[key], labels) for key in _WEAK_KEYS if key in keyed)
    flags = _read(_flag(key, value) for key, value in keyed.items())
    # A case for review may well be flagged; what is allowed may not.
    yield from decided if decided == {"review"} else decided | flags
    for key, value in keyed.items():
        if depth < _MAX_DEPTH and not key.startswith("categor"):
            for inner in value if isinstance(value, list) else (value,):
                if isinstance(inner, Mapping):
                    yield from _from_json(inner, labels, depth + 1)


def _flag(key: str, value: object) -> Stated:
    """Reads ``"flagged": true``, ``"violation": 1`` and ``"is_safe": "no"``."""
    meant = _YES_MEANS.get(key)
    word = str(value).casefold() if isinstance(value, (bool, str, int)) else ""
    if meant is None or word not in _TRUE | _FALSE:
        return None
    return meant if word in _TRUE else _OPPOSITE.get(meant)


def _value(value: object, labels: Labels) -> Stated:
    """Reads the value of a decision key or line: a label, or words that come to one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return labels.exact(value)
    decision = _headed(value, labels) or _reasoned(value, labels)
    if decision:
        return decision
    plain = value.casefold().replace("_", " ")
    for said in without_negation(plain):
        if decision := labels.exact(said):
            return _OPPOSITE.get(decision)
    known = _tongues(value, labels)
    decided: set[Decision] = set(spoken([plain], known.others))
    if known.english or not known.others:
        decided |= _stances(plain, labels)
    return next(iter(decided)) if len(decided) == 1 else None


def _headed(line: str, labels: Labels) -> Stated:
    """Returns the label that a line consists of, or opens with before its explanation."""
    head, rest = _split(line.strip())
    decision = labels.exact(line) or (labels.exact if head.isdecimal() else labels.plain)(head)
    return decision if decision and _explains(rest, decision, labels) else None


def _split(line: str) -> tuple[str, str]:
    """Returns what stands before a label's explanation, and that; a number is one piece."""
    if _IN_A_NUMBER.match(line):
        return line, ""
    head, *tail = _EXPLAINS.split(line, maxsplit=1)
    return head, tail[0] if tail else ""


def _reasoned(value: str, labels: Labels) -> Stated:
    """Returns the label of any language that opens the value of a key, before its reason.

    What stands in the label's own sentence may neither hedge nor name another one.
    """
    head, rest = _split(value.strip())
    decision = labels.exact(head)
    if decision is None or not rest or not _explains(rest, decision, labels):
        return None
    sentence = _SENTENCE.split(value.strip())[0].casefold()[len(head) :]
    others = _tongues(value, labels).others
    if hedged(sentence, others):
        return None
    said = spoken([sentence], others) if others else labels.named(sentence)[0]
    return decision if said <= {decision} else None


def _explains(rest: str, decision: Decision, labels: Labels) -> bool:
    """Says whether what follows a label is no other choice, be it a sentence of labels alone."""
    if _OR_ELSE.search(rest) or not _loud(rest, labels) <= {decision}:
        return False
    choices = map(labels.named, _SENTENCE.split(rest, maxsplit=_MOST_CHOICES)[:_MOST_CHOICES])
    return all(named <= {decision} or len(left) > _LONGEST_OR for named, left in choices)


def _marked(prose: str, labels: Labels) -> set[Stated]:
    """Returns what the marked lines say: only the final ones where some are called final."""
    keys = (*_FOREIGN_KEYS, *labels.keys)
    found = [*_MARK.finditer(prose), *_INLINE.finditer(prose)]
    said = [(m["key"], m["value"]) for m in found if m["value"].strip("*_ ")]
    said += _under_headings(prose, keys)
    tables = read_tables(prose)
    cells = [pair for table in tables for pair in _cells(table, labels)]
    known = {*_KEYS, *_WEAK_KEYS, *keys}
    said += [(key, value) for key, value in cells if key in known]
    marks: list[tuple[str, Stated]] = [
        (plain_label(key), _value(value, labels)) for key, value in (*said, *_own(prose, labels))
    ]
    flagged = [(plain_label(m["key"]), m["value"]) for m in _FLAG_LINE.finditer(prose)]
    flags: set[Stated] = {_flag(key, value) for key, value in (*flagged, *cells)}
    strong: list[tuple[str, Stated]] = [
        (key, decision) for key, decision in marks if key in _KEYS + keys
    ]
    final: set[Stated] = {decision for key, decision in strong if key.startswith("final")}
    every: set[Stated] = {decision for _, decision in strong}
    listed = _read(
        _value(value, labels) for table in tables for key, value in _columns(table) if key in known
    )
    return final or every or listed or _read(flags) | _read([decision for _, decision in marks])


def _cells(table: Table, labels: Labels) -> Iterator[tuple[str, str]]:
    """Yields each key of a table with its one value, which stands beside or below it."""
    rows = [row for row in table.rows if len(row) == 2]
    # "| Decision | Block |" is a row, though it is written as the head.
    if len(table.head) == 2 and _value(table.head[1], labels):
        rows.append(table.head)
    elif len(table.rows) == 1:
        yield from _columns(table)
    yield from ((plain_label(key), value) for key, value in rows)


def _columns(table: Table) -> Iterator[tuple[str, str]]:
    """Yields the head of each column with each cell below it."""
    for row in table.rows:
        yield from zip(map(plain_label, table.head), row, strict=True)


def _under_headings(prose: str, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yields the decision keys that have a line to themselves, with the next line."""
    lines = [line for line in prose.splitlines() if re.search(r"\w", line)]
    for line, following in pairwise(lines):
        # What `</decision>` closes stands before it.
        key = "" if line.lstrip().startswith("</") else plain_label(line)
        if key in _KEYS or key in keys:
            yield key, following


def _own(prose: str, labels: Labels) -> Iterator[tuple[str, str]]:
    """Yields what stands behind the user's own decision keys."""
    for key, value in _pairs(prose) if labels.keys else ():
        if key in labels.keys:
            yield key, value


def _pairs(prose: str) -> Iterator[tuple[str, str]]:
    """Yields what stands before and after the first colon of each line."""
    for line in prose.splitlines():
        key, colon, value = line.replace("\uff1a", ":").partition(":")
        if colon:
            yield plain_label(key), value


def _named(prose: str, labels: Labels) -> set[Stated]:
    """Returns the labels that are all that stands behind a colon: ``Kết quả: CHẶN``."""
    return _read(labels.exact(value) for _, value in _pairs(prose))


def _alone(prose: str, labels: Labels) -> set[Stated]:
    """Returns the labels that stand on lines of their own, if one is the first or the last."""
    lines = [line for line in prose.splitlines() if re.search(r"\w", line)]
    ends = _read(_headed(line, labels) for line in (*lines[:1], *lines[-1:]))
    return ends | _read(map(labels.exact, lines)) if ends else set()


def _shouted(prose: str, labels: Labels) -> set[Stated]:
    loud = _loud(prose, labels)
    if loud and _is_doubted(prose, labels):
        # "NOT BLOCK", "I would not **allow** it": read as prose, which knows negation.
        said = _said(prose, labels)
        return loud if said == loud else said or {None}
    return loud


def _is_doubted(prose: str, labels: Labels) -> bool:
    plain = prose.casefold()
    known = _tongues(prose, labels)
    if doubted(prose, known.others):
        return True
    return known.english and (
        _HEDGE.search(plain) is not None
        or any(negated(plain, at) for _, at in labels.mentions(plain))
    )


def _loud(text: str, labels: Labels) -> set[Stated]:
    return _read(map(labels.exact, (*_BOLD.findall(text), *_in_capitals(text))))


def _in_capitals(text: str) -> Iterator[str]:
    """Yields every run of words in capitals, whatever alphabet has them."""
    start = end = 0
    for word in _WORD.finditer(text):
        loud = len(word[0]) > 1 and word[0].isupper()
        if end > start and loud and text[end : word.start()] in (" ", "_", "-"):
            end = word.end()
            continue
        if end > start:
            yield text[start:end]
        start, end = (word.start(), word.end()) if loud else (0, 0)
    if end > start:
        yield text[start:end]


def _read(stated: Iterable[Stated]) -> set[Stated]:
    found: set[Stated] = set(stated)
    return found - {None}


def _said(prose: str, labels: Labels) -> set[Stated]:
    """Returns what the sentences say that rule on the content; hedged ones say nothing."""
    sentences = _SENTENCE.split(prose.casefold())
    known = _tongues(prose, labels)
    if known.english and known.others and _HEDGE.search(prose.casefold()):
        return set()
    decided: set[Stated] = {*spoken(sentences, known.others)}
    return decided | _said_in_english(prose, sentences, labels) if known.english else decided


def _tongues(prose: str, labels: Labels) -> Tongues:
    return tongues(prose, sum(1 for _ in labels.mentions(prose.casefold())))


def _said_in_english(prose: str, sentences: list[str], labels: Labels) -> set[Stated]:
    decided: set[Stated] = set()
    if count_words(prose) <= _FEW_WORDS:
        decided |= _stances(prose.casefold(), labels)
    for sentence in sentences:
        asks = sentence.rstrip().endswith("?")
        if not asks and not _HEDGE.search(sentence) and _RULES_ON.search(sentence):
            decided |= _stances(sentence, labels)
    if len(decided) > 1:
        # "Insults are prohibited, but this is a quotation and therefore allowed."
        ends = _CONCLUDES.findall(prose.casefold())
        concluded = _read(decision for end in ends for decision in _stances(end, labels))
        return concluded or decided
    return decided


def _stances(text: str, labels: Labels) -> set[Decision]:
    if _HEDGE.search(text):
        return set()
    found: set[Decision] = set()
    for decision, start in labels.mentions(text):
        if not negated(text, start):
            found.add(decision)
        elif decision != "review":
            found.add(_OPPOSITE[decision])
    return found
