"""How well a program is written: named parts, each 0..1, of which a user weighs what matters.

Only the completion's own lines are judged, never the prompt's. Nothing is run but the
linter and, for ``internal_standards`` with a ``pattern``, a regular-expression search, which
happens in the sandbox because a hostile text can make a pattern run for ever.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.sandbox.types import Call, FunctionJob, Limits, Returned
from touchstone.templates.code_verification.linter import lint
from touchstone.templates.code_verification.program import Program
from touchstone.templates.code_verification.settings import PARTS, Rule, Settings

if TYPE_CHECKING:
    from touchstone.deadline import Deadline
    from touchstone.grader import Tools

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_DECISIONS = (
    ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.Assert,
    ast.comprehension, ast.match_case,
)  # fmt: skip
_SEARCH = """
import re
def found(pattern, text):
    return re.search(pattern, text, re.MULTILINE) is not None
"""


@dataclass(frozen=True, slots=True)
class Quality:
    """What the parts say.

    Attributes:
        score: Their weighted mean, 0..1; 1.0 where no part applies.
        parts: Part to value, of those that count.
        notes: What was found wanting, for a person.
    """

    score: float
    parts: dict[str, float]
    notes: tuple[str, ...]


def judge_quality(program: Program, settings: Settings, tools: Tools) -> Quality:
    """Judges a program that compiles.

    A part counts when its weight is positive and it applies: the libraries, calls and
    standards only where some are set, docstrings and annotations only where something could
    carry one.

    Raises:
        GraderError: The linter is not there, or broken.
        DeadlineExceeded: The call's time ran out while linting.
        SandboxFault: A pattern could not be searched for.
    """
    assert program.tree is not None  # noqa: S101 - the caller has checked
    own = _Own(program.tree, program)
    notes: list[str] = []
    judges: dict[str, Callable[[], float | None]] = {
        "lint": lambda: _lint(own, tools.deadline, notes),
        "complexity": lambda: _complexity(own, settings.max_complexity, notes),
        "approved_libraries": lambda: _approved(own, settings, notes),
        "banned_calls": lambda: _banned(own, settings.banned_calls, notes),
        "docstrings": lambda: _docstrings(own),
        "annotations": lambda: _annotations(own),
        "internal_standards": lambda: _standards(own, settings.internal_standards, tools, notes),
    }
    return _weighed(judges, settings, notes)


def judge_sql(code: str, words: Collection[str], settings: Settings, tools: Tools) -> Quality:
    """Judges statements of SQL, of which only ``banned_calls`` and ``internal_standards`` apply.

    Args:
        code: The statements.
        words: Those outside of strings and comments, in lower case; SQL's names have no case.
        settings: The rules.
        tools: The sandbox.

    Raises:
        SandboxFault: A pattern could not be searched for.
    """
    notes: list[str] = []
    names = {name for name in _named(settings) if name.lower() in words}
    own = _Wording(code, names)
    judges: dict[str, Callable[[], float | None]] = {
        "banned_calls": lambda: _banned(own, settings.banned_calls, notes),
        "internal_standards": lambda: _standards(own, settings.internal_standards, tools, notes),
    }
    return _weighed(judges, settings, notes)


def _named(settings: Settings) -> list[str]:
    return [*settings.banned_calls, *(rule.name or "" for rule in settings.internal_standards)]


def _weighed(
    judges: Mapping[str, Callable[[], float | None]], settings: Settings, notes: list[str]
) -> Quality:
    weights = {
        name: settings.quality_weights[name]
        for name in PARTS
        if name in judges and settings.quality_weights.get(name, 0) > 0
    }
    values = {name: judges[name]() for name in weights}
    parts = {name: value for name, value in values.items() if value is not None}
    total = sum(weights[name] for name in parts)
    score = sum(weights[name] * value for name, value in parts.items()) / total if parts else 1.0
    return Quality(min(1.0, max(0.0, score)), parts, tuple(notes))


class _Wording:
    """What a completion says: its text, and the names that it uses."""

    def __init__(self, text: str, names: set[str]) -> None:
        self.text = text
        self.names = names


class _Own(_Wording):
    """The completion's own part of a program."""

    def __init__(self, tree: ast.Module, program: Program) -> None:
        self.code = program.code
        self.first, self.last = program.own
        self.nodes = [
            node for node in ast.walk(tree) if self.first <= getattr(node, "lineno", 0) <= self.last
        ]
        lines = program.code.split("\n")[self.first - 1 : self.last]
        super().__init__("\n".join(lines), set(_referenced(tree, self.nodes)))
        self.functions = [node for node in self.nodes if isinstance(node, _Function)]
        self.statements = max(1, sum(isinstance(node, ast.stmt) for node in self.nodes))


def _referenced(tree: ast.Module, nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yields the dotted names that are imported, called or otherwise read, aliases resolved."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            aliases |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Name(id=name):
                yield aliases.get(name, name)
            case ast.Attribute():
                yield _dotted(node, aliases)
            case ast.Call(func=func, args=[ast.Constant(value=str(module)), *_]):
                if _dotted(func, aliases) in ("__import__", "importlib.import_module"):
                    yield module


def _dotted(node: ast.expr, aliases: Mapping[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    head = aliases.get(node.id, node.id) if isinstance(node, ast.Name) else ""
    return ".".join([head, *reversed(parts)])


def _libraries(own: _Own) -> set[str]:
    found: set[str] = set()
    for node in own.nodes:
        match node:
            case ast.Import(names=names):
                found |= {alias.name.split(".")[0] for alias in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module.split(".")[0])
            case ast.Call(func=func, args=args) if _dotted(func, {}) in (
                "__import__",
                "importlib.import_module",
                "import_module",
            ):
                known = args and isinstance(args[0], ast.Constant)
                found.add(str(args[0].value).split(".")[0] if known else "a computed name")  # type: ignore[attr-defined]
    return found


def _lint(own: _Own, deadline: Deadline, notes: list[str]) -> float:
    """Returns ``1 - (5 * errors + warnings) / statements``, at least 0.

    Source: Pylint's evaluation expression, divided by 10.
    """
    every = lint(own.code, deadline)
    found = [finding for finding in every or () if own.first <= finding.row <= own.last]
    if every is None or any(finding.is_syntax for finding in found):
        # The compiler read it and the linter could not: the completion's doing.
        notes.append("lint: the linter cannot read the program")
        return 0.0
    if not found:
        return 1.0
    errors = sum(finding.is_error for finding in found)
    notes.append(f"lint: {', '.join(sorted({finding.code for finding in found}))}")
    return max(0.0, 1.0 - (4 * errors + len(found)) / own.statements)


def _complexity(own: _Own, most: int, notes: list[str]) -> float:
    """Returns 1.0 up to ``most`` for the worst function, then ``most / worst``.

    Source: McCabe 1976; one, and one more for each decision.
    """
    scopes: list[Sequence[ast.AST]] = [own.nodes if not own.functions else []]
    scopes += [list(ast.walk(function)) for function in own.functions]
    worst = max(1 + sum(_decisions(node) for node in scope) for scope in scopes)
    if worst <= most:
        return 1.0
    notes.append(f"complexity: {worst}, at most {most} asked")
    return most / worst


def _decisions(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, _DECISIONS))


def _approved(own: _Own, settings: Settings, notes: list[str]) -> float | None:
    """Returns 0.0 when a library is imported that is neither approved nor Python's own."""
    if not settings.approved_libraries:
        return None
    approved = {*settings.approved_libraries, *settings.test_frameworks, "__future__"}
    outside = sorted(_libraries(own) - approved - sys.stdlib_module_names)
    if outside:
        notes.append(f"not approved: {', '.join(outside)}")
    return float(not outside)


def _banned(own: _Wording, banned: Sequence[str], notes: list[str]) -> float | None:
    """Returns 0.0 when a banned name, or anything below it, is imported, called or read."""
    if not banned:
        return None
    found = sorted(name for name in banned if _uses(own.names, name))
    if found:
        notes.append(f"banned: {', '.join(found)}")
    return float(not found)


def _uses(names: Collection[str], wanted: str) -> bool:
    return any(name == wanted or name.startswith(f"{wanted}.") for name in names)


def _docstrings(own: _Own) -> float | None:
    """Returns the share of public functions and classes that have a docstring."""
    public = [
        node
        for node in own.nodes
        if isinstance(node, _Function | ast.ClassDef) and not node.name.startswith("_")
    ]
    return sum(bool(ast.get_docstring(n)) for n in public) / len(public) if public else None


def _annotations(own: _Own) -> float | None:
    """Returns the share of parameters and results that are annotated (``self`` aside)."""
    slots: list[bool] = []
    for function in own.functions:
        taken = function.args
        every = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs]
        every += [star for star in (taken.vararg, taken.kwarg) if star is not None]
        slots += [a.annotation is not None for a in every if a.arg not in ("self", "cls")]
        slots.append(function.returns is not None or function.name == "__init__")
    return sum(slots) / len(slots) if slots else None


def _standards(
    own: _Wording, rules: Sequence[Rule], tools: Tools, notes: list[str]
) -> float | None:
    """Returns the weighted share of the rules that are met."""
    if not rules:
        return None
    patterns = [rule.pattern for rule in rules if rule.pattern is not None]
    found = dict(zip(patterns, _search(patterns, own.text, tools), strict=True))
    met = 0.0
    for rule in rules:
        there = (
            found[rule.pattern] if rule.pattern is not None else _uses(own.names, rule.name or "")
        )
        # A search that could not end counts against the text, whichever way the rule asks.
        if there is (rule.must == "appear"):
            met += rule.weight
        else:
            notes.append(rule.message or f"{rule.pattern or rule.name} must {rule.must}")
    return met / sum(rule.weight for rule in rules)


def _search(patterns: Sequence[str], text: str, tools: Tools) -> list[bool | None]:
    """Searches for each pattern in a cage; ``None`` where it did not end in its second."""
    if not patterns:
        return []
    calls = tuple(Call((pattern, text)) for pattern in patterns)
    limits = Limits(wall_s=1.0 + len(patterns), call_s=1.0)
    run = tools.need_sandbox().run(FunctionJob(_SEARCH, "found", calls), limits, tools.deadline)
    return [o.value is True if isinstance(o, Returned) else None for o in run.outcomes]
