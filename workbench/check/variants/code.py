"""The same program, laid out and presented otherwise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from touchstone.workbench.check.cases import Case

# E.g. "```python\nx = 1\n```"; not a fence of bash
_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL)
_SAME = "it is the same program"
_WORDS = {
    "English": "Sure! The function below does what was asked.",
    "Spanish": "La función siguiente hace lo que se pide.",
    "German": "Die folgende Funktion tut, was verlangt ist.",
    "Chinese": "下面的函数实现了要求的功能。",
    "Russian": "Эта функция делает то, что требуется.",
}


def variants(_: Case, gold: str) -> Iterator[tuple[str, str, str]]:
    """Yields a gold's Python program otherwise; none where there is not exactly one in it."""
    blocks = _BLOCK.findall(gold)
    program = (blocks[0] if len(blocks) == 1 else gold).strip("\n")
    if len(blocks) > 1 or not is_program(program):
        return
    yield "wrapping:no fence", program, _SAME
    yield "wrapping:fence without a name", f"```\n{program}\n```", _SAME
    yield "wrapping:fence called py", f"```py\n{program}\n```", _SAME
    yield "wrapping:fence called python3", f"```python3\n{program}\n```", _SAME
    yield "wrapping:fence in capitals", f"```Python\n{program}\n```", _SAME
    yield "wrapping:fence of tildes", f"~~~python\n{program}\n~~~", _SAME
    yield "wrapping:fence in a list", _indented(fenced(program)), _SAME
    yield "wrapping:fence that is never closed", f"```python\n{program}\n", _SAME
    yield "wrapping:lines of Windows", fenced(program).replace("\n", "\r\n"), _SAME
    for name, text in _WORDS.items():
        yield f"language:{name}", f"{text}\n\n{fenced(program)}", _SAME
    yield "verbosity:an account behind", (
        f"{fenced(program)}\n\nIt reads every value once, so it takes linear time at the most; "
        "nothing that it is given is changed."
    ), _SAME  # fmt: skip
    yield "verbosity:a heading and a list", (
        f"## Approach\n\n- read the input\n- return the result\n\n## Code\n\n{fenced(program)}"
    ), _SAME  # fmt: skip
    yield "notation:a comment in front", fenced(f"# The solution\n{program}"), _SAME
    yield "notation:a comment in another script", fenced(f"# 解答\n{program}"), _SAME
    yield "notation:blank lines at the end", fenced(f"{program}\n\n\n"), _SAME
    yield "notation:as Python writes it", fenced(ast.unparse(ast.parse(program))), _SAME


def is_program(text: str) -> bool:
    """Tells whether a text is a program of Python that defines something."""
    try:
        return any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in ast.parse(text).body)
    except (SyntaxError, ValueError):
        return False


def fenced(program: str) -> str:
    """Returns a program in a fence of Markdown."""
    return f"```python\n{program}\n```"


def _indented(block: str) -> str:
    lines = block.split("\n")
    return "1. The code:\n\n" + "\n".join(f"   {line}" if line else line for line in lines)
