"""What becomes of other people's files: ``python -m benches.data_files FOLDER``.

One line a file: records read, rows written and how many of them have a reference, records refused
by name, records lost (neither of these, nor filtered), and rows that ``data validate`` calls wrong.
The last two are to be 0. Without a folder it makes a few files of the kinds that datasets have.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benches.usage import arguments
from touchstone.workbench.data.conversion import convert_files
from touchstone.workbench.data.forms import Options
from touchstone.workbench.data.problem import KINDS
from touchstone.workbench.data.shape import check_shape
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.rows.rft import read_lines

_ASKED = {"question": "What is 6*7?"}
_MADE: dict[str, list[dict[str, Any]]] = {
    "judged": [_ASKED | {"completion": "42", "label": good} for good in (True, False)],
    "choices": [_ASKED | {"choices": ["41", "42"], "answer": 1}],
    "images": [_ASKED | {"image_path": "a.png", "answer": "42"}],
    "answer_objects": [_ASKED | {"answers": {"text": ["42"], "answer_start": [0]}}],
    "mixed": [_ASKED | {"id": 1, "answer": "42"}, {"question": "And 7*7?"}],
}


def main() -> int:
    """Prints the table; the exit code is 1 where a row was lost or is wrong."""
    (given,) = arguments(__doc__, FOLDER="")
    with tempfile.TemporaryDirectory() as work:
        folder = Path(given) if given else _make(Path(work) / "in")
        names = ("read", "written", "reference", "refused", "lost", "wrong")
        print(f"{'file':50}" + "".join(f"{name:>10}" for name in names))
        totals = [0] * len(names)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            counts = _counts(path, str(Path(work) / "o.jsonl"))
            if isinstance(counts, str):
                print(f"{path.name[-48:]:50}  {counts}")
                continue
            totals = [a + b for a, b in zip(totals, counts, strict=True)]
            print(f"{path.name[-48:]:50}" + "".join(f"{n:10,}" for n in counts))
        print(f"{'':50}" + "".join(f"{n:10,}" for n in totals))
    return int(any(totals[-2:]))


def _make(folder: Path) -> Path:
    folder.mkdir()
    for name, rows in _MADE.items():
        lines = (json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines))
    return folder


def _counts(path: Path, output: str) -> list[int] | str:
    """Returns the figures of a file, or why it could not be read at all."""
    try:
        counts = convert_files([str(path)], output, Options()).counts
    except WorkbenchError as exc:
        return str(exc).rpartition(": ")[2]
    if counts.unreadable:
        return next(iter(counts.unreadable.values()))
    rows = [line.row for line in read_lines(output)]
    wrong = sum(any(KINDS[f.kind][0] == "error" for f in check_shape(r, "nova")) for r in rows)
    lost = counts.read - counts.written - counts.refused - counts.filtered
    with_reference = sum(row.get("reference_answer") is not None for row in rows)
    return [counts.read, counts.written, with_reference, counts.refused, lost, wrong]


if __name__ == "__main__":
    sys.exit(main())
