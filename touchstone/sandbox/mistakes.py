"""Whether what a test raises is its author's mistake, whatever the candidate does.

``int('y')``, ``[4][1]`` or ``10 / n`` of a loop over ``range(3)`` raises by itself, wherever it
stands: in a loop, a ``with``, an argument of ``assertEqual``. It is asked for once it has raised,
so that it was reached, and was nothing that the test expects.
"""

from __future__ import annotations

import ast
import types
from typing import Any

from _touchstone_compared import nodes  # type: ignore[import-not-found]

_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_ASKING = (ast.Attribute, ast.BinOp, ast.Call, ast.Compare, ast.Subscript, ast.UnaryOp)
_PARTS = (
    *_ASKING, ast.BoolOp, ast.Constant, ast.Dict, ast.IfExp, ast.List, ast.Name, ast.Set,
    ast.Slice, ast.Tuple, ast.boolop, ast.cmpop, ast.expr_context, ast.keyword, ast.operator,
    ast.unaryop,
)  # fmt: skip
# Functions and modules of Python that give the same for the same.
_FUNCTIONS = {
    "abs", "all", "any", "bin", "bool", "bytes", "chr", "complex", "dict", "divmod", "float",
    "frozenset", "hex", "int", "len", "list", "max", "min", "oct", "ord", "pow", "range",
    "reversed", "round", "set", "sorted", "str", "sum", "tuple",
}  # fmt: skip
_MODULES = {
    "calendar", "cmath", "collections", "datetime", "decimal", "fractions", "itertools", "json",
    "math", "operator", "re", "statistics", "string",
}  # fmt: skip
_SERVING = "_touchstone_serving"
_SCALARS = (bool, bytes, complex, float, int, str, types.NoneType)


def mistake(error: BaseException, source: str, names: dict[str, Any], filename: str) -> str:
    """Returns the expression of a test file that raised by itself, ``""`` where there is none.

    Args:
        error: Raised here, not by the candidate.
        source: The test file.
        names: Its module's.
        filename: By which its frames are known.
    """
    trace = error.__traceback__ if isinstance(error, _ERRORS) else None
    found = None
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_globals.get("__name__") == _SERVING:  # the candidate had asked for it
            return ""
        found = trace if frame.f_code.co_filename == filename else found
        trace = trace.tb_next
    if found is None or found.tb_frame.f_globals is not names:
        return ""
    places = list(found.tb_frame.f_code.co_positions())
    tree = ast.parse(source)
    for node in nodes(tree):
        if isinstance(node, _ASKING) and _place(node) == places[found.tb_lasti // 2]:
            own = _Own(nodes(tree), found.tb_frame)
            return ast.unparse(node) if own.makes(node) else ""
    return ""


def _place(node: ast.expr) -> tuple[int | None, ...]:
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)


class _Own:
    """What a frame of a test file has of the author's alone."""

    def __init__(self, everything: list[ast.AST], frame: types.FrameType) -> None:
        self._frame = frame
        self._drawn: dict[str, list[ast.expr]] = {}  # names, each with what gives its values
        self._bound: dict[str, int] = {}  # how often a name is bound, by whatever it is
        self._modules: set[str] = set()
        for node in everything:
            self._read(node)

    def _read(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                self._count(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._count(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                self._count(name)
            case ast.Import(names=found) | ast.ImportFrom(names=found):
                for alias in found:
                    name = (alias.asname or alias.name).partition(".")[0]
                    module = getattr(node, "module", None) or alias.name
                    self._count(name)
                    self._modules |= {name} if module.partition(".")[0] in _MODULES else set()
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self._draw(target, value)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._draw(target, value)

    def _count(self, name: str) -> None:
        self._bound[name] = self._bound.get(name, 0) + 1

    def _draw(self, target: ast.AST, value: ast.expr) -> None:
        for part in nodes(target):
            if isinstance(part, ast.Name):
                self._drawn.setdefault(part.id, []).append(value)

    def makes(self, node: ast.AST) -> bool:
        """Whether a value is made of literals and of what is Python's alone."""
        return all(
            isinstance(part, _PARTS) and (not isinstance(part, ast.Name) or self._is_own(part.id))
            for part in nodes(node)
        )

    def _is_own(self, name: str) -> bool:
        if name not in self._bound:
            given = self._frame.f_locals.get(name, self._frame.f_globals.get(name))
            if type(given) is types.ModuleType:  # that the author forgot to import
                return given.__name__ in _MODULES
            return name in _FUNCTIONS and given is None
        if name in self._modules:
            return self._bound[name] == 1
        value = self._frame.f_locals.get(name, self._frame.f_globals.get(name))
        # Anything that is not as it was written a call may have changed.
        return type(value) in _SCALARS and value in (self._values(name, set()) or ())

    def _values(self, name: str, seen: set[str]) -> Any:
        """Returns what a name that stands for literals alone may stand for, else ``None``."""
        drawn = self._drawn.get(name, [])
        if name in seen or len(drawn) != self._bound[name]:
            return None
        return _joined([self._given(value, seen | {name}) for value in drawn])

    def _given(self, value: ast.expr, seen: set[str]) -> Any:
        match value:
            case ast.Name(id=name):
                return self._values(name, seen) if name in self._bound else None
            case ast.Call(func=ast.Name(id="enumerate" | "zip" as function), args=args):
                counted = [_Counted()] if function == "enumerate" else []
                parts = [self._given(arg, seen) for arg in args]
                return None if function in self._bound else _joined([*parts, counted])
            case ast.Call(func=ast.Name(id="range" as function)):
                return None if function in self._bound else [_Counted()]
            case ast.Call(func=ast.Attribute(value=inner, attr="items")):
                return self._given(inner, seen)
        try:
            return list(_scalars(ast.literal_eval(value)))
        except ValueError:
            return None


class _Counted:
    """Equals every whole number, as a count may."""

    def __eq__(self, other: object) -> bool:
        return type(other) is int

    def __hash__(self) -> int:
        return 0


def _joined(parts: list[Any]) -> Any:
    return None if None in parts else [value for part in parts for value in part]


def _scalars(value: Any) -> Any:
    """Yields what stands in a literal, and the characters of its texts."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple | set):
        for part in value:
            yield from _scalars(part)
        return
    yield value
    if isinstance(value, str):
        yield from value
