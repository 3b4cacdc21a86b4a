"""Finds what may be code in a completion: fenced blocks, runs of code in prose, wrapped texts.

Everything found is text that the model wrote, in its order. Which of it is the program is
decided in :mod:`program`.
"""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from touchstone.scoring.code_blocks import CodeBlock, split_blocks
from touchstone.templates.code_verification.syntax import bound_names, parse

# E.g. `python`, `py3`, `python3.11`, `ipython`, `pycon`, `solution.py`; not `pyret`
_PYTHON_TAG = re.compile(
    r"^(?:[ic]?py(?:thon)?[\d.]*|pycon|python-repl|jupyter|sage|.*[.]py)$", re.DOTALL
)
_MARKDOWN = {"markdown", "md"}
# Blocks with one of these hold something else; any other tag says nothing.
_OTHER = {
    "ada", "asm", "awk", "bash", "bat", "c", "c#", "c++", "clojure", "cmd", "console", "cpp", "cs",
    "csharp", "css", "csv", "cuda", "d", "dart", "diff", "dockerfile", "elixir", "erlang", "f#",
    "fortran", "fsharp", "go", "golang", "graphql", "groovy", "haskell", "html", "http", "ini",
    "java", "javascript", "js", "json", "json5", "jsonc", "jsonl", "jsx", "julia", "kotlin",
    "latex", "lisp", "lua", "make", "makefile", "matlab", "mermaid", "nim", "objc", "ocaml",
    "pascal", "patch", "perl", "php", "postgresql", "powershell", "prolog", "ps1", "r", "racket",
    "ruby", "rust", "scala", "scheme", "sh", "shell", "sql", "swift", "tex", "toml", "ts", "tsx",
    "typescript", "vb", "vue", "xml", "yaml", "yml", "zig", "zsh",
}  # fmt: skip
# A line that starts a statement, read strictly: prose must not look like code.
# E.g. `async def f`, `import os as o`, `for x in y:`, `x += 1`, `print(x)`; not `the sum of both`
_CODE_START = re.compile(
    r"(?:async )?def \w|class \w+.*:|@\w|import [\w.]+\s*(?:$|as |,)|from [\w.]+ import "
    r"|(?:for|while|if|elif|else|with|try|except|finally|match)\b.*:\s*(?:#.*)?$"
    r"|(?:print|main|sys[.]\w[\w.]*)\(|[A-Za-z_][\w.,\[\] ]* ?[-+*/]?= ?[^=\s]"
)
# E.g. `</answer>`, `<pre><code class="language-python">`, `\begin{lstlisting}`; not `x < y`
_MARKUP_LINE = re.compile(r"^\s*(?:<[/A-Za-z][^<>]*>|\\(?:begin|end)\{)")
# E.g. `<code>`, `</pre>`; not `<b>`
_MARKUP = re.compile(r"</?(?:pre|code)\b[^<>]{0,100}>")
# Bounds on how often a hostile completion can make us ask the parser.
_MAX_CUTS = 20
_MAX_RUNS = 8
_MAX_JOINED = 12  # pieces that one statement at the margin may be made of
_MAX_WRAPPED = 32
_MAX_DEPTH = 3  # of Markdown in Markdown


@dataclass(frozen=True, slots=True)
class Texts:
    """What may be code, by how it was set off, each in its order.

    Attributes:
        tagged: Blocks tagged as Python.
        plain: Blocks with no tag, or one that says nothing.
        wrapped: Strings of JSON, markup, code inside a line.
        loose: Runs of code in prose.
    """

    tagged: list[str]
    plain: list[str]
    wrapped: list[str]
    loose: list[str]

    @property
    def groups(self) -> tuple[list[str], ...]:
        """All of them, the surest first."""
        return (self.tagged, self.plain, self.wrapped, self.loose)


def find_texts(completion: str, root: str | None) -> Texts:
    """Finds what may be code.

    Args:
        completion: The model's text, with line ends of one character.
        root: The name that is asked for; what stands after its definition and does not parse is
            cut. ``None`` where everything may matter.
    """
    completion = completion.replace("\ufeff", "")
    settled = partial(_settled, root=root)
    blocks, outside = _blocks(completion)
    kinds: dict[str, list[str]] = {"tagged": [], "plain": []}
    for block in blocks:
        if kind := _kind(block.language):
            text = settled(_without_prompts(block.text))
            kinds[kind] += [text] if text.strip() else []
    wrapped = [settled(text) for text in _wrapped(completion, outside, blocks)]
    loose = [settled(text) for text in _loose_code(outside)]
    return Texts(kinds["tagged"], kinds["plain"], wrapped, loose)


def starts_code(text: str) -> bool:
    """Whether a line of a text starts a statement, read strictly."""
    return any(_CODE_START.match(line[:200]) for line in text.split("\n"))


def _kind(tag: str) -> str:
    """Returns where a block with this tag belongs, ``""`` for another language."""
    if _PYTHON_TAG.match(tag.partition(":")[0]):
        return "tagged"
    return "" if tag in _OTHER | _MARKDOWN else "plain"


def _blocks(text: str, depth: int = 0) -> tuple[list[CodeBlock], str]:
    """Returns the blocks of Markdown, also of Markdown in a block, and what is outside them."""
    blocks, outside = split_blocks(text, lambda inside: parse(inside) is not None)
    found: list[CodeBlock] = []
    for block in blocks:
        holds = block.language in _MARKDOWN or parse(block.text) is None
        fences = any(line.lstrip().startswith(("```", "~~~")) for line in block.text.split("\n"))
        nested = holds and depth < _MAX_DEPTH and fences
        if not nested:
            found.append(block)
            continue
        # A block that was never closed holds the next one's opening fence.
        inner, before = _blocks(block.text, depth + 1)
        own = [] if block.language in _MARKDOWN else [CodeBlock(block.language, before)]
        found += [*own, *inner]
    return found, outside


def _without_prompts(text: str) -> str:
    """Returns the input of a REPL session; other text as it is."""
    lines = text.split("\n")
    if not next((line for line in lines if line.strip()), "").lstrip().startswith(">>>"):
        return text
    entered = [line.lstrip() for line in lines if line.lstrip().startswith((">>>", "..."))]
    return "".join(f"{re.sub(r'^(>>>|[.]{3}) ?', '', line)}\n" for line in entered)


def _wrapped(completion: str, outside: str, blocks: list[CodeBlock]) -> Iterator[str]:
    """Yields code in the strings of JSON, in markup, and inside a line."""
    documents = [completion, *(b.text for b in blocks if b.language in ("json", ""))]
    found = [text for document in documents for text in _strings(_json(document))]
    found += [html.unescape(text) for text in _MARKUP.split(outside)[1:]]
    # Inside a line, between marks; a block on one line may have its tag before it.
    found += [_untagged(text) for text in outside.split("`")[1:] if text]
    if ">>>" in outside:
        session = outside[outside.index(">>>") :]
        found.append(_without_prompts(session))
    for text in found[:_MAX_WRAPPED]:
        inner, _ = split_blocks(text)
        for piece in [block.text for block in inner] or [text.lstrip(" \t")]:
            if starts_code(piece) and parse(piece) is not None:
                yield piece


def _untagged(text: str) -> str:
    """Returns a text without the tag that it starts with, where there is one."""
    tag = re.match(r"\S*", text)
    known = tag is not None and tag[0] and _PYTHON_TAG.match(tag[0])
    return text[len(tag[0]) :].lstrip(" \t") if tag is not None and known else text


def _json(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _strings(value: Any, depth: int = 4) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item, depth - 1)


def _loose_code(text: str) -> Iterator[str]:
    """Yields the runs of code in prose: from a line that starts code to where it stops."""
    if parse(text) is not None:
        yield from [text] if text.strip() else []
        return
    pieces = _pieces(text)
    at = runs = 0
    while at < len(pieces) and runs < _MAX_RUNS:
        if not _CODE_START.match(pieces[at][:200]):
            at += 1
            continue
        end = _end_of_run(pieces, at)
        # Nobody knows where a torn one ends; another may come after it.
        yield "".join(pieces[at:end] or pieces[at:])
        at = max(end, at + 1)
        runs += 1


def _pieces(text: str) -> list[str]:
    """Cuts a text before every line at the margin that is no closing bracket or `else`."""
    pieces: list[str] = []
    for line in text.split("\n"):
        goes_on = re.match(r"(?:else|elif|except|finally)\b|[)\]}]", line)
        if pieces and (not line[:1].strip() or goes_on) and not _MARKUP_LINE.match(line):
            pieces[-1] += f"{line}\n"
        else:
            pieces.append(f"{line}\n")
    return pieces


def _end_of_run(pieces: list[str], start: int) -> int:
    """Returns where a run of code ends: before the first piece that is no statement."""
    at = start
    while at < len(pieces):
        end = _end_of_statement(pieces, at)
        if end == at or (at > start and not _is_code("".join(pieces[at:end]))):
            return at
        at = end
    return at


def _end_of_statement(pieces: list[str], at: int) -> int:
    """Returns the end of the statements that start with a piece, or ``at`` if none do.

    A decorator, a bracket and a string go on over several pieces.
    """
    statement = ""
    for end in range(at, min(at + _MAX_JOINED, len(pieces))):
        statement += pieces[end]
        if parse(statement) is not None:
            return end + 1
        if end == at and not _may_go_on(statement):
            return at
    return at


def _may_go_on(piece: str) -> bool:
    return piece.startswith("@") or any(mark in piece for mark in ("(", "[", "{", '"""', "'''"))


def _is_code(text: str) -> bool:
    """Whether a text that parses is more than a word or two of prose, as `Done` and `Note: x`."""
    if starts_code(text):
        return True
    tree = parse(text)
    return tree is not None and not any(
        isinstance(node, ast.Expr | ast.AnnAssign)
        and not isinstance(getattr(node, "value", None), ast.Call | ast.Constant | ast.Await)
        for node in tree.body
    )


def _settled(text: str, root: str | None) -> str:
    """Cuts what a model left after the asked function: a torn example, a word of prose.

    The cut is where a line starts at the margin; a definition that is torn or wrong inside
    is never cut. Where no name is known, everything may matter, so nothing is cut.
    """
    if root is None or parse(text) is not None:
        return text
    lines = text.split("\n")
    margins = [i for i, line in enumerate(lines) if i and line[:1].strip()]
    for end in margins[::-1][:_MAX_CUTS]:
        beginning = "\n".join(lines[:end]) + "\n"
        if root in bound_names(parse(beginning)):
            return beginning
    return text
