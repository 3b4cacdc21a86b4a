"""A team's own reward function: pays for code that doubles, and trips over what is no code."""

import re


def reward(sample):
    """Runs the completion's function in the sandbox."""
    name = re.findall(r"def (\w+)", sample.completion)[0]
    while name == "forever":
        pass
    run = sample.execute(sample.completion, function=name, calls=[[sample.reference["of"]]])[0]
    return {
        "reward": float(run.get("value") == 2 * sample.reference["of"]),
        "metrics": {"returned": float(run["status"] == "returned")},
    }
