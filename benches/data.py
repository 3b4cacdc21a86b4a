"""How fast a dataset is converted, and in how much memory: ``python -m benches.data [ROWS]``.

Each figure is a process of its own, so that peak memory is its own too. The baseline is the
least that any converter in Python does: ``json.loads`` and ``json.dumps`` of every line.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benches.usage import arguments

ROWS = 200_000
_PROMPT = "Ticket {n}: the parcel went to the wrong depot and has not moved for {d} days. " * 4


def rows(count: int, form: str) -> Iterator[dict[str, Any]]:
    """Yields source records of about half a kilobyte, of one form."""
    for n in range(count):
        prompt, answer = _PROMPT.format(n=n, d=n % 30), f"Route {n % 97}"
        if form == "chat":
            turns = [("system", "Name the route."), ("user", prompt), ("assistant", answer)]
            yield {"messages": [{"role": r, "content": c} for r, c in turns]}
        elif form == "table":
            yield {"id": f"r{n}", "question": prompt, "answer": answer, "topic": "parcels"}
        else:
            body = {"messages": [{"role": "user", "content": [{"text": prompt}]}]}
            said = {"output": {"message": {"role": "assistant", "content": [{"text": answer}]}}}
            yield {
                "schemaType": "ModelInvocationLog", "operation": "Converse", "requestId": f"r{n}",
                "requestMetadata": {"project": "parcels"},
                "input": {"inputBodyJson": body}, "output": {"outputBodyJson": said},
            }  # fmt: skip


def make(folder: Path, form: str, count: int) -> Path:
    """Writes the source file of a case."""
    if form in ("csv", "parquet"):
        return _make_table(folder / f"rows.{form}", count)
    path = folder / f"{form}.jsonl"
    with path.open("w") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows(count, form))
    return path


def _make_table(path: Path, count: int) -> Path:
    if path.suffix == ".csv":
        import csv

        with path.open("w", newline="") as out:
            writer = csv.DictWriter(out, ["id", "question", "answer", "topic"])
            writer.writeheader()
            writer.writerows(rows(count, "table"))
        return path
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, pa.string()) for name in ("id", "question", "answer", "topic")])
    with pq.ParquetWriter(path, schema) as writer:
        chunk: list[dict[str, Any]] = []
        for row in rows(count, "table"):
            chunk.append(row)
            if len(chunk) == 50_000:
                writer.write_table(pa.Table.from_pylist(chunk, schema))
                chunk = []
        if chunk:
            writer.write_table(pa.Table.from_pylist(chunk, schema))
    return path


def baseline(source: str, output: str) -> None:
    """Reads and writes every line with the standard library, and does nothing else."""
    with Path(source).open() as stream, Path(output).open("w") as out:
        for line in stream:
            out.write(json.dumps(json.loads(line)) + "\n")


def convert(source: str, output: str) -> None:
    """Converts with what ``touchstone data convert`` runs."""
    from touchstone.workbench.data.conversion import convert_files
    from touchstone.workbench.data.forms import Options

    convert_files([source], output, Options())


def _measure(task: str, source: Path, output: Path) -> tuple[float, float]:
    """Returns seconds and peak MiB of one task in a process of its own."""
    reply = subprocess.run(
        [sys.executable, "-m", "benches.data", "--task", task, str(source), str(output)],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    seconds, peak = json.loads(reply)
    return seconds, peak


def main() -> None:
    """Prints a line per source form."""
    if sys.argv[1:2] == ["--task"]:
        task, source, output = sys.argv[2:5]
        start = time.perf_counter()
        {"baseline": baseline, "convert": convert}[task](source, output)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([time.perf_counter() - start, peak]))
        return
    (count,) = arguments(__doc__, ROWS=ROWS)
    print(f"{'task':<22}{'rows':>10}{'rows/s':>10}{'MB/s':>8}{'peak MiB':>10}")
    cases = (
        ("baseline", "chat", ".jsonl"), ("convert", "chat", ".jsonl"),
        ("convert", "chat", ".jsonl.gz"), ("convert", "logs", ".jsonl"),
        ("convert", "csv", ".jsonl"), ("convert", "parquet", ".jsonl"),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        for task, form, ending in cases:
            for rows_now in (count // 10, count):
                source = make(Path(name), form, rows_now)
                seconds, peak = _measure(task, source, Path(name) / f"out{ending}")
                size = source.stat().st_size / 1e6
                label = f"{task} {form}{'.gz' if ending.endswith('gz') else ''}"
                print(
                    f"{label:<22}{rows_now:>10,}{rows_now / seconds:>10,.0f}"
                    f"{size / seconds:>8.0f}{peak:>10.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
