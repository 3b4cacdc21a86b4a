"""A user's file that customises a template: read as data, never imported.

The form is a Python program that would do what it says, which is what makes it familiar::

    from touchstone.templates import get_template

    APPROVED = ["numpy", "decimal"]

    grader = get_template("code_verification").customize(approved_libraries=APPROVED)

It is a program that needs no running: one call with literals in it, and literals with a name.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone.settings import SettingsError
from touchstone.usercode.source import parse, read_text

_IMPORT = "from touchstone.templates import get_template"
_GRADER = "grader = get_template(NAME).customize(setting=value, ...)"
_VALUES = "a literal, or the name of a literal assigned above"


@dataclass(frozen=True, slots=True)
class Customized:
    """What such a file says.

    Attributes:
        template: Name of the template, not yet known to exist.
        settings: What it is customised with, not yet checked.
        lines: Setting to its line; ``""`` to that of the template's name.
    """

    template: str
    settings: Mapping[str, Any]
    lines: Mapping[str, int]


def read_customized(path: Path, shown: str) -> Customized | None:
    """Reads a file of this form; ``None`` for one with a reward function of its own.

    Args:
        path: The file.
        shown: What messages call it.

    Raises:
        SettingsError: It cannot be read, is no Python, or holds anything else; names the line
            and what to use instead.
    """
    text = read_text(path, shown)
    if "get_template" not in text:
        return None
    tree = parse(text, shown)
    if not any(_imports_templates(node) or _assigned(node)[0] == "grader" for node in tree.body):
        return None
    try:
        return _read(tree, shown)
    except RecursionError as exc:
        raise SettingsError(f"{shown}: nested too deeply", "code") from exc


def _imports_templates(node: ast.stmt) -> bool:
    match node:
        case ast.ImportFrom(module=str(module), level=0):
            return _names_templates(module)
        case ast.Import(names=names):
            return any(_names_templates(alias.name) for alias in names)
    return False


def _names_templates(module: str) -> bool:
    return "templates" in module.split(".")[:2]


def _assigned(node: ast.stmt) -> tuple[str, ast.expr | None]:
    """Returns the name and the value of an assignment to one name."""
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            return name, value
    return "", None


def _read(tree: ast.Module, shown: str) -> Customized:
    constants: dict[str, Any] = {}
    made: Customized | None = None
    statements = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    if not any(ast.unparse(node) == _IMPORT for node in statements):
        raise SettingsError(f"{shown}: get_template is not imported; write `{_IMPORT}`", "code")
    for node in statements:
        name, value = _assigned(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            if ast.unparse(node) != _IMPORT:
                raise _refusal(shown, node, f"`{_short(node)}`", f"`{_IMPORT}`, and nothing more")
        elif value is None:
            what = f"`{_short(node)}` beside a customised template"
            raise _refusal(shown, node, what, "a reward function in a file of its own")
        elif name != "grader":
            constants[name] = _literal(value, {}, shown, "a literal")
        elif made is None:
            made = _customization(value, constants, shown)
        else:
            raise _refusal(shown, node, "a second grader", "a file of its own for each grader")
    if made is None:
        raise SettingsError(f"{shown}: it assigns no `{_GRADER}`", "code")
    return made


def _customization(call: ast.expr, constants: Mapping[str, Any], shown: str) -> Customized:
    match call:
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(
                    func=ast.Name(id="get_template"),
                    args=[ast.Constant(value=str(template)) as named],
                    keywords=[],
                ),
                attr="customize",
            ),
            args=[],
            keywords=keywords,
        ):
            settings: dict[str, Any] = {}
            lines = {"": named.lineno}
            for keyword in keywords:
                if keyword.arg is None or keyword.arg in settings:
                    what = f"`{keyword.arg}` twice" if keyword.arg else "`**`"
                    raise _refusal(shown, keyword, what, "each setting by its name, once")
                settings[keyword.arg] = _literal(keyword.value, constants, shown, _VALUES)
                lines[keyword.arg] = keyword.lineno
            return Customized(template, settings, lines)
    raise _refusal(shown, call, f"`grader = {_short(call)}`", _GRADER)


def _literal(node: ast.expr, constants: Mapping[str, Any], shown: str, instead: str) -> Any:
    """Returns an expression's value, with the constants that it names put in."""
    try:
        # A constant of the tree may hold any value, and is evaluated to it.
        return ast.literal_eval(_Named(constants).visit(node))
    except (ValueError, TypeError, SyntaxError, MemoryError) as exc:
        raise _refusal(shown, node, f"`{_short(node)}` is computed", instead) from exc


class _Named(ast.NodeTransformer):
    def __init__(self, constants: Mapping[str, Any]) -> None:
        self._constants = constants

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replaces the name of a constant by its value."""
        if node.id not in self._constants:
            return node
        return ast.copy_location(ast.Constant(self._constants[node.id]), node)


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).partition("\n")[0]
    return text if len(text) <= 60 else f"{text[:60]}..."


def _refusal(
    shown: str, node: ast.stmt | ast.expr | ast.keyword, what: str, instead: str
) -> SettingsError:
    return SettingsError(f"{shown}:{node.lineno}: {what}; instead: {instead}", "code")
