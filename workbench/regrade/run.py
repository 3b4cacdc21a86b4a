"""A run of regrading: its shards, what it is known by, and how it is gone on with."""

from __future__ import annotations

import hashlib
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any

from touchstone.deadline import Deadline
from touchstone.graded import BATCH_ROWS
from touchstone.invoking import Unanswered
from touchstone.regrading import SHARD_BYTES, Regrader, Run, Shard, shards_of
from touchstone.workbench import aws
from touchstone.workbench.rows.storage import (
    DataError,
    File,
    NothingThere,
    is_s3,
    list_files,
    open_bytes,
    split_url,
    unpacked_name,
)

# What one machine and one connection grade in minutes, and as many rows of 1.6 kB as Bedrock takes
# in a training file. Beyond it the account does it by itself, and nobody has to stay.
HERE_BYTES = 32 << 20
# A grader whose copies are all busy is free again when one of its calls ends, at the latest.
_PATIENCE_S = 900
_HERE_AT_ONCE = 2  # shards, with four calls each


@dataclass(frozen=True, slots=True)
class Regrading:
    """A run, ready to be started or gone on with.

    Attributes:
        rows: Where the rows lie, as given.
        run: Where its results lie, and what grades.
        shards: Its parts.
        size: Bytes of rows.
        region: Where the grader is.
        executions: Of the state machine, the latest last.
    """

    rows: str
    run: Run
    shards: list[Shard]
    size: int
    region: str
    executions: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where its results lie, as a person writes it."""
        return f"s3://{self.run.bucket}/{self.run.prefix}"


def begin(
    rows: str, output: str, function: str, region: str, on_packed: Callable[[str], None]
) -> Regrading:
    """Returns a new run over the files of rows that there are now, with the function pinned.

    Args:
        rows: A file or a folder in S3. What is packed is unpacked into the output first.
        output: The folder of results.
        function: The grader.
        region: Where it is.
        on_packed: Is told of each file that is unpacked.

    Raises:
        DataError: Rows or output do not lie in S3, a file cannot be unpacked, or the output holds
            a run.
        ServiceError: The function or S3 cannot be reached.
    """
    bucket, prefix = _folder(output)
    pinned = aws.pin(function, region)
    run = Run(bucket, prefix, pinned.arn)
    if _read(run, "run.json") is not None:
        raise DataError(
            f"{output}: holds a run already", "go on with it (--resume), or name another folder"
        )
    found = _found(rows, bucket, prefix, on_packed)  # the last, as it may unpack for minutes
    shards = shards_of(found)
    return Regrading(rows, run, shards, sum(size for *_, size in found), region)


def resumed(rows: str, output: str, region: str, on_packed: Callable[[str], None]) -> Regrading:
    """Returns the run whose results lie in a folder, if its rows are still what they were.

    Args as for :func:`begin`; what lies there unpacked already stays.

    Raises:
        DataError: There is none, or the rows are others.
        ServiceError: S3 cannot be reached.
    """
    bucket, prefix = _folder(output)
    known = _read(Run(bucket, prefix, ""), "run.json")
    if known is None:
        raise DataError(f"{output}: holds no run to go on with")
    found = _found(rows, bucket, prefix, on_packed)
    made = Regrading(
        rows,
        Run(bucket, prefix, known["function"]),
        shards_of(found),
        sum(size for *_, size in found),
        region,
        tuple(known["executions"]),
    )
    if _described(made) | {"executions": 0} != known | {"executions": 0}:
        raise DataError(f"{rows}: these are not the rows of the run in {output}, or have changed")
    return made


def write_down(made: Regrading) -> None:
    """Writes ``run.json`` and ``shards.jsonl``, by which anybody can go on.

    Raises:
        ServiceError: S3 refuses.
    """
    lines = "".join(json.dumps(asdict(shard)) + "\n" for shard in made.shards)
    _write(made.run, "shards.jsonl", lines)
    _write(made.run, "run.json", json.dumps(_described(made), indent=1))


def read_manifest(made: Regrading) -> dict[str, Any] | None:
    """Returns ``manifest.json`` of a run; ``None`` before its end.

    Raises:
        ServiceError: S3 cannot be reached.
    """
    return _read(made.run, "manifest.json")


def grade_here(made: Regrading, on_shard: Callable[[], None]) -> dict[str, Any]:
    """Grades all shards from this machine; returns the run's totals.

    Raises:
        ServiceError: The grader or S3 cannot be reached; shards that are done stay done.
    """
    lambda_ = aws.client("lambda", made.region, read_timeout_s=910, attempts=1)
    regrader = Regrader(aws.client("s3"), lambda_)

    def whole(shard: Shard) -> None:
        while not regrader.grade(made.run, shard, Deadline.after(_PATIENCE_S))["done"]:
            pass

    pool = ThreadPoolExecutor(_HERE_AT_ONCE)
    try:
        with _asking(made):
            for ended in as_completed([pool.submit(whole, shard) for shard in made.shards]):
                ended.result()
                on_shard()
            return regrader.gather(made.run, len(made.shards))
    finally:
        # Whoever stops half-way must not wait for calls that nobody will read.
        pool.shutdown(wait=False, cancel_futures=True)


def first_rows(made: Regrading) -> tuple[list[Any], float]:
    """Returns the first rows, as many as one call takes, and the mean bytes of those of a shard.

    Raises:
        DataError: The first shard holds none.
        ServiceError: S3 cannot be reached.
    """
    with _asking(made):
        rows = Regrader(aws.client("s3"), None).rows(made.shards[0])
    if not rows:
        raise DataError(f"{made.rows}: holds no rows")
    return rows[:BATCH_ROWS], min(made.size, SHARD_BYTES) / len(rows)


def _found(
    rows: str, bucket: str, prefix: str, on_packed: Callable[[str], None]
) -> list[tuple[str, str, str, int]]:
    """Returns bucket, key, ETag and size of each file of rows, as it can be read in parts."""
    if not is_s3(rows):
        raise DataError(
            f"{rows}: does not lie in S3", "`touchstone grade` grades files of this disk"
        )
    files = [
        file
        if unpacked_name(file.name) == file.name
        else _unpacked(file, bucket, prefix, on_packed)
        for file in list_files(rows)
    ]
    return [(*split_url(file.name), file.version, file.size) for file in files if file.size]


def _unpacked(file: File, bucket: str, prefix: str, on_packed: Callable[[str], None]) -> File:
    """Returns a packed file unpacked, made once under the folder of results.

    Its name tells the version that was unpacked, and an object is there as a whole or not at all.
    """
    name = unpacked_name(file.name.rpartition("/")[2])
    key = f"{prefix}rows/{hashlib.sha256(f'{file.name} {file.version}'.encode()).hexdigest()[:16]}"
    url = f"s3://{bucket}/{key}-{name}"
    made = _there(url)
    if made is None:
        on_packed(f"unpacking {file.name} into {url}")
        try:
            with open_bytes(file.name) as stream, aws.asking(f"s3:PutObject on {url}"):
                aws.client("s3").upload_fileobj(_Once(stream), bucket, f"{key}-{name}")
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as exc:
            raise DataError(f"{file.name}: cannot be unpacked: {exc}") from exc
        made = _there(url)
    if made is None:
        raise DataError(f"{url}: is not there, though it was written")
    return made


class _Once:
    """A stream that is only read: boto3 would seek in one that says it can, and gzip's cannot."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.read = stream.read


def _there(url: str) -> File | None:
    """Returns an object that has exactly this name, ``None`` where there is none."""
    try:
        return next((file for file in list_files(url) if file.name == url), None)
    except NothingThere:
        return None


def _folder(output: str) -> tuple[str, str]:
    if not is_s3(output):
        raise DataError(f"{output}: results of regrading lie in S3: name an s3:// folder")
    bucket, key = split_url(output)
    return bucket, f"{key.rstrip('/')}/" if key.strip("/") else ""


def _described(made: Regrading) -> dict[str, Any]:
    files = sorted({(shard.bucket, shard.key, shard.etag) for shard in made.shards})
    return {
        "rows": made.rows,
        "files": [list(file) for file in files],
        "bytes": made.size,
        "function": made.run.function,
        "shards": len(made.shards),
        "executions": list(made.executions),
    }


def _read(run: Run, name: str) -> dict[str, Any] | None:
    key = f"{run.prefix}{name}"
    try:
        with aws.asking(f"s3:GetObject on s3://{run.bucket}/{key}", "s3:ListBucket on the bucket"):
            answer = aws.client("s3").get_object(Bucket=run.bucket, Key=key)
            return json.loads(answer["Body"].read())
    except aws.ServiceError as exc:
        if exc.trouble == "missing" and "NoSuchKey" in str(exc):
            return None
        raise


def _write(run: Run, name: str, text: str) -> None:
    key = f"{run.prefix}{name}"
    with aws.asking(f"s3:PutObject on s3://{run.bucket}/{key}"):
        aws.client("s3").put_object(Bucket=run.bucket, Key=key, Body=text.encode())


@contextmanager
def _asking(made: Regrading) -> Iterator[None]:
    """Lets what the grader or S3 refuses be what a person can act on."""
    try:
        with aws.asking(f"s3 for {made.folder}"):
            yield
    except Unanswered as exc:
        raise aws.unanswered(made.run.function, exc) from exc
