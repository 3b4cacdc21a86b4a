"""The parent's handle on a zygote: take a cage, end a cage, notice when the zygote is gone."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from touchstone.outcomes import SandboxFault
from touchstone.sandbox.types import Isolation, Level, Limits

READY = 2
START_S = 60.0
LIBRARIES_START_S = 300.0
ANSWER_S = 15.0
# Where a zygote is root, each cage gets a user of its own, from here on (``zygote.USERS``). No
# system hands these out. Source: systemd's "Users, Groups, UIDs and GIDs".
FIRST_USER = 60706
# What the kernel takes as a limit, and more than any machine has.
_MOST = 2**62
_SINGLE, _JOINED = b"F", b"J"
_COMMAND = struct.Struct("=cq")
_REPLY = struct.Struct("=cqq")
_LENGTH = struct.Struct("=I")


@dataclass(frozen=True, slots=True)
class Warmth:
    """What a zygote holds before it forks.

    Attributes:
        preload: Modules to import, beyond the standard library.
        warm: Trusted code to run once, for example to fill a parser's caches.
        libraries: Folder of installed libraries, every one of which is imported.
        databases: Candidates may import ``sqlite3``, where the kernel denies them files.
    """

    preload: tuple[str, ...] = ()
    warm: str = ""
    libraries: str = ""
    databases: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """A forked cage, idle until its first request."""

    pid: int
    sock: socket.socket


class Zygote:
    """One zygote process; every method may be called from any thread.

    Raises:
        SandboxFault: It could not be started.
    """

    def __init__(self, warmth: Warmth, ceiling: Level) -> None:
        self.owner = os.getpid()
        self._lock = threading.Lock()
        # What is forked ahead, by the command for it: single ones, and joined pairs once asked for.
        self._ready: dict[bytes, deque[Child]] = {_SINGLE: deque(), _JOINED: deque()}
        self._coming = dict.fromkeys(self._ready, 0)
        self._wanted = {_SINGLE: READY, _JOINED: 0}
        self._ended: dict[int, int] = {}
        environment = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
        if not warmth.libraries:  # which may name functions that they never call
            environment["LD_BIND_NOW"] = "1"  # looked up once, not in each cage
        for name in ("LD_LIBRARY_PATH", "PYTHONHOME"):
            if name in os.environ:
                environment[name] = os.environ[name]
        try:
            self._start(environment)
        except OSError as exc:
            raise _not_started(exc) from exc
        try:
            hello = self._greet(warmth, ceiling)
        except OSError as exc:
            self.close()
            raise _not_started(exc) from exc
        if hello["error"]:
            self.close()
            raise SandboxFault(f"the sandbox did not start: {hello['error']}", blame="ours")
        self.isolation = _isolation(hello)
        self._base_bytes = _virtual_bytes(self._process.pid)

    def _start(self, environment: dict[str, str]) -> None:
        script = str(Path(__file__).with_name("zygote.py"))
        self._control, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603
                    [sys.executable, "-s", "-S", "-P", "-B", script, str(theirs.fileno())],
                    env=environment,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            except OSError:
                self._control.close()
                raise

    def _greet(self, warmth: Warmth, ceiling: Level) -> dict[str, object]:
        self._control.settimeout(LIBRARIES_START_S if warmth.libraries else START_S)
        paths = [path for path in sys.path if path] if warmth.preload or warmth.warm else []
        config = {
            "uid": FIRST_USER,
            "seccomp": "seccomp" in ceiling,
            "landlock": "landlock" in ceiling,
            "paths": paths,
            "preload": list(warmth.preload),
            "warm": warmth.warm,
            "libraries": warmth.libraries,
            "databases": warmth.databases,
            "zones": _home_of("tzdata"),
        }
        data = json.dumps(config).encode()
        self._control.sendall(_LENGTH.pack(len(data)) + data)
        (size,) = _LENGTH.unpack(self._receive(_LENGTH.size))
        hello = json.loads(self._receive(size))
        self._control.settimeout(ANSWER_S)
        return hello

    def _receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._control.recv(size - len(data))
            if not part:
                raise ConnectionError("the zygote is gone")
            data += part
        return data

    def take(self) -> Child:
        """Returns an idle cage.

        Raises:
            OSError: The zygote is gone or does not answer.
        """
        (child,) = self._take(_SINGLE, 1)
        return child

    def take_joined(self) -> tuple[Child, Child]:
        """Returns two idle cages with a line to each other.

        Raises:
            OSError: The zygote is gone or does not answer.
        """
        with self._lock:
            self._wanted[_JOINED] = 2  # from now on one pair is kept ready
        one, other = self._take(_JOINED, 2)
        return one, other

    def _take(self, kind: bytes, count: int) -> list[Child]:
        with self._lock:
            ready = self._ready[kind]
            self._refill(kind, count)
            while len(ready) < count:
                self._answer()
            return [ready.popleft() for _ in range(count)]

    def end(self, child: Child, wait: bool) -> int:
        """Kills a cage, then has the idle ones made up for; the next candidate need not wait.

        Args:
            child: The cage.
            wait: Wait for it to be gone and return its wait status, else return 0.

        Raises:
            OSError: The zygote is gone or does not answer.
        """
        with self._lock:
            self._control.sendall(_COMMAND.pack(b"K" if wait else b"k", child.pid))
            child.sock.close()
            for kind, wanted in self._wanted.items():
                self._refill(kind, wanted)
            while wait and child.pid not in self._ended:
                self._answer()
            return self._ended.pop(child.pid, 0)

    def _refill(self, kind: bytes, wanted: int) -> None:
        while self._coming[kind] + len(self._ready[kind]) < wanted:
            self._control.sendall(_COMMAND.pack(kind, 0))
            self._coming[kind] += 1 if kind == _SINGLE else 2

    def _answer(self) -> None:
        """Reads one reply of the zygote, whoever it is for."""
        data, descriptors, _flags, _address = socket.recv_fds(self._control, _REPLY.size, 1)
        if len(data) != _REPLY.size:
            raise ConnectionError("the zygote is gone")
        verb, pid, status = _REPLY.unpack(data)
        if verb == b"X":
            self._ended[pid] = status
            return
        self._coming[verb] -= 1
        if not descriptors:
            raise ConnectionError("the system does not pass descriptors")
        self._ready[verb].append(Child(pid, socket.socket(fileno=descriptors[0])))

    def confine(self, child: Child, limits: Limits) -> list[tuple[int, int]]:
        """Sets a cage's limits from outside; returns those that it has to set itself.

        A root without CAP_SYS_RESOURCE (a container's) may not limit another user's process,
        and macOS has no such call; there the cage limits itself before it reads any code, which
        it cannot undo either.
        """
        import resource

        memory = (self._base_bytes + limits.memory_mb * 2**20) if self._base_bytes else -1
        cpu = math.ceil(limits.wall_s) + 2 if math.isfinite(limits.wall_s) else -1
        wanted = [("NOFILE", 0), ("NPROC", 0), ("FSIZE", 0), ("CORE", 0), ("MSGQUEUE", 0)]
        wanted += [("MEMLOCK", 0), ("AS", memory), ("CPU", cpu)]
        known = [
            (getattr(resource, f"RLIMIT_{name}"), min(value, _MOST))
            for name, value in wanted
            if value >= 0 and hasattr(resource, f"RLIMIT_{name}")
        ]
        try:
            for name, value in known:
                resource.prlimit(child.pid, name, (value, value))
        except (AttributeError, OSError):
            return known
        return []

    def close(self) -> None:
        """Ends the zygote and, through it, every cage."""
        self._control.close()
        for child in (child for ready in self._ready.values() for child in ready):
            child.sock.close()
        if self.owner != os.getpid():
            return  # a forked copy of the parent: the zygote is not ours to end
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _not_started(exc: OSError) -> SandboxFault:
    told = f"the sandbox did not start: {type(exc).__name__}: {exc}"
    return SandboxFault(told, blame="ours")


def _home_of(package: str) -> str:
    """Returns the folder that an installed package lies in, ``""`` where there is none."""
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # a finder may say so where others find nothing
        spec = None
    return str(Path(spec.origin).parents[1]) if spec and spec.origin else ""


def kill_orphan(child: Child) -> None:
    """Kills a cage whose zygote is gone."""
    child.sock.close()
    with contextlib.suppress(OSError):
        os.kill(child.pid, signal.SIGKILL)


def _isolation(hello: dict[str, object]) -> Isolation:
    level: Level = "process"
    hardening = ["no environment", "audit hook"]
    if not hello["left"]:
        hardening.append("stripped modules")
    if hello["limits"]:
        level = "rlimit"
        if hello["seccomp"]:
            level = "rlimit+seccomp"
            if hello["landlock"]:
                level = "rlimit+seccomp+landlock"
    if hello["uid"]:
        hardening.append("separate user")
    environ = Path("/proc/self/environ")
    if environ.exists() and environ.stat().st_uid != os.geteuid():
        hardening.append("unreadable parent")
    return Isolation(level, tuple(hardening))


def _virtual_bytes(pid: int) -> int:
    """Returns the address space of ``pid`` in bytes, 0 where there is no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
