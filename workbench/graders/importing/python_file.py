"""A file of Python, read and never run: what it calls, with arguments that are spelt out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone.sanitize import one_line
from touchstone.workbench.graders.importing.model import Node, NotImported
from touchstone.workbench.graders.importing.reading import read_text
from touchstone.workbench.rows.storage import shown

_DEEPEST = 60
_Definition = (
    ast.ClassDef | ast.FunctionDef | ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that only running the file would tell.

    Attributes:
        code: It.
        name: The name that it is, ``""`` where it is more than a name.
    """

    code: str
    name: str = ""


@dataclass(slots=True)
class PythonFile:
    """A file of Python.

    Attributes:
        file: What messages call it.
        text: What it holds.
        tree: Its syntax tree.
    """

    file: str
    text: str
    tree: ast.Module
    _defined: dict[str, list[_Definition]] = field(default_factory=dict)

    @staticmethod
    def read(file: str) -> PythonFile:
        """Reads a file.

        Raises:
            NotImported: It is too large, or is no Python.
            OSError: It cannot be opened.
        """
        text = read_text(file)
        try:
            tree = ast.parse(text)
        except SyntaxError as exc:
            raise NotImported(f"{shown(file)}:{exc.lineno or 1}: {exc.msg}") from exc
        except (ValueError, RecursionError, MemoryError) as exc:
            raise NotImported(f"{shown(file)}: no Python: {exc}") from exc
        made = PythonFile(shown(file), text, tree)
        for one in tree.body:
            if isinstance(one, _Definition):
                for name in _names(one):
                    made._defined.setdefault(name, []).append(one)
        return made

    @property
    def classes(self) -> set[str]:
        """Returns the names of the classes that it defines."""
        return {one.name for one in self.tree.body if isinstance(one, ast.ClassDef)}

    def imports(self, package: str) -> bool:
        """Tells whether it imports a package, wherever in it."""
        return any(True for _ in self._imported(package))

    def calls(self, package: str) -> Iterator[tuple[str, ast.Call]]:
        """Yields the calls of what a package defines, by its own name for it, line by line."""
        known = dict(self._imported(package))
        found = []
        for one in ast.walk(self.tree):
            if isinstance(one, ast.Call):
                name = _called(one.func, known)
                found += [(name, one)] if name else []
        yield from sorted(found, key=lambda item: (item[1].lineno, item[1].col_offset))

    def subclasses(self, package: str, *bases: str) -> Iterator[ast.ClassDef]:
        """Yields the classes that stand on one of a package."""
        known = dict(self._imported(package))
        for one in ast.walk(self.tree):
            if isinstance(one, ast.ClassDef) and any(_called(b, known) in bases for b in one.bases):
                yield one

    def arguments(self, name: str, call: ast.Call, parameters: Sequence[str]) -> Node:
        """Returns what a call is handed, by parameter: its place is the call's line.

        Raises:
            NotImported: It is handed more by position than is known, or a ``*`` or ``**``.
        """
        lines = {name: call.lineno}
        node = Node({}, self.file, name, lines)
        spread = any(isinstance(one, ast.Starred) for one in call.args)
        if spread or any(one.arg is None for one in call.keywords):
            raise node.refuse("* and ** in a call cannot be read without running it")
        if len(call.args) > len(parameters):
            raise node.refuse(f"more than {len(parameters)} arguments without a name")
        given = [*zip(parameters, call.args, strict=False)]
        given += [(one.arg, one.value) for one in call.keywords if one.arg]
        for key, value in given:
            _note_lines(lines, f"{name}.{key}", value)
        return node.holding({key: self.value(value) for key, value in given})

    def value(self, node: ast.expr, depth: int = 0) -> Any:
        """Returns a value that is spelt out: literals, names of such, members of enumerations.

        A call of a class is an object of its arguments and its ``class``; what is not spelt out
        is ``Unread``.
        """
        read = {
            ast.Constant: self._constant, ast.List: self._sequence, ast.Tuple: self._sequence,
            ast.Dict: self._dict, ast.BinOp: self._sum, ast.UnaryOp: self._negative,
            ast.Name: self._name, ast.Attribute: self._member, ast.Call: self._object,
        }.get(type(node))  # fmt: skip
        if read is None or depth > _DEEPEST:
            return _unread(node)
        return read(node, depth + 1)

    def _constant(self, node: Any, _depth: int) -> Any:
        return _unread(node) if isinstance(node.value, bytes | complex) else node.value

    def _sequence(self, node: Any, depth: int) -> Any:
        return [self.value(one, depth) for one in node.elts]

    def _dict(self, node: Any, depth: int) -> Any:
        keys = [self.value(key, depth) if key else None for key in node.keys]
        if not all(isinstance(key, str) for key in keys):
            return _unread(node)
        return dict(zip(keys, (self.value(one, depth) for one in node.values), strict=True))

    def _sum(self, node: Any, depth: int) -> Any:
        ends = self.value(node.left, depth), self.value(node.right, depth)
        texts = isinstance(node.op, ast.Add) and all(isinstance(one, str) for one in ends)
        return ends[0] + ends[1] if texts else _unread(node)

    def _negative(self, node: Any, depth: int) -> Any:
        value = self.value(node.operand, depth)
        number = isinstance(node.op, ast.USub) and type(value) in (int, float)
        return -value if number else _unread(node)

    def _name(self, node: Any, depth: int) -> Any:
        defined = self._defined.get(node.id, [])
        only = defined[0] if len(defined) == 1 else None
        if isinstance(only, ast.Assign | ast.AnnAssign) and only.value is not None:
            return self.value(only.value, depth)
        return Unread(node.id, node.id)

    def _member(self, node: Any, _depth: int) -> Any:
        return node.attr if node.attr.isupper() else _unread(node)

    def _object(self, node: Any, depth: int) -> Any:
        name = _last(node.func)
        if not name[:1].isupper():
            return _unread(node)
        told = {one.arg: self.value(one.value, depth) for one in node.keywords if one.arg}
        first = {"model": self.value(node.args[0], depth)} if node.args else {}
        return {**first, **told, "class": name}

    def needed(self, name: str, without: str) -> str:
        """Returns the code of a definition and of all that it names, in the file's order.

        Args:
            name: What is defined at the top of the file.
            without: A package whose imports are left out.
        """
        found: list[_Definition] = []
        left = [name]
        while left:
            for one in self._defined.get(left.pop(), []):
                foreign = isinstance(one, ast.ImportFrom) and (one.module or "").split(".")[0] in (
                    without, "__future__",
                )  # fmt: skip
                if one not in found and not foreign:
                    found.append(one)
                    left += [part.id for part in ast.walk(one) if isinstance(part, ast.Name)]
        found.sort(key=lambda one: one.lineno)
        return "".join(f"{self._segment(one)}\n" for one in found)

    def _segment(self, one: _Definition) -> str:
        first = min([one.lineno, *(d.lineno for d in getattr(one, "decorator_list", []))])
        lines = self.text.splitlines()[first - 1 : one.end_lineno]
        gap = "\n\n" if isinstance(one, ast.ClassDef | ast.FunctionDef) else ""
        return gap + "\n".join(lines)

    def _imported(self, package: str) -> Iterator[tuple[str, str]]:
        """Yields the names that a package's own go by here, and those; ``""`` for a module."""
        for one in ast.walk(self.tree):
            if isinstance(one, ast.ImportFrom) and (one.module or "").split(".")[0] == package:
                yield from ((alias.asname or alias.name, alias.name) for alias in one.names)
            elif isinstance(one, ast.Import):
                for alias in one.names:
                    if alias.name.split(".")[0] == package:
                        yield alias.asname or package, ""


def _unread(node: ast.expr) -> Unread:
    try:
        return Unread(one_line(ast.unparse(node), 200))
    except RecursionError:
        return Unread("...")


def _last(node: ast.expr) -> str:
    """Returns the last name of a dotted one."""
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _called(node: ast.expr, known: dict[str, str]) -> str:
    """Returns a package's name for what is called, ``""`` for anything else."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        root = root.value
    if isinstance(node, ast.Attribute) and isinstance(root, ast.Name) and root.id in known:
        return node.attr
    return ""


def _names(node: _Definition) -> Iterator[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (one.id for one in targets if isinstance(one, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.split(".")[0] for alias in names)


def _note_lines(lines: dict[str, int], path: str, node: ast.expr) -> None:
    lines[path] = node.lineno
    if isinstance(node, ast.List | ast.Tuple):
        for n, one in enumerate(node.elts):
            _note_lines(lines, f"{path}[{n}]", one)
    elif isinstance(node, ast.Call):
        for one in node.keywords:
            if one.arg:
                _note_lines(lines, f"{path}.{one.arg}", one.value)
