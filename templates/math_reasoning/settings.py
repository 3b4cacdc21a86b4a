"""What a user can set on math_reasoning."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from touchstone.scoring.locales import Code
from touchstone.settings import GraderSettings

CRITERIA = ("answer_correct", "steps_valid", "solution_economy")
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class Settings(GraderSettings, frozen=True, kw_only=True):
    """What is a convention is a setting.

    Attributes:
        percent: ``lenient``: 50 % equals 0.5, and the sign may be left off (50 for 50 %);
            ``fraction``: 50 % equals 0.5 only; ``unit``: 50 % equals 50 only.
        unit: ``optional``: a unit may be left off, and two units must agree or convert;
            ``required``: a reference's unit must be there; ``ignored``: units say nothing.
        assignment: ``x = 2`` equals ``2``.
        rounding: A decimal of three significant digits, or two decimals, may stand for the exact
            value that it is rounded or cut from (0.33 for 1/3).
        ordered_lists: ``2, 3`` and ``{2, 3}`` differ from ``3, 2``.
        interval_as_inequality: ``1 < x`` equals ``(1, oo)``.
        tolerance: Allowed absolute difference of numbers; a row's own wins.
        relative_tolerance: Allowed difference as a share of the reference; a row's own wins.
        locale: The language whose decimal mark the completions write; ``auto``: each tells.
        unchecked_steps: ``steps_valid`` of a solution that claims nothing checkable; at
            1.0, the default, writing claims down never pays, and only false ones cost.
        second_opinion: The judge is asked where an ending is rejected that the rules are not sure
            to have read: no words announce it, or it is not of the reference's type.
        length_slack: How many times longer than the reference's working a solution may be.
        length_budget: Words, numbers and marks a solution may have when the reference shows none.
    """

    weights: dict[str, float] = msgspec.field(
        default_factory=lambda: {"answer_correct": 0.8, "steps_valid": 0.1, "solution_economy": 0.1}
    )
    gates: dict[str, str] = msgspec.field(
        default_factory=lambda: {
            "steps_valid": "answer_correct",
            "solution_economy": "answer_correct",
        }
    )
    percent: Literal["lenient", "fraction", "unit"] = "lenient"
    unit: Literal["optional", "required", "ignored"] = "optional"
    assignment: bool = True
    rounding: bool = True
    ordered_lists: bool = False
    interval_as_inequality: bool = True
    tolerance: NotNegative = 0.0
    relative_tolerance: NotNegative = 0.0
    locale: Literal["auto"] | Code = "auto"
    unchecked_steps: Share = 1.0
    second_opinion: bool = False
    length_slack: Annotated[float, msgspec.Meta(ge=1)] = 2.0
    length_budget: Annotated[int, msgspec.Meta(ge=1)] = 400
