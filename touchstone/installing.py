"""The command that installs an extra, for the way in which this process came to be started."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

_PACKAGE = "touchstone"
# What uv calls the folders of its cache that hold the environments of `uvx`.
_OF_UVX = re.compile(r"(?:archive|environments)-v\d+")


def install(*extras: str) -> str:
    """Returns the command that installs some extras.

    In an environment of ``uvx`` nothing can be installed: the command is then the one to be
    started with in place of ``uvx touchstone``. Where the package is no release of an index, it
    names the file that it came from.

    Args:
        extras: Their names, with ``-`` or with ``_``; some older installers know no ``_``.
    """
    wanted = f"{_PACKAGE}[{','.join(extra.replace('_', '-') for extra in extras)}]"
    prefix = Path(sys.prefix)
    if any(_OF_UVX.fullmatch(part) for part in prefix.parts):
        return f"uvx --from '{wanted}{_origin()}' {_PACKAGE} ..."
    if (prefix / "uv-receipt.toml").is_file():  # written by `uv tool install`
        return f"uv tool install '{wanted}{_origin()}'"
    pip = "pip" if _is_plain(prefix) else "uv pip"
    return f"{pip} install '{wanted}'"


def _is_plain(prefix: Path) -> bool:
    """Tells whether an environment was made by anything but uv, whose own have no pip."""
    try:
        return re.search(r"(?m)^uv = ", (prefix / "pyvenv.cfg").read_text("utf-8")) is None
    except (OSError, UnicodeDecodeError):
        return True


def _origin() -> str:
    """Returns where the package came from, as a requirement names it; ``""`` from an index."""
    from importlib import metadata  # only a person who lacks something pays for it

    try:
        told = metadata.distribution(_PACKAGE).read_text("direct_url.json")
        url = json.loads(told)["url"] if told else ""
    except (metadata.PackageNotFoundError, ValueError, KeyError, TypeError):
        return ""
    return f" @ {url}" if url else ""
