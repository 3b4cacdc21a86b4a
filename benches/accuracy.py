"""``make accuracy DATA=<folder>``: every template's accuracy tables, from labelled rows.

Runs ``main(folder, judge)`` of each ``benches/<template>_accuracy.py``, which reads
``<folder>/<template>/`` and says so where there is nothing to read; each of them documents
the rows it takes and runs alone as ``python -m benches.<template>_accuracy <folder>``.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

Main = Callable[[Path, str], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Prints every table; 2 when the folder does not exist."""
    return run({name: partial(_print, name) for name in _modules()}, argv)


def run(mains: dict[str, Main], argv: Sequence[str] | None = None) -> int:
    """Reads the command line and prints the tables of ``mains``, title to function."""
    parser = argparse.ArgumentParser(description="Measures graders against labelled rows.")
    parser.add_argument("folder", type=Path, help="holds one folder of rows per template")
    parser.add_argument("--judge", default="offline", help="as in graders.toml")
    options = parser.parse_args(argv)
    if not options.folder.is_dir():
        print(f"{options.folder} is not a folder", file=sys.stderr)
        return 2
    for title, table in mains.items():
        print(f"\n## {title.removesuffix('_accuracy')}\n", flush=True)
        table(options.folder, options.judge)
    return 0


def _modules() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("*_accuracy.py"))


def _print(name: str, folder: Path, judge: str) -> None:
    importlib.import_module(f"benches.{name}").main(folder, judge)


if __name__ == "__main__":
    sys.exit(main())
