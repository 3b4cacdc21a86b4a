"""Grades structured data that a model extracted from a text.

Three criteria. ``format_compliance``: the answer holds one payload that parses, and keeps
its JSON Schema. ``completeness``: the share of the expected leaves that are present.
``accuracy``: F1 of the leaves under a comparator for each type. The first two count only
once half of the content is right, so that form alone never pays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

import msgspec

from templates.data_extraction.align import Aligner, Tally
from templates.data_extraction.comparators import Rules
from templates.data_extraction.formats import Unreadable, check_bounds, read_json
from templates.data_extraction.paths import Compare, FieldRule, FieldRules
from templates.data_extraction.payload import FormatSetting, Payload, find_payload
from templates.data_extraction.schema import Draft, check_schema, share_kept
from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.outcomes import BadReference, Grade, Metric
from touchstone.scoring.compose import compose
from touchstone.settings import GraderSettings

CRITERIA: tuple[str, ...] = ("format_compliance", "completeness", "accuracy")
_WRAPPER = {"expected", "schema", "fields"}


class Settings(GraderSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
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

    def __post_init__(self) -> None:
        """Refuses paths and a schema that cannot be used, before any row is graded."""
        FieldRules(self.fields)
        if self.schema is not None:
            try:
                check_schema(self.schema, self.schema_draft)
            except BadReference as exc:
                raise ValueError(str(exc)) from exc


@dataclass(frozen=True, slots=True)
class Reference:
    """What a row expects."""

    expected: Any
    schema: Any
    fields: FieldRules


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:  # noqa: ARG001
    """Grades one completion against the data that its row expects.

    Raises:
        BadReference: There is no expected data, or its schema or fields are unusable.
    """
    reference = _read_reference(sample.reference, settings)
    aligner = Aligner(reference.fields, _rules(settings), penalise_extra=settings.penalise_extra)
    try:
        payload = find_payload(
            sample.completion, reference.expected, form=settings.format, schema=reference.schema
        )
    except Unreadable as exc:
        nothing = aligner.compare(reference.expected, None)
        zeros: dict[str, float] = dict.fromkeys(CRITERIA, 0.0)
        return compose(zeros, settings, metrics=_counts(nothing), reason=f"no payload: {exc}")
    parsed = payload.parsed
    kept, broken = 1.0, []
    if reference.schema is not None:
        kept, broken = share_kept(parsed.data, reference.schema, settings.schema_draft)
    tally = aligner.compare(reference.expected, parsed.data)
    # A repeated key is a second guess: what the last one replaced was claimed all the same.
    tally.claimed += parsed.overruled
    criteria = {
        "format_compliance": _format_compliance(payload, kept, settings),
        "completeness": tally.completeness,
        "accuracy": tally.accuracy,
    }
    reason = "; ".join([*_remarks(payload, settings), *broken, *tally.told()]) or "all right"
    return compose(criteria, settings, metrics=_counts(tally), reason=reason)


def _counts(tally: Tally) -> tuple[Metric, ...]:
    """What a micro-averaged F1 over many rows is computed from."""
    return (
        Metric("leaves_expected", tally.expected),
        Metric("leaves_claimed", tally.claimed),
        Metric("leaves_right", tally.right),
    )


def _rules(settings: Settings) -> Rules:
    return Rules(
        settings.number_tolerance,
        settings.text_threshold,
        settings.case_sensitive,
        settings.date_order,
    )


def _format_compliance(payload: Payload, kept: float, settings: Settings) -> float:
    if settings.strict_payload and not payload.alone:
        return 0.0
    return kept / payload.rivals


def _remarks(payload: Payload, settings: Settings) -> list[str]:
    remarks = []
    if payload.rivals > 1:
        remarks.append(f"{payload.rivals} different payloads, the last is graded")
    if settings.strict_payload and not payload.alone:
        remarks.append("text around the payload")
    if payload.parsed.overruled:
        remarks.append(f"repeated keys replaced {payload.parsed.overruled} values")
    return remarks


def _read_reference(reference: Any, settings: Settings) -> Reference:
    if isinstance(reference, str):
        # JSON that the contract's decoder gives up on (an integer of 5,000 digits, say).
        try:
            reference = read_json(reference).data
        except Unreadable as exc:
            raise BadReference(f"reference_answer is text, not data: {exc}") from exc
    if not isinstance(reference, dict | list):
        what = "missing" if reference is None else f"a {type(reference).__name__}"
        raise BadReference(f"reference_answer is {what}; it must be an object or a list")
    expected, schema, fields = reference, settings.schema, settings.fields
    if isinstance(reference, dict) and "expected" in reference and reference.keys() <= _WRAPPER:
        expected = reference["expected"]
        schema = reference.get("schema", settings.schema)
        fields = {**settings.fields, **_read_fields(reference.get("fields"))}
    try:
        check_bounds(expected)
        return Reference(_exact(expected), schema, FieldRules(fields))
    except ValueError as exc:
        raise BadReference(f"reference_answer: {exc}") from exc


def _read_fields(fields: Any) -> dict[str, FieldRule]:
    if not isinstance(fields or {}, dict):
        raise BadReference("reference_answer.fields must be an object of path to rule")
    rules = {}
    for path, rule in (fields or {}).items():
        try:
            rules[path] = msgspec.convert(rule, FieldRule)
        except msgspec.ValidationError as exc:
            valid = f"compare is one of {', '.join(get_args(Compare))}"
            raise BadReference(f"reference_answer.fields[{path!r}]: {exc}; {valid}") from exc
    return rules


def _exact(data: Any) -> Any:
    """Returns data with floats as the decimals that they were written as."""
    if isinstance(data, dict):
        return {str(key): _exact(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_exact(value) for value in data]
    if isinstance(data, float):
        if not math.isfinite(data):
            raise ValueError("NaN, Infinity or a number beyond a float's range is no JSON")
        return Decimal(repr(data))
    if data is None or isinstance(data, bool | int | Decimal | str):
        return data
    raise ValueError(f"{type(data).__name__} is no JSON type")


TEMPLATE = Template(
    name="data_extraction",
    summary="Structured data: parses, keeps its schema, complete and right field by field",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
)
