"""What in a program only shows how it is used."""

from __future__ import annotations

import ast

from touchstone.templates.code_verification.program import Program
from touchstone.templates.code_verification.syntax import bound_names, root_name

_TEST_RUNNERS = ("doctest.testmod", "pytest.main", "unittest.main")


def without_examples(program: Program, entry_point: str) -> str:
    """Returns the code without top-level statements that only show how it is used.

    Models end an answer with ``print(f(3))``, an assertion, ``main()`` or a block under
    ``if __name__ == "__main__"``. When the tests call the function these do not belong to
    it, and one that reads input (there is none) or is wrong would fail every test; nor do
    statements that use what was read. Lines keep their number.
    """
    assert program.tree is not None  # noqa: S101 - a caller runs only what compiles
    root = root_name(entry_point)
    fed: set[str] = set()  # names that hold what was read from input
    lines = program.code.split("\n")
    statements = program.tree.body
    for before, node, after in zip(
        [None, *statements], statements, [*statements[1:], None], strict=False
    ):
        alone = (before is None or (before.end_lineno or 0) < node.lineno) and (
            after is None or after.lineno > (node.end_lineno or 0)
        )
        if alone and node.lineno >= program.own[0] and _is_example(node, root, fed):
            fed |= bound_names(ast.Module([node], []))
            for line in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[line] = ""
    return "\n".join(lines)


def _is_example(node: ast.stmt, root: str, fed: set[str]) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
        case ast.Assert():
            return True
        case ast.If(test=test) if "__name__" in _names(test):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name in ("print", "main", root):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr))) if (
            f"{name}.{attr}" in _TEST_RUNNERS
        ):
            return True
        case ast.Expr(value=value) if root in _names(value):
            return True
    # `input = sys.stdin.readline` only gives the function its reader; nothing is read yet
    called = (n for n in ast.walk(node) if isinstance(n, ast.Call | ast.For))
    loaded = (n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return any(name.id in fed for name in loaded) or any(_reads(part) for part in called)


def _reads(node: ast.Call | ast.For) -> bool:
    """Whether a call or loop reads standard input."""
    source = node.func if isinstance(node, ast.Call) else node.iter
    if isinstance(node, ast.Call) and isinstance(source, ast.Name):
        return source.id == "input"
    return any(isinstance(n, ast.Attribute) and n.attr == "stdin" for n in ast.walk(source))


def _names(node: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
