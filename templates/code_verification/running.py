"""Runs a program against its tests in the sandbox and decides each of them outside it."""

from __future__ import annotations

import re
import reprlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from touchstone.grader import Tools
from touchstone.outcomes import SandboxFault
from touchstone.sandbox.types import (
    LEVELS,
    Call,
    CheckJob,
    Died,
    FunctionJob,
    Iterated,
    Job,
    Limits,
    Opaque,
    Outcome,
    ProgramJob,
    Raised,
    Returned,
    ScriptJob,
    TimedOut,
    Unsupported,
)
from touchstone.templates.code_verification.assertions import (
    Assertion,
    CandidateCall,
    Script,
    StepValue,
)
from touchstone.templates.code_verification.cases import FunctionCase, ProgramCase
from touchstone.templates.code_verification.checkers import asks_checker
from touchstone.templates.code_verification.program import Program
from touchstone.templates.code_verification.reference import Checks, Reference, Test
from touchstone.templates.code_verification.shape import without_examples

# What a refusal in a candidate's cage says where a test file runs into it; no module is named so.
# E.g. `not possible in the sandbox: sockets`; not `not possible: sockets`
_LACKING = re.compile(r"not possible in the sandbox: ([a-z ]+)")
_SHOWN = 120  # characters of one value in a reason


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
        note: Why it failed, for a person; never what was expected unless that was asked for. Or
            what words it, since few are read.
        unsupported: What the sandbox could not do, where that is why it failed: the candidate's
            word.
        by_object: An object of the candidate's had a say in the verdict.
        weight: Of the test, against the others.
        late: It did not end in its time, which is all that was wrong with it.
    """

    passed: bool
    note: str | Callable[[], str] = ""
    unsupported: str = ""
    by_object: bool = False
    weight: float = 1.0
    late: bool = False

    @property
    def told(self) -> str:
        """The note as a text."""
        return self.note if isinstance(self.note, str) else self.note()


NOT_RUN = TestResult(False, "not run after one that failed")


class DoesNotCompile(Exception):
    """The compiler, which runs in the sandbox alone, refuses the program; says why."""


def run_tests(
    program: Program,
    entry_point: str | None,
    reference: Reference,
    limits: Limits,
    tools: Tools,
    *,
    show_expected: bool = False,
    all_or_nothing: bool = False,
) -> Tested:
    """Runs every test of the reference.

    Args:
        program: Compiles.
        entry_point: What the tests call; ``None`` for a program.
        reference: The tests.
        limits: For all of the tests together.
        tools: The sandbox and the deadline.
        show_expected: Lets notes say what was expected.
        all_or_nothing: One failure decides, and no test is run after it. Tests that are calls,
            programs or steps are run in jobs of one, two, four, ... tests, each of which stops at
            what raises, hangs or dies; a test file stops at its first failure.

    Raises:
        DoesNotCompile: The compiler refuses the program.
        SandboxFault: The sandbox could not do its work.
        DeadlineExceeded: The call's time ran out.
    """
    bench = _Bench(program, entry_point, limits, tools, all_or_nothing)
    results: list[TestResult] = []
    for tests in _doubling(reference.tests) if all_or_nothing else [reference.tests]:
        results += _results(tests, bench, show_expected)
        failed = next((n for n, result in enumerate(results) if not result.passed), None)
        if all_or_nothing and failed is not None:
            due = max(len(results), len(reference.tests))
            results[failed + 1 :] = [NOT_RUN] * (due - failed - 1)
            break
    return Tested(results, min(bench.levels, default=0))


def _doubling(tests: Sequence[Test]) -> Iterator[Sequence[Test]]:
    """Yields the first test, the two after it, the four after those, and so on."""
    at = 0
    while at < len(tests):
        yield tests[at : 2 * at + 1]
        at = 2 * at + 1


def _results(tests: Sequence[Test], bench: _Bench, show_expected: bool) -> Iterator[TestResult]:
    bench.call_all(tests)
    outputs = iter(bench.run_programs(t.stdin for t in tests if isinstance(t, ProgramCase)))
    for test in tests:
        match test:
            case ProgramCase():
                verdict = bench.judge(test, next(outputs), show_expected)
                yield replace(verdict, weight=test.weight)
            case FunctionCase():
                outcome = bench.outcome(bench.entry_point or "")
                verdict = bench.judge(test, outcome, show_expected)
                yield replace(verdict, weight=test.weight)
            case Assertion():
                yield _judge_assertion(test, bench.outcomes(test), show_expected)
            case Checks():
                yield from _judge_checks(bench.check(test), show_expected)


def raise_if_ours(results: Collection[TestResult], allowed: Collection[str], tools: Tools) -> None:
    """Leaves the row unscored when nothing but the sandbox itself stood in a test's way.

    That is so when every test that failed needed a library that is allowed and not installed.
    Files, sockets, processes, bare
    threads and other modules are the completion's own choice: those tests have failed, and are
    counted as ``tests_unsupported``. What is missing is the candidate's word, so it is tried
    with a program of our own first. So no completion can buy itself out of a score, or fail a
    whole call of one row, with an attack.

    Raises:
        SandboxFault: Names what is unsupported.
    """
    failed = [result for result in results if not result.passed and result is not NOT_RUN]
    said = {result.unsupported for result in failed}
    modules = {what.split(".")[0] for what in said}
    if not failed or not modules <= {f"module: {library}" for library in allowed}:
        return
    if not any(_can_import(module, tools) for module in modules):
        what = sorted({result.unsupported for result in failed})
        raise SandboxFault(f"unsupported: {', '.join(what)}", blame="open")


def _can_import(need: str, tools: Tools) -> bool:
    """Whether candidates have a module that one of them says is missing."""
    code = f"import {need.removeprefix('module: ')}\n\n\ndef found():\n    return True\n"
    run = tools.need_sandbox().run(FunctionJob(code, "found", (Call(),)), Limits(), tools.deadline)
    return run.outcomes == (Returned(True),)


@dataclass(slots=True)
class _Bench:
    """The program on the sandbox's bench, with one wall of time for all of its jobs."""

    program: Program
    entry_point: str | None
    limits: Limits
    tools: Tools
    stop: bool = False
    levels: list[int] = field(default_factory=list[int])
    _functions: dict[str, Iterator[Outcome]] = field(default_factory=dict[str, Iterator[Outcome]])
    _scripts: dict[Script, list[Outcome]] = field(default_factory=dict[Script, list[Outcome]])
    _wall_s: float = 0.0

    def __post_init__(self) -> None:
        """Remembers the whole of the time."""
        self._wall_s = self.limits.wall_s

    def call_all(self, tests: Iterable[Test]) -> None:
        """Makes the calls of all tests: one job per function, and one per script."""
        calls: defaultdict[str, list[Call]] = defaultdict(list)
        scripts: dict[Script, None] = {}
        for test in tests:
            if isinstance(test, FunctionCase):
                calls[self.entry_point or ""].append(test.call)
            elif isinstance(test, Assertion) and test.script:
                scripts[test.script] = None
            elif isinstance(test, Assertion):
                for call in test.calls:
                    if isinstance(call, CandidateCall):
                        calls[call.entry_point].append(call.call)
        for name, batch in calls.items():
            job = FunctionJob(self._code(name), name, tuple(batch), self.stop)
            self._functions[name] = iter(self._run(job, len(batch)))
        for script in scripts.keys() - self._scripts.keys():
            job = ScriptJob(self._code(""), script.steps)
            self._scripts[script] = self._run(job, len(script.steps))

    def outcome(self, function: str) -> Outcome:
        """Returns how the next of a function's calls ended."""
        return next(self._functions[function])

    def outcomes(self, assertion: Assertion) -> list[Outcome]:
        """Returns how the calls of an assertion ended."""
        steps = self._scripts[assertion.script] if assertion.script else []
        return [
            steps[call.step] if isinstance(call, StepValue) else self.outcome(call.entry_point)
            for call in assertion.calls
        ]

    def run_programs(self, stdins: Iterable[str]) -> list[Outcome]:
        """Runs the program once per input."""
        inputs = tuple(stdins)
        job = ProgramJob(self.program.code, inputs, self.stop)
        return self._run(job, len(inputs)) if inputs else []

    def check(self, checks: Checks) -> list[Outcome]:
        """Runs the author's code against the candidate, each in a cage of its own."""
        name = self.entry_point or ""
        return self._run(
            CheckJob(self._code(name), name, checks.source, checks.setup, self.stop), None
        )

    def judge(
        self, case: FunctionCase | ProgramCase, outcome: Outcome, show_expected: bool
    ) -> TestResult:
        """Decides a test that is data."""
        if not isinstance(outcome, Returned):
            return _failed(self._asked(case), outcome)
        output = case.output(outcome) if isinstance(case, FunctionCase) else outcome.value
        if case.checker:
            right = asks_checker(case, output, self.limits, self.tools)
        else:
            right = case.accepts(output)
        if right:
            return TestResult(True)
        return TestResult(False, lambda: self._came(case, output, show_expected))

    def _came(self, case: FunctionCase | ProgramCase, output: Any, show_expected: bool) -> str:
        """Words what came of a test that is not what was expected."""
        did = "returned" if isinstance(case, FunctionCase) else "wrote"
        if isinstance(case, FunctionCase) and case.call.keep_args:
            did = "made of its first argument"
        expected = f", expected {show(case.accepted[0])}" if show_expected and case.accepted else ""
        return f"{self._asked(case)} {did} {show(output)}{expected}"

    def _asked(self, case: FunctionCase | ProgramCase) -> str:
        """Returns what a test asked, as a note says it."""
        if isinstance(case, FunctionCase):
            return _call_text(self.entry_point or "", case.call)
        return f"on input {show(case.stdin)} the program"

    def _code(self, function: str) -> str:
        return without_examples(self.program, self.entry_point or function)

    def _run(self, job: Job, count: int | None) -> list[Outcome]:
        """Runs a job within the time that is left; ``count`` is how many outcomes are due."""
        if self.limits.wall_s <= 0:
            return [TimedOut(self._wall_s)] * (count or 1)
        run = self.tools.need_sandbox().run(job, self.limits, self.tools.deadline)
        self.levels.append(LEVELS.index(run.isolation.level))
        left = self.limits.wall_s - max(run.usage.wall_s, 0.0)
        self.limits = replace(self.limits, wall_s=left)
        if isinstance(run.load, Raised) and run.load.error == "SyntaxError":
            raise DoesNotCompile(_compiler_says(run.load))
        if count is not None and len(run.outcomes) != count:
            raise SandboxFault(f"the sandbox gave {len(run.outcomes)} outcomes for {count} calls")
        return list(run.outcomes)


def _compiler_says(error: Raised) -> str:
    where = f" (line {error.line})" if error.line else ""
    return f"{error.error}: {error.message.partition(' (<candidate>')[0]}{where}"


def _judge_assertion(
    assertion: Assertion, outcomes: list[Outcome], show_expected: bool
) -> TestResult:
    values: list[Any] = []
    for call, outcome in zip(assertion.calls, outcomes, strict=True):
        if not isinstance(outcome, Returned):
            return replace(_failed(_clip(call.source), outcome), by_object=assertion.by_object)
        values.append(outcome.value)
    if assertion.holds(values):
        return TestResult(True, by_object=assertion.by_object)

    def said() -> str:
        returned = ", ".join(
            f"{_clip(call.source)} returned {show(value)}"
            for call, value in zip(assertion.calls, values, strict=True)
        )
        return returned + (f", asserted: {_clip(assertion.source)}" if show_expected else "")

    return TestResult(False, said, by_object=assertion.by_object)


def _judge_checks(outcomes: list[Outcome], show_expected: bool) -> Iterator[TestResult]:
    for index, outcome in enumerate(outcomes, 1):
        match outcome:
            case Returned(value=decided):
                yield TestResult(True, by_object=decided is not None)
            case Raised(error="AssertionError", message=message, line=line):
                # The message is the author's, and often holds the expected value.
                said = f": {_clip(message)}" if show_expected and message else ""
                yield TestResult(False, f"check {index} failed at line {line} of the tests{said}")
            case Raised(error="Refusal", message=message) if lacking := _LACKING.search(message):
                yield _failed(f"check {index}", Unsupported(lacking[1]))
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
            return TestResult(False, f"{what} did not end within {seconds:g} s", late=True)
        case Died(cause=cause):
            return TestResult(False, f"{what} ended its process: {cause}")
        case Unsupported(what=construct):
            note = f"{what} needs what the sandbox does not have, unsupported: {construct}"
            return TestResult(False, note, construct)
    raise SandboxFault(f"unexpected outcome {type(outcome).__name__}")


def _call_text(name: str, call: Call) -> str:
    arguments = [*map(show, call.args), *(f"{k}={show(v)}" for k, v in call.kwargs.items())]
    return _clip(f"{name}({', '.join(arguments)})")


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
