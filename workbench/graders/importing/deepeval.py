"""Metrics of DeepEval, read from a file of Python that is never run.

Source: DeepEval's documentation, "G-Eval", and its package: the scores of ``GEval``,
``ExactMatchMetric``, ``PatternMatchMetric`` and ``JsonCorrectnessMetric``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from touchstone.workbench.graders.importing import programs
from touchstone.workbench.graders.importing.formulas import MEAN_NOTE, mean
from touchstone.workbench.graders.importing.judged import (
    NO_YES,
    SCORE_QUESTION,
    asked,
    judge_of,
    replaced,
)
from touchstone.workbench.graders.importing.model import (
    WHOLE,
    Choices,
    FoundRow,
    Imported,
    Node,
    NotImported,
    Piece,
    identifier,
    inexact,
)
from touchstone.workbench.graders.importing.programs import quoted
from touchstone.workbench.graders.importing.python_file import PythonFile, Unread
from touchstone.workbench.graders.importing.rows import golden_row

SERVICE = "DeepEval"
_PACKAGE = "deepeval"
_MODEL = "gpt-5.4"  # who judges where nobody is named, as of DeepEval 4.3
# What each is called with, by position.
_PARAMETERS = {
    "GEval": ("name", "evaluation_params", "criteria", "evaluation_steps", "rubric", "model"),
    "ExactMatchMetric": ("threshold",),
    "PatternMatchMetric": ("pattern", "ignore_case", "threshold"),
    "JsonCorrectnessMetric": ("expected_schema", "model", "threshold"),
}
# What decides a score and has to be spelt out.
_READ = {
    "name", "criteria", "evaluation_steps", "evaluation_params", "rubric", "strict_mode", "pattern",
    "ignore_case", "compute_f1",
}  # fmt: skip
_CASES = ("LLMTestCase", "Golden")
# What a judge is shown, by the name of the parameter: how it is called, and what it is here.
_SHOWN = {
    "INPUT": ("Input", "[TASK]"),
    "ACTUAL_OUTPUT": ("Actual Output", "{{ sample.output_text }}"),
    "EXPECTED_OUTPUT": ("Expected Output", "{{ item.expected_output }}"),
    "CONTEXT": ("Context", "{{ item.context }}"),
    "RETRIEVAL_CONTEXT": ("Retrieval Context", "{{ item.retrieval_context }}"),
    "EXPECTED_TOOLS": ("Expected Tools", "{{ item.expected_tools }}"),
    "TOOLS_CALLED": ("Tools Called", "{{ sample.output_tools }}"),
}
_SCORED = (
    "Score the COMPLETION, an answer to TASK, from {low} to {high}: {high} where it is all that "
    "the {what} ask for, {low} where it is nothing of it."
)
_STRICT = "Say whether the COMPLETION, an answer to TASK, is all that the {what} ask for."
_STRICT_QUESTION = "Is the COMPLETION all that the instructions ask for?"
_THRESHOLDS = "thresholds decide there what passes; the reward is the score itself"
_JUDGED = (
    "a judge gives one of its scores here; there the mean of several by their probability, where "
    "the model tells those"
)
_STEPS_NOTE = "has criteria and no evaluation_steps, of which a model there makes steps first"
_JOINED = "DeepEval joins metrics to no number: the reward is their mean"
_BY_CODE = "decides by code of its own: make it a reward file, touchstone graders new NAME"
_NO_COUNTERPART = "has no counterpart that gives the same scores"


def read_file(source: PythonFile, choices: Choices) -> Imported:
    """Reads the metrics of a file, and the test cases that it spells out.

    Raises:
        NotImported: It holds none, or some do not map exactly; lists them with their lines.
    """
    calls = [
        (name, call) for name, call in source.calls(_PACKAGE) if name in _PARAMETERS or _other(name)
    ]
    own = list(source.subclasses(_PACKAGE, "BaseMetric", "BaseConversationalMetric"))
    listed = [(call.lineno, name, _NO_COUNTERPART) for name, call in calls if _other(name)]
    listed += [(one.lineno, one.name, _BY_CODE) for one in own]
    if not calls and not own:
        raise NotImported(f"{source.file}: holds no metric of DeepEval")
    if listed:
        said = [f"{source.file}:{n}: {name}: {why}" for n, name, why in sorted(listed)]
        raise inexact(source.file, "metrics", len(calls) + len(own), said)
    pieces: list[Piece] = []
    notes = [_THRESHOLDS]
    for name, call in calls:
        node = source.arguments(name, call, _PARAMETERS[name])
        for key, value in node.value.items():
            if key in _READ and _holds_unread(value):
                raise node.at(key).refuse("is not spelt out, and the file is not run")
        if node.has("evaluation_template"):
            raise node.at("evaluation_template").refuse("is a prompt of your own for the judge")
        piece = _KINDS[name](node, [one.name for one in pieces], source, choices)
        pieces.append(piece)
        notes.extend(_said(node, piece))
    notes += [_JUDGED] if any(piece.judged for piece in pieces) else []
    rows, unread = _rows(source)
    notes += unread
    reward = ""
    if len(pieces) > 1:
        notes += [_JOINED, MEAN_NOTE]
        reward = mean([piece.name for piece in pieces], [Fraction(1)] * len(pieces))
    return Imported(SERVICE, "", tuple(pieces), reward, notes=tuple(notes), rows=tuple(rows))


def is_deepeval(source: PythonFile) -> bool:
    """Tells whether a file imports DeepEval."""
    return source.imports(_PACKAGE)


def _other(name: str) -> bool:
    return name not in _PARAMETERS and bool(re.fullmatch(r"\w+Metric|\w*GEval", name))


def _g_eval(node: Node, taken: list[str], _source: PythonFile, choices: Choices) -> Piece:
    name = identifier(node.text("name", "g_eval"), taken)
    steps = node.texts("evaluation_steps") if node.has("evaluation_steps") else []
    what = "evaluation steps" if steps else "criteria"
    told = "\n".join(f"{n}. {one}" for n, one in enumerate(steps, 1)) or node.text("criteria")
    ranges = _ranges(node)
    low, high = (ranges[0][0], ranges[-1][1]) if ranges else (0, 10)
    strict = bool(node.value.get("strict_mode"))
    head = (_STRICT if strict else _SCORED).format(low=low, high=high, what=what)
    parts = [head, f"{what.capitalize()}:\n{_plain(node, told)}"]
    if ranges and not strict:
        meant = [f"{a}-{b}: {text}" if a != b else f"{a}: {text}" for a, b, text in ranges]
        parts.append("What the scores mean:\n" + _plain(node, "\n".join(meant)))
    parts.append("What they speak of:\n" + "\n".join(_shown(node)))
    steps = [(str(score), (score - low) / (high - low)) for score in range(low, high + 1)]
    question, levels = (_STRICT_QUESTION, NO_YES) if strict else (SCORE_QUESTION, steps)
    model, judge = _judge(node, choices)
    text = "\n\n".join(parts)
    return asked(name, f"GEval, {model}", text, question, levels, WHOLE, model, judge)


def _ranges(node: Node) -> list[tuple[int, int, str]]:
    """Returns the lowest and the highest score of each part of a rubric, and what it means."""
    found = []
    for one in node.at("rubric").items() if node.has("rubric") else []:
        ends = one.at("score_range").value
        if not (isinstance(ends, list) and len(ends) == 2 and all(type(n) is int for n in ends)):
            raise one.at("score_range").refuse("must be two whole numbers")
        if not 0 <= ends[0] <= ends[1] <= 10:
            raise one.at("score_range").refuse("must rise, within 0 and 10")
        found.append((ends[0], ends[1], one.text("expected_outcome")))
    found.sort()
    for (_, end, _), (start, _, _) in itertools.pairwise(found):
        if end >= start:
            raise node.at("rubric").refuse("its score ranges overlap")
    if found and found[0][0] == found[-1][1]:
        raise node.at("rubric").refuse("its scores do not differ")
    return found


def _plain(node: Node, text: str) -> str:
    if "{{" in text or "{%" in text:
        raise node.refuse("holds {{ or {%, which would be read as a placeholder")
    return text


def _shown(node: Node) -> Iterator[str]:
    given = node.at("evaluation_params")
    for one in given.items():
        if one.value not in _SHOWN:
            raise one.refuse(f"{one.value} is none of {', '.join(_SHOWN)}")
        name, text = _SHOWN[one.value]
        yield f"{name}: {text}"


def _judge(node: Node, choices: Choices) -> tuple[str, str]:
    """Returns who judges there, and the judge in its place."""
    model = node.value.get("model") or _MODEL
    if isinstance(model, Mapping):  # an object of a class of DeepEval's
        found = [model.get(key) for key in ("model", "model_id", "model_name")]
        name = next((one for one in found if isinstance(one, str)), "")
        if not choices.judge and "Bedrock" in model["class"] and name:
            return name, f"bedrock:{name}"
        model = name or model["class"]
    elif isinstance(model, Unread):
        model = model.code
    return str(model), judge_of(node.holding({"model": str(model)}), choices)


def _exact_match(node: Node, taken: list[str], _source: PythonFile, _choices: Choices) -> Piece:
    if node.value.get("compute_f1"):
        raise node.at("compute_f1").refuse("gives parts of the score, which is not imported")
    wanted = "{{ item.expected_output }}"
    return Piece(
        identifier("exact_match", taken),
        "ExactMatchMetric",
        (
            'text = sample["output_text"].strip()',
            f"wanted = filled({quoted(wanted)}, sample, item).strip()",
            "return float(text == wanted)",
        ),
        uses=frozenset({"filled"}),
        templates=(wanted,),
    )


def _pattern_match(node: Node, taken: list[str], _source: PythonFile, _choices: Choices) -> Piece:
    pattern = node.text("pattern").strip()
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as exc:
        raise node.at("pattern").refuse(f"no regular expression: {exc}") from exc
    flags = ", re.IGNORECASE" if node.value.get("ignore_case") else ""
    return Piece(
        identifier("pattern_match", taken),
        f"PatternMatchMetric {pattern}",
        (
            'text = sample["output_text"].strip()',
            f"return float(re.fullmatch({quoted(pattern)}, text{flags}) is not None)",
        ),
        modules=frozenset({"re"}),
    )


def _json(node: Node, taken: list[str], source: PythonFile, _choices: Choices) -> Piece:
    """Returns the piece that validates by the file's own class of pydantic."""
    schema = node.at("expected_schema")
    if not (isinstance(schema.value, Unread) and schema.value.name in source.classes):
        raise schema.refuse("must be a class that the file defines")
    code = (
        f"{source.needed(schema.value.name, _PACKAGE)}\n\n"
        "def grade(sample, item):\n"
        '    """Returns 1.0 where the completion is the JSON that the schema asks for."""\n'
        "    from pydantic import ValidationError\n\n"
        "    try:\n"
        f'        {schema.value.name}.model_validate_json(sample["output_text"])\n'
        "    except ValidationError:\n"
        "        return 0.0\n"
        "    return 1.0\n"
    )
    name = identifier("json_correctness", taken)
    made = programs.piece(schema, name, code, "grade", ("sample", "item"))
    programs.check_inside(schema, code)
    return replace(made, said=f"JsonCorrectnessMetric {schema.value.name}")


_KINDS: Mapping[str, Callable[[Node, list[str], PythonFile, Choices], Piece]] = {
    "GEval": _g_eval,
    "ExactMatchMetric": _exact_match,
    "PatternMatchMetric": _pattern_match,
    "JsonCorrectnessMetric": _json,
}


def _said(node: Node, piece: Piece) -> Iterator[str]:
    if piece.judged:
        yield replaced(piece, piece.judged)
        if not node.has("evaluation_steps"):
            yield f"{piece.name}: {_STEPS_NOTE}"


def _rows(source: PythonFile) -> tuple[list[FoundRow], list[str]]:
    """Returns the test cases that can be read, and which cannot."""
    rows, unread = [], []
    for name, call in source.calls(_PACKAGE):
        if name in _CASES:
            node = source.arguments(name, call, ("input", "actual_output", "expected_output"))
            told = {k: v for k, v in node.value.items() if not _holds_unread(v)}
            found = golden_row(told, node.place) if isinstance(told.get("input"), str) else None
            rows += [found] if found else []
            unread += [] if found else [str(call.lineno)]
    notes = [f"test cases are left out, which only running would tell: lines {', '.join(unread)}"]
    return rows, notes if unread else []


def _holds_unread(value: Any) -> bool:
    if isinstance(value, list | dict):
        return any(map(_holds_unread, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Unread)
