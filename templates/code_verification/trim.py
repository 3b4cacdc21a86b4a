"""Takes from a program what is not part of the answer: tests of its own, failing examples."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace

from touchstone.templates.code_verification.program import Program
from touchstone.templates.code_verification.syntax import bound_names, misplaced, parse, root_name

_GUARD = 'with __import__("contextlib").suppress(BaseException):'


def without_own_tests(
    program: Program, entry_point: str | None, frameworks: Collection[str]
) -> Program:
    """Leaves out what a program needs a test framework for, and the import of it.

    Models bring tests along. What the entry point itself depends on stays, and so does all of a
    program that has no entry point but what reads a framework's name. Lines keep their number.
    """
    assert program.tree is not None  # noqa: S101 - the caller has checked
    body = program.tree.body
    imports = [node for node in body if _framework(node) in frameworks]
    if not imports:
        return program
    gone = bound_names(ast.Module(imports, []))
    needed = _needed(body, root_name(entry_point)) if entry_point else set[str]()
    if gone & needed:
        return program
    left_out = list(imports)
    for node in body:
        if node not in imports and _loads(node) & gone and not _binds(node) & needed:
            left_out.append(node)
            gone |= _binds(node)
    return _blanked(program, left_out)


def guarded(program: Program, entry_point: str) -> Program:
    """Lets what fails at the margin after the entry point's definition not undo it.

    A wrong example, ``sys.exit(main())`` or a file that is opened there is no part of what was
    asked: each such statement runs, and what it raises is dropped.
    """
    assert program.tree is not None  # noqa: S101 - the caller has checked
    root = root_name(entry_point)
    body = program.tree.body
    first = next((i for i, node in enumerate(body) if root in _binds(node)), len(body))
    lines = program.code.split("\n")
    ended = body[first].end_lineno or 0 if first < len(body) else 0
    for node in reversed(body[first + 1 :]):
        if node.lineno > ended and node.col_offset == 0 and _may_fail(node):
            _guard(lines, node)
    code = "\n".join(lines)
    tree = parse(code)
    return program if tree is None or misplaced(tree) else replace(program, code=code, tree=tree)


def _framework(node: ast.stmt) -> str:
    """Returns the package that a statement imports, ``""`` for no import or one of several."""
    match node:
        case ast.Import(names=names) if len({a.name.split(".")[0] for a in names}) == 1:
            return names[0].name.split(".")[0]
        case ast.ImportFrom(module=str(module), level=0):
            return module.split(".")[0]
    return ""


def _needed(body: Collection[ast.stmt], root: str) -> set[str]:
    """Returns the names that a function hangs on, itself included."""
    needed, pending = {root}, {root}
    while pending:
        read = set[str]().union(*(_loads(node) for node in body if _binds(node) & pending))
        pending = read - needed
        needed |= pending
    return needed


def _binds(node: ast.stmt) -> set[str]:
    return bound_names(ast.Module([node], []))


def _loads(node: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _blanked(program: Program, nodes: Collection[ast.stmt]) -> Program:
    lines = program.code.split("\n")
    for node in nodes:
        decorators = getattr(node, "decorator_list", [])
        start = min([node.lineno, *(part.lineno for part in decorators)])
        lines[start - 1 : node.end_lineno] = [""] * ((node.end_lineno or start) - start + 1)
    code = "\n".join(lines)
    tree = parse(code)
    return program if tree is None else replace(program, code=code, tree=tree)


def _may_fail(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return False
        case ast.Assign(value=ast.Constant() | ast.Lambda()):
            return False
    return True


def _guard(lines: list[str], node: ast.stmt) -> None:
    """Puts a statement, and what shares its line, into a block that drops what is raised."""
    at, end = node.lineno - 1, node.end_lineno or node.lineno
    if not hasattr(node, "body"):
        lines[at] = f"{_GUARD} {lines[at]}"
        return
    strings = [n for n in ast.walk(node) if isinstance(n, ast.Constant | ast.JoinedStr)]
    inside = {
        line for n in strings for line in range(n.lineno, n.end_lineno or n.lineno)
    }  # lines that start inside a string keep their margin
    lines[at:end] = [
        line if i in inside else f" {line}" for i, line in enumerate(lines[at:end], start=at)
    ]
    if at and not lines[at - 1].strip():
        lines[at - 1] = _GUARD
    else:
        lines.insert(at, _GUARD)
