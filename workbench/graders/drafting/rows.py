"""The rows that a grader is drafted from, in whatever form they come."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from touchstone.contract import unwrap
from touchstone.graded import read_event
from touchstone.jsontext import written
from touchstone.workbench.check.cases import Case, CaseError, case_of
from touchstone.workbench.check.draws import rng_of
from touchstone.workbench.check.marks import Mark, MarkError, check_marks, read_mark
from touchstone.workbench.data.forms import Options, convert_record
from touchstone.workbench.data.forms.draft import Refused
from touchstone.workbench.rows.rft import Line, read_lines
from touchstone.workbench.rows.storage import DataError

MOST_ROWS = 2000  # of a larger file so many are drawn


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a file, in its order.

    Attributes:
        file: Their file, as it was named.
        total: How many it holds.
        cases: Those that were drawn: all, up to ``MOST_ROWS``.
        places: Where each of them stands.
    """

    file: str
    total: int
    cases: list[Case]
    places: list[str]

    @property
    def marked(self) -> list[Case]:
        """Those with a completion and a person's mark of it."""
        return [case for case in self.cases if case.mark and case.completion is not None]


def read_rows(file: str, labels: str, named: bool, seed: int) -> Rows:
    """Reads rows of any form, so many as stand for all.

    Args:
        file: ``.jsonl`` or ``.jsonl.gz``, a path, an ``s3://`` URL, or ``-``: rows of an event or
            of a dataset, records of a chat or a log.
        labels: The field of people's marks, which no grader is shown; ``""`` for none.
        named: Somebody said so: a file without that field is wrong then.
        seed: Draws among the rows of a file that holds more than are looked at.

    Raises:
        DataError: The file cannot be read, or holds no rows.
        CaseError: A line is no row.
        MarkError: A mark is none, or the marks tell nothing.
    """
    drawn: list[tuple[int, str, Case]] = []
    rng, total = rng_of(seed, "rows"), 0
    for line in read_lines(file, read_event):
        for case in _cases(line, labels):
            total += 1
            # Each row is as likely to be among those kept as any other (Vitter's algorithm R).
            at = len(drawn) if total <= MOST_ROWS else rng.randrange(total)
            if at < MOST_ROWS:
                drawn[at : at + 1] = [(total, line.place, case)]
    if not drawn:
        raise DataError(f"{file}: holds no rows")
    drawn.sort(key=lambda one: one[0])
    rows = Rows(file, total, [case for *_, case in drawn], [place for _, place, _ in drawn])
    marks = [case.mark for case in rows.marked if case.mark]
    if named and not marks:
        raise MarkError(f"{file}: no completion has a mark in a field {labels!r}")
    if marks:
        check_marks(marks, f"{file}: {labels}")
    return rows


def prompt_of(case: Case) -> str:
    """Returns what rows of one prompt have in common."""
    return written(case.row["messages"])


def _cases(line: Line, labels: str) -> list[Case]:
    if line.problem:
        raise CaseError(f"{line.place}: {line.problem}")
    found: list[Case] = []
    for row in unwrap(line.row)[0]:
        if not isinstance(row, Mapping):
            raise CaseError(f"{line.place}: not a row")
        mark = _mark(row, labels, line.place)
        bare = {key: value for key, value in row.items() if key not in (labels, "expect")}
        # What has a mark is a completion; of other records the form says what their answer is.
        case = case_of(bare if mark or _is_event(bare) else _converted(bare, line), line.place)
        assert case is not None  # noqa: S101 - only a row with an expectation is none
        found.append(replace(case, mark=mark))
    return found


def _is_event(row: Mapping[str, Any]) -> bool:
    """Tells whether a record is a row as an event has it; a request keeps its system apart."""
    return isinstance(row.get("messages"), list) and "system" not in row


def _mark(row: Mapping[str, Any], labels: str, place: str) -> Mark | None:
    value = row.get(labels) if labels else None
    return None if value is None else read_mark(value, f"{place}: {labels}")


def _converted(row: Mapping[str, Any], line: Line) -> dict[str, Any]:
    try:
        made = convert_record(dict(row), line.file, Options())
    except Refused as exc:
        where = f"{exc.where}: " if exc.where else ""
        raise CaseError(f"{line.place}: {where}{exc}") from exc
    assert made is not None  # noqa: S101 - nothing is filtered
    if "reference_answer" not in made.row:
        # What a model answered in a log is a completion, and proves nothing.
        with suppress(Refused):  # there is no answer in it
            made = convert_record(dict(row), line.file, Options(keep_answer="completion")) or made
    return made.row
