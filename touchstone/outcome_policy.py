"""The outcome policy: which number goes on the wire for a row that could not be scored.

Bedrock's reply has no "unscored", and a zero would teach the model that its completion was
bad. The mean of the same prompt's scored rollouts leaves the row with an advantage of about
zero, so that it teaches nothing; and a batch with too many such rows raises instead. A fault that
the completion may have caused takes the lowest of those scores, or where the prompt has none the
lowest of the call: to provoke one never pays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from touchstone.contract import Batch, Result, Sample
from touchstone.groups import group_key
from touchstone.outcomes import Fault, Grade
from touchstone.settings import GraderSettings

# A batch below this size raises only when all of it is unscored.
_SMALLEST_BUDGETED = 4


class FaultBudgetExceeded(RuntimeError):
    """Too much of the batch could not be scored, so no reward is answered at all.

    The service retries the call, and a lasting fault fails the job early instead of
    training on noise.

    Attributes:
        results: Every row's result all the same, for a caller in this process.
    """

    def __init__(self, message: str, results: Sequence[Result]) -> None:
        super().__init__(message)
        self.results = tuple(results)


def settle(
    batch: Batch, outcomes: Sequence[Grade | Fault], settings: GraderSettings
) -> list[Result]:
    """Gives every row its number.

    Raises:
        FaultBudgetExceeded: More of the batch than ``settings.fault_budget`` allows, or all
            of it, or with ``unscored = "raise"`` any of it, could not be scored.
            Preflight rows do not count.
    """
    fill = _fill_values(batch, outcomes, settings)
    results = [
        Result(row_id, outcome, outcome.score if isinstance(outcome, Grade) else fill[index])
        for index, (row_id, outcome) in enumerate(zip(batch.ids, outcomes, strict=True))
    ]
    _hold_to_budget(results, settings)
    return results


def _fill_values(
    batch: Batch, outcomes: Sequence[Grade | Fault], settings: GraderSettings
) -> dict[int, float]:
    low, high = settings.bounds
    neutral = settings.neutral if settings.neutral is not None else (low + high) / 2
    unscored = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, Fault)]
    if not unscored:
        return {}
    siblings: defaultdict[str, list[float]] = defaultdict(list)
    keys: dict[int, str] = {}
    for index, (row, outcome) in enumerate(zip(batch.rows, outcomes, strict=True)):
        if isinstance(row, Sample):
            keys[index] = group_key(row)
            if isinstance(outcome, Grade):
                siblings[keys[index]].append(outcome.score)
    everyone = [outcome.score for outcome in outcomes if isinstance(outcome, Grade)]
    fill: dict[int, float] = {}
    for index in unscored:
        scores = siblings.get(keys.get(index, ""), [])
        usual = neutral
        if scores and settings.unscored != "neutral":
            usual = sum(scores) / len(scores)
        outcome = outcomes[index]
        ours = isinstance(outcome, Fault) and outcome.blame == "ours"
        fill[index] = usual if ours else min([usual, *(scores or everyone)])
    return fill


def _hold_to_budget(results: Sequence[Result], settings: GraderSettings) -> None:
    faults = [r.outcome for r in results if isinstance(r.outcome, Fault)]
    faults = [fault for fault in faults if not fault.preflight]
    counted = len(faults) + sum(isinstance(r.outcome, Grade) for r in results)
    if not faults:
        return
    share = len(faults) / counted
    over = counted >= _SMALLEST_BUDGETED and share > settings.fault_budget
    if share == 1.0 or over or settings.unscored == "raise":
        kinds = Counter(fault.kind for fault in faults)
        commonest = kinds.most_common(1)[0][0]
        first = next(fault for fault in faults if fault.kind == commonest)
        raise FaultBudgetExceeded(
            f"{len(faults)} of {counted} rows could not be scored "
            f"({', '.join(f'{kind}: {count}' for kind, count in kinds.most_common())}); "
            f"{commonest}, first: {first.detail}",
            results,
        )
