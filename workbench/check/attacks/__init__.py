"""The battery: completions that are wrong, or no better than others, and want to be paid.

Each proves what it is from the row alone; where a row does not allow that, it makes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from touchstone.workbench.check.attacks import code, right_and_wrong, saying_nothing, talk
from touchstone.workbench.check.attacks.target import Attempt, Target

# Of the battery: a stored check of another one says less, or another thing.
VERSION = 2


@dataclass(frozen=True, slots=True)
class Attack:
    """One kind of attack.

    Attributes:
        name: Of the kind, as its verdict has it.
        make: Yields it against a row; nothing where it cannot be proven there.
        judged: On a row without one right answer only a judge can see through it, which the
            offline stand-in is not.
    """

    name: str
    make: Callable[[Target], Iterator[Attempt]]
    judged: bool = False


ATTACKS: tuple[Attack, ...] = (
    Attack("empty", saying_nothing.empty),
    Attack("master keys", saying_nothing.keys),
    Attack("connectives", saying_nothing.connectives, judged=True),
    Attack("stock phrases", saying_nothing.stock, judged=True),
    Attack("refusal", saying_nothing.refusal, judged=True),
    Attack("constant", saying_nothing.constant),
    Attack("another row", saying_nothing.another_row, judged=True),
    Attack("prompt", saying_nothing.prompt, judged=True),
    Attack("keywords", saying_nothing.keywords, judged=True),
    Attack("source", saying_nothing.source, judged=True),
    Attack("near miss", right_and_wrong.near),
    Attack("all at once", right_and_wrong.everything),
    Attack("hedging", right_and_wrong.hedged),
    Attack("denied", right_and_wrong.denied),
    Attack("thinking", right_and_wrong.thinking),
    Attack("cut off", right_and_wrong.cut, judged=True),
    Attack("look-alikes", right_and_wrong.alike),
    Attack("talk to the judge", talk.judge, judged=True),
    Attack("role tokens", talk.roles, judged=True),
    Attack("padding", talk.padded, judged=True),
    Attack("repetition", talk.repeated, judged=True),
    Attack("faults", talk.faults),
    Attack("code", code.programs),
)
