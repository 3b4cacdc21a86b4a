"""The one door to msgspec's conversions: a type is understood before two threads meet it.

msgspec works out a type at its first use, and that is not safe under threads: two that meet
a new type at the same time can end the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_ONE_AT_A_TIME = threading.Lock()


def typed(form: type[T]) -> Callable[[Any], T]:
    """Returns what converts plain data (as of JSON or TOML) to ``form``, in any thread.

    What it returns raises ``msgspec.ValidationError``, which names the place in the data.
    """
    with _ONE_AT_A_TIME, suppress(msgspec.ValidationError):
        msgspec.convert(None, form)  # the type is worked out even where None does not fit
    return partial(msgspec.convert, type=form)
