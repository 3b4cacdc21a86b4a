import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from touchstone.sandbox import Sandbox, open_sandbox

# How long an example takes says how busy the machine is, and no test asserts that.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Heeds Ctrl-C, which a shell's ``&`` ignores: the processes that tests start inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    box = open_sandbox()
    yield box
    box.close()
