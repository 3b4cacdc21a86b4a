"""How often a judge prefers the answer that people prefer, and whether it sees another task's.

Pairs are read from ``<folder>/judges/*.jsonl`` and
``<folder>/instruction_following/llmbar*.jsonl``; one JSON object per line, in one of two forms:

- PandaLM's: ``instruction`` and ``input`` (may be empty), ``response1`` and ``response2``, and
  ``majority``: 1, 2, or 0 for a tie. Optional: ``annotators``, each person's label, and
  ``gpt35`` and ``pandalm7b``, other systems' answers to compare with.
- LLMBar's: ``input``, ``output_1`` and ``output_2``, and ``label``: 1 or 2 (or 0 for a tie).
  Optional: ``judges``, other systems' answers by name, one for each order shown.

Accuracy is the share of pairs whose label is met, a tie being a label like the others.
"Preferred" leaves out the pairs that people call a tie; there, calling one counts half. The
judge is asked about each answer alone, and prefers the one with the higher mean of its criteria.
Intervals are over tasks, since the pairs of one task depend on each other.

Halves: a seeded half of the tasks is what the offline judge was developed on.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benches.accuracy import run
from benches.figures import tell
from benches.tables import shown
from touchstone.deadline import Deadline
from touchstone.judge import Criterion, Judge, JudgeRequest, Level, Rubric, hollow, make_judge
from touchstone.judge.offline import lexical
from touchstone.outcomes import GradingError
from touchstone.scoring.prose import words
from touchstone.workbench.stats import bootstrap

AT_ONCE = 16
SEED = 20250101  # of the halves, and of which stranger an answer meets
RUBRIC = Rubric(
    "better answer",
    (
        Criterion(
            "instruction",
            "Does the answer do what the instruction asks for?",
            (
                Level("missed", "It does something else, or nothing.", 0.0),
                Level("partly", "It does a part, or does it with errors.", 0.5),
                Level("done", "It does all of it, correctly.", 1.0),
            ),
        ),
        Criterion(
            "quality",
            "How good is the answer as a text for the one who asked?",
            (
                Level("poor", "Repetitive, broken off, or hard to use.", 0.0),
                Level("fair", "Usable, with weaknesses.", 0.5),
                Level("good", "Clear, complete and to the point.", 1.0),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Pair:
    """Two answers to one task.

    Attributes:
        task: What was asked for.
        answers: The two.
        label: Which one people prefer, 1 or 2, or 0 for neither.
        others: Other systems' answers to the same question, one or more, by their names.
    """

    task: str
    answers: tuple[str, str]
    label: int
    others: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])


# What a system says of a pair; where it says several things, each counts its share.
System = Callable[[Pair], tuple[int, ...]]
Hits = Sequence[tuple[float, float]]


def main(folder: Path, judge: str = "offline") -> None:
    paths = [*folder.glob("judges/*.jsonl"), *folder.glob("instruction_following/llmbar*.jsonl")]
    found = False
    for path in sorted(paths):
        with path.open(encoding="utf-8") as lines:
            pairs = [pair for line in lines if (pair := read_pair(json.loads(line)))]
        if pairs:
            found = True
            print(f"### pairs: {path.stem}\n")
            _print_pairs(f"judges_accuracy-{path.stem}", pairs, make_judge(judge))
    if not found:
        print("no pairs in judges/*.jsonl or instruction_following/llmbar*.jsonl")


def read_pair(row: dict[str, Any]) -> Pair | None:
    """Returns the pair that a row of either form holds, or ``None``."""
    if {"instruction", "response1", "response2", "majority"} <= row.keys():
        others = {f"person {n}": (said,) for n, said in enumerate(row.get("annotators") or (), 1)}
        others |= {
            name: (_label(row[key]),)
            for key, name in (("gpt35", "GPT-3.5"), ("pandalm7b", "PandaLM-7B"))
            if key in row
        }
        # Not every value is a string: an answer of "True" was once read as a truth value.
        task = f"{row['instruction']}\n\n{row.get('input') or ''}".strip()
        answers = (str(row["response1"]), str(row["response2"]))
        return Pair(task, answers, _label(row["majority"]), others)
    if {"input", "output_1", "output_2", "label"} <= row.keys():
        others = {
            name: tuple(map(_label, said)) for name, said in (row.get("judges") or {}).items()
        }
        answers = (str(row["output_1"]), str(row["output_2"]))
        return Pair(str(row["input"]), answers, _label(row["label"]), others)
    return None


def _label(said: object) -> int:
    """Returns 0, 1 or 2; -1, which agrees with nobody, for what is none of them."""
    return {"0": 0, "tie": 0, "1": 1, "2": 2}.get(str(said).strip().casefold(), -1)


def _longer(pair: Pair) -> tuple[int, ...]:
    first, second = (len(words(answer)) for answer in pair.answers)
    return (_which(first, second),)


def _overlap(pair: Pair) -> tuple[int, ...]:
    asked = set(words(pair.task))
    first, second = (
        len(asked & said) / len(asked | said) if said else 0.0
        for said in (set(words(answer)) for answer in pair.answers)
    )
    return (_which(first, second),)


def _which(first: float, second: float) -> int:
    return 0 if first == second else 1 if first > second else 2


def _print_pairs(name: str, pairs: list[Pair], judge: Judge) -> None:
    asked = _ask(judge, pairs)
    said = {id(pair): said for pair, said in zip(pairs, asked, strict=True) if said is not None}
    scored = [pair for pair in pairs if id(pair) in said]
    if not scored:
        print(f"none of {len(pairs)} pairs could be judged\n")
        return
    ties = sum(pair.label == 0 for pair in scored)
    tasks = len({pair.task for pair in scored})
    print(f"{len(scored)} of {len(pairs)} pairs judged, {tasks} tasks, {ties} ties\n")
    systems: dict[str, System] = {
        f"judge: {judge.name}": lambda pair: (said[id(pair)],),
        "longer answer": _longer,
        "word overlap": _overlap,
        "random": lambda _: (1, 2),  # what tossing a coin comes to in the long run
    }
    for other in sorted({other for pair in scored for other in pair.others}):
        systems[other] = lambda pair, other=other: pair.others.get(other, (-1,))
    half = _half(scored)
    halves = {
        "all": scored,
        "developed on": [pair for pair in scored if pair.task in half],
        "other half": [pair for pair in scored if pair.task not in half],
    }
    lines = [
        (
            said_by,
            *(_share(part, partial(_met, system)) for part in halves.values()),
            _share(scored, partial(_preferred, system)),
            _above(scored, system) if said_by != "longer answer" else "",
        )
        for said_by, system in systems.items()
    ]
    parts = [f"{half} ({len(part)})" for half, part in halves.items()]
    header = ("system", *parts, "preferred", "above longer answer")
    tell(name, header, lines, f"judge {judge.name}")
    _print_strangers(name, scored, judge)


def _print_strangers(name: str, pairs: Sequence[Pair], judge: Judge) -> None:
    """Prints how often a preferred answer beats one that people preferred for another task."""
    kept = [pair for pair in pairs if pair.label]
    preferred = [pair.answers[pair.label - 1] for pair in kept]
    draw = random.Random(SEED)
    strangers: list[Pair] = []
    for pair, own in zip(kept, preferred, strict=True):
        other = draw.randrange(len(kept))
        if kept[other].task != pair.task and preferred[other] != own:
            strangers.append(Pair(pair.task, (own, preferred[other]), 1))
    asked = zip(strangers, _ask(judge, strangers), strict=True)
    said = {id(pair): said for pair, said in asked if said is not None}
    judged = [pair for pair in strangers if id(pair) in said]
    if not judged:
        return
    systems: dict[str, System] = {
        f"judge: {judge.name}": lambda pair: (said[id(pair)],),
        "longer answer": _longer,
        "word overlap": _overlap,
    }
    print("\nIts own answer against another task's, a tie counting half:\n")
    lines = [
        (said_by, str(len(judged)), _share(judged, partial(_preferred, system)))
        for said_by, system in systems.items()
    ]
    tell(f"{name}-strangers", ("system", "pairs", "own preferred"), lines, f"judge {judge.name}")
    print()


def _ask(judge: Judge, pairs: Sequence[Pair]) -> list[int | None]:
    """Returns, per pair, which answer the judge prefers; ``None`` where it gave no verdict."""

    def one(pair: Pair) -> int | None:
        try:
            return _which(*(_mark(judge, pair.task, answer) for answer in pair.answers))
        except GradingError as exc:
            print(f"unscored: {exc.kind}: {exc}", file=sys.stderr)
            return None

    with ThreadPoolExecutor(1 if judge.name == "offline" else AT_ONCE) as pool:
        return list(pool.map(one, pairs))


def _mark(judge: Judge, task: str, answer: str) -> float:
    """Returns what a judge makes of one answer, within 0..1; below that, it holds nothing."""
    request = JudgeRequest(task, answer)
    if judge.name == "offline":  # before it is rounded to a level, where many would tie
        return -1.0 if hollow(answer, RUBRIC) else lexical(request)
    values = judge.verdict(RUBRIC, request, Deadline()).values.values()
    return sum(values) / len(values)


def _half(pairs: Sequence[Pair]) -> set[str]:
    tasks = sorted({pair.task for pair in pairs})
    random.Random(SEED).shuffle(tasks)
    return set(tasks[: len(tasks) // 2])


def _met(system: System, pair: Pair) -> float:
    answers = system(pair)
    return sum(answer == pair.label for answer in answers) / len(answers)


def _preferred(system: System, pair: Pair) -> float | None:
    if not pair.label:
        return None
    answers = system(pair)
    return sum({pair.label: 1.0, 0: 0.5}.get(answer, 0.0) for answer in answers) / len(answers)


def _above(pairs: Sequence[Pair], system: System) -> str:
    return _share(pairs, lambda pair: _met(system, pair) - _met(_longer, pair))


def _share(pairs: Sequence[Pair], of: Callable[[Pair], float | None]) -> str:
    """Returns the mean of what counts, and its interval over tasks."""
    hits = list(_by_task(pairs, of))
    return shown(bootstrap(hits, _mean)) if hits else "-"


def _by_task(
    pairs: Sequence[Pair], of: Callable[[Pair], float | None]
) -> Iterator[tuple[float, float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        if (value := of(pair)) is not None:
            found[pair.task].append(value)
    for values in found.values():
        yield sum(values), float(len(values))


def _mean(hits: Hits) -> float:
    return sum(hit for hit, _ in hits) / sum(count for _, count in hits)


if __name__ == "__main__":
    sys.exit(run({"judges": main}))
