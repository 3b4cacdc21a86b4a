"""The comparison that may run forever: runs inside a cage, on trees and texts, never on code.

This file is sent to the sandbox as text. It imports nothing of the project, and nothing before
it is asked, so that comparing trees never loads sympy.
"""

from __future__ import annotations

import hashlib
from typing import Any

_DIGITS = 60
_MOST_DIGITS = 50_000
_NAMED = ("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "sinh", "cosh")
_NAMED += ("tanh", "exp")
_POINTS = ((1.7, 0.31), (0.83, 0.57), (2.9, -0.45), (-1.3, 0.71))


def same_trees(a: Any, b: Any, names: list[str]) -> bool | None:
    """Returns whether two trees have equal values to 60 digits and more, ``None``: undecided.

    Both are evaluated at four points. Two different expressions agree to 45 digits at all of
    them only by chance; integers beyond 60 digits are evaluated to their last one.
    """
    # Where both are real everywhere else, what is complex at one point is outside of a domain.
    real = _same_where(a, b, names, real=True)
    return real if real is not None or not names else _same_where(a, b, names, real=False)


def _same_where(a: Any, b: Any, names: list[str], *, real: bool) -> bool | None:
    from mpmath import mp, mpf

    seen = False
    for first, step in _POINTS if names else _POINTS[:1]:
        mp.dps = _DIGITS
        point = {name: mpf(first) + mpf(step) * place / 7 + mp.sqrt(place + 2) / 9
                 for place, name in enumerate(names)}  # fmt: skip
        try:
            verdict = _same_at(a, b, point, real)
        except (ZeroDivisionError, ValueError):
            continue
        except (TypeError, KeyError, NotImplementedError):
            return None
        if not verdict:
            return verdict
        seen = True
    return True if seen else None


def _same_at(a: Any, b: Any, point: dict[str, Any], real: bool) -> bool | None:
    from mpmath import mp

    x, y = _value(a, point), _value(b, point)
    size = max(abs(x), abs(y))
    if not mp.isfinite(size):
        return None
    if real and point and (mp.im(x) or mp.im(y)) and not (_has_i(a) or _has_i(b)):
        raise ValueError("outside of the real domain of one of them")
    if size and abs(x - y) > size * mp.mpf(10) ** -45:
        return False
    digits = int(mp.log10(size)) if size else 0
    if digits > _DIGITS - 15 and x != 0:
        # So large that sixty digits do not reach the units.
        if digits > _MOST_DIGITS:
            return None
        mp.dps = digits + 30
        return abs(_value(a, point) - _value(b, point)) < mp.mpf(10) ** -10
    return True


def _has_i(node: Any) -> bool:
    if isinstance(node, (list, tuple)):
        return list(node) == ["const", "i"] or any(_has_i(part) for part in node)
    return False


def _value(node: Any, point: dict[str, Any]) -> Any:
    from mpmath import mp, mpc, mpf

    kind = node[0]
    if kind == "num":
        return mpf(node[1]) / node[2]
    if kind == "var":
        return point[node[1]]
    if kind == "const":
        return {"pi": mp.pi, "e": mp.e, "i": mpc(0, 1)}[node[1]] * 1
    if kind == "add":
        return sum((_value(term, point) for term in node[1]), mpf(0))
    if kind == "mul":
        product = mpf(1)
        for factor in node[1]:
            product *= _value(factor, point)
        return product
    if kind == "call":
        return _unknown(node, point)
    values = [_value(part, point) for part in (node[2] if kind == "fn" else node[1:])]
    if kind == "fn":
        return _function(node[1], values)
    operations = {
        "neg": lambda x: -x,
        "div": lambda x, y: x / y,
        "pow": mp.power,
        "root": lambda x, n: mp.power(x, 1 / n),
        "percent": lambda x: x / 100,
        "deg": mp.radians,
        "abs": abs,
        "floor": mp.floor,
        "ceil": mp.ceil,
        "fact": mp.factorial,
    }
    return operations[kind](*values)


def _function(name: str, values: list[Any]) -> Any:
    from mpmath import mp

    if name == "log":
        return mp.log(*values)
    functions = {
        "cis": lambda x: mp.expj(x), "floor": mp.floor, "ceil": mp.ceil, "abs": abs,
        "ln": mp.log, "lg": mp.log10, "binom": mp.binomial, "max": max, "min": min,
        **{n: getattr(mp, n) for n in _NAMED},
    }  # fmt: skip
    return functions[name](*values)


def _unknown(node: Any, point: dict[str, Any]) -> Any:
    """A function nobody knows gets one value for the same arguments, to 40 digits."""
    from mpmath import mp, mpf

    name, arguments = node[1], node[2]
    inner = dict(point)
    if name in ("sum", "prod") and arguments[0][0] == "rel" and arguments[0][2][0][0] == "var":
        inner[arguments[0][2][0][1]] = mpf(13) + mpf(1) / 7
    parts = [p for a in arguments for p in (a[2] if a[0] == "rel" else [a])]
    text = name + ";".join(str(mp.nstr(_value(part, inner), 40)) for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return mpf(int.from_bytes(digest, "big")) / 2**60


def same_texts(candidate: str, reference: str) -> bool:
    """Returns what Math-Verify says of two LaTeX texts, read as LaTeX only: nothing is eval'ed."""
    from math_verify import LatexExtractionConfig, parse, verify

    never: Any = None  # its own timeouts need signals; the cage has a better one

    readings = []
    for text in (reference, candidate):
        found = parse(f"${text.strip().strip('$')}$", [LatexExtractionConfig()],
                      fallback_mode="no_fallback", parsing_timeout=never)  # fmt: skip
        if not found:
            return False
        readings.append(found)
    return bool(verify(readings[0], readings[1], strict=True, timeout_seconds=never))
