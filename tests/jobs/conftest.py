from collections.abc import Iterator

import pytest

from tests.wire.bedrock import Bedrock
from tests.wire.cloud import Cloud
from tests.wire.compatible import KEY, Compatible
from workbench.jobs.services import aws


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
