"""What cannot be imported is named with file and place, and nothing is written then."""

import json
import random

import pytest

from tests.importing.jobs import (
    ROWS,
    SIX,
    check,
    job,
    labeler,
    lines,
    multi,
    python,
    scorer,
    similar,
)
from touchstone.config import FILE_NAME
from touchstone.templates import find_grader
from touchstone.workbench.graders.importing.model import Choices, NotImported
from touchstone.workbench.graders.importing.run import read
from touchstone.workbench.graders.importing.writing import write

REFUSED = [
    ({"type": "endpoint", "url": "https://x", "name": "e"}, "$: an `endpoint` grader"),
    (job(similar("cosine")), "$.method.reinforcement.grader.evaluation_metric: `cosine`"),
    (similar("rouge_9"), "$.evaluation_metric: 'rouge_9' is none of fuzzy_match"),
    (check("same"), "$.operation: 'same' is none of eq"),
    (check(reference="{{ answer }}"), "$.reference: {{ answer }} is no path"),
    (check(reference="{{ item.a b }}"), "$.reference: {{ item.a b }} is no path"),
    (check(reference="{{ }}"), "$.reference: {{ }} names nothing"),
    (check(reference="{% if item %}"), "$.reference: a template holds placeholders"),
    (check(reference="{{ item.a | lower }}"), "$.reference: {{ item.a | lower }} is no path"),
    ({**check(), "reference": 3}, "$.reference: must be a text, not int"),
    ({**check(), "reference": None}, "$: has no 'reference'"),
    (multi("a + b", a=check()), "$.calculate_output: unknown name 'b'"),
    (multi("a.b", a=check()), "$.calculate_output: 'a.b' is not allowed"),
    (multi("1 / a", a=check()), "$.calculate_output: '1 / a' may divide by zero"),
    (multi("a - a + 2 * 0", a=check(), b=check("even")), "$.graders.b.operation: 'even'"),
    (multi("min(1, 2)", a=check()), "$.calculate_output: 'min(1, 2)' is 1 whatever"),
    (multi("check", a=check(), b=check()), "$.calculate_output: unknown name 'check'"),
    (multi("a", a={**check(), "name": []}), "$.graders.a.name: must be a text, not list"),
    (scorer(range=[0, 1e300]), "$.range: must rise, within"),
    ({**scorer(), "input": 3}, "$.input: must be a list that is not empty"),
    ({"type": [1]}, "holds no grader that is known"),
    (multi("a", a=multi("b", b=check())), "$.graders.a: a multi-grader inside"),
    (multi("a"), "$.graders: must be an object or a list that is not empty"),
    (multi("a", a={"type": "vibes"}), "$.graders.a.type: 'vibes' is no grader"),
    (python("def grade(:"), "$.source: line 1: no Python"),
    (python("def score(sample, item): return 1"), "$.source: defines no grade(sample, item)"),
    (python("import torch\ndef grade(sample, item): return 1"), "$.source: imports 'torch'"),
    (multi("a", a=python("N = 0\ndef grade(sample, item):\n    global N\n    return 1")),
     "$.graders.a.source: line 3: `global N`"),
    (scorer(range=[1, 1]), "$.range: must rise"),
    (scorer(range=[1]), "$.range: must be two numbers"),
    (scorer(model="our-deployment"), "$.model: no judge of Bedrock is known"),
    (scorer("{{ item.x }}{{ y }}"), "$.input[1].content: {{ y }} is no path"),
    ({**scorer(), "input": [{"role": "user", "content": {"type": "input_image"}}]},
     "$.input[0].content: a judge reads text, not input_image"),
    (labeler(passing_labels=["fine"]), "$.passing_labels: 'fine' is none of the labels"),
    (labeler(passing_labels=["plain", "wordy", "rude"]), "$.passing_labels: must be some"),
    (multi("a + b", a=scorer(), b=labeler()), "its graders ask 2 judges"),
    ({"data": [job(check()), job(check())]}, "$.data: holds 2 graders"),
    ({"method": {"type": "supervised"}}, "$.method: is no reinforcement fine-tuning"),
    ({"hello": 1}, "holds no grader that is known"),
    ("{", "grader.json:1: not JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("grader", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_it_is_named_with_its_place(bring, tmp_path, grader, said):
    refused = bring(grader)
    assert refused.exit_code == 2, refused.output
    place = "grader.json:1: " if said.startswith("$") else "grader.json: "
    assert f"error: {place}{said}".replace(f"{place}grader.json", "grader.json") in refused.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grader.json"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*ROWS, {"messages": ROWS[0]["messages"]}], "rows.jsonl:4: has no item.answer"),
        ([{**ROWS[0], "answer": None}], "rows.jsonl:1: has no item.answer"),
        ([{"messages": [], "answer": "x"}], "rows.jsonl:1: "),
    ],
)
def test_so_are_rows_that_no_grader_can_score(bring, tmp_path, rows, said):
    refused = bring(check(), rows=rows)
    assert refused.exit_code == 2, refused.output
    assert said in refused.output
    assert not (tmp_path / "graders.toml").exists()


def test_nothing_that_is_there_is_changed(bring, tmp_path):
    assert bring(check()).exit_code == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = bring(check("ne"), file="other.json")
    assert again.exit_code == 2
    assert "there is a grader 'mine' already" in again.output
    (tmp_path / "rewards" / "new.import.md").write_text("mine")
    assert "rewards/new.import.md is there already" in bring(check(), name="new").output
    assert {path: path.read_bytes() for path in before} == before | {
        tmp_path / "grader.json": json.dumps(check()).encode()
    }
    assert not (tmp_path / "rewards" / "new.py").exists()


def test_a_file_that_cannot_be_written_leaves_nothing_behind(bring, tmp_path):
    # Written last, and nowhere.
    (tmp_path / "graders.toml").symlink_to(tmp_path / "nowhere" / "at_all")
    failed = bring(check())
    assert failed.exit_code == 2, failed.output
    assert "No such file" in failed.output
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith("mine")]


def test_an_export_that_was_changed_is_refused_or_makes_a_grader(tmp_path):
    whole = [job(SIX), check(), similar("bleu"), python(), scorer(range=[0, 5]), labeler()]
    odd = [None, 0, -1, 1e308, "", [], {}, "{{ item }}", 'a\n"""\\', True, ["x"], "\u2028\x7f\x00"]
    draw, made, file = random.Random(11), 0, tmp_path / "grader.json"
    (tmp_path / "rewards").mkdir()
    for _ in range(250):
        grader = json.loads(json.dumps(draw.choice(whole)))
        parent, key = draw.choice(list(places(grader)))
        parent[key] = draw.choice(odd)
        file.write_text(json.dumps(grader), encoding="utf-8")
        try:
            written = write(read(str(file), Choices()), "grader.json")
        except NotImported:
            continue
        (tmp_path / "rewards" / "mine.py").write_text(written.code, encoding="utf-8")
        (tmp_path / FILE_NAME).write_text(written.entry("mine", "rewards/mine.py"), "utf-8")
        assert find_grader("mine", tmp_path / FILE_NAME).name == "mine"
        made += 1
    assert made > 20


def places(value):
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def test_scores_without_a_row_or_a_completion_are_named(bring, run, tmp_path):
    for record, said in (
        ({"completion": "x", "score": 1}, "has no row"),
        ({"item": ROWS[0], "score": 1}, "has no completion"),
        ({"item": ROWS[0], "completion": "x"}, "has no score"),
    ):
        (tmp_path / "scores.jsonl").write_text(lines([record]))
        refused = bring(check(), "--scores", "scores.jsonl")
        assert refused.exit_code == 2
        assert f"scores.jsonl:1: {said}" in refused.output
        assert not (tmp_path / "graders.toml").exists()
