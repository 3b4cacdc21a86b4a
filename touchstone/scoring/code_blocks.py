"""Finds the fenced code blocks of a Markdown text, as a reader would see them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from touchstone.lazy import pattern

_FENCE = pattern(r"^(?P<indent>[ \t>]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_MAX_ENDS = 6  # further fences at which a block may turn out to be whole


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


def split_blocks(
    text: str, whole: Callable[[str], bool] | None = None
) -> tuple[list[CodeBlock], str]:
    """Splits a text into its fenced blocks and all that is outside them.

    A block ends at a bare fence of the same mark and at least the same length, or at the
    end of the text. Unlike strict Markdown, a fence may be indented at any depth, since
    models put code into lists.

    Args:
        text: Markdown.
        whole: Tells a block's text that is complete. Where it is not at its first closing fence
            but is at one of the next few, it ends there: that fence stood in a string.

    Returns:
        The blocks in order, and the rest of the lines.

    Source: CommonMark 0.31, section 4.5.
    """
    blocks: list[CodeBlock] = []
    outside: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    fences = [_FENCE.match(line) for line in lines]
    bare = [i for i, fence in enumerate(fences) if fence is not None and not fence["info"].strip()]
    at = 0
    while at < len(lines):
        opening = fences[at]
        if opening is None:
            outside.append(lines[at])
            at += 1
            continue
        later = (bare[i] for i in range(bisect_right(bare, at), len(bare)))
        ends = (i for i in later if _closes(fences[i], opening))
        tried = list(islice(ends, 1))
        if whole is not None and tried:
            tried += [i for i in islice(later, _MAX_ENDS) if _closes(fences[i], opening)]
        end = tried[0] if tried else len(lines)
        if whole is not None and len(tried) > 1:
            texts = ((i, _block(opening, lines[at + 1 : i]).text) for i in tried)
            end = next((i for i, inside in texts if whole(inside)), end)
        blocks.append(_block(opening, lines[at + 1 : end], closed=end < len(lines)))
        at = end + 1
    return blocks, "\n".join(outside)


def _closes(fence: re.Match[str] | None, opening: re.Match[str]) -> bool:
    return fence is not None and fence["mark"].startswith(opening["mark"])


def _block(opening: re.Match[str], lines: list[str], *, closed: bool = True) -> CodeBlock:
    indent = opening["indent"]
    text = "\n".join(line.removeprefix(indent) for line in lines)
    words = opening["info"].replace("{", " ").replace("}", " ").split()
    language = words[0].lstrip(".").lower() if words else ""
    return CodeBlock(language, f"{text}\n" if text else "", closed)
