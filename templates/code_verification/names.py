"""Whose a name of the tests is: their own, Python's, or the program's."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable

from templates.code_verification.assertions import Assertion
from templates.code_verification.program import Program
from templates.code_verification.reference import Checks, Reference, Test
from templates.code_verification.syntax import bound_names, free_names, parse, root_name

# Names that the cage of the tests, or a module's own namespace, has besides.
_GIVEN = frozenset(dir(builtins)) | {"candidate", "check", "pytest", "unittest"}
_DYNAMIC = {"exec", "globals", "setattr", "vars"}


def unbound(reference: Reference, program: Program, prompt: str) -> list[str]:
    """Returns names that the tests use and that nobody has: the author's mistake.

    A name that the prompt speaks of, or the entry point, was the program's to define: that it does
    not is no mistake of the author's. Nor is anything where no entry point says what was asked.

    Args:
        reference: The tests.
        program: Compiles.
        prompt: What the model was asked.
    """
    if reference.entry_point is None:
        return []
    used = {name for test in reference.tests for name in _used(test)}
    missing = used - _GIVEN - bound_names(program.tree)
    if not missing or program.tree is None or _is_dynamic(program.tree):
        return []
    asked = f"{prompt}\n{reference.prompt_code}\n{root_name(reference.entry_point or 'candidate')}"
    said = set(re.findall(r"\w+", asked))
    return sorted(name for name in missing - said if not name.startswith("__"))


def _free(source: str) -> set[str]:
    tree = parse(source)
    return free_names(tree) if tree is not None else set()


def _used(test: Test) -> Iterable[str]:
    match test:
        case Checks(source=source, setup=setup):
            return _free(f"{setup}\n{source}") & _surely_read(source)
        case Assertion(script=script) if script is not None:
            # What an assertion calls is what it asks of the program.
            source = "\n".join(step.source for step in script.steps)
            called = {n.func.id for n in ast.walk(parse(source) or ast.Module([], []))
                      if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}  # fmt: skip
            given = {name for step in script.steps for name in step.given}
            return _free(source) - given - called
    return ()


def _surely_read(source: str) -> set[str]:
    """Returns the names that are read whatever else is so: not behind a condition."""
    pending: list[ast.AST] = [parse(source) or ast.Module([], [])]
    read: set[str] = set()
    while pending:
        node = pending.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                read.add(name)
            case ast.BoolOp(values=[first, *_]):
                pending.append(first)
            case ast.IfExp(test=test) | ast.If(test=test) | ast.While(test=test):
                pending.append(test)
            case ast.Try(body=_, handlers=[_, *_], finalbody=always):
                pending += always
            case _:
                pending += ast.iter_child_nodes(node)
    return read


def _is_dynamic(tree: ast.Module) -> bool:
    """Whether a program may bind names that its text does not show."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            return True
        if isinstance(node, ast.Name) and node.id in _DYNAMIC:
            return True
    return False
