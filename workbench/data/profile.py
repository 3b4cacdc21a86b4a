"""``data profile``: what a training file holds: lengths, balance, fields, repetition."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import numpy as np

from touchstone.workbench.data.fingerprint import common_text, prompt_hash, texts_of
from touchstone.workbench.data.minhash import THRESHOLD, Groups, NearIndex
from touchstone.workbench.data.tokens import Counter as TokenCounter
from touchstone.workbench.data.tokens import counter
from touchstone.workbench.rows.rft import NO_MESSAGES, Line, read_lines
from touchstone.workbench.rows.storage import STDIN, DataError

_QUANTILES = {"min": 0, "p5": 5, "p50": 50, "p95": 95, "p99": 99, "max": 100}
# A field with more values than this has no balance to show.
_FEW_VALUES = 20
# References may be objects with names of their own; this many fields are followed.
_MOST_FIELDS = 200
_MOST_CLUSTERS = 10
_LANGUAGE_ROWS, _LANGUAGE_CHARS = 500, 1000
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Profile:
    """What a file holds.

    Attributes:
        rows: Lines that hold something.
        unreadable: How many of these are no JSON object.
        tokens: Quantiles and mean of the prompts' lengths, in tokens.
        lengths: How lengths were found.
        turns: Prompts by their number of turns.
        roles: Messages by role.
        systems: Prompts without a system message, and how many different ones there are.
        fields: By field: share of rows that have it, types of its values and, where they are
            few, how often each occurs. A dot leads into the reference and metadata.
        repeated: Rows whose prompt an earlier row has.
        clusters: Groups of near-duplicates, equal prompts counted once: how many, how many
            rows are in them, and the first lines of the largest.
        languages: Share of each language, on a sample of rows evenly spaced.
    """

    rows: int
    unreadable: int
    tokens: dict[str, float]
    lengths: str
    turns: dict[str, int]
    roles: dict[str, int]
    systems: dict[str, int]
    fields: dict[str, dict[str, Any]]
    repeated: int
    clusters: dict[str, Any]
    languages: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """Returns the profile as a JSON object."""
        return asdict(self)


def profile(
    file: str, tokenizer: str | None = None, *, on_row: Callable[[], None] = lambda: None
) -> Profile:
    """Reads a file, twice, and says what it holds.

    Args:
        file: An RFT file, on this disk or S3.
        tokenizer: Path of a tokenizer; without it lengths are estimated.
        on_row: Is called for each row.

    Raises:
        DataError: The file or the tokenizer cannot be read, or no row has messages.
    """
    if file == STDIN:
        raise DataError("standard input cannot be read twice; give a file")
    seen = _Seen(counter(tokenizer), NearIndex(common_text([file])))
    for line in read_lines(file):
        seen.add(line)
        on_row()
    if not seen.with_messages and not seen.unreadable:
        raise DataError(f"{file}: {NO_MESSAGES if seen.rows else 'there are no rows'}")
    return seen.profile()


class _Seen:
    def __init__(self, tokens: TokenCounter, near: NearIndex) -> None:
        self._tokens, self._near = tokens, near
        self.rows = self.unreadable = self.with_messages = 0
        self._lengths, self._lines, self._prompts = array("L"), array("Q"), array("Q")
        self._turns: Counter[str] = Counter()
        self._roles: Counter[str] = Counter()
        self._systems = array("q")
        self._without_system = 0
        self._fields: dict[str, _Field] = {}
        # Every second one is dropped when it is full, so that it stays evenly spaced.
        self._texts: list[str] = []
        self._every = 1

    def add(self, line: Line) -> None:
        self.rows += 1
        row = line.row
        if row is None:
            self.unreadable += 1
            return
        self.with_messages += isinstance(row.get("messages"), list)
        texts = texts_of(row)
        self._lengths.append(self._tokens.count(texts).tokens)
        self._lines.append(line.number)
        self._prompts.append(prompt_hash(row, texts))
        self._near.add("\n".join(texts))
        self._turns[str(len(texts))] += 1
        self._messages(row, texts)
        for name, value in _flat(row):
            if name in self._fields or len(self._fields) < _MOST_FIELDS:
                self._fields.setdefault(name, _Field()).add(value)
        self._sample(texts[-1] if texts else "")

    def profile(self) -> Profile:
        read = self.rows - self.unreadable
        return Profile(
            rows=self.rows,
            unreadable=self.unreadable,
            tokens=_quantiles(self._lengths),
            lengths=self._tokens.method,
            turns=dict(sorted(self._turns.items(), key=lambda item: int(item[0]))),
            roles=dict(self._roles.most_common()),
            systems={"none": self._without_system, "different": len(np.unique(self._systems))},
            fields={name: field.as_json(read) for name, field in self._fields.items()},
            repeated=read - len(np.unique(np.frombuffer(self._prompts, np.uint64))),
            clusters=self._clusters(),
            languages=_languages(self._texts),
        )

    def _messages(self, row: Mapping[str, Any], texts: list[str]) -> None:
        messages = row.get("messages")
        turns = messages if isinstance(messages, list) else []
        roles = [turn.get("role") if isinstance(turn, dict) else None for turn in turns]
        self._roles.update(map(str, roles))
        if "system" in roles:
            self._systems.append(hash(texts[roles.index("system")]))
        else:
            self._without_system += 1

    def _sample(self, text: str) -> None:
        if len(self._lines) % self._every == 0:
            self._texts.append(text[:_LANGUAGE_CHARS])
        if len(self._texts) == 2 * _LANGUAGE_ROWS:
            self._texts = self._texts[1::2]
            self._every *= 2

    def _clusters(self) -> dict[str, Any]:
        prompts = np.frombuffer(self._prompts, np.uint64)
        _, firsts, number = np.unique(prompts, return_index=True, return_inverse=True)
        groups = Groups(len(firsts))
        first, later, _ = self._near.pairs()
        groups.join(number[first], number[later])
        roots, sizes = np.unique(groups.roots(), return_counts=True)
        largest = np.argsort(-sizes, kind="stable")[:_MOST_CLUSTERS]
        member = groups.roots()
        return {
            "least_overlap": THRESHOLD,
            "clusters": int((sizes > 1).sum()),
            "rows": int(sizes[sizes > 1].sum()),
            "largest": [
                {
                    "rows": int(sizes[at]),
                    "lines": sorted(self._lines[firsts[i]] for i in _few(member == roots[at])),
                }
                for at in largest
                if sizes[at] > 1
            ],
        }


class _Field:
    def __init__(self) -> None:
        self._filled = 0
        self._types: Counter[str] = Counter()
        self._values: Counter[str] | None = Counter()

    def add(self, value: Any) -> None:
        self._types[_TYPES[type(value)]] += 1
        self._filled += value not in (None, "", [], {})
        if self._values is None:
            return
        if isinstance(value, dict) or len(encoded := _encode(value)) > 100:
            self._values = None
            return
        self._values[encoded.decode()] += 1
        if len(self._values) > _FEW_VALUES:
            self._values = None

    def as_json(self, rows: int) -> dict[str, Any]:
        shown = dict(self._values.most_common()) if self._values else None
        types = dict(self._types.most_common())
        return {"filled": self._filled / rows, "types": types, "values": shown}


_TYPES: dict[type, str] = {
    dict: "object", list: "list", str: "string", bool: "boolean",
    int: "number", float: "number", type(None): "null",
}  # fmt: skip


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if key not in ("messages", "id"):
            yield key, value
        if key in ("reference_answer", "metadata") and isinstance(value, dict):
            yield from ((f"{key}.{inner}", held) for inner, held in value.items())


def _quantiles(lengths: array[int]) -> dict[str, float]:
    if not lengths:
        return {}
    values = np.frombuffer(lengths, np.dtype("L"))
    found = np.percentile(values, list(_QUANTILES.values()), method="inverted_cdf")
    return {**dict(zip(_QUANTILES, found.tolist(), strict=True)), "mean": float(values.mean())}


def _few(where: Any) -> list[int]:
    return np.flatnonzero(where)[:5].tolist()


def _languages(texts: list[str]) -> dict[str, float]:
    from touchstone.scoring.language import detect

    found = Counter(detect(text) or "none" for text in texts)
    return {name: count / len(texts) for name, count in found.most_common()}
