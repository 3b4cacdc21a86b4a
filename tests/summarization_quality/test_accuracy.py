"""The figures of the accuracy tables are computed as they say."""

import json

from benches import accuracy, summarization_quality_accuracy
from benches.tables import shown, table
from tests.summarization_quality.grading import GOOD, SOURCE
from touchstone.workbench.stats import Estimate


def test_a_table_lines_up():
    assert table(("a", "long"), [("x", "1")]) == "| a | long |\n| - | ---- |\n| x | 1    |"


def test_a_figure_is_shown_with_its_interval_where_one_is_known():
    assert shown(Estimate(0.4, 0.35, 0.45)) == "0.400 [0.350, 0.450]"
    assert shown(Estimate(0.4, None, None)) == "0.400"


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
    (line,) = [row for row in shown.splitlines() if "judge: coherence" in row]
    assert line.count(" 1.000 ") == 3


def test_a_folder_without_rows_is_said_to_be_so(tmp_path, capsys):
    summarization_quality_accuracy.main(tmp_path)
    assert "no rated summaries" in capsys.readouterr().out
    assert accuracy.main([str(tmp_path / "nowhere")]) == 2
