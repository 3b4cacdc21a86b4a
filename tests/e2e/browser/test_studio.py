"""The studio in a real browser: found, sorted, compared and exported by a person's own steps.

Screenshots are left in ``build/browser`` for whoever wants to look.
"""

import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from tests.jobs.sample_folder import JOB_TOML, sample_folder
from tests.studio.support import Models, keep, result, row, studio
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.folder import JobFolder

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parents[2] / "build" / "browser"
HOSTILE = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"
PROMPTS, ANSWERS = 15, 4
REFUNDS = ("r3", "r17", "r40")


def graded(more):
    """Four answers to each of fifteen prompts; ``more`` is added to what some earn."""
    for n in range(PROMPTS * ANSWERS):
        said = f"Answer {n}. " + ("You get a refund. " if f"r{n}" in REFUNDS else "")
        said += f"{HOSTILE} {'long ' * 900}" if n == 5 else "We look into it. " * (1 + n % 5)
        reward = round(0.1 + 0.15 * (n % ANSWERS) + 0.01 * (n % 7) + more * (n % 3), 3)
        outcome = "judge_fault" if n == 9 else reward
        entry = result(f"r{n}", outcome, f"why {n}", accuracy=reward, tone=0.5)
        yield row(f"r{n}", said, f"Ticket {n // ANSWERS}: where is it?"), entry


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a person saw, step by step."""
    if not (HERE / "node_modules" / "axe-core").exists():
        pytest.fail(f"no browser: `npm ci --prefix {HERE}` installs one, as `make e2e` does")
    place = tmp_path_factory.mktemp("studio")
    for more in (0.0, 0.1):
        keep(place / "runs", graded(more), grader="customer-support", file="tickets.jsonl")
    page = place / "page.html"
    command = ["studio", "export", "last", "--runs", str(place / "runs"), "-o", str(page)]
    done = CliRunner().invoke(main, [*command, "--rows", "50"])
    assert done.exit_code == 0, done.output
    job = sample_folder(place, status="InProgress", steps=12)
    played = JobFolder(job.path.parent / "played")
    shutil.copytree(job.path, played.path)
    text = JOB_TOML.replace("content_moderation", "data_extraction")
    (played.path / "job.toml").write_text(text)
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(place),
        studio(place / "runs") as client,
    ):
        door = "touchstone.workbench.studio.playground.open_job"
        patch.setattr(door, lambda file: (played, Models(HOSTILE)))
        done = subprocess.run(
            ["node", HERE / "studio.mjs", SCREENSHOTS, client.url, page, job.path],
            capture_output=True, text=True, timeout=300, check=False,
            env={**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("browser"))},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) | {"host": urlsplit(client.url).netloc}


def test_the_address_keeps_no_token(told):
    assert told["address"] == f"http://{told['host']}/rollouts"


def test_every_view_has_letters_and_nothing_is_wider_than_the_window(told):
    for view in told["views"]:
        assert view["heading"]
        assert view["letters"] > 30
        assert view["width"] == view["window"], view
        assert view["outside"] == [], view
        assert view["broken"] == [], view


def test_nothing_runs_complains_or_is_asked_of_elsewhere(told):
    assert told["said"] == []
    assert set(told["asked"]) == {told["host"], ""}  # and the exported file
    assert {view["pwned"] for view in told["views"]} == {None}
    assert told["slipped"] == [None, None]


def test_axe_finds_nothing_serious(told):
    assert [view for view in told["views"] if view["serious"]] == []


def test_light_and_dark_differ_in_paper(told):
    papers = {(view["name"], view["scheme"]): view["background"] for view in told["views"]}
    for name in ("rollouts", "diff", "export"):
        assert papers[name, "light"] != papers[name, "dark"]


def test_rows_are_found_as_one_types_and_the_address_keeps_the_question(told):
    assert sorted(told["filtered"]["ids"]) == sorted(REFUNDS)
    assert "text=refund" in told["filtered"]["address"]
    assert told["sorted"] == ["r40", "r17", "r3"]
    assert told["back"] == told["sorted"]


def test_the_form_needs_no_script(told):
    assert sorted(told["plain"]) == sorted(REFUNDS)


def test_a_row_opens_beside_its_siblings(told):
    assert told["row"] == "r40"
    assert told["siblings"] == ANSWERS


def test_a_job_that_goes_on_moves_nothing_under_its_reader(told):
    assert told["live"] == {"open": True, "numbers": True, "scrolled": 700}


def test_both_models_are_asked_what_somebody_types(told):
    assert "the tuned model earns more: 1.000" in told["played"]["verdict"]
    assert told["played"]["sides"] == ["What the base model said", "What the tuned model said"]
    assert told["played"]["prompt"] == "Where?"


def test_a_difference_can_be_turned_around(told):
    assert "The second run earns 0.1" in told["verdict"]
    assert "more on the mean" in told["verdict"]
    assert "less on the mean" in told["swapped"]


def test_the_exported_page_is_read_without_a_script_and_filtered_with_one(told):
    assert told["exportPlain"] == 50
    assert sorted(told["exported"]) == sorted(REFUNDS)
    assert told["count"] == "3 rows"
