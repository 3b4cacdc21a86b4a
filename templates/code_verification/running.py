"""Runs a program against its tests in the sandbox and decides each of them outside it."""

from __future__ import annotations

import reprlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from templates.code_verification.assertions import Assertion
from templates.code_verification.program import Program
from templates.code_verification.reference import (
    Checks,
    FunctionCase,
    ProgramCase,
    Reference,
    Test,
)
from templates.code_verification.shape import without_examples
from touchstone.grader import Tools
from touchstone.outcomes import SandboxFault
from touchstone.sandbox.types import (
    LEVELS,
    Call,
    CheckJob,
    Died,
    FunctionJob,
    Iterated,
    Limits,
    Opaque,
    Outcome,
    ProgramJob,
    Raised,
    Returned,
    Run,
    TimedOut,
    Unsupported,
)
from touchstone.scoring.equality import equal, outputs_equal

_SHOWN = 120  # characters of one value in a reason
_CLASS = "a class as the entry point"


@dataclass(frozen=True, slots=True)
class Tested:
    """How all tests went.

    Attributes:
        results: One per test; test code that is run whole gives one per check in it.
        isolation: The lowest level that any of them was held at, as its place in ``LEVELS``.
    """

    results: list[TestResult]
    isolation: int


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test went.

    Attributes:
        passed: The verdict.
        note: Why it failed, for a person; never what was expected unless that was asked for.
        unsupported: What the sandbox could not do, where that is why it failed.
    """

    passed: bool
    note: str = ""
    unsupported: str = ""


def run_tests(
    program: Program,
    entry_point: str | None,
    reference: Reference,
    limits: Limits,
    tools: Tools,
    *,
    show_expected: bool = False,
) -> Tested:
    """Runs every test of the reference.

    Args:
        program: Compiles.
        entry_point: What the tests call; ``None`` for a program.
        reference: The tests.
        limits: For each of the jobs that the tests amount to.
        tools: The sandbox and the deadline.
        show_expected: Lets notes say what was expected.

    Raises:
        SandboxFault: The sandbox could not do its work.
        DeadlineExceeded: The call's time ran out.
    """
    bench = _Bench(program, entry_point, limits, tools)
    results: list[TestResult] = []
    calls = bench.call_all(reference.tests)
    outputs = iter(
        bench.run_programs(t.stdin for t in reference.tests if isinstance(t, ProgramCase))
    )
    for test in reference.tests:
        match test:
            case ProgramCase():
                results.append(_judge_output(test, next(outputs), show_expected))
            case FunctionCase():
                results.append(_judge_value(test, entry_point, next(calls), show_expected))
            case Assertion():
                outcomes = [next(calls) for _ in test.calls]
                results.append(_judge_assertion(test, outcomes, show_expected))
            case Checks():
                results.extend(_judge_checks(bench.check(test), show_expected))
    return Tested(results, min(bench.levels))


def raise_if_ours(
    results: Collection[TestResult], entry_point: str | None, approved: Collection[str]
) -> None:
    """Leaves the row unscored when nothing but the sandbox itself stood in a test's way.

    That is so when every test that failed needed a library that is approved and not installed,
    or an asked-for class in test code that must run whole. Files, sockets, processes, bare
    threads and other modules are the completion's own choice: those tests have failed, and are
    counted as ``tests_unsupported``. So no completion can buy itself out of a score, or fail a
    whole call of one row, with an attack.

    Raises:
        SandboxFault: Names what is unsupported.
    """
    failed = [result for result in results if not result.passed]
    # A class in place of an asked-for function is the completion's choice too.
    asked_for_class = entry_point is not None and entry_point[:1].isupper()
    ours = {f"module: {library}" for library in approved}
    if asked_for_class:
        ours.add(_CLASS)
    if failed and all(result.unsupported.split(".")[0] in ours for result in failed):
        what = sorted({result.unsupported for result in failed})
        raise SandboxFault(f"unsupported: {', '.join(what)}")


@dataclass(frozen=True, slots=True)
class _Bench:
    """The program on the sandbox's bench."""

    program: Program
    entry_point: str | None
    limits: Limits
    tools: Tools
    levels: list[int] = field(default_factory=list[int])

    def call_all(self, tests: Iterable[Test]) -> Iterator[Outcome]:
        """Makes the calls of all tests, one job per function, and yields their outcomes."""
        wanted: list[tuple[tuple[str, str], Call]] = []  # (function, driver), call
        for test in tests:
            if isinstance(test, FunctionCase):
                wanted.append(((self.entry_point or "", ""), test.call))
            elif isinstance(test, Assertion):
                wanted.extend(((c.entry_point, test.driver), c.call) for c in test.calls)
        calls: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
        for key, call in wanted:
            calls[key].append(call)
        runs = {key: iter(self._run_function(*key, tuple(batch))) for key, batch in calls.items()}
        return (next(runs[key]) for key, _ in wanted)

    def run_programs(self, stdins: Iterable[str]) -> list[Outcome]:
        """Runs the program once per input."""
        inputs = tuple(stdins)
        return (
            _outcomes(self._run(ProgramJob(self.program.code, inputs)), len(inputs))
            if inputs
            else []
        )

    def check(self, checks: Checks) -> list[Outcome]:
        """Runs the author's code against the candidate, each in a cage of its own."""
        name = self.entry_point or ""
        code = without_examples(self.program, name)
        return list(self._run(CheckJob(code, name, checks.source, checks.setup)).outcomes)

    def _run_function(self, name: str, driver: str, calls: tuple[Call, ...]) -> list[Outcome]:
        code = without_examples(self.program, self.entry_point or name)
        return _outcomes(self._run(FunctionJob(code + driver, name, calls)), len(calls))

    def _run(self, job: FunctionJob | ProgramJob | CheckJob) -> Run:
        run = self.tools.need_sandbox().run(job, self.limits, self.tools.deadline)
        self.levels.append(LEVELS.index(run.isolation.level))
        return run


def _outcomes(run: Run, count: int) -> list[Outcome]:
    if len(run.outcomes) != count:
        raise SandboxFault(f"the sandbox gave {len(run.outcomes)} outcomes for {count} calls")
    return list(run.outcomes)


def _judge_value(
    case: FunctionCase, entry_point: str | None, outcome: Outcome, show_expected: bool
) -> TestResult:
    name = entry_point or ""
    if isinstance(outcome, Returned):
        # JSON has no generator: a list is how a reference states what one yields.
        if equal(_listed(outcome.value), case.expected, case.tolerance):
            return TestResult(True)
        note = f"{_call_text(name, case.call)} returned {show(outcome.value)}"
        return TestResult(False, note + _expected(case.expected, show_expected))
    return _failed(_call_text(name, case.call), outcome)


def _judge_assertion(
    assertion: Assertion, outcomes: list[Outcome], show_expected: bool
) -> TestResult:
    values: list[Any] = []
    for call, outcome in zip(assertion.calls, outcomes, strict=True):
        if not isinstance(outcome, Returned):
            return _failed(_clip(call.source), outcome)
        values.append(outcome.value)
    if assertion.holds(values):
        return TestResult(True)
    returned = ", ".join(
        f"{_clip(call.source)} returned {show(value)}"
        for call, value in zip(assertion.calls, values, strict=True)
    )
    asserted = f", asserted: {_clip(assertion.source)}" if show_expected else ""
    return TestResult(False, returned + asserted)


def _judge_output(case: ProgramCase, outcome: Outcome, show_expected: bool) -> TestResult:
    given = f"on input {show(case.stdin)} the program"
    if isinstance(outcome, Returned):
        if outputs_equal(str(outcome.value), case.expected, case.tolerance):
            return TestResult(True)
        note = f"{given} wrote {show(outcome.value)}"
        return TestResult(False, note + _expected(case.expected, show_expected))
    return _failed(given, outcome)


def _judge_checks(outcomes: list[Outcome], show_expected: bool) -> Iterator[TestResult]:
    for index, outcome in enumerate(outcomes, 1):
        match outcome:
            case Returned():
                yield TestResult(True)
            case Raised(error="AssertionError", message=message, line=line):
                # The message is the author's, and often holds the expected value.
                said = f": {_clip(message)}" if show_expected and message else ""
                yield TestResult(False, f"check {index} failed at line {line} of the tests{said}")
            case Raised(error=error, message=message):
                said = f": {_clip(message)}" if show_expected and message else ""
                yield TestResult(False, f"check {index} raised {error}{said}")
            case _:
                yield _failed(f"check {index}", outcome)


def _failed(what: str, outcome: Outcome) -> TestResult:
    match outcome:
        case Raised(error=error, message=message, line=line):
            said = f": {_clip(message)}" if message else ""
            where = f" (line {line})" if line else ""
            return TestResult(False, f"{what} raised {error}{said}{where}")
        case TimedOut(seconds=seconds):
            return TestResult(False, f"{what} did not end within {seconds:g} s")
        case Died(cause=cause):
            return TestResult(False, f"{what} ended its process: {cause}")
        case Unsupported(what=construct):
            note = f"{what} needs what the sandbox does not have, unsupported: {construct}"
            return TestResult(False, note, construct)
    raise SandboxFault(f"unexpected outcome {type(outcome).__name__}")


def _listed(value: Any) -> Any:
    """Returns a value with generators and their like as the lists that they give."""
    if isinstance(value, Iterated):
        return [_listed(item) for item in value.items]
    if type(value) in (list, tuple):
        return type(value)(_listed(item) for item in value)
    if type(value) is dict:
        return {key: _listed(item) for key, item in value.items()}
    return value


def _call_text(name: str, call: Call) -> str:
    arguments = [*map(show, call.args), *(f"{k}={show(v)}" for k, v in call.kwargs.items())]
    return _clip(f"{name}({', '.join(arguments)})")


def _expected(value: Any, shown: bool) -> str:
    return f", expected {show(value)}" if shown else ""


class _Repr(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 12
        self.maxstring = self.maxother = self.maxlong = _SHOWN // 2


_repr = _Repr().repr


def show(value: Any) -> str:
    """Returns a short text of a plain value, however large or deep it is."""
    if isinstance(value, Iterated):
        return f"{value.type_name} of {show(value.items)}"
    if isinstance(value, Opaque):
        return f"an object without a plain form ({_clip(value.type_name)})"
    try:
        return _clip(_repr(value))
    except (ValueError, RecursionError):  # an int of more digits than Python converts
        return f"a {type(value).__name__} too large to show"


def _clip(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
