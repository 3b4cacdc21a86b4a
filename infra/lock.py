"""``make lock``: one locked list of wheels per Lambda package, the same for both architectures.

What ships is what is tested: every version is the one of requirements.txt.
"""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

from uv import find_uv_bin

from touchstone.infra.package import LOCKS, PLATFORMS, PYTHON

ROOT = Path(__file__).resolve().parents[1]

# What ships nowhere.
_OPERATORS = {"workbench", "infra"}
# Lambda's runtime brings its own boto3 and what that needs; the tracer asks for no more.
_RUNTIME_HAS = ("botocore", "python-dateutil", "six", "urllib3")


def main() -> None:
    """Rewrites lambdas/requirements/.

    Raises:
        CalledProcessError: A wheel is missing for one of Lambda's architectures.
    """
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    groups, extras = project["dependency-groups"], project["project"]["optional-dependencies"]
    LOCKS.mkdir(exist_ok=True)
    wanted = {"base": groups["function"], "executor": groups["executor"]}
    wanted |= {e: groups["function"] + extras[e] for e in extras if e not in _OPERATORS}
    for name, what in wanted.items():
        arm, intel = (_compiled(what, platform) for platform in PLATFORMS.values())
        if arm != intel:
            raise SystemExit(f"{name}: the architectures' wheels differ in more than their hashes")
        (LOCKS / f"{name}.txt").write_text(arm, encoding="utf-8")
    for stale in {path.stem for path in LOCKS.glob("*.txt")} - wanted.keys():
        (LOCKS / f"{stale}.txt").unlink()


def _compiled(what: list[str], platform: str) -> str:
    return subprocess.run(  # noqa: S603 - our own arguments
        [find_uv_bin(), "pip", "compile", "--quiet", "-", "--generate-hashes",
         "--constraint", "requirements.txt",
         "--no-emit-index-url", "--no-annotate", "--only-binary", ":all:",
         "--python-version", PYTHON, "--python-platform", platform,
         "--custom-compile-command", "make lock",
         *(f"--no-emit-package={name}" for name in _RUNTIME_HAS)],
        input="\n".join(what), check=True, cwd=ROOT, capture_output=True, encoding="utf-8",
    ).stdout  # fmt: skip


if __name__ == "__main__":
    main()
