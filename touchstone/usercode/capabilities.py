"""What a caged reward function may have the grader do: ask the judge, run code, use a template.

The grader performs it, with its own sample, budgets and deadline: the cage names a rubric or a
program, and gets values back. Mistakes in what it asks for are raised in the cage; a judge or
a sandbox that fails ends the row with its own kind of fault.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from touchstone.contract import Sample, with_completion
from touchstone.deadline import Deadline
from touchstone.grader import Template, Tools
from touchstone.outcomes import COSTS, Grade, Metric, merged
from touchstone.sandbox.types import (
    Call,
    CheckJob,
    Died,
    FunctionJob,
    Limits,
    Outcome,
    ProgramJob,
    Raised,
    Returned,
    TimedOut,
)
from touchstone.settings import SettingsError

if TYPE_CHECKING:
    from touchstone.judge import Criterion, Rubric, Verdict

Capability = Literal["judge", "execute"]
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)
# Before the name of a template in a capability: `grade:code_verification`.
GRADE = "grade:"
# Most runs of code for one row, and gradings, calls of one run, seconds of one call, of all runs.
MAX_RUNS, MAX_CALLS, MAX_CALL_S, MAX_RUN_S = 8, 200, 30.0, 60.0


class HostApi:
    """What one cage's code can call in the grader; serves one row at a time.

    Args:
        tools: Of the grader.
        capabilities: What it may ask for beside templates.
        judge_calls: Most of the judge for one row.
        templates: By which it may have its rows graded.
    """

    def __init__(
        self,
        tools: Tools,
        capabilities: tuple[Capability, ...],
        judge_calls: int,
        templates: Mapping[str, Template],
    ) -> None:
        self._tools = tools
        self._judge_calls = judge_calls
        self._templates = templates
        self.host: dict[str, Callable[..., Any]] = {
            name: {"judge": self._judge, "execute": self._execute}[name] for name in capabilities
        }
        if templates:
            self.host["grade"] = self._grade
        self._deadline = tools.deadline
        self._sample: Sample | None = None
        self._verdicts: list[Verdict] = []
        self._grades: list[Grade] = []
        self._asked = self._runs = 0
        self._run_s = MAX_RUN_S

    def serve(self, sample: Sample, deadline: Deadline) -> None:
        """Turns to the next row, which has until ``deadline``."""
        self._sample = sample
        self._deadline = deadline
        self._verdicts = []
        self._grades = []
        self._asked = self._runs = 0
        self._run_s = MAX_RUN_S

    def metrics(self) -> tuple[Metric, ...]:
        """Returns what the row's requests took."""
        judged = [metric for verdict in self._verdicts for metric in verdict.metrics()]
        inner = [metric for grade in self._grades for metric in grade.metrics]
        return merged([*judged, *(metric for metric in inner if metric.name in COSTS)])

    def _judge(self, *args: Any, **kwargs: Any) -> Any:
        from touchstone.judge import JudgeRequest, NoVerdict

        self._asked += 1
        sample = self._sample
        if sample is None:
            return Raised("RuntimeError", "there is no row to judge while the file is loaded")
        if self._asked > self._judge_calls:
            return Raised("RuntimeError", f"more than {self._judge_calls} judge calls for one row")
        try:
            wanted, context = _judge_arguments(*args, **kwargs)
            rubric = _rubric(wanted)
        except (TypeError, SettingsError, ValueError) as exc:
            return Raised("ValueError", f"sample.judge: {exc}")
        request = JudgeRequest(sample.conversation, sample.answer, context)
        try:
            verdict = self._tools.need_judge().verdict(rubric, request, self._deadline)
        except NoVerdict as exc:
            spent = sum((verdict.usage for verdict in self._verdicts), exc.usage)
            raise exc.costing(spent) from exc
        self._verdicts.append(verdict)
        if isinstance(wanted, str):
            return verdict.values["answer"]
        return {"values": verdict.values, "levels": verdict.levels, "reason": verdict.reason}

    def _execute(self, *args: Any, **kwargs: Any) -> Any:
        self._runs += 1
        if self._runs > MAX_RUNS:
            return Raised("RuntimeError", f"more than {MAX_RUNS} runs of code for one row")
        try:
            job, limits = _job(*args, **kwargs)
        except (TypeError, ValueError, SyntaxError) as exc:
            return Raised("ValueError", f"sample.execute: {exc}")
        if self._run_s <= 0:
            return [_as_data(TimedOut(MAX_RUN_S))] * _count(job)
        limits = replace(limits, wall_s=self._run_s)
        run = self._tools.need_sandbox().run(job, limits, self._deadline)
        self._run_s -= max(run.usage.wall_s, 0.0)
        return [_as_data(outcome) for outcome in run.outcomes]

    def _grade(self, *args: Any, **kwargs: Any) -> Any:
        if self._sample is None:
            return Raised("RuntimeError", "there is no row to grade while the file is loaded")
        if len(self._grades) >= MAX_RUNS:
            return Raised("RuntimeError", f"more than {MAX_RUNS} gradings of one row")
        try:
            name, sample, settings = _altered(self._sample, *args, **kwargs)
            if name not in self._templates:
                raise ValueError(f'it needs capabilities = ["{GRADE}{name}"]')
            grader = self._templates[name].customize(**settings)
        except (TypeError, SettingsError, ValueError) as exc:
            return Raised("ValueError", f"sample.grade: {exc}")
        grade = grader(sample, self._tools.by(self._deadline))
        self._grades.append(grade)
        criteria = {m.name: m.value for m in grade.metrics if m.type == "Reward"}
        metrics = {m.name: m.value for m in grade.metrics if m.type != "Reward"}
        return {
            "score": grade.score, "criteria": criteria, "metrics": metrics, "reason": grade.reason
        }  # fmt: skip


def _altered(
    sample: Sample, template: Any, completion: Any = None, reference: Any = None, **settings: Any
) -> tuple[str, Sample, dict[str, Any]]:
    """Returns a template's name, the row as it is to be graded, and the settings."""
    if not isinstance(template, str):
        raise TypeError("the template must be a name")
    if completion is not None:
        if not isinstance(completion, str):
            raise TypeError("the completion must be a text")
        sample = with_completion(sample, completion)
    if reference is not None:
        sample = replace(sample, reference=reference)
    return template, sample, settings


def _judge_arguments(
    rubric: Any, context: Any = None
) -> tuple[str | dict[str, Any], dict[str, str]]:
    if not isinstance(rubric, (str, dict)):
        raise TypeError("the rubric must be a question or a dict with criteria")
    context = context or {}
    if not isinstance(context, dict) or not all(
        isinstance(k, str) and isinstance(v, str) for k, v in context.items()
    ):
        raise TypeError("context must be a dict of names to texts")
    return rubric, context


def _rubric(wanted: str | Mapping[str, Any]) -> Rubric:
    """Returns the rubric of a yes-or-no question, or of a dict with criteria."""
    from touchstone.judge import Rubric, yes_no

    if isinstance(wanted, str):
        return Rubric("question", (yes_no("answer", wanted),))
    unknown = set(wanted) - {"name", "criteria", "instructions"}
    if unknown:
        raise ValueError(f"a rubric has no {min(map(str, unknown))!r}")
    criteria = wanted.get("criteria")
    if not isinstance(criteria, list):
        raise TypeError("a rubric needs criteria, a list")
    return Rubric(
        str(wanted.get("name", "rubric")),
        tuple(_criterion(one) for one in criteria),
        str(wanted.get("instructions", "")),
    )


def _criterion(wanted: Any) -> Criterion:
    from touchstone.judge import Criterion, Level, yes_no

    if not isinstance(wanted, dict) or not {"name", "question"} <= set(wanted):
        raise TypeError("a criterion is a dict with name, question and perhaps levels")
    name, question = str(wanted["name"]), str(wanted["question"])
    levels = wanted.get("levels")
    if levels is None:
        return yes_no(name, question)
    try:
        made = tuple(
            Level(str(level["label"]), str(level.get("description", "")), float(level["value"]))
            for level in levels
        )
    except (KeyError, AttributeError) as exc:
        raise ValueError("a level is a dict with label, description and value") from exc
    return Criterion(name, question, made)


def _job(
    code: Any,
    function: Any = None,
    calls: Any = None,
    stdins: Any = None,
    timeout_s: Any = 5.0,
    tests: Any = None,
) -> tuple[FunctionJob | ProgramJob | CheckJob, Limits]:
    """Returns what to run: a function's calls or tests, or a program over standard inputs."""
    if not isinstance(code, str):
        raise TypeError("the code must be a string")
    if (function is None) == (stdins is None):
        raise ValueError("give function and calls, function and tests, or stdins")
    if tests is not None:
        if isinstance(tests, list):
            tests = _as_functions(tests)
        if calls is not None or not isinstance(function, str) or not isinstance(tests, str):
            problem = "tests is test code or a list of assertions, beside function, without calls"
            raise TypeError(problem)
        return CheckJob(code, function, tests), Limits(wall_s=MAX_RUN_S, call_s=_seconds(timeout_s))
    asked = calls if stdins is None else stdins
    if not isinstance(asked, list) or not 0 < len(asked) <= MAX_CALLS:
        raise ValueError(f"calls or stdins must be a list of 1 to {MAX_CALLS}")
    limits = Limits(wall_s=MAX_RUN_S, call_s=_seconds(timeout_s))
    if stdins is not None:
        if not all(isinstance(text, str) for text in stdins):
            raise TypeError("stdins must be texts")
        return ProgramJob(code, tuple(stdins)), limits
    if not isinstance(function, str) or not all(isinstance(c, (list, tuple)) for c in asked):
        raise TypeError("function is a name, and each call a list of arguments")
    return FunctionJob(code, function, tuple(Call(tuple(call)) for call in asked)), limits


def _as_functions(asserts: list[Any]) -> str:
    """Returns a test file with one test per text, each of its own statements."""
    if not asserts or not all(isinstance(text, str) for text in asserts):
        raise TypeError("a list of tests holds texts of Python")
    tests: list[ast.stmt] = []
    for number, text in enumerate(asserts, 1):
        (made,) = ast.parse(f"def test_{number:03}(): pass").body
        made.body = ast.parse(text).body or made.body  # type: ignore[attr-defined]
        tests.append(made)
    return ast.unparse(ast.Module(tests, []))


def _seconds(timeout_s: Any) -> float:
    seconds = float(timeout_s)
    if not 0 < seconds <= MAX_CALL_S:
        raise ValueError(f"timeout_s must be above 0, at most {MAX_CALL_S}")
    return seconds


def _count(job: FunctionJob | ProgramJob | CheckJob) -> int:
    """Returns how many outcomes are due; of tests nobody knows before they are run."""
    if isinstance(job, CheckJob):
        return 1
    return len(job.calls if isinstance(job, FunctionJob) else job.stdins)


def _as_data(outcome: Outcome) -> dict[str, Any]:
    """Returns an outcome as plain values."""
    if isinstance(outcome, Returned):
        return {"status": "returned", "value": outcome.value}
    if isinstance(outcome, Raised):
        return {"status": "raised", "error": outcome.error, "message": outcome.message}
    if isinstance(outcome, TimedOut):
        return {"status": "timed_out"}
    if isinstance(outcome, Died):
        return {"status": "died", "cause": outcome.cause}
    return {"status": "unsupported", "what": outcome.what}
