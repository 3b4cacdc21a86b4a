"""What a run of regrading would cost and take, before it is begun: reckoned from one real call."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from touchstone.graded import BATCH_ROWS, result_of
from touchstone.regrading import CALLS
from touchstone.workbench import aws
from touchstone.workbench.grading.backends import deployed
from touchstone.workbench.grading.summary import SPENT
from touchstone.workbench.jobs.prices import published
from touchstone.workbench.regrade.run import Regrading, first_rows

_WORKER_GB = 0.5
# Of a child workflow: its start, the task, the choice and its end.
_TRANSITIONS = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """A reckoning, from one call with the run's first rows.

    Attributes:
        rows: About how many there are.
        calls: Of the grader, about.
        call_s: Seconds that one took.
        usd: Cost by what is paid for.
        as_of: When the prices were read.
    """

    rows: int
    calls: int
    call_s: float
    usd: dict[str, float]
    as_of: str

    @property
    def total(self) -> float:
        """USD, all together."""
        return sum(self.usd.values())

    def minutes(self, at_once: int) -> float:
        """Returns how long it takes with so many calls at the same time."""
        return self.calls * self.call_s / at_once / 60


def estimate(made: Regrading) -> Estimate:
    """Calls the grader once, and reckons the whole from that.

    Lambda bills memory by time; the judge's cost is what its rows say. Of a grader that runs code
    the executor's time is not in its rows, and is said to be left out.

    Raises:
        UnreachableGrader: It is not there, or may not be called.
        FunctionError: It failed.
        DataError: There are no rows.
    """
    some, row_bytes = first_rows(made)
    send = deployed(made.run.function, made.region)
    began = time.monotonic()
    results = [result_of(entry) for entry in send(some)]
    call_s = time.monotonic() - began
    rows = max(len(some), round(made.size / row_bytes))
    calls = math.ceil(rows / BATCH_ROWS)
    spent = [m["value"] for one in results for m in one["metrics_list"] if m["name"] == SPENT[-1]]
    prices, as_of = published()
    second = calls * call_s * prices["lambda_gb_second"]
    usd = {
        "the grader": second * _memory_gb(made) + calls * prices["lambda_request"],
        "the worker": second / CALLS * _WORKER_GB,
        "Step Functions": len(made.shards) * _TRANSITIONS * prices["step_transition"],
        "the judge": sum(spent) / len(some) * rows,
    }
    return Estimate(rows, calls, call_s, usd, as_of)


def _memory_gb(made: Regrading) -> float:
    with aws.asking("lambda:GetFunctionConfiguration"):
        client = aws.client("lambda", made.region)
        found = client.get_function_configuration(FunctionName=made.run.function)
    return found["MemorySize"] / 1024
