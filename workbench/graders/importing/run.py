"""Imports one grader: reads it, tries it on rows, then writes all of it or nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from touchstone.config import FILE_NAME
from touchstone.settings import SettingsError
from touchstone.templates import load_grader
from touchstone.workbench.graders.adding import add_grader, check_new, module_of
from touchstone.workbench.graders.importing import (
    deepeval,
    evaluators,
    gemini,
    lambdas,
    openai,
    promptfoo,
)
from touchstone.workbench.graders.importing.model import (
    Choices,
    Imported,
    Node,
    NotImported,
    identifier,
)
from touchstone.workbench.graders.importing.parity import Parity, Theirs, compare, read_scores
from touchstone.workbench.graders.importing.python_file import PythonFile
from touchstone.workbench.graders.importing.reading import read_node
from touchstone.workbench.graders.importing.rows import Case, cases, check_rows, read_rows
from touchstone.workbench.graders.importing.writing import Written, write
from touchstone.workbench.grading.backends import InProcess, Reply
from touchstone.workbench.rows.rft import encode_row
from touchstone.workbench.rows.storage import shown

_SERVICES = (openai, gemini, promptfoo, evaluators)
_KNOWN = (
    "graders, jobs and evals of OpenAI and Azure, rewards of Gemini's tuning, configurations of "
    "promptfoo, metrics of DeepEval (.py), jobs and recipes of AWS, and reward files (.py)"
)
PLAIN = Choices()
_ROUNDED = 9  # decimals of an expectation, which is held to a millionth


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import came to.

    Attributes:
        name: Of the new grader.
        made: What was read.
        written: What it became.
        files: What was written.
        cases: How many golden cases.
        notes: What is other than there, a sentence each.
        parity: The comparison, where scores were given.
    """

    name: str
    made: Imported
    written: Written
    files: list[Path]
    cases: int
    notes: tuple[str, ...]
    parity: Parity | None


def import_grader(
    file: str,
    root: Path,
    *,
    name: str = "",
    rows: str = "",
    scores: str = "",
    choices: Choices = PLAIN,
    bounds: tuple[float, float] | None = None,
) -> Outcome:
    """Makes a grader of another service's.

    Args:
        file: The grader, alone or inside an export.
        root: The folder of graders.toml.
        name: Of the new grader; by default what it is called there.
        rows: A file of rows, of which golden cases are made.
        scores: A file of what the other service gave.
        choices: What is wanted other than there.
        bounds: Lowest and highest reward, where they are other than found.

    Raises:
        NotImported: Something cannot be imported; names the file and the place. Nothing is
            written then, whatever is raised.
        SettingsError: The name is taken, or what was made is no grader.
        DataError: A file cannot be opened.
    """
    made = read(file, choices)
    if bounds is not None:
        made = replace(made, bounds=bounds)
    name = name or identifier(made.name or Path(file).stem).replace("_", "-")
    written = write(made, shown(file))
    paths = _paths(name, written)
    check_new(name, root, paths.values())
    given = read_rows(rows, made.pieces) if rows else list(made.rows)
    check_rows(given, made.pieces)
    told = read_scores(scores, [one.row for one in given]) if scores else []
    tried = cases(given, made.pieces)
    with tempfile.TemporaryDirectory() as folder:
        lines, parity, notes = _tried(
            name, written, made, Path(folder), tried, told, choices, shown(file)
        )
    notes = (*made.notes, *notes)
    texts = {paths["code"]: written.code} if written.code else {}
    if lines:
        texts[paths["cases"]] = "".join(json.dumps(one) + "\n" for one in lines)
    outcome = Outcome(name, made, written, [], len(lines), notes, parity)
    if made.rows and not rows:
        texts[paths["rows"]] = "".join(encode_row(one.row).decode() for one in made.rows)
    texts[paths["report"]] = report(outcome, shown(file))
    files = add_grader(name, root, texts, written.entry(name, paths.get("code", "")))
    return replace(outcome, files=files)


def read(file: str, choices: Choices) -> Imported:
    """Reads a grader of whatever service.

    Raises:
        NotImported: It is none that is known, or cannot be imported.
    """
    if file.endswith(".py"):
        source = PythonFile.read(file)
        return deepeval.read_file(source, choices) if deepeval.is_deepeval(source) else (
            lambdas.read_file(file)
        )  # fmt: skip
    node = Node(file, "the function or evaluator") if file.startswith("arn:") else read_node(file)
    for service in _SERVICES:
        if found := service.find(node):
            return service.read(found, choices)
    raise NotImported(f"{file}: holds no grader that is known", f"what is read: {_KNOWN}")


def report(outcome: Outcome, origin: str) -> str:
    """Returns what an import came to as a page of Markdown, to be kept beside the grader."""
    made = outcome.made
    lines = [f"# {outcome.name}, imported from {origin}", "", *said(outcome), ""]
    lines += ["| score | what it is |", "|---|---|"]
    lines += [f"| `{p.name}` | {' '.join(p.said.split()).replace('|', '/')} |" for p in made.pieces]
    lines += ["", "What is other than there:", "", *(f"- {note}" for note in outcome.notes)]
    if outcome.parity:
        lines += ["", "| place | there | here | cause |", "|---|---|---|---|"]
        lines += [
            f"| {row.place} | {row.theirs} | {row.ours} | {row.cause} |"
            for row in outcome.parity.rows
            if row.cause
        ]
    return "\n".join(lines) + "\n"


def said(outcome: Outcome) -> list[str]:
    """Returns what a grader became, and how far it agrees, in sentences."""
    made, written = outcome.made, outcome.written
    low, high = made.bounds
    count = f"{len(made.pieces)} scores" if len(made.pieces) > 1 else "one score"
    what = f"settings of the template `{written.template}`" if written.template else (
        f"a reward file, policy {written.policy!r}"
    )  # fmt: skip
    lines = [f"{made.service}: {count}, a reward of {low:g} to {high:g}, as {what}."]
    if parity := outcome.parity:
        lines.append(f"{parity.agree} of {len(parity.rows)} rows get the score that they had.")
        lines += [
            f"{count} row{'s' if count > 1 else ''}: {cause}."
            for cause, count in parity.causes.items()
        ]
    return lines


def _paths(name: str, written: Written) -> dict[str, str]:
    places = {"cases": ".cases.jsonl", "rows": ".rows.jsonl", "report": ".import.md"}
    places |= {"code": ".py"} if written.code else {}
    return {key: f"rewards/{module_of(name)}{end}" for key, end in places.items()}


def _tried(
    name: str,
    written: Written,
    made: Imported,
    folder: Path,
    tried: Sequence[Case],
    told: Sequence[Theirs],
    choices: Choices,
    origin: str,
) -> tuple[list[dict[str, Any]], Parity | None, list[str]]:
    """Grades what is there to grade, from a folder of its own, before anything is written."""
    code = f"rewards/{module_of(name)}.py"
    add_grader(
        name, folder, {code: written.code} if written.code else {}, written.entry(name, code)
    )
    try:
        grader = load_grader(name, folder / FILE_NAME)
    except SettingsError as exc:
        if not written.settings.get("libraries"):
            raise NotImported(f"{origin}: cannot become a grader: {exc}") from exc
        # They are another command's to install.
        note = f"tried on no row: {exc}"
        return [_case(one, None, "") for one in tried], None, [note]
    with InProcess(grader) as backend:
        parity = compare(made, told, backend, trim=choices.trim) if told else None
        if any(piece.judged for piece in made.pieces):
            return [_case(one, None, "") for one in tried], parity, []
        lines, notes = _measured(backend, tried, made.bounds)
    return lines, parity, notes


def _measured(
    backend: InProcess, tried: Sequence[Case], bounds: tuple[float, float]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Returns golden cases with what the grader gives, and what is odd about it."""
    results: Reply = backend([one.row for one in tried]) if tried else []
    lines: list[dict[str, Any]] = []
    notes: list[str] = []
    own, middle = 0.0, sum(bounds) / 2
    for one, result in zip(tried, results, strict=True):
        if result["outcome"] != "scored":
            notes.append(f"{one.row['id']}: {result['outcome']}, {result['reason']}")
            continue
        score = round(float(result["aggregate_reward_score"]), _ROUNDED)
        if one.right:
            own = score
            if score < middle:
                notes.append(f"{one.row['id']}: {one.note} earns {score:g}")
        elif one.right is False and score >= own:
            notes.append(f"{one.row['id']}: {one.note} earns {score:g}, no less than its own")
            continue
        lines.append(_case(one, score, "what the imported grader gives"))
    return lines, notes


def _case(one: Case, score: float | None, how: str) -> dict[str, Any]:
    expect: dict[str, Any] = {"outcome": "scored"} if score is None else {"score": score}
    return {**one.row, "expect": expect | {"note": f"{one.note}: {how}" if how else one.note}}
