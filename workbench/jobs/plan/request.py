"""The request that ``launch`` will send, held against the service's model, key by key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from touchstone.workbench.jobs.plan.findings import Findings
from touchstone.workbench.jobs.services.bedrock.request import request, uploads_of
from touchstone.workbench.jobs.services.bedrock.shape import create_job_shape, violations
from touchstone.workbench.jobs.spec import JobFile

_ARN = "arn:"
# Where launch has not resolved a name yet: the account is the one thing that a plan cannot know.
_ANY_ACCOUNT = "000000000000"
_RFT = "customizationConfig.rftConfig"
# A parameter's path in the request to the key that sets it; the longest that fits counts.
_KEYS = {
    "jobName": "name",
    "customModelName": "custom_model",
    "roleArn": "role",
    "baseModelIdentifier": "base_model",
    "customModelKmsKeyId": "kms_key",
    "jobTags": "tags",
    "customModelTags": "tags",
    "trainingDataConfig": "data.train",
    "trainingDataConfig.invocationLogsConfig": "data.invocation_logs",
    "trainingDataConfig.invocationLogsConfig.invocationLogSource": "data.invocation_logs.uri",
    "trainingDataConfig.invocationLogsConfig.requestMetadataFilters":
        "data.invocation_logs.filters",
    "validationDataConfig": "data.validation",
    "outputDataConfig": "data.output",
    "vpcConfig": "vpc",
    "vpcConfig.subnetIds": "vpc.subnet_ids",
    "vpcConfig.securityGroupIds": "vpc.security_group_ids",
    f"{_RFT}.graderConfig": "grader.function",
    f"{_RFT}.hyperParameters": "hyperparameters",
}  # fmt: skip


def check_request(file: JobFile, findings: Findings) -> None:
    """Notes every parameter of the job that CreateModelCustomizationJob's model refuses."""
    for violation in violations(planned_request(file), create_job_shape()):
        key = key_of(violation.path)
        if key == "custom_model" and file.job.custom_model == file.job.name:
            key = "name"  # where the other's value comes from
        fix = violation.fix if violation.fix != "set it" else f"set {key}"
        findings.error(key, f"{violation.path}: {violation.message}", fix)


def planned_request(file: JobFile) -> dict[str, Any]:
    """Returns the request as far as it can be known before anything is uploaded or resolved."""
    data = file.job.data
    made = request(
        file,
        lambda_arn=_grader_arn(file),
        train_uri=_address(file, data.train),
        validation_uri=_address(file, data.validation),
        token="plan",  # noqa: S106 - of idempotency, not a secret
    )
    return _given(made)


def key_of(path: str) -> str:
    """Returns the key of job.toml that sets the parameter at this path."""
    plain = re.sub(r"\[\d+\]", "", path)
    known = max(
        (known for known in _KEYS if plain == known or plain.startswith(f"{known}.")),
        key=len,
        default="",
    )
    key = _KEYS.get(known, "")
    if key == "hyperparameters" and plain != known:
        name = plain.removeprefix(f"{known}.")
        return f"{key}.{re.sub('([A-Z])', lambda match: '_' + match[1].lower(), name)}"
    return key


def _grader_arn(file: JobFile) -> str:
    function = file.job.grader.function
    if not function or function.startswith(_ARN):
        return function
    return f"arn:aws:lambda:{file.job.region}:{_ANY_ACCOUNT}:function:{function}"


def _address(file: JobFile, given: str) -> str:
    """Returns where a dataset will lie; a local file is uploaded under ``data.output``."""
    if not given or given.startswith("s3://"):
        return given
    # What is missing is said of data.output, not of the file that would lie there.
    folder = uploads_of(file) if file.job.data.output else "s3://not-set"
    return f"{folder}/{Path(given).name}"


def _given(value: Any) -> Any:
    """Returns the request without what nobody set, so that it is called missing, not wrong."""
    if isinstance(value, dict):
        inner = {key: _given(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each not in ("", None, {})}
    return [_given(each) for each in value] if isinstance(value, list) else value
