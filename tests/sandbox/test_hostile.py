"""Every attack, at two levels of isolation, as every user there is."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

from tests.sandbox import attacks
from touchstone.deadline import Deadline
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.types import FunctionJob, Limits, Returned

HERE = pathlib.Path(__file__).parent
NOBODY = 65534
USERS = [os.getuid(), NOBODY] if os.getuid() == 0 else [os.getuid()]


@pytest.fixture
def folder():
    """A folder that any user may use, unlike pytest's own."""
    path = pathlib.Path(tempfile.mkdtemp())
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


def python_for(user: int, folder: pathlib.Path) -> str:
    """An interpreter that ``user`` can run: this one, or a copy where it lies out of reach."""
    as_user = {"user": user, "group": user, "extra_groups": []} if user != os.getuid() else {}
    try:
        subprocess.run([sys.executable, "-I", "-c", "import json"], check=True, **as_user)
    except (OSError, subprocess.CalledProcessError):
        home = pathlib.Path(sys.base_prefix)
        library = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}"
        unneeded = shutil.ignore_patterns("test", "site-packages", "idlelib", "ensurepip", "*.a")
        shutil.copytree(home / library, folder / library, ignore=unneeded, symlinks=True)
        (folder / "bin").mkdir()
        copy = folder / "bin" / "python3"
        shutil.copy(os.path.realpath(sys.executable), copy)
        return str(copy)
    return sys.executable


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("level", ["rlimit", "rlimit+seccomp+landlock"])
def test_no_attack_gains_anything(level, user, folder):
    shutil.copytree(HERE.parents[1] / "touchstone", folder / "touchstone")
    for name in ("gauntlet.py", "attacks.py", "sqlite_attacks.py"):
        shutil.copy(HERE / name, folder)
    as_user = {"user": user, "group": user, "extra_groups": []} if user != os.getuid() else {}
    done = subprocess.run(
        [python_for(user, folder), "-B", str(folder / "gauntlet.py"), level, str(folder)],
        env={"PATH": os.environ["PATH"]},
        cwd=folder,
        capture_output=True,
        text=True,
        **as_user,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["broken"] == {}
    assert result["count"] >= 270
    assert result["left"] == []
    assert result["uid"] == user
    assert result["level"].startswith("rlimit")


# Runs each program in a child of its own, with nothing around it but a limit on memory.
OUTSIDE = """
import json, os, resource, sys
setrlimit = resource.setrlimit
won = []
for name, code in json.load(sys.stdin).items():
    pid = os.fork()
    if pid == 0:
        try:
            setrlimit(resource.RLIMIT_AS, (2**28, 2**28))
            names = {"__name__": "candidate"}
            exec(compile(code, "<candidate>", "exec"), names)
            os._exit(42 if names["f"](1) == 4242 else 1)
        finally:
            os._exit(2)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 42:
        won.append(name)
print(json.dumps(won))
"""


def test_programs_that_regain_something_do_so_outside_a_cage(folder):
    programs = {
        name: attacks.CALLS[name]
        .replace("@PARENT@", str(os.getpid()))
        .replace("@FILE@", str(folder / name.replace(" ", "-")))
        for name in attacks.REGAINED
    }
    done = subprocess.run(
        [sys.executable, "-c", OUTSIDE], input=json.dumps(programs), capture_output=True, text=True
    )
    # The others are for a cage's own runtime and hooks, or for what newer versions bring.
    assert len(json.loads(done.stdout.splitlines()[-1])) >= 45, done.stderr


NATIVE = (
    "import ctypes\nlibc = ctypes.CDLL(None)\nkill, send, mkdir = libc.kill, libc.send, libc.mkdir"
)
CALLS = """
from warm_up import kill, mkdir, send
def signalled(pid): return kill(pid, 0) == 0
def made(path): return mkdir(path.encode(), 0o777) == 0
def out_of_band(): return any(send(n, b"x", 1, 1) == 1 for n in range(64))
"""


@pytest.fixture(params=["rlimit", "rlimit+seccomp+landlock"])
def native(request):
    """Two cages with native code in them, and whether a filter holds it."""
    sandbox = open_sandbox(max_isolation=request.param)
    options = {"preload": ("ctypes",), "warm": NATIVE}
    with (
        sandbox.session(CALLS, Limits(), Deadline(), **options) as cage,
        sandbox.session("", Limits(), Deadline(), **options) as neighbour,
    ):
        yield cage, neighbour, "seccomp" in sandbox.isolation.level
    sandbox.close()


def _owner(pid: int) -> int:
    return pathlib.Path(f"/proc/{pid}").stat().st_uid


def test_each_cage_of_a_root_grader_has_a_user_of_its_own(native):
    cage, neighbour, _filtered = native
    users = {os.getuid(), _owner(cage.pid), _owner(neighbour.pid)}
    assert len(users) == (3 if os.getuid() == 0 else 1)


@pytest.mark.parametrize("whom", ["grader", "neighbour"])
def test_native_code_signals_only_its_own_user_and_only_without_a_filter(native, whom):
    cage, neighbour, filtered = native
    pid = os.getpid() if whom == "grader" else neighbour.pid
    may = os.getuid() != 0 and not filtered
    assert cage.call("signalled", pid) == Returned(may)


def test_native_code_has_no_out_of_band_data_behind_a_filter(native):
    cage, _neighbour, filtered = native
    assert cage.call("out_of_band") == Returned(not filtered)


def test_native_code_makes_a_folder_by_name_only_without_a_filter(native, folder):
    cage, _neighbour, filtered = native
    assert cage.call("made", str(folder / "made")) == Returned(not filtered)


@pytest.mark.parametrize("level", ["rlimit", "rlimit+seccomp+landlock"])
@pytest.mark.parametrize("code", ["", "import numpy", "import sqlite3"])
def test_nothing_of_what_is_taken_is_left(level, code):
    sandbox = open_sandbox(max_isolation=level)
    assert (
        "stripped modules"
        in sandbox.run(FunctionJob(code, "f", ()), Limits(), Deadline()).isolation.hardening
    )
    sandbox.close()
