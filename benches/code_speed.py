"""``python -m benches.code_speed [DATA]``: grading programs against one plain process each.

The baseline is one fresh ``python -I`` per candidate, with all of its tests in it, which is what
most graders do and which holds nothing back. ``DATA`` is as for ``benches.code_test_files``: with
it, test files are compared with a plain run of the same files as well.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benches.figures import tell
from benches.usage import arguments
from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.outcomes import GradingError
from touchstone.pipeline import answer
from touchstone.sandbox import open_sandbox
from touchstone.templates import get_template

ROWS, TESTS, ROUNDS, FILES = 64, 20, 3, 30
CODE = "def f(items):\n    return sum(item * i for i, item in enumerate(items)) + {n}\n"
SETTINGS: dict[str, Any] = {"quality_weights": {"complexity": 1}}  # no Ruff, which is a process
NAMES = ("classeval", "exercism_unittest")


def main(data: str) -> int:
    """Prints the tables; those of test files only where there is a folder of them."""
    tools = Tools(sandbox=open_sandbox())
    _batch(tools)
    paths = [Path(data) / f"{name}.jsonl" for name in NAMES if data]
    lines = [_test_files(path, tools) for path in paths if path.exists()]
    if lines:
        tell("code_speed-files", ["times one plain run", "median", "90th percentile"], lines)
    return 0


def _batch(tools: Tools) -> None:
    inputs = [list(range(n)) for n in range(TESTS)]
    codes = [CODE.format(n=n) for n in range(ROWS)]
    cases = [{"input": [i], "expected": sum(n * n for n in i)} for i in inputs]
    rows = [_row(code, {"entry_point": "f", "test_cases": cases}) for code in codes]
    grader = get_template("code_verification").customize(**SETTINGS)
    script = "\nimport json, sys\nprint(json.dumps([f(x) for x in json.load(sys.stdin)]))"

    def plain() -> None:
        for code in codes:
            _plain(f"{code}{script}", json.dumps(inputs))

    ratios = _ratios(lambda: answer(rows, grader, tools), plain)
    line = [f"{ROWS} rows of {TESTS} tests", f"{statistics.median(ratios):.1f}x"]
    tell("code_speed-rows", ["against one fresh `python -I` each", "as fast"], [line])


def _test_files(path: Path, tools: Tools) -> list[str]:
    grader = get_template("code_verification").customize(**SETTINGS)
    times: list[float] = []
    for line in path.read_text("utf-8").splitlines()[:FILES]:
        row = json.loads(line)
        (sample,) = parse([{key: row[key] for key in ("messages", "reference_answer")}]).rows
        if not isinstance(sample, Sample) or not isinstance(sample.reference, dict):
            continue
        code = sample.completion.partition("```python")[2].partition("```")[0] or sample.completion
        whole = f"{code}\n{sample.reference['test_code']}\nimport unittest\nunittest.main()\n"
        try:
            ratios = _ratios(lambda s=sample: grader(s, tools), lambda w=whole: _plain(w))
        except GradingError:
            continue
        times.append(1 / statistics.median(ratios))
    middle, most = statistics.median(times), sorted(times)[int(0.9 * len(times))]
    return [f"{path.stem}, {len(times)} files", f"{middle:.1f}", f"{most:.1f}"]


def _ratios(ours: Callable[[], Any], plain: Callable[[], Any]) -> list[float]:
    """Returns how many times as fast we are, once for each round."""
    ours()
    found: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        plain()
        middle = time.perf_counter()
        ours()
        found.append((middle - began) / (time.perf_counter() - middle))
    return found


def _plain(code: str, stdin: str = "") -> None:
    command = [sys.executable, "-I", "-c", code]
    with tempfile.TemporaryDirectory() as folder:  # such tests write files where they run
        subprocess.run(
            command, input=stdin, capture_output=True, text=True, check=False, cwd=folder
        )


def _row(code: str, reference: dict[str, Any]) -> dict[str, Any]:
    turns = [{"role": "user", "content": "Write f."}, {"role": "assistant", "content": code}]
    return {"messages": turns, "reference_answer": reference}


if __name__ == "__main__":
    sys.exit(main(*arguments(__doc__, DATA="")))
