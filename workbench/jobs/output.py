"""Files that a command writes for a person: whole, or as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """Lends a file that takes the place of ``target`` once it is whole.

    What is no regular file, as a pipe or a device, keeps its place and is written to.

    Raises:
        OSError: It cannot be written; names the target.
    """
    try:
        target = target.resolve()
        if target.exists() and not target.is_file():
            with target.open("wb") as sink:
                yield sink
            return
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        with part.open("xb") as sink:
            try:
                yield sink
                sink.flush()
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, str(target)) from exc
