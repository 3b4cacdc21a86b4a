"""The offline judge is for trying: where it may not stand in for a model, and how it is named."""

from __future__ import annotations

from touchstone.grader import Grader, judge_options
from touchstone.settings import SettingsError

OFFLINE = "offline"
# What tables, reports and comparisons call it.
STAND_IN = "offline stand-in"


def judge_shown(grader: Grader) -> str:
    """Returns who judges for a grader, its panel too, for a person; ``""`` where nobody does."""
    return " + ".join(STAND_IN if one == OFFLINE else one for one in _judges(grader))


def check_judge(grader: Grader) -> None:
    """Refuses a judge that asks no model, in what is deployed or trained on.

    Raises:
        SettingsError: The grader's judge, or one of its panel, is the stand-in, and its
            settings do not say ``allow_offline``.
    """
    if OFFLINE in _judges(grader) and not grader.settings.allow_offline:
        raise SettingsError(
            f"{grader.name} asks a judge, and its judge is the offline stand-in, which counts "
            'words; set judge to a model, or judge = "offline" and allow_offline = true',
            "judge",
        )


def _judges(grader: Grader) -> list[str]:
    if "judge" not in grader.template.needs:
        return []
    panel = judge_options(grader.name, grader.settings).panel
    return [one.strip() for one in (grader.settings.judge, *panel)]
