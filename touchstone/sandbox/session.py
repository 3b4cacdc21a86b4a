"""A cage with code loaded once, called many times: what every job rests on."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from touchstone.deadline import Deadline
from touchstone.outcomes import DeadlineExceeded, SandboxFault
from touchstone.sandbox import codec
from touchstone.sandbox.types import (
    Call,
    Died,
    Isolation,
    Limits,
    Outcome,
    Raised,
    Returned,
    Step,
    TimedOut,
    Unsupported,
    Usage,
)
from touchstone.sandbox.zygotes import Child

# A candidate that keeps hanging or dying gets this many fresh cages for its later calls.
MAX_CAGES = 12
# Idle cages that may turn out to be dead before we give up.
MAX_DEAD = 4
CONFINE_S = 15.0
_LENGTH = struct.Struct("=I")
_T = TypeVar("_T")
_DECODER = codec.Decoder()
_EARLIER = Raised("RuntimeError", "an earlier step of the test failed")
# Performed by the parent for caged code: gets the arguments, returns a plain value, or
# ``Raised`` to raise it there. An exception of its own ends the cage and reaches the caller.
Host = Callable[..., Any]


# A confined cage, what holds it, and the limits it has to set itself.
Taken = tuple[Child, Isolation, list[tuple[int, int]]]


class Cages(Protocol):
    """Where a session gets its cages from."""

    def take(self, limits: Limits) -> Taken:
        """Returns a confined cage, what holds it, and the limits it has to set itself."""
        ...

    def end(self, child: Child, wait: bool) -> int:
        """Kills a cage; waits for its wait status if asked to, else returns 0."""
        ...

    def count(self, cpu_s: float) -> None:
        """Is told what a cage used that is about to end."""
        ...


class _CageClosed(Exception):
    """The cage closed its socket or broke the protocol."""


class _ReceiveTimeout(Exception):
    """The moment to wait for has passed."""


class Channel:
    """The parent's end of a cage's socket; never blocks on a cage that does not read."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._limits = limits
        self._out = bytearray()
        self._in = bytearray()
        self._total = 0
        self._poll = select.poll()
        self._wanted = 0

    def begin(self) -> None:
        """Starts the count of bytes anew."""
        self._total = 0

    def send(self, message: list[Any]) -> None:
        """Queues a message and sends what the socket takes now."""
        data = codec.dump(message)
        self._out += _LENGTH.pack(len(data)) + data
        self._flush()

    def _flush(self) -> None:
        try:
            while self._out:
                sent = self._sock.send(memoryview(self._out)[: 1 << 20])
                del self._out[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._out.clear()  # it died: reading will tell

    def receive(self, until: float) -> list[Any]:
        """Returns the next message.

        Raises:
            _ReceiveTimeout: None came by the monotonic time ``until``.
            _CageClosed: The cage is gone, said too much, or said what no cage of ours says.
        """
        head = _LENGTH.size
        while len(self._in) < head:
            self._wait(until)
        (size,) = _LENGTH.unpack_from(self._in)
        if size > self._limits.frame_bytes:
            raise _CageClosed("output")
        while len(self._in) < head + size:
            self._wait(until)
        message = bytes(memoryview(self._in)[head : head + size])
        del self._in[: head + size]
        try:
            return codec.load(message)
        except codec.CodecError as exc:
            raise _CageClosed("protocol") from exc

    def _wait(self, until: float) -> None:
        """Takes in what comes next."""
        wait = until - time.monotonic()
        if wait <= 0:
            raise _ReceiveTimeout
        if self._out:
            self._flush()
        wanted = select.POLLIN | (select.POLLOUT if self._out else 0)
        if wanted != self._wanted:
            self._wanted = wanted
            self._poll.register(self._sock, wanted)
        self._poll.poll(min(math.ceil(wait * 1000), 60_000) if wait < math.inf else 60_000)
        try:
            part = self._sock.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError as exc:
            raise _CageClosed("exit") from exc
        if not part:
            raise _CageClosed("exit")
        self._total += len(part)
        if self._total > self._limits.total_bytes:
            raise _CageClosed("output")
        self._in += part


class Session:
    """Code loaded once in a cage, whose functions are called from outside.

    A call that times out or kills the cage ends that cage; the next call gets a fresh one, with
    the code loaded again and nothing of its state. Use as a context manager, from one thread.

    Attributes:
        load: What loading the code did, ``Returned(None)`` when it went well.
        isolation: What holds the cage.
        deadline: When the work must end; may be moved between calls.
    """

    def __init__(
        self,
        cages: Cages,
        code: str,
        limits: Limits,
        deadline: Deadline,
        host: Mapping[str, Host] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._cages = cages
        self._limits = limits
        self.deadline = deadline
        self._host = dict(host or {})
        self._load_request = [
            "load",
            code,
            {"frame_bytes": limits.frame_bytes, "host": list(self._host), **(options or {})},
        ]
        self._encoder = codec.Encoder()
        self._started = time.monotonic()
        self._wall_end = self._started + limits.wall_s
        self._child: Child | None = None
        self._channel: Channel
        self._used = Usage(0.0, 0.0, 0.0)
        self._left = MAX_CAGES
        self.isolation: Isolation
        self.load: Outcome = self._open()

    def __enter__(self) -> Session:
        """Returns the session, to be closed when the block ends."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Kills the cage."""
        self.close()

    def call(self, name: str, *args: Any, **kwargs: Any) -> Outcome:
        """Calls ``name`` with plain values and returns how it ended.

        Raises:
            SandboxFault: We could not run it.
            DeadlineExceeded: The deadline came before the limits did.
        """
        (outcome,) = self.calls(name, (Call(args, kwargs),))
        return outcome

    def calls(self, name: str, calls: Iterable[Call], *, stop: bool = False) -> list[Outcome]:
        """Calls ``name`` once per call; outcomes in order."""
        requests = (
            (
                "call",
                name,
                [self._encoder.encode(arg) for arg in call.args],
                self._encoded(call.kwargs),
                call.keep_args,
            )
            for call in calls
        )
        return self._all(requests, stop)

    def programs(self, stdins: Iterable[str], *, stop: bool = False) -> list[Outcome]:
        """Runs code that was loaded as a program once per input; a value is what it wrote."""
        outcomes = self._all((("program", stdin) for stdin in stdins), stop)
        return [
            Died("protocol") if isinstance(o, Returned) and type(o.value) is not str else o
            for o in outcomes
        ]

    def _all(self, requests: Iterable[tuple[Any, ...]], stop: bool) -> list[Outcome]:
        """Sends requests in order; with ``stop``, none after one that returned nothing."""
        outcomes: list[Outcome] = []
        failed = False
        for request in requests:
            outcomes.append(_EARLIER if failed else self.request(*request))
            failed = stop and not isinstance(outcomes[-1], Returned)
        return outcomes

    def steps(self, steps: Iterable[Step]) -> list[Outcome]:
        """Takes the steps of a test in order; none is taken after one that failed."""
        outcomes: list[Outcome] = []
        failed: Outcome | None = None if isinstance(self.load, Returned) else self.load
        for step in steps:
            outcome = failed or self.request(
                "step", step.source, self._encoded(step.given), step.asked
            )
            if not isinstance(outcome, Returned):
                failed = failed or _EARLIER
            outcomes.append(outcome)
        return outcomes

    def request(self, *request: Any) -> Outcome:
        """Sends one request of ``runtime.py`` and waits for how it ended.

        What comes later is not sent before: a candidate could read it off its socket, and an
        input of one test is often what another one expects.
        """
        failed = self.ensure_open()
        if failed is not None:
            return failed
        self._channel.begin()
        self._channel.send(list(request))
        return self._outcome()

    def _encoded(self, named: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._encoder.encode(value) for name, value in named.items()}

    def usage(self) -> Usage:
        """Returns what the session's cages used so far, as the kernel counted it."""
        cpu, memory = self._used.cpu_s, self._used.peak_memory_mb
        if self._child is not None:
            cpu_now, memory_now = _read_usage(self._child.pid)
            cpu, memory = cpu + cpu_now, max(memory, memory_now)
        return Usage(time.monotonic() - self._started, cpu, memory)

    @property
    def pid(self) -> int:
        """The cage's process, 0 while there is none."""
        return self._child.pid if self._child else 0

    def close(self) -> None:
        """Kills the cage."""
        if self._child is not None:
            self._end()

    def _open(self) -> Outcome:
        self._left -= 1
        waited = time.monotonic()
        for _ in range(MAX_DEAD):
            self._child, self.isolation, own_limits = self._cages.take(self._limits)
            self._channel = Channel(self._child.sock, self._limits)
            self._channel.send(["limits", own_limits])
            self._channel.send(self._load_request)
            if self._confined():
                # Making a cage is our time, not the candidate's.
                self._wall_end += time.monotonic() - waited
                return self._outcome()
        raise SandboxFault("no cage could be confined")

    def _confined(self) -> bool:
        """Waits for the cage to be ready; false if it died while idle, before it read any code."""
        try:
            ready = self._channel.receive(self.deadline.within(CONFINE_S).at)[:2] == ["v", None]
        except (_CageClosed, _ReceiveTimeout):
            ready = False
        if not ready:
            self.close()
            if self.deadline.left() <= 0:
                raise DeadlineExceeded("the call's time ran out in the sandbox")
        return ready

    def ensure_open(self) -> Outcome | None:
        """Makes sure that code is loaded; returns what stands in for calls otherwise."""
        if not isinstance(self.load, Returned):
            return self.load
        if self._child is not None:
            return None
        if self.deadline.left() <= 0:
            raise DeadlineExceeded("the call's time ran out in the sandbox")
        if time.monotonic() >= self._wall_end:
            return TimedOut(self._limits.wall_s)
        if self._left <= 0 and self._limits.wall_s < math.inf:
            return Died("too many restarts")
        again = self._open()
        return None if isinstance(again, Returned) else again

    def tell(self, *request: Any) -> None:
        """Sends one request that is not answered."""
        self._channel.send(list(request))

    def died(self) -> Died:
        """Ends the cage; returns how it had ended by itself."""
        return Died(self._cause("exit"))

    def _outcome(self) -> Outcome:
        """Waits for one reply, serving the cage's calls of the host meanwhile."""
        return self._guarded(self._served)

    def _served(self) -> Outcome:
        budget = self._limits.call_s
        while True:
            start = time.monotonic()
            message = self._receive(budget)
            if message[0] != "h":
                return _outcome_of(message)
            # The cage's clock stands still while we work for it.
            budget -= time.monotonic() - start
            self._serve(message)

    def _guarded(self, wait: Callable[[], _T]) -> _T | Outcome:
        """Waits for a cage; returns how it ended where it did not answer."""
        try:
            return wait()
        except _ReceiveTimeout:
            if self.deadline.left() <= 0:
                self._end()
                raise DeadlineExceeded("the call's time ran out in the sandbox") from None
            self._end()
            return TimedOut(min(self._limits.call_s, self._limits.wall_s))
        except (_CageClosed, codec.CodecError) as exc:
            return Died(self._cause(str(exc) if isinstance(exc, _CageClosed) else "protocol"))
        except BaseException:
            self._end()
            raise

    def _cause(self, seen: str) -> str:
        """Ends the cage; returns why it closed its socket, or else what was seen."""
        status = self._end(wait=True)
        if seen == "exit" and os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return "killed" if number == signal.SIGKILL else f"signal {number}"
        return seen

    def _receive(self, budget: float) -> list[Any]:
        until = min(time.monotonic() + budget, self._wall_end, self.deadline.at)
        return self._channel.receive(until)

    def _serve(self, message: list[Any]) -> None:
        try:
            _verb, name, args, kwargs = message
            function = self._host[name]
            given = [_DECODER.decode(arg) for arg in args]
            named = {key: _DECODER.decode(value) for key, value in kwargs.items()}
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            raise _CageClosed("protocol") from exc
        result = function(*given, **named)
        if isinstance(result, Raised):
            self._channel.send(["reply", "r", result.error, result.message])
        elif isinstance(result, Returned):
            changed = [self._encoder.encode(arg) for arg in result.args]
            self._channel.send(["reply", "v", self._encoder.encode(result.value), changed])
        else:
            self._channel.send(["reply", "v", self._encoder.encode(result), []])

    def _end(self, wait: bool = False) -> int:
        child, self._child = self._child, None
        if child is None:
            return 0
        cpu, memory = _read_usage(child.pid)
        self._used = Usage(0.0, self._used.cpu_s + cpu, max(self._used.peak_memory_mb, memory))
        self._cages.count(cpu)
        return self._cages.end(child, wait)


def _outcome_of(message: list[Any]) -> Outcome:
    match message:
        case ["v", value]:
            return Returned(_DECODER.decode(value))
        case ["v", value, list(args)]:
            return Returned(_DECODER.decode(value), tuple(_DECODER.decode(arg) for arg in args))
        case ["r", str(error), str(text), int(line)]:
            return Raised(error[:100], text[:500], line)
        case ["u", str(what)]:
            return Unsupported(what[:100])
        case ["d", str(cause)]:
            return Died(cause[:100])
    raise _CageClosed("protocol")


def _read_usage(pid: int) -> tuple[float, float]:
    """Returns CPU seconds and peak MiB of a process, zeros where there is no /proc."""
    cpu = memory = 0.0
    with contextlib.suppress(OSError, ValueError, IndexError):
        cpu = int(_read(f"/proc/{pid}/schedstat").split()[0]) / 1e9
    with contextlib.suppress(OSError, ValueError, IndexError):
        memory = int(_read(f"/proc/{pid}/status").partition(b"VmHWM:")[2].split()[0]) / 1024
    return cpu, memory


def _read(path: str) -> bytes:
    with Path(path).open("rb", buffering=0) as file:
        return file.read()
