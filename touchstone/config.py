"""graders.toml: which graders exist. Read here, and refused here with the line at fault."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchstone.settings import GraderSettings
from touchstone.tomlfile import TomlFile

FILE_NAME = "graders.toml"
# Names another file for this process and those that it starts.
VARIABLE = "TOUCHSTONE_GRADERS"
TOP_KEYS = ("defaults", "graders", "check")
ENTRY_KEYS = ("template", "code", "policy", "capabilities", "settings", "deploy")
_OF_CODE = ("policy", "capabilities")
# A Lambda function is named after its entry.
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,47}")
# That rule in words.
NAMES = "letters a to z, digits, '-' and '_', at most 48"


def graders_file() -> Path:
    """Returns the graders.toml that counts here, relative to the working directory.

    The one that the environment names; else the nearest from the working directory upwards;
    where there is none, the one that the working directory would have.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named)
    here = Path.cwd()
    found = (folder / FILE_NAME for folder in (here, *here.parents))
    return Path(os.path.relpath(next(filter(Path.is_file, found), here / FILE_NAME)))


def is_name(name: str) -> bool:
    """Tells whether a grader may be called this."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """One grader of the file.

    Attributes:
        name: Its table's name.
        template: The template it customises; ``""`` where it is the user's own code.
        code: File of the user's own reward function, relative to the graders.toml; else ``""``.
        policy: How that code is policed: ``restricted`` or ``full``.
        capabilities: What that code is handed: ``judge``, ``execute``, ``grade:TEMPLATE``.
        defaults: The file's settings for every grader.
        settings: The entry's own, which win over them.
        deploy: Its ``deploy`` table: how its Lambda function is made.
        deployed: It becomes a function; not so where it says ``deploy = false``.
        refuse: Raises ``SettingsError`` for this entry, given a key of it and what is wrong.
    """

    name: str
    template: str = ""
    code: str = ""
    policy: str = "restricted"
    capabilities: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    deploy: Mapping[str, Any] = field(default_factory=dict)
    deployed: bool = True
    refuse: Callable[[str, str], None] = field(default=lambda _key, _problem: None, repr=False)


def load_entries(path: Path) -> dict[str, Entry]:
    """Reads a graders.toml.

    Returns:
        Name to entry, in the file's order; empty when there is no such file.

    Raises:
        SettingsError: It is not TOML, or a key is unknown; names the file, the line, the
            key and the nearest valid one.
    """
    try:
        reader = TomlFile.read(path, path.name)
    except FileNotFoundError:
        return {}
    data = reader.load()
    reader.check_keys(data, (), TOP_KEYS)
    defaults = reader.table(data, ("defaults",))
    reader.check_keys(defaults, ("defaults",), GraderSettings.__struct_fields__)
    graders = reader.table(data, ("graders",))
    return {name: _entry(reader, graders, name, defaults) for name in graders}


def requires_check(path: Path) -> str:
    """Returns where a graders.toml says ``[check] require = true``; ``""`` where it does not.

    Raises:
        SettingsError: It is not TOML, or ``check`` holds anything else.
    """
    try:
        reader = TomlFile.read(path, path.name)
    except FileNotFoundError:
        return ""
    table, place = reader.table(reader.load(), ("check",)), ("check", "require")
    reader.check_keys(table, ("check",), ("require",))
    required = table.get("require", False)
    if not isinstance(required, bool):
        reader.refuse(place, "require must be true or false")
    return f"{reader.file}:{reader.line_of(place)}" if required else ""


def _entry(
    reader: TomlFile, graders: Mapping[str, Any], name: str, defaults: Mapping[str, Any]
) -> Entry:
    place = ("graders", name)
    if not is_name(name):
        reader.refuse(place, f"{name!r} is no name: {NAMES}")
    table = reader.table({"graders": graders}, place)
    reader.check_keys(table, place, ENTRY_KEYS)
    made = [key for key in ("template", "code") if key in table]
    if len(made) != 1 or not isinstance(table[made[0]], str):
        reader.refuse(place, f'grader {name!r} needs template = "..." or code = "..."')
    own = {key: table[key] for key in _OF_CODE if key in table}
    for key in own if "template" in table else ():
        reader.refuse((*place, key), f"{key!r} is for graders that are code, not for templates")
    capabilities = own.get("capabilities", [])
    if not isinstance(capabilities, list) or not all(isinstance(c, str) for c in capabilities):
        reader.refuse((*place, "capabilities"), "capabilities must be a list of names")
    settings = reader.table({"graders": graders}, (*place, "settings"))

    def refuse(key: str, problem: str) -> None:
        table = place if key in ENTRY_KEYS else (*place, "settings")
        from_defaults = key in defaults and key not in settings
        reader.refuse((*(("defaults",) if from_defaults else table), key), problem)

    deployed = table.get("deploy") is not False
    deploy = reader.table({"graders": graders}, (*place, "deploy")) if deployed else {}
    return Entry(
        name,
        template=table.get("template", ""),
        code=table.get("code", ""),
        policy=own.get("policy", "restricted"),
        capabilities=tuple(capabilities),
        defaults=defaults,
        settings=settings,
        deploy=deploy,
        deployed=deployed,
        refuse=refuse,
    )
