"""Bedrock's model invocation logs: the record around a request, and filters by its metadata.

Source: Amazon Bedrock user guide, "Monitor model invocation using CloudWatch Logs and Amazon
S3"; the filters' grammar and limits are those of ``RequestMetadataFilters`` in Bedrock's API
model.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone.workbench.data.forms.draft import Refused, want_object
from touchstone.workbench.rows.rft import parse_json
from touchstone.workbench.rows.storage import DataError, is_s3, open_bytes, split_url

_FILTER_KEY = re.compile(r"[a-zA-Z0-9\s._:/=+$@-]{1,256}")
_FILTER_VALUE = re.compile(r"[a-zA-Z0-9\s._:/=+$@-]{0,256}")
_MAX_FILTERS = 16
# Bodies above 100 KB lie in a folder of this name beside the records that refer to them.
_BODY_FILE = re.compile(r"(^|/)data/[^/]+_(input|output)\.json(\.gz)?$")
_CHECK_FILE = "amazon-bedrock-logs-permission-check"

# Every record of a log has one of them.
MARKS = frozenset({"schemaType", "input"})

Keep = Callable[[Mapping[str, Any]], bool]


@dataclass(slots=True)
class Logged:
    """One logged invocation.

    Attributes:
        request: The body that was sent.
        response: The body that came back, ``None`` when it is not in the log.
        request_id: Bedrock's id of the call.
        metadata: What the caller tagged the call with.
        converse: The operation says that the body is Converse's.
    """

    request: dict[str, Any]
    response: Any
    request_id: Any
    metadata: dict[str, Any]
    converse: bool


def is_log(record: dict[str, Any]) -> bool:
    """Tells whether a record is an invocation log's."""
    sent = record.get("input")
    return record.get("schemaType") == "ModelInvocationLog" or (
        isinstance(sent, dict) and bool({"inputBodyJson", "inputBodyS3Path"} & sent.keys())
    )


def is_no_record(name: str) -> bool:
    """Tells whether a file among logs holds a large body, or only proves a permission."""
    return bool(_BODY_FILE.search(name)) or name.endswith(_CHECK_FILE)


def open_log(record: dict[str, Any], file: str, *, with_response: bool) -> Logged:
    """Returns request and response of a record, fetching large bodies from where they lie.

    Args:
        record: An invocation log's record.
        file: The file that it came from: large bodies are looked for near it.
        with_response: A large response is fetched only where it is wanted.

    Raises:
        Refused: A body is missing or no JSON object, or the operation takes no prompt.
    """
    operation = record.get("operation", "InvokeModel")
    if not isinstance(operation, str) or not operation.startswith(("Converse", "InvokeModel")):
        raise Refused("operation", "operation", f"{operation!r} takes no prompt")
    sent = want_object(record.get("input"), "input")
    request = want_object(_body(sent, "input", file), "input.inputBodyJson")
    got = record.get("output")
    response = None
    if isinstance(got, dict) and ("outputBodyJson" in got or with_response):
        response = _body(got, "output", file)
    metadata = record.get("requestMetadata")
    return Logged(
        request=request,
        response=response or None,
        request_id=record.get("requestId"),
        metadata=metadata if isinstance(metadata, dict) else {},
        converse=operation.startswith("Converse"),
    )


def make_filter(given: Any) -> Keep:
    """Returns the test that a ``RequestMetadataFilters`` object describes.

    A key that a record does not have differs from every value, so ``notEquals`` keeps it.

    Raises:
        ValueError: It is not in the API's grammar or exceeds its limits; the message says where.
    """
    name, inner = _only_entry(given, ("equals", "notEquals", "andAll", "orAll"), "the filter")
    if name in ("equals", "notEquals"):
        return _base_filter(name, inner, name)
    if not isinstance(inner, list) or not 1 <= len(inner) <= _MAX_FILTERS:
        raise ValueError(f"{name} must be a list of 1 to {_MAX_FILTERS} filters")
    tests = []
    for index, item in enumerate(inner):
        where = f"{name}[{index}]"
        base, pair = _only_entry(item, ("equals", "notEquals"), where)
        tests.append(_base_filter(base, pair, f"{where}.{base}"))
    joined = all if name == "andAll" else any
    return lambda metadata: joined(test(metadata) for test in tests)


def _only_entry(given: Any, names: tuple[str, ...], where: str) -> tuple[str, Any]:
    if not isinstance(given, dict) or len(given) != 1 or next(iter(given)) not in names:
        raise ValueError(f"{where} must have exactly one key, of {', '.join(names)}")
    return next(iter(given.items()))


def _base_filter(name: str, pair: Any, where: str) -> Keep:
    if not isinstance(pair, dict) or len(pair) != 1:
        raise ValueError(f"{where} must be an object of exactly one key")
    key, value = next(iter(pair.items()))
    if not _FILTER_KEY.fullmatch(key):
        raise ValueError(f"{where}: the key must match {_FILTER_KEY.pattern}")
    if not isinstance(value, str) or not _FILTER_VALUE.fullmatch(value):
        raise ValueError(f"{where}: the value must match {_FILTER_VALUE.pattern}")
    wanted = name == "equals"
    return lambda metadata: (metadata.get(key) == value) is wanted


def _body(part: dict[str, Any], side: str, file: str) -> Any:
    where = f"{side}.{side}Body"
    if f"{side}BodyJson" in part:
        body = part[f"{side}BodyJson"]
    elif isinstance(url := part.get(f"{side}BodyS3Path"), str):
        return _large_body(url, file, f"{where}S3Path")
    else:
        raise Refused("no_body", where, "the log holds no JSON body")
    if not isinstance(body, str):
        return body
    try:
        return parse_json(body)
    except ValueError as exc:
        raise Refused("not_json", f"{where}Json", str(exc)) from exc


def _large_body(url: str, file: str, where: str) -> Any:
    try:
        found = url if is_s3(file) else _near(file, url)
        if found is None:
            raise Refused(
                "missing_body", where, f"{url} is not beside the log: copy it too, or read from S3"
            )
        with open_bytes(found) as stream:
            data = stream.read()
        return parse_json(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    except (DataError, OSError, EOFError, zlib.error, ValueError) as exc:
        raise Refused("missing_body", where, str(exc)) from exc


def _near(file: str, url: str) -> str | None:
    """Finds a body in a copied tree: the end of its key under a folder above the log."""
    key = Path(split_url(url)[1]).parts
    if ".." in key:
        return None
    for folder in Path(file).parents:
        for start in range(len(key)):
            path = folder.joinpath(*key[start:])
            if path.is_file():
                return str(path)
    return None
