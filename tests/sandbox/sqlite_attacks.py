# ruff: noqa: E501
"""Hostile programs that go by way of ``sqlite3``: 4242 means that one has won.

``@BASE@`` becomes a database whose content must not be read.
"""

HEAD = (
    "import os, sqlite3, sys\n"
    "base = type(sqlite3.connect(':memory:')).__mro__[-2]\n"
    "def conn(): return sqlite3.connect(':memory:')\n"
    "def tried(do):\n"
    "    try: return do()\n"
    "    except (sqlite3.Error, OSError, AttributeError, TypeError, ValueError, ImportError): return 0\n"
)
# What opens a file of the machine by its name, however it is asked: to read it, then to make it.
OPENS = {
    "connect": "return sqlite3.connect(path)",
    "the class itself": "return base(path)",
    "a connection's type": "return type(conn())(path)",
    "begin again": "made = conn()\n    base.__init__(made, path)\n    return made",
    "a URI": "return base('file:' + path, uri=True)",
    "a URI of no lock": "return base('file:' + path + '?vfs=unix-none&immutable=1', uri=True)",
    "a URI of a lock by a folder": "return base('file:' + path + '?vfs=unix-dotfile', uri=True)",
    "attach": "made = conn()\n    made.execute('ATTACH ? AS other', (path,))\n    return made",
    "attach unwatched": "made = conn()\n    base.set_authorizer(made, None)\n    made.execute('ATTACH ? AS other', (path,))\n    return made",
    "a subclass": "class Own(base): pass\n    return sqlite3.connect(path, factory=Own)",
    "a crawl": "found = [c for c in object.__subclasses__() if c.__name__ == 'Connection']\n    return found[0](path)",
    "_sqlite3": "return __import__('_sqlite3').connect(path)",
    "dbapi2": "import sqlite3.dbapi2\n    return sqlite3.dbapi2.connect(path)",
    "the module anew": "for name in [n for n in sys.modules if n.startswith('sqlite3')]: del sys.modules[name]\n    import sqlite3 as anew\n    return anew.connect(path)",
    "a copy of a backup": "made = base(path)\n    conn().backup(made)\n    return made",
}
WRITES = {
    "vacuum into": "made = conn()\n    made.execute('CREATE TABLE t (a)')\n    made.execute('VACUUM INTO ?', (path,))",
    "vacuum into unwatched": "made = conn()\n    base.set_authorizer(made, None)\n    made.execute('CREATE TABLE t (a)')\n    made.execute('VACUUM INTO ?', (path,))",
    "backup": "made = conn()\n    made.execute('CREATE TABLE t (a)')\n    made.backup(base(path))",
    "temp store": "made = conn()\n    base.set_authorizer(made, None)\n    made.execute(f\"PRAGMA temp_store_directory = '{os.path.dirname(path)}'\")\n    made.execute('PRAGMA temp_store = FILE')\n    made.execute('CREATE TEMP TABLE t AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 99999) SELECT x, randomblob(50) FROM c')",
    "journal": "made = base(path)\n    made.execute('PRAGMA journal_mode = WAL')\n    made.execute('CREATE TABLE t (a)')",
    "trace": "made = conn()\n    made.set_trace_callback(lambda text: open(path, 'w'))\n    made.execute('SELECT 1')",
    "function": "made = conn()\n    made.create_function('f', 0, lambda: open(path, 'w'))\n    made.execute('SELECT f()').fetchall()",
    "row factory": "made = conn()\n    made.row_factory = lambda c, row: open(path, 'w')\n    made.execute('SELECT 1').fetchall()",
    "adapter": "class A: pass\n    sqlite3.register_adapter(A, lambda a: open(path, 'w'))\n    conn().execute('SELECT ?', (A(),))",
    "converter": "sqlite3.register_converter('a', lambda b: open(path, 'w'))\n    made = sqlite3.connect(':memory:', detect_types=sqlite3.PARSE_COLNAMES)\n    made.execute('SELECT 1 AS \"b [a]\"').fetchall()",
}
LOSES = {
    "extensions": "conn().enable_load_extension(True)",
    "extensions of the class": "base.enable_load_extension(conn(), True)",
    "extension": "conn().load_extension('libc.so.6')",
    "extension by statement": "made = conn()\n    base.set_authorizer(made, None)\n    made.execute(\"SELECT load_extension('libc.so.6')\")",
    "readfile": "conn().execute(\"SELECT readfile('@BASE@')\")",
    "writefile": "conn().execute(\"SELECT writefile('@FILE@', 'x')\")",
    "fsdir": "conn().execute(\"SELECT * FROM fsdir('/')\")",
    "csv": "conn().execute(\"CREATE VIRTUAL TABLE temp.t USING csv(filename='@BASE@')\").execute('SELECT * FROM t')",
    "edit": "conn().execute(\"SELECT edit('x', 'touch @FILE@')\")",
    "the tokenizers": "conn().execute(\"SELECT fts3_tokenizer('simple')\")",
    "a directory of temporary files": "conn().execute(\"PRAGMA temp_store_directory = '/'\")",
}
# What takes too much, or ends its process: it costs only itself.
LASTS = {
    "endless rows": "conn().execute('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c')",
    "a huge blob": "conn().execute('SELECT zeroblob(999999999)').fetchall()",
    "many blobs": "made = conn()\n    made.execute('CREATE TABLE t (a)')\n    made.execute('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) INSERT INTO t SELECT randomblob(99999) FROM c')",
    "many connections": "[sqlite3.connect(':memory:').execute('CREATE TABLE t (a)') for _ in range(10**6)]",
    "a big file": "made = sqlite3.connect('a.db')\n    made.execute('CREATE TABLE t (a)')\n    for _ in range(999): made.execute('INSERT INTO t VALUES (zeroblob(999999))'); made.commit()",
    "many files": "for n in range(10**6): sqlite3.connect(f'{n}.db').execute('CREATE TABLE t (a)')",
    "a function that exits": "made = conn()\n    made.create_function('f', 0, lambda: os._exit(0))\n    made.execute('SELECT f()').fetchall()",
    "a function that raises": "def f(): raise SystemExit(0)\n    made = conn()\n    made.create_function('f', 0, f)\n    made.execute('SELECT f()').fetchall()",
    "a progress handler": "made = conn()\n    made.set_progress_handler(lambda: 0, 1)\n    made.execute('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c').fetchall()",
    "a function within itself": "made = conn()\n    made.create_function('f', 0, lambda: made.execute('SELECT f()').fetchall())\n    made.execute('SELECT f()').fetchall()",
    "the ground taken from under it": "made = conn()\n    made.executescript('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)')\n    data = made.serialize()\n    rows = made.execute('SELECT a FROM t')\n    next(rows)\n    base.deserialize(made, data)\n    list(rows)",
    "damaged bytes": "made = conn()\n    made.execute('CREATE TABLE t (a)')\n    data = bytearray(made.serialize())\n    data[100:] = os.urandom(len(data) - 100)\n    made.deserialize(data)\n    made.execute('SELECT * FROM t').fetchall()",
    "a blob handle": "made = conn()\n    made.executescript('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9))')\n    blob = made.blobopen('t', 'a', 1)\n    made.close()\n    blob[0:9]",
    "a forged tokenizer": "made = conn()\n    base.set_authorizer(made, None)\n    made.execute(\"SELECT fts3_tokenizer('simple', x'4141414141414141')\")\n    made.execute('CREATE VIRTUAL TABLE t USING fts3(a)')",
    "poison": "sqlite3.connect = sqlite3.Connection = None\n    base = sys.modules['sqlite3'] = None",
}
SECRET = "names = [row[1] for row in made.execute('PRAGMA database_list')]\n    return str([made.execute(f'SELECT * FROM {n}.sqlite_master').fetchall() for n in names])"
CALLS = {
    **{
        f"reads by {n}": f"{HEAD}def opened(path):\n    {c}\ndef seen():\n    made = opened('@BASE@')\n    {SECRET}\ndef f(x): return tried(seen)\n"
        for n, c in OPENS.items()
    },
    **{
        f"makes by {n}": f"{HEAD}def opened(path):\n    {c}\ndef f(x): return tried(lambda: opened('@FILE@').execute('CREATE TABLE other.t (a)') and 0) or tried(lambda: opened('@FILE@').execute('CREATE TABLE t (a)') and 0)\n"
        for n, c in OPENS.items()
    },
    **{
        f"writes by {n}": f"{HEAD}def written(path):\n    {c}\ndef f(x): return tried(lambda: written('@FILE@'))\n"
        for n, c in WRITES.items()
    },
    **{
        f"wins by {n}": f"{HEAD}def won():\n    {c}\n    return 4242\ndef f(x): return tried(won)\n"
        for n, c in LOSES.items()
    },
    **{f"lasts by {n}": f"{HEAD}def f(x):\n    {c}\n    return 0\n" for n, c in LASTS.items()},
    "the next one's data": f"{HEAD}def f(x):\n    made = sqlite3.connect('kept.db')\n    made.execute('CREATE TABLE IF NOT EXISTS t (a)')\n    made.execute('INSERT INTO t VALUES (1)')\n    made.commit()\n    shared = sqlite3.connect('file:kept?mode=memory&cache=shared', uri=True)\n    shared.execute('CREATE TABLE IF NOT EXISTS t (a)')\n    return 4242 if x == 1 and made.execute('SELECT count(*) FROM t').fetchone() != (1,) else 0\n",
}

# Against tests that look into the file themselves: none has stored what was asked for.
LIE = "class Lie:\n    def __getattr__(self, name): return lambda *a, **k: self\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n    __hash__ = lambda s: 1\n    __len__ = lambda s: 1\n    __getitem__ = lambda s, k: s\n    __iter__ = lambda s: iter([s])\n"
CHECKED = {
    "connect that lies": f"import sqlite3\n{LIE}sqlite3.connect = lambda *a, **k: Lie()\ndef f(path): pass\n",
    "classes that lie": f"import sqlite3\n{LIE}sqlite3.Connection = sqlite3.Cursor = Lie\ndef f(path): pass\n",
    "a method that lies": f"import sqlite3\n{LIE}sqlite3.Cursor.execute = lambda *a: Lie()\ndef f(path): sqlite3.connect(path)\n",
    "adapters that lie": f"import sqlite3\n{LIE}sqlite3.register_converter('int', lambda b: Lie())\ndef f(path): sqlite3.connect(path)\n",
    "not committed": "import sqlite3\nkept = []\ndef f(path):\n    c = sqlite3.connect(path)\n    c.execute('CREATE TABLE t (a)')\n    c.execute('INSERT INTO t VALUES (7)')\n    kept.append(c)\n",
    "a file of text": "def f(path):\n    import sqlite3\n    open(path, 'w').write('SQLite format 3')\n",
    "a damaged file": "import sqlite3, random\ndef f(path):\n    c = sqlite3.connect(path)\n    c.executescript('CREATE TABLE t (a); INSERT INTO t VALUES (7)')\n    data = bytearray(open(path, 'rb').read())\n    data[4096:] = random.randbytes(4096)\n    open(path, 'wb').write(data)\n",
    "a view that never ends": "import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n    c.execute('CREATE VIEW t AS WITH RECURSIVE c(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM c) SELECT max(a) AS a FROM c')\n",
    "a view of pointers": "import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n    type(c).__mro__[-2].set_authorizer(c, None)\n    c.execute(\"CREATE VIEW t AS SELECT fts3_tokenizer('simple', x'4141414141414141') AS a\")\n",
    "a schema that SQLite would not write": "import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n    type(c).__mro__[-2].set_authorizer(c, None)\n    c.executescript(\"CREATE TABLE t (a); INSERT INTO t VALUES (7); PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'create table t (a)'\")\n    c.commit()\n",
    "a virtual table of another kind": "import sqlite3\ndef f(path):\n    sqlite3.connect(path).executescript('CREATE VIRTUAL TABLE t USING rtree(a, b, c); INSERT INTO t VALUES (7, 1, 2)')\n",
    "a virtual table whose content is elsewhere": "import sqlite3\ndef f(path):\n    sqlite3.connect(path).executescript(\"CREATE TABLE s (a); INSERT INTO s VALUES (7); CREATE VIRTUAL TABLE t USING fts5(a, content='s')\")\n",
    "a virtual table without content": "import sqlite3\ndef f(path):\n    sqlite3.connect(path).executescript(\"CREATE VIRTUAL TABLE t USING fts5(a, content=''); INSERT INTO t VALUES (7)\")\n",
    "a virtual table of no content, quoted": "import sqlite3\ndef f(path):\n    sqlite3.connect(path).executescript('CREATE VIRTUAL TABLE t USING fts5(a, \"content\"=[]); INSERT INTO t VALUES (7)')\n",
    "an index of what is not there": "import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n    c.setconfig(1010, False) if hasattr(c, 'setconfig') else 0\n    c.executescript('CREATE VIRTUAL TABLE t USING fts4(a); INSERT INTO t VALUES (7); DELETE FROM t_content')\n",
    "a damaged index": 'import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n    c.executescript("CREATE VIRTUAL TABLE t USING fts4(a); INSERT INTO t VALUES (8); UPDATE t_segdir SET root = zeroblob(900)")\n',
    "a content of other columns": "import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n    c.executescript(\"CREATE VIRTUAL TABLE t USING fts4(a); INSERT INTO t VALUES (8); PRAGMA writable_schema = ON\")\n    type(c).__mro__[-2].set_authorizer(c, None)\n    c.executescript(\"PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE TABLE t_content (docid INTEGER PRIMARY KEY)' WHERE name = 't_content'\")\n    c.commit()\n",
    "a content that is a view": "import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n    type(c).__mro__[-2].set_authorizer(c, None)\n    c.executescript(\"CREATE VIRTUAL TABLE t USING fts4(a); PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 't_content'\")\n    c.commit()\n    c.execute('CREATE VIEW t_content AS WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT a, a FROM n')\n    c.commit()\n",
    "a virtual table without its content": "import sqlite3\ndef f(path):\n    c = sqlite3.connect(path)\n    type(c).__mro__[-2].set_authorizer(c, None)\n    c.executescript(\"CREATE VIRTUAL TABLE t USING fts4(a); PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 't_content'\")\n    c.commit()\n",
}

# Against tests that hand over a connection and look into it themselves.
ADDS = "\n c.execute(\"INSERT INTO t (name) VALUES ('x')\")"
HANDED = {
    "a collation by which all is equal": f"def add(c, name):\n c.create_collation('BINARY', lambda a, b: 0){ADDS}\n",
    "a table of such a collation": f"def add(c, name):\n c.create_collation('any', lambda a, b: 0)\n c.execute('CREATE TEMP TABLE t (name TEXT COLLATE any)'){ADDS}\n",
    "what is asked, by a trace": "def add(c, name):\n def traced(text):\n  if 'WHERE' in text: c.execute('INSERT INTO t (name) VALUES (?)', (text.split(\"'\")[1],))\n c.set_trace_callback(traced)\n",
    "a count of its own": f"def add(c, name):\n c.create_function('count', 0, lambda: 1){ADDS}\n",
    "a method of its own": f"{LIE}def add(c, name):\n c.execute = lambda *a: Lie()\n",
    "a method of a cursor's": f"{LIE}def add(c, name):\n c.cursor = lambda *a: Lie()\n",
    "rows that lie": f"{LIE}def add(c, name):\n c.row_factory = lambda *a: Lie(){ADDS}\n",
    "text that lies": f"{LIE}def add(c, name):\n c.text_factory = lambda b: Lie(){ADDS}\n",
    "rows that are told": f"def add(c, name):\n c.row_factory = lambda *a: (name,){ADDS}\n",
    "rows of one column": f"def add(c, name):\n c.row_factory = lambda c, row: (1,) if c.description[0][0] == 'count(*)' else (name,){ADDS}\n",
    "rows of a class": f"import collections\nR = collections.namedtuple('R', 'name')\ndef add(c, name):\n c.row_factory = lambda *a: R(name){ADDS}\n",
    "a class that is a row": f"class R(tuple):\n def __new__(kind, cursor, row): return tuple.__new__(kind, ('Alice',))\ndef add(c, name):\n c.row_factory = R{ADDS}\n",
    "rows made by a generator": f"def add(c, name):\n def made(*a): yield name\n c.row_factory = made{ADDS}\n",
    "text that is told": f"def add(c, name):\n c.text_factory = lambda data: name{ADDS}\n",
    "text of a class": f"class S(str): pass\ndef add(c, name):\n c.text_factory = lambda data: S(name){ADDS}\n",
    "a cursor's rows": f"def add(c, name):\n r = c.row_factory\n c.row_factory = lambda *a: (name,)\n c.row_factory = c.row_factory{ADDS}\n",
    "columns that are ignored": f"def add(c, name):{ADDS}\n c.set_authorizer(lambda *a: 2)\n",
    "the forged tokenizers": "def add(c, name):\n c.set_authorizer(None)\n c.execute(\"SELECT fts3_tokenizer('simple', x'4141414141414141')\")\n",
}
# What hides from a test that its callback, which refuses all but Alice, has failed.
HUSHED = {
    "a function": "def add(c, cb):\n c.create_function('cb', 1, cb)",
    "a function of its own": "def add(c, cb):\n c.create_function('cb', 1, lambda v: cb(v))",
    "an aggregate": "class A:\n def __init__(self): pass\n def step(self, v): self.cb(v)\n def finalize(self): return 1\ndef add(c, cb):\n A.cb = staticmethod(cb)\n c.create_aggregate('cb', 1, A)",
    "a trace": "def add(c, cb):\n c.create_function('cb', 1, str)\n c.set_trace_callback(cb)",
    "a progress handler": "def add(c, cb):\n c.create_function('cb', 1, str)\n c.set_progress_handler(lambda: cb('x'), 1)",
    "a collation": "def add(c, cb):\n c.create_function('cb', 1, str)\n c.create_collation('BINARY', lambda a, b: cb(a))",
}
