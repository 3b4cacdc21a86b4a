"""How polite a text is, by the strategies that people were seen to use and to react to.

Each strategy is a pattern that is present or not. Its weight starts from the effect published
for it and is moved by ridge regression (penalty 20) on one half of the Stack Exchange requests
with politeness ratings, those whose id has an even CRC-32; docs/accuracy.md reports the other
half, which it was never fitted to.

Source of the strategies, their effects and the rated requests: Danescu-Niculescu-Mizil et al.
(2013), A computational approach to politeness with application to social factors; the
requests from the repository sudhof/politeness, Apache-2.0.
"""

from __future__ import annotations

import math
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

_LEXICON = Path(__file__).with_name("politeness.toml")
# Where a sentence begins, after the name of whoever is addressed.
_START = r"(?:^|(?<=[.!?\n]))\s*(?:@\w+[:,]?\s+)?"


def politeness(text: str) -> float:
    """Returns how likely people find the text polite rather than impolite, within 0..1.

    A text of fewer words than a full length is curt, the more so the fewer; more words are
    no politer.
    """
    known = _lexicon()
    curt = max(0.0, 1 - len(text.split()) / known["full_length"])
    found = sum(weight for _, weight in strategies(text))
    return 1 / (1 + math.exp(-(known["bias"] + known["curt"] * curt + found)))


def strategies(text: str) -> list[tuple[str, float]]:
    """Returns the strategies that the text uses, each with its weight in log-odds."""
    # Without blank lines: patterns look for the start of a sentence behind any white space.
    lines = (line.strip() for line in text.replace("\u2019", "'").splitlines())
    plain = "\n".join(line for line in lines if line)
    return [(one.name, one.weight) for one in _strategies() if one.pattern.search(plain)]


class _Strategy(NamedTuple):
    name: str
    weight: float
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def _strategies() -> tuple[_Strategy, ...]:
    return tuple(
        _Strategy(
            name, known["weight"], re.compile(known["pattern"].replace("@start@", _START), re.I)
        )
        for name, known in _lexicon()["strategies"].items()
    )


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(_LEXICON.read_text(encoding="utf-8"))
