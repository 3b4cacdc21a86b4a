"""Verdicts kept in a file, to replay a run without a model.

A line of the file is one JSON object: ``key`` (a hash of the rubric and of what was judged;
the texts themselves are not kept) and ``verdict`` or ``ranking``. Of two lines with one key,
the later one counts.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import astuple, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from touchstone.deadline import Deadline
from touchstone.judge.faults import NoVerdict
from touchstone.judge.types import (
    NOTHING_SPENT,
    Group,
    Judge,
    JudgeRequest,
    Ranking,
    Rubric,
    Verdict,
)
from touchstone.settings import SettingsError
from touchstone.typed import typed


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    key: str
    verdict: Verdict | None = None
    ranking: Ranking | None = None


_line = typed(_Line)


class RecordedJudge:
    """Answers from a file; what it does not hold is a fault, never a guess."""

    def __init__(self, path: str) -> None:
        """Opens a recording.

        Raises:
            SettingsError: There is no such file.
        """
        if not Path(path).is_file():
            raise SettingsError(f"judge 'recorded:{path}': there is no such file")
        self.name = f"recorded:{path}"
        self._path = Path(path)

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:  # noqa: ARG002 - answers at once
        """Returns the verdict that was recorded for this request."""
        verdict = self._find(_verdict_key(rubric, request)).verdict
        if verdict is None:
            raise self._missing()
        for criterion in rubric.criteria:
            label = verdict.levels.get(criterion.name)
            if label not in [level.label for level in criterion.levels]:
                raise NoVerdict("outside_set", f"recorded {criterion.name!r} is {label!r}")
        return replace(verdict, usage=NOTHING_SPENT)

    def rank(
        self,
        rubric: Rubric,
        group: Group,
        deadline: Deadline,  # noqa: ARG002 - answers at once
        *,
        seed: int = 0,
        orders: int = 1,
    ) -> Ranking:
        """Returns the ranking that was recorded for this group."""
        ranking = self._find(_rank_key(rubric, group, seed, orders)).ranking
        if ranking is None:
            raise self._missing()
        return replace(ranking, usage=NOTHING_SPENT)

    def _find(self, key: str) -> _Line:
        if key not in self._lines:
            raise self._missing()
        return self._lines[key]

    def _missing(self) -> NoVerdict:
        return NoVerdict("misconfigured", f"{self._path} has no verdict for this request")

    @cached_property
    def _lines(self) -> dict[str, _Line]:
        lines = {}
        for number, text in enumerate(self._path.read_bytes().splitlines(), 1):
            if text.strip():
                try:
                    line = _line(msgspec.json.decode(text))
                except msgspec.MsgspecError as exc:
                    where = f"{self._path}, line {number}"
                    raise NoVerdict("misconfigured", f"{where}: {exc}") from exc
                lines[line.key] = line
        return lines


class Recorder:
    """Asks another judge and adds what it says to a file."""

    def __init__(self, judge: Judge, path: str) -> None:
        self.name = judge.name
        self._judge = judge
        self._path = Path(path)
        self._lock = threading.Lock()

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:
        """Returns the judge's verdict, having recorded it; a fault is not recorded."""
        verdict = self._judge.verdict(rubric, request, deadline)
        self._add(_Line(_verdict_key(rubric, request), verdict=verdict))
        return verdict

    def rank(
        self, rubric: Rubric, group: Group, deadline: Deadline, *, seed: int = 0, orders: int = 1
    ) -> Ranking:
        """Returns the judge's ranking, having recorded it."""
        ranking = self._judge.rank(rubric, group, deadline, seed=seed, orders=orders)
        self._add(_Line(_rank_key(rubric, group, seed, orders), ranking=ranking))
        return ranking

    def _add(self, line: _Line) -> None:
        with self._lock, self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


def _verdict_key(rubric: Rubric, request: JudgeRequest) -> str:
    about = [request.task, request.completion, dict(request.context), request.findings]
    return _key("verdict", rubric, *about)


def _rank_key(rubric: Rubric, group: Group, seed: int, orders: int) -> str:
    about = [group.task, group.completions, dict(group.context), seed, orders]
    return _key("rank", rubric, *about)


def _key(form: str, rubric: Rubric, *about: Any) -> str:
    criteria = [
        (criterion.name, criterion.question, [astuple(level) for level in criterion.levels])
        for criterion in rubric.criteria
    ]
    work = [form, rubric.name, rubric.instructions, criteria, *about]
    return hashlib.sha256(json.dumps(work).encode()).hexdigest()
