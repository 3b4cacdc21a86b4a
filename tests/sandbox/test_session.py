# ruff: noqa: E501
"""The session primitive, and what the sandbox does when things break or run side by side."""

import concurrent.futures
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.sandbox import attacks
from tests.support import zygotes
from touchstone.deadline import Deadline
from touchstone.outcomes import JudgeFault, SandboxFault
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.types import (
    Call,
    CheckJob,
    Died,
    FunctionJob,
    Limits,
    ProgramJob,
    Raised,
    Returned,
    TimedOut,
)

LIMITS = Limits(wall_s=20, call_s=5)
ADD = FunctionJob("def f(x): return x + 1", "f", (Call((1,)),))


def test_one_load_many_calls(sandbox):
    code = "n = 0\ndef f(x):\n    global n\n    n += x\n    return n"
    with sandbox.session(code, LIMITS, Deadline()) as session:
        assert session.load == Returned(None)
        assert [session.call("f", 1) for _ in range(3)] == [Returned(1), Returned(2), Returned(3)]


def test_a_call_that_hangs_or_dies_gets_a_fresh_cage(sandbox):
    code = "import os\ndef f(x):\n    while x == 'hang': pass\n    x == 'die' and os._exit(0)\n    return x"
    with sandbox.session(code, Limits(wall_s=20, call_s=0.3), Deadline()) as session:
        assert session.call("f", "hang") == TimedOut(0.3)
        assert session.call("f", 1) == Returned(1)
        assert session.call("f", "die") == Died("exit")
        assert session.call("f", 2) == Returned(2)


def test_the_parent_performs_host_functions(sandbox):
    code = "def f(x):\n    try:\n        return double(x) + double(x=1)\n    except KeyError as e:\n        return str(e)"
    seen = []

    def double(x):
        seen.append(x)
        return Raised("KeyError", "no") if x == 0 else x * 2

    with sandbox.session(code, LIMITS, Deadline(), {"double": double}) as session:
        calls = [Call((5,)), Call((0,)), Call((6,))]
        assert session.calls("f", calls) == [Returned(12), Returned("'no'"), Returned(14)]
    assert seen == [5, 1, 0, 6, 1]


def test_a_host_functions_own_error_reaches_the_caller(sandbox):
    def judge():
        raise JudgeFault("down")

    code = "def f():\n    try:\n        judge()\n    except BaseException:\n        return 'hidden'"
    with (
        sandbox.session(code, LIMITS, Deadline(), {"judge": judge}) as session,
        pytest.raises(JudgeFault),
    ):
        session.call("f")


def test_time_spent_by_the_host_is_not_the_cages(sandbox):
    def slow():
        time.sleep(0.6)

    limits = Limits(wall_s=20, call_s=0.5)
    with sandbox.session("def f(): return slow()", limits, Deadline(), {"slow": slow}) as session:
        assert session.call("f") == Returned(None)


def test_a_function_that_is_not_offered_cannot_be_called(sandbox):
    code = attacks.SOCKET + 'def f(): sock().sendall(frame(b\'["h","exit",[],{}]\'))'
    with sandbox.session(code, LIMITS, Deadline(), {"other": print}) as session:
        assert session.call("f") == Died("protocol")


def test_trusted_code_with_its_packages_warm(sandbox):
    warm = "import colorsys\nready = 1"
    code = "import numpy, warm_up\ndef f(x): return float(numpy.mean(x)) + warm_up.ready"
    with sandbox.session(code, LIMITS, Deadline(), preload=("numpy",), warm=warm) as session:
        assert session.call("f", [1, 3]) == Returned(3.0)
    with pytest.raises(SandboxFault, match="not_there"):
        sandbox.session(code, LIMITS, Deadline(), preload=("not_there",))


def test_large_arguments_and_results_do_not_block_each_other(sandbox):
    call = Call(("a" * 900_000,))
    job = FunctionJob("def f(x): return x", "f", (call,) * 7)
    outcomes = sandbox.run(job, LIMITS, Deadline()).outcomes
    assert [len(outcome.value) for outcome in outcomes] == [900_000] * 7


def test_threads_share_a_sandbox(sandbox):
    def grade(n):
        job = FunctionJob(f"def f(x): return x + {n}", "f", (Call((1,)),))
        return sandbox.run(job, LIMITS, Deadline()).outcomes[0].value

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(grade, range(60))) == [n + 1 for n in range(60)]


def test_a_killed_zygote_is_replaced():
    others = set(zygotes())
    sandbox = open_sandbox()
    assert sandbox.run(ADD, LIMITS, Deadline()).outcomes == (Returned(2),)
    (mine,) = set(zygotes()) - others
    with sandbox.session("def f(x): return x", LIMITS, Deadline()) as session:
        os.kill(mine, signal.SIGKILL)
        assert session.call("f", 1) == Returned(1)
    assert sandbox.run(ADD, LIMITS, Deadline()).outcomes == (Returned(2),)
    sandbox.close()
    assert mine not in zygotes()


SCRIPT = """
import os, sys
from touchstone.deadline import Deadline
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.types import Call, FunctionJob, Limits, Returned
add = FunctionJob("def f(x): return x + 1", "f", (Call((1,)),))
sandbox = open_sandbox()
assert sandbox.run(add, Limits(), Deadline()).outcomes == (Returned(2),)
pid = os.fork()
if pid == 0:
    assert sandbox.run(add, Limits(), Deadline()).outcomes == (Returned(2),)
    sandbox.close()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert sandbox.run(add, Limits(), Deadline()).outcomes == (Returned(2),)
def is_mine(pid):
    try:
        return "zygote.py" in open(f"/proc/{pid}/cmdline").read() and (
            f"PPid:\\t{os.getpid()}\\n" in open(f"/proc/{pid}/status").read())
    except OSError:  # it ended meanwhile
        return False
print(next(p for p in os.listdir("/proc") if p.isdigit() and is_mine(p)), flush=True)
if sys.argv[1] == "kill":
    job = FunctionJob("def f():\\n while True: pass", "f", (Call(),))
    import threading, time
    threading.Thread(target=sandbox.run, args=(job, Limits(), Deadline()), daemon=True).start()
    time.sleep(0.2)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_nothing_outlives_the_grader_and_a_forked_grader_works(end):
    done = subprocess.run([sys.executable, "-c", SCRIPT, end], capture_output=True, text=True)
    assert done.stderr == ""
    session = done.stdout.strip()
    assert session.isdigit()
    patience = time.monotonic() + 10
    while (left := _members(session)) and time.monotonic() < patience:
        time.sleep(0.02)
    assert left == []


def _members(session: str) -> list[str]:
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[3:4] == [session] and fields[0] != "Z":
            found.append(entry.name)
    return found


def test_a_cage_that_died_while_idle_is_nobodys_failure():
    others = set(zygotes())
    sandbox = open_sandbox()
    assert sandbox.run(ADD, LIMITS, Deadline()).outcomes == (Returned(2),)
    (mine,) = set(zygotes()) - others
    patience = time.monotonic() + 10
    while len(idle := set(_members(str(mine))) - {str(mine)}) != 2 and time.monotonic() < patience:
        time.sleep(0.01)
    for pid in idle:
        os.kill(int(pid), signal.SIGKILL)
    assert sandbox.run(ADD, LIMITS, Deadline()).outcomes == (Returned(2),)
    sandbox.close()


BUSY = """
import time
def f(x):
    began = time.process_time()
    while time.process_time() - began < 0.5:
        pass
    return x + 1
"""
TESTS = "def check(candidate):\n    assert candidate(1) == 2\n"
BUSY_JOBS = {
    "calls": FunctionJob(BUSY, "f", (Call((1,)),)),
    "program": ProgramJob(f"{BUSY}\nprint(f(1))", ("",)),
    "tests": CheckJob(BUSY, "f", TESTS),
}


def _killed_while_busy(job, times, *, zygote=False):
    """Runs a job, whose working cage is killed from outside so many times."""
    others = _children(os.getpid())
    sandbox = open_sandbox()
    assert sandbox.run(ADD, LIMITS, Deadline()).outcomes == (Returned(2),)
    killed, over = [], threading.Event()

    def kill():
        while len(killed) < times and not over.wait(0.01):
            for mine in _children(os.getpid()) - others:
                for pid in {pid for pid in _children(mine) if _cpu_ticks(pid) > 10} - {*killed}:
                    for one in [mine, pid] if zygote else [pid]:
                        os.kill(int(one), signal.SIGKILL)
                    killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        return sandbox.run(job, LIMITS, Deadline()).outcomes
    finally:
        over.set()
        killer.join()
        sandbox.close()
        assert killed


def _children(pid: int | str) -> set[str]:
    """Returns the processes that one started, told without a look at all others."""
    found = set()
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found |= set(task.read_text().split())
    return found


def _cpu_ticks(pid: str) -> int:
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[11])


@pytest.mark.parametrize("zygote", [False, True], ids=["cage", "zygote too"])
@pytest.mark.parametrize("job", BUSY_JOBS.values(), ids=BUSY_JOBS)
def test_a_cage_that_the_machine_killed_is_no_doing_of_its_candidate(job, zygote):
    (outcome,) = _killed_while_busy(job, 1, zygote=zygote)
    assert isinstance(outcome, Returned)


def test_a_job_whose_cage_is_killed_each_time_is_a_fault_and_no_failure():
    with pytest.raises(SandboxFault, match="killed") as caught:
        _killed_while_busy(BUSY_JOBS["calls"], 9)
    assert caught.value.blame == "open"


def test_a_sandbox_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    sandbox = open_sandbox()
    with pytest.raises(SandboxFault, match="did not start: FileNotFoundError") as caught:
        sandbox.run(ADD, LIMITS, Deadline())
    assert caught.value.blame == "ours"
