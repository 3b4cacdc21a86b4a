"""The real CDK CLI deploys the stack to a local AWS, and boto3 calls the graders there."""

import json
import time

import pytest

from tests.e2e import golden, toolchain
from tests.e2e.toolchain import STACK
from touchstone.sandbox import serialization
from touchstone.sandbox.types import Call, FunctionJob, Limits

PART = "deployed"


@pytest.fixture(scope="module")
def lambda_(aws, stack):
    with aws.client("lambda") as client:
        yield client


def alias_of(stack, grader):
    return stack[f"Grader{grader}Arn".replace("-", "").replace("_", "")]


def test_every_resource_of_the_template_is_deployed(aws, stack, assembly):
    template = json.loads((assembly / f"{STACK}.template.json").read_text())
    with aws.client("cloudformation") as client:
        resources = client.describe_stack_resources(StackName=STACK)["StackResources"]
    states = {made["LogicalResourceId"]: made["ResourceStatus"] for made in resources}
    assert states == dict.fromkeys(template["Resources"], "CREATE_COMPLETE")


@golden.each_event()
def test_an_alias_answers_as_the_grader_does_in_process(lambda_, stack, grader, event):
    arn = alias_of(stack, grader)
    assert arn.endswith(":live")
    reply = golden.invoke(lambda_, arn, event)
    assert golden.plain(reply) == golden.same(golden.in_process(grader, event))


def test_a_judged_grader_asks_the_converse_api(lambda_, stack, judge):
    event = golden.cases("summarization_quality")
    asked = len(judge.asked)
    reply = golden.invoke(lambda_, alias_of(stack, "judged"), event)
    assert {call.path for call in judge.asked[asked:]} == {
        "/model/us.amazon.nova-pro-v1%3A0/converse"
    }
    assert golden.plain(reply) == golden.same(golden.in_process("judged", event))


def test_own_code_is_graded_by_its_alias(lambda_, stack):
    rows = golden.own_rows("def f(x): return 2 * x", "def f(x): return x", "no code")
    reply = golden.invoke(lambda_, alias_of(stack, "own"), rows)
    assert [entry["aggregate_reward_score"] for entry in reply] == [1.0, 0.0, 0.0]
    assert golden.plain(reply) == golden.same(golden.in_process("own", rows))


def test_hostile_code_runs_in_the_executor_and_gains_nothing(lambda_):
    code = "import os\ndef f(x): return dict(os.environ), open('/proc/self/environ').read()"
    job = FunctionJob(code, "f", (Call((1,)),))
    work = serialization.dump(serialization.pack_work(job, Limits()))
    request = serialization.pack_jobs([(work, 10)])
    answer = lambda_.invoke(FunctionName="touchstone-e2e-executor:live", Payload=request)
    body = answer["Payload"].read()
    assert "FunctionError" not in answer, body
    assert toolchain.SECRET not in repr(
        serialization.unpack_run(serialization.load(body)["runs"][0])
    )


def test_warm_calls_by_the_alias(lambda_, stack, report):
    for grader in ("code_verification", "math_reasoning"):
        event = golden.cases(grader)[:1]
        for _ in range(10):
            started = time.perf_counter()
            golden.invoke(lambda_, alias_of(stack, grader), event)
            report.timed(PART, grader, "warm", started)


def test_the_monitor_runs_on_an_empty_bucket(lambda_):
    assert golden.invoke(lambda_, "touchstone-e2e-monitor:live", {}) == {"graders": 0}
