"""What policed code runs with, inside the cage: its builtins, its modules and its guards.

No guard has a default or a state that code could reach and change.
"""

from __future__ import annotations

import builtins
import dataclasses
import enum
import functools
import importlib
import inspect
import keyword
import re
import string
import typing
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import FunctionType
from typing import Any

from touchstone.usercode import names

# The module that a user's file is: classes and functions made there are the user's own.
MODULE = "reward_code"
_CONTAINERS = frozenset(
    (list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict, ChainMap)
)
_ATOMS = (str, bytes, int, float, complex, bool, type(None), range, FunctionType, type)
_MAX_WIDTH = 10_000
_MAX_COPY_DEPTH = 500


class PolicyError(TypeError):
    """The policy does not allow this; raised where only the running code could tell."""


def _own(thing: Any) -> bool:
    """Tells whether a thing is a class of the user's file or an instance of one."""
    kind = type(thing)
    if type.__getattribute__(kind, "__module__") == MODULE:
        return True
    return issubclass(kind, type) and type.__getattribute__(thing, "__module__") == MODULE


def write(thing: Any) -> Any:
    """Returns ``thing`` if it may be written to: a plain container, or the user's own."""
    if type(thing) in _CONTAINERS or _own(thing):
        return thing
    if type(thing) is FunctionType and thing.__globals__.get("__name__") == MODULE:
        return thing
    raise PolicyError(f"writing to a {type(thing).__name__} is not allowed")


def write_own(thing: Any) -> Any:
    """Returns ``thing`` if its private attributes may be written."""
    if _own(thing):
        return thing
    raise PolicyError(f"writing to private attributes of a {type(thing).__name__} is not allowed")


def get(thing: Any, name: str) -> Any:
    """Returns an attribute whose safety depends on its owner."""
    kind = type(thing)
    if name == "__class__":
        return type_of(thing)
    if name in names.READABLE:
        return getattr(thing, name)
    if name in names.FRAMES or (name.startswith("__") and name != "__"):
        raise PolicyError(f"the attribute {name!r} is not allowed")
    if name.startswith("_") and name != "_" and not _own(thing):
        raise PolicyError(f"private attributes of a {kind.__name__} are not allowed")
    if name == "obj" and issubclass(kind, BaseException):
        raise PolicyError("the object of an AttributeError is not allowed")
    if name in ("format", "format_map"):
        if kind is super:
            raise PolicyError("super().format is not allowed")
        if issubclass(kind, str):
            return _Bound(thing, name == "format_map")
        if issubclass(kind, type) and issubclass(thing, str):
            return format_map if name == "format_map" else format_text
    return getattr(thing, name)


def get_of_super(thing: Any, name: str) -> Any:
    """Returns a special method of a base class."""
    if type(thing) is not super or name not in names.METHODS:
        raise PolicyError(f"the attribute {name!r} is only allowed on super()")
    return getattr(thing, name)


def type_of(thing: Any, *more: Any) -> type:
    """Returns a value's type; never a metaclass, with which classes could be made."""
    kind = type(thing)
    if more or issubclass(kind, type) or kind is Names:
        raise PolicyError("type() of a class or of a module, or with three arguments")
    return kind


def _checked(name: str) -> str:
    if type(name) is not str:
        raise PolicyError("an attribute's name must be a string")
    return name


def getattr_(thing: Any, name: str, *default: Any) -> Any:
    """Stands for ``getattr``."""
    try:
        return get(thing, _checked(name))
    except AttributeError:
        if default:
            return default[0]
        raise


def hasattr_(thing: Any, name: str) -> bool:
    """Stands for ``hasattr``."""
    try:
        get(thing, _checked(name))
    except AttributeError:
        return False
    return True


def setattr_(thing: Any, name: str, value: Any) -> None:
    """Stands for ``setattr``."""
    setattr(_writable(thing, name), name, value)


def delattr_(thing: Any, name: str) -> None:
    """Stands for ``delattr``."""
    delattr(_writable(thing, name), name)


def _writable(thing: Any, name: str) -> Any:
    if _checked(name).startswith("__") or name in names.FRAMES:
        raise PolicyError(f"the attribute {name!r} is not allowed")
    return write_own(thing) if name.startswith("_") else write(thing)


def print_(
    *_values: Any, sep: Any = None, end: Any = None, file: Any = None, flush: Any = None
) -> None:
    """Stands for ``print``: what a reward prints goes nowhere."""


class _Formatter(string.Formatter):
    """``str.format`` without attributes and items, and without padding that fills the memory."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if not re.fullmatch(r"\w*", field_name):
            raise PolicyError(f"{{{field_name}}}: only plain names in a format, no '.' and no '['")
        key = int(field_name) if field_name.isdigit() else field_name
        return self.get_value(key, args, kwargs), key

    def format_field(self, value: Any, format_spec: str) -> str:
        if any(int(digits) > _MAX_WIDTH for digits in re.findall(r"\d{1,9}", format_spec)):
            raise PolicyError(f"a width in a format is at most {_MAX_WIDTH}")
        return format(value, format_spec)


def format_text(text: Any, /, *args: Any, **kwargs: Any) -> str:
    """Stands for ``str.format``."""
    return _Formatter().vformat(str.__str__(text), args, kwargs)


def format_map(text: Any, mapping: Any, /) -> str:
    """Stands for ``str.format_map``."""
    return _Formatter().vformat(str.__str__(text), (), mapping)


class _Bound:
    """A string's own ``format``."""

    __slots__ = ("_map", "_text")

    def __init__(self, text: str, of_map: bool) -> None:
        self._text, self._map = text, of_map

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        return (format_map if self._map else format_text)(self._text, *args, **kwargs)


class Names:
    """Stands for a module: the names that the policy lists, and nothing else."""

    def __init__(self, members: dict[str, Any]) -> None:
        self.__dict__.update(members)


class _Logger:
    """Stands for a logger: what a reward logs goes nowhere."""

    __slots__ = ()

    def _quiet(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    debug = info = warning = error = exception = critical = log = setLevel = _quiet  # noqa: N815


def _wraps(wrapped: Any) -> Any:
    """Stands for ``functools.wraps``: the name and the docstring."""

    def decorate(function: Any) -> Any:
        if type(function) is FunctionType and function.__globals__.get("__name__") == MODULE:
            function.__name__ = str(getattr(wrapped, "__name__", function.__name__))
            function.__doc__ = getattr(wrapped, "__doc__", None)
        return function

    return decorate


def _copy(thing: Any) -> Any:
    """Stands for ``copy.copy``, without the protocol by which an object decides how."""
    kind = type(thing)
    if kind in _CONTAINERS:
        return kind.copy(thing)
    if _own(thing) and not issubclass(kind, type):
        return _made(thing, dict(getattr(thing, "__dict__", {})))
    return thing


def _deepcopy(thing: Any) -> Any:
    """Stands for ``copy.deepcopy``, likewise."""
    return _deep(thing, {}, 0)


def _deep(thing: Any, seen: dict[int, Any], depth: int) -> Any:
    kind = type(thing)
    if depth > _MAX_COPY_DEPTH:
        raise RecursionError("nested too deeply to copy")
    if id(thing) in seen or kind in _ATOMS:
        return seen.get(id(thing), thing)
    if kind in (tuple, frozenset):
        return kind(_deep(item, seen, depth + 1) for item in thing)
    if kind is set:
        return {_deep(item, seen, depth + 1) for item in thing}
    if kind in (list, deque):
        made = seen[id(thing)] = kind.copy(thing)
        for index, item in enumerate(thing):
            made[index] = _deep(item, seen, depth + 1)
        return made
    if kind in _CONTAINERS and issubclass(kind, dict):
        made = seen[id(thing)] = kind.copy(thing)
        for key, value in dict.items(thing):
            made[key] = _deep(value, seen, depth + 1)
        return made
    if _own(thing) and not issubclass(kind, type):
        made = seen[id(thing)] = _made(thing, {})
        for key, value in thing.__dict__.items() if made is not thing else ():
            made.__dict__[key] = _deep(value, seen, depth + 1)
        return made
    return thing


def _made(thing: Any, members: dict[str, Any]) -> Any:
    """Returns a new object of a user's plain class; others (an enum's, a tuple's) are shared."""
    kind = type(thing)
    if not hasattr(thing, "__dict__") or issubclass(kind, (enum.Enum, tuple, str, int, float)):
        return thing
    try:
        made = object.__new__(kind)
    except TypeError as exc:
        raise PolicyError(f"a {kind.__name__} cannot be copied") from exc
    made.__dict__.update(members)
    return made


def _own_class(kind: Any, maker: str) -> Any:
    """Returns a class of the user's file.

    Raises:
        PolicyError: It is another's, whose methods are not for the user to add to.
    """
    if not issubclass(type(kind), type) or not _own(kind):
        raise PolicyError(f"{maker}() is for classes of this file")
    return kind


def _dataclass(kind: Any = None, /, **options: Any) -> Any:
    """Stands for ``dataclasses.dataclass``, which pastes the names of fields into source."""
    if kind is None:
        return lambda kind: _dataclass(kind, **options)
    for name in inspect.get_annotations(_own_class(kind, "dataclass")):
        if type(name) is not str or not name.isidentifier() or keyword.iskeyword(name):
            raise PolicyError("the name of a field must be an identifier")
        if name.startswith("__"):
            raise PolicyError(f"a field called {name!r} is not allowed")
    return dataclasses.dataclass(kind, **options)


def _total_ordering(kind: Any) -> Any:
    """Stands for ``functools.total_ordering``."""
    return functools.total_ordering(_own_class(kind, "total_ordering"))


class _TypedDict:
    """Stands for ``typing.TypedDict``: a base class, whose fields are names that were checked."""

    __slots__ = ()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return typing.TypedDict.__mro_entries__(bases)  # type: ignore[attr-defined]

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise PolicyError("TypedDict(...) is not allowed; instead: class Name(TypedDict)")


def _asdict(thing: Any) -> dict[str, Any]:
    """Stands for ``dataclasses.asdict``."""
    return {f.name: _plain(getattr(thing, f.name), _asdict) for f in dataclasses.fields(thing)}


def _astuple(thing: Any) -> tuple[Any, ...]:
    """Stands for ``dataclasses.astuple``."""
    return tuple(_plain(getattr(thing, f.name), _astuple) for f in dataclasses.fields(thing))


def _plain(value: Any, of_dataclass: Callable[[Any], Any]) -> Any:
    kind: Any = type(value)
    if dataclasses.is_dataclass(kind):
        return of_dataclass(value)
    if kind in (list, tuple, set):
        return kind(_plain(item, of_dataclass) for item in value)
    if kind is dict:
        return {key: _plain(item, of_dataclass) for key, item in value.items()}
    return value


def _quiet_logging() -> dict[str, Any]:
    logger = _Logger()
    members = {name: getattr(logger, name) for name in ("debug", "info", "warning", "error")}
    members |= {"exception": logger.exception, "basicConfig": logger.log}
    return members | {"getLogger": lambda *_name: logger}


def _replaced(module: str) -> dict[str, Any]:
    """Returns what stands for names of a module that would lead around the guards."""
    return {
        "copy": {"copy": _copy, "deepcopy": _deepcopy},
        "dataclasses": {"asdict": _asdict, "astuple": _astuple, "dataclass": _dataclass},
        "functools": {"total_ordering": _total_ordering, "wraps": _wraps},
        "logging": _quiet_logging(),
        "typing": {"TypedDict": _TypedDict()},
    }.get(module, {})


def _stand_in(module: str, made: dict[str, Names]) -> Names:
    if module not in made:
        real = importlib.import_module(module)
        members = {n: getattr(real, n) for n in names.MODULES[module] if hasattr(real, n)}
        for name in names.MODULES[module]:
            if f"{module}.{name}" in names.MODULES:
                members[name] = _stand_in(f"{module}.{name}", made)
        made[module] = Names(members | _replaced(module))
    return made[module]


def namespace(filename: str) -> dict[str, Any]:
    """Returns the globals that a policed file runs with."""
    # Classes made from a table of names could be given any special method.
    enum.EnumMeta._create_ = None  # type: ignore[attr-defined]
    made: dict[str, Names] = {}

    def import_(name: str, _globals: Any = None, _locals: Any = None, wanted: Any = (),
                level: int = 0) -> Any:  # fmt: skip
        if level or name not in names.MODULES:
            raise ImportError(f"the module {name!r} is not allowed", name=name)
        module = _stand_in(name, made)
        return module if wanted else _stand_in(name.partition(".")[0], made)

    allowed = {n: getattr(builtins, n) for n in names.BUILTINS if hasattr(builtins, n)}
    allowed |= {"__import__": import_, "type": type_of, "print": print_, "getattr": getattr_}
    allowed |= {"hasattr": hasattr_, "setattr": setattr_, "delattr": delattr_}
    return {
        "__builtins__": allowed,
        "__name__": MODULE,
        "__file__": filename,
        "_getattr_": get,
        "_super_": get_of_super,
        "_write_": write,
        "_write_own_": write_own,
    }
