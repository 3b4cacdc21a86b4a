"""What ships: per function its own code and wheels for its platform, small enough for Lambda."""

import ast
import hashlib
import os
import subprocess
import zlib
from pathlib import Path

import pytest

from tests.infra.full import TEMPLATES, write_graders
from tests.support import row
from touchstone.config import load_entries
from touchstone.deadline import Deadline
from touchstone.infra.lock import ROOT
from touchstone.infra.package import WRAPPER, check_code, digest_of, grader_package
from touchstone.infra.settings import load_deployed
from touchstone.pipeline import answer
from touchstone.settings import SettingsError
from touchstone.templates import load_grader
from touchstone.toolbox import Toolbox

# Lambda's limits for a package that is uploaded as an archive; ours is lower unzipped.
MOST_ZIPPED, MOST_UNZIPPED = 50_000_000, 200_000_000
MACHINES = {"arm64": 183, "x86_64": 62}  # ELF's e_machine


def packages(assembly):
    """Function to the folder of its package."""
    found = {}
    for function in assembly.of("Lambda::Function").values():
        digest = function["Code"]["S3Key"].removesuffix(".zip")
        found[function["FunctionName"]] = assembly.folder / f"asset.{digest}"
    return found


@pytest.fixture(scope="session")
def shipped(full):
    short = {name.rpartition("-")[2]: folder for name, folder in packages(full).items()}
    assert short.keys() == {*TEMPLATES, "executor", "monitor", "regrade"}
    return short


def test_versions_go_by_what_packages_hold(shipped):
    for folder in shipped.values():
        named = hashlib.sha256(digest_of(folder).encode()).hexdigest()
        assert folder.name == f"asset.{named}"


def test_a_package_is_another_whatever_its_files_have_in_common_with_the_last(tmp_path):
    file = tmp_path / "part" / "reward.py"
    file.parent.mkdir()
    file.write_text("FULL = 0.9")
    once, before = digest_of(tmp_path), file.stat()
    os.utime(file, (0, 0))
    assert digest_of(tmp_path) == once
    # On the same inode, as large, and at the same time.
    file.write_text("FULL = 0.5")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino, before.st_size, before.st_mtime_ns
    )  # fmt: skip
    found = {once, digest_of(tmp_path)}
    file.chmod(0o755)
    found.add(digest_of(tmp_path))
    file.rename(tmp_path / "reward.py")
    found.add(digest_of(tmp_path))
    assert len(found) == 4


def test_packages_are_small(shipped, dev, capsys):
    everything = {**shipped, **{f"{n} (arm64)": p for n, p in packages(dev).items()}}
    with capsys.disabled():
        print("\npackage                                 zipped MB  unzipped MB")
        for name, folder in sorted(everything.items()):
            files = [path for path in folder.rglob("*") if path.is_file()]
            unzipped = sum(path.stat().st_size for path in files)
            # The quickest compression: what is uploaded is smaller.
            zipped = sum(len(zlib.compress(path.read_bytes(), 1)) + 200 for path in files)
            print(f"{name:40}{zipped / 1e6:8.1f}{unzipped / 1e6:12.1f}")
            assert zipped < MOST_ZIPPED
            assert unzipped < MOST_UNZIPPED


@pytest.mark.parametrize("grader", TEMPLATES)
def test_a_grader_ships_its_own_template_and_entry_alone(shipped, grader, tmp_path):
    folder = shipped[grader]
    own = [TEMPLATES[grader]] if TEMPLATES[grader] else []
    assert [p.name for p in (folder / "touchstone" / "templates").iterdir() if p.is_dir()] == own
    assert sorted(p.name for p in (folder / "touchstone" / "lambdas").iterdir() if p.is_dir()) == [
        "grader"
    ]
    written = write_graders(tmp_path)
    here, there = (load_grader(grader, file) for file in (written, folder / "graders.toml"))
    assert (here.settings, here.template.needs) == (there.settings, there.template.needs)
    assert list(load_entries(folder / "graders.toml")) == [grader]
    assert not list(folder.rglob("cases.jsonl"))


def rewards_of(folder, name, rows):
    """What the grader of a package gives to rows."""
    grader = load_grader(name, folder / "graders.toml")
    toolbox = Toolbox.of(grader)
    try:
        replies = answer(rows, grader, toolbox.tools(Deadline.after(60)))
    finally:
        toolbox.close()
    return [reply["aggregate_reward_score"] for reply in replies]


def test_a_teams_own_code_ships_with_what_serves_it_and_gives_the_same_rewards(shipped):
    folder = shipped["own"]
    own = Path(__file__).with_name("own_reward.py")
    assert (folder / own.name).read_text() == own.read_text()
    assert (folder / "RestrictedPython").is_dir()
    assert rewards_of(folder, "own", [row("yes"), row("no")]) == [1.0, 0.0]


def test_a_file_that_customises_a_template_ships_as_that_template(shipped):
    folder = shipped["house"]
    assert not (folder / "own_template.py").exists()
    assert not (folder / "RestrictedPython").exists()
    assert (folder / "bin" / "ruff").exists()
    settings = load_entries(folder / "graders.toml")["house"].settings
    assert settings["internal_standards"][0]["name"] == "print"
    assert settings["approved_libraries"] == ["numpy"]


def test_own_code_that_calls_templates_ships_with_them_and_with_what_they_need(tmp_path):
    file = tmp_path / "graders.toml"
    file.write_text(
        '[graders.both]\ncode = "both.py"\n'
        'capabilities = ["grade:code_verification", "grade:math_reasoning"]\n'
    )
    (tmp_path / "both.py").write_text(
        "def reward(sample):\n"
        "    code = sample.grade('code_verification')['criteria']['tests_passed']\n"
        "    sums = sample.grade('math_reasoning', completion='42', reference='42')\n"
        "    return (code + sums['criteria']['answer_correct']) / 2\n"
    )
    (one,) = load_deployed(file)
    folder = grader_package(one, "arm64")
    there = {path.name for path in (folder / "touchstone" / "templates").iterdir() if path.is_dir()}
    assert there == {"code_verification", "math_reasoning"}
    # What reads the code, what a template reads its answers and its style by, what hides it all.
    needed = ("RestrictedPython", "sympy", "bin/ruff", f"touchstone/{WRAPPER}")
    assert [name for name in needed if not (folder / name).exists()] == []
    assert not list(folder.rglob("cases.jsonl"))
    codes = ("def f(): return 1", "def f(): return 2")
    assert rewards_of(folder, "both", [row(code, "assert f() == 1") for code in codes]) == [
        1.0,
        0.5,
    ]


def test_own_code_outside_the_folder_is_refused(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "reward.py").write_text("def reward(sample):\n    return 1.0\n")
    file = tmp_path / "inside" / "graders.toml"
    file.write_text('[graders.own]\ncode = "../reward.py"\n')
    (one,) = load_deployed(file)
    with pytest.raises(SettingsError, match="outside"):
        check_code(one)


INIT = Path("touchstone/__init__.py")


def own_imports(folder, file):
    """Yields the project's modules that a shipped file imports as it runs."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("touchstone"):
            base = Path(*(node.module or "").split("."))
            for path in (base.with_suffix(".py"), *(base / f"{a.name}.py" for a in node.names)):
                if (ROOT / path).exists():
                    assert (folder / path).exists(), f"{file.name} imports {path}"
                    yield path


def test_the_executor_holds_nothing_worth_reading(shipped):
    folder = shipped["executor"]
    assert not (folder / "touchstone" / "templates").exists()
    assert not (folder / "graders.toml").exists()
    # Neither more than it imports nor less.
    needed = {
        path
        for file in folder.glob("touchstone/lambdas/**/*.py")
        for path in own_imports(folder, file)
    }
    while more := {p for path in needed for p in own_imports(folder, folder / path)} - needed:
        needed |= more
    there = {p.relative_to(folder) for p in (folder / "touchstone").glob("*.py")}
    assert {p for p in needed if p.parent.name == "touchstone"} | {INIT} == there
    assert (folder / "numpy").is_dir()
    assert not (shipped["code_verification"] / "numpy").exists()


def test_native_code_is_for_the_functions_platform(full, dev):
    for assembly, architecture in ((full, "x86_64"), (dev, "arm64")):
        machines = set()
        for folder in packages(assembly).values():
            for path in folder.rglob("*"):
                if path.is_file():
                    with path.open("rb") as file:
                        head = file.read(20)
                    if head[:4] == b"\x7fELF":
                        machines.add(int.from_bytes(head[18:20], "little"))
        assert machines == {MACHINES[architecture]}


def test_the_linter_that_code_quality_needs_can_be_run(shipped):
    ruff = shipped["code_verification"] / "bin" / "ruff"
    assert os.access(ruff, os.X_OK)


def test_nothing_carries_the_building_machine(full, dev):
    for folder in {*packages(full).values(), *packages(dev).values()}:
        for path in folder.rglob("*"):
            assert path.name not in ("RECORD", "INSTALLER", "direct_url.json", "__pycache__")
            if path.parent == folder / "bin":
                assert path.read_bytes()[:2] != b"#!"


@pytest.mark.parametrize("name", ["executor", "math_reasoning"])
def test_functions_that_hold_code_can_hide_from_it(shipped, name):
    wrapper = shipped[name] / "touchstone" / "lambdas" / "unreadable.sh"
    assert os.access(wrapper, os.X_OK)


def test_the_wrapper_starts_the_runtime_whatever_happens(shipped, tmp_path):
    wrapper = shipped["executor"] / "touchstone" / "lambdas" / "unreadable.sh"
    # No interpreter lies where this one is, so that nothing can be hidden.
    plain = tmp_path / "bin" / "runtime"
    plain.parent.mkdir()
    plain.write_text('#!/bin/sh\necho "started $*"\n')
    plain.chmod(0o755)
    done = subprocess.run([wrapper, plain, "-m", "it"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "started -m it\n")
