"""How right ``math_reasoning`` is, by ``python -m benches.math_reasoning_accuracy FOLDER``.

Reads ``FOLDER/math_reasoning/*.jsonl``: rows in the event form with ``label: {"equal": bool}`` or
``{"correct": bool}``. A row whose label also has a true flag of another name is counted apart:
there the label itself is a convention. The same table shows Math-Verify alone and the last number.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benches.accuracy import run
from benches.figures import tell
from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.sandbox import open_sandbox
from touchstone.templates import get_template

Verdict = Callable[[Sample, str], bool]
Row = tuple[Sample, str, bool]
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def main(folder: Path, judge: str) -> None:  # noqa: ARG001 - no judge grades mathematics
    """Prints a table per file, and every row without a flag that the template gets wrong."""
    paths = sorted((folder / "math_reasoning").glob("*.jsonl"))
    if not paths:
        print("no rows in math_reasoning/*.jsonl")
    sandbox = open_sandbox()
    try:
        for path in paths:
            _file(path, Tools(sandbox=sandbox))
    finally:
        sandbox.close()


def _file(path: Path, tools: Tools) -> None:
    grader = get_template("math_reasoning").customize()

    def ours(sample: Sample, _reference: str) -> bool:
        return grader(sample, tools).metrics[0].value == 1.0

    groups: dict[str, list[Row]] = {"no flag": [], "flagged": []}
    for group, row in _rows(path):
        groups[group].append(row)
    verdicts: dict[str, Verdict] = {
        "math_reasoning": ours,
        "Math-Verify alone": math_verify_alone,
        "last number": last_number,
    }
    print(f"{path.stem}\n")
    lines = []
    for group, rows in groups.items():
        for name, verdict in verdicts.items() if rows else ():
            lines.append([group, name, *_counts([(verdict(s, r), right) for s, r, right in rows])])
    header = ["rows", "grader", "agreement", "false accepts", "false rejects"]
    tell(f"math_reasoning_accuracy-{path.stem}", header, lines, "no judge")
    wrong = [s for s, r, right in groups["no flag"] if ours(s, r) != right]
    print(f"\nwrong without a flag: {', '.join(str(sample.id) for sample in wrong) or 'none'}\n")


def _rows(path: Path) -> Iterator[tuple[str, Row]]:
    for line in path.read_text("utf-8").splitlines():
        event: dict[str, Any] = json.loads(line)
        label = event.pop("label")
        right = label.get("equal", label.get("correct"))
        flagged = any(
            value is True for key, value in label.items() if key not in ("equal", "correct")
        )
        sample = parse([event]).rows[0]
        if isinstance(sample, Sample):
            given = sample.reference
            reference = str(given.get("answer") if isinstance(given, dict) else given)
            yield ("flagged" if flagged else "no flag"), (sample, reference, bool(right))


def _counts(pairs: list[tuple[bool, bool]]) -> list[str]:
    agreed = sum(said == right for said, right in pairs)
    different = sum(not right for _, right in pairs)
    accepted = sum(said and not right for said, right in pairs)
    rejected = sum(right and not said for said, right in pairs)
    return [
        f"{agreed}/{len(pairs)} ({agreed / len(pairs):.1%})",
        f"{accepted}/{different}",
        f"{rejected}/{len(pairs) - different}",
    ]


def math_verify_alone(sample: Sample, reference: str) -> bool:
    """Math-Verify with its own defaults on the completion and the reference."""
    from math_verify import parse as read
    from math_verify import verify

    return bool(verify(read(reference), read(sample.completion)))


def last_number(sample: Sample, reference: str) -> bool:
    """The last number of each, as many sample reward functions do it."""
    found = [_NUMBER.findall(text) for text in (sample.completion, reference)]
    if not all(found):
        return False
    ours, theirs = (numbers[-1].replace(",", "") for numbers in found)
    return float(ours) == float(theirs)


if __name__ == "__main__":
    sys.exit(run({"math_reasoning": main}))
