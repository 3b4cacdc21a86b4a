"""Jobs and runs as JSON, for an executor in another function.

A job carries code and inputs; a run carries values, which are read back by the same bounded
decoder that reads a cage's, since an executor may have been taken over by what it ran.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from touchstone.sandbox import wire
from touchstone.sandbox.types import (
    LEVELS,
    Call,
    CheckJob,
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
    TimedOut,
    Unsupported,
    Usage,
)

JSON = dict[str, Any]


def pack_job(job: Job, limits: Limits, seconds: float) -> JSON:
    """Returns the request that an executor takes: the job, its limits, the seconds it has."""
    packed: JSON = {"code": job.code}
    if isinstance(job, FunctionJob):
        encode = wire.Encoder().encode
        packed |= {
            "kind": "function",
            "entry_point": job.entry_point,
            "calls": [
                [encode(call.args), encode(call.kwargs), call.keep_args] for call in job.calls
            ],
        }
    elif isinstance(job, ProgramJob):
        packed |= {"kind": "program", "stdins": list(job.stdins)}
    else:
        packed |= {
            "kind": "check",
            "entry_point": job.entry_point,
            "checks": job.checks,
            "setup": job.setup,
        }
    bounds = {name: getattr(limits, name) for name in Limits.__slots__}
    return {"job": packed, "limits": bounds, "seconds": seconds}


def unpack_job(request: JSON) -> tuple[Job, Limits, float]:
    """Returns what :func:`pack_job` packed."""
    packed, limits = request["job"], Limits(**request["limits"])
    code, seconds = packed["code"], float(request["seconds"])
    if packed["kind"] == "program":
        return ProgramJob(code, tuple(packed["stdins"])), limits, seconds
    entry_point = packed["entry_point"]
    if packed["kind"] == "check":
        checks = CheckJob(code, entry_point, packed["checks"], packed["setup"])
        return checks, limits, seconds
    decode = wire.Decoder().decode
    calls = tuple(
        Call(decode(args), decode(kwargs), keep) for args, kwargs, keep in packed["calls"]
    )
    return FunctionJob(code, entry_point, calls), limits, seconds


def pack_run(run: Run) -> JSON:
    """Returns the executor's reply."""
    return {
        "outcomes": [_pack_outcome(outcome) for outcome in run.outcomes],
        "load": _pack_outcome(run.load),
        "isolation": [run.isolation.level, list(run.isolation.hardening)],
        "usage": [run.usage.wall_s, run.usage.cpu_s, run.usage.peak_memory_mb],
    }


def unpack_run(reply: JSON) -> Run:
    """Returns what :func:`pack_run` packed.

    Raises:
        WireError: The reply is not one that an honest executor writes.
    """
    try:
        level, hardening = reply["isolation"]
        if level not in LEVELS:
            raise wire.WireError("unknown isolation level")
        return Run(
            outcomes=tuple(_unpack_outcome(outcome) for outcome in reply["outcomes"]),
            load=_unpack_outcome(reply["load"]),
            isolation=Isolation(level, tuple(str(item) for item in hardening)),
            usage=Usage(*(float(number) for number in reply["usage"])),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as exc:
        raise wire.WireError(f"not a run: {type(exc).__name__}") from exc


def _pack_outcome(outcome: Outcome) -> list[Any]:
    match outcome:
        case Returned(value=value, args=args):
            encode = wire.Encoder().encode
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
    "raised": lambda error, message, line: Raised(str(error), str(message), int(line)),
    "timed_out": lambda seconds: TimedOut(float(seconds)),
    "died": lambda cause: Died(str(cause)),
    "unsupported": lambda what: Unsupported(str(what)),
}


def _unpack_outcome(packed: list[Any]) -> Outcome:
    kind, *fields = packed
    if kind == "returned":
        value, args = (wire.Decoder().decode(field) for field in fields)
        return Returned(value, tuple(args))
    return _UNPACK[kind](*fields)
