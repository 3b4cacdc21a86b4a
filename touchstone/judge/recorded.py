"""Verdicts kept in a file, to replay a run without a model.

A line of the file is one JSON object: ``key`` (a hash of the rubric and of what was judged;
the texts themselves are not kept) and ``verdict``. Of two lines with one
key, the later one counts.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import astuple, replace
from functools import cached_property
from pathlib import Path

import msgspec

from touchstone.deadline import Deadline
from touchstone.judge.faults import NoVerdict
from touchstone.judge.types import NOTHING_SPENT, Judge, JudgeRequest, Rubric, Verdict
from touchstone.settings import SettingsError
from touchstone.typed import typed


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    key: str
    verdict: Verdict


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
        verdict = self._verdicts.get(_key(rubric, request))
        if verdict is None:
            raise NoVerdict("misconfigured", f"{self._path} has no verdict for this request")
        for criterion in rubric.criteria:
            label = verdict.levels.get(criterion.name)
            if label not in [level.label for level in criterion.levels]:
                raise NoVerdict("outside_set", f"recorded {criterion.name!r} is {label!r}")
        return replace(verdict, usage=NOTHING_SPENT)

    @cached_property
    def _verdicts(self) -> dict[str, Verdict]:
        verdicts = {}
        for number, text in enumerate(self._path.read_bytes().splitlines(), 1):
            if text.strip():
                try:
                    line = _line(msgspec.json.decode(text))
                except msgspec.MsgspecError as exc:
                    where = f"{self._path}, line {number}"
                    raise NoVerdict("misconfigured", f"{where}: {exc}") from exc
                verdicts[line.key] = line.verdict
        return verdicts


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
        line = msgspec.json.encode(_Line(_key(rubric, request), verdict))
        with self._lock, self._path.open("ab") as file:
            file.write(line + b"\n")
        return verdict


def _key(rubric: Rubric, request: JudgeRequest) -> str:
    criteria = [
        (criterion.name, criterion.question, [astuple(level) for level in criterion.levels])
        for criterion in rubric.criteria
    ]
    about = [request.task, request.completion, dict(request.context), request.findings]
    about += [request.suspicions] if request.suspicions else []
    work = ["verdict", rubric.name, rubric.instructions, criteria, *about]
    return hashlib.sha256(json.dumps(work).encode()).hexdigest()
