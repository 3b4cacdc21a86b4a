"""The zygote: a small process that holds a warm interpreter and forks a cage per candidate.

Run as a script by the parent, with an empty environment and no secrets in it; it never sees a
job. It imports what candidates may use, keeps the rest of the standard library in memory (a cage
cannot open files), probes the kernel, strips itself, and then serves one command at a time:
``F`` fork a cage and pass its socket up, ``J`` fork two that are joined by a line of their own,
``K`` kill one and tell its status, ``k`` just kill it.
End of file ends everything.
"""

from __future__ import annotations

import _socket
import gc
import json
import os
import signal
import struct
import sys
from typing import Any

COMMAND = struct.Struct("=cq")
REPLY = struct.Struct("=cqq")
LENGTH = struct.Struct("=I")
STACK_BYTES = 512 * 2**20
USERS = 478


def grow_stack() -> None:
    """Starts over with a deep C stack: recursion of honest candidates needs it."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    size = STACK_BYTES if hard == resource.RLIM_INFINITY else min(STACK_BYTES, hard)
    try:
        resource.setrlimit(resource.RLIMIT_STACK, (size, hard))
    except (ValueError, OSError):
        return
    os.execv(sys.executable, [*sys.orig_argv, "deep"])  # noqa: S606


def receive(control: Any, size: int) -> bytes:
    """Returns ``size`` bytes, or ``b""`` when the parent has gone."""
    data = b""
    while len(data) < size:
        part = control.recv(size - len(data))
        if not part:
            return b""
        data += part
    return data


def source_module(folder: str, name: str) -> Any:
    """Returns one of this folder's files as a module, without importing its package."""
    module = type(sys)(f"_touchstone_{name}")
    sys.modules[module.__name__] = module
    path = f"{folder}/{name}.py"
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        exec(compile(file.read(), path, "exec"), module.__dict__)  # noqa: S102
    return module


def prepare(control: Any) -> tuple[Any, int]:
    """Imports, probes and strips as the parent's configuration says; answers with what came of it.

    Returns:
        What makes this process a cage, and the first user to drop to (0: stay).
    """
    config = json.loads(receive(control, LENGTH.unpack(receive(control, LENGTH.size))[0]))
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    uid = config["uid"] if os.geteuid() == 0 else 0
    hello: dict[str, Any] = {"error": "", "left": []}
    cage = source_module(folder, "cage")
    natives: Any = None
    serve: Any = None
    kernel = cage.Kernel()
    # What modules do in every fork is for the sake of threads, of which there are none here.
    register, os.register_at_fork = os.register_at_fork, lambda **_hooks: None
    try:
        if uid and not cage.in_fork(lambda: cage.drop(uid)):
            uid = 0
        hello["uid"] = uid
        hello["limits"] = cage.limits_hold(uid)
        kernel.probe(config["seccomp"], config["landlock"])
        source_module(folder, "codec")
        natives = source_module(folder, "natives")
        library = source_module(folder, "library")
        files = source_module(folder, "files")
        for name in (
            "frames",
            "compared",
            "skipped",
            "mistakes",
            "foreign",
            "coroutines",
            "mirrors",
            "word",
            "proxies",
            "handles",
            "serving",
            "joined",
            "testing",
        ):
            source_module(folder, name)
        runtime = source_module(folder, "runtime")
        # Of what opens files no more than the kernel denies: below this level there is none.
        offered = config["databases"] and hello["limits"]
        preload = [*config["preload"], *(["sqlite3"] if offered else [])]
        sqlite: Any = source_module(folder, "sqlite") if "sqlite3" in preload else None
        given = (config[key] for key in ("warm", "libraries", "zones"))
        library.warm(config["paths"], preload, *given)
        if config["libraries"]:
            files.read_packaged(config["libraries"])
        os.register_at_fork = register
        hello["left"] = library.strip(preload)
        if config["libraries"]:
            files.Files(natives.refuser("files")).install()
        if offered:
            sqlite.offer()
        serve = runtime.ready()
    except BaseException as exc:  # noqa: BLE001 - told to the parent, which raises it
        hello["error"] = f"{type(exc).__name__}: {exc}"
    hello |= {"seccomp": kernel.seccomp, "landlock": kernel.landlock}
    data = json.dumps(hello).encode()
    control.sendall(LENGTH.pack(len(data)) + data)

    confine, line = kernel.confiner(), natives and natives.Line
    vars(cage).clear()  # functions that a cage has no use for

    def become_cage(user: int, channel: Any, joint: Any) -> tuple[Any, ...]:
        confine(user)
        return serve, line(channel.detach()), joint and line(joint.detach())

    return become_cage, uid


def main(argv: list[str]) -> tuple[Any, ...]:
    """Serves the parent; returns only in a new cage.

    Returns:
        What serves it, its channel, and its line to the one that it is joined to, if any.
    """
    control = _socket.socket(fileno=int(argv[1]))
    pair, rights = _socket.socketpair, (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
    fork, kill, waitpid = os.fork, os.kill, os.waitpid
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    become_cage, uid = prepare(control)
    take, request, reply = receive, COMMAND, REPLY
    descriptor, users, killed = struct.Struct("i"), USERS, signal.SIGKILL
    alive: set[int] = set()
    started = 0
    collect, freeze, run = gc.collect, gc.freeze, main
    # Whoever walks the frames from inside finds this module: leave it nothing. Here, and not in
    # each cage, since a page that a cage writes to is one that the kernel copies.
    globals().clear()
    collect()
    # What a cage would let go of, and may keep: a ring that is frozen is never let go of, and
    # nobody finds it.
    ring: list[Any] = [become_cage, run, take, request, reply, descriptor]
    ring.append(ring)
    freeze()
    del ring
    bytearray(100_000)  # for which the allocator sorts what it has free, once for all cages
    try:
        while command := take(control, request.size):
            verb, pid = request.unpack(command)
            if verb in b"FJ":
                joint, other = pair() if verb == b"J" else (None, None)
                for _ in verb if joint is None else b"JJ":
                    theirs, ours = pair()
                    user, started = uid and uid + started % users, started + 1
                    pid = fork()
                    if pid == 0:
                        for end in filter(None, (control, theirs, other)):
                            end.close()
                        return become_cage(user, ours, joint)
                    ours.close()
                    alive.add(pid)
                    passed = (*rights, descriptor.pack(theirs.fileno()))
                    control.sendmsg([reply.pack(verb, pid, 0)], [passed])
                    theirs.close()
                    joint, other = other, joint
                for end in filter(None, (joint, other)):
                    end.close()
            elif pid in alive:
                kill(pid, killed)
                status = waitpid(pid, 0)[1]
                alive.discard(pid)
                if verb == b"K":
                    control.sendall(reply.pack(b"X", pid, status))
    except OSError:
        pass  # the parent went away in the middle of a command
    for pid in alive:
        kill(pid, killed)
    raise SystemExit


if __name__ == "__main__":
    if len(sys.argv) == 2:
        grow_stack()
    _serve, _ours, _joint = main(sys.argv)
    _serve(_ours, _joint)
