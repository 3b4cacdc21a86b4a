# ruff: noqa: RUF001 - the words of many languages are its data
"""Reads several values that one closing sentence names: ``The length is 12 and the width is 8``.

Only what is such a sentence as a whole is read: every clause names one value, none is denied,
offered or concluded from the others. Elsewhere the last value is the answer: ``final_answer``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from touchstone.lazy import pattern
from touchstone.scoring.locales import with_points
from touchstone.scoring.units import read_unit
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.compare import ConfirmText, same_answer
from touchstone.templates.math_reasoning.denials import denied, put_aside
from touchstone.templates.math_reasoning.kinds import named_values
from touchstone.templates.math_reasoning.layouts import Named
from touchstone.templates.math_reasoning.leaves import Confirm, Conventions
from touchstone.templates.math_reasoning.phrases import (
    CONCLUSION,
    COUNTED,
    OPENING,
    RISKY,
)

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
    if _OR.search(sentence) or CONCLUSION.search(sentence) or put_aside(sentence):
        return []
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
    value, unit, rest = _with_unit(values[0][0].strip("$"), behind)
    # What is counted names the value: `12 apples`; what it is measured in does not.
    noun = "" if read_unit(unit).known else unit
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


def _are_alike(found: list[Named]) -> bool:
    """Whether names only number the values, ``x₁`` and ``x₂``, so that their order says nothing."""
    return len({one.label.translate(_INDICES) for one in found}) == 1


def _names(label: str, name: str) -> bool:
    return set(re.findall(r"[^\W\d_]+", name.lower())) <= set(label.split())
