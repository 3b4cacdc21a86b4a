"""Whose doing a fault was: the same work is tried with something harmless in it.

After a completion has been read, nothing that it can provoke may end better than the completion
deserves. So a fault that a completion may have caused is put to a probe: the judge that failed is
asked the same of a plain sentence, the sandbox that failed gets the same job with no program in
it, and a function that failed in this process or in a cage gets the same row with a completion
that is harmless to it. Where that works, the completion is tried once more, since machines have
bad moments; what fails again is the completion's: it is scored at the lower bound. Where the probe
fails as well, proves nothing or has no time, the row stays unscored, and the outcome policy fills
in no more than its lowest scored sibling. A judge that could not be reached is ours where a plain
sentence does not reach it either; where it does and the completion again does not, nobody can
tell.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from touchstone.contract import Sample, with_completion
from touchstone.deadline import Deadline
from touchstone.grader import HARMLESS, Grader, Tools
from touchstone.groups import group_key
from touchstone.outcomes import (
    Fault,
    Grade,
    GradingError,
    JudgeFault,
    Metric,
    Probe,
    SandboxFault,
    merged,
)

if TYPE_CHECKING:
    from touchstone.judge import Judge, JudgeRequest, Rubric, Verdict
    from touchstone.sandbox import Sandbox
    from touchstone.sandbox.session import Host, Session
    from touchstone.sandbox.types import Isolation, Job, Limits, Run

# A row that has used up its own time gets this much of the call's for its probe, in seconds.
PROBE_S = 2.0
# Of these a tool's own probe tells; of every other kind, the row with a harmless completion.
_OF_TOOLS = ("judge_fault", "sandbox_fault")
_count = itertools.count(1)


def watched(tools: Tools) -> Tools:
    """Returns the tools, whose faults now bring the probe that tells whose they are."""
    return replace(
        tools,
        judge=tools.judge and _WatchedJudge(tools.judge),
        sandbox=tools.sandbox and _WatchedSandbox(tools.sandbox),
    )


class _WatchedJudge:
    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @property
    def name(self) -> str:
        return self._judge.name

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:
        try:
            return self._judge.verdict(rubric, request, deadline)
        except JudgeFault as fault:
            # Who is too busy is so for everybody, so that to ask more of it would tell nothing.
            if getattr(fault, "cause", "") != "throttled":
                fault.probe = partial(self._probe, rubric, request)
            raise

    def _probe(
        self, rubric: Rubric, request: JudgeRequest, deadline: Deadline
    ) -> tuple[Metric, ...]:
        # Numbered, since an answer that the judge remembers says nothing of it now.
        plain = replace(request, completion=f"{HARMLESS} It has the number {next(_count)}.")
        return self._judge.verdict(rubric, plain, deadline).metrics()


class _WatchedSandbox:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        try:
            return self._sandbox.run(job, limits, deadline)
        except SandboxFault as fault:
            # Another process serves programs that import numpy.
            empty = replace(job, code="import numpy\n" if "numpy" in job.code else "")
            if fault.blame == "ask":
                fault.probe = partial(self._probe_run, empty, limits)
                fault.tool = f"{type(job).__name__} {empty.code}"
            raise

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
        opened = partial(self._sandbox.session, preload=preload, warm=warm)
        try:
            return opened(code, limits, deadline, host)
        except SandboxFault as fault:
            if fault.blame == "ask":
                fault.probe = lambda until: opened("", limits, until, host).close() or ()
            raise

    @property
    def isolation(self) -> Isolation:
        return self._sandbox.isolation

    def spent_s(self) -> float:
        return self._sandbox.spent_s()

    def close(self) -> None:
        self._sandbox.close()

    def _probe_run(self, job: Job, limits: Limits, deadline: Deadline) -> tuple[Metric, ...]:
        self._sandbox.run(job, limits, deadline)
        return ()


def at_lower_bound(
    grader: Grader, reason: str, metrics: tuple[Metric, ...] = (), provoked: Fault | None = None
) -> Grade:
    """Returns the grade of a completion that earns nothing, whatever the weights."""
    criteria = tuple(Metric(name, 0.0, "Reward") for name in grader.criteria)
    return Grade(grader.settings.bounds[0], (*criteria, *metrics), reason, provoked)


@dataclass(slots=True)
class Inquiry:
    """The probes of one call.

    Attributes:
        grader: Whose faults they are about.
        grade: Grades one sample by a deadline; raises nothing but a ``GradingError``.
        deadline: The call's.
    """

    grader: Grader
    grade: Callable[[Sample, Deadline], Grade]
    deadline: Deadline
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _latest: dict[str, tuple[float, Future[bool]]] = field(
        default_factory=dict[str, tuple[float, Future[bool]]]
    )

    def settle(
        self, sample: Sample, error: GradingError, began: float, deadline: Deadline
    ) -> Grade | Fault:
        """Returns how a row ends whose grading failed: scored for it, or unscored.

        Args:
            sample: The row.
            error: What its grading raised.
            began: The monotonic time at which its grading began.
            deadline: The row's own; a probe may take a little more of the call's.
        """
        fault = error.fault()
        probe = error.probe
        if error.blame == "open" or (error.blame == "ours" and probe is None):
            return fault
        if probe is None and fault.kind not in _OF_TOOLS:
            probe = partial(self._with_harmless, sample)
        until = self.deadline.within(max(deadline.left(), PROBE_S))
        if probe is None:
            return replace(fault, blame="open")
        key = f"{fault.kind}\0{error.tool}\0{group_key(sample)}"
        worked, spent = self._works(key, probe, began, until)
        fault = replace(fault, metrics=merged((*fault.metrics, *spent)))
        if not worked:
            return fault if fault.blame == "ours" else replace(fault, blame="open")
        return self._once_more(sample, fault, until)

    def _once_more(self, sample: Sample, first: Fault, until: Deadline) -> Grade | Fault:
        try:
            grade = self.grade(sample, until)
        except GradingError as exc:
            again = exc.fault()
            spent = merged((*first.metrics, *again.metrics))
            # A function that hung has had its time; that there is no more of it excuses nothing.
            hung = first.kind not in _OF_TOOLS and again.kind == "deadline"
            if first.blame == "ask" and (hung or (exc.blame, again.kind) == ("ask", first.kind)):
                return self._provoked(replace(first, metrics=spent))
            return replace(again, metrics=spent, blame="open")
        cost = [metric for metric in first.metrics if metric.name.startswith(_SPENT)]
        return replace(grade, metrics=merged((*grade.metrics, *cost)))

    def _provoked(self, fault: Fault) -> Grade:
        said = f"the completion made its grading fail, as a harmless one does not: {fault.kind}"
        reason = "\n".join(filter(None, (f"{said}: {fault.detail}", fault.trace)))
        metrics = (*fault.metrics, Metric("provoked_fault", 1.0))
        return at_lower_bound(self.grader, reason, metrics, fault)

    def _with_harmless(self, sample: Sample, deadline: Deadline) -> tuple[Metric, ...]:
        harmless = with_completion(sample, self.grader.template.harmless(sample))
        grade = self.grade(harmless, deadline)
        return tuple(metric for metric in grade.metrics if metric.name.startswith(_SPENT))

    def _works(
        self, key: str, probe: Probe, since: float, deadline: Deadline
    ) -> tuple[bool, tuple[Metric, ...]]:
        """Tells whether the work is done where it is harmless, and what finding out took.

        Rows of a prompt whose probes do the same share one, but only one that began while they
        were graded: an earlier one says nothing of a tool that has broken since.
        """
        with self._lock:
            began, told = self._latest.get(key, (-math.inf, Future()))
            leads = began < since
            if leads:
                told = Future()
                self._latest[key] = time.monotonic(), told
        if not leads:
            return _answer(told, deadline), ()
        worked, spent = _tried(probe, deadline)
        told.set_result(worked)
        return worked, spent


_SPENT = ("judge_calls", "judge_input_tokens", "judge_output_tokens", "judge_cost")


def _tried(probe: Probe, deadline: Deadline) -> tuple[bool, tuple[Metric, ...]]:
    try:
        return True, probe(deadline)
    except GradingError as exc:
        return False, tuple(m for m in exc.metrics if m.name.startswith(_SPENT))
    except Exception:  # noqa: BLE001 - a harmless completion that raises proves nothing
        return False, ()


def _answer(told: Future[bool], deadline: Deadline) -> bool:
    try:
        return told.result(min(deadline.left(), threading.TIMEOUT_MAX))
    except TimeoutError:
        return False
