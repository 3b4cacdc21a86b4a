"""The caged side of a user's grader: loads the file once, calls its function once per row.

Runs inside a cage. It states what the function returned or raised, as plain values; what that
is worth is decided outside, by ``results``.
"""

from __future__ import annotations

import inspect
import random
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from touchstone.usercode.guards import MODULE, namespace

_MESSAGE_CHARS = 500
_FRAMES = 12
_CAPABILITIES = ("judge", "execute", "grade")


class Sample:
    """One row, as a reward function sees it.

    Attributes:
        id: As it came.
        messages: The turns before the completion.
        turns: What was said in them, the system's apart: dicts of ``role``, ``text`` and
            ``tool_calls``.
        system: Text of the system prompt.
        prompt: Text of all of them.
        completion: Text of the last turn, without its thinking and its tool calls.
        thinking: What was removed from the completion as thinking.
        tool_calls: What the last turn calls: dicts of ``name`` and ``arguments``.
        reference: The reference answer, decoded.
        fields: Every other field of the row.
        tools: Tool definitions of the row.
        judge: With the capability ``judge``: asks the judge, see docs/usercode.md.
        execute: With the capability ``execute``: runs code in the sandbox.
        grade: With a capability such as ``grade:code_verification``: grades by that template.
    """

    __slots__ = (
        "completion", "execute", "fields", "grade", "id", "judge", "messages", "prompt",
        "reference", "system", "thinking", "tool_calls", "tools", "turns",
    )  # fmt: skip

    def __init__(self, row: Mapping[str, Any], host: Mapping[str, Callable[..., Any]]) -> None:
        for name, value in row.items():
            setattr(self, name, value)
        for capability in _CAPABILITIES:
            setattr(self, capability, host.get(capability) or _not_handed(capability))

    def __repr__(self) -> str:
        """Returns it with its id alone: a row can be long."""
        return f"Sample(id={self.id!r})"


def _not_handed(capability: str) -> Callable[..., Any]:
    named = "grade:TEMPLATE" if capability == "grade" else capability

    def missing(*_args: Any, **_kwargs: Any) -> Any:
        raise PermissionError(
            f'sample.{capability} needs capabilities = ["{named}"] in graders.toml'
        )

    return missing


def begin(
    spec: Mapping[str, Any], host: Mapping[str, Callable[..., Any]]
) -> Callable[[Any], list[Any]]:
    """Loads a user's file and returns what grades one row.

    Args:
        spec: ``text``, ``path``, ``form``, ``function`` and ``restricted``.
        host: Capability to the function that has the grader perform it.

    Returns:
        A function of the row (as ``rows`` shapes it for the form) that answers
        ``["value", what was returned]``, ``["unreadable"]`` for what is no row, or
        ``["raised", phase, type, message, frames]``, whose phase is ``call``, or ``load`` every
        time where loading failed.
    """
    path = spec["path"]
    try:
        function = _load(spec)
    except BaseException as exc:  # noqa: BLE001 - the outcome of the user's own code
        failed = _raised("load", exc, path)
        return lambda _row: failed
    call = _FORMS[spec["form"]]

    def grade(row: Any) -> list[Any]:
        random.seed(0)  # the same row, the same reward, whatever was graded before it
        if "numpy.random" in sys.modules:
            sys.modules["numpy.random"].seed(0)
        if not isinstance(row, dict):
            return ["unreadable"]
        try:
            return ["value", _awaited(call(function, row, host))]
        except BaseException as exc:  # noqa: BLE001 - likewise
            return _raised("call", exc, path)

    return grade


def _awaited(value: Any) -> Any:
    """Returns what an async function comes to."""
    if type(value) is not types.CoroutineType:
        return value
    import asyncio  # only where there is one: it is not small

    return asyncio.run(value)


def _load(spec: Mapping[str, Any]) -> Callable[..., Any]:
    path = spec["path"]
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    code: Any = spec["text"]
    if spec["restricted"]:
        from touchstone.usercode.policy_check import check_policy

        code, violations = check_policy(code, path)
        if violations:
            raise SyntaxError(f"line {violations[0].line}: {violations[0]}")
        module.__dict__.update(namespace(path))
    else:
        module.__dict__["__file__"] = path
    exec(compile(code, path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    function = module.__dict__.get(spec["function"])
    if not callable(function):
        raise TypeError(f"{spec['function']} is no function")
    return function


def _reward(function: Callable[..., Any], row: dict[str, Any], host: Mapping[str, Any]) -> Any:
    return function(Sample(row, host))


class Context:
    """What a function of Lambda's is handed beside its event; the same for every row.

    Attributes:
        function_name: Of no real function.
        aws_request_id: Of no real request.
        memory_limit_in_mb: What a function has by default.
    """

    function_name = invoked_function_arn = "touchstone"
    function_version = "$LATEST"
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    memory_limit_in_mb = 128
    log_group_name = log_stream_name = ""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Returns milliseconds that are always left; the row's own limit ends what takes longer."""
        return 10_000


def _event(function: Callable[..., Any], row: dict[str, Any], _host: Mapping[str, Any]) -> Any:
    return function(row["event"], Context())


def _columns(function: Callable[..., Any], row: dict[str, Any], _host: Mapping[str, Any]) -> Any:
    parameters = inspect.signature(function).parameters.values()
    columns = {name: [value] for name, value in row.items()}
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        wanted = {p.name for p in parameters}
        columns = {name: value for name, value in columns.items() if name in wanted}
    missing = [p.name for p in parameters if p.default is p.empty and p.name not in columns
               and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]  # fmt: skip
    if missing:
        raise LookupError(f"the row has no column {missing[0]!r}")
    return function(**columns)


def _by_name(function: Callable[..., Any], row: dict[str, Any], host: Mapping[str, Any]) -> Any:
    parameters = inspect.signature(function).parameters
    handed = {
        name: host.get(name) or _not_handed(name)
        for name in _CAPABILITIES
        if name in parameters
        and (name in host or parameters[name].default is inspect.Parameter.empty)
    }
    if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        row = {name: value for name, value in row.items() if name in parameters}
    return function(**row, **handed)


_FORMS: dict[str, Callable[..., Any]] = {
    "reward": _reward,
    "reward_function": _event,
    "lambda_handler": _event,
    "columns": _columns,
    "grade": _by_name,
    "compute_score": _by_name,
}


def _raised(phase: str, exc: BaseException, path: str) -> list[Any]:
    """Returns an exception as an answer: its type, its text and the frames in the user's file."""
    frames: list[list[Any]] = []
    trace = exc.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == path:
            frames.append([trace.tb_lineno, code.co_name])
        trace = trace.tb_next
    if isinstance(exc, SyntaxError) and exc.filename == path and exc.lineno:
        frames.append([exc.lineno, "<module>"])
    try:
        message = str(exc)[:_MESSAGE_CHARS]
    except BaseException:  # noqa: BLE001 - a hostile __str__
        message = ""
    return ["raised", phase, type(exc).__name__, str.__str__(message), frames[-_FRAMES:]]
