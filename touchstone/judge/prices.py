"""What asking costs, estimated from a dated table that the operator can override."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from touchstone.judge.types import Usage

# Converse's ids end in a version, and may name a window; those of chat completions do not:
# `openai.gpt-oss-120b-1:0` is `openai.gpt-oss-120b` there.
_VERSION = re.compile(r"(?:-v?\d+)?(?::\d+k?){1,2}$|-v\d+$")

Price = tuple[float, float]


@lru_cache
def price_table() -> Mapping[str, tuple[float, ...]]:
    """Returns model to USD per million tokens, from ``prices.toml``.

    Input and output; and where a service keeps what it has read, input that was kept and
    input to be kept.
    """
    with (Path(__file__).parent / "prices.toml").open("rb") as file:
        return {model: tuple(map(float, p)) for model, p in tomllib.load(file)["models"].items()}


@lru_cache
def _unversioned() -> Mapping[str, tuple[float, ...]]:
    return {_VERSION.sub("", model): price for model, price in price_table().items()}


def price_of(model: str, overrides: Mapping[str, Price]) -> Price | None:
    """Returns the price of a model id, inference profile or ARN; ``None`` when unknown.

    The operator's own prices go first, under the name that the setting uses or the model's
    plain id. The table's hold for each id of a model, with a version or without. An application
    inference profile's ARN does not tell its model, so that it has a price only among the
    operator's.
    """
    found = _found(model, overrides)
    return None if found is None else (found[0], found[1])


def kept_price_of(model: str, overrides: Mapping[str, Price]) -> Price | None:
    """Returns the prices of input that was kept and of input to be kept, where they differ."""
    found = _found(model, overrides) or ()
    return (found[2], found[3]) if len(found) > 3 else None


def usage_of_call(
    price: Price | None, counted: Mapping[str, Any], kept_price: Price | None = None
) -> Usage:
    """Returns the usage of one answered call, as its service counted it.

    What a service leaves out or counts oddly is 0 tokens and an unknown cost. Input that was
    kept, or is to be, counts as input; Converse counts it apart, chat completions within.
    """
    sent = _count(counted, "inputTokens", "prompt_tokens", "input_tokens")
    made = _count(counted, "outputTokens", "completion_tokens", "output_tokens")
    kept = _count(counted, "cacheReadInputTokens") or 0
    keeping = _count(counted, "cacheWriteInputTokens") or 0
    whole = (sent or 0) + kept + keeping
    if price is None or sent is None or made is None:
        return Usage(1, whole, made or 0, None)
    of_kept, of_keeping = kept_price or (price[0], price[0])
    cost = sent * price[0] + made * price[1] + kept * of_kept + keeping * of_keeping
    return Usage(1, whole, made, cost / 1_000_000)


def _found(model: str, overrides: Mapping[str, Price]) -> tuple[float, ...] | None:
    name = model.rsplit("/", 1)[-1] if model.startswith("arn:") else model
    # Cross-region inference profiles put where they route to before the model's own id.
    names = (model, name, name.partition(".")[2])
    for table in (overrides, price_table()):
        for known in names:
            if known in table:
                return table[known]
    bare = (_VERSION.sub("", known) for known in names)
    return next((_unversioned()[known] for known in bare if known in _unversioned()), None)


def _count(counted: Mapping[str, Any], *names: str) -> int | None:
    value = next((counted[name] for name in names if name in counted), None)
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if whole else None
