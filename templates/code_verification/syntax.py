"""Python as the parser sees it: nothing here is compiled or run, however hostile the text is."""

from __future__ import annotations

import ast
import builtins
import re
import threading
import warnings
from functools import lru_cache

_MAX_KEPT = 10_000  # characters
_BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__"}
# What the parser raises besides SyntaxError, however hostile the text is.
UNREADABLE = (ValueError, RecursionError, MemoryError, OverflowError)
_warnings_lock = threading.Lock()


def parse(source: str) -> ast.Module | None:
    """Parses Python; ``None`` when the compiler refuses, however hostile the text is."""
    # The same few texts are asked about again and again; large trees are not worth keeping.
    return _parse_kept(source) if len(source) <= _MAX_KEPT else _parse(source)


def _parse(source: str) -> ast.Module | None:
    try:
        return syntax_tree(source)
    except (SyntaxError, *UNREADABLE):
        return None


_parse_kept = lru_cache(maxsize=16)(_parse)


def syntax_tree(source: str) -> ast.Module:
    """Parses Python, and raises what the parser raises."""
    # The filter is the process's own: one thread at a time may change it.
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def misplaced(tree: ast.Module) -> str:
    """Returns what the compiler says of a statement that stands where none may, else ``""``.

    The parser accepts ``return`` outside a function and ``break`` outside a loop, and which
    reading of a completion is meant hangs on them.
    """
    late = False
    for index, node in enumerate(tree.body):
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if future and late:
            return _said("from __future__ imports must occur at the beginning of the file", node)
        docstring = (
            not index and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )
        late = late or not (future or docstring)
    pending: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while pending:
        node, in_function, in_loop = pending.pop()
        match node:
            case ast.Return() if not in_function:
                return _said("'return' outside function", node)
            case ast.Yield() | ast.YieldFrom() if not in_function:
                return _said("'yield' outside function", node)
            case ast.Break() if not in_loop:
                return _said("'break' outside loop", node)
            case ast.Continue() if not in_loop:
                return _said("'continue' not properly in loop", node)
        loops = isinstance(node, ast.For | ast.AsyncFor | ast.While)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            in_function, in_loop = True, False
        elif isinstance(node, ast.ClassDef):
            in_function = in_loop = False
        children: list[tuple[ast.AST, bool, bool]] = []
        for name, value in ast.iter_fields(node):
            inside = in_loop or (loops and name == "body")
            parts = value if isinstance(value, list) else [value]
            children += [(part, in_function, inside) for part in parts if isinstance(part, ast.AST)]
        pending += reversed(children)
    return ""


def _said(what: str, node: ast.stmt | ast.expr) -> str:
    return f"SyntaxError: {what} (line {node.lineno})"


def root_name(entry_point: str) -> str:
    """Returns the name that an entry point starts from: ``Class`` of ``Class().method``."""
    return re.split(r"\W", entry_point, maxsplit=1)[0]


def bound_names(tree: ast.Module | None) -> set[str]:
    """Returns the names that running a module binds at its top level."""
    names: set[str] = set()
    pending: list[ast.AST] = list(tree.body) if tree is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue  # what is inside is not the module's
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
            continue
        pending.extend(ast.iter_child_nodes(node))
    return names


def imports_all(tree: ast.Module) -> bool:
    """Whether a module binds names that its text does not show: ``from x import *``."""
    return any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)
    )


def free_names(tree: ast.Module) -> set[str]:
    """Returns the names that a module reads and never binds, in whatever scope."""
    loaded: set[str] = set()
    bound: set[str] = set(_BUILTINS)
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                loaded.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                bound.add(name)
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound.update((alias.asname or alias.name).split(".")[0] for alias in names)
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
            ):
                bound.add(name)
    return loaded - bound
