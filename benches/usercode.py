"""Milliseconds per row of a user's 45-line reward function: in a cage, and in plain Python.

A batch is 64 rows. ``cage`` is what a batch costs through the whole flow (parse, a fresh cage,
load and police the file, a call per row, gate, settle), divided by its rows; the baseline is the
same function called in this process, which holds nothing back. ``flow`` is the same flow with a
grader that runs the function in this process: what the cage adds is the difference.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benches.figures import tell
from benches.usage import arguments
from touchstone.contract import Sample
from touchstone.deadline import Deadline
from touchstone.grader import Grader, Template, Tools
from touchstone.outcomes import Grade, Metric
from touchstone.pipeline import answer
from touchstone.sandbox import open_sandbox
from touchstone.templates import load_grader
from touchstone.usercode.grader import Settings

ROWS, ROUNDS = 64, 15
CODE = '''"""Grades a support reply by its parts."""

import re
from dataclasses import dataclass

GREETING = re.compile(r"\\\\b(hello|hi|dear|thank you)\\\\b", re.IGNORECASE)
BLAME = ("your fault", "you should have", "as i said")
STEPS = re.compile(r"^\\\\s*(?:\\\\d+\\\\.|[-*])\\\\s", re.MULTILINE)


@dataclass
class Part:
    name: str
    weight: float
    value: float = 0.0


def voice(text):
    lowered = text.lower()
    greeted = 1.0 if GREETING.search(text) else 0.5
    blames = sum(lowered.count(phrase) for phrase in BLAME)
    return max(0.0, greeted - 0.5 * blames)


def accuracy(text, facts):
    if not facts:
        return 1.0
    return sum(fact.lower() in text.lower() for fact in facts) / len(facts)


def actionable(text):
    steps = len(STEPS.findall(text))
    return min(1.0, steps / 2)


def reward(sample):
    text = sample.completion
    facts = (sample.reference or {}).get("facts", [])
    parts = [Part("voice", 0.4), Part("accuracy", 0.4), Part("actionable", 0.2)]
    values = {"voice": voice(text), "accuracy": accuracy(text, facts)}
    values["actionable"] = actionable(text)
    total = 0.0
    for part in parts:
        part.value += values[part.name]
        total += part.weight * part.value
    words = len(text.split())
    brevity = 1.0 if words < 200 else 200 / words
    return {"reward": total * brevity, "metrics": values, "reason": f"{words} words"}
'''.replace("\\\\", "\\")
REPLY = (
    "Hello Ann, thank you for writing.\n1. Open your order.\n2. Choose *refund*.\n"
    "The money is back within five days. " * 4
)


def event() -> list[dict[str, Any]]:
    """Returns a batch of rows."""
    return [
        {
            "id": str(n),
            "messages": [
                {"role": "user", "content": "Where is my refund?"},
                {"role": "assistant", "content": f"{REPLY} ({n})"},
            ],
            "reference_answer": {"facts": ["five days", "refund"]},
        }
        for n in range(ROWS)
    ]


def plain() -> Callable[[Any], dict[str, Any]]:
    """Returns the function, loaded here."""
    names: dict[str, Any] = {"__name__": __name__}
    exec(CODE, names)
    return names["reward"]


def run() -> dict[str, list[float]]:
    """Returns milliseconds per row of every round, by way."""
    sandbox, rows = open_sandbox(), event()
    function = plain()

    def grade_here(sample: Sample, _settings: Settings, _tools: Tools) -> Grade:
        reward = function(sample)["reward"]
        return Grade(reward, (Metric("reward", reward, "Reward"),))

    here = Template("here", "", Settings, ("reward",), grade_here).customize()
    samples: list[Sample] = []

    def collect(sample: Sample, _settings: Settings, _tools: Tools) -> Grade:
        samples.append(sample)
        return Grade(0.0, (Metric("reward", 0.0, "Reward"),))

    collector = Template("collect", "", Settings, ("reward",), collect).customize(concurrency=1)
    answer(rows, collector, Tools())
    with tempfile.TemporaryDirectory() as folder:
        caged = {policy: caged_grader(Path(folder), policy) for policy in ("restricted", "full")}
    ways: dict[str, Callable[[], Any]] = {
        "plain function, in process (baseline)": lambda: [function(s) for s in samples],
        "flow, function in process": lambda: answer(rows, here, Tools()),
    }
    for policy, grader in caged.items():
        ways[f"flow, function in a cage, {policy}"] = lambda grader=grader: answer(
            rows, grader, Tools(Deadline(), sandbox)
        )
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            times[name].append(1000 * (time.perf_counter() - started) / ROWS)
    sandbox.close()
    return times


def caged_grader(folder: Path, policy: str) -> Grader:
    """Returns the file as a grader, one row at a time."""
    (folder / "bench.py").write_text(CODE, encoding="utf-8")
    (folder / "graders.toml").write_text(
        f'[graders.bench]\ncode = "bench.py"\npolicy = "{policy}"\n', encoding="utf-8"
    )
    return load_grader("bench", folder / "graders.toml")


def main() -> None:
    print(f"{ROWS} rows a batch, {ROUNDS} rounds; milliseconds per row")
    times = run()
    flow = times["flow, function in process"]
    lines: list[list[str]] = []
    for name, ms in times.items():
        added = statistics.median([b - a for a, b in zip(flow, ms, strict=True)])
        over = f"{added:+.2f}" if "cage" in name else ""
        lines.append([name, f"{statistics.median(ms):.3f}", f"{max(ms):.3f}", over])
    tell("usercode-rows", ["", "median", "worst", "over the flow"], lines)


if __name__ == "__main__":
    arguments(__doc__)
    main()
