"""The documentation in a real browser, from disk: readable at any width, searched, and quiet.

Its screenshots are left in ``build/browser`` for whoever wants to look.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.site.built import built

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parents[2] / "build" / "browser"
PAGES = (
    "docs/index.html", "docs/accuracy.html", "docs/judge.html",
    "docs/reference/graders-toml.html", "docs/reference/python.html",
)  # fmt: skip
VIEWS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What came of opening the pages, searching, and reading without scripts."""
    if not (HERE / "node_modules" / "puppeteer-core").exists():
        pytest.fail(f"no browser: `npm ci --prefix {HERE}` installs one, as `make e2e` does")
    site = built(tmp_path_factory)
    done = subprocess.run(
        ["node", HERE / "site.mjs", site, SCREENSHOTS, "FaultBudgetExceeded", *PAGES],
        capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("browser"))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=PAGES)
def views(request, seen):
    return {
        (view["width"], view["scheme"]): view
        for view in seen["views"]
        if view["name"] == request.param
    }


@pytest.mark.parametrize("at", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}")
def test_a_page_is_read_at_any_width_in_light_and_dark(views, at):
    view = views[at]
    assert view["letters"] > 50
    assert view["page"] == view["window"]
    assert (view["outside"], view["said"], view["serious"]) == ([], [], [])


def test_light_and_dark_differ_in_paper(views):
    assert views[1280, "light"]["background"] != views[1280, "dark"]["background"]


def test_nothing_is_asked_of_a_network(seen):
    assert set(seen["asked"]) <= {"file", "data"}


def test_search_finds_pages_from_disk(seen):
    assert [link for link in seen["found"] if "docs/contract.html" in link]
    assert [link for link in seen["found"] if "docs/reference/python.html" in link]


def test_the_front_page_is_reached_and_read_without_scripts(seen):
    assert seen["plain"].startswith("Touchstone")
