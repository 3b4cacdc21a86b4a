"""A user's file, graded the way a deployed grader is: graders.toml, pipeline, cage."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from tests.support import row
from touchstone.contract import to_reply
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.judge import make_judge
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.pipeline import answer
from touchstone.sandbox import open_sandbox
from touchstone.templates import load_grader

SANDBOX = open_sandbox()


def written(folder: Path, code: str, entry: str = "", settings: str = "") -> Path:
    """Writes a file and a graders.toml that names it."""
    (folder / "mine.py").write_text(textwrap.dedent(code), encoding="utf-8")
    toml = folder / "graders.toml"
    toml.write_text(
        f'[graders.mine]\ncode = "mine.py"\n{entry}\n[graders.mine.settings]\n{settings}\n',
        encoding="utf-8",
    )
    return toml


def replies(
    folder: Path,
    code: str,
    rows: list[dict[str, Any]],
    entry: str = "",
    settings: str = "",
    judge: Any = None,
    deadline: Deadline | None = None,
) -> list[dict[str, Any]]:
    """Grades rows; a batch of which too much is unscored is answered all the same."""
    grader = load_grader("mine", written(folder, code, entry, f"fault_budget = 1.0\n{settings}"))
    tools = Tools(deadline or Deadline(), SANDBOX, judge or make_judge("offline"))
    try:
        return answer(rows, grader, tools, explain=True)
    except FaultBudgetExceeded as exc:
        return to_reply(exc.results, "list", explain=True)


def graded(folder: Path, body: str, **options: Any) -> dict[str, Any]:
    """Grades one row with ``body`` as the body of ``reward(sample)``."""
    code = options.pop("code", None)
    if code is None:
        code = "def reward(sample):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    return replies(folder, code, [options.pop("row", row("hello world"))], **options)[0]
