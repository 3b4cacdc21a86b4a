"""Having a grader's libraries: locked beside graders.toml, installed beside the lock."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from touchstone.deadline import Deadline
from touchstone.grader import Grader
from touchstone.libraries import (
    Lock,
    check_names,
    lock_header,
    lock_path,
    read_lock,
)
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.local import modules_of
from touchstone.sandbox.types import FunctionJob, Limits, Returned
from touchstone.wheels import compile_lock, install_wheels, size_of
from touchstone.workbench.errors import WorkbenchError

# Of Lambda's functions; a lock holds for this one and for every later one.
_LAMBDA_PYTHON = (3, 13)


class NoLibraries(WorkbenchError):
    """A grader lists none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be installed, of which nothing has been yet.

    Attributes:
        grader: Whose libraries they are.
        lock: Their versions and hashes; written when they are installed.
        is_new: There was no such lock before.
    """

    grader: Grader
    lock: Lock
    is_new: bool

    @property
    def is_done(self) -> bool:
        """Whether all of it is there already."""
        return not self.is_new and self.lock.home().is_dir()

    def lines(self) -> list[str]:
        """Returns each package with its version, and on which Python where that matters."""
        lines = [line.rstrip("\\ ") for line in self.lock.text.splitlines()]
        return [line for line in lines if line[:1].isalnum()]


def plan_libraries(grader: Grader, *, upgrade: bool = False) -> Plan:
    """Returns what it takes to have a grader's libraries; resolves them where they are not locked.

    Args:
        grader: Lists them in its settings.
        upgrade: Resolve them again.

    Raises:
        SettingsError: One is no library, or there are no versions that go together.
        NoLibraries: It lists none.
    """
    wanted = grader.settings.libraries
    if not wanted:
        raise NoLibraries(
            f"{grader.name} lists no libraries", 'Under its settings: libraries = ["pandas==2.*"]'
        )
    check_names(grader)
    path = lock_path(grader)
    lock = read_lock(path)
    if lock is not None and sorted(lock.libraries) == sorted(wanted) and not upgrade:
        return Plan(grader, lock, is_new=False)
    python = ".".join(map(str, min(sys.version_info[:2], _LAMBDA_PYTHON)))
    text = compile_lock(wanted, python)
    return Plan(grader, Lock(path, tuple(wanted), frozenset(), text), is_new=True)


def install_libraries(plan: Plan) -> Path:
    """Installs what was planned in a folder of its own, then writes the lock; returns the folder.

    Raises:
        SettingsError: A wheel is not there for this machine, or is another than was locked.
    """
    lock = plan.lock
    folder = lock.path.parent
    folder.mkdir(exist_ok=True)
    (folder / ".gitignore").write_text("*/\n", encoding="utf-8")  # the locks alone are yours
    fresh = lock.path.with_suffix(".new")
    fresh.write_text(lock.text, encoding="utf-8")
    try:
        install_wheels(fresh, lock.home())
        if plan.is_new:
            header = lock_header(lock.libraries, modules_of(lock.home()))
            fresh.write_text(
                f"# By `touchstone libraries install {plan.grader.name}`; commit it.\n"
                f"{header}{lock.text}",
                encoding="utf-8",
            )
            fresh.replace(lock.path)
    finally:
        fresh.unlink(missing_ok=True)
    return lock.home()


def not_in_a_cage(folder: Path) -> list[str]:
    """Returns the installed modules that code in a cage cannot import, and why."""
    sandbox = open_sandbox(libraries=folder)
    try:
        told = []
        for name in sorted(modules_of(folder)):
            job = FunctionJob(f"import {name}\n", "f", ())
            load = sandbox.run(job, Limits(wall_s=60.0, call_s=60.0), Deadline()).load
            if not isinstance(load, Returned):
                told.append(f"{name} ({getattr(load, 'what', None) or load})")
        return told
    finally:
        sandbox.close()


def megabytes(folder: Path) -> float:
    """Returns what a folder takes, in MB as Lambda counts them."""
    return sum(size_of(folder).values()) / 2**20
