"""Which assertions a test never came to, because a context manager swallowed an exception.

A ``with`` of the candidate's decides whether the exception that ends its block goes on. Where the
block's assertions have not all been made by then, a yes would pass the test unmade.
"""

from __future__ import annotations

import ast
from typing import Any

from _touchstone_compared import nodes  # type: ignore[import-not-found]


class Skipped:
    """The assertions inside the ``with`` blocks of a test file.

    Args:
        tree: The test file.
        filename: By which its frames are known.
    """

    def __init__(self, tree: ast.Module, filename: str) -> None:
        self._filename = filename
        self._blocks: list[tuple[int, int, list[int]]] = []
        for node in nodes(tree):
            if isinstance(node, ast.With | ast.AsyncWith):
                ends = [at for part in node.body for at in _assertions(part)]
                self._blocks.append((node.body[0].lineno, node.end_lineno or 0, ends))

    def __call__(self, trace: Any) -> bool:
        """Whether the block that an exception left has an assertion from there on.

        Args:
            trace: The exception's, which starts in the frame of the block.
        """
        if trace is None or trace.tb_frame.f_code.co_filename != self._filename:
            return False
        line = trace.tb_lineno
        return any(
            first <= line <= last and any(end >= line for end in ends)
            for first, last, ends in self._blocks
        )


def _assertions(tree: ast.AST) -> list[int]:
    """Returns the last lines of the assertions in a tree that may hold."""
    found: list[int] = []
    for node in nodes(tree):
        match node:
            case ast.Assert(test=ast.Constant(value=False | 0)):
                pass
            case ast.Assert():
                found.append(node.end_lineno or 0)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                if name.startswith("assert"):
                    found.append(node.end_lineno or 0)
    return found
