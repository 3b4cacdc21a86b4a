"""Asks a judge what rules cannot decide, and never takes silence for a score.

One interface, chosen by the ``judge`` setting: ``bedrock:<model>``,
``openai:<base url>#<model>``, ``offline`` or ``recorded:<file>``. Nothing that talks to a
model is imported before the first call.
"""

from __future__ import annotations

from touchstone.judge.faults import Cause, NoVerdict
from touchstone.judge.options import JudgeOptions
from touchstone.judge.providers import AskedModel, asked_models, open_judge
from touchstone.judge.text import clean, directed_text, hollow, unseen
from touchstone.judge.types import (
    REFERENCE_REPLY,
    Criterion,
    Judge,
    JudgeRequest,
    Level,
    Rubric,
    Usage,
    Verdict,
    yes_no,
)

__all__ = [
    "REFERENCE_REPLY",
    "AskedModel",
    "Cause",
    "Criterion",
    "Judge",
    "JudgeOptions",
    "JudgeRequest",
    "Level",
    "NoVerdict",
    "Rubric",
    "Usage",
    "Verdict",
    "asked_models",
    "clean",
    "directed_text",
    "hollow",
    "make_judge",
    "unseen",
    "yes_no",
]


def make_judge(setting: str, options: JudgeOptions | None = None) -> Judge:
    """Returns the judge that the setting names; make it once and use it for every batch.

    Args:
        setting: ``bedrock:`` with a model id, inference profile or ARN; ``openai:`` with a
            base URL, ``#`` and a model; ``recorded:`` with a file; or ``offline``.
        options: How it is asked; a panel in it votes along with this judge.

    Raises:
        SettingsError: The setting has no known form.
    """
    options = options or JudgeOptions()
    judges = [open_judge(text, options) for text in (setting, *options.panel)]
    judge = judges[0]
    if len(judges) > 1:
        from touchstone.judge.panel import Panel

        judge = Panel(judges, options.vote)
    if options.record is not None:
        from touchstone.judge.recorded import Recorder

        judge = Recorder(judge, options.record)
    return judge
