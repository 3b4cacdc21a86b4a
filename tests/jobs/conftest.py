from collections.abc import Iterator

import pytest

from tests.jobs.bedrock_job import TEXT, write_job
from tests.wire.bedrock import Bedrock
from tests.wire.cloud import Cloud
from tests.wire.compatible import KEY, Compatible
from workbench.jobs.services import aws, service_of


@pytest.fixture(scope="session")
def account() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


@pytest.fixture(autouse=True)
def new_clients() -> None:
    """Keeps no client of another test: its endpoint is gone."""
    aws.client.cache_clear()


@pytest.fixture
def cloud(account, monkeypatch) -> Cloud:
    account.clean()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in account.environ.items():
        monkeypatch.setenv(name, value)
    return account


@pytest.fixture
def bedrock(cloud) -> Bedrock:
    return cloud.bedrock


@pytest.fixture
def compatible(cloud, monkeypatch) -> Iterator[Compatible]:
    with Compatible() as api:
        monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
        yield api


@pytest.fixture
def compatible_job(compatible, tmp_path, monkeypatch):
    """A job behind the OpenAI-compatible API: its file, its folder, its service."""
    monkeypatch.setattr("workbench.jobs.services.compatible._WAITS_S", (0.0, 0.0))
    text = (
        TEXT.replace("amazon.nova-2-lite-v1:0:256k", "openai.gpt-oss-20b")
        .replace("training_sample_per_prompt = 2", "learning_rate_multiplier = 0.5")
        .replace("\n[data]", f'service = "compatible"\nendpoint = "{compatible.url}/v1"\n\n[data]')
        .replace('name = "support"', 'name = "support"\nregion = "us-east-1"')
    )
    file, folder = write_job(tmp_path, text)
    return file, folder, service_of(file.job)
