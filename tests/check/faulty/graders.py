"""The faulty scores as Lambdas of strangers, and faults that only a whole reply can have."""

import functools
import subprocess
import sys

from tests.check.faulty import scores
from touchstone.contract import Sample, parse


def of_score(score):
    """Makes a Lambda of a score; it reads events as ours does."""

    def handler(event):
        rows = zip(event, parse(event).rows, strict=True)
        return [
            {"id": row["id"], "aggregate_reward_score": float(score(_said(one), _wanted(one)))}
            for row, one in rows
        ]

    return handler


def _said(row):
    return row.completion.rpartition("</think>")[2].strip() if isinstance(row, Sample) else ""


def _wanted(row):
    return row.reference if isinstance(row, Sample) and row.reference is not None else ""


def batch_order(event):
    """Pays a row for its place among others."""
    reply = of_score(scores.sound)(event)
    for at, one in enumerate(reply):
        one["aggregate_reward_score"] *= 1.0 - 0.1 * (at % 2)
    return reply


def reordered(event):
    """Answers in an order of its own."""
    return of_score(scores.sound)(event)[::-1]


def exit_code(event):
    """Trusts the exit code of the code that it runs."""
    return of_score(lambda text, right: scores.exit_code(text, right, _ends_well))(event)


@functools.cache
def _ends_well(program):
    command = [sys.executable, "-IS", "-c", program]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
