"""What the ways to reach a model have in common."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from touchstone.judge.faults import Cause, NoVerdict
from touchstone.judge.question import Prompt
from touchstone.judge.types import Usage

# A call that was refused outright cost nothing; one whose answer was lost may be billed.
REFUSED_CALL = Usage(calls=1)
LOST_CALL = Usage(calls=1, cost_usd=None)

_CODE_FENCE = re.compile(r"```(?:json)?(.*)```", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_TOO_LONG = re.compile(
    r"too long|context (?:length|window|size)|maximum (?:context|input)|too many (?:input )?tokens",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(?:i (?:can(?:no|['\u2019])t|am (?:unable|not able)|won['\u2019]t|must decline)|"
    r"i['\u2019]m (?:unable|not able|sorry)|unable to (?:assist|comply|help))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered, not yet read, and what that took."""

    data: Any
    usage: Usage


class Transport(Protocol):
    """One way to reach one model. It sends once and never retries."""

    @property
    def name(self) -> str:
        """As the ``judge`` setting names it."""
        ...

    def send(self, prompt: Prompt, timeout_s: float) -> Reply:
        """Sends a prompt and waits at most ``timeout_s`` for the answer.

        Raises:
            Simplified: The service refused a part of the request that can be left out; the
                next one is sent without it.
            NoVerdict: There is no answer to read; its ``usage`` is what this call took.
        """
        ...


class Simplified(NoVerdict):
    """The service refused the request's form; it is now simpler, and worth sending again."""


class Fallbacks:
    """The form of a transport's requests, made simpler when the service refuses a part of it.

    Models differ in what they take (forced tools, schemas, a temperature), and no list of
    them stays true, so that the best form is tried first and the service's answer decides.
    """

    def __init__(self, forms: Mapping[str, tuple[str, ...]]) -> None:
        """Makes the first forms current.

        Args:
            forms: A pattern that the service's message holds when it refuses this part,
                to the forms of the part, the best one first.
        """
        self._forms = forms
        self._lock = threading.Lock()
        self._rung = dict.fromkeys(forms, 0)

    def current(self) -> dict[str, str]:
        """Returns the form that each part now has."""
        with self._lock:
            return {part: self._forms[part][rung] for part, rung in self._rung.items()}

    def simpler(self, used: Mapping[str, str], fault: NoVerdict) -> NoVerdict:
        """Returns :class:`Simplified` where another form is worth trying, else the fault."""
        if fault.cause != "misconfigured":
            return fault
        for part, forms in self._forms.items():
            following = forms.index(used[part]) + 1
            if following < len(forms) and re.search(part, fault.detail, re.IGNORECASE):
                with self._lock:
                    self._rung[part] = max(self._rung[part], following)
                return Simplified(fault.cause, fault.detail, fault.usage)
        return fault


def parse_object(text: str, usage: Usage) -> Any:
    """Reads an answer that came as text and must be one JSON object, nothing else.

    A thought before it and a code fence around it are forgiven. JSON is never looked for
    inside other text: what is found there may be the completion's, quoted by the judge.

    Raises:
        NoVerdict: ``refused`` when the text says so, otherwise ``bad_json``.
    """
    body = _THOUGHT.sub("", text).strip()
    fenced = _CODE_FENCE.fullmatch(body)
    try:
        return json.loads(fenced[1] if fenced else body)
    except ValueError:
        pass
    # Neither message quotes the answer: faults are logged, and an answer may quote a row.
    if _REFUSAL.search(body[:200]):
        raise NoVerdict("refused", "the model declined in words", usage)
    detail = f"the answer is {len(body)} characters of text, not one JSON object"
    raise NoVerdict("bad_json", detail, usage)


def cause_of(status: int, message: str) -> Cause:
    """Returns the cause that an HTTP error names by its status and, for 4xx, its message."""
    if status in {401, 403}:
        return "access_denied"
    if status == 429:
        return "throttled"
    if status < 500 and _TOO_LONG.search(message):
        return "truncated"
    return "unavailable" if status >= 500 else "misconfigured"


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Returns the seconds that ``Retry-After`` asks for; 0 without it or for a date."""
    value = headers.get("retry-after", "")
    return float(value) if re.fullmatch(r"\d{1,6}(\.\d+)?", value) else 0.0
