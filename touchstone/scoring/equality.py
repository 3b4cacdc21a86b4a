"""Type-strict equality between a value that came back and what a JSON reference expects."""

from __future__ import annotations

import math
from typing import Any


def equal(got: Any, expected: Any, tolerance: float | None = None) -> bool:
    """Decides whether a returned value is what a reference states.

    The types are exact builtin types, so nothing here calls code of the value's author:

    - ``None``, ``bool`` and ``str`` equal only their own type: ``True`` is not 1.
    - ``int`` and ``float`` compare by value, since JSON has one number type: 3 equals 3.0.
      ``nan`` equals only an expected ``nan``.
    - An expected list is met by a list or a tuple, since JSON has no tuple. An expected
      tuple or set is met by its own type only.
    - A mapping has the expected keys as JSON spells them (``1`` is ``"1"``, ``None`` is
      ``"null"``), since JSON has no other; order does not matter.

    Args:
        got: A value of exact builtin types; anything else equals nothing.
        expected: From the reference.
        tolerance: Two numbers, of which one is a float, are equal when their absolute or
            relative difference is at most this; exact where ``None``. Holds for numbers inside
            containers.
    """
    if isinstance(expected, bool) or expected is None:
        return got is expected
    if isinstance(expected, int | float):
        return type(got) in (int, float) and _numbers_equal(got, expected, tolerance)
    if isinstance(expected, list | tuple):
        kinds = (list, tuple) if isinstance(expected, list) else (tuple,)
        return (
            type(got) in kinds
            and len(got) == len(expected)
            and all(equal(g, e, tolerance) for g, e in zip(got, expected, strict=True))
        )
    if isinstance(expected, dict):
        return type(got) is dict and _mappings_equal(got, expected, tolerance)
    return type(got) is type(expected) and bool(got == expected)


def outputs_equal(got: str, expected: str, tolerance: float | None = None) -> bool:
    """Decides whether a program wrote what was expected.

    White space at the end of a line and empty lines at the end of the text do not count;
    all else does. With a tolerance the texts are compared word by word, and two words that
    are numbers may differ by it, unless both are whole.
    """
    if _lines(got) == _lines(expected):
        return True
    if tolerance is None:
        return False
    got_words, expected_words = got.split(), expected.split()
    return len(got_words) == len(expected_words) and all(
        g == e or _words_equal(g, e, tolerance)
        for g, e in zip(got_words, expected_words, strict=True)
    )


def _numbers_equal(got: float, expected: float, tolerance: float | None) -> bool:
    if got == expected:
        return True
    if _is_nan(expected) or _is_nan(got):
        return _is_nan(expected) and _is_nan(got)
    if tolerance is None or (type(got) is int and type(expected) is int):
        return False  # a tolerance is for what is rounded: a count is right or wrong
    try:
        return math.isclose(got, expected, rel_tol=tolerance, abs_tol=tolerance)
    except OverflowError:  # an int beyond every float
        return False


def _is_nan(number: float) -> bool:
    return isinstance(number, float) and math.isnan(number)


def _mappings_equal(got: dict[Any, Any], expected: dict[Any, Any], tolerance: float | None) -> bool:
    if len(got) != len(expected):
        return False
    spelled = {_json_key(key): value for key, value in got.items()}
    return all(
        (name := _json_key(key)) in spelled and equal(spelled[name], value, tolerance)
        for key, value in expected.items()
    )


def _json_key(key: Any) -> Any:
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if type(key) is int:
        # Longer ones have no spelling in the default digit limit, and are in no reference.
        return str(key) if key.bit_length() < 10_000 else key
    return repr(key) if type(key) is float else key


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _number(word: str) -> float | None:
    """Reads a number as judges of programs do: `1_000` is Python's alone."""
    if "_" in word:
        return None
    try:
        return int(word) if word.lstrip("+-").isdecimal() else float(word)
    except ValueError:
        return None


def _words_equal(got: str, expected: str, tolerance: float) -> bool:
    ours, theirs = _number(got), _number(expected)
    return ours is not None and theirs is not None and _numbers_equal(ours, theirs, tolerance)
