"""How a page of the studio is made: its templates, in the design that reports share."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader

from touchstone.workbench.pages import environment, inlined, style


def render(template: str, **values: Any) -> str:
    """Returns a page that is served; all but ``Markup`` is escaped.

    Args:
        template: Its file in ``templates/``.
        **values: What it shows.
    """
    return _environment().get_template(template).render(**values)


def render_file(template: str, script: str, **values: Any) -> str:
    """Returns a page that needs nothing beside it.

    Args:
        template: Its file in ``templates/``, which extends ``base.html.j2``.
        script: The file in ``static/`` that it runs.
        **values: What it shows.
    """
    css = style() + _static("studio.css")
    return inlined(_environment(), template, css, _static(script), **values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    shared = environment()
    own = PackageLoader("touchstone.workbench.studio", "templates")
    return shared.overlay(
        loader=ChoiceLoader([loader for loader in (own, shared.loader) if loader])
    )


def _static(name: str) -> str:
    place = resources.files("touchstone.workbench.studio").joinpath("static", name)
    return place.read_text(encoding="utf-8")
