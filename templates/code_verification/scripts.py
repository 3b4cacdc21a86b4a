"""Reads test code that does things in order: makes objects, calls them, asserts on the way.

``s = Stack(); s.push(1); assert s.pop() == 1`` becomes a script that runs beside the
candidate and hands out the value of ``s.pop()``, while ``_ == 1`` is decided outside, as in
:mod:`assertions`. Only what the candidate has to be given goes into the script: a value that
the test merely compares with never does, and neither does a comparison.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping

from templates.code_verification.assertions import OUR_FUNCTIONS, Assertion, is_ours, make_assertion

_STEP = "_touchstone_step"
_DRIVER = """

def _touchstone_test():
{body}

_touchstone_values = enumerate(_touchstone_test())

def {step}(wanted):
    for index, value in _touchstone_values:
        if index == wanted:
            return value
        break  # a fresh process, after one that was lost with what the steps had done
    raise RuntimeError("an earlier step of the test failed")
"""


def read_script(
    body: list[ast.stmt], aliases: Mapping[str, str], theirs: Collection[str]
) -> list[Assertion] | None:
    """Reads statements in order.

    Args:
        body: Of ``check``, or of the test module.
        aliases: Names that stand for another, as ``candidate`` for the entry point.
        theirs: Names of the author's own, which the candidate's process does not have.

    Returns:
        The assertions, each with the script in front of it; ``None`` when there is more in
        the code than assignments, calls and assertions, or when it cannot be split.
    """
    if not all(isinstance(node, ast.Assert | ast.Assign | ast.Expr) for node in body):
        return None
    given = _given(body, {*aliases, *_called(body, theirs)})
    if given & OUR_FUNCTIONS.keys():
        return None  # the candidate was asked for a `sorted` of its own
    lines = [f"{alias} = {name}" for alias, name in aliases.items() if alias != name]
    split: list[tuple[ast.Assert, list[ast.expr]]] = []
    for node in body:
        if isinstance(node, ast.Assert):
            asked = list(_asked(node.test, given))
            lines += [f"yield {ast.unparse(part)}" for part in asked]
            split.append((node, asked))
        elif _names(node) & given:
            lines.append(ast.unparse(node))
        elif not isinstance(node, ast.Expr | ast.Assign):
            return None
    inside = set[str]().union(*(_names(ast.parse(line)) for line in lines))
    outside = set[str]().union(*(_names(node.test, but=asked) for node, asked in split))
    assigned = {name for node in body if isinstance(node, ast.Assign) for name in _names(node)}
    if inside & set(theirs) or outside & (inside | assigned) or not all(a for _, a in split):
        return None
    text = "\n".join(f"    {line}" for part in lines for line in part.split("\n"))
    driver = _DRIVER.format(body=text, step=_STEP)
    return _assertions(split, driver)


def _assertions(
    split: list[tuple[ast.Assert, list[ast.expr]]], driver: str
) -> list[Assertion] | None:
    found: list[Assertion] = []
    step = 0
    for node, asked in split:
        places = {id(part): index for index, part in enumerate(asked)}
        sources = [(step + index, ast.unparse(part)) for index, part in enumerate(asked)]
        assertion = make_assertion(node.test, places, _STEP, sources, driver)
        if assertion is None:
            return None
        found.append(assertion)
        step += len(asked)
    return found


def _called(body: list[ast.stmt], theirs: Collection[str]) -> set[str]:
    """Returns the functions and classes that nobody but the candidate can have defined."""
    calls = (n for node in body for n in ast.walk(node) if isinstance(n, ast.Call))
    names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    return names - _locals(body) - set(theirs) - set(dir(builtins))


def _given(body: list[ast.stmt], own: set[str]) -> set[str]:
    """Returns the names that the candidate's process must have: its own and its inputs."""
    given = set(own)
    while True:
        before = len(given)
        for node in body:
            if isinstance(node, ast.Assert):
                for part in _asked(node.test, given):
                    given |= _locals(body) & _names(part)
            elif _names(node) & given:
                given |= _locals(body) & _names(node)
        if len(given) == before:
            return given


def _locals(body: list[ast.stmt]) -> set[str]:
    targets = (t for node in body if isinstance(node, ast.Assign) for t in node.targets)
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def _asked(node: ast.expr, given: Collection[str]) -> Iterator[ast.expr]:
    """Yields the outermost parts of an assertion that only the candidate's process can tell."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call) and (
        _root(node) in given and not is_ours(node)
    ):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _asked(child, given)


def _root(node: ast.expr) -> str:
    """Returns the name that a chain of attributes, subscripts and calls starts from."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.AST, but: Collection[ast.AST] = ()) -> set[str]:
    """Returns the names in a tree, leaving out the subtrees ``but``."""
    names: set[str] = set()
    pending = [node]
    while pending:
        at = pending.pop()
        if any(at is part for part in but):
            continue
        if isinstance(at, ast.Name):
            names.add(at.id)
        pending.extend(ast.iter_child_nodes(at))
    return names
