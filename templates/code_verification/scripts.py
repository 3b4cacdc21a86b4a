"""Reads test code that does things in order: makes objects, calls them, asserts on the way.

``s = Stack(); s.push(1); assert s.pop() == 1`` becomes steps that run beside the candidate, one
request each: ``s = Stack()``, ``s.push(1)``, and ``s.pop()`` whose value is told, while ``_ == 1``
is decided outside, as in :mod:`assertions`.

Only results of calls are asked for. A name that the test assigned from plain values is known
here, and so is what the test computes from a result: neither is ever the candidate's to tell. The
one exception is what a call did to its argument: ``sort(xs)`` has no other result than ``xs``, so
``xs`` is asked for where an assertion has no other result in it, and is the test's own elsewhere.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from touchstone.sandbox.types import Step
from touchstone.templates.code_verification.assertions import (
    CANNOT_DECIDE,
    OUR_FUNCTIONS,
    Assertion,
    NotPlain,
    Script,
    StepValue,
    check,
    evaluate,
    is_class,
    is_ours,
    plain,
    settled,
)

# What Python asks of an object, and the object's own code answers.
_OBSERVERS = {"abs", "bool", "float", "hash", "int", "len", "list", "repr", "str", "tuple"}


def read_script(
    body: list[ast.stmt], aliases: Mapping[str, str], theirs: Collection[str]
) -> list[Assertion] | None:
    """Reads statements in order.

    Args:
        body: Of ``check``, or of the test module.
        aliases: Names that stand for another, as ``candidate`` for the entry point.
        theirs: Names of the author's own, which the candidate's process does not have.

    Returns:
        The assertions, each with the script that gives its values; ``None`` when there is more
        in the code than assignments, calls and assertions, or when it cannot be split.
    """
    called = {*aliases, *_called(body, theirs)}
    if (called | _locals(body)) & OUR_FUNCTIONS.keys():
        return None  # the candidate was asked for a `sorted` of its own
    reader = _Reader(called, {n for n in called if is_class(aliases.get(n, n))}, theirs)
    try:
        for alias, name in aliases.items():
            if alias != name:
                reader.take(ast.parse(f"{alias} = {name}").body[0])
        for node in body:
            reader.read(node)
    except CANNOT_DECIDE:
        return None
    script = Script(tuple(reader.steps))
    return [replace(assertion, script=script) for assertion in reader.assertions]


class _Reader:
    """Reads one statement after the other.

    Attributes:
        steps: What the candidate's process is asked to do, in order.
        assertions: Those read so far; the script is theirs only when all is read.
    """

    def __init__(self, called: set[str], classes: set[str], theirs: Collection[str]) -> None:
        self.steps: list[Step] = []
        self.assertions: list[Assertion] = []
        self._theirs = set(theirs)
        self._held = set(called)  # the candidate's own, and results of its calls
        self._made = set(classes)  # its classes, and objects made directly of them
        self._known: dict[str, Any] = {}  # names of the test's own, by value
        self._sent: set[str] = set()  # those whose value the candidate's process has
        self._lent: set[str] = set()  # those which a call may have changed there
        self._computed: dict[str, ast.expr] = {}  # names for what is computed here from results
        self._inputs: set[str] = set()  # the test's own, that only a Python process can make
        self._values: dict[int, Any] = {}  # of nodes, by `id`
        self._asked: dict[int, StepValue] = {}  # nodes whose value a step tells, by `id`

    def read(self, node: ast.stmt) -> None:
        """Reads a statement.

        Raises:
            NotPlain: It cannot be split.
        """
        match node:
            case ast.Assert(test=test):
                self._read_assert(test)
            case ast.Assign(targets=targets, value=value):
                names = [name for target in targets for name in _target_names(target)]
                if all(map(_target_names, targets)):
                    self._read_assign(node, names, value)
                else:
                    self._read_change(node, {n for t in targets for n in _names(t)})
            case ast.Expr(value=value) if self._uses_results(value):
                self.take(node)
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                pass
            case ast.Expr(value=ast.Call(func=ast.Attribute() as func)) if self._owns(node):
                self._read_change(node, _names(func))
            case ast.Expr() if self._owns(node):
                self._read_change(node, _names(node))
            case ast.Expr(value=ast.Call()):
                raise NotPlain("a call of the test's own, as of random.seed")
            case ast.Expr():
                pass  # it has nothing to do with the candidate
            case _:
                raise NotPlain(type(node).__name__)

    def take(self, node: ast.stmt | ast.expr) -> int:
        """Adds a step and returns its number."""
        names = _names(node)
        if names & (self._theirs | self._computed.keys()):
            raise NotPlain("the candidate's process does not have it")
        given = {n: plain(self._known[n]) for n in (names & self._known.keys()) - self._sent}
        self._sent |= given.keys()
        self._lent |= {
            name for name in names & self._known.keys() if _may_change(self._known[name])
        }
        asked = isinstance(node, ast.expr)
        self.steps.append(Step(ast.unparse(node), given, asked))
        return len(self.steps) - 1

    def _read_assign(self, node: ast.Assign, names: list[str], value: ast.expr) -> None:
        verdict = isinstance(value, ast.UnaryOp)  # asked for when it is made
        if self._is_theirs_to_tell(value) and not verdict:
            self.take(node)
            made = self._is_object(value)
            self._bind(names, self._held)
            if made:
                self._made.update(names)
        elif self._uses_results(value):
            self._split(value)
            pairs = [pair for target in node.targets for pair in _pairs(target, value)]
            settled = [(name, self._settled(part)) for name, part in pairs]
            self._bind(names, set())
            self._computed.update(settled)
        else:
            self._assign_own(node, names, value)

    def _assign_own(self, node: ast.Assign, names: list[str], value: ast.expr) -> None:
        """Reads an assignment in which no result of a call takes part."""
        used = _names(value)
        try:
            settled = evaluate(self._settled(value), self._values)
            values = dict.fromkeys(names, settled)
            for target in node.targets:
                if isinstance(target, ast.Tuple | ast.List):
                    values |= zip(_target_names(target), settled, strict=True)
        except CANNOT_DECIDE as exc:
            self.take(node)
            filled = used & self._lent and isinstance(exc, LookupError)  # by a call: its result
            self._bind(names, self._held if filled else self._inputs)
            return
        changed = bool(used & self._lent)
        if changed:
            self.take(node)  # the call may have changed what it is made of
        self._bind(names, set())
        self._known |= values
        if changed:
            self._sent |= set(names)
            self._lent |= set(names)

    def _read_change(self, node: ast.stmt, names: set[str]) -> None:
        """Reads ``s.x = 1`` and ``xs.append(1)``, which change what a name stands for."""
        self.take(node)
        self._bind(names & self._own_names(), self._inputs)

    def _read_assert(self, test: ast.expr) -> None:
        source = ast.unparse(test)
        self._split(test)
        tree = self._settled(test)
        nodes = {id(part) for part in ast.walk(tree)}
        asked = {node: value for node, value in self._asked.items() if node in nodes}
        places = {node: place for place, node in enumerate(asked)}
        known = {node: value for node, value in self._values.items() if node in nodes}
        known |= settled(tree, {*asked, *known})
        assertion = Assertion(source, tuple(asked.values()), tree, places, known)
        if asked:
            self.assertions.append(assertion)
        elif not assertion.holds([]):
            raise NotPlain("the test's own assertion fails")

    def _split(self, node: ast.expr) -> None:
        """Asks for the results in an expression; raises unless the rest is decided here."""
        for part in list(self._results(node)):
            self._asked[id(part)] = self._ask(part)
        settled = self._settled(node)
        check(settled, self._asked.keys() | self._values.keys())

    def _settled(self, node: ast.expr) -> ast.expr:
        """Returns an expression with what names stand for at this point of the test."""
        return _Settle(self._asked, self._known, self._computed, self._values).visit(node)

    def _ask(self, node: ast.expr) -> StepValue:
        by_object = isinstance(node, ast.UnaryOp)
        return StepValue(self.take(node), ast.unparse(node), by_object=by_object)

    def _results(self, node: ast.expr) -> Iterator[ast.expr]:
        """Yields the outermost parts that only the candidate's process can tell."""
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from self._results(value)
        elif any(self._parts(node, frozenset(), indices=False)):
            yield from self._parts(node, frozenset())
        else:
            yield from self._parts(node, self._lent)

    def _parts(
        self, node: ast.expr, lent: Collection[str], *, indices: bool = True
    ) -> Iterator[ast.expr]:
        is_computed = isinstance(node, ast.Name) and node.id in self._computed
        if self._is_theirs_to_tell(node, lent) or (is_computed and not indices):
            yield node
        elif isinstance(node, ast.Subscript) and not indices:
            yield from self._parts(node.value, lent, indices=indices)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr | ast.keyword):
                    inner = child.value if isinstance(child, ast.keyword) else child
                    yield from self._parts(inner, lent, indices=indices)

    def _is_theirs_to_tell(  # noqa: C901 - a case per node
        self, node: ast.expr, lent: Collection[str] = ()
    ) -> bool:
        """Whether the candidate's code alone gives a value, and no plain value has a part in it.

        An object has no plain form, so what Python asks of it (``str(p)``, ``len(p)``) is asked
        where it lives. What it is compared with never is.

        Raises:
            NotPlain: An object is to say whether it equals another, or holds something.
        """

        def own(part: ast.expr) -> bool:
            return self._is_theirs_to_tell(part, lent)

        match node:
            case ast.Name(id=name):
                return name in self._held or name in lent
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
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return bool(parts) and all(map(own, parts))
            case ast.Dict(keys=keys, values=parts):
                named = all(isinstance(key, ast.Constant) for key in keys)
                return named and bool(parts) and all(map(own, parts))
            case ast.ListComp(elt=elt, generators=[ast.comprehension(ifs=[])]):
                return own(elt)
            case ast.Compare(left=left, comparators=others):
                contains = isinstance(node.ops[0], ast.In | ast.NotIn)
                parts = others[:1] if contains else [left, *others]
                if (contains or all(map(own, parts))) and any(map(self._is_object, parts)):
                    raise NotPlain("an object decides, whose word must be weighed")
            case ast.BinOp(left=left, right=right):
                return self._is_object(node) and (own(left) or own(right))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._is_object(operand)
        return False

    def _is_object(self, node: ast.expr) -> bool:
        """Whether an expression must give an object of the candidate's class."""
        match node:
            case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
                return name in self._made
            case ast.BinOp(left=left, right=right):
                return self._is_object(left) or self._is_object(right)
        return False

    def _uses_results(self, node: ast.AST) -> bool:
        return bool(_names(node) & (self._held | self._computed.keys()))

    def _own_names(self) -> set[str]:
        return self._known.keys() | self._inputs

    def _owns(self, node: ast.AST) -> bool:
        return bool(_names(node) & self._own_names())

    def _bind(self, names: Collection[str], to: set[str]) -> None:
        """Says what names stand for from here on."""
        for holder in (self._held, self._made, self._sent, self._lent, self._inputs):
            holder.difference_update(names)
        for name in names:
            self._known.pop(name, None)
            self._computed.pop(name, None)
        to.update(names)


class _Settle(ast.NodeTransformer):
    """Puts in what names stand for; nodes that a step tells stay the same objects."""

    def __init__(
        self,
        asked: Collection[int],
        known: Mapping[str, Any],
        computed: Mapping[str, ast.expr],
        values: dict[int, Any],
    ) -> None:
        self._asked = asked
        self._known = known
        self._computed = computed
        self._values = values

    def visit(self, node: ast.AST) -> Any:
        """Returns what stands for a node."""
        if id(node) in self._asked or id(node) in self._values:
            return node
        if not isinstance(node, ast.Name):
            return self.generic_visit(node)
        if node.id in self._computed:
            return self._computed[node.id]
        if node.id in self._known:
            self._values[id(node)] = self._known[node.id]
        return node


def _may_change(value: Any) -> bool:
    """Whether a call that is given a value can change it."""
    try:
        hash(value)
    except TypeError:
        return True
    return False


def _called(body: list[ast.stmt], theirs: Collection[str]) -> set[str]:
    """Returns the functions and classes that nobody but the candidate can have defined."""
    calls = (n for node in body for n in ast.walk(node) if isinstance(n, ast.Call))
    names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    return names - _locals(body) - set(theirs) - set(dir(builtins))


def _locals(body: list[ast.stmt]) -> set[str]:
    targets = (t for node in body if isinstance(node, ast.Assign) for t in node.targets)
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def _target_names(target: ast.expr) -> list[str]:
    """Returns the names that an assignment binds; none where it binds anything else."""
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    names = [part.id for part in parts if isinstance(part, ast.Name)]
    return names if len(names) == len(parts) else []


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yields each name with the expression that it stands for."""
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ((ast.Tuple() | ast.List()), (ast.Tuple() | ast.List())):
            for name, part in zip(_target_names(target), value.elts, strict=True):
                yield name, part
        case _:
            raise NotPlain("a result that is taken apart")


def _names(node: ast.AST) -> set[str]:
    return {at.id for at in ast.walk(node) if isinstance(at, ast.Name)}
