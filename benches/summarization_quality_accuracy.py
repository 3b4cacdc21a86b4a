"""How far summarization_quality agrees with people who rated summaries.

Rows: ``<folder>/summarization_quality/*.jsonl`` (or ``.jsonl.gz``), in the event form, with
``label`` holding any of ``coherence``, ``consistency``, ``fluency`` and ``relevance`` (higher
is better, any scale) and ``article_id``, which groups the summaries of one source. The
figures are Spearman correlations within an article, averaged over articles; an article whose
ratings are all equal says nothing and is left out, one where our number is constant counts 0.

Every second article makes a half; how far the halves differ shows how much 15 articles say.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

from benches.accuracy import run
from benches.figures import tell
from benches.tables import shown
from touchstone.contract import Sample, parse
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.judge import make_judge
from touchstone.outcomes import GradingError
from touchstone.templates import get_template
from touchstone.templates.summarization_quality.reading import read
from touchstone.templates.summarization_quality.reference import read_reference
from touchstone.templates.summarization_quality.settings import Settings
from touchstone.workbench.stats import bootstrap, spearman

SCALES = ("coherence", "consistency", "fluency", "relevance")
# Which of the judge's answers is meant to agree with which scale.
QUESTION = {
    "coherence": "coherence",
    "consistency": "faithfulness",
    "fluency": "fluency",
    "relevance": "relevance",
}
AT_ONCE = 16
ROW_LIMIT_S = 60.0

Numbers = dict[str, float]
Article = list[tuple[Numbers, Numbers]]


def main(folder: Path, judge: str = "offline") -> None:
    """Prints the agreement of every judge's answer, criterion and rule with every scale."""
    rows = list(_rows(folder / "summarization_quality"))
    if not rows:
        print("no rated summaries here: summarization_quality/*.jsonl")
        return
    articles = _graded(rows, judge)
    if not articles:
        print(f"none of {len(rows)} summaries could be graded")
        return
    halves = {"all": articles, "one half": articles[::2], "other half": articles[1::2]}
    graded = sum(map(len, articles))
    print(f"{graded} of {len(rows)} summaries graded, {len(articles)} articles, judge {judge}\n")
    header = ("scale", "number", *halves, "above the floor")
    lines = list(_against_floor(halves))
    tell("summarization_quality_accuracy-scales", header, lines, f"judge {judge}")
    print()
    names = [name for name in articles[0][0][0] if name != "floor"]
    lines = [
        (name, *(_show(values) for values in cells))
        for name in names
        if any(map(any, cells := [_per_article(articles, name, scale) for scale in SCALES]))
    ]
    header = ("number", *SCALES)
    tell("summarization_quality_accuracy-numbers", header, lines, f"judge {judge}")


def floor(sample: Sample) -> float:
    """The figure to beat: the share of the summary's word pairs that its source has."""
    source = read_reference(sample, Settings()).source
    known = set(pairwise(source.words))
    pairs = list(pairwise(read(sample.completion).words))
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 0.0


def _against_floor(halves: dict[str, list[Article]]) -> Iterator[tuple[str, ...]]:
    for scale in SCALES:
        question = QUESTION[scale]
        shown = {"source pairs (floor)": "floor", f"judge: {question}": question}
        for title, name in shown.items():
            cells = (_show(_per_article(half, name, scale)) for half in halves.values())
            pairs = zip(
                _per_article(halves["all"], name, scale),
                _per_article(halves["all"], "floor", scale),
                strict=True,
            )
            above = "" if name == "floor" else _show([ours - theirs for ours, theirs in pairs])
            yield (scale, title, *cells, above)


def _per_article(articles: Sequence[Article], name: str, scale: str) -> list[float]:
    found = []
    for article in articles:
        pairs = [(ours.get(name, 0.0), label[scale]) for ours, label in article if scale in label]
        if len({rating for _, rating in pairs}) > 1:
            found.append(spearman(pairs))
    return found


def _show(values: Sequence[float]) -> str:
    return shown(bootstrap(values, fmean)) if values else "-"


def _graded(rows: list[tuple[Sample, dict[str, Any]]], judge: str) -> list[Article]:
    """Grades every row; one that could not be scored is left out and counted by the caller."""
    grader = get_template("summarization_quality").customize(judge=judge)
    asked = make_judge(judge)

    def numbers(sample: Sample) -> Numbers | None:
        try:
            grade = grader(sample, Tools(Deadline.after(ROW_LIMIT_S), judge=asked))
        except GradingError as exc:
            print(f"unscored: {exc.kind}: {exc}", file=sys.stderr)
            return None
        ours = {"floor": floor(sample), "score": grade.score}
        ours |= {metric.name: metric.value for metric in grade.metrics}
        return ours

    with ThreadPoolExecutor(1 if judge == "offline" else AT_ONCE) as pool:
        found = pool.map(numbers, [sample for sample, _ in rows])
    articles: dict[str, Article] = defaultdict(list)
    for ours, (sample, label) in zip(found, rows, strict=True):
        if ours is not None:
            articles[str(label.get("article_id", sample.prompt))].append((ours, label))
    return list(articles.values())


def _rows(folder: Path) -> Iterator[tuple[Sample, dict[str, Any]]]:
    for path in sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")]):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                sample = parse([row]).rows[0]
                if isinstance(sample, Sample) and set(SCALES) & set(row.get("label") or {}):
                    yield sample, row["label"]


if __name__ == "__main__":
    sys.exit(run({"summarization_quality": main}))
