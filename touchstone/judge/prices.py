"""What asking costs, estimated from a dated table that the operator can override."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from touchstone.judge.types import Usage

# Cross-region inference profiles put where they route to before the model's own id.
_GEOGRAPHY = re.compile(r"(?:us|us-gov|eu|apac|jp|au|ca|global)\.")


@lru_cache
def price_table() -> Mapping[str, tuple[float, float]]:
    """Returns model to USD per million input and output tokens, from ``prices.toml``."""
    with (Path(__file__).parent / "prices.toml").open("rb") as file:
        models = tomllib.load(file)["models"]
    return {model: (float(sent), float(made)) for model, (sent, made) in models.items()}


def price_of(
    model: str, overrides: Mapping[str, tuple[float, float]]
) -> tuple[float, float] | None:
    """Returns the price of a model id, inference profile or ARN; ``None`` when unknown.

    The operator's own prices go first, under the name that the setting uses or the model's
    plain id; an application inference profile's ARN does not tell its model, so that it has
    a price only there.
    """
    name = model.rsplit("/", 1)[-1] if model.startswith("arn:") else model
    plain = _GEOGRAPHY.sub("", name, count=1) if _GEOGRAPHY.match(name) else name
    for table in (overrides, price_table()):
        for known in (model, name, plain):
            if known in table:
                return table[known]
    return None


def usage_of_call(price: tuple[float, float] | None, counted: Mapping[str, Any]) -> Usage:
    """Returns the usage of one answered call, as its service counted it.

    What a service leaves out or counts oddly is 0 tokens and an unknown cost.
    """
    sent = _count(counted, "inputTokens", "prompt_tokens", "input_tokens")
    made = _count(counted, "outputTokens", "completion_tokens", "output_tokens")
    if price is None or sent is None or made is None:
        return Usage(1, sent or 0, made or 0, None)
    return Usage(1, sent, made, (sent * price[0] + made * price[1]) / 1_000_000)


def _count(counted: Mapping[str, Any], *names: str) -> int | None:
    value = next((counted[name] for name in names if name in counted), None)
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if whole else None
