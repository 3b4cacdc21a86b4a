"""``touchstone data validate``: every problem of a training file, before a job is paid for."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.data.problem import KINDS
from touchstone.workbench.data.validate import Checks, Problem, Summary
from touchstone.workbench.data.validate import validate as run
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.rows.storage import same_file, shown

# A person reads the first of each kind; all of them are in --json.
_SHOWN = 10


@click.command()
@click.argument("file")
@click.option("--validation", metavar="FILE", help="The job's validation file.")
@click.option("--grader", default="", metavar="NAME", help="Ask this grader about each row.")
@click.option("--max-prompt-length", type=click.IntRange(1), help="The job's, in tokens.")
@click.option("--tokenizer", metavar="PATH", help="tokenizer.json or a Hugging Face folder.")
@click.option("--model", type=click.Choice(["nova", "openai"]), default="nova", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print every problem as JSON.")
def validate(
    file: str,
    validation: str | None,
    grader: str,
    max_prompt_length: int | None,
    tokenizer: str | None,
    model: Any,
    as_json: bool,
) -> None:
    """Find everything that is wrong with FILE, the prompts of a job (.jsonl, .jsonl.gz, s3://).

    With --grader each row is sent to that grader, its judge left out, to see whether it can
    read the reference. Without --tokenizer lengths are estimated. --model says whose rules
    hold: nova, or openai for the OpenAI-compatible API.

    Exit code 1: there are errors; 2: a file cannot be read.
    """
    if tokenizer and max_prompt_length is None:
        raise click.UsageError("--tokenizer counts for --max-prompt-length; give that too")
    if validation and same_file(file, validation):
        raise click.UsageError(f"{validation}: is the training file too; nothing is held out")
    checks = Checks(grader, max_prompt_length, tokenizer, model)
    summary = Summary()
    with row_counter() as on_row:
        found = run(file, validation, checks, summary=summary, on_row=on_row)
        if as_json:
            _print_json(found, summary)
        else:
            _print_lines(found)
    if not as_json:
        _print_summary(summary)
    if summary.errors:
        sys.exit(FELL_SHORT)


def _print_json(found: Iterator[Problem], summary: Summary) -> None:
    """Prints one JSON object, written as its problems are found."""
    problem = next(found, None)
    echo('{"problems": [')
    while problem:
        following = next(found, None)
        echo(json.dumps(problem.as_json()) + ("," if following else ""))
        problem = following
    echo('], "summary": ' + json.dumps(summary.as_json()) + "}")


def _print_lines(found: Iterator[Problem]) -> None:
    shown: Counter[str] = Counter()
    for problem in found:
        shown[problem.kind] += 1
        if shown[problem.kind] <= _SHOWN:
            echo(_line(problem))


def _line(problem: Problem) -> str:
    file = shown(problem.file)
    place = f"{file}:{problem.line}" if problem.line else file
    field = f"{problem.field}: " if problem.field else ""
    return f"{place}: {problem.severity}: {field}{problem.message} [{problem.kind}]"


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"


def _print_summary(summary: Summary) -> None:
    counts = summary.as_json()
    if summary.kinds:
        echo("")
    for kind, count in summary.kinds.most_common():
        severity, fix = KINDS[kind]
        more = f" ({_SHOWN} shown; --json has all)" if count > _SHOWN else ""
        echo(f"{count:>8,} {severity:<7} {kind}{more}: {fix}")
    rows = " + ".join(f"{count:,}" for count in summary.rows.values())
    told = [_counted(counts[f"{name}s"], name) for name in ("error", "warning")]
    echo(f"{rows} {'row' if rows == '1' else 'rows'}: {', '.join(told)}")
    if summary.lengths:
        echo(f"Lengths were {summary.lengths}.")
