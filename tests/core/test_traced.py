"""A traced call tells the X-Ray daemon of its grading; an untraced one imports no tracer."""

import json
import os
import socket
import subprocess
import sys

HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={}"
PROGRAM = """
import json, sys
from touchstone.lambdas.grader.handler import lambda_handler
reply = lambda_handler({"messages": [{"role": "user", "content": "6*7?"},
    {"role": "assistant", "content": "#### 42"}], "reference_answer": "42"}, None)
print(json.dumps([reply[0]["aggregate_reward_score"] > 0.9, "aws_xray_sdk" in sys.modules]))
"""


def call(sampled, port, tmp_path):
    environment = os.environ | {
        "_X_AMZN_TRACE_ID": HEADER.format(sampled),
        "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{port}",
        # What tells the tracer that it is in Lambda.
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "TOUCHSTONE_GRADER": "math_reasoning",
        "TOUCHSTONE_SETTINGS": "{}",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_a_traced_call_sends_its_grading_and_an_untraced_one_imports_no_tracer(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(30)
        port = daemon.getsockname()[1]

        assert call("0", port, tmp_path) == [True, False]
        assert call("1", port, tmp_path) == [True, True]

        segment = json.loads(daemon.recv(65_536).partition(b"\n")[2])
    assert segment["name"] == "## grade"
    assert segment["annotations"]["grader"] == "math_reasoning"
    assert segment["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
