"""Checkpoints of a rehearsal: a Hugging Face folder of the policy, and what goes on from it.

Only the last is kept: for the bundled model one takes 0.54 GB, and 0.85 GB more for the
optimizer's state.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec


class Progress(msgspec.Struct, frozen=True):
    """Where a run stood.

    Attributes:
        run: What two runs share if one may go on where the other stopped.
        step: Updates made.
        usd: What judges had cost.
        first_entropy: Of the first step, in nats.
    """

    run: str
    step: int
    usd: float
    first_entropy: float


def latest(folder: Path) -> Path | None:
    """Returns the last finished checkpoint of a folder, if there is one."""
    return max(_finished(folder), key=_step, default=None)


def save(folder: Path, progress: Progress, write: Callable[[Path], None]) -> Path:
    """Writes a checkpoint and removes the one before; an interruption leaves one of them.

    Args:
        folder: Of the checkpoints.
        progress: Where the run stands.
        write: Puts the model, and what its engine goes on from, into a folder.
    """
    place = folder / f"step-{progress.step}"
    part = folder / f"{place.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    write(part)
    (part / "progress.json").write_bytes(msgspec.json.encode(progress))
    shutil.rmtree(place, ignore_errors=True)
    part.rename(place)
    for other in _finished(folder):
        if other != place:
            shutil.rmtree(other)
    return place


def read(place: Path) -> Progress:
    """Returns where the run of a checkpoint stood."""
    return msgspec.json.decode((place / "progress.json").read_bytes(), type=Progress)


def _finished(folder: Path) -> list[Path]:
    return [path for path in folder.glob("step-*") if path.suffix != ".part"]


def _step(place: Path) -> int:
    return int(place.name.removeprefix("step-"))
