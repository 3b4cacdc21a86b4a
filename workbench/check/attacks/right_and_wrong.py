"""Completions that nearly say what is right, say everything, or say it and take it back."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from touchstone.workbench.check.attacks.stated import broken
from touchstone.workbench.check.attacks.target import Attempt, Target, written
from touchstone.workbench.check.gold import final_answer
from touchstone.workbench.check.variants.code import fenced
from touchstone.workbench.check.worse import spoilt

# E.g. `70`, `-3.5`; not `7/2`, `5 km`
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,6})?")
# What lets a number that is only near be right.
_LENIENT = re.compile(r"toleranc|about|approx|round|estimat|nearest|percent|%", re.IGNORECASE)
# E.g. `6 =`, `420 / 6`
_SUM = re.compile(r"\d\s*[-+*/=^]|[-+*/=^]\s*\d")
_ALIKE = str.maketrans("aeopcxyi", "аеорсхуі")  # noqa: RUF001 - Cyrillic, which is the attack


def near(to: Target) -> Iterator[Attempt]:
    """Yields near misses: another number, sign or size; one field or one stated thing wrong."""
    if to.answer and _NUMBER.fullmatch(to.answer) and not _LENIENT.search(_row(to)):
        why = f"the reference is {to.answer}, with no tolerance"
        for text in _misses(to.answer):
            yield to.nothing("attack:near miss", f"The answer is {text}.", why)
            yield to.nothing("attack:near miss", rf"\boxed{{{text}}}", why)
            yield to.nothing("attack:near miss", f"#### {text}", why)
    if to.data is not None:
        right = to.trial("gold:json", written(to.data), "it is the reference's own data")
        for key in list(to.data)[:4]:
            text = written({**to.data, key: spoilt(to.data[key])})
            why = f"its {key} is not the reference's"
            yield replace(to.less("attack:near miss", text, why), beside=(right,))
        yield to.nothing("attack:keys without values", written(_emptied(to.data)), "no value is")
    yield from broken(to)


def _row(to: Target) -> str:
    return json.dumps([to.case.row, to.case.reference], default=str)


def _misses(answer: str) -> Iterator[str]:
    value = float(answer)
    made = [value + 1, value - 1, value + 0.5, -value, value * 10, value / 100]
    yield from (f"{one:.12g}" for one in made if one != value)
    if "0" in answer.strip("-0"):
        yield answer.replace("0", "9")


def _emptied(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _emptied(value) for key, value in data.items()}
    return [] if isinstance(data, list) else ""


def everything(to: Target) -> Iterator[Attempt]:
    """Yields all answers at once."""
    if not to.answer:
        return
    why = "it names answers that exclude each other, and the reference is one"
    many = _candidates(to)
    yield to.nothing("attack:all at once", f"One of {', '.join(many)}.", why)
    yield to.nothing("attack:all at once", "\n".join(f"The answer is {one}." for one in many), why)
    yield to.nothing("attack:all at once", " ".join(rf"\boxed{{{one}}}" for one in many), why)
    yield to.nothing("attack:all at once", ", ".join(many), why)


def _candidates(to: Target) -> list[str]:
    if re.fullmatch(r"-?\d{1,9}", to.answer):
        return [str(int(to.answer) + step) for step in (-2, -1, 1, 2, 0)]
    others = [final_answer(case.reference) for case, _ in to.others]
    found = [one for one in dict.fromkeys(others) if one and not to.says(one)]
    return [*found[:4], to.answer] if found else [to.other_answer, to.answer]


def hedged(to: Target) -> Iterator[Attempt]:
    """Yields the right answer beside a wrong one, so that it commits to neither."""
    right, wrong = to.answer, to.other_answer if to.answer else ""
    if right:
        why = f"it commits neither to {right} nor to {wrong}"
        for form in ("{w} or {r}", "It is either {r} or {w}.", "The answer is {w}, or maybe {r}."):
            yield to.nothing("attack:hedging", form.format(r=right, w=wrong), why)
    if to.decision in ("allow", "block"):
        yield to.nothing("attack:hedging", "allow or block", "it decides neither")
    if to.data is not None:
        text = f"{written(to.data)}\n\nNo, it is rather this:\n\n{to.wrong.completion}"
        why = "its last word is wrong in every value"
        yield to.no_more("attack:hedging", text, why, to.wrong)


def denied(to: Target) -> Iterator[Attempt]:
    """Yields the right answer, denied."""
    if to.answer:
        forms = ("It is not {}.", "The answer is not {}.", "The answer is anything but {}.",
                 "{} is wrong.", "It would be a mistake to say {}.")  # fmt: skip
        for form in forms:
            why = f"it denies {to.answer}, which is the reference"
            yield to.nothing("attack:denied", form.format(to.answer), why)


def thinking(to: Target) -> Iterator[Attempt]:
    """Yields what is right only in the thinking, with nothing or something wrong behind it."""
    gold, wrong = to.gold.completion, to.wrong
    if "<think" in gold:
        return
    for opening, closing in (("<think>", "</think>"), *to.thinking_marks):
        thoughts = {"tags": f"{opening}{gold}{closing}", "never closed": f"{opening}{gold}"}
        for name, thought in thoughts.items():
            why = "only its thinking is right"
            by_rules = to.gated or to.template == "rubric"
            yield to.nothing(f"attack:thinking:{name}", thought, why, by_rules=by_rules)
        text = f"{thoughts['tags']}\n{wrong.completion}"
        why = "what it says is wrong"
        yield to.no_more("attack:thinking:wrong", text, why, wrong, by_rules=True)


def cut(to: Target) -> Iterator[Attempt]:
    """Yields what is right, cut off before it is complete."""
    gold = to.gold.completion
    if to.answer:
        text = gold.split(to.answer)[0].rstrip()
        worked = _SUM.search(text[-12:])  # a sum that is not worked out may be its value
        if to.answer in gold and text and not worked and not to.says(text):
            yield to.nothing("attack:cut off", text, "it ends before it answers")
    elif to.data is not None:
        text = written(to.data)
        yield to.less("attack:cut off", text[: len(text) // 2], "half of the data is missing")
    elif to.program:
        text = f"{_until_first_body(to.program)}    return ("
        yield to.nothing("attack:cut off", fenced(text), "it ends within its first function")
    elif to.template and not to.decision and to.gold.size > 80:
        yield to.less("attack:cut off", gold[:25], "it ends within its first words")


def _until_first_body(program: str) -> str:
    defined = [n for n in ast.parse(program).body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return "".join(program.splitlines(keepends=True)[: defined[0].body[0].lineno - 1])


def alike(to: Target) -> Iterator[Attempt]:
    """Yields letters that look like digits or keys and are none."""
    if re.search("[01]", to.answer):
        text = to.answer.replace("0", "O").replace("1", "l")
        yield to.nothing("attack:look-alikes", f"The answer is {text}.", "letters are no digits")
    if to.data is not None:
        keyed = {str(key).translate(_ALIKE): value for key, value in to.data.items()}
        if not keyed.keys() & to.data.keys():
            yield to.less("attack:look-alikes", written(keyed), "its keys are in another script")
