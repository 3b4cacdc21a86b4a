"""Rewards a program for passing its tests, first of all; then for compiling and for its style."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
from msgspec import field

from templates.code_verification.program import Program, find_program
from templates.code_verification.quality import PARTS, Quality, judge_quality
from templates.code_verification.reference import Reference, read_reference
from templates.code_verification.running import Tested, TestResult, raise_if_ours, run_tests
from templates.code_verification.shape import does_something, infer_entry_point
from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.outcomes import Grade, Metric
from touchstone.sandbox.types import Limits
from touchstone.scoring.compose import compose
from touchstone.settings import GraderSettings, nearest

_NOTES = 3  # failing tests that a reason explains
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
        total_timeout_s: Seconds for all tests of a completion.
        memory_mb: Memory of a completion, in MiB.
        max_source_chars: A longer completion is not compiled and scores 0.
        show_expected: Lets reasons say what a failing test expected.
        quality_weights: Part of ``code_quality`` to weight. Replaces the default as a whole.
        max_complexity: Decisions in one function, plus one, that cost nothing.
        approved_libraries: Libraries that a completion may import, besides Python's own.
        test_frameworks: Approved as well, since completions bring tests along.
        banned_calls: Names that must not be used: ``eval``, ``os.system``, ``subprocess``.
        internal_standards: Rules of the house.
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

    def __post_init__(self) -> None:
        """Refuses parts and weights of ``code_quality`` that do not exist."""
        for name, weight in self.quality_weights.items():
            if name not in PARTS:
                raise ValueError(f"quality_weights names {name!r}{nearest(name, PARTS)}")
            if not 0 <= weight < float("inf"):
                raise ValueError(f"quality_weights: {name} weighs {weight}, which is not 0 or more")


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:
    """Grades one program.

    Raises:
        BadReference: The reference is missing or has no readable test.
        BadSample: It asks for a language other than Python.
        SandboxFault: The program could not be run, or only the sandbox stood in its way.
        GraderError: The linter is missing or broken.
        DeadlineExceeded: The call's time ran out.
    """
    reference = read_reference(sample.reference)
    program = find_program(
        sample.completion,
        reference.entry_point,
        reference.prompt_code,
        writes_output=reference.is_program,
        max_chars=settings.max_source_chars,
    )
    if program is None:
        return _nothing(settings, reference, "there is no Python code in the completion")
    if program.tree is None:
        return _nothing(settings, reference, f"it does not compile: {program.error}")
    entry_point, problem = _entry_point(program, reference)
    if problem:
        return _nothing(settings, reference, problem, compiles=True)
    tested = run_tests(
        program,
        entry_point,
        reference,
        _limits(reference, settings),
        tools,
        show_expected=settings.show_expected,
    )
    raise_if_ours(tested.results, entry_point, settings.approved_libraries)
    return _compose(tested, judge_quality(program, settings, tools), settings)


def _entry_point(program: Program, reference: Reference) -> tuple[str | None, str]:
    """Returns what the tests call, and why the program is not what was asked, if it is not."""
    assert program.tree is not None  # noqa: S101 - the caller has checked
    name = reference.entry_point
    if name is None and not reference.is_program and reference.calls_unnamed:
        name = infer_entry_point(program.tree)
        if name is None:
            return None, "the reference names no entry_point, and it is not clear which is meant"
    if name is not None and not program.defines(name):
        return None, f"it does not define {name}"
    if not does_something(program.tree, name):
        return None, f"{name or 'the program'} is an empty placeholder"
    return name, ""


def _limits(reference: Reference, settings: Settings) -> Limits:
    call_s = reference.timeout_s or settings.timeout_s
    return Limits(
        wall_s=max(call_s, settings.total_timeout_s), call_s=call_s, memory_mb=settings.memory_mb
    )


def _nothing(
    settings: Settings, reference: Reference, reason: str, *, compiles: bool = False
) -> Grade:
    """Returns the grade of a completion that gave the tests nothing to run.

    What compiles is said to, but code that is no attempt earns nothing for it.
    """
    criteria = {"tests_passed": 0.0, "compiles": 0.0, "code_quality": 0.0}
    count = Metric("tests_total", float(len(reference.tests)))
    grade = compose(criteria, settings, metrics=[count], reason=reason)
    told = Metric("compiles", float(compiles), "Reward")
    return replace(grade, metrics=tuple(told if m.name == told.name else m for m in grade.metrics))


def _compose(tested: Tested, quality: Quality, settings: Settings) -> Grade:
    results = tested.results
    passed = sum(result.passed for result in results)
    share = passed / len(results)
    criteria = {
        "tests_passed": share if settings.credit == "share" else float(passed == len(results)),
        "compiles": 1.0,
        "code_quality": quality.score,
    }
    metrics = [
        Metric("tests_total", float(len(results))),
        Metric("isolation_level", float(tested.isolation)),
        *(Metric(f"quality_{name}", value) for name, value in quality.parts.items()),
    ]
    unsupported = sum(bool(result.unsupported) for result in results)
    if unsupported:
        metrics.append(Metric("tests_unsupported", float(unsupported)))
    notes = [f"{passed} of {len(results)} tests passed", *_failures(results), *quality.notes]
    return compose(criteria, settings, metrics=metrics, reason="; ".join(notes))


def _failures(results: list[TestResult]) -> list[str]:
    notes = [f"test {i}: {r.note}" for i, r in enumerate(results, 1) if not r.passed]
    more = len(notes) - _NOTES
    return notes if more <= 0 else [*notes[:_NOTES], f"and {more} more"]


TEMPLATE = Template(
    name="code_verification",
    summary="Programs: share of tests passed in a sandbox, compiling, code quality",
    settings_type=Settings,
    criteria=("tests_passed", "compiles", "code_quality"),
    grade=grade,
    needs=frozenset({"executor"}),
)
