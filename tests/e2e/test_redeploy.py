"""A stage that is deployed again and again on the local AWS, while a played job runs on it."""

import json
import shutil

import boto3
import pytest

from tests.e2e import golden, toolchain
from tests.e2e.cloud import ACCOUNT, cloud
from tests.e2e.terminal import Terminal
from tests.wire.bedrock import Bedrock, Life

STAGE = "again"
CODE = """
def reward(sample):
    if not sample.reference:
        return None
    return {full} if sample.reference in sample.completion else 0.0
"""
ENTRY = '[graders.{}]\ncode = "rewards/{}.py"\ncapabilities = ["execute"]\n'


def row(text):
    question = {"role": "user", "content": "Which town?"}
    return {
        "id": text,
        "messages": [question, {"role": "assistant", "content": text}],
        "reference_answer": "Oslo",
    }


EVENT = [row("Oslo it is"), row("Bergen"), row("It may be Oslo")]


class Team:
    """A folder that is deployed from, and what its graders are made of."""

    def __init__(self, folder, running, bedrock):
        self.folder, self.cloud, self.bedrock = folder, running, bedrock
        self.touchstone = Terminal(
            folder, running, bedrock, {"PYTHONPATH": str(toolchain.ROOT), "PATH": "/usr/bin:/bin"}
        )
        stage = {
            "architecture": "arm64" if toolchain.ARM else "x86_64",
            "keep_data": False,
            "executor": {"memory_mb": 1769, "timeout_s": 15},
        }
        # With the CDK's switches that a project has.
        self.context = json.loads((toolchain.ROOT / "cdk.json").read_text())["context"]
        prod = self.context["stages"]["prod"]
        # The emulator runs packages on this machine's processor.
        self.stages = {STAGE: stage, "prod": prod | {"architecture": stage["architecture"]}}
        (folder / "rewards").mkdir()
        (folder / "node_modules").symlink_to(toolchain.ROOT / "node_modules")

    def write(self, *graders, full=1.0, expected=None, **settings):
        """Writes what is deployed next: graders that give ``full`` for a right answer."""
        for name in graders:
            (self.folder / f"rewards/{name}.py").write_text(CODE.format(full=full))
            right = full if expected is None else expected
            cases = [
                row("Oslo") | {"expect": {"score": right}},
                row("x") | {"expect": {"score": 0}},
            ]
            lines = "".join(json.dumps(case) + "\n" for case in cases)
            (self.folder / f"rewards/{name}.cases.jsonl").write_text(lines)
        toml = "".join(ENTRY.format(name, name) for name in graders)
        (self.folder / "graders.toml").write_text(toml)
        self.stages[STAGE] |= settings
        python = toolchain.python().version
        app = f"{toolchain.sys.executable} {toolchain.HERE / 'synth.py'} {python}"
        context = {
            **self.context, "stages": self.stages, "graders": str(self.folder / "graders.toml"),
        }  # fmt: skip
        (self.folder / "cdk.json").write_text(json.dumps({"app": app, "context": context}))

    def deploy(self, *arguments, stage=STAGE, code=0):
        graders = str(self.folder / "graders.toml")
        how = ("--stage", stage, "--yes", *arguments)
        return self.touchstone("--graders", graders, "deploy", *how, code=code)

    def rewards(self, grader, qualifier, stage=STAGE):
        with self.cloud.client("lambda") as lambda_:
            reply = golden.invoke(lambda_, f"touchstone-{stage}-{grader}:{qualifier}", EVENT)
        return [entry["aggregate_reward_score"] for entry in reply]

    def live(self, grader):
        with self.cloud.client("lambda") as lambda_:
            name = f"touchstone-{STAGE}-{grader}"
            return lambda_.get_alias(FunctionName=name, Name="live")["FunctionVersion"]

    def start_job(self, grader, version):
        """Starts a job that goes on until it is stopped, as ``touchstone job launch`` does."""
        self.bedrock.life = Life(polls=None)
        here = f"arn:aws:lambda:{toolchain.REGION}:{ACCOUNT}"
        function = f"{here}:function:touchstone-{STAGE}-{grader}:{version}"
        made = boto3.client(
            "bedrock", endpoint_url=self.bedrock.url, region_name=toolchain.REGION,
            aws_access_key_id="test", aws_secret_access_key="test",
        ).create_model_customization_job(
            jobName=grader, customModelName=grader, roleArn=f"arn:aws:iam::{ACCOUNT}:role/rft",
            clientRequestToken=f"{grader}-{version}",
            baseModelIdentifier="arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k",
            customizationType="REINFORCEMENT_FINE_TUNING",
            trainingDataConfig={"s3Uri": "s3://data/rows.jsonl"},
            outputDataConfig={"s3Uri": "s3://data/out"},
            customizationConfig={
                "rftConfig": {"graderConfig": {"lambdaGrader": {"lambdaArn": function}}}
            },
        )  # fmt: skip
        return made["jobArn"]


@pytest.fixture(scope="module")
def team(tmp_path_factory, judge, assembly):
    assert assembly.exists()  # its wheels are this stage's too
    home, folder = tmp_path_factory.mktemp("again"), tmp_path_factory.mktemp("team")
    with cloud(home, judge.url) as running, Bedrock() as bedrock:
        running.cdk("bootstrap", f"aws://{ACCOUNT}/{toolchain.REGION}")
        yield Team(folder, running, bedrock)
    shutil.rmtree(folder)


def test_a_job_gets_the_same_rewards_through_all_deployments(team):
    team.write("towns", "other")
    said = team.deploy()
    assert "towns: new" in said
    assert "towns: version 1: golden cases hold" in said
    at_start = team.rewards("towns", "1")
    assert at_start == [1.0, 0.0, 1.0]
    job = team.start_job("towns", "1")

    # Another version: its alias moves once its cases hold, the job's does not.
    team.write("towns", "other", full=0.9)
    said = team.deploy()
    assert "running: towns (touchstone-again-towns:1): goes on as it is" in said
    assert "towns: changed: its code" in said
    assert team.live("towns") == "2"
    assert team.rewards("towns", "live") == [0.9, 0.0, 0.9]
    assert team.rewards("towns", "1") == at_start

    # One whose cases end otherwise: its alias stays.
    team.write("towns", "other", full=0.5, expected=0.9)
    said = team.deploy(code=1)
    assert "towns: its alias stays where it was" in said
    assert "wanted a score of 0.9, got 0.5" in said
    assert team.live("towns") == "2"
    assert team.rewards("towns", "1") == at_start

    # One that CloudFormation takes back: isolation can only be set when the executor is made.
    team.write("towns", "other", full=0.8, tenant_isolation=True)
    assert "Touchstone-again was not deployed" in team.deploy(code=1)
    assert team.live("towns") == "2"
    assert team.rewards("towns", "live") == [0.9, 0.0, 0.9]
    assert team.rewards("towns", "1") == at_start
    team.write("towns", "other", full=0.9, tenant_isolation=False)
    team.deploy()

    # A grader under a job is not removed, before the job has ended.
    team.write("other")
    said = team.deploy(code=2)
    assert "towns is removed, and jobs use it: towns (touchstone-again-towns:1)" in said
    assert team.rewards("towns", "1") == at_start
    team.bedrock.jobs[job]["status"] = "Stopped"
    team.deploy()


def test_versions_that_nobody_names_are_deleted_and_no_others(team):
    team.write("other", full=0.7)
    team.deploy()
    listed = {
        (one["function"], one["number"]): one["named_by"]
        for one in team.touchstone.json("versions", "--stage", STAGE, "--keep", "1")
    }
    unnamed = {version for version, named in listed.items() if not named}
    assert unnamed
    assert "the stack" in listed["touchstone-again-other", team.live("other")]
    team.start_job("other", min(number for name, number in unnamed if name.endswith("other")))
    team.touchstone("versions", "--stage", STAGE, "--keep", "1", "--prune")
    left = team.touchstone.json("versions", "--stage", STAGE, "--keep", "1")
    assert all(one["named_by"] for one in left)
    assert ["job other"] in [one["named_by"] for one in left]
    assert team.rewards("other", "live") == [0.7, 0.0, 0.7]


def test_prod_is_deployed_with_its_own_settings(team):
    team.write("towns")
    assert "towns: version 1: golden cases hold" in team.deploy(stage="prod")
    assert team.rewards("towns", "live", stage="prod") == [1.0, 0.0, 1.0]
    with team.cloud.client("lambda") as lambda_, team.cloud.client("cloudformation") as stacks:
        (stack,) = stacks.describe_stacks(StackName="Touchstone-prod")["Stacks"]
        executor = lambda_.get_function_configuration(FunctionName="touchstone-prod-executor")
    assert stack["EnableTerminationProtection"]
    # That it isolates tenants is not shown there: the template's own test holds it.
    assert executor["State"] == "Active"
