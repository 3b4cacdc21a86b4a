"""The figures of the accuracy tables are computed as they say."""

import json

import pytest

from benches import accuracy, summarization_quality_accuracy
from benches.stats import bootstrap_ci, spearman, table, wilson
from tests.summarization_quality.grading import GOOD, SOURCE


def test_spearman_ranks_ties_by_their_mean():
    assert spearman([1, 2, 3, 4], [10, 20, 30, 45]) == pytest.approx(1.0)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert spearman([1, 2, 2, 3], [1, 3, 2, 4]) == pytest.approx(0.9486833)
    assert spearman([1, 1, 1], [1, 2, 3]) is None
    assert spearman([1], [1]) is None
    with pytest.raises(ValueError, match="2 values against 1"):
        spearman([1, 2], [1])


def test_wilson_gives_the_published_interval():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=2e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == 0.0


def test_bootstrap_is_seeded_and_holds_the_mean():
    values = [0.1, 0.4, 0.35, 0.8, 0.6, 0.2]

    def mean(of):
        return sum(of) / len(of)

    low, high = bootstrap_ci(values, mean)
    assert (low, high) == bootstrap_ci(values, mean)
    assert min(values) < low < mean(values) < high < max(values)


def test_a_table_lines_up():
    assert table(("a", "long"), [("x", "1")]) == "| a | long |\n| - | ---- |\n| x | 1    |"


def rated(completion, rating, article):
    turns = [{"role": "user", "content": SOURCE}, {"role": "assistant", "content": completion}]
    return {"messages": turns, "label": {"coherence": rating, "article_id": article}}


def test_the_command_measures_rated_summaries(tmp_path, capsys):
    folder = tmp_path / "summarization_quality"
    folder.mkdir()
    rows = [
        rated(text, rating, article)
        for article in ("a", "b")
        for text, rating in ((GOOD, 5), (f"{GOOD} {GOOD}", 2), (f"{GOOD} " * 3, 1))
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    summarization_quality_accuracy.main(tmp_path)
    shown = capsys.readouterr().out
    assert "6 of 6 summaries graded, 2 articles, judge offline" in shown
    (line,) = [row for row in shown.splitlines() if "judge: coherence, before levels" in row]
    assert line.count("1.000 [1.000, 1.000]") == 3


def test_a_folder_without_rows_is_said_to_be_so(tmp_path, capsys):
    summarization_quality_accuracy.main(tmp_path)
    assert "no rated summaries" in capsys.readouterr().out
    assert accuracy.main([str(tmp_path / "nowhere")]) == 2
