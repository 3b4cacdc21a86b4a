"""What stands for a prompt: its texts, 64 bits of it, and what it shares with the others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from touchstone.said import text_of
from touchstone.workbench.data.minhash import CommonText
from touchstone.workbench.rows.rft import read_lines

_encode = msgspec.json.Encoder(order="sorted").encode


def texts_of(row: Mapping[str, Any]) -> list[str]:
    """Returns the text of each message of a row, ``""`` where it has none."""
    messages = row.get("messages")
    if not isinstance(messages, list):
        return []
    return [text_of(m.get("content")) if isinstance(m, dict) else "" for m in messages]


def value_hash(value: Any) -> int:
    """Returns 64 bits that stand for a JSON value, whatever the order of its keys; never 0."""
    digest = hashlib.blake2b(_encode(value), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1


def prompt_hash(row: Mapping[str, Any], texts: Sequence[str]) -> int:
    """Returns 64 bits that stand for a prompt: its roles, its texts and its tools; never 0."""
    messages = row.get("messages")
    turns = messages if isinstance(messages, list) else []
    roles = [turn.get("role") if isinstance(turn, dict) else None for turn in turns]
    return value_hash([roles, [text.strip() for text in texts], row.get("tools")])


def common_text(files: Iterable[str]) -> CommonText:
    """Reads RFT files for what many of their prompts share.

    Raises:
        DataError: One of them cannot be read.
    """
    template = CommonText()
    for file in files:
        for line in read_lines(file):
            if line.row is not None:
                template.offer("\n".join(texts_of(line.row)))
    return template
