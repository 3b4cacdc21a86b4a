"""The reward templates: one folder each, and the folder's name is the registry."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from touchstone.config import FILE_NAME, load_entries
from touchstone.grader import Grader, Template
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


def load_grader(
    name: str, file: Path | None = None, overrides: Mapping[str, Any] | None = None
) -> Grader:
    """Returns the grader of this name: an entry of graders.toml, or a template as it is.

    Args:
        name: The entry's or the template's name; an entry comes first.
        file: The graders.toml; the one in the working directory by default.
        overrides: Settings that win over the file's.

    Raises:
        SettingsError: There is no such grader, or a setting is wrong; a fault of the file
            is named with its line.
    """
    overrides = overrides or {}
    file = file or Path(FILE_NAME)
    entries = load_entries(file)
    entry = entries.get(name)
    if entry is None:
        if name not in template_names():
            valid = {*template_names(), *entries}
            raise SettingsError(f"no grader {name!r}{nearest(name, valid)}")
        return get_template(name).configure(name, overrides)
    if not entry.code and entry.template not in template_names():
        entry.refuse(
            "template", f"no template {entry.template!r}{nearest(entry.template, template_names())}"
        )
    settings = {**entry.settings, **overrides}
    try:
        if not entry.code:
            return get_template(entry.template).configure(name, settings)
        from touchstone.usercode.grader import code_grader

        return code_grader(
            name,
            file.parent / entry.code,
            entry.code,
            settings,
            policy=entry.policy,
            capabilities=entry.capabilities,
        )
    except SettingsError as exc:
        of_entry = exc.setting in ("code", "policy", "capabilities")
        if of_entry or (exc.setting in entry.settings and exc.setting not in overrides):
            entry.refuse(exc.setting, str(exc))
        raise
