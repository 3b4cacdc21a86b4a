"""Rewards of Gemini's reinforcement tuning: string match, autorater, code, and their composite.

Source: Google's Gen AI SDK, the types ``SingleReinforcementTuningRewardConfig`` and
``CompositeReinforcementTuningRewardConfig``; keys may be in camel case or with underscores.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from touchstone import kit
from touchstone.workbench.graders.importing import programs
from touchstone.workbench.graders.importing.formulas import mean
from touchstone.workbench.graders.importing.judged import (
    NO_YES,
    SCORE_QUESTION,
    asked,
    judge_of,
    steps_of,
)
from touchstone.workbench.graders.importing.model import Choices, Imported, Node, Piece, identifier
from touchstone.workbench.graders.importing.programs import number, quoted

SERVICE = "Gemini"
_RANGE = (-1.0, 1.0)  # what every reward is clipped to there
_CLOUD_RUN = (
    "a Cloud Run scorer is a web service of your own, and a reward has no network",
    "put its code into a reward file, or deploy it as a Lambda and check it with "
    "`touchstone check NAME ROWS --function ARN`",
)
_NOTE = "a regular expression runs as Python's here, and as RE2 there"
_FAULTS = (
    "a row that lacks a reference that is named is unscored (it teaches nothing); a completion "
    "from which nothing can be extracted counts as wrong"
)


def find(node: Node) -> Node | None:
    """Returns the reward that a file of Gemini's holds; ``None`` for another file.

    It stands alone, in a tuning specification, or in a tuning job.
    """
    if not isinstance(node.value, dict):
        return None
    node = _camel(node)
    for key in ("reinforcementTuningSpec", "singleRewardConfig"):
        if node.has(key):
            return find(node.at(key))
    if node.has("compositeRewardConfig"):
        return node.at("compositeRewardConfig")
    known = (*_SCORERS, "cloudRunRewardScorer", "weightedRewardConfigs")
    return node if any(map(node.has, known)) else None


def read(node: Node, choices: Choices) -> Imported:
    """Reads what :func:`find` found.

    Raises:
        NotImported: It cannot be imported; names the place.
    """
    notes = (_FAULTS, _NOTE)
    if not node.has("weightedRewardConfigs"):
        piece = _piece(node, (), choices)
        return Imported(SERVICE, node.text("rewardName", ""), (piece,), "", piece.bounds, notes)
    pieces: list[Piece] = []
    weights: list[Fraction] = []
    for one in node.at("weightedRewardConfigs").items():
        weight = Fraction(repr(one.number("weight")))
        if weight <= 0:
            raise one.at("weight").refuse("must be above 0")
        pieces.append(_piece(one.at("rewardConfig"), [p.name for p in pieces], choices))
        weights.append(weight)
    low, high = (
        float(sum(w * Fraction(p.bounds[end]) for w, p in zip(weights, pieces, strict=True)))
        / float(sum(weights))
        for end in (0, 1)
    )
    reward = mean([piece.name for piece in pieces], weights)
    bounds = (round(low, 12), round(high, 12))
    return Imported(SERVICE, "", tuple(pieces), reward, bounds, notes)


def _piece(node: Node, taken: tuple[str, ...] | list[str], choices: Choices) -> Piece:
    if node.has("cloudRunRewardScorer"):
        raise node.at("cloudRunRewardScorer").refuse(*_CLOUD_RUN)
    kind = next(filter(node.has, _SCORERS), None)
    if kind is None:
        raise node.refuse(f"has no scorer; known: {', '.join(_SCORERS)}")
    name = identifier(node.text("rewardName", "reward_value"), taken)
    return _SCORERS[kind](node, node.at(kind), name, choices)


def _string_match(node: Node, scorer: Node, name: str, choices: Choices) -> Piece:
    wrong, right = _rewards(scorer)
    lines, modules = _extracted(node)
    uses = {"filled", "NotWritten"} if modules else {"filled"}
    field = scorer.at("jsonMatchExpression") if scorer.has("jsonMatchExpression") else None
    if field:
        uses.add("field_of")
        lines.append(f"text = field_of(text, {quoted(field.text('keyName'))})")
        match = field.at("valueStringMatchExpression")
    else:
        match = scorer.at("stringMatchExpression")
    operation = match.text("matchOperation")
    if operation not in _MATCHES:
        raise match.at("matchOperation").refuse(f"{operation!r} is none of {', '.join(_MATCHES)}")
    expression = _template(match, "expression")
    trim = ".strip()" if choices.trim and operation != "REGEX_CONTAINS" else ""
    lines.append(f"wanted = filled({quoted(expression)}, sample, item){trim}")
    lines.append(f"text = text{trim}") if trim else None
    lines.append(f"return {number(right)} if {_MATCHES[operation]} else {number(wrong)}")
    return Piece(
        name,
        f"string match {operation}: {expression}",
        tuple(lines),
        (wrong, right),
        frozenset(uses),
        modules | ({"re"} if operation == "REGEX_CONTAINS" else set()),
        (expression,),
    )


def _autorater(node: Node, scorer: Node, name: str, choices: Choices) -> Piece:
    if _pattern(node):
        raise node.at("parseResponseConfig").refuse(
            "a judge is shown the whole completion, and no part that an expression extracts"
        )
    prompt = _template(scorer, "autoraterPrompt", judged=True)
    config = scorer.at("autoraterConfig") if scorer.has("autoraterConfig") else None
    model = config.text("autoraterModel", "gemini-pro") if config else "gemini-pro"
    judge = judge_of(scorer.holding({"model": model}), choices)
    if not scorer.has("exactMatchScorer"):
        said = f"autorater {model}, -1 to 1"
        return asked(name, said, prompt, SCORE_QUESTION, steps_of(_RANGE), _RANGE, model, judge)
    exact = scorer.at("exactMatchScorer")
    wrong, right = _rewards(exact)
    wanted = _template(exact, "expression", judged=True)
    text = f"{prompt}\n\nThe answer that counts as right: {wanted}"
    question = "Is the answer to the instructions the one that counts as right?"
    said = f"autorater {model}: {wanted}"
    return asked(name, said, text, question, NO_YES, (wrong, right), model, judge)


def _code(node: Node, scorer: Node, name: str, _choices: Choices) -> Piece:
    if _pattern(node):
        raise node.at("parseResponseConfig").refuse("beside code: extract it in the code")
    source = scorer.text("pythonCodeSnippet")
    place = scorer.at("pythonCodeSnippet")
    made = programs.piece(place, name, source, "evaluate", ("example", "response"))
    programs.check_inside(place, source)
    return Piece(
        name, made.said, (
            f"score = {name}_program(example_of(item), response_of(sample))",
            "return max(-1.0, min(1.0, score))",
        ), _RANGE, frozenset({"example_of", "response_of"}), source=source,
        function="evaluate", libraries=made.libraries,
    )  # fmt: skip


_SCORERS: dict[str, Callable[[Node, Node, str, Choices], Piece]] = {
    "stringMatchRewardScorer": _string_match,
    "autoraterScorer": _autorater,
    "codeExecutionRewardScorer": _code,
}
_MATCHES = {
    "EXACT_MATCH": "text == wanted",
    "PARTIAL_MATCH": "wanted in text",
    "REGEX_CONTAINS": "re.search(wanted, text)",
}


def _extracted(node: Node) -> tuple[list[str], frozenset[str]]:
    """Returns the lines that get the text to score, and the modules that they need."""
    lines = ['text = sample["output_text"]']
    pattern = _pattern(node)
    if not pattern:
        return lines, frozenset()
    return [
        *lines,
        f"found = re.search({quoted(pattern)}, text)",
        "if not found:",
        '    raise NotWritten("nothing to extract")',
        f'text = found[{re.compile(pattern).groups}] or ""',
    ], frozenset({"re"})


def _pattern(node: Node) -> str:
    """Returns the expression that extracts the text to score, ``""`` where all of it is scored."""
    if not node.has("parseResponseConfig"):
        return ""
    config = node.at("parseResponseConfig")
    kind = config.text("parseType", "IDENTITY")
    if kind != "REGEX_EXTRACT":
        if kind not in ("IDENTITY", "RESPONSE_PARSE_TYPE_UNSPECIFIED"):
            raise config.at("parseType").refuse(f"{kind!r} is none of IDENTITY, REGEX_EXTRACT")
        return ""
    pattern = config.text("regexExtractExpression")
    try:
        if re.compile(pattern).groups > 1:
            raise config.refuse("an expression that extracts has one group at most")
    except re.error as exc:
        raise config.at("regexExtractExpression").refuse(f"no regular expression: {exc}") from exc
    return pattern


def _template(node: Node, key: str, *, judged: bool = False) -> str:
    """Returns a text whose placeholders are ours; a judge sees the task whatever is named."""

    def ours(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name.startswith("references."):
            # What `data convert` makes of them.
            return f"{{{{ item.reference_answer.{name.partition('.')[2]} }}}}"
        if judged and name in ("prompt", "system_instruction"):
            return "[TASK]"
        if judged and name == "response":
            return "{{ sample.output_text }}"
        raise node.at(key).refuse(f"{{{{{name}}}}} is no placeholder that is known")

    text = kit.PLACEHOLDER.sub(ours, node.text(key))
    node.at(key).check_template(text)
    return text


def _rewards(node: Node) -> tuple[float, float]:
    """Returns what a wrong and a right answer earn."""
    wrong, right = _clipped(node, "wrongAnswerReward"), _clipped(node, "correctAnswerReward")
    if not wrong < right:
        raise node.refuse("correctAnswerReward must be above wrongAnswerReward")
    return wrong, right


def _clipped(node: Node, key: str) -> float:
    low, high = _RANGE
    return max(low, min(high, node.number(key, 0.0)))


def _camel(node: Node) -> Node:
    """Returns a node whose keys are in camel case, at every depth."""
    lines = {_camel_case(path): line for path, line in node.lines.items()}
    return Node(_in_camel(node.value), node.file, node.path, lines)


def _in_camel(value: object) -> object:
    if isinstance(value, dict):
        return {_camel_case(key): _in_camel(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_in_camel(one) for one in value]
    return value


def _camel_case(key: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), key)
