"""The common core of hypothesis, as the module ``hypothesis`` of a cage: always the same examples.

Each test is given its own ``@example`` cases, then values that start at the smallest and grow,
drawn from a generator that is seeded by the test's name. Nothing is shrunk. What is not here is
refused when a value of it is asked for.
"""

from __future__ import annotations

import datetime as _dates
import functools
import inspect
import math
import string
import sys
import types
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

_EXAMPLES, _MOST, _TRIES = 25, 60, 50
_LETTERS = string.ascii_letters + string.digits + " _-.,é😀\n"
_FEW = "ab0 \n"
_BIG = 2**20
_Draw = Callable[[Random, int], Any]


class UnsatisfiedAssumption(Exception):
    """An example that the test does not want."""


class Strategy:
    """Draws values: ``draw(generator, size)``, where size 0 asks for the smallest."""

    def __init__(self, draw: _Draw) -> None:
        self.draw = draw

    def map(self, function: Callable[[Any], Any]) -> Strategy:
        """Returns what a function makes of the values."""
        return Strategy(lambda r, n: function(self.draw(r, n)))

    def flatmap(self, function: Callable[[Any], Strategy]) -> Strategy:
        """Returns values of the strategy that a function makes of a value."""
        return Strategy(lambda r, n: function(self.draw(r, n)).draw(r, n))

    def filter(self, condition: Callable[[Any], Any]) -> Strategy:
        """Returns the values of which a condition holds."""

        def draw(r: Random, n: int) -> Any:
            for turn in range(_TRIES):
                value = self.draw(r, n + turn)
                if condition(value):
                    return value
            raise UnsatisfiedAssumption

        return Strategy(draw)

    def example(self) -> Any:
        """Returns one value."""
        return self.draw(Random(0), 3)  # noqa: S311

    def __or__(self, other: Strategy) -> Strategy:
        """Returns values of either."""
        return one_of(self, other)


def _refused(name: str) -> Any:
    def draw(*_about: Any) -> Any:
        raise PermissionError(1, f"hypothesis.{name} is not in the sandbox")

    made: Any = Strategy(draw)
    return lambda *_args, **_kwargs: made


def _size(r: Random, n: int, least: int, most: int | None) -> int:
    highest = least + n if most is None else min(most, least + n)
    return r.randint(least, max(least, highest)) if n else least


def integers(min_value: int | None = None, max_value: int | None = None) -> Strategy:
    """Draws whole numbers, the bounds and those around zero among them."""

    def draw(r: Random, n: int) -> int:
        low = min_value if min_value is not None else (max_value or 0) - (10 * n + _BIG * (n > 12))
        high = max_value if max_value is not None else low + 2 * (10 * n + _BIG * (n > 12))
        if min_value is None and max_value is None:
            low, high = -(10 * n + _BIG * (n > 12)), 10 * n + _BIG * (n > 12)
        near = [x for x in (0, low, high, 1, -1) if low <= x <= high]
        if n % 3 == 0 and max(low, -3) <= min(high, 3):
            low, high = max(low, -3), min(high, 3)  # few, so that some are equal
        return near[n % len(near)] if n < 3 else r.randint(low, high)

    return Strategy(draw)


def floats(
    min_value: float | None = None,
    max_value: float | None = None,
    *,
    allow_nan: bool | None = None,
    allow_infinity: bool | None = None,
    **_options: Any,
) -> Strategy:
    """Draws floats; NaN and infinities where there are no bounds and they are not refused."""
    bounded = min_value is not None or max_value is not None

    def draw(r: Random, n: int) -> float:
        low = -(10.0 ** (n % 7)) if min_value is None else float(min_value)
        high = max(low, 10.0 ** (n % 7)) if max_value is None else float(max_value)
        low = min(low, high) if min_value is None else low
        if n == 4 and not bounded and allow_nan is not False:
            return math.nan
        if n == 5 and not bounded and allow_infinity is not False:
            return math.inf
        near = [x for x in (0.0, low, high, 0.5, -1.5) if low <= x <= high]
        return near[n % len(near)] if n < 3 else r.uniform(low, high)

    return Strategy(draw)


def booleans() -> Strategy:
    """Draws truth values."""
    return sampled_from([False, True])


def just(value: Any) -> Strategy:
    """Draws one value."""
    return Strategy(lambda _r, _n: value)


def none() -> Strategy:
    """Draws ``None``."""
    return just(None)


def sampled_from(elements: Any) -> Strategy:
    """Draws elements."""
    among = list(elements)
    return Strategy(lambda r, n: among[0] if not n else r.choice(among))


def one_of(*strategies: Any) -> Strategy:
    """Draws from one of several."""
    among = list(strategies[0]) if isinstance(strategies[0], list | tuple) else list(strategies)
    return Strategy(lambda r, n: r.choice(among).draw(r, n))


def characters(*_args: Any, **options: Any) -> Strategy:
    """Draws characters, between code points where those are given."""
    low, high = options.get("min_codepoint"), options.get("max_codepoint")
    allowed = options.get("whitelist_characters") or options.get("include_characters") or ""
    kinds = options.get("whitelist_categories") or options.get("categories")
    refused = set(options.get("blacklist_characters") or options.get("exclude_characters") or "")
    if low is not None or high is not None:
        points = range(low or 32, min(high or 0x17F, (low or 32) + 500) + 1)
        allowed = "".join(map(chr, points))
    elif kinds:
        import unicodedata

        allowed += "".join(c for c in map(chr, range(0x250)) if unicodedata.category(c).startswith(
            tuple(kinds)
        ))  # fmt: skip
    return sampled_from([c for c in allowed or _LETTERS if c not in refused] or ["a"])


def text(alphabet: Any = None, *, min_size: int = 0, max_size: int | None = None) -> Strategy:
    """Draws texts."""
    of = alphabet if isinstance(alphabet, Strategy) else sampled_from(alphabet or _LETTERS)
    if alphabet is None:
        of = Strategy(lambda r, n: r.choice(_LETTERS if n % 3 else _FEW))
    return lists(of, min_size=min_size, max_size=max_size).map("".join)


def binary(*, min_size: int = 0, max_size: int | None = None) -> Strategy:
    """Draws bytes."""
    return lists(integers(0, 255), min_size=min_size, max_size=max_size).map(bytes)


def lists(
    elements: Strategy,
    *,
    min_size: int = 0,
    max_size: int | None = None,
    unique: bool = False,
    unique_by: Callable[[Any], Any] | None = None,
) -> Strategy:
    """Draws lists."""
    key = unique_by or (lambda value: value)

    def draw(r: Random, n: int) -> list[Any]:
        found: list[Any] = []
        seen: set[Any] = set()
        size = _size(r, n, min_size, max_size)
        for turn in range(size * (_TRIES if unique or unique_by else 1)):
            value = elements.draw(r, n + turn if n else turn)
            if not (unique or unique_by) or key(value) not in seen:
                found.append(value)
                seen |= {key(value)} if unique or unique_by else set()
            if len(found) == size:
                break
        if len(found) < min_size:
            raise UnsatisfiedAssumption
        return found

    return Strategy(draw)


def sets(elements: Strategy, *, min_size: int = 0, max_size: int | None = None) -> Strategy:
    """Draws sets."""
    return lists(elements, min_size=min_size, max_size=max_size, unique=True).map(set)


def frozensets(elements: Strategy, *, min_size: int = 0, max_size: int | None = None) -> Strategy:
    """Draws frozen sets."""
    return sets(elements, min_size=min_size, max_size=max_size).map(frozenset)


def tuples(*parts: Strategy) -> Strategy:
    """Draws tuples."""
    return Strategy(lambda r, n: tuple(part.draw(r, n) for part in parts))


def dictionaries(
    keys: Strategy, values: Strategy, *, min_size: int = 0, max_size: int | None = None
) -> Strategy:
    """Draws dicts."""
    pairs = lists(tuples(keys, values), min_size=min_size, max_size=max_size,
                  unique_by=lambda pair: pair[0])  # fmt: skip
    return pairs.map(dict)


def fixed_dictionaries(mapping: dict[Any, Strategy], *, optional: Any = None) -> Strategy:
    """Draws dicts of these keys."""
    every = {**mapping, **(optional or {})}
    return Strategy(lambda r, n: {key: every[key].draw(r, n) for key in every})


def permutations(values: Any) -> Strategy:
    """Draws orders of values."""
    among = list(values)
    return Strategy(lambda r, n: r.sample(among, len(among)) if n else list(among))


def builds(target: Callable[..., Any], *args: Strategy, **kwargs: Strategy) -> Strategy:
    """Draws what a call gives."""
    return Strategy(
        lambda r, n: target(
            *(part.draw(r, n) for part in args), **{k: v.draw(r, n) for k, v in kwargs.items()}
        )
    )


def composite(function: Callable[..., Any]) -> Callable[..., Strategy]:
    """Returns a strategy that a function draws together."""

    @functools.wraps(function)
    def made(*args: Any, **kwargs: Any) -> Strategy:
        return Strategy(lambda r, n: function(lambda part: part.draw(r, n), *args, **kwargs))

    return made


class _Data:
    def __init__(self, r: Random, n: int) -> None:
        self._about = r, n

    def draw(self, strategy: Strategy, label: Any = None) -> Any:  # noqa: ARG002
        """Returns a value."""
        return strategy.draw(*self._about)


def data() -> Strategy:
    """Draws what draws inside of the test."""
    return Strategy(_Data)


def recursive(base: Strategy, extend: Callable[[Strategy], Strategy], **_options: Any) -> Strategy:
    """Draws nested values, a few deep."""
    return one_of(base, extend(base), extend(one_of(base, extend(base))))


def deferred(definition: Callable[[], Strategy]) -> Strategy:
    """Draws from a strategy that is defined later."""
    return Strategy(lambda r, n: definition().draw(r, n))


def fractions(min_value: Any = None, max_value: Any = None, **_options: Any) -> Strategy:
    """Draws fractions."""
    return floats(min_value, max_value, allow_nan=False, allow_infinity=False).map(
        lambda value: Fraction(value).limit_denominator(1000)
    )


def decimals(min_value: Any = None, max_value: Any = None, **options: Any) -> Strategy:
    """Draws decimals, never NaN."""
    places = options.get("places", 3)
    return floats(min_value, max_value, allow_nan=False, allow_infinity=False).map(
        lambda value: Decimal(f"{value:.{3 if places is None else places}f}")
    )


def dates(min_value: Any = None, max_value: Any = None) -> Strategy:
    """Draws dates."""
    low = (min_value or _dates.date(1970, 1, 1)).toordinal()
    high = (max_value or _dates.date(2100, 1, 1)).toordinal()
    return integers(low, high).map(_dates.date.fromordinal)


def datetimes(min_value: Any = None, max_value: Any = None, **_options: Any) -> Strategy:
    """Draws times."""
    low = min_value or _dates.datetime(1970, 1, 1)
    span = int(((max_value or _dates.datetime(2100, 1, 1)) - low).total_seconds())
    return integers(0, span).map(lambda seconds: low + _dates.timedelta(seconds=seconds))


def timedeltas(*_args: Any, **_kwargs: Any) -> Strategy:
    """Draws spans of time."""
    return integers(0, 10**6).map(lambda seconds: _dates.timedelta(seconds=seconds))


# --- what runs them


def given(*positional: Strategy, **named: Strategy) -> Any:
    """Has a test run once for each example."""

    def decorate(function: Any) -> Any:
        parameters = list(inspect.signature(function).parameters.values())
        given_names = [p.name for p in parameters][len(parameters) - len(positional) :]
        strategies = {**dict(zip(given_names, positional, strict=True)), **named}

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            for values in vars(run).get("_hypothesis_cases", []):
                own, by_name = values
                function(*args, **{**kwargs, **dict(zip(strategies, own, strict=False)), **by_name})
            done = 0
            wanted = min(vars(run).get("_hypothesis_most", _EXAMPLES), _MOST)
            for n in range(wanted):
                r = Random(f"{function.__qualname__}{n}")  # noqa: S311
                try:
                    drawn = {key: part.draw(r, n) for key, part in strategies.items()}
                    function(*args, **{**kwargs, **drawn})
                except UnsatisfiedAssumption:
                    continue
                done += 1
            if not done:
                raise AssertionError("no example is as the test assumes")

        left = [p for p in parameters if p.name not in strategies]
        vars(run)["__signature__"] = inspect.Signature(left)
        vars(run).pop("__wrapped__", None)
        return run

    return decorate


def example(*args: Any, **kwargs: Any) -> Any:
    """Adds a case to a test."""

    def decorate(function: Any) -> Any:
        vars(function).setdefault("_hypothesis_cases", []).insert(0, (args, kwargs))
        return function

    return decorate


class settings:  # noqa: N801 - its name there
    """Says how many examples a test is given; nothing else of it matters here."""

    def __init__(self, *_args: Any, max_examples: int = _EXAMPLES, **_options: Any) -> None:
        self._most = max_examples

    def __call__(self, function: Any) -> Any:
        """Marks a test."""
        vars(function)["_hypothesis_most"] = self._most
        return function

    register_profile = load_profile = staticmethod(lambda *_args, **_kwargs: None)


def assume(condition: Any) -> bool:
    """Gives an example up of which a condition does not hold."""
    if not condition:
        raise UnsatisfiedAssumption
    return True


def note(*_args: Any, **_kwargs: Any) -> None:
    """Does nothing."""


event = target = seed = note


class _Anything:
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Any:
        return iter(())


HealthCheck = Phase = Verbosity = _Anything()
strategies = types.ModuleType("hypothesis.strategies")
for _name, _value in list(globals().items()):
    if isinstance(_value, types.FunctionType) and _name not in ("given", "example", "assume"):
        setattr(strategies, _name, _value)
strategies.SearchStrategy = Strategy  # type: ignore[attr-defined]
strategies.__getattr__ = lambda name: _unknown(name)  # type: ignore[method-assign]
st = strategies
sys.modules["hypothesis.strategies"] = strategies


def _unknown(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _refused(name)


def __getattr__(name: str) -> Any:
    return _unknown(name)
