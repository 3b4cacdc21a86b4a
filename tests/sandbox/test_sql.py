"""SQL in a cage: what it gives, and hostile statements that must reach nothing."""

import pathlib

import pytest

from touchstone.deadline import Deadline
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.types import (
    Database,
    Died,
    Limits,
    Opaque,
    Raised,
    Returned,
    SqlJob,
    TimedOut,
)

LIMITS = Limits(wall_s=4, call_s=0.5, memory_mb=64)
SETUP = "CREATE TABLE t (a INT, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, NULL);"
FOR_EVER = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


@pytest.fixture
def ask(sandbox):
    def asked(code, setup=SETUP, check="", limits=LIMITS):
        job = SqlJob(code, (Database(setup, check),))
        return sandbox.run(job, limits, Deadline()).outcomes[0]

    return asked


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("SELECT a FROM t ORDER BY a DESC", [(2,), (1,)]),
        ("SELECT 1; SELECT 2;", [(2,)]),
        ("SELECT 1; DELETE FROM t; -- done; really", [(1,)]),
        ("INSERT INTO t VALUES (3, ';--') RETURNING a, b", [(3, ";--")]),
        ("BEGIN; DELETE FROM t WHERE a = 1; SELECT count(*) FROM t; COMMIT", [(1,)]),
        ("SELECT NULL, 1, 1.0, '1', x'31', 9e999", [(None, 1, 1.0, "1", b"1", float("inf"))]),
        ("SELECT a FROM t WHERE 0", []),
        (
            "CREATE TRIGGER q AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = 1; "
            "DELETE FROM t WHERE a = 2; END; INSERT INTO t VALUES (7, ''); SELECT a FROM t",
            [(7,)],
        ),
    ],
)
def test_the_last_result_is_told(ask, code, rows):
    assert ask(code).value[1] == rows


@pytest.mark.parametrize("code", ["", "-- nothing", ";;", "DELETE FROM t", "CREATE TABLE u (a)"])
def test_statements_may_have_no_result(ask, code):
    assert ask(code) == Returned(None)


def test_a_check_sees_what_the_statements_left(ask):
    check = "SELECT a, b FROM t"
    assert ask("UPDATE t SET b = 'y'", check=check).value == [["a", "b"], [(1, "y"), (2, "y")]]
    assert ask("BEGIN; DELETE FROM t", check=check).value[1] == []
    assert isinstance(ask("DROP TABLE t", check=check), Raised)


def test_a_database_is_made_anew_for_each(sandbox):
    job = SqlJob("DELETE FROM t; SELECT count(*) FROM t", (Database(SETUP), Database(SETUP)))
    run = sandbox.run(job, LIMITS, Deadline())
    assert [outcome.value[1] for outcome in run.outcomes] == [[(0,)], [(0,)]]


def test_what_the_author_got_wrong_is_told_apart(sandbox):
    job = SqlJob("SELECT 1", (Database("CREATE TABEL t"), Database(SETUP)))
    run = sandbox.run(job, LIMITS, Deadline())
    assert isinstance(run.load, Raised)
    assert isinstance(run.outcomes[1], Returned)


def test_chance_is_the_same_for_everyone(ask):
    code = "SELECT random(), hex(randomblob(4)), a FROM t ORDER BY random()"
    assert ask(code) == ask(code)


REFUSED = {
    "attach": "ATTACH '@FILE@' AS x",
    "attach in memory": "ATTACH ':memory:' AS x",
    "attach by uri": "ATTACH 'file:@FILE@?mode=rwc' AS x",
    "attach by expression": "ATTACH (SELECT '@FI' || 'LE@') AS x",
    "attach the disk": "ATTACH '@DISK@' AS x; SELECT * FROM x.sqlite_schema",
    "vacuum into": "VACUUM INTO '@FILE@'",
    "vacuum": "VACUUM",
    "detach": "DETACH main",
    "load_extension": "SELECT load_extension('@DISK@')",
    "load_extension in a trigger": "CREATE TRIGGER q AFTER INSERT ON t BEGIN "
    "SELECT load_extension('@DISK@'); END; INSERT INTO t VALUES (1, 1)",
    "load_extension in a view": "CREATE VIEW v AS SELECT load_extension('@DISK@'); SELECT * FROM v",
    "fts3_tokenizer": "SELECT fts3_tokenizer('simple')",
    "fts3_tokenizer set": "SELECT fts3_tokenizer('simple', x'4141414141414141')",
    "virtual table": "CREATE VIRTUAL TABLE f USING fts5(a)",
    "virtual csv": "CREATE VIRTUAL TABLE f USING csv(filename = '@DISK@')",
    "rtree": "CREATE VIRTUAL TABLE f USING rtree(a, b, c)",
    "temp folder": "PRAGMA temp_store_directory = '/tmp'",
    "temp on disk": "PRAGMA temp_store = FILE",
    "writable schema": "PRAGMA writable_schema = ON",
    "journal": "PRAGMA journal_mode = WAL",
    "pragma function": "SELECT * FROM pragma_journal_mode",
    "mmap": "PRAGMA mmap_size = 268435456",
    "unlimited": "PRAGMA max_page_count = 4294967294",
    "hard heap": "PRAGMA hard_heap_limit = 1",
    "data store": "PRAGMA data_store_directory = '/tmp'",
    "key": "PRAGMA key = 'a'",
    "schema written": "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(z)'",
    "readfile": "SELECT readfile('@DISK@')",
    "writefile": "SELECT writefile('@FILE@', 'a')",
    "edit": "SELECT edit('a', 'sh')",
    "sqlite shell": ".read @DISK@",
    "shell command": ".shell touch @FILE@",
    "copy": "COPY t FROM PROGRAM 'touch @FILE@'",
    "outfile": "SELECT 'a' INTO OUTFILE '@FILE@'",
}
BOMBS = {
    "for ever": f"{FOR_EVER} SELECT count(*) FROM c",
    "rows for ever": f"{FOR_EVER} SELECT x FROM c",
    "grows a table": f"CREATE TABLE u AS {FOR_EVER} SELECT x, zeroblob(1000) FROM c",
    "sorts for ever": f"{FOR_EVER} SELECT x, zeroblob(1000) FROM c ORDER BY x DESC",
    "one huge value": "SELECT zeroblob(9999999)",
    "a value beyond": "SELECT zeroblob(1000000000)",
    "a doubling text": "WITH RECURSIVE c(x) AS (SELECT 'aaaaaaaaaaaaaaaa' UNION ALL "
    "SELECT x || x FROM c) SELECT max(length(x)) FROM c",
    "printf": "SELECT printf('%.999999999f', 1.0), printf('%999999999s', 'a')",
    "product": "SELECT count(*) FROM " + ", ".join(f"(SELECT * FROM t, t) a{i}" for i in range(30)),
    "deep brackets": "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
    "deep query": "SELECT * FROM (" * 500 + "SELECT 1" + ")" * 500,
    "long or": "SELECT 1 FROM t WHERE " + " OR ".join(["a = 1"] * 20_000),
    "many unions": " UNION ALL ".join(["SELECT 1"] * 5000),
    "like": "SELECT '" + "a" * 20_000 + "' LIKE '" + "%a" * 10_000 + "b'",
    "glob": "SELECT '" + "a" * 20_000 + "' GLOB '" + "*a" * 10_000 + "b'",
    "json": "SELECT json('" + "[" * 20_000 + "')",
    "triggers": "CREATE TRIGGER q AFTER INSERT ON t BEGIN INSERT INTO t SELECT * FROM t; END; "
    + "INSERT INTO t VALUES (1, 1);" * 60,
    "views of views": "CREATE VIEW v0 AS SELECT * FROM t;"
    + "".join(f"CREATE VIEW v{i + 1} AS SELECT * FROM v{i}, v{i};" for i in range(40))
    + "SELECT count(*) FROM v40",
    "semicolons": "SELECT '" + ";" * 45_000,
    "not unicode": "SELECT CAST(x'ff' AS TEXT)",
    "nul": "SELECT '\0'",
    "parameter": "SELECT ?, :a",
}


@pytest.fixture(params=["rlimit", "rlimit+seccomp+landlock"])
def hostile(request, tmp_path):
    sandbox = open_sandbox(max_isolation=request.param)
    disk = tmp_path / "disk"
    disk.write_text("canary")
    made = pathlib.Path(f"{tmp_path}/made")

    def run(code):
        code = code.replace("@FILE@", str(made)).replace("@DISK@", str(disk))
        outcome = sandbox.run(SqlJob(code, (Database(SETUP),)), LIMITS, Deadline()).outcomes[0]
        assert not made.exists()
        honest = SqlJob("SELECT count(*) AS n FROM t", (Database(SETUP),))
        run = sandbox.run(honest, LIMITS, Deadline())
        assert run.outcomes == (Returned([["n"], [(2,)]]),)
        return outcome

    yield run
    sandbox.close()


def test_statements_that_reach_outside_are_refused(hostile):
    ended = {name: hostile(code) for name, code in REFUSED.items()}
    assert {name: o for name, o in ended.items() if not isinstance(o, Raised)} == {}
    assert "canary" not in repr(ended)


def test_statements_that_take_too_much_end(hostile):
    ended = {name: hostile(code) for name, code in BOMBS.items()}
    given = {
        name
        for name, outcome in ended.items()
        if isinstance(outcome, Returned) and not isinstance(outcome.value, Opaque)
    }
    assert given <= {"printf", "like", "glob"}  # which SQLite bounds itself
    assert all(isinstance(o, Returned | Raised | TimedOut | Died) for o in ended.values())
