"""How a command ends when something is wrong: what happened, what to do, and the exit code."""

from __future__ import annotations

FELL_SHORT = 1  #: it ran, and what came of it is not all that was asked for
BAD_INPUT = 2  #: a file, an option or somebody's access is wrong
INTERRUPTED = 130  #: Ctrl-C, as shells count it


class WorkbenchError(Exception):
    """Base of every error that a person can do something about.

    The message is one sentence that names the file, the option or the service at fault. The
    command line prints it, with the advice below it, and ends with the exit code; nothing else
    has to know the types below this one.

    Attributes:
        advice: What to do about it, ``""`` where the message says all.
        exit_code: ``BAD_INPUT`` unless another try may do.
    """

    exit_code: int = BAD_INPUT

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class Interrupted(WorkbenchError):
    """Ctrl-C, at a place where there is something to say: what goes on, or what is kept."""

    exit_code = INTERRUPTED
