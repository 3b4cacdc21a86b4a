"""Patterns that are compiled at their first use: importing a table of them costs nothing."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, cast


class LazyPattern:
    """Compiles itself when one of its methods is first asked for, and then keeps that method."""

    def __init__(self, text: str, flags: int) -> None:
        self._source = text, flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern itself."""
        return re.compile(*self._source)

    def __getattr__(self, name: str) -> Any:
        """Returns a method of the compiled pattern."""
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.compiled, name)
        setattr(self, name, found)
        return found


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Returns a regular expression that has a compiled one's methods and no cost yet.

    Args:
        text: A regular expression that is known to be right.
        flags: As for :func:`re.compile`.
    """
    return cast("re.Pattern[str]", LazyPattern(text, flags))
