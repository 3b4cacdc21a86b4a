"""One row as a form: graded, compared under two settings, its tools' work shown, kept as a case."""

import errno
import html
import json
import os
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.studio.support import keep, result, row

ADD = "```python\ndef add(a, b):\n    return a + b\n```"
TESTS = {"entry_point": "add", "test_cases": [{"input": [1, 2], "output": 3}]}
HOSTILE = "<script>window.pwned = 1</script></textarea> \u202e x"


def post(client, status=200, /, **fields):
    names = {name.replace("_", "-") if name[-2:] in ("_a", "_b") else name: value
             for name, value in fields.items()}  # fmt: skip
    reply = client.post("/try", names)
    assert reply.status == status, reply.text
    return reply.text


def test_a_row_is_graded_with_its_criteria_and_reason(client):
    page = post(client, grader_a="math_reasoning", prompt="2+2?", completion="It is 4.",
                reference="4")  # fmt: skip
    assert "math_reasoning gives 1." in page
    assert "equals &#39;4&#39;" in page
    assert re.search(r"answer_<wbr>correct.*?1", page)


def test_two_settings_stand_side_by_side(client):
    page = post(client, prompt="2+2?", completion="2 + 2 = 5, so the answer is 4", reference="4",
                grader_a="math_reasoning", grader_b="math_reasoning",
                settings_b="weights = {steps_valid = 1}\ngates = {}")  # fmt: skip
    assert "math_reasoning gives 0.95; beside it, math_reasoning gives 0.5" in page


def test_what_the_sandbox_was_given_and_what_came_back_is_shown(client):
    page = html.unescape(post(client, grader_a="code_verification", prompt="Write add(a, b).",
                              completion=ADD, reference=json.dumps(TESTS)))  # fmt: skip
    assert "What the sandbox saw: calls of add" in page
    assert "add(1, 2): 3" in page


def test_what_the_judge_was_given_and_what_it_said_is_shown(client):
    page = html.unescape(post(client, grader_a="rubric", prompt="Why is the sky blue?",
                              completion="Air scatters blue light more than red."))  # fmt: skip
    assert "What the judge saw: offline" in page
    assert "questions" in page
    assert "what came back" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("settings_a", "weigths = {}", "unknown setting 'weigths'; did you mean 'weights'?"),
        ("settings_a", "weights = ", "settings: "),
        ("grader_a", "", "grader: choose one"),
        ("grader_a", "math_reasonin", "did you mean 'math_reasoning'?"),
        ("others", "[1]", "other fields: not an object but list"),
        ("others", '{"messages": 3}', "other fields: messages is no list"),
        ("expect_a", f'{{"score": [{"9" * 400}, 1]}}', "expect.score: is ["),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, field, value, said):
    typed = {"grader_a": "math_reasoning", "prompt": "\n 2+2?", "completion": HOSTILE,
             "reference": "4", "settings_b": "neutral = 0.1", "keep": "a"}  # fmt: skip
    page = post(client, 400, **{**typed, field: value})
    assert "<script>window" not in page
    shown = re.findall(r"<textarea name=\"([\w-]+)\"[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    boxes = {name: html.unescape(text) for name, text in shown}
    assert (boxes["prompt"], boxes["completion"]) == ("\n 2+2?", HOSTILE)
    assert boxes["settings-b"] == "neutral = 0.1"
    assert said in html.unescape(page)


def test_a_case_is_added_behind_those_that_are_there_and_shown(client):
    typed = {"grader_a": "math_reasoning", "prompt": "2+2?", "completion": "It is 5.",
             "reference": "4", "keep": "a"}  # fmt: skip
    Path("math_reasoning.cases.jsonl").write_text('{"messages": []}')
    page = html.unescape(post(client, **typed, expect_a='{"score": 1, "note": "as I see it"}'))
    assert "Kept as math_reasoning.cases.jsonl:2" in page
    assert "the case expects a score of 1, and got 0" in page
    before, kept = Path("math_reasoning.cases.jsonl").read_text().splitlines()
    assert before == '{"messages": []}'
    assert json.loads(kept)["expect"] == {"score": 1, "note": "as I see it"}
    assert kept in page
    # Not a second time, and not with another expectation either.
    again = post(client, 400, **typed, expect_a='{"score": 0}')
    assert "math_reasoning.cases.jsonl:2: holds this row already" in again
    bad = post(client, 400, **(typed | {"completion": "x"}), expect_a='{"scor": 0}')
    assert "did you mean &#39;score&#39;?" in bad
    assert len(Path("math_reasoning.cases.jsonl").read_text().splitlines()) == 2


def test_the_cases_of_code_stand_beside_it_where_check_reads_them(client):
    Path("rewards").mkdir()
    Path("rewards/one.py").write_text("def reward(sample):\n    return 1.0\n")
    Path("graders.toml").write_text('[graders.one]\ncode = "rewards/one.py"\n')
    page = post(client, grader_a="one", prompt="?", completion="!", keep="a",
                expect_a='{"score": 1}')  # fmt: skip
    assert "one gives 1." in page
    assert len(Path("rewards/one.cases.jsonl").read_text().splitlines()) == 1


def test_a_row_of_a_run_fills_the_form(client, tmp_path):
    name = keep(tmp_path / "runs", [(row("a", HOSTILE), result("a", 1.0))], "math_reasoning")
    page = client.ask(f"/try?run={name}&n=0").text
    assert html.escape(HOSTILE, quote=False) in page
    assert "<option selected>math_reasoning" in page
    assert "has no row 7" in client.ask(f"/try?run={name}&n=7").text


def test_another_page_cannot_grade(client):
    body = urlencode({"grader-a": "math_reasoning"})
    assert client.ask("/try", "POST", body, Origin="http://evil.example").status == 403


def test_a_reference_of_no_number_is_a_text(client):
    typed = {"grader_a": "math_reasoning", "prompt": "2+2?", "completion": "4", "keep": "a"}
    for reference in ("[NaN]", "[1e999]"):
        post(client, **typed, reference=reference, expect_a='{"outcome": "scored"}')
    held = Path("math_reasoning.cases.jsonl").read_text().splitlines()
    assert [json.loads(line)["reference_answer"] for line in held] == ["[NaN]", "[1e999]"]


def test_a_case_that_the_disk_has_no_room_for_leaves_the_file_as_it_was(client, monkeypatch):
    file = Path("math_reasoning.cases.jsonl")
    file.write_text('{"messages": []}')

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    typed = {"grader_a": "math_reasoning", "prompt": "?", "completion": "!", "keep": "a"}
    page = post(client, 400, **typed, expect_a='{"score": 1}')
    assert "No space left on device" in page
    assert file.read_text() == '{"messages": []}'
