"""Rollouts: the rows of a run filtered, sorted and searched, and one whole beside its siblings."""

import html
import json
import re
from urllib.parse import urlencode

import pytest

from tests.studio.support import keep, result, row, studio, unprivileged_studio
from touchstone.workbench.grading.summary import group_of
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.runs.run import SUFFIX, Head
from touchstone.workbench.runs.store import begin

HOSTILE = "<script>window.pwned = 1</script><img src=x onerror=alert(1)> \u202e\x1b[31m"
ROWS = [
    (row("a", "It is four.", "2+2?"), result("a", 1.0, accuracy=1.0, tone=0.5)),
    (row("b", "It is five, I think.", "2+2?"), result("b", 0.2, "wrong", accuracy=0.0, tone=0.9)),
    (row("c", "Quatre, évidemment", "2+2?"), result("c", 0.6, accuracy=0.6, tone=1.0)),
    (row("d", "答えは東京です。", "首都は?"), result("d", 0.5, accuracy=0.5, tone=0.5)),
    (row("e", "東京", "首都は?"), result("e", 0.5, accuracy=0.5, tone=0.5)),
    (row("f", "", "Why?"), result("f", "judge_fault", "judge_fault: timed out")),
    (row("g", HOSTILE, HOSTILE, HOSTILE), result("g", 0.0, HOSTILE, accuracy=0.0)),
    ({"nothing": HOSTILE}, result(None, "bad_sample", "bad_sample: no messages")),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("place") / "runs"


@pytest.fixture(scope="module")
def client(place):
    run = keep(place, ROWS)
    with studio(place, run) as client:
        client.enter()
        yield client


def found(client, run="last", **asked):
    """The ids of the rows that a page lists, in its order, ``-`` for a row that has none."""
    reply = client.ask(f"/rollouts/{run}?{urlencode(asked)}")
    assert reply.status == 200
    listed = re.findall(r'<div class="line"><a href="[^"]*/(\d+)">', reply.text)
    return "".join((ROWS[int(n)][1]["id"] or "-") for n in listed)


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({}, "abcdefg-"),
        ({"outcome": "scored"}, "abcdeg"),
        ({"outcome": "unscored"}, "f-"),
        ({"outcome": "unscored:judge_fault"}, "f"),
        ({"low": "0.5"}, "acde"),
        ({"low": "0.5", "high": "0.6"}, "cde"),
        ({"of": "tone", "low": "0.9"}, "bc"),
        ({"of": "tone", "high": "0.5"}, "ade"),
        ({"shortest": "12", "longest": "18"}, "c"),
        ({"text": "four"}, "a"),
        ({"text": "it is"}, "ab"),
        ({"text": '"five, I think"'}, "b"),
        ({"text": '"think five"'}, ""),
        ({"text": "evidemment"}, "c"),
        ({"text": "evid*"}, "c"),
        ({"text": "evid"}, ""),
        ({"text": "東京"}, "de"),
        ({"text": "京東"}, ""),
        ({"text": "wrong"}, "b"),
        ({"text": "wrong", "place": "completion"}, ""),
        ({"text": "five", "place": "completion"}, "b"),
        ({"text": "g", "place": "id"}, "g"),
        ({"text": "???"}, ""),
        ({"text": '" OR rowid > 0 --'}, ""),
        ({"text": "NEAR("}, ""),
        ({"text": "pwned"}, "g"),
        ({"sort": "highest"}, "acdebgf-"),
        ({"sort": "lowest"}, "gbdecaf-"),
        ({"sort": "longest", "outcome": "scored"}, "gbcade"),
        ({"sort": "spread", "outcome": "scored"}, "acbdeg"),
        ({"sort": "n; DROP TABLE rows", "page": "-1", "low": "nan", "longest": "x"}, "abcdefg-"),
        ({"page": "9" * 40}, "abcdefg-"),
        ({"page": "2"}, ""),
    ],
)  # fmt: skip
def test_rows_are_filtered_sorted_and_searched(client, asked, rows):
    assert found(client, **asked) == rows


def test_rollouts_of_a_job_are_found_by_their_step(tmp_path):
    keep(tmp_path / "runs", ROWS[:4], steps=(3, 1, 2, 1))
    with studio(tmp_path / "runs") as client:
        client.enter()
        assert found(client, sort="step") == "bdca"
        assert found(client, since="2") == "ac"
        assert found(client, since="1", until="1") == "bd"
        page = client.ask("/rollouts/last").text
        assert 'name="since"' in page
        assert "step 3" in page


def test_where_no_row_has_a_step_none_is_asked_for(client):
    assert 'name="since"' not in client.ask("/rollouts/last").text


def test_a_run_begins_with_what_it_amounts_to(client):
    page = client.ask("/rollouts/last").text
    assert "Mean reward 0.467 over 6 scored rows." in page
    assert "2 of 8 rows (25.0%) could not be scored" in page
    assert "1 of 2 prompts with several answers are flat" in page
    assert "<b>8 rows</b>, mean reward 0.467" in page
    assert "<b>3 rows</b>, mean reward 0.533" in client.ask("/rollouts/last?low=0.5&high=0.6").text


def test_the_address_leads_to_the_run_that_was_named(client, place):
    (run,) = [path.stem for path in place.glob(f"*{SUFFIX}")]
    assert client.ask("/").headers["location"] == f"/rollouts/{run}"
    assert run in client.ask("/rollouts").text


def test_a_row_is_shown_whole_beside_its_siblings_with_their_advantages(client):
    page = client.ask("/rollouts/last/1").text
    assert "It earned 0.2." in page
    assert "The 3 answers to this prompt" in page
    assert re.findall(r"advantage ([-+.\d]+)<", page) == ["-1.22", "+1.22", "-1.22", "0"]
    assert 'href="/rollouts/last/0"' not in page  # a link says the run's own name
    assert "rows.jsonl:2" in page
    flat = client.ask("/rollouts/last/3").text
    assert "The 2 answers to this prompt" in flat
    assert "advantage 0<" in flat


def test_long_rows_are_whole_on_their_own_page(tmp_path):
    said = "".join(f"{n} " for n in range(9000))
    keep(tmp_path / "runs", [(row("a", said), result("a", 1.0))])
    with studio(tmp_path / "runs") as client:
        client.enter()
        assert said in client.ask("/rollouts/last/0").text


@pytest.mark.parametrize("path", ["/rollouts/last", "/rollouts/last/6", "/rollouts/last/7"])
def test_what_rollouts_say_is_text(client, path):
    page = client.ask(path).text
    assert "<script>window" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "window.pwned = 1" in html.unescape(page)
    assert "⟨U+202E⟩" in page


def test_what_is_looked_for_is_text_too(client):
    page = client.ask(f"/rollouts/last?{urlencode({'text': HOSTILE, 'outcome': HOSTILE})}").text
    assert "<script>window" not in page
    assert "<img" not in page


@pytest.mark.parametrize(
    "path",
    ["none", "last/8", f"last/{'9' * 30}", f"last/{'9' * 5000}", "last/-1", "..%2Fx.run", "x.run"],
)
def test_what_is_not_there_is_said(client, path):
    reply = client.ask(f"/rollouts/{path}")
    assert reply.status == 404
    assert "This page cannot be shown" in reply.text


def test_a_run_is_seen_while_it_is_written(tmp_path):
    folder = tmp_path / "runs"
    with begin(Head(grader="support", file="rows.jsonl"), folder) as run:

        def add(n):
            one, entry = row(f"r{n}", "4"), result(f"r{n}", 1.0)
            run.add(Line("rows.jsonl", n + 1, one), entry, group_of(one))
            run._store.commit()  # as it does every second

        add(0)
        with studio(folder) as client:
            client.enter()
            page = client.ask("/rollouts/last").text
            assert "The run has not ended." in page
            assert "<b>1 row</b>" in page
            add(1)
            assert "<b>2 rows</b>" in client.ask("/rollouts/last").text


def test_a_run_that_went_takes_its_index_with_it(tmp_path):
    folder = tmp_path / "runs"
    run = keep(folder, ROWS)
    with studio(folder) as client:
        client.enter()
        client.ask("/rollouts/last")
    assert [path.name for path in folder.glob("*.index*")]
    (folder / f"{run}{SUFFIX}").unlink()
    with studio(folder) as client:
        client.enter()
        assert "0 runs are kept" in client.ask("/rollouts").text
    assert [path.name for path in folder.glob("*.index*")] == []


def test_a_run_is_searched_where_nothing_may_be_written(tmp_path):
    """Its index lies in the user's cache, which nobody else reads, and goes with the run."""
    folder, indexes = tmp_path / "runs", tmp_path / "cache" / "touchstone" / "indexes"
    run = keep(folder, ROWS)
    there = {path.name for path in folder.iterdir()}
    folder.chmod(0o555)
    for name in (folder, folder / f"{run}{SUFFIX}"):
        with unprivileged_studio(name, tmp_path / "cache") as client:
            assert "<b>8 rows</b>" in client.ask("/rollouts/last").text
            assert found(client, sort="lowest") == "gbdecaf-"
            assert found(client, text="five") == "b"
            assert client.ask(f"/diff?before={run}&after={run}").status == 200
    assert {path.name for path in folder.iterdir()} == there
    assert len(list(indexes.glob("*.index"))) == 1
    assert indexes.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    (folder / f"{run}{SUFFIX}").unlink()
    with unprivileged_studio(folder, tmp_path / "cache") as client:
        assert "0 runs are kept" in client.ask("/rollouts").text
    assert list(indexes.iterdir()) == []


def test_half_a_character_stops_no_page(tmp_path):
    half = json.loads('"half \\ud83d of it"')
    one = row("a", half)
    keep(tmp_path / "runs", [(one, result("a", 1.0, half))])
    with studio(tmp_path / "runs") as client:
        client.enter()
        assert "half ⟨U+D83D⟩ of it" in client.ask("/rollouts/last?text=half").text
        assert client.ask("/rollouts/last/0").status == 200


def test_half_a_character_in_a_name_hides_no_row(tmp_path):
    said = result("\ud800", 0.5, "\ud800", **{"\ud800": 0.5})
    keep(tmp_path / "runs", [(row("a", "4"), said)], "\ud800", "\ud800")
    with studio(tmp_path / "runs") as client:
        client.enter()
        assert "1 run is kept" in client.ask("/rollouts").text
        assert found(client, of="?", low=0.5) == found(client) != []
        assert client.ask("/rollouts/last/0").status == 200


def test_what_s3_keeps_is_asked_by_no_address(client):
    reply = client.ask("/try?run=s3://bucket/last&n=0")
    assert reply.status == 404
    assert "no run of that name" in reply.text


def test_two_studios_read_one_run(tmp_path):
    folder = tmp_path / "runs"
    keep(folder, [(row(f"r{n}", "4"), result(f"r{n}", 1.0)) for n in range(600)])
    with studio(folder) as one, studio(folder) as other:
        pages = []
        for client in (one, other, one, other, one, other):
            if not client.cookie:
                client.enter()
            pages.append(client.ask("/rollouts/last"))
        assert {page.status for page in pages} == {200}
    with studio(folder) as client:
        client.enter()
        assert "<b>600 rows</b>" in client.ask("/rollouts/last").text


def test_an_index_that_cannot_be_made_is_said(tmp_path):
    folder = tmp_path / "runs"
    run = keep(folder, ROWS)
    (folder / f"{run}.index").mkdir()
    with studio(folder) as client:
        client.enter()
        reply = client.ask("/rollouts/last")
        assert reply.status == 500
        assert "the studio keeps it beside the run" in reply.text
        assert "Traceback" not in reply.text


def test_a_thought_between_marks_of_the_graders_own_is_shown_as_one(tmp_path):
    said = "[PLAN]It is five. No.[/PLAN]It is four."
    head = Head(grader="own", file="r.jsonl", settings={"thinking_marks": [["[PLAN]", "[/PLAN]"]]})
    with begin(head, tmp_path / "runs") as run:
        run.add(Line("r.jsonl", 1, row("a", said)), result("a", 1.0), group_of(row("a", said)))
    with studio(tmp_path / "runs", run.head.id) as client:
        client.enter()
        page = client.ask("/rollouts/last/0").text
        listed = client.ask("/rollouts/last?" + urlencode({"text": "PLAN"})).text
    assert "It is four." in page
    assert "It is five. No." in page
    assert "[PLAN]" not in page
    assert "/rollouts/last/0" not in listed
