"""``python -m benches.code_test_files DATA [name ...]``: test files against a plain run of them.

``DATA`` holds ``<name>.jsonl`` with rows of code_verification, whose truth is in ``label``
(``passes``, or ``pass_rate``): what a plain ``python -I`` run of the same files said. Prints how
many verdicts agree, and which do not. The libraries that the rows need are those of the grader
``test-files`` of ``benches/graders.toml``; without them such rows are unscored.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benches.usage import usage
from touchstone.contract import Sample, parse
from touchstone.grader import Grader, Tools
from touchstone.libraries import installed
from touchstone.outcomes import GradingError
from touchstone.sandbox import open_sandbox
from touchstone.settings import SettingsError
from touchstone.templates import find_grader

NAMES = (
    "classeval", "exercism_unittest", "can_it_edit", "naturalcodebench", "bigcodebench", "acecode",
)  # fmt: skip


def main(folder: str, names: list[str]) -> int:
    """Prints a line for each file and one for each row that ends otherwise."""
    grader = find_grader("test-files", Path(__file__).with_name("graders.toml"))
    try:
        libraries = installed(grader)
    except SettingsError as exc:
        libraries = None
        print(f"without libraries: {exc}, in benches/")
    sandbox = open_sandbox(libraries=libraries)
    print("| rows | of | verdict right | wrong | unscored | seconds |\n|---|---|---|---|---|---|")
    notes: list[str] = []
    for name in names or NAMES:
        path = Path(folder) / f"{name}.jsonl"
        if not path.exists():
            continue
        began, counts = time.perf_counter(), Counter[str]()
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for row in rows:
            ended, why = _graded(row, grader, Tools(sandbox=sandbox))
            counts[ended] += 1
            if ended != "right":
                notes.append(f"{name} {row['id']}: {ended}: {why[:300]}")
        spent = time.perf_counter() - began
        told = " | ".join(str(counts[key]) for key in ("right", "wrong", "unscored"))
        print(f"| {name} | {len(rows)} | {told} | {spent:.1f} |", flush=True)
    sandbox.close()
    print("\n".join(notes))
    return 0


def _graded(row: dict[str, Any], grader: Grader, tools: Tools) -> tuple[str, str]:
    """Returns whether the share of tests passed is the true one, and why it is what it is."""
    event = {key: row[key] for key in ("id", "messages", "reference_answer")}
    (sample,) = parse([event]).rows
    if not isinstance(sample, Sample):
        return "unscored", str(sample)
    try:
        grade = grader(sample, tools)
    except GradingError as fault:
        return "unscored", f"{fault.kind}: {fault}"
    share = next(m.value for m in grade.metrics if m.name == "tests_passed")
    label = row["label"]
    if "pass_rate" in label:
        right = abs(share - label["pass_rate"]) < 0.01
    else:
        right = (share == 1.0) == label["passes"]
    return ("right" if right else "wrong"), f"{share:.2f} {grade.reason}"


if __name__ == "__main__":
    parser = usage(__doc__)
    parser.add_argument("DATA", help="the folder")
    parser.add_argument("name", nargs="*", help="all by default")
    given = parser.parse_args()
    sys.exit(main(given.DATA, given.name))
