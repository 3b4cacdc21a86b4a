"""Several answers to one question: samples, panels, and groups in several orders."""

import re

import pytest

from tests.judge.converse_server import Choose, Fail, Stop, best
from tests.judge.rubrics import BEDROCK, RUBRIC, TWO, request, soon
from touchstone.judge import Group, JudgeOptions, NoVerdict, make_judge


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


def shown(asked):
    """The candidates' texts, in the order they were shown."""
    return re.findall(r"^<<<CANDIDATE \d+ \w+\n(.*?)\nCANDIDATE", asked.text, re.S | re.M)


def by_length(asked):
    """A judge that prefers longer candidates."""
    texts = shown(asked)
    order = sorted(texts, key=len, reverse=True)
    return Choose({f"candidate_{n}": str(order.index(t) + 1) for n, t in enumerate(texts, 1)})


def first_shown(asked):
    """A judge that prefers what it saw first."""
    return Choose({f"candidate_{n}": str(n) for n, _ in enumerate(shown(asked), 1)})


def test_a_pair_is_asked_in_both_orders(serve):
    server = serve(by_length)
    ranking = make_judge(BEDROCK).rank(RUBRIC, Group(TASK, ("Oslo", "It is Oslo")), soon())
    assert ranking.values == (0.0, 1.0)
    assert (ranking.agreement, ranking.samples) == (1.0, 2)
    one, other = (shown(asked) for asked in server.asked)
    assert one == other[::-1]


def test_a_judge_with_a_taste_for_the_first_place_prefers_nobody(serve):
    serve(first_shown)
    judge = make_judge(BEDROCK)
    for seed in range(6):
        group = Group(TASK, (f"Oslo {seed}", f"Bergen {seed}"))
        ranking = judge.rank(RUBRIC, group, soon(), seed=seed)
        assert ranking.values == (0.5, 0.5)
        assert ranking.agreement == 0.0


def test_a_group_is_asked_in_one_call_shuffled_by_the_seed(serve):
    server = serve(by_length)
    group = Group(TASK, tuple("x" * n + " is a city" for n in range(1, 9)))
    for seed in (1, 1, 2):
        judge = make_judge(BEDROCK)
        ranking = judge.rank(RUBRIC, group, soon(), seed=seed)
        assert ranking.values == pytest.approx([n / 7 for n in range(8)])
    first, again, other = (shown(asked) for asked in server.asked)
    assert first == again
    assert sorted(first) == sorted(other) == sorted(group.completions)
    assert first != other
    assert first != list(group.completions)


def test_equal_candidates_are_shown_once_and_share_their_place(serve):
    server = serve(by_length)
    group = Group(TASK, ("Oslo", "It is Oslo", "Oslo"))
    ranking = make_judge(BEDROCK).rank(RUBRIC, group, soon())
    assert ranking.values == (0.25, 1.0, 0.25)
    assert sorted(shown(server.asked[0])) == ["It is Oslo", "Oslo"]


def test_a_group_of_equal_texts_is_a_tie_and_asks_nobody(serve):
    server = serve(by_length)
    ranking = make_judge(BEDROCK).rank(RUBRIC, Group(TASK, ("Oslo",) * 4), soon())
    assert ranking.values == (0.5,) * 4
    assert server.asked == []


def test_a_place_that_does_not_exist_is_a_fault(serve):
    serve(lambda asked: Choose({"candidate_1": "3"}))
    with pytest.raises(NoVerdict) as caught:
        make_judge(BEDROCK).rank(RUBRIC, Group(TASK, ("Oslo", "Bergen")), soon())
    assert caught.value.cause == "outside_set"


def test_a_panel_ranks_by_its_mean(serve):
    serve(lambda asked: by_length(asked) if "/a/" in asked.path else first_shown(asked))
    judge = make_judge("bedrock:a", JudgeOptions(panel=["bedrock:b"]))
    ranking = judge.rank(RUBRIC, Group(TASK, ("Oslo", "It is Oslo")), soon())
    assert ranking.values == (0.25, 0.75)
