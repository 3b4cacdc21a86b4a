"""Runs every hostile candidate and says what each one gained; also a script, see ``main``."""

import contextlib
import json
import os
import pathlib
import secrets
import socket
import sqlite3
import sys
import tempfile
import time

from touchstone.deadline import Deadline
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.local import LocalSandbox
from touchstone.sandbox.types import Call, CheckJob, FunctionJob, Level, Limits, Returned

LIMITS = Limits(wall_s=0.5, call_s=0.3, memory_mb=128)
CHECKS = "def check(candidate):\n    assert candidate(2) == 4\n"


class Gauntlet:
    """A grader with secrets around it, a listener, and files that must not be read or made."""

    def __init__(self, level: Level, folder: str, libraries: pathlib.Path | None = None) -> None:
        self.secret = "canary-" + secrets.token_hex(8)
        os.environ["AWS_SECRET_ACCESS_KEY"] = self.secret
        self.disk = pathlib.Path(folder) / "disk"
        self.disk.write_text(self.secret)
        self.base = pathlib.Path(folder) / "base"
        write_base(self.base, self.secret)
        self.file = pathlib.Path(tempfile.gettempdir()) / f"made-{secrets.token_hex(8)}"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.sandbox: LocalSandbox = open_sandbox(max_isolation=level, libraries=libraries)

    def close(self) -> None:
        self.listener.close()
        self.sandbox.close()

    def call(self, code: str) -> list[str]:
        """Runs one attack by a call; returns what it broke."""
        for name, value in {
            "@PARENT@": str(os.getpid()),
            "@PORT@": str(self.listener.getsockname()[1]),
            "@FILE@": str(self.file),
            "@NAME@": self.file.name,
            "@DISK@": str(self.disk),
            "@BASE@": str(self.base),
        }.items():
            code = code.replace(name, value)
        wanted = secrets.token_hex(8)
        job = FunctionJob(code, "f", (Call((1,)), Call((2,))))
        run = self.sandbox.run(job, LIMITS, Deadline())
        broken = [
            "passed"
            for outcome in run.outcomes
            if isinstance(outcome, Returned) and (outcome.value == wanted or outcome.value == 4242)
        ]
        if self.secret in repr(run)[:5_000_000]:
            broken.append("leaked")
        return broken + self.harm()

    def check(self, code: str) -> list[str]:
        """Runs one attack on an author's check; returns what it broke."""
        run = self.sandbox.run(CheckJob(code, "f", CHECKS), LIMITS, Deadline())
        broken = ["passed"] if any(isinstance(o, Returned) for o in run.outcomes) else []
        return broken + self.harm()

    def harm(self) -> list[str]:
        """What is wrong with the world after an attack."""
        broken = []
        if list(self.file.parent.glob(f"{self.file.name}*")):
            broken.append("made a file")
        try:
            self.listener.accept()
        except BlockingIOError:
            pass
        else:
            broken.append("reached the listener")
        patience = time.monotonic() + 5
        while (left := self._left()) > 0 and time.monotonic() < patience:
            time.sleep(0.001)
        if left > 0:
            broken.append("left a process")
        job = FunctionJob("def f(x): return [x, 'ok', len([1, 2])]", "f", (Call((5,)),))
        honest = self.sandbox.run(job, Limits(), Deadline())
        if [getattr(o, "value", o) for o in honest.outcomes] != [[5, "ok", 2]]:
            broken.append(f"next honest candidate: {honest.outcomes}")
        return broken

    def _left(self) -> int:
        """How many processes its zygotes have beside the cages that they keep ready."""
        zygotes = {one._process.pid: one for one in self.sandbox._zygotes.values()}
        found = [of for of in survivors().values() if of in zygotes]
        ready = [(one, kind) for one in zygotes.values() for kind in one._ready]
        kept = sum(len(one._ready[kind]) + one._coming[kind] for one, kind in ready)
        return len(found) - len(zygotes) - kept


def write_base(path: pathlib.Path, secret: str) -> None:
    """Writes a database with a secret in it."""
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.execute(f'CREATE TABLE "{secret}" (a)')


def survivors() -> dict[int, int]:
    """Processes of every zygote that this process started, itself included, and its number."""
    found, sessions = [], set()
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and fields[3] == entry.name:
                sessions.add(entry.name)
            found.append((int(entry.name), fields[3], fields[0]))
    return {pid: int(of) for pid, of, state in found if of in sessions and state != "Z"}


def main() -> None:
    """Runs all attacks at the level ``argv[1]``; prints what they broke as JSON."""
    import sqlite_attacks  # type: ignore[import-not-found]
    from attacks import CALLS, CHECKED  # type: ignore[import-not-found]

    level, folder = sys.argv[1:]
    gauntlet = Gauntlet(level, folder)  # type: ignore[arg-type]
    broken = {name: gauntlet.call(code) for name, code in CALLS.items()}
    broken |= {f"sqlite: {n}": gauntlet.call(code) for n, code in sqlite_attacks.CALLS.items()}
    broken |= {f"check: {name}": gauntlet.check(code) for name, code in CHECKED.items()}
    reached = gauntlet.sandbox.isolation
    gauntlet.close()
    result = {
        "broken": {name: what for name, what in broken.items() if what},
        "count": len(broken),
        "level": reached.level,
        "left": list(survivors()),
        "uid": os.getuid(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
