"""Asks AWS's own verifiers about reward functions: ``verify.py CALLS ANSWERS``, two JSON files.

Runs in a Python that has the verifiers. A call is ``{client, function, rows, environment}``; its
answer is ``{accepted, outputs}``, or ``{refused}`` with what the verifier said.
"""

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from amzn_nova_forge.core.enums import Platform  # pyright: ignore[reportMissingImports]
from amzn_nova_forge.util import reward_verifier  # pyright: ignore[reportMissingImports]
from sagemaker.train.common_utils import (  # pyright: ignore[reportMissingImports]
    rlvr_reward_verifier,
)

CLIENTS = {
    "nova-forge": partial(reward_verifier.verify_reward_function, platform=Platform.SMTJ),
    "sagemaker nova": partial(rlvr_reward_verifier.verify_reward_function, is_nova=True),
    "sagemaker open-weight": partial(rlvr_reward_verifier.verify_reward_function, is_nova=False),
}


def answer(call: dict[str, Any]) -> dict[str, Any]:
    """Makes one call; whatever a verifier raises is its refusal."""
    os.environ.update(call["environment"])
    try:
        said = CLIENTS[call["client"]](call["function"], call["rows"])
    except Exception as exc:  # noqa: BLE001 - theirs
        return {"refused": str(exc)}
    outputs = [result["output"] for result in said["results"]]
    return {"accepted": said["successful_samples"], "outputs": outputs}


calls, answers = map(Path, sys.argv[1:])
answers.write_text(json.dumps([answer(call) for call in json.loads(calls.read_text())]))
