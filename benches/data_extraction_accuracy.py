"""How right ``data_extraction`` is: ``python -m benches.data_extraction_accuracy FOLDER``.

Reads ``FOLDER/data_extraction/``:

- ``kleister*.jsonl``: ``{"gold", "baseline_prediction"}``, each ``{key: [values]}``. The prediction
  is the completion, the gold the reference.
- ``json_schema*.jsonl``: groups of JSON-Schema-Test-Suite: ``{"draft", "file", "schema",
  "needs_remote", "tests": [{"data", "valid"}]}``.
- ``eval_protocol*.jsonl``: ``{"messages", "evaluation_result": {"score"}, "input_metadata":
  {"dataset_info": {"expected_schema"}}}``.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from benches.accuracy import run
from benches.figures import tell
from benches.tables import shown, table
from touchstone.contract import Sample, parse
from touchstone.grader import Grader, Tools
from touchstone.outcomes import BadReference
from touchstone.templates import get_template
from touchstone.workbench.stats import bootstrap

_DRAFTS = {
    "draft7": jsonschema.Draft7Validator,
    "draft2020-12": jsonschema.Draft202012Validator,
}
Counts = tuple[float, float, float]  # right, expected, claimed


def main(folder: Path, judge: str) -> None:  # noqa: ARG001 - no criterion needs a judge
    """Prints the tables of the rows that are there."""
    folder = folder / "data_extraction"
    grader = get_template("data_extraction").customize()
    for pattern, show in {
        "kleister*.jsonl": kleister,
        "json_schema*.jsonl": json_schema,
        "eval_protocol*.jsonl": eval_protocol,
    }.items():
        rows = list(_rows(folder, pattern))
        if rows:
            show(rows, grader)
        else:
            print(f"no rows in {folder.name}/{pattern}")
        print()


def kleister(rows: list[dict[str, Any]], grader: Grader) -> None:
    """Prints the grader's accuracy beside micro-F1 computed by hand, without its code."""
    graded, exact, normal = [], [], []
    for row in rows:
        gold, predicted = row["gold"], row["baseline_prediction"]
        found = _measured(grader, json.dumps(predicted), gold)
        graded.append((found["leaves_right"], found["leaves_expected"], found["leaves_claimed"]))
        exact.append(_by_hand(gold, predicted, lambda value: value))
        normal.append(_by_hand(gold, predicted, _plain_term))
    print(f"Entities of {len(rows)} agreements, predicted by a published system:\n")
    lines = [
        [name, shown(bootstrap(counts, _micro)), f"{_macro(counts):.3f}"]
        for name, counts in {
            "data_extraction, accuracy": graded,
            "by hand, normalised terms": normal,
            "by hand, exact strings": exact,
        }.items()
    ]
    header = ["", "weighted by leaves: micro-F1 [95 % interval]", "plain mean of rows"]
    tell("data_extraction_accuracy-kleister", header, lines, "no judge")
    differ = sum(one != other for one, other in zip(graded, normal, strict=True))
    print(f"\nrows on which grader and hand count differently: {differ}")


def json_schema(rows: list[dict[str, Any]], grader: Grader) -> None:
    """Prints how often ``format_compliance`` is 1.0 exactly where the data is valid."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        if row["needs_remote"]:
            continue
        required = "optional" if row["file"].startswith("optional/") else "required"
        count = counts.setdefault(f"{row['draft']}, {required}", Counter())
        validator = _DRAFTS[row["draft"]](row["schema"])
        strict = grader.template.customize(schema_draft=row["draft"])
        for test in row["tests"]:
            reference = {"expected": test["data"], "schema": row["schema"]}
            text = json.dumps(test["data"])
            kept = _measured(strict, text, reference)["format_compliance"] == 1.0
            told = _measured(grader, text, reference)["format_compliance"] == 1.0
            try:
                theirs = validator.is_valid(test["data"])
            except re.error:
                theirs = None
            count["tests"] += 1
            count["kept"] += kept == test["valid"]
            count["told"] += told == test["valid"]
            count["theirs"] += theirs == test["valid"]
    print("JSON-Schema-Test-Suite, groups that need no other document; agreement with the label:\n")
    header = ["", "tests", "data_extraction", "the same, draft not told", "python-jsonschema"]
    lines = [
        [name, str(count["tests"]), str(count["kept"]), str(count["told"]), str(count["theirs"])]
        for name, count in sorted(counts.items())
    ]
    tell("data_extraction_accuracy-json_schema", header, lines, "no judge")


def eval_protocol(rows: list[dict[str, Any]], grader: Grader) -> None:
    """Prints ``format_compliance`` beside another platform's schema similarity."""
    lines = []
    for row in rows:
        info = row["input_metadata"]["dataset_info"]
        schema, content = info.get("expected_schema"), row["messages"][-1].get("content")
        if not isinstance(schema, dict) or not isinstance(content, str):
            continue
        reference = {"expected": {} if schema.get("type") == "object" else [], "schema": schema}
        try:
            kept = f"{_measured(grader, content, reference)['format_compliance']:.3f}"
        except BadReference:
            kept = "bad_sample"
        metrics = row["evaluation_result"]["metrics"]
        theirs = metrics.get("schema_similarity", row["evaluation_result"])["score"]
        lines.append([info["test_case"], f"{theirs:.2f}", kept])
    print(
        "Another platform's schema similarity, which asks for every property of a schema and for\n"
        "no other, beside what JSON Schema says (nothing is required there, nothing forbidden):\n"
    )
    print(table(["case", "their similarity", "format_compliance"], lines))


def _by_hand(gold: Any, predicted: Any, normal: Any) -> Counts:
    right = expected = claimed = 0
    for key in gold.keys() | predicted.keys():
        wanted = Counter(map(normal, gold.get(key, [])))
        given = Counter(map(normal, predicted.get(key, [])))
        right += (wanted & given).total()
        expected += wanted.total()
        claimed += given.total()
    return right, expected, claimed


def _plain_term(value: str) -> str:
    """Writes ``3_years`` as ``P3Y``, and leaves all else as it is."""
    match = re.fullmatch(r"([0-9]+)_(year|month|week|day)s?", value)
    return f"P{match[1]}{match[2][0].upper()}" if match else value


def _micro(counts: Any) -> float:
    right, expected, claimed = (sum(column) for column in zip(*counts, strict=True))
    return 2 * right / (expected + claimed)


def _macro(counts: list[Counts]) -> float:
    return sum(2 * r / (e + c) if e + c else 1.0 for r, e, c in counts) / len(counts)


def _measured(grader: Grader, completion: str, reference: Any) -> dict[str, float]:
    turns = [{"role": "user", "content": "..."}, {"role": "assistant", "content": completion}]
    (sample,) = parse([{"messages": turns, "reference_answer": reference}]).rows
    assert isinstance(sample, Sample)
    return {metric.name: metric.value for metric in grader(sample, Tools()).metrics}


def _rows(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob(pattern)):
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line:
                yield json.loads(line)


if __name__ == "__main__":
    sys.exit(run({"data_extraction": main}))
