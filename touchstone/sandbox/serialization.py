"""Jobs and runs as JSON, for an executor in another function.

A job carries code and inputs; a run carries values, which are read back by the same bounded
decoder that reads a cage's, since an executor may have been taken over by what it ran.

A reply is ASCII JSON inside a JSON string: Lambda's runtime would write a candidate's lone
surrogate as UTF-8, which cannot be done, and the row would be lost.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, get_args

from touchstone.invoking import MAX_BYTES
from touchstone.outcomes import Blame, GradingError
from touchstone.sandbox import codec
from touchstone.sandbox.types import (
    LEVELS,
    Call,
    CheckJob,
    Database,
    Died,
    FunctionJob,
    Isolation,
    Job,
    Limits,
    Outcome,
    ProgramJob,
    Raised,
    Returned,
    Run,
    ScriptJob,
    SqlJob,
    Step,
    TimedOut,
    Unsupported,
    Usage,
)

JSON = dict[str, Any]
_MAX_TEXT = 500
_MALFORMED = (KeyError, TypeError, ValueError, OverflowError, RecursionError)


class Faulted(Exception):
    """The executor's own word that it could not run a job.

    Attributes:
        kind: One of the outcomes' fault kinds, if the executor is honest.
        detail: What happened.
        blame: Who may have caused it.
    """

    def __init__(self, kind: str, detail: str, blame: Blame) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.blame: Blame = blame


def pack_jobs(work: Sequence[tuple[str, float]]) -> bytes:
    """Returns the request that an executor takes: jobs as JSON, and the seconds each has."""
    each = (f'{{"seconds":{seconds:.3f},"work":{text}}}' for text, seconds in work)
    return f'{{"jobs":[{",".join(each)}]}}'.encode()


def unpack_jobs(request: JSON) -> list[tuple[Job, Limits, float]]:
    """Returns what :func:`pack_jobs` packed."""
    return [(*unpack_work(one["work"]), float(one["seconds"])) for one in request["jobs"]]


def unpack_replies(reply: JSON, jobs: int) -> list[JSON | None]:
    """Returns an executor's reply to each job, ``None`` for one that it did not begin.

    Raises:
        CodecError: There is not one for each, or none for the first, which has to be run.
    """
    replies = reply.get("runs")
    if type(replies) is not list or len(replies) != jobs or replies[0] is None:
        raise codec.CodecError("not one reply for each job")
    if not all(one is None or type(one) is dict for one in replies):
        raise codec.CodecError("a reply that is none")
    return replies


def pack_work(job: Job, limits: Limits) -> JSON:
    """Returns a job and its limits."""
    packed: JSON = {"code": job.code}
    if isinstance(job, FunctionJob):
        encode = codec.Encoder().encode
        packed |= {
            "kind": "function",
            "entry_point": job.entry_point,
            "calls": [
                [encode(call.args), encode(call.kwargs), call.keep_args] for call in job.calls
            ],
            "stop": job.stop_at_failure,
        }
    elif isinstance(job, ScriptJob):
        encode = codec.Encoder().encode
        steps = [[s.source, encode(s.given), s.asked] for s in job.steps]
        packed |= {"kind": "script", "steps": steps}
    elif isinstance(job, ProgramJob):
        packed |= {"kind": "program", "stdins": list(job.stdins), "stop": job.stop_at_failure}
    elif isinstance(job, SqlJob):
        databases = [[database.setup, database.check] for database in job.databases]
        packed |= {"kind": "sql", "databases": databases}
    else:
        packed |= {
            "kind": "check",
            "entry_point": job.entry_point,
            "checks": job.checks,
            "setup": job.setup,
            "stop": job.stop_at_failure,
        }
    bounds = {name: getattr(limits, name) for name in Limits.__slots__}
    return {"job": packed, "limits": bounds}


def unpack_work(work: JSON) -> tuple[Job, Limits]:
    """Returns what :func:`pack_work` packed."""
    return _unpack_job(work["job"]), Limits(**work["limits"])


def _unpack_job(packed: JSON) -> Job:
    code = packed["code"]
    if packed["kind"] == "program":
        return ProgramJob(code, tuple(packed["stdins"]), packed["stop"])
    if packed["kind"] == "sql":
        return SqlJob(code, tuple(Database(*d) for d in packed["databases"]))
    decode = codec.Decoder().decode
    if packed["kind"] == "script":
        steps = tuple(
            Step(source, decode(given), asked) for source, given, asked in packed["steps"]
        )
        return ScriptJob(code, steps)
    entry_point = packed["entry_point"]
    if packed["kind"] == "check":
        return CheckJob(code, entry_point, packed["checks"], packed["setup"], packed["stop"])
    calls = tuple(
        Call(decode(args), decode(kwargs), keep) for args, kwargs, keep in packed["calls"]
    )
    return FunctionJob(code, entry_point, calls, packed["stop"])


def pack_run(run: Run) -> JSON:
    """Returns an executor's reply to one job.

    Outcomes beyond what Lambda carries are the candidate's doing, as output beyond what a
    cage may send is.
    """
    packed: list[Any] = []
    size = len(dump(_pack_outcome(run.load)))
    for outcome in run.outcomes:
        item = _pack_outcome(outcome)
        # Quoted once more as a whole, which at worst doubles it.
        size += 2 * len(dump(item))
        packed.append(item if size < MAX_BYTES else _pack_outcome(Died("output")))
    return {
        "outcomes": packed,
        "load": _pack_outcome(run.load),
        "isolation": pack_isolation(run.isolation),
        "usage": [run.usage.wall_s, run.usage.cpu_s, run.usage.peak_memory_mb],
    }


def pack_isolation(isolation: Isolation) -> list[Any]:
    """Returns what holds candidates, as part of a reply."""
    return [isolation.level, list(isolation.hardening)]


def pack_fault(fault: GradingError) -> JSON:
    """Returns the reply of an executor that could not run the job."""
    return {"fault": [fault.kind, str(fault), fault.blame]}


def unpack_run(reply: JSON) -> Run:
    """Returns what :func:`pack_run` packed.

    Raises:
        Faulted: The executor says that it could not run the job.
        CodecError: The reply is not one that an honest executor writes.
    """
    try:
        if "fault" in reply:
            kind, detail, blame = reply["fault"]
            if blame not in get_args(Blame):
                raise codec.CodecError("nobody's fault")
            raise Faulted(str(kind), str(detail)[:_MAX_TEXT], blame)
        usage = Usage(*(float(number) for number in reply["usage"]))
        if not all(map(math.isfinite, (usage.wall_s, usage.cpu_s, usage.peak_memory_mb))):
            raise codec.CodecError("usage that is no number")
        return Run(
            outcomes=tuple(_unpack_outcome(outcome) for outcome in reply["outcomes"]),
            load=_unpack_outcome(reply["load"]),
            isolation=unpack_isolation(reply["isolation"]),
            usage=usage,
        )
    except codec.CodecError:
        raise
    except _MALFORMED as exc:
        raise codec.CodecError(f"not a run: {type(exc).__name__}") from exc


def unpack_isolation(packed: Any) -> Isolation:
    """Returns what :func:`pack_isolation` packed.

    Raises:
        CodecError: The level is none that there is.
    """
    try:
        level, hardening = packed
        if level not in LEVELS:
            raise codec.CodecError("unknown isolation level")
        return Isolation(level, tuple(str(item)[:_MAX_TEXT] for item in hardening))
    except (TypeError, ValueError) as exc:
        raise codec.CodecError(f"no isolation: {type(exc).__name__}") from exc


def dump(value: Any) -> str:
    """Returns JSON in ASCII."""
    return json.dumps(value, separators=(",", ":"))


def load(body: bytes) -> JSON:
    """Returns the reply in the body of an invocation.

    Raises:
        CodecError: It is none.
    """
    try:
        reply = json.loads(json.loads(body))
    except (TypeError, ValueError, RecursionError) as exc:
        raise codec.CodecError(f"not a reply: {type(exc).__name__}") from exc
    if type(reply) is not dict:
        raise codec.CodecError("not a reply")
    return reply


def _pack_outcome(outcome: Outcome) -> list[Any]:
    match outcome:
        case Returned(value=value, args=args):
            encode = codec.Encoder().encode
            return ["returned", encode(value), encode(args)]
        case Raised(error=error, message=message, line=line):
            return ["raised", error, message, line]
        case TimedOut(seconds=seconds):
            return ["timed_out", seconds]
        case Died(cause=cause):
            return ["died", cause]
        case Unsupported(what=what):
            return ["unsupported", what]


_UNPACK: dict[str, Callable[..., Outcome]] = {
    "raised": lambda error, message, line: Raised(
        str(error)[:100], str(message)[:_MAX_TEXT], int(line)
    ),
    "timed_out": lambda seconds: TimedOut(float(seconds)),
    "died": lambda cause: Died(str(cause)[:100]),
    "unsupported": lambda what: Unsupported(str(what)[:100]),
}


def _unpack_outcome(packed: Sequence[Any]) -> Outcome:
    kind, *fields = packed
    if kind == "returned":
        value, args = (codec.Decoder().decode(field) for field in fields)
        if type(args) is not tuple:
            raise codec.CodecError("arguments that are no tuple")
        return Returned(value, args)
    return _UNPACK[kind](*fields)
