"""The common core of pytest, as the module ``pytest`` of a cage.

Tests that are written for pytest run without it: functions and classes, parametrize, raises,
approx, fixtures, marks, and the fixtures capsys, monkeypatch, tmp_path, caplog and request.
"""

from __future__ import annotations

import builtins
import math
import re
import types
import unittest
import warnings as _warnings
from collections.abc import Mapping
from typing import Any

__version__ = "8.0.0"


# --- what a test says


class Failed(AssertionError):
    """A test that failed by its own word."""


def skip(reason: str = "", **_options: Any) -> Any:
    """Ends a test without a verdict."""
    raise unittest.SkipTest(reason)


def fail(reason: str = "", pytrace: bool = True, msg: str = "") -> Any:  # noqa: ARG001
    """Ends a test as failed."""
    raise Failed(reason or msg)


def xfail(reason: str = "") -> Any:
    """Ends a test that is expected to fail."""
    raise unittest.SkipTest(reason)


def exit(reason: str = "", returncode: int | None = None) -> Any:  # noqa: A001, ARG001
    """Ends a test."""
    raise Failed(reason)


skip.Exception = unittest.SkipTest  # type: ignore[attr-defined]
fail.Exception = Failed  # type: ignore[attr-defined]


def importorskip(name: str, **_options: Any) -> Any:
    """Returns a module, or skips."""
    try:
        return __import__(name, fromlist=["_"])
    except ImportError:
        return skip(f"no {name}")


def main(*_args: Any, **_options: Any) -> int:
    """Does nothing: whoever runs the tests has found them."""
    return 0


class ExceptionInfo:
    """What ``raises`` caught.

    Attributes:
        value: The exception.
    """

    value: Any = None

    @property
    def type(self) -> Any:
        """Its class."""
        return type(self.value)

    @property
    def typename(self) -> str:
        """The name of its class."""
        return type(self.value).__name__

    def match(self, pattern: str) -> bool:
        """Asserts that a pattern is found in its text."""
        text = str(self.value)
        assert re.search(pattern, text), f"{pattern!r} not found in {text!r}"  # noqa: S101
        return True

    def exconly(self, tryshort: bool = False) -> str:  # noqa: ARG002
        """Returns its class and text."""
        return f"{self.typename}: {self.value}"


class _Raises:
    def __init__(self, expected: Any, match: Any, check: Any = None) -> None:
        self.expected, self.pattern, self.check = expected, match, check
        self.info = ExceptionInfo()

    def __enter__(self) -> ExceptionInfo:
        return self.info

    def __exit__(self, kind: Any, value: Any, _trace: Any) -> bool:
        if kind is None:
            raise Failed(f"DID NOT RAISE {self.expected!r}")
        if not issubclass(kind, self.expected):
            return False
        self.info.value = value
        if self.pattern is not None:
            self.info.match(self.pattern)
        return self.check is None or bool(self.check(value))


def raises(
    expected: Any = BaseException, *args: Any, match: Any = None, check: Any = None, **kwargs: Any
) -> Any:
    """Expects an exception of a block, or of a call that is handed over."""
    context = _Raises(expected, match, check)
    if not args:
        return context
    with context as info:
        args[0](*args[1:], **kwargs)
    return info


class _Warns(_warnings.catch_warnings):
    def __init__(self, expected: Any, match: Any) -> None:
        super().__init__(record=True)
        self._expected, self._match = expected, match

    def __enter__(self) -> Any:
        self.list: Any = super().__enter__()
        _warnings.simplefilter("always")
        return self.list

    def __exit__(self, *exc_info: Any) -> None:
        super().__exit__(*exc_info)
        if exc_info[0] is None:
            fitting = [w for w in self.list if issubclass(w.category, self._expected)]
            if self._match:
                fitting = [w for w in fitting if re.search(self._match, str(w.message))]
            if not fitting:
                raise Failed(f"DID NOT WARN {self._expected!r}")


def warns(expected: Any = Warning, *args: Any, match: Any = None, **kwargs: Any) -> Any:
    """Expects a warning of a block, or of a call that is handed over."""
    context = _Warns(expected, match)
    if not args:
        return context
    with context:
        return args[0](*args[1:], **kwargs)


def deprecated_call(**options: Any) -> Any:
    """Expects a warning of something deprecated."""
    return warns((DeprecationWarning, PendingDeprecationWarning), **options)


class approx:  # noqa: N801
    """Equal within the larger of ``rel`` (1e-6) of what is expected and ``abs`` (1e-12)."""

    __array_ufunc__ = None
    __array_priority__ = 100

    def __init__(
        self,
        expected: Any,
        rel: Any = None,
        abs: Any = None,  # noqa: A002
        nan_ok: bool = False,
    ) -> None:
        self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok

    def __repr__(self) -> str:
        """Says what is expected."""
        return f"approx({self.expected!r})"

    __hash__ = None  # type: ignore[assignment]

    def _near(self, actual: Any, expected: Any) -> bool:
        if isinstance(expected, Mapping):
            return (
                isinstance(actual, Mapping)
                and set(actual) == set(expected)
                and all(self._near(actual[key], expected[key]) for key in expected)
            )
        if hasattr(expected, "tolist"):
            expected = expected.tolist()
        if hasattr(actual, "tolist"):
            actual = actual.tolist()
        if isinstance(expected, list | tuple):
            return len(actual) == len(expected) and all(map(self._near, actual, expected))
        if isinstance(expected, bool) or expected is None or isinstance(expected, str):
            return bool(actual == expected)
        try:
            return self._number_near(actual, expected)
        except TypeError:
            return bool(actual == expected)

    def _number_near(self, actual: Any, expected: Any) -> bool:
        if type(actual).__module__ not in ("builtins", "decimal", "fractions"):
            return bool(actual == expected)
        if actual == expected:
            return True
        if actual != actual or expected != expected:
            return self.nan_ok and actual != actual and expected != expected
        if math.isinf(builtins.abs(expected)) or math.isinf(builtins.abs(actual)):
            return False
        kind = type(expected) if type(expected).__module__ in ("decimal", "fractions") else float
        if self.abs is not None and self.rel is None:
            margin = self.abs
        else:
            rel = 1e-6 if self.rel is None else self.rel
            least = 1e-12 if self.abs is None else self.abs
            margin = max(kind(str(rel)) * builtins.abs(expected), kind(str(least)))
        return bool(builtins.abs(actual - expected) <= margin)

    def __eq__(self, actual: Any) -> bool:
        """Whether a value is near enough."""
        return self._near(actual, self.expected)

    def __ne__(self, actual: Any) -> bool:
        """Whether it is not."""
        return not self == actual


# --- what is said of a test


class Mark:
    """What is said of a test."""

    def __init__(self, name: str, args: Any = (), kwargs: Any = None) -> None:
        self.name, self.args, self.kwargs = name, args, kwargs or {}
        self.mark = self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Marks a function; what is called with anything else waits for its function."""
        alone = len(args) == 1 and not kwargs and isinstance(args[0], types.FunctionType | type)
        waits = bool(self.args or self.kwargs) or self.name not in ("parametrize", "usefixtures")
        if not (alone and waits):
            return Mark(self.name, args, kwargs)
        setattr(args[0], "pytestmark", [*vars(args[0]).get("pytestmark", []), self])  # noqa: B010
        return args[0]


class Marks:
    """Every mark, by its name."""

    def __getattr__(self, name: str) -> Mark:
        """Returns the mark."""
        return Mark(name)


mark: Any = Marks()


class Parameters:
    """One set of parameters."""

    def __init__(self, values: Any, marks: Any, label: Any) -> None:
        self.values = values
        self.marks = list(marks) if isinstance(marks, list | tuple) else [marks] if marks else []
        self.label = label


def param(*values: Any, marks: Any = (), id: Any = None) -> Any:  # noqa: A002
    """One set of parameters, with marks of its own."""
    return Parameters(values, marks, id)


class Fixture:
    """What tests may ask for by name."""

    def __init__(self, function: Any, scope: str, params: Any, autouse: bool, name: Any) -> None:
        self.function, self.scope, self.autouse = function, scope, autouse
        self.params = list(params) if params is not None else None
        self.name = name or function.__name__
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__

    def __get__(self, _thing: Any, _owner: Any = None) -> Any:
        """Leaves it as it is, in a class too."""
        return self

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refuses: a test asks for it by name."""
        raise Failed(f"fixture {self.name} called directly")


def fixture(
    function: Any = None,
    *,
    scope: str = "function",
    params: Any = None,
    autouse: bool = False,
    ids: Any = None,  # noqa: ARG001
    name: Any = None,
) -> Any:
    """Makes a function what tests may ask for by name."""

    def made(wrapped: Any) -> Any:
        return Fixture(wrapped, scope, params, autouse, name)

    return made(function) if function is not None else made


yield_fixture = fixture


class UsageError(Exception):
    """Pytest was used in a wrong way."""


class PytestWarning(UserWarning):
    """A warning of pytest's own."""


def __getattr__(name: str) -> Any:
    """Finds what is used when tests run."""
    if name not in ("MonkeyPatch", "CaptureResult"):
        raise AttributeError(name)
    return getattr(__import__("touchstone_pytest"), name)
