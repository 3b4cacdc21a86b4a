"""Every attack, at two levels of isolation, as every user there is."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

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
    for name in ("gauntlet.py", "attacks.py"):
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
    assert result["count"] >= 100
    assert result["left"] == []
    assert result["uid"] == user
    assert result["level"].startswith("rlimit")
