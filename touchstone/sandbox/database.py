"""One cage's database: opened in memory before the fork, since a cage can open nothing.

Runs in the zygote, from source, and is all that code in such a cage can reach. What reaches
further than the database is refused twice: SQLite asks :func:`_authorize` of every statement, and
the process has no files, as every cage.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from typing import Any

from _touchstone_sqlite import FUNCTIONS  # type: ignore[import-not-found]

MAX_ROWS = 50_000
_MAX_BYTES = 10_000_000  # of a text, a value, a row
# What tells of the schema, and what changes how constraints hold; none reads or names a file.
_PRAGMAS = frozenset((
    "foreign_key_check", "foreign_key_list", "foreign_keys", "index_info", "index_list",
    "index_xinfo", "recursive_triggers", "table_info", "table_list", "table_xinfo",
))  # fmt: skip
_REFUSED = frozenset((
    sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_CREATE_VTABLE,
    sqlite3.SQLITE_DROP_VTABLE,
))  # fmt: skip
_LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LENGTH: _MAX_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: _MAX_BYTES,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


def _authorize(action: int, first: str | None, second: str | None, *_where: str | None) -> int:
    """Answers SQLite whether a statement may do something."""
    refused = action in _REFUSED
    if action == sqlite3.SQLITE_PRAGMA:
        refused = (first or "").lower() not in _PRAGMAS
    elif action == sqlite3.SQLITE_FUNCTION:
        refused = (second or "").lower() in FUNCTIONS
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


def _open() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA recursive_triggers = OFF")  # as SQLite has it; some builds differ
    for name, most in _LIMITS.items():
        connection.setlimit(name, most)
    chance = random.Random(0)  # noqa: S311 - the same row gives the same reward
    connection.create_function("random", 0, lambda: chance.getrandbits(64) - 2**63)
    connection.create_function(
        "randomblob", 1, lambda size: chance.randbytes(min(max(size, 1), 10**6))
    )
    connection.set_authorizer(_authorize)
    return connection


_database = _open()


def build(setup: str) -> None:
    """Runs the author's definitions and rows; what they leave open is settled."""
    _database.executescript(setup)
    if _database.in_transaction:
        _database.execute("COMMIT")


def answer(script: str) -> list[Any] | None:
    """Runs statements in order; a transaction that they leave open is committed.

    Returns:
        Of the last that has a result, the names of its columns and its rows; ``None`` where
        none has.

    Raises:
        OverflowError: It has more rows than are taken.
    """
    result: list[Any] | None = None
    for statement in _statements(script):
        cursor = _database.execute(statement)
        if cursor.description is not None:
            rows = cursor.fetchmany(MAX_ROWS + 1)
            result = [[str(column[0]) for column in cursor.description], rows]
        cursor.close()
    if _database.in_transaction:
        _database.execute("COMMIT")
    if result is not None and len(result[1]) > MAX_ROWS:
        raise OverflowError(f"the result has more than {MAX_ROWS} rows")
    return result


def _statements(script: str) -> Iterator[str]:
    """Cuts a script where SQLite says that a statement is whole."""
    start, end = 0, script.find(";")
    while end >= 0:
        if sqlite3.complete_statement(script[start : end + 1]):
            yield script[start : end + 1]
            start = end + 1
        end = script.find(";", end + 1)
    if script[start:].strip():
        yield script[start:]
