"""What tells one version of a grader from another, wherever results or proofs of it are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from touchstone.config import graders_file, load_entries
from touchstone.grader import Grader
from touchstone.rooms import HOME, ROOMS


def version_of(grader: Grader, graders: Path | None = None) -> str:
    """Returns what tells a version of a grader from others: code, settings and judge.

    A hash of the settings, and of every file whose code decides a reward: the runtime's, the
    template's, or the user's own.

    Args:
        grader: As it is loaded.
        graders: The graders.toml that it is of; the one that counts here by default.
    """
    told = hashlib.sha256(json.dumps(msgspec.to_builtins(grader.settings), sort_keys=True).encode())
    for path in _code_of(grader, graders or graders_file()):
        told.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return told.hexdigest()[:16]


def _code_of(grader: Grader, graders: Path) -> Iterator[Path]:
    yield from (path for path in _files(HOME) if path.relative_to(HOME).parts[0] not in ROOMS)
    name = grader.template.name
    folder = HOME / "templates" / name
    if folder.is_dir():
        yield from _files(folder)
        return
    entry = load_entries(graders).get(grader.name)
    if entry is not None and entry.code:
        yield graders.parent / entry.code


def _files(folder: Path) -> Iterator[Path]:
    return (
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in (".py", ".toml", ".txt", ".json", ".md")
    )
