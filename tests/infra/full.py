"""A graders.toml of every template and of every way to deploy one, for the tests of infra."""

import shutil
from pathlib import Path
from typing import Any

import tomli_w

from touchstone.templates import get_template, template_names

PROFILE = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123"
_DEFAULTS = {"judge": "bedrock:us.amazon.nova-pro-v1:0"}
# Those that are deployed in a way of their own; any other template as it is.
_SPECIAL: dict[str, dict[str, Any]] = {
    "code_verification": {"deploy": {"provisioned": True}},
    "math_reasoning": {"deploy": {"memory_mb": 1769, "timeout_s": 120, "snap_start": True}},
    "data_extraction": {"deploy": {"sagemaker_name": True}},
    "instruction_following": {
        "settings": {
            "judge_options": {"panel": ["bedrock:amazon.nova-lite-v1:0", "offline"]},
            "allow_offline": True,
        }
    },
    "content_moderation": {"settings": {"judge": f"bedrock:{PROFILE}"}},
    "summarization_quality": {"settings": {"judge": "offline", "allow_offline": True}},
}
_OWN = {
    "own": {"code": "own_reward.py", "capabilities": ["execute"]},
    "house": {"code": "own_template.py"},
}
_ENTRIES = {name: {"template": name, **_SPECIAL.get(name, {})} for name in template_names()} | _OWN

GRADERS = tuple(_ENTRIES)
# Grader to the template that its function ships, and to what that needs.
TEMPLATES = {name: name for name in template_names()} | {"own": "", "house": "code_verification"}
NEEDS = {name: get_template(shipped).needs for name, shipped in TEMPLATES.items() if shipped} | {
    "own": frozenset({"executor", "sandbox"})
}
NAMES = {
    name: f"{'SageMaker-' if name == 'data_extraction' else ''}touchstone-full-{name}"
    for name in GRADERS
}


def write_graders(folder: Path) -> Path:
    """Writes the file, with the code that it names beside it, and returns it."""
    folder.mkdir(exist_ok=True)
    for entry in _OWN.values():
        shutil.copy(Path(__file__).with_name(str(entry["code"])), folder)
    file = folder / "graders.toml"
    table = {"defaults": _DEFAULTS, "graders": _ENTRIES}
    file.write_text(tomli_w.dumps(table), encoding="utf-8")
    return file
