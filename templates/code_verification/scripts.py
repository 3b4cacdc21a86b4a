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

from templates.code_verification.assertions import (
    OUR_FUNCTIONS,
    Assertion,
    is_class,
    is_ours,
    make_assertion,
)

_STEP = "_touchstone_step"
# What Python asks of an object, and the object's own code answers.
_OBSERVERS = {"abs", "bool", "float", "hash", "int", "len", "list", "repr", "str", "tuple"}
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
    called = {*aliases, *_called(body, theirs)}
    made = _made(body, {name for name in called if is_class(aliases.get(name, name))})
    given = _given(body, called, made)
    if given & OUR_FUNCTIONS.keys():
        return None  # the candidate was asked for a `sorted` of its own
    lines = [f"{alias} = {name}" for alias, name in aliases.items() if alias != name]
    split: list[tuple[ast.Assert, list[ast.expr]]] = []
    for node in body:
        if isinstance(node, ast.Assert):
            asked = list(_asked(node.test, given, made))
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


def _given(body: list[ast.stmt], own: set[str], made: Collection[str]) -> set[str]:
    """Returns the names that the candidate's process must have: its own and its inputs."""
    given = set(own)
    while True:
        before = len(given)
        for node in body:
            if isinstance(node, ast.Assert):
                for part in _asked(node.test, given, made):
                    given |= _locals(body) & _names(part)
            elif _names(node) & given:
                given |= _locals(body) & _names(node)
        if len(given) == before:
            return given


def _locals(body: list[ast.stmt]) -> set[str]:
    targets = (t for node in body if isinstance(node, ast.Assign) for t in node.targets)
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def _made(body: list[ast.stmt], classes: set[str]) -> set[str]:
    """Returns the candidate's classes, and the names of objects made directly of them."""
    made = set(classes)
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_object(value, made):
                made.add(name)
    return made


def _is_object(node: ast.expr, made: Collection[str]) -> bool:
    """Whether an expression must give an object of the candidate's class."""
    match node:
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            return name in made
        case ast.BinOp(left=left, right=right):
            return _is_object(left, made) or _is_object(right, made)
    return False


def _asked(node: ast.expr, given: Collection[str], made: Collection[str]) -> Iterator[ast.expr]:
    """Yields the outermost parts of an assertion that only the candidate's process can tell."""
    if _is_theirs_to_tell(node, given, made):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _asked(child, given, made)


def _is_theirs_to_tell(node: ast.expr, given: Collection[str], made: Collection[str]) -> bool:
    """Whether the candidate's code alone gives a value, and an author's literal has no part in it.

    An object has no plain form, so what Python asks of it (``str(p)``, ``len(p)``, ``p == q``,
    ``1 in p``) is asked where it lives. A comparison with a literal never is.
    """

    def own(part: ast.expr) -> bool:
        return _is_theirs_to_tell(part, given, made)

    match node:
        case ast.Name(id=name):
            return name in given
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            return own(value)
        case ast.Call(func=ast.Name(id=name), args=[part], keywords=[]) if name in _OBSERVERS:
            # len({p, q}) asks the objects whether they are equal
            parts = part.elts if isinstance(part, ast.List | ast.Set) else [part]
            return bool(parts) and all(map(own, parts))
        case ast.Call(func=ast.Name(id="isinstance"), args=parts):
            return all(map(own, parts))
        case ast.Call(func=ast.Name(id="hasattr"), args=[part, ast.Constant()]):
            return own(part)
        case ast.Call(func=func):
            return own(func) and not is_ours(node)
        case ast.Compare(left=left, comparators=others):
            if len(others) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
                return _is_object(others[0], made)
            parts = [left, *others]
            return all(map(own, parts)) and any(_is_object(part, made) for part in parts)
        case ast.BinOp(left=left, right=right):
            return _is_object(node, made) and (own(left) or own(right))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_object(operand, made) or (isinstance(operand, ast.Compare) and own(operand))
    return False


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
