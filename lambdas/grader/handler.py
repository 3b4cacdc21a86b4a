"""The Lambda that Bedrock invokes: settings to grader to pipeline.

Environment:
    TOUCHSTONE_GRADER: Name of a template or of a graders.toml entry.
    TOUCHSTONE_SETTINGS: JSON object of settings that win over the file's; optional.
    TOUCHSTONE_EXPLAIN: ``1`` adds each row's outcome and reason to the reply; optional.
    TOUCHSTONE_EXECUTOR, TOUCHSTONE_TENANT: What runs untrusted code, for whom; optional.
    TOUCHSTONE_RECORD_TEXT: ``1`` lets rollout records hold texts, redacted; optional.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

from touchstone.deadline import Deadline
from touchstone.grader import Grader
from touchstone.observe import cloudwatch, traced
from touchstone.pipeline import Observer, answer
from touchstone.templates import load_grader
from touchstone.toolbox import Toolbox


@cache
def wired() -> tuple[Grader, Toolbox, Observer | None]:
    """Made at the first call and kept: every later call of this environment is warm."""
    overrides = json.loads(os.environ.get("TOUCHSTONE_SETTINGS", "{}"))
    name, version = os.environ["TOUCHSTONE_GRADER"], os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    grader = load_grader(name, overrides=overrides, deployed=bool(version))
    record = os.environ.get("TOUCHSTONE_RECORD_TEXT") == "1"
    executor, tenant = (os.environ.get(f"TOUCHSTONE_{name}", "") for name in ("EXECUTOR", "TENANT"))
    toolbox = Toolbox.of(grader, executor, tenant)
    options = {"record_text": record, "sandbox_seconds": toolbox.sandbox_seconds}
    return grader, toolbox, cloudwatch(grader.name, version, **options) if version else None


# Provisioned copies and snapshots are warm only in what was made before the first call.
if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    wired()


def lambda_handler(event: Any, context: Any) -> Any:
    """Answers an RFT reward call: one result per row, or the fault budget's error."""
    grader, toolbox, observe = wired()
    tools = toolbox.tools(Deadline.of_lambda(context))
    explain = os.environ.get("TOUCHSTONE_EXPLAIN") == "1"
    with traced(grader.name, on="Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")):
        return answer(event, grader, tools, observe=observe, explain=explain)
