"""How a check is told: lines, JSON, JUnit and a page, whatever a completion says."""

import re
from xml.etree import ElementTree as ET

import pytest

HOSTILE = '</pre><script>window.pwned = 1</script><img src=http://evil.example/x> \x1b[31m"&]]>'
NEVER = "def reward(sample):\n    return 0.0"
EXACT = "def reward(sample):\n    return float(sample.completion.strip() == sample.reference)"


@pytest.fixture
def hostile(rows):
    turns = [{"role": "user", "content": HOSTILE}]
    return rows([{"messages": turns, "reference_answer": HOSTILE}])


def test_the_verdict_comes_first_and_the_command_that_shows_it_again_last(run, mine, rows):
    lines = run("check", mine(NEVER), rows(), "--seed", 3).output.splitlines()
    assert lines[0].startswith("mine falls short in")
    assert lines[-1] == f"show it again: touchstone check mine {rows()} --seed 3"
    assert any("'Oslo'" in line or "'Lima'" in line for line in lines)


def test_who_judged_is_said(run):
    assert "judge: offline stand-in" in run("check", "rubric", "--time", 20).output


def xml(run, grader, rows, tmp_path):
    run("check", grader, rows, "--junit", tmp_path / "check.xml")
    return ET.parse(tmp_path / "check.xml").getroot()


@pytest.mark.parametrize("code", [NEVER, EXACT])
def test_junit_has_the_shape_that_every_ci_reads(run, mine, rows, tmp_path, code):
    root = xml(run, mine(code), rows(), tmp_path)
    assert (root.tag, [suite.tag for suite in root]) == ("testsuites", ["testsuite"])
    for suite in (root, root[0]):
        cases = list(suite.iter("testcase"))
        assert int(suite.attrib["tests"]) == len(cases) > 5
        assert int(suite.attrib["failures"]) == len(list(suite.iter("failure")))
        assert int(suite.attrib["skipped"]) == len(list(suite.iter("skipped")))
        assert int(suite.attrib["errors"]) == 0
        assert float(suite.attrib["time"]) >= 0
    for one in root.iter("testcase"):
        assert set(one.keys()) == {"classname", "name", "time"}
        assert {inner.tag for inner in one} <= {"failure", "skipped", "system-out"}
        assert all(inner.get("message") for inner in one if inner.tag != "system-out")
    assert bool(list(root.iter("failure"))) is (code == NEVER)


def test_junit_holds_whatever_a_completion_says(run, mine, hostile, tmp_path):
    text = "".join(xml(run, mine(NEVER), hostile, tmp_path).itertext())
    assert "<script>" in text


def test_a_page_loads_and_runs_nothing(run, mine, hostile, tmp_path):
    run("check", mine(NEVER), hostile, "--html", tmp_path / "check.html")
    page = (tmp_path / "check.html").read_text()
    assert "&lt;script&gt;window.pwned" in page
    assert not re.search(r"<(script|img|iframe|link|object)", page)
    assert "default-src 'none'" in page
    assert "falls short" in page
    assert "Does what is right earn near the top?" in page  # what the verdicts below it answer
