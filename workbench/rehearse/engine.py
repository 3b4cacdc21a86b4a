"""What updates the model in a rehearsal: our own loop, or TRL's trainer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from touchstone.workbench.rehearse.course import Course
from touchstone.workbench.rehearse.model import Policy

# Is shown a step's metrics, and tells whether to take another.
GoOn = Callable[[dict[str, float]], bool]


class Engine(Protocol):
    """Trains a policy by a course.

    Attributes:
        policy: What learns; it answers as it is trained so far.
        course: Prompts, grader and folder.
        step: Updates made.
    """

    policy: Policy
    course: Course
    step: int

    def run(self, go_on: GoOn = ...) -> None:
        """Goes on from the last checkpoint to the last step, or until ``go_on`` says no.

        The folder holds a step's numbers and rollouts when ``go_on`` is asked; to stop there is
        safe, and what came after the last checkpoint is done again.

        Raises:
            RehearsalError: It cannot go on.
        """
        ...
