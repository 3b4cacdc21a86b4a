"""Templates of a stack as small as they can be, for the tests of deployments."""

import json
from typing import Any

from touchstone.workbench.deploy.stack import Stack

STACK = "Touchstone-dev"


def stack(*, held: dict[str, str] | None = None, **graders: dict[str, Any]) -> Stack:
    """Returns a stack of graders; of each its ``code``, and more of what its template says."""
    resources: dict[str, Any] = {}
    told = {}
    for name, made in graders.items():
        code, function = made.get("code", "a"), made.get("function", f"touchstone-dev-{name}")
        version = {"Fn::GetAtt": [f"{name}Version{code}", "Version"]}
        resources |= {
            name: {
                "Type": "AWS::Lambda::Function",
                "Properties": {"FunctionName": function, "Code": {"S3Key": code}},
            },
            f"{name}Version{code}": _of(name, "Version"),
            f"{name}Live": _of(name, "Alias", FunctionVersion=(held or {}).get(name, version)),
        }
        told[name] = {
            "function": function, "output": f"Grader{name}Arn", "of": made.get("of", "math"),
            "settings": made.get("settings", {}), "deploy": made.get("deploy", {}),
        }  # fmt: skip
    template = {"Metadata": {"Touchstone": json.dumps(told)}, "Resources": resources}
    return Stack(STACK, template | {"Outputs": {"OutputBucket": {"Value": "output"}}})


def _of(function: str, kind: str, **properties: Any) -> dict[str, Any]:
    owner = {"FunctionName": {"Ref": function}}
    return {"Type": f"AWS::Lambda::{kind}", "Properties": owner | properties}
