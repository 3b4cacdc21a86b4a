"""Diff: what changed between two runs, with the figures of `touchstone runs diff`."""

import json
import re

import pytest
from click.testing import CliRunner

from tests.studio.support import keep, result, row, studio
from touchstone.workbench.cli import main
from touchstone.workbench.grading.summary import group_of
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.runs.store import find
from touchstone.workbench.runs.told import told

PROMPTS = 12


def graded(reward):
    """Two answers to each of some prompts; ``reward`` says what one earns."""
    for n in range(2 * PROMPTS):
        yield (
            row(f"r{n}", f"answer {n}", f"prompt {n // 2}"),
            result(f"r{n}", reward(n), f"why {n}"),
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place") / "runs"
    names = [
        keep(folder, graded(lambda n: 0.2 + 0.01 * (n % 7))),
        keep(folder, graded(lambda n: 0.6 + 0.02 * (n % 5) if n else "judge_fault")),
        keep(folder, [(row("z", "other"), result("z", 1.0))]),
    ]
    return folder, names


@pytest.fixture(scope="module")
def ask(place):
    folder, names = place
    with studio(folder) as client:
        client.enter()
        yield lambda a, b: client.ask(f"/diff?before={names[a]}&after={names[b]}")


def test_it_says_which_run_earns_more_and_links_to_rows(ask, place):
    page = ask(0, 1).text
    told = CliRunner().invoke(
        main, ["runs", "diff", *place[1][:2], "--runs", str(place[0]), "--json"]
    )
    data = json.loads(told.stdout)
    gain = data["gain"]
    said = f"The second run earns {gain['value']:.4f} more on the mean (95 % between"
    assert f'<b class="good">{said}' in page
    assert f"{gain['low']:+.4f}" in page
    assert f"{data['changed']} rows have another reward" in page
    assert "1 row is unscored now" in page
    links = re.findall(r'<a href="/rollouts/([^"/]+)/(\d+)">', page)
    assert {run for run, _ in links} == set(place[1][:2])
    assert len(links) == 2 * data["changed"]


def test_worse_is_said_too_and_so_is_nothing(ask):
    assert '<b class="bad">The second run earns' in ask(1, 0).text
    same = ask(0, 0).text
    assert "No row has another reward." in same
    assert "<summary>The rewards are spread as they were</summary>" in same


def test_runs_without_a_common_row_are_said(ask):
    assert "have no row in common" in ask(0, 2).text


def test_a_run_that_is_not_there_is_said(ask, place):
    folder, names = place
    with studio(folder) as client:
        client.enter()
        assert client.ask(f"/diff?before=none&after={names[0]}").status == 404
        # By default the last two, the older one first.
        page = client.ask("/diff").text
        assert f'<option value="{names[1]}" selected>' in page


def test_rows_that_are_imported_later_are_compared_too(tmp_path):
    folder, four, five = tmp_path / "runs", row("a", "4"), row("b", "5")
    keep(folder, [(four, result("a", 1.0)), (five, result("b", 1.0))])
    name = keep(folder, [(four, result("a", 0.0))])
    with studio(folder) as client:
        client.enter()
        assert "1 row has another reward" in client.ask("/diff").text
        with find(name, folder) as run:
            run.add(Line("rows.jsonl", 2, five), result("b", 0.0), group_of(five))
            run.finish(told(run))
        assert "2 rows have another reward" in client.ask("/diff").text


def test_one_run_alone_is_no_difference(tmp_path):
    keep(tmp_path / "runs", [(row("a", "4"), result("a", 1.0))])
    with studio(tmp_path / "runs") as client:
        client.enter()
        assert "Two runs are needed" in client.ask("/diff").text
