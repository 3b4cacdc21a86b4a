"""``data split``: a training and a validation file that share nothing, the same every time.

Rows that belong together never straddle: equal prompts, near-duplicates, and rows of one value of
a chosen field. Which group goes where depends on the seed and on what the rows hold, not on
their order. What a line holds is copied byte for byte.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from array import array
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from touchstone.workbench.data.fingerprint import common_text, prompt_hash, texts_of, value_hash
from touchstone.workbench.data.minhash import Groups, Ints, NearIndex
from touchstone.workbench.rows.rft import NO_MESSAGES, Line, read_lines
from touchstone.workbench.rows.storage import STDIN, DataError, is_s3, same_file, upload, writing

_encode = msgspec.json.Encoder().encode
_BOM = b"\xef\xbb\xbf"
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class How:
    """How a file is divided.

    Attributes:
        share: Share of the rows that is held out, between 0 and 1.
        seed: Another seed, another division.
        group: Field whose equal values stay together; ``""`` for none.
        stratify: Field of whose every value the same share is held out; ``""`` for none.
    """

    share: float = 0.1
    seed: int = 0
    group: str = ""
    stratify: str = ""


@dataclass(frozen=True, slots=True)
class Division:
    """What was written.

    Attributes:
        rows: Rows read, which is ``train_rows`` and ``validation_rows`` together.
        groups: Groups of rows that had to stay together, rows alone counted too.
        largest_group: Rows of the largest.
        strata: Rows and rows held out, by value of the field to stratify by.
    """

    train: str
    validation: str
    rows: int
    train_rows: int
    validation_rows: int
    groups: int
    largest_group: int
    strata: dict[str, tuple[int, int]]

    def as_json(self) -> dict[str, Any]:
        """Returns the division as a JSON object."""
        return asdict(self)


def split(
    file: str,
    prefix: str,
    how: How,
    *,
    on_row: Callable[[], None] = lambda: None,
) -> Division:
    """Divides a file into ``<prefix>.train.jsonl`` and ``<prefix>.validation.jsonl``.

    Args:
        file: An RFT file, on this disk or S3. It is read three times.
        prefix: What the names of the two begin with, on this disk or S3; they end in ``.gz``
            too where ``file`` does.
        how: How it is divided.
        on_row: Is called for each row as it is weighed.

    Raises:
        DataError: The file cannot be read, a line is no object or lacks a chosen field, or
            too few groups are left to divide. Nothing is written then.
    """
    if file == STDIN:
        raise DataError("standard input cannot be read twice; give a file")
    ending = ".jsonl.gz" if file.endswith(".gz") else ".jsonl"
    names = (f"{prefix}.train{ending}", f"{prefix}.validation{ending}")
    if any(same_file(file, name) for name in names):
        raise DataError(f"{file}: the output would replace the input; choose another -o")
    rows = _Rows(file, how, on_row)
    held_out, sizes = rows.held_out()
    counts = _write(file, names, held_out)
    return Division(
        *names,
        rows=len(held_out),
        train_rows=counts[0],
        validation_rows=counts[1],
        groups=len(sizes),
        largest_group=int(sizes.max()),
        strata=rows.strata(held_out),
    )


class _Rows:
    """What is remembered of a file's rows: some 40 bytes each, and their signatures on disk."""

    def __init__(self, file: str, how: How, on_row: Callable[[], None]) -> None:
        self._how = how
        self._prompts, self._groups, self._strata = array("Q"), array("Q"), array("Q")
        self._names: dict[int, str] = {}
        self._near = NearIndex(common_text([file]))
        for line in read_lines(file):
            self._add(line)
            on_row()
        if not self._prompts:
            raise DataError(f"{file}: there are no rows")

    def held_out(self) -> tuple[NDArray[np.bool_], Ints]:
        """Returns which rows are held out, and how many rows each group has."""
        roots, group_of, sizes = np.unique(self._roots(), return_inverse=True, return_counts=True)
        if len(roots) < 2:
            raise DataError("all rows belong to one group: nothing can be held out without leaks")
        # A group is known by its smallest prompt, so that the order of rows says nothing.
        smallest = np.full(len(roots), np.iinfo(np.uint64).max, np.uint64)
        np.minimum.at(smallest, group_of, np.frombuffer(self._prompts, np.uint64))
        stratum = np.zeros(len(roots), np.uint64)
        np.maximum.at(stratum, group_of, np.frombuffer(self._strata, np.uint64))
        shuffled = np.asarray(sorted(range(len(roots)), key=lambda g: self._lot(int(smallest[g]))))
        chosen = np.zeros(len(roots), bool)
        # What a stratum is too small to give or to keep, a larger one gives or keeps.
        owed = 0.0
        for members in self._by_stratum(shuffled, stratum, sizes):
            owed += self._how.share * int(sizes[members].sum())
            drawn = _drawn(members, sizes[members], owed)
            chosen[drawn] = True
            owed -= int(sizes[drawn].sum())
        if not chosen.any():
            chosen[shuffled[np.argmin(sizes[shuffled])]] = True
        if chosen.all():
            chosen[shuffled[-1]] = False
        return chosen[group_of], sizes

    def strata(self, held_out: NDArray[np.bool_]) -> dict[str, tuple[int, int]]:
        """Returns how many rows each stratum has, and how many are held out."""
        numbers = np.frombuffer(self._strata, np.uint64)
        return {
            name: (int((numbers == number).sum()), int((held_out & (numbers == number)).sum()))
            for number, name in sorted(self._names.items(), key=lambda item: item[1])
        }

    def _add(self, line: Line) -> None:
        row = line.row
        if row is None:
            raise DataError(f"{line.file}: line {line.number}: {line.problem}")
        if not isinstance(row.get("messages"), list):
            raise DataError(f"{line.file}: line {line.number}: {NO_MESSAGES}")
        texts = texts_of(row)
        self._prompts.append(prompt_hash(row, texts))
        self._near.add("\n".join(texts))
        if self._how.group:
            self._groups.append(value_hash(_field(line, self._how.group)))
        name = ""
        if self._how.stratify:
            name = _encode(_field(line, self._how.stratify)).decode()
        self._strata.append(value_hash(name) if name else 0)
        if name:
            self._names[self._strata[-1]] = name

    def _roots(self) -> Ints:
        groups = Groups(len(self._prompts))
        groups.join_equal(np.frombuffer(self._prompts, np.uint64))
        if self._groups:
            groups.join_equal(np.frombuffer(self._groups, np.uint64))
        first, later, _ = self._near.pairs()
        groups.join(first, later)
        return groups.roots()

    def _by_stratum(self, groups: Ints, stratum: NDArray[np.uint64], sizes: Ints) -> list[Ints]:
        """Returns the groups of each stratum in their order, the smallest stratum first."""
        found = [(value, groups[stratum[groups] == value]) for value in np.unique(stratum).tolist()]
        found.sort(key=lambda part: (int(sizes[part[1]].sum()), self._lot(part[0])))
        return [members for _, members in found]

    def _lot(self, key: int) -> bytes:
        return hashlib.blake2b(f"{self._how.seed}:{key}".encode(), digest_size=8).digest()


def _drawn(groups: Ints, sizes: Ints, wanted: float) -> Ints:
    """Takes groups in turn while each brings the rows taken nearer to what is wanted."""
    taken, chosen = 0, []
    for group, size in zip(groups.tolist(), sizes.tolist(), strict=True):
        if abs(taken + size - wanted) < abs(taken - wanted):
            chosen.append(group)
            taken += size
    return np.asarray(chosen, np.int64)


def _field(line: Line, name: str) -> Any:
    """Returns a field of a row: its own, of its metadata or, after a dot, of an object in it."""
    value: Any = line.row
    for part in name.split("."):
        inner = value.get(part, _ABSENT) if isinstance(value, dict) else _ABSENT
        if inner is _ABSENT:
            raise DataError(f"{line.file}: line {line.number}: there is no field {name!r}")
        value = inner
    return value


def _write(file: str, names: tuple[str, str], held_out: NDArray[np.bool_]) -> tuple[int, int]:
    """Copies every line to one of two files, which take their names when both are whole."""
    counts = [0, 0]
    with (
        tempfile.TemporaryDirectory(prefix=".split-", dir=_beside(names[0])) as folder,
        ExitStack() as written,
    ):
        parts = [Path(folder) / Path(name).name for name in names]
        sinks = [written.enter_context(writing(str(part))) for part in parts]
        for number, line in enumerate(read_lines(file)):
            if number >= len(held_out):
                raise DataError(f"{file}: it grew while it was read")
            to = int(held_out[number])
            sinks[to].write(line.raw.removeprefix(_BOM) + b"\n")
            counts[to] += 1
        if sum(counts) != len(held_out):
            raise DataError(f"{file}: it shrank while it was read")
        written.close()
        for part, name in zip(parts, names, strict=True):
            if is_s3(name):
                upload(part, name)
            else:
                shutil.move(part, name)
    return counts[0], counts[1]


def _beside(name: str) -> str | None:
    """Returns the folder to write in before a name is given; the system's own for S3."""
    if is_s3(name):
        return None
    folder = Path(name).parent
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    return str(folder)
