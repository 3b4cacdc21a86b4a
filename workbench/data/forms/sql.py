"""Tasks of SQL among the rows of a table: a database, and the query that answers a question of it.

Both are told by what the columns hold, since `context` and `answer` may be anything.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from touchstone.outcomes import BadSample
from touchstone.templates.code_verification.reference import read_reference
from touchstone.workbench.data.forms.columns import ANSWERS, is_blank
from touchstone.workbench.data.forms.reference import names_reference
from touchstone.workbench.data.names import find

# Looked at first; another column may hold a database too, unless it is named as a prompt or answer.
_SCHEMAS = ("sql_context", "schema", "context", "input")
_QUERIES = (
    "sql", "sql_query", "gold_sql", "gold_query", "query", "answer", "response", "output",
    "completion", "target", "solution",
)  # fmt: skip
_BESIDE = (
    "check", "column_names", "expected", "ordered", "rows", "test_cases", "timeout_s", "tolerance",
)  # fmt: skip
_COMMENTS = re.compile(r"\A(?:--[^\n]*(?:\n|$)|/\*.*?\*/|\s)*", re.DOTALL)
_FENCE = re.compile(r"\A\s*```[\w ]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_OPENS = re.compile(r"(?:CREATE|DROP|PRAGMA|BEGIN|SET|USE)\s", re.IGNORECASE)
_DEFINES = re.compile(r"CREATE\s+(?:TEMP(?:ORARY)?\s+)?TABLE\s", re.IGNORECASE)
_ASKS = re.compile(r"(?:SELECT|WITH)\s", re.IGNORECASE)
_FILLS = re.compile(r"(?:INSERT|REPLACE|UPDATE|DELETE)\s", re.IGNORECASE)
# A statement that changes one table, whose rows tell whether it did.
_CHANGES = re.compile(
    r"(?:(?:INSERT|REPLACE)(?:\s+OR\s+\w+)?\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+"
    r"(\w+|\"\w+\"|`\w+`)(?![\w.])",
    re.IGNORECASE,
)


class SqlTask(NamedTuple):
    """A task that `code_verification` can grade.

    Attributes:
        reference: What its statements are graded against.
        column: Of the database.
        query_column: Of the query.
        definitions: The database's statements without those that fill it: what a prompt shows,
            so that a completion cannot state the result.
    """

    reference: dict[str, Any]
    column: str
    query_column: str
    definitions: str


def take_sql(row: dict[str, Any], prompts: Collection[str]) -> SqlTask | None:
    """Takes a task of SQL out of a row, ``None`` where it is none or nothing could be told by it.

    Args:
        row: Loses what the reference holds, but the database, which the prompt may show, and a
            query in a column of answers, which may be what a model said.
        prompts: Columns that may ask; one must be there beside the task. Beside another answer,
            such as the number that is asked for, a query is not what is wanted.
    """
    query = next((c for n in _QUERIES if (c := find(row, n)) and _asked(row[c])), "")
    if not query:
        return None
    names = [column for name in _SCHEMAS if (column := find(row, name))]
    names += [name for name in row if name not in (*prompts, *ANSWERS)]
    schema = next((name for name in names if name != query and _database(row[name])), "")
    others = {n: v for n, v in row.items() if n not in (schema, query, *_BESIDE)}
    asks = any(others.get(name) for name in prompts)
    answered = names_reference(n for n, v in others.items() if not is_blank(v))
    if not schema or not asks or answered:
        return None
    beside = {name: row[name] for name in _BESIDE if row.get(name) is not None}
    made = {"schema": _database(row[schema]), **_asked(row[query])}
    reference = {"language": "sql", **made, **beside}
    try:
        read_reference(reference)
    except BadSample:
        return None
    for name in {query, *beside}.difference(ANSWERS):
        del row[name]
    return SqlTask(reference, schema, query, _definitions(reference["schema"]))


def _database(value: Any) -> str:
    """Returns the statements that make a database, ``""`` for what is something else."""
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        return ""
    script = "\n".join(_unfenced(text) for text in texts)
    if not _OPENS.match(_bare(script)):
        return ""  # before it is cut, since that takes long where a text is no SQL
    defines = any(_DEFINES.match(_bare(statement)) for statement in _statements(script))
    return script if defines else ""


def _asked(value: Any) -> dict[str, str]:
    """Returns the query in a column, and what tells what it did where it gives no rows."""
    query = _unfenced(value) if isinstance(value, str) else ""
    if _ASKS.match(_bare(query)):
        return {"query": query}
    changes = _CHANGES.match(_bare(query))
    if not changes or len(list(_statements(query))) > 1:
        return {}
    return {"query": query, "check": f"SELECT * FROM {changes[1]}"}  # noqa: S608 - one name


def _unfenced(text: str) -> str:
    return _FENCE.sub(r"\1", text)


def _bare(text: str) -> str:
    """Returns SQL without the comments that it begins with."""
    return _COMMENTS.sub("", text, count=1)


def _definitions(schema: str) -> str:
    kept = [said for said in _statements(schema) if not _FILLS.match(_bare(said))]
    return "\n".join(kept) or schema


def _statements(script: str) -> Iterator[str]:
    """Yields the statements of a script, each as it is written."""
    start = 0
    for mark in re.finditer(";", script):
        if sqlite3.complete_statement(said := script[start : mark.end()]):
            yield said.strip()
            start = mark.end()
    if rest := script[start:].strip():
        yield rest
