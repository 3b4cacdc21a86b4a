"""S3, Lambda, logs and metrics by moto, and Bedrock by our own server, as one account.

Use as a fixture (see ``tests/jobs/conftest.py``) or directly, also for a subprocess::

    with Cloud() as cloud:
        subprocess.run([...], env={**os.environ, **cloud.environ})
"""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import ExitStack
from typing import Any, Self
from urllib.request import urlopen
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer

from tests.wire.bedrock import REGION, Bedrock

BUCKET, FUNCTION = "rft-data", "touchstone-exact"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "bedrock.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Cloud:
    """An account with a bucket and a deployed function.

    Attributes:
        bedrock: The server of jobs, deployments and Converse.
        environ: Variables that point an unmodified boto3 here.
    """

    def __enter__(self) -> Self:
        self._clients: dict[str, Any] = {}
        with ExitStack() as stack:
            self._moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
            self._moto.start()
            stack.callback(self._moto.stop)
            self.bedrock = stack.enter_context(Bedrock())
            host, port = self._moto.get_host_and_port()
            self.environ = {
                "AWS_ENDPOINT_URL": f"http://{host}:{port}",
                "AWS_ENDPOINT_URL_BEDROCK": self.bedrock.url,
                "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.bedrock.url,
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_DEFAULT_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_MAX_ATTEMPTS": "2",
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            }
            self.client("s3").create_bucket(Bucket=BUCKET)
            self._deploy()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        # moto's accounts belong to the process, not to the server.
        with urlopen(f"{self.environ['AWS_ENDPOINT_URL']}/moto-api/reset", data=b""):
            pass
        self._stack.close()

    def clean(self) -> None:
        """Empties the bucket and the logs, and makes the servers forget."""
        s3, logs = self.client("s3"), self.client("logs")
        for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
            s3.delete_object(Bucket=BUCKET, Key=item["Key"])
        for group in logs.describe_log_groups()["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])
        self.bedrock.reset()

    def client(self, service: str) -> Any:
        """Lends a boto3 client of what moto plays, which needs no environment."""
        if service not in self._clients:
            self._clients[service] = boto3.Session().client(
                service,
                region_name=REGION,
                endpoint_url=self.environ["AWS_ENDPOINT_URL"],
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
        return self._clients[service]

    def log(self, lines: list[tuple[int, dict[str, Any]]], version: str = "1") -> None:
        """Writes what a version of the function logs, each line with its time in ms."""
        logs, group = self.client("logs"), f"/aws/lambda/{FUNCTION}"
        stream = f"2026/03/02/[{version}]{uuid4().hex}"
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": at, "message": json.dumps(line)} for at, line in lines]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def _deploy(self) -> None:
        iam = self.client("iam")
        role = iam.create_role(RoleName="grader", AssumeRolePolicyDocument="{}")
        iam.create_role(RoleName="rft", AssumeRolePolicyDocument=json.dumps(TRUST))
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as package:
            package.writestr("app.py", "def handler(event, context): return event")
        self.client("lambda").create_function(
            FunctionName=FUNCTION,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": code.getvalue()},
            Timeout=300,
            MemorySize=1024,
            Publish=True,
        )
        self.client("lambda").create_alias(FunctionName=FUNCTION, Name="live", FunctionVersion="1")
