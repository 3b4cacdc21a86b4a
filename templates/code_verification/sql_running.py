"""Runs SQL against its tests in the sandbox and decides each of them outside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from touchstone.grader import Tools
from touchstone.outcomes import BadReference, SandboxFault
from touchstone.sandbox.types import (
    LEVELS,
    Database,
    Died,
    Limits,
    Outcome,
    Raised,
    Returned,
    Run,
    SqlJob,
    TimedOut,
)
from touchstone.scoring.equality import equal
from touchstone.templates.code_verification.running import DoesNotCompile, Tested, TestResult, show
from touchstone.templates.code_verification.settings import Settings
from touchstone.templates.code_verification.sql_cases import Row, SqlCase
from touchstone.templates.code_verification.sql_text import order_end, tie_broken

_SHOWN_ROWS = 3
_IDLE = "it gave what is expected, as a completion that does nothing would"
# How SQLite says that it cannot read a statement.
_UNREADABLE = ("syntax error", "incomplete input", "unrecognized token", "null character")


@dataclass(frozen=True, slots=True)
class Result:
    """Rows as they came, and the names of their columns."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a test accepts.

    Attributes:
        names: Of the columns, where they matter.
        accepted: Orders of rows that are right, each as groups: inside a group any order is.
        idle: The statements of nobody would pass.
    """

    names: tuple[str, ...] | None
    accepted: tuple[tuple[tuple[Row, ...], ...], ...]
    idle: bool

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(map(len, self.accepted[0]))


def run_queries(
    code: str, cases: Sequence[SqlCase], settings: Settings, limits: Limits, tools: Tools
) -> Tested:
    """Runs the statements of a completion in the database of each test.

    The author's own are run first, in databases of their own: nothing that a completion writes
    can reach what it is held against. A test that is passed by doing nothing counts only beside
    one that is not.

    Raises:
        DoesNotCompile: SQLite cannot read the statements.
        BadReference: The author's own cannot be run, or anything would pass.
        SandboxFault: The sandbox could not do its work.
        DeadlineExceeded: The call's time ran out.
    """
    author = _Author(limits, tools)
    wanted = [author.wanted(case, settings) for case in cases]
    if all(want.idle for want in wanted):
        raise BadReference(
            "the tests are passed without a completion: no rows are expected, or a check gives "
            "the same before it"
        )
    run = _run(code, [Database(case.setup, case.check) for case in cases], limits, tools)
    if not isinstance(run.load, Returned):
        raise SandboxFault(f"a database that could be made could not be again: {_said(run.load)}")
    if all(_is_unreadable(outcome) for outcome in run.outcomes):
        raise DoesNotCompile(_said(run.outcomes[0]))
    results = [
        replace(_judge(case, want, outcome, settings), weight=case.weight)
        for case, want, outcome in zip(cases, wanted, run.outcomes, strict=True)
    ]
    if not any(r.passed and not w.idle for r, w in zip(results, wanted, strict=True)):
        results = [replace(r, passed=False, note=r.note or _IDLE) for r in results]
    return Tested(results, LEVELS.index(run.isolation.level))


def _run(code: str, databases: Iterable[Database], limits: Limits, tools: Tools) -> Run:
    job = SqlJob(code, tuple(databases))
    return tools.need_sandbox().run(job, limits, tools.deadline)


class _Author:
    """Runs what the author of a test wrote; whatever goes wrong is the reference's fault."""

    def __init__(self, limits: Limits, tools: Tools) -> None:
        # One job asks one thing here, so that its time is for one.
        self._limits = replace(limits, wall_s=limits.call_s * 2)
        self._tools = tools

    def wanted(self, case: SqlCase, settings: Settings) -> _Wanted:
        """Returns what a test accepts."""
        own = self._own(case)
        rows = own.rows if case.expected is None else case.expected
        named = case.names or own.names
        matter = settings.column_names if case.column_names is None else case.column_names
        idle = self._is_idle(case, rows)
        accepted = self._accepted(case, own, rows) if _is_ordered(case, settings) else ((rows,),)
        return _Wanted(named if matter and named else None, accepted, idle)

    def _is_idle(self, case: SqlCase, rows: tuple[Row, ...]) -> bool:
        """Whether what is expected comes before a completion too."""
        run = self._run("", case.setup, case.check)
        if isinstance(run.outcomes[0], Returned):
            before = _result_of(run.outcomes[0])
            return not rows if before is None else _bag(before.rows) == _bag(rows)
        # The query has shown that the check can be run after it.
        if not case.query.strip():
            raise BadReference(
                f"reference_answer.check cannot be run: {_said(run.outcomes[0])}; where it looks "
                "at what the completion makes, give a `query` that makes it"
            )
        return False

    def _own(self, case: SqlCase) -> Result:
        """Returns what the author's query gives; an expectation that is stated must be that."""
        if not case.query.strip():
            return Result((), ())
        own = self._result(case.query, case, case.check)
        if own is None:
            raise BadReference("the reference query has no result; a `check` says what to look at")
        if case.expected is not None and not _same_bag(own.rows, case.expected, case.tolerance):
            raise BadReference("the reference query does not give the rows that are expected")
        return own

    def _accepted(
        self, case: SqlCase, own: Result, rows: tuple[Row, ...]
    ) -> tuple[tuple[tuple[Row, ...], ...], ...]:
        """Returns the orders that are right: where the author's own leaves ties, in any order.

        What ties is found by the author's query with the columns put behind its own order, up
        and down: only rows that tie change places. Where that changes which rows there are, as
        a LIMIT amid ties does, each result is right.
        """
        every = tuple((row,) for row in rows)
        if not case.query.strip() or order_end(case.decisive) is None or not rows:
            return (every,)
        up, down = (self._tied(case, own, direction) for direction in ("ASC", "DESC"))
        if _bag(up) == _bag(down):
            return (tuple(_groups(up, down)),)
        return (every, tuple((row,) for row in up), tuple((row,) for row in down))

    def _tied(self, case: SqlCase, own: Result, direction: str) -> tuple[Row, ...]:
        broken = tie_broken(case.decisive, len(own.names), direction)
        query, check = (case.query, broken) if case.check else (broken, "")
        run = self._run(query, case.setup, check)
        result = _result_of(run.outcomes[0])
        return result.rows if result else own.rows  # an order that takes no further terms

    def _result(self, code: str, case: SqlCase, check: str) -> Result | None:
        outcome = self._run(code, case.setup, check).outcomes[0]
        if not isinstance(outcome, Returned):
            raise BadReference(f"the reference query or check cannot be run: {_said(outcome)}")
        result = _result_of(outcome)
        if result is None and outcome.value is not None:
            raise BadReference("the expected rows are too many bytes")
        return result

    def _run(self, code: str, setup: str, check: str) -> Run:
        run = _run(code, [Database(setup, check)], self._limits, self._tools)
        if not isinstance(run.load, Returned):
            raise BadReference(f"the schema or its rows cannot be made: {_said(run.load)}")
        return run


def _is_ordered(case: SqlCase, settings: Settings) -> bool:
    """Whether the order of rows matters: as the author's query has one of its own, or is told."""
    if case.ordered is not None:
        return case.ordered
    if settings.row_order == "as_query":
        return order_end(case.decisive) is not None
    return settings.row_order == "always"


def _groups(up: Sequence[Row], down: Sequence[Row]) -> Iterable[tuple[Row, ...]]:
    """Yields the shortest stretches that hold the same rows in both."""
    start = 0
    open_: Counter[Row] = Counter()
    for end, (first, second) in enumerate(zip(up, down, strict=True), 1):
        for row, step in ((first, 1), (second, -1)):
            open_[row] += step
            if not open_[row]:
                del open_[row]
        if not open_:
            yield tuple(up[start:end])
            start = end


def _result_of(outcome: Outcome) -> Result | None:
    """Reads a result; ``None`` where there is none, or what came has not the shape of one."""
    value: Any = outcome.value if isinstance(outcome, Returned) else None
    if type(value) is not list or len(value) != 2:
        return None
    names, rows = value
    if type(names) is not list or type(rows) is not list:
        return None
    if not all(type(name) is str for name in names):
        return None
    if not all(type(row) is tuple and len(row) == len(names) for row in rows):
        return None
    if not all(type(item) in _PLAIN for row in rows for item in row):
        return None
    return Result(tuple(names), tuple(rows))


_PLAIN = (int, float, str, bytes, type(None))


def _judge(case: SqlCase, want: _Wanted, outcome: Outcome, settings: Settings) -> TestResult:
    got = _result_of(outcome)
    if got is None:
        return TestResult(False, _failure(outcome))
    problem = _problem(case, want, got)
    if problem and settings.show_expected:
        rows = [row for group in want.accepted[0] for row in group]
        problem += f", expected {_told(rows)}"
    return TestResult(not problem, problem)


def _problem(case: SqlCase, want: _Wanted, got: Result) -> str:
    """Says what is wrong with a result, ``""`` when it is right."""
    if want.names is not None and _folded(got.names) != _folded(want.names):
        return f"its columns are {', '.join(got.names)[:120]}"
    if any(_fits(got.rows, groups, case.tolerance) for groups in want.accepted):
        return ""
    whole = [tuple(row for group in groups for row in group) for groups in want.accepted]
    if any(_same_bag(got.rows, rows, case.tolerance) for rows in whole):
        return "the rows are right and their order is not"
    return f"it gave {_told(got.rows)}"


def _folded(names: Iterable[str]) -> list[str]:
    return [name.casefold() for name in names]


def _told(rows: Sequence[Row]) -> str:
    more = " ..." if len(rows) > _SHOWN_ROWS else ""
    shown = ", ".join(show(row) for row in rows[:_SHOWN_ROWS])
    return f"{len(rows)} row{'s' * (len(rows) != 1)}{': ' * bool(rows)}{shown}{more}"


def _fits(rows: Sequence[Row], groups: Iterable[tuple[Row, ...]], tolerance: float) -> bool:
    """Whether rows are those groups one after another, each in any order."""
    at = 0
    for group in groups:
        if not _same_bag(rows[at : at + len(group)], group, tolerance):
            return False
        at += len(group)
    return at == len(rows)


def _same_bag(got: Sequence[Row], wanted: Sequence[Row], tolerance: float) -> bool:
    """Whether rows are the same, each as often, in any order."""
    if len(got) != len(wanted):
        return False
    ours, theirs = _bag(wanted), _bag(got)
    missing, extra = list((ours - theirs).elements()), list((theirs - ours).elements())
    pairs = zip(sorted(extra, key=_place), sorted(missing, key=_place), strict=True)
    return all(equal(list(g), list(w), tolerance) for g, w in pairs)


def _bag(rows: Iterable[Row]) -> Counter[Row]:
    return Counter(rows)


def _place(row: Row) -> tuple[Any, ...]:
    """Returns where a row stands among others: by what must be equal, then by its numbers."""
    kinds = tuple("n" if type(item) in (int, float) else type(item).__name__ for item in row)
    firm = tuple(item if isinstance(item, str | bytes) else "" for item in row)
    numbers = tuple(item for item in row if isinstance(item, int | float))
    return (kinds, tuple(map(repr, firm)), numbers)


def _is_unreadable(outcome: Outcome) -> bool:
    return isinstance(outcome, Raised) and any(said in outcome.message for said in _UNREADABLE)


def _failure(outcome: Outcome) -> str:
    if isinstance(outcome, Returned):
        return "it has no result" if outcome.value is None else "its result is too large"
    return f"it failed: {_said(outcome)}"


def _said(outcome: Outcome) -> str:
    match outcome:
        case Raised(error=error, message=message):
            return f"{error}: {message[:160]}" if message else error
        case TimedOut(seconds=seconds):
            return f"it did not end within {seconds:g} s"
        case Died(cause=cause):
            return f"it ended its process: {cause}"
    return type(outcome).__name__
