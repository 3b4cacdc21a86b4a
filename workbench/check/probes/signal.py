"""Signal: whether rollouts of the model that is to be trained tell it anything.

The numbers are those of ``job plan``'s forecast, and so are the bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from touchstone.workbench.check.given import as_rollouts, given
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.verdict import Verdict, not_tried
from touchstone.workbench.forecast import Forecast, TooFew, forecast
from touchstone.workbench.forecast.advice import FARMING, FEW_USEFUL, STRUGGLES, UNNECESSARY
from touchstone.workbench.forecast.rollouts import top_of
from touchstone.workbench.stats import FEWEST, Share


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields a verdict on each way in which rollouts may teach nothing."""
    some = given(subject)
    if not some:
        yield not_tried("signal", "no row brings rollouts of a model: give rows with completions")
        return
    rollouts = as_rollouts(some, subject.given_s)
    size = max((len(group) for group in rollouts.groups.values()), default=1)
    try:
        seen = forecast(rollouts, size=size, top=top_of(rollouts, subject.high))
    except TooFew as exc:
        yield not_tried("signal", f"{exc}: signal is what differs within a prompt")
        return
    yield _spread(seen)
    yield _floor(seen)
    yield _ceiling(seen)
    yield _length(seen)
    yield _criteria(seen)


def _spread(seen: Forecast) -> Verdict:
    said = (
        f"{_of(seen.useful)} of groups of {seen.size} will differ within themselves (of those "
        f"given, all wrong {seen.flat_wrong.value:.0%}, all right {seen.flat_right.value:.0%}, "
        f"equal {seen.flat_equal.value:.0%})"
    )
    flat = round((1 - seen.useful.value) * seen.prompts)
    return _verdict("spread", said, seen.useful.high < FEW_USEFUL, seen.prompts, flat, "prompts")


def _floor(seen: Forecast) -> Verdict:
    said = f"{_of(seen.positive)} of the rollouts earn anything"
    wrong = round((1 - seen.positive.value) * seen.rollouts)
    fails = seen.positive.high < STRUGGLES
    return _verdict("floor", said, fails, seen.rollouts, wrong, "rollouts")


def _ceiling(seen: Forecast) -> Verdict:
    said = f"{_of(seen.perfect)} of the rollouts earn the highest reward"
    right = round(seen.perfect.value * seen.rollouts)
    fails = seen.perfect.low > UNNECESSARY
    return _verdict("ceiling", said, fails, seen.rollouts, right, "rollouts")


def _length(seen: Forecast) -> Verdict:
    """Only tells: a right answer may well be the longer one."""
    found = f"rank correlation of reward and length within prompts {seen.length.value:.2f}"
    reach = f" ({seen.length.low:.2f} to {seen.length.high:.2f})" if seen.length.interval else ""
    least = seen.length.value if seen.length.low is None else seen.length.low
    look = least > FARMING and seen.prompts >= FEWEST
    rest = ": see that longer ones are better, and not only longer" if look else ""
    return Verdict(
        "signal:length", "holds", f"{found}{reach}{rest}", seen.rollouts, 0, "rollouts",
        seen=asdict(seen.length),
    )  # fmt: skip


def _criteria(seen: Forecast) -> Verdict:
    still = [name for name, one in seen.criteria.items() if one.flat.value == 1]
    said = f"{len(seen.criteria) - len(still)} of {len(seen.criteria)} criteria move within prompts"
    if still and len(seen.criteria) > 1:
        said += f"; {', '.join(still)} never: see that it is meant so"
    means = {name: round(one.mean.value, 4) for name, one in seen.criteria.items()}
    fails = bool(still) and len(still) == len(seen.criteria) and seen.prompts >= FEWEST
    return _verdict("criteria", said, fails, len(seen.criteria), len(still), "criteria", means)


def _of(share: Share) -> str:
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def _verdict(
    name: str, said: str, fails: bool, tried: int, failed: int, of: str, seen: dict | None = None
) -> Verdict:
    status = "falls_short" if fails else "holds"
    return Verdict(f"signal:{name}", status, said, tried, failed, of, seen=seen)
