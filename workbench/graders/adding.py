"""Adds a grader to a folder: its files and its entry, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from touchstone.config import FILE_NAME, NAMES, is_name, load_entries
from touchstone.settings import SettingsError
from touchstone.templates import template_names


def module_of(name: str) -> str:
    """Returns what the files of a grader are called."""
    return name.replace("-", "_")


def add_grader(name: str, root: Path, texts: Mapping[str, str], entry: str) -> list[Path]:
    """Writes the files of a new grader, and its entry behind what graders.toml holds.

    Args:
        name: Its entry's name.
        root: The folder of graders.toml, which is made where there is none.
        texts: Path, relative to that folder, to what the file holds.
        entry: The entry's tables.

    Returns:
        What was written, the graders.toml last.

    Raises:
        SettingsError: The name is none or is taken, the graders.toml cannot be read, or a file
            is there already. Nothing is written then.
        OSError: A file cannot be written. What was written before it is taken away again.
    """
    check_new(name, root, texts)
    toml = root / FILE_NAME
    before = toml.read_text(encoding="utf-8") if toml.exists() else ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    written: list[Path] = []
    try:
        for place, text in texts.items():
            path = root / place
            path.parent.mkdir(parents=True, exist_ok=True)
            written.append(path)
            path.write_text(text, encoding="utf-8")
        with toml.open("a", encoding="utf-8") as file:
            file.write(f"{gap}{entry}")
    except BaseException:  # Ctrl-C too
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return [*written, toml]


def check_new(name: str, root: Path, places: Iterable[str]) -> None:
    """Refuses a name or a file that is there already.

    Raises:
        SettingsError: Names it.
    """
    if not is_name(name):
        raise SettingsError(f"{name!r} is no name: {NAMES}")
    said = f"there is a grader {name!r} already"
    if there := load_entries(root / FILE_NAME).get(name):
        there.refuse("code" if there.code else "template", said)
    if name in template_names():
        raise SettingsError(said)
    for place in places:
        if os.path.lexists(root / place):  # a link to what is not there yet too
            raise SettingsError(f"{place} is there already")
