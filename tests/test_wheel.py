"""What an installed distribution holds."""

import os
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


@pytest.fixture(scope="module")
def touchstone(built, tmp_path_factory):
    """The command of an environment that has the wheel and no extra, in a project of its own."""
    place = tmp_path_factory.mktemp("alone")
    alone = place / "alone"
    for words in (["venv", "--python", sys.executable, alone],
                  ["pip", "install", "--python", alone / "bin" / "python", built]):  # fmt: skip
        subprocess.run([find_uv_bin(), *words], check=True, capture_output=True)

    def run(words):
        return subprocess.run(
            [alone / "bin" / "touchstone", *words.split()],
            cwd=place / "mine" if (place / "mine").exists() else place,
            env={"PATH": f"{alone / 'bin'}:/usr/bin:/bin", "HOME": str(place)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    made = run("init mine")
    assert made.returncode == 0, made.stderr
    (place / "mine" / "tests.yaml").write_text("tests: []\n")
    return run


@pytest.mark.parametrize(
    "words",
    [
        "doctor",
        "grade first rewards/first.cases.jsonl",
        "graders list",
        "graders show first",
        "graders new sums",
        "graders import rewards/first.py --name copied",
        "data convert rewards/first.cases.jsonl -o rows.jsonl",
        "runs list",
    ],
)
def test_it_works_alone_and_from_any_folder(touchstone, words):
    done = touchstone(words)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def test_what_is_ready_without_an_extra_is_said(touchstone):
    assert "ready, for reward functions of your own" in touchstone("doctor").stdout


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        ("check code_verification", "code-verification"),
        ("grade math_reasoning rewards/first.cases.jsonl", "math-reasoning"),
        ("data validate rewards/first.cases.jsonl", "workbench"),
        ("job plan job.toml", "workbench"),
        ("graders import tests.yaml", "workbench"),
        ("serve first", "serve"),
        ("studio", "serve,workbench"),
        ("deploy --plan", "infra"),
    ],
)
def test_a_command_names_its_extra_in_a_sentence(touchstone, words, extra):
    done = touchstone(words)
    assert done.returncode == 2, f"{done.stdout}{done.stderr}"
    # The environment is uv's own, which has no pip.
    assert f"uv pip install 'touchstone[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (["tool", "run", "--from", "{wheel}", "touchstone"],
         "uvx --from 'touchstone[serve] @ file://{wheel}' touchstone ..."),
        (["touchstone"], "uv tool install 'touchstone[serve] @ file://{wheel}'"),
    ],
)  # fmt: skip
def test_a_tool_of_uv_says_what_to_type_in_place_of_it(built, tmp_path, how, said):
    places = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    env = {**os.environ, **places}
    uv = [find_uv_bin(), *(word.format(wheel=built) for word in how)]
    if how == ["touchstone"]:
        installed = [find_uv_bin(), "tool", "install", "--python", sys.executable, built]
        subprocess.run(installed, env=env, cwd=tmp_path, check=True, capture_output=True)
        uv = [tmp_path / "bin" / "touchstone"]
    done = subprocess.run(
        [*uv, "serve", "rubric"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, f"{done.stdout}{done.stderr}"
    assert said.format(wheel=built) in done.stderr
