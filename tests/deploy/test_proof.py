"""A new version is held to the cases of its own grader, as far as they foretell its rewards."""

import json

import pytest

from touchstone.workbench.deploy import proof
from touchstone.workbench.deploy.proof import Cases, cases_of, failures


@pytest.fixture
def graders(tmp_path):
    def write(entry, cases=None):
        file = tmp_path / "graders.toml"
        file.write_text(f"[graders.g]\n{entry}\n")
        (tmp_path / "own.py").write_text("def reward(sample):\n    return 1.0\n")
        if cases is not None:
            (tmp_path / "own.cases.jsonl").write_text("".join(json.dumps(c) + "\n" for c in cases))
        return file

    return write


OWN = 'code = "own.py"'
JUDGED = 'template = "tone_style"\nsettings = {judge = "bedrock:amazon.nova-lite-v1:0"}'


@pytest.mark.parametrize(
    ("entry", "cases", "name", "scores"),
    [
        ('template = "math_reasoning"', None, "math_reasoning/cases.jsonl", True),
        ('template = "math_reasoning"\nsettings = {neutral = 0.1}', None, "cases.jsonl", False),
        (JUDGED, None, "tone_style/cases.jsonl", False),
        (OWN, [], "own.cases.jsonl", True),
        (f'{OWN}\ncapabilities = ["judge"]\nsettings = {{judge = "bedrock:m"}}', [],
         "own.cases.jsonl", False),
    ],
)  # fmt: skip
def test_which_cases_and_whether_their_scores_count(graders, entry, cases, name, scores):
    found = cases_of("g", graders(entry, cases))
    assert str(found.file).endswith(name)
    assert found.scores is scores


def test_an_entry_of_a_template_is_held_to_cases_of_its_own(graders, tmp_path):
    file = graders('template = "math_reasoning"\nsettings = {neutral = 0.1}')
    (tmp_path / "g.cases.jsonl").write_text("")
    assert cases_of("g", file) == Cases(tmp_path / "g.cases.jsonl", scores=True)


def test_own_code_without_cases_is_only_called(graders, monkeypatch):
    found = cases_of("g", graders(OWN))
    assert found.file is None
    monkeypatch.setattr(proof, "deployed", lambda *_: None)
    assert failures("arn", found) == []


def answering(monkeypatch, score, reason=""):
    def backend(rows):
        return [
            {"id": row["id"], "aggregate_reward_score": score, "reason": reason, "metrics_list": []}
            for row in rows
        ]

    monkeypatch.setattr(proof, "deployed", lambda *_: backend)


def case(expect):
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    return {"id": "1", "messages": turns, "expect": expect}


@pytest.mark.parametrize(
    ("expect", "scores", "holds"),
    [
        ({"score": 0.5}, True, True),
        ({"score": [0.4, 0.6]}, True, True),
        ({"score": 1}, True, False),
        ({"score": 1}, False, True),
        ({"outcome": "unscored:bad_sample"}, True, False),
        ({"outcome": "unscored:bad_sample"}, False, False),
    ],
)
def test_a_case_that_ends_otherwise_is_told(tmp_path, monkeypatch, expect, scores, holds):
    answering(monkeypatch, 0.5, "half of it")
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(case(expect)) + "\n")
    found = failures("arn", Cases(file, scores))
    assert (found == []) is holds
    if not holds:
        assert "cases.jsonl:1" in found[0]
        assert "got 0.5: half of it" in found[0]
