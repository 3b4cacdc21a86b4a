"""What the ways to reach a model have in common."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from touchstone.judge.faults import NoVerdict
from touchstone.judge.ladder import Form, Ladder
from touchstone.judge.question import Prompt
from touchstone.judge.reading import Contradiction, beside_verdicts, unwrapped, verdicts_in
from touchstone.judge.refusals import declines, reason_declines
from touchstone.judge.types import LOST_CALL, REFUSED_CALL, Usage
from touchstone.thinking import Pairs, split_thinking

_TOO_LONG = re.compile(
    r"too long\b|(?:longer|larger) than[^.]{0,60}(?:length|tokens)|too many (?:input )?tokens|"
    r"context (?:length|window|size|limit)|maximum (?:context|input|prompt|model|number of tokens)|"
    r"tokens` must be <=",
    re.IGNORECASE,
)
# A service that judges the texts: by the name of its rule, or by what it says of them.
_FILTERED = re.compile(
    r"content[_ -]?(?:filter|management policy|policy)|ResponsibleAIPolicy|guardrail|"
    r"data_inspection|safety[_ ](?:system|filter|check)|flagged (?:as|by|for)|"
    r"violat\w{1,9} (?:our |the )?(?:usage|content|safety) (?:polic|guideline)|"
    r"\b(?:prompt|input|output|response|content)\b[^.]{0,30}"
    r"\b(?:blocked|inappropriate|high risk|unsafe)\b|"
    r"blocked by (?:our |the )?(?:content|safety)",
    re.IGNORECASE,
)
# More than a minute's limit: no call waits for it.
_USED_UP = re.compile(
    r"insufficient[_ ]quota|exceeded your current quota|(?:tokens|requests) per day|\b[TR]PD\b|"
    r"per[- ]day|daily (?:limit|quota)|credit balance|out of credits|billing",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model[^.]{0,80}(?:not[_ ]found|does not exist|is not (?:available|supported)|not exist)|"
    r"no such model|model identifier is invalid|unknown model|invalid model|on-demand throughput",
    re.IGNORECASE,
)
# Some name a wrong key by 400, or in an answer of status 200.
_NO_ACCESS = re.compile(
    r"(?:invalid|incorrect)[_ ]api[_ ]?key|api key (?:not|is not|is in)\s?valid|login fail|"
    r"unauthori[sz]ed|authentication",
    re.IGNORECASE,
)
# What a server has no room for, now and later.
_NO_ROOM = re.compile(r"requires more (?:system )?memory", re.IGNORECASE)
# A request that a server refuses by 500.
_REFUSED_BY_500 = re.compile(
    rf"(?:not|n't|only|are) support|unsupported|must alternate|{_NO_ROOM.pattern}", re.IGNORECASE
)
# The model's own answer did not pass its service's check.
_BROKEN_ANSWER = re.compile(r"json_validate_failed|failed_generation", re.IGNORECASE)
# E.g. `Please retry after 33 seconds`, `try again in 6m0s`, `"retryDelay": "37s"`
_WAIT = re.compile(
    r"(?:retry|retry[ _-]?delay|retry[ -]after|try again)\W{1,8}(?:(?:in|after) )?(?=\d)"
    r"(?:(\d{1,4})h)?(?:(\d{1,4})m(?!s))?(?:(\d{1,7}(?:\.\d{1,9})?) ?(ms|s))?",
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
    """Returns the fault that an HTTP error names by its status and its message.

    Args:
        status: Of the answer; what an error inside of one amounts to.
        message: What the service says.
        wait_s: When its headers ask to be asked again; else its message may.
    """
    wait_s = wait_s or _wait_in_words(message)
    away = wait_s > _LONGEST_CALL_S
    used_up = bool(_USED_UP.search(message))
    broken = status > 500 or (status == 500 and not _REFUSED_BY_500.search(message))
    if status < 500 and _FILTERED.search(message):
        return NoVerdict("refused", message, REFUSED_CALL)
    if status in {401, 402, 403} or (status == 400 and _NO_ACCESS.search(message)):
        return NoVerdict("access_denied", message, REFUSED_CALL, lasting=True)
    if status != 413 and (status == 429 or used_up):
        return NoVerdict("throttled", message, REFUSED_CALL, wait_s, lasting=used_up or away)
    if broken or status in _RETRIED_STATUS:
        return NoVerdict("unavailable", message, REFUSED_CALL, wait_s, lasting=away)
    if status == 413 or _TOO_LONG.search(message):
        return NoVerdict("truncated", message, REFUSED_CALL)
    if _BROKEN_ANSWER.search(message):
        return NoVerdict("bad_json", message, LOST_CALL)
    lasting = status in {404, 405} or any(p.search(message) for p in (_NO_MODEL, _NO_ROOM))
    return NoVerdict("misconfigured", message, REFUSED_CALL, lasting=lasting)


def status_of(error: Any) -> int:
    """Returns the HTTP status that an error inside an answer amounts to; 500 where none tells.

    Args:
        error: What the service says, its code or status among it.
    """
    for code in (mapping(error).get("code"), mapping(error).get("status")):
        if re.fullmatch(r"[45]\d\d", str(code)):
            return int(str(code))
    words = str(error)
    if _NO_ACCESS.search(words):
        return 401
    if _NO_MODEL.search(words):
        return 404
    return 429 if re.search(r"rate[_ ]?limit|too many requests", words, re.IGNORECASE) else 500


def wait_asked_s(headers: Mapping[str, str]) -> float:
    """Returns the seconds that an answer's headers ask to wait; 0 where they do not.

    Args:
        headers: Names in any case, or all in lower case.

    Source: RFC 9110, Retry-After; Azure OpenAI, ``retry-after-ms``.
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001)):
        if re.fullmatch(r"\d{1,9}(\.\d+)?", value := headers.get(name, "")):
            return float(value) * unit_s
    value = headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,6}(\.\d+)?", value):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def _wait_in_words(message: str) -> float:
    found = _WAIT.search(message)
    if found is None:
        return 0.0
    hours, minutes, count, unit = found.groups()
    seconds = float(count or 0) * (0.001 if unit and unit.lower() == "ms" else 1.0)
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds


def mapping(value: Any) -> Mapping[str, Any]:
    """Returns an object of a reply, empty where something else stands in its place."""
    return value if isinstance(value, Mapping) else {}


def _copied(text: str, user: str) -> bool:
    return "".join(text.split()) in "".join(user.split())
