"""What asking costs, estimated from a dated table that the operator can override."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

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


def usage_of_call(
    price: tuple[float, float] | None, input_tokens: int, output_tokens: int
) -> Usage:
    """Returns the usage of one answered call."""
    if price is None:
        return Usage(1, input_tokens, output_tokens, None)
    cost = (input_tokens * price[0] + output_tokens * price[1]) / 1_000_000
    return Usage(1, input_tokens, output_tokens, cost)
