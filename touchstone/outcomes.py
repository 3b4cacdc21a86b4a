"""How a sample can end: a grade, or a fault that names whose it was.

"Could not score" is never a score: a grader returns a :class:`Grade` or raises one of
the :class:`GradingError` types, and only the pipeline's outcome policy turns a fault
into the number that Bedrock's reply insists on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from touchstone.sanitize import one_line

_LONGEST = 1000  # characters of a fault's detail

FaultKind = Literal[
    "bad_sample", "grader_error", "user_code_error", "sandbox_fault", "judge_fault", "deadline"
]
MetricType = Literal["Reward", "Metric"]


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
    """

    score: float
    metrics: tuple[Metric, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A sample that could not be scored.

    Attributes:
        kind: Whose fault it was.
        detail: What happened, for a person; becomes one visible line, since a completion can
            have chosen words of it.
        preflight: The row is a dataset row without an assistant turn, as SDKs send before
            a job; it never counts against the fault budget.
        metrics: Measured before the fault, for example what a failed judge call cost.
        trace: What else a person at a terminal is shown; may quote the completion, so it
            is never logged.
    """

    kind: FaultKind
    detail: str
    preflight: bool = False
    metrics: tuple[Metric, ...] = field(default=())
    trace: str = ""

    def __post_init__(self) -> None:
        """Makes the detail safe to log and to look at."""
        object.__setattr__(self, "detail", one_line(self.detail, _LONGEST))


class GradingError(Exception):
    """Base of everything that leaves a sample unscored; its class names the boundary."""

    kind: ClassVar[FaultKind] = "grader_error"

    def __init__(self, detail: str, metrics: tuple[Metric, ...] = ()) -> None:
        super().__init__(detail)
        self.metrics = metrics

    def fault(self) -> Fault:
        """Returns this error as data."""
        return Fault(self.kind, str(self), metrics=self.metrics)


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


class BadReference(BadSample):
    """The row's reference answer is missing or unreadable; the message names the field."""


class UserCodeError(GradingError):
    """A user's own reward function failed.

    Attributes:
        trace: The traceback of the user's own lines; may quote the completion.
    """

    kind = "user_code_error"

    def __init__(self, detail: str, metrics: tuple[Metric, ...] = (), trace: str = "") -> None:
        super().__init__(detail, metrics)
        self.trace = trace

    def fault(self) -> Fault:
        """Returns this error as data, with the traceback."""
        return Fault(self.kind, str(self), metrics=self.metrics, trace=self.trace)


class SandboxFault(GradingError):
    """The sandbox could not run the work: we broke, not the candidate."""

    kind = "sandbox_fault"


class JudgeFault(GradingError):
    """The judge gave no usable verdict."""

    kind = "judge_fault"


class DeadlineExceeded(GradingError):
    """The call's time ran out before this sample was graded."""

    kind = "deadline"
