"""Groups across calls: what share of a job's prompts teaches nothing.

A service may spread the rollouts of one prompt over several calls, so no single call can tell
a flat group. The records can: they carry the same prompt hash.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

PREFIX = "rollouts/"
Key = tuple[str, str]  # grader, version


def group_shares(records: Iterable[dict[str, Any]]) -> dict[Key, dict[str, float]]:
    """Returns, per grader and version, how its groups of two or more scored rollouts end.

    Args:
        records: Rollout records; a repeated one (a retried call) counts once.

    Returns:
        ``Groups`` (a count), and of them the shares ``AllZero``, ``AllOne`` and ``AllEqual``
        (any value), each within 0..1.
    """
    groups: defaultdict[Key, defaultdict[str, dict[str, float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for record in records:
        if record.get("outcome") == "scored":
            key = (str(record["service"]), str(record["version"]))
            reward = float(record["reward"])
            # Graders are deterministic: the same completion of the same prompt is one rollout,
            # or as many that agree, and neither changes whether the group is flat.
            groups[key][record["prompt_hash"]][record["completion_hash"]] = reward
    return {key: shares for key, by_prompt in groups.items() if (shares := _shares(by_prompt))}


def _shares(by_prompt: dict[str, dict[str, float]]) -> dict[str, float]:
    rewards = [list(group.values()) for group in by_prompt.values() if len(group) > 1]
    if not rewards:
        return {}
    count = len(rewards)
    return {
        "Groups": float(count),
        "AllZero": sum(all(r == 0.0 for r in group) for group in rewards) / count,
        "AllOne": sum(all(r == 1.0 for r in group) for group in rewards) / count,
        "AllEqual": sum(len(set(group)) == 1 for group in rewards) / count,
    }


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
                yield from _lines(body)


def _lines(body: bytes) -> Iterator[dict[str, Any]]:
    try:
        text = gzip.decompress(body)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        text = body
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and {"prompt_hash", "reward", "service"} <= record.keys():
            yield record
