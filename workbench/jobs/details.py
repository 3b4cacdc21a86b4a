"""The details of a tuned model: final metrics, duration, resource use, cost.

What no service tells is said to be unknown; nothing here is guessed.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.folder import ENDED, FolderError, JobFolder, State
from touchstone.workbench.jobs.history import History

_FINAL = (
    m.REWARD,
    m.VALIDATION,
    m.FLAT,
    m.UNSCORED,
    m.LOSS,
    m.ENTROPY,
    m.LENGTH,
    m.LATENCY_P50,
    m.LATENCY_P99,
)


@dataclass(frozen=True, slots=True)
class Final:
    """One metric over the run.

    Attributes:
        name: The service's name; likewise ``label``, a person's.
        label: See ``name``.
        first: Its first number.
        last: Its newest.
        low: Its lowest; likewise ``high``.
        high: See ``low``.
    """

    name: str
    label: str
    first: float
    last: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cost:
    """One part of what a job costs.

    Attributes:
        what: The part.
        usd: US dollars; ``None`` where it is unknown.
        basis: How it is known, or where to find it.
    """

    what: str
    usd: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class Details:
    """A job and its model in figures.

    Attributes:
        state: Where it stands.
        final: The metrics that sum it up, then its criteria.
        seconds: From its creation to its end, or to the last news of it; ``None`` before any.
        resources: What it used, by name, in words.
        costs: What it cost, part by part.
    """

    state: State
    final: list[Final]
    seconds: float | None
    resources: dict[str, str]
    costs: list[Cost]

    @property
    def known_usd(self) -> float:
        """Sum of the parts that are known."""
        return sum(cost.usd for cost in self.costs if cost.usd is not None)

    @property
    def total(self) -> str:
        """The sum in words, which says when a part is missing from it."""
        known = m.shown(m.SPEND, self.known_usd)
        missing = any(cost.usd is None for cost in self.costs)
        return f"{known} and what is unknown" if missing else known

    def as_json(self) -> dict[str, Any]:
        """Returns them as ``--json`` prints them."""
        return {
            "status": self.state.status,
            "judge": self.state.judge,
            "even_so": self.state.even_so,
            "base_model": self.state.base_model,
            "tuned_model": self.state.tuned_model,
            "steps": self.state.step,
            "seconds": self.seconds,
            "final": {one.name: one.last for one in self.final},
            "resources": self.resources,
            "costs": [asdict(cost) for cost in self.costs],
            "known_usd": self.known_usd,
        }


def details_of(folder: JobFolder) -> Details:
    """Reads the details of a job from its folder.

    Raises:
        FolderError: There is no job there, or a file of it cannot be read.
    """
    state, history = folder.state(), History.of(folder)
    names = [*_FINAL, *history.criteria]
    return Details(
        state,
        [_final(name, history.values(name)) for name in names if history.values(name)],
        seconds_of(state, history),
        _resources(state, history, sum(1 for _ in folder.rollouts())),
        _costs(state, history, _prices(folder), seconds_of(state, history)),
    )


def seconds_of(state: State, history: History) -> float | None:
    """Returns how long a job took, or took until the last news of it."""
    if not state.created:
        return None
    last = max(history.times.values(), default="")
    end = state.ended if state.status in ENDED and state.ended else max(last, state.updated)
    if not end:
        return None
    return max(0.0, (moment(end) - moment(state.created)).total_seconds())


def lasting(seconds: float | None) -> str:
    """Returns a time span in its two largest units."""
    if seconds is None:
        return "unknown"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def moment(text: str) -> datetime:
    """Reads an ISO 8601 time; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else datetime.fromisoformat(f"{text}+00:00")


def _final(name: str, values: list[float]) -> Final:
    return Final(name, m.label(name), values[0], values[-1], min(values), max(values))


def _resources(state: State, history: History, rollouts: int) -> dict[str, str]:
    of = f" of {state.total_steps}" if state.total_steps else ""
    used = {"Steps": f"{state.step}{of}"}
    if rollouts:
        used["Rollouts kept"] = f"{rollouts:,}"
    lengths = history.values(m.LENGTH)
    if rollouts and lengths:
        mean = sum(lengths) / len(lengths)
        used["Tokens generated"] = f"about {mean * rollouts:,.0f} (mean length times rollouts kept)"
    if (prompt := history.last(m.PROMPT_LENGTH)) is not None:
        used["Prompt length, mean"] = m.shown(m.PROMPT_LENGTH, prompt)
    if history.values(m.THROTTLES):
        used["Throttled grader calls"] = m.shown(m.THROTTLES, history.total(m.THROTTLES))
    used["Trained on"] = "this machine" if state.service == "local" else "the service's own"
    return used


def _prices(folder: JobFolder) -> dict[str, float]:
    """Returns the prices that the job's own file gives."""
    try:
        return tomllib.loads(folder.job_toml()).get("prices", {})
    except ValueError as exc:
        raise FolderError(f"{folder.path / 'job.toml'}: {exc}") from exc


def _costs(
    state: State, history: History, prices: dict[str, float], seconds: float | None
) -> list[Cost]:
    spent = history.last(m.SPEND)
    basis = "as the grader's metrics estimate it" if spent is not None else "no metric tells it"
    judges = Cost("Graders and judges", spent, basis)
    if state.service == "local":
        return [Cost("Training", 0.0, "on this machine"), judges]
    training = Cost("Training", None, "the service's API does not tell; see its bill")
    if "training_hour" in prices and seconds is not None:
        usd = seconds / 3600 * prices["training_hour"]
        training = Cost("Training", usd, "at most: the duration x training_hour of job.toml")
    parts = [training, judges, Cost("Storage of the model", None, "billed by the month")]
    if state.deployment:
        parts.append(Cost("Deployment", None, "billed by use"))
    return parts
