"""Python's ``sqlite3`` in a cage: databases in memory, whose files are in the tree of ``files``.

Each connection has a database of its own in memory. What it commits becomes the content of its
file, and before a statement outside a transaction it takes what others have committed: so two
connections, and two cages, see the same data, and the tests find, size and remove the file.

That no file of the machine is opened is the kernel's doing; what is refused here says so early.
The tests' cage reads a file that the candidate may have made as SQLite advises for such files:
checked first, with nothing in its schema that is trusted, and with its tables for full-text search
made anew.

Source: "Defense Against The Dark Arts", SQLite's documentation.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
import sqlite3.dbapi2
import sys
import zlib
from functools import partial
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from weakref import WeakKeyDictionary

import _touchstone_files as files  # type: ignore[import-not-found]
import _touchstone_library as library  # type: ignore[import-not-found]
import _touchstone_natives as natives  # type: ignore[import-not-found]

# What reaches further than the database, whoever asks for it.
FUNCTIONS = frozenset(("fts3_tokenizer", "load_extension"))
_PRAGMAS = frozenset(("data_store_directory", "temp_store_directory", "writable_schema"))
_IN_MEMORY = ("", ":memory:")
_READING = ("select", "values", "explain")
# How SQLite begins what it keeps of a definition, but for those of virtual tables.
_PLAIN = tuple(f"CREATE {what} " for what in ("TABLE", "INDEX", "UNIQUE INDEX", "VIEW", "TRIGGER"))
_VIRTUAL = "CREATE VIRTUAL TABLE "
# E.g. `CREATE VIRTUAL TABLE notes USING fts5(title, body)`, `... TABLE "my notes" USING fts4()`
_NAME = r"""(?:[^\W\d]\w*|"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\])"""
_SEARCHED = re.compile(
    rf"CREATE VIRTUAL TABLE {_NAME}\s+USING\s+(fts[345])\s*\((.*)\)\s*", re.DOTALL | re.IGNORECASE
)
# Of options those that say where rows lie, or how. E.g. `content=''`, `"compress" = zip`
_ELSEWHERE = re.compile(r"(?:content|compress|languageid)\w*[\"'`\]]*\s*=", re.IGNORECASE)
_PARTS = {
    "fts5": ("config", "content", "data", "docsize", "idx"),
    **dict.fromkeys(("fts3", "fts4"), ("content", "docsize", "segdir", "segments", "stat")),
}
# Settings that hold statements back; SQLite's numbers for them.
_DEFENSIVE = 1010
_HOLDING = frozenset((1004, 1005, _DEFENSIVE, 1011, 1017))
# What a connection is made with, beside the name, in order.
_OPTIONS = (
    "timeout", "detect_types", "isolation_level", "check_same_thread", "factory",
    "cached_statements", "uri",
)  # fmt: skip
_BASE: Any = sqlite3.Connection
_BASE_CURSOR: Any = sqlite3.Cursor
_SAYS = {
    errno.EACCES: "attempt to write a readonly database",
    errno.EBUSY: "database is locked",
    errno.ENOENT: "attempt to write a readonly database",  # it was removed
    errno.ENOSPC: "database or disk is full",
}


def _authorize(action: int, first: str | None, second: str | None, *_where: str | None) -> int:
    """Answers SQLite whether a statement may do something."""
    refused = False
    if action == sqlite3.SQLITE_ATTACH:
        refused = first not in _IN_MEMORY
    elif action == sqlite3.SQLITE_PRAGMA:
        refused = (first or "").lower() in _PRAGMAS
    elif action == sqlite3.SQLITE_FUNCTION:
        refused = (second or "").lower() in FUNCTIONS
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


class _Disk:
    """Where the files of this cage's databases lie."""

    def __init__(self) -> None:
        self._own = files.Tree()
        self.files = files.Files(self._own.do, turn=lambda: None)
        self._written = 0

    def take(self, shared: Any) -> None:
        """Moves to the tree that the tests and the candidate share, with what there is."""
        self.files = shared
        for path, data in self._own.held().items():
            with contextlib.suppress(OSError):
                self._add(path, zlib.compress(data))
        for place in _PLACES.values():
            place.version, place.moment = "", None

    def moment(self) -> Any:
        """Returns what stays the same while no file can have changed."""
        return self.files.turn(), self._written

    def opened(self, name: str, mode: str) -> _Place:
        """Finds a file, or makes it.

        Raises:
            OSError: There is none and it may not be made, or it is a folder.
        """
        if not name.startswith("/"):
            name = f"{self.files.ask('where')}/{name}"
        place = _Place(os.path.normpath(name), fixed=mode == "ro")
        try:
            place.version, place.data = self.read(place.path)
        except FileNotFoundError:
            if mode in ("ro", "rw"):
                raise
            place.version = self._add(place.path, zlib.compress(b""))
        return place

    def read(self, path: str) -> tuple[str, bytes]:
        """Returns the version of a file, and what it holds."""
        version, packed = self.files.ask("stored", path)
        return version, zlib.decompress(packed)

    def changed(self, place: _Place) -> tuple[str, bytes] | None:
        """Reads a file that is not what it was; whoever has a removed one open keeps it."""
        try:
            if str(self.files.ask("status", place.path)[2]) != place.version:
                return self.read(place.path)
        except OSError:
            pass
        return None

    def write(self, place: _Place, data: bytes) -> None:
        """Writes a file, where it still is what was read."""
        if place.fixed:
            raise PermissionError(errno.EACCES, "")
        packed = zlib.compress(data, 1)
        place.version = self.files.ask("store", place.path, place.version, packed)
        place.data = data
        self._written += 1

    def _add(self, path: str, packed: bytes) -> str:
        return self.files.ask("store", path, "", packed)


class _Place:
    """What a connection knows of its file.

    Attributes:
        path: Of the file, absolute.
        fixed: It is only read.
        version: Of its content, as it was last read or written here.
        data: That content.
        moment: When it was last looked at.
        changed: A statement may have changed the database since it was last written.
    """

    def __init__(self, path: str, *, fixed: bool) -> None:
        self.path, self.fixed = path, fixed
        self.version, self.data = "", b""
        self.moment: Any = None
        self.changed = False


_PLACES: WeakKeyDictionary[Any, _Place] = WeakKeyDictionary()
_DISK = _Disk()


def _content(connection: Any) -> bytes:
    try:
        return _BASE.serialize(connection)
    except sqlite3.OperationalError:  # of one that holds nothing yet
        return b""


def _fill(connection: Any, data: bytes) -> bytes | None:
    """Has a database hold ``data``; returns what it holds, none where it is still being read.

    By way of another one: ``deserialize`` would take the ground from under such a statement.
    """
    source = _BASE(":memory:")
    try:
        if data:
            _BASE.deserialize(source, data)
            if _DISK.files.own and _mistrust(source):
                data = _searchable(source)
        _BASE.backup(source, connection)
    except sqlite3.OperationalError as exc:
        if "in use" not in str(exc):
            raise
        return None
    finally:
        source.close()
    return data


def _mistrust(database: Any) -> bool:
    """Refuses what the other side cannot have meant, before anything else is asked of it.

    Returns:
        Whether it has virtual tables, whose code reads what a candidate can forge.

    Raises:
        sqlite3.DatabaseError: It is damaged.
    """
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON"):
        _BASE.execute(database, f"PRAGMA {pragma}")
    virtual = False
    for (made,) in _BASE.execute(database, "SELECT sql FROM sqlite_master"):
        virtual = virtual or str(made).startswith(_VIRTUAL)
        if made is not None and not str(made).startswith((*_PLAIN, _VIRTUAL)):
            raise sqlite3.DatabaseError("malformed database schema")  # not SQLite's own writing
    if _BASE.execute(database, "PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("database disk image is malformed")
    return virtual


def _searchable(database: Any) -> bytes:
    """Makes the tables for full-text search anew, from what their content says; returns all.

    So the tests' cage reads no index that the other side has written: of each such table only
    the rows, which lie in a table as any other.

    Raises:
        Refusal: There is a virtual table whose rows do not lie so.
    """
    run = partial(_BASE.execute, database)
    tables = dict(run("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    made = {name: text for name, text in tables.items() if text.startswith(_VIRTUAL)}
    rows: dict[str, list[Any]] = {}
    shadows: list[str] = []
    for name, text in made.items():
        shape, content = _SEARCHED.fullmatch(text), f"{name}_content"
        plain = tables.get(content, _VIRTUAL).startswith("CREATE TABLE ")
        if shape is None or _ELSEWHERE.search(shape[2]) or not plain:
            raise natives.Refusal("virtual tables of the program's, read by the tests")
        rows[name] = run(f"SELECT * FROM {_quoted(content)}").fetchall()  # noqa: S608
        shadows += [name, *(f"{name}_{part}" for part in _PARTS[shape[1].lower()])]
    run("PRAGMA writable_schema = ON")
    for name in shadows:
        run("DELETE FROM sqlite_master WHERE tbl_name = ?", (name,))
    _BASE.commit(database)
    _BASE.deserialize(database, _content(database))  # which knows them no longer
    run("PRAGMA trusted_schema = OFF")
    run("VACUUM")
    for name, text in made.items():
        run(text)
        columns = ["rowid", *(column[1] for column in run(f"PRAGMA table_info({_quoted(name)})"))]
        into = f"{_quoted(name)} ({', '.join(map(_quoted, columns))})"
        places = ",".join("?" * len(columns))
        _BASE.executemany(database, f"INSERT INTO {into} VALUES ({places})", rows[name])  # noqa: S608
    _BASE.commit(database)
    return _content(database)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _is_engaged(connection: Any, place: _Place) -> bool:
    """Whether a transaction is under way in which something was or may be done."""
    always = getattr(connection, "autocommit", None) is False  # one is open all the time
    return connection.in_transaction and (place.changed or not always)


def _begin(connection: Any) -> None:
    """Takes what others have committed, before a statement that begins a transaction."""
    place = _PLACES.get(connection)
    if place is None or _is_engaged(connection, place):
        return
    moment = _DISK.moment()
    if place.moment == moment:
        return
    if (read := _DISK.changed(place)) is not None:
        held = _fill(connection, read[1])
        if held is None:
            return  # what a statement is still reading stays as it was
        place.version, place.data = read[0], held
    place.moment = moment


def _end(connection: Any, *, committed: bool = False) -> None:
    """Has a file hold what was committed to its database.

    Raises:
        sqlite3.OperationalError: It cannot be written, or was changed by another meanwhile.
    """
    place = _PLACES.get(connection)
    if place is None or (connection.in_transaction and not committed):
        return
    place.changed = False
    data = _content(connection)
    if connection.in_transaction:  # the next one, which must not begin before it is asked for
        _BASE.rollback(connection)
    if data == place.data:
        return
    try:
        _DISK.write(place, data)
        place.moment = _DISK.moment()
    except (OSError, ValueError) as exc:  # or it is too large to cross
        place.moment, place.version = None, ""
        number = exc.errno if isinstance(exc, OSError) else errno.ENOSPC
        said = _SAYS.get(number or 0, "disk I/O error")
        raise sqlite3.OperationalError(said) from None


def _run(cursor: Any, how: Any, statement: Any, *rest: Any) -> Any:
    """Runs a statement that sees the file as it is, and leaves it as it is then."""
    connection = cursor.connection
    _begin(connection)
    place = _PLACES.get(connection)
    try:
        return how(cursor, statement, *rest)
    finally:
        reads = type(statement) is str and statement.lstrip().lower().startswith(_READING)
        if place is not None and not reads:
            place.changed = True
            _end(connection)


class Cursor(sqlite3.Cursor):
    """A cursor whose statements see and leave the file as it is."""

    def execute(self, sql: Any, parameters: Any = (), /) -> Any:
        """Runs a statement."""
        return _run(self, _BASE_CURSOR.execute, sql, parameters)

    def executemany(self, sql: Any, seq_of_parameters: Any, /) -> Any:
        """Runs a statement for each of several parameters."""
        return _run(self, _BASE_CURSOR.executemany, sql, seq_of_parameters)

    def executescript(self, sql_script: Any, /) -> Any:
        """Runs statements, after what is open has been committed."""
        own = self.connection
        if own.in_transaction and getattr(own, "autocommit", -1) == -1:
            own.commit()
        return _run(self, _BASE_CURSOR.executescript, sql_script)


class Connection(sqlite3.Connection):
    """A connection to a database in memory, whose file is in the cage's tree."""

    def __init__(self, database: Any, *args: Any, **kwargs: Any) -> None:
        options = dict(zip(_OPTIONS, args, strict=False)) | kwargs
        options.pop("factory", None)
        name, place = _found(database, options.get("uri", False))
        _BASE.__init__(self, name, **options | {"uri": name.startswith("file:")})
        _BASE.execute(self, "PRAGMA temp_store = MEMORY")
        _BASE.set_authorizer(self, _authorize)
        if _DISK.files.own:
            _BASE.execute(self, "PRAGMA trusted_schema = OFF")
        if place is not None:
            place.data = _fill(self, place.data) or b""
            _PLACES[self] = place

    def cursor(self, factory: Any = Cursor) -> Any:
        """Makes a cursor."""
        return _BASE.cursor(self, factory)

    def execute(self, sql: Any, parameters: Any = (), /) -> Any:
        """Runs a statement by a new cursor."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: Any, parameters: Any, /) -> Any:
        """Runs a statement for each of several parameters by a new cursor."""
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql_script: Any, /) -> Any:
        """Runs statements by a new cursor."""
        return self.cursor().executescript(sql_script)

    def commit(self) -> None:
        """Ends a transaction, whose changes others see from now on."""
        _BASE.commit(self)
        _end(self, committed=True)

    def rollback(self) -> None:
        """Ends a transaction, of which nothing is left."""
        _BASE.rollback(self)
        if self in _PLACES:
            _PLACES[self].changed = False

    def close(self) -> None:
        """Closes the connection; what was not committed is lost."""
        _PLACES.pop(self, None)
        _BASE.close(self)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        """Commits, or rolls back after an exception."""
        result = _BASE.__exit__(self, kind, error, trace)
        _end(self, committed=error is None)
        return result

    def set_authorizer(self, authorizer_callback: Any) -> None:
        """Has a function say what statements may do, beside what none may."""

        def both(*about: Any) -> Any:
            return _authorize(*about) or authorizer_callback(*about)

        _BASE.set_authorizer(self, both if authorizer_callback else _authorize)

    if hasattr(sqlite3.Connection, "setconfig"):

        def setconfig(self, op: int, enable: bool = True, /) -> None:
            """Changes how the database is used, but for what holds statements back."""
            if op in _HOLDING and enable != (op == _DEFENSIVE):
                raise sqlite3.OperationalError("not authorized")
            _BASE.setconfig(self, op, enable)

    def backup(self, target: Any, **options: Any) -> None:
        """Copies the database into another one."""
        _begin(self)
        _BASE.backup(self, target, **options)
        _end(target)

    def serialize(self, **options: Any) -> bytes:
        """Returns the database as the bytes of a file."""
        _begin(self)
        return _BASE.serialize(self, **options)

    def deserialize(self, data: Any, /, **_options: Any) -> None:
        """Has the database be that of the bytes of a file."""
        _fill(self, bytes(data))
        _end(self)


def _found(database: Any, uri: bool) -> tuple[str, _Place | None]:
    """Returns what SQLite is to open, and the file that it stands for.

    Raises:
        sqlite3.OperationalError: There is no such file, or no folder for it.
    """
    name, mode = os.fsdecode(database), ""
    if uri and name.startswith("file:"):
        parts = urlsplit(name)
        asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        name, mode = unquote(parts.path), asked.get("mode", "")
        if mode == "memory" or name == ":memory:":
            shared = "&cache=shared" if asked.get("cache") == "shared" else ""
            return f"file:{quote(name, safe=':')}?mode=memory{shared}", None
    if name in _IN_MEMORY:
        return ":memory:", None
    try:
        return ":memory:", _DISK.opened(name, mode)
    except (OSError, ValueError):
        raise sqlite3.OperationalError("unable to open database file") from None


def connect(*args: Any, **kwargs: Any) -> Any:
    """Opens a database, as :func:`sqlite3.connect` does."""
    given = kwargs.get("factory") or dict(zip(_OPTIONS, args[1:], strict=False)).get("factory")
    return (given or Connection)(*args, **kwargs)


def offer() -> None:
    """Lets candidates import ``sqlite3``, for cages in which the kernel denies every file."""
    for kind in (Connection, Cursor):
        kind.__module__, kind.__qualname__ = "sqlite3", kind.__name__
    for module in (sqlite3, sqlite3.dbapi2):
        # A copy: a view of memory would not cross to a connection of the other side.
        vars(module).update(Connection=Connection, Cursor=Cursor, Binary=bytes, connect=connect)
        sys.modules[module.__name__] = module
    del library.REFUSED["sqlite3"]
    natives.allow("sqlite3.connect", "sqlite3.connect/handle")
    files.on_install.append(_DISK.take)
