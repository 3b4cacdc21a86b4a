"""Draws that a seed decides, so that a check finds the same again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def rng_of(*parts: object) -> random.Random:
    """Returns a generator that the seed and what it is for decide."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - draws, not secrecy


def spread(items: Sequence[Item], seed: int) -> list[Item]:
    """Returns items in an order drawn by the seed, so that a part of them stands for all."""
    return rng_of(seed, len(items)).sample(list(items), len(items))
