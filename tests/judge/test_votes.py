"""Several answers to one question: samples and panels."""

import pytest

from tests.judge.converse_server import Choose, Fail, Stop, best
from tests.judge.rubrics import BEDROCK, RUBRIC, TWO, request, soon
from touchstone.judge import JudgeOptions, NoVerdict, make_judge


def in_turn(*labels):
    """Answers call n with the n-th label; ``None`` is a truncated answer."""

    def script(asked):
        label = labels[asked.number]
        return Stop("max_tokens") if label is None else Choose({"quality": label})

    return script


@pytest.mark.parametrize(
    ("labels", "level", "agreement"),
    [
        (["fair", "fair", "fair"], "fair", 1.0),
        (["poor", "excellent", "fair"], "fair", 1 / 3),
        (["excellent", "poor", "excellent"], "excellent", 2 / 3),
        (["poor", "excellent"], "poor", 0.5),
        (["fair", None, "fair"], "fair", 1.0),
    ],
)
def test_the_median_of_the_samples_counts(serve, labels, level, agreement):
    server = serve(in_turn(*labels))
    judge = make_judge(BEDROCK, JudgeOptions(samples=len(labels)))
    verdict = judge.verdict(RUBRIC, request(), soon())
    assert verdict.levels == {"quality": level}
    assert verdict.agreement == pytest.approx(agreement)
    assert verdict.samples == len(labels) - labels.count(None)
    assert verdict.usage.calls == len(server.asked) == len(labels)
    assert verdict.judge == BEDROCK
    names = {metric.name for metric in verdict.metrics()}
    assert "judge_agreement" in names


def test_without_more_than_half_of_the_samples_there_is_no_verdict(serve):
    serve(in_turn(None, "excellent"))
    with pytest.raises(NoVerdict) as caught:
        make_judge(BEDROCK, JudgeOptions(samples=2)).verdict(RUBRIC, request(), soon())
    assert caught.value.cause == "truncated"
    assert caught.value.usage.calls == 2


def panel_of(serve, vote, **level_of_model):
    def script(asked):
        level = level_of_model[asked.path.split("/")[2]]
        return Fail(403, "AccessDeniedException") if level is None else Choose({"quality": level})

    serve(script)
    first, *others = (f"bedrock:{model}" for model in level_of_model)
    options = JudgeOptions(panel=others, vote=vote)
    return make_judge(first, options).verdict(RUBRIC, request(), soon())


@pytest.mark.parametrize(
    ("vote", "labels", "level", "value"),
    [
        ("majority", ["poor", "excellent", "excellent"], "excellent", 1.0),
        ("majority", ["poor", "fair", "excellent"], "fair", 0.4),
        ("median", ["poor", "excellent", "excellent", "excellent"], "excellent", 1.0),
        ("mean", ["poor", "excellent", "excellent"], "excellent", 2 / 3),
        ("mean", ["fair", "fair"], "fair", 0.4),
    ],
)
def test_a_panel_votes(serve, vote, labels, level, value):
    models = dict(zip("abcd", labels, strict=False))
    verdict = panel_of(serve, vote, **models)
    assert verdict.levels == {"quality": level}
    assert verdict.values["quality"] == pytest.approx(value)
    assert verdict.judge == " + ".join(f"bedrock:{model}" for model in models)


def test_a_panel_does_without_a_minority(serve):
    verdict = panel_of(serve, "majority", a="excellent", b=None, c="excellent")
    assert (verdict.levels, verdict.samples) == ({"quality": "excellent"}, 2)
    with pytest.raises(NoVerdict):
        panel_of(serve, "majority", a="excellent", b=None, c=None)


def test_a_panel_with_the_stand_in_says_so(serve):
    serve(best)
    verdict = make_judge(BEDROCK, JudgeOptions(panel=["offline"])).verdict(TWO, request(), soon())
    assert verdict.stand_in
    assert verdict.judge == f"{BEDROCK} + offline"
    names = {metric.name for metric in verdict.metrics()}
    assert {"judge_offline", "judge_input_tokens"} <= names


TASK = "Which city is the capital of Norway?"


def test_the_mean_of_the_samples_counts_where_it_is_asked_for(serve):
    serve(in_turn("poor", "excellent", "fair"))
    judge = make_judge(BEDROCK, JudgeOptions(samples=3, vote="mean"))
    assert judge.verdict(RUBRIC, request(), soon()).values["quality"] == pytest.approx(1.4 / 3)
