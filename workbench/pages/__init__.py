"""HTML pages: one file each, no script and nothing loaded, whatever a rollout says.

Everything is escaped, then made visible; and the page's own policy lets no script run and no
address be asked, should something ever slip through.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from touchstone.sanitize import one_line, visible

_LONGEST_TEXT = 2400


def render(template: str, **values: Any) -> str:
    """Returns a page.

    Args:
        template: Its file here, for example ``report.html.j2``.
        **values: What it shows; only ``Markup``, which our charts are, is not escaped.
    """
    return inlined(environment(), template, style(), **values)


def inlined(pages: Environment, template: str, css: str, script: str = "", **values: Any) -> str:
    """Returns a page that holds its style and its script, and by its policy runs no other.

    Args:
        pages: Has the template, which extends ``base.html.j2``.
        template: Its name.
        css: The style sheet.
        script: An ES module; ``""`` for a page that runs none.
        **values: What it shows.
    """
    return pages.get_template(template).render(
        css=Markup(css),  # noqa: S704 - our own file, as is the script
        css_hash=_digest(css),
        script=Markup(script),  # noqa: S704
        script_hash=_digest(script) if script else "",
        **values,
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def style() -> str:
    """Returns the style sheet that all pages share."""
    return _read("style.css")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Returns the environment that pages are rendered in, with its templates and filters."""
    names = ("base.html.j2", "check.html.j2", "report.html.j2", "compare.html.j2", "parts.html.j2")
    environment = Environment(
        loader=DictLoader({name: _read(name) for name in names}),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(text=_text, whole=_whole, line=one_line, name=_name)
    return environment


def _text(value: Any) -> str:
    """Returns a value as text that is safe to look at, its middle left out where it is long."""
    return _whole(value, _LONGEST_TEXT)


def _whole(value: Any, limit: int | None = None) -> str:
    """Returns a value as text that is safe to look at: a string itself, the rest as JSON."""
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, indent=2)
    return visible(value, limit)


def _name(value: str) -> Markup:
    """Returns a name that may be broken behind an underscore or a colon."""
    parts = (Markup("_<wbr>").join(part.split("_")) for part in one_line(value).split(":"))
    return Markup(":<wbr>").join(parts)


def _read(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
