"""What the other service gave for rows, and what the imported grader gives: where, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone import kit
from touchstone.contract import parse
from touchstone.workbench.graders.importing.model import Imported, NotImported, Piece
from touchstone.workbench.graders.importing.rows import as_row, item_of, with_completion
from touchstone.workbench.graders.importing.smoothing import smoothed
from touchstone.workbench.rows.rft import Line, read_lines

AGREES = 1e-9
_SCORE = ("score", "reward", "grader_score")
_COMPLETION = ("completion", "output_text", "model_sample", "actual_output")
_ROW = ("item", "datasource_item")
_DECIMALS = 12
_SMOOTHED = 1e-6


@dataclass(frozen=True, slots=True)
class Theirs:
    """One row as the other service graded it.

    Attributes:
        place: Of its line.
        row: It, with the completion as its last turn.
        score: ``None`` where it gave none.
        pieces: Name of a grader to its score, where it told them.
        failed: It said that a grader failed.
    """

    place: str
    row: dict[str, Any]
    score: float | None
    pieces: dict[str, float]
    failed: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """One row in both.

    Attributes:
        place: Of the line in the scores.
        theirs: Their score.
        ours: Ours, ``None`` where the row is unscored.
        cause: ``""`` where they agree.
    """

    place: str
    theirs: float | None
    ours: float | None
    cause: str


@dataclass(slots=True)
class Parity:
    """How far an imported grader gives what the other service gave.

    Attributes:
        rows: Every row in both.
    """

    rows: list[Compared] = field(default_factory=list)

    @property
    def agree(self) -> int:
        """Returns how many rows got the same score."""
        return sum(not row.cause for row in self.rows)

    @property
    def causes(self) -> dict[str, int]:
        """Returns why the others did not, the commonest cause first."""
        return dict(Counter(row.cause for row in self.rows if row.cause).most_common())

    def as_json(self) -> dict[str, Any]:
        """Returns it as data: figures, and every row that differs."""
        return {
            "rows": len(self.rows),
            "agree": self.agree,
            "causes": self.causes,
            "differences": [
                {"place": r.place, "theirs": r.theirs, "ours": r.ours, "cause": r.cause}
                for r in self.rows
                if r.cause
            ],
        }


def read_scores(file: str, rows: Sequence[Mapping[str, Any]]) -> list[Theirs]:
    """Reads what the other service gave.

    Args:
        file: JSON Lines: the output items of an eval, replies of a grader's run beside their
            row, or ``{"id", "completion", "score"}``.
        rows: To which a line without a row of its own belongs, by its ``id``.

    Raises:
        NotImported: A line has no completion, no score, or no row; names it.
        DataError: The file cannot be opened.
    """
    by_id = {str(row["id"]): row for row in rows if row.get("id") is not None}
    found = []
    for number, line in enumerate(read_lines(file), 1):
        if line.problem:
            raise NotImported(f"{line.place}: {line.problem}")
        found.append(_theirs(line, by_id, f"row-{number}"))
    if not found:
        raise NotImported(f"{file}: holds no scores")
    return found


def compare(
    made: Imported,
    theirs: Sequence[Theirs],
    grade: Callable[[list[Any]], list[dict[str, Any]]],
    *,
    trim: bool,
) -> Parity:
    """Grades the same completions, and says where the scores differ and why.

    Args:
        made: The grader.
        theirs: What the other service gave.
        grade: Rows to results with their outcome.
        trim: White space around texts is left out here.
    """
    results = grade([one.row for one in theirs])
    return Parity(
        [
            _compared(made, one, result, trim=trim)
            for one, result in zip(theirs, results, strict=True)
        ]
    )


def _theirs(line: Line, by_id: Mapping[str, Mapping[str, Any]], row_id: str) -> Theirs:
    record: dict[str, Any] = line.row
    completion = _completion(record)
    if completion is None:
        raise NotImported(f"{line.place}: has no completion", f"name it {', '.join(_COMPLETION)}")
    if not ({*_SCORE, "results"} & record.keys()):
        raise NotImported(f"{line.place}: has no score", f"name it {', '.join(_SCORE)} or results")
    item = next((record[key] for key in _ROW if isinstance(record.get(key), dict)), None)
    if item is not None or isinstance(record.get("messages"), list):
        turns = record.get("messages")
        given = {"item": item} if item is not None else {
            key: value for key, value in record.items() if key not in (*_SCORE, *_COMPLETION)
        }  # fmt: skip
        row = as_row(given | ({"messages": turns} if turns else {}), line)
    elif str(record.get("id")) in by_id:
        row = by_id[str(record["id"])]
    else:
        advice = "give it an `item`, or the `id` of a row of --rows"
        raise NotImported(f"{line.place}: has no row", advice)
    score, pieces, failed = _scores(record)
    return Theirs(line.place, with_completion(row, completion, row_id), score, pieces, failed)


def _completion(record: Mapping[str, Any]) -> str | None:
    sample = record.get("sample")
    sample = sample if isinstance(sample, dict) else {}
    found = [record.get(key) for key in _COMPLETION] + [sample.get("output_text")]
    for turns in (sample.get("output"), sample.get("choices"), record.get("messages")):
        if isinstance(turns, list) and turns and isinstance(turns[-1], dict):
            last = turns[-1].get("message", turns[-1])
            found += [last.get("content")] if last.get("role") == "assistant" else []
    return next((text for text in found if isinstance(text, str)), None)


def _scores(record: Mapping[str, Any]) -> tuple[float | None, dict[str, float], bool]:
    """Returns their score, those of the parts, and whether they said that one failed."""
    pieces: dict[str, float] = {}
    results = record.get("results")
    for one in results if isinstance(results, list) else ():
        if isinstance(one, dict) and (number := _number(one.get("score"))) is not None:
            pieces[str(one.get("name"))] = number
    for source in (record.get("sub_rewards"), record.get("scores")):
        if isinstance(source, dict):
            pieces |= {k: n for k, v in source.items() if (n := _number(v)) is not None}
    metadata = record.get("metadata")
    errors = metadata.get("errors") if isinstance(metadata, dict) else None
    failed = any(map(bool, errors.values())) if isinstance(errors, dict) else bool(errors)
    score = next((n for key in _SCORE if (n := _number(record.get(key))) is not None), None)
    if score is None and pieces and not any(record.get(key) is not None for key in _SCORE):
        score = sum(pieces.values()) / len(pieces)
    return score, pieces, failed


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _compared(made: Imported, theirs: Theirs, result: Mapping[str, Any], *, trim: bool) -> Compared:
    scored = result["outcome"] == "scored"
    ours = float(result["aggregate_reward_score"]) if scored else None
    cause = _cause(made, theirs, ours, result)
    if cause and ours is not None and theirs.score is not None and trim and _padded(theirs.row):
        cause = "white space around the completion is left out here"
    return Compared(theirs.place, theirs.score, ours, cause)


def _cause(made: Imported, theirs: Theirs, ours: float | None, result: Mapping[str, Any]) -> str:
    if ours is None:
        kind = result["outcome"]
        return f"{kind} here, 0 there" if not theirs.score else f"{kind} here"
    if theirs.score is None:
        return "not scored there"
    if abs(ours - theirs.score) <= AGREES:
        return ""
    if theirs.failed:
        return "a grader failed there"
    digits = len(f"{theirs.score!r}".partition(".")[2])
    if 1 < digits < _DECIMALS and round(ours, digits) == theirs.score:
        return f"rounded to {digits} decimals there"
    if _thought(theirs.row):
        return "thinking is not graded here"
    return _part(made, theirs, result)


def _part(made: Imported, theirs: Theirs, result: Mapping[str, Any]) -> str:
    own = {metric["name"]: metric["value"] for metric in result["metrics_list"]}
    told = [piece for piece in made.pieces if piece.name in theirs.pieces]
    apart = [
        piece
        for piece in told
        if piece.name in own and abs(own[piece.name] - theirs.pieces[piece.name]) > AGREES
    ]
    suspects = apart or [piece for piece in made.pieces if piece not in told]
    if any(piece.judged for piece in suspects):
        return "another model judges here"
    if way := next(filter(None, (_smoothing(made, piece, theirs) for piece in suspects)), ""):
        return f"BLEU is smoothed there, as by NLTK's {way}"
    if any(piece.metric == "meteor" for piece in suspects):
        return "METEOR knows no synonyms here"
    if apart:
        return f"{', '.join(piece.name for piece in apart)} differs"
    return "the formula differs" if told and not suspects else "not known"


def _smoothing(made: Imported, piece: Piece, theirs: Theirs) -> str:
    """Returns the way of smoothing by which BLEU gives their score, ``""`` where none does."""
    score = theirs.pieces.get(piece.name, theirs.score if len(made.pieces) == 1 else None)
    if score is None or piece.metric != "bleu":
        return ""
    *turns, answer = theirs.row["messages"]
    sample, item = {"output_text": answer["content"]}, item_of({**theirs.row, "messages": turns})
    try:
        text, reference = (kit.filled(one, sample, item) for one in piece.templates)
    except LookupError:
        return ""
    close = (name for name, own in smoothed(text, reference) if abs(own - score) <= _SMOOTHED)
    return next(close, "")


def _padded(row: Mapping[str, Any]) -> bool:
    text = row["messages"][-1]["content"]
    return text != text.strip()


def _thought(row: Mapping[str, Any]) -> bool:
    (sample,) = parse([dict(row)]).rows
    return bool(getattr(sample, "thinking", ""))
