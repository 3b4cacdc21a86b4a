"""The one door to AWS: clients, functions, uploads, and errors that a person can act on.

Who signs in is boto3's own rule: ``AWS_PROFILE``, the environment, SSO or the machine's role.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from touchstone import invoking
from touchstone.deadline import Deadline
from touchstone.workbench.errors import BAD_INPUT, FELL_SHORT, WorkbenchError

Trouble = Literal["throttled", "denied", "expired", "invalid", "network", "missing", "failed"]
PASSING: tuple[Trouble, ...] = ("throttled", "network", "failed")  # that waiting may end

# What is wrong, by the code of AWS's error or by the HTTP status.
_TROUBLES: dict[str, Trouble] = {
    **dict.fromkeys(
        ("Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
         "RequestLimitExceeded", "LimitExceededException", "SlowDown", "429"), "throttled"),
    **dict.fromkeys(
        ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError",
         "KMSAccessDeniedException", "403"), "denied"),
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
         "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch", "401"),
        "expired"),
    **dict.fromkeys(
        ("ValidationException", "ValidationError", "InvalidParameterValueException",
         "ConflictException", "TooManyTagsException", "ServiceQuotaExceededException",
         "400", "409", "413", "422"), "invalid"),
    **dict.fromkeys(
        ("ResourceNotFoundException", "NoSuchBucket", "NoSuchKey", "NoSuchEntity", "NotFound",
         "PermanentRedirect", "301", "404"), "missing"),
}  # fmt: skip
ADVICE: dict[Trouble, str] = {
    "throttled": "wait a little, then run the same command again",
    "denied": "allow it to who runs this (`aws sts get-caller-identity` tells who that is)",
    "expired": "sign in again (for example `aws sso login`), then run the same command again",
    "network": "check the connection and the region, then run the same command again",
    "invalid": "correct it in the job's file or in the command, then run it again",
    "missing": "check the name, the region and the account (`aws sts get-caller-identity`)",
    "failed": "run the same command again; nothing is made twice",
}
_CONNECT_TIMEOUT_S = 5
# Lambda may take 15 minutes; a retry would grade, and pay, twice.
_INVOKE_TIMEOUT_S = 910
# Of the patience with a function, for a network that is not there.
_NETWORK_PATIENCE_S = 30
_CONNECTIONS = 256  # as many calls as a command makes at once
_FUNCTION = re.compile(
    r"(?P<whole>arn:[^:]*:lambda:[^:]+:\d{12}:function:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_LATEST = "$LATEST"


class ServiceError(WorkbenchError):
    """A service refused, failed or could not be reached.

    Attributes:
        trouble: Which of the troubles a person can do something about.
        advice: What to do about it.
        exit_code: ``FELL_SHORT`` where waiting may end it, else ``BAD_INPUT``.
    """

    def __init__(self, message: str, trouble: Trouble, advice: str = "") -> None:
        super().__init__(message, advice)
        self.trouble: Trouble = trouble
        self.exit_code = FELL_SHORT if trouble in PASSING else BAD_INPUT


class TooLarge(ServiceError):
    """A call or its reply is larger than is carried; fewer rows may fit."""


class FunctionError(WorkbenchError):
    """A function ran and did not answer with what was asked of it; the message says what it said.

    Attributes:
        exit_code: ``FELL_SHORT``: the call itself was right.
    """

    exit_code = FELL_SHORT


@dataclass(frozen=True, slots=True)
class Pinned:
    """A function at one version.

    Attributes:
        arn: With the version, so that a later deployment does not change a running job's reward.
        version: The version alone.
        log_group: Where it logs.
    """

    arn: str
    version: str
    log_group: str


@lru_cache
def client(
    service: str, region: str = "", *, read_timeout_s: float = 60, attempts: int | None = None
) -> Any:
    """Returns the process's boto3 client for these settings.

    Args:
        service: As boto3 names it.
        region: ``""`` takes it from the environment or the profile.
        read_timeout_s: The longest wait for an answer.
        attempts: In all, by boto3's standard rules; ``AWS_MAX_ATTEMPTS`` or 3 by default.

    Raises:
        ServiceError: There is no such profile, no region is known, or a variable or a line of the
            configuration is not what boto3 reads.
    """
    import boto3
    from botocore.config import Config

    retries: Any = {"mode": "standard"}
    if attempts:
        retries["total_max_attempts"] = attempts
    config = Config(
        retries=retries,
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=read_timeout_s,
        max_pool_connections=_CONNECTIONS,
    )
    action = f"making a client of {service}"
    with asking(action), _set_up(action):
        # A session of its own: the default one is shared with whoever else uses boto3 here.
        # Of the two variables that AWS's tools read, boto3 knows only AWS_DEFAULT_REGION.
        region = region or os.environ.get("AWS_REGION", "")
        return boto3.Session().client(service, region_name=region or None, config=config)  # pyright: ignore[reportArgumentType, reportCallIssue]


def has_credentials() -> bool:
    """Tells whether this machine has credentials that can be read, however old they are."""
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session().get_credentials() is not None
    except BotoCoreError:
        return False


def trouble_of(code: str, status: int = 0) -> Trouble:
    """Returns what is wrong by the code of an error, or else by its HTTP status."""
    if code in _TROUBLES:
        return _TROUBLES[code]
    if invoking.fate_of(code) == "not run":
        return "throttled"
    return _TROUBLES.get(str(status), "failed")


@contextmanager
def asking(action: str, allow: str = "") -> Iterator[None]:
    """Turns what boto3 raises into a ``ServiceError``.

    Args:
        action: What is asked, named in the message: ``bedrock:GetModelCustomizationJob``.
        allow: What a permission policy must allow besides, for the advice when denied.

    Raises:
        ServiceError: The call failed.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as exc:
        raise _refused(action, allow, exc.response) from exc
    except BotoCoreError as exc:
        raise _unsent(action, exc) from exc


@contextmanager
def _set_up(action: str) -> Iterator[None]:
    """Names what boto3 makes a client by, where that is wrong, which it tells as a bare error."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except BotoCoreError:
        raise
    except ValueError as exc:
        how = "look at the variables that begin with AWS_ (`env`) and at ~/.aws/config"
        raise ServiceError(f"{action}: {exc}", "invalid", how) from exc


def _refused(action: str, allow: str, response: Any) -> ServiceError:
    """Returns the error for a call that AWS answered with one."""
    error = response.get("Error", {})
    code, text = error.get("Code", ""), error.get("Message") or "no reason was given"
    trouble = trouble_of(code, response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    advice = ADVICE[trouble]
    if trouble == "expired":
        client.cache_clear()  # so that the next call reads what a new sign-in left
    if trouble == "denied":
        advice = f"allow {' and '.join(filter(None, (action, allow)))} to who runs this"
        advice += " (`aws sts get-caller-identity` tells who that is)"
    return ServiceError(f"{action}: {text} ({code})", trouble, advice)


def _unsent(action: str, exc: BaseException) -> ServiceError:
    """Returns the error for a call that got no answer, or was not made at all."""
    from botocore import exceptions as boto

    message = f"{action}: {exc}"
    credentials = (
        boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError,
        boto.TokenRetrievalError, boto.SSOError, boto.ProfileNotFound,
    )  # fmt: skip
    if isinstance(exc, credentials):
        client.cache_clear()
        how = "sign in (`aws sso login`) or set AWS_PROFILE, then run the same command again"
        return ServiceError(message, "expired", how)
    if isinstance(exc, boto.NoRegionError):
        return ServiceError(message, "invalid", "name it, for example in AWS_REGION")
    if isinstance(exc, (boto.ParamValidationError, boto.InvalidRegionError)):
        return ServiceError(message, "invalid", ADVICE["invalid"])
    return ServiceError(message, "network", ADVICE["network"])


def invoke(function: str, payload: Any, region: str = "", *, patience_s: float = 0) -> Any:
    """Calls a function, as Bedrock does, and returns the JSON value that it answers with.

    Args:
        function: Its name or ARN, with an alias or version where wanted.
        payload: A JSON value.
        region: Where it is; as the environment says by default.
        patience_s: How long a function that has not run is waited for; one that may have run is
            then called once more.

    Raises:
        TooLarge: Lambda carries not so much, there or back.
        ServiceError: It could not be called.
        FunctionError: It was called and failed, or what it answered is no JSON.
    """
    sent = json.dumps(payload).encode()
    if len(sent) > invoking.MAX_BYTES:
        raise TooLarge(f"{function}: {len(sent)} bytes; Lambda carries 6 MB", "invalid")
    try:
        body = _called(function, sent, region, patience_s)
    except invoking.Unanswered as exc:
        raise unanswered(function, exc) from exc
    try:
        return json.loads(body)
    except ValueError as exc:
        raise FunctionError(f"{function}: {body[:2000]!r}") from exc


def _called(function: str, sent: bytes, region: str, patience_s: float) -> bytes:
    lambda_ = client("lambda", region, read_timeout_s=_INVOKE_TIMEOUT_S, attempts=1)
    deadline = Deadline.after(patience_s)

    def waiting(why: invoking.Unanswered, _pause: float) -> None:
        if why.response is None and deadline.left() < patience_s - _NETWORK_PATIENCE_S:
            raise why

    try:
        return invoking.call(lambda_, function, sent, deadline, waiting)
    except invoking.Unanswered as exc:
        if exc.fate != "may have run" or exc.body or not patience_s:
            raise
    return invoking.call(lambda_, function, sent, deadline, waiting)


def unanswered(function: str, exc: invoking.Unanswered) -> WorkbenchError:
    """Returns the error for a call that brought no reply."""
    action = f"lambda:InvokeFunction on {function}"
    if exc.code in invoking.TOO_LARGE:
        why = str(_refused(action, "", exc.response)) if exc.response else f"{action}: {exc.code}"
        return TooLarge(why, "invalid", ADVICE["invalid"])
    if exc.body:
        return FunctionError(f"{function}: {exc.body.decode(errors='replace')[:2000]}")
    if exc.response is not None:
        return _refused(action, "", exc.response)
    return _unsent(action, exc.__cause__ or exc)


def check_invoke(function: str, region: str = "") -> None:
    """Asks whether a function is there and may be called, without running it.

    Raises:
        ServiceError: It is not, or may not.
    """
    with asking(f"lambda:InvokeFunction on {function}"):
        client("lambda", region).invoke(FunctionName=function, InvocationType="DryRun")


def split_url(url: str) -> tuple[str, str]:
    """Returns bucket and key of an ``s3://`` URL.

    Raises:
        ServiceError: It names no bucket.
    """
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise ServiceError(f"{url}: names no bucket", "invalid")
    return bucket, key


def upload(path: Path, url: str, region: str = "") -> None:
    """Copies a local file to S3, in parts where it is large; S3 checks what arrives.

    Raises:
        ServiceError: S3 refused it, or could not be reached.
    """
    bucket, key = split_url(url)
    extra = {"Metadata": {"sha256": sha256(path)}, "ChecksumAlgorithm": "SHA256"}
    with asking(f"s3:PutObject on {url}"), _transfer(url):
        client("s3", region).upload_file(str(path), bucket, key, ExtraArgs=extra)


def upload_once(path: Path, folder: str, region: str = "") -> str:
    """Puts a file under an S3 folder and returns its address; skips what lies there already.

    The address holds the SHA-256 of the content, so that a changed file never takes the place
    of one that a job reads.

    Raises:
        ServiceError: The file or the bucket is missing, or what arrived is not what was sent.
    """
    content = path.stat().st_size, sha256(path)
    address = address_of(path, folder)
    if _stored(address, region) == content:
        return address
    upload(path, address, region)
    if _stored(address, region) != content:
        raise ServiceError(f"{address}: not what was sent", "failed", ADVICE["failed"])
    return address


def address_of(path: Path, folder: str) -> str:
    """Returns where ``upload`` puts a file."""
    return f"{folder.rstrip('/')}/data/{sha256(path)[:16]}/{path.name}"


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _stored(address: str, region: str) -> tuple[int, str] | None:
    bucket, key = split_url(address)
    try:
        with asking(f"s3:GetObject on {address}", "s3:ListBucket on the bucket"):
            head = client("s3", region).head_object(Bucket=bucket, Key=key)
    except ServiceError as exc:
        if exc.trouble == "missing":
            return None
        raise
    return head["ContentLength"], head["Metadata"].get("sha256", "")


@contextmanager
def _transfer(address: str) -> Iterator[None]:
    """Lets the reason of a failed transfer through, which boto3 hides in a sentence."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import ClientError

    try:
        yield
    except S3UploadFailedError as exc:
        if isinstance(exc.__context__, ClientError):
            raise exc.__context__ from exc
        raise ServiceError(f"{address}: {exc}", "failed", ADVICE["failed"]) from exc


def pin(function: str, region: str) -> Pinned:
    """Returns a function at the version that its name stands for now.

    An alias is followed; an unqualified name or ``$LATEST`` is published first, which makes no
    new version while code and settings are unchanged.

    Raises:
        ServiceError: There is no such function, or it cannot be published.
    """
    match = _FUNCTION.fullmatch(function)
    if match is None:
        raise ServiceError(f"{function!r} is no name or ARN of a function", "invalid")
    lambda_ = client("lambda", region)
    name, qualifier = f"{match['whole'] or ''}{match['name']}", match["qualifier"] or _LATEST
    if qualifier == _LATEST:
        with asking(f"lambda:PublishVersion of {name}"):
            version = lambda_.publish_version(FunctionName=name)["Version"]
    elif qualifier.isdigit():
        version = qualifier
    else:
        with asking(f"lambda:GetAlias of {name}:{qualifier}"):
            version = lambda_.get_alias(FunctionName=name, Name=qualifier)["FunctionVersion"]
        if version == _LATEST:  # an alias may point there; a job must not
            with asking(f"lambda:PublishVersion of {name}"):
                version = lambda_.publish_version(FunctionName=name)["Version"]
    with asking(f"lambda:GetFunctionConfiguration of {name}:{version}"):
        found = lambda_.get_function_configuration(FunctionName=name, Qualifier=version)
    arn = ":".join(found["FunctionArn"].split(":")[:7]) + f":{version}"
    default = f"/aws/lambda/{found['FunctionName']}"
    return Pinned(arn, version, found.get("LoggingConfig", {}).get("LogGroup", default))
