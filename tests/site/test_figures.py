"""The tables of the documents are those that the benches kept, and nothing else writes them."""

from collections import Counter

import pytest

from benches import figures

PAGES = {page.name: page.read_text(encoding="utf-8") for page in figures.PAGES}
KEPT = sorted(path.stem for path in figures.FOLDER.glob("*.json"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_was_kept(page):
    assert PAGES[page] == figures.drawn(PAGES[page]), "run `make figures`"


def test_every_table_that_is_kept_is_shown_once():
    assert Counter(figures.shown()) == dict.fromkeys(KEPT, 1)


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_table_says_what_it_was_measured_on(name):
    table = figures.read(name)
    bench = figures.ROOT / "benches" / f"{name.partition('-')[0]}.py"
    assert "tell(" in bench.read_text(encoding="utf-8")
    assert all((table.recorded, table.version, table.conditions))
    assert {len(row) for row in table.rows} == {len(table.header)}


def test_a_bench_keeps_what_it_tells_where_that_is_asked_for(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures: bench-table -->\nold\n<!-- /figures -->\nafter\n")
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    monkeypatch.setattr(figures, "PAGES", (page,))
    monkeypatch.setattr("sys.argv", ["figures"])
    told = (["", "ms"], [["đo lường 計測", "1.5"]], "judge offline")
    monkeypatch.delenv("KEEP", raising=False)
    figures.tell("bench-table", *told)
    monkeypatch.setenv("KEEP", "1")
    figures.tell("bench-unshown", *told)
    assert not list(tmp_path.glob("*.json"))
    figures.tell("bench-table", *told)
    figures.main()
    drawn = page.read_text(encoding="utf-8")
    assert capsys.readouterr().out.splitlines()[2] in drawn  # the row, as it was printed
    assert "judge offline" in drawn
    assert "cores" in drawn
    assert (drawn[:7], drawn[-6:]) == ("before\n", "after\n")
