"""A recording replays what a judge said, and guesses nothing that it did not."""

import pytest

from tests.judge.converse_server import Choose, Stop
from tests.judge.rubrics import BEDROCK, QUALITY, RUBRIC, request, soon
from touchstone.judge import (
    Criterion,
    JudgeOptions,
    Level,
    NoVerdict,
    Rubric,
    Usage,
    make_judge,
)


@pytest.fixture
def recording(serve, tmp_path):
    """A recording of one verdict by a Bedrock judge that is gone."""
    path = tmp_path / "verdicts.jsonl"
    server = serve(lambda asked: Choose({"quality": "fair"}))
    judge = make_judge(BEDROCK, JudgeOptions(record=str(path)))
    judge.verdict(RUBRIC, request("\ud800 Oslo."), soon())
    server.script = lambda asked: Stop("max_tokens")
    with pytest.raises(NoVerdict):
        judge.verdict(RUBRIC, request("Never answered."), soon())
    return path


def test_a_recording_answers_as_the_judge_did_and_costs_nothing(recording):
    judge = make_judge(f"recorded:{recording}")
    verdict = judge.verdict(RUBRIC, request("\ud800 Oslo."), soon())
    assert (verdict.judge, verdict.values, verdict.reason) == (BEDROCK, {"quality": 0.4}, "because")
    assert verdict.usage == Usage()


@pytest.mark.parametrize(
    ("rubric", "asked"),
    [
        (RUBRIC, request("Never answered.")),
        (RUBRIC, request("Oslo.")),
        (RUBRIC, request("\ud800 Oslo.", context={"policy": "none"})),
        (RUBRIC, request("\ud800 Oslo.", findings=("5 words",))),
        (Rubric("helpfulness", (QUALITY,), "Other instructions."), request("\ud800 Oslo.")),
    ],
)
def test_what_was_not_recorded_is_a_fault(recording, rubric, asked):
    with pytest.raises(NoVerdict) as caught:
        make_judge(f"recorded:{recording}").verdict(rubric, asked, soon())
    assert caught.value.cause == "misconfigured"


def test_a_rubric_with_other_levels_is_another_rubric(recording):
    levels = (Level("bad", "", 0.0), Level("good", "", 1.0))
    other = Rubric(
        "helpfulness", (Criterion("quality", QUALITY.question, levels),), RUBRIC.instructions
    )
    with pytest.raises(NoVerdict):
        make_judge(f"recorded:{recording}").verdict(other, request("\ud800 Oslo."), soon())


def test_an_edited_level_that_is_not_offered_is_refused(recording):
    recording.write_text(recording.read_text().replace('"fair"', '"superb"'))
    with pytest.raises(NoVerdict) as caught:
        make_judge(f"recorded:{recording}").verdict(RUBRIC, request("\ud800 Oslo."), soon())
    assert caught.value.cause == "outside_set"


def test_a_broken_line_is_named(recording):
    recording.write_text(recording.read_text() + "{broken\n")
    with pytest.raises(NoVerdict, match="line 2"):
        make_judge(f"recorded:{recording}").verdict(RUBRIC, request(), soon())


def test_the_texts_themselves_are_not_kept(recording):
    assert "Oslo" not in recording.read_text()
