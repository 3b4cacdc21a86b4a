"""How a sample can end: a grade, or a fault that names whose it was.

"Could not score" is never a score: a grader returns a :class:`Grade` or raises one of
the :class:`GradingError` types, and only the pipeline's outcome policy turns a fault
into the number that Bedrock's reply insists on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from touchstone.sanitize import one_line

if TYPE_CHECKING:
    from touchstone.deadline import Deadline

_LONGEST = 1000  # characters of a fault's detail
COSTS = ("judge_calls", "judge_input_tokens", "judge_output_tokens", "judge_cost_usd",
         "judge_cost_unknown")  # fmt: skip

FaultKind = Literal[
    "bad_sample", "grader_error", "user_code_error", "sandbox_fault", "judge_fault", "deadline"
]
MetricType = Literal["Reward", "Metric"]
# Who may have caused a fault: no completion; perhaps this one, which a probe can tell; perhaps
# this one, which nothing can tell.
Blame = Literal["ours", "ask", "open"]
# The work that failed, with something harmless in the completion's place: returns what it cost,
# raises where that fails as well.
Probe = Callable[["Deadline"], "tuple[Metric, ...]"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One named number of a reply.

    Attributes:
        name: As Bedrock shows it, for example ``tests_passed``.
        value: Any finite number; a criterion (``Reward``) is within 0..1.
        type: ``Reward`` for a criterion that the aggregate may use, else ``Metric``.
    """

    name: str
    value: float
    type: MetricType = "Metric"


@dataclass(frozen=True, slots=True)
class Grade:
    """A sample that was scored.

    Attributes:
        score: The aggregate reward, finite and inside the grader's bounds.
        metrics: Criteria first, then what is only reported.
        reason: One or a few plain sentences for a person; may quote the completion, so it
            is never logged.
        provoked: What the completion made fail, where that is what it is scored for.
    """

    score: float
    metrics: tuple[Metric, ...] = ()
    reason: str = ""
    provoked: Fault | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A sample that could not be scored.

    Attributes:
        kind: What failed.
        detail: What happened, for a person; becomes one visible line, since a completion can
            have chosen words of it.
        preflight: The row is a dataset row without an assistant turn, as SDKs send before
            a job; it never counts against the fault budget.
        metrics: Measured before the fault, for example what a failed judge call cost.
        trace: What else a person at a terminal is shown; may quote the completion, so it
            is never logged.
        blame: Whether the completion may have caused it, and so must not gain by it.
    """

    kind: FaultKind
    detail: str
    preflight: bool = False
    metrics: tuple[Metric, ...] = field(default=())
    trace: str = ""
    blame: Blame = "ours"

    def __post_init__(self) -> None:
        """Makes the detail safe to log and to look at."""
        object.__setattr__(self, "detail", one_line(self.detail, _LONGEST))


class GradingError(Exception):
    """Base of everything that leaves a sample unscored; its class names the boundary.

    Attributes:
        metrics: Measured before the fault.
        blame: Who may have caused it; decided where it is raised.
        trace: What a person at a terminal is shown besides; may quote the completion.
        probe: Tells whether the tool that failed fails on a harmless completion too.
        tool: What of the tool the probe tries: one probe stands for all that try the same.
    """

    kind: ClassVar[FaultKind] = "grader_error"
    blame: Blame = "ask"
    probe: Probe | None = None
    tool: str = ""

    def __init__(
        self,
        detail: str,
        metrics: tuple[Metric, ...] = (),
        trace: str = "",
        *,
        blame: Blame | None = None,
    ) -> None:
        super().__init__(detail)
        self.metrics = metrics
        self.trace = trace
        if blame:
            self.blame = blame

    def fault(self) -> Fault:
        """Returns this error as data."""
        return Fault(self.kind, str(self), metrics=self.metrics, trace=self.trace, blame=self.blame)


class GraderError(GradingError):
    """Our own mistake, or a grader's result that the gate refused."""


class WrongCriteria(GraderError):
    """The criteria that a grader returned are not those that it declares."""


def check_criteria(metrics: Iterable[Metric], declared: Iterable[str]) -> None:
    """Holds a grader to what it declares: a forgotten criterion must not count as 0.

    Args:
        metrics: Of a grade; those of type ``Reward`` are its criteria.
        declared: Every criterion that it has, each to be returned, and no other.

    Raises:
        WrongCriteria: They are not the same; names both.
    """
    returned = {metric.name for metric in metrics if metric.type == "Reward"}
    if returned != set(declared):
        first, second = (", ".join(sorted(names)) or "none" for names in (returned, declared))
        raise WrongCriteria(f"returned the criteria {first}; declared are {second}")


class BadSample(GradingError):
    """The row itself cannot be graded."""

    kind = "bad_sample"
    blame = "ours"


class BadReference(BadSample):
    """The row's reference answer is missing or unreadable; the message names the field."""


class UserCodeError(GradingError):
    """A user's own reward function failed; its trace is of the user's own lines."""

    kind = "user_code_error"


class SandboxFault(GradingError):
    """The sandbox could not run the work, which is no outcome of a candidate's."""

    kind = "sandbox_fault"


class JudgeFault(GradingError):
    """The judge gave no usable verdict."""

    kind = "judge_fault"


class DeadlineExceeded(GradingError):
    """The time for this sample ran out, be it the call's or its own share of that."""

    kind = "deadline"
    blame = "open"


def merged(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Returns each metric once: what a judge took added up, of everything else the last word."""
    found: dict[str, Metric] = {}
    for metric in metrics:
        before = found.get(metric.name)
        value = metric.value
        if before and metric.name in COSTS:
            value += before.value
        elif before and metric.name == "judge_directed_text":
            value = max(value, before.value)
        found[metric.name] = Metric(metric.name, value, metric.type)
    return tuple(found.values())
