"""The probes, in the order they are run: what each asks, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from touchstone.workbench.check.probes import (
    attacks,
    contract,
    cost,
    gold,
    metamorphic,
    people,
    second,
    signal,
    variants,
    wrong,
)
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Probe:
    """One question that a grader is asked.

    Attributes:
        name: One word; a verdict of it is called so, or ``name:part``.
        question: What it asks, for a person.
        run: Yields one verdict, or one for each part; what time or money did not allow is
            said in it.
    """

    name: str
    question: str
    run: Callable[[Subject], Iterator[Verdict]]


PROBES: tuple[Probe, ...] = (
    Probe("contract", "Does it answer every event as Bedrock needs it?", contract.run),
    Probe("gold", "Does what is right earn near the top?", gold.run),
    Probe("wrong", "Does what a person calls wrong earn no more than they say?", wrong.run),
    Probe("variants", "Does what is right and written oddly earn the same?", variants.run),
    Probe("attack", "Does what is wrong, or padded, earn no more than it may?", attacks.run),
    Probe("metamorphic", "Does what must hold between rewards hold?", metamorphic.run),
    Probe("signal", "Do a model's rollouts tell it anything?", signal.run),
    Probe("people", "Do people agree with it?", people.run),
    Probe("second", "Does another checker agree with it?", second.run),
    Probe("cost", "What does a row cost?", cost.run),
)
