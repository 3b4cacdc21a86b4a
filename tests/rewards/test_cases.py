"""Every golden case of the shipped reward functions ends as it expects."""

import pytest

from tests.rewards.grading import ROOT
from touchstone.config import load_entries
from touchstone.templates import load_grader
from touchstone.workbench.grading.backends import in_process
from touchstone.workbench.grading.expect import as_expected
from touchstone.workbench.grading.run import grade_lines
from touchstone.workbench.rows.events import read_events

ENTRIES = load_entries(ROOT / "graders.toml")
OWN = {name: entry.code for name, entry in ENTRIES.items() if entry.code}


def test_every_shipped_file_is_an_entry():
    assert sorted(OWN.values()) == sorted(f"rewards/{p.name}" for p in ROOT.glob("rewards/*.py"))


@pytest.mark.parametrize("name", OWN)
def test_every_case_ends_as_it_expects(monkeypatch, name):
    monkeypatch.chdir(ROOT)
    cases = read_events(OWN[name].replace(".py", ".cases.jsonl"))
    with in_process(name, {}) as backend:
        graded = list(grade_lines(cases, backend, 1))
    assert len(graded) >= 5
    for line, entry in graded:
        assert as_expected(entry, line.row["expect"]), entry


def test_the_article_s_weights():
    weights = load_grader("enterprise-code", ROOT / "graders.toml").settings.weights
    assert {name: weight for name, weight in weights.items() if weight} == {
        "compiles": 0.3, "style": 0.2, "test_coverage": 0.3, "approved_apis": 0.2,
    }  # fmt: skip
