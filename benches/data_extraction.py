"""What grading extracted data costs: milliseconds per row, and rows per second.

Baseline: python-jsonschema called directly on the parsed payload, as a hand-written reward
would (``jsonschema.validate``), and with a validator that was made once. It checks the form
only; the grader also finds the payload, compares every leaf and composes the grade. Rows are
made here, seeded: invoices of 12 lines in prose, a third of them with mistakes.
"""

from __future__ import annotations

import copy
import json
import random
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import jsonschema

from benches.figures import tell
from benches.imports import import_times
from benches.usage import arguments
from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.pipeline import answer
from touchstone.templates import get_template

ROWS, ROUNDS, LINES = 64, 30, 12
LONG = 10_000
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["seller", "number", "issued", "total", "lines"],
    "additionalProperties": False,
    "properties": {
        "seller": {"type": "string", "minLength": 1},
        "number": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
        "issued": {"type": "string"},
        "total": {"type": "number", "minimum": 0},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["item", "quantity", "price"],
                "properties": {
                    "item": {"type": "string"},
                    "quantity": {"type": "integer", "minimum": 1},
                    "price": {"type": "number"},
                },
            },
        },
    },
}


def _invoice(draw: random.Random) -> dict[str, Any]:
    lines = [
        {
            "item": f"item {draw.randrange(10**6)}",
            "quantity": draw.randint(1, 9),
            "price": draw.randrange(100, 99999) / 100,
        }
        for _ in range(LINES)
    ]
    return {
        "seller": f"Seller {draw.randrange(1000)} AS",
        "number": f"NP-{draw.randrange(1000, 9999)}",
        "issued": f"2024-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        "total": draw.randrange(100, 999999) / 100,
        "lines": lines,
    }


def _answer(invoice: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    given = copy.deepcopy(invoice)
    draw.shuffle(given["lines"])
    if draw.random() < 1 / 3:
        for line in draw.sample(given["lines"], 3):
            line["price"] = str(line["price"] + 1)
        del given["total"]
    return given


def _rows() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    draw = random.Random(3)
    event, payloads = [], []
    for index in range(ROWS):
        invoice = _invoice(draw)
        payload = _answer(invoice, draw)
        text = f"Here is the invoice:\n\n```json\n{json.dumps(payload, indent=2)}\n```"
        turns = [{"role": "user", "content": "..."}, {"role": "assistant", "content": text}]
        reference = {"expected": invoice, "schema": SCHEMA}
        event.append({"id": index, "messages": turns, "reference_answer": reference})
        payloads.append(payload)
    return event, payloads


def _per_row(work: Callable[[Any], Any], items: list[Any]) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        for item in items:
            started = time.perf_counter()
            work(item)
            times.append(1000 * (time.perf_counter() - started))
    return sorted(times)


def rows() -> None:
    """Prints milliseconds per row, and rows per second of one core."""
    event, payloads = _rows()
    samples = [row for row in parse(event).rows if isinstance(row, Sample)]
    grader, tools = get_template("data_extraction").customize(), Tools()
    validator = jsonschema.Draft202012Validator(SCHEMA)

    def validate(payload: Any) -> None:
        with suppress(jsonschema.ValidationError):
            jsonschema.validate(payload, SCHEMA)

    measured = {
        "jsonschema.validate (baseline)": _per_row(validate, payloads),
        "jsonschema, validator made once": _per_row(
            lambda p: list(validator.iter_errors(p)), payloads
        ),
        "data_extraction, whole grade": _per_row(lambda sample: grader(sample, tools), samples),
    }
    base = statistics.mean(measured["jsonschema.validate (baseline)"])
    lines = [
        [
            name,
            f"{times[len(times) // 2]:.3f}",
            f"{times[int(0.99 * len(times))]:.3f}",
            f"{1000 / statistics.mean(times):.0f}",
            f"{base / statistics.mean(times):.2f}x",
        ]
        for name, times in measured.items()
    ]
    tell("data_extraction-rows", ["per row", "p50 ms", "p99 ms", "rows/s", "speed"], lines)
    started = time.perf_counter()
    for _ in range(ROUNDS):
        answer(event, grader, tools)
    spent = (time.perf_counter() - started) / ROUNDS
    print(f"\n{ROWS} rows, event to reply: {1000 * spent:.1f} ms, {ROWS / spent:.0f} rows/s")


def long_lists() -> None:
    """Prints seconds for lists of 10,000 items in another order and notation."""
    draw = random.Random(5)
    days = [date(1990, 1, 1) + timedelta(n) for n in range(LONG)]
    cases: dict[str, tuple[list[Any], list[Any]]] = {
        "dates": ([day.isoformat() for day in days], [f"{day:%d %B %Y}" for day in days]),
        "money": ([f"${n:,}.50" for n in range(LONG)], [f"{n}.5 USD" for n in range(LONG)]),
        "names": ([f"item {n}" for n in range(LONG)], [f"ITEM  {n}" for n in range(LONG)]),
        "objects of a date and an amount": (
            [{"day": day.isoformat(), "n": n} for n, day in enumerate(days)],
            [{"day": f"{day:%b %d, %Y}", "n": f"{n}.0"} for n, day in enumerate(days)],
        ),
    }
    print()
    for name, (expected, spelled) in cases.items():
        text = json.dumps(draw.sample(spelled, LONG))
        turns = [{"role": "user", "content": "..."}, {"role": "assistant", "content": text}]
        (sample,) = parse([{"messages": turns, "reference_answer": expected}]).rows
        assert isinstance(sample, Sample)
        started = time.process_time()
        grade = get_template("data_extraction").customize()(sample, Tools())
        spent = time.process_time() - started
        print(f"{LONG} {name:<32} {spent:5.2f} s, score {grade.score}")


def imports() -> None:
    """Prints what importing costs, as whole processes; libraries come only when needed."""
    programs = {
        "python (baseline)": "pass",
        "the grader": "import touchstone.templates.data_extraction.grader",
        "import jsonschema": "import jsonschema",
    }
    print()
    for name, median in import_times(programs).items():
        print(f"{name:<34} {median:6.1f} ms as a whole process")


if __name__ == "__main__":
    arguments(__doc__)
    rows()
    long_lists()
    imports()
