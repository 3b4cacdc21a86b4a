"""How what pandas makes crosses between two cages: by value, as numpy's arrays do.

Frames, series, indexes, times and their like are taken apart into arrays, texts and numbers, and
put together again by pandas' own constructors. A subclass crosses as what it holds, so that no
method of it says what it equals; a label that is no value is equal to nothing. Of other objects of
pandas' (groups, windows, styles) a handle crosses.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

TAG = "pd"
_ARRAY_KINDS = "biufcmM"
_MASKED = re.compile(r"(U?Int|Float)(8|16|32|64)|boolean|str|string(\[python\])?")
_ZONE = re.compile(r"[A-Za-z0-9_+:/-]{1,64}")
# What labels may be: they are hashed and compared here, and nobody is asked for that.
_LABELS = (str, int, float, bool, bytes, type(None), complex)
_DATED = ("datetime", "decimal", "fractions", "numpy")
_MOST = 50_000_000  # bytes or items of one array
Pack = Callable[[Any], Any]


class _Unnamed:
    """A label of the other side's that is no value."""


def is_pandas(kind: type) -> bool:
    """Whether a class is pandas' own, or made of one that is."""
    return "pandas" in sys.modules and any(
        base.__module__.partition(".")[0] == "pandas" for base in kind.__mro__
    )


def packed(value: Any, pack: Pack) -> list[Any] | None:
    """Returns the form in which an object of pandas crosses, ``None`` where it is a handle.

    Args:
        value: Any object of a class of pandas'.
        pack: Packs a value of Python's.
    """
    pandas = sys.modules["pandas"]
    if value is pandas.NaT or value is pandas.NA:
        return ["none", "NaT" if value is pandas.NaT else "NA"]
    if isinstance(value, pandas.Timestamp):
        return ["time", value.value, _zone(value.tz)]
    if isinstance(value, pandas.Timedelta):
        return ["delta", value.value]
    if isinstance(value, pandas.Period):
        return ["period", value.ordinal, value.freqstr]
    if isinstance(value, pandas.Interval):
        return ["interval", pack(value.left), pack(value.right), value.closed]
    if isinstance(value, pandas.DataFrame):
        value = pandas.DataFrame(value)
        arrays = [_array(pandas, value.iloc[:, i], pack) for i in range(value.shape[1])]
        names = _index(pandas, value.columns, pack)
        return ["frame", arrays, names, _index(pandas, value.index, pack)]
    if isinstance(value, pandas.Series):
        value = pandas.Series(value)
        index = _index(pandas, value.index, pack)
        return ["series", _array(pandas, value, pack), index, pack(value.name)]
    if isinstance(value, pandas.Categorical):
        return ["categorical", _array(pandas, pandas.Series(value), pack)]
    return ["index", _index(pandas, value, pack)] if isinstance(value, pandas.Index) else None


def _zone(zone: Any) -> str | None:
    name = None if zone is None else str(zone)
    return name if name is None or _ZONE.fullmatch(name) else "UTC"


def _array(pandas: Any, values: Any, pack: Pack) -> list[Any]:
    dtype = values.dtype
    if isinstance(dtype, pandas.CategoricalDtype):
        codes = (
            values.cat.codes if isinstance(values, pandas.Series) else pandas.Series(values.codes)
        )
        return [
            "category", _array(pandas, codes, pack), _index(pandas, dtype.categories, pack),
            bool(dtype.ordered),
        ]  # fmt: skip
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return ["zoned", _array(pandas, _naive(values), pack), _zone(dtype.tz)]
    if getattr(dtype, "kind", "") == "O" and _is_numpy(dtype):
        return ["objects", [pack(item) for item in values]]
    if getattr(dtype, "kind", "") in _ARRAY_KINDS and _is_numpy(dtype):
        return ["array", str(dtype), values.to_numpy().tobytes().hex()]
    if _MASKED.fullmatch(str(dtype)):
        return ["masked", str(dtype), [pack(item) for item in values.astype(object)]]
    inferred = isinstance(dtype, pandas.PeriodDtype | pandas.IntervalDtype)
    items = [pack(item) for item in values.astype(object)]
    return ["inferred" if inferred else "objects", items]


def _naive(values: Any) -> Any:
    accessor = getattr(values, "dt", values)
    return (
        accessor.tz_convert("UTC").dt.tz_localize(None)
        if accessor is not values
        else (values.tz_convert("UTC").tz_localize(None))
    )


def _is_numpy(dtype: Any) -> bool:
    return type(dtype).__module__.partition(".")[0] == "numpy"


def _index(pandas: Any, index: Any, pack: Pack) -> list[Any]:
    kind, name = type(index), pack(index.name)
    if kind is pandas.RangeIndex:
        return ["range", index.start, index.stop, index.step, name]
    if kind is pandas.MultiIndex:
        levels = [_index(pandas, index.get_level_values(i), pack) for i in range(index.nlevels)]
        return ["levels", levels]
    if kind in (pandas.DatetimeIndex, pandas.TimedeltaIndex):
        return ["times", _array(pandas, index, pack), name, index.freqstr]
    return ["labels", _array(pandas, index, lambda label: pack(_label(label))), name]


def unpacked(form: Any, unpack: Pack) -> Any:
    """Returns what :func:`packed` packed.

    Raises:
        ValueError: No peer would have packed it.
    """
    pandas = sys.modules.get("pandas")
    try:
        tag, *about = form
        return _READ[tag](pandas, unpack, *about)
    except Exception as exc:  # noqa: BLE001 - whatever pandas finds wrong in it
        raise ValueError(f"nothing of pandas': {type(exc).__name__}") from None


def _read_array(pandas: Any, unpack: Pack, form: Any) -> Any:
    tag, *about = form
    if tag == "array":
        dtype, data = about
        kind = sys.modules["numpy"].dtype(dtype)
        if kind.kind not in _ARRAY_KINDS:
            raise ValueError("another kind of array")
        return sys.modules["numpy"].frombuffer(bytes.fromhex(data), kind).copy()
    if tag == "objects":
        return _objects([unpack(item) for item in about[0]])
    if tag == "inferred":
        return pandas.array([unpack(item) for item in about[0]])
    if tag == "masked":
        dtype, items = about
        if not _MASKED.fullmatch(dtype):
            raise ValueError("another kind of array")
        return pandas.array([unpack(item) for item in items], dtype=dtype)
    if tag == "zoned":
        naive = pandas.DatetimeIndex(_read_array(pandas, unpack, about[0]))
        return naive.tz_localize("UTC").tz_convert(about[1]).array
    codes, categories, ordered = about
    return pandas.Categorical.from_codes(
        _read_array(pandas, unpack, codes), _read_index(pandas, unpack, categories), ordered is True
    )


def _objects(items: list[Any]) -> Any:
    made = sys.modules["numpy"].empty(len(items), object)
    for place, item in enumerate(items):
        made[place] = item
    return made


def _read_index(pandas: Any, unpack: Pack, form: Any) -> Any:
    tag, *about = form
    if tag == "range":
        start, stop, step, name = about
        if not all(type(end) is int for end in (start, stop, step)) or abs(stop - start) > _MOST:
            raise ValueError("no range")
        return pandas.RangeIndex(start, stop, step, name=_label(unpack(name)))
    if tag == "levels":
        levels = [_read_index(pandas, unpack, level) for level in about[0]]
        return pandas.MultiIndex.from_arrays(levels)
    values, name = _read_array(pandas, unpack, about[0]), _label(unpack(about[1]))
    if tag == "times":
        index = pandas.Index(values, name=name)
        index.freq = about[2] if type(about[2]) is str else None
        return index
    if getattr(values.dtype, "kind", "") == "O" and _is_numpy(values.dtype):
        return pandas.Index(_objects([_label(item) for item in values]), dtype=object, name=name)
    return pandas.Index(values, name=name)


def _label(value: Any) -> Any:
    """Returns a label that is a value, or one that equals nothing: nobody is asked about labels."""
    kind = type(value)
    if kind is tuple:
        return tuple(map(_label, value))
    plain = kind in _LABELS or kind.__module__ in _DATED or is_pandas(kind)
    return value if plain or kind is _Unnamed else _Unnamed()


def _read_frame(pandas: Any, unpack: Pack, arrays: Any, columns: Any, index: Any) -> Any:
    rows = _read_index(pandas, unpack, index)
    names = _read_index(pandas, unpack, columns)
    held = {
        place: pandas.Series(_read_array(pandas, unpack, array), index=rows)
        for place, array in enumerate(arrays)
    }
    made = pandas.DataFrame(held, index=rows)
    made.columns = names
    return made


def _read_series(pandas: Any, unpack: Pack, array: Any, index: Any, name: Any) -> Any:
    rows = _read_index(pandas, unpack, index)
    values = _read_array(pandas, unpack, array)
    return pandas.Series(values, index=rows, name=_label(unpack(name)))


_READ: dict[str, Callable[..., Any]] = {
    "none": lambda pandas, _unpack, name: {"NaT": pandas.NaT, "NA": pandas.NA}[name],
    "time": lambda pandas, _unpack, value, zone: pandas.Timestamp(int(value), tz=zone),
    "delta": lambda pandas, _unpack, value: pandas.Timedelta(int(value)),
    "period": lambda pandas, _unpack, ordinal, freq: pandas.Period(ordinal=ordinal, freq=freq),
    "interval": lambda pandas, unpack, left, right, closed: pandas.Interval(
        unpack(left), unpack(right), closed
    ),
    "frame": _read_frame,
    "series": _read_series,
    "categorical": lambda pandas, unpack, array: _read_array(pandas, unpack, array),
    "index": _read_index,
}
