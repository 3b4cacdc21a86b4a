"""Run as a script: writes what the tests of infra read. One process, since Node starts slowly.

Usage: synthesize.py ROOT OUT FULL STAGE...; FULL is the graders.toml of the stage "full".
"""

import json
import os
import sys
from pathlib import Path

root, out, full, *wanted = sys.argv[1:]
root, out, full = Path(root), Path(out), Path(full)
sys.path.insert(0, str(root))
os.chdir(root)

import aws_cdk as cdk  # noqa: E402

from touchstone.infra import stack  # noqa: E402
from touchstone.infra.accepted import police  # noqa: E402
from touchstone.infra.settings import load_deployed, load_stage  # noqa: E402
from touchstone.infra.stack import TouchstoneStack  # noqa: E402
from touchstone.settings import SettingsError  # noqa: E402

FULL_STAGE = {
    "concurrency": 200,
    "alarm_email": "ops@example.com",
    "monthly_budget_usd": 50,
    "tenant_isolation": True,
    "architecture": "x86_64",
    "job_vpc": {
        "vpc_id": "vpc-0123abcd",
        "subnet_ids": ["subnet-0123abcd"],
        "security_group_ids": ["sg-0123abcd"],
        "route_table_ids": ["rtb-0123abcd"],
        "endpoints": True,
    },
}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/{}-22bb-33cc-44dd-5555eeee6666"
STRICT_STAGE = {
    "place": {
        "account": "111122223333",
        "region": "eu-west-1",
        "availability_zones": ["eu-west-1b", "eu-west-1c"],
        "executor_vpc": {
            "vpc_id": "vpc-0123abcd",
            "subnet_ids": ["subnet-0123abcd", "subnet-4567abcd"],
            "security_group_ids": ["sg-0123abcd"],
        },
        "key_arn": KEY.format("1111aaaa"),
        "model_key_arn": KEY.format("9999aaaa"),
        "training_bucket": "our-training",
        "output_bucket": "our-output",
        "role_path": "/teams/ml/",
        "permissions_boundary": "arn:aws:iam::111122223333:policy/boundary",
        "tags": {"cost-center": "42"},
        "bootstrap_qualifier": "acme",
    }
}

context = json.loads((root / "cdk.json").read_text())["context"]
for name in wanted:
    app = cdk.App(context=context, outdir=str(out / name), analytics_reporting=False)
    file = full if name == "full" else root / "graders.toml"
    stages = {**context["stages"], "full": FULL_STAGE, "strict": STRICT_STAGE}
    stage = load_stage(name, stages)
    held = {"house-code": "7"} if name == "strict" else {}
    TouchstoneStack(app, f"Touchstone-{name}", stage=stage, deployed=load_deployed(file), held=held)
    police(app)
    app.synth()

stack.MOST_RESOURCES = 100
app, file = cdk.App(context=context, analytics_reporting=False), root / "graders.toml"
try:
    stage = load_stage("dev", context["stages"])
    TouchstoneStack(app, "Touchstone-large", stage=stage, deployed=load_deployed(file))
except SettingsError as exc:
    (out / "refused.txt").write_text(str(exc))
