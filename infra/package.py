"""What ships to Lambda: per function only its own sources and its own locked wheels.

Built without Docker from ``lambdas/requirements/``, for Lambda's platform whatever machine
builds it, and byte for byte the same everywhere: console scripts and installer records,
which carry the path of the building interpreter, are left out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from infra.settings import Architecture, Deployed
from touchstone.settings import SettingsError
from touchstone.usercode.grader import TEMPLATE_NAME

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOCKS = ROOT / "lambdas" / "requirements"
PYTHON = "3.13"
# Amazon Linux 2023, under Lambda's python3.13, has glibc 2.34.
PLATFORMS: dict[Architecture, str] = {
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}
# Wheels carry what no function reads; numpy alone ships 9 MB of tests and headers.
_NEVER = ("__pycache__", "*.pyc", "tests", "test", "*.pyi", "*.h", "*.a", "include")
_MACHINE_BOUND = (".lock", "*.dist-info/RECORD", "*.dist-info/INSTALLER",
                  "*.dist-info/REQUESTED", "*.dist-info/direct_url.json",
                  "*.dist-info/uv_cache.json")  # fmt: skip


# Hides a process that holds untrusted code from that code.
WRAPPER = "lambdas/unreadable.sh"
# A function of the platform's own gets no code that it does not run.
_SANDBOX = (
    "__init__.py", "deadline.py", "invoking.py", "isolation.py", "outcomes.py", "sandbox",
    "sanitize.py",
)  # fmt: skip
_OWN: dict[str, list[str]] = {
    "executor": [WRAPPER, "lambdas/executor", *(f"touchstone/{part}" for part in _SANDBOX)],
    "monitor": ["lambdas/monitor", "touchstone"],
    "regrade": ["lambdas/regrade", "touchstone"],
}


def grader_package(deployed: Deployed, architecture: Architecture) -> Path:
    """Builds the folder of one grader function and returns it.

    Raises:
        SettingsError: A user's own code lies outside the folder of graders.toml.
    """
    grader, entry = deployed.grader, deployed.entry
    check_code(deployed)
    sources = ["touchstone", "templates/__init__.py", "lambdas/__init__.py", "lambdas/grader"]
    own = grader.template.name == TEMPLATE_NAME
    if not own:
        sources.append(f"templates/{grader.template.name}")
    if "sandbox" in grader.template.needs:
        sources.append(WRAPPER)
    folder = _assemble(f"grader-{grader.name}", sources, grader.template.name, architecture)
    if own:
        target = folder / entry.code
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(deployed.folder / entry.code, target)
    # Only its own entry: a change to another grader must not make a new version of this one.
    defaults = msgspec.to_builtins(type(grader.settings)())
    settings = {
        name: value
        for name, value in msgspec.to_builtins(grader.settings).items()
        if value != defaults[name] or (name == "judge" and grader.settings.allow_offline)
    }
    of_code = {"code": entry.code, "policy": entry.policy, "capabilities": entry.capabilities}
    # A file that customises a template is read by now: what it says is in the settings.
    made = of_code if own else {"template": grader.template.name}
    table = {"graders": {grader.name: {**made, "settings": _toml_data(settings)}}}
    (folder / "graders.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    return folder


def _toml_data(value: Any) -> Any:
    """Returns a value without what is ``None``, which TOML says by leaving it out."""
    if isinstance(value, dict):
        return {key: _toml_data(item) for key, item in value.items() if item is not None}
    return [_toml_data(item) for item in value] if isinstance(value, list | tuple) else value


def check_code(deployed: Deployed) -> None:
    """Refuses a user's own code that could not lie in the package where its entry says.

    Raises:
        SettingsError: It is outside the folder of graders.toml.
    """
    code, folder = deployed.entry.code, deployed.folder.resolve()
    if Path(code).is_absolute() or not (folder / code).resolve().is_relative_to(folder):
        raise SettingsError(f"graders.{deployed.grader.name}: {code} is outside {folder}")


def function_package(name: str, architecture: Architecture) -> Path:
    """Builds the folder of a function of the platform's own, such as ``executor``."""
    return _assemble(name, ["lambdas/__init__.py", *_OWN[name]], name, architecture)


def _assemble(name: str, sources: list[str], lock: str, architecture: Architecture) -> Path:
    folder = BUILD / f"{name}-{architecture}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_wheels(lock, architecture), folder)
    for source in sources:
        origin, target = ROOT / source, folder / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            unread = shutil.ignore_patterns("__pycache__", "*.md", "cases.jsonl")
            shutil.copytree(origin, target, ignore=unread, dirs_exist_ok=True)
        else:
            shutil.copy(origin, target)
    return folder


def _wheels(lock: str, architecture: Architecture) -> Path:
    """Returns a folder of the wheels of one lock, built once per content of the lock."""
    from uv import find_uv_bin

    path = LOCKS / f"{lock}.txt"
    if not path.exists():
        path = LOCKS / "base.txt"
    recipe = path.read_bytes() + Path(__file__).read_bytes() + architecture.encode()
    folder = (
        BUILD / "wheels" / f"{path.stem}-{architecture}-{hashlib.sha256(recipe).hexdigest()[:12]}"
    )
    if folder.exists():
        return folder
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    subprocess.run(  # noqa: S603 - our own arguments
        [find_uv_bin(), "pip", "install", "--quiet", "--target", str(fresh), "--no-deps",
         "--require-hashes", "--only-binary", ":all:", "--python-version", PYTHON,
         "--python-platform", PLATFORMS[architecture], "-r", str(path)],
        check=True,
    )  # fmt: skip
    for script in (path for path in fresh.glob("bin/*") if path.read_bytes()[:2] == b"#!"):
        script.unlink()
    if (fresh / "bin").exists() and not any((fresh / "bin").iterdir()):
        (fresh / "bin").rmdir()
    for pattern in (*_MACHINE_BOUND, *(f"**/{pattern}" for pattern in _NEVER)):
        for found in fresh.glob(pattern):
            shutil.rmtree(found) if found.is_dir() else found.unlink(missing_ok=True)
    fresh.rename(folder)
    return folder
