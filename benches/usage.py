"""How a bench is called: ``--help`` shows its docstring, and a word too many is refused."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def usage(doc: str | None) -> argparse.ArgumentParser:
    """Returns the parser of a bench, which takes nothing but ``--help`` yet.

    Args:
        doc: The bench's docstring.
    """
    return argparse.ArgumentParser(
        prog=f"python -m benches.{Path(sys.argv[0]).stem}",
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def arguments(doc: str | None, **defaults: Any) -> list[Any]:
    """Returns what a bench was called with, in the order that it names its arguments.

    Args:
        doc: The bench's docstring.
        defaults: What each is where it is left out, which says its type too.
    """
    parser = usage(doc)
    for name, default in defaults.items():
        parser.add_argument(
            name, nargs="?", type=type(default), default=default, help=f"{default!r} by default"
        )
    given = parser.parse_args()
    return [getattr(given, name) for name in defaults]
