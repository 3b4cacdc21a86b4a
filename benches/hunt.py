"""What the worst completions take: seconds of the grader's own CPU, and its memory.

``python -m benches.hunt [COUNT [SEED]]``: each known shape (one thing repeated up to the cap,
nested, or all different) through every template with an offline judge, then COUNT mixtures of
them, drawn by SEED. Prints the ten slowest and the ten largest; exits with 1 where a row was not
scored, or took more than a second or 200 MB.
"""

from __future__ import annotations

import json
import random
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benches.usage import arguments
from touchstone.deadline import Deadline
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.pipeline import answer
from touchstone.templates import get_template
from touchstone.toolbox import Toolbox

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 100_000  # characters, the default of max_completion_chars
SIZES = (20_000, 50_000, LONGEST)
TEMPLATES = sorted(path.parent.name for path in (ROOT / "templates").glob("*/cases.jsonl"))
MOST_S, MOST_MB = 1.0, 200.0
_CHARACTERS = (
    "aA1_ \t\n\r\x00\x0b!?.,;:-+*/\\|()[]{}<>'\"`~@#$%^&=é中가😀\u0301\u200b\u2019\u00a0—…½²→∞“"
)
_WORDS = (
    "the |So |Dr. |U.S.|1,|1,000,|1 000 |1/2 |12:30 |2020-01-01 |$5 |x = 1 |1+1=2 |\\boxed{|"
    "\\boxed{1} |\\frac{|\\text{|{,}|\\begin{align}|\\[|\\(|$$|**a|__|```|`a|# a |- a |<a>|</a>|"
    "<think>|</think>|<answer>|<<1=|<!--|<![CDATA[|&amp;|[1,|[[|"
    '{"a":|"a",|a: b |- - |&a |*a |f(|lambda x:|not |@d |import a |a,b,c |the answer is |A: 1 |'
    "a'|it's |http://a.b |a@b.c |(1) |no |I can't |allow |hate |please |[a](|![|{{|e.g. |A'|"
    "as an ai |step 1 |x and |0x|^{|_{|\\sqrt{|&=|1 < |1 kg "
)
_LINES = ("1. a\n", "| a | b |\n", "def f():\n", "```python\n", "a\n\n", "#### 1\n", "\n```")
UNITS = (*_CHARACTERS, *filter(None, _WORDS.split("|")), "<|channel|>", *_LINES)
_NESTS = ("()", "[]", "{}", "<>", "``", "$$", "**", "''", '""')
_COUNTED: dict[str, Callable[[int], str]] = {
    "numbers": lambda i: f"{i} ",
    "words": lambda i: f"w{i} ",
    "sentences": lambda i: f"The cat {i} sat. ",
    "lines": lambda i: f"line {i}\n",
    "boxes": lambda i: f"\\boxed{{{i}}} ",
    "equations": lambda i: f"{i}+1={i + 1}\n",
    "functions": lambda i: f"def f{i}(): pass\n",
    "keys": lambda i: f'{"," if i else "{"}"k{i}":{i}',
    "objects": lambda i: f'{"," if i else "["}{{"a":{i}}}',
    "aliases": lambda i: f"b{i}: &b{i} [*b{i - 1}, *b{i - 1}]\n" if i else "b0: &b0 [x]\n",
    "elements": lambda i: f"<a>{i}</a>",
    "rows": lambda i: f"{i},{i}\n",
}


def shapes(size: int) -> Iterator[tuple[str, str]]:
    """Yields the known shapes, each with its name."""
    for unit in UNITS:
        yield repr(unit), (unit * size)[:size]
        yield f"{unit!r} and an end", (unit * size)[: size - 1] + "x"
    for first, last in _NESTS:
        yield f"nested {first}{last}", first * (size // 2) + last * (size // 2)
    for name, part in _COUNTED.items():
        yield name, "".join(part(i) for i in range(size // 4))[:size]


def mixed(seed: int) -> tuple[str, str]:
    """Returns a mixture of up to four units, repeated, in turn or by chance, with its name."""
    # Not for secrets: the same seed must give the same text.
    chance = random.Random(seed)
    size = chance.choice(SIZES)
    units = chance.sample(UNITS, chance.randint(1, 4))
    start = chance.choice(("", "A: ", "```\n", "{", "the answer is ", "- "))
    end = chance.choice(("", "x", "!", "\n", "\x00", "}", "\n```"))
    if chance.random() < 0.5:
        middle = "".join(units) * size
    elif chance.random() < 0.5:
        middle = "".join((unit * size)[: size // len(units)] for unit in units)
    else:
        middle = "".join(chance.choices(units, k=size))
    room = size - len(start) - len(end)
    return f"{seed}: {start!r} {units} {end!r}", start + middle[:room] + end


class Bench:
    """One template, with cases of its own whose completion is replaced."""

    def __init__(self, name: str) -> None:
        text = (ROOT / "templates" / name / "cases.jsonl").read_text(encoding="utf-8")
        self._grader = get_template(name).customize()
        self._tools = Toolbox.of(self._grader)
        self._cases = [json.loads(line) for line in text.splitlines()]
        self._cases = [case for case in self._cases if self._outcome(case, "x") == "scored"]

    def reply(self, index: int, completion: str) -> dict[str, Any]:
        """Returns the result of the completion as the answer of one of the cases."""
        return self._graded(self._cases[index % len(self._cases)], completion)

    def _outcome(self, case: dict[str, Any], completion: str) -> str:
        try:
            return self._graded(case, completion)["outcome"]
        except FaultBudgetExceeded:  # a case of a bad reference
            return "unscored"

    def _graded(self, case: dict[str, Any], completion: str) -> dict[str, Any]:
        turns = [turn for turn in case["messages"] if turn["role"] != "assistant"]
        turns.append({"role": "assistant", "content": completion})
        rows = [{**case, "messages": turns}]
        return answer(rows, self._grader, self._tools.tools(Deadline()), explain=True)[0]

    def close(self) -> None:
        """Ends the sandbox."""
        self._tools.close()


def main(count: int, seed: int) -> int:
    """Prints the worst; returns 1 where a bound was not kept."""
    benches = {name: Bench(name) for name in TEMPLATES}
    texts = [(name, *shape) for name in TEMPLATES for shape in shapes(LONGEST)]
    drawn = ((TEMPLATES[at % len(TEMPLATES)], *mixed(at)) for at in range(seed, seed + count))
    found: list[tuple[float, float, str]] = []
    unscored = 0
    for index, (name, shape, text) in enumerate((*texts, *drawn)):
        before = resource.getrusage(resource.RUSAGE_SELF)
        try:
            unscored += benches[name].reply(index, text)["outcome"] != "scored"
        except Exception as exc:  # noqa: BLE001 - counted, and shown
            print(f"{name} {shape}: {exc}")
            unscored += 1
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found.append((cpu, (after.ru_maxrss - before.ru_maxrss) / 1024, f"{name}: {shape}"))
    for bench in benches.values():
        bench.close()
    print(f"{len(found)} rows, {unscored} not scored")
    slowest = sorted(found, reverse=True)[:10]
    largest = sorted(found, key=lambda row: row[1], reverse=True)[:10]
    for seconds, grown, row in (*slowest, *largest):
        print(f"{seconds:6.2f} s {grown:6.1f} MB  {row}")
    over = any(seconds > MOST_S or grown > MOST_MB for seconds, grown, _ in found)
    return int(over or unscored > 0)


if __name__ == "__main__":
    sys.exit(main(*arguments(__doc__, COUNT=5000, SEED=0)))
