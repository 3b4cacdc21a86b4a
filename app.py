"""CDK entry point: ``cdk deploy -c stage=dev``."""

import json
import sys
from pathlib import Path

import aws_cdk as cdk

from infra.accepted import police
from infra.names import check_stage
from infra.settings import left_out, load_deployed, load_stage
from infra.stack import TouchstoneStack
from touchstone.settings import SettingsError

root = Path(__file__).parent
# Given here too, so that ``python app.py`` synthesizes what the CLI does.
context = json.loads((root / "cdk.json").read_text(encoding="utf-8"))["context"]
app = cdk.App(context=context, analytics_reporting=False)
graders = root / (app.node.try_get_context("graders") or "graders.toml")
try:
    stage = load_stage(app.node.try_get_context("stage") or "dev", app.node.get_context("stages"))
    deployed = load_deployed(graders)
    stages = app.node.get_context("stages")
    check_stage(stage.name, stages, [one.grader.name for one in deployed])
    held = json.loads(app.node.try_get_context("held") or "{}")
    name = f"Touchstone-{stage.name}"
    stack = TouchstoneStack(app, name, stage=stage, deployed=deployed, held=held)
except SettingsError as exc:
    sys.exit(f"error: {exc}")
police(app)
if missing := left_out(graders):
    cdk.Annotations.of(stack).add_info(missing)
app.synth()
