"""Finds the fenced code blocks of a Markdown text, as a reader would see them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One fenced block.

    Attributes:
        language: First word of the info string in lower case; empty when there is none.
        text: What is between the fences, without the indentation of the opening fence.
        closed: Whether the closing fence was there; a completion that was cut off has none.
    """

    language: str
    text: str
    closed: bool = True


def split_blocks(text: str) -> tuple[list[CodeBlock], str]:
    """Splits a text into its fenced blocks and all that is outside them.

    A block ends at a bare fence of the same mark and at least the same length, or at the
    end of the text. Unlike strict Markdown, a fence may be indented at any depth, since
    models put code into lists.

    Args:
        text: Markdown.

    Returns:
        The blocks in order, and the rest of the lines.

    Source: CommonMark 0.31, section 4.5.
    """
    blocks: list[CodeBlock] = []
    outside: list[str] = []
    inside: list[str] = []
    opening: re.Match[str] | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        fence = _FENCE.match(line)
        if opening is None:
            if fence is None:
                outside.append(line)
            else:
                opening, inside = fence, []
        elif fence is not None and _closes(fence, opening):
            blocks.append(_block(opening, inside, closed=True))
            opening = None
        else:
            inside.append(line)
    if opening is not None:
        blocks.append(_block(opening, inside, closed=False))
    return blocks, "\n".join(outside)


def _closes(fence: re.Match[str], opening: re.Match[str]) -> bool:
    return not fence["info"].strip() and fence["mark"].startswith(opening["mark"])


def _block(opening: re.Match[str], lines: list[str], *, closed: bool) -> CodeBlock:
    indent = opening["indent"]
    text = "\n".join(line.removeprefix(indent) for line in lines)
    words = opening["info"].replace("{", " ").replace("}", " ").split()
    language = words[0].lstrip(".").lower() if words else ""
    return CodeBlock(language, f"{text}\n" if text else "", closed)
