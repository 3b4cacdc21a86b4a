from collections.abc import Iterator

import pytest

from touchstone.sandbox import Sandbox, open_sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    box = open_sandbox()
    yield box
    box.close()
