"""The figures that docs/accuracy.md and docs/performance.md show: ``make figures``.

A bench tells its main tables with :func:`tell`. A page shows one between the lines
``<!-- figures: <bench>-<table> -->`` and ``<!-- /figures -->``, where nobody else writes.
With ``KEEP=1`` (``make bench KEEP=1``) tables that a page shows are kept as well, each in
``benches/figures/<bench>-<table>.json`` with what it was measured on.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import msgspec

from benches.tables import table
from benches.usage import arguments

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "figures"
PAGES = (ROOT / "docs" / "accuracy.md", ROOT / "docs" / "performance.md")
# E.g. `<!-- figures: pipeline-flow -->`, what stands below it, and its end
_REGION = re.compile(r"(<!-- figures: ([\w-]+) -->\n).*?(<!-- /figures -->)", re.DOTALL)


class Figures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table with what it was measured on.

    Attributes:
        recorded: The day on which it was written down.
        version: Of Touchstone.
        conditions: The machine in words, and the judge where one was asked.
        header: Names of the columns.
        rows: Cells, as they are shown.
    """

    recorded: str
    version: str
    conditions: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tell(
    name: str, header: Sequence[str], rows: Sequence[Sequence[str]], conditions: str = ""
) -> None:
    """Prints a table, and keeps it where ``KEEP`` is set and a page shows it.

    Args:
        name: ``<bench>-<table>``, as its file is called.
        header: Names of the columns.
        rows: As many cells each.
        conditions: What the figures depend on besides the machine, such as the judge.
    """
    print(table(header, rows))
    if not os.environ.get("KEEP") or name not in shown():
        return
    figures = Figures(
        recorded=datetime.now(UTC).date().isoformat(),
        version=metadata.version("touchstone"),
        conditions=", ".join(filter(None, (conditions, _machine()))),
        header=tuple(header),
        rows=tuple(tuple(row) for row in rows),
    )
    keep(name, figures)


def keep(name: str, figures: Figures) -> None:
    """Writes the file of a table."""
    text = msgspec.json.format(msgspec.json.encode(figures), indent=1)
    (FOLDER / f"{name}.json").write_bytes(text + b"\n")


def read(name: str) -> Figures:
    """Returns a table that was kept."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        sys.exit(f"{path.relative_to(ROOT)} is not there: run its bench with KEEP=1")
    return msgspec.json.decode(path.read_bytes(), type=Figures)


def region(name: str) -> str:
    """Returns a kept table, and what it was measured on, as a page shows them."""
    figures = read(name)
    told = f"Recorded {figures.recorded}, version {figures.version}"
    conditions = f"; {figures.conditions}" if figures.conditions else ""
    source = f"`benches/figures/{name}.json`"
    return f"{table(figures.header, figures.rows)}\n\n*{told}{conditions} ({source}).*\n"


def drawn(text: str) -> str:
    """Returns a page's text with each of its tables as it is kept."""
    return _REGION.sub(lambda found: f"{found[1]}{region(found[2])}{found[3]}", text)


def shown() -> list[str]:
    """Returns the names of the tables that the pages show."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    return [found[2] for text in texts for found in _REGION.finditer(text)]


def main() -> None:
    """Draws the tables into the pages."""
    arguments(__doc__)
    for page in PAGES:
        page.write_text(drawn(page.read_text(encoding="utf-8")), encoding="utf-8")


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, load average {load:.0f}"
    )


if __name__ == "__main__":
    main()
