"""What ``[rehearsal]`` is in TRL's and PEFT's own words; their classes check every name of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from touchstone.workbench.jobs.spec import Rehearsal, Trl
from touchstone.workbench.rehearse.model import RehearsalError, need

LOCK = Path(__file__).parents[1] / "requirements-trl.txt"
# Theirs to ours.
_SHARED = {
    "max_steps": "steps",
    "num_generations": "samples",
    "max_completion_length": "max_tokens",
    "learning_rate": "learning_rate",
    "entropy_coef": "entropy_bonus",
    "seed": "seed",
}
_OF_TRL = {
    "beta": "beta",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
    "activation_checkpointing": "gradient_checkpointing",
    "use_vllm": "vllm",
}
# The rest of what our own loop does, which TRL has to be told: one update on fresh rollouts at
# temperature 1, no dropout, mean over tokens, AdamW without decay.
_AS_THE_LOOP: dict[str, Any] = {
    "temperature": 1.0,
    "num_iterations": 1,
    "loss_type": "dapo",
    "disable_dropout": True,
    "weight_decay": 0.0,
    "max_grad_norm": 1.0,
    # It is given advantages, whose mean is 0, and the prompts in their order.
    "scale_rewards": "none",
    "shuffle_dataset": False,
}
# The folder of the job is the only one that tells.
_QUIET: dict[str, Any] = {
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": [],
    "disable_tqdm": True,
    "dataloader_pin_memory": False,  # it loads text
    "ddp_find_unused_parameters": False,
}


def check_installed(trl: Trl) -> None:
    """Refuses to begin without TRL, and without vLLM where that is asked for.

    Raises:
        RehearsalError: A package is missing; says how to install it.
    """
    need(("trl", "peft", "datasets"), "rehearse-trl", LOCK)
    if trl.vllm and importlib.util.find_spec("vllm") is None:
        raise RehearsalError("[rehearsal.trl] vllm = true needs vllm: pip install 'trl[vllm]'")


def grpo_settings(settings: Rehearsal, output: Path) -> dict[str, Any]:
    """Returns the arguments of ``trl.GRPOConfig``.

    Args:
        settings: Of the run.
        output: Folder that the trainer may write to.

    Source: huggingface.co/docs/trl, "GRPO Trainer", ``GRPOConfig``.
    """
    trl = settings.trl
    rollouts = settings.batch_size * settings.samples // trl.processes
    vllm = {"vllm_mode": "colocate"} if trl.vllm else {}
    return {
        "output_dir": str(output),
        "per_device_train_batch_size": rollouts // trl.gradient_accumulation_steps,
        "bf16": trl.precision == "bfloat16",
        **{theirs: getattr(settings, ours) for theirs, ours in _SHARED.items()},
        **{theirs: getattr(trl, ours) for theirs, ours in _OF_TRL.items()},
        **_AS_THE_LOOP,
        **_QUIET,
        **vllm,
    }


def lora_settings(settings: Rehearsal) -> dict[str, Any]:
    """Returns the arguments of ``peft.LoraConfig``: adapters on every linear layer but the last."""
    return {
        "r": settings.trl.lora_rank,
        "lora_alpha": settings.trl.lora_alpha,
        "lora_dropout": 0.0,
        "target_modules": "all-linear",
        "task_type": "CAUSAL_LM",
    }
