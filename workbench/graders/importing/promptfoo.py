"""Assertions of promptfoo: by the text alone, by a program in Python, or by a model.

Source: promptfoo's reference, "Assertions and metrics", and its ``src/assertions``: how each
decides, and ``AssertionsResult``, by which a test's score is the mean by weight whatever passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from touchstone import kit
from touchstone.workbench.graders.importing import programs, schemas
from touchstone.workbench.graders.importing.beside import beside, function_of
from touchstone.workbench.graders.importing.formulas import MEAN_NOTE, mean
from touchstone.workbench.graders.importing.judged import (
    NO_YES,
    SCORE_QUESTION,
    asked,
    judge_of,
    replaced,
    steps_of,
)
from touchstone.workbench.graders.importing.model import (
    WHOLE,
    Choices,
    Imported,
    Node,
    Piece,
    identifier,
    inexact,
)
from touchstone.workbench.graders.importing.programs import quoted
from touchstone.workbench.graders.importing.promptfoo_tests import Suite, ours, suite_of

SERVICE = "promptfoo"
# Each decides whether a text passes; `wanted` is its value.
_ONE = {
    "equals": "text == wanted",
    "contains": "wanted in text",
    "icontains": "wanted.lower() in text.lower()",
    "starts-with": "text.startswith(wanted)",
    "ends-with": "text.endswith(wanted)",
    "regex": "js_search(wanted, text)",
}
_SEVERAL = {
    "contains-any": "any(one in text for one in wanted)",
    "contains-all": "all(one in text for one in wanted)",
    "icontains-any": "any(one.lower() in text.lower() for one in wanted)",
    "icontains-all": "all(one.lower() in text.lower() for one in wanted)",
}
_TEXT = {*_ONE, *_SEVERAL, "is-json", "levenshtein", "word-count"}
_EDITS = 5  # at most, where a threshold does not say
# What does not map, and why. A kind that stands nowhere has no counterpart.
_OTHER = {
    **dict.fromkeys(("javascript", "ruby", "webhook"), "only Python runs here"),
    **dict.fromkeys(("similar", "similar:cosine", "similar:dot", "similar:euclidean"),
                    "compares embeddings, and no embedding model can be asked"),
    **dict.fromkeys(("answer-relevance", "context-faithfulness", "context-recall",
                     "context-relevance", "conversation-relevance"),
                    "is made of several questions to a model, and of embeddings"),
    **dict.fromkeys(("cost", "latency", "perplexity", "perplexity-score", "tokens-used"),
                    "measures the call, not the text"),
    **dict.fromkeys(("select-best", "max-score"), "compares several outputs"),
    **dict.fromkeys(("bleu", "gleu", "meteor", "rouge-n"),
                    "is computed otherwise there than by the libraries that define it"),
    "contains-json": "reads what stands between braces as YAML, comments and all",
}  # fmt: skip
_INVERSE = "its inverse is decided otherwise in different versions"
# Who judges where nobody is named.
_PROVIDER = "openai:gpt-5"
_RUBRIC = (
    "Grade the COMPLETION, an answer to TASK, by this rubric, from 0 where it is not met to 1 "
    "where it is met in full:\n\n{}"
)
_CLOSED_QA = "The criterion that the COMPLETION, an answer to TASK, must meet:\n\n{}"
_FACTUALITY = (
    "Compare the facts of the COMPLETION, an answer to TASK, with those of an expert's answer. "
    "Style, grammar and punctuation do not count. The expert's answer:\n\n{}"
)
_G_EVAL = (
    "Score the COMPLETION, an answer to TASK, from 0 where it does not follow the criteria to 10 "
    "where it follows them in full. Work out the steps of evaluation that the criteria ask for, "
    "then go through them. The criteria:\n\n{}"
)
# What a comparison of facts can come to: label, promptfoo's option, and its default score.
_FACTS = (
    ("disagrees with the expert", "disagree", 0.0),
    ("is a consistent part of it", "subset", 1.0),
    ("holds all of it and more, consistently", "superset", 1.0),
    ("holds the same details", "agree", 1.0),
    ("differs in what does not matter to the facts", "differButFactual", 1.0),
)
_NOTES = (
    "the reward is a test's score, the mean of its assertions by their weights; thresholds decide "
    "there what passes, and change no score but that of levenshtein",
    "a variable that a test lacks is an empty text there; a row that lacks it is unscored here",
)
_SCHEMA_FILES = (".json", ".yaml", ".yml")
_REGEX_NOTE = (
    "a regular expression of JavaScript runs as Python's here, with JavaScript's ends and letters"
)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One assertion that is no set.

    Attributes:
        node: It.
        share: Its part of the score, within 0..1.
    """

    node: Node
    share: Fraction


def find(node: Node) -> Node | None:
    """Returns a configuration of promptfoo, or a list of assertions; ``None`` for another file."""
    if isinstance(node.value, list) and node.value and _is_assertion(node.value[0]):
        return node
    return node if any(map(node.has, ("assert", "defaultTest", "tests", "prompts"))) else None


def read(node: Node, choices: Choices) -> Imported:
    """Reads what :func:`find` found.

    Raises:
        NotImported: Some of it does not map exactly; lists it.
    """
    suite = suite_of(node)
    leaves = list(_leaves(suite.assertions, Fraction(1)))
    if not leaves:
        raise node.refuse("has no assertions", "put them under defaultTest.assert, or in tests")
    listed = [f"{leaf.node.at('type').place}: {why}" for leaf in leaves if (why := _why(leaf.node))]
    if listed:
        raise inexact(node.file, "assertions", len(leaves), listed)
    pieces: list[Piece] = []
    shares: list[Fraction] = []
    for leaf in leaves:
        for piece in _pieces(leaf.node, suite, pieces, choices):
            pieces.append(piece)
            shares.append(leaf.share / _count(leaf.node))
    if not any(shares):
        raise node.refuse("weights must not be negative, and one must be above 0")
    several = len(pieces) > 1
    # A set of which nothing counts is worth 0 there, and counts itself.
    reward = mean([piece.name for piece in pieces], shares, Fraction(1)) if several else ""
    notes = (*_NOTES, *([MEAN_NOTE] if several else []), *suite.notes, *_said(leaves, pieces))
    name = node.text("description", "") if isinstance(node.value, dict) else ""
    return Imported(SERVICE, name, tuple(pieces), reward, notes=notes, rows=suite.rows)


def _leaves(nodes: list[Node], share: Fraction) -> Iterator[_Leaf]:
    """Yields assertions with their part of the score: a set is worth the mean of its own."""
    weights = [Fraction(repr(one.number("weight", 1))) for one in nodes]
    for one, weight in zip(nodes, weights, strict=True):
        if weight < 0:
            raise one.at("weight").refuse("weights must not be negative, and one must be above 0")
        part = share * weight / sum(weights) if weight else Fraction(0)
        if one.text("type") == "assert-set":
            yield from _leaves(one.at("assert").items(), part)
        else:
            yield _Leaf(one, part)


def _why(node: Node) -> str:
    """Returns why an assertion does not map exactly, ``""`` where it does."""
    kind = node.text("type")
    base = kind.removeprefix("not-")
    value = node.value.get("value")
    reason = ""
    if base in _OTHER:
        reason = _OTHER[base]
    elif node.has("transform") or node.has("contextTransform"):
        reason = "a transform is JavaScript"
    elif node.has("rubricPrompt"):
        reason = "has a prompt of its own for the judge"
    elif node.has("normalizeUnicode"):
        reason = "compares normal forms of Unicode"
    elif base == "is-json":
        reason = _schema_problem(node)
    elif isinstance(value, str) and re.match(r"file://.*\.(?:[cm]?[jt]s|rb)(?::|\Z)", value):
        reason = "only Python runs here"
    elif kind != base and base in _INVERSE_UNSURE:
        reason = _INVERSE
    elif base not in _TEXT and base not in _MADE:
        reason = "has no counterpart"
    elif base == "equals" and isinstance(value, dict | list):
        reason = "compares an object"
    return f"{kind}: {reason}" if reason else ""


def _count(node: Node) -> int:
    """Returns how many pieces an assertion is."""
    value = node.value.get("value")
    return len(value) if node.text("type") == "g-eval" and isinstance(value, list) else 1


def _pieces(node: Node, suite: Suite, taken: list[Piece], choices: Choices) -> Iterator[Piece]:
    kind = node.text("type")
    parts = [node]
    if _count(node) > 1:  # each criterion is asked about by itself there
        parts = [node.holding({**node.value, "value": one}) for one in node.value["value"]]
    names = [piece.name for piece in taken]
    for part in parts:
        name = identifier(part.text("metric", kind), names)
        names.append(name)
        base = kind.removeprefix("not-")
        if base in _MADE:
            yield _MADE[base](part, name, suite, choices)
        else:
            yield _by_text(part, name, choices)


def _by_text(node: Node, name: str, choices: Choices) -> Piece:
    kind = node.text("type")
    base = kind.removeprefix("not-")
    lines = ['text = sample["output_text"]' + (".strip()" if choices.trim else "")]
    templates: list[str] = []
    uses = set[str]()
    if base == "is-json":
        schema = _schema(node)
        test = f"keeps_schema(text, {quoted(schema)})" if schema else "is_json(text)"
        uses = {"keeps_schema" if schema else "is_json"}
    elif base == "word-count":
        test = _word_count(node)
    elif base == "levenshtein":
        value = node.at("value")
        templates = [_template(value, node.text("value"))]
        lines.append(f"wanted = filled({quoted(templates[0])}, sample, item)")
        most = programs.number(node.number("threshold", _EDITS))
        test, uses = f"levenshtein(text, wanted) <= {most}", {"filled", "levenshtein"}
    elif base in _ONE:
        value = node.at("value")
        templates = [_template(value, value.value)]
        if base == "regex":
            _check_regex(value, templates[0])
        lines.append(f"wanted = filled({quoted(templates[0])}, sample, item)")
        test, uses = _ONE[base], {"filled", *(["js_search"] if base == "regex" else [])}
    else:
        templates, wanted, uses = _several(node.at("value"))
        lines.append(f"wanted = {wanted}")
        test = _SEVERAL[base]
    lines.append(f"return float({f'not ({test})' if base != kind else test})")
    return Piece(
        name, f"{kind} {', '.join(templates)}".strip(), tuple(lines), uses=frozenset(uses),
        templates=tuple(templates),
    )  # fmt: skip


def _schema(node: Node) -> str:
    """Returns the schema of an assertion as JSON, ``""`` for none.

    Raises:
        NotDecided: Some of it is decided otherwise there.
        NotImported: Its file cannot be read.
    """
    value = node.value.get("value")
    if value in (None, ""):
        return ""
    if not isinstance(value, str):
        return schemas.written(value, references=False)  # there they lead into the configuration
    place = node.at("value")
    text = beside(place, value, *_SCHEMA_FILES)
    if text is value and ("{{" in text or "{%" in text):
        raise place.refuse("a schema has no placeholders")
    # The library of YAML is an extra's, and no other assertion needs it.
    from touchstone.workbench.graders.importing.yaml_file import of_yaml

    return schemas.written(of_yaml(text, place.place, {}))


def _schema_problem(node: Node) -> str:
    try:
        _schema(node)
    except schemas.NotDecided as exc:
        return f"its schema is not decided alike: {exc}"
    return ""


def _word_count(node: Node) -> str:
    value = node.at("value")
    ends = (
        value.value if isinstance(value.value, dict) else {"min": value.value, "max": value.value}
    )
    if not ends or not set(ends) <= {"min", "max"}:
        raise value.refuse("must be a number, or an object of min and max")
    place = value.holding(ends)
    tests = [
        f"len(text.split()) {sign} {place.number(key):.12g}"
        for key, sign in (("min", ">="), ("max", "<="))
        if ends.get(key) is not None
    ]
    return " and ".join(tests)


def _several(node: Node) -> tuple[list[str], str, set[str]]:
    """Returns the texts of a list, or of one text that commas divide: as templates, and Python."""
    if isinstance(node.value, str):
        text = _template(node, node.value)
        if kit.PLACEHOLDER.search(text):  # filled in before it is divided
            return [text], f"commas(filled({quoted(text)}, sample, item))", {"commas", "filled"}
        try:
            parts = kit.commas(text)
        except ValueError as exc:
            raise node.refuse(str(exc)) from exc
        if not parts:
            raise node.refuse("must be each of several texts")
        return parts, f"[{', '.join(map(quoted, parts))}]", set()
    texts = [_template(one, one.value) for one in node.items()]
    filled = [f"filled({quoted(one)}, sample, item)" for one in texts]
    return texts, f"[{', '.join(filled)}]", {"filled"}


def _template(node: Node, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise node.refuse(f"must be a text, not {type(value).__name__}")
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # as JavaScript writes it
    text = ours(node, beside(node, value) if isinstance(value, str) else str(value))
    if not text:
        raise node.refuse("is empty, which every text holds")
    return text


def _check_regex(node: Node, template: str) -> None:
    if kit.PLACEHOLDER.search(template):
        return
    try:
        kit.js_search(template, "")
    except (re.error, OverflowError, RecursionError) as exc:
        raise node.refuse(f"no regular expression of Python: {exc}") from exc


def _python(node: Node, name: str, _suite: Suite, _choices: Choices) -> Piece:
    value = node.at("value")
    code = node.text("value")
    if code.startswith("file://"):
        source, function = beside(value, code, ".py"), function_of(code)
    else:
        # What promptfoo makes of it: an expression, or the body of a function.
        body = code if "\n" in code.strip() else f"return {code.strip()}"
        lines = "\n".join(f"    {line}" for line in body.rstrip().split("\n"))
        source, function = f"import json\n\n\ndef get_assert(output, context):\n{lines}\n", ""
    function = function or "get_assert"
    made = programs.piece(value, name, source, function, ("output", "context"))
    programs.check_inside(value, source)
    return replace(
        made,
        body=(f'return verdict_of({name}_program(sample["output_text"], context_of(item)))',),
        uses=frozenset({"verdict_of", "context_of"}),
    )


def _llm_rubric(node: Node, name: str, suite: Suite, choices: Choices) -> Piece:
    value = _rubric(node)
    levels = steps_of((0.0, 1.0))
    if node.text("type") != "llm-rubric":  # what is left of 1
        levels = [(label, 1 - worth) for label, worth in reversed(levels)]
    return _judged(node, name, suite, choices, _RUBRIC.format(value), SCORE_QUESTION, levels)


def _closed_qa(node: Node, name: str, suite: Suite, choices: Choices) -> Piece:
    text = _CLOSED_QA.format(_rubric(node))
    question = "Does the COMPLETION meet the criterion?"
    return _judged(node, name, suite, choices, text, question, NO_YES)


def _factuality(node: Node, name: str, suite: Suite, choices: Choices) -> Piece:
    given = suite.options
    place = given.at("factuality") if given and given.has("factuality") else node.holding({})
    levels = []
    for label, key, worth in _FACTS:
        score = place.number(key, worth)
        if not 0 <= score <= 1:
            raise place.at(key).refuse("must be within 0 and 1")
        levels.append((label, float(score)))
    levels.sort(key=lambda level: level[1])
    text = _FACTUALITY.format(_rubric(node))
    question = "What do the facts of the COMPLETION come to, beside the expert's answer?"
    return _judged(node, name, suite, choices, text, question, levels)


def _g_eval(node: Node, name: str, suite: Suite, choices: Choices) -> Piece:
    text = _G_EVAL.format(_rubric(node))
    return _judged(node, name, suite, choices, text, SCORE_QUESTION, steps_of((0.0, 10.0)))


def _rubric(node: Node) -> str:
    value = node.at("value")
    if not isinstance(value.value, str):
        raise value.refuse(f"must be a text, not {type(value.value).__name__}")
    return _template(value, node.text("value"))


def _judged(
    node: Node,
    name: str,
    suite: Suite,
    choices: Choices,
    text: str,
    question: str,
    levels: Sequence[tuple[str, float]],
) -> Piece:
    provider, judge = _judge(node, suite, choices)
    said = f"{node.text('type')}, {provider}"
    return asked(name, said, text, question, levels, WHOLE, provider, judge)


def _judge(node: Node, suite: Suite, choices: Choices) -> tuple[str, str]:
    """Returns who judges there, and the judge in its place."""
    places = [node, *([suite.options] if suite.options else [])]
    found = next((one.at("provider") for one in places if one.has("provider")), None)
    if found and found.has("text"):
        found = found.at("text")
    if found and isinstance(found.value, dict):
        found = found.at("id")
    name = found.value if found else _PROVIDER
    place = found or node
    if not isinstance(name, str):
        raise place.refuse(f"must be a text, not {type(name).__name__}")
    if name.startswith("bedrock:") and not choices.judge:
        return name, "bedrock:" + name.removeprefix("bedrock:").removeprefix("converse:")
    model = place.holding({"model": name.rpartition(":")[2]})
    return name, judge_of(model, choices)


def _said(leaves: list[_Leaf], pieces: list[Piece]) -> Iterator[str]:
    if any(leaf.node.text("type").endswith("regex") for leaf in leaves):
        yield _REGEX_NOTE
    for piece in pieces:
        if piece.source:
            yield f"{piece.name}: {programs.BOUNDS_NOTE}"
        if piece.judged:
            kind = piece.said.partition(", ")[0]
            labels = ", ".join(label for label, _ in piece.judged.levels)
            yield replaced(piece, piece.judged)
            yield f"{piece.name}: the prompt of {kind} is our own; the judge gives one of {labels}"


def _is_assertion(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    base = kind.removeprefix("not-") if isinstance(kind, str) else ""
    return base in {*_TEXT, *_MADE, *_OTHER, "assert-set"}


_MADE: Mapping[str, Callable[[Node, str, Suite, Choices], Piece]] = {
    "python": _python,
    "llm-rubric": _llm_rubric,
    "model-graded-closedqa": _closed_qa,
    "factuality": _factuality,
    "model-graded-factuality": _factuality,
    "g-eval": _g_eval,
}
_INVERSE_UNSURE = {*_MADE} - {"llm-rubric"}
