"""Ruff over a program, and whose fault it is when Ruff gives no answer.

A linter that hangs or crashes on a program says nothing by that about whose doing it was. So a
program of ours, as long as the candidate's, is linted after it: where that fails as well the row is
not scored, and where it does not the candidate's own text is to blame, which therefore cannot buy
itself out of a low score.
"""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import dataclass
from functools import cache

from touchstone.deadline import Deadline
from touchstone.outcomes import DeadlineExceeded, GraderError

# Pyflakes, the error and statement rules of pycodestyle, bugbear, Pylint's errors.
_RULES = "F,E7,E9,B,PLE"
_ERRORS = ("F821", "F822", "F823", "E9", "PLE")
# Ruff takes milliseconds; a busy machine gets a second, longer chance.
_TIMEOUTS_S = (10.0, 30.0)
_HARMLESS = "x = 1\n"
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that Ruff found.

    Attributes:
        code: Its rule.
        row: Its line, from 1.
    """

    code: str
    row: int

    @property
    def is_syntax(self) -> bool:
        """Ruff cannot parse the program, so that nothing else it says of it counts."""
        return self.code == "invalid-syntax"

    @property
    def is_error(self) -> bool:
        """It would fail when it ran."""
        return self.code.startswith(_ERRORS)


def lint(code: str, deadline: Deadline) -> list[Diagnostic] | None:
    """Returns what Ruff finds, or ``None`` where this very program breaks Ruff.

    ``# noqa`` has no effect, and neither has any configuration file.

    Raises:
        GraderError: Ruff is not there, or gives no answer to any program.
        DeadlineExceeded: The call's time ran out first.
    """
    for timeout_s in _TIMEOUTS_S:
        found = _run(code, timeout_s, deadline)
        if found is not None:
            return found
    ours = _HARMLESS * (len(code) // len(_HARMLESS) + 1)
    if _run(ours, _TIMEOUTS_S[0], deadline) is None:
        raise GraderError("the linter gives no answer, whatever the program", blame="ours")
    return None


def _run(code: str, timeout_s: float, deadline: Deadline) -> list[Diagnostic] | None:
    """Returns what Ruff finds; ``None`` where it hung, crashed or gave up."""
    import subprocess

    arguments = ["check", "--isolated", "--no-cache", "--ignore-noqa", "--quiet", "--exit-zero"]
    arguments += ["--select", _RULES, "--output-format", "json"]
    arguments += ["--target-version", f"py3{sys.version_info.minor}"]
    arguments += ["--stdin-filename", "candidate.py", "-"]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [_ruff(), *arguments],
            input=code.encode("utf-8", "backslashreplace"),
            capture_output=True,
            timeout=min(timeout_s, deadline.left()),
            env={},
            check=False,
        )
    except (ImportError, OSError) as exc:
        raise GraderError(f"the linter cannot be started: {exc}", blame="ours") from exc
    except subprocess.TimeoutExpired as exc:
        if deadline.left() <= 0:
            raise DeadlineExceeded("the call's time ran out while linting") from exc
        return None
    if done.returncode != 0:
        return None
    return [
        Diagnostic(str(finding["code"]), finding["location"]["row"])
        for finding in json.loads(done.stdout)
    ]


def _ruff() -> str:
    # What it asks of sysconfig is not safe to ask first from two threads at once.
    with _lock:
        return _find_ruff()


@cache
def _find_ruff() -> str:
    from ruff import find_ruff_bin

    return find_ruff_bin()
