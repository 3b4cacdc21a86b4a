"""The reward templates: one folder each, and the folder's name is the registry."""

from __future__ import annotations

import importlib
from pathlib import Path

from touchstone.grader import Template
from touchstone.settings import SettingsError, nearest


def template_names() -> list[str]:
    """Returns the names of all templates, in alphabetical order."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/grader.py"))


def get_template(name: str) -> Template:
    """Returns the template of this name; only its own modules are imported.

    Raises:
        SettingsError: There is none; the message has the nearest name.
    """
    if name not in template_names():
        raise SettingsError(f"no template {name!r}{nearest(name, template_names())}")
    return importlib.import_module(f"templates.{name}.grader").TEMPLATE
