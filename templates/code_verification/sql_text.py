"""Reads SQL as a text: its words, its order, and where a completion holds it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.scoring.code_blocks import split_blocks

# E.g. `'it''s'`, `"a b"`, `-- why`, `/* why */`, `select`, `(`; every piece ends, also a torn one
_TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)"
    r"|(?P<quoted>'[^']*'?|\"[^\"]*\"?|`[^`]*`?|\[[^\]]*\]?)|(?P<word>\w+)|\S"
)
_TAGS = {
    "sql", "sqlite", "sqlite3", "ansi-sql", "bigquery", "duckdb", "mariadb", "mssql", "mysql",
    "pgsql", "plpgsql", "plsql", "postgres", "postgresql", "psql", "snowflake", "t-sql", "tsql",
}  # fmt: skip
# What a statement starts with, and what must stand in it before prose is taken for one.
_STARTS = {
    "alter": {"table"}, "begin": set[str](), "commit": set[str](), "create": {"table", "view",
    "index", "trigger"}, "delete": {"from"}, "drop": {"table", "view", "index", "trigger"},
    "end": set[str](), "explain": set[str](), "insert": {"into"}, "merge": {"into"},
    "pragma": set[str](), "replace": {"into"}, "rollback": set[str](), "savepoint": set[str](),
    "select": {"from"}, "set": set[str](), "start": {"transaction"}, "truncate": {"table"},
    "update": {"set"}, "values": set[str](), "with": {"select", "insert", "update", "delete"},
}  # fmt: skip
_CHANGES = {"alter", "create", "delete", "drop", "insert", "replace", "update"}
_RESULTS = {"explain", "pragma", "select", "values", "with"}
_ACTS = {"from", "into", "update", "table", "view", "index", "trigger"}
# E.g. `SELECT a`, `  (select a`, `/* all */ with t as`; not `1. select a`
_LINE = re.compile(r"^[ \t>(]{0,40}(?:/\*[^*\n]{0,200}\*/[ \t]{0,8})?(?P<start>[A-Za-z]+)\b")
# E.g. `Query: SELECT a`, `**SQL:** select a`; not `select a`
_NAMED = re.compile(r"^[^:`\n]{0,60}:[ \t>(*]{0,8}(?P<start>[A-Za-z]+)\b")
# E.g. `<sql>SELECT 1</sql>`, `<answer>`; not `a < b`
_MARKUP = re.compile(r"</?(?:sql|query|answer|code|pre)>", re.IGNORECASE)
_MAX_RUNS = 32


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of SQL: ``kind`` is ``comment``, ``quoted``, ``word`` or ``""`` for a mark."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Lexeme]:
    """Yields the pieces of a text; a string and a comment are one each."""
    for match in _TOKEN.finditer(text):
        yield Lexeme(match.lastgroup or "", match[0], match.start(), match.end())


def words(text: str) -> list[str]:
    """Returns the words outside of strings and comments, in lower case."""
    return [token.text.lower() for token in tokens(text) if token.kind == "word"]


def acts(text: str) -> bool:
    """Whether statements read or change anything: others are no attempt."""
    return not _ACTS.isdisjoint(words(text))


def find_sql(completion: str, *, changes: bool = False) -> str | None:
    """Returns the statements that a completion holds, ``None`` where it holds none.

    A block tagged as SQL comes before one without a tag, that before a string of JSON, markup or
    code inside a line, and that before statements amid prose. Of equals the last counts that
    does what is asked: an index that is suggested, or a query to look at what was done, is not
    the answer.

    Args:
        completion: The model's text.
        changes: Whether statements that change something are asked for, rather than a result.
    """
    completion = completion.replace("\ufeff", "").replace("\r\n", "\n").replace("sqlite> ", "")
    blocks, outside = split_blocks(completion)
    documents = [completion, *(block.text for block in blocks if block.language == "json")]
    groups = (
        [block.text for block in blocks if block.language in _TAGS],
        [block.text for block in blocks if block.language in ("", "text", "code", "plaintext")],
        [text for document in documents for text in _strings(document)],
        _MARKUP.split(outside)[1::2],
        list(_loose(outside)),
        [_untagged(text) for text in outside.split("`")[1::2]],
    )
    for group in groups:
        # A tag has said what it is.
        is_sql = words if group is groups[0] else _starts
        found = [text.strip() for text in group if is_sql(text)]
        if found:
            return next((text for text in found[::-1] if _does(text, changes)), found[-1])
    return None


def _untagged(text: str) -> str:
    """Returns a text without the tag that a block on one line starts with."""
    first, _, rest = text.partition(" ")
    return rest if first in _TAGS else text


def _does(text: str, changes: bool) -> bool:
    """Whether one of the statements has a result; or changes something, where that is asked."""
    firsts, said = set(_first_words(text)), set(words(text))
    if changes:
        return bool(firsts & _CHANGES or ("with" in firsts and said & _CHANGES))
    return bool(firsts & _RESULTS or "returning" in said)


def _first_words(text: str) -> Iterator[str]:
    begins = True
    for token in tokens(text):
        if begins and token.kind == "word":
            yield token.text.lower()
        begins = token.text == ";" or (begins and (token.kind == "comment" or token.text == "("))


def _starts(text: str) -> bool:
    """Whether a text starts with a statement, after comments and brackets."""
    for token in tokens(text):
        if token.kind != "comment" and token.text != "(":
            return token.text.lower() in _STARTS
    return False


def _strings(document: str) -> Iterator[str]:
    """Yields the strings of JSON, one level deep."""
    if not document.lstrip().startswith("{"):
        return
    try:
        value: Any = json.loads(document)
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        yield from (item for item in value.values() if isinstance(item, str))


def _loose(text: str) -> Iterator[str]:
    """Yields the runs of statements amid prose, each from where a line starts one."""
    lines = text.split("\n")
    at = runs = 0
    while at < len(lines) and runs < _MAX_RUNS:
        begin = _begins(lines[at])
        at += 1
        if begin is not None:
            runs += 1
            end = _end_of_run(lines, at, begin)
            run = "\n".join([lines[at - 1][begin:], *lines[at:end]])
            if _is_sql(run):
                yield run
                at = end


def _begins(line: str) -> int | None:
    """Returns where a statement begins in a line, also after a few words and a colon."""
    for pattern in (_LINE, _NAMED):
        match = pattern.match(line)
        if match is not None and match["start"].lower() in _STARTS:
            return match.start("start")
    return None


def _end_of_run(lines: Sequence[str], at: int, begin: int) -> int:
    """Returns the line where statements end: after a ``;`` that no other follows, else a gap."""
    before = lines[at - 1][begin:]
    while at < len(lines):
        line = lines[at]
        if before.rstrip().endswith(";"):
            if line.strip() and not line.lstrip().startswith("--") and _begins(line) is None:
                return at
        elif not line.strip() and not _goes_on(lines, at):
            return at
        before = line if line.strip() else before
        at += 1
    return at


def _goes_on(lines: Sequence[str], at: int) -> bool:
    """Whether after empty lines a ``;`` still ends what was begun."""
    return any(line.rstrip().endswith(";") for line in lines[at : at + _MAX_RUNS])


def _is_sql(run: str) -> bool:
    """Whether a run has what its first word needs, so that it is no sentence."""
    said = words(run)
    needed = _STARTS[said[0]]
    upper = run.split(None, 1)[0].rstrip("(;").isupper()
    return (upper and len(run.split()) > 1) or (bool(needed) and not needed.isdisjoint(said))


def order_end(query: str) -> int | None:
    """Returns where the terms of the last statement's own ORDER BY end; ``None`` without one.

    One inside brackets (of a window, a part of a query) orders no result.
    """
    outer = _last_statement(query)
    said = [token.text.lower() for token in outer]
    orders = [i for i in range(1, len(said)) if said[i - 1 : i + 1] == ["order", "by"]]
    if not orders:
        return None
    stops = (i for i in range(orders[-1] + 1, len(said)) if said[i] in ("limit", "offset"))
    return outer[next(stops, len(said)) - 1].end


def _last_statement(query: str) -> list[Lexeme]:
    """Returns the pieces of the last statement that are inside no brackets, but for comments."""
    depth = 0
    outer: list[Lexeme] = []
    ended = False
    for token in tokens(query):
        if token.kind == "comment":
            continue
        if ended:
            outer, ended = [], False
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text == ";":
            ended = True
        elif depth == 0:
            outer.append(token)
    return outer


def tie_broken(query: str, columns: int, direction: str) -> str:
    """Returns a query whose ties are ordered by its columns, ``ASC`` or ``DESC``.

    Raises:
        ValueError: It has no order.
    """
    end = order_end(query)
    if end is None:
        raise ValueError("a query without an order")
    terms = "".join(f", {number} {direction}" for number in range(1, columns + 1))
    return f"{query[:end]}{terms}{query[end:]}"
