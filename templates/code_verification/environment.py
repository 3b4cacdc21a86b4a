"""What a program finds around it, where it was written for one: imports and helpers."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import lru_cache
from importlib import import_module

from touchstone.templates.code_verification.syntax import bound_names, free_names, parse

_MODULES = (
    "string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random",
    "statistics", "itertools", "functools", "operator", "io", "sys", "json", "builtins", "typing",
)  # fmt: skip
# What judges of contests import before a `class Solution`; a later name stands for an earlier one.
LEETCODE = "\n".join(
    [*(f"from {name} import *" for name in _MODULES), *(f"import {name}" for name in _MODULES)]
)


def around(environment: str, tree: ast.Module) -> str:
    """Returns the part of an environment that a program needs, to be put before it.

    Args:
        environment: Python: imports, also ``from typing import *``, and definitions.
        tree: The program.

    Returns:
        Only imports of names that the program reads and does not bind, and all else of the
        environment once one of its names is such a one; empty where nothing is needed.
    """
    given = parse(environment)
    missing = free_names(tree)
    if given is None or not missing:
        return ""
    own = [n for n in given.body if not isinstance(n, ast.Import | ast.ImportFrom)]
    helpers = ast.Module(own, [])
    kept = own if missing & bound_names(helpers) else [n for n in own if isinstance(n, ast.Expr)]
    if kept is own:
        missing |= free_names(helpers)
    lines = _imports(given.body, missing)
    return "\n".join([*lines, *(ast.unparse(node) for node in kept if lines or kept is own)])


def _imports(body: Collection[ast.stmt], missing: Collection[str]) -> list[str]:
    """Returns the imports of the missing names, where the last that gives a name counts."""
    lines: dict[str, str] = {}
    for node in body:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    bound = alias.asname or alias.name.split(".")[0]
                    lines[bound] = f"import {alias.name}" + (
                        f" as {alias.asname}" if alias.asname else ""
                    )
            case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")], level=0):
                lines |= {name: f"from {module} import {name}" for name in _public(module)}
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for alias in names:
                    bound = alias.asname or alias.name
                    lines[bound] = f"from {module} import {alias.name}" + (
                        f" as {bound}" if alias.asname else ""
                    )
    return list(dict.fromkeys(lines[name] for name in lines if name in missing))


@lru_cache(maxsize=64)
def _public(module: str) -> tuple[str, ...]:
    """Returns what ``import *`` gives of a module of the standard library that is known safe."""
    if module not in _MODULES:
        return ()
    found = import_module(module)
    return tuple(getattr(found, "__all__", None) or _without_underscore(dir(found)))


def _without_underscore(names: Collection[str]) -> Iterator[str]:
    return (name for name in names if not name.startswith("_"))
