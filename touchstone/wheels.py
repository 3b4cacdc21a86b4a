"""Locking and installing wheels, by uv: for a grader's libraries, and for what ships to Lambda.

Only wheels, which run no code when they are installed, and only those whose hashes are locked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from touchstone.installing import install
from touchstone.settings import SettingsError

# Wheels carry what nobody reads; numpy alone ships 9 MB of tests and headers.
_NEVER = ("__pycache__", "*.pyc", "tests", "test", "*.pyi", "*.h", "*.a", "include")
_MACHINE_BOUND = (".lock", "*.dist-info/RECORD", "*.dist-info/INSTALLER",
                  "*.dist-info/REQUESTED", "*.dist-info/direct_url.json",
                  "*.dist-info/uv_cache.json")  # fmt: skip
_SAID = 600  # characters of what an installer says


def compile_lock(libraries: Sequence[str], python: str) -> str:
    """Returns a lock of these libraries and all that they need, for every platform.

    Args:
        libraries: Names, perhaps with versions.
        python: The lowest version of Python that it is for, such as ``3.11``.

    Raises:
        SettingsError: There is no such set; says why.
    """
    return _uv(
        ["pip", "compile", "-", "--universal", "--python-version", python, "--generate-hashes",
         "--no-emit-index-url", "--no-annotate", "--no-header", "--only-binary", ":all:"],
        "\n".join(libraries),
    )  # fmt: skip


def install_wheels(lock: Path, folder: Path, python: str = "", platform: str = "") -> None:
    """Makes a folder of the wheels of one lock, whole or not at all.

    Byte for byte the same everywhere: console scripts and installer records, which carry the
    path of the building interpreter, are left out.

    Args:
        lock: Versions and hashes.
        folder: Is made, or left as it is where it is there.
        python: Version that the wheels are for; the running one's by default.
        platform: The same, as uv names platforms.

    Raises:
        SettingsError: There is no wheel for one, or its hash is another; says which.
    """
    if folder.exists():
        return
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    target = ["--python-version", python, "--python-platform", platform] if python else []
    try:
        _uv(
            ["pip", "install", "--target", str(fresh), "--no-deps", "--require-hashes",
             "--only-binary", ":all:", *target, "-r", str(lock)],
        )  # fmt: skip
        _thin(fresh)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _thin(folder: Path) -> None:
    for script in (path for path in folder.glob("bin/*") if path.read_bytes()[:2] == b"#!"):
        script.unlink()
    if (folder / "bin").exists() and not any((folder / "bin").iterdir()):
        (folder / "bin").rmdir()
    for pattern in (*_MACHINE_BOUND, *(f"**/{pattern}" for pattern in _NEVER)):
        for found in folder.glob(pattern):
            shutil.rmtree(found) if found.is_dir() else found.unlink(missing_ok=True)


def _uv(arguments: Sequence[str], text: str = "") -> str:
    try:
        from uv import find_uv_bin  # none of the functions that ship has it
    except ImportError:
        raise SettingsError(f"uv is needed for this: {install('workbench')}") from None
    run = subprocess.run(  # noqa: S603 - our own arguments
        [find_uv_bin(), *arguments, "--quiet"],
        input=text, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if run.returncode:
        raise SettingsError(f"uv {arguments[1]}: {' '.join(run.stderr.split())[:_SAID]}")
    return run.stdout


def size_of(folder: Path) -> dict[str, int]:
    """Returns the bytes of each part of a folder, the largest first."""
    sizes = {
        part.name: sum(f.stat().st_size for f in (part, *part.rglob("*")) if f.is_file())
        for part in folder.iterdir()
    }
    return dict(sorted(sizes.items(), key=lambda each: -each[1]))
