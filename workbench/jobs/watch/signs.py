"""Signs that a run goes wrong, in words, each with the rule that found it and where it is from.

They read what a job wrote and nothing else; to stop a job is the brake's business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.history import History

_GUIDE = "Amazon Bedrock user guide, monitoring and best practices of reinforcement fine-tuning"
_DAPO = "Yu et al. (2025), DAPO: An Open-Source LLM Reinforcement Learning System at Scale"
_ENTROPY = "Cui et al. (2025), The Entropy Mechanism of Reinforcement Learning for Reasoning"
_LENGTH = "Liu et al. (2025), Understanding R1-Zero-Like Training: A Critical Perspective"
_HOUSE = "Touchstone"

# Steps that are put together, so that one lucky batch neither raises an alarm nor hides one.
_WINDOW = 5
_PLATEAU_STEPS = 10
_PLATEAU_GAIN = 0.01
_LOW_REWARD = 0.15
_SOLVED = 0.95
_FLAT_SHARE, _FLAT_RISE = 0.5, 0.1
_ENTROPY_LEFT = 0.1
_LENGTH_GROWTH, _LENGTH_GAIN = 2.0, 0.05
_VALIDATION_DROP = 0.02
_UNSCORED_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of trouble.

    Attributes:
        kind: Its name.
        message: What is seen, and what to do.
        rule: What had to hold.
        source: Where the rule is from.
    """

    kind: str
    message: str
    rule: str
    source: str


def signs(history: History) -> list[Sign]:
    """Returns what looks wrong now, worst first; empty while there is too little to tell."""
    return [found for rule in _RULES if (found := rule(history))]


def _unscored(history: History) -> Sign | None:
    recent = history.values(m.UNSCORED)[-3:]
    if len(recent) < 3 or min(recent) <= _UNSCORED_SHARE:
        return None
    return Sign(
        "unscored",
        f"{m.shown(m.UNSCORED, fmean(recent))} of the rollouts cannot be scored: the job learns "
        "from made-up numbers there; read the reasons and repair the grader or its rows",
        f"unscored share above {_UNSCORED_SHARE:.0%} in each of the last 3 steps",
        _HOUSE,
    )


def _no_signal(history: History) -> Sign | None:
    first = history.values(m.REWARD)[:_WINDOW]
    if len(first) < _WINDOW or any(history.values(m.REWARD)):
        return None
    return Sign(
        "no_signal",
        "every reward was 0 so far: nothing can be learnt; begin with supervised fine-tuning, "
        "easier prompts or a reward with steps in between",
        f"mean reward 0 in all steps, at least {_WINDOW}",
        _GUIDE,
    )


def _solved(history: History) -> Sign | None:
    first = history.values(m.REWARD)[:_WINDOW]
    if len(first) < _WINDOW or fmean(first) <= _SOLVED:
        return None
    return Sign(
        "solved",
        f"the base model already earned {fmean(first):.2f}: there is little left to learn; "
        "use harder prompts",
        f"mean reward of the first {_WINDOW} steps above {_SOLVED}",
        _GUIDE,
    )


def _plateau(history: History) -> Sign | None:
    values = history.values(m.REWARD)
    if len(values) < 2 * _PLATEAU_STEPS or not any(values):
        return None
    now = fmean(values[-_PLATEAU_STEPS:])
    gain = now - fmean(values[-2 * _PLATEAU_STEPS : -_PLATEAU_STEPS])
    if gain >= _PLATEAU_GAIN or now > _SOLVED:
        return None
    low = now < _LOW_REWARD
    advice = "the task may be too hard for this model" if low else "more steps may not help"
    return Sign(
        "plateau",
        f"the reward stands at {now:.3f} ({gain:+.3f} in {_PLATEAU_STEPS} steps): {advice}",
        f"mean of the last {_PLATEAU_STEPS} steps less than {_PLATEAU_GAIN} above the "
        f"{_PLATEAU_STEPS} before, and at most {_SOLVED}",
        f"{_GUIDE} (a plateau below {_LOW_REWARD})" if low else _HOUSE,
    )


def _flat(history: History) -> Sign | None:
    values = history.values(m.FLAT)
    if len(values) < 2 * _WINDOW:
        return None
    first, now = fmean(values[:_WINDOW]), fmean(values[-_WINDOW:])
    if now <= _FLAT_SHARE or now < first + _FLAT_RISE:
        return None
    return Sign(
        "flat_groups",
        f"{now:.0%} of the groups are flat, up from {first:.0%}: where all rollouts of a prompt "
        "earn the same, their advantages are 0 and the step is paid for in vain",
        f"flat share of the last {_WINDOW} steps above {_FLAT_SHARE:.0%}, and {_FLAT_RISE:.0%} "
        f"above the first {_WINDOW}",
        _DAPO,
    )


def _entropy(history: History) -> Sign | None:
    values = history.values(m.ENTROPY)
    if len(values) < 2 * _WINDOW or fmean(values[:_WINDOW]) <= 0:
        return None
    left = fmean(values[-_WINDOW:]) / fmean(values[:_WINDOW])
    if left >= _ENTROPY_LEFT:
        return None
    return Sign(
        "entropy",
        f"entropy fell to {values[-1]:.3f}, {left:.0%} of where it began: the samples of one "
        "prompt are nearly the same, and little more will be learnt",
        f"mean entropy of the last {_WINDOW} steps below {_ENTROPY_LEFT:.0%} of the first",
        _ENTROPY,
    )


def _length(history: History) -> Sign | None:
    lengths, rewards = history.values(m.LENGTH), history.values(m.REWARD)
    if min(len(lengths), len(rewards)) < 2 * _WINDOW or fmean(lengths[:_WINDOW]) <= 0:
        return None
    growth = fmean(lengths[-_WINDOW:]) / fmean(lengths[:_WINDOW])
    gain = fmean(rewards[-_WINDOW:]) - fmean(rewards[:_WINDOW])
    if growth < _LENGTH_GROWTH or gain >= _LENGTH_GAIN:
        return None
    return Sign(
        "length",
        f"answers are {growth:.1f} times as long as at first, and the reward moved by {gain:+.3f}: "
        "length without gain; penalise it or lower inference_max_tokens",
        f"mean length of the last {_WINDOW} steps at least {_LENGTH_GROWTH:g} times the first, "
        f"reward less than {_LENGTH_GAIN} higher",
        _LENGTH,
    )


def _validation(history: History) -> Sign | None:
    points, rewards = history.series(m.VALIDATION), history.series(m.REWARD)
    if len(points) < 3 or not rewards:
        return None
    best_step, best = max(points, key=lambda point: point[1])
    after = [value for step, value in points if step > best_step]
    then = [value for step, value in rewards if step <= best_step][-_WINDOW:]
    now = [value for _, value in rewards][-_WINDOW:]
    falls = len(after) >= 2 and all(value < best - _VALIDATION_DROP for value in after[-2:])
    if not falls or not then or fmean(now) <= fmean(then):
        return None
    return Sign(
        "validation",
        f"validation fell from {best:.3f} at step {best_step} to {after[-1]:.3f} while the "
        "training reward rose: the model learns the training prompts, or a way around the grader",
        f"the last 2 validations more than {_VALIDATION_DROP} below the best, training reward up",
        _GUIDE,
    )


_RULES: tuple[Callable[[History], Sign | None], ...] = (
    _unscored, _no_signal, _validation, _length, _entropy, _flat, _plateau, _solved,
)  # fmt: skip
