"""The runtime that ships to Lambda: contract, pipeline, scoring, sandbox and judge.

What is public stands in ``__all__`` here and in those of ``judge``, ``adapters`` and
``templates``. A name is imported when it is first used: a function pays only for what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from touchstone.contract import Sample
    from touchstone.deadline import Deadline
    from touchstone.grader import Grader, Template, Tools
    from touchstone.outcome_policy import FaultBudgetExceeded
    from touchstone.outcomes import (
        BadReference,
        BadSample,
        Fault,
        Grade,
        GraderError,
        GradingError,
        JudgeFault,
        Metric,
        SandboxFault,
        UserCodeError,
    )
    from touchstone.pipeline import answer
    from touchstone.scoring.compose import compose
    from touchstone.settings import GraderSettings, SettingsError
    from touchstone.toolbox import Toolbox

__all__ = [
    "BadReference",
    "BadSample",
    "Deadline",
    "Fault",
    "FaultBudgetExceeded",
    "Grade",
    "Grader",
    "GraderError",
    "GraderSettings",
    "GradingError",
    "JudgeFault",
    "Metric",
    "Sample",
    "SandboxFault",
    "SettingsError",
    "Template",
    "Toolbox",
    "Tools",
    "UserCodeError",
    "answer",
    "compose",
]

_HOMES = {
    "contract": ("Sample",),
    "deadline": ("Deadline",),
    "grader": ("Grader", "Template", "Tools"),
    "outcome_policy": ("FaultBudgetExceeded",),
    "pipeline": ("answer",),
    "scoring.compose": ("compose",),
    "settings": ("GraderSettings", "SettingsError"),
    "toolbox": ("Toolbox",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f"{__name__}.{_HOME.get(name, 'outcomes')}")
    return getattr(home, name)
