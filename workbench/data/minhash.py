"""Near-duplicates of a million texts: MinHash signatures in a file, compared band by band.

A text is the set of its runs of :data:`SHINGLE` bytes, lower-cased and without punctuation, so
any language will do. Two texts are near-duplicates when these sets overlap by at least
:data:`THRESHOLD` (Jaccard). What many rows share (the instruction around each task) is the data
set's template, not the row's own, and is left out first: otherwise every row of a templated
data set would look like every other.

Source: Broder, "On the resemblance and containment of documents" (1997); banding as in
Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.
"""

from __future__ import annotations

import heapq
import re
import tempfile
import weakref
import zlib
from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

THRESHOLD = 0.75
SHINGLE = 8
_BANDS, _ROWS_PER_BAND = 24, 5
_SIZE = _BANDS * _ROWS_PER_BAND
# A longer text is represented by the smallest hashes of its shingles, a fair sample of them.
_MOST_SHINGLES = 1024
# A shingle is the template's when this share of the sampled texts has it, and this many.
_TEMPLATE_SHARE, _TEMPLATE_ROWS = 0.05, 20
_SAMPLE = 2000
_CELLS = 1 << 22
_CHUNK, _PAIRS = 4096, 512
# Fewer shingles than this say a number or a name, and one letter of it can be the task.
_FEWEST = 32
# Signs of arithmetic are not punctuation: 7-3 is not 7+3.
_PUNCTUATION = re.compile(r"[\s.,;:!?'\"`()\[\]{}_#~|\\]+")
_ODD = np.uint64(0x9E3779B97F4A7C15)


class CommonText:
    """What many texts of a data set share, counted on a sample that no order of rows changes."""

    def __init__(self) -> None:
        self._sample: list[tuple[int, bytes]] = []
        self._common: NDArray[np.bool_] | None = None

    def offer(self, text: str) -> None:
        """Considers a text for the sample: the texts with the smallest checksums are kept."""
        data = text.encode()
        entry = (-zlib.crc32(data), data)
        if len(self._sample) < _SAMPLE:
            heapq.heappush(self._sample, entry)
        elif entry > self._sample[0]:
            heapq.heapreplace(self._sample, entry)

    def own(self, hashes: Hashes) -> Hashes:
        """Returns the shingles that are not common.

        Where too few are left, one hash of them all: such a text is like its equals only.
        """
        if self._common is None:
            self._common = self._counted()
        left = hashes[~self._common[_cell(hashes)]]
        return left if len(left) >= _FEWEST else hashes.sum(keepdims=True)

    def _counted(self) -> NDArray[np.bool_]:
        counts = np.zeros(_CELLS, np.uint32)
        for _, data in self._sample:
            counts[np.unique(_cell(_shingles(data.decode())))] += 1
        least = max(_TEMPLATE_ROWS, int(_TEMPLATE_SHARE * len(self._sample)))
        self._sample.clear()
        return counts >= least


class NearIndex:
    """Texts are added one by one; then pairs, or groups, of near-duplicates are asked for.

    In memory it takes 8 bytes a text and, while it compares, some 60 more; the signatures
    (240 bytes each) are in an unnamed temporary file.
    """

    def __init__(self, template: CommonText) -> None:
        self._template = template
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the index
        weakref.finalize(self, self._file.close)
        self._waiting: list[NDArray[np.uint16]] = []
        self._orders = array("Q")
        self.count = 0

    def add(self, text: str) -> int:
        """Adds a text and returns its number, from 0."""
        self._waiting.append(_signature(self._template.own(_shingles(text))))
        self._orders.append(zlib.crc32(text.encode()))
        if len(self._waiting) == _CHUNK:
            self._flush()
        self.count += 1
        return self.count - 1

    def pairs(self) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """Returns numbers of texts, of the texts near to them, and how much each pair overlaps.

        Every group of near texts is connected by its pairs; not every pair of a group is named.
        """
        self._flush()
        order = np.array(self._orders, np.uint64)
        count, keys = max(self.count, 1), np.zeros(0, np.int64)
        for band in range(_BANDS):
            left, right = _neighbours(self._band(band), order)
            # Merged band by band: a file of copies has the same pairs in every band.
            keys = np.union1d(keys, left * count + right)
        overlap = self._overlap(keys // count, keys % count)
        near = overlap >= THRESHOLD
        return keys[near] // count, keys[near] % count, overlap[near]

    def _flush(self) -> None:
        if self._waiting:
            self._file.seek(0, 2)
            self._file.write(np.stack(self._waiting).tobytes())
            self._file.flush()
            self._waiting.clear()

    def _band(self, band: int) -> Hashes:
        """Returns one hash per text: what two texts of equal signature in this band share."""
        parts: list[Hashes] = []
        self._file.seek(0)
        while data := self._file.read(_CHUNK * _SIZE * 2):
            rows = np.frombuffer(data, np.uint16).reshape(-1, _SIZE)
            part = np.zeros(len(rows), np.uint64)
            for column in range(band * _ROWS_PER_BAND, (band + 1) * _ROWS_PER_BAND):
                part = (part ^ rows[:, column]) * _ODD
                part ^= part >> np.uint64(29)
            parts.append(part)
        return np.concatenate(parts) if parts else np.zeros(0, np.uint64)

    def _overlap(self, left: Ints, right: Ints) -> NDArray[np.float64]:
        shares = [np.zeros(0)]
        for at in range(0, len(left), _PAIRS):
            # Mapped anew for each part, so that what was read does not stay in memory.
            signatures = np.memmap(self._file, np.uint16, "r").reshape(-1, _SIZE)
            one, other = signatures[left[at : at + _PAIRS]], signatures[right[at : at + _PAIRS]]
            shares.append((one == other).mean(axis=1))
        return np.concatenate(shares)


class Groups:
    """Numbers that belong together: a union-find over ``count`` of them."""

    def __init__(self, count: int) -> None:
        self._parent: Any = np.arange(count)

    def join(self, first: Iterable[int], second: Iterable[int]) -> None:
        """Puts each of ``first`` into the group of its partner in ``second``."""
        for one, other in zip(first, second, strict=True):
            one, other = self._root(int(one)), self._root(int(other))
            if one != other:
                self._parent[max(one, other)] = min(one, other)

    def join_equal(self, keys: NDArray[Any]) -> None:
        """Puts numbers of equal key into one group; key 0 says nothing."""
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        same = (ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)
        self.join(order[1:][same], order[:-1][same])

    def roots(self) -> Ints:
        """Returns the smallest member of each number's group."""
        parent = self._parent
        while True:
            above = parent[parent]
            if np.array_equal(above, parent):
                return parent
            parent = self._parent = above

    def _root(self, number: int) -> int:
        parent = self._parent
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = int(parent[number])
        return number


def _shingles(text: str) -> Hashes:
    """Returns the hash of each of a text's shingles, at least one."""
    plain = _PUNCTUATION.sub(" ", text.lower()).strip().encode().ljust(SHINGLE)
    # One number for the eight bytes that begin at each byte.
    hashes = np.ndarray(len(plain) - SHINGLE + 1, "<u8", plain, strides=1).astype(np.uint64)
    # Mixes every bit into every bit (the finaliser of MurmurHash3).
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return hashes ^ (hashes >> np.uint64(33))


def _signature(hashes: Hashes) -> NDArray[np.uint16]:
    """Returns the MinHash signature: 16 bits of the smallest hash under each permutation."""
    if len(hashes) > _MOST_SHINGLES:
        hashes = np.unique(hashes)[:_MOST_SHINGLES]
    few = hashes.astype(np.uint32)
    permuted = few[:, None] * _MULTIPLIERS[None, :] + _OFFSETS[None, :]
    return (permuted.min(axis=0) * np.uint32(0x9E3779B1) >> np.uint32(16)).astype(np.uint16)


def _neighbours(keys: Hashes, order: Hashes) -> tuple[Ints, Ints]:
    """Pairs each text with the first one of its bucket, and with the one before it."""
    sequence = np.lexsort((order, keys))
    ordered = keys[sequence]
    starts = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    firsts = np.maximum.accumulate(np.where(starts, np.arange(len(ordered)), 0))
    later = np.flatnonzero(~starts)
    beyond = later[firsts[later] != later - 1]
    left = np.concatenate((sequence[firsts[later]], sequence[beyond - 1]))
    right = np.concatenate((sequence[later], sequence[beyond]))
    return np.minimum(left, right), np.maximum(left, right)


def _cell(hashes: Hashes) -> Ints:
    return (hashes & np.uint64(_CELLS - 1)).astype(np.int64)


# Fixed, so that the same texts give the same answer on every machine.
_random = np.random.default_rng(20)
_MULTIPLIERS = _random.integers(0, 1 << 31, _SIZE, np.uint32) * np.uint32(2) + np.uint32(1)
_OFFSETS = _random.integers(0, 1 << 32, _SIZE, np.uint32)
