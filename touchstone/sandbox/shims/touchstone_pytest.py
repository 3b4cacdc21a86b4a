"""Finds and runs tests that are written for pytest, with its fixtures."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import sys
import types
import unittest
import warnings as _warnings
from collections.abc import Callable, Iterator
from typing import Any

_pytest: Any = __import__("pytest")  # the one beside this
_Missing = object()


def tests_of(
    name: str, value: Any, names: dict[str, Any]
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yields label and run of every test that a name of a module stands for."""
    if name.startswith("test") and isinstance(value, types.FunctionType):
        yield from _variants(name, value, None, names)
    elif name.startswith("Test") and isinstance(value, type):
        if "__init__" in vars(value) or vars(value).get("__test__") is False:
            return
        seen: set[str] = set()
        for owner in reversed(value.__mro__):
            for method, function in list(vars(owner).items()):
                plain = isinstance(function, types.FunctionType | staticmethod | classmethod)
                if method.startswith("test") and method not in seen and plain:
                    seen.add(method)
                    found = getattr(value, method)
                    yield from _variants(method, found, value, names, f"{name}.")


def _marks_of(function: Any, owner: Any, names: dict[str, Any]) -> list[Any]:
    outer = names.get("pytestmark", [])
    found = list(outer) if isinstance(outer, list | tuple) else [outer]
    for kind in reversed(owner.__mro__) if owner else ():
        inner = vars(kind).get("pytestmark", [])
        found += inner if isinstance(inner, list | tuple) else [inner]
    own = getattr(function, "__func__", function)
    return found + list(vars(own).get("pytestmark", []))


def _variants(
    name: str, function: Any, owner: Any, names: dict[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Callable[[], None]]]:
    marks = _marks_of(function, owner, names)
    axes = [_axis(m) for m in marks if m.name == "parametrize"]
    direct = {key for m in marks if m.name == "parametrize" for key in _keys_of(m)}
    for asked in _needed(function, owner, names, marks):
        found = _fixture_of(asked, owner, names) if asked not in direct else None
        if found is not None and found.params is not None:
            axes.append([({}, [], {asked: value}) for value in found.params])
    for number, chosen in enumerate(itertools.product(*axes)):
        given: dict[str, Any] = {}
        params: dict[str, Any] = {}
        own = list(marks)
        for values, more, chosen_params in chosen:
            given |= values
            own += more
            params |= chosen_params
        label = f"{prefix}{name}" + (f"[{number}]" if axes else "")
        yield label, _Run(name, function, owner, names, own, given, params)


def _keys_of(found: Any) -> list[str]:
    keys = found.args[0] if found.args else found.kwargs["argnames"]
    return (
        [k.strip() for k in keys.split(",") if k.strip()] if isinstance(keys, str) else list(keys)
    )


def _axis(found: Any) -> list[tuple[dict[str, Any], list[Any], dict[str, Any]]]:
    keys = _keys_of(found)
    sets = found.args[1] if len(found.args) > 1 else found.kwargs["argvalues"]
    made: list[tuple[dict[str, Any], list[Any], dict[str, Any]]] = []
    for entry in sets:
        more: list[Any] = []
        values = entry
        if isinstance(entry, _pytest.Parameters):
            more = entry.marks
            values = entry.values if len(keys) > 1 else entry.values[0]
        in_list = found.args and not isinstance(found.args[0], str)
        if len(keys) == 1:
            values = values if in_list and isinstance(values, list | tuple) else [values]
        pairs = zip(keys, values, strict=True)
        made.append((dict(pairs), more, {}))
    return made


def _wanted(function: Any) -> list[str]:
    import inspect

    found = inspect.signature(function).parameters.values()
    names = [p.name for p in found if p.default is p.empty and p.kind in (1, 3)]
    first = names[:1] if names[:1] in (["self"], ["cls"]) else []
    return first + names[len(first) + _patched(function) :]


def _patched(function: Any) -> int:
    """Returns how many arguments ``mock.patch`` gives a function by itself."""
    found = getattr(function, "patchings", ())
    default = sys.modules["unittest.mock"].DEFAULT if found else None
    return sum(each.attribute_name is None and each.new is default for each in found)


def _needed(function: Any, owner: Any, names: dict[str, Any], marks: list[Any]) -> list[str]:
    """Returns the fixtures of a test, those of fixtures included."""
    own = _wanted(function)[1:] if _is_method(function, owner) else _wanted(function)
    pending = [*own, *(str(a) for m in marks if m.name == "usefixtures" for a in m.args)]
    pending += [f.name for f in _all_fixtures(owner, names).values() if f.autouse]
    seen: list[str] = []
    while pending:
        name = pending.pop(0)
        if name not in seen:
            seen.append(name)
            found = _fixture_of(name, owner, names)
            if found is not None:
                pending += [n for n in _wanted(found.function) if n not in ("self", "cls")]
    return seen


def _is_method(function: Any, owner: Any) -> bool:
    return (
        owner is not None
        and isinstance(function, types.FunctionType)
        and not isinstance(vars(owner).get(function.__name__), staticmethod)
    )


def _all_fixtures(owner: Any, names: dict[str, Any]) -> dict[str, Any]:
    found = {v.name: v for v in list(names.values()) if isinstance(v, _pytest.Fixture)}
    for kind in reversed(owner.__mro__) if owner else ():
        found |= {v.name: v for v in vars(kind).values() if isinstance(v, _pytest.Fixture)}
    return found


def _fixture_of(name: str, owner: Any, names: dict[str, Any]) -> Any:
    return _all_fixtures(owner, names).get(name)


_lasting: dict[Any, Any] = {}
_ends: list[Any] = []
_began: set[Any] = set()


class _Run:
    """One test with one choice of parameters."""

    def __init__(
        self, name: str, function: Any, owner: Any, names: Any, marks: Any, given: Any, params: Any
    ) -> None:
        self.name, self.function, self.owner, self.names = name, function, owner, names
        self.marks, self.given, self.params = marks, given, params
        self.have: dict[str, Any] = {}
        self.stack = contextlib.ExitStack()
        self.thing: Any = None

    def __call__(self) -> None:
        for found in self.marks:
            if found.name == "skip" or (
                found.name == "skipif" and _holds(found.args[:1], self.names)
            ):
                raise unittest.SkipTest(str(found.kwargs.get("reason", "")))
        expected = [m for m in self.marks if m.name == "xfail" and _expects(m, self.names)]
        if not expected:
            self._run()
            return
        try:
            self._run()
        except unittest.SkipTest:
            raise
        except Exception as exc:
            raise unittest.SkipTest("expected to fail") from exc
        if any(m.kwargs.get("strict") for m in expected):
            raise _pytest.Failed("it passed, and was expected to fail")

    def _run(self) -> None:
        with self.stack:
            self._begin()
            method = _is_method(self.function, self.owner)
            own = _wanted(self.function)[1:] if method else _wanted(self.function)
            for found in _all_fixtures(self.owner, self.names).values():
                if found.autouse:
                    self._value(found.name)
            for found in self.marks:
                for name in found.args if found.name == "usefixtures" else ():
                    self._value(name)
            given = {name: self._value(name) for name in own}
            extra = {k: v for k, v in self.given.items() if k not in given and k not in self.have}
            result = self.function(*([self.thing] if method else []), **given, **extra)
            if type(result) is types.CoroutineType:
                _finish(result)

    def _begin(self) -> None:
        names = self.names
        _once("module", names.get("setup_module"), names)
        if self.owner is None:
            _maybe(names.get("setup_function"), self.function)
            self.stack.callback(_maybe, names.get("teardown_function"), self.function)
            return
        self.thing = self.owner()
        _once(self.owner, getattr(self.owner, "setup_class", None))
        for setup, teardown in (("setup_method", "teardown_method"), ("setup", "teardown")):
            if isinstance(vars(self.owner).get(setup), _pytest.Fixture):
                continue
            _maybe(getattr(self.thing, setup, None), getattr(self.thing, self.name))
            self.stack.callback(
                _maybe, getattr(self.thing, teardown, None), getattr(self.thing, self.name)
            )

    def _value(self, name: str) -> Any:
        if name in self.have:
            return self.have[name]
        if name in self.given:
            return self.given[name]
        found = _fixture_of(name, self.owner, self.names)
        value = self._builtin(name) if found is None else self._made(found)
        self.have[name] = value
        return value

    def _made(self, found: Any) -> Any:
        import inspect

        key = (id(found), self.owner if found.scope == "class" else None)
        if found.params is None and found.scope != "function" and key in _lasting:
            return _lasting[key]
        parameters = [n for n in _wanted(found.function) if n not in ("self", "cls")]
        given = {n: _Request(self, found.name) if n == "request" else self._value(n)
                 for n in parameters}  # fmt: skip
        first = "self" in inspect.signature(found.function).parameters
        value = found.function(*([self.thing] if first else []), **given)
        if type(value) is types.CoroutineType:
            value = _finish(value)
        if isinstance(value, types.GeneratorType):
            steps, value = value, next(value)
            if found.scope == "function":
                self.stack.callback(next, steps, None)
            else:
                _ends.append(steps)
        if found.scope != "function":
            _lasting[key] = value
        return value

    def _builtin(self, name: str) -> Any:
        made = {
            "capsys": _Captured, "capfd": _Captured, "capsysbinary": _Captured,
            "monkeypatch": MonkeyPatch, "caplog": _Logged, "recwarn": _Recorded,
        }.get(name)  # fmt: skip
        if name == "request":
            return _Request(self, name)
        if name in ("tmp_path", "tmpdir"):
            return _folder(self.name)
        if name in ("tmp_path_factory", "tmpdir_factory"):
            return types.SimpleNamespace(mktemp=_folder, getbasetemp=lambda: _folder("base"))
        if made is None:
            raise LookupError(f"fixture {name!r} not found")
        value = made()
        self.stack.callback(value.undo)
        return value


def _finish(coroutine: Any) -> Any:
    import asyncio

    return asyncio.run(coroutine)


def _once(key: Any, function: Any, *_args: Any) -> None:
    if key not in _began:
        _began.add(key)
        if function is not None:
            _maybe(function, None)


def _maybe(function: Any, argument: Any) -> None:
    import inspect

    if function is not None:
        takes = bool(inspect.signature(function).parameters)
        function(*([argument] if takes else []))


def _holds(conditions: Any, names: dict[str, Any]) -> bool:
    if not conditions:
        return True
    value = conditions[0]
    return bool(eval(value, names) if isinstance(value, str) else value)  # noqa: S307


def _expects(found: Any, names: dict[str, Any]) -> bool:
    return _holds(found.args[:1], names) and found.kwargs.get("condition", True)


class _Request:
    def __init__(self, run: _Run, name: str) -> None:
        self._run = run
        self.fixturename = name
        self.node = types.SimpleNamespace(name=run.name, get_closest_marker=self._closest)
        self.function, self.cls, self.instance = run.function, run.owner, run.thing

    def _closest(self, name: str) -> Any:
        return next((m for m in reversed(self._run.marks) if m.name == name), None)

    @property
    def param(self) -> Any:
        """The fixture's parameter."""
        if self.fixturename not in self._run.params:
            raise AttributeError("param")
        return self._run.params[self.fixturename]

    def getfixturevalue(self, name: str) -> Any:
        """Returns another fixture."""
        return self._run._value(name)

    def addfinalizer(self, function: Any) -> None:
        """Has a function called at the end."""
        self._run.stack.callback(function)


class _Captured:
    def __init__(self) -> None:
        self._kept = sys.stdout, sys.stderr
        self._out, self._err = io.StringIO(), io.StringIO()
        sys.stdout, sys.stderr = self._out, self._err

    def readouterr(self) -> Any:
        """Returns what was written since, and forgets it."""
        found = []
        for stream in (self._out, self._err):
            found.append(stream.getvalue())
            stream.seek(0)
            stream.truncate()
        return CaptureResult(*found)

    @contextlib.contextmanager
    def disabled(self) -> Iterator[None]:
        """Lets what is written through."""
        yield

    def undo(self) -> None:
        """Puts the streams back."""
        sys.stdout, sys.stderr = self._kept


class CaptureResult(tuple):
    """What was written to both streams."""

    def __new__(cls, out: str, err: str) -> CaptureResult:
        """Makes one."""
        return super().__new__(cls, (out, err))

    out = property(lambda self: self[0])
    err = property(lambda self: self[1])


class MonkeyPatch:
    """Changes attributes, items and variables until the test ends."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()

    @classmethod
    @contextlib.contextmanager
    def context(cls) -> Iterator[MonkeyPatch]:
        """Undoes at the end of a block."""
        found = cls()
        try:
            yield found
        finally:
            found.undo()

    def setattr(self, target: Any, name: Any, value: Any = _Missing, raising: bool = True) -> None:
        """Sets an attribute, of an object or by its dotted path."""
        import pkgutil
        from unittest import mock

        if value is _Missing:
            value = name
            path, _, name = target.rpartition(".")
            target = pkgutil.resolve_name(path)
        if raising and not hasattr(target, name):
            raise AttributeError(name)
        self._stack.enter_context(mock.patch.object(target, name, value, create=not raising))

    def delattr(self, target: Any, name: Any = _Missing, raising: bool = True) -> None:
        """Deletes an attribute."""
        import pkgutil

        if name is _Missing:
            path, _, name = target.rpartition(".")
            target = pkgutil.resolve_name(path)
        before = getattr(target, name, _Missing)
        if before is _Missing and raising:
            raise AttributeError(name)
        if before is not _Missing:
            delattr(target, name)
            self._stack.callback(setattr, target, name, before)

    def setitem(self, mapping: Any, key: Any, value: Any) -> None:
        """Sets an item."""
        before = mapping.get(key, _Missing)
        self._stack.callback(_restore, mapping, key, before)
        mapping[key] = value

    def delitem(self, mapping: Any, key: Any, raising: bool = True) -> None:
        """Deletes an item."""
        if key not in mapping:
            if raising:
                raise KeyError(key)
            return
        self._stack.callback(_restore, mapping, key, mapping[key])
        del mapping[key]

    def setenv(self, name: str, value: Any, prepend: Any = None) -> None:
        """Sets a variable of the environment."""
        if prepend and name in os.environ:
            value = f"{value}{prepend}{os.environ[name]}"
        self.setitem(os.environ, name, str(value))

    def delenv(self, name: str, raising: bool = True) -> None:
        """Deletes a variable of the environment."""
        self.delitem(os.environ, name, raising)

    def chdir(self, path: Any) -> None:
        """Goes to another folder."""
        before = os.getcwd()  # noqa: PTH109
        os.chdir(path)
        self._stack.callback(os.chdir, before)

    def syspath_prepend(self, path: Any) -> None:
        """Does nothing: there are no folders to import from."""

    def undo(self) -> None:
        """Undoes all of it."""
        self._stack.close()


def _restore(mapping: Any, key: Any, before: Any) -> None:
    if before is _Missing:
        mapping.pop(key, None)
    else:
        mapping[key] = before


class _Logged:
    def __init__(self) -> None:
        import logging

        self.records: list[Any] = []
        self.handler = logging.Handler(0)
        self.handler.emit = self.records.append  # type: ignore[method-assign]
        self._root = logging.getLogger()
        self._levels: list[tuple[Any, int]] = []
        self._root.addHandler(self.handler)

    @property
    def text(self) -> str:
        """What was logged, as lines."""
        return "".join(
            f"{r.levelname:<8} {r.name}:{r.filename}:{r.lineno} {r.getMessage()}\n"
            for r in self.records
        )

    @property
    def messages(self) -> list[str]:
        """The messages alone."""
        return [record.getMessage() for record in self.records]

    @property
    def record_tuples(self) -> list[tuple[str, int, str]]:
        """Logger, level and message of each."""
        return [(r.name, r.levelno, r.getMessage()) for r in self.records]

    def clear(self) -> None:
        """Forgets what was logged."""
        self.records.clear()

    def set_level(self, level: Any, logger: str | None = None) -> None:
        """Has everything from a level on logged."""
        import logging

        found = logging.getLogger(logger)
        self._levels.append((found, found.level))
        found.setLevel(level)

    @contextlib.contextmanager
    def at_level(self, level: Any, logger: str | None = None) -> Iterator[None]:
        """The same for a block."""
        self.set_level(level, logger)
        try:
            yield
        finally:
            found, before = self._levels.pop()
            found.setLevel(before)

    def undo(self) -> None:
        """Stops."""
        self._root.removeHandler(self.handler)
        for found, before in reversed(self._levels):
            found.setLevel(before)


class _Recorded:
    def __init__(self) -> None:
        self._context = _warnings.catch_warnings(record=True)
        self.list: Any = self._context.__enter__()
        _warnings.simplefilter("always")

    def __len__(self) -> int:
        return len(self.list)

    def __iter__(self) -> Any:
        return iter(self.list)

    def __getitem__(self, index: int) -> Any:
        return self.list[index]

    def pop(self, kind: Any = Warning) -> Any:
        """Returns the first of a kind, and forgets it."""
        found = next(w for w in self.list if issubclass(w.category, kind))
        self.list.remove(found)
        return found

    def undo(self) -> None:
        """Stops."""
        self._context.__exit__(None, None, None)


_folders = itertools.count()


def _folder(name: str, **_options: Any) -> Any:
    import pathlib

    path = pathlib.Path(f"/tmp/pytest/{name}{next(_folders)}")  # noqa: S108
    path.mkdir(parents=True)
    return path
