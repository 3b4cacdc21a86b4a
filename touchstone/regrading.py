"""Files of rows in S3 through a deployed grader, shard by shard, results beside each other in S3.

A shard is a range of bytes of a file; a line belongs to the shard that it begins in. So nothing is
copied, and any number of workers can grade one file. Under a run's folder lie ``shards.jsonl``
(what there is to do), ``results/000000.jsonl`` and so on (a result a row, in the rows' order, the
same lines as ``touchstone grade`` writes) and at the end ``manifest.json``. A shard whose results
lie there is done: whoever comes again goes on with the others.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from touchstone import contract, invoking
from touchstone.deadline import Deadline
from touchstone.graded import BATCH_ROWS, halving, line_of, read_event, result_of, unscored

# Calls of the grader that one worker makes side by side.
CALLS = 4
SHARD_BYTES = 1 << 20
# Enough time for one more call of a grader, whose own timeout is 300 s unless somebody sets it.
_CALL_S = 310.0
_MORE_BYTES = 1 << 16
_AT_ONCE = 32  # questions to S3
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Run:
    """Where a run's results lie, and what grades.

    Attributes:
        bucket: Of the results.
        prefix: Their folder, with ``/`` at its end.
        function: The grader's ARN, at one version.
    """

    bucket: str
    prefix: str
    function: str

    def key_of(self, shard: int) -> str:
        """Returns where a shard's results lie."""
        return f"{self.prefix}results/{shard:06}.jsonl"


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a file: the lines that begin at ``start`` or after it, and before ``end``.

    Attributes:
        index: Its place among all shards, from 0.
        bucket: Where the file lies.
        key: Likewise.
        etag: Of the file when the run began: a file that is changed under a run is refused.
        start: In bytes.
        end: In bytes.
    """

    index: int
    bucket: str
    key: str
    etag: str
    start: int
    end: int


class Regrader:
    """Grades shards.

    Args:
        s3: boto3's client of S3.
        lambda_: boto3's client of Lambda, which does not retry by itself.
    """

    def __init__(self, s3: Any, lambda_: Any) -> None:
        self._s3 = s3
        self._lambda = lambda_

    def grade(self, run: Run, shard: Shard, deadline: Deadline) -> dict[str, Any]:
        """Grades a shard, or as much of it as there is time for.

        Returns:
            ``{"done": whether its results lie in S3 now, "rows": graded so far}``.

        Raises:
            Unanswered: The grader cannot be called, and nothing new was graded.
            ClientError: S3 refuses, or the file is not what it was.
        """
        if (known := self._count_of(run, shard.index)) is not None:
            return {"done": True, "rows": sum(known.values())}
        rows = list(self._rows(shard))
        part = f"{run.prefix}parts/{shard.index:06}.jsonl"
        kept = self._kept(run.bucket, part)
        fresh = self._graded(run.function, rows[len(kept) :], deadline)
        lines = [*kept, *map(line_of, fresh)]
        done = len(lines) == len(rows)
        if done:
            self._store(run, shard.index, lines)
        else:
            self._s3.put_object(Bucket=run.bucket, Key=part, Body=b"".join(lines))
        return {"done": done, "rows": len(lines)}

    def rows(self, shard: Shard) -> list[Any]:
        """Returns the rows of a shard, but for lines that hold none."""
        return [row for row in self._rows(shard) if not isinstance(row, _Unreadable)]

    def gather(self, run: Run, shards: int) -> dict[str, Any]:
        """Writes ``manifest.json`` of the results that there are, and returns its totals.

        Args:
            run: The run.
            shards: How many there are in all.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            counts = list(pool.map(lambda index: self._count_of(run, index), range(shards)))
        outcomes = sum((Counter(count) for count in counts if count is not None), Counter[str]())
        missing = [index for index, count in enumerate(counts) if count is None]
        totals = {"rows": outcomes.total(), "outcomes": dict(outcomes), "shards": shards}
        results = [
            {"key": run.key_of(index), "rows": sum(count.values())}
            for index, count in enumerate(counts)
            if count is not None
        ]
        manifest = {"run": asdict(run), **totals, "missing": missing, "results": results}
        body = json.dumps(manifest, indent=1).encode()
        self._s3.put_object(Bucket=run.bucket, Key=f"{run.prefix}manifest.json", Body=body)
        return {**totals, "missing": len(missing)}

    def _count_of(self, run: Run, index: int) -> dict[str, int] | None:
        """Returns rows by outcome of a shard that is done."""
        from botocore.exceptions import ClientError

        try:
            head = self._s3.head_object(Bucket=run.bucket, Key=run.key_of(index))
        except ClientError as exc:
            if exc.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        return json.loads(head["Metadata"]["outcomes"])

    def _store(self, run: Run, index: int, lines: Sequence[bytes]) -> None:
        outcomes = Counter(json.loads(line)["outcome"] for line in lines)
        self._s3.put_object(
            Bucket=run.bucket,
            Key=run.key_of(index),
            Body=b"".join(lines),
            Metadata={"outcomes": json.dumps(outcomes)},
        )

    def _kept(self, bucket: str, key: str) -> list[bytes]:
        from botocore.exceptions import ClientError

        try:
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as exc:
            if exc.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return []
            raise
        return body.splitlines(keepends=True)

    def _rows(self, shard: Shard) -> Iterator[Any]:
        """Yields rows, and a :class:`_Unreadable` for each line that holds none."""
        offset = shard.start
        for raw in self._lines(shard):
            line = raw.strip()
            offset, at = offset + len(raw), offset
            if not line:
                continue
            try:
                yield from contract.unwrap(read_event(line.removeprefix(_BOM)))[0]
            except ValueError as exc:
                yield _Unreadable(f"byte {at}: {exc}")

    def _lines(self, shard: Shard) -> Iterator[bytes]:
        """Yields the lines that begin in the shard, each with its end."""
        before = 1 if shard.start else 0  # whether a line begins at the start, the byte before says
        data = self._bytes(shard, shard.start - before, shard.end)
        if before:
            cut = data.find(b"\n")
            if cut < 0:
                return  # one long line that began before
            data = data[cut + 1 :]
        end = shard.end
        while data and not data.endswith(b"\n"):
            more = self._bytes(shard, end, end + _MORE_BYTES)
            if not more:
                break
            end += len(more)
            rest, newline, _ = more.partition(b"\n")
            data += rest + newline
        # Not splitlines(), which also splits where JSON does not.
        yield from (line + b"\n" for line in data.split(b"\n"))

    def _bytes(self, shard: Shard, start: int, end: int) -> bytes:
        from botocore.exceptions import ClientError

        try:
            answer = self._s3.get_object(
                Bucket=shard.bucket,
                Key=shard.key,
                IfMatch=shard.etag,
                Range=f"bytes={start}-{end - 1}",
            )
        except ClientError as exc:
            if exc.response["ResponseMetadata"]["HTTPStatusCode"] == 416:
                return b""  # the file ends here
            raise
        return answer["Body"].read()

    def _graded(
        self, function: str, rows: Sequence[Any], deadline: Deadline
    ) -> list[dict[str, Any]]:
        """Returns the results of rows, or of as many of the first as there was time for."""
        results: list[dict[str, Any]] = []
        batches = list(_batches(rows))
        with ThreadPoolExecutor(CALLS) as pool:
            for first in range(0, len(batches), CALLS):
                if first and deadline.left() < _CALL_S:
                    break
                wave = batches[first : first + CALLS]
                try:
                    for batch in pool.map(lambda b: self._batch(function, b, deadline), wave):
                        results += batch
                except invoking.Unanswered:
                    if not results:
                        raise
                    break
        return results

    def _batch(
        self, function: str, rows: Sequence[Any], deadline: Deadline
    ) -> list[dict[str, Any]]:
        readable = [row for row in rows if not isinstance(row, _Unreadable)]

        def send(some: Sequence[Any]) -> list[dict[str, Any]]:
            return self._asked(function, some, deadline)

        replies = iter(halving(readable, send, _TooLarge) if readable else ())
        return [
            unscored(None, "bad_sample", row.why)
            if isinstance(row, _Unreadable)
            else result_of(next(replies))
            for row in rows
        ]

    def _asked(
        self, function: str, rows: Sequence[Any], deadline: Deadline
    ) -> list[dict[str, Any]]:
        try:
            payload = json.dumps(rows).encode()
            if len(payload) > invoking.MAX_BYTES:
                raise _TooLarge(f"{len(payload)} bytes; Lambda carries 6 MB")
            body = invoking.call(self._lambda, function, payload, deadline)
            reply = contract.entries_of(json.loads(body))
            why = "" if isinstance(reply, list) and len(reply) == len(rows) else str(reply)
        except invoking.Unanswered as exc:
            if exc.code in invoking.TOO_LARGE:
                raise _TooLarge(exc.code) from exc
            if not exc.body:
                raise
            reply, why = [], exc.body.decode(errors="replace")
        except ValueError as exc:
            reply, why = [], str(exc)
        if why:
            return [unscored(row, "grader_error", f"{function}: {why[:2000]}") for row in rows]
        return reply


def shards_of(files: Iterable[tuple[str, str, str, int]]) -> list[Shard]:
    """Returns the shards of files.

    Args:
        files: Bucket, key, ETag and size in bytes of each.
    """
    found: list[Shard] = []
    for bucket, key, etag, size in files:
        for start in range(0, size, SHARD_BYTES):
            end = min(start + SHARD_BYTES, size)
            found.append(Shard(len(found), bucket, key, etag, start, end))
    return found


def run_of(event: Mapping[str, Any]) -> Run:
    """Returns the run that a worker is asked to work for."""
    return Run(event["bucket"], event["prefix"], event["function"])


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A line that holds no rows, and why."""

    why: str


class _TooLarge(Exception):
    """More than Lambda carries."""


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(rows), BATCH_ROWS):
        yield rows[first : first + BATCH_ROWS]
