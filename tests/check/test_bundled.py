"""What is shipped passes its own check: every template, and the patterns of rewards/."""

import pytest

from touchstone.templates import template_names

PATTERNS = ("enterprise-code", "customer-support", "moderation-desk", "technical-documentation")


@pytest.mark.parametrize("grader", [*template_names(), *PATTERNS])
def test_it_holds_in_every_probe(grader, shipped):
    report = shipped(grader)
    assert report["holds"], report["said"]
    assert len(report["verdicts"]) > 10
