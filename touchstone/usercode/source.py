"""A user's file, read and violations before anything of it runs: form, syntax, policy, imports."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from touchstone.settings import SettingsError

Form = Literal["reward", "reward_function", "lambda_handler", "columns", "grade", "compute_score"]
MAX_BYTES = 200_000
_SHOWN = 8
# The outermost one counts: a handler usually calls the others.
_NAMED: tuple[Form, ...] = ("lambda_handler", "reward_function", "reward")
# Of other trainers, which a helper may be called as well: known by what they take.
_OF_OTHERS: dict[Form, set[str]] = {
    "grade": {"sample", "item"},
    "compute_score": {"solution_str", "ground_truth"},
}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """A user's file that may be served.

    Attributes:
        path: As messages name it.
        text: What it holds.
        form: How its function is called.
        function: The function's name.
        restricted: It runs under the policy.
        summary: First line of its docstring.
        packages: Modules beside Python's own that it imports, loaded before the cage.
    """

    path: str
    text: str
    form: Form
    function: str
    restricted: bool
    summary: str
    packages: tuple[str, ...] = ()

    def line(self, number: int) -> str:
        """Returns a line's text, ``""`` where there is none."""
        lines = self.text.splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def read_source(path: Path, shown: str, *, restricted: bool) -> Source:
    """Reads a file and decides whether it may be served; runs nothing of it.

    Args:
        path: The file.
        shown: What messages call it.
        restricted: Hold it to the policy.

    Raises:
        SettingsError: It cannot be read, is no Python, holds no reward function, or the policy
            refuses it; names every line with what to use instead.
    """
    text = read_text(path, shown)
    tree = parse(text, shown)
    form, function = _entry_point(tree, shown)
    if restricted:
        _hold_to_policy(text, shown)
    return Source(
        path=shown,
        text=text,
        form=form,
        function=function,
        restricted=restricted,
        summary=(ast.get_docstring(tree) or "").partition("\n")[0],
        packages=tuple(sorted(_packages(tree))),
    )


def read_text(path: Path, shown: str) -> str:
    """Returns what a file holds.

    Raises:
        SettingsError: It cannot be read, is too large, or is no text.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise SettingsError(f"{shown}: cannot be read: {why}", "code") from exc
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{shown}: {len(data)} bytes; at most {MAX_BYTES}", "code")
    return text


def parse(text: str, shown: str) -> ast.Module:
    """Returns a file's syntax tree.

    Raises:
        SettingsError: It is no Python.
    """
    try:
        return ast.parse(text, shown)
    except SyntaxError as exc:
        # Of what is no text of Python at all, such as null bytes, no line is told.
        at = f":{exc.lineno}" if exc.lineno else ""
        raise SettingsError(f"{shown}{at}: {exc.msg}", "code") from exc
    except (ValueError, RecursionError, MemoryError) as exc:
        raise SettingsError(f"{shown}: cannot be parsed: {type(exc).__name__}", "code") from exc


def _hold_to_policy(text: str, shown: str) -> None:
    from touchstone.usercode.policy_check import check_policy

    try:
        _, violations = check_policy(text, shown)
    except RecursionError as exc:
        raise SettingsError(f"{shown}: nested too deeply", "code") from exc
    if violations:
        lines = [f"{shown}:{violation.line}: {violation}" for violation in violations[:_SHOWN]]
        if len(violations) > _SHOWN:
            lines.append(f"and {len(violations) - _SHOWN} more")
        raise SettingsError("not allowed by the policy\n  " + "\n  ".join(lines), "code")


def _entry_point(tree: ast.Module, shown: str) -> tuple[Form, str]:
    """Returns the form and the name of the function that grades."""
    functions = {node.name: node for node in tree.body if isinstance(node, _Function)}
    by_columns = [name for name, node in functions.items() if _takes_columns(node)]
    for name in _NAMED:
        if name in functions and name not in by_columns:
            return name, name
        if name in _assigned(tree):
            return name, name
    if len(by_columns) == 1:
        return "columns", by_columns[0]
    for name, taken in _OF_OTHERS.items():
        if name in functions and not by_columns and taken <= _parameters(functions[name]):
            return name, name
    forms = (
        "reward(sample), reward_function(event, context), lambda_handler(event, context), "
        "grade(sample, item), compute_score(data_source, solution_str, ground_truth, extra_info) "
        "or one function of (prompts, completions, **columns)"
    )
    if by_columns:
        raise SettingsError(
            f"{shown}: {' and '.join(by_columns)} all take completions; keep one at the top "
            f"level, or define {forms}", "code",
        )  # fmt: skip
    raise SettingsError(f"{shown}: no reward function; define {forms}", "code")


def _takes_columns(node: _Function) -> bool:
    return "completions" in _parameters(node)


def _parameters(node: _Function) -> set[str]:
    return {arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)}


def _assigned(tree: ast.Module) -> set[str]:
    return {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _packages(tree: ast.Module) -> Iterator[str]:
    """Yields the modules that must be loaded before the cage, which has no files."""
    seen = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            seen |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            seen.add(node.module)
    for name in seen:
        root = name.partition(".")[0]
        if root in sys.stdlib_module_names or root == "__main__":
            continue
        if importlib.util.find_spec(root):
            yield name
