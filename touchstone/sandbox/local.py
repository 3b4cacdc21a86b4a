"""Cages as child processes of this machine."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import signal
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path

from touchstone.deadline import Deadline
from touchstone.outcomes import DeadlineExceeded, SandboxFault
from touchstone.sandbox import sql
from touchstone.sandbox.checks import run_checks
from touchstone.sandbox.session import Cages, Host, Session, Taken
from touchstone.sandbox.types import (
    KILLED,
    LEVELS,
    CheckJob,
    Isolation,
    Job,
    Level,
    Limits,
    ProgramJob,
    Run,
    ScriptJob,
    SqlJob,
)
from touchstone.sandbox.zygotes import Child, Warmth, Zygote, kill_orphan

_NUMPY = tuple(
    f"numpy{part}" for part in ("", ".linalg", ".fft", ".random", ".polynomial", ".ma", ".testing")
)
# What a source looks like that imports what some candidates need a zygote of their own for.
_IMPORTS = {
    module: re.compile(rf"^[ \t]*(?:import|from)[ \t][^#\n]*\b{module}\b", re.MULTILINE)
    for module in ("numpy", "sqlite3")
}
# A job whose cage was killed from outside is run once more.
KILLED_RUNS = 2
_WORD = re.compile(r"[^\W\d]\w*")


class LocalSandbox:
    """Runs candidates in forked, confined children of warm zygotes.

    Args:
        min_isolation: Refuse to run below this level.
        max_isolation: Use no more than this level, to try what a weaker kernel would give.
        libraries: Folder of installed libraries that candidates may import.

    Raises:
        SandboxFault: From every method that runs code: the sandbox cannot start, or reaches less
            than ``min_isolation``.
    """

    def __init__(
        self,
        min_isolation: Level = "process",
        max_isolation: Level = LEVELS[-1],
        libraries: Path | None = None,
    ) -> None:
        self._floor = min_isolation
        self._libraries = str(libraries.resolve()) if libraries else ""
        self._modules = modules_of(libraries) if libraries else frozenset[str]()
        self._ceiling: Level = max_isolation
        self._lock = threading.Lock()
        self._zygotes: dict[Warmth, Zygote] = {}
        self._spent_s = 0.0
        # Also runs at exit, so that nothing outlives a sandbox that nobody closed.
        weakref.finalize(self, _close_all, self._zygotes)

    @property
    def isolation(self) -> Isolation:
        """What candidates are held by; starts the sandbox if need be."""
        return self._zygote(Warmth()).isolation

    def session(
        self,
        code: str,
        limits: Limits,
        deadline: Deadline,
        host: Mapping[str, Host] | None = None,
        *,
        preload: tuple[str, ...] = (),
        warm: str = "",
    ) -> Session:
        """Opens a cage with ``code`` loaded; see :class:`touchstone.sandbox.Sandbox`."""
        warmth = Warmth(preload, warm, self._libraries_of(code))
        return self._session(_Supply(self, warmth), code, limits, deadline, host)

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        """Runs one candidate; see :class:`touchstone.sandbox.Sandbox`."""
        for _ in range(KILLED_RUNS):
            run = self._run(job, limits, deadline)
            if KILLED not in (run.load, *run.outcomes):
                return run
        # No limit of a cage kills it: the machine was short of memory, maybe for another's sake, or
        # native code of the candidate's hung up. Nothing can tell which.
        raise SandboxFault("a cage was killed, and once more when tried again", blame="open")

    def _run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        if isinstance(job, SqlJob):
            held = Warmth(sql.PRELOAD, sql.WARM)
            return sql.run_sql(
                job,
                limits,
                lambda code, allowed: self._session(_Supply(self, held), code, allowed, deadline),
            )
        warmth = self._warmth(job)
        if isinstance(job, CheckJob):
            with _Pair(_Supply(self, warmth)) as pair:
                return run_checks(job, limits, lambda code, allowed, *, author: self._session(
                    pair.authors if author else pair, code, allowed, deadline
                ))  # fmt: skip
        options = {"program": True} if isinstance(job, ProgramJob) else {}
        supply = _Supply(self, warmth)
        with self._session(supply, job.code, limits, deadline, None, options) as session:
            if isinstance(job, ProgramJob):
                outcomes = session.programs(job.stdins, stop=job.stop_at_failure)
            elif isinstance(job, ScriptJob):
                outcomes = session.steps(job.steps)
            else:
                outcomes = session.calls(job.entry_point, job.calls, stop=job.stop_at_failure)
        return Run(tuple(outcomes), session.load, session.isolation, session.usage())

    def spent_s(self) -> float:
        """Returns the CPU seconds of cages that ended since this was last asked."""
        with self._lock:
            spent, self._spent_s = self._spent_s, 0.0
        return spent

    def close(self) -> None:
        """Ends every process that the sandbox started; it starts again when used again."""
        with self._lock:
            _close_all(self._zygotes)

    def _warmth(self, job: Job) -> Warmth:
        source = job.code
        if isinstance(job, CheckJob):
            source += f"\n{job.setup}\n{job.checks}"
        numpy = "numpy" not in self._modules and _imports("numpy", source) and _has_numpy()
        return Warmth(
            _NUMPY if numpy else (),
            libraries=self._libraries_of(source),
            databases=_imports("sqlite3", source),
        )

    def _libraries_of(self, source: str) -> str:
        """Returns the folder of libraries where a source names one of them, else ``""``.

        Read as text: to parse hostile source here could cost more than one cage too large does.
        """
        named = self._modules and self._modules.intersection(_WORD.findall(source))
        return self._libraries if named else ""

    def _session(
        self,
        cages: Cages,
        code: str,
        limits: Limits,
        deadline: Deadline,
        host: Mapping[str, Host] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Session:
        if deadline.left() <= 0:
            raise DeadlineExceeded("the call's time ran out before the sandbox could run")
        return Session(cages, code, limits, deadline, host, options)

    def _zygote(self, warmth: Warmth) -> Zygote:
        with self._lock:
            zygote = self._zygotes.get(warmth)
            if zygote is None or zygote.owner != os.getpid():
                zygote = self._zygotes[warmth] = Zygote(warmth, self._ceiling)
        reached = zygote.isolation.level
        if LEVELS.index(reached) < LEVELS.index(self._floor):
            raise SandboxFault(
                f"isolation is {reached!r}, below the required {self._floor!r}", blame="ours"
            )
        return zygote

    def _count(self, cpu_s: float) -> None:
        with self._lock:
            self._spent_s += cpu_s

    def _discard(self, warmth: Warmth, zygote: Zygote) -> None:
        with self._lock:
            if self._zygotes.get(warmth) is zygote:
                del self._zygotes[warmth]
        zygote.close()


def _close_all(zygotes: dict[Warmth, Zygote]) -> None:
    while zygotes:
        zygotes.popitem()[1].close()


class _Supply:
    """Cages for one session; replaces a zygote that is gone, once."""

    def __init__(self, sandbox: LocalSandbox, warmth: Warmth) -> None:
        self._sandbox = sandbox
        self._warmth = warmth
        self._origin: dict[int, Zygote] = {}

    def take(self, limits: Limits) -> Taken:
        """Returns a confined cage, what holds it, and the limits it has to set itself."""
        (child,) = self.forked(lambda zygote: (zygote.take(),))
        return self.confined(child, limits)

    def forked(self, take: Callable[[Zygote], tuple[Child, ...]]) -> tuple[Child, ...]:
        """Returns cages that a zygote has forked, not yet confined."""
        for attempt in (1, 2):
            zygote = self._sandbox._zygote(self._warmth)
            try:
                children = take(zygote)
            except OSError as exc:
                self._sandbox._discard(self._warmth, zygote)
                if attempt == 2:
                    raise SandboxFault(f"the sandbox is gone: {exc}") from exc
                continue
            self._origin.update((child.pid, zygote) for child in children)
            return children
        raise AssertionError

    def confined(self, child: Child, limits: Limits) -> Taken:
        """Confines a cage; returns what :meth:`take` does."""
        zygote = self._origin[child.pid]
        return child, zygote.isolation, zygote.confine(child, limits)

    def end(self, child: Child, wait: bool) -> int:
        """Kills a cage; waits for its wait status if asked to, else returns 0."""
        zygote = self._origin.pop(child.pid)
        try:
            return zygote.end(child, wait)
        except OSError:
            kill_orphan(child)
            self._sandbox._discard(self._warmth, zygote)
            return signal.SIGKILL  # a zygote takes its cages along

    def count(self, cpu_s: float) -> None:
        """Adds to what the sandbox's cages used."""
        self._sandbox._count(cpu_s)


class _Pair:
    """Joined cages for the two sessions of a test file: each candidate's brings its tests' along.

    Attributes:
        authors: Gives the tests' session its cages.
    """

    def __init__(self, supply: _Supply) -> None:
        self._supply = supply
        self._other: Child | None = None
        self.authors = _Authors(self, supply)

    def __enter__(self) -> _Pair:
        """Returns the pair, whose cage that nobody took is ended with the block."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Ends the tests' cage where no session took it."""
        self._end_other()

    def take(self, limits: Limits) -> Taken:
        """Returns the candidate's cage, as :meth:`_Supply.take` does."""
        self._end_other()
        child, self._other = self._supply.forked(Zygote.take_joined)
        return self._supply.confined(child, limits)

    def take_other(self, limits: Limits) -> Taken:
        """Returns the tests' cage, joined to the candidate's last one.

        Raises:
            SandboxFault: It was taken before, and has died before it read anything.
        """
        child, self._other = self._other, None
        if child is None:
            raise SandboxFault("no cage could be confined")
        return self._supply.confined(child, limits)

    def end(self, child: Child, wait: bool) -> int:
        """Kills a cage, as :meth:`_Supply.end` does."""
        return self._supply.end(child, wait)

    def count(self, cpu_s: float) -> None:
        """Adds to what the sandbox's cages used."""
        self._supply.count(cpu_s)

    def _end_other(self) -> None:
        other, self._other = self._other, None
        if other is not None:
            self._supply.end(other, wait=False)


class _Authors:
    """The tests' side of a pair."""

    def __init__(self, pair: _Pair, supply: _Supply) -> None:
        self.take, self.end, self.count = pair.take_other, supply.end, supply.count


def modules_of(folder: Path) -> frozenset[str]:
    """Returns the names that the libraries of a folder are imported by."""
    suffixes = tuple(importlib.machinery.all_suffixes())
    names = {
        entry.name.partition(".")[0]
        for entry in folder.iterdir()
        if entry.name.endswith(suffixes) or (entry.is_dir() and "." not in entry.name)
    }
    return frozenset(filter(str.isidentifier, names)) - {"bin", "share", "__pycache__"}


def _imports(module: str, source: str) -> bool:
    """Whether a source looks as if it imports a module; the look costs little where it does not."""
    return module in source and _IMPORTS[module].search(source) is not None


def _has_numpy() -> bool:
    return importlib.util.find_spec("numpy") is not None
