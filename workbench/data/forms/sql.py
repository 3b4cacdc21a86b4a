"""Tasks of SQL among the rows of a table: a database, and the query that answers a question of it.

Both are told by what the columns hold, since `context` and `answer` may be anything.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from templates.code_verification.reference import read_reference
from touchstone.outcomes import BadSample
from workbench.data.forms.columns import ANSWERS, is_blank
from workbench.data.forms.reference import names_reference
from workbench.data.names import find

_SCHEMAS = (
    "sql_context", "schema", "context", "ddl", "create_table", "create_tables", "db_schema",
    "database_schema", "table_schema", "tables", "input",
)  # fmt: skip
_QUERIES = (
    "sql", "sql_query", "gold_sql", "gold_query", "query", "answer", "response", "output",
    "completion", "target", "solution",
)  # fmt: skip
_BESIDE = (
    "check", "column_names", "expected", "ordered", "rows", "test_cases", "timeout_s", "tolerance",
)  # fmt: skip
_COMMENTS = re.compile(r"\A(?:--[^\n]*(?:\n|$)|/\*.*?\*/|\s)*", re.DOTALL)
_DEFINES = re.compile(r"(?:^|;)\s*CREATE\s+(?:TEMP(?:ORARY)?\s+)?TABLE\b", re.IGNORECASE)
_ASKS = re.compile(r"(?:SELECT|WITH|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER)\s", re.IGNORECASE)
_FILLS = re.compile(r"(?:INSERT|REPLACE|UPDATE|DELETE)\s", re.IGNORECASE)


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
    schema = _column(row, _SCHEMAS, lambda text: bool(_DEFINES.search(_bare(text))))
    query = _column(row, _QUERIES, lambda text: bool(_ASKS.match(_bare(text))))
    others = {n: v for n, v in row.items() if n not in (schema, query, *_BESIDE)}
    asks = any(others.get(name) for name in prompts)
    answered = names_reference(n for n, v in others.items() if not is_blank(v))
    if not schema or not query or not asks or answered:
        return None
    beside = {name: row[name] for name in _BESIDE if row.get(name) is not None}
    reference = {"language": "sql", "schema": row[schema], "query": row[query], **beside}
    try:
        read_reference(reference)
    except BadSample:
        return None
    for name in {query, *beside}.difference(ANSWERS):
        del row[name]
    return SqlTask(reference, schema, query, _definitions(reference["schema"]))


def _column(row: dict[str, Any], names: tuple[str, ...], holds: Callable[[str], bool]) -> str:
    found = (column for name in names if (column := find(row, name)))
    return next((c for c in found if isinstance(row[c], str) and holds(row[c])), "")


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
