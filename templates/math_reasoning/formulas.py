# ruff: noqa: RUF001 - typography is what it reads
"""Reads which of the formulas of a line are its answer, with the unit behind them."""

from __future__ import annotations

import re
from itertools import pairwise

from touchstone.lazy import pattern
from touchstone.scoring.units import read_unit
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.kinds import states
from touchstone.templates.math_reasoning.names import ENGLISH
from touchstone.templates.math_reasoning.phrases import JOINING, OR

# E.g. `so $x+1$ holds`, `$$x$$`, `\(x\)`, `\[x\]`; not `it costs $5 or $6`, `\$5\$`
FORMULA = pattern(
    r"\$\$(.{1,2000}?)\$\$|(?<!\\)\$([^$\n]{1,2000}?)(?<!\\)\$(?!\d)"
    r"|\\\((.{1,2000}?)\\\)|\\\[(.{1,2000}?)\\\]",
    re.DOTALL,
)
# E.g. `, `, ` and `, `、`, `和`
_FORMULAS_JOINED = pattern(
    rf"\s*[,;，、；،؛]?\s*(?:\b(?:{JOINING})\b|[和与與或と及]|または|及び|및|또는)?\s*"
)
# E.g. ` or `, `或`; not ` and `
_OR = pattern(rf"\b(?:{OR})\b|或|또는|または", re.IGNORECASE)
# E.g. ` for integers `, ` for some constant `; not ` and `
_FOR_NAME = pattern(r"\b(?:for|where|with)\b[^$.]{0,40}$")
# E.g. `$k$`, `$n \in \mathbb{Z}$`; not `$12$`
_QUALIFIES = pattern(r"\W{0,4}[a-zA-Z]\s?(?:(?:\\in|∈)[^$]{1,40})?\W{0,4}")
# E.g. ` m`, ` km/h.`, ` miles per hour`; not `, 5`
_UNIT_BEHIND = pattern(
    r"\s{0,2}([^\W\d_]{1,15}(?:/[^\W\d_]{1,9})?[²³]?(?:\^\d)?)(?:\sper\s[^\W\d_]{1,9})?(?![\w$\\])"
)


def of_formulas(text: str, formulas: list[re.Match[str]], leading: bool) -> Answer | None:
    """Returns the first or last formula, with those that are only joined to it."""
    groups: list[list[re.Match[str]]] = []
    for formula in formulas:
        between = text[groups[-1][-1].end() : formula.start()] if groups else ""
        if groups and _FORMULAS_JOINED.fullmatch(between):
            groups[-1].append(formula)
        elif groups and _FOR_NAME.search(between) and _QUALIFIES.fullmatch(formula[0]):
            continue
        else:
            groups.append([formula])
    group = groups[0] if leading else groups[-1]
    after = text[group[-1].end() :]
    inside = next(g for g in group[0].groups() if g).strip()
    for before, formula in pairwise(group):
        joint = " or " if _OR.search(text[before.end() : formula.start()]) else ", "
        inside += joint + next(g for g in formula.groups() if g).strip()
    unit = re.match(r"\s*(%|percent\b|percentage\b|pct\b|degrees\b)", after)
    answer = Answer.of(inside)
    if unit:
        return Answer(f"{answer.text} {unit[1]}")
    if answer.tree and (unit := _UNIT_BEHIND.match(after)) and unit[1].lower() not in ENGLISH:
        words = next((w for w in (unit[0], unit[1]) if read_unit(w.strip()).known), "")
        return Answer(rf"{answer.text} \text{{{words.strip()}}}") if words else answer
    return answer if answer.text else None


def last_display(text: str) -> tuple[Answer, int] | None:
    """Returns the displayed formula of several lines that a text ends with, and its start."""
    end = text.rstrip(". ")
    for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
        start = end[:-2].rfind(opening) if end.endswith(closing) else -1
        said = Answer.of(end[start + 2 : -2]) if start >= 0 else None
        if said and "\n" in said.text and (said.tree or states(said.text)):
            return said, start
    return None
