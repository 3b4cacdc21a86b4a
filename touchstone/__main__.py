"""``python -m touchstone``: the command line, of the Python that is asked."""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    # By its name: what ships to Lambda has this file and no command line.
    runpy.run_module("touchstone.workbench.cli", run_name="__main__", alter_sys=True)
