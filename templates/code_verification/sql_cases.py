"""Tests of SQL: a database, and the rows that must come of it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.settings import nearest
from touchstone.templates.code_verification.cases import number

# E.g. `sql`, `SQLite`, `sqlite3`; not `mysql`, `postgresql`
_LANGUAGE = re.compile(r"^(?:sql|sqlite[\d.]*)$", re.IGNORECASE)
_OF_CASE = (
    "check", "column_names", "expected", "ordered", "query", "rows", "tolerance", "weight",
)  # fmt: skip
_FIELDS = (*_OF_CASE, "language", "schema", "test_cases", "timeout_s")
# What names the same in sets of SQL, and what there only tells of a task.
_CALLED = {"sql_context": "schema", "sql": "query"}
_DESCRIBING = {
    "comment", "database", "db_id", "description", "difficulty", "domain", "domain_description",
    "id", "name", "note", "prompt", "question", "sql_complexity", "sql_explanation", "sql_prompt",
    "sql_task_type", "task_id",
}  # fmt: skip
# Without any of these words nothing has put a row into a database, or makes one of nothing.
# E.g. `insert into t`, `VALUES (1)`; not `CREATE TABLE t (a)`, `inserted`
_FILLS = re.compile(r"\b(?:INSERT|REPLACE|VALUES|SELECT)\b", re.IGNORECASE)
# E.g. `WITH RECURSIVE n`, `REPLACE INTO t`; not `SELECT 1`
_ADDS = re.compile(r"\b(?:INSERT|REPLACE|VALUES|RECURSIVE)\b", re.IGNORECASE)
# SQL adds in an order of its own, so that two right sums differ in their last bits.
_TOLERANCE = 1e-9
_BIGGEST = 2**63
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SqlCase:
    """Run the completion in a database; the rows that come must be those that are expected.

    Attributes:
        setup: Statements that make the database.
        query: The author's own statements, which give the expected rows; may be empty.
        check: A query that is put after the statements, whose rows count; may be empty.
        expected: The rows, where they are stated.
        names: Of their columns, where they are stated.
        ordered: Whether the order of rows matters; ``None`` where settings decide.
        column_names: Whether names of columns matter; ``None`` where settings decide.
        tolerance: Numbers may differ by this.
        weight: Against the other tests.
    """

    setup: str
    query: str
    check: str
    expected: tuple[Row, ...] | None
    names: tuple[str, ...] | None
    ordered: bool | None
    column_names: bool | None
    tolerance: float
    weight: float = 1.0

    @property
    def decisive(self) -> str:
        """The query whose rows are compared, as far as the author wrote it."""
        return self.check or self.query

    @property
    def is_empty(self) -> bool:
        """Whether a query is asked of tables without a row: what it looks for cannot be told."""
        return not (self.check or _FILLS.search(self.setup) or _ADDS.search(self.query))


def asks_for_sql(fields: Mapping[str, Any]) -> bool:
    """Whether a reference's language is SQL, or it has a schema and what is asked of it."""
    language = fields.get("language")
    if isinstance(language, str) and language.strip():
        return bool(_LANGUAGE.match(language.strip()))
    named = {_CALLED.get(name, name) for name in fields}
    return "schema" in named and not named.isdisjoint({"query", "expected", "check"})


def read_sql(fields: Mapping[str, Any]) -> list[SqlCase]:
    """Reads the tests of a reference for SQL.

    Raises:
        BadReference: A field is unknown, missing or cannot be read; names it.
    """
    whole = {_CALLED.get(name, name): value for name, value in fields.items()}
    whole = {name: v for name, v in whole.items() if name not in _DESCRIBING and v is not None}
    _refuse_unknown(whole, _FIELDS, "reference_answer")
    read = _cases(whole.pop("test_cases", None), whole)
    if all(case.is_empty for case in read):
        raise BadReference(
            "reference_answer.rows is missing and `schema` puts in no row: in an empty database "
            "most wrong queries give what the right one does"
        )
    return read


def _cases(cases: Any, whole: Mapping[str, Any]) -> list[SqlCase]:
    if cases is None:
        return [_read(whole, whole, "reference_answer")]
    if not isinstance(cases, list) or not cases:
        raise BadReference("reference_answer.test_cases is not a list of cases")
    return [
        _read_one(case, whole, f"reference_answer.test_cases[{index}]")
        for index, case in enumerate(cases)
    ]


def _read_one(case: Any, whole: Mapping[str, Any], where: str) -> SqlCase:
    if not isinstance(case, Mapping):
        raise BadReference(f"{where} is not an object")
    own = {name: v for name, v in case.items() if name not in _DESCRIBING and v is not None}
    _refuse_unknown(own, _OF_CASE, where)
    return _read({**whole, **own}, own if "rows" in own else whole, where, shared=whole)


def _read(
    fields: Mapping[str, Any],
    owner: Mapping[str, Any],
    where: str,
    shared: Mapping[str, Any] | None = None,
) -> SqlCase:
    setup = [_statements(fields, "schema", where)]
    if shared is not None and owner is not shared:
        setup += inserts(shared.get("rows"), "reference_answer.rows")
    setup += inserts(owner.get("rows"), f"{where}.rows")
    if not "".join(setup).strip():
        raise BadReference(f"{where} has neither `schema` nor `rows`: there is no database")
    query, check = (_statements(fields, name, where) for name in ("query", "check"))
    names, expected = _expected(fields.get("expected"), f"{where}.expected")
    if expected is None and not query.strip():
        raise BadReference(f"{where} has neither `expected` nor a reference `query`")
    tolerance, weight = number(fields, "tolerance", where), number(fields, "weight", where)
    if weight == 0:
        raise BadReference(f"{where}.weight is 0: a test that counts for nothing")
    ordered, column_names = (_flag(fields, name, where) for name in ("ordered", "column_names"))
    if column_names and names is None and expected is not None and not query.strip():
        raise BadReference(f"{where}.column_names needs `expected` to name its columns")
    return SqlCase(
        "\n".join(setup),
        query,
        check,
        expected,
        names,
        ordered,
        column_names,
        _TOLERANCE if tolerance is None else tolerance,
        1.0 if weight is None else weight,
    )


def _refuse_unknown(fields: Iterable[str], known: tuple[str, ...], where: str) -> None:
    for field in fields:
        if field not in known:
            raise BadReference(f"{where} has the unknown field {field!r}{nearest(field, known)}")


def _statements(fields: Mapping[str, Any], name: str, where: str) -> str:
    """Reads SQL: a text, or a list of texts."""
    value = fields.get(name, "")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = "\n".join(f"{item.rstrip().rstrip(';')}\n;" for item in value)
    if not isinstance(value, str) or "\0" in value:
        raise BadReference(f"{where}.{name} is not a text of SQL")
    # What is put after it starts a statement of its own.
    return f"{value.rstrip()}\n;" if name == "schema" and value.strip() else value


def _flag(fields: Mapping[str, Any], name: str, where: str) -> bool | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadReference(f"{where}.{name} is neither true nor false")
    return value


def inserts(rows: Any, where: str) -> list[str]:
    """Returns the statements that put ``{"table": [row, ...]}`` into a database.

    Raises:
        BadReference: A row is neither a list nor an object of plain values.
    """
    if rows is None:
        return []
    if not isinstance(rows, Mapping) or not all(isinstance(v, list) for v in rows.values()):
        raise BadReference(f'{where} is not an object {{"table": [row, ...]}}')
    return [
        _insert(str(table), row, f"{where}.{table}[{index}]")
        for table, listed in rows.items()
        for index, row in enumerate(listed)
    ]


def _insert(table: str, row: Any, where: str) -> str:
    columns = ""
    if isinstance(row, Mapping):
        columns = f" ({', '.join(_quoted(str(name)) for name in row)})"
        row = list(row.values())
    if not isinstance(row, list) or not row:
        raise BadReference(f"{where} is neither a list of values nor an object of columns")
    values = ", ".join(_literal(value, where) for value in row)
    return f"INSERT INTO {_quoted(table)}{columns} VALUES ({values});"  # noqa: S608 - quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Any, where: str) -> str:
    """Returns a plain value as SQL."""
    value = _plain(value, where)
    if value is None:
        return "NULL"
    if isinstance(value, str) and "\0" in value:
        return f"CAST(x'{value.encode().hex()}' AS TEXT)"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _plain(value: Any, where: str) -> Any:
    """Returns a value of JSON as SQLite keeps it: it has no booleans."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadReference(f"{where} has a text that is not Unicode") from None
        return value
    if value is None or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, int) and -_BIGGEST <= value < _BIGGEST:
        return value
    raise BadReference(f"{where} has a value that no column can hold: {value!r:.60}")


def _expected(value: Any, where: str) -> tuple[tuple[str, ...] | None, tuple[Row, ...] | None]:
    """Reads rows as lists, as objects, or as ``{"columns": [...], "rows": [...]}``."""
    if value is None:
        return None, None
    names: tuple[str, ...] | None = None
    if isinstance(value, Mapping):
        if set(value) != {"columns", "rows"} or not isinstance(value["columns"], list):
            raise BadReference(f"{where} is an object, but not of `columns` and `rows`")
        names, value = tuple(map(str, value["columns"])), value["rows"]
    if not isinstance(value, list):
        raise BadReference(f"{where} is not a list of rows")
    if value and all(isinstance(row, Mapping) for row in value):
        names = tuple(map(str, value[0]))
        if any(set(row) != set(value[0]) for row in value):
            raise BadReference(f"{where} has rows of different columns")
        value = [[row[name] for name in value[0]] for row in value]
    rows = tuple(_rows(value, where))
    widths = {len(row) for row in rows} | ({len(names)} if names else set())
    if len(widths) > 1:
        raise BadReference(f"{where} has rows of different lengths")
    return names, rows


def _rows(value: list[Any], where: str) -> Iterator[Row]:
    for index, row in enumerate(value):
        if not isinstance(row, list) or not row:
            raise BadReference(f"{where}[{index}] is not a list of values")
        yield tuple(_plain(item, f"{where}[{index}]") for item in row)
