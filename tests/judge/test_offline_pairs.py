"""The command that measures judges on pairs counts as it says."""

import json

import pytest

from benches import judges_accuracy
from tests.judge.converse_server import Choose
from tests.judge.rubrics import BEDROCK

GOOD = "Oslo is the capital of Norway, a port at the head of a long fjord."
POOR = "Norway. Norway. Norway. It is it is it is."


def pandalm(label, first: object = GOOD, second: object = POOR, **more):
    return {
        "instruction": "Name the capital.",
        "input": "Norway",
        "response1": first,
        "response2": second,
        "majority": label,
    } | more


def llmbar(label, question="Which city is the capital of Norway?", **more):
    return {"input": question, "output_1": POOR, "output_2": GOOD, "label": label} | more


@pytest.fixture
def shown(tmp_path, capsys):
    def measure(judge="offline", **files):
        for name, rows in files.items():
            place, _, stem = name.partition("__")
            (tmp_path / place).mkdir(exist_ok=True)
            (tmp_path / place / f"{stem}.jsonl").write_text("\n".join(map(json.dumps, rows)))
        judges_accuracy.main(tmp_path, judge)
        return capsys.readouterr().out

    return measure


def row(text, name):
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} ")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_accuracy_counts_ties_as_a_label(shown):
    rows = [
        pandalm(1, annotators=[1, 1, 2], gpt35="1", pandalm7b=0),
        pandalm(2, GOOD, POOR, annotators=[2, 2, 2], gpt35="Tie", pandalm7b=2),
        pandalm(0, GOOD, GOOD.upper(), annotators=[0, 0, 0], gpt35="garbage", pandalm7b=0),
        pandalm(2, True, GOOD, annotators=[2, 2, 2], gpt35="2", pandalm7b=2),
    ]
    text = shown(judges__mine=rows)
    assert "### pairs: mine" in text
    assert "4 of 4 pairs judged, 1 tasks, 1 ties" in text
    # Met: the first, the tie and the last. Of the three that people decided, two.
    assert row(text, "judge: offline")[1].startswith("0.750")
    assert row(text, "judge: offline")[4].startswith("0.667")
    assert row(text, "GPT-3.5")[1].startswith("0.500")
    assert row(text, "GPT-3.5")[4].startswith("0.833")
    assert row(text, "PandaLM-7B")[1].startswith("0.750")
    assert row(text, "person 3")[1].startswith("0.750")
    assert row(text, "random")[1].startswith("0.375")


def test_both_orders_of_another_system_count_half(shown):
    text = shown(
        instruction_following__llmbar_some=[
            llmbar(2, judges={"Model": ["2", "1"]}),
            llmbar(1, "Where does Norway's king live?", judges={"Model": ["1", "1"]}),
        ]
    )
    assert row(text, "Model")[1].startswith("0.750")
    assert row(text, "random")[1].startswith("0.500")


def test_an_answer_to_another_task_loses(shown):
    other = "Bread rises because yeast turns sugar into gas, which the dough holds."
    rows = [llmbar(2)] * 6 + [llmbar(1, "Why does bread rise?") | {"output_1": other}] * 6
    strangers = shown(judges__two=rows).partition("another task's")[2]
    assert row(strangers, "judge: offline")[2].startswith("1.000")


def test_rows_of_other_forms_and_missing_files_are_no_pairs(shown):
    assert shown().startswith("no pairs in ")
    assert shown(judges__other=[{"messages": []}, {"input": "x"}]).startswith("no pairs in ")


def test_pairs_that_the_judge_cannot_decide_are_left_out_and_counted(shown, tmp_path):
    empty = tmp_path / "nothing.jsonl"
    empty.write_text("")
    text = shown(f"recorded:{empty}", judges__mine=[pandalm(1)])
    assert "none of 1 pairs could be judged" in text


def test_the_same_command_asks_a_model_about_each_answer_alone(serve, shown):
    server = serve(
        lambda asked: Choose({name: levels[0 if POOR in asked.text else -1]
                              for name, levels in asked.offered.items()})
    )  # fmt: skip
    text = shown(BEDROCK, judges__mine=[pandalm(1), pandalm(0, GOOD, f"{GOOD} Indeed.")])
    assert row(text, f"judge: {BEDROCK}")[1].startswith("1.000")
    assert len(server.asked) == 3
