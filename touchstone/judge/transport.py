"""What the ways to reach a model have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from touchstone.judge.faults import NoVerdict
from touchstone.judge.ladder import Form, Ladder
from touchstone.judge.question import Prompt
from touchstone.judge.reading import Contradiction, beside_verdicts, unwrapped, verdicts_in
from touchstone.judge.refusals import declines, reason_declines
from touchstone.judge.types import REFUSED_CALL, Usage
from touchstone.thinking import Pairs, split_thinking

_TOO_LONG = re.compile(
    r"too long|context (?:length|window|size)|maximum (?:context|input)|too many (?:input )?tokens",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content[_ -]?(?:filter|management policy|policy)|ResponsibleAIPolicy|"
    r"safety (?:system|filter)|flagged (?:as|by|for)|"
    r"violat\w{1,9} (?:our |the )?(?:usage|content|safety) polic|"
    r"blocked by (?:our |the )?(?:content|safety|guardrail)",
    re.IGNORECASE,
)
# More than a minute's limit: no call waits for it.
_USED_UP = re.compile(
    r"insufficient[_ ]quota|exceeded your current quota|(?:tokens|requests) per day|\b[TR]PD\b|"
    r"per[- ]day|daily (?:limit|quota)|credit balance|out of credits|billing",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model[^.]{0,80}(?:not found|does not exist|is not (?:available|supported)|not exist)|"
    r"no such model|model identifier is invalid|unknown model|invalid model|on-demand throughput",
    re.IGNORECASE,
)
# No call of a function takes longer, in seconds: who asks for more is gone for all rows.
_LONGEST_CALL_S = 900.0
_RETRIED_STATUS = (408, 409, 424, 425)


@dataclass(frozen=True, slots=True)
class Reply:
    """The verdicts that a model gave, not yet read, and what that took."""

    verdicts: tuple[Any, ...]
    usage: Usage


class Transport(Protocol):
    """One way to reach one model. It sends once and never retries."""

    @property
    def name(self) -> str:
        """As the ``judge`` setting names it."""
        ...

    @property
    def ladder(self) -> Ladder:
        """Which forms its requests can have, and which they have now."""
        ...

    def send(self, prompt: Prompt, form: Form, timeout_s: float) -> Reply:
        """Sends a prompt in a form of its ladder and waits ``timeout_s`` or so for the answer.

        Raises:
            NoVerdict: There is no answer to read; its ``usage`` is what this call took.
        """
        ...


def verdicts_of(
    prompt: Prompt, text: str, calls: tuple[Any, ...], usage: Usage, thinking_marks: Pairs = ()
) -> Reply:
    """Returns the verdicts in an answer, be they the input of a tool or text.

    Args:
        prompt: What was asked.
        text: What the model wrote.
        calls: Inputs of the tool.
        usage: What the call took.
        thinking_marks: Further marks that the model thinks between.

    Raises:
        NoVerdict: ``refused`` when it is a refusal in words, ``bad_json`` when there is none
            or one that was only copied from a text of the row.
    """
    if any(mark in text for pair in thinking_marks for mark in pair):
        text = split_thinking(text, thinking_marks)[0]
    try:
        called = tuple(verdict for call in calls for verdict in unwrapped(call))
        written = verdicts_in(text, prompt.tag)
    except Contradiction as exc:
        raise NoVerdict("bad_json", str(exc), usage) from exc
    # Text beside a call is talk; that it is a verdict, only the tag tells.
    beside = written if prompt.tag in text or not called else ()
    # Neither message quotes the answer: faults are logged, and an answer may quote a row.
    if beside and prompt.tag not in text and _copied(text, prompt.user):
        raise NoVerdict("bad_json", "the answer is a copy of a text that is judged", usage)
    if (called or beside) and reason_declines(beside_verdicts(text)):
        raise NoVerdict("refused", "the model declined in words beside its verdict", usage)
    if called or beside:
        return Reply(called + beside, usage)
    if declines(text):
        raise NoVerdict("refused", "the model declined in words", usage)
    detail = f"the answer is {len(text)} characters of text that hold no verdict"
    raise NoVerdict("bad_json", detail, usage)


def fault_of(status: int, message: str, wait_s: float = 0.0) -> NoVerdict:
    """Returns the fault that an HTTP error names by its status and its message."""
    away = wait_s > _LONGEST_CALL_S
    if status < 500 and _FILTERED.search(message):
        return NoVerdict("refused", message, REFUSED_CALL)
    if status in {401, 402, 403}:
        return NoVerdict("access_denied", message, REFUSED_CALL, lasting=True)
    if status == 429 or _USED_UP.search(message):
        used_up = bool(_USED_UP.search(message))
        return NoVerdict("throttled", message, REFUSED_CALL, wait_s, lasting=used_up or away)
    if status >= 500 or status in _RETRIED_STATUS:
        return NoVerdict("unavailable", message, REFUSED_CALL, wait_s, lasting=away)
    if _TOO_LONG.search(message):
        return NoVerdict("truncated", message, REFUSED_CALL)
    lasting = status in {404, 405} or bool(_NO_MODEL.search(message))
    return NoVerdict("misconfigured", message, REFUSED_CALL, lasting=lasting)


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Returns the seconds that ``Retry-After`` asks for; 0 without it or for a date."""
    value = headers.get("retry-after", "")
    return float(value) if re.fullmatch(r"\d{1,6}(\.\d+)?", value) else 0.0


def mapping(value: Any) -> Mapping[str, Any]:
    """Returns an object of a reply, empty where something else stands in its place."""
    return value if isinstance(value, Mapping) else {}


def _copied(text: str, user: str) -> bool:
    return "".join(text.split()) in "".join(user.split())
