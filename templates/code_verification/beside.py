"""Files that lie beside test code: data, modules of its own, and pytest's ``conftest.py``."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.templates.code_verification.syntax import parse

_CONFTEST = "conftest.py"
# Run in the tests' cage before them, where files are in memory.
_LAID = """
def _lay_files(texts):
    import os
    import sys
    import types

    for path, text in texts.items():
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    for path, text in texts.items():
        name = path.removesuffix(".py").replace("/", ".")
        if path.endswith(".py") and name.isidentifier() and name != "conftest":
            sys.modules[name] = module = types.ModuleType(name)
            exec(compile(text, path, "exec"), module.__dict__)
    sys.modules["conftest"] = sys.modules[__name__]


_lay_files({texts!r})
"""


def laid(reference: Mapping[str, Any]) -> str:
    """Returns code that lays out the files of a reference, and then is what conftest.py says.

    Raises:
        BadReference: They are no object of relative paths and texts, or one is no Python.
    """
    files = reference.get("files")
    if files is None:
        return ""
    where = "reference_answer.files"
    if not isinstance(files, Mapping) or not files:
        raise BadReference(f"{where} is not an object of paths and texts")
    for path, text in files.items():
        if not isinstance(text, str):
            raise BadReference(f"{where}[{path!r}] is not a text")
        if path.startswith("/") or ".." in path.split("/"):
            raise BadReference(f"{where}[{path!r}] is not a path below the tests' folder")
        if path.endswith(".py") and parse(text) is None:
            raise BadReference(f"{where}[{path!r}] is not Python")
    texts = {path: text for path, text in files.items() if path != _CONFTEST}
    conftest = textwrap.dedent(files.get(_CONFTEST, ""))
    return f"{_LAID.replace('{texts!r}', repr(texts))}\n{conftest}\n"
