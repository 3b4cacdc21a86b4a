"""What an installed distribution holds."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[1]
ROOMS = ("infra", "lambdas", "templates", "workbench")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def wheel(built):
    with zipfile.ZipFile(built) as archive:
        yield archive


def test_it_says_that_it_is_typed(wheel):
    assert "touchstone/py.typed" in wheel.namelist()


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_in_it_whole(wheel, room):
    tracked = subprocess.run(
        ["git", "ls-files", room], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert {f"touchstone/{path}" for path in tracked} <= set(wheel.namelist())


def test_the_licence_comes_along(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith("/licenses/LICENSE")]
    assert wheel.read(name) == (ROOT / "LICENSE").read_bytes()


def test_the_licence_is_the_one_that_is_declared(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    assert "License-Expression: Apache-2.0" in wheel.read(name).decode()
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_nothing_else_is_installed(wheel):
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"touchstone"}


def test_it_works_alone_and_from_any_folder(built, tmp_path):
    alone = tmp_path / "alone"
    for words in (["venv", "--python", sys.executable, alone],
                  ["pip", "install", "--python", alone / "bin" / "python", built]):  # fmt: skip
        subprocess.run([find_uv_bin(), *words], check=True, capture_output=True)
    environment = {"PATH": f"{alone / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}
    for words in ("init mine", "doctor", "grade first rewards/first.cases.jsonl"):
        folder = tmp_path / "mine" if (tmp_path / "mine").exists() else tmp_path
        done = subprocess.run(
            [alone / "bin" / "touchstone", *words.split()],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    assert "ready, for reward functions of your own" in subprocess.run(
        [alone / "bin" / "touchstone", "doctor"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
