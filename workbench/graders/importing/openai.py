"""Graders of OpenAI's fine-tuning and evals, and of Azure's: all kinds but those by name below.

Source: OpenAI's API reference, "Graders"; the names of the fields are those of its SDK.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from touchstone.kit import METRICS, OPERATIONS
from touchstone.scoring.formula import Formula, FormulaError
from touchstone.workbench.graders.importing import judged, programs
from touchstone.workbench.graders.importing.formulas import in_python, range_of
from touchstone.workbench.graders.importing.model import Choices, Imported, Node, Piece, identifier

SERVICE = "OpenAI"
# What there is no counterpart to, and what to do instead.
_REFUSED = {
    "endpoint": (
        "an `endpoint` grader is a web service of your own, and a reward has no network",
        "put its code into a `python` grader, or deploy it as a Lambda and check it with "
        "`touchstone check NAME ROWS --function ARN`",
    ),
    "cosine": (
        "`cosine` compares embeddings, and no embedding model can be configured",
        "take `fuzzy_match`, `rouge_l` or `meteor`, or a `score_model` that asks for the same",
    ),
}
# Decimals, far finer than what two services are compared by.
_PLAIN = 12
_FAULTS = (
    "there a grader that fails gives 0 with a flag; here a row that lacks what a grader names is "
    "unscored (it teaches nothing), and a completion that lacks it gets the grader's lowest score"
)


def find(node: Node) -> Node | None:
    """Returns the grader that a file of OpenAI's or Azure's holds; ``None`` for another file.

    It stands alone, in a fine-tuning job, in a list of one job, or is the criteria of an eval.

    Raises:
        NotImported: The file holds several jobs, or a job without a grader.
    """
    if node.has("type") and str(node.value["type"]) in {*_KINDS, "multi", "endpoint"}:
        return node
    if node.has("grader"):
        return node.at("grader")
    if node.has("testing_criteria"):
        return node.at("testing_criteria")
    if node.has("method"):
        method = node.at("method")
        if not method.has("reinforcement"):
            raise method.refuse("is no reinforcement fine-tuning, so that it has no grader")
        return method.at("reinforcement").at("grader")
    if node.has("data") and isinstance(node.value["data"], list):
        jobs = node.at("data")
        found = [job for n in range(len(jobs.value)) if (job := find(jobs.at(n)))]
        if len(found) > 1:
            places = ", ".join(one.path for one in found)
            raise jobs.refuse(f"holds {len(found)} graders ({places}); leave one job in the file")
        return found[0] if found else None
    return None


def read(node: Node, choices: Choices) -> Imported:
    """Reads what :func:`find` found.

    Raises:
        NotImported: It cannot be imported; names the place.
    """
    if isinstance(node.value, list):
        return _criteria(node, choices)
    if node.text("type") != "multi":
        piece = _piece(node, node.text("name", "score"), (), choices)
        return Imported(
            SERVICE, node.text("name", ""), (piece,), bounds=piece.bounds,
            notes=(_FAULTS, *_notes([(node, piece)])),
        )  # fmt: skip
    pieces = _pieces(node.at("graders"), choices)
    return _combined(node, pieces, node.text("calculate_output"), node.text("name", ""))


def _criteria(node: Node, choices: Choices) -> Imported:
    """Reads the criteria of an eval, whose mean is the reward: an eval itself joins none."""
    pieces = _pieces(node, choices)
    text = f"({' + '.join(pieces)}) / {len(pieces)}" if len(pieces) > 1 else next(iter(pieces))
    made = _combined(node, pieces, text, "")
    if len(pieces) == 1:
        return made
    return Imported(
        made.service, made.name, made.pieces, made.reward, made.bounds,
        (*made.notes, "an eval joins its criteria to no number: the reward is their mean"),
    )  # fmt: skip


def _pieces(node: Node, choices: Choices) -> dict[str, tuple[Node, Piece]]:
    """Returns the graders of a list or an object by the name that a formula has for them."""
    found: dict[str, tuple[Node, Piece]] = {}
    for key, one in node.entries():
        if one.has("type") and one.text("type") == "multi":
            raise one.refuse("a multi-grader inside another one")
        taken = [piece.name for _, piece in found.values()]
        name = key if isinstance(node.value, dict) else identifier(key, taken)
        made = _piece(one, key, taken, choices)
        if made.source:
            programs.check_inside(one.at("source"), made.source)
        found[name] = (one, made)
    return found


def _combined(node: Node, found: dict[str, tuple[Node, Piece]], text: str, name: str) -> Imported:
    pieces = {key: piece for key, (_, piece) in found.items()}
    # There a formula may also name a grader by the name inside it, where only one has that.
    inner = Counter(one.text("name", "") for one, _ in found.values())
    known = pieces | {
        own: piece
        for one, piece in found.values()
        if (own := one.text("name", "")) not in pieces and inner[own] == 1
    }
    where = node.at("calculate_output") if node.has("calculate_output") else node
    try:
        formula = Formula.parse(text)
        formula.check(known)
    except FormulaError as exc:
        raise where.refuse(str(exc)) from exc
    try:
        bounds = range_of(formula, {key: piece.bounds for key, piece in known.items()})
    except FormulaError as exc:
        raise where.refuse(
            f"{text!r} {exc}", "change it so that it has a lowest and a highest value"
        ) from exc
    low, high = bounds
    if low == high:
        raise where.refuse(f"{text!r} is {low:g} whatever the completion is")
    unnamed = [key for key, piece in pieces.items() if piece not in map(known.get, formula.names)]
    notes = [_FAULTS, *_notes(list(found.values()))]
    notes += [f"{key}: is measured, and no part of the reward" for key in unnamed]
    reward = in_python(formula, {key: piece.name for key, piece in known.items()})
    if (plain := (round(low, _PLAIN), round(high, _PLAIN))) != bounds:
        # 0.7 + 0.2 + 0.1 is no 1.0; a reward may not leave its bounds by that.
        reward, bounds = f"round({reward}, {_PLAIN})", plain
    return Imported(SERVICE, name, tuple(pieces.values()), reward, bounds, tuple(notes))


def _piece(node: Node, name: str, taken: tuple[str, ...] | list[str], choices: Choices) -> Piece:
    kind = node.text("type")
    if kind in _REFUSED:
        raise node.refuse(*_REFUSED[kind])
    if kind not in _KINDS:
        raise node.at("type").refuse(f"{kind!r} is no grader; known: {', '.join(sorted(_KINDS))}")
    return _KINDS[kind](node, identifier(name, taken), choices)


def _notes(found: list[tuple[Node, Piece]]) -> Iterator[str]:
    for node, piece in found:
        if node.has("pass_threshold"):
            yield (
                f"{piece.name}: pass_threshold {node.value['pass_threshold']:g} decides what an "
                "eval shows as passed; the reward is the score itself"
            )
        if node.has("operation") and node.value["operation"] in ("like", "ilike"):
            yield (
                f"{piece.name}: {node.value['operation']!r} pays every text that holds the "
                "reference, such as one that lists all answers; `touchstone check` shows it"
            )
        if piece.source:
            yield f"{piece.name}: {programs.BOUNDS_NOTE}"
        if piece.judged:
            yield from judged.notes(node, piece, piece.judged)
        if node.has("evaluation_metric") and node.value["evaluation_metric"] == "meteor":
            yield f"{piece.name}: METEOR without WordNet's synonyms, so never higher than with them"


def _string_check(node: Node, name: str, choices: Choices) -> Piece:
    operation = node.text("operation")
    if operation not in OPERATIONS:
        raise node.at("operation").refuse(f"{operation!r} is none of {', '.join(OPERATIONS)}")
    return compared(node, name, "string_check", operation, choices)


def _text_similarity(node: Node, name: str, choices: Choices) -> Piece:
    metric = node.text("evaluation_metric")
    if metric in _REFUSED:
        raise node.at("evaluation_metric").refuse(*_REFUSED[metric])
    if metric not in METRICS:
        raise node.at("evaluation_metric").refuse(f"{metric!r} is none of {', '.join(METRICS)}")
    return replace(compared(node, name, "text_similarity", metric, choices), metric=metric)


def compared(node: Node, name: str, function: str, how: str, choices: Choices) -> Piece:
    """Returns the piece that compares ``input`` with ``reference``."""
    text, reference = node.template("input"), node.template("reference")
    trim = ".strip()" if choices.trim else ""
    return Piece(
        name,
        f"{function} {how}: {text} with {reference}",
        (
            f"text = filled({programs.quoted(text)}, sample, item){trim}",
            f"reference = filled({programs.quoted(reference)}, sample, item){trim}",
            f'return {function}(text, "{how}", reference)',
        ),
        uses=frozenset({"filled", function}),
        templates=(text, reference),
    )


def _python(node: Node, name: str, _choices: Choices) -> Piece:
    source = node.text("source")
    return programs.piece(node.at("source"), name, source, "grade", ("sample", "item"))


_KINDS: dict[str, Callable[[Node, str, Choices], Piece]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "python": _python,
    "score_model": judged.score_model,
    "label_model": judged.label_model,
}
