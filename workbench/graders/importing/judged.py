"""Graders that ask a model: their messages become a rubric, their model a judge of Bedrock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from touchstone import kit
from touchstone.sanitize import visible
from touchstone.workbench.graders.importing.model import Choices, Judged, Node, Piece, identifier

_LARGE = "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"
_SMALL = "bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0"
# The first that a model's name holds decides; what the vendor calls small is judged by a small one.
_JUDGES = (
    ("gpt-oss-120b", "bedrock:openai.gpt-oss-120b-1:0"),
    ("gpt-oss-20b", "bedrock:openai.gpt-oss-20b-1:0"),
    ("mini", _SMALL),
    ("nano", _SMALL),
    ("flash", _SMALL),
    ("gpt-3.5", _SMALL),
    ("gpt-", _LARGE),
    ("gemini-", _LARGE),
    ("claude-", _LARGE),
)
# E.g. `o3`, `o1-2024-12-17`; not `gpt-4o`
_REASONING = re.compile(r"o[1-9]\b")
SCORE_QUESTION = "Which score does the COMPLETION get, by the instructions?"
NO_YES = (("no", 0.0), ("yes", 1.0))
_COMPLETION = "sample.output_text"
_STEPS = 10
_MOST_LEVELS = 20
_LARGEST = 1_000_000  # a score's; beyond it two steps could be written alike
# What sampling parameters are called here, and what has no counterpart.
_MOST_TOKENS = ("max_completions_tokens", "max_completion_tokens", "max_tokens")
_LEAST_TOKENS, _LONGEST_ANSWER = 64, 32_768
_UNHELD = ("top_p", "seed", "reasoning_effort")


def judge_of(node: Node, choices: Choices) -> str:
    """Returns the judge in place of the ``model`` of a grader.

    Raises:
        NotImported: The model is not known, and no judge was named.
    """
    model = node.text("model")
    if choices.judge:
        return choices.judge
    name = model.lower().rpartition("/")[2]
    if _REASONING.match(name) and "mini" not in name:
        return _LARGE
    found = next((judge for part, judge in _JUDGES if part in name), None)
    if found is None:
        raise node.at("model").refuse(
            f"no judge of Bedrock is known for {model!r}",
            "name one: --judge bedrock:MODEL, or --judge offline to try it without a model",
        )
    return found


def score_model(node: Node, name: str, choices: Choices) -> Piece:
    """Returns the piece of a grader whose model gives a number within a range."""
    bounds = (0.0, 1.0)
    if node.has("range"):
        given = node.at("range")
        numbers = given.value
        if not isinstance(numbers, list) or len(numbers) != 2:
            raise given.refuse("must be two numbers")
        if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
            raise given.refuse("must be two numbers")
        low, high = map(float, numbers)
        if not (low < high and max(-low, high) <= _LARGEST):
            raise given.refuse(f"must rise, within -{_LARGEST:,} and {_LARGEST:,}")
        bounds = (low, high)
    said = f"score_model {node.text('model')}, {bounds[0]:g} to {bounds[1]:g}"
    steps = steps_of(bounds)
    if len(dict(steps)) < len(steps):
        raise node.at("range").refuse("is too narrow for a judge to tell its scores apart")
    return judged_piece(node, name, said, SCORE_QUESTION, steps, bounds, choices)


def label_model(node: Node, name: str, choices: Choices) -> Piece:
    """Returns the piece of a grader whose model gives a label; one that passes is worth 1."""
    labels, passing = node.texts("labels"), node.texts("passing_labels")
    unknown = sorted(set(passing) - set(labels))
    if unknown:
        raise node.at("passing_labels").refuse(f"{unknown[0]!r} is none of the labels")
    if not passing or len(set(passing)) == len(set(labels)):
        raise node.at("passing_labels").refuse("must be some of the labels, and not all of them")
    levels = [(label, float(label in passing)) for label in dict.fromkeys(labels)]
    levels.sort(key=lambda level: level[1])
    said = f"label_model {node.text('model')}: {', '.join(passing)} of {', '.join(labels)}"
    question = "Which label does the COMPLETION get, by the instructions?"
    return judged_piece(node, name, said, question, levels, (0.0, 1.0), choices)


def judged_piece(
    node: Node,
    name: str,
    said: str,
    question: str,
    levels: Sequence[tuple[str, float]],
    bounds: tuple[float, float],
    choices: Choices,
) -> Piece:
    """Returns the piece of a grader that has a model answer with one of some levels."""
    messages = map(_message, node.at("input").items())
    text = "\n\n".join(f"{role.upper()}:\n{text}" for role, text in messages)
    judge, options = judge_of(node, choices), _options(node)
    return asked(name, said, text, question, levels, bounds, node.text("model"), judge, options)


def asked(
    name: str,
    said: str,
    text: str,
    question: str,
    levels: Sequence[tuple[str, float]],
    bounds: tuple[float, float],
    model: str,
    judge: str,
    options: dict[str, Any] | None = None,
) -> Piece:
    """Returns the piece of a model that reads instructions and answers with one of some levels.

    Args:
        name: The piece's name.
        said: What it is.
        text: The instructions, with placeholders.
        question: What is decided.
        levels: Each answer's label, and what it is worth within 0..1, worst first.
        bounds: What the lowest and the highest level are worth to the reward.
        model: Who is asked there.
        judge: Who is asked here.
        options: Of ``judge_options``.
    """
    context: dict[str, str] = {}
    instructions = _named(text, context)
    decided = Judged(question, tuple(levels), instructions, context, model, judge, options or {})
    return Piece(name, said, bounds=bounds, templates=(text,), judged=decided)


def replaced(piece: Piece, judged: Judged) -> str:
    """Returns the note of who judges a piece in the place of its model."""
    return f"{piece.name}: {judged.model} is replaced by {judged.judge}"


def notes(node: Node, piece: Piece, judged: Judged) -> Iterator[str]:
    """Yields what a model judges otherwise here than there."""
    yield replaced(piece, judged)
    if node.text("type") == "score_model":
        labels = [label for label, _ in judged.levels]
        yield f"{piece.name}: the judge gives one of {len(labels)} scores, {', '.join(labels)}"
    given = node.value.get("sampling_params")
    for key in _UNHELD:
        if isinstance(given, dict) and given.get(key) is not None:
            yield f"{piece.name}: {key} has no counterpart here, and is left out"


def shown_as(context: str) -> str:
    """Returns how a judge's prompt names a context."""
    return f"CONTEXT {context.upper()}"


def _named(text: str, context: dict[str, str]) -> str:
    """Puts names in place of a message's placeholders, and notes what each of them shows.

    What a row or a completion holds never becomes a part of the instructions: the judge is
    shown it in a fence of its own.
    """

    def name_of(found: re.Match[str]) -> str:
        path = found[1].strip()
        if path == _COMPLETION:
            return "[COMPLETION]"
        shown = {template: name for name, template in context.items()}
        template = f"{{{{ {path} }}}}"
        if template not in shown:
            plain = identifier(path, [one.replace(" ", "_") for one in context])
            context[plain.replace("_", " ").strip()] = template
            shown[template] = plain.replace("_", " ").strip()
        return f"[{shown_as(shown[template])}]"

    return kit.PLACEHOLDER.sub(name_of, text)


def _message(node: Node) -> tuple[str, str]:
    """Returns role and text of a message."""
    content = node.at("content")
    text = _content(content)
    content.check_template(text)
    return node.text("role", "user"), text


def _content(node: Node) -> str:
    if isinstance(node.value, str):
        return node.as_text()
    if isinstance(node.value, list):
        return "\n".join(map(_content, node.items()))
    if node.has("text"):
        return node.text("text")
    kind = node.value.get("type") if isinstance(node.value, dict) else type(node.value).__name__
    raise node.refuse(f"a judge reads text, not {visible(str(kind))}")


def steps_of(bounds: tuple[float, float]) -> list[tuple[str, float]]:
    """Returns the scores that a judge may give: whole numbers where there are few, else tenths."""
    low, high = bounds
    whole = low.is_integer() and high.is_integer() and 1 < high - low < _MOST_LEVELS
    steps = int(high - low) if whole else _STEPS
    return [
        (f"{low + (high - low) * step / steps:.10g}", step / steps) for step in range(steps + 1)
    ]


def _options(node: Node) -> dict[str, Any]:
    if not node.has("sampling_params"):
        return {}
    given = node.at("sampling_params")
    options: dict[str, Any] = {}
    if given.has("temperature"):
        options["temperature"] = given.number("temperature")
    for key in _MOST_TOKENS:
        if given.has(key):
            most = int(given.number(key))
            options["max_tokens"] = max(_LEAST_TOKENS, min(most, _LONGEST_ANSWER))
    return options
