"""Reserved concurrency for the emulator, by AWS's rule, which its CloudFormation leaves out.

What a function reserves is its own and its most, whichever version or alias is called, and comes
off what the account's other functions share. Runs in the emulator's own Python.
Source: Lambda developer guide, "Configuring reserved concurrency for a function".
"""

import os
from typing import Any

from ministack.services import (  # pyright: ignore[reportMissingImports]
    lambda_svc,
)

# The emulator's own default goes by the memory of the machine; AWS's is a thousand.
_LIMIT = int(os.environ.get("LAMBDA_ACCOUNT_CONCURRENCY", "1000"))


def install(handlers: dict[str, dict[str, Any]]) -> None:
    """Lets the emulator's functions keep what their templates reserve."""
    made = handlers["AWS::Lambda::Function"]
    create, update = made["create"], made["update"]

    def creating(logical_id: str, props: dict[str, Any], *more: Any, **named: Any) -> Any:
        return _reserve(create(logical_id, props, *more, **named), props)

    def updating(physical_id: str, old: Any, props: dict[str, Any], *more: Any, **kw: Any) -> Any:
        return _reserve(update(physical_id, old, props, *more, **kw), props)

    made["create"], made["update"] = creating, updating
    lambda_svc._acquire_execution_slot = _acquire


def _reserve(answer: Any, props: dict[str, Any]) -> Any:
    reserved = props.get("ReservedConcurrentExecutions")
    record = lambda_svc._functions[props["FunctionName"]]
    record["concurrency"] = None if reserved is None else int(reserved)
    return answer


def _acquire(func: dict[str, Any], config: dict[str, Any]) -> tuple[str | None, str | None]:
    key = lambda_svc._inflight_key(config)
    records = {name: record["concurrency"] for name, record in lambda_svc._functions.items()}
    reserved = records.get(config["FunctionName"])
    with lambda_svc._inflight_lock:
        running = lambda_svc._inflight
        if reserved is not None:
            full = running.get(key, 0) >= reserved
        else:
            pool = _LIMIT - sum(filter(None, records.values()))
            kept = {name for name, own in records.items() if own is not None}
            full = sum(n for k, n in running.items() if k.rpartition(":")[2] not in kept) >= pool
        if full:
            return None, "account" if reserved is None else "function"
        running[key] = running.get(key, 0) + 1
        lambda_svc._inflight_total += 1
    return key, None
