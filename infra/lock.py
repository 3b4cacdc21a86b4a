"""``make lock``: one locked list of wheels per Lambda package, the same for both architectures.

What ships is what is tested: every version is the one of requirements.txt.
"""

from __future__ import annotations

import subprocess
import tomllib

from uv import find_uv_bin

from infra.package import LOCKS, PLATFORMS, PYTHON, ROOT

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
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    LOCKS.mkdir(exist_ok=True)
    wanted = {"base": ["pyproject.toml"], "executor": ["--group", "executor"]}
    wanted |= {e: ["pyproject.toml", "--extra", e] for e in extras if e not in _OPERATORS}
    for name, what in wanted.items():
        arm, intel = (_compiled(what, platform) for platform in PLATFORMS.values())
        if arm != intel:
            raise SystemExit(f"{name}: the architectures' wheels differ in more than their hashes")
        (LOCKS / f"{name}.txt").write_text(arm, encoding="utf-8")
    for stale in {path.stem for path in LOCKS.glob("*.txt")} - wanted.keys():
        (LOCKS / f"{stale}.txt").unlink()


def _compiled(what: list[str], platform: str) -> str:
    return subprocess.run(  # noqa: S603 - our own arguments
        [find_uv_bin(), "pip", "compile", "--quiet", *what, "--generate-hashes",
         "--constraint", "requirements.txt",
         "--no-emit-index-url", "--no-annotate", "--only-binary", ":all:",
         "--python-version", PYTHON, "--python-platform", platform,
         "--custom-compile-command", "make lock",
         *(f"--no-emit-package={name}" for name in _RUNTIME_HAS)],
        check=True, cwd=ROOT, capture_output=True, encoding="utf-8",
    ).stdout  # fmt: skip


if __name__ == "__main__":
    main()
