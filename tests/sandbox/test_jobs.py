# ruff: noqa: E501
"""Functions, programs and checks: what comes back for honest, wrong and impossible code."""

import textwrap

import pytest

from touchstone.deadline import Deadline
from touchstone.outcomes import BadReference, DeadlineExceeded, SandboxFault
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.types import (
    Call,
    CheckJob,
    Died,
    FunctionJob,
    Iterated,
    Limits,
    ProgramJob,
    Raised,
    Returned,
    TimedOut,
    Unsupported,
)

LIMITS = Limits(wall_s=10, call_s=5)


@pytest.fixture
def call(sandbox):
    """Calls ``f`` (or another entry point) once per tuple of arguments."""

    def call(code, *args, entry="f", limits=LIMITS):
        job = FunctionJob(textwrap.dedent(code), entry, tuple(Call(a) for a in args))
        return sandbox.run(job, limits, Deadline()).outcomes

    return call


@pytest.fixture
def check(sandbox):
    def check(code, checks, setup=""):
        job = CheckJob(textwrap.dedent(code), "f", textwrap.dedent(checks), setup)
        return sandbox.run(job, LIMITS, Deadline()).outcomes

    return check


def test_calls_share_one_loaded_module(call):
    code = "seen = []\ndef f(x):\n    seen.append(x)\n    return list(seen)"
    assert call(code, (1,), (2,)) == (Returned([1]), Returned([1, 2]))


@pytest.mark.parametrize("entry", ["Solution().f", "Solution.g", "f"])
def test_entry_points(call, entry):
    code = """
    class Solution:
        def f(self, x): return x + 1
        @staticmethod
        def g(x): return x + 1
    def f(x): return x + 1
    """
    assert call(code, (1,), entry=entry) == (Returned(2),)


def test_named_arguments_and_arguments_changed_in_place(sandbox):
    code = "def f(a, *, k):\n    a.append(k)"
    job = FunctionJob(code, "f", (Call(([1],), {"k": (2, {3})}, keep_args=True),))
    (outcome,) = sandbox.run(job, LIMITS, Deadline()).outcomes
    assert outcome == Returned(None, ([1, (2, {3})],))


def test_failures_are_told_apart(call):
    assert call("def g(): pass", ()) == (Raised("NameError", "name 'f' is not defined"),)
    assert call("def f(x):\n    y = 1\n    return x / 0", (1,)) == (
        Raised("ZeroDivisionError", "division by zero", 3),
    )
    (outcome,) = call("x = (", ())
    assert (outcome.error, outcome.line) == ("SyntaxError", 1)
    assert call("import os\ndef f(): os._exit(3)", ()) == (Died("exit"),)
    assert call("def f(): f()", ())[0].error == "RecursionError"
    assert call("def f(): return [0] * 10**10", ())[0].error == "MemoryError"


def test_a_hang_costs_its_own_test_only(call):
    code = "def f(x):\n    while x == 1: pass\n    return x"
    limits = Limits(wall_s=10, call_s=0.3)
    outcomes = call(code, (0,), (1,), (2,), (1,), (3,), limits=limits)
    late = TimedOut(0.3)
    assert outcomes == (Returned(0), late, Returned(2), late, Returned(3))


def test_no_call_is_made_after_one_that_failed_where_none_is_wanted(sandbox):
    code = "n = 0\ndef f(x):\n    global n\n    n += 1\n    return n // x\n"
    job = FunctionJob(code, "f", (Call((1,)), Call((0,)), Call((1,))), stop_at_failure=True)
    first, second, third = sandbox.run(job, LIMITS, Deadline()).outcomes
    assert first == Returned(1)
    assert second.error == "ZeroDivisionError"
    assert "an earlier" in third.message
    programs = ProgramJob("print(1 // int(input()))", ("1", "0", "1"), stop_at_failure=True)
    kinds = [type(outcome) for outcome in sandbox.run(programs, LIMITS, Deadline()).outcomes]
    assert kinds == [Returned, Raised, Raised]


def test_the_wall_bounds_a_candidate_that_always_hangs(sandbox):
    job = FunctionJob("def f():\n    while True: pass", "f", (Call(),) * 50)
    run = sandbox.run(job, Limits(wall_s=0.5, call_s=0.2), Deadline())
    assert all(isinstance(outcome, TimedOut) for outcome in run.outcomes)
    assert len(run.outcomes) == 50


def test_the_deadline_is_not_the_candidates_fault(sandbox):
    job = FunctionJob("def f():\n    while True: pass", "f", (Call(),))
    with pytest.raises(DeadlineExceeded):
        sandbox.run(job, LIMITS, Deadline.after(0.3))
    with pytest.raises(DeadlineExceeded):
        sandbox.run(job, LIMITS, Deadline.after(-1))


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import not_there", "module: not_there"),
        ("def f(): return open('/etc/hosts').read()", "files"),
        ("import subprocess\ndef f(): subprocess.run(['ls'])", "processes"),
        ("import os\ndef f(): os.fork()", "processes"),
        ("import socket\ndef f(): socket.socket()", "sockets"),
        ("import ctypes\ndef f(): ctypes.CDLL(None)", "native code"),
        ("import _thread\ndef f(): _thread.start_new_thread(print, ())", "threads"),
        ("import tempfile\ndef f(): tempfile.mkdtemp()", "files"),
    ],
)
def test_what_the_cage_cannot_do_is_named(call, code, what):
    assert call(code, ()) == (Unsupported(what),)


def test_what_is_imported_but_not_used_is_no_problem(call):
    code = """
    import os, sys, socket, subprocess, threading, multiprocessing, signal, ctypes, pathlib
    from concurrent.futures import ThreadPoolExecutor
    def f(x):
        out = []
        t = threading.Thread(target=out.append, args=(x,)); t.start(); t.join()
        with ThreadPoolExecutor(2) as pool:
            out += pool.map(abs, [-1, -2])
        try:
            open('cache')
        except OSError:
            out.append(os.path.join('a', 'b'))
        return out, os.environ.get('HOME'), pathlib.PurePath('a/b').name
    """
    assert call(code, (0,)) == (Returned(([0, 1, 2, "a/b"], None, "b")),)


MODULES = (
    "asyncio bisect collections csv dataclasses datetime decimal fractions functools hashlib heapq "
    "itertools json math pickle queue random re sqlite3 statistics string struct typing unittest "
    "urllib.parse xml.etree.ElementTree zlib bz2 lzma email argparse ast logging secrets shutil "
    "tempfile concurrent.futures http.client difflib textwrap graphlib"
)


@pytest.mark.parametrize("name", MODULES.split())
def test_the_standard_library_can_be_imported(call, name):
    assert call(f"import {name}\ndef f(): return 1", ()) == (Returned(1),)


def test_randomness_is_the_same_for_every_candidate(call):
    code = "import random\ndef f(): return random.random(), hash('a'), list({'a', 'b', 'c'})"
    assert call(code, ()) == call(code, ())


def test_nothing_is_left_of_what_the_zygote_ran_before_the_candidate(call):
    code = """
    import linecache, os, sys
    def f():
        names = [name for name in vars(sys.modules["candidate"]) if name[:2] != "__"]
        kinds = [kind for kind in object.__subclasses__() if kind.__module__ == "candidate"]
        hooks = os.register_at_fork(after_in_child=f)
        return names, kinds, hooks, linecache.getline("<candidate>", 2), sys.stdin.read()
    """
    left = (["linecache", "os", "sys", "f"], [], None, "import linecache, os, sys\n", "")
    assert call(code, ()) == (Returned(left),)


def test_async_functions_and_generators(call):
    code = """
    import asyncio
    async def wait(n):
        await asyncio.sleep(0.01 * n)
        return n
    async def both(): return await asyncio.gather(wait(2), wait(1))
    def f(): return asyncio.run(both())
    """
    assert call(code, ()) == (Returned([2, 1]),)
    assert call("async def f(x): return x", (1,)) == (Returned(1),)
    waits = "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x"
    assert call(waits, (1,), (2,)) == (Returned(1), Returned(2))
    (outcome,) = call("def f(n):\n    yield from range(n)", (3,))
    assert isinstance(outcome.value, Iterated)
    assert outcome.value.items == [0, 1, 2]


def test_deep_recursion_in_c_works(call):
    code = """
    import sys, functools
    sys.setrecursionlimit(10**6)
    @functools.lru_cache(None)
    def f(n): return 0 if n == 0 else 1 + f(n - 1)
    """
    assert call(code, (20_000,)) == (Returned(20_000),)


def test_numpy_where_the_code_imports_it(call):
    code = "import numpy as np\ndef f(x): return np.array(x) * 2, np.float64(0.5), np.int64(3)"
    assert call(code, ([1, 2],)) == (Returned(([2, 4], 0.5, 3)),)


PROGRAMS = {
    "input": "a, b = map(int, input().split())\nprint(a + b)",
    "main guard": "def main():\n    print(sum(map(int, input().split())))\n"
    "if __name__ == '__main__':\n    main()",
    "stdin": "import sys\nprint(sum(map(int, sys.stdin.read().split())))",
    "buffer": "import sys\nsys.stdout.buffer.write(b'%d\\n' % sum(map(int, sys.stdin.buffer.read().split())))",
    "open(0)": "print(sum(map(int, open(0).read().split())))",
    "os.read": "import os\nos.write(1, b'%d\\n' % sum(map(int, os.read(0, os.fstat(0).st_size).split())))",
    "exit": "import sys\nprint(sum(map(int, input().split())))\nsys.exit(0)",
    "exit()": "print(sum(map(int, input().split())))\nexit()",
    "loop until the end": "import sys\nfor line in sys.stdin: print(sum(map(int, line.split())))",
    "big stack": "import threading\ndef main(): print(sum(map(int, input().split())))\n"
    "threading.stack_size(2**27)\nt = threading.Thread(target=main)\nt.start()\nt.join()",
    "replaced stdout": "import sys, io\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'utf-8')\n"
    "print(sum(map(int, input().split())))",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(sandbox, name):
    run = sandbox.run(ProgramJob(PROGRAMS[name], ("1 2\n", "3 4\n")), LIMITS, Deadline())
    assert run.outcomes == (Returned("3\n"), Returned("7\n"))


def test_a_program_that_fails(sandbox):
    code = "import sys\nn = int(input())\nprint(n)\nsys.exit(n)"
    run = sandbox.run(ProgramJob(code, ("0", "3", "x")), LIMITS, Deadline())
    assert run.outcomes[:2] == (Returned("0\n"), Raised("SystemExit", "3", 4))
    assert run.outcomes[2].error == "ValueError"


def test_checks_of_every_shape(check):
    assert check(
        "def f(x): return x * 2", "def check(candidate):\n    assert candidate(2) == 4"
    ) == (Returned(None),)
    assert check("def f(x): return x * 2", "assert f(2) == 4\nassert candidate(3) == 6") == (
        Returned(None),
    )
    outcomes = check(
        "def f(x): return x * 2",
        """
        import unittest
        def test_right(): assert f(1) == 2
        def test_wrong(): assert f(1) == 3
        class Case(unittest.TestCase):
            def setUp(self): self.two = 2
            def test_case(self): self.assertEqual(f(1), self.two)
            def test_raises(self):
                with self.assertRaises(TypeError): f({})
        """,
    )
    names = [o.error if isinstance(o, Raised) else "passed" for o in outcomes]
    assert names == ["passed", "AssertionError", "passed", "passed"]


def test_checks_see_changed_arguments_errors_and_iterators(check):
    code = """
    def f(x):
        if x == 'raise': raise KeyError('k')
        if x == 'yield': return iter([1, 2])
        x.sort()
    """
    checks = """
    def check(candidate):
        a = [3, 1, 2]
        candidate(a)
        assert a == [1, 2, 3]
        assert list(candidate('yield')) == [1, 2]
        try:
            candidate('raise')
        except KeyError:
            return
        assert False
    """
    assert check(code, checks) == (Returned(None),)


def test_the_authors_own_helpers_cannot_be_replaced_by_the_candidate(check):
    code = "def helper(x): return True\ndef f(x): return 0"
    checks = "def check(candidate):\n    assert helper(candidate(1))"
    assert check(code, checks, setup="def helper(x): return x == 1")[0].error == "AssertionError"


def test_whose_failure_it_was(check):
    checks = "def check(candidate):\n    assert candidate(2) == 4"
    assert check("import os\ndef f(x): os._exit(0)", checks) == (Died("exit"),)
    lacking = "def check(candidate):\n    assert Helper(candidate(2)).value == 4"
    assert check("def f(x): return 4", lacking)[0].error == "NameError"
    assert check("import nothing_there", checks) == (Unsupported("module: nothing_there"),)
    for broken in ("import nothing_there", "x = (", "pass"):
        with pytest.raises(BadReference):
            check("def f(x): return 4", broken)


def test_isolation_is_stamped_and_a_floor_is_kept(sandbox):
    run = sandbox.run(FunctionJob("def f(): pass", "f", (Call(),)), LIMITS, Deadline())
    assert run.isolation == sandbox.isolation
    assert run.usage.cpu_s > 0
    assert run.usage.peak_memory_mb > 1
    low = open_sandbox("rlimit+seccomp", max_isolation="rlimit")
    with pytest.raises(SandboxFault, match="below"):
        low.run(FunctionJob("def f(): pass", "f", (Call(),)), LIMITS, Deadline())
    low.close()
