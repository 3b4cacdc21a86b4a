"""AWS as the services use it: clients, errors a person can act on, uploads, pinned functions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.jobs.services.base import ServiceError, Trouble

_CODES: dict[str, Trouble] = {
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
         "ConflictException", "TooManyTagsException", "ServiceQuotaExceededException", "400"),
        "invalid"),
    **dict.fromkeys(
        ("ResourceNotFoundException", "NoSuchBucket", "NoSuchKey", "NotFound", "404"), "missing"),
}  # fmt: skip
_ADVICE: dict[Trouble, str] = {
    "throttled": "wait a little, then run the same command again",
    "expired": "sign in again (for example `aws sso login`), then run the same command again",
    "network": "check the connection and the region, then run the same command again",
    "invalid": "correct it in the job's file, then run the same command again",
    "missing": "check the name, the region and the account (`aws sts get-caller-identity`)",
    "failed": "run the same command again; nothing is made twice",
}
_FUNCTION = re.compile(
    r"(?P<whole>arn:[^:]*:lambda:[^:]+:\d{12}:function:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_LATEST = "$LATEST"


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
def client(service: str, region: str) -> Any:
    """Returns a boto3 client; passing troubles are tried again by boto3's standard rules."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard"}, connect_timeout=10, read_timeout=60)
    with asking(f"making a client of {service}"):
        # A session of its own: the default one is shared with whoever else uses boto3 here.
        return boto3.Session().client(service, region_name=region, config=config)


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
        error = exc.response.get("Error", {})
        code, text = error.get("Code", ""), error.get("Message") or "no reason was given"
        trouble = _CODES.get(code, "failed")
        advice = _ADVICE.get(trouble, "")
        if trouble == "expired":
            client.cache_clear()  # so that the next call reads what a new sign-in left
        if trouble == "denied":
            advice = f"allow {' and '.join(filter(None, (action, allow)))} to who runs this"
            advice += " (`aws sts get-caller-identity` tells who that is)"
        raise ServiceError(f"{action}: {text} ({code})", trouble, advice) from exc
    except BotoCoreError as exc:
        raise _unsent(action, exc) from exc


def _unsent(action: str, exc: Exception) -> ServiceError:
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
    if isinstance(exc, (boto.ParamValidationError, boto.InvalidRegionError)):
        return ServiceError(message, "invalid", _ADVICE["invalid"])
    return ServiceError(message, "network", _ADVICE["network"])


def upload(path: Path, folder: str, region: str) -> str:
    """Puts a file under an S3 folder and returns its address; skips what lies there already.

    The address holds the SHA-256 of the content, so that a changed file never takes the place
    of one that a job reads.

    Raises:
        ServiceError: The file or the bucket is missing, or what arrived is not what was sent.
    """
    size, digest = path.stat().st_size, sha256(path)
    address = address_of(path, folder)
    bucket, _, key = address.removeprefix("s3://").partition("/")
    s3 = client("s3", region)
    if _stored(s3, bucket, key) == (size, digest):
        return address
    with asking(f"s3:PutObject on {address}"), _transfer(address):
        extra = {"Metadata": {"sha256": digest}, "ChecksumAlgorithm": "SHA256"}
        s3.upload_file(str(path), bucket, key, ExtraArgs=extra)
    if _stored(s3, bucket, key) != (size, digest):
        raise ServiceError(f"{address}: not what was sent", "failed", _ADVICE["failed"])
    return address


def address_of(path: Path, folder: str) -> str:
    """Returns where ``upload`` puts a file."""
    return f"{folder.rstrip('/')}/data/{sha256(path)[:16]}/{path.name}"


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _stored(s3: Any, bucket: str, key: str) -> tuple[int, str] | None:
    try:
        with asking(f"s3:GetObject on s3://{bucket}/{key}", "s3:ListBucket on the bucket"):
            head = s3.head_object(Bucket=bucket, Key=key)
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
        raise ServiceError(f"{address}: {exc}", "failed", _ADVICE["failed"]) from exc


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
