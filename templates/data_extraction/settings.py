"""What a user can set on data_extraction."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from touchstone.outcomes import BadReference
from touchstone.settings import GraderSettings
from touchstone.templates.data_extraction.layout import check_patterns
from touchstone.templates.data_extraction.paths import FieldRule, FieldRules
from touchstone.templates.data_extraction.payload import FormatSetting
from touchstone.templates.data_extraction.schema import Draft, check_schema, unwrapped

CRITERIA: tuple[str, ...] = ("format_compliance", "completeness", "accuracy")


class Settings(GraderSettings, frozen=True, kw_only=True):
    """What can be set on this grader.

    Attributes:
        format: The format the payload must be of; ``auto`` goes by sight.
        schema: JSON Schema for rows whose reference brings none of its own.
        schema_draft: Of a schema without ``$schema``; ``auto`` is 2020-12, or draft 7 where
            the schema can only be that.
        fields: Comparator and weight by path, for every row; a row's own paths win.
        number_tolerance: Largest difference of two equal numbers, relative to the expected.
        text_threshold: Similarity (0..1) below which prose earns nothing; 1 asks for the
            same text.
        case_sensitive: Whether case differs in strings and prose.
        date_order: How ``03/04/2014`` is read: month first or day first.
        penalise_extra: Whether values that were not expected cost accuracy.
        strict_payload: Whether anything beside the payload (one fence is allowed) makes
            ``format_compliance`` 0.
        patterns: Regular expressions that must be found in the answer.
        sections: Headings that it must have, with something said below each.
        check_formats: Whether a schema's ``format`` asserts something: ``date``, ``email`` ...
        credit: ``share`` of the leaves that are right, or ``all`` of them or nothing.
    """

    weights: dict[str, float] = msgspec.field(
        default_factory=lambda: {"format_compliance": 0.2, "completeness": 0.2, "accuracy": 0.6}
    )
    gates: dict[str, str] = msgspec.field(
        default_factory=lambda: dict.fromkeys(CRITERIA[:2], "accuracy >= 0.5")
    )
    format: FormatSetting = "auto"
    schema: dict[str, Any] | None = None
    schema_draft: Draft = "auto"
    fields: dict[str, FieldRule] = msgspec.field(default_factory=dict)
    number_tolerance: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0
    text_threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.8
    case_sensitive: bool = False
    date_order: Literal["mdy", "dmy"] = "mdy"
    penalise_extra: bool = True
    strict_payload: bool = False
    patterns: list[str] = msgspec.field(default_factory=list)
    sections: list[str] = msgspec.field(default_factory=list)
    check_formats: bool = False
    credit: Literal["share", "all"] = "share"

    def __post_init__(self) -> None:
        """Refuses paths and a schema that cannot be used, before any row is graded."""
        FieldRules(self.fields)
        try:
            check_patterns(self.patterns)
        except BadReference as exc:
            raise ValueError(str(exc)) from exc
        if self.schema is not None:
            try:
                check_schema(unwrapped(self.schema), self.schema_draft)
            except BadReference as exc:
                raise ValueError(str(exc)) from exc
