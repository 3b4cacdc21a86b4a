"""What ships to Lambda: per function only its own sources and its own locked wheels.

Built without Docker from ``lambdas/requirements/``, for Lambda's platform whatever machine
builds it, and byte for byte the same everywhere: console scripts and installer records,
which carry the path of the building interpreter, are left out.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from touchstone.infra.settings import Architecture, Deployed
from touchstone.libraries import FOLDER, Lock, locked
from touchstone.rooms import HOME, ROOMS
from touchstone.settings import SettingsError
from touchstone.usercode.capabilities import GRADE
from touchstone.usercode.grader import TEMPLATE_NAME
from touchstone.wheels import install_wheels, size_of

# Of the project that is deployed: the CDK runs its app there.
BUILD = Path("build").absolute()
LOCKS = HOME / "lambdas" / "requirements"
PYTHON = "3.13"
# Amazon Linux 2023, under Lambda's python3.13, has glibc 2.34.
PLATFORMS: dict[Architecture, str] = {
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}
# What ``touchstone.libraries.this_tag`` is there.
_TAGS: dict[Architecture, str] = {
    "arm64": "cpython-313-linux-aarch64",
    "x86_64": "cpython-313-linux-x86_64",
}
# Source: Lambda developer guide, "Lambda quotas": a package unzipped, its layers included.
MOST_BYTES = 250 * 2**20
_NAMED = 5  # parts of a package that is too large


# Hides a process that holds untrusted code from that code.
WRAPPER = "lambdas/unreadable.sh"
_RUNTIME = "."
# A function of the platform's own gets no code that it does not run.
_SANDBOX = (
    "__init__.py", "deadline.py", "invoking.py", "isolation.py", "outcomes.py", "sandbox",
    "sanitize.py",
)  # fmt: skip
_OWN: dict[str, list[str]] = {
    "executor": [WRAPPER, "lambdas/executor", *_SANDBOX],
    "monitor": ["lambdas/monitor", _RUNTIME],
    "regrade": ["lambdas/regrade", _RUNTIME],
}


def grader_package(deployed: Deployed, architecture: Architecture) -> Path:
    """Builds the folder of one grader function and returns it.

    Raises:
        SettingsError: A user's own code lies outside the folder of graders.toml.
    """
    grader, entry = deployed.grader, deployed.entry
    check_code(deployed)
    sources = [_RUNTIME, "templates/__init__.py", "lambdas/__init__.py", "lambdas/grader"]
    own = grader.template.name == TEMPLATE_NAME
    used = [c.removeprefix(GRADE) for c in entry.capabilities if c.startswith(GRADE)]
    sources += [f"templates/{name}" for name in (used if own else [grader.template.name])]
    if "sandbox" in grader.template.needs:
        sources.append(WRAPPER)
    folder = _assemble(f"grader-{grader.name}", sources, grader.template.name, architecture)
    if lock := locked(grader):
        (folder / FOLDER).mkdir()
        shutil.copy(lock.path, folder / FOLDER)
        if "sandbox" in grader.template.needs:
            home = Path(FOLDER, lock.home(_TAGS[architecture]).name)
            _add_libraries(folder, home, lock, architecture)
            _check_size(f"graders.{grader.name}", folder, home)
    for name in used:
        shutil.copytree(_wheels(name, architecture), folder, dirs_exist_ok=True)
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


def digest_of(folder: Path) -> str:
    """Returns the SHA-256 of a package: of each file's place, bytes and whether it can be run.

    Versions go by it. The CDK's own digest trusts what it once read of a file with the same
    inode, size and time; a package that is built anew has its files on inodes of others.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        held = path.read_bytes()
        place = path.relative_to(folder).as_posix()
        runs = "runs" if path.stat().st_mode & 0o111 else "read"
        digest.update(f"{place}\0{runs}\0{len(held)}\0".encode())
        digest.update(held)
    return digest.hexdigest()


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


def executor_package(lock: Lock, architecture: Architecture) -> Path:
    """Builds the folder of an executor whose candidates may import these libraries.

    Raises:
        SettingsError: There is no wheel of one for Lambda, or they are too large for it.
    """
    name = f"executor-{lock.digest}"
    sources = ["lambdas/__init__.py", *_OWN["executor"]]
    folder = _assemble(name, sources, "executor", architecture)
    _add_libraries(folder, Path(FOLDER), lock, architecture)
    for part in ("numpy", "numpy.libs") if "numpy" in lock.modules else ():
        shutil.rmtree(folder / part)  # theirs wins, and it is a tenth of all that there may be
    _check_size(str(lock.path), folder, Path(FOLDER))
    return folder


def _assemble(name: str, sources: list[str], lock: str, architecture: Architecture) -> Path:
    folder = BUILD / f"{name}-{architecture}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_wheels(lock, architecture), folder)
    for source in sources:
        origin, target = HOME / source, folder / HOME.name / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            rooms = ROOMS if source == _RUNTIME else ()
            unread = shutil.ignore_patterns("__pycache__", "*.md", "cases.jsonl", *rooms)
            shutil.copytree(origin, target, ignore=unread, dirs_exist_ok=True)
        else:
            shutil.copy(origin, target)
    return folder


def _wheels(lock: str, architecture: Architecture) -> Path:
    """Returns a folder of the wheels of one of our own locks, or of the least there is."""
    path = LOCKS / f"{lock}.txt"
    return _built(path if path.exists() else LOCKS / "base.txt", architecture)


def _built(path: Path, architecture: Architecture) -> Path:
    """Returns a folder of the wheels of one lock, built once per content of the lock."""
    thinned = Path(install_wheels.__code__.co_filename).read_bytes()
    recipe = path.read_bytes() + thinned + f"{architecture} {PYTHON}".encode()
    folder = (
        BUILD / "wheels" / f"{path.stem}-{architecture}-{hashlib.sha256(recipe).hexdigest()[:12]}"
    )
    install_wheels(path, folder, PYTHON, PLATFORMS[architecture])
    return folder


def _add_libraries(folder: Path, target: Path, lock: Lock, architecture: Architecture) -> None:
    """Puts a grader's libraries into a package.

    Raises:
        SettingsError: There is no wheel of one for Lambda.
    """
    shutil.copytree(_built(lock.path, architecture), folder / target)


def _check_size(owner: str, folder: Path, libraries: Path) -> None:
    """Refuses a package that Lambda would.

    Raises:
        SettingsError: It is too large; names its largest libraries.
    """
    total = sum(size_of(folder).values())
    if total <= MOST_BYTES:
        return
    sizes = Counter[str]()
    for name, size in size_of(folder / libraries).items():
        sizes[name.removesuffix(".libs")] += size
    largest = ", ".join(f"{name} {size / 2**20:.0f}" for name, size in sizes.most_common(_NAMED))
    raise SettingsError(
        f"{owner}: its package takes {total / 2**20:.0f} MB unzipped and Lambda takes "
        f"{MOST_BYTES / 2**20:.0f}: list fewer libraries. The largest in MB: {largest}"
    )
