"""A job as verl runs it: its configuration, the rows as parquet, and the reward as a file.

verl asks for a machine with GPUs and has a launcher of its own, so a job is written down for
it, and not run from here. Its scale is that of ``[rehearsal]``.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from touchstone.config import graders_file
from touchstone.said import text_of
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.rewards import event_of
from touchstone.workbench.jobs.output import replacing
from touchstone.workbench.jobs.prompts import problem_of
from touchstone.workbench.jobs.spec import JobFile
from touchstone.workbench.rows.rft import read_lines
from touchstone.workbench.rows.storage import is_s3

_MAX_PROMPT = 2048  # tokens, where the job does not say
_WARM_UP = 3  # steps, as in a rehearsal
_HEAD = """\
# Written by `touchstone job export --engine verl` for verl 0.9. On the machine that trains, with
# verl, vLLM and the grader's own libraries (docs/adapters.md, "verl"):
#
#   {command}
#
# What is not said here is verl's default, of its ppo_trainer.yaml.
hydra:
  searchpath:
    - pkg://verl.trainer.config
defaults:
  - ppo_trainer
  - _self_
"""
_REWARD = '''\
"""The reward of a job for verl. Written by `touchstone job export --engine verl`.

A row that cannot be scored ends the run: verl has no word for it. A setting `neutral` of the
grader is taken instead.
"""

import json
from pathlib import Path

from touchstone.adapters import verl_score
from touchstone.templates import load_grader

_score = verl_score(load_grader({grader!r}{file}))


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **more):
    """Grades one answer; reference and row are JSON, for parquet gives all rows one shape."""
    row = json.loads(extra_info["row"])
    return _score(data_source, solution_str, json.loads(ground_truth), row, **more)
'''


class NotExported(WorkbenchError):
    """The job lacks what verl needs, or a row has what verl has no place for."""


def export(file: JobFile, folder: Path, model: str = "") -> str:
    """Writes ``job.yaml``, ``reward.py`` and the rows; returns the command that trains.

    Args:
        file: The job.
        folder: Where it goes; made where it is not there.
        model: Folder or Hub name of the model, in place of the job's.

    Raises:
        NotExported: There is no model or no grader by name, or a row cannot be used.
        OSError: Something cannot be written.

    Source: verl.readthedocs.io, "Config Explanation", "Prepare Data for Post-Training" and
    "Implement Reward Function for Dataset".
    """
    job, settings = file.job, file.job.rehearsal
    own = str(file.local(settings.model).resolve()) if settings.model else ""
    if not (model := model or own):
        raise NotExported(
            f"{file.path}: verl needs a Hugging Face model", "set [rehearsal] model, or --model"
        )
    if not job.grader.name:
        raise NotExported(
            f"{file.place('grader')}: verl grades in its own processes",
            'name the grader: [grader] name = "..."',
        )
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    count = _write_rows(file, job.data.train, folder / "train.parquet")
    if not count:
        raise NotExported(f"{file.place('data.train')}: no row to train on")
    validated = bool(job.data.validation) and bool(
        _write_rows(file, job.data.validation, folder / "validation.parquet")
    )
    graders = graders_file()
    where = f", Path({str(graders.resolve())!r})" if graders.is_file() else ""
    reward = _REWARD.format(grader=job.grader.name, file=where)
    _write(folder / "reward.py", reward)
    command = shlex.join(
        ["python", "-m", "verl.trainer.main_ppo", "--config-path", str(folder),
         "--config-name", "job"]
    )  # fmt: skip
    told = _config(file, folder, model, count, validated=validated)
    _write(folder / "job.yaml", _HEAD.format(command=command) + "".join(_yaml(told)))
    return command


def _config(
    file: JobFile, folder: Path, model: str, rows: int, *, validated: bool
) -> dict[str, Any]:
    """Returns what differs from verl's defaults, under its own names."""
    job, settings, trl = file.job, file.job.rehearsal, file.job.rehearsal.trl
    rollouts = settings.batch_size * settings.samples // trl.processes
    at_once = rollouts // trl.gradient_accumulation_steps
    train = str(folder / "train.parquet")
    steps_of_epoch = max(1, rows // settings.batch_size)
    return {
        "algorithm": {"adv_estimator": "grpo"},
        "data": {
            "train_files": train,
            # verl wants one in any case.
            "val_files": str(folder / "validation.parquet") if validated else train,
            "val_max_samples": settings.validation_prompts,
            "train_batch_size": settings.batch_size,
            "max_prompt_length": job.hyperparameters.max_prompt_length or _MAX_PROMPT,
            "max_response_length": settings.max_tokens,
            "filter_overlong_prompts": True,
            "seed": settings.seed,
        },
        "actor_rollout_ref": {
            "model": {
                "path": model,
                "lora_rank": trl.lora_rank,
                "lora_alpha": trl.lora_alpha,
                "target_modules": "all-linear",
                "enable_gradient_checkpointing": trl.gradient_checkpointing,
            },
            "actor": {
                "optim": {
                    "lr": settings.learning_rate,
                    "lr_warmup_steps": _WARM_UP,
                    "weight_decay": 0.0,
                },
                "ppo_mini_batch_size": settings.batch_size,
                "ppo_micro_batch_size_per_gpu": at_once,
                "loss_agg_mode": "token-mean",
                "entropy_coeff": settings.entropy_bonus,
                "use_kl_loss": trl.beta > 0,
                "kl_loss_coef": trl.beta,
            },
            "rollout": {
                "name": "vllm",
                "n": settings.samples,
                "tensor_model_parallel_size": 1,
                "load_format": "safetensors",  # of the model below the adapters
                "log_prob_micro_batch_size_per_gpu": at_once,
            },
            "ref": {"log_prob_micro_batch_size_per_gpu": at_once},
        },
        "reward": {
            "custom_reward_function": {
                "path": str(folder / "reward.py"),
                "name": "compute_score",
            }
        },
        "trainer": {
            "project_name": "touchstone",
            "experiment_name": job.name,
            "logger": ["console"],
            "n_gpus_per_node": trl.processes,
            "nnodes": 1,
            "total_training_steps": settings.steps,
            "total_epochs": math.ceil(settings.steps / steps_of_epoch),
            "val_before_train": validated,
            "test_freq": settings.eval_interval if validated else -1,
            "save_freq": settings.eval_interval,
            "default_local_dir": str(folder / "checkpoints"),
        },
    }


def _yaml(table: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Yields the lines of a mapping; scalars as JSON, which YAML takes as it is."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield f"{'  ' * depth}{key}:\n"
            yield from _yaml(value, depth + 1)
        else:
            # OmegaConf would put something else in the place of "${name}".
            plain = value.replace("${", "\\${") if isinstance(value, str) else value
            yield f"{'  ' * depth}{key}: {json.dumps(plain)}\n"


def _write_rows(file: JobFile, address: str, target: Path) -> int:
    """Writes rows as verl reads them; returns how many."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    schema = pa.schema(
        [
            ("data_source", pa.string()),
            ("prompt", turns),
            ("reward_model", pa.struct([("style", pa.string()), ("ground_truth", pa.string())])),
            ("extra_info", pa.struct([("index", pa.string()), ("row", pa.string())])),
        ]
    )
    name = address if is_s3(address) else str(file.local(address))
    rows = list(_rows(name, file.job.name))
    with replacing(target) as sink:
        pq.write_table(pa.Table.from_pylist(rows, schema), sink)
    return len(rows)


def _rows(name: str, job: str) -> Iterator[dict[str, Any]]:
    for line in read_lines(name):
        row = line.row or {}
        problem = line.problem or problem_of(row)
        if row.get("tools"):
            problem = "tools: verl takes none from a row"
        if problem:
            raise NotExported(f"{name}:{line.number}: {problem}")
        index = str(row.get("id", line.number))
        turns = [
            {"role": turn["role"], "content": text_of(turn.get("content"))}
            for turn in row["messages"]
        ]
        metadata = event_of(row, index, "")["metadata"]
        reference = metadata.pop("reference_answer", None)
        yield {
            "data_source": job,
            "prompt": turns,
            "reward_model": {"style": "rule", "ground_truth": json.dumps(reference)},
            "extra_info": {
                "index": index,
                "row": json.dumps({**metadata, "index": index, "question": turns}),
            },
        }


def _write(target: Path, text: str) -> None:
    with replacing(target) as sink:
        sink.write(text.encode())
