"""The reward templates: one folder each, and the folder's name is the registry."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from touchstone.config import FILE_NAME, Entry, graders_file, load_entries
from touchstone.grader import Grader, Template
from touchstone.libraries import check_libraries, installed, locked
from touchstone.settings import SettingsError, nearest
from touchstone.stand_in import check_judge

__all__ = ["find_grader", "get_template", "load_grader", "template_names"]

# What the restricted policy reads a user's file with.
_OF_CODE = ("RestrictedPython",)
_Check = Callable[[Grader], Grader]


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
    return importlib.import_module(f"touchstone.templates.{name}.grader").TEMPLATE


def load_grader(
    name: str,
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    *,
    deployed: bool = False,
) -> Grader:
    """Returns the grader of this name: an entry of graders.toml, or a template as it is.

    Args:
        name: The entry's or the template's name; an entry comes first.
        file: The graders.toml; the nearest from the working directory upwards by default.
        overrides: Settings that win over the file's.
        deployed: A paid job will train on it, so that no stand-in may judge.

    Raises:
        SettingsError: There is no such grader, a setting is wrong, a library is missing, or a
            stand-in would judge; a fault of the file is named with its line.
    """

    def checked(grader: Grader) -> Grader:
        """Returns a grader that can do all its work here, or may do it there."""
        check_libraries(grader.name, grader.template.name, grader.template.libraries)
        if deployed:
            locked(grader)
            check_judge(grader)
        else:
            installed(grader)
        return grader

    return _made(name, file or graders_file(), overrides or {}, checked)


def find_grader(name: str, file: Path | None = None) -> Grader:
    """Returns the grader of this name, whether or not what it needs is here.

    Raises:
        SettingsError: There is none, or a setting is wrong.
    """
    return _made(name, file or graders_file(), {}, lambda grader: grader)


def _made(name: str, file: Path, overrides: Mapping[str, Any], check: _Check) -> Grader:
    def ready(made: Grader) -> Grader:
        return check(replace(made, folder=file.parent))

    entries = load_entries(file)
    entry = entries.get(name)
    if entry is None:
        if name not in template_names():
            valid = {*template_names(), *entries}
            if name.endswith(".py"):
                raise SettingsError(_of_no_entry(name, entries))
            absent = "" if file.is_file() else f"; there is no {file}"
            raise SettingsError(f"no grader {name!r}{nearest(name, valid)}{absent}")
        return ready(get_template(name).configure(name, _said(name, overrides)))
    if entry.code:
        return _of_file(entry, file.parent, overrides, ready)
    if entry.template not in template_names():
        entry.refuse(
            "template", f"no template {entry.template!r}{nearest(entry.template, template_names())}"
        )
    with _placed(entry, overrides, {}):
        made = get_template(entry.template).configure(name, _settings(entry, overrides, {}))
        return ready(made)


def _of_no_entry(file: str, entries: Mapping[str, Entry]) -> str:
    """Returns what is wrong with a file's name in a grader's place, and what its grader is."""
    named = next((name for name, one in entries.items() if one.code == file), "")
    if named:
        return f"{file} is a file, and its grader is {named!r}"
    return f'{file} is a file; name it in {FILE_NAME}: [graders.NAME] with code = "{file}"'


def _of_file(entry: Entry, folder: Path, overrides: Mapping[str, Any], ready: _Check) -> Grader:
    """Returns the grader that a user's file is: a customised template, or their own function."""
    from touchstone.usercode.customized import read_customized

    with _placed(entry, overrides, {}):
        path = folder / entry.code
        customized = read_customized(path, entry.code)
        if customized is None:
            from touchstone.usercode.capabilities import GRADE
            from touchstone.usercode.grader import code_grader

            graded = _graded([c.removeprefix(GRADE) for c in entry.capabilities if GRADE in c])
            if entry.policy == "restricted":
                check_libraries(entry.name, "usercode", _OF_CODE)
            made = code_grader(
                entry.name,
                path,
                entry.code,
                _settings(entry, overrides, {}),
                policy=entry.policy,
                capabilities=entry.capabilities,
                templates=graded,
            )
            return ready(made)
        if entry.capabilities or entry.policy != "restricted":
            key = "capabilities" if entry.capabilities else "policy"
            raise SettingsError(f"{entry.code} customises a template, which needs no {key}", key)
    with _placed(entry, overrides, customized.lines):
        template = get_template(customized.template)
        settings = _settings(entry, overrides, customized.settings)
        return ready(template.configure(entry.name, settings))


def _graded(names: Iterable[str]) -> dict[str, Template]:
    """Returns the templates by which a user's own function may grade.

    Raises:
        SettingsError: One does not exist, or lacks a library.
    """
    try:
        found = {name: get_template(name) for name in names}
    except SettingsError as exc:
        raise SettingsError(str(exc), "capabilities") from exc
    for name, template in found.items():
        check_libraries(name, name, template.libraries)
    return found


def _settings(
    entry: Entry, overrides: Mapping[str, Any], customized: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns all settings; what is nearer to the one grader wins."""
    return _said(entry.name, {**entry.defaults, **customized, **entry.settings, **overrides})


def _said(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings; whoever wants a stand-in to judge has to say both that and who."""
    if settings.get("allow_offline") and "judge" not in settings:
        problem = f'{name}: allow_offline = true goes beside judge = "offline"'
        raise SettingsError(problem, "allow_offline")
    return dict(settings)


@contextmanager
def _placed(entry: Entry, overrides: Mapping[str, Any], lines: Mapping[str, int]) -> Iterator[None]:
    """Puts the place where a setting was made into a refusal of it.

    Args:
        entry: Of graders.toml.
        overrides: Settings that come from no file.
        lines: Setting to its line in the entry's own file.
    """
    try:
        yield
    except SettingsError as exc:
        key = exc.setting
        if key in overrides:
            raise
        if key in lines and key not in entry.settings:
            entry.refuse("code", f"{entry.code}:{lines[key]}: {exc}")
        if key:
            entry.refuse(key, str(exc))
        raise
