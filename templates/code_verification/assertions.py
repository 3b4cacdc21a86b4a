"""Turns an author's assertions into calls of the candidate and a verdict kept in the parent.

``assert f([3, 1]) == [1, 3]`` becomes the call ``f([3, 1])``, which the sandbox makes, and
the expression ``_ == [1, 3]``, which is decided here on the plain value that came back. So
the candidate never meets what is expected of it. What an assertion may hold is a small part
of Python: literals, arithmetic, comparisons and a few pure functions. Anything else makes
:func:`read_assertion` return ``None``, and the author's code then runs in a cage of its own.
"""

from __future__ import annotations

import ast
import builtins
import math
import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.sandbox.codec import refuse_collisions
from touchstone.sandbox.types import Call, Iterated, Step

_MAX_SIZE = 5_000_000  # items, or bits of an integer
_MAX_DIGITS = 10_000

OUR_FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        abs, all, any, bool, dict, float, frozenset, int, isinstance, len, list, max, min, range,
        round, set, sorted, str, sum, tuple,
    )
} | {"math.isclose": math.isclose, "isclose": math.isclose}  # fmt: skip
_LOOPING = {
    "all",
    "any",
    "dict",
    "frozenset",
    "list",
    "max",
    "min",
    "set",
    "sorted",
    "sum",
    "tuple",
}
_CONSTANTS = {"math.pi": math.pi, "math.e": math.e, "math.inf": math.inf, "math.nan": math.nan}
_TYPES = {t.__name__: t for t in (bool, bytes, complex, dict, float, frozenset, int, list, set, str, tuple)}  # fmt: skip  # noqa: E501

_BUILTINS = frozenset(dir(builtins))
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in _looped(container),
    ast.NotIn: lambda item, container: item not in _looped(container),
}


class NotPlain(Exception):
    """The expression holds something that is not decided here."""


CANNOT_DECIDE = (
    NotPlain, ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CandidateCall:
    """One call that an assertion makes: of ``entry_point``, with plain arguments."""

    entry_point: str
    call: Call
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """Test code that does things in order, without what is asserted on the way."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class StepValue:
    """A value that one step of a script tells.

    Attributes:
        step: Its number.
        source: What is asked for.
        by_object: An object of the candidate's decides it: whether it is true, say.
    """

    step: int
    source: str
    by_object: bool = False


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion as data.

    Attributes:
        source: What the author asserted; holds the expected value.
        calls: The candidate's calls in the order in which they are evaluated.
        script: What makes the calls, where they are steps among others.
    """

    source: str
    calls: tuple[CandidateCall | StepValue, ...]
    _test: ast.expr
    _places: Mapping[int, int]
    _known: Mapping[int, Any]
    script: Script | None = None

    @property
    def by_object(self) -> bool:
        """Whether an object of the candidate's has a say in the verdict."""
        return any(isinstance(call, StepValue) and call.by_object for call in self.calls)

    def holds(self, values: list[Any]) -> bool:
        """Decides the assertion, with Python's own operators, for what the calls returned.

        Args:
            values: One plain value per call. One without a plain form (``Opaque``) is true
                and equals nothing, as an object is by default.
        """
        told = {node: values[place] for node, place in self._places.items()}
        try:
            return bool(evaluate(self._test, {**self._known, **told}))
        except CANNOT_DECIDE:
            return False  # as in Python, where the author's expression would have raised


def read_assertion(node: ast.Assert, aliases: Mapping[str, str]) -> Assertion | None:
    """Reads one ``assert``; its message is dropped.

    Args:
        node: The statement.
        aliases: Names that stand for another, as ``candidate`` for the entry point.

    Returns:
        ``None`` when it holds something that only running it can decide. An assertion
        without any call of the candidate has no ``calls``.

    Raises:
        BadReference: What it compares with raises, whatever the candidate does.
    """
    if aliases.keys() & OUR_FUNCTIONS.keys():
        return None  # the candidate was asked for a `sorted` of its own
    calls: list[CandidateCall] = []
    places: dict[int, int] = {}
    try:
        for found in _candidate_calls(node.test):
            if any(True for arg in _arguments(found) for _ in _candidate_calls(arg)):
                return None  # the argument is itself a result: f(g(1))
            places[id(found)] = len(calls)
            name = _callee(found, aliases)
            args = tuple(plain(evaluate(arg, {})) for arg in found.args)
            kwargs = {k.arg: plain(evaluate(k.value, {})) for k in found.keywords if k.arg}
            if len(kwargs) != len(found.keywords):
                return None
            shown = f"{name}({', '.join(ast.unparse(arg) for arg in _shown(found))})"
            calls.append(CandidateCall(name, Call(args, kwargs), shown))
        check(node.test, places)
        _refuse_mistakes(node.test, places)
        known = settled(node.test, places)
        return Assertion(ast.unparse(node.test), tuple(calls), node.test, places, known)
    except CANNOT_DECIDE:
        return None


def _refuse_mistakes(test: ast.expr, places: Collection[int]) -> None:
    """Refuses a side of a comparison that is the author's alone and raises.

    Python always evaluates both sides of one, so that the test would fail every candidate.
    """
    if not isinstance(test, ast.Compare) or len(test.ops) > 1:
        return
    for side in (test.left, test.comparators[0]):
        if any(id(part) in places for part in ast.walk(side)):
            continue
        try:
            evaluate(side, {})
        except (IndexError, TypeError, ValueError, ZeroDivisionError) as exc:
            what = f"{type(exc).__name__}: {exc}"
            raise BadReference(f"a test compares with {ast.unparse(side)}: {what}") from exc


def is_class(name: str) -> bool:
    """Whether a name is spelled as a class is; its objects have no plain form."""
    return name[:1].isupper()


def is_ours(node: ast.AST) -> bool:
    """Whether a node calls one of the functions that are decided here."""
    return isinstance(node, ast.Call) and _dotted(node.func) in OUR_FUNCTIONS


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _shown(call: ast.Call) -> list[ast.AST]:
    return [*call.args, *call.keywords]


def _candidate_calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yields the outermost calls of what is not one of our own functions, in order."""
    if isinstance(node, ast.Call) and not is_ours(node):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _candidate_calls(child)


def _callee(call: ast.Call, aliases: Mapping[str, str]) -> str:
    match call.func:
        case ast.Name(id=name) if name in _BUILTINS and name not in aliases:
            raise NotPlain(name)  # Python's own; the candidate's version must not be asked
        case ast.Attribute(value=ast.Call(func=ast.Name(id=name))) if name in _BUILTINS:
            raise NotPlain(name)
        case ast.Name(id=name) if not is_class(aliases.get(name, name)):
            return aliases.get(name, name)
        case ast.Attribute(value=ast.Call(func=ast.Name(id=name), args=[], keywords=[]), attr=attr):
            return f"{aliases.get(name, name)}().{attr}"
    raise NotPlain(ast.unparse(call.func))


def _dotted(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            return f"{name}.{attr}"
    return ""


def check(node: ast.expr, places: Collection[int]) -> None:
    """Raises ``NotPlain`` for anything in the tree that :func:`evaluate` does not know.

    Args:
        node: The expression.
        places: The ``id`` of each node whose value is given.
    """
    if id(node) in places:
        return
    match node:
        case ast.Constant():
            pass
        case ast.Name() | ast.Attribute():
            evaluate(node, {})
        case ast.Compare(ops=ops, comparators=comparators):
            for op, right in zip(ops, comparators, strict=True):
                # `is` on anything but a singleton depends on the interpreter's caches.
                singleton = isinstance(right, ast.Constant) and right.value in (None, True, False)
                if isinstance(op, ast.Is | ast.IsNot) and not singleton:
                    raise NotPlain("is")
            _check_all(node, places)
        case ast.BinOp(op=op) | ast.UnaryOp(op=op) if type(op) in _OPERATORS:
            _check_all(node, places)
        case ast.Call(func=func) if _dotted(func) in OUR_FUNCTIONS:
            if _dotted(func) == "sum" and len(_arguments(node)) > 1:
                raise NotPlain("sum of lists takes quadratic time")
            for argument in _arguments(node):
                check(argument, places)
        case (
            ast.BoolOp() | ast.IfExp() | ast.List() | ast.Tuple() | ast.Set() | ast.Dict()
            | ast.Subscript() | ast.Slice()
        ):  # fmt: skip
            _check_all(node, places)
        case _:
            raise NotPlain(type(node).__name__)


def settled(node: ast.expr, given: Collection[int]) -> dict[int, Any]:
    """Computes the largest parts of an expression that are the author's alone.

    Args:
        node: The expression.
        given: The ``id`` of each node whose value is not known yet.

    Returns:
        Their values by the nodes' ``id``.

    Raises:
        NotPlain: One is not decided here, or is larger than what is; so it is of no completion.
    """
    if id(node) in given:
        return {}
    if not any(id(part) in given for part in ast.walk(node)):
        return {id(node): evaluate(node, {})}
    found: dict[int, Any] = {}
    for child in ast.iter_child_nodes(node):
        for part in ast.walk(child) if isinstance(child, ast.keyword) else [child]:
            if isinstance(part, ast.expr) and not (
                isinstance(node, ast.Call) and part is node.func
            ):
                found |= settled(part, given)
    return found


def _check_all(node: ast.AST, places: Collection[int]) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            check(child, places)


def evaluate(node: ast.expr, results: Mapping[int, Any]) -> Any:  # noqa: C901 - a case per node
    """Evaluates plain expressions; ``results`` has what each candidate's call returned."""
    if id(node) in results:
        return results[id(node)]

    def value(child: ast.expr) -> Any:
        return evaluate(child, results)

    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name) if name in _TYPES:
            return _TYPES[name]
        case ast.Attribute() if _dotted(node) in _CONSTANTS:
            return _CONSTANTS[_dotted(node)]
        case ast.List(elts=items):
            return [value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(value(item) for item in items)
        case ast.Set(elts=items):
            return {value(item) for item in items}
        case ast.Dict(keys=keys, values=items):
            if None in keys:
                raise NotPlain("**")
            return {value(key): value(item) for key, item in zip(keys, items, strict=True) if key}
        case ast.UnaryOp(op=op, operand=operand):
            return _OPERATORS[type(op)](value(operand))
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(op, value(left), value(right))
        case ast.BoolOp(op=op, values=items):
            stop = isinstance(op, ast.Or)
            result: Any = None
            for item in items:
                result = value(item)
                if bool(result) is stop:
                    break
            return result
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return value(body) if value(test) else value(orelse)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            here = value(left)
            for op, comparator in zip(ops, comparators, strict=True):
                there = value(comparator)
                if not _OPERATORS[type(op)](here, there):
                    return False
                here = there
            return True
        case ast.Subscript(value=container, slice=index):
            return value(container)[value(index)]
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*(part and value(part) for part in (lower, upper, step)))
        case ast.Call(func=func, args=args, keywords=keywords) if _dotted(func) in OUR_FUNCTIONS:
            named = {keyword.arg: value(keyword.value) for keyword in keywords if keyword.arg}
            name = _dotted(func)
            given = [value(arg) for arg in args]
            if name in _LOOPING:
                given = [_looped(item) for item in given]
            _bound(name, given)
            result = OUR_FUNCTIONS[name](*given, **named)
            if isinstance(result, range):
                _small(len(result))
            return result
    raise NotPlain(type(node).__name__)


def _binary(op: ast.operator, left: Any, right: Any) -> Any:
    """Computes, within bounds: a returned value must not make the parent work for hours."""
    if isinstance(op, ast.Pow) and isinstance(left, int):
        _small(left.bit_length() * abs(right))
    if isinstance(op, ast.Mult) and isinstance(left, int) and isinstance(right, int):
        _small(left.bit_length() + right.bit_length())
    if isinstance(op, ast.Mod) and isinstance(left, str | bytes):
        raise NotPlain("%")
    if isinstance(op, ast.Mult):
        for items, times in ((left, right), (right, left)):
            if isinstance(items, str | bytes | list | tuple) and isinstance(times, int):
                _small(len(items) * times)
    return _OPERATORS[type(op)](left, right)


def _bound(name: str, given: list[Any]) -> None:
    """Refuses returned values that would keep one of our functions busy for hours."""
    if name == "round" and len(given) > 1:
        _small(abs(given[1]), _MAX_DIGITS)
    if name in ("dict", "frozenset", "set"):
        for items in given:
            pairs = name == "dict" and not isinstance(items, dict)
            refuse_collisions([pair[0] for pair in items] if pairs else list(items))


def _looped(value: Any) -> Any:
    """Returns what looping over a value gives, for a generator and its like."""
    return value.items if isinstance(value, Iterated) else value


def _small(size: float, most: int = _MAX_SIZE) -> None:
    if size > most:
        raise NotPlain(f"larger than {most}")


def plain(value: Any) -> Any:
    """Returns the value if it can travel to the sandbox (a ``range`` or a type cannot)."""
    if isinstance(value, dict):
        plain([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            plain(item)
    elif not isinstance(value, bool | int | float | complex | str | bytes | None):
        raise NotPlain(type(value).__name__)
    return value
