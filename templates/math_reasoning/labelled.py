# ruff: noqa: RUF001 - the words of many languages are its data
"""Reads several values that one closing sentence names: ``The length is 12 and the width is 8``.

Only what is such a sentence as a whole is read: every clause names one value, none is denied,
offered or concluded from the others. Elsewhere the last value is the answer: ``final_answer``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from touchstone.lazy import pattern
from touchstone.scoring.locales import with_points
from touchstone.scoring.numerals import digits
from touchstone.scoring.units import read_unit
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.compare import ConfirmText, same_answer
from touchstone.templates.math_reasoning.denials import denied, put_aside
from touchstone.templates.math_reasoning.kinds import named_values
from touchstone.templates.math_reasoning.layouts import Named
from touchstone.templates.math_reasoning.leaves import Confirm, Conventions
from touchstone.templates.math_reasoning.names import ENGLISH
from touchstone.templates.math_reasoning.phrases import (
    CONCLUSION,
    COUNTED,
    OPENING,
    RISKY,
)
from touchstone.templates.math_reasoning.remarks import doubt_in

# E.g. `? How`, `。何`, `. Find`; not `3.5`
_ASKING = pattern(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
# E.g. `, Tom`, `et Émile`; not `Tom`, the first word
_SOMEBODY = pattern(r"(?<=[\s,(])[A-ZÀ-Þ][^\W\d_]+")
# E.g. `長さ`, `넓이`; not `длина`
_SIGNS = pattern(r"[一-鿿぀-ヿ가-힣]")
# E.g. the beginning of `العدد`; not of `number`
_ARABIC = pattern(r"[\u0621-\u064a]")
# Words of a question that name nothing.
_EMPTY = {
    "there", "they", "them", "this", "that", "these", "those", "what", "which", "many", "much",
    "have", "does", "will", "would", "were", "with", "then", "hence", "thus", "where", "when",
    "your", "from",
}  # fmt: skip
# The words that may be the unit of what is asked for.
# E.g. those of `how many square metres`, `wie viele Stunden`, `in centimetres?`, `多少分钟`
_UNIT_ASKED = pattern(
    r"(?:\bhow many|\bwie ?viele?|\bcombien d(?:e\s|['’])|\bcuánt[oa]s|\bquant(?:[oa]s?|[ie])"
    r"|\bсколько|\bbao nhiêu|\bmấy)\s?([^\W\d_]+[²³]?(?:\s[^\W\d_]+[²³]?)?)"
    r"|[多几]少?个?([^\W\d_]{1,3})|\b(?:in|en|em|в)\s([^\W\d_]+[²³]?(?:\s[^\W\d_]+[²³]?)?)(?=[?.,]|\s?\Z)",
    re.IGNORECASE,
)
_STEM = 5  # letters of a word that its endings leave
_LONGEST = 300  # characters of such a sentence
_MOST_VALUES = 12
# E.g. `is. The next`, `です。次`; not `3.5`
_SENTENCE = pattern(r"(?<=[.!])\s(?=[^\W\d_a-z])|(?<=[。！])(?=\S)")
# Between two clauses of which both count.
# E.g. `12, and `, `12 und `, `12、幅`, `12이고 `, ` والعرض`; not `1,234`, `12 or 8`
_BETWEEN = pattern(
    r"(?:[;、，；،]|,(?=[^\d]))\s?(?:(?:and|und|et|y|e|и|và|dan|while)\s(?![=:≈]))?"
    r"|\s(?:and|und|et|y|e|и|а|và|dan|while|&|و)\s(?![=:≈])|\sو(?=\w)|(?<=[\dm²³%])(?:이고|이며|고|であり|で(?!す|し|あ))[,、]?\s?",
    re.IGNORECASE,
)
# Between two values of which one counts.
# E.g. `12 or 8`, `12 cm oder `, `12或8`; not `12 and 8`
_OR = pattern(
    r"\d[^\s\d]{0,6}(?:\s[^\W\d_]{1,9})?(?:\s(?:or|oder|ou|o|или|hoặc|atau|또는|أو)\s|或|または)"
)
# E.g. `$\frac12$`, `-12.5`, `1,234`, `3/4`; not the index of `x_1`, the exponent of `cm^2`
_VALUE = pattern(
    r"\$[^$\n]{1,80}\$|(?<![A-Za-z0-9_.,^{}\\/])[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:[.,/]\d+)?(?![\d,./]*\d)"
)
_INDICES = dict.fromkeys(map(ord, "₀₁₂₃₄₅₆₇₈₉"))
# What stands between a name and its value.
# E.g. `the length: `, `width = `, `幅は`; not `the length is `
_LINK = pattern(r"\s?(?:[:：=≈]|は|是|为|為|은|는)\s?\Z")
# E.g. `12cm²`; not `12 cm`, `3x`
_GLUED = pattern(r"(?<=\d)(?=(?:[mckd]?m|k?g|m?l)(?:[²³]|\b))")


def named_in(text: str) -> list[Named]:
    """Returns the values that the last sentence of a text names, two or more; else nothing."""
    lines = [line for line in text[-2 * _LONGEST :].split("\n") if line.strip()]
    sentence = _SENTENCE.split(lines[-1].strip())[-1].replace("**", "") if lines else ""
    if opening := OPENING.match(sentence):
        sentence = sentence[opening.end() :]
    if len(sentence) > _LONGEST or sentence.rstrip().endswith(("?", "？", "؟")):
        return []
    if (
        _OR.search(sentence)
        or CONCLUSION.search(sentence)
        or put_aside(sentence)
        or doubt_in(sentence)
    ):
        return []
    return _in_clauses(sentence) or _in_clauses(digits(sentence))


def _in_clauses(sentence: str) -> list[Named]:
    """Returns the values of a sentence whose every clause names one; else nothing."""
    clauses = _BETWEEN.split(sentence.rstrip(" ."))
    while clauses and not re.search(r"\d", clauses[0]):
        clauses = clauses[1:]  # Solving, a = 1 and b = 2
    if not 2 <= len(clauses) <= _MOST_VALUES:
        return []
    found = [one for clause in clauses if (one := _named(clause.strip()))]
    whole = len(found) == len(clauses) == len({one.label for one in found})
    return found if whole else []


def _named(clause: str) -> Named | None:
    """Returns the one value of a clause; ``None``: it has none, several, or a doubtful one."""
    clause = _GLUED.sub(" ", COUNTED.sub("", clause))
    values = list(_VALUE.finditer(clause))
    if len(values) != 1:
        return None
    before, behind = clause[: values[0].start()], clause[values[0].end() :]
    name = _LINK.sub("", before)
    if denied(before, behind) or RISKY.search(name):
        return None
    number = values[0][0].strip("$")
    value, unit, rest = _with_unit(number, behind)
    # What is counted names the value: `12 apples`; what it is measured in does not.
    noun = "" if read_unit(unit).known else unit
    value = number if noun and unit != "%" else value
    label = " ".join(re.findall(r"[^\W\d_]+", f"{name} {noun} {rest}".lower()))
    return None if not label or RISKY.search(rest) else Named(label, value)


def _with_unit(number: str, behind: str) -> tuple[str, str, str]:
    """Returns a value with its unit, that unit, and the words behind that are none of it."""
    words = behind.split()
    for count in range(min(4, len(words)), 0, -1):
        answer = Answer.of(" ".join((number, *words[:count])))
        if answer.tree and answer.tree[0] in ("unit", "percent", "deg"):
            unit = answer.tree[2] if answer.tree[0] == "unit" else "%"
            return answer.text, unit, " ".join(words[count:])
    return number, "", behind


def same_named(
    found: list[Named],
    reference: Answer,
    conventions: Conventions,
    confirm: Confirm,
    confirm_text: ConfirmText,
) -> bool:
    """Tells whether named values are those of a reference that has several.

    By their names where the reference names its values too, else in its order: which value is
    which is what such a sentence says.
    """

    def same(candidate: Answer, wanted: Answer, how: Conventions) -> bool:
        return same_answer(candidate, wanted, how, confirm, confirm_text).equal

    if wanted := named_values(reference.text):
        pairs = [(one, wanted[name]) for name in wanted for one in found if _names(one.label, name)]
        each_once = len(pairs) == len(wanted) == len(found) == len({one for one, _ in pairs})
        return each_once and all(same(Answer(o.value), Answer(v), conventions) for o, v in pairs)
    letters = [one.label.split()[-1] if one.label else "" for one in found]
    if "=" in reference.text and all(len(letter) == 1 for letter in letters):
        said = ", ".join(f"{a} = {one.value}" for a, one in zip(letters, found, strict=True))
        return same(Answer(said), reference, conventions)
    # Commas part the values, so that no decimal mark may be one.
    listed = Answer(", ".join(with_points(one.value) or one.value for one in found))
    ordered = not _are_alike(found)
    return same(listed, reference, replace(conventions, ordered_lists=ordered))


def asked_for(found: list[Named], prompt: str) -> Named | None:
    """Returns the one of several named values whose name a question has, and no other's so well.

    A name of somebody tells more than a noun, which several may share.
    """
    asked = asking(prompt)
    if len(found) < 2 or not asked:
        return None
    names = {word.lower()[:_STEM] for word in _SOMEBODY.findall(asked)}
    nouns = words_of(asked)
    said = [words_of(one.label) for one in found]
    scores = [2 * len(words & names) + len(words & nouns) for words in said]
    best = max(scores)
    if best == 0 or scores.count(best) > 1:
        return None
    only = words_of(found[scores.index(best)].label) & (names | nouns)
    others = set[str]().union(*(w for w, score in zip(said, scores, strict=True) if score < best))
    return found[scores.index(best)] if only - others else None


def in_order_asked(found: list[Named], prompt: str) -> list[Named]:
    """Returns named values in the order in which a question names them all, else as they stand."""
    for asked in (asking(prompt).lower(), prompt[-2 * _LONGEST :].lower()):
        if (ordered := _in_order_of(found, asked)) is not None:
            return ordered
    return found


def _in_order_of(found: list[Named], asked: str) -> list[Named] | None:
    places = [
        min((asked.find(word) for word in words_of(one.label) if word in asked), default=-1)
        for one in found
    ]
    if -1 in places or len(set(places)) < len(places):
        return None
    return [one for _, one in sorted(zip(places, found, strict=True), key=lambda pair: pair[0])]


def asking(prompt: str) -> str:
    """Returns the sentence of a prompt that asks."""
    said = [one for one in _ASKING.split(prompt.strip()[-2 * _LONGEST :]) if one.strip()]
    return said[-1] if said else ""


@lru_cache(maxsize=64)  # all rollouts of a prompt are asked the same
def unit_asked(prompt: str) -> str | None:
    """Returns the unit that a question wants its answer in: ``how many minutes``, ``in cm?``."""
    for match in _UNIT_ASKED.finditer(asking(prompt)):
        words = next(filter(None, match.groups())).split()
        for said in (" ".join(words), words[0]):
            if read_unit(said).known:
                return said
    return None


def words_of(text: str) -> set[str]:
    """Returns the stems of words that say what a text is about; of signs, every two neighbours."""
    found: set[str] = set()
    for run in re.findall(r"[^\W\d_]{2,}", text.lower()):
        if _SIGNS.search(run):
            found |= {run[at : at + 2] for at in range(len(run) - 1)}
        elif _ARABIC.match(run):
            found.add(run.removeprefix("ال").rstrip("اةه")[:_STEM])
        elif len(run) > run.isascii() + 1 and run not in ENGLISH and run not in _EMPTY:
            found.add(run[:_STEM])
    return found


def _are_alike(found: list[Named]) -> bool:
    """Whether names only number the values, ``x₁`` and ``x₂``, so that their order says nothing."""
    return len({one.label.translate(_INDICES) for one in found}) == 1


def _names(label: str, name: str) -> bool:
    return set(re.findall(r"[^\W\d_]+", name.lower())) <= set(label.split())
