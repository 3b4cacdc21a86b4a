"""Prices of AWS that are published, dated; a job's ``[prices]`` go before them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

# Names that [prices] may set. The last two are published by nobody for RFT.
PRICES = (
    "lambda_request", "lambda_gb_second", "judge_input_million", "judge_output_million",
    "training_hour", "training_token_million",
)  # fmt: skip


@cache
def published() -> tuple[dict[str, float], str]:
    """Returns the prices in US dollars that are published, and the day they were read."""
    with (Path(__file__).parent / "aws_prices.toml").open("rb") as file:
        table = tomllib.load(file)
    return table["prices"], table["as_of"].isoformat()
