"""From criteria to one aggregate: weights, gates, must-haves, a formula and bounds.

The weighted mean is ``sum(weight * value) / sum(positive weights)``, so that a negative
weight is a penalty and a perfect answer without penalties earns 1. The result is clipped
to the bounds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from touchstone.outcomes import Grade, GraderError, Metric, WrongCriteria
from touchstone.scoring.formula import Formula, FormulaError
from touchstone.settings import GraderSettings, SettingsError, nearest

_CONDITION = re.compile(r"\s*+(\w++)\s*+(?:>=\s*+([0-9.]++)\s*+)?")


def compose(
    criteria: Mapping[str, float],
    settings: GraderSettings,
    *,
    metrics: Sequence[Metric] = (),
    reason: str = "",
) -> Grade:
    """Returns the grade of a sample from its criteria.

    Args:
        criteria: Every criterion that counts, each within 0..1; more are only reported.
        settings: Weights, gates, must-haves, formula and bounds.
        metrics: What is only reported; comes after the criteria.
        reason: What a person should know.

    Raises:
        WrongCriteria: One that counts is not there; it never counts as 0.
        GraderError: A criterion is not a finite number within 0..1, or the formula has no
            finite value here (a division by zero, say).
    """
    for name, value in criteria.items():
        if not 0.0 <= value <= 1.0:
            raise GraderError(f"criterion {name!r} is {value!r}, outside 0..1")
    try:
        score, reason = _composed(criteria, settings, reason)
    except KeyError as exc:
        raise WrongCriteria(
            f"returned the criteria {_listed(criteria)}; "
            f"those that count are {_listed(counted(settings))}"
        ) from exc
    rewards = tuple(Metric(name, float(value), "Reward") for name, value in criteria.items())
    return Grade(float(score), (*rewards, *metrics), reason)


def _composed(
    criteria: Mapping[str, float], settings: GraderSettings, reason: str
) -> tuple[float, str]:
    """Returns score and reason; a ``KeyError`` where a criterion that counts is not there."""
    gated = {
        name: value if _holds(settings.gates.get(name), criteria) else 0.0
        for name, value in criteria.items()
    }
    low, high = settings.bounds
    missing = [need for need in settings.must_have if not _holds(need, criteria)]
    if missing:
        aggregate, reason = low, _and(reason, f"must-have not met: {', '.join(missing)}")
    else:
        aggregate = min(high, max(low, _aggregate(gated, settings)))
    shut = [name for name, value in criteria.items() if value > gated[name]]
    if shut:
        reason = _and(reason, f"gated, not counted: {', '.join(shut)}")
    return aggregate, reason


def counted(settings: GraderSettings) -> frozenset[str]:
    """Returns the criteria that the aggregate depends on.

    They are those of the formula, or else those that weigh something; and those of conditions.
    """
    conditions = (*settings.gates.values(), *settings.must_have)
    named = {_condition(text)[1] for text in conditions}
    if settings.formula is not None:
        return _formula(settings.formula).names | named
    return frozenset(named).union(name for name, weight in settings.weights.items() if weight)


def check_composition(settings: GraderSettings, criteria: Sequence[str], owner: str) -> None:
    """Refuses a composition that names no such criterion or cannot be computed.

    Raises:
        SettingsError: Names the setting, the wrong name and the nearest right one.
    """
    for problem in (
        _unknown_criterion(settings, criteria),
        _bad_bounds(settings),
        _bad_arithmetic(settings, criteria),
    ):
        if problem:
            setting, what = problem
            raise SettingsError(f"{owner}: {setting}: {what}", setting)


def _unknown_criterion(settings: GraderSettings, criteria: Sequence[str]) -> tuple[str, str] | None:
    named = [("weights", name) for name in settings.weights]
    named += [("gates", name) for name in settings.gates]
    conditions = [("gates", text) for text in settings.gates.values()]
    conditions += [("must_have", text) for text in settings.must_have]
    for setting, text in conditions:
        match = _CONDITION.fullmatch(text)
        if match is None:
            return setting, f"{text!r} is not 'criterion' or 'criterion >= 0.5'"
        named.append((setting, match[1]))
    for setting, name in named:
        if name not in criteria:
            return setting, f"{name!r} is no criterion{nearest(name, criteria)}"
    return None


def _bad_bounds(settings: GraderSettings) -> tuple[str, str] | None:
    low, high = settings.bounds
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return "bounds", "must be two finite numbers, the lower one first"
    if settings.neutral is not None and not low <= settings.neutral <= high:
        return "neutral", f"{settings.neutral} is outside the bounds {low}..{high}"
    return None


def _bad_arithmetic(settings: GraderSettings, criteria: Sequence[str]) -> tuple[str, str] | None:
    weights = settings.weights.values()
    if not all(math.isfinite(weight) for weight in weights):
        return "weights", "must be finite numbers"
    if settings.formula is None:
        return None if any(w > 0 for w in weights) else ("weights", "one must be positive")
    try:
        _formula(settings.formula).check(criteria)
    except FormulaError as exc:
        return "formula", str(exc)
    return None


def _aggregate(criteria: Mapping[str, float], settings: GraderSettings) -> float:
    if settings.formula is not None:
        try:
            return _formula(settings.formula).value(criteria)
        except FormulaError as exc:
            raise GraderError(f"formula {settings.formula!r}: {exc}") from exc
    weights = settings.weights
    total = sum(weight * criteria[name] for name, weight in weights.items() if weight)
    return total / sum(weight for weight in weights.values() if weight > 0)


def _holds(condition: str | None, criteria: Mapping[str, float]) -> bool:
    if condition is None:
        return True
    match = _condition(condition)
    return criteria[match[1]] >= float(match[2] or 1.0)


def _condition(text: str) -> re.Match[str]:
    match = _CONDITION.fullmatch(text)
    assert match is not None  # noqa: S101 - check_composition has read it
    return match


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


@lru_cache(maxsize=64)
def _formula(text: str) -> Formula:
    return Formula.parse(text)


def _and(reason: str, more: str) -> str:
    return f"{reason}; {more}" if reason else more
