import pytest

from tests.studio.support import studio


@pytest.fixture
def client(tmp_path, monkeypatch):
    """A browser in a studio that runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    with studio(tmp_path / "runs") as one:
        one.enter()
        yield one
