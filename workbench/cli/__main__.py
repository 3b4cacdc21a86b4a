"""``python -m workbench.cli``: the same command without the installed script."""

from workbench.cli import main

main()
