"""Programs that a grader brings along: taken as they are, and what they need found out."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Sequence

from touchstone.libraries import OFFERED
from touchstone.workbench.graders.importing.model import Node, Piece

BOUNDS_NOTE = "its scores are taken to lie within 0..1; --bounds says otherwise"
# What OpenAI lists as installed beside its python graders: module, and the package with its
# version. Source: OpenAI's guide "Graders", image 2025-05-08.
_INSTALLED = {
    "scipy": "scipy==1.15.2", "sympy": "sympy==1.13.3", "pandas": "pandas==2.2.3",
    "rapidfuzz": "rapidfuzz==3.10.1", "sklearn": "scikit-learn==1.6.1",
    "rouge_score": "rouge-score==0.1.2", "deepdiff": "deepdiff==8.4.2",
    "jsonschema": "jsonschema==4.23.0", "pydantic": "pydantic==2.10.6", "yaml": "pyyaml==6.0.2",
    "nltk": "nltk==3.9.1", "sqlparse": "sqlparse==0.5.3", "rdkit": "rdkit==2024.9.6",
    "skbio": "scikit-bio==0.6.3", "ast_grep_py": "ast-grep-py==0.36.2",
}  # fmt: skip


def piece(node: Node, name: str, source: str, function: str, parameters: Sequence[str]) -> Piece:
    """Returns the piece that a program is.

    Args:
        node: Where it stands.
        name: The piece's name.
        source: The program.
        function: The function that it must define.
        parameters: What that is called with.

    Raises:
        NotImported: It is no Python, lacks the function, or imports what is not known.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        line = f"line {exc.lineno}: " if isinstance(exc, SyntaxError) else ""
        raise node.refuse(f"{line}no Python: {getattr(exc, 'msg', exc)}") from exc
    defined = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function]
    taken = [arg.arg for arg in defined[-1].args.args] if defined else []
    if not defined or len(taken) < len(parameters):
        raise node.refuse(f"defines no {function}({', '.join(parameters)})")
    return Piece(
        name,
        f"the program's own {function}({', '.join(parameters)})",
        source=source,
        function=function,
        libraries=libraries_of(node, source),
    )


def libraries_of(node: Node, source: str) -> tuple[str, ...]:
    """Returns what a program imports besides Python's own and numpy, as packages with versions.

    Raises:
        NotImported: A module is not known.
    """
    libraries = []
    own = {*sys.stdlib_module_names, *OFFERED, "touchstone"}
    for module in sorted(set(imported(ast.parse(source))) - own):
        if module not in _INSTALLED:
            raise node.refuse(
                f"imports {module!r}, which is neither Python's own nor known as a package",
                "take it out, or make the entry yourself and list the package under `libraries`",
            )
        libraries.append(_INSTALLED[module])
    return tuple(libraries)


def check_inside(node: Node, source: str) -> None:
    """Refuses a program that means something else inside a function.

    Raises:
        NotImported: Names the line.
    """
    for part in ast.walk(ast.parse(source)):
        if isinstance(part, ast.Global) or (
            isinstance(part, ast.ImportFrom)
            and (part.module == "__future__" or part.names[0].name == "*")
        ):
            said = ast.unparse(part)
            raise node.refuse(f"line {part.lineno}: `{said}`, in one of several graders")


def inside(source: str) -> str:
    """Returns a program indented by four spaces, so that it is the body of a function.

    Lines inside a text of several lines stay as they are, since they are data.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")  # as Python counts lines
    kept: set[int] = set()
    for part in ast.walk(ast.parse(source)):
        if isinstance(part, ast.JoinedStr) or (
            isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)
        ):
            kept |= set(range(part.lineno + 1, (part.end_lineno or part.lineno) + 1))
    return "\n".join(
        line if number in kept or not line.strip() else f"    {line}"
        for number, line in enumerate(source.rstrip().split("\n"), 1)
    )


def quoted(text: str) -> str:
    """Returns a text as a literal of Python, in double quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")


def number(value: float) -> str:
    """Returns a number as Python that is exactly it, without a point where it is whole."""
    return repr(value).removesuffix(".0")


def imported(tree: ast.Module) -> Iterator[str]:
    """Yields what a program imports: top-level modules, and relative ones with their dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield "." * node.level + module if node.level else module.partition(".")[0]
