"""What a judge is asked and what it answers: rubrics, requests and verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from touchstone.deadline import Deadline
from touchstone.outcomes import Metric
from touchstone.settings import SettingsError

# What both Converse's tool schemas and JSON-schema endpoints take as a property name.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
# What else an answer holds, beside a choice for each criterion.
RESERVED = ("reason", "quote", "cannot_judge", "call_tag")


@dataclass(frozen=True, slots=True)
class Level:
    """One answer that a criterion offers.

    Attributes:
        label: The word that the judge answers with.
        description: What a completion at this level does.
        value: What the level is worth, within 0..1.
    """

    label: str
    description: str
    value: float


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question with ordered, described answers.

    Attributes:
        name: As the metric is called; a letter, then letters, digits and underscores.
        question: What the judge decides.
        levels: Two or more, worst first.
        offline: What the offline judge uses in place of a model: the request to 0..1, kept
            within the levels' values. Without one it measures words in general, and takes the
            nearest level.
    """

    name: str
    question: str
    levels: tuple[Level, ...]
    offline: Callable[[JudgeRequest], float] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Refuses what no judge could answer.

        Raises:
            SettingsError: The name does not fit, fewer than two levels, a label twice, or
                values outside 0..1 or out of order.
        """
        if not _NAME.fullmatch(self.name) or self.name.casefold() in RESERVED:
            raise SettingsError(f"criterion {self.name!r} is not a usable name")
        labels = {level.label.strip().casefold() for level in self.levels}
        if len(self.levels) < 2 or len(labels) < len(self.levels) or "" in labels:
            raise SettingsError(f"criterion {self.name!r} needs two or more different levels")
        values = [level.value for level in self.levels]
        if not all(0.0 <= value <= 1.0 for value in values) or values != sorted(values):
            raise SettingsError(f"criterion {self.name!r}: values must rise and lie within 0..1")

    def nearest(self, value: float) -> Level:
        """Returns the level whose value is nearest, the lower one of two as near."""
        return min(self.levels, key=lambda level: (abs(level.value - value), level.value))

    def within(self, value: float) -> float:
        """Returns the value, or the lowest or highest of the levels where it lies outside."""
        return min(max(float(value), self.levels[0].value), self.levels[-1].value)


def yes_no(
    name: str,
    question: str,
    *,
    yes: str = "Yes.",
    no: str = "No.",
    offline: Callable[[JudgeRequest], float] | None = None,
) -> Criterion:
    """Returns a criterion whose levels are ``no`` (0.0) and ``yes`` (1.0)."""
    return Criterion(name, question, (Level("no", no, 0.0), Level("yes", yes, 1.0)), offline)


@dataclass(frozen=True, slots=True)
class Rubric:
    """What a completion is judged by.

    Attributes:
        name: For a person, and in a recorded verdict.
        criteria: One or more, each decided on its own.
        instructions: What the judge must know besides; from the operator, never from a row.
    """

    name: str
    criteria: tuple[Criterion, ...]
    instructions: str = ""

    def __post_init__(self) -> None:
        """Refuses a rubric without criteria or with one name twice.

        Raises:
            SettingsError: It does.
        """
        names = [criterion.name for criterion in self.criteria]
        if not names or len(set(names)) < len(names):
            raise SettingsError(f"rubric {self.name!r} needs criteria, each name once")


REFERENCE_REPLY = "reference reply"


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """One completion to judge. Every text is data to the judge, never an instruction.

    Attributes:
        task: What was asked for, usually the sample's prompt.
        completion: What is judged.
        context: Further texts by name: a policy, a source. One by the name of
            ``REFERENCE_REPLY`` is a reply known to be good.
        findings: What rules have established already, a plain sentence each.
        suspicions: What rules cannot tell and the judge should look at, a sentence each.
    """

    task: str
    completion: str
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    findings: tuple[str, ...] = ()
    suspicions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What asking took.

    Attributes:
        calls: Requests sent, failed ones included.
        input_tokens: As the service counted them.
        output_tokens: As the service counted them.
        cost_usd: An estimate from the price table; ``None`` when a model has no price
            there, which is never taken for free.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Returns the sum; its cost is unknown if either is."""
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )

    def metrics(self) -> tuple[Metric, ...]:
        """Returns it as ``judge_*`` metrics, whose sum over a batch is the batch's usage."""
        counted = (
            Metric("judge_calls", float(self.calls)),
            Metric("judge_input_tokens", float(self.input_tokens)),
            Metric("judge_output_tokens", float(self.output_tokens)),
        )
        if self.cost_usd is None:
            return (*counted, Metric("judge_cost_unknown", 1.0))
        return (*counted, Metric("judge_cost_usd", self.cost_usd))


NOTHING_SPENT = Usage()
# A call that was refused outright cost nothing; one whose answer was lost may be billed.
REFUSED_CALL = Usage(calls=1)
LOST_CALL = Usage(calls=1, cost_usd=None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge decided about one completion.

    Attributes:
        judge: Who decided, as the ``judge`` setting names it.
        levels: Criterion to the label chosen.
        values: Criterion to what counts, within 0..1.
        reason: Why, in the judge's words; may quote the completion.
        usage: What this verdict took; nothing where the answer was shared with an
            identical request, which has paid for it.
        samples: Answers that it rests on.
        agreement: Share of those answers that chose the level reported, over all
            criteria, within 0..1.
        directed_text: Kinds of evaluator-directed text found in the completion.
        stand_in: No model was asked: the offline judge.
        unquoted: Of a judge that never quotes what it judges, so that nothing but its words
            tells whether it has judged.
    """

    judge: str
    levels: dict[str, str]
    values: dict[str, float]
    reason: str
    usage: Usage = NOTHING_SPENT
    samples: int = 1
    agreement: float = 1.0
    directed_text: tuple[str, ...] = ()
    stand_in: bool = False
    unquoted: bool = False

    def metrics(self) -> tuple[Metric, ...]:
        """Returns what is reported beside the criteria."""
        metrics = [Metric("judge_directed_text", float(bool(self.directed_text)))]
        if self.samples > 1:
            metrics.append(Metric("judge_agreement", self.agreement))
        if self.stand_in:
            metrics.append(Metric("judge_offline", 1.0))
        if self.unquoted:
            metrics.append(Metric("judge_unquoted", 1.0))
        if self.usage.calls or not self.stand_in:
            metrics += self.usage.metrics()
        return tuple(metrics)


class Judge(Protocol):
    """The one door to a judge; safe to use from several threads at once."""

    @property
    def name(self) -> str:
        """As the ``judge`` setting names it."""
        ...

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:
        """Judges one completion.

        Raises:
            NoVerdict: There is no usable answer; its ``cause`` says why.
            DeadlineExceeded: The call's time ran out before the judge could be asked.
        """
        ...
