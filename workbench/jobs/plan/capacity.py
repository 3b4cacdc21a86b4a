"""Whether what a step needs at the same time fits: copies of the grader, executors, the judge.

A grader that runs code holds a unit of Lambda's concurrency while it waits for an executor, which
needs one too. Where both come from one pool and graders can take all of it, none gets its executor,
so a job is refused that would do so even with the fewest calls.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from touchstone.invoking import Unanswered, call_once
from touchstone.sandbox.bundles import VARIABLE
from touchstone.workbench.jobs.plan.findings import Findings
from touchstone.workbench.jobs.scale import Work
from touchstone.workbench.stats import Range

KEY = "grader.function"
_MORE = "set concurrency of its stage in cdk.json and deploy (docs/deploy.md, Capacity)"


@dataclass(frozen=True, slots=True)
class Copies:
    """What is reserved for a deployed grader.

    Attributes:
        grader: Copies of it, which are also its most; ``None`` where it shares the account's.
        executor: Likewise of its executor.
        runs_code: Whether it has one.
    """

    grader: int | None = None
    executor: int | None = None
    runs_code: bool = False

    def at_once(self, work: Work) -> Range:
        """Returns how many copies work in a step: with the most rows a call, and the fewest."""
        most = work.concurrency.high if self.grader is None else self.grader
        return Range(min(work.concurrency.low, most), min(work.concurrency.high, most))


def read_copies(client: Any, name: str, made: dict[str, Any], findings: Findings) -> Copies:
    """Returns what is reserved, and wakes the function and its executor if they sleep.

    Args:
        client: boto3's client of Lambda.
        name: The function, as the job names it.
        made: Its configuration.
        findings: Gets what was found wrong.
    """
    _wake(client, name, "the function", made, [], findings)
    grader = _reserved(client, name)
    executor = made.get("Environment", {}).get("Variables", {}).get(VARIABLE, "")
    if not executor:
        return Copies(grader)
    found = client.get_function_configuration(FunctionName=executor)
    _wake(client, executor, "its executor", found, {"isolation": True}, findings)
    return Copies(grader, _reserved(client, executor), runs_code=True)


def check_copies(copies: Copies, free: float, work: Work, findings: Findings) -> None:
    """Refuses a grader of code whose copies could wait for executors in vain.

    Args:
        copies: What is reserved.
        free: Units of concurrency that the account's functions share.
        work: The job's.
        findings: Gets what was found wrong.
    """
    if not copies.runs_code:
        return
    wanted = copies.at_once(work)
    if copies.executor is None:
        pool = free if copies.grader is None else free + copies.grader
        what = f"{pool:,.0f} units of concurrency are shared by grader and executor"
    else:
        # Reserved ones are the executor's alone: a copy of the grader at least has its turn.
        pool = copies.executor + wanted.low if copies.executor else 0
        what = "no executor can run: its reserved concurrency is 0"
    if pool <= wanted.low:
        findings.error(
            KEY, f"{what}, and a step sent at once takes {wanted.low:,.0f} of them for the grader "
            "alone, so that none gets its executor", _MORE,
        )  # fmt: skip
    elif copies.executor is None and pool <= wanted.high:
        findings.warn(
            KEY, f"{what}: a step sent one rollout a call takes up to {wanted.high:,.0f} of them "
            "for the grader alone, and rollouts are lost until some give up", _MORE,
        )  # fmt: skip


def _wake(
    client: Any, name: str, what: str, made: dict[str, Any], event: Any, findings: Findings
) -> None:
    """Calls a function that sleeps: nothing else wakes it, and it takes about a minute.

    Source: Lambda developer guide, "Lambda function states".
    """
    state = made.get("State", "Active")
    if state == "Failed":
        findings.error(KEY, f"{what} is Failed: {made.get('StateReason', '')}", "deploy it again")
    elif state == "Pending":
        findings.warn(KEY, f"{what} is Pending", "calls wait until it is Active")
    elif state != "Active":
        with suppress(Unanswered):  # being refused is what wakes it
            call_once(client, name, json.dumps(event).encode())
        findings.warn(
            KEY, f"{what} was {state} after weeks without a call, and has been woken",
            "nothing: it is Active in about a minute, and calls wait for it",
        )  # fmt: skip


def _reserved(client: Any, name: str) -> int | None:
    bare = name.split(":function:")[-1].split(":")[0]
    found = client.get_function_concurrency(FunctionName=bare)
    return found.get("ReservedConcurrentExecutions")
