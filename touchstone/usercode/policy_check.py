# ruff: noqa: N802 - visitors are named after the nodes they visit
"""The policy: what a user's file may say, decided before any of it runs.

RestrictedPython walks the syntax tree and refuses what it does not know; this subclass of its
transformer admits more of what people write, and leads the few accesses whose safety depends
on the object through ``guards``. It keeps honest code inside the contract and dishonest code
busy. The wall is the cage that the code runs in.

Attribute loads with a plain name and subscripts stay as they are: no plain name but those of
``names.FRAMES`` and ``names.WATCHED`` leads anywhere, so that nothing is paid for them.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from RestrictedPython.transformer import RestrictingNodeTransformer, copy_locations

from touchstone.settings import near
from touchstone.usercode import names

_PRIVATE = re.compile(r"_(?!_)(?!tmp\d)\w*[^\W_]")
_SIMPLE_CLASSES = frozenset(
    {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str"}
) | {"tuple"}
_SAYS = {
    "AsyncFunctionDef": ("an async function", "a plain def"),
    "Await": ("await", "a plain call"),
    "AsyncFor": ("async for", "a plain for"),
    "AsyncWith": ("async with", "a plain with"),
    "TryStar": ("except*", "a plain except"),
    "TypeAlias": ("a type statement", "Name = type"),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """Something the policy does not allow.

    Attributes:
        line: Where, from 1.
        what: What is refused.
        instead: What to use in its place, ``""`` when there is nothing.
    """

    line: int
    what: str
    instead: str = ""

    def __str__(self) -> str:
        """Returns it as one sentence."""
        return self.what + (f"; instead: {self.instead}" if self.instead else "")


class PolicyChecker(RestrictingNodeTransformer):
    """Rewrites a module so that ``guards`` can run it; ``refused`` says what it may not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.violations: list[Violation] = []
        self._bound: set[str] = set()
        self._builtins: list[ast.Name] = []
        self._positional: list[tuple[ast.AST, str]] = []

    def refuse(self, node: ast.AST, what: str, instead: str = "") -> None:
        """Notes a violation."""
        violation = Violation(getattr(node, "lineno", 0), what, instead)
        if violation not in self.violations:
            self.violations.append(violation)

    def error(self, node: ast.AST, info: str) -> None:
        """Notes a violation of RestrictedPython's own."""
        self.refuse(node, info.rstrip("."))

    def not_allowed(self, node: ast.AST) -> None:
        """Refuses a kind of node as a whole."""
        kind = type(node).__name__
        what, instead = _SAYS.get(kind, (f"{kind} (not known to the policy)", 'policy = "full"'))
        self.refuse(node, what, instead)

    def check_name(
        self, node: ast.AST, name: str | None, allow_magic_methods: bool = False
    ) -> None:
        """Checks a name that is about to be bound."""
        if name is None:
            return
        self._bound.add(name)
        if not name.startswith("_") or name == "_" or _PRIVATE.fullmatch(name):
            return
        if name in names.ASSIGNED or (allow_magic_methods and name in names.METHODS):
            return
        advice = "a name with at most one underscore in front and none behind"
        if allow_magic_methods:
            advice = "an ordinary method"
        self.refuse(node, f"the name {name!r}", advice)

    # Names and attributes

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Checks a binding; collects loads, whose meaning depends on the whole file."""
        if not isinstance(node.ctx, ast.Load):
            self.check_name(node, node.id)
        elif node.id in names.ASSIGNED | {"__name__", "_"} or _PRIVATE.fullmatch(node.id):
            pass
        elif node.id.startswith("_"):
            self.refuse(node, f"the name {node.id!r}", names.INSTEAD.get(node.id, ""))
        elif hasattr(builtins, node.id) and node.id not in names.BUILTINS | names.GUARDED:
            self._builtins.append(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Leads accesses whose safety depends on the owner through a guard."""
        name = node.attr
        if name.startswith("__"):
            return self._special(node)
        private = name.startswith("_")
        if not self._may_name(node):
            return node
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = _call("_write_own_" if private else "_write_", node.value)
            return node
        if private or name in names.WATCHED:
            return _call("_getattr_", node, node.value, ast.Constant(name))
        return node

    def _may_name(self, node: ast.Attribute) -> bool:
        """Tells whether an attribute's name is plain or private; refuses others."""
        name = node.attr
        if name in names.FRAMES:
            self.refuse(node, f"the attribute {name!r}", names.INSTEAD.get(name, ""))
        elif name.startswith("__") or (name.startswith("_") and not _PRIVATE.fullmatch(name)):
            self.refuse(node, f"the attribute {name!r}", "at most one underscore, in front")
        else:
            return True
        return False

    def _special(self, node: ast.Attribute) -> ast.AST:
        name, value = node.attr, node.value
        of_super = isinstance(value, ast.Call) and (
            isinstance(value.func, ast.Name) and value.func.id == "super"
        )
        loaded = isinstance(node.ctx, ast.Load)
        node = self.node_contents_visit(node)
        if loaded and of_super and name in names.METHODS:
            return _call("_super_", node, node.value, ast.Constant(name))
        if loaded and name in names.READABLE:
            return _call("_getattr_", node, node.value, ast.Constant(name))
        advice = names.INSTEAD.get(name, "")
        if not name.endswith("__"):
            advice = "one underscore in front"
        self.refuse(node, f"the attribute {name!r}", advice)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Guards writes; reading an item is what the object itself offers."""
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = _call("_write_", node.value)
        return node

    # Assignments

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """Allows it; the targets guard themselves."""
        return self.node_contents_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Allows annotations, which dataclasses live on."""
        return self.node_contents_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        """Spells an augmented assignment to an item or an attribute out, each part run once."""
        target = node.target
        if isinstance(target, ast.Name):
            return self.node_contents_visit(node)
        if not self._may_augment(target):
            return node
        owner = self.gen_tmp_name()
        steps: list[ast.stmt] = [_assign(owner, self.visit(target.value), node)]
        inner, write = ast.Name(owner, ast.Load()), "_write_"
        loaded: ast.expr
        stored: ast.Subscript | ast.Attribute
        if isinstance(target, ast.Subscript):
            key = self.gen_tmp_name()
            steps.append(_assign(key, self.visit(target.slice), node))
            loaded = ast.Subscript(inner, ast.Name(key, ast.Load()), ast.Load())
            stored = ast.Subscript(inner, ast.Name(key, ast.Load()), ast.Store())
        else:
            loaded = ast.Attribute(inner, target.attr, ast.Load())
            stored = ast.Attribute(inner, target.attr, ast.Store())
            if target.attr.startswith("_"):
                write = "_write_own_"
            if target.attr.startswith("_") or target.attr in names.WATCHED:
                loaded = ast.Call(
                    ast.Name("_getattr_", ast.Load()), [inner, ast.Constant(target.attr)], []
                )
        stored.value = ast.Call(ast.Name(write, ast.Load()), [inner], [])
        old = self.gen_tmp_name()
        steps.append(_assign(old, loaded, node))
        step = ast.AugAssign(ast.Name(old, ast.Store()), node.op, self.visit(node.value))
        result = ast.Assign([stored], ast.Name(old, ast.Load()))
        for made in (step, result):
            copy_locations(made, node)
        return [*steps, step, result]

    def _may_augment(self, target: ast.Attribute | ast.Subscript) -> bool:
        if isinstance(target, ast.Subscript):
            if any(isinstance(part, ast.Slice) for part in ast.walk(target.slice)):
                self.refuse(target, "an augmented assignment to a slice", "x[a:b] = x[a:b] + y")
                return False
            return True
        return self._may_name(target)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """Allows it for names that may be bound."""
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        """Allows it for names that may be bound."""
        for name in node.names:
            self.check_name(node, name)
        return node

    # Calls, loops and blocks: iteration and calls with stars need no guard here.

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Allows any call of what could be reached."""
        return self.node_contents_visit(node)

    def guard_iter(self, node: ast.For | ast.comprehension) -> ast.AST:
        """Allows iteration over what could be reached."""
        return self.node_contents_visit(node)

    def visit_With(self, node: ast.With) -> ast.AST:
        """Allows it; the targets guard themselves."""
        return self.node_contents_visit(node)

    # Definitions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Checks the name and the names of its parameters."""
        self.check_name(node, node.name, allow_magic_methods=True)
        self.check_function_argument_names(node)
        return self.node_contents_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Allows classes whose making runs no code of their own choice."""
        self.check_name(node, node.name)
        for keyword in node.keywords:
            self.refuse(node, f"the class keyword {keyword.arg!r}", "a base class, or a decorator")
        return self.node_contents_visit(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """Visits the file, then decides what depends on all of it."""
        node = self.node_contents_visit(node)
        for name in self._builtins:
            if name.id not in self._bound:
                self.refuse(name, f"{name.id}()", names.INSTEAD.get(name.id, ""))
        for at, name in self._positional:
            if name not in _SIMPLE_CLASSES or name in self._bound:
                self.refuse(at, "positions in a class pattern", "keywords: Point(x=0, y=y)")
        self.violations.sort(key=lambda violation: violation.line)
        return node

    # Imports

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Allows the modules of ``names.MODULES``."""
        for alias in node.names:
            self._check_module(node, alias.name)
            self.check_name(node, alias.asname or alias.name.partition(".")[0])
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Allows the names that ``names.MODULES`` lists."""
        if node.level or not node.module:
            self.refuse(node, "a relative import", "one file holds the whole grader")
            return node
        if not self._check_module(node, node.module):
            return node
        allowed = names.MODULES[node.module]
        for alias in node.names:
            if alias.name not in allowed:
                advice = names.INSTEAD.get(alias.name) or near(alias.name, allowed)
                self.refuse(node, f"{alias.name!r} of {node.module}", advice)
            self.check_name(node, alias.asname or alias.name)
        return node

    def _check_module(self, node: ast.AST, name: str) -> bool:
        if name in names.MODULES:
            return True
        root = name.partition(".")[0]
        advice = names.INSTEAD.get(root, f'policy = "full"; allowed: {", ".join(_offered())}')
        self.refuse(node, f"the module {name!r}", advice)
        return False

    # Patterns

    def visit_Match(self, node: ast.Match) -> ast.AST:
        """Allows pattern matching."""
        return self.node_contents_visit(node)

    def _visit_pattern(self, node: ast.AST) -> ast.AST:
        return self.node_contents_visit(node)

    visit_match_case: Any = _visit_pattern
    visit_MatchSingleton: Any = _visit_pattern  # noqa: N815
    visit_MatchSequence: Any = _visit_pattern  # noqa: N815
    visit_MatchOr: Any = _visit_pattern  # noqa: N815

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        """Allows literals and plain attributes, which are all that a pattern may hold."""
        node = self.node_contents_visit(node)
        if isinstance(node.value, ast.Call):
            self.refuse(node, "a private or special attribute in a pattern", "a guard: case x if")
        return node

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        """Checks the name it binds."""
        self.check_name(node, node.name)
        return node

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        """Checks the name it binds."""
        self.check_name(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        """Checks the name it binds."""
        self.check_name(node, node.rest)
        return self.node_contents_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """Checks the attributes it reads, which no guard sees.

        Positions read what ``__match_args__`` says, so they are for builtin types alone.
        """
        for name in node.kwd_attrs:
            if name.startswith("_") or name in names.FRAMES | names.WATCHED:
                self.refuse(node, f"the attribute {name!r} in a pattern")
        if node.patterns:
            known = isinstance(node.cls, ast.Name) and len(node.patterns) == 1
            self._positional.append((node, ast.unparse(node.cls) if known else ""))
        node = self.node_contents_visit(node)
        if isinstance(node.cls, ast.Call):
            self.refuse(node, "a private or special attribute in a pattern")
        return node


def check_policy(text: str, filename: str) -> tuple[ast.Module, Sequence[Violation]]:
    """Returns a file's tree as the guards can run it, and what is refused in it.

    Raises:
        SyntaxError: It is no Python.
    """
    walker = PolicyChecker()
    tree = walker.visit(ast.parse(text, filename))
    return tree, walker.violations


def _call(guard: str, at: ast.expr, *args: ast.expr) -> ast.Call:
    """Returns a call of a guard, by default of ``at`` itself."""
    call = ast.Call(ast.Name(guard, ast.Load()), list(args) or [at], [])
    copy_locations(call, at)
    return call


def _assign(name: str, value: ast.expr, at: ast.AST) -> ast.Assign:
    made = ast.Assign([ast.Name(name, ast.Store())], value)
    copy_locations(made, at)  # type: ignore[arg-type]
    return made


def _offered() -> list[str]:
    return sorted(name for name in names.MODULES if not name.startswith("__"))
