"""What content_moderation's rules and its offline judge are worth against human labels.

Rows of ``<folder>/content_moderation/*.jsonl``, of two kinds:

- a reply and whether it refuses: event form (``messages`` ending with the reply) with
  ``label: {"stance": "refuses" | "partly_refuses" | "answers"}``; or XSTest's own rows
  (``prompt``, ``completion``, ``human_final``, and other systems' labels to compare with);
- a text and whether it violates a policy: event form with ``label: {"violates": true}``; or
  the rows of OpenAI's moderation set (``prompt`` and 0/1 per category) and of HateCheck
  (``text``, ``label``, ``functionality``).

Halves: the rules were written while looking at the odd half only (odd prompt or case number).
With a judge that asks a model, the same rows are put to that judge; every row is one call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from statistics import fmean
from typing import Any

from benches.accuracy import run
from benches.figures import tell
from benches.tables import shown
from touchstone.contract import Sample, parse
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.judge import JudgeRequest, Rubric, make_judge
from touchstone.outcomes import Fault, GradingError
from touchstone.templates import get_template
from touchstone.templates.content_moderation.refusal import read_stance
from touchstone.templates.content_moderation.risk import risks
from touchstone.templates.content_moderation.rubric import REPLY_AND_REFUSAL
from touchstone.templates.content_moderation.settings import DEFAULT_POLICY
from touchstone.workbench.stats import area, bootstrap

_CATEGORIES = {"S": "sexual", "H": "hate", "V": "violence", "SH": "self_harm", "S3": "minors"}
_OPENAI = ("S", "H", "V", "HR", "SH", "S3", "H2", "V2")
_STANCES = {"1": "answers", "2": "refuses", "3": "partly_refuses"}
_AT_ONCE = 32
_BENCH = "content_moderation_accuracy"
Marks = Sequence[tuple[float, bool]]


@dataclass(frozen=True)
class Row:
    """One labelled text.

    Attributes:
        set: The file it is from.
        group: Rows of one group depend on each other: one prompt, one template.
        odd: Whether it is in the half that was looked at.
        task: What was asked; empty for a text on its own.
        text: The reply, or the text.
        label: A stance, or whether it violates.
        right: What the prompt deserves, ``allow`` or ``block``; empty where nobody says.
        others: What other systems said, by their names.
        parts: Category to whether it violates that one; what was not labelled is absent.
    """

    set: str
    group: str
    odd: bool
    task: str
    text: str
    label: str | bool
    right: str = ""
    others: dict[str, str] = field(default_factory=dict[str, str])
    parts: dict[str, bool] = field(default_factory=dict[str, bool])


def main(folder: Path, judge: str) -> None:
    rows = list(_rows(folder / "content_moderation"))
    stances = [row for row in rows if isinstance(row.label, str)]
    texts = [row for row in rows if isinstance(row.label, bool)]
    if not rows:
        print("no rows in content_moderation/")
    if stances:
        _print_refusals(stances, judge)
        if rewarded := [row for row in stances if row.right]:
            _print_rewards(rewarded, judge)
    for name in sorted({row.set for row in texts}):
        _print_violations(name, [row for row in texts if row.set == name], judge)


def _print_refusals(rows: list[Row], judge: str) -> None:
    print(f"### Refusal or answer: {len(rows)} replies\n")
    systems: dict[str, Callable[[Row], str]] = {"rules": lambda row: read_stance(row.text).stance}
    if judge != "offline":
        values = _ask(rows, judge, "false_positive_avoidance")
        rows = [row for row in rows if id(row) in values]
        by_value = {0.0: "refuses", 0.5: "partly_refuses", 1.0: "answers"}
        systems[judge] = lambda row: by_value[values[id(row)]]
    for other in sorted({name for row in rows for name in row.others}):
        systems[other] = lambda row, other=other: row.others.get(other, "")
    halves = {
        "all": rows,
        "half looked at": [row for row in rows if row.odd],
        "other half": [row for row in rows if not row.odd],
    }
    lines = [
        [
            name,
            half,
            str(len(part)),
            _share(part, system, two=True),
            _share(part, system, two=False),
        ]
        for name, system in systems.items()
        for half, part in halves.items()
        if part and (half == "all" or name == "rules")
    ]
    header = ["system", "rows", "n", "two-way accuracy", "three-way accuracy"]
    asked = "no judge" if judge == "offline" else f"judge {judge}"
    tell(f"{_BENCH}-refusals", header, lines, asked)


def _print_rewards(rows: list[Row], judge: str) -> None:
    print("\n### Rewards of those replies, mode = response\n")
    grader = get_template("content_moderation").customize(mode="response")
    tools = Tools(judge=make_judge(judge))

    def reward(row: Row) -> float:
        turns = [
            {"role": "user", "content": row.task},
            {"role": "assistant", "content": row.text},
        ]
        (sample,) = parse([{"messages": turns, "reference_answer": row.right}]).rows
        assert isinstance(sample, Sample)
        return grader(sample, tools).score

    rewards = _each(rows, reward, _AT_ONCE if judge != "offline" else 1)
    lines: list[list[str]] = []
    for right, label in sorted({(row.right, str(row.label)) for row in rows}):
        part = [
            rewards[id(row)]
            for row in rows
            if id(row) in rewards and (row.right, row.label) == (right, label)
        ]
        if not part:
            continue
        lines.append([right, label, str(len(part)), shown(bootstrap(part, fmean))])
    header = ["the prompt deserves", "people say the reply", "n", "mean reward"]
    tell(f"{_BENCH}-rewards", header, lines, f"judge {judge}")


def _share(rows: list[Row], system: Callable[[Row], str], *, two: bool) -> str:
    def right(row: Row) -> bool:
        said, label = system(row), row.label
        return (said == "answers") == (label == "answers") if two else said == label

    by_group: dict[str, list[bool]] = {}
    for row in rows:
        by_group.setdefault(row.group, []).append(right(row))

    def mean(groups: Sequence[list[bool]]) -> float:
        return sum(map(sum, groups)) / sum(map(len, groups))

    return shown(bootstrap(list(by_group.values()), mean))


def _print_violations(name: str, rows: list[Row], judge: str) -> None:
    print(f"\n### Violation or not: {name}, {len(rows)} texts\n")
    if judge == "offline":
        found = [risks(row.text) for row in rows]
        part = "hate" if all("functionality" in row.others for row in rows) else ""
        marks = [one[part] if part else 1.0 - prod(1.0 - r for r in one.values()) for one in found]
    else:
        found = []
        said = _ask(rows, judge, "policy_compliance")
        rows = [row for row in rows if id(row) in said]
        marks = [1.0 - said[id(row)] for row in rows]
    pairs = [(mark, bool(row.label)) for row, mark in zip(rows, marks, strict=True)]
    odd = [row.odd for row in rows]
    lines = [
        _line("any", pairs),
        _line("any, half looked at", [pair for pair, at in zip(pairs, odd, strict=True) if at]),
        _line("any, other half", [pair for pair, at in zip(pairs, odd, strict=True) if not at]),
    ]
    for category in sorted({part for row in rows for part in row.parts}) if found else ():
        part_pairs = [
            (one[category], row.parts[category])
            for row, one in zip(rows, found, strict=True)
            if category in row.parts
        ]
        lines.append(_line(category, part_pairs))
    header = ["violation", "n", "share", "accuracy at 0.5", "AUPRC", "AUROC"]
    tell(f"{_BENCH}-{name}", header, lines, f"judge {judge}")
    kinds = sorted({row.others["functionality"] for row in rows if "functionality" in row.others})
    if kinds:
        print()
        lines = [_kind(kind, rows, marks) for kind in kinds]
        header = ["functionality", "n", "right at 0.5"]
        tell(f"{_BENCH}-{name}-kinds", header, lines, f"judge {judge}")


def _line(name: str, pairs: list[tuple[float, bool]]) -> list[str]:
    if not pairs:
        return [name, "0", "", "", "", ""]
    share = fmean(label for _, label in pairs)
    figures = [shown(bootstrap(pairs, of)) for of in (_accuracy, _auprc, area)]
    return [name, str(len(pairs)), f"{share:.3f}", *figures]


def _kind(kind: str, rows: list[Row], marks: Sequence[float]) -> list[str]:
    pairs = [
        (mark, bool(row.label))
        for row, mark in zip(rows, marks, strict=True)
        if row.others.get("functionality") == kind
    ]
    return [kind, str(len(pairs)), f"{_accuracy(pairs):.2f}"]


def _accuracy(pairs: Marks) -> float:
    return sum((mark >= 0.5) == label for mark, label in pairs) / len(pairs)


def _auprc(pairs: Marks) -> float:
    """Average precision: precision at each threshold, weighted by the recall it adds."""
    positives = sum(label for _, label in pairs)
    total, hits, seen = 0.0, 0, 0
    by_mark: dict[float, list[bool]] = {}
    for mark, label in pairs:
        by_mark.setdefault(mark, []).append(label)
    for mark in sorted(by_mark, reverse=True):
        added = sum(by_mark[mark])
        hits, seen = hits + added, seen + len(by_mark[mark])
        total += added * hits / seen
    return total / positives if positives else 0.0


def _ask(rows: list[Row], setting: str, criterion: str) -> dict[int, float]:
    """Returns what the judge says of each row by its id(); without a verdict a row is left out."""
    judge = make_judge(setting)
    rubric = Rubric(criterion, tuple(c for c in REPLY_AND_REFUSAL.criteria if c.name == criterion))

    def one(row: Row) -> float:
        request = JudgeRequest(row.task, row.text, {"policy": DEFAULT_POLICY})
        return judge.verdict(rubric, request, Deadline()).values[criterion]

    return _each(rows, one, _AT_ONCE)


def _each(rows: list[Row], value: Callable[[Row], float], at_once: int) -> dict[int, float]:
    def attempt(row: Row) -> float | None:
        try:
            return value(row)
        except GradingError:
            return None

    with ThreadPoolExecutor(at_once) as pool:
        values = list(pool.map(attempt, rows))
    found = {id(row): value for row, value in zip(rows, values, strict=True) if value is not None}
    if len(found) < len(rows):
        print(f"{len(rows) - len(found)} rows left out: the judge gave no verdict\n")
    return found


def _rows(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for at, line in enumerate(lines):
                if row := _row(path.stem, at, json.loads(line)):
                    yield row


def _row(name: str, at: int, raw: dict[str, Any]) -> Row | None:
    label = raw.get("label")
    if "messages" in raw and isinstance(label, dict):
        sample = parse([raw]).rows[0]
        said = label.get("stance", label.get("violates"))
        if isinstance(sample, Fault) or said is None:
            return None
        return Row(
            name, sample.prompt or str(at), at % 2 == 1, sample.prompt, sample.completion, said
        )
    if "human_final" in raw:
        others = {"string match": "strmatch_label", "GPT-4": "gpt4_label"}
        return Row(
            name,
            raw["id"],
            int(re.sub(r"\D", "", raw["id"].split("-")[-1])) % 2 == 1,
            raw["prompt"],
            raw["completion"],
            _STANCES[raw["human_final"][0]],
            # The contrast of each kind of safe prompt is its unsafe twin.
            "block" if raw["type"].startswith("contrast") else "allow",
            {name: _STANCES.get(raw[key][0], "") for name, key in others.items() if key in raw},
        )
    if "functionality" in raw:
        odd = int(raw["case_id"]) % 2 == 1
        kind = {"functionality": raw["functionality"]}
        return Row(name, raw["case_id"], odd, "", raw["text"], label == "hateful", others=kind)
    if any(key in raw for key in _OPENAI):
        parts = {_CATEGORIES[key]: raw[key] == 1 for key in _CATEGORIES if key in raw}
        violates = any(raw.get(key) == 1 for key in _OPENAI)
        odd = int(raw["id"]) % 2 == 1
        return Row(name, str(raw["id"]), odd, "", raw["prompt"], violates, parts=parts)
    return None


if __name__ == "__main__":
    raise SystemExit(run({"content_moderation": main}))
