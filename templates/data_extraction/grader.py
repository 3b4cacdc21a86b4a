"""Grades structured data that a model extracted from a text, or called tools with.

Three criteria. ``format_compliance``: the answer holds one payload that parses and keeps
its JSON Schema, and has what patterns and sections ask for. ``completeness``: the share of the
expected leaves that are present. ``accuracy``: F1 of the leaves under a comparator for each type.
The last two gate the first by default, so that form alone never pays. Where only the form counts,
nothing is expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.outcomes import BadReference, Grade, Metric
from touchstone.scoring.compose import compose, counted
from touchstone.templates.data_extraction.align import Aligner, Tally
from touchstone.templates.data_extraction.calls import as_data, forbidden_calls, share_of_form
from touchstone.templates.data_extraction.comparators import Rules
from touchstone.templates.data_extraction.formats import Unreadable, check_bounds
from touchstone.templates.data_extraction.layout import lacking
from touchstone.templates.data_extraction.payload import Payload, find_payload, payload_of_calls
from touchstone.templates.data_extraction.reference import (
    Reference,
    counts_content,
    exact,
    gold,
    read_reference,
)
from touchstone.templates.data_extraction.schema import share_kept
from touchstone.templates.data_extraction.settings import CRITERIA, Settings


@dataclass(slots=True)
class _Form:
    """How well an answer keeps its form: shares of what is asked for, and what is wrong."""

    shares: list[float] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return sum(self.shares) / len(self.shares) if self.shares else 1.0


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:  # noqa: ARG001
    """Grades one completion against the data or the calls that its row expects.

    Raises:
        BadReference: There is no expected data, or its schema or fields are unusable.
    """
    reference = read_reference(sample, settings)
    form = _layout(sample, reference)
    aligner = Aligner(reference.fields, _rules(settings), penalise_extra=settings.penalise_extra)
    if not counts_content(settings):
        if _asks_for_payload(reference, settings):
            _payload(sample, reference, settings, form)
        return _graded(form, None, settings)
    if reference.calls is not None:
        tally = _called(sample, reference, aligner, form)
    else:
        tally = _extracted(sample, reference, settings, aligner, form)
    return _graded(form, tally, settings)


def _extracted(
    sample: Sample, reference: Reference, settings: Settings, aligner: Aligner, form: _Form
) -> Tally:
    payload = _payload(sample, reference, settings, form)
    if payload is None:
        return aligner.compare(reference.expected, None).void()
    tally = aligner.compare(reference.expected, payload.parsed.data)
    # A repeated key is a second guess: what the last one replaced was claimed all the same.
    tally.claimed += payload.parsed.overruled
    return tally


def _graded(form: _Form, tally: Tally | None, settings: Settings) -> Grade:
    criteria = {"format_compliance": form.share}
    metrics: Sequence[Metric] = ()
    reasons = list(form.remarks)
    if tally is not None:
        whole = tally.accuracy if settings.credit == "share" else float(tally.accuracy == 1.0)
        content = {"completeness": tally.completeness, "accuracy": whole}
        asked = counted(settings)
        criteria |= {name: value for name, value in content.items() if name in asked}
        metrics, reasons = _counts(tally), [*reasons, *tally.remarks()]
    return compose(criteria, settings, metrics=metrics, reason="; ".join(reasons) or "all right")


def _layout(sample: Sample, reference: Reference) -> _Form:
    missing = lacking(sample.completion, reference.patterns, reference.sections)
    asked = len(reference.patterns) + len(reference.sections)
    return _Form([0.0] * len(missing) + [1.0] * (asked - len(missing)), missing)


def _asks_for_payload(reference: Reference, settings: Settings) -> bool:
    """Whether a payload is asked for where only the form counts; of a text with sections, none."""
    layout = reference.patterns or reference.sections
    return reference.schema is not None or settings.format != "auto" or not layout


def _payload(
    sample: Sample, reference: Reference, settings: Settings, form: _Form
) -> Payload | None:
    """Finds the payload and judges its form; without one there is none of it."""
    try:
        payload = _found(sample, reference, settings)
    except ValueError as exc:
        form.shares.append(0.0)
        form.remarks.insert(0, f"no payload: {exc}")
        return None
    kept, broken = 1.0, []
    if reference.schema is not None:
        draft, formats = settings.schema_draft, settings.check_formats
        kept, broken = share_kept(payload.parsed.data, reference.schema, draft, formats=formats)
    form.shares.append(_of_form(payload, kept, settings))
    form.remarks += [*_remarks(payload, settings), *broken]
    return payload


def _found(sample: Sample, reference: Reference, settings: Settings) -> Payload:
    if sample.tool_calls:
        arguments = exact([call.arguments for call in sample.tool_calls])
        called = payload_of_calls(arguments, reference.expected)
        if called is not None:
            return called
        if not sample.completion.strip():
            raise Unreadable("no call has arguments of the expected shape")
    return find_payload(
        sample.completion, reference.expected, form=settings.format, schema=reference.schema
    )


def _called(sample: Sample, reference: Reference, aligner: Aligner, form: _Form) -> Tally:
    """Sets the calls that were made against those expected, and judges their form."""
    assert reference.calls is not None  # noqa: S101 - what is asked for here
    calls, expected = sample.tool_calls, reference.calls
    try:
        made = exact(as_data(calls, expected))
        check_bounds(made)
    except ValueError as exc:
        made, problem = [], f"arguments that cannot be read: {exc}"
    else:
        names = ", ".join(forbidden_calls(calls, expected))
        problem = f"must not be called: {names}" if names else ""
    if not calls and (expected.data or not sample.completion.strip()):
        problem = "nothing is called" if expected.data else "the completion is empty"
    share, broken = share_of_form(calls, expected)
    form.shares.append(share if calls or not problem else 0.0)
    form.remarks += [*filter(None, [problem]), *broken]
    tally = aligner.compare(reference.expected, made)
    tally.notes = [(path[1:], note) for path, note in tally.notes]  # which call says its name
    return tally.void() if problem else tally


def _harmless(sample: Sample) -> str:
    try:
        return gold(sample.reference, sample.tools) or "{}"
    except BadReference:
        return "{}"


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


def _of_form(payload: Payload, kept: float, settings: Settings) -> float:
    if settings.strict_payload and not payload.alone:
        return 0.0
    return kept / payload.rivals / (2 if payload.parsed.dressed else 1)


def _remarks(payload: Payload, settings: Settings) -> list[str]:
    remarks = []
    if payload.rivals > 1:
        remarks.append(f"{payload.rivals} different payloads, the last is graded")
    if payload.parsed.dressed:
        remarks.append("the payload is inside of something that was not asked for")
    if settings.strict_payload and not payload.alone:
        remarks.append("text around the payload")
    if payload.parsed.overruled:
        remarks.append(f"repeated keys replaced {payload.parsed.overruled} values")
    return remarks


TEMPLATE = Template(
    name="data_extraction",
    summary="Structured data and tool calls: parse, keep their schema, right field by field",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
    on_demand=frozenset(CRITERIA[1:]),
    calls="judged",
    verbatim=True,
    harmless=_harmless,
    libraries=("defusedxml", "jsonschema_rs", "yaml"),
)
