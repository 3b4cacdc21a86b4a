# ruff: noqa: E501
"""``sqlite3`` in cages: what programs and tests get of it, and what no file gains that lies."""

import contextlib
import json
import subprocess
import sys

import pytest

from tests.sandbox import gauntlet, sqlite_attacks
from touchstone.deadline import Deadline
from touchstone.outcomes import SandboxFault
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.types import (
    Call,
    CheckJob,
    FunctionJob,
    Limits,
    ProgramJob,
    Raised,
    Returned,
    Unsupported,
)

VALUES = {
    "in memory": ("c = sqlite3.connect(':memory:')\nc.execute('CREATE TABLE t (a)')\nc.executemany('INSERT INTO t VALUES (?)', [(1,), (2,)])\nreturn c.execute('SELECT sum(a) FROM t').fetchone()", (3,)),
    "two connections to a file": ("a, b = sqlite3.connect('x.db'), sqlite3.connect('x.db')\na.execute('CREATE TABLE t (a)')\na.execute('INSERT INTO t VALUES (1)')\nbefore = b.execute('SELECT * FROM t').fetchall()\na.commit()\nreturn before, b.execute('SELECT * FROM t').fetchall()", ([], [(1,)])),
    "a file that is opened again": ("with contextlib.closing(sqlite3.connect('x.db')) as c, c:\n    c.execute('CREATE TABLE t (a)')\n    c.execute('INSERT INTO t VALUES (1)')\nreturn sqlite3.connect('./x.db').execute('SELECT a FROM t').fetchall()", [(1,)]),
    "what is not committed": ("c = sqlite3.connect('x.db')\nc.execute('CREATE TABLE t (a)')\nc.execute('INSERT INTO t VALUES (1)')\nc.close()\nreturn sqlite3.connect('x.db').execute('SELECT a FROM t').fetchall()", []),
    "an exception rolls back": ("c = sqlite3.connect('x.db')\nc.execute('CREATE TABLE t (a UNIQUE)')\ntry:\n    with c: c.executemany('INSERT INTO t VALUES (?)', [(1,), (1,)])\nexcept sqlite3.IntegrityError as e:\n    return str(e), c.execute('SELECT * FROM t').fetchall()", ("UNIQUE constraint failed: t.a", [])),
    "two that write": ("a, b = sqlite3.connect('x.db'), sqlite3.connect('x.db')\na.execute('CREATE TABLE t (a)')\nb.execute('INSERT INTO t VALUES (1)')\na.execute('INSERT INTO t VALUES (2)')\na.commit()\ntry: b.commit()\nexcept sqlite3.OperationalError as e: return str(e), b.execute('SELECT * FROM t').fetchall()", ("database is locked", [(2,)])),
    "rows by name": ("c = sqlite3.connect(':memory:')\nc.row_factory = sqlite3.Row\nrow = c.execute('SELECT 1 AS a, 2 AS b').fetchone()\nreturn dict(row), row['b'], tuple(row), isinstance(c, sqlite3.Connection)", ({"a": 1, "b": 2}, 2, (1, 2), True)),
    "a reader sees what it began with": ("a, b = sqlite3.connect('x.db'), sqlite3.connect('x.db')\na.executescript('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)')\nrows = b.execute('SELECT a FROM t')\nfirst = next(rows)\na.execute('DELETE FROM t')\na.commit()\nb.execute('SELECT 1')\nreturn first, list(rows), b.execute('SELECT a FROM t').fetchall()", ((1,), [(2,)], [])),
    "read only": ("sqlite3.connect('x.db').executescript('CREATE TABLE t (a)')\nc = sqlite3.connect('file:x.db?mode=ro', uri=True)\ntry: c.execute('INSERT INTO t VALUES (1)') and c.commit()\nexcept sqlite3.OperationalError as e: return str(e)", "attempt to write a readonly database"),
    "shared memory": ("a, b = (sqlite3.connect('file:m?mode=memory&cache=shared', uri=True) for _ in '12')\na.execute('CREATE TABLE t (a)')\nreturn b.execute('SELECT * FROM t').fetchall()", []),
    "a folder that is not there": ("try: sqlite3.connect('no/x.db')\nexcept sqlite3.OperationalError as e: return str(e)", "unable to open database file"),
    "a dump": ("c = sqlite3.connect(':memory:')\nc.execute('CREATE TABLE t (a)')\nreturn list(c.iterdump())[1]", "CREATE TABLE t (a);"),
    "settings and callbacks": ("c = sqlite3.connect('x.db', isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES)\nc.create_function('twice', 1, lambda x: 2 * x)\nc.execute('PRAGMA foreign_keys = ON')\nc.execute('CREATE TABLE t (a INT)')\nc.execute('INSERT INTO t VALUES (4)')\nreturn c.execute('SELECT twice(a) FROM t').fetchall(), sqlite3.connect('x.db').execute('SELECT * FROM t').fetchall()", ([(8,)], [(4,)])),
    "vacuum, backup and bytes": ("c = sqlite3.connect('x.db')\nc.execute('CREATE TABLE t (a)')\nc.execute('VACUUM')\nd, e = sqlite3.connect('y.db'), sqlite3.connect(':memory:')\nc.backup(d)\ne.deserialize(d.serialize())\nreturn [x.execute('SELECT name FROM sqlite_master').fetchall() for x in (d, e, sqlite3.connect('y.db'))]", [[("t",)]] * 3),
    "a class of its own": ("class Own(sqlite3.Connection):\n    def __init__(self, name, **given):\n        super().__init__(name, **given)\n        self.mine = 4\nc = sqlite3.connect('x', factory=Own)\nd = sqlite3.connect('x', 5, 0, None, True, sqlite3.Connection, 10, False)\nreturn c.mine, type(d) is sqlite3.Connection, d.isolation_level", (4, True, None)),
    "an authorizer of its own": ("c = sqlite3.connect(':memory:')\nc.set_authorizer(lambda *a: sqlite3.SQLITE_DENY)\ntry: c.execute('SELECT 1')\nexcept sqlite3.DatabaseError as e: return str(e)", "not authorized"),
}  # fmt: skip
STORE = """
import sqlite3

class Store:
    def __init__(self, path):
        self.connection = sqlite3.connect(path)
        self.cursor = self.connection.cursor()
        self.cursor.execute("CREATE TABLE IF NOT EXISTS books (id INTEGER PRIMARY KEY, title TEXT)")
        self.connection.commit()

    def add(self, title):
        self.cursor.execute("INSERT INTO books (title) VALUES (?)", (title,))
        self.connection.commit()

    def titles(self):
        return [row[0] for row in self.cursor.execute("SELECT title FROM books ORDER BY id")]

def count(connection):
    return connection.execute("SELECT count(*) FROM books").fetchone()[0]

def fill(connection, titles):
    with connection:
        connection.executemany("INSERT INTO books (title) VALUES (?)", [(t,) for t in titles])

def keep(connection, data):
    connection.execute("INSERT INTO books (title) VALUES (?)", (sqlite3.Binary(data),))

def named(connection):
    connection.row_factory = sqlite3.Row
    row = connection.execute("SELECT * FROM books").fetchone()
    return {key: row[key] for key in row.keys()}

def fails():
    sqlite3.connect(":memory:").execute("SELEKT")
"""
HOLDS = {
    "the tests look into the file": "s = Store('a.db')\ns.add('x')\nc = sqlite3.connect('a.db')\nassert c.execute('SELECT title FROM books').fetchall() == [('x',)]\ns.add('y')\nassert c.execute('SELECT count(*) FROM books').fetchone() == (2,)",
    "the program sees what the tests wrote": "s = Store('a.db')\nc = sqlite3.connect('a.db')\nc.execute(\"INSERT INTO books (title) VALUES ('z')\")\nassert s.titles() == []\nc.commit()\nassert s.titles() == ['z']",
    "the tests make it first": "c = sqlite3.connect('a.db')\nc.executescript(\"CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO books VALUES (4, 'q')\")\nassert Store('a.db').titles() == ['q']",
    "the file is removed": "s = Store('a.db')\ns.add('x')\nassert os.path.exists('a.db') and os.path.getsize('a.db') > 4000\ns.connection.close()\nos.remove('a.db')\nassert not os.path.exists('a.db')\nassert Store('a.db').titles() == []",
    "a folder of its own": "import tempfile\npath = os.path.join(tempfile.mkdtemp(), 'a.db')\nStore(path).add('x')\nassert os.listdir(os.path.dirname(path)) == ['a.db'] and Store(path).titles() == ['x']",
    "a connection of the program's": "s = Store(':memory:')\ns.add('x')\nassert isinstance(s.connection, sqlite3.Connection)\nassert s.connection.execute('SELECT title FROM books').fetchall() == [('x',)]",
    "a connection of the tests'": "c = sqlite3.connect(':memory:')\nc.execute('CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT)')\nfill(c, ['a', 'b'])\nassert count(c) == 2 and [r[0] for r in c.execute('SELECT title FROM books')] == ['a', 'b']",
    "rows of a connection of the tests'": "c = sqlite3.connect(':memory:')\nc.execute('CREATE TABLE books (title TEXT)')\nc.execute(\"INSERT INTO books VALUES ('a')\")\nassert named(c) == {'title': 'a'}",
    "bytes for a connection of the tests'": "c = sqlite3.connect(':memory:')\nc.execute('CREATE TABLE books (title BLOB)')\nkeep(c, b'\\0\\1')\nassert c.execute('SELECT title FROM books').fetchone() == (b'\\0\\1',)",
    "its exceptions": "try:\n    fails()\nexcept sqlite3.OperationalError as e:\n    assert 'syntax' in str(e)\nelse:\n    assert False",
    "patched": "from unittest.mock import patch, MagicMock\nwith patch('sqlite3.connect', return_value=MagicMock()) as connect:\n    Store('a.db')\nconnect.assert_called_once_with('a.db')\nassert not os.path.exists('a.db')",
}  # fmt: skip


def returned(sandbox, body):
    lines = body.replace("\n", "\n    ")
    code = f"import contextlib, sqlite3\ndef f():\n    {lines}\n"
    (outcome,) = sandbox.run(FunctionJob(code, "f", (Call(),)), Limits(), Deadline()).outcomes
    return outcome


def checked(sandbox, code, tests, **limits):
    return sandbox.run(CheckJob(code, "", tests), Limits(**limits), Deadline()).outcomes


@pytest.mark.parametrize("name", VALUES)
def test_a_program_has_databases(sandbox, name):
    body, value = VALUES[name]
    assert returned(sandbox, body) == Returned(value)


@pytest.mark.parametrize("name", HOLDS)
def test_the_tests_and_the_program_share_their_files(sandbox, name):
    (outcome,) = checked(sandbox, STORE, f"import os, sqlite3\n{HOLDS[name]}")
    assert isinstance(outcome, Returned), outcome


def test_what_a_module_opens_when_it_is_loaded_is_shared_too(sandbox):
    code = (
        "import sqlite3\nc = sqlite3.connect('a.db')\nc.execute('CREATE TABLE t (a)')\n"
        "def f(x):\n    c.execute('INSERT INTO t VALUES (?)', (x,))\n    c.commit()\n"
    )
    tests = (
        "import sqlite3\nf(4)\n"
        "assert sqlite3.connect('a.db').execute('SELECT * FROM t').fetchall() == [(4,)]\n"
    )
    (outcome,) = checked(sandbox, code, tests)
    assert isinstance(outcome, Returned), outcome


def test_a_program_that_reads_and_writes_has_them_too(sandbox):
    code = "import sqlite3\nprint(sqlite3.connect('a.db').execute(input()).fetchone()[0])"
    job = ProgramJob(code, ("SELECT 6 * 7\n",))
    assert sandbox.run(job, Limits(), Deadline()).outcomes == (Returned("42\n"),)


def test_together_with_numpy(sandbox):
    body = (
        "import numpy\nreturn int(numpy.sum(sqlite3.connect('a').execute('SELECT 2').fetchone()))"
    )
    assert returned(sandbox, body) == Returned(2)


def test_where_the_kernel_denies_no_files_there_is_none():
    sandbox = open_sandbox(max_isolation="rlimit")
    outcome = returned(sandbox, "return sqlite3.connect(':memory:').execute('SELECT 1').fetchone()")
    sandbox.close()
    assert outcome == (
        Returned((1,)) if sandbox.isolation.level != "process" else Unsupported("files")
    )


OUTSIDE = """
import json, os, sys
for name, code in json.load(sys.stdin).items():
    sys.stdout.flush()
    if os.fork() == 0:
        names = {}
        exec(code, names)
        os.write(1, json.dumps([name, repr(names["f"](1))]).encode() + b"\\n")
        os._exit(0)
    os.wait()
"""


def test_programs_that_open_files_do_so_outside_a_cage(tmp_path):
    gauntlet.write_base(tmp_path / "base", "canary")
    programs = {
        name: code.replace("@BASE@", str(tmp_path / "base")).replace(
            "@FILE@", str(tmp_path / f"made {len(name)} {name}")
        )
        for name, code in sqlite_attacks.CALLS.items()
        if not name.startswith("lasts")
    }
    ran = subprocess.run(
        [sys.executable, "-I", "-c", OUTSIDE],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    said = dict(map(json.loads, ran.stdout.splitlines()))
    won = [name for name, value in said.items() if "canary" in value or "4242" in value]
    made = list(tmp_path.glob("made*"))
    # The others need what this build of SQLite, or this version of Python, does not have.
    assert len(won) >= 12
    assert len(made) >= 20


ASKED = """
import sqlite3
def test():
    c = sqlite3.connect("a.db")
    f("a.db")
    assert c.execute("SELECT a FROM t").fetchall() == [(7,)]
"""


def test_what_is_committed_often_crosses_as_little_as_there_is(sandbox):
    tests = "s = Store('a.db')\nfor n in range(40): s.add('x')\nassert len(s.titles()) == 40"
    (outcome,) = checked(sandbox, STORE, tests, total_bytes=500_000)
    assert isinstance(outcome, Returned), outcome


@pytest.mark.parametrize("name", sqlite_attacks.CHECKED)
def test_no_file_that_lies_passes(sandbox, name):
    with contextlib.suppress(SandboxFault):  # a virtual table that cannot be made anew
        code = sqlite_attacks.CHECKED[name]
        outcomes = checked(sandbox, code, ASKED, wall_s=3, call_s=1)
        assert not any(isinstance(outcome, Returned) for outcome in outcomes)


FOUND = """
import sqlite3
def test():
    f("a.db")
    c = sqlite3.connect("a.db")
    rows = c.execute("SELECT rowid, * FROM notes WHERE notes MATCH 'fox'").fetchall()
    assert rows == [(1, "A", "the quick fox"), (3, "C", "fox fox")], rows
    assert c.execute("SELECT count(*) FROM notes").fetchone() == (2,)
    assert c.execute("SELECT name FROM tags WHERE id = 4").fetchone() == ("x",)
    names = {name for (name,) in c.execute("SELECT name FROM sqlite_master")}
    assert {"notes", "notes_content", "tags", "of_tags", "v", "add_tag"} <= names
    assert c.execute("SELECT n FROM v").fetchone() == (1,)
    c.execute("INSERT INTO notes VALUES ('D', 'a fox')")
    c.execute("INSERT INTO tags VALUES (5, 'y')")
    c.commit()
    d = sqlite3.connect("a.db")
    assert d.execute("SELECT title FROM notes WHERE notes MATCH 'a' ORDER BY rowid").fetchall()[-1] == ("D",)
    assert d.execute("SELECT count(*) FROM tags").fetchone() == (3,)
    assert seen("a.db") == 3
    assert d.execute("PRAGMA integrity_check").fetchone() == ("ok",)
"""
SEARCHED = {
    "fts5": "fts5(title, body)",
    "fts5 with options": "fts5(title UNINDEXED, body, tokenize = 'porter ascii', prefix='2 3', detail=column)",
    "fts4": "fts4(title, body, tokenize=porter, notindexed=title)",
    "fts3": "fts3(title TEXT, body TEXT)",
}
KEEPS = """
import sqlite3
def f(path):
    with sqlite3.connect(path) as c:
        c.execute("CREATE VIRTUAL TABLE notes USING @")
        c.execute("CREATE TABLE tags (id INTEGER PRIMARY KEY, name UNIQUE)")
        c.execute("CREATE INDEX of_tags ON tags (name, id)")
        c.execute("CREATE VIEW v AS SELECT count(*) AS n FROM tags")
        c.execute("CREATE TRIGGER add_tag AFTER INSERT ON tags WHEN new.id = 5 BEGIN INSERT INTO tags VALUES (6, 'z'); END")
        c.execute("INSERT INTO tags VALUES (4, 'x')")
        rows = [("A", "the quick fox"), ("B", "a dog"), ("C", "fox fox")]
        c.executemany("INSERT INTO notes VALUES (?, ?)", rows)
        c.execute("DELETE FROM notes WHERE title = 'B'")
def seen(path):
    return sqlite3.connect(path).execute("SELECT count(*) FROM notes WHERE notes MATCH 'fox'").fetchone()[0]
"""


@pytest.mark.parametrize("name", SEARCHED)
def test_tests_search_a_file_by_its_full_text(sandbox, name):
    code = KEEPS.replace("@", SEARCHED[name])
    (outcome,) = checked(sandbox, code, FOUND)
    assert isinstance(outcome, Returned), outcome
    for wrong in ("rows[:2]", "[(a, b + '!') for a, b in rows]"):
        (outcome,) = checked(sandbox, code.replace('?, ?)", rows)', f'?, ?)", {wrong})'), FOUND)
        assert isinstance(outcome, Raised)


HANDED = """
import sqlite3
def test():
    c = sqlite3.connect(":memory:")
    c.execute("CREATE TABLE t (name TEXT)")
    add(c, "Alice")
    assert c.execute("SELECT count(*) FROM t WHERE name = ?", ("Alice",)).fetchone() == (1,)
    assert c.execute("SELECT name FROM t").fetchall() == [("Alice",)]
"""


@pytest.mark.parametrize("name", sqlite_attacks.HANDED)
def test_nothing_set_on_a_connection_of_the_tests_forges_their_rows(sandbox, name):
    first = HANDED.rpartition("    assert")[0]
    found = first.replace("count(*)", "1").replace("== (1,)", "is not None")
    for tests in (HANDED, first, found):
        with contextlib.suppress(SandboxFault):  # a factory that says what was not read
            (outcome,) = checked(sandbox, sqlite_attacks.HANDED[name], tests)
            assert not isinstance(outcome, Returned)


FACTORIES = {
    "tuples": ("c.row_factory = lambda c, row: tuple(row)", "(5, 'Alice')"),
    "lists": ("c.row_factory = lambda c, row: list(row)", "[5, 'Alice']"),
    "dicts": (
        "c.row_factory = lambda c, row: {d[0]: v for d, v in zip(c.description, row)}",
        "{'n': 5, 'name': 'Alice'}",
    ),
    "some columns": ("c.row_factory = lambda c, row: {'n': row[0]}", "{'n': 5}"),
    "one column": ("c.row_factory = lambda c, row: row[0]", "5"),
    "named tuples": (
        "import collections\n    R = collections.namedtuple('R', 'n name')\n"
        "    c.row_factory = lambda c, row: R(*row)",
        "(5, 'Alice')",
    ),
    "Row": (
        "c.row_factory = __import__('sqlite3').Row",
        "row if tuple(row) == (5, 'Alice') else 0",
    ),
    "bytes": ("c.text_factory = bytes", "(5, b'Alice')"),
    "text": ("c.text_factory = lambda data: data.decode('utf-8', 'ignore')", "(5, 'Alice')"),
    "back again": ("c.row_factory = lambda *a: 'x'\n    c.row_factory = None", "(5, 'Alice')"),
}


@pytest.mark.parametrize("name", FACTORIES)
def test_rows_of_a_connection_of_the_tests_take_the_shape_that_a_program_gives_them(sandbox, name):
    given, row = FACTORIES[name]
    tests = (
        "import sqlite3\ndef test():\n    c = sqlite3.connect(':memory:')\n"
        "    c.execute('CREATE TABLE t (n, name)')\n    add(c)\n"
        f"    row = c.execute('SELECT n, name FROM t').fetchone()\n    assert row == {row}\n"
    )
    code = f"def add(c):\n    {given}\n    c.execute(\"INSERT INTO t VALUES (5, 'Alice')\")\n"
    assert isinstance(checked(sandbox, code, tests)[0], Returned)


CALLED = """
import sqlite3
def test():
    c = sqlite3.connect(":memory:")
    seen = []
    def called(name):
        seen.append(name)
        assert name == "Alice"
    add(c, called)
    assert seen
"""


@pytest.mark.parametrize("name", sqlite_attacks.HUSHED)
def test_sqlite_keeps_no_failure_of_a_test_to_itself(sandbox, name):
    code = (
        f"{sqlite_attacks.HUSHED[name]}\n"
        " try: c.execute(\"SELECT cb('x') UNION SELECT 'y'\").fetchall()\n"
        " except Exception: pass\n c.set_progress_handler(None, 0)\n"
    )
    (outcome,) = checked(sandbox, code, CALLED)
    assert isinstance(outcome, Raised)


def test_a_connection_of_the_tests_takes_what_programs_set(sandbox):
    code = (
        "def add(c, name):\n    said = []\n    c.set_trace_callback(said.append)\n"
        "    c.create_collation('back', lambda a, b: (a < b) - (a > b))\n"
        "    c.execute('INSERT INTO t VALUES (?)', (name,))\n"
        "    assert any('INSERT' in text for text in said)\n"
        "    rows = c.execute(\"SELECT * FROM (VALUES ('a'), ('b')) ORDER BY 1 COLLATE back\").fetchall()\n"
        "    assert rows == [('b',), ('a',)]\n"
        "    c.create_aggregate('longest', 1, Longest)\n"
        "    assert c.execute('SELECT longest(name) FROM t').fetchone() == (5,)\n"
        "class Longest:\n    def __init__(self): self.most = 0\n"
        "    def step(self, text): self.most = max(self.most, len(text))\n"
        "    def finalize(self): return self.most\n"
    )
    assert isinstance(checked(sandbox, code, HANDED)[0], Returned)


def test_a_program_that_stores_it_passes(sandbox):
    code = (
        "import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n"
        "    c.executescript('CREATE TABLE t (a); INSERT INTO t VALUES (7)')\n"
    )
    assert isinstance(checked(sandbox, code, ASKED)[0], Returned)


def test_a_file_that_the_setup_laid_out_is_only_read(sandbox):
    setup = "import sqlite3\nsqlite3.connect('a.db').executescript('CREATE TABLE t (a)')\n"
    code = (
        "import sqlite3\ndef f():\n    with sqlite3.connect('a.db') as c:\n"
        "        c.execute('INSERT INTO t VALUES (1)')\n"
    )
    job = CheckJob(code, "f", "f()", setup)
    (outcome,) = sandbox.run(job, Limits(), Deadline()).outcomes
    assert isinstance(outcome, Raised)
    assert outcome.message == "attempt to write a readonly database"
