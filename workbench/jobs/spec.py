"""job.toml: one training job, whichever service runs it. Read here, refused with the line.

Only what the file itself can be wrong about is refused here: unknown keys, wrong types, what
is missing for any service. Ranges, quotas and money are the plan's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from touchstone.settings import SettingsError, make, nearest
from touchstone.tomlfile import TomlFile

ServiceName = Literal["bedrock", "compatible", "local"]
Precision = Literal["float32", "bfloat16"]
BUNDLED = "SmolLM2-135M-Instruct"  # what a rehearsal trains where its file names no model
_Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
_Positive = Annotated[int, msgspec.Meta(ge=1)]
_REGION_OF = {"bedrock": "us-east-1", "compatible": "us-west-2", "local": ""}
_REGION = re.compile(r"[a-z0-9-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME_BYTES = 200  # a folder's name holds 255, and what is put aside has a longer one
_LARGEST = 2**63 - 1
# What the OpenAI-compatible API has of [hyperparameters].
COMPATIBLE = ("epoch_count", "batch_size", "learning_rate_multiplier")


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class Logs(_Table, frozen=True, kw_only=True):
    """Invocation logs as training data (``[data.invocation_logs]``; the service reads them).

    Attributes:
        uri: Their S3 folder.
        use_prompt_response: Whether the logged answers are used too.
        filters: A request-metadata filter in the API's own grammar, for example
            ``{equals = {project = "support"}}``.
    """

    uri: str
    use_prompt_response: bool = False
    filters: dict[str, Any] = {}


class Data(_Table, frozen=True, kw_only=True):
    """``[data]``: what the model trains on.

    Attributes:
        train: File or S3 address of the prompts, in the RFT form.
        validation: The same, held out; may be left out.
        output: S3 folder for uploads and for what the service writes.
        invocation_logs: In place of ``train``.
    """

    train: str = ""
    validation: str = ""
    output: str = ""
    invocation_logs: Logs | None = None


class Grader(_Table, frozen=True, kw_only=True):
    """``[grader]``: what rewards the rollouts.

    Attributes:
        name: A template or an entry of graders.toml: grades locally, and names the criteria.
        function: The deployed function's ARN or name; ``launch`` pins it to a version.
    """

    name: str = ""
    function: str = ""


class Hyperparameters(_Table, frozen=True, kw_only=True):
    """``[hyperparameters]``: Bedrock's own names in snake case; what is absent is the service's.

    Ranges are those of Bedrock's API model, which the plan asks as it is installed. The
    OpenAI-compatible API documents none, and has ``epoch_count``, ``batch_size`` and
    ``learning_rate_multiplier`` alone.

    Attributes:
        epoch_count: How often the job goes through its prompts; on Bedrock 1 to 50.
        batch_size: Prompts per step; on Bedrock 16 to 512.
        learning_rate: Of the optimizer; 1e-7 to 1e-3. Bedrock alone.
        max_prompt_length: Tokens of a prompt, at most; no range is documented. Bedrock alone.
        training_sample_per_prompt: Rollouts per prompt and step; 2 to 16. Bedrock alone.
        inference_max_tokens: Tokens of a completion, at most; no range is documented. Bedrock
            alone.
        reasoning_effort: How much the model thinks before it answers: ``low``, ``medium`` or
            ``high``. Bedrock alone.
        eval_interval: Steps between validations; 1 to 100. Bedrock alone.
        learning_rate_multiplier: Of the service's own learning rate; the OpenAI-compatible API
            alone.

    Source: ``RFTHyperParameters`` in botocore 1.44's model of Bedrock; Bedrock user guide, "Create
    a fine-tuning job with the OpenAI-compatible APIs".
    """

    epoch_count: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    max_prompt_length: int | None = None
    training_sample_per_prompt: int | None = None
    inference_max_tokens: int | None = None
    reasoning_effort: str | None = None
    eval_interval: int | None = None
    learning_rate_multiplier: float | None = None


class Vpc(_Table, frozen=True, kw_only=True):
    """``[vpc]``: where the service's network interfaces go.

    Attributes:
        subnet_ids: Identifiers of subnets, such as ``subnet-0a1b2c``.
        security_group_ids: Identifiers of security groups, such as ``sg-0a1b2c``.
    """

    subnet_ids: list[str]
    security_group_ids: list[str]


class Brake(_Table, frozen=True, kw_only=True):
    """``[brake]``: when ``watch`` stops the job by itself; what is absent never does.

    Attributes:
        flat_share: Flat groups above this share, over ``patience`` steps in a row.
        unscored_share: Unscored rollouts above this share, over ``patience`` steps.
        max_usd: Money spent on graders and judges, in US dollars, as far as it is known.
        max_hours: Time since the job began.
        patience: Steps in a row before a share counts.
    """

    flat_share: _Share | None = None
    unscored_share: _Share | None = None
    max_usd: Annotated[float, msgspec.Meta(gt=0)] | None = None
    max_hours: Annotated[float, msgspec.Meta(gt=0)] | None = None
    patience: _Positive = 3


class Check(_Table, frozen=True, kw_only=True):
    """``[check]``: what ``touchstone check`` must have said of the grader.

    Attributes:
        require: Without a check of this version that holds, the plan has an error.
    """

    require: bool = False


class Trl(_Table, frozen=True, kw_only=True):
    """``[rehearsal.trl]``: what TRL's trainer has besides; for ``engine = "trl"`` alone.

    Attributes:
        lora_rank: Of the adapters on every linear layer; the model below them stays as it is.
        lora_alpha: Their scale is ``lora_alpha / lora_rank``.
        beta: What a nat of divergence from the base model costs, per token.
        precision: What the base model is kept and computed in.
        processes: One GPU each, through accelerate; each takes equally many of a step's prompts.
        gradient_accumulation_steps: Parts that a process's rollouts of a step are learnt in.
        gradient_checkpointing: Compute activations twice instead of keeping them.
        vllm: Sample with vLLM, in the same processes.
    """

    lora_rank: _Positive = 16
    lora_alpha: _Positive = 32
    beta: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    precision: Precision = "float32"
    processes: _Positive = 1
    gradient_accumulation_steps: _Positive = 1
    gradient_checkpointing: bool = False
    vllm: bool = False


class Rehearsal(_Table, frozen=True, kw_only=True):
    """``[rehearsal]``: the scale of ``launch --local``, which a laptop bears.

    Attributes:
        engine: What updates the model: our own ``loop``, made for a few cores, or TRL's
            ``GRPOTrainer``, made for GPUs.
        model: Folder of a Hugging Face model; ``""`` is the small bundled one (``BUNDLED``).
        steps: Updates.
        batch_size: Prompts per step.
        samples: Rollouts per prompt.
        max_tokens: Longest completion.
        learning_rate: Of AdamW.
        entropy_bonus: What a nat of entropy per token is worth, in advantages; 0 leaves it out.
        eval_interval: Steps between validations.
        validation_prompts: At most this many are used for one.
        seed: Of everything random.
        trl: ``[rehearsal.trl]``.
    """

    engine: Literal["loop", "trl"] = "loop"
    model: str = ""
    steps: _Positive = 40
    batch_size: _Positive = 8
    samples: Annotated[int, msgspec.Meta(ge=2)] = 8
    max_tokens: _Positive = 32
    learning_rate: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 3e-5
    entropy_bonus: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0
    eval_interval: _Positive = 10
    validation_prompts: _Positive = 128
    seed: int = 0
    trl: Trl = Trl()


class Job(_Table, frozen=True, kw_only=True):
    """A whole job.toml.

    Attributes:
        name: The job's; also the name of its folder.
        service: ``bedrock`` for Nova, ``compatible`` for open-weight models behind the
            OpenAI-compatible API, ``local`` for a rehearsal alone.
        base_model: Identifier or ARN of the model to tune.
        custom_model: Name of the tuned model; the job's name by default.
        role: ARN of the role that Bedrock takes on.
        region: AWS region.
        endpoint: Base URL of the compatible API; the region's own by default.
        kms_key: Encrypts the tuned model.
        tags: On the job and on the model.
        data: ``[data]``.
        grader: ``[grader]``.
        hyperparameters: ``[hyperparameters]``.
        vpc: ``[vpc]``.
        brake: ``[brake]``.
        check: ``[check]``.
        rehearsal: ``[rehearsal]``.
        prices: Prices that replace the dated ones, by name.
    """

    name: str
    service: ServiceName = "bedrock"
    base_model: str = ""
    custom_model: str = ""
    role: str = ""
    region: str = ""
    endpoint: str = ""
    kms_key: str = ""
    tags: dict[str, str] = {}
    data: Data
    grader: Grader
    hyperparameters: Hyperparameters = Hyperparameters()
    vpc: Vpc | None = None
    brake: Brake = Brake()
    check: Check = Check()
    rehearsal: Rehearsal = Rehearsal()
    prices: dict[str, float] = {}


class JobFile(msgspec.Struct, frozen=True):
    """A job with the file it was read from.

    Attributes:
        job: What the file says, defaults of place filled in.
        path: The file.
        toml: Its text, which knows the line of each key.
    """

    job: Job
    path: Path
    toml: TomlFile

    @property
    def folder(self) -> Path:
        """Where the job's own files go: ``jobs/<name>`` beside the file."""
        return self.path.parent / "jobs" / self.job.name

    def local(self, address: str) -> Path:
        """Returns a path of the file as seen from here; paths are relative to the file."""
        return self.path.parent / address

    def place(self, key: str) -> str:
        """Returns ``file:line`` of a dotted key, for example ``hyperparameters.batch_size``."""
        return f"{self.toml.file}:{self.toml.line_of(tuple(key.split('.')))}"


T = TypeVar("T", bound=msgspec.Struct)
# In the order that they are checked in; what remains are the job's own keys.
_TABLES: dict[str, type[_Table]] = {
    "data": Data, "grader": Grader, "hyperparameters": Hyperparameters, "vpc": Vpc,
    "brake": Brake, "check": Check, "rehearsal": Rehearsal,
}  # fmt: skip
# Tables in tables.
_INNER: dict[tuple[str, ...], type[_Table]] = {
    ("data", "invocation_logs"): Logs, ("rehearsal", "trl"): Trl,
}  # fmt: skip


def load_job(path: Path) -> JobFile:
    """Reads a job.toml.

    Raises:
        SettingsError: There is no such file, it is not TOML, a key is unknown or of the wrong
            type, or something that every job needs is missing; names file, line and key.
    """
    try:
        toml = TomlFile.read(path, str(path))
    except OSError as exc:
        raise SettingsError(f"{path}: {exc.strerror or exc}") from exc
    raw = toml.load()
    for place, problem in _unusable(raw, ()):
        toml.refuse(place, problem)
    tables: dict[str, Any] = {}
    for key, table_type in _TABLES.items():
        if key in raw:
            tables[key] = _table(toml, toml.table(raw, (key,)), (key,), table_type)
    for key in ("data", "grader"):
        if key not in tables:
            toml.refuse((), f"a job needs a [{key}] table")
    job = _table(toml, {**raw, **tables}, (), Job)
    _check(toml, job)
    _check_engine(toml, job.rehearsal, given=raw.get("rehearsal", {}))
    region = job.region or _REGION_OF[job.service]
    job = msgspec.structs.replace(job, region=region, custom_model=job.custom_model or job.name)
    return JobFile(job, path, toml)


def _table(
    toml: TomlFile, values: Mapping[str, Any], place: tuple[str, ...], table_type: type[T]
) -> T:
    valid = table_type.__struct_fields__
    for key in values:
        if key not in valid:
            toml.refuse((*place, key), f"unknown key {key!r}{nearest(key, valid)}")
    inner = {
        key: _table(toml, value, (*place, key), _INNER[*place, key])
        for key, value in values.items()
        if (*place, key) in _INNER and isinstance(value, Mapping)
    }
    values = {**values, **inner}
    try:
        return make(table_type, values, "job")
    except SettingsError as exc:
        at = (*place, exc.setting) if exc.setting else place
        toml.refuse(at, str(exc).removeprefix("job: "))


def _unusable(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields what TOML can say, and no name, path, address or amount can be."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _unusable(inner, (*place, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _unusable(inner, place)
    elif isinstance(value, str) and _CONTROL.search(value):
        yield place, f"{place[-1]} holds a control character: {value[:60]!r}"
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, f"{place[-1]} is {value}, and must be a finite number"
    elif isinstance(value, int) and abs(value) > _LARGEST:
        yield place, f"{place[-1]} is larger than any number of the service"


def without_parameter(job: Job) -> list[str]:
    """Returns the keys that are set, and that the OpenAI-compatible API has no parameter for.

    Source: Bedrock user guide, "Create a fine-tuning job with the OpenAI-compatible APIs".
    """
    own = {
        "role": job.role, "kms_key": job.kms_key, "tags": job.tags, "vpc": job.vpc,
        "custom_model": job.custom_model != job.name, "data.output": job.data.output,
        "data.invocation_logs": job.data.invocation_logs,
    }  # fmt: skip
    h = job.hyperparameters
    more = [name for name in h.__struct_fields__ if name not in COMPATIBLE]
    return [key for key, value in own.items() if value] + [
        f"hyperparameters.{name}" for name in more if getattr(h, name) is not None
    ]


def _check(toml: TomlFile, job: Job) -> None:
    """Refuses what no service could run."""
    if not job.name or "/" in job.name or job.name.startswith("."):
        toml.refuse(("name",), f"{job.name!r} is no name of a job")
    if len(job.name.encode()) > _NAME_BYTES:
        toml.refuse(("name",), f"a name may have {_NAME_BYTES} bytes, as its folder does")
    if not _REGION.fullmatch(job.region):
        toml.refuse(("region",), f"{job.region!r} is no region")
    for name, price in job.prices.items():
        if price < 0:
            toml.refuse(("prices", name), f"{name} is {price:g}; a price is 0 or more")
    if bool(job.data.train) == bool(job.data.invocation_logs):
        toml.refuse(("data",), 'needs train = "..." or [data.invocation_logs], and not both')
    if not (job.grader.name or job.grader.function):
        toml.refuse(("grader",), 'needs name = "..." (a grader) or function = "..." (its ARN)')


def _check_engine(toml: TomlFile, rehearsal: Rehearsal, *, given: Mapping[str, Any]) -> None:
    """Refuses what the rehearsal's engine has not, and numbers that do not go into each other."""
    place, trl = ("rehearsal", "trl"), rehearsal.trl
    if rehearsal.engine != "trl":
        if "trl" in given:
            toml.refuse(place, 'is for engine = "trl" alone')
        return
    if trl.vllm and not rehearsal.model:
        toml.refuse((*place, "vllm"), 'needs model = "folder": vLLM does not read the bundled one')
    if rehearsal.batch_size % trl.processes:
        toml.refuse(
            (*place, "processes"),
            f"batch_size = {rehearsal.batch_size} prompts do not go into {trl.processes} processes",
        )
    rollouts = rehearsal.batch_size * rehearsal.samples // trl.processes
    if rollouts % trl.gradient_accumulation_steps:
        toml.refuse(
            (*place, "gradient_accumulation_steps"),
            f"{rollouts} rollouts of a process do not go into {trl.gradient_accumulation_steps}",
        )
