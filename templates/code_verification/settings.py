"""What a user can set on code_verification."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import field

from touchstone.settings import GraderSettings, nearest

CRITERIA = ("tests_passed", "compiles", "code_quality")
PARTS = (
    "lint",
    "complexity",
    "approved_libraries",
    "banned_calls",
    "docstrings",
    "annotations",
    "internal_standards",
)
# Docstrings and annotations count only where a user asks for them.
_QUALITY_WEIGHTS = dict.fromkeys(
    (part for part in PARTS if part not in ("docstrings", "annotations")), 1.0
)

Positive = Annotated[float, msgspec.Meta(gt=0)]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of a user's internal standards: something that must or must not be in the code.

    Attributes:
        name: A dotted name that is imported, called or read, such as ``logging`` or
            ``os.system``; comments and strings do not count.
        pattern: Or a regular expression, searched for in the text of the completion's code.
        must: Which of the two.
        weight: Against the other rules.
        message: Shown when the rule is not met.
    """

    name: str | None = None
    pattern: str | None = None
    must: Literal["appear", "not_appear"] = "appear"
    weight: Positive = 1.0
    message: str = ""

    def __post_init__(self) -> None:
        """Refuses a rule that could never be decided."""
        if (self.name is None) is (self.pattern is None):
            raise ValueError("a rule of internal_standards has either a name or a pattern")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as exc:
                raise ValueError(f"pattern {self.pattern!r} cannot be read: {exc}") from exc


class Settings(GraderSettings, frozen=True, kw_only=True):
    """Settings of code_verification.

    Attributes:
        credit: ``share`` of the tests passed, or ``all`` of them or nothing.
        timeout_s: Seconds for one test; a reference may give its own.
        total_timeout_s: Seconds for all tests of a completion, up to ten; more get as much more.
        memory_mb: Memory of a completion, in MiB.
        max_source_chars: A longer completion is not parsed and scores 0.
        show_expected: Lets reasons say what a failing test expected.
        quality_weights: Part of ``code_quality`` to weight. Replaces the default as a whole.
        max_complexity: Decisions in one function, plus one, that cost nothing.
        approved_libraries: Libraries that a completion may import, besides Python's own.
        test_frameworks: Approved as well, since completions bring tests along, which are left out.
        banned_calls: Names that must not be used: ``eval``, ``os.system``, ``subprocess``.
        internal_standards: Rules of the house.
        row_order: Of SQL: whether the order of rows matters; ``as_query`` where the reference's
            query has an ORDER BY of its own. A reference may say otherwise.
        column_names: Of SQL: whether names of columns matter. A reference may say otherwise.
    """

    weights: dict[str, float] = field(
        default_factory=lambda: {"tests_passed": 0.8, "compiles": 0.1, "code_quality": 0.1}
    )
    gates: dict[str, str] = field(default_factory=lambda: {"code_quality": "tests_passed"})
    credit: Literal["share", "all"] = "share"
    timeout_s: Positive = 10.0
    total_timeout_s: Positive = 30.0
    memory_mb: Annotated[int, msgspec.Meta(ge=16)] = 256
    max_source_chars: Annotated[int, msgspec.Meta(ge=1, le=200_000)] = 50_000
    show_expected: bool = False
    quality_weights: dict[str, float] = field(default_factory=lambda: dict(_QUALITY_WEIGHTS))
    max_complexity: Annotated[int, msgspec.Meta(ge=1)] = 10
    approved_libraries: list[str] = field(default_factory=list)
    test_frameworks: list[str] = field(default_factory=lambda: ["hypothesis", "pytest"])
    banned_calls: list[str] = field(default_factory=list)
    internal_standards: list[Rule] = field(default_factory=list)
    row_order: Literal["as_query", "always", "never"] = "as_query"
    column_names: bool = False

    def __post_init__(self) -> None:
        """Refuses parts and weights of ``code_quality`` that do not exist."""
        for name, weight in self.quality_weights.items():
            if name not in PARTS:
                raise ValueError(f"quality_weights names {name!r}{nearest(name, PARTS)}")
            if not 0 <= weight < float("inf"):
                raise ValueError(f"quality_weights: {name} weighs {weight}, which is not 0 or more")
