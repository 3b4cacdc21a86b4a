"""The action of this repository: its inputs reach its steps, and its check runs as written."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action" / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


@pytest.fixture
def checked(tmp_path):
    """Runs the step of the check as a runner would; gives its exit code and the report."""

    def run(**inputs):
        tool = tmp_path / "touchstone"
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m touchstone.workbench.cli "$@"\n')
        tool.chmod(0o755)
        given = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
        given |= {"touchstone": str(tool), **inputs}
        said = {k: given[v.split(".")[1].rstrip(" }")] for k, v in STEPS["Check"]["env"].items()}
        env = os.environ | said | {"GITHUB_OUTPUT": str(tmp_path / "out"), "PYTHONPATH": str(ROOT)}
        command = ["bash", "-e", "-c", STEPS["Check"]["run"]]
        done = subprocess.run(command, cwd=tmp_path, env=env, check=False, capture_output=True)
        return done.returncode, tmp_path / given["junit"]

    return run


def test_no_input_is_pasted_into_a_script():
    # What a pull request names must not become a command.
    assert not [step for step in STEPS.values() if "${{" in step["run"]]


def test_every_input_is_said_and_used():
    used = set(re.findall(r"inputs\.(\w+)", str(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    assert all(one["description"] for one in ACTION["inputs"].values())


def test_the_documents_give_it_inputs_that_it_has():
    text = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    steps = [step for block in blocks for step in yaml.safe_load(block)]
    given = [set(step["with"]) for step in steps if step.get("uses") == "./action"]
    needed = {name for name, one in ACTION["inputs"].items() if one.get("required")}
    assert given
    assert all(needed <= names <= set(ACTION["inputs"]) for names in given)


def test_a_grader_that_holds_passes_and_leaves_a_report(checked):
    code, report = checked(grader="content_moderation")
    assert code == 0
    assert list(ElementTree.parse(report).getroot().iter("testcase"))


def test_bad_input_fails_the_step(checked):
    assert checked(grader="nobody")[0] == 2


def test_the_scripts_are_sound_bash():
    for step in STEPS.values():
        assert step["shell"] == "bash"
        assert subprocess.run(["bash", "-n", "-c", step["run"]], check=False).returncode == 0
