"""What the sandbox and the judge of a grader were shown for a row, and what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from touchstone.deadline import Deadline
from touchstone.judge import Judge, JudgeRequest, Rubric, Verdict
from touchstone.outcomes import GradingError
from touchstone.sandbox import Sandbox
from touchstone.sandbox.types import (
    CheckJob,
    Died,
    FunctionJob,
    Isolation,
    Job,
    Limits,
    Opaque,
    Outcome,
    ProgramJob,
    Raised,
    Returned,
    Run,
    ScriptJob,
    SqlJob,
    TimedOut,
    Unsupported,
)
from touchstone.toolbox import Toolbox

if TYPE_CHECKING:
    from touchstone.sandbox.session import Host, Session

_MOST = 20  # of one grader and row
_MOST_PARTS = 50  # calls or cases of one of them
_LONGEST = 500  # characters of a value


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a tool was asked.

    Attributes:
        tool: ``sandbox`` or ``judge``.
        title: What it was asked to do, in a line.
        texts: What it was shown, by name.
        came: What came back, a line for each part.
    """

    tool: str
    title: str
    texts: dict[str, str]
    came: list[str]


@dataclass(slots=True)
class Seen:
    """Gathers what the tools of one grader are asked.

    Attributes:
        asked: The first of it, in order.
        more: How many more there were.
    """

    asked: list[Asked] = field(default_factory=list[Asked])
    more: int = 0

    def add(self, asked: Asked) -> None:
        """Takes one."""
        if len(self.asked) < _MOST:
            self.asked.append(asked)
        else:
            self.more += 1

    def watch(self, toolbox: Toolbox) -> Toolbox:
        """Returns tools that work as the given ones do, and are watched."""
        return replace(
            toolbox,
            judge=toolbox.judge and _Judge(toolbox.judge, self.add),
            sandbox=toolbox.sandbox and _Sandbox(toolbox.sandbox, self.add),
        )


class _Judge:
    def __init__(self, judge: Judge, add: Callable[[Asked], None]) -> None:
        self._judge, self._add = judge, add

    @property
    def name(self) -> str:
        return self._judge.name

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:
        title = f"{self.name}, rubric {rubric.name}"
        texts = _texts_of(rubric, request)
        try:
            verdict = self._judge.verdict(rubric, request, deadline)
        except GradingError as exc:
            self._add(Asked("judge", title, texts, [f"no verdict: {exc}"]))
            raise
        came = [f"{name}: {level}" for name, level in verdict.levels.items()]
        self._add(Asked("judge", title, texts, [*came, verdict.reason]))
        return verdict


class _Sandbox:
    def __init__(self, sandbox: Sandbox, add: Callable[[Asked], None]) -> None:
        self._sandbox, self._add = sandbox, add

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        title, texts, parts = _told(job)
        try:
            run = self._sandbox.run(job, limits, deadline)
        except GradingError as exc:
            self._add(Asked("sandbox", title, texts, [f"it could not be run: {exc}"]))
            raise
        parts += [""] * (len(run.outcomes) - len(parts))
        came = [
            f"{part}: {_came(outcome)}" if part else _came(outcome)
            for part, outcome in zip(parts, run.outcomes, strict=False)
        ]
        if not isinstance(run.load, Returned):
            came = [f"loading it: {_came(run.load)}"]  # which every outcome repeats
        rest = len(came) - _MOST_PARTS
        came = [*came[:_MOST_PARTS], f"and {rest} more"] if rest > 0 else came
        title = f"{title}, isolation {run.isolation.level}, {run.usage.cpu_s:.3f} s of CPU time"
        self._add(Asked("sandbox", title, texts, came))
        return run

    def session(
        self,
        code: str,
        limits: Limits,
        deadline: Deadline,
        host: Mapping[str, Host] | None = None,
        *,
        preload: tuple[str, ...] = (),
        warm: str = "",
    ) -> Session:
        # The grader's own code, not a completion's.
        return self._sandbox.session(code, limits, deadline, host, preload=preload, warm=warm)

    @property
    def isolation(self) -> Isolation:
        return self._sandbox.isolation

    def spent_s(self) -> float:
        return self._sandbox.spent_s()

    def close(self) -> None:
        self._sandbox.close()


def _texts_of(rubric: Rubric, request: JudgeRequest) -> dict[str, str]:
    questions = [
        f"{one.name}: {one.question}\n"
        + "\n".join(
            f"  {level.label} ({level.value:g}): {level.description}" for level in one.levels
        )
        for one in rubric.criteria
    ]
    texts = {
        "questions": "\n".join(questions),
        "instructions": rubric.instructions,
        "task": request.task,
        **request.context,
        "completion": request.completion,
        "findings": "\n".join(request.findings),
        "suspicions": "\n".join(request.suspicions),
    }
    return {name: text for name, text in texts.items() if text}


def _told(job: Job) -> tuple[str, dict[str, str], list[str]]:
    """Returns what a job is, the texts that it holds, and the names of its parts."""
    texts = {"program": job.code}
    match job:
        case FunctionJob():
            parts = [f"{job.entry_point}({_arguments(c.args, c.kwargs)})" for c in job.calls]
            return f"calls of {job.entry_point}", texts, parts
        case ProgramJob():
            parts = [f"input {_value(stdin)}" for stdin in job.stdins]
            return "a program and its inputs", texts, parts
        case ScriptJob():
            return "a test beside the program", texts, [step.source for step in job.steps]
        case CheckJob():
            texts |= {"tests": job.checks} | ({"before the tests": job.setup} if job.setup else {})
            return "tests of the program", texts, []
        case SqlJob():
            made = [f"{one.setup}\n{one.check}".strip() for one in job.databases]
            texts |= {f"database {number}": text for number, text in enumerate(made, 1)}
            return (
                "statements in databases",
                texts,
                [f"database {n + 1}" for n in range(len(made))],
            )


def _arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    named = [f"{name}={_value(value)}" for name, value in kwargs.items()]
    return ", ".join([*map(_value, args), *named])


def _came(outcome: Outcome) -> str:
    match outcome:
        case Returned(value=value):
            return _value(value)
        case Raised(error=error, message=message, line=line):
            return f"{error}: {message}" + (f" (line {line})" if line else "")
        case TimedOut(seconds=seconds):
            return f"no end after {seconds:.3g} s"
        case Died(cause=cause):
            return f"its process ended: {cause}"
        case Unsupported(what=what):
            return f"the cage has no {what}"


def _value(value: Any) -> str:
    text = f"<{value.type_name}>" if isinstance(value, Opaque) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
