"""``touchstone doctor``: what is here."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib import metadata

import click

from touchstone.config import graders_file, load_entries
from touchstone.installing import install
from touchstone.outcomes import SandboxFault
from touchstone.sandbox import open_sandbox
from touchstone.settings import SettingsError
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.extras import missing, packages

_FOR = {
    "workbench": "data, jobs, libraries and pages",
    "infra": "synthesizing and deploying, with Node.js",
    "serve": "serve and studio",
    "usercode": "reward functions of your own",
}


@click.command()
def doctor() -> None:
    """Say what is installed here, what is not, and what each needs.

    Asks nothing over the network. Exit code 1: something that every command needs is missing, or
    the graders.toml cannot be read.
    """
    well = True
    for name, said, good in _found():
        well &= good
        echo(f"{name:<24}{said}")
    sys.exit(0 if well else FELL_SHORT)


def _found() -> Iterator[tuple[str, str, bool]]:
    """Yields what was looked at, what is said of it, and whether work can go on."""
    version = metadata.version("touchstone")
    yield "touchstone", f"{version} on Python {platform.python_version()}, {sys.platform}", True
    yield _graders()
    yield _cages()
    for extra, names in sorted(packages().items()):
        gone = missing(names)
        if not extra:
            yield "every command", f"missing: {', '.join(gone)}" if gone else "ready", not gone
            continue
        what = f"for {_FOR.get(extra, f'the template {extra}')}"
        said = f"missing {', '.join(gone)}: {install(extra)}" if gone else "ready"
        yield f"[{extra}]", f"{said}, {what}", True
    for tool in ("node", "npm"):
        yield tool, shutil.which(tool) or "not found; `touchstone deploy` needs it", True


def _graders() -> tuple[str, str, bool]:
    file = graders_file()
    try:
        entries = load_entries(file)
    except SettingsError as exc:
        return "graders", str(exc), False
    if not file.exists():
        return "graders", f"no {file.name} from here upwards: `touchstone init` makes one", True
    return "graders", f"{file}: {', '.join(entries) or 'none'}", True


def _cages() -> tuple[str, str, bool]:
    """Says how well code is held here."""
    with closing(open_sandbox()) as sandbox:
        try:
            held = sandbox.isolation
        except SandboxFault as exc:
            return "cages", f"no code can be run here: {exc}", True
    return "cages", ", ".join((held.level, *held.hardening)), True
