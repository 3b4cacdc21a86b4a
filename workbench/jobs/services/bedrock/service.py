"""Amazon Bedrock's own jobs (Nova): CreateModelCustomizationJob and on-demand deployments.

Source: botocore's service model of ``bedrock``; Bedrock user guide, "Submit a reinforcement
fine-tuning job" and "Deploy a custom model for on-demand inference".
"""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from touchstone.said import text_of
from touchstone.workbench import aws
from touchstone.workbench.aws import ServiceError, asking
from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.folder import ENDED, JobFolder, State
from touchstone.workbench.jobs.lock import alone
from touchstone.workbench.jobs.observed.log import GraderLog
from touchstone.workbench.jobs.observed.steps import CountedSteps
from touchstone.workbench.jobs.scale import scale_of, work_of
from touchstone.workbench.jobs.service import (
    Chat,
    beginning,
    created,
    launched,
    no_model,
    note,
    token_of,
)  # fmt: skip
from touchstone.workbench.jobs.services.bedrock.request import (
    check,
    preview,
    refuse_invalid,
    request,
    uploads_of,
)  # fmt: skip
from touchstone.workbench.jobs.spec import Job, JobFile, ServiceName
from touchstone.workbench.stats import Range

_STEPS = ("step_number", "step", "global_step")  # which of them is not documented


class BedrockService:
    """Runs jobs on Amazon Bedrock; see ``Service`` for its calls."""

    name: ServiceName = "bedrock"

    def __init__(self, job: Job) -> None:
        self._job = job
        self._log = GraderLog(job)

    def launch(self, file: JobFile, folder: JobFolder) -> State:
        """Uploads, pins the grader, creates the job; goes on where an earlier call broke off.

        Raises:
            ServiceError: A step failed; what was done before it is in the folder.
        """
        with alone(folder):
            if state := launched(folder):
                return state
            check(file)
            with beginning(file, folder):
                return self._create(file, folder)

    def preview(self, file: JobFile) -> dict[str, Any]:
        """Returns the request, its grader as the file names it: only AWS knows its version.

        Raises:
            ServiceError: The job lacks what Bedrock needs.
        """
        return preview(file)

    def refresh(self, folder: JobFolder) -> State:
        """Reads the job, its grader's log and what it wrote to S3 into the folder.

        Raises:
            ServiceError: The service could not be asked, or knows no such job.
        """
        with alone(folder):
            state = created(folder)
            with asking("bedrock:GetModelCustomizationJob"):
                job = self._bedrock.get_model_customization_job(jobIdentifier=state.job_id)
            if job["status"] != state.status:
                level = "error" if job["status"] == "Failed" else "info"
                why = job.get("failureMessage", "")
                folder.add_event(level, f"{job['status']}{': ' if why else ''}{why}")
            state = folder.update(
                status=job["status"],
                message=job.get("failureMessage") or state.message,
                tuned_model=job.get("outputModelArn", ""),
            )
            if state.deployment:
                self._refresh_deployment(folder)
            # What may fail comes after what must be known.
            cut = CountedSteps(state.details.get("per_step") or _per_step(self._job))
            step = self._log.read(folder, cut, begin=job["creationTime"], end=_end_of(job))
            state = folder.update(step=step)
            if state.status in ENDED and not state.details.get("losses_read"):
                self._read_losses(folder, job)
            return folder.state()

    def stop(self, folder: JobFolder) -> State:
        """Asks Bedrock to stop the job; ``refresh`` tells when it has.

        Raises:
            ServiceError: It could not be asked.
        """
        with alone(folder):
            state = created(folder)
            if state.status in (*ENDED, "Stopping"):
                return state
            with asking("bedrock:StopModelCustomizationJob"):
                self._bedrock.stop_model_customization_job(jobIdentifier=state.job_id)
            folder.add_event("info", "asked the service to stop the job")
            return folder.update(status="Stopping")

    def deploy(self, folder: JobFolder) -> State:
        """Creates the on-demand deployment of the tuned model, once.

        Raises:
            ServiceError: There is no tuned model, or it is not ready.
        """
        with alone(folder):
            state = folder.state()
            failed = state.details.get("deployment_status") == "Failed"
            if state.deployment and not failed:
                return self._refresh_deployment(folder)
            if not state.tuned_model:
                raise no_model(state)
            with asking("bedrock:GetCustomModel"):
                model = self._bedrock.get_custom_model(modelIdentifier=state.tuned_model)
            status = model.get("modelStatus", "Active")
            if status != "Active":
                why = f"{state.tuned_model} is {status}; {model.get('failureMessage', 'not ready')}"
                raise ServiceError(why, "failed", "run the same command again in a few minutes")
            # A failed one keeps its name and its token.
            attempt = state.details.get("deployments", 0) + 1
            suffix = f"-{attempt}" if attempt > 1 else ""
            with asking("bedrock:CreateCustomModelDeployment"):
                made = self._bedrock.create_custom_model_deployment(
                    modelDeploymentName=self._job.custom_model + suffix,
                    modelArn=state.tuned_model,
                    clientRequestToken=token_of({"deploy": state.tuned_model, "try": attempt}),
                )
            folder.update(deployment=made["customModelDeploymentArn"], message="")
            note(folder, deployments=attempt, deployment_status="Creating")
            folder.add_event("info", f"deploys as {made['customModelDeploymentArn']}")
            return self._refresh_deployment(folder)

    def chat(
        self,
        model: str,
        messages: Sequence[dict[str, Any]],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None = None,
    ) -> Chat:
        """Asks a model, or a deployment by its ARN, through Converse, which knows no seed.

        Raises:
            ServiceError: It did not answer.
        """
        del seed
        start = time.perf_counter()
        with asking(f"bedrock:InvokeModel on {model}"):
            reply = aws.client("bedrock-runtime", self._job.region).converse(
                modelId=model,
                inferenceConfig={"maxTokens": max_tokens, "temperature": temperature},
                **_converse(messages),
            )
        blocks = reply["output"]["message"]["content"]
        return Chat(
            "".join(block.get("text", "") for block in blocks),
            input_tokens=reply["usage"]["inputTokens"],
            output_tokens=reply["usage"]["outputTokens"],
            latency_ms=(time.perf_counter() - start) * 1000,
            truncated=reply["stopReason"] == "max_tokens",
        )

    @property
    def _bedrock(self) -> Any:
        return aws.client("bedrock", self._job.region)

    def _create(self, file: JobFile, folder: JobFolder) -> State:
        uris = {}
        for kind in ("train", "validation"):
            uris[kind] = self._place(file, folder, kind)
        arn = self._log.pin(folder, file.job.grader.function)
        made = request(
            file, lambda_arn=arn, train_uri=uris["train"], validation_uri=uris["validation"],
            token="",
        )  # fmt: skip
        made["clientRequestToken"] = token = token_of(made)
        refuse_invalid(made)
        note(folder, token=token, per_step=_per_step(file.job))
        existing = self._job_named(file.job.name, token)
        if not existing:
            needs = f"iam:PassRole on {file.job.role}"
            with asking("bedrock:CreateModelCustomizationJob", needs):
                existing = self._bedrock.create_model_customization_job(**made)["jobArn"]
        state = folder.update(
            job_id=existing, status="InProgress", message="", total_steps=_steps(file)
        )
        folder.add_event("info", f"created {existing} with grader {arn}")
        return state

    def _place(self, file: JobFile, folder: JobFolder, kind: str) -> str:
        given = getattr(file.job.data, kind)
        if not given:
            return ""
        local = given if given.startswith("s3://") else str(file.local(given).resolve())
        uri = given
        if local != given:
            uri = aws.upload_once(Path(local), uploads_of(file), self._job.region)
        note(folder, **{f"{kind}_file": local, f"{kind}_uri": uri})
        return uri

    def _job_named(self, name: str, token: str) -> str:
        """Returns the job that this very launch made before it was cut off, ``""`` if none.

        Raises:
            ServiceError: Another job has the name.
        """
        with asking("bedrock:ListModelCustomizationJobs"):
            pages = self._bedrock.get_paginator("list_model_customization_jobs")
            found = [
                job["jobArn"]
                for page in pages.paginate(nameContains=name)
                for job in page["modelCustomizationJobSummaries"]
                if job["jobName"] == name
            ]
        for arn in found:
            with asking("bedrock:GetModelCustomizationJob"):
                job = self._bedrock.get_model_customization_job(jobIdentifier=arn)
            if job.get("clientRequestToken") == token:
                return arn
        if found:
            advice = 'give this one another name = "..." in its file'
            raise ServiceError(f"a job named {name} exists already: {found[0]}", "invalid", advice)
        return ""

    def _read_losses(self, folder: JobFolder, job: dict[str, Any]) -> None:
        """Takes the losses that the service writes per step, or else the final one.

        Source: Bedrock user guide, "Analyze the results of a model customization job"; whether
        reinforcement jobs write the file, and with which columns, is not documented.
        """
        root = job["outputDataConfig"]["s3Uri"].removeprefix("s3://").rstrip("/")
        bucket, _, prefix = root.partition("/")
        key = "/".join(filter(None, (
            prefix, f"model-customization-job-{job['jobArn'].rpartition('/')[2]}",
            "training_artifacts", "step_wise_training_metrics.csv",
        )))  # fmt: skip
        try:
            with asking(f"s3:GetObject on s3://{bucket}/{key}"):
                body = aws.client("s3", self._job.region).get_object(Bucket=bucket, Key=key)["Body"]
                rows = csv.DictReader(io.StringIO(body.read().decode("utf-8-sig", "replace")))
            for row in rows:
                numbers = {name: _number(value) for name, value in row.items()}
                kept = {name: value for name, value in numbers.items() if value is not None}
                step = next((kept.pop(name) for name in _STEPS if name in kept), None)
                if step is not None and kept:
                    folder.add_metrics(int(step), kept)
        except ServiceError as exc:
            if exc.trouble not in ("denied", "missing"):
                raise
            loss = job.get("trainingMetrics", {}).get("trainingLoss")
            if loss is not None:
                folder.add_metrics(folder.state().step, {m.LOSS: loss})
        note(folder, losses_read=True)

    def _refresh_deployment(self, folder: JobFolder) -> State:
        state = folder.state()
        if state.details.get("deployment_status") in ("Active", "Failed"):
            return state
        with asking("bedrock:GetCustomModelDeployment"):
            found = self._bedrock.get_custom_model_deployment(
                customModelDeploymentIdentifier=state.deployment
            )
        if found["status"] == "Failed":
            folder.update(message=found.get("failureMessage", "the deployment failed"))
            folder.add_event("error", f"the deployment failed: {folder.state().message}")
        return note(folder, deployment_status=found["status"])


def _per_step(job: Job) -> int:
    scale = scale_of(job)
    return scale.batch.value * scale.samples.value


def _end_of(job: dict[str, Any]) -> datetime | None:
    return job.get("endTime", datetime.now(UTC)) if job["status"] in ENDED else None


def _steps(file: JobFile) -> int:
    """Returns how many updates the job will make at most, 0 where its rows are not here."""
    train = file.job.data.train
    if not train or train.startswith("s3://"):
        return 0
    with file.local(train).open("rb") as lines:
        rows = sum(not line.isspace() for line in lines)
    return int(work_of(scale_of(file.job), Range(rows, rows), 0).steps.high)


def _converse(messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns a prompt of the RFT form as Converse takes it."""
    turns = [
        {"role": turn["role"], "content": [{"text": text_of(turn.get("content"))}]}
        for turn in messages
        if turn["role"] != "system"
    ]
    system = [
        {"text": text_of(turn.get("content"))} for turn in messages if turn["role"] == "system"
    ]
    return {"messages": turns, "system": system} if system else {"messages": turns}


def _number(value: Any) -> float | None:
    """Returns what a cell says, ``None`` where that is no number, or the row too short or long."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
