"""The CDK app: ``touchstone deploy --stage dev``, or ``cdk deploy -c stage=dev``."""

from pathlib import Path

from touchstone.infra.app import synthesize

synthesize(Path(__file__).parent)
