import json

import pytest
from click.testing import CliRunner

from tests.data.conftest import s3
from touchstone.workbench.cli import main

__all__ = ["s3"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder, and gives what it prints; of --json the data."""
    monkeypatch.chdir(tmp_path)

    def invoke(*args, code=0):
        result = CliRunner().invoke(main, [str(arg) for arg in args])
        assert result.exit_code == code, result.output + result.stderr
        if code not in (0, 1):
            return result.stderr
        return json.loads(result.stdout) if "--json" in args else result.output

    return invoke
