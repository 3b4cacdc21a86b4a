import pytest
from click.testing import CliRunner

from touchstone.workbench.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder, and checks how it ended."""
    monkeypatch.chdir(tmp_path)

    def invoke(*args, code=0, stdin=None):
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)
        assert result.exit_code == code, result.output + result.stderr
        return result

    return invoke
