"""``touchstone judge check``: what a judge is worth, found with local judges of known vices."""

import json
import re

import pytest
from click.testing import CliRunner

from tests.judge.converse_server import Choose, Fail, Say, best
from touchstone.workbench.cli import main

WORDS = ["poor"] * 4 + ["fair"] * 4 + ["excellent"] * 4


def marked(tmp_path, marks=(0, 0.5, 1), **more):
    rows = []
    for number, word in enumerate(WORDS):
        mark = marks[("poor", "fair", "excellent").index(word)]
        said = f"Answer {number} is {word}." + " And more." * (number % 4)
        turns = [{"role": "user", "content": "Say it."}, {"role": "assistant", "content": said}]
        rows.append({"messages": turns, "mark": mark, **more})
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def check(tmp_path, monkeypatch):
    (tmp_path / "graders.toml").write_text(
        '[graders.own]\ntemplate = "rubric"\n[[graders.own.settings.criteria]]\n'
        'name = "quality"\nquestion = "How good?"\nlevels = [\n'
        '{label = "poor", description = "p"}, {label = "fair", description = "f"}, '
        '{label = "excellent", description = "e"}]\n'
    )
    monkeypatch.chdir(tmp_path)

    def run(file, *judges, **options):
        named = [word for judge in judges for word in ("--judge", judge)]
        more = [word for name, value in options.items() for word in (f"--{name}", *value.split())]
        result = CliRunner().invoke(
            main, ["judge", "check", "own", str(file), "--json", *named, *more]
        )
        return result, json.loads(result.output) if result.output.startswith("[") else None

    return run


def by_word(asked):
    """Gives what the completion calls itself."""
    return Choose({"quality": re.search(r"is (poor|fair|excellent)\.", asked.text)[1]})  # type: ignore[index]


def longest(asked):
    return Choose({"quality": "excellent" if asked.text.count("And more.") > 1 else "poor"})


def first(asked):
    """Takes what is offered first."""
    return Choose({"quality": asked.offered["quality"][0]})


def url(server, model="m"):
    return f"openai:{server.url}/v1#{model}"


def test_a_judge_that_agrees_is_found_to(serve, check, tmp_path):
    result, (found,) = check(marked(tmp_path), url(serve(by_word)))
    assert result.exit_code == 0
    assert found["agreement"]["value"] == pytest.approx(1.0)
    assert found["off"]["value"] == 0.0
    assert (found["flips"]["value"], found["position"]["value"]) == (0.0, 0.0)
    assert (found["rows"], found["scored"], found["faults"]) == (12, 12, {})
    assert found["usd_per_row"] is None
    assert found["tokens_per_row"] == [120.0, 30.0]


def test_candidates_are_compared(serve, check, tmp_path):
    server = serve(lambda asked: (by_word if asked.body["model"] == "good" else longest)(asked))
    _, (good, bad) = check(marked(tmp_path), url(server, "good"), url(server, "bad"))
    assert good["agreement"]["low"] is None or good["agreement"]["low"] > 0.9
    assert bad["agreement"]["value"] < 0.3
    assert bad["length_bias"]["value"] > 0.5
    assert abs(good["length_bias"]["value"]) < 0.1


def test_a_judge_that_goes_by_position_flips_with_the_levels(serve, check, tmp_path):
    _, (found,) = check(marked(tmp_path), url(serve(first)))
    assert (found["position"]["value"], found["position_bias"]["value"]) == (1.0, 1.0)
    assert found["flips"]["value"] == 0.0


def test_a_judge_that_cannot_make_up_its_mind_flips_between_draws(serve, check, tmp_path):
    seen = {}

    def moody(asked):
        number = re.search(r"Answer (\d+) ", asked.text)[1]  # type: ignore[index]
        seen[number] = seen.get(number, 0) + 1
        return Choose({"quality": "poor" if seen[number] % 2 else "excellent"})

    _, (found,) = check(marked(tmp_path), url(serve(moody)))
    assert found["flips"]["value"] == 1.0
    assert found["position_bias"]["value"] == 0.0  # the third answer is the first again


def test_a_language_that_is_favoured_is_named(serve, check, tmp_path):
    lines = marked(tmp_path).read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    for number, one in enumerate(rows):
        one["language"] = ("en", "vi")[number % 2]
        one["messages"][1]["content"] += " Vâng." if number % 2 else ""
    path = tmp_path / "two.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))

    def english(asked):
        return Choose({"quality": "poor"}) if "Vâng" in asked.text else by_word(asked)

    _, (found,) = check(path, url(serve(english)))
    assert found["language_bias"]["en"]["value"] > 0.2
    assert found["language_bias"]["vi"]["value"] < -0.2


def test_faults_are_told_by_cause(serve, check, tmp_path):
    def squeamish(asked):
        return Say("I can't assist with that.") if "is poor" in asked.text else by_word(asked)

    result, (found,) = check(marked(tmp_path), url(serve(squeamish)), draws="1")
    assert result.exit_code == 1
    assert (found["faults"], found["verdicts"]) == ({"refused": 4}, 12)
    assert found["flips"] is None


def test_marks_may_have_a_scale_of_their_own(serve, check, tmp_path):
    _, (found,) = check(marked(tmp_path, (1, 3, 5)), url(serve(by_word)), scale="1 5")
    assert found["off"]["value"] == 0.0


@pytest.mark.parametrize("marks", [(0, 0.5, 7), (0, 0.5, None), (0, 0.5, "good"), (1, 1, 1)])
def test_rows_without_usable_marks_are_refused_by_their_line(serve, check, tmp_path, marks):
    result, found = check(marked(tmp_path, marks), url(serve(best)))
    assert (result.exit_code, found) == (2, None)
    assert "rows.jsonl" in result.output


def test_a_judge_that_answers_nobody_ends_it_with_a_sentence(serve, check, tmp_path):
    server = serve(lambda asked: Fail(401, "", "no such key"))
    result, _ = check(marked(tmp_path), url(server))
    assert result.exit_code == 2
    assert "answers nobody" in result.output
    assert len(server.asked) < 40


def test_the_stand_in_can_be_checked_too(check, tmp_path):
    result, (found,) = check(marked(tmp_path), "offline")
    assert result.exit_code == 0
    assert (found["position"], found["usd_per_row"]) == (None, 0.0)


def test_a_table_is_for_people(serve, check, tmp_path, monkeypatch):
    server = serve(by_word)
    args = ["judge", "check", "own", str(marked(tmp_path)), "--judge", url(server)]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0
    assert "flips between draws" in result.output


@pytest.mark.parametrize("fail", [Fail(401, "", "no key"), Fail(404, "", "no such model")])
def test_grading_ends_at_its_first_rows_where_the_judge_answers_nobody(
    serve, check, tmp_path, fail
):
    server = serve(lambda asked: fail)
    lines = marked(tmp_path).read_text() * 30
    (tmp_path / "many.jsonl").write_text(lines)
    args = ["grade", "own", "many.jsonl", "-o", "out.jsonl", "--judge", url(server)]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 2
    assert "answers nobody" in result.output
    assert len(server.asked) < 40
