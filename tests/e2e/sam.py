"""``make sam``: ``sam local invoke`` of the synthesized template with every event of events/.

Exit code 0 when every reply is what the grader answers in process, 1 when one is not, and 2
where there is no container engine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from uv import find_uv_bin

from tests.e2e import golden, toolchain
from tests.e2e.toolchain import STACK
from touchstone.infra.package import PYTHON
from touchstone.templates import get_template

_SAM = "aws-sam-cli==1.170.0"


def main() -> int:
    """Invokes each event's function in a container of its own; returns the exit code."""
    if not _engine():
        print("make sam needs a container engine: no docker or podman answers here.")
        return 2
    template = toolchain.synthesize(PYTHON) / f"{STACK}.template.json"
    resources = json.loads(template.read_text(encoding="utf-8"))["Resources"]
    ids = {
        made["Properties"]["FunctionName"]: logical_id
        for logical_id, made in resources.items()
        if made["Type"] == "AWS::Lambda::Function"
    }
    failed = 0
    for file in sorted(golden.EVENTS.glob("*.json")):
        grader = golden.grader_of(file)
        if "executor" in get_template(grader).needs:
            print(f"{file.name}: left out, its function calls another, and sam has no AWS for it")
            continue
        reply = _invoke(template, ids[f"touchstone-e2e-{grader}"], file)
        expected = golden.in_process(grader, json.loads(file.read_text(encoding="utf-8")))
        right = golden.plain(reply) == golden.same(expected)
        print(f"{file.name}: {'as in process' if right else f'NOT as in process: {reply}'}")
        failed += not right
    return min(failed, 1)


def _engine() -> bool:
    engines = filter(None, map(shutil.which, ("docker", "podman")))
    asked = (subprocess.run([path, "info"], capture_output=True) for path in engines)
    return any(done.returncode == 0 for done in asked)


def _invoke(template: Path, logical_id: str, event: Path) -> object:
    # Its exit code is 0 even where the function failed: only the reply tells.
    done = subprocess.run(
        [find_uv_bin(), "tool", "run", "--quiet", "--from", _SAM, "sam", "local", "invoke",
         logical_id, "--template", template, "--event", event],
        cwd=tempfile.gettempdir(), capture_output=True, text=True,
    )  # fmt: skip
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
