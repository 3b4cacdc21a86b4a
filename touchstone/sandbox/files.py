"""Files in memory, which the tests and the candidate share: a cage has no others.

The tree lives in the tests' cage; the candidate's asks for every step. What opens, lists and makes
files in Python's own library works on it.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import stat
import zlib
from collections.abc import Callable
from typing import Any

from _touchstone_natives import Refusal  # type: ignore[import-not-found]

# Folders of a real machine, in which no program is asked to write.
_SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/opt", "/proc", "/run", "/sbin", "/sys", "/usr", "/var")
MAX_BYTES = 32_000_000
FIRST_DESCRIPTOR = 100
STEP = "file"  # what the candidate's side asks of the tests'
_ROOTS = ("/", "/tmp")  # noqa: S108
# Told of the files that take the place of those that a cage refuses.
on_install: list[Callable[[Any], None]] = []
Do = Callable[..., tuple[int, Any]]


class Tree:
    """Folders and files by their absolute path; every step returns an error number and a value."""

    def __init__(self) -> None:
        self.folder = "/"
        self._files: dict[str, bytes] = {}
        self._folders: set[str] = set(_ROOTS)
        self._times: dict[str, float] = {}
        self._kept: frozenset[str] = frozenset()
        self._their_folder = ""
        self._now = 1_700_000_000.0

    def do(self, step: str, *arguments: Any) -> tuple[int, Any]:
        """Does one step by its name."""
        if step not in _STEPS or not all(type(a) in (str, bytes) for a in arguments):
            return errno.EINVAL, None
        try:
            return 0, getattr(self, step)(*arguments)
        except OSError as exc:
            return exc.errno or errno.EIO, None

    def add_folder(self, path: str) -> None:
        """Takes in a folder of the machine's."""
        self._folders.add(path)

    def add_file(self, path: str, data: bytes) -> None:
        """Takes in a file of the machine's."""
        self._files[path] = data
        self._times[path] = self._now

    def held(self) -> dict[str, bytes]:
        """Returns what every file holds."""
        return dict(self._files)

    def has(self, path: Any) -> bool:
        """Whether a full path is here."""
        return path in self._files or (path in self._folders and path not in _ROOTS)

    def keep(self, theirs: dict[str, bytes]) -> None:
        """Has the files that are there now stay as they are, whatever the candidate does.

        Args:
            theirs: What it made when it was loaded, which stays its own.
        """
        self._kept = frozenset(self._files.keys() - theirs.keys())

    def do_theirs(self, step: str, *arguments: Any) -> tuple[int, Any]:
        """Does one step of the candidate's.

        Where files are kept, a folder that it enters is its own: relative paths of the tests
        must not lead to files that it made.
        """
        own, self.folder = self.folder, self._their_folder or self.folder
        try:
            return self._done_theirs(step, *arguments)
        finally:
            if step == "enter":
                self._their_folder = self.folder if self._kept else ""
            if self._kept or step != "enter":
                self.folder = own

    def _done_theirs(self, step: str, *arguments: Any) -> tuple[int, Any]:
        if step in ("write", "store", "unlink", "move") and self._kept:
            paths = (self._path(str(path)) for path in arguments[: 1 + (step == "move")])
            folders = tuple(f"{path.rstrip('/')}/" for path in paths)
            if any(f"{kept}/".startswith(folders) for kept in self._kept):
                return errno.EACCES, None
        return self.do(step, *arguments)

    def _path(self, path: str) -> str:
        if not path or "\0" in path:
            raise OSError(errno.ENOENT, "")
        return os.path.normpath(os.path.join(self.folder, path)).replace("//", "/")  # noqa: PTH118

    def _parent(self, path: str) -> str:
        parent = os.path.dirname(path)  # noqa: PTH120
        if parent not in self._folders:
            raise OSError(errno.ENOTDIR if parent in self._files else errno.ENOENT, "")
        return parent

    def status(self, path: str) -> tuple[bool, int, float]:
        """Returns whether it is a folder, its size and when it was changed."""
        found = self._path(path)
        if found in self._folders:
            return True, 4096, self._times.get(found, self._now)
        if found not in self._files or path.endswith("/"):
            raise OSError(errno.ENOENT, "")
        return False, len(self._files[found]), self._times[found]

    def read(self, path: str) -> bytes:
        """Returns what a file holds."""
        found = self._path(path)
        if found in self._folders:
            raise OSError(errno.EISDIR, "")
        if found not in self._files:
            raise OSError(errno.ENOENT, "")
        return self._files[found]

    def write(self, path: str, data: bytes) -> None:
        """Has a file hold ``data``."""
        found = self._path(path)
        if found in self._folders:
            raise OSError(errno.EISDIR, "")
        self._parent(found)
        if sum(map(len, self._files.values())) + len(data) > MAX_BYTES:
            raise OSError(errno.ENOSPC, "")
        self._files[found] = data
        self._touch(found)

    def stored(self, path: str) -> tuple[str, bytes]:
        """Returns the version of a file, and what it holds, compressed: databases are airy."""
        data = self.read(path)
        return str(self._times[self._path(path)]), zlib.compress(data, 1)

    def store(self, path: str, version: str, packed: bytes) -> str:
        """Writes a file that still has a version, or makes one where that is empty.

        Returns:
            Its version then.
        """
        found = self._path(path)
        if version and found not in self._files:
            raise OSError(errno.ENOENT, "")
        if found in self._files and str(self._times[found]) != version:
            raise OSError(errno.EBUSY, "")
        self.write(path, zlib.decompressobj().decompress(packed, MAX_BYTES))
        return str(self._times[found])

    def _touch(self, path: str) -> None:
        self._now += 1
        self._times[path] = self._now

    def listed(self, path: str) -> list[str]:
        """Returns the names in a folder; those of folders end in a slash."""
        found = self._path(path)
        if found not in self._folders:
            raise OSError(errno.ENOTDIR if found in self._files else errno.ENOENT, "")
        start = found.rstrip("/") + "/"
        names = [(p, "/") for p in self._folders if p != "/"] + [(p, "") for p in self._files]
        inside = [(p[len(start) :], end) for p, end in names if p.startswith(start)]
        return sorted(name + end for name, end in inside if "/" not in name)

    def make(self, path: str) -> None:
        """Makes a folder."""
        found = self._path(path)
        if found in self._folders or found in self._files:
            raise OSError(errno.EEXIST, "")
        self._parent(found)
        self._folders.add(found)
        self._touch(found)

    def unlink(self, path: str) -> None:
        """Removes a file."""
        found = self._path(path)
        if found in self._folders:
            raise OSError(errno.EISDIR, "")
        if self._files.pop(found, None) is None:
            raise OSError(errno.ENOENT, "")

    def unmake(self, path: str) -> None:
        """Removes an empty folder."""
        if self.listed(path):
            raise OSError(errno.ENOTEMPTY, "")
        self._folders.discard(self._path(path))

    def move(self, path: str, to: str) -> None:
        """Moves a file or a folder with all that is in it."""
        old, new = self._path(path), self._path(to)
        self.status(path)
        self._parent(new)
        if new in self._folders:
            if old in self._files:
                raise OSError(errno.EISDIR, "")
            self.unmake(to)
        inside = old.rstrip("/") + "/"
        for table in (self._files, self._times):
            for name in [n for n in table if n == old or n.startswith(inside)]:
                table[new + name[len(old) :]] = table.pop(name)  # type: ignore[assignment]
        moved = {n for n in self._folders if n == old or n.startswith(inside)}
        self._folders = (self._folders - moved) | {new + n[len(old) :] for n in moved}

    def where(self) -> str:
        """Returns the folder that relative paths start from."""
        return self.folder

    def enter(self, path: str) -> None:
        """Has relative paths start from a folder."""
        self.listed(path)
        self.folder = self._path(path)


_STEPS = {
    "status", "read", "write", "stored", "store", "listed", "make", "unlink", "unmake", "move",
    "where", "enter",
}  # fmt: skip


class _File(io.BytesIO):
    """An open file: written back when it is flushed or closed."""

    def __init__(self, files: Files, path: str, mode: str, data: bytes) -> None:
        super().__init__(data)
        self._files, self._path, self._changed = files, path, False
        self._reads = "r" in mode or "+" in mode
        self._writes = mode.strip("rbt") != ""
        self._appends = "a" in mode
        self.name = path
        vars(self)["mode"] = mode
        if self._appends:
            self.seek(0, 2)

    def readable(self) -> bool:
        return self._reads

    def writable(self) -> bool:
        return self._writes

    def read(self, size: int | None = -1) -> bytes:
        self._must(self._reads, "not readable")
        return super().read(size)

    def write(self, data: Any) -> int:
        self._must(self._writes, "not writable")
        if self._appends:
            self.seek(0, 2)
        self._changed = True
        return super().write(data)

    def truncate(self, size: int | None = None) -> int:
        self._must(self._writes, "not writable")
        self._changed = True
        return super().truncate(size)

    def _must(self, may: bool, what: str) -> None:
        if not may:
            raise io.UnsupportedOperation(what)

    def flush(self) -> None:
        if self._changed and not self.closed:
            self._changed = False
            self._files.ask("write", self._path, self.getvalue())

    def close(self) -> None:
        if not self.closed:
            self.flush()
        super().close()

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


class _Entry:
    """One name of a folder, as ``os.scandir`` gives it."""

    def __init__(self, files: Files, folder: str, name: str) -> None:
        self._files = files
        self._is_folder = name.endswith("/")
        self.name = name.rstrip("/")
        self.path = os.path.join(folder, self.name)  # noqa: PTH118

    def __fspath__(self) -> str:
        return self.path

    def is_dir(self, **_options: Any) -> bool:
        return self._is_folder

    def is_file(self, **_options: Any) -> bool:
        return not self._is_folder

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def stat(self, **_options: Any) -> Any:
        return self._files.stat(self.path)


class _Entries:
    """What ``os.scandir`` returns."""

    def __init__(self, entries: list[_Entry]) -> None:
        self._left = iter(entries)

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> _Entry:
        return next(self._left)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_exc: object) -> None:
        pass

    def close(self) -> None:
        pass


PACKAGED = Tree()
_CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".dylib", ".a")
_LARGEST = 16_000_000  # bytes of one file that a library brings along


def read_packaged(folder: str) -> None:
    """Keeps in memory what the libraries in a folder bring along beside their code."""
    for home, folders, names in os.walk(folder):
        PACKAGED.add_folder(home)
        folders[:] = [name for name in folders if not name.endswith(".libs")]
        for name in names:
            path = f"{home}/{name}"
            if not name.endswith(_CODE) and os.path.getsize(path) <= _LARGEST:  # noqa: PTH202
                with open(path, "rb") as file:  # noqa: PTH123
                    PACKAGED.add_file(path, file.read())


def over_packaged(do: Do) -> Do:
    """Returns what does a step on what libraries bring along, or else on another tree."""

    def step(name: str, *arguments: Any) -> tuple[int, Any]:
        looks = name in ("read", "status", "listed")
        return (PACKAGED.do if looks and PACKAGED.has(*arguments) else do)(name, *arguments)

    return step


class _Status(tuple[int, ...]):
    """What ``os.stat`` returns; Python's own class needs a module that a cage does not have."""

    def __new__(cls, values: tuple[int, ...], times: dict[str, Any]) -> _Status:
        made = super().__new__(cls, values)
        names = ("mode", "ino", "dev", "nlink", "uid", "gid", "size")
        vars(made).update(times, **{f"st_{n}": v for n, v in zip(names, values, strict=False)})
        return made


class Files:
    """Python's own ways to files, over a tree.

    Args:
        do: Does one step of a :class:`Tree`, wherever that is.
        own: The tree is the tests', who may mean a file of the real machine.
        turn: Returns what stays the same while nobody else can change a file.
    """

    def __init__(self, do: Do, *, own: bool = False, turn: Callable[[], Any] = object) -> None:
        self._do = over_packaged(do)
        self.own = own
        self.turn = turn
        self._opened: dict[int, _File] = {}

    def ask(self, step: str, *arguments: Any) -> Any:
        """Does a step; raises what the system would."""
        number, value = self._do(step, *arguments)
        if number:
            path = str(arguments[0]) if self.own and number == errno.ENOENT else ""
            if step == "read" and path.startswith(tuple(f"{root}/" for root in _SYSTEM)):
                raise Refusal(f"files: {path}"[:80])
            raise OSError(number, os.strerror(number), *arguments[:1])
        return value

    def install(self) -> None:
        """Puts these in the place of the functions that a cage refuses."""
        builtins.open = io.open = self.open  # type: ignore[assignment]
        for name, function in {
            "stat": self.stat,
            "lstat": self.stat,
            "listdir": lambda path=".": [n.rstrip("/") for n in self.ask("listed", _text(path))],
            "scandir": self._scan,
            "mkdir": lambda path, mode=0o777, **_o: self.ask("make", _text(path)),  # noqa: ARG005
            "remove": lambda path, **_o: self.ask("unlink", _text(path)),
            "unlink": lambda path, **_o: self.ask("unlink", _text(path)),
            "rmdir": lambda path, **_o: self.ask("unmake", _text(path)),
            "rename": lambda a, b, **_o: self.ask("move", _text(a), _text(b)),
            "replace": lambda a, b, **_o: self.ask("move", _text(a), _text(b)),
            "getcwd": lambda: self.ask("where"),
            "chdir": lambda path: self.ask("enter", _text(path)),
            "access": self._access,
            "chmod": lambda path, *_a, **_o: self.stat(path) and None,
            "utime": lambda path, *_a, **_o: self.stat(path) and None,
            "open": self._open_low,
            "close": self._close_low,
            "read": lambda number, size: self._opened[number].read(size),
            "write": self._write_low,
            "listxattr": lambda *_a, **_o: [],
            "setxattr": lambda *_a, **_o: None,
            "fsync": lambda _number: None,
        }.items():
            setattr(os, name, function)
        for told in on_install:
            told(self)

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,  # noqa: ARG002
        opener: Any = None,
    ) -> Any:
        """Opens a file, as the built-in function does."""
        kinds = [c for c in mode if c in "rwax"]
        if len(kinds) != 1 or set(mode) - set("rwax+bt") or ("b" in mode and "t" in mode):
            raise ValueError(f"invalid mode: {mode!r}")
        if "b" in mode and encoding is not None:
            raise ValueError("binary mode doesn't take an encoding argument")
        if opener is not None:
            file = opener(file, os.O_RDWR | os.O_CREAT)
        raw = self._opened.pop(file, None) if isinstance(file, int) else None
        if raw is None:
            raw = self._raw(_text(file), mode, kinds[0])
        else:
            raw = _File(self, raw.name, "r+" if kinds[0] != "a" else "a+", raw.getvalue())
        if "b" in mode:
            return raw
        encoding = None if encoding == "locale" else encoding
        text = io.TextIOWrapper(raw, encoding or "utf-8", errors, newline, buffering == 1)
        text.mode = mode  # type: ignore[misc]
        return text

    def _raw(self, path: str, mode: str, kind: str) -> _File:
        data = b""
        if kind in "ra":
            try:
                data = self.ask("read", path)
            except FileNotFoundError:
                if kind == "r":
                    raise
                self.ask("write", path, b"")
        else:
            if kind == "x" and self._exists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            self.ask("write", path, b"")
        return _File(self, path, mode, data)

    def _exists(self, path: str) -> bool:
        return self._do("status", path)[0] == 0

    def stat(self, path: Any, **_options: Any) -> Any:
        """Returns what ``os.stat`` does."""
        if isinstance(path, int):
            path = self._opened[path].name
        is_folder, size, changed = self.ask("status", _text(path))
        mode = stat.S_IFDIR | 0o755 if is_folder else stat.S_IFREG | 0o644
        inode = hash(os.path.normpath(_text(path))) & 0xFFFFFFFF
        whole = int(changed)
        times = {f"st_{n}_ns": whole * 10**9 for n in ("atime", "mtime", "ctime")}
        times |= {f"st_{n}": changed for n in ("atime", "mtime", "ctime")}
        return _Status((mode, inode, 1, 1, 0, 0, size, whole, whole, whole), times)

    def _scan(self, path: Any = ".") -> Any:
        folder = _text(path)
        return _Entries([_Entry(self, folder, name) for name in self.ask("listed", folder)])

    def _access(self, path: Any, _mode: int, **_options: Any) -> bool:
        return self._exists(_text(path))

    def _open_low(self, path: Any, flags: int, mode: int = 0o777, **_options: Any) -> int:  # noqa: ARG002
        name = _text(path)
        found = self._exists(name)
        if flags & os.O_EXCL and flags & os.O_CREAT and found:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        if not found and not flags & os.O_CREAT:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        number = FIRST_DESCRIPTOR + len(self._opened)
        while number in self._opened:
            number += 1
        new = not found or flags & os.O_TRUNC
        self._opened[number] = self._raw(name, "w+" if new else "r+", "w" if new else "r")
        return number

    def _write_low(self, number: int, data: bytes) -> int:
        size = self._opened[number].write(data)
        self._opened[number].flush()
        return size

    def _close_low(self, number: int) -> None:
        if number in self._opened:
            self._opened.pop(number).close()


def _text(path: Any) -> str:
    path = os.fspath(path)
    return os.fsdecode(path) if isinstance(path, bytes) else str(path)
