"""Rewards a program for passing its tests, first of all; then for compiling and for its style."""

from __future__ import annotations

from dataclasses import replace
from textwrap import indent

from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.outcomes import BadReference, Grade, Metric, SandboxFault
from touchstone.sandbox.types import Limits
from touchstone.scoring.compose import compose
from touchstone.templates.code_verification.entry import does_something, infer_entry_point
from touchstone.templates.code_verification.forms import opened
from touchstone.templates.code_verification.names import imported, unbound
from touchstone.templates.code_verification.own import REFUSED, own_solutions
from touchstone.templates.code_verification.program import Program, find_program, promised
from touchstone.templates.code_verification.quality import Quality, judge_quality, judge_sql
from touchstone.templates.code_verification.reference import Checks, Reference, read_reference
from touchstone.templates.code_verification.running import (
    NOT_RUN,
    DoesNotCompile,
    Tested,
    TestResult,
    raise_if_ours,
    run_tests,
)
from touchstone.templates.code_verification.settings import CRITERIA, Settings
from touchstone.templates.code_verification.sharing import sharing
from touchstone.templates.code_verification.sql_running import run_queries
from touchstone.templates.code_verification.sql_text import acts, find_sql, words
from touchstone.templates.code_verification.syntax import bound_names
from touchstone.templates.code_verification.trim import guarded, without_own_tests

_LINTING_S = 10.0  # for all that is not a test
_USUAL_TESTS = 10  # that ``total_timeout_s`` is for; more get as much more
_NOTES = 3  # failing tests that a reason explains


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:
    """Grades one program.

    Raises:
        BadReference: The reference is missing or has no readable test, or its tests refuse the
            solution that it brings along.
        BadSample: It asks for a language other than Python and SQL.
        SandboxFault: The program could not be run, or only the sandbox stood in its way.
        GraderError: The linter is missing or broken.
        DeadlineExceeded: The call's time ran out.
    """
    reference = read_reference(sample.reference)
    if reference.sql:
        return _grade_sql(sample.completion, reference, settings, tools)
    program = _find_program(sample.completion, reference, settings)
    if program is None:
        return _nothing(settings, reference, "there is no Python code in the completion")
    if program.tree is None:
        return _nothing(settings, reference, f"it does not compile: {program.error}")
    if missing := unbound(reference, program, sample.prompt):
        why = f"the tests use {', '.join(missing)}, which neither they nor the program define"
        raise BadReference(why, blame="open")
    entry_point, problem = _entry_point(program, reference)
    if problem:
        _raise_if_authors(sample, reference, settings, tools)
        return _nothing(settings, reference, problem, compiles=True)
    try:
        tested = run_tests(
            _tested(program, entry_point, settings),
            entry_point,
            reference,
            _limits(reference, settings),
            tools,
            show_expected=settings.show_expected,
            all_or_nothing=settings.credit == "all",
        )
    except DoesNotCompile as exc:
        return _nothing(settings, reference, f"it does not compile: {exc}")
    allowed = {*settings.approved_libraries, *imported(reference)}
    raise_if_ours(tested.results, allowed, tools)
    if not all(result.passed for result in tested.results):
        _raise_if_authors(sample, reference, settings, tools)
    return _compose(tested, judge_quality(program, settings, tools), settings)


def _raise_if_authors(
    sample: Sample, reference: Reference, settings: Settings, tools: Tools
) -> None:
    """Leaves a row unscored whose tests refuse every solution that its reference brings along.

    Asked where a completion has failed, with the sandbox of the batch: so once for all of a
    prompt's rollouts.

    Raises:
        BadReference: Says of the last solution what it fails.
        DeadlineExceeded: The call's time ran out.
    """
    said = ""
    for text in own_solutions(opened(sample.reference, "")):
        said = _refused(text, reference, settings, tools)
        if not said:
            return
    if said:
        raise BadReference(f"{REFUSED}: {said}", blame="open")


def _refused(text: str, reference: Reference, settings: Settings, tools: Tools) -> str:
    """Returns why a reference's tests refuse a solution of its own, ``""`` where they do not.

    Only what fails twice is said, the second time with twice the time; and never that it was late,
    which may be the machine's doing. What holds no program, or cannot be run here, says nothing.
    """
    program = _find_program(text, reference, settings)
    if program is None or program.tree is None:
        return ""
    entry_point, problem = _entry_point(program, reference)
    if problem:
        # Prose, or a fragment, shows nothing about the name that is asked for.
        lacks = reference.entry_point and not program.defines(reference.entry_point)
        return problem if lacks and bound_names(program.tree) else ""
    tested = _tested(program, entry_point, settings)
    limits, notes = _limits(reference, settings), dict[int, str]()
    for more in (1, 2):
        given = replace(limits, call_s=more * limits.call_s, wall_s=more * limits.wall_s)
        try:
            results = run_tests(tested, entry_point, reference, given, tools).results
        except (DoesNotCompile, SandboxFault):
            return ""
        failed = ((i, r) for i, r in enumerate(results, 1) if not (r.passed or r.late))
        told = {i: f"test {i}: {r.told}" for i, r in failed}
        notes = told if more == 1 else {i: told[i] for i in notes.keys() & told.keys()}
        if not notes:
            return ""
    return notes[min(notes)]


def _grade_sql(completion: str, reference: Reference, settings: Settings, tools: Tools) -> Grade:
    code = find_sql(completion, changes=any(case.check for case in reference.sql))
    if code is None or len(code) > settings.max_source_chars:
        why = "there is no SQL in the completion" if code is None else "it is too long to be run"
        return _nothing(settings, reference, why)
    limits = _limits(reference, settings)
    try:
        tested = run_queries(code, reference.sql, settings, limits, tools)
    except DoesNotCompile as exc:
        return _nothing(settings, reference, f"SQLite cannot read it: {exc}")
    if not acts(code) and not any(result.passed for result in tested.results):
        return _nothing(settings, reference, "it reads no table", compiles=True)
    return _compose(tested, judge_sql(code, words(code), settings, tools), settings)


def _find_program(completion: str, reference: Reference, settings: Settings) -> Program | None:
    """Finds the program by the name that is asked for, by the prompt's, then without one."""
    names = [reference.entry_point]
    if reference.entry_point is None and reference.calls_unnamed:
        names = [promised(reference.prompt_code), None]
    found: Program | None = None
    for name in names:
        found = find_program(
            completion,
            name,
            reference.prompt_code,
            environment=reference.environment,
            writes_output=reference.is_program,
            max_chars=settings.max_source_chars,
        )
        if found is not None and found.tree is not None and (name is None or found.defines(name)):
            break
    return found


def _tested(program: Program, entry_point: str | None, settings: Settings) -> Program:
    """Returns what is run: the program without what only its author wanted of it."""
    program = without_own_tests(program, entry_point, settings.test_frameworks)
    return guarded(program, entry_point) if entry_point else program


def _entry_point(program: Program, reference: Reference) -> tuple[str | None, str]:
    """Returns what the tests call, and why the program is not what was asked, if it is not."""
    assert program.tree is not None  # noqa: S101 - the caller has checked
    name = reference.entry_point
    if name is None and not reference.is_program and reference.calls_unnamed:
        name = promised(reference.prompt_code)
        if name is None or not program.defines(name):
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
    total_s = settings.total_timeout_s * max(1.0, count_tests(reference) / _USUAL_TESTS)
    return Limits(wall_s=max(call_s, total_s), call_s=call_s, memory_mb=settings.memory_mb)


def count_tests(reference: Reference) -> int:
    """Returns how many tests there are, as far as their text tells."""
    wholes = (test.source for test in reference.tests if isinstance(test, Checks))
    return len(reference.tests) + sum(source.count("def test") for source in wholes)


def _nothing(
    settings: Settings, reference: Reference, reason: str, *, compiles: bool = False
) -> Grade:
    """Returns the grade of a completion that gave the tests nothing to run.

    What compiles is said to, but code that is no attempt earns nothing for it.
    """
    criteria: dict[str, float] = dict.fromkeys(CRITERIA, 0.0)
    count = Metric("tests_total", float(len(reference.tests)))
    grade = compose(criteria, settings, metrics=[count], reason=reason)
    reported = Metric("compiles", float(compiles), "Reward")
    return replace(
        grade, metrics=tuple(reported if m.name == reported.name else m for m in grade.metrics)
    )


def _compose(tested: Tested, quality: Quality, settings: Settings) -> Grade:
    results = tested.results
    passed = sum(result.passed for result in results)
    weight = sum(result.weight for result in results)
    share = sum(r.weight for r in results if r.passed) / weight if weight else 0.0
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
    by_object = sum(result.by_object for result in results)
    if by_object:
        metrics.append(Metric("tests_decided_by_candidate", float(by_object)))
    notes = [f"{passed} of {len(results)} tests passed", *_failures(results), *quality.notes]
    return compose(criteria, settings, metrics=metrics, reason="; ".join(notes))


def _failures(results: list[TestResult]) -> list[str]:
    failed = [(i, r) for i, r in enumerate(results, 1) if not r.passed and r is not NOT_RUN]
    notes = [f"test {i}: {result.told}" for i, result in failed[:_NOTES]]
    more = len(failed) - _NOTES
    return notes if more <= 0 else [*notes, f"and {more} more"]


def _harmless(sample: Sample) -> str:
    """Returns a program that defines what the tests call, and does next to nothing."""
    reference = read_reference(sample.reference)
    if reference.sql:
        return "```sql\nSELECT 1\n```"
    owner, _, method = (reference.entry_point or "main").rpartition("().")
    body = f"def {method}(*args, **kwargs):\n    return len(args)\n"
    if owner:
        body = f"class {owner}:\n" + indent(body, "    ")
    return f"```python\n{body}\nprint(0)\n```"


TEMPLATE = Template(
    name="code_verification",
    summary="Programs and SQL: share of tests passed in a sandbox, compiling, code quality",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
    calls="refused",
    verbatim=True,
    needs=frozenset({"executor"}),
    open_batch=sharing,
    harmless=_harmless,
    row_s=lambda settings: max(settings.timeout_s, settings.total_timeout_s) + _LINTING_S,
    libraries=("ruff",),
    lets_import=lambda settings: settings.approved_libraries,
)
