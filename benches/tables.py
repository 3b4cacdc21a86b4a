"""How accuracy tables are printed; ``workbench/stats.py`` computes what stands in them."""

from __future__ import annotations

from collections.abc import Sequence

from touchstone.workbench.stats import Estimate, Share


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table whose columns line up in a terminal too."""
    widths = [max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )


def shown(found: Estimate | Share) -> str:
    """Returns ``0.412 [0.371, 0.455]``, or the number alone where its interval is not known."""
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
