"""Stands for ctypes while libraries are imported: its names, and nothing that reaches memory.

Libraries define types and look for functions when they are imported, and most do without
what they do not find. Nothing here is native, so that none of it can be turned into a call.
Once they are imported ``used`` is replaced by what refuses, so that no program computes with it.
"""

from __future__ import annotations

from typing import Any

DEFAULT_MODE = RTLD_GLOBAL = RTLD_LOCAL = 0
_NAMES = (
    "c_bool c_byte c_char c_char_p c_double c_float c_int c_int16 c_int32 c_int64 c_int8 c_long "
    "c_longdouble c_longlong c_short c_size_t c_ssize_t c_ubyte c_uint c_uint16 c_uint32 c_uint64 "
    "c_uint8 c_ulong c_ulonglong c_ushort c_void_p c_voidp c_wchar c_wchar_p c_time_t py_object "
    "Array BigEndianStructure LittleEndianStructure Structure Union BigEndianUnion "
    "LittleEndianUnion"
)


def used() -> None:
    """Is called by whatever would do something."""


class ArgumentError(Exception):
    """What ctypes raises for arguments that it cannot convert."""


class _Lengths(type):
    """Of a type of C: times a number it is an array's."""

    def __mul__(cls, _length: int) -> type:
        return _type(f"{cls.__name__}_Array")

    __rmul__ = __mul__


class _CData(metaclass=_Lengths):
    """A type of C: what is made of it holds nothing."""

    value = 0

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        used()

    @classmethod
    def from_param(cls, value: Any) -> Any:
        """Returns the value."""
        return value


_SimpleCData = _Pointer = _CFuncPtr = _CData


def _type(name: str) -> type:
    return _Lengths(name, (_CData,), {})


globals().update({name: _type(name) for name in _NAMES.split()})


def CFUNCTYPE(*_types: Any, **_options: Any) -> type:  # noqa: N802
    """Returns a type of function pointers."""
    return _type("CFunctionType")


PYFUNCTYPE = WINFUNCTYPE = CFUNCTYPE


def POINTER(kind: Any) -> type:  # noqa: N802
    """Returns a type of pointers."""
    return _type(f"LP_{getattr(kind, '__name__', kind)}")


def sizeof(_kind: Any) -> int:
    """Returns the size of a pointer, which is what is asked for at import."""
    return 8


alignment = sizeof


class _Libraries:
    """Where functions of loaded libraries would be found."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        self._name = ""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def LoadLibrary(self, _name: str) -> Any:  # noqa: N802
        """Finds none."""
        raise OSError("not possible in the sandbox: native code")


pythonapi = cdll = pydll = _Libraries()


class CDLL:
    """A library to load: there is none."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        used()
        raise OSError("not possible in the sandbox: native code")


PyDLL = CDLL


def _nothing(*_args: Any, **_kwargs: Any) -> Any:
    return _CData()


addressof = byref = cast = pointer = resize = string_at = wstring_at = memmove = memset = _nothing
create_string_buffer = create_unicode_buffer = c_buffer = get_errno = set_errno = _nothing


class _WindowsNames(type):
    def __getattr__(cls, name: str) -> type:
        return _type(name)


class wintypes(metaclass=_WindowsNames):  # noqa: N801
    """Stands for ``ctypes.wintypes``."""


class util:  # noqa: N801
    """Stands for ``ctypes.util``."""

    @staticmethod
    def find_library(_name: str) -> None:
        """Finds none."""
