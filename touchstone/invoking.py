"""Calling a Lambda function: what its errors mean, and how long is waited for it.

Lambda refuses a call in some forty ways. Whoever calls has to know one thing of each: whether
the function may have run. This is the one table of it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

from touchstone.deadline import Deadline

# What became of a call: nothing ran, and waiting may end it; it may have run; or the call, the
# function or the access is wrong, which neither waiting nor calling again mends.
Fate = Literal["not run", "may have run", "ours"]

# Lambda carries 6 MB each way; the rest is for what surrounds the payload.
MAX_BYTES = 5_900_000

# Source: Lambda's API reference, Invoke, and botocore's model of it, whose every error is here.
_FATES: dict[str, Fate] = {
    **dict.fromkeys(
        # Throttled, by Lambda or before it.
        ("TooManyRequestsException", "Throttling", "ThrottlingException", "ThrottledException",
         "RequestLimitExceeded", "SlowDown",
         # Being made, updated or woken: Pending, Inactive, a version that is being restored.
         "ResourceNotReadyException", "ResourceConflictException",
         "CodeArtifactUserPendingException", "CodeArtifactUserDeletedException",
         "SnapStartNotReadyException",
         "SnapStartTimeoutException", "KMSInvalidStateException",
         # Its network or its file system is not there yet.
         "ENINotReadyException", "ENILimitReachedException", "SubnetIPAddressLimitReachedException",
         "EC2ThrottledException", "EC2UnexpectedException", "EFSMountConnectivityException",
         "EFSMountTimeoutException", "S3FilesMountConnectivityException",
         "S3FilesMountTimeoutException"), "not run"),
    **dict.fromkeys(
        ("ServiceException", "ServiceUnavailable", "ServiceUnavailableException",
         "InternalFailure", "EFSIOException"), "may have run"),
    **dict.fromkeys(
        ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException",
         "InvalidSignatureException", "ResourceNotFoundException", "RequestTooLargeException",
         "SerializedRequestEntityTooLargeException", "InvalidRequestContentException",
         "InvalidParameterValueException", "UnsupportedMediaTypeException",
         "ModeNotSupportedException", "NoPublishedVersionException",
         "RecursiveInvocationException", "DurableExecutionAlreadyStartedException",
         "ServiceQuotaExceededException", "InvalidRuntimeException",
         "RuntimeAliasDeletedException", "RuntimeVersionDeletedException",
         "CodeArtifactUserFailedException", "InvalidZipFileException", "SnapStartException",
         "SnapStartRegenerationFailureException", "EC2AccessDeniedException",
         "InvalidSubnetIDException", "InvalidSecurityGroupIDException", "KMSDisabledException",
         "KMSNotFoundException", "KMSAccessDeniedException", "EFSMountFailureException",
         "S3FilesMountFailureException"), "ours"),
}  # fmt: skip
# A call or a reply that is larger than Lambda carries; fewer rows may fit.
TOO_LARGE = (
    "RequestTooLargeException",
    "SerializedRequestEntityTooLargeException",
    "Function.ResponseSizeTooLarge",
)
_BUSY = ("TooManyRequestsException", "429")
_FIRST_PAUSE_S, _GROWTH, _LONGEST_PAUSE_S = 0.1, 1.6, 5.0


class Unanswered(Exception):
    """A call brought no reply.

    Attributes:
        code: Of Lambda's error, of the exception of the network, or the function's own error type.
        fate: What became of the call.
        refused: AWS answered in the function's place, or the call was never sent: nothing in it
            can have caused that.
        body: What a function that failed said.
        response: AWS's whole refusal, for who has to say more of it.
    """

    def __init__(
        self, what: str, code: str, fate: Fate, *,
        refused: bool = True, body: bytes = b"", response: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(what)
        self.code = code
        self.fate: Fate = fate
        self.refused = refused
        self.body = body
        self.response = response


def fate_of(code: str, status: int = 0) -> Fate:
    """Returns what became of a call that was refused with this error, or else this HTTP status."""
    if code in _FATES:
        return _FATES[code]
    if status == 429:
        return "not run"
    return "may have run" if status >= 500 else "ours"


def pauses(seed: int | None = None) -> Iterator[float]:
    """Yields how long to wait before each further try, in seconds: growing, up to 5, and jittered.

    Args:
        seed: Gives the same pauses each time. Without it they differ between callers that began
            together, copies of one snapshot too.
    """
    jitter, pause = random.Random(seed), _FIRST_PAUSE_S  # noqa: S311
    while True:
        yield pause * jitter.uniform(0.5, 1.0)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE_S)


def call_once(client: Any, function: str, payload: bytes) -> bytes:
    """Calls a function once and returns what it answers.

    Args:
        client: boto3's client of Lambda, which must not retry by itself.
        function: Name or ARN.
        payload: JSON.

    Raises:
        Unanswered: It did not answer, or failed.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = client.invoke(FunctionName=function, Payload=payload)
        body = answer["Payload"].read()
    except ClientError as exc:
        raise _refused(exc) from exc
    except BotoCoreError as exc:
        raise _unsent(exc) from exc
    if "FunctionError" in answer:
        raise Unanswered("it failed", _error_type(body), "may have run", refused=False, body=body)
    return body


def call(
    client: Any, function: str, payload: bytes, deadline: Deadline,
    on_wait: Callable[[Unanswered, float], None] = lambda _why, _pause: None,
) -> bytes:  # fmt: skip
    """Calls a function, and waits until the deadline for it to run; returns what it answers.

    Args:
        client: See :func:`call_once`; likewise function and payload.
        function: Name or ARN.
        payload: JSON.
        deadline: Until when a call that has not run is made again.
        on_wait: Is told why and how long before each pause.

    Raises:
        Unanswered: It may have run, cannot be called, or did not run until the deadline.
    """
    for pause in pauses():
        try:
            return call_once(client, function, payload)
        except Unanswered as exc:
            if exc.fate != "not run" or deadline.left() <= pause:
                raise
            on_wait(exc, pause)
        time.sleep(pause)
    raise AssertionError


def _refused(exc: Any) -> Unanswered:
    code = exc.response.get("Error", {}).get("Code", "")
    status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    fate = fate_of(code, status)
    what = type(exc).__name__ if type(exc).__name__ != "ClientError" else code or f"HTTP {status}"
    if fate == "not run":
        what = "too many of its copies are busy" if code in _BUSY else f"it is not ready ({what})"
    return Unanswered(what, code, fate, response=exc.response)


def _unsent(exc: Exception) -> Unanswered:
    from botocore import exceptions as boto

    name = type(exc).__name__
    if isinstance(exc, (boto.EndpointConnectionError, boto.ConnectTimeoutError)):
        return Unanswered(f"it cannot be reached ({name})", name, "not run")
    if isinstance(exc, (boto.HTTPClientError, boto.ConnectionError)):
        return Unanswered(name, name, "may have run", refused=False)
    return Unanswered(name, name, "ours")


def _error_type(body: bytes) -> str:
    import json

    try:
        return str(json.loads(body).get("errorType", ""))
    except (ValueError, AttributeError):
        return ""
