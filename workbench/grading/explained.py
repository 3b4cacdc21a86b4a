"""One row whole: what was asked and answered, and what the grader made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from touchstone.contract import Sample, parse
from touchstone.thinking import Pairs
from touchstone.workbench.rows.rft import Line


def explained(line: Line, entry: dict[str, Any], thinking_marks: Pairs = ()) -> Iterator[str]:
    """Yields lines of text that show a row and its result to a person.

    Args:
        line: The row, which may be unreadable.
        entry: Its result, with its reason.
        thinking_marks: The grader's own marks of what is thinking in a completion.
    """
    yield line.place if entry["id"] is None else f"{line.place}, {entry['id']}"
    sample = None if line.problem else parse([line.row], thinking_marks).rows[0]
    if isinstance(sample, Sample):
        yield from _part("prompt", sample.prompt)
        if sample.thinking:
            yield from _part("thinking", sample.thinking)
        yield from _part("completion", sample.completion)
        if sample.reference is not None:
            yield from _part("reference", _text(sample.reference))
    scored = entry["outcome"] == "scored"
    yield ""
    yield f"reward: {entry['aggregate_reward_score']:.6g}" if scored else entry["outcome"]
    for title, kind in (("criteria", "Reward"), ("metrics", "Metric")):
        of_kind = [one for one in entry["metrics_list"] if one["type"] == kind]
        if of_kind:
            yield from _part(title, "\n".join(f"{m['name']} {m['value']:.6g}" for m in of_kind))
    yield from _part("reason", str(entry.get("reason") or ""))


def _part(title: str, text: str) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    yield from (f"  {line}" for line in text.split("\n"))


def _text(reference: Any) -> str:
    if isinstance(reference, str):
        return reference
    return json.dumps(reference, ensure_ascii=False, indent=2)
