"""CDK entry point: ``cdk deploy -c stage=dev``."""

import json
from pathlib import Path

import aws_cdk as cdk

from infra.settings import load_deployed, load_stage
from infra.stack import TouchstoneStack

root = Path(__file__).parent
# Given here too, so that ``python app.py`` synthesizes what the CLI does.
context = json.loads((root / "cdk.json").read_text(encoding="utf-8"))["context"]
app = cdk.App(context=context, analytics_reporting=False)
stage = load_stage(app.node.try_get_context("stage") or "dev", app.node.get_context("stages"))
deployed = load_deployed(root / (app.node.try_get_context("graders") or "graders.toml"))
TouchstoneStack(app, f"Touchstone-{stage.name}", stage=stage, deployed=deployed)
app.synth()
