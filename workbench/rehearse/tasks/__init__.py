"""The bundled tasks: a job.toml each, and rows of our own that are made, not stored."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from touchstone.workbench.rehearse.tasks import extraction, moderation
from touchstone.workbench.rows.rft import encode_row

Rows = list[dict[str, Any]]
# Each makes the rows to train on, and those held out.
TASKS: dict[str, Callable[[], tuple[Rows, Rows]]] = {
    "moderation": moderation.rows,
    "extraction": extraction.rows,
}


def prepare(task: str, folder: Path) -> Path:
    """Writes a task's rows and its job.toml into a folder; returns the job.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(("train", "validation"), TASKS[task](), strict=True):
        (folder / f"{name}.jsonl").write_bytes(b"".join(map(encode_row, rows)))
    source = Path(__file__).with_name(f"{task}.toml")
    return Path(shutil.copyfile(source, folder / "job.toml"))
