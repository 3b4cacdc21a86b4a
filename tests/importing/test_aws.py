"""What jobs and recipes of AWS name: presets, evaluators of a hub, functions with their code."""

import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.importing.jobs import ROWS
from touchstone.config import load_entries
from touchstone.workbench import aws

ARN = "arn:aws:lambda:us-east-1:123456789012:function:SageMaker-reward"
HUB = "arn:aws:sagemaker:us-east-1:123456789012:hub-content/mine/JsonDoc/reward/0.0.1"
CODE = """def lambda_handler(event, context):
    return [
        {"id": row["id"], "aggregate_reward_score": float(len(row["messages"]) == 2),
         "metrics_list": []}
        for row in event
    ]
"""


def document(reference=ARN, kind="RewardFunction"):
    inner = json.dumps({"EvaluatorType": kind, "Reference": reference})
    return json.dumps({"SubType": "AWS/Evaluator", "JsonContent": inner})


@pytest.fixture
def account(monkeypatch):
    """An account with one function and one evaluator; its ``files`` and ``config`` may be set."""

    class Account(BaseHTTPRequestHandler):
        files: ClassVar = {"lambda_function.py": CODE}
        config: ClassVar = {}
        hub = document()
        asked: ClassVar = []

        def do_GET(self):
            self.asked.append(self.path)
            if self.path == "/code.zip":
                data = io.BytesIO()
                with zipfile.ZipFile(data, "w") as archive:
                    for name, text in self.files.items():
                        archive.writestr(name, text)
                return self.reply(data.getvalue())
            config = {"Runtime": "python3.12", "Handler": "lambda_function.lambda_handler",
                      "PackageType": "Zip"}  # fmt: skip
            told = {"Configuration": config | self.config, "Code": {"Location": f"{url}/code.zip"}}
            return self.reply(json.dumps(told).encode())

        def do_POST(self):
            self.asked.append(self.headers["X-Amz-Target"])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.reply(json.dumps({"HubContentDocument": self.hub}).encode())

        def reply(self, data):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format, *args):  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Account) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        for name, value in {
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        aws.client.cache_clear()
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield Account
        server.shutdown()
    aws.client.cache_clear()


NAMED = [
    {"run": {"reward_lambda_arn": ARN}, "rl_env": {"reward_lambda_arn": ARN}},
    {"training_config": {"rollout": {"rewards": {"preset_reward_function": None,
                                                 "api_endpoint": {"lambda_arn": ARN}}}}},
    {"ServerlessJobConfig": {"EvaluatorArn": HUB}},
    json.loads(document()),
    {"HubContentName": "reward", "HubContentDocument": document()},
]  # fmt: skip


@pytest.mark.parametrize("named", NAMED, ids=lambda named: next(iter(named)))
def test_code_of_a_function_is_taken_where_asked_for(bring, grade, account, tmp_path, named):
    refused = bring(named)
    assert refused.exit_code == 2
    assert "--fetch" in refused.output
    assert account.asked == []
    made = bring(named, "--fetch")
    assert made.exit_code == 0, made.output
    assert (tmp_path / "rewards" / "mine.py").read_text() == CODE
    assert [entry["aggregate_reward_score"] for entry in grade("Oslo")] == [1.0]
    assert ("SageMaker.DescribeHubContent" in account.asked) is ("EvaluatorArn" in str(named))
    account.asked.clear()


def test_a_function_may_be_named_in_the_command(run, account, tmp_path):
    made = run("graders", "import", ARN, "--fetch")
    assert made.exit_code == 0, made.output
    assert "sagemaker-reward" in load_entries(tmp_path / "graders.toml")


FAULTS = [
    ({"config": {"Runtime": "nodejs22.x"}}, "Configuration.Runtime: nodejs22.x: only Python"),
    ({"config": {"PackageType": "Image"}}, "Configuration.PackageType: its code is an image"),
    ({"config": {"Handler": "lambda_function.main"}}, "Configuration.Handler: main: a reward"),
    ({"files": {"other.py": ""}}, "its package holds no lambda_function.py"),
    ({"files": {"lambda_function.py": "import helper\n" + CODE, "helper.py": ""}},
     "lambda_function.py imports 'helper' of its own package"),
    ({"files": {"lambda_function.py": "from .helper import f\n" + CODE, "helper.py": ""}},
     "lambda_function.py imports '.helper' of its own package"),
    ({"files": {"lambda_function.py": "#" * 300_000}}, "has more than 200,000 bytes"),
    ({"hub": document("s3://b/prompt.txt", "RewardPrompt")}, "is a prompt for a judge"),
    ({"hub": "{"}, "$.HubContentDocument: not JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), FAULTS, ids=[said[:30] for _, said in FAULTS])
def test_code_that_is_no_reward_file_is_refused(bring, account, tmp_path, monkeypatch, given, said):
    for name, value in given.items():
        monkeypatch.setattr(account, name, value)
    refused = bring({"EvaluatorArn": HUB}, "--fetch")
    assert refused.exit_code == 2, refused.output
    assert said in refused.output
    assert not (tmp_path / "graders.toml").exists()
    account.asked.clear()


RECIPE = """run:
  name: mine
  reward_lambda_arn: ""
training_config:
  rollout:
    rewards:
      preset_reward_function: {}
"""


@pytest.mark.parametrize(
    ("preset", "template"),
    [("gsm8k", "math_reasoning"), ("prime_math", "math_reasoning"),
     ("prime_code", "code_verification"), ("exact_match", "")],
)  # fmt: skip
def test_a_preset_becomes_what_is_nearest_to_it(bring, run, tmp_path, preset, template):
    rows = [{**row, "reference_answer": "#### 5"} for row in ROWS]
    if preset == "prime_code":
        tests = {"inputs": ["1\n"], "outputs": ["2\n"]}
        rows = [{**row, "reference_answer": tests} for row in ROWS]
    made = bring(RECIPE.format(preset), rows=rows, file="recipe.yaml")
    assert made.exit_code == 0, made.output
    assert f"{preset} is not run here" in made.output
    assert load_entries(tmp_path / "graders.toml")["mine"].template == template
    cases = tmp_path / "rewards" / "mine.cases.jsonl"
    assert cases.exists() is (preset != "prime_code")
    if cases.exists():
        assert run("grade", "mine", cases).exit_code == 0


def test_a_preset_that_is_not_known_and_two_rewards_are_named(bring, tmp_path):
    said = bring(RECIPE.format("prime_logic"), file="recipe.yaml").output
    assert "recipe.yaml:7: $.training_config.rollout.rewards.preset_reward_function: " in said
    assert "'prime_logic' is none of gsm8k, prime_math" in said
    both = RECIPE.format("gsm8k").replace('""', ARN)
    said = bring(both, file="recipe.yaml").output
    assert "names 2 rewards" in said
    assert f"recipe.yaml:3: $.run.reward_lambda_arn: {ARN}" in said
    assert not (tmp_path / "graders.toml").exists()
