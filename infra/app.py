"""The CDK app that the app.py of a project starts: ``cdk deploy -c stage=dev``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import aws_cdk as cdk

from touchstone.config import FILE_NAME
from touchstone.infra.accepted import police
from touchstone.infra.names import check_stage
from touchstone.infra.settings import left_out, load_deployed, load_stage
from touchstone.infra.stack import TouchstoneStack
from touchstone.settings import SettingsError


def synthesize(project: Path) -> None:
    """Writes the cloud assembly of a stage; exits with a sentence where that is refused.

    Args:
        project: The folder of cdk.json, whose context says which stages there are. The CDK's
            ``-c`` says which one (``stage``), of which graders (``graders``), and which aliases
            stay where they are (``held``).
    """
    # Given here too, so that ``python app.py`` synthesizes what the CLI does.
    context = json.loads((project / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = cdk.App(context=context, analytics_reporting=False)
    graders = project / (app.node.try_get_context("graders") or FILE_NAME)
    try:
        stages = app.node.get_context("stages")
        stage = load_stage(app.node.try_get_context("stage") or "dev", stages)
        deployed = load_deployed(graders)
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
