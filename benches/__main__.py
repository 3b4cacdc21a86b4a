"""``make bench``: runs every bench of the project, one process each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benches.usage import arguments

# Labelled rows take a folder of them (make accuracy), a hunt and mutants many minutes; the rest
# are helpers.
NOT_BENCHES = (
    "accuracy", "figures", "hunt", "imports", "mutants", "stats", "tables", "test_files", "usage",
)  # fmt: skip


def main() -> int:
    """Runs the benches in alphabetical order; the exit code is the worst of theirs."""
    worst = 0
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        if not path.stem.endswith(NOT_BENCHES):
            print(f"\n== {path.stem}", flush=True)
            worst = max(worst, subprocess.call([sys.executable, "-m", f"benches.{path.stem}"]))
    return worst


if __name__ == "__main__":
    arguments(__doc__)
    sys.exit(main())
