"""``python -m touchstone.workbench.cli``: the same command without the installed script."""

from touchstone.workbench.cli import main

main(prog_name="python -m touchstone")
