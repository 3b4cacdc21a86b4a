"""Where the parts of the package lie.

A checkout has the rooms beside this folder, and links to them in it, so that both a checkout and
what is installed or shipped know them by one name: ``touchstone.templates``.
"""

from __future__ import annotations

from pathlib import Path

HOME = Path(__file__).parent
# What is not the runtime, which is all else here.
ROOMS = ("infra", "lambdas", "templates", "workbench")
