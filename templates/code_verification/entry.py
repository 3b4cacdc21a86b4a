"""What a completion defines of what was asked, and which name is meant where none is given."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import IntEnum

from touchstone.templates.code_verification.syntax import bound_names, root_name

_Function = ast.FunctionDef | ast.AsyncFunctionDef
# Bases that add nothing to a class without a body.
_EMPTY_BASES = {"object", "ABC", "Protocol"}


class Defined(IntEnum):
    """How much of what was asked a text holds, the more the higher.

    ``WHOLE`` is a function or class with a body, ``ALIAS`` a name bound to another value,
    ``METHOD`` a class that has a method of this name, ``EMPTY`` a signature with a placeholder
    for its body, ``IMPORTED`` a name that comes from elsewhere: such a block holds tests.
    """

    NOT = 0
    IMPORTED = 1
    EMPTY = 2
    METHOD = 3
    ALIAS = 4
    WHOLE = 5


def defined(tree: ast.Module, entry_point: str) -> Defined:
    """Returns how much of an entry point a module holds.

    Args:
        tree: The module.
        entry_point: A name or ``Class().method``.
    """
    root, *inner = entry_point.replace("()", "").split(".")
    nodes = [n for n in tree.body if isinstance(n, _Function | ast.ClassDef) and n.name == root]
    if nodes:
        return _body_of(nodes[-1], inner)
    if root in bound_names(tree):
        return Defined.IMPORTED if root in _imported(tree.body) else Defined.ALIAS
    return Defined.METHOD if not inner and owner_of(tree, root) else Defined.NOT


def _body_of(node: _Function | ast.ClassDef, inner: list[str]) -> Defined:
    if not inner:
        return Defined.EMPTY if _is_placeholder(node) else Defined.WHOLE
    methods = [n for n in node.body if isinstance(n, _Function) and n.name == inner[0]]
    if methods:
        return Defined.EMPTY if _is_placeholder(methods[-1]) else Defined.WHOLE
    return Defined.EMPTY if _is_placeholder(node) else Defined.ALIAS


def owner_of(tree: ast.Module, method: str) -> str | None:
    """Returns the class whose method a name must mean: ``Solution``, or the only one with it."""
    owners = [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(n, _Function) and n.name == method for n in node.body)
    ]
    if "Solution" in owners:
        return "Solution"
    return owners[0] if len(owners) == 1 else None


def infer_entry_point(tree: ast.Module) -> str | None:
    """Returns the function that must be meant where neither reference nor prompt names one.

    It is the only function that no other one calls, or, where there is no function, the
    only public method of the only class, as ``Class().method``. ``None`` when that is not
    one. A ``main``, a test and what is called by them alone only show how it is used.
    """
    functions = {node.name: node for node in tree.body if isinstance(node, _Function)}
    names = [name for name in functions if not _shows(name)]
    called = {
        name.id
        for owner in names
        for name in ast.walk(functions[owner])
        if isinstance(name, ast.Name) and name.id != owner
    }
    names = [name for name in names if name not in called]
    if functions and names:
        return names[0] if len(names) == 1 else None
    classes = [n for n in tree.body if isinstance(n, ast.ClassDef) and not _is_test_case(n)]
    if functions or len(classes) != 1:
        classes = [node for node in classes if node.name == "Solution"]
    if not classes:
        return None
    methods = [n.name for n in classes[0].body if isinstance(n, _Function)]
    public = [name for name in methods if not name.startswith("_")]
    return f"{classes[0].name}().{public[0]}" if len(public) == 1 else None


def only_tests(tree: ast.Module) -> bool:
    """Whether all that a module defines is tests."""
    nodes = [n for n in tree.body if isinstance(n, _Function | ast.ClassDef)]
    return all(
        _is_test_case(node) if isinstance(node, ast.ClassDef) else _shows(node.name)
        for node in nodes
    )


def does_something(tree: ast.Module, entry_point: str | None) -> bool:
    """Whether the asked function (or the program) holds more than a placeholder."""
    if entry_point is None:
        return not all(_is_placeholder(node) for node in tree.body)
    root = root_name(entry_point)
    held = defined(tree, entry_point)
    # What is bound in another way, as by assignment or inheritance, may well do something.
    return held is not Defined.EMPTY or not any(getattr(n, "name", "") == root for n in tree.body)


def _shows(name: str) -> bool:
    return name == "main" or name.startswith(("test_", "run_tests")) or name == "test"


def _is_test_case(node: ast.ClassDef) -> bool:
    return node.name.startswith("Test") or any(
        "TestCase" in ast.unparse(base) for base in node.bases
    )


def _imported(body: Iterable[ast.stmt]) -> set[str]:
    nodes = [n for n in body if isinstance(n, ast.Import | ast.ImportFrom)]
    return bound_names(ast.Module(list(nodes), []))


def _bases(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).split(".")[-1] not in _EMPTY_BASES for base in node.bases)


def _is_placeholder(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant() | ast.Name()):
            return True
        case ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body):
            return all(_is_placeholder(part) for part in body)
        case ast.ClassDef(body=body):
            return not _bases(node) and all(_is_placeholder(part) for part in body)
    return False
