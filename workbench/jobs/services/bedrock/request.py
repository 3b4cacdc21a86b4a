"""The request that makes a job on Bedrock, from its file alone: nobody is asked anything.

Source: botocore's service model, operation CreateModelCustomizationJob.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from touchstone.workbench import aws
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.service import check_files, need
from touchstone.workbench.jobs.services.bedrock.shape import create_job_shape, violations
from touchstone.workbench.jobs.spec import JobFile, Logs

# Of this service's own request; the other hyperparameters are the compatible API's.
_HYPERPARAMETERS = (
    "epoch_count", "batch_size", "learning_rate", "max_prompt_length",
    "training_sample_per_prompt", "inference_max_tokens", "reasoning_effort", "eval_interval",
)  # fmt: skip


def request(
    file: JobFile, *, lambda_arn: str, train_uri: str, validation_uri: str, token: str
) -> dict[str, Any]:
    """Returns what CreateModelCustomizationJob is called with.

    Args:
        file: The job.
        lambda_arn: The grader, qualified with its version.
        train_uri: S3 address of the prompts; not used with invocation logs.
        validation_uri: The same of the held-out ones; ``""`` without any.
        token: Of idempotency; ``""`` leaves it out.
    """
    job = file.job
    given = msgspec.structs.asdict(job.hyperparameters)
    hyperparameters = {
        _camel(name): given[name] for name in _HYPERPARAMETERS if given[name] is not None
    }
    tags = [{"key": key, "value": value} for key, value in job.tags.items()]
    rft: dict[str, Any] = {"graderConfig": {"lambdaGrader": {"lambdaArn": lambda_arn}}}
    if hyperparameters:
        rft["hyperParameters"] = hyperparameters
    logs = job.data.invocation_logs
    made: dict[str, Any] = {
        "jobName": job.name,
        "customModelName": job.custom_model,
        "roleArn": job.role,
        "clientRequestToken": token,
        "baseModelIdentifier": job.base_model,
        "customizationType": "REINFORCEMENT_FINE_TUNING",
        "customModelKmsKeyId": job.kms_key,
        "jobTags": tags,
        "customModelTags": tags,
        "trainingDataConfig": _logs(logs) if logs else {"s3Uri": train_uri},
        "outputDataConfig": {"s3Uri": job.data.output},
        "customizationConfig": {"rftConfig": rft},
    }
    if validation_uri:
        made["validationDataConfig"] = {"validators": [{"s3Uri": validation_uri}]}
    if job.vpc:
        made["vpcConfig"] = {
            "subnetIds": job.vpc.subnet_ids,
            "securityGroupIds": job.vpc.security_group_ids,
        }
    return {key: value for key, value in made.items() if value or value == 0}


def preview(file: JobFile) -> dict[str, Any]:
    """Returns the request that ``launch`` would send, without asking anybody anything.

    The grader is as the file names it, because only AWS knows its version.
    """
    check(file)
    uris = {}
    for kind in ("train", "validation"):
        given = getattr(file.job.data, kind)
        local = given and not given.startswith("s3://")
        uris[kind] = aws.address_of(file.local(given), uploads_of(file)) if local else given
    return request(
        file, lambda_arn=file.job.grader.function, train_uri=uris["train"],
        validation_uri=uris["validation"], token="",
    )  # fmt: skip


def check(file: JobFile) -> None:
    """Refuses what could not be launched, before anything is uploaded.

    Raises:
        ServiceError: A key is missing, or a file is.
    """
    job = file.job
    needed = {
        "base_model": job.base_model, "role": job.role, "data.output": job.data.output,
        "grader.function": job.grader.function,
    }  # fmt: skip
    need(file, "on Bedrock", needed)
    check_files(file)


def uploads_of(file: JobFile) -> str:
    """Returns the S3 folder of what a job uploads."""
    return f"{file.job.data.output.rstrip('/')}/{file.job.name}"


def refuse_invalid(made: dict[str, Any]) -> None:
    """Refuses a request that the service's own model does not allow.

    Raises:
        ServiceError: It breaks the model; names each parameter.
    """
    found = [f"{each.path}: {each.message}" for each in violations(made, create_job_shape())]
    if found:
        advice = "`touchstone job plan` names the keys that set them"
        raise ServiceError("; ".join(found), "invalid", advice)


def _logs(logs: Logs) -> dict[str, Any]:
    config: dict[str, Any] = {
        "usePromptResponse": logs.use_prompt_response,
        "invocationLogSource": {"s3Uri": logs.uri},
    }
    if logs.filters:
        config["requestMetadataFilters"] = logs.filters
    return {"invocationLogsConfig": config}


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
