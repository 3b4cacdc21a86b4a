"""The gold of every row of a dataset, in constant memory, going on where it broke off."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from touchstone.workbench.check.cases import Case, read_cases
from touchstone.workbench.check.gold import golds
from touchstone.workbench.check.probes.gold import earns
from touchstone.workbench.check.subject import SpentUp, Subject
from touchstone.workbench.check.trial import Answered, Trial
from touchstone.workbench.check.verdict import Verdict, not_tried

_ROWS = 64  # graded between two writings of the state


@dataclass(slots=True)
class Progress:
    """How far a dataset has been gone through; a few numbers, however many rows it has.

    Attributes:
        key: What this is the state of: file, grader, version. Another one begins anew, and
            so does one that was done.
        rows: Rows done.
        without: Of them, rows whose reference cannot be written as a completion.
        tried: Golds asked.
        low: Dress to how many golds of it earned too little.
        smallest: The shortest of those, with its row, as ``Answered.as_json``.
        done: The end of the file was reached.
    """

    key: dict[str, str]
    rows: int = 0
    without: int = 0
    tried: int = 0
    low: Counter[str] = field(default_factory=Counter)
    smallest: dict[str, Any] | None = None
    done: bool = False

    def add(self, answers: Iterable[Answered], subject: Subject) -> None:
        """Counts what some golds earned."""
        for one in answers:
            self.tried += 1
            if earns(one, subject):
                continue
            self.low[one.trial.name] += 1
            if self.smallest is None or one.trial.size < len(self.smallest["completion"]):
                self.smallest = one.as_json()


def check_whole(
    subject: Subject, file: str, state: Path, on_row: Callable[[], None] = lambda: None
) -> Verdict:
    """Asks every gold of every row of a file.

    Args:
        subject: The grader; time and money end it as they end any probe.
        file: The rows.
        state: Where progress is kept; the same file, grader and version go on from there.
        on_row: Is called for each row.

    Raises:
        CaseError: A row is none; what was done before it is kept.
    """
    progress = _read(state, {"file": file, "grader": subject.name, "version": subject.version})
    cases = itertools.islice(read_cases(file), progress.rows, None)
    stopped = ""
    while chunk := list(itertools.islice(cases, _ROWS)):
        try:
            stopped = _chunk(subject, chunk, progress)
        except SpentUp as exc:
            stopped = str(exc)
        if stopped:
            break
        _write(state, progress)
        for _ in chunk:
            on_row()
    progress.done = not stopped
    _write(state, progress)
    return _verdict(progress, stopped)


def _chunk(subject: Subject, chunk: list[Case], progress: Progress) -> str:
    """Counts some rows, all or none of them; returns why there was no time for them."""
    bounds = (subject.low, subject.high)
    found = [golds(case, subject.template, bounds) for case in chunk]
    trials = list(itertools.chain.from_iterable(found))
    answers = subject.ask(trials)
    if len(answers) < len(trials):
        return subject.spent
    progress.add(answers, subject)
    progress.rows += len(chunk)
    progress.without += sum(not some for some in found)
    return ""


def _verdict(progress: Progress, stopped: str) -> Verdict:
    name, seen = "gold:all", dict(progress.low)
    so_far = f"; {stopped}, and the same command goes on from there" if stopped else ""
    without = f"; {progress.without:,} have no gold to write" if progress.without else ""
    if not progress.tried:
        return not_tried(name, f"{progress.rows:,} rows{without}{so_far}")
    low = progress.low.total()
    said = (
        f"{progress.tried - low:,} of {progress.tried:,} golds of {progress.rows:,} rows earn "
        f"what they should{without}{so_far}"
    )
    return Verdict(
        name, "falls_short" if low else "holds", said, progress.tried, low, "right completions",
        _answered(progress.smallest), seen=seen,
    )  # fmt: skip


def _answered(kept: dict[str, Any] | None) -> Answered | None:
    if kept is None:
        return None
    trial = Trial(kept["row"], kept["completion"], kept["name"], kept["why"])
    return Answered(trial, kept["outcome"], kept["reward"], kept["criteria"], kept["reason"])


def _read(state: Path, key: dict[str, str]) -> Progress:
    try:
        kept = json.loads(state.read_text(encoding="utf-8"))
        progress = Progress(**{**kept, "low": Counter(kept["low"])})
    except (OSError, ValueError, KeyError, TypeError):
        return Progress(key)
    return progress if progress.key == key and not progress.done else Progress(key)


def _write(state: Path, progress: Progress) -> None:
    state.parent.mkdir(parents=True, exist_ok=True)
    aside = state.with_name(f"{state.name}.new")
    aside.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    aside.replace(state)
