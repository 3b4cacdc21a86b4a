"""What goes into the sandbox and what comes out: work and values, never verdicts.

Everything here is plain data, so that a job can also travel to an executor function. No
job of this module holds an expected value, except the checks of a :class:`CheckJob`, which
run in a caged process of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from touchstone.isolation import LEVELS, Level
from touchstone.sandbox.codec import Iterated, Opaque


@dataclass(frozen=True, slots=True)
class Limits:
    """What one candidate may use.

    Attributes:
        wall_s: Seconds for the whole candidate: loading and every call.
        call_s: Seconds for one call or one program case.
        memory_mb: Memory above what the preloaded interpreter holds, in MiB.
        frame_bytes: Largest encoded value of one call, in bytes.
        total_bytes: Most bytes a candidate may send for one call, case or test.
    """

    wall_s: float = 30.0
    call_s: float = 5.0
    memory_mb: int = 256
    frame_bytes: int = 4_000_000
    total_bytes: int = 16_000_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function: arguments built of plain values.

    Plain values are None, bool, int, float, complex, str, bytes, list, tuple, set,
    frozenset and dict of these.

    Attributes:
        args: Positional arguments.
        kwargs: Named arguments.
        keep_args: Send the positional arguments back after the call, for functions whose
            result is what they did to them.
    """

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    keep_args: bool = False


@dataclass(frozen=True, slots=True)
class FunctionJob:
    """Run ``code``, then call ``entry_point`` (a name, or ``Class().method``) once per call.

    Attributes:
        stop_at_failure: Make no call after one that returned nothing.
    """

    code: str
    entry_point: str
    calls: tuple[Call, ...]
    stop_at_failure: bool = False


@dataclass(frozen=True, slots=True)
class ProgramJob:
    """Run ``code`` as ``__main__`` once per text in ``stdins``, in a fresh namespace each.

    Attributes:
        stop_at_failure: Do not run it again once it did not end well.
    """

    code: str
    stdins: tuple[str, ...]
    stop_at_failure: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a test that runs beside the candidate: ``s.push(x)``.

    Attributes:
        source: A statement, or an expression whose value is asked for.
        given: The test's own values for names in it; they stay known to later steps.
        asked: Whether its value is told.
    """

    source: str
    given: dict[str, Any] = field(default_factory=dict)
    asked: bool = True


@dataclass(frozen=True, slots=True)
class ScriptJob:
    """Run ``code``, then take ``steps`` in order, none after one that failed."""

    code: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class CheckJob:
    """Two cages: ``checks`` (the dataset author's tests) uses the candidate from afar.

    ``checks`` runs as a module in which names that nobody binds are the candidate's, as modules
    are that nobody has. If it defines ``check``, that is called with the entry point; else every
    ``test_*`` function, ``Test*`` class and TestCase method, else every docstring with examples,
    else the module itself, is a test. Each is one outcome, but those that are skipped.

    Attributes:
        code: The candidate.
        entry_point: Name of its function, may be empty.
        checks: The author's test module.
        setup: The author's own definitions that ``checks`` needs, run before it.
        stop_at_failure: Run no test after one that failed.
    """

    code: str
    entry_point: str
    checks: str
    setup: str = ""
    stop_at_failure: bool = False


@dataclass(frozen=True, slots=True)
class Database:
    """A database in memory, of which nothing is left afterwards.

    Attributes:
        setup: The author's statements that make it.
        check: A query of the author's whose result is told; where empty, the candidate's own is.
    """

    setup: str
    check: str = ""


@dataclass(frozen=True, slots=True)
class SqlJob:
    """Run the statements ``code`` once in each database, by SQLite.

    A value is ``[names of columns, rows]`` of the last statement that has a result, or ``None``.
    """

    code: str
    databases: tuple[Database, ...]


Job = FunctionJob | ProgramJob | ScriptJob | CheckJob | SqlJob


@dataclass(frozen=True, slots=True)
class Returned:
    """The call came back with ``value``, of exact builtin types (or :class:`Opaque` inside).

    For a program case the value is what it wrote to standard output.

    Attributes:
        value: What it returned.
        args: Its positional arguments after the call, where the call asked for them.
    """

    value: Any
    args: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """The code raised.

    Attributes:
        error: The exception's type name.
        message: Its text, clipped.
        line: Line of the submitted code where it was raised, 0 when unknown.
    """

    error: str
    message: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The call, or the candidate as a whole, used up its time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended or broke the protocol.

    Attributes:
        cause: ``exit``, ``signal 11``, ``killed`` (it hung up, or the kernel killed it),
            ``output`` (it sent too much) or ``protocol`` (it sent nonsense).
    """

    cause: str


KILLED = Died("killed")


@dataclass(frozen=True, slots=True)
class Unsupported:
    """The cage cannot do what the code needs: ``threads``, ``files``, ``module: foo``."""

    what: str


Outcome = Returned | Raised | TimedOut | Died | Unsupported


@dataclass(frozen=True, slots=True)
class Isolation:
    """What held the candidate: the level reached, and what hardened it further."""

    level: Level
    hardening: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Read from the kernel by the parent, not told by the child."""

    wall_s: float
    cpu_s: float
    peak_memory_mb: float


@dataclass(frozen=True, slots=True)
class Run:
    """What a job did.

    Attributes:
        outcomes: One per call, program case or check, in order.
        load: What running the module itself did: ``Returned(None)`` when it went well;
            otherwise every outcome repeats it.
        isolation: Stamped on every run.
        usage: The candidate's own process.
    """

    outcomes: tuple[Outcome, ...]
    load: Outcome
    isolation: Isolation
    usage: Usage


__all__ = [
    "KILLED",
    "LEVELS",
    "Call",
    "CheckJob",
    "Database",
    "Died",
    "FunctionJob",
    "Isolation",
    "Iterated",
    "Job",
    "Level",
    "Limits",
    "Opaque",
    "Outcome",
    "ProgramJob",
    "Raised",
    "Returned",
    "Run",
    "ScriptJob",
    "SqlJob",
    "Step",
    "TimedOut",
    "Unsupported",
    "Usage",
]
