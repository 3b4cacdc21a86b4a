"""Whether the libraries of a grader are here: asked once, when it is loaded, never row by row.

Two kinds: those that a template itself needs, which an extra installs, and those that its setting
``libraries`` lists for the code that runs in its cages. The latter are locked in a file beside
graders.toml, ``libraries/<grader>.txt``, and installed in a folder of their own beside the lock,
named after what it holds.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.installing import install
from touchstone.settings import SettingsError

if TYPE_CHECKING:
    from touchstone.grader import Grader

FOLDER = "libraries"
# What every cage offers without being asked.
OFFERED = frozenset({"numpy"})
# A name, perhaps with extras and versions: no path, no address and no option of an installer.
# E.g. `pandas==2.*`, `scikit-learn >= 1.5, <2`, `requests[socks]`; not `./here`, `--index-url x`
_REQUIREMENT = re.compile(
    r"[A-Za-z0-9][\w.-]*+(?:\[[\w., -]++\])?\s*+(?:[<>=!~]=?=?\s*+\w[\w.*+!,<>=~ -]*+)?"
)
_PACKAGE = re.compile(r"^([A-Za-z0-9][\w.-]*==[^ ;\\]+)", re.MULTILINE)


def check_libraries(owner: str, extra: str, modules: Iterable[str]) -> None:
    """Refuses a grader that would lose the rows which need a library that is not installed.

    Nothing is imported: each module is only looked for.

    Args:
        owner: The grader, to open the message with.
        extra: What installs them.
        modules: The top-level modules that must be there.

    Raises:
        SettingsError: Some are not; names them and the extra.
    """
    missing = [module for module in modules if not _is_here(module)]
    if missing:
        how = install(extra)
        raise SettingsError(f"{owner} needs {', '.join(missing)}, not installed here: {how}")


def _is_here(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


@dataclass(frozen=True, slots=True)
class Lock:
    """The exact versions of a grader's libraries and of what they need, with their hashes.

    Attributes:
        path: The file, in the form that ``pip install --require-hashes -r`` reads.
        libraries: What was asked for.
        modules: The names that they are imported by.
        text: What the file holds.
    """

    path: Path
    libraries: tuple[str, ...]
    modules: frozenset[str]
    text: str

    @property
    def packages(self) -> tuple[str, ...]:
        """Returns each ``name==version``; of one that depends on the Python, every version."""
        return tuple(_PACKAGE.findall(self.text))

    @property
    def digest(self) -> str:
        """Returns what tells this lock from every other; graders with the same one share it."""
        pins = "".join(line for line in self.text.splitlines() if line[:1] != "#")
        return hashlib.sha256(pins.encode()).hexdigest()[:12]

    def home(self, tag: str = "") -> Path:
        """Returns the folder that they are installed in: another lock has another one.

        Args:
            tag: Of the Python and the platform; this one's by default.
        """
        return self.path.parent / f"{self.digest}-{tag or this_tag()}"


def this_tag() -> str:
    """Returns what wheels depend on: the Python that runs, and the platform."""
    return f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"


def lock_path(grader: Grader) -> Path:
    """Returns where the lock of a grader lies."""
    return grader.folder / FOLDER / f"{grader.name}.txt"


def lock_header(libraries: Sequence[str], modules: Iterable[str]) -> str:
    """Returns the comments that say what a lock is of."""
    return (
        f"# libraries: {json.dumps(sorted(libraries))}\n# modules: {json.dumps(sorted(modules))}\n"
    )


def read_lock(path: Path) -> Lock | None:
    """Reads a lock; ``None`` where there is none, or it is no lock of ours."""
    try:
        text = path.read_text(encoding="utf-8")
        said = dict(re.findall(r"^# (libraries|modules): (.*)$", text, re.MULTILINE))
        libraries, modules = (json.loads(said[key]) for key in ("libraries", "modules"))
    except (FileNotFoundError, KeyError, ValueError):
        return None
    return Lock(path, tuple(map(str, libraries)), frozenset(map(str, modules)), text)


def locked(grader: Grader) -> Lock | None:
    """Returns the lock of a grader's libraries, ``None`` where it lists none.

    Raises:
        SettingsError: One is no name with versions, the lock is missing or of another list, or
            the grader lets programs import what neither Python nor the libraries have.
    """
    wanted = grader.settings.libraries
    lock = None
    if wanted:
        check_names(grader)
        lock = read_lock(lock_path(grader))
        if lock is None or sorted(lock.libraries) != sorted(wanted):
            what = "are not locked" if lock is None else "have changed since they were locked"
            raise _refusal(grader, what)
    has = OFFERED | (lock.modules if lock else frozenset())
    for name in grader.template.lets_import(grader.settings):
        if name.partition(".")[0] not in has | sys.stdlib_module_names:
            raise SettingsError(
                f"{grader.name}: approved_libraries names {name!r}, which neither Python nor "
                f'`libraries` has: to provide it, list it there (libraries = ["{name}"])',
                "approved_libraries",
            )
    return lock


def check_names(grader: Grader) -> None:
    """Refuses an entry of ``libraries`` that is more than a name with versions.

    Raises:
        SettingsError: Names it.
    """
    if "sandbox" not in grader.template.needs and "executor" not in grader.template.needs:
        problem = f"{grader.name}: it runs no code, so that it needs no libraries"
        raise SettingsError(problem, "libraries")
    for name in grader.settings.libraries:
        if not _REQUIREMENT.fullmatch(name):
            problem = f"{grader.name}: {name!r} is no library: a name, perhaps with versions"
            raise SettingsError(f"{problem}, such as 'pandas==2.*'", "libraries")


def installed(grader: Grader) -> Path | None:
    """Returns the folder of a grader's libraries, ``None`` where it lists none.

    Raises:
        SettingsError: They are not locked, or not installed here; names the command.
    """
    lock = locked(grader)
    if lock is None:
        return None
    if not lock.home().is_dir():
        raise _refusal(grader, "are not installed here")
    return lock.home()


def _refusal(grader: Grader, what: str) -> SettingsError:
    return SettingsError(
        f"{grader.name}: its libraries ({', '.join(grader.settings.libraries)}) {what}: "
        f"touchstone libraries install {grader.name}",
        "libraries",
    )
