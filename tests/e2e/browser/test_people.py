"""Trying and labelling in a real browser: typed, pressed, and by keyboard alone."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.studio.support import keep, result, row, studio

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parents[2] / "build" / "browser"
HOSTILE = "<script>window.pwned = 1</script> <img src=x onerror=alert(1)>"
ROWS = [
    (row(f"r{n}", f"{'right' if n % 2 else 'wrong'} answer {n}: {HOSTILE}", f"{n}+0?"),
     result(f"r{n}", n % 2, "as the reference" if n % 2 else "not the reference"))
    for n in range(12)
]  # fmt: skip


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    if not (HERE / "node_modules" / "axe-core").exists():
        pytest.fail(f"no browser: `npm ci --prefix {HERE}` installs one, as `make e2e` does")
    place = tmp_path_factory.mktemp("place")
    folder = place / ".touchstone" / "runs"
    before = Path.cwd()
    os.chdir(place)
    try:
        run = keep(folder, ROWS)
        with studio(folder) as client:
            done = subprocess.run(
                ["node", HERE / "people.mjs", client.url, SCREENSHOTS, run],
                capture_output=True, text=True, timeout=240, check=False,
                env={**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("browser"))},
            )  # fmt: skip
        assert done.returncode == 0, done.stderr
        labels = (folder / "labels.jsonl").read_text().splitlines()
        cases = (place / "math_reasoning.cases.jsonl").read_text().splitlines()
    finally:
        os.chdir(before)
    return {**json.loads(done.stdout), "labels": labels, "cases": cases}


def test_a_mistake_is_said_and_what_was_typed_stays(seen):
    assert "did you mean 'weights'?" in seen["problem"]
    assert seen["typed"].startswith("2 + 2 = 5, so the answer is 4.")


def test_two_settings_are_held_against_each_other_and_a_case_is_kept(seen):
    verdict = " ".join(seen["verdict"].split())
    assert verdict == "math_reasoning gives 0.95; beside it, math_reasoning gives 0.5."
    assert "math_reasoning.cases.jsonl:1" in seen["kept"]
    assert json.loads(seen["cases"][0])["expect"]["score"] == pytest.approx(0.95)


def test_rows_are_marked_by_keys_alone_and_blind(seen):
    assert (seen["blind"], seen["told"]) == (0, 1)
    assert seen["note"] == "5 g u are letters here"
    assert seen["undone"]
    assert seen["pressed"].startswith("4")
    first, second, undone, *_ = map(json.loads, seen["labels"])
    assert (first["labeller"], first["mark"], first["note"]) == ("ana", 0.75, seen["note"])
    assert (second["mark"], undone["mark"]) == (0.0, None)


def test_two_labellers_mark_the_same_rows_and_see_their_agreement(seen):
    assert seen["same"]
    assert "ana has marked 12 rows, ben has marked 12 rows." in seen["people"]
    assert "agree with a kappa of" in seen["people"]


def test_every_view_has_letters_and_nothing_is_wider_than_the_window(seen):
    for view in seen["views"]:
        assert view["letters"] > 30
        assert view["width"] == view["window"], view
        assert view["outside"] == [], view


def test_axe_finds_nothing_serious(seen):
    assert {view["name"] for view in seen["views"]} == {"try", "label", "people"}
    assert [view for view in seen["views"] if view["serious"]] == []


def test_nothing_runs_or_is_loaded_from_elsewhere(seen):
    assert {view["pwned"] for view in seen["views"]} == {None}
    # Only the mistake of before, which a browser tells of as a failed request.
    assert [one for one in seen["said"] if "400" not in one] == []
    assert seen["asked"] == [seen["base"]]
