"""The rows that probes are made from: the user's own, or the golden cases beside a grader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from touchstone.config import graders_file, load_entries
from touchstone.contract import Sample, parse
from touchstone.jsontext import written
from touchstone.outcomes import Fault
from touchstone.rooms import HOME
from touchstone.templates import template_names
from touchstone.workbench.check.marks import Mark, read_mark
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.expect import Expectation, read_expectation
from touchstone.workbench.rows.events import read_events

# Ours: a golden case that earns at least this share of the range, and may earn nearly all of it,
# is right; one that may earn no more than that is wrong; between them it is neither.
RIGHT, NEARLY_ALL, WRONG = 0.5, 0.9, 0.35
# What a rollout adds to a row of a dataset, and what only a golden case holds.
_NOT_OF_A_ROW = (
    "expect", "completion", "response", "model_response", "output", "mark", "sampled", "truncated",
)  # fmt: skip


class CaseError(WorkbenchError):
    """A row that probes shall be made from cannot be read."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row to make probes from.

    Attributes:
        row: As a dataset holds it, without any completion.
        reference: What ``contract`` reads as its reference, decoded.
        completion: What the row was given with; ``None`` for a row without one.
        expect: What a person expects of that completion; ``None`` where nobody said.
        mark: What a person gave that completion; ``None`` where nobody did.
    """

    row: Mapping[str, Any]
    reference: Any
    completion: str | None = None
    expect: Expectation | None = None
    mark: Mark | None = None

    @property
    def row_without_id(self) -> dict[str, Any]:
        """The row as other rollouts of its prompt have it."""
        return {key: value for key, value in self.row.items() if key != "id"}

    @property
    def prompt(self) -> str:
        """The text of the last turn of the user's, ``""`` without one."""
        turns = [turn for turn in self.row["messages"] if turn.get("role") == "user"]
        content = turns[-1].get("content") if turns else ""
        return content if isinstance(content, str) else ""


def read_cases(file: str, labels: str = "") -> Iterator[Case]:
    """Yields the cases of a file of rows, in constant memory.

    Args:
        file: ``.jsonl`` or ``.jsonl.gz``, a path, an ``s3://`` URL, or ``-``; rows in any event
            form, with a completion or without, with an ``expect`` or without.
        labels: The field that holds people's marks, which no grader is shown; it may be missing
            in some rows.

    Raises:
        DataError: The file cannot be read.
        CaseError: A row is none; the message has the line.
        MarkError: A mark is none.
    """
    for line in read_events(file):
        if line.problem or not isinstance(line.row, Mapping):
            raise CaseError(f"{line.place}: {line.problem or 'not a row'}")
        row, mark = line.row, None
        if labels and labels in row:
            mark = read_mark(row[labels], f"{line.place}: {labels}")
            row = {key: value for key, value in row.items() if key != labels}
        if (case := case_of(row, line.place)) is not None:
            yield replace(case, mark=mark)


def of_other_settings(cases: Iterable[Case]) -> list[Case]:
    """Returns a template's golden cases for a grader of other settings than its own.

    What is right stays right and what is wrong stays wrong; how much each is worth may differ,
    so that what is neither is no case any more.
    """
    return [replace(case, expect=case.expect and _loosened(case.expect)) for case in cases]


def _loosened(expect: Expectation) -> Expectation | None:
    if expect.score is None:
        return expect
    least, most = expect.score
    if least >= RIGHT and most >= NEARLY_ALL:
        return replace(expect, score=(RIGHT, 1.0), best=None)
    return replace(expect, score=(0.0, WRONG), best=None) if most <= WRONG else None


def own_cases(grader: str, graders: Path | None = None) -> Path:
    """Returns where golden cases for a grader's very settings go, whether or not any are there.

    Beside the file of an entry of code; else ``NAME.cases.jsonl`` beside graders.toml.

    Args:
        grader: An entry of graders.toml, or a template.
        graders: That graders.toml; the one that counts here by default.
    """
    graders = graders or graders_file()
    entry = load_entries(graders).get(grader)
    code = entry.code if entry is not None else ""
    return graders.parent / f"{code.removesuffix('.py') or grader}.cases.jsonl"


def cases_beside(grader: str) -> str:
    """Returns the file of golden cases that a grader brings; ``""`` where there is none.

    Its own where it has them; else those of the template that it is or customises.
    """
    own, entry = own_cases(grader), load_entries(graders_file()).get(grader)
    if own.exists():
        return str(own)
    name = entry.template if entry is not None else grader
    if name not in template_names():
        return ""
    return str(HOME / "templates" / name / "cases.jsonl")


def brings_its_own(grader: str) -> bool:
    """Tells whether the cases beside a grader were written for its very settings."""
    entry = load_entries(graders_file()).get(grader)
    return entry is None or bool(entry.code) or own_cases(grader).exists()


def case_of(row: Mapping[str, Any], place: str) -> Case | None:
    """Returns the case of a row in any event form; ``None`` of one that shows what is no row.

    Args:
        row: It, with a completion or without.
        place: Where it stands, to open a message with.

    Raises:
        CaseError: It is no row.
        ExpectationError: What it expects cannot be read.
    """
    expect = read_expectation(row["expect"], f"{place}: expect") if "expect" in row else None
    (sample,) = parse([row]).rows
    given = isinstance(sample, Sample)
    if isinstance(sample, Fault):
        (sample,) = parse([{**row, "completion": "-"}]).rows
    if isinstance(sample, Fault):
        if expect is not None:  # a case of what no row should be
            return None
        raise CaseError(f"{place}: {sample.detail}")
    return Case(_bare(row, sample), sample.reference, _said(sample) if given else None, expect)


def _bare(row: Mapping[str, Any], sample: Sample) -> dict[str, Any]:
    """Returns a row as a dataset would hold it; its reference stays in the form it came in."""
    kept = {key: value for key, value in row.items() if key not in _NOT_OF_A_ROW}
    bare = {**kept, "messages": [dict(turn) for turn in sample.messages]}
    if sample.reference is not None and "messages" not in row:
        bare["reference_answer"] = sample.reference
    return bare


def _said(sample: Sample) -> str:
    """Returns a completion as one text, its calls as the models of Hermes and Qwen write them."""
    calls = [
        f"<tool_call>\n{written({'name': call.name, 'arguments': call.arguments})}\n</tool_call>"
        for call in sample.tool_calls
    ]
    return "\n".join(filter(None, (sample.completion, *calls)))
