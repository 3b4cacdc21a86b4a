"""Whose a name of the tests is: their own, Python's, or the program's."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterable

from touchstone.templates.code_verification.assertions import Assertion, CandidateCall, Script
from touchstone.templates.code_verification.program import Program
from touchstone.templates.code_verification.reference import LIBRARIES, Checks, Reference, Test
from touchstone.templates.code_verification.syntax import (
    bound_names,
    free_names,
    imports_all,
    parse,
    root_name,
)

# Names that the cage of the tests, or a module's own namespace, has besides.
_GIVEN = frozenset(dir(builtins)) | {"candidate", "check", "pytest", "unittest"}
_DYNAMIC = {"exec", "globals", "setattr", "vars"}


def unbound(reference: Reference, program: Program, prompt: str) -> list[str]:
    """Returns names that the tests use and that nobody has: the author's mistake.

    A name that the prompt speaks of, or the entry point, was the program's to define: that it does
    not is no mistake of the author's. Nor is it that the program lacks what an assertion is about;
    but what it compares with a result of the program's own is the author's to define.

    Args:
        reference: The tests.
        program: Compiles.
        prompt: What the model was asked.
    """
    tree = program.tree
    if tree is None or _is_dynamic(tree):
        return []
    bound = bound_names(tree)
    whole = reference.entry_point is not None
    used = {name for test in reference.tests for name in _used(test, bound, whole=whole)}
    missing = used - _GIVEN - bound
    if not missing:
        return []
    asked = f"{prompt}\n{reference.prompt_code}\n{root_name(reference.entry_point or 'candidate')}"
    said = set(re.findall(r"\w+", asked))
    return sorted(name for name in missing - said if not name.startswith("__"))


def imported(reference: Reference) -> set[str]:
    """Returns the modules that the reference itself imports, by which it allows them."""
    tests = [test for test in reference.tests if isinstance(test, Checks)]
    of_tests = _imported(text for test in tests for text in (test.setup, test.source))
    # What else tests import may be the program itself.
    return _imported([reference.prompt_code, reference.environment]) | (of_tests & LIBRARIES)


def _imported(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for node in (node for text in texts for node in ast.walk(parse(text) or ast.Module([], []))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _free(source: str) -> set[str]:
    tree = parse(source)
    return free_names(tree) if tree is not None and not imports_all(tree) else set()


def _used(test: Test, bound: Collection[str], *, whole: bool) -> Iterable[str]:
    match test:
        case Checks(source=source, setup=setup):
            both = f"{setup}\n{source}"
            read = _free(both) & _surely_read(both)
            return read if whole else read & _compared_in(source, bound)
        case Assertion(source=source, script=None, calls=calls):
            roots = {root_name(c.entry_point) for c in calls if isinstance(c, CandidateCall)}
            aliases = _called(source) - roots
            return _compared(source, aliases.union(bound)) & roots
        case Assertion(source=source, script=Script(steps=steps)):
            done = "\n".join(step.source for step in steps)
            given = {name for step in steps for name in step.given}
            read = _free(done) - given
            compared = _compared(source, bound_names(parse(done)).union(bound)) & read
            return compared | (read - _called(done) if whole else set())
    return ()


def _called(source: str) -> set[str]:
    """Returns the names of the functions that are called; an assertion asks them of the program."""
    calls = (
        n.func for n in ast.walk(parse(source) or ast.Module([], [])) if isinstance(n, ast.Call)
    )
    return {function.id for function in calls if isinstance(function, ast.Name)}


def _compared(asserted: str, theirs: Collection[str]) -> set[str]:
    """Returns the names that an assertion only compares with what the program's names gave.

    Args:
        asserted: The expression.
        theirs: The program's names.
    """
    match parse(asserted):
        case ast.Module(body=[ast.Expr(value=ast.Compare(left=left, comparators=others))]):
            sides = [ast.unparse(side) for side in (left, *others)]
        case _:
            return set()
    asked = [side for side in sides if _called(side) & {*theirs}]
    names = {name for side in sides if side not in asked for name in _free(side)}
    return names.difference(*map(_free, asked)) if asked else set()


def _compared_in(source: str, theirs: Collection[str]) -> set[str]:
    asserts = (
        n for n in ast.walk(parse(source) or ast.Module([], [])) if isinstance(n, ast.Assert)
    )
    return {name for node in asserts for name in _compared(ast.unparse(node.test), theirs)}


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
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return bool(named & _DYNAMIC) or imports_all(tree)
