"""Equal data: the completion's JSON is the reference's, value for value."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from touchstone.sandbox import Sandbox
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.gold import expected_data

_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n?```", re.DOTALL)


def right(case: Case, completion: str, _sandbox: Sandbox) -> bool | None:
    """Tells whether a completion holds the reference's data.

    Numbers are equal to one part in a thousand million, texts but for case and spaces; order
    counts in lists.

    Returns:
        ``None`` where the reference is not data, or the completion is not plain JSON.
    """
    wanted = expected_data(case.reference)
    if wanted is None or (isinstance(case.reference, dict) and "calls" in case.reference):
        return None
    fenced = _FENCED.findall(completion)
    try:
        found = json.loads(fenced[-1] if fenced else completion)
    except (ValueError, RecursionError):
        return None
    return _equal(wanted, found)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, str) and isinstance(b, str):
        return " ".join(a.split()).casefold() == " ".join(b.split()).casefold()
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b)
    return type(a) is type(b) and a == b
