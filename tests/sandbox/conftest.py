import pytest

from touchstone.sandbox import open_sandbox


@pytest.fixture(scope="session")
def sandbox():
    sandbox = open_sandbox()
    yield sandbox
    sandbox.close()
