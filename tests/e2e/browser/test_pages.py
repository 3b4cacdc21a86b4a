"""The pages of a job in a real browser: drawn, readable at any width, and harmless.

Their screenshots are left in ``build/browser`` for whoever wants to look.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.jobs.sample_folder import sample_folder
from touchstone.workbench.cli import main

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parents[2] / "build" / "browser"
CHARTS = {
    "reward": 1, "validation": 1, "criteria": 3, "flat": 4, "unscored": 1, "kinds": 2,
    "length": 2, "cut": 1, "entropy": 1, "loss": 1, "policy": 1, "latency": 2, "throttles": 1,
    "spend": 1,
}  # fmt: skip
VIEWS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    """Every page at every width and in both schemes, as the browser saw it."""
    if not (HERE / "node_modules" / "puppeteer-core").exists():
        pytest.fail(f"no browser: `npm ci --prefix {HERE}` installs one, as `make e2e` does")
    place = tmp_path_factory.mktemp("job")
    folder = sample_folder(place)
    for verb in ("report", "compare"):
        result = CliRunner().invoke(main, ["job", verb, str(place / "job.toml")])
        assert result.exit_code == 0, result.output
    pages = (
        folder.path / "report.html", folder.path / "compare" / "compare.html", checked(place),
    )  # fmt: skip
    arguments = [f"{page.stem}={page}" for page in pages]
    unpacked = tmp_path_factory.mktemp("browser")
    done = subprocess.run(
        ["node", HERE / "open.mjs", SCREENSHOTS, *arguments],
        capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "TMPDIR": str(unpacked)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    return {(view["name"], view["width"], view["scheme"]): view for view in seen}


def checked(place):
    """The page of a check that falls short on a completion that would do harm."""
    said = f"<script>window.pwned = 1</script> \u202e{'x' * 5000}"
    row = {"messages": [{"role": "user", "content": said}], "reference_answer": said}
    (place / "never.py").write_text("def reward(sample):\n    return 0.0\n")
    (place / "graders.toml").write_text('[graders.never]\ncode = "never.py"\n')
    (place / "checked.jsonl").write_text(json.dumps(row) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "touchstone.workbench.cli", "check", "never", "checked.jsonl",
         "--html", "check.html"],
        cwd=place, env={**os.environ, "PYTHONPATH": str(HERE.parents[2])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    return place / "check.html"


@pytest.fixture(params=["report", "compare", "check"])
def name(request):
    return request.param


@pytest.fixture(params=VIEWS, ids=lambda view: f"{view[0]}-{view[1]}")
def view(request, views, name):
    return views[(name, *request.param)]


def test_nothing_runs_complains_or_is_loaded(view):
    assert view["pwned"] is None
    assert view["scripts"] == 0
    assert view["said"] == []
    assert view["asked"] == ["file"]  # the page itself


def test_the_policy_holds_even_for_what_slips_through(view):
    assert view["slipped"] is None


def test_there_are_letters(view):
    assert min(view["letters"]) > 50


def test_nothing_is_wider_than_the_window(view):
    assert view["width"] == view["window"]
    assert view["outside"] == []
    assert [chart["outside"] for chart in view["charts"] if chart["outside"]] == []


def test_what_rollouts_say_is_read_as_text(view):
    text = "\n".join(view["texts"])
    assert "<script>window.pwned = 1</script>" in text
    assert "⟨U+202E⟩" in text
    assert "characters …]" in text


def test_every_picture_is_drawn_and_told(view, name):
    drawn = [chart for chart in view["charts"] if chart["width"] > 0]
    assert drawn or name == "check"  # which has tables alone
    for chart in drawn:
        assert chart["height"] >= 10
        assert len(chart["said"]) > 15


def test_every_chart_of_the_report_has_its_lines(views):
    for width, scheme in VIEWS:
        charts = {chart["name"]: chart for chart in views["report", width, scheme]["charts"]}
        assert {name: chart["lines"] for name, chart in charts.items()} == CHARTS
        assert min(chart["width"] for chart in charts.values()) > 280
        assert views["report", width, scheme]["opened"] == [41]  # the header and forty steps


def test_the_comparison_shows_every_prompt_that_counts(views):
    for width, scheme in VIEWS:
        charts = {chart["name"]: chart for chart in views["compare", width, scheme]["charts"]}
        assert 40 <= charts["scatter"]["dots"] <= 47  # equal pairs share a dot
        assert charts["split"]["said"] == "43 won, 1 tied, 3 lost"


def test_light_dark_and_print_differ_in_paper(views, name):
    light, dark = (views[name, 1280, scheme] for scheme in ("light", "dark"))
    assert light["background"] != dark["background"]
    assert light["ink"] != dark["ink"]
    assert light["printed"] == dark["printed"] == "rgb(255, 255, 255)"
