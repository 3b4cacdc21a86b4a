"""Ladders of completions of one row, the best first, each rung worse by the reference itself."""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.draws import rng_of
from touchstone.workbench.check.gold import REPLIES, expected_data, final_answer, golds
from touchstone.workbench.check.trial import Trial
from touchstone.workbench.check.variants.code import fenced, is_program

Ladder = list[Trial]
# E.g. `7*5 = 35`, `420 / 6 = 70`; not `x = 3`
_STEP = re.compile(r"(\d+ ?[-+*/] ?\d+ ?= ?)(\d+)")
# E.g. "```python\nx = 1\n```"
_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL)


def ladders(case: Case, template: str, bounds: tuple[float, float]) -> Iterator[Ladder]:
    """Yields ladders of a row; none where its reference does not tell what is worse.

    Args:
        case: The row.
        template: The template that grades it, ``""`` where that is not known.
        bounds: The lowest and the highest reward.
    """
    found = golds(case, template, bounds)
    if not found:
        return
    gold = found[0]
    for name, steps in _MADE.get(template, _plain)(case, gold):
        yield [Trial(case.row, text, name, why) for why, text in steps]
    yield [
        replace(gold, name="order:gold"),
        Trial(case.row, "", "order:empty", "it says nothing"),
    ]


def between_cases(cases: list[Case], bounds: tuple[float, float]) -> Iterator[Ladder]:
    """Yields pairs of golden cases of one prompt of which a person expects one to earn more."""
    low, high = bounds
    gap = 0.05 * (high - low)
    groups: dict[str, list[Case]] = {}
    for case in cases:
        if case.completion is not None and case.expect is not None and case.expect.score:
            groups.setdefault(json.dumps(case.row_without_id, default=str), []).append(case)
    for group in groups.values():
        ordered = sorted(group, key=lambda case: -_ends(case)[0])
        for better, worse in itertools.pairwise(ordered):
            if _ends(better)[0] > _ends(worse)[1] + gap:
                yield [_rung(better), _rung(worse)]


def _ends(case: Case) -> tuple[float, float]:
    score = case.expect.score if case.expect is not None else None
    return score or (0.0, 0.0)


def _rung(case: Case) -> Trial:
    why = f"a golden case expects {case.expect}"
    return Trial(case.row, case.completion or "", "order:case", why)


Steps = Iterator[tuple[str, list[tuple[str, str]]]]


def _data(case: Case, _: Trial) -> Steps:
    data = expected_data(case.reference)
    if not isinstance(data, Mapping) or "calls" in case.reference or not data:
        return
    keys = rng_of("worse", len(data)).sample(list(data), len(data))
    rungs = [("every field is right", _json(data))]
    rungs += [
        (f"{count} of its fields are wrong", _json({**data, **_spoilt(data, keys[:count])}))
        for count in sorted({1, 2, len(keys)} & set(range(1, len(keys) + 1)))
    ]
    yield "order:fields wrong", rungs
    yield (
        "order:fields missing",
        [
            rungs[0],
            ("a field is missing", _json({k: v for k, v in data.items() if k != keys[0]})),
            ("all fields are missing", "{}"),
        ],
    )


def _spoilt(data: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
    return {key: spoilt(data[key]) for key in keys}


def spoilt(value: Any) -> Any:
    """Returns a value of the same type that is surely another."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value * 7 + 1013
        case str():
            return f"Zq{value[::-1]}xv"
        case list():
            return [spoilt(item) for item in value] or ["Zqxv"]
        case Mapping():
            return {key: spoilt(item) for key, item in value.items()} or {"Zqxv": 1}
    return "Zqxv"


def _math(case: Case, _: Trial) -> Steps:
    answer = final_answer(case.reference)
    if not answer:
        return
    right = f"The answer is {answer}."
    wrong = f"The answer is {wrong_answer(answer)}."
    yield "order:answer", [("its answer is right", right), ("its answer is wrong", wrong)]
    solution = case.reference if isinstance(case.reference, str) else ""
    if _STEP.search(solution) and solution.strip() != answer:
        broken = _STEP.sub(lambda m: f"{m[1]}{int(m[2]) + 1}", solution, count=1)
        if broken.rsplit("\n", 1)[-1] == solution.rsplit("\n", 1)[-1]:
            rungs = [("its steps are right", solution), ("a step of it is wrong", broken)]
            yield "order:steps", [*rungs, ("its answer is wrong too", f"{broken}\n{wrong}")]


def wrong_answer(answer: str) -> str:
    """Returns an answer of mathematics that is surely another."""
    number = re.search(r"\d+", answer)
    if number is None:
        return "987654321"
    return f"{answer[: number.start()]}{int(number[0]) * 3 + 1009}{answer[number.end() :]}"


def _code(_: Case, gold: Trial) -> Steps:
    blocks = _BLOCK.findall(gold.completion)
    program = (blocks[0] if len(blocks) == 1 else gold.completion).strip("\n")
    if len(blocks) > 1 or not is_program(program):
        return
    yield (
        "order:program",
        [
            ("it passes the tests", fenced(program)),
            ("its functions return nothing", fenced(_returning_nothing(program))),
            ("it cannot be compiled", fenced(program.replace("def ", "def = ", 1))),
        ],
    )


def _returning_nothing(program: str) -> str:
    tree = ast.parse(program)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Return(ast.Constant(None))]
    return ast.unparse(ast.fix_missing_locations(tree))


def _moderation(case: Case, _: Trial) -> Steps:
    reference = case.reference
    if not isinstance(reference, Mapping) or reference.get("decision") not in ("allow", "block"):
        return
    decision, categories = reference["decision"], reference.get("categories") or []
    other = "allow" if decision == "block" else "block"
    rungs = [("its decision is right", _json({"decision": decision, "categories": categories}))]
    if decision == "block" and categories:
        spoiled = {"decision": decision, "categories": ["spam" if "spam" not in categories else ""]}
        rungs.append(("its categories are wrong", _json(spoiled)))
    rungs.append(("its decision is wrong", _json({"decision": other, "categories": []})))
    yield "order:decision", rungs


def _text(_: Case, gold: Trial) -> Steps:
    words = gold.completion.split()
    if len(words) >= 8:
        mixed = " ".join(rng_of("mixed", len(words)).sample(words, len(words)))
        yield (
            "order:words",
            [("it is the gold", gold.completion), ("its words are in no order", mixed)],
        )


def _plain(case: Case, _: Trial) -> Steps:
    answer = final_answer(case.reference)
    if answer:
        wrong = wrong_answer(answer) if answer[-1:].isdigit() else spoilt(answer)
        yield "order:answer", [("it is the reference", answer), ("it is another answer", wrong)]


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


_MADE = {
    "math_reasoning": _math,
    "data_extraction": _data,
    "code_verification": _code,
    "content_moderation": _moderation,
    "summarization_quality": _text,
    "tone_style": _text,
    REPLIES: _text,
    "instruction_following": _text,
    "rubric": _text,
}
