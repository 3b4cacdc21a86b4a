"""The form in which a model is asked, made simpler by what the model does with it.

Models differ in what they take (forced tools, schemas, a temperature, a system message), and no
list of them stays true. The best form is tried first; a refusal makes it simpler, and so does
silence: a form in which answers come, but never a verdict.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from touchstone.judge.faults import NoVerdict

Form = Mapping[str, str]
# So many questions that only the simplest form brought a verdict to, and a form is given up.
PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a request that can be left out or put differently.

    Attributes:
        forms: The best one first.
        refused: Pattern of what a service says that refuses a form of it.
        answers: It says how the verdict is to be given, so that silence is about it.
    """

    forms: tuple[str, ...]
    refused: str
    answers: bool = False


class Ladder:
    """Which form each part of a transport's requests has; learns for the whole process."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._rung = dict.fromkeys(parts, 0)
        self._silent: Counter[str] = Counter()
        self._heard: set[str] = set()

    def current(self) -> Form:
        """Returns the form that each part now has."""
        with self._lock:
            return {name: part.forms[self._rung[name]] for name, part in self._parts.items()}

    def simplest(self) -> Form:
        """Returns the form in which every model can answer, for one question."""
        simplest = {n: part.forms[-1] for n, part in self._parts.items() if part.answers}
        return {**self.current(), **simplest}

    def refused(self, form: Form, fault: NoVerdict) -> bool:
        """Makes the form simpler where the service's refusal says how; returns whether it did."""
        if fault.cause != "misconfigured":
            return False
        for name, part in self._parts.items():
            following = part.forms.index(form[name]) + 1
            if following < len(part.forms) and re.search(part.refused, fault.detail, re.IGNORECASE):
                self._step(name, following)
                return True
        return False

    def heard(self, form: Form, silent: Form | None = None) -> None:
        """Takes note that a verdict came in this form.

        Args:
            form: One in which verdicts come is never given up for silence.
            silent: The form in which the same question had brought none.
        """
        with self._lock:
            self._heard.add(_key(form))
            if silent is None or _key(silent) in self._heard:
                return
            self._silent[_key(silent)] += 1
            given_up = self._silent[_key(silent)] >= PATIENCE
        for name, part in self._parts.items():
            if given_up and part.answers:
                self._step(name, len(part.forms) - 1)

    def _step(self, name: str, rung: int) -> None:
        with self._lock:
            self._rung[name] = max(self._rung[name], rung)


def _key(form: Form) -> str:
    return " ".join(form.values())
