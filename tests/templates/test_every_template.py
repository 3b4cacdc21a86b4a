"""What holds for every template that there is, and for the next one as soon as it has a folder."""

import doctest
import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from touchstone.templates import get_template, template_names
from touchstone.workbench.grading.backends import InProcess
from touchstone.workbench.grading.expect import as_expected

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "lambdas" / "requirements"
# What shows what a template does, and what it does not.
FEWEST_CASES, FEWEST_EXAMPLES = 5, 5

every_template = pytest.mark.parametrize("name", template_names())


def cases(name):
    lines = (ROOT / "templates" / name / "cases.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def events(name):
    """The bundled cases as one event, then the events that are kept for this template."""
    rows = [{key: case[key] for key in case if key != "expect"} for case in cases(name)]
    kept = [path for path in (ROOT / "events").glob("*.json") if path.name.split(".")[0] == name]
    return [rows, *(json.loads(path.read_text("utf-8")) for path in sorted(kept))]


@cache
def replies(name):
    """What the handler answers, in a process that can import only what its package holds."""
    lock = LOCKS / f"{name}.txt"
    lock = lock if lock.exists() else LOCKS / "base.txt"
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("packaged.py"), name, lock],
        input="".join(json.dumps(event) + "\n" for event in events(name)),
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line[:1] in "[{"]


@every_template
def test_its_cases_end_as_they_expect(name):
    ended = zip(cases(name), replies(name)[0], strict=True)
    assert [entry for case, entry in ended if not as_expected(entry, case["expect"])] == []


@every_template
def test_its_cases_are_enough_and_named(name):
    named = Counter(case["id"] for case in cases(name))
    assert named.total() >= FEWEST_CASES
    assert set(named.values()) == {1}


@every_template
def test_what_it_returns_is_what_it_declares(name):
    declared, weights = get_template(name).criteria, get_template(name).customize().settings.weights
    scored = [entry for entry in replies(name)[0] if entry["outcome"] == "scored"]
    assert scored
    for entry in scored:
        returned = {m["name"] for m in entry["metrics_list"] if m["type"] == "Reward"}
        assert weights.keys() <= returned <= set(declared)


@every_template
def test_whatever_criteria_are_weighed_its_rows_are_scored(name):
    template = get_template(name)
    rows = [one for one in cases(name) if one["expect"].get("outcome", "scored") == "scored"][:3]
    for count in (1, len(template.criteria) - 1):
        for some in itertools.combinations(template.criteria, count):
            with InProcess(template.customize(weights=dict.fromkeys(some, 1.0), gates={})) as asked:
                assert {entry["outcome"] for entry in asked(rows)} == {"scored"}, some


@every_template
def test_its_events_are_answered(name):
    for _, reply in zip(events(name), replies(name), strict=True):
        said = json.dumps(reply)
        assert re.search(r'(score|reward)\\*": [\d.]', said)
        assert "grader_error" not in said


@every_template
def test_its_readme_has_examples_enough(name):
    """They are run by tests/docs."""
    readme = (ROOT / "templates" / name / "README.md").read_text("utf-8")
    assert len(doctest.DocTestParser().get_examples(readme)) >= FEWEST_EXAMPLES


def test_the_readme_of_the_whole_says_what_its_templates_pay_for():
    told = (ROOT / "README.md").read_text("utf-8").partition("## The templates")[2]
    rows = re.findall(r"^\| \[(\w+)\]\(templates/\1/README.md\) \| (.*?) \|", told, re.MULTILINE)
    assert len(rows) > 6
    for name, criteria in rows:
        weights = get_template(name).customize().settings.weights
        assert criteria == " ".join(f"`{criterion}`" for criterion in weights)


def test_what_it_costs_is_told_of_no_template_that_is_gone():
    told = (ROOT / "docs" / "deploy.md").read_text("utf-8").partition("## What it costs")[2]
    rows = re.findall(r"^\| (\w+) \| [\d.]+ \| \$", told, re.MULTILINE)
    assert rows
    assert set(rows) <= set(template_names())
