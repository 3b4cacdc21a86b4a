"""What can be set about a deployment: per stage in cdk.json, per grader in graders.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from touchstone.config import Entry, load_entries
from touchstone.grader import Grader, judge_options
from touchstone.infra import names
from touchstone.infra.judges import unreachable
from touchstone.infra.place import Place
from touchstone.settings import SettingsError, make, nearest
from touchstone.templates import load_grader

Architecture = Literal["arm64", "x86_64"]
Positive = Annotated[int, msgspec.Meta(ge=1)]
_STAGE_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{0,11}")


class FunctionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a function is made: ``[graders.NAME.deploy]``, and a stage's ``executor``.

    Attributes:
        memory_mb: Lambda's memory, and with it its share of a CPU (1769 MB is one).
        timeout_s: Lambda's timeout; Bedrock's own limit for a call is not documented.
        provisioned: Keep all copies warm that the stage's concurrency gives it, for the window
            of a job; costs money while it is set.
        snap_start: Start from a snapshot; not together with ``provisioned``.
        sagemaker_name: Put ``SageMaker`` into the function's name, which SageMaker
            HyperPod and its evaluation demand.
    """

    memory_mb: Annotated[int, msgspec.Meta(ge=128, le=10_240)] = 1_024
    timeout_s: Annotated[int, msgspec.Meta(ge=3, le=900)] = 300
    provisioned: bool = False
    snap_start: bool = False
    sagemaker_name: bool = False


class JobVpc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A VPC that jobs run in.

    Attributes:
        vpc_id: The VPC.
        subnet_ids: Where interface endpoints are put.
        security_group_ids: Of the interface endpoints; must let the job in on port 443.
        route_table_ids: Of the subnets, for the S3 endpoint.
        endpoints: Make endpoints for S3 and Lambda, so that a job without a way to the
            internet reads its data and calls its grader.
    """

    vpc_id: str
    subnet_ids: list[str] = []
    security_group_ids: list[str] = []
    route_table_ids: list[str] = []
    endpoints: bool = False


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stage of cdk.json's ``stages``; stages differ by nothing else.

    Attributes:
        name: Its key; part of every resource's name.
        architecture: Of every function.
        concurrency: Units of the account's Lambda concurrency that the stage takes, all its
            functions together (``infra/capacity.py`` shares them out); nothing is reserved when 0.
        keep_data: Buckets and key survive a destroy, which the stack itself refuses.
        log_retention_days: Of every log group; one of CloudWatch's own steps.
        rollout_retention_days: Rollout records expire after it; training data never do.
        alarm_email: Gets the alarms, the job's state changes and the budget's alert.
        monthly_budget_usd: Alerts at 80 and 100 percent of it; none when 0.
        judge_usd_per_hour: Alarms when one grader's judge costs more; none when 0.
        tenant_isolation: The executor runs each grader's code in virtual machines of its own.
        executor: How the executor's function is made.
        job_vpc: Lets jobs run in this VPC of yours (``vpcConfig``).
        record_text: Rollout records hold prompts and completions, redacted; off by default.
        monitor_minutes: How often groups are rebuilt from the records and measured.
        place: What the account prescribes.
    """

    name: str
    architecture: Architecture = "arm64"
    concurrency: Annotated[int, msgspec.Meta(ge=0)] = 0
    keep_data: bool = True
    log_retention_days: Positive = 30
    rollout_retention_days: Positive = 90
    alarm_email: str = ""
    monthly_budget_usd: Annotated[float, msgspec.Meta(ge=0)] = 0
    judge_usd_per_hour: Annotated[float, msgspec.Meta(ge=0)] = 10
    tenant_isolation: bool = False
    executor: FunctionSettings = FunctionSettings(memory_mb=1_769, timeout_s=300)
    job_vpc: JobVpc | None = None
    record_text: bool = False
    monitor_minutes: Positive = 15
    place: Place = Place()


class Deployed(msgspec.Struct, frozen=True):
    """One grader that becomes a function.

    Attributes:
        grader: As it will run.
        function: How its function is made.
        entry: Its entry of graders.toml.
        folder: Where that file lies, and what it names.
    """

    grader: Grader
    function: FunctionSettings
    entry: Entry
    folder: Path

    @property
    def judges(self) -> list[str]:
        """Every judge that it asks, its panel too, as its settings write them."""
        if "judge" not in self.grader.template.needs:
            return []
        panel = judge_options(self.grader.name, self.grader.settings).panel
        return [self.grader.settings.judge, *panel]


def load_stage(name: str, stages: Mapping[str, Mapping[str, Any]]) -> Stage:
    """Returns the stage of this name from ``stages``, cdk.json's table of them.

    Raises:
        SettingsError: There is none, or one of its settings is wrong.
    """
    if name not in stages:
        raise SettingsError(f"cdk.json: no stage {name!r}{nearest(name, stages)}")
    owner = f"cdk.json: stage {name!r}"
    if not _STAGE_NAME.fullmatch(name):
        raise SettingsError(f"{owner}: letters, digits and '-', at most 12")
    stage = make(Stage, {"name": name, **stages[name]}, owner)
    if stage.tenant_isolation and (stage.executor.snap_start or stage.executor.provisioned):
        raise SettingsError(f"{owner}: tenant_isolation excludes snap_start and provisioned")
    _check_starts(stage.executor, f"{owner}: executor")
    if bool(stage.place.account) != bool(stage.place.region):
        raise SettingsError(f"{owner}: place: account and region are given together")
    return stage


def load_deployed(file: Path) -> list[Deployed]:
    """Returns every grader of the file that is to be deployed, ready for it.

    Raises:
        SettingsError: The file is missing or wrong, or a stand-in would judge; names the line.
    """
    entries = {name: entry for name, entry in load_entries(file).items() if entry.deployed}
    if not entries:
        raise SettingsError(f"{file}: no graders to deploy")
    names.check_graders(entries)
    deployed = [
        Deployed(load_grader(name, file, deployed=True), _function(entry), entry, file.parent)
        for name, entry in entries.items()
    ]
    for one in deployed:
        if why := unreachable(one.judges):
            one.entry.refuse("judge", f"{why}; name one that a function can ask")
    return deployed


def left_out(file: Path) -> str:
    """Returns which graders of the file the stack has not, and why, ``""`` where it has all."""
    names = [name for name, entry in load_entries(file).items() if not entry.deployed]
    said = f"not in the stack: {', '.join(names)}; {file.name} says deploy = false, and why"
    return said if names else ""


def function_name(one: Deployed, stage: Stage) -> str:
    """Returns what a grader's function is called.

    Raises:
        SettingsError: It would be longer than Lambda allows.
    """
    return names.function_name(one.grader.name, stage.name, one.function.sagemaker_name)


def _function(entry: Entry) -> FunctionSettings:
    owner = f"graders.{entry.name}.deploy"
    settings = make(FunctionSettings, entry.deploy, owner)
    _check_starts(settings, owner)
    return settings


def _check_starts(settings: FunctionSettings, owner: str) -> None:
    if settings.snap_start and settings.provisioned:
        raise SettingsError(f"{owner}: snap_start excludes provisioned")
