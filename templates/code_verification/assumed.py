"""Modules that tests use and do not import, as authors forget to.

``assert f(2) == math.sqrt(16)`` means Python's own ``math``: the program's must not be asked, which
would let it choose what is expected of it.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Collection

from touchstone.templates.code_verification.syntax import bound_names, free_names, parse

_COMMON = frozenset((
    "bisect", "cmath", "collections", "copy", "datetime", "decimal", "fractions", "functools",
    "heapq", "itertools", "json", "math", "operator", "os", "random", "re", "sqlite3", "statistics",
    "string", "sys", "time",
))  # fmt: skip
_NUMPY = "np"


def assumed_imports(source: str, theirs: Collection[str]) -> str:
    """Returns imports of the modules that tests must mean.

    Args:
        source: The tests with all that is given to them.
        theirs: Names that are the program's: the entry point.
    """
    tree = parse(source)
    if tree is None:
        return ""
    names = free_names(tree) & (_COMMON | {_NUMPY})
    return "".join(
        f"import {'numpy as ' if name == _NUMPY else ''}{name}\n"
        for name in sorted(names - bound_names(tree) - set(theirs))
        if _is_module(name, tree)
    )


def _is_module(name: str, tree: ast.Module) -> bool:
    """Whether a name is read for nothing but what a module of that name has."""
    bases = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _is(n.value, name)]
    if len(bases) != sum(_is(node, name) for node in ast.walk(tree)):
        return False
    if name == _NUMPY:
        return True
    module = importlib.import_module(name)
    return all(hasattr(module, base.attr) for base in bases)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
