"""What verl's own entry does with a configuration before it asks for a GPU; run with its libraries.

``python verl_entry.py FOLDER`` prints, as the last line and as JSON, what verl made of FOLDER.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
import sys
from types import ModuleType

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from verl.utils.config import omega_conf_to_dataclass, validate_config
from verl.utils.import_utils import load_extern_object

# vLLM is not here; which ranks of adapters it takes is asked where it is.
ranks = ModuleType("verl.workers.rollout.vllm_rollout.utils")
ranks.__dict__["get_vllm_max_lora_rank"] = lambda rank: rank
sys.modules[ranks.__name__] = ranks

with initialize_config_dir(sys.argv[1], version_base=None):
    config = compose("job")
# As verl.trainer.ppo.utils answers for GRPO.
validate_config(
    config=config,
    use_reference_policy=config.actor_rollout_ref.actor.use_kl_loss,
    use_critic=False,
)
for part in (config.algorithm, config.actor_rollout_ref.rollout):
    omega_conf_to_dataclass(part)
reward = load_extern_object(
    module_path=config.reward.custom_reward_function.path,
    object_name=config.reward.custom_reward_function.name,
)
print(json.dumps([OmegaConf.to_container(config, resolve=True), reward.__name__], default=str))
