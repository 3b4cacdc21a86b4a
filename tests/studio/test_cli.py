"""``touchstone studio`` at a terminal: what it opens, what it refuses, and the page as a file."""

import html
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.data.conftest import s3
from tests.studio.support import Client, keep, result, row
from touchstone.workbench.cli import main
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.runs.run import Head, Run
from touchstone.workbench.runs.store import begin
from touchstone.workbench.studio.server import StudioServer

__all__ = ["s3"]

ROOT = Path(__file__).parents[2]
PLACE = "s3://bucket/team/runs"
HOSTILE = "</script><script>window.pwned = 1</script>"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "runs"


def invoke(*args, code=0):
    done = CliRunner().invoke(main, ["studio", *map(str, args)])
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize("asked", ["folder", "run", "file", "nothing"])
def test_it_serves_until_it_is_interrupted(folder, asked):
    run = keep(folder, [(row("a", "4"), result("a", 1.0))])
    place = {"folder": ["runs"], "run": [run, "--runs", "runs"], "file": [f"runs/{run}.run"],
             "nothing": ["--runs", "runs"]}[asked]  # fmt: skip
    command = [sys.executable, "-m", "touchstone.workbench.cli", "studio", *place]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=folder.parent, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        said = process.stderr.readline()
        client = Client(re.findall(r"http://127\.0\.0\.1:\d+/\?token=\S+", said)[0])
        client.enter()
        first = client.ask("/").headers["location"]
        assert first == ("/rollouts" if asked in ("folder", "nothing") else f"/rollouts/{run}")
        assert "1 run is kept" in client.ask("/rollouts").text
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "ended\n"
    assert process.returncode == 0


@pytest.mark.parametrize("asked", ["place", "run", "last", "runs"])
def test_runs_of_s3_are_opened_read_and_labelled(s3, monkeypatch, asked):
    run = keep(PLACE, [(row("a", "about Bern"), result("a", 1.0))])
    shutil.rmtree(".touchstone")  # as on another machine
    serve, seen = StudioServer.serve_forever, []

    def look(server):
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        try:
            client = Client(server.url)
            client.enter()
            seen.append(client.ask("/").headers["location"])
            assert f"1 run is kept in {PLACE}" in client.ask("/rollouts").text
            assert "about Bern" in client.ask(f"/rollouts/{run}?words=bern").text
            assert client.ask(f"/rollouts/s3:%2F%2Fbucket%2Felse%2F{run}").status == 404
            assert client.ask(f"/label/{run}").status == 200
        finally:
            server.shutdown()
            thread.join()

    monkeypatch.setattr(StudioServer, "serve_forever", look)
    place = {"place": [f"{PLACE}/"], "run": [f"{PLACE}/{run}"], "last": [f"{PLACE}/last"],
             "runs": ["--runs", PLACE]}[asked]  # fmt: skip
    invoke(*place)
    assert seen == [f"/rollouts/{run}" if asked in ("run", "last") else "/rollouts"]
    invoke("export", "last", "--runs", PLACE, "-o", "page.html")
    assert "about Bern" in Path("page.html").read_text()


@pytest.mark.parametrize("place", ["s3://none/runs", "s3://none/runs/last"])
def test_a_bucket_that_cannot_be_read_is_said_before_a_page_is_served(s3, place):
    assert "NoSuchBucket" in invoke(place, code=2).stderr


def test_what_cannot_be_opened_is_said(folder):
    keep(folder, [(row("a", "4"), result("a", 1.0))])
    assert "none: no run of that name" in invoke("none", "--runs", folder, code=2).stderr
    assert "RUN" in invoke("--help").output or "open" in invoke("--help").output


def test_a_run_becomes_one_file_that_asks_for_nothing(folder, tmp_path):
    rows = [(row(f"r{n}", f"{HOSTILE} {n}", f"prompt {n // 3}"), result(f"r{n}", n / 10, HOSTILE))
            for n in range(9)]  # fmt: skip
    keep(folder, rows)
    out = tmp_path / "page.html"
    said = invoke("export", "last", "--runs", folder, "-o", out, "--rows", 7).stderr
    assert "7 of 9 rows" in said
    page = out.read_text()
    assert "The first 7 of 9 rows are here" in page
    assert "Mean reward 0.400 over 9 scored rows." in page
    assert re.findall(r'<article id="row-(\d+)"', page) == list("0123456")
    assert "3 answers" in page
    assert "advantage -1.22" in page
    assert page.count("<script") == 1  # ours
    assert "window.pwned = 1" in html.unescape(page)
    assert not re.search(r'(src|href)="', page)
    assert "script-src 'sha256-" in page
    assert "default-src 'none'" in page


def test_a_run_that_grows_while_it_is_written_out_comes_as_far_as_it_was(folder, monkeypatch):
    with begin(Head(grader="support", file="rows.jsonl"), folder) as writer:

        def add(n):
            one = row(f"r{n}", "4")
            writer.add(Line("rows.jsonl", n, one), result(f"r{n}", 1.0), None)
            writer.note(ended=False)

        def grown(run, *args, real=Run.graded):
            add(2)
            return real(run, *args)

        add(1)
        monkeypatch.setattr(Run, "graded", grown)
        out = folder / "page.html"
        invoke("export", "last", "--runs", folder, "-o", out, "--rows", 10**30)
        assert re.findall(r'<article id="row-(\d+)"', out.read_text()) == ["0"]


def test_a_run_is_not_written_over(folder):
    run = keep(folder, [(row("a", "4"), result("a", 1.0))])
    path = folder / f"{run}.run"
    assert "is the run itself" in invoke("export", path, "-o", path, code=2).stderr
    assert "1 of 1 rows" in invoke("export", path, "-o", folder / "page.html").stderr
