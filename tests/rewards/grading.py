"""The shipped reward functions, graded through graders.toml, pipeline and cage."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tests.support import row
from touchstone.contract import to_reply
from touchstone.deadline import Deadline
from touchstone.grader import Grader, Tools
from touchstone.judge import make_judge
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.pipeline import answer
from touchstone.sandbox import open_sandbox
from touchstone.templates import load_grader

ROOT = Path(__file__).parents[2]
SANDBOX = open_sandbox()


@cache
def shipped(name: str) -> Grader:
    return load_grader(name, ROOT / "graders.toml")


def graded(name: str, completion: str, reference: Any, prompt: str = "", judge: Any = None) -> Any:
    """Returns the reply for one row, with its criteria by name as ``criteria``."""
    tools = Tools(Deadline(), SANDBOX, judge or make_judge("offline"))
    rows = [row(completion, reference, prompt or "Please write it.")]
    try:
        (reply,) = answer(rows, shipped(name), tools, explain=True)
    except FaultBudgetExceeded as exc:
        (reply,) = to_reply(exc.results, "list", explain=True)
    return {**reply, "criteria": {m["name"]: m["value"] for m in reply["metrics_list"]}}
