"""What a run amounts to names what makes its scores doubtful."""

import io

from rich.console import Console

from touchstone.workbench.grading.summary import Summary
from touchstone.workbench.grading.table import summary_table


def entry(**metrics):
    listed = [{"name": n, "value": v, "type": "Metric"} for n, v in metrics.items()]
    return {"outcome": "scored", "aggregate_reward_score": 0.5, "metrics_list": listed}


def told(*entries):
    summary = Summary()
    for one in entries:
        summary.add(one, None)
    return summary.as_json("")


def test_doubts_are_counted_and_shown():
    found = told(
        entry(decision_readable=0.0), entry(decision_readable=1.0), entry(judge_unquoted=1.0)
    )
    assert found["doubts"] == {"decision unreadable": 1, "judged without a quote": 1}
    shown = Console(file=io.StringIO(), width=80)
    shown.print(summary_table("t", found))
    assert "1 of 3 rows" in shown.file.getvalue()  # type: ignore[attr-defined]


def test_without_doubts_none_is_shown():
    assert told(entry(decision_readable=1.0), entry(judge_calls=1.0))["doubts"] == {}
