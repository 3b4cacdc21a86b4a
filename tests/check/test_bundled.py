"""What is shipped passes its own check: every template, and the patterns of rewards/."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from touchstone.templates import template_names
from touchstone.workbench.cli import main

ROOT = Path(__file__).parents[2]
PATTERNS = ("enterprise-code", "customer-support", "moderation-desk", "technical-documentation")


@pytest.mark.parametrize("grader", [*template_names(), *PATTERNS])
def test_it_holds_in_every_probe(grader, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)  # where graders.toml is
    kept = tmp_path / "report.json"
    result = CliRunner().invoke(main, ["check", grader, "-o", str(kept)])
    report = json.loads(kept.read_text())
    assert report["holds"], result.output
    assert result.exit_code == 0
    assert len(report["verdicts"]) > 10
