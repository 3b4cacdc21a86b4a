"""Reads a reference answer: what was asked for, and the tests that decide it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from touchstone.outcomes import BadReference, BadSample
from touchstone.settings import nearest
from touchstone.templates.code_verification.assertions import (
    Assertion,
    CandidateCall,
    read_assertion,
)
from touchstone.templates.code_verification.assumed import assumed_imports
from touchstone.templates.code_verification.beside import laid
from touchstone.templates.code_verification.cases import (
    FunctionCase,
    ProgramCase,
    number,
    read_case,
)
from touchstone.templates.code_verification.environment import LEETCODE
from touchstone.templates.code_verification.forms import canonical, opened
from touchstone.templates.code_verification.program import split_prompt
from touchstone.templates.code_verification.scripts import read_script
from touchstone.templates.code_verification.sql_cases import SqlCase, asks_for_sql, read_sql
from touchstone.templates.code_verification.syntax import (
    bound_names,
    free_names,
    imports_all,
    parse,
    root_name,
)

# E.g. `python`, `Python 3.11`, `py3`; not `pypy-only`, `rust`
_PYTHON = re.compile(r"^[ci]?py(?:thon)?[ -]?[\d.]*$", re.IGNORECASE)
# E.g. `add`, `Stack().push`, `Stack.push`; not `3`
_ENTRY_POINT = re.compile(r"[A-Za-z_]\w*((\(\))?\.[A-Za-z_]\w*)?")
# Besides the standard library, what tests import and no candidate is called.
LIBRARIES = frozenset((
    "bs4", "cryptography", "hypothesis", "lxml", "matplotlib", "mock", "numpy", "pandas",
    "parameterized", "pytest", "requests", "scipy", "seaborn", "sklearn", "sympy", "torch", "yaml",
))  # fmt: skip
_FIELDS = (
    "checker", "entry_point", "environment", "files", "in_place", "language", "prompt_code",
    "test_cases", "test_code", "test_list", "test_setup_code", "tests", "timeout_s", "tolerance",
)  # fmt: skip
# E.g. `def check(candidate):`, `candidate(2)`; not `def test_it():`
_HANDED = re.compile(r"\bdef check\(\w|\bcandidate\b")
_WHERE = "(looked for in `reference_answer`, at top level and under `metadata`)"


@dataclass(frozen=True, slots=True)
class Checks:
    """The author's own test code, which only running it can decide.

    Attributes:
        source: The test module.
        setup: Definitions that it may use: what the prompt gives before the entry point.
    """

    source: str
    setup: str

    @property
    def wants_candidate(self) -> bool:
        """Whether it is handed the entry point, where others name what they test."""
        return bool(_HANDED.search(self.source))


Test = FunctionCase | ProgramCase | Assertion | Checks | SqlCase


@dataclass(frozen=True, slots=True)
class Reference:
    """What a completion is held against.

    Attributes:
        entry_point: A name or ``Class().method``; ``None`` where the completion decides.
        prompt_code: What a body-only completion continues; may be empty.
        environment: What a program finds around it; may be empty.
        tests: At least one.
        timeout_s: Seconds for one test, where the reference asks for its own.
    """

    entry_point: str | None
    prompt_code: str
    environment: str
    tests: tuple[Test, ...]
    timeout_s: float | None

    @property
    def is_program(self) -> bool:
        """Whether every test runs the completion as a program, from stdin to stdout."""
        return all(isinstance(test, ProgramCase) for test in self.tests)

    @property
    def sql(self) -> tuple[SqlCase, ...]:
        """The tests where they are for SQL, which has no others beside them."""
        return tuple(test for test in self.tests if isinstance(test, SqlCase))

    @property
    def calls_unnamed(self) -> bool:
        """Whether a test calls the entry point without naming it."""
        return any(isinstance(test, FunctionCase) for test in self.tests)


def read_reference(reference: Any) -> Reference:
    """Reads the forms that the template's README lists.

    Raises:
        BadReference: It is missing or unreadable; names the field.
        BadSample: It asks for a language other than Python and SQL.
    """
    if reference is None:
        raise BadReference(f"reference_answer is missing {_WHERE}")
    try:
        text = repr(reference)
    except RecursionError:  # deeper than what is worth remembering
        return _read(reference)
    return _read_once(_Given(text, reference))


@dataclass(frozen=True, slots=True)
class _Given:
    """A reference, which is the same as any other that is written so."""

    text: str
    reference: Any = field(compare=False)


@lru_cache(maxsize=8)  # as many prompts as a batch of 64 rows has, of eight rollouts each
def _read_once(given: _Given) -> Reference:
    return _read(given.reference)


def _read(reference: Any) -> Reference:
    fields = opened(reference, _WHERE)
    if asks_for_sql(fields):
        return Reference(None, "", "", tuple(read_sql(fields)), number(fields, "timeout_s", ""))
    reference = canonical(fields, _WHERE)
    language = _text(reference, "language") or "python"
    if not _PYTHON.match(language.strip()):
        raise BadSample(
            f"language {language!r} is not graded; this template runs Python and SQLite"
        )
    for name in reference:
        if name not in _FIELDS:
            known = nearest(name, _FIELDS)
            raise BadReference(f"reference_answer has the unknown field {name!r}{known}")
    entry_point = _text(reference, "entry_point").strip() or None
    if entry_point and not _ENTRY_POINT.fullmatch(entry_point):
        raise BadReference(
            f"reference_answer.entry_point {entry_point[:80]!r} is not `name` or `Class().method`"
        )
    entry_point = entry_point or _asked_for(reference)
    _text(reference, "checker")
    prompt_code = _text(reference, "prompt_code")
    tests = list(_read_tests(reference, entry_point, prompt_code))
    if not tests:
        raise BadReference(
            f"reference_answer has no test: give test_cases, tests or test_code {_WHERE}"
        )
    timeout_s = number(reference, "timeout_s", "")
    if entry_point is None:
        entry_point = _only_entry_point(tests)
    if entry_point is None and any(isinstance(t, Checks) and t.wants_candidate for t in tests):
        raise BadReference("reference_answer.entry_point is missing: test_code needs to know it")
    environment = _text(reference, "environment")
    if environment:
        _parse(environment, "reference_answer.environment")
    elif entry_point and entry_point.startswith("Solution"):
        environment = LEETCODE
    return Reference(entry_point, prompt_code, environment, tuple(tests), timeout_s)


def _asked_for(reference: Mapping[str, Any]) -> str | None:
    """Returns the only name that the tests read and nobody binds: it must be the candidate's."""
    listed = [reference.get(field) or [] for field in ("test_cases", "tests", "test_list")]
    texts = [text for cases in listed for text in cases if isinstance(text, str)]
    texts += [_text(reference, field) for field in ("test_setup_code", "test_code")]
    tree = parse("\n".join(texts))
    if tree is None:
        return None
    names = free_names(tree) - {"candidate", "check", *sys.stdlib_module_names}
    names |= {name for node in ast.walk(tree) for name in _of_candidate(node)}
    return names.pop() if len(names) == 1 else None


def _of_candidate(node: ast.AST) -> list[str]:
    """Returns what an import takes from a module that only the candidate can be."""
    if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
        return []
    package = node.module.split(".")[0]
    known = package in sys.stdlib_module_names or package in LIBRARIES
    return [] if known else [alias.name for alias in node.names if alias.name != "*"]


def _read_tests(
    reference: Mapping[str, Any], entry_point: str | None, prompt_code: str
) -> Iterable[Test]:
    asserts: list[str] = []
    for name in ("test_cases", "tests", "test_list"):
        cases = reference.get(name)
        if cases is None:
            continue
        if not isinstance(cases, list):
            raise BadReference(f"reference_answer.{name} is not a list")
        for index, case in enumerate(cases):
            where = f"reference_answer.{name}[{index}]"
            if isinstance(case, str):
                asserts.append(case)
            elif isinstance(case, Mapping):
                yield read_case(case, reference, entry_point, where)
            else:
                raise BadReference(f"{where} is neither an object nor an assert in a string")
    if asserts:
        setup = _text(reference, "test_setup_code")
        yield from _read_asserts(asserts, setup, entry_point, prompt_code)
    if test_code := _text(reference, "test_code"):
        if beside := laid(reference):
            helpers = _helpers(prompt_code, entry_point)
            yield Checks(test_code, f"{helpers}\n{beside}")
        else:
            yield from _read_test_code(test_code, entry_point, prompt_code)
    elif "files" in reference:
        raise BadReference("reference_answer.files goes beside test_code")


def _read_asserts(
    sources: list[str], setup: str, entry_point: str | None, prompt_code: str
) -> Iterable[Test]:
    trees = [_parse(source, "an assert of the tests") for source in sources]
    helpers = _helpers(prompt_code, entry_point)
    helpers += _assumed("\n".join([helpers, setup, *sources]), entry_point)
    if not setup.strip() and not any(map(imports_all, trees)):
        bodies = [tree.body for tree in trees]
        found = _read_bodies(bodies, _aliases(entry_point), _theirs(helpers, *trees))
        if found is not None:
            yield from found
            return
    # One function each, so that each is one outcome.
    functions = "\n".join(
        f"def test_{index}():\n{_indented(tree)}" for index, tree in enumerate(trees)
    )
    yield Checks(functions, f"{helpers}\n{setup}")


def _read_test_code(source: str, entry_point: str | None, prompt_code: str) -> Iterable[Test]:
    if ">>>" in source and parse(source) is None:
        source = f"__doc__ = {source!r}\n"  # a session, as doctest reads it
    tree = _parse(source, "reference_answer.test_code")
    checks = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "check"]
    aliases = _aliases(entry_point)
    helpers = _helpers(prompt_code, entry_point)
    helpers += _assumed(f"{helpers}\n{source}", entry_point)
    rest = [node for node in tree.body if node not in checks and not _calls_check(node)]
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and _is_test(n)]
    bodies: list[list[ast.stmt]] = []
    if len(checks) == 1 and entry_point and len(checks[0].args.args) == 1:
        aliases[checks[0].args.args[0].arg] = entry_point
        # Whatever else stands beside `check` may be what it needs.
        bodies = [checks[0].body] if all(_is_idle(node) for node in rest) else []
    elif functions:
        bodies = [node.body for node in functions]
        bodies = bodies if all(_is_idle(n) or n in functions for n in tree.body) else []
    elif not checks:
        bodies = [tree.body]
    if imports_all(tree):
        bodies = []  # whose a name is can only be seen where it is run
    theirs = _theirs(helpers, tree) - {"check"}
    found = _read_bodies(bodies, aliases, theirs) if bodies else None
    if found:
        yield from found
    else:
        yield Checks(source, helpers)


def _theirs(helpers: str, *trees: ast.Module) -> set[str]:
    """Returns names that are the author's: the candidate's version must not be asked.

    They are helpers that the prompt gives, and what the test code imports and defines.
    """
    names = bound_names(parse(helpers))
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names.update((a.asname or a.name).split(".")[0] for a in node.names)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
    return names


def _aliases(entry_point: str | None) -> dict[str, str]:
    return {entry_point: entry_point} if entry_point else {}


def _read_bodies(
    bodies: Iterable[list[ast.stmt]], aliases: Mapping[str, str], theirs: Collection[str]
) -> list[Assertion] | None:
    """Reads test code whose verdicts can be kept here; ``None`` if any of it has to be run."""
    found: list[Assertion] = []
    for body in bodies:
        busy = [node for node in body if not _is_idle(node)]
        read = _read_body(busy, aliases, theirs)
        read = read_script(busy, aliases, theirs) if read is None else read
        if read is None:
            return None
        found += read
    return found


def _read_body(
    body: list[ast.stmt], aliases: Mapping[str, str], theirs: Collection[str]
) -> list[Assertion] | None:
    """Reads statements that are all assertions."""
    found: list[Assertion] = []
    for node in body:
        assertion = read_assertion(node, aliases) if isinstance(node, ast.Assert) else None
        if assertion is None or (not assertion.calls and not assertion.holds([])):
            return None
        called = (c.entry_point for c in assertion.calls if isinstance(c, CandidateCall))
        if any(root_name(entry_point) in theirs for entry_point in called):
            return None
        if assertion.calls:
            found.append(assertion)
    return found


def _is_test(node: ast.FunctionDef) -> bool:
    plain = not node.args.args and not node.decorator_list
    return plain and node.name.startswith("test")


def _is_idle(node: ast.stmt) -> bool:
    """Whether a statement cannot matter to assertions that hold only plain expressions."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass():
            return True
        case ast.Expr(value=ast.Constant() | ast.Name()):
            return True
        case ast.Assign(targets=[ast.Name(id="METADATA")]):
            return True  # HumanEval's header
    return False


def _calls_check(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="check"))):
            return True
    return False


def _only_entry_point(tests: Iterable[Test]) -> str | None:
    names = {
        call.entry_point
        for test in tests
        if isinstance(test, Assertion)
        for call in test.calls
        if isinstance(call, CandidateCall)
    }
    return names.pop() if len(names) == 1 else None


def _helpers(prompt_code: str, entry_point: str | None) -> str:
    """Returns what the prompt gives before the entry point: test code may call it too."""
    before = split_prompt(prompt_code, entry_point).before if entry_point else ""
    return before if parse(before) is not None else ""  # the inside of a class does not parse


def _assumed(source: str, entry_point: str | None) -> str:
    imports = assumed_imports(source, {root_name(entry_point)} if entry_point else ())
    return f"\n{imports}" if imports else ""


def _parse(source: str, what: str) -> ast.Module:
    tree = parse(source)
    if tree is None:
        raise BadReference(f"{what} is not Python: {source[:80]!r}")
    return tree


def _indented(tree: ast.Module) -> str:
    lines = ast.unparse(tree).splitlines() or ["pass"]
    return "\n".join(f"    {line}" for line in lines) + "\n"


def _text(reference: Mapping[str, Any], field: str) -> str:
    value = reference.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadReference(f"reference_answer.{field} is not a string")
    return value
