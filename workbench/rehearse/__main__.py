"""``python -m workbench.rehearse learn``."""

from __future__ import annotations

import click

from workbench.rehearse.learn import learn


@click.group()
def main() -> None:
    """Rehearse training on this machine."""


main.add_command(learn)
main()
