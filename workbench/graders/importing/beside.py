"""Files that a grader's own file names as ``file://``: read only from its folder."""

from __future__ import annotations

import re
from pathlib import Path

from touchstone.workbench.graders.importing.model import Node
from touchstone.workbench.graders.importing.reading import read_text

_SCHEME = "file://"
_TEXTS = (".txt", ".md")
# E.g. `file://checks.py:grade`; not `file://checks.py`
_FUNCTION = re.compile(r"(.+\.py):(\w+)")


def beside(node: Node, value: str, *endings: str) -> str:
    """Returns a text, or what the file holds that it names.

    Args:
        node: Where it stands.
        value: A text; one that begins with ``file://`` names a file, relative to the node's own.
        endings: What such a file may end in; texts by default.

    Raises:
        NotImported: The file lies elsewhere, is none of these, or cannot be read.
    """
    if not value.startswith(_SCHEME):
        return value
    path = file_of(node, value, *(endings or _TEXTS))
    try:
        text = read_text(str(path))
    except OSError as exc:
        raise node.refuse(f"{path.name} cannot be read: {exc.strerror}") from exc
    if endings:
        return text
    if "{{" in text or "{%" in text:
        raise node.refuse(f"{path.name} holds placeholders, which are not filled in there either")
    return text.strip()


def file_of(node: Node, value: str, *endings: str) -> Path:
    """Returns the file that a ``file://`` names.

    Raises:
        NotImported: It lies outside the folder of the node's file, or ends otherwise.
    """
    found = _FUNCTION.fullmatch(value)
    named = (found[1] if found else value).removeprefix(_SCHEME)
    if "{{" in named or "\0" in named:
        raise node.refuse("the name of a file must be plain")
    folder = Path(node.file).resolve().parent
    path = (folder / named).resolve()
    if not path.is_relative_to(folder):
        raise node.refuse("names a file outside the folder of this one", "put it beside this one")
    if path.suffix.lower() not in endings:
        raise node.refuse(f"{path.name} is none of {', '.join(endings)}")
    if not path.is_file():
        raise node.refuse(f"there is no file {named}")
    return path


def function_of(value: str) -> str:
    """Returns the function of a file that a ``file://`` names, ``""`` where only the file."""
    found = _FUNCTION.fullmatch(value)
    return found[2] if found else ""
