"""SQL against databases: what is right in whatever form, and what must not be paid."""

import json

import pytest

from tests.code_verification.conftest import metric, passed
from tests.data.records import row_of
from touchstone.outcomes import BadReference, GradingError
from touchstone.templates.code_verification.reference import read_reference
from touchstone.templates.code_verification.sql_text import find_sql, order_end

SCHEMA = "CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT, team TEXT, pay REAL);"
ROWS = {
    "staff": [
        [1, "Ada", "red", 30],
        [2, "Bo", "red", 20.5],
        [3, "Cy", "blue", 20.5],
        [4, "Di", "blue", None],
        {"id": 5, "name": "O'Neil", "team": "green"},
    ]
}
BASE = {"language": "sql", "schema": SCHEMA, "rows": ROWS}
TEAMS = {**BASE, "query": "SELECT team, COUNT(*) AS n FROM staff GROUP BY team"}
PAY = {**BASE, "query": "SELECT name FROM staff WHERE pay IS NOT NULL ORDER BY pay DESC"}
RAISE = {**BASE, "query": "UPDATE staff SET pay = pay + 1", "check": "SELECT id, pay FROM staff"}
RIGHT = "SELECT team, COUNT(*) FROM staff GROUP BY team"


@pytest.mark.parametrize(
    "completion",
    [
        f"```sql\n{RIGHT}\n```",
        f"```SQL\n{RIGHT};\n```\nIt counts the rows of each team.",
        f"```sqlite\n-- per team\n{RIGHT};\n```",
        f"```postgresql\n{RIGHT};\n```",
        f"```\n{RIGHT}\n```",
        f"```sql\n{RIGHT}",
        f"1. Group:\n\n   ```sql\n   {RIGHT}\n   ```\n",
        RIGHT,
        f"{RIGHT};",
        RIGHT.lower(),
        f"Here is the query:\n\n{RIGHT};\n\nIt selects from the table.",
        f"The query is: {RIGHT};",
        f"Use `{RIGHT}` with that.",
        f"It is ```sql {RIGHT} ``` then.",
        f"```\nsqlite> {RIGHT};\n```",
        "SELECT team,\n       COUNT(*)\n\nFROM staff\n\nGROUP BY team;\n\nThat is all.",
        f"<sql>{RIGHT}</sql>",
        f"<answer>\n{RIGHT}\n</answer>",
        json.dumps({"sql": RIGHT}),
        "```json\n" + json.dumps({"query": RIGHT}) + "\n```",
        f"First look:\n```sql\nSELECT * FROM staff;\n```\nThen:\n```sql\n{RIGHT};\n```",
        f"```sql\n{RIGHT};\n```\nAn index helps:\n```sql\nCREATE INDEX i ON staff (team);\n```",
        f"```sql\n{RIGHT}\n```\nwhich gives\n```\nred 2\nblue 2\n```",
        f"```bash\nsqlite3 a.db\n```\n```sql\n{RIGHT}\n```",
        "WITH t AS (SELECT team FROM staff) SELECT team, COUNT(*) FROM t GROUP BY 1",
        f"/* all */ {RIGHT}",
        f"CREATE TEMP VIEW v AS {RIGHT}; SELECT * FROM v ORDER BY n DESC".replace(
            "COUNT(*)", "COUNT(*) AS n"
        ),
        "SELECT 'x' FROM staff; " + RIGHT,
        "SELECT team, SUM(1.0) FROM staff GROUP BY team",
        RIGHT + " ORDER BY team DESC",
    ],
)
def test_the_statements_are_found_and_right_rows_are_paid(grade, completion):
    assert grade(completion, TEAMS).score == 1.0


@pytest.mark.parametrize(
    "completion",
    [
        "SELECT team, COUNT(pay) FROM staff GROUP BY team",  # NULL is not counted
        "SELECT COUNT(*), team FROM staff GROUP BY team",  # columns in another place
        "SELECT team, COUNT(*), 1 FROM staff GROUP BY team",
        "SELECT team FROM staff GROUP BY team",
        "SELECT team, CAST(COUNT(*) AS TEXT) FROM staff GROUP BY team",
        f"{RIGHT} UNION ALL {RIGHT}",  # each row twice
        f"{RIGHT} LIMIT 2",
        f"{RIGHT}; SELECT * FROM staff",
        f"EXPLAIN {RIGHT}",
        "DELETE FROM staff",
        "SELECT * FROM staf",
        "SELECT team, COUNT(*) FROM staff WHERE 0 GROUP BY team",
        "DROP TABLE staff; CREATE TABLE staff (team); SELECT team, 1 FROM staff",
    ],
)
def test_other_rows_are_not(grade, completion):
    got = grade(f"```sql\n{completion}\n```", TEAMS)
    assert (metric(got, "tests_passed"), metric(got, "compiles")) == (0.0, 1.0)
    assert got.score == 0.1


@pytest.mark.parametrize(
    "completion",
    [
        "",
        "I would group by team and count.",
        "Select the teams that you like, and count them.",
        "```python\nprint('SELECT team FROM staff')\n```",
        "SELECT team COUNT(*) FROM staff GROUP team",
        "SELECT TOP 3 * FROM staff",
        "SELECT 'torn",
        "SELECT 1",
        "SELECT 'red', 2",
        "```sql\n-- nothing yet\n```",
        "SELECT team FROM staff " + "-" * 60_000,
    ],
)
def test_no_attempt_earns_nothing(grade, completion):
    assert grade(completion, TEAMS).score == 0.0


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        # of equal pay either may come first
        (
            "SELECT name FROM staff WHERE pay > 0 ORDER BY pay DESC",
            [
                "SELECT name FROM staff WHERE pay > 0 ORDER BY pay DESC, name",
                "SELECT name FROM staff WHERE pay > 0 ORDER BY pay DESC, name DESC",
            ],
            [
                "SELECT name FROM staff WHERE pay > 0 ORDER BY pay",
                "SELECT name FROM staff WHERE pay > 0 ORDER BY name DESC",
            ],
        ),
        # the limit cuts a tie: either is right
        (
            "SELECT name FROM staff ORDER BY pay DESC LIMIT 2",
            [
                "SELECT name FROM staff ORDER BY pay DESC, name LIMIT 2",
                "SELECT name FROM staff ORDER BY pay DESC, name DESC LIMIT 2",
            ],
            ["SELECT name FROM staff ORDER BY id DESC LIMIT 2"],
        ),
        # an order inside orders nothing outside
        (
            "SELECT id, ROW_NUMBER() OVER (ORDER BY id DESC) FROM staff",
            ["SELECT id, 6 - id FROM staff ORDER BY id", "SELECT id, 6 - id FROM staff ORDER BY 2"],
            ["SELECT id, id FROM staff"],
        ),
        (
            "SELECT team FROM staff UNION SELECT name FROM staff ORDER BY 1 -- names; LIMIT 1",
            ["SELECT name AS x FROM staff UNION SELECT team FROM staff ORDER BY x"],
            ["SELECT name AS x FROM staff UNION SELECT team FROM staff ORDER BY x DESC"],
        ),
        (
            "SELECT team, SUM(pay) s FROM staff GROUP BY team ORDER BY s IS NULL, s DESC;",
            [
                "SELECT team, SUM(pay) FROM staff GROUP BY 1 ORDER BY 2 DESC",
                "SELECT * FROM (SELECT team, SUM(pay) + 1e-10 FROM staff WHERE pay > 0 GROUP BY 1 "
                "ORDER BY 2 DESC) UNION ALL SELECT 'green', NULL",
            ],
            ["SELECT team, SUM(pay) FROM staff GROUP BY 1 ORDER BY 2"],
        ),
    ],
)
def test_order_matters_where_the_query_has_one(grade, query, right, wrong):
    reference = {**BASE, "query": query}
    assert [passed(grade, f"```sql\n{code}\n```", reference) for code in right] == [1.0] * len(
        right
    )
    assert [passed(grade, f"```sql\n{code}\n```", reference) for code in wrong] == [0.0] * len(
        wrong
    )


def test_order_matters_as_the_reference_or_else_a_setting_says(grade):
    up, down = "SELECT id FROM staff ORDER BY id", "SELECT id FROM staff ORDER BY id DESC"
    assert passed(grade, up, {**BASE, "query": down, "ordered": False}) == 1.0
    assert passed(grade, up, {**BASE, "query": down}, row_order="never") == 1.0
    stated = {**BASE, "expected": [[1], [2], [3], [4], [5]]}
    assert passed(grade, down, stated) == 1.0
    assert passed(grade, down, {**stated, "ordered": True}) == 0.0
    assert passed(grade, down, stated, row_order="always") == 0.0
    assert passed(grade, down, {**stated, "ordered": False}, row_order="always") == 1.0


def test_names_of_columns_matter_where_that_is_said(grade):
    named = "SELECT team, COUNT(*) AS N FROM staff GROUP BY team"
    for told in ({}, {"column_names": True}):
        settings = {} if told else {"column_names": True}
        assert passed(grade, named, {**TEAMS, **told}, **settings) == 1.0
        assert passed(grade, RIGHT, {**TEAMS, **told}, **settings) == 0.0
    assert passed(grade, RIGHT, {**TEAMS, "column_names": False}, column_names=True) == 1.0
    stated = {**BASE, "expected": [{"who": "Ada"}], "column_names": True}
    assert passed(grade, "SELECT name AS who FROM staff WHERE id = 1", stated) == 1.0
    assert passed(grade, "SELECT name FROM staff WHERE id = 1", stated) == 0.0


@pytest.mark.parametrize(
    ("expected", "right", "wrong"),
    [
        ([[None]], "NULL", ["0", "''", "'NULL'"]),
        ([[3]], "3", ["'3'", "3.5", "NULL", "x'33'"]),
        ([[3]], "3.0", ["3.1"]),
        ([[2.5]], "5 / 2.0", ["5 / 2"]),
        ([[0.3]], "0.1 + 0.2", ["0.31"]),
        ([["3"]], "'3'", ["3", "x'33'"]),
        ([[True]], "1 = 1", ["'true'", "0"]),
        ([["a\u0000b"]], "'a' || char(0) || 'b'", ["'a'", "'ab'"]),
        ([[1], [1], [2]], "a FROM (SELECT 1 a UNION ALL SELECT 2 UNION ALL SELECT 1)", ["1"]),
        ({"columns": ["a", "b"], "rows": [[1, "x"]]}, "1, 'x'", ["'x', 1", "1"]),
    ],
)
def test_values_are_compared_strictly(grade, expected, right, wrong):
    reference = {**BASE, "expected": expected}
    assert passed(grade, f"SELECT {right}", reference) == 1.0
    for code in wrong:
        assert passed(grade, f"SELECT {code}", reference) == 0.0


@pytest.mark.parametrize(
    ("completion", "share"),
    [
        ("UPDATE staff SET pay = 1 + pay;", 1.0),
        ("BEGIN;\nUPDATE staff SET pay = pay + 1;\nCOMMIT;", 1.0),
        ("BEGIN;\nUPDATE staff SET pay = pay + 1;", 1.0),
        (
            "```sql\nUPDATE staff SET pay = pay + 1;\n```\nSee:\n```sql\nSELECT 1;\n```",
            1,
        ),
        ("UPDATE staff SET pay = pay + 1 WHERE id = 1", 0.0),
        ("BEGIN; UPDATE staff SET pay = pay + 1; ROLLBACK;", 0.0),
        ("SELECT id, pay + 1 FROM staff", 0.0),
        ("DROP TABLE staff;", 0.0),
    ],
)
def test_what_statements_left_is_looked_at_by_the_check(grade, completion, share):
    assert passed(grade, completion, RAISE) == share


def test_a_check_may_look_at_what_a_completion_makes(grade):
    view = "CREATE VIEW rich AS SELECT id FROM staff WHERE pay > "
    reference = {**BASE, "check": "SELECT id FROM rich"}
    made = {**reference, "query": f"{view} 25"}
    assert passed(grade, f"{view} 20.5", made) == 1.0
    assert passed(grade, f"{view} 20", made) == 0.0
    with pytest.raises(BadReference, match="give a `query`"):
        grade(view, {**reference, "expected": [[1]]})


def test_each_case_has_its_own_rows(grade):
    cases = [
        {"rows": {"staff": [[9, "Zo", "red", 1]]}, "expected": [[1]]},
        {"rows": {"staff": [[9, "Zo", "red", 1], [8, "Yo", "red", 1]]}, "weight": 3},
    ]
    reference = {"schema": SCHEMA, "query": "SELECT COUNT(*) FROM staff", "test_cases": cases}
    assert passed(grade, "SELECT COUNT(*) FROM staff", reference) == 1.0
    assert passed(grade, "SELECT COUNT(DISTINCT team) FROM staff", reference) == 0.25
    assert passed(grade, "SELECT 1 FROM staff", reference) == 0.25
    assert passed(grade, "SELECT 1 FROM staff", reference, credit="all") == 0.0


def test_a_test_that_nothing_passes_is_not_paid_alone(grade):
    cases = [{"rows": {"staff": [[9, "Zo", "red", 1]]}}, {}]
    reference = {"schema": SCHEMA, "query": "SELECT id FROM staff", "test_cases": cases}
    assert passed(grade, "SELECT id FROM staff", reference) == 1.0
    assert passed(grade, "SELECT id FROM staff WHERE 0", reference) == 0.0


@pytest.mark.parametrize(
    "statements",
    [
        "DELETE FROM staff;",
        "DROP TABLE staff; CREATE TABLE staff (team); ",
        "UPDATE staff SET team = 'red';",
        "CREATE TEMP TABLE staff AS SELECT 'red' AS team;",
        "CREATE TEMP VIEW staff AS SELECT 'red' AS team;",
        "CREATE TRIGGER q AFTER DELETE ON staff BEGIN DELETE FROM staff; END; DELETE FROM staff;",
        "PRAGMA foreign_keys = ON; DELETE FROM staff;",
        "BEGIN EXCLUSIVE; DELETE FROM staff;",
        "SAVEPOINT a; DELETE FROM staff;",
    ],
)
def test_writes_do_not_reach_what_a_completion_is_held_against(grade, statements):
    assert passed(grade, f"```sql\n{statements} {RIGHT}\n```", TEAMS) == 0.0
    assert passed(grade, RIGHT, TEAMS) == 1.0


FOR_EVER = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


@pytest.mark.parametrize(
    "code",
    [
        f"{FOR_EVER} SELECT count(*) FROM c",
        f"{FOR_EVER} SELECT x FROM c",
        f"CREATE TABLE u AS {FOR_EVER} SELECT x, zeroblob(9000) FROM c",
        "SELECT zeroblob(9999999) FROM staff",
        "ATTACH '/etc/passwd' AS x; SELECT * FROM x.sqlite_schema",
        "SELECT load_extension('/lib/libc.so.6') FROM staff",
        "SELECT readfile('/etc/passwd') FROM staff",
        "VACUUM INTO '/tmp/x'; SELECT team FROM staff",
        "SELECT ?1, team FROM staff",
        "SELECT CAST(x'ff' AS TEXT) FROM staff",
        "SELECT team FROM staff\0",
        "CREATE VIEW \ud800 AS SELECT 1; SELECT team FROM staff",
        "SELECT " + "(" * 9000 + "team FROM staff",
    ],
)
def test_what_a_completion_causes_is_scored(grade, code):
    settings = {"timeout_s": 0.3, "total_timeout_s": 0.5, "memory_mb": 64}
    assert grade(f"```sql\n{code}\n```", TEAMS, **settings).score <= 0.1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"schema": "CREATE TABEL staff"}, "schema"),
        ({"schema": "ATTACH 'x' AS y"}, "schema"),
        ({"rows": {"staff": [[1]]}}, "schema or its rows"),
        ({"rows": {"nobody": [[1]]}}, "schema or its rows"),
        ({"query": "SELECT nothing FROM staff"}, "query"),
        ({"query": "DELETE FROM staff"}, "no result"),
        ({"query": "SELECT 1 WHERE 0"}, "without a completion"),
        ({"query": f"{FOR_EVER} SELECT x FROM c"}, "rows"),
        ({"query": f"{FOR_EVER} SELECT count(*) FROM c"}, "did not end"),
        ({"check": "SELECT * FROM staff"}, "without a completion"),
        ({"check": "SELECT * FROM staf"}, "check"),
        ({"expected": [["red", 1]]}, "does not give"),
    ],
)
def test_what_is_wrong_in_a_reference_is_named_when_it_is_run(grade, change, named):
    with pytest.raises(BadReference, match=named):
        grade(RIGHT, {**TEAMS, **change}, timeout_s=0.5)


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ({"language": "sql"}, "database"),
        ({"language": "sql", "schema": SCHEMA}, "expected"),
        ({"language": "sql", "schema": 3, "query": "SELECT 1"}, "schema"),
        ({**TEAMS, "qeury": "x"}, "query"),
        ({**TEAMS, "rows": [[1]]}, "rows"),
        ({**TEAMS, "rows": {"staff": [3]}}, r"rows.staff\[0\]"),
        ({**TEAMS, "rows": {"staff": [[{"a": 1}]]}}, "column can hold"),
        ({**TEAMS, "rows": {"staff": [[2**63]]}}, "column can hold"),
        ({**TEAMS, "expected": 3}, "expected"),
        ({**TEAMS, "expected": [3]}, r"expected\[0\]"),
        ({**TEAMS, "expected": [[1], [1, 2]]}, "lengths"),
        ({**TEAMS, "expected": [{"a": 1}, {"b": 1}]}, "columns"),
        ({**TEAMS, "ordered": "yes"}, "ordered"),
        ({**TEAMS, "tolerance": -1}, "tolerance"),
        ({**TEAMS, "test_cases": []}, "test_cases"),
        ({**TEAMS, "test_cases": [3]}, r"test_cases\[0\]"),
        ({**TEAMS, "test_cases": [{"schema": "x"}]}, "schema"),
        ({**TEAMS, "test_cases": [{"weight": 0}]}, "weight"),
        ({**BASE, "expected": [[1]], "column_names": True}, "column_names"),
        ({**TEAMS, "entry_point": "f"}, "entry_point"),
    ],
)
def test_what_is_wrong_in_a_reference_is_named_when_it_is_read(reference, named):
    with pytest.raises(BadReference, match=named):
        read_reference(reference)


@pytest.mark.parametrize("language", ["postgresql", "mysql", "tsql", "plsql", "oracle"])
def test_another_dialect_is_named(language):
    with pytest.raises(GradingError, match=language):
        read_reference({**TEAMS, "language": language})


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("SELECT COUNT(*) FROM staff WHERE pay > 20", "SELECT 0"),
        ("SELECT MAX(pay) FROM staff", "SELECT MIN(pay) FROM staff"),
        ("WITH paid AS (SELECT pay FROM staff) SELECT SUM(pay) FROM paid", "SELECT NULL"),
    ],
)
def test_a_database_without_a_row_tells_nothing(grade, query, wrong):
    with pytest.raises(BadReference, match="in an empty database"):
        grade(wrong, {"schema": SCHEMA, "query": query})


@pytest.mark.parametrize(
    "changed",
    [
        {"query": "INSERT INTO staff VALUES (1, 'x', 'y', 1); SELECT name FROM staff"},
        {"check": "SELECT COUNT(*) FROM staff", "query": "INSERT INTO staff VALUES (1, 2, 3, 4)"},
        {"test_cases": [{"rows": ROWS}, {}], "query": "SELECT COUNT(*) FROM staff"},
    ],
)
def test_an_empty_database_may_be_filled_or_stand_beside_one_that_is_not(grade, changed):
    assert grade(changed["query"], {"schema": SCHEMA, **changed}).score == 1.0


_TABLE, _FULL = "CREATE TABLE t (a INT);", "INSERT INTO t VALUES (5), (7);"
_ASKED = "SELECT COUNT(*) FROM t WHERE a > 5"


@pytest.mark.parametrize(
    ("schema", "query"),
    [
        (f"-- of t\n{_TABLE}\n-- its rows\n{_FULL}", _ASKED),
        (f"DROP TABLE IF EXISTS t;\n/* new; */ {_TABLE}{_FULL}", _ASKED.lower()),
        ([_TABLE, _FULL], f"```sql\n{_ASKED}\n```"),
        (f"```\n{_TABLE}\n{_FULL}\n```", f"WITH b AS (SELECT 1) {_ASKED}"),
        (f"{_TABLE} {_FULL}", "DELETE FROM t WHERE a > 5"),
        (f"{_TABLE} {_FULL}", "insert into t values (9);"),
        (f"{_TABLE} {_FULL}", "UPDATE `t` SET a = 1"),
        (f"{_TABLE} {_FULL}", "INSERT OR IGNORE INTO t SELECT a + 1 FROM t"),
    ],
)
def test_a_row_is_converted_however_it_is_written_and_its_solution_passes(grade, schema, query):
    row = row_of({"question": "How many?", "context": schema, "sql": query})
    assert row["messages"][0]["content"].count("INSERT") == 0
    assert grade(query, row["reference_answer"]).score == 1.0


@pytest.mark.parametrize("language", ["sql", "SQL", "sqlite", "SQLite3", None])
def test_sql_is_known_by_its_language_or_by_its_fields(grade, language):
    assert passed(grade, RIGHT, {**TEAMS, "language": language}) == 1.0
    aliased = {"sql_context": SCHEMA, "sql": TEAMS["query"], "rows": ROWS, "sql_prompt": "Count."}
    assert passed(grade, RIGHT, aliased) == 1.0


def test_rules_of_the_house_hold_for_sql(grade):
    rules = [{"pattern": r"SELECT\s+\*", "must": "not_appear"}, {"name": "group"}]
    star = "SELECT * FROM (SELECT team, COUNT(*) FROM staff GROUP BY team)"
    assert metric(grade(star, TEAMS, internal_standards=rules), "code_quality") == 0.5
    assert metric(grade(RIGHT, TEAMS, internal_standards=rules), "code_quality") == 1.0
    assert metric(grade(RIGHT, TEAMS, banned_calls=["COUNT"]), "code_quality") == 0.0
    assert metric(grade(RIGHT + " -- count", TEAMS, banned_calls=["x"]), "code_quality") == 1.0


def test_a_reason_says_what_came_and_what_was_expected_only_if_that_is_set(grade):
    wrong = "SELECT name FROM staff WHERE id = 5"
    assert "O'Neil" in grade(wrong, TEAMS).reason
    assert "green" not in grade(wrong, TEAMS).reason
    assert "green" in grade(wrong, TEAMS, show_expected=True).reason


@pytest.mark.parametrize(
    ("query", "ordered"),
    [
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a"),
        ("select a from t order by a, b desc limit 3", "select a from t order by a, b desc"),
        ("SELECT a FROM t ORDER BY f(a, 1) /* x */ LIMIT 1;", "SELECT a FROM t ORDER BY f(a, 1)"),
        ("SELECT a FROM t ORDER BY a; -- end", "SELECT a FROM t ORDER BY a"),
        ("SELECT 1; SELECT 2 ORDER BY 1", "SELECT 1; SELECT 2 ORDER BY 1"),
        ("SELECT a FROM t ORDER BY 'limit'", "SELECT a FROM t ORDER BY 'limit'"),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", None),
        ("SELECT 'order by a'", None),
        ("SELECT 1 ORDER BY 1; SELECT 2", None),
        ("SELECT a -- order by a", None),
        ("", None),
    ],
)
def test_where_a_querys_own_order_ends(query, ordered):
    end = order_end(query)
    assert (None if end is None else query[:end]) == ordered


def test_nothing_is_found_where_there_is_nothing():
    assert find_sql("Select one. Update me with the rest.") is None
