"""Rows that a grader reads: from a file of theirs, and golden cases made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone import kit
from touchstone.workbench.data.forms.draft import Refused
from touchstone.workbench.data.forms.options import Options
from touchstone.workbench.data.forms.row import convert_record
from touchstone.workbench.data.sources import format_of, read_records
from touchstone.workbench.graders.importing.model import FoundRow, NotImported, Piece
from touchstone.workbench.rows.rft import ROW_KEYS, Line, make_row, read_lines
from touchstone.workbench.rows.storage import is_s3, list_files

# What an export has no prompt for is graded all the same: no imported grader needs it.
_NO_PROMPT = "(the prompt is not in the export)"
_MOST_ROWS = 6  # of which golden cases are made
_LONGEST = 2_000  # characters of an answer that a golden case holds
_SHOWN = 3
# E.g. the `O` of `expectedOutput`
_SNAKE = re.compile(r"(?<=[a-z])([A-Z])")
_OF_GOLDENS = {"actual_output", "expected_output", "retrieval_context", "expected_tools"}


@dataclass(frozen=True, slots=True)
class Case:
    """A completion whose reward is to be known.

    Attributes:
        row: The row, with the completion as its last turn.
        note: What it shows.
        right: It is the row's own answer, or another row's; ``None`` where neither is known.
    """

    row: dict[str, Any]
    note: str
    right: bool | None = None


def read_rows(file: str, pieces: Sequence[Piece]) -> list[FoundRow]:
    """Reads rows, with every field that a grader names.

    Args:
        file: JSON Lines: rows of a fine-tuning job, of an eval, our own, or goldens of DeepEval;
            the last as a list in JSON or a table in CSV too.
        pieces: What reads them.

    Raises:
        NotImported: A row cannot be read, or lacks a field that a piece names.
        DataError: The file cannot be opened.
    """
    rows = []
    for line in _lines(file):
        if line.problem:
            raise NotImported(f"{line.place}: {line.problem}")
        found = golden_row(line.row, line.place) if _is_golden(line.row) else None
        rows.append(found or FoundRow(line.place, as_row(line.row, line)))
    if not rows:
        raise NotImported(f"{file}: holds no rows")
    check_rows(rows, pieces)
    return rows


def golden_row(golden: Mapping[str, Any], place: str) -> FoundRow:
    """Returns a golden or a test case of DeepEval as a row: its input is the prompt.

    Args:
        golden: Its fields, by either of the names that DeepEval has for each.
        place: Where it stands.
    """
    told = {_SNAKE.sub(r"_\1", key).lower(): one for key, one in golden.items() if one is not None}
    prompt, completion = str(told.pop("input")), told.pop("actual_output", "")
    fields = {key: one for key, one in told.items() if key not in (*ROW_KEYS, "prompt", "expect")}
    row = make_row([{"role": "user", "content": prompt}], fields=fields)
    return FoundRow(place, row, completion if isinstance(completion, str) else "")


def check_rows(rows: Sequence[FoundRow], pieces: Sequence[Piece]) -> None:
    """Refuses rows that lack a field that a grader names.

    Raises:
        NotImported: Names the first of them, with their places.
    """
    lacking = [f"{one.place}: has no {path}" for one in rows for path in missing(one.row, pieces)]
    if lacking:
        more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
        raise NotImported(
            f"{'; '.join(lacking[:_SHOWN])}{more}",
            "the grader names it, so that such a row cannot be scored: mend or leave out the row",
        )


def _is_golden(record: Mapping[str, Any]) -> bool:
    told = {_SNAKE.sub(r"_\1", key).lower() for key in record}
    plain = isinstance(record.get("input"), str) and "messages" not in record
    return plain and bool(told & _OF_GOLDENS)


def _lines(file: str) -> Iterator[Line]:
    """Yields the records of a file, each as the line that it begins on."""
    how = format_of(file, "")
    if is_s3(file) or how not in ("json", "csv"):
        yield from read_lines(file)
        return
    for source in list_files(file):
        for record in read_records(source, how):
            problem = record.problem or ("" if isinstance(record.value, dict) else "no object")
            yield Line(file, record.place, record.value, problem)


def as_row(record: Mapping[str, Any], line: Line) -> dict[str, Any]:
    """Returns a record as a row without its completion; every field stays under its name.

    Raises:
        NotImported: It is none; names the line.
    """
    record = {key: value for key, value in record.items() if key not in ("sample", "expect")}
    item = record.get("item")
    form = "gemini" if "contents" in record else "openai-rft"
    told = item if isinstance(item, dict) else record
    if not {"messages", "contents", "prompt"} & {*record, *told}:
        record["messages"] = [{"role": "user", "content": _NO_PROMPT}]
    try:
        made = convert_record(record, line.file, Options(form=form, keep_answer="drop"))
    except Refused as exc:
        where = f"{exc.where} " if exc.where else ""
        raise NotImported(f"{line.place}: {where}{exc}") from exc
    assert made is not None  # noqa: S101 - nothing is filtered
    return made.row


def item_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a grader reads as ``item``."""
    fields = {key: value for key, value in row.items() if key not in ROW_KEYS}
    told = "\n".join(str(turn.get("content")) for turn in row["messages"])
    return {"messages": row["messages"], "prompt": told, **fields} | (
        {"reference_answer": row["reference_answer"]} if "reference_answer" in row else {}
    )


def missing(row: Mapping[str, Any], pieces: Sequence[Piece]) -> Iterator[str]:
    """Yields the placeholders that a row has nothing for."""
    item = item_of(row)
    named = dict.fromkeys(
        one for piece in pieces for text in piece.templates for one in kit.PLACEHOLDER.findall(text)
    )
    for placeholder in named:
        if kit.path_of(placeholder)[0] == "item":
            try:
                kit.filled(f"{{{{{placeholder}}}}}", {}, item)
            except LookupError:
                yield placeholder.strip()


def with_completion(row: Mapping[str, Any], completion: str, row_id: str) -> dict[str, Any]:
    """Returns a row with an answer as its last turn."""
    answer = {"role": "assistant", "content": completion}
    return {**row, "id": row_id, "messages": [*row["messages"], answer]}


def cases(rows: Sequence[FoundRow], pieces: Sequence[Piece]) -> list[Case]:
    """Returns completions to be golden cases: rows' own answers, and each with another row's.

    The answer of a row is the first text of it that a grader compares with. What a model wrote,
    where the rows tell it, is a case too.
    """
    # What a template grades by its own rules has no answer that is a completion.
    default = "{{ item.reference_answer }}" if any(map(_is_code, pieces)) else ""
    template = next(filter(None, map(_answer_template, pieces)), default)
    answers: list[tuple[Mapping[str, Any], str]] = []
    for row in (one.row for one in rows):
        try:
            answer = kit.filled(template, {}, item_of(row))
        except LookupError:
            continue
        known = [row["messages"] for row, _ in answers]
        if 0 < len(answer) <= _LONGEST and row["messages"] not in known:
            answers.append((row, answer))
        if len(answers) == _MOST_ROWS:
            break
    made: list[Case] = []
    for number, (row, answer) in enumerate(answers, 1):
        own = with_completion(row, answer, f"right-{number}")
        made.append(Case(own, "the row's own answer", right=True))
        other = next((text for _, text in answers[number:] + answers if text != answer), None)
        if other is not None:
            wrong = with_completion(row, other, f"wrong-{number}")
            made.append(Case(wrong, "the answer of another row", right=False))
    told = [one for one in rows if 0 < len(one.completion) <= _LONGEST][:_MOST_ROWS]
    return made + [
        Case(with_completion(one.row, one.completion, f"told-{number}"), "what a model wrote")
        for number, one in enumerate(told, 1)
    ]


def _is_code(piece: Piece) -> bool:
    return bool(piece.body or piece.source or piece.judged)


def _answer_template(piece: Piece) -> str:
    """Returns the template of a piece that is one value of the row and nothing else."""
    whole = [text for text in piece.templates if kit.PLACEHOLDER.fullmatch(text.strip())]
    return next((text for text in whole if "item." in text), "")
