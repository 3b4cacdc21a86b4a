"""The kernel's part of a cage: seccomp and Landlock, tried in throw-away forks first.

Runs inside the zygote, from source. Nothing here is relied upon: where a probe says no (AWS
Lambda refuses nested seccomp filters, older kernels have no Landlock) the level says so.
ctypes is imported only where seccomp works, since a filter is what makes it harmless.

Source: seccomp(2), landlock(7); system call numbers from Linux's syscall_64.tbl and asm-generic.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable

# Kept before the zygote strips these names from ``os``.
from os import close, setgid, setgroups, setuid
from typing import Any

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446
_PROT_EXEC = 4
_TAKEN_BACK = "the kernel took back what it granted to the probe"
_ALLOW, _KILL, _EPERM = 0x7FFF0000, 0x80000000, 0x00050001
_MACHINES = {
    # audit architecture, calls allowed, those allowed without PROT_EXEC, prlimit64. None of them is
    # for sockets: a cage reads and writes its channel, without flags and out-of-band data.
    "x86_64": (
        0xC000003E,
        "0 1 3 5 7 8 11 12 13 14 15 19 20 23 24 25 28 35 39 60 63 96 97 98 100 102 104 "
        "107 108 110 131 186 201 202 204 228 229 230 231 270 271 273 318 324 334",
        (9, 10),
        302,
    ),
    "aarch64": (
        0xC00000B7,
        "57 62 63 64 65 66 72 73 80 93 94 98 99 101 113 114 115 123 124 132 134 135 139 153 160 "
        "163 165 169 172 173 174 175 176 177 178 214 215 216 233 278 283 293",
        (222, 226),
        261,
    ),
}


def _filter(machine: str) -> bytes:
    """Returns a BPF program: only the listed calls, and no memory that can be executed."""
    arch, allowed, no_exec, own = _MACHINES[machine]
    load, equal, any_bit, answer = 0x20, 0x15, 0x45, 0x06
    program = [(load, 0, 0, 4), (equal, 1, 0, arch), (answer, 0, 0, _KILL), (load, 0, 0, 0)]
    for number in no_exec:
        # The low half of the third argument holds the protection bits.
        program += [(equal, 0, 4, number), (load, 0, 0, 32), (any_bit, 0, 1, _PROT_EXEC)]
        program += [(answer, 0, 0, _EPERM), (answer, 0, 0, _ALLOW)]
    # A process may lower its own limits (process 0 is the caller), nobody else's.
    program += [(equal, 0, 4, own), (load, 0, 0, 16), (equal, 1, 0, 0)]
    program += [(answer, 0, 0, _EPERM), (answer, 0, 0, _ALLOW)]
    for number in map(int, allowed.split()):
        program += [(equal, 0, 1, number), (answer, 0, 0, _ALLOW)]
    program.append((answer, 0, 0, _EPERM))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


class Kernel:
    """What this kernel grants to an unprivileged process.

    Attributes:
        seccomp: A filter can be installed and holds.
        landlock: A deny-all Landlock domain can be entered and holds.
    """

    def __init__(self) -> None:
        self.seccomp = False
        self.landlock = False
        self._libc: Any = None
        self._ruleset = -1
        self._program: Any = (None, None)

    def probe(self, seccomp: bool, landlock: bool) -> None:
        """Tries each in a process of its own: a filter may answer by killing the caller."""
        machine = os.uname().machine
        if sys.platform != "linux" or machine not in _MACHINES or not seccomp:
            return
        self.seccomp = in_fork(self._seccomp_holds)
        if not self.seccomp:
            return
        self._open()
        self.landlock = landlock and self._ruleset >= 0 and in_fork(self._landlock_holds)

    def confiner(self) -> Callable[[int], None]:
        """Returns what makes a process user ``uid`` (0: as it is) and confines it, for good.

        It works once: what it does that with is gone then, so that the function itself may stay.
        """
        failed = OSError(_TAKEN_BACK)
        landlock, ruleset, program = self.landlock, self._ruleset, self._program
        restrict, alone, install = _LANDLOCK_RESTRICT, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP
        libc = self._libc
        calls = [setgroups, setgid, setuid, close]
        calls += [libc.prctl, libc.syscall] if libc else [None, None]

        def confine(uid: int) -> None:
            set_groups, set_group, set_user, shut, prctl, syscall = calls
            calls.clear()
            if uid:
                set_groups([])
                set_group(uid)
                set_user(uid)
            if prctl is None or syscall is None:
                return
            prctl(alone, 1, 0, 0, 0)
            if landlock and syscall(restrict, ruleset, 0) != 0:
                raise failed
            if ruleset >= 0:
                shut(ruleset)
            if prctl(install, 2, program[0], 0, 0) != 0:
                raise failed

        return confine

    def _open(self) -> None:
        import ctypes

        self._libc = ctypes.CDLL(None, use_errno=True)
        code = _filter(os.uname().machine)
        program = ctypes.create_string_buffer(code, len(code))
        address = ctypes.addressof(program)
        packed = struct.pack("HxxxxxxQ", len(code) // 8, address)
        self._program = ctypes.create_string_buffer(packed, len(packed)), program
        abi = self._libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
        if abi < 1:
            return
        rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
        attributes = struct.pack("QQQ", rights, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
        size = 8 if abi < 4 else 16 if abi < 6 else 24
        self._ruleset = self._libc.syscall(
            _LANDLOCK_CREATE, ctypes.c_char_p(attributes), ctypes.c_size_t(size), 0
        )

    def _seccomp_holds(self) -> bool:
        self._open()
        self.confiner()(0)
        return refused(lambda: os.mkdir("/tmp/.touchstone-probe"), 1) and refused(  # noqa: PTH102, S108
            lambda: os.kill(os.getppid(), 0), 1
        )

    def _landlock_holds(self) -> bool:
        self._libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if self._libc.syscall(_LANDLOCK_RESTRICT, self._ruleset, 0) != 0:
            return False
        return refused(lambda: os.listdir("/"), 13)  # noqa: PTH208


def limits_hold(uid: int) -> bool:
    """Whether this kernel enforces the limits on files and processes for user ``uid`` (0: us)."""

    def tried() -> bool:
        import resource

        if uid:
            drop(uid)
        for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
            resource.setrlimit(limit, (0, 0))
        return refused(lambda: os.open("/dev/null", os.O_RDONLY), 24) and refused(os.fork, 11)

    return in_fork(tried)


def refused(action: Callable[[], Any], errno: int) -> bool:
    """Whether ``action`` fails with ``errno``."""
    try:
        made = action()
    except OSError as exc:
        return exc.errno == errno
    if made == 0 and action is os.fork:
        os._exit(0)
    return False


def drop(uid: int) -> bool:
    """Gives up root for good, with every supplementary group."""
    setgroups([])
    setgid(uid)
    setuid(uid)
    return True


def in_fork(action: Callable[[], bool]) -> bool:
    """Whether ``action`` is true in a throw-away child."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if action() else 1
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1] == 0
