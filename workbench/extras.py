"""Which extras of the package there are, what each installs, and what of it is here."""

from __future__ import annotations

import re
from importlib import metadata

_PACKAGE = "touchstone"
# E.g. `numpy>=2; extra == "workbench"`
_REQUIREMENT = re.compile(r"([\w.-]+)[^;]*(?:;\s*extra\s*==\s*['\"]([\w.-]+)['\"])?")
# Packages whose module is called otherwise.
_MODULES = {"aws_cdk_lib": "aws_cdk", "pyyaml": "yaml"}


def packages() -> dict[str, list[str]]:
    """Returns extra to the names of what it installs, ``""`` for what every installation has."""
    found: dict[str, list[str]] = {}
    for requirement in metadata.requires(_PACKAGE) or ():
        if match := _REQUIREMENT.match(requirement):
            name, extra = match.groups()
            found.setdefault((extra or "").replace("-", "_"), []).append(name)
    return found


def missing(names: list[str]) -> list[str]:
    """Returns those of some packages that are not installed."""
    return [name for name in names if not _is_installed(name)]


def extra_of(module: str) -> str:
    """Returns the extra that installs a module; ``""`` where none of ours does.

    The operator's own where several do: a template says by itself what it lacks.
    """
    top = module.partition(".")[0].lower()
    for extra, names in sorted(packages().items(), key=lambda one: one[0] != "workbench"):
        modules = (re.sub(r"[-.]", "_", name).lower() for name in names)
        if extra and top in {_MODULES.get(name, name) for name in modules}:
            return extra
    return ""


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
