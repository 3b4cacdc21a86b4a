"""Rows that repeat: ids, prompts, and prompts that are nearly the same, in one file or in two.

Eight bytes a row are kept for each of id, prompt and reference, and are sorted at the end; so a
million rows take some 50 MB, and the signatures of near-duplicates lie in a temporary file.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from touchstone.workbench.data.fingerprint import prompt_hash, value_hash
from touchstone.workbench.data.minhash import CommonText, NearIndex
from touchstone.workbench.data.problem import Finding, Problem


class Repeats:
    """Remembers rows, and says at the end which repeat.

    Args:
        files: The training file and, where there is one, the validation file.
        template: What many of the rows share.
    """

    def __init__(self, files: Sequence[str], template: CommonText) -> None:
        self._files = files
        self._starts = [0]
        self._lines = array("Q")
        self._ids, self._prompts, self._references = array("Q"), array("Q"), array("Q")
        self._near = NearIndex(template)

    def add(self, row: Mapping[str, Any], line: int, texts: Sequence[str]) -> None:
        """Remembers a row of the current file.

        Args:
            row: The row.
            line: Its line.
            texts: The text of each of its messages.
        """
        self._lines.append(line)
        row_id = row.get("id")
        self._ids.append(0 if row_id is None else value_hash(row_id))
        self._prompts.append(prompt_hash(row, texts))
        self._references.append(value_hash(row.get("reference_answer")))
        self._near.add("\n".join(texts))

    def next_file(self) -> None:
        """Says that the rows to come are the next file's."""
        self._starts.append(len(self._lines))

    def problems(self) -> Iterator[Problem]:
        """Yields every row that repeats an earlier one, or nearly does."""
        yield from self._repeated_ids()
        repeated = np.zeros(len(self._lines), bool)
        for later, first in _repetitions(self._prompts):
            repeated[later] = True
            yield self._same_prompt(later, first)
        seen = set()
        for first, later, overlap in zip(*self._near.pairs(), strict=True):
            pair = int(first), int(later)
            # A row is named once, beside the earliest row that is near to it.
            if later not in seen and not repeated[later] and not repeated[first]:
                seen.add(int(later))
                yield self._nearly(*pair, float(overlap))

    def _repeated_ids(self) -> Iterator[Problem]:
        for later, first in _repetitions(self._ids):
            if self._file(later) == self._file(first):
                message = f"the id is that of line {self._lines[first]} too"
                yield self._at(later, Finding("duplicate_id", "id", message))

    def _same_prompt(self, later: int, first: int) -> Problem:
        line = self._lines[first]
        if self._file(later) != self._file(first):
            message = f"the prompt is in {self._files[self._file(first)]} too, line {line}"
            return self._at(later, Finding("leakage", "messages", message))
        if self._references[later] != self._references[first]:
            message = f"the prompt is that of line {line}, the reference another"
            return self._at(later, Finding("conflicting_reference", "reference_answer", message))
        message = f"prompt and reference are those of line {line}"
        return self._at(later, Finding("duplicate_prompt", "messages", message))

    def _nearly(self, first: int, later: int, overlap: float) -> Problem:
        line = self._lines[first]
        if self._file(later) != self._file(first):
            where = f"line {line} of {self._files[self._file(first)]}"
            message = f"the prompt is {overlap:.0%} that of {where}"
            return self._at(later, Finding("near_leakage", "messages", message))
        message = f"the prompt is {overlap:.0%} that of line {line}"
        return self._at(later, Finding("near_duplicate", "messages", message))

    def _file(self, number: int) -> int:
        return sum(number >= start for start in self._starts[1:])

    def _at(self, number: int, finding: Finding) -> Problem:
        return finding.at(self._files[self._file(number)], self._lines[number])


def _repetitions(hashes: array[int]) -> Iterator[tuple[int, int]]:
    """Yields each number whose hash an earlier one has, with the first of these."""
    if not hashes:
        return
    keys = np.frombuffer(hashes, np.uint64)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    differs = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(np.concatenate(([True], differs)))
    first_of = np.empty_like(order)
    first_of[order] = np.repeat(order[starts], np.diff(starts, append=len(keys)))
    for later in np.sort(order[1:][~differs & (ordered[1:] != 0)]):
        yield int(later), int(first_of[later])
