"""What the service documents beyond its model: models, regions, combinations that cannot work.

Source: Amazon Bedrock user guide, "Reinforcement fine-tuning" and the pages on its access,
data and jobs; what they contradict each other on is a warning.
"""

from __future__ import annotations

import re

from touchstone.workbench.jobs.plan.findings import Findings
from touchstone.workbench.jobs.scale import CALL_ROWS, Scale
from touchstone.workbench.jobs.spec import COMPATIBLE, Job, without_parameter

NOVA, NOVA_REGION = "amazon.nova-2-lite-v1:0:256k", "us-east-1"
OPEN_MODELS, OPEN_REGION = ("openai.gpt-oss-20b", "qwen.qwen3-32b"), "us-west-2"
LAMBDA_BYTES = 6 * 1024 * 1024
# UTF-8 of one token, as English text has it; other scripts have less to more.
TOKEN_BYTES = 4
_ARN = re.compile(r"arn:[^:]*:(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.*)")
_CONTEXT = re.compile(r":(\d+)k$")
# Docs: more than this for hard tasks, and thinking makes any task long.
_THINKING_TOKENS = 4096
_UNRANGED = ("max_prompt_length", "inference_max_tokens")
_RESERVED = "aws:"


def check_limits(job: Job, scale: Scale, findings: Findings) -> None:
    """Notes what the job's own settings cannot or may not do."""
    _numbers(job, findings)
    if job.service == "bedrock":
        _nova(job, findings)
    elif job.service == "compatible":
        _compatible(job, findings)
    if job.service != "local":
        _function(job, findings)
    _tokens(job, scale, findings)
    _call_size(scale, findings)


def _numbers(job: Job, findings: Findings) -> None:
    """Refuses numbers that the service's model gives no range for."""
    for name in _UNRANGED if job.service == "bedrock" else job.hyperparameters.__struct_fields__:
        value = getattr(job.hyperparameters, name)
        if isinstance(value, int | float) and not value > 0:
            key = f"hyperparameters.{name}"
            findings.error(key, f"{value:g} is no {name}", "use a number above 0, or leave it out")


def _nova_model(job: Job, findings: Findings) -> None:
    model = job.base_model
    name = model.rsplit("/", 1)[-1]
    if name.startswith(("openai.", "qwen.")):
        findings.error(
            "base_model", f"{name} is trained through the OpenAI-compatible API",
            'set service = "compatible"',
        )  # fmt: skip
    elif model and not name.startswith("amazon.nova-2") and ":custom-model/" not in model:
        findings.error(
            "base_model", f"{name} cannot be reinforcement fine-tuned on Bedrock",
            f'set base_model = "{NOVA}"',
        )  # fmt: skip
    elif ":custom-model/" in model:
        findings.warn(
            "base_model", "whether a custom model can be trained further is not documented",
            f'try it with few prompts, or set base_model = "{NOVA}"',
        )  # fmt: skip
    if job.region != NOVA_REGION:
        findings.error(
            "region", f"Nova 2 Lite is trained in {NOVA_REGION} alone, not in {job.region}",
            f'set region = "{NOVA_REGION}"',
        )  # fmt: skip


def _nova(job: Job, findings: Findings) -> None:
    h = job.hyperparameters
    _nova_model(job, findings)
    if h.learning_rate_multiplier is not None:
        findings.error(
            "hyperparameters.learning_rate_multiplier", "is of the OpenAI-compatible API alone",
            "set learning_rate instead",
        )  # fmt: skip
    if h.reasoning_effort == "medium":
        findings.warn(
            "hyperparameters.reasoning_effort",
            "the API takes medium, and the Nova guide says that training does not",
            'set "low" or "high", or leave it out for none',
        )
    if job.data.validation:
        findings.warn(
            "data.validation",
            "AWS's samples pass a validation file for Nova 2 Lite, and its SDK says that Bedrock "
            "does not support one",
            "if the job is refused for it, leave it out and run `job compare` afterwards",
        )
    for key, given in (("data.train", job.data.train), ("data.validation", job.data.validation)):
        if given.endswith(".gz"):
            findings.error(key, f"{given} is compressed; the service reads it plain", "gunzip it")
    _places(job, findings)
    if job.vpc is not None:
        _vpc(job, findings)
    for tag in job.tags:
        if tag.lower().startswith(_RESERVED):
            findings.error("tags", f"{tag!r}: names with {_RESERVED} are AWS's own", "rename it")


def _places(job: Job, findings: Findings) -> None:
    """Compares the account and region of every ARN of the job with each other."""
    role = _ARN.match(job.role)
    for key, value in (("base_model", job.base_model), ("kms_key", job.kms_key)):
        arn = _ARN.match(value)
        if arn and arn["region"] and arn["region"] != job.region:
            findings.error(
                key, f"is in {arn['region']}, and the job in {job.region}",
                f"use one in {job.region}",
            )  # fmt: skip
    function = _ARN.match(job.grader.function)
    if role and function and function["account"] not in ("", role["account"]):
        findings.warn(
            "grader.function",
            f"is in account {function['account']}, and the role in {role['account']}; whether "
            "a job may call across accounts is not documented",
            "deploy the grader in the job's account",
        )


def _vpc(job: Job, findings: Findings) -> None:
    if job.vpc is None:
        return
    for key, kind, ids in (
        ("subnet_ids", "subnet-", job.vpc.subnet_ids),
        ("security_group_ids", "sg-", job.vpc.security_group_ids),
    ):
        for each in ids:
            if not each.startswith(kind):
                findings.error(f"vpc.{key}", f"{each!r} is none", f"ids begin with {kind}")
    findings.warn(
        "vpc", "whether the job calls its grader through the VPC is not documented",
        "have endpoints for S3 and Lambda in it (the stage's job_vpc makes them)",
    )  # fmt: skip


def _compatible(job: Job, findings: Findings) -> None:
    name = job.base_model.rsplit("/", 1)[-1]
    models = " or ".join(f'"{model}"' for model in OPEN_MODELS)
    if not name:
        findings.error("base_model", "is required, and is missing", f"set base_model = {models}")
    elif "nova" in name:
        findings.error("base_model", f"{name} is no open-weight model", 'set service = "bedrock"')
    elif not name.startswith(OPEN_MODELS) and not job.endpoint:
        findings.error("base_model", f"{name} is not offered for training", f"set {models}")
    if job.region != OPEN_REGION and not job.endpoint:
        findings.error(
            "region", f"open-weight models are trained in {OPEN_REGION} alone",
            f'set region = "{OPEN_REGION}"',
        )  # fmt: skip
    for key in without_parameter(job):
        has = f"; it has {', '.join(COMPATIBLE)}" if key.startswith("hyperparameters.") else ""
        message = "the OpenAI-compatible API has no such parameter"
        findings.error(key, message, f"leave it out{has}")
    if job.data.validation:
        findings.warn(
            "data.validation",
            "no document of AWS shows a validation file for this API; it is sent as OpenAI's own",
            "if the job is refused for it, leave it out and run `job compare` afterwards",
        )
    multiplier = job.hyperparameters.learning_rate_multiplier
    if multiplier is not None and multiplier > 1:
        findings.warn(
            "hyperparameters.learning_rate_multiplier",
            f"{multiplier:g} is above the 1.0 that AWS advises as the most", "set 1.0 or less",
        )  # fmt: skip


def _function(job: Job, findings: Findings) -> None:
    key, function = "grader.function", job.grader.function
    if not function:
        findings.error(
            key, "the service calls a deployed function, and none is named",
            "deploy the grader, then set function to its name or ARN",
        )  # fmt: skip
        return
    arn = _ARN.match(function)
    name = arn["rest"].removeprefix("function:") if arn else function
    if "." in name:
        findings.error(key, f"no function's name has a dot: {name!r}", "use the function's name")
    if arn and arn["service"] == "lambda" and arn["region"] not in ("", job.region):
        findings.warn(
            key, f"is in {arn['region']}, and the job in {job.region}; whether a job may call "
            "across regions is not documented", f"deploy the grader in {job.region}",
        )  # fmt: skip


def _tokens(job: Job, scale: Scale, findings: Findings) -> None:
    h = job.hyperparameters
    thinks = h.reasoning_effort in ("low", "medium", "high")
    if thinks and scale.max_tokens.value < _THINKING_TOKENS:
        findings.warn(
            "hyperparameters.inference_max_tokens",
            f"{scale.max_tokens.value:,} tokens are few for a model that thinks: it is cut off, "
            "and is then rewarded for nothing",
            f"set {_THINKING_TOKENS:,} or more (AWS advises 32,768 with reasoning)",
        )
    context = _CONTEXT.search(job.base_model)
    if context:
        room = int(context[1]) * 1000
        if scale.max_prompt.value + scale.max_tokens.value > room:
            findings.error(
                "hyperparameters.max_prompt_length",
                f"prompt and completion need {scale.max_prompt.value + scale.max_tokens.value:,} "
                f"tokens; the model has {room:,}",
                "make max_prompt_length plus inference_max_tokens smaller than that",
            )


def _call_size(scale: Scale, findings: Findings) -> None:
    most = CALL_ROWS[0]
    size = most * scale.max_tokens.value * TOKEN_BYTES
    if size > LAMBDA_BYTES:
        fits = LAMBDA_BYTES // (most * TOKEN_BYTES)
        findings.warn(
            "hyperparameters.inference_max_tokens",
            f"{most} completions of {scale.max_tokens.value:,} tokens may take "
            f"{size / 1e6:.1f} MB; a call of Lambda takes 6",
            f"{fits:,} tokens fit whatever the service puts into one call",
        )
