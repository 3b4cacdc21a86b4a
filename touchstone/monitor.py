"""Groups across calls: what share of a job's prompts teaches nothing.

A service may spread the rollouts of one prompt over several calls, so no single call can tell
a flat group. The records can: they carry the same prompt hash.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from touchstone.groups import is_flat, same

PREFIX = "rollouts/"
Key = tuple[str, str]  # grader, version
_FIELDS = {"service", "version", "prompt_hash", "reward", "outcome"}


def group_shares(records: Iterable[dict[str, Any]]) -> dict[Key, dict[str, float]]:
    """Returns, per grader and version, how its groups of two or more scored rollouts end.

    Args:
        records: Rollout records. Graders are deterministic, so that a repeated one (a retried
            call) agrees with the first, and does not change how its group ends.

    Returns:
        ``Groups`` (a count), and of them the shares ``AllZero``, ``AllOne`` and ``AllEqual``
        (any value), each within 0..1.
    """
    groups: defaultdict[Key, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        if record.get("outcome") == "scored":
            key = (str(record["service"]), str(record["version"]))
            groups[key][str(record["prompt_hash"])].append(float(record["reward"]))
    return {key: shares for key, by_prompt in groups.items() if (shares := _shares(by_prompt))}


def _shares(by_prompt: dict[str, list[float]]) -> dict[str, float]:
    groups = [group for group in by_prompt.values() if len(group) > 1]
    if not groups:
        return {}
    return {
        "Groups": float(len(groups)),
        "AllZero": sum(_all(0.0, group) for group in groups) / len(groups),
        "AllOne": sum(_all(1.0, group) for group in groups) / len(groups),
        "AllEqual": sum(map(is_flat, groups)) / len(groups),
    }


def _all(reward: float, group: list[float]) -> bool:
    return all(same(reward, one) for one in group)


def read_records(
    s3: Any, bucket: str, now: datetime, window: timedelta
) -> Iterator[dict[str, Any]]:
    """Yields the records that arrived within ``window`` before ``now``.

    Args:
        s3: A boto3 S3 client.
        bucket: The rollouts' bucket.
        now: Aware; days are UTC, as Firehose names them.
        window: How far back.
    """
    for day in sorted({f"{moment:%Y-%m-%d}" for moment in (now - window, now)}):
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=f"{PREFIX}day={day}/"
        )
        for item in (item for page in pages for item in page.get("Contents", ())):
            if item["LastModified"] >= now - window:
                body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                yield from _records(body)


def _records(body: bytes) -> Iterator[dict[str, Any]]:
    """Yields the records of one object, which lie in it one after another, a line each or not."""
    try:
        text = gzip.decompress(body).decode()
    except gzip.BadGzipFile:
        text = body.decode()
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        try:
            record, at = decoder.raw_decode(text, at)
        except ValueError:
            at += 1
            continue
        if record.keys() >= _FIELDS:
            yield record
