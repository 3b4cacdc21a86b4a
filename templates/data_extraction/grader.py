"""Grades structured data that a model extracted from a text.

Three criteria. ``format_compliance``: the answer holds one payload that parses, and keeps
its JSON Schema. ``completeness``: the share of the expected leaves that are present.
``accuracy``: F1 of the leaves under a comparator for each type. The first two count only
once half of the content is right, so that form alone never pays.
"""

from __future__ import annotations

from templates.data_extraction.align import Aligner, Tally
from templates.data_extraction.comparators import Rules
from templates.data_extraction.formats import Unreadable
from templates.data_extraction.payload import Payload, find_payload
from templates.data_extraction.reference import read_reference
from templates.data_extraction.schema import share_kept
from templates.data_extraction.settings import CRITERIA, Settings
from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.outcomes import Grade, Metric
from touchstone.scoring.compose import compose


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:  # noqa: ARG001
    """Grades one completion against the data that its row expects.

    Raises:
        BadReference: There is no expected data, or its schema or fields are unusable.
    """
    reference = read_reference(sample.reference, settings)
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
    reason = "; ".join([*_remarks(payload, settings), *broken, *tally.remarks()]) or "all right"
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


TEMPLATE = Template(
    name="data_extraction",
    summary="Structured data: parses, keeps its schema, complete and right field by field",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
    calls="refused",
    verbatim=True,
    harmless=lambda _sample: "{}",
    libraries=("defusedxml", "jsonschema_rs", "yaml"),
)
