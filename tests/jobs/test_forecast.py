"""What a forecast says of rollouts whose rates are known."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.workbench.forecast import TooFew, forecast
from touchstone.workbench.forecast.advice import advise, verdict_of
from touchstone.workbench.forecast.rollouts import grade_rollouts, top_of
from touchstone.workbench.forecast.statistics import (
    clustered_share,
    correlation,
    fit_beta_binomial,
    flat_chance,
    flat_under_beta,
    rank_products,
    ratio,
)
from touchstone.workbench.jobs.plan.forecast.curate import curate
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.rows.rft import read_lines as read_dataset
from touchstone.workbench.stats import Range, bootstrap, wilson


def row(prompt, reward, *, length=5, **more):
    """A rollout that the grader below gives this reward to."""
    return {
        "id": prompt,
        "messages": [
            {"role": "user", "content": prompt},
            {"role": "assistant", "content": f"{reward} ".ljust(length, ".")},
        ],
        "reference_answer": prompt,
        **more,
    }


def grader(rows):
    """Answers each completion with the number that it begins with; ``fail`` is a fault."""
    reply = []
    for each in rows:
        word = each["messages"][-1]["content"].split()[0]
        failed = word == "fail"
        metrics = [] if failed else [{"name": "right", "value": float(word), "type": "Reward"}]
        if failed:
            metrics = [{"name": "unscored_judge_fault", "value": 1.0, "type": "Metric"}]
        reply.append(
            {"id": each["id"], "aggregate_reward_score": 0.5 if failed else float(word),
             "metrics_list": metrics}
        )  # fmt: skip
    return reply


def graded(rows):
    lines = [Line("", number, each) for number, each in enumerate(rows, 1)]
    return grade_rollouts(lines, grader, 1)


def coins(prompts, samples, chance, seed=0):
    """Rollouts of prompts whose chance of success ``chance`` draws."""
    rng = random.Random(seed)
    made = []
    for index in range(prompts):
        rate = chance(rng)
        made += [row(f"p{index}", float(rng.random() < rate)) for _ in range(samples)]
    return made


def seen(rows, size=8) -> Any:
    return forecast(graded(rows), size=size)


def test_counts_of_a_small_sample_are_exact():
    made = seen(
        [row("a", 0)] * 4
        + [row("b", 1)] * 4
        + [row("c", 0.5)] * 4
        + [row("d", 0), row("d", 1)] * 2,
        size=4,
    )
    assert (made.prompts, made.rollouts) == (4, 16)
    for share in (made.flat_wrong, made.flat_right, made.flat_equal, made.useful):
        assert share.value == 0.25
        assert share.low < 0.25 < share.high
    assert made.positive.value == 10 / 16
    assert made.perfect.value == 6 / 16
    assert made.reward.value == 0.5
    assert made.criteria["right"].flat.value == 0.75
    assert made.truncated is None


def test_faults_are_counted_by_kind_and_are_no_reward():
    made = seen([row("a", 0), row("a", 1), row("a", "fail"), row("b", "fail")])
    assert made.faults == {"judge_fault": 2}
    assert made.unscored.value == 0.5
    assert made.reward.value == 0.5


def test_rows_say_whether_they_were_cut_off():
    made = seen(
        [row("a", 0, truncated=True), row("a", 1, metadata={"finish_reason": "length"}),
         row("a", 1, finish_reason="stop"), row("a", 1)]
    )  # fmt: skip
    assert made.truncated.value == pytest.approx(2 / 3)


def test_without_two_rollouts_of_a_prompt_there_is_no_forecast():
    with pytest.raises(TooFew, match="no prompt has two") as caught:
        seen([row("a", 0), row("b", 1), row("c", "fail")])
    assert "several rollouts of each prompt" in caught.value.advice


def test_the_same_rollouts_give_the_same_forecast():
    rows = coins(30, 4, lambda rng: rng.betavariate(1, 1))
    first, second = seen(rows).as_json(), seen(rows).as_json()
    for timed in ("measured", "call_seconds"):
        del first[timed], second[timed]
    assert first == second


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (2, 2), (0.3, 2.0)])
def test_intervals_cover_the_truth(alpha, beta):
    """Of 24 samples at 95 %, 18 or fewer would cover by chance once in a thousand."""
    size, runs = 8, 24
    useful = 1 - flat_under_beta(alpha, beta, size)
    covered = {"positive": 0, "useful": 0, "reward": 0}
    for seed in range(runs):
        made = seen(coins(60, 8, lambda rng: rng.betavariate(alpha, beta), seed), size)
        truth = {"positive": alpha / (alpha + beta), "useful": useful}
        truth["reward"] = truth["positive"]
        for name, value in truth.items():
            estimate = getattr(made, name)
            covered[name] += estimate.low <= value <= estimate.high
    assert min(covered.values()) > 18, covered


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (2, 2)])
def test_useful_groups_are_foretold_for_more_rollouts_than_were_sampled(alpha, beta):
    truth = 1 - flat_under_beta(alpha, beta, 16)
    made = seen(coins(600, 4, lambda rng: rng.betavariate(alpha, beta)), size=16)
    assert made.useful.value == pytest.approx(truth, abs=0.06)


def test_length_is_compared_within_prompts_only():
    rng = random.Random(3)
    # Prompts with long answers are easy; within one, length and reward have nothing in common.
    between = [
        row(f"p{i}", int(rng.random() < (0.8 if i % 2 else 0.2)), length=20 + 500 * (i % 2) + extra)
        for i in range(40)
        for extra in rng.sample(range(8), 8)
    ]
    farming = [row(f"p{i}", k / 8, length=10 + 10 * k) for i in range(40) for k in range(8)]
    assert abs(seen(between).length.value) < 0.15
    assert seen(farming).length.value == pytest.approx(1)


VERDICTS = [
    ("go", coins(60, 8, lambda rng: rng.betavariate(1, 1))),
    ("sft", coins(60, 8, lambda rng: 0.0)),
    ("sft", coins(60, 8, lambda rng: 0.02)),
    ("fix", coins(60, 8, lambda rng: 0.99)),
    ("fix", coins(60, 8, lambda rng: float(rng.random() < 0.5))),
    ("fix", [row(f"p{i}", k % 2, truncated=k < 2) for i in range(40) for k in range(8)]),
    ("fix", [row(f"p{i}", "fail" if k < 2 else 0) for i in range(40) for k in range(8)]),
]


@pytest.mark.parametrize(("verdict", "rows"), VERDICTS, ids=range(len(VERDICTS)))
def test_the_verdict_names_what_to_do_first(verdict, rows):
    advice = advise(seen(rows))
    assert verdict_of(advice) == verdict
    assert all(each.action for each in advice)


def test_reward_for_length_is_shown_to_a_person():
    rows = [row(f"p{i}", k / 8, length=10 + 10 * k) for i in range(40) for k in range(8)]
    (advice,) = advise(seen(rows))
    assert (advice.verdict, "longer" in advice.message) == ("go", True)


def test_one_prompt_bears_no_interval_of_its_own():
    made = seen([row("a", k / 8, length=10 + 10 * k) for k in range(8)])
    assert made.length.value == pytest.approx(1)
    for estimate in (made.length, made.reward, made.criteria["right"].spread):
        assert estimate.interval is None
    assert made.useful.low < 0.5 < made.useful.high
    assert not [each for each in advise(made) if "longer" in each.message]


def test_the_time_of_a_call_is_that_of_the_largest():
    rollouts = graded([row("a", k % 2) for k in range(8)])
    rollouts.calls[:] = [(4.0, 64), (6.0, 64), (0.1, 8)]
    assert forecast(rollouts, size=8).measured.seconds == Range(4.0, 6.0)


def test_a_grader_slower_than_its_timeout_is_mended_first():
    made = seen(coins(20, 8, lambda rng: 0.5))
    assert verdict_of(advise(made, timeout_s=300)) == "go"
    assert verdict_of(advise(made, timeout_s=0)) == "fix"


def test_a_perfect_answer_that_stays_below_the_bound_is_the_highest_reward():
    rollouts = graded([row("a", 0.95), row("a", 0.2)])
    assert top_of(rollouts, 1.0) == 0.95
    assert top_of(graded([row("a", 0.3)]), 1.0) == 1.0
    assert top_of(graded([]), 2.0) == 2.0


@pytest.fixture
def dataset(tmp_path):
    def write(prompts):
        file = tmp_path / "train.jsonl"
        turns = [{**row(prompt, 0), "extra": [1, "ü"]} for prompt in prompts]
        for each in turns:
            each["messages"] = each["messages"][:1]
        file.write_text("".join(json.dumps(each) + "\n" for each in turns), encoding="utf-8")
        return file

    return write


def test_curating_leaves_out_what_always_or_never_succeeds_and_nothing_else(tmp_path, dataset):
    file, out = dataset("abcdefg"), tmp_path / "out.jsonl"
    rows = (
        [row("a", 1)] * 8 + [row("b", 0)] * 8  # out
        + [row("c", 1), row("c", 0)] * 4  # differs
        + [row("d", 1)] * 7  # too few to say
        + [row("e", 0.5)] * 8  # flat, and yet neither
        + [row("f", 0)] * 8 + [row("f", "fail")]  # one is not known
    )  # fmt: skip
    counts = curate(str(file), out, graded(rows), least=8)
    assert counts.as_json() == {
        "kept": 5, "always_right": 1, "always_wrong": 1, "unsampled": 1, "too_few": 1,
    }  # fmt: skip
    lines = file.read_bytes().splitlines()
    assert out.read_bytes().splitlines() == lines[2:]
    assert list(tmp_path.glob("*.part")) == []


@settings(max_examples=60, deadline=None)
@given(fates=st.lists(st.sampled_from("10mx"), min_size=1, max_size=30))
def test_curated_rows_are_all_there_in_order_and_byte_for_byte(tmp_path_factory, fates):
    folder = tmp_path_factory.mktemp("curate")
    file, out = folder / "in.jsonl", folder / "out.jsonl"
    prompts = [{"messages": [{"role": "user", "content": f"p{i}"}], "reference_answer": f"p{i}"}
               for i in range(len(fates))]  # fmt: skip
    file.write_text("".join(json.dumps(p) + "\n" for p in prompts), encoding="utf-8")
    rewards = {"1": [1, 1], "0": [0, 0], "m": [0, 1], "x": []}
    rows = [row(f"p{i}", reward) for i, fate in enumerate(fates) for reward in rewards[fate]]
    counts = curate(str(file), out, graded(rows), least=2)
    kept = [line.raw for line in read_dataset(str(out))]
    assert kept == [
        line.raw for line, fate in zip(read_dataset(str(file)), fates, strict=True) if fate in "mx"
    ]
    assert counts.kept + counts.always_right + counts.always_wrong == len(fates)


# The statistics, against what is known of them.


@pytest.mark.parametrize(
    ("share", "trials", "low", "high"),
    # With z = 1.96: z^2 / (n + z^2) above 0, and 0.5 -+ z / (2 sqrt(n + z^2)) about a half.
    [(0.0, 10, 0.0, 0.2775327998628892), (0.5, 20, 0.2992980081982124, 0.7007019918017876),
     (1.0, 5, 0.5655175352168252, 1.0)],
)  # fmt: skip
def test_wilson(share, trials, low, high):
    made = wilson(share, trials)
    assert (made.low, made.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(8, 16)), min_size=1, max_size=40))
def test_a_clustered_share_is_between_that_of_prompts_and_of_rollouts(groups):
    made = clustered_share(groups)
    total = sum(count for _, count in groups)
    widest, narrowest = wilson(made.value, len(groups)), wilson(made.value, total)
    assert widest.low - 1e-12 <= made.low <= narrowest.low + 1e-12
    assert narrowest.high - 1e-12 <= made.high <= widest.high + 1e-12


def test_alike_rollouts_count_as_one():
    copies = clustered_share([(8, 8), (0, 8)] * 20)
    assert (copies.low, copies.high) == pytest.approx((wilson(0.5, 40).low, wilson(0.5, 40).high))


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12), st.floats(0.1, 9))
def test_rank_correlation_does_not_change_with_the_scale(values, scale):
    rng = random.Random(1)
    other = [rng.random() for _ in values]
    plain = correlation([rank_products(values, other)])
    assert -1 - 1e-9 <= plain <= 1 + 1e-9
    scaled = [round(v, 3) * scale for v in values]
    rounded = [round(v, 3) for v in values]
    assert correlation([rank_products(scaled, other)]) == pytest.approx(
        correlation([rank_products(rounded, other)])
    )


def test_spearman_with_ties():
    # Centred ranks (-1.5, 0, 0, 1.5) and (-1.5, 0.5, -0.5, 1.5): 4.5 / sqrt(4.5 * 5).
    assert correlation([rank_products([1, 2, 2, 4], [1, 3, 2, 4])]) == pytest.approx(
        0.9486832980505138
    )


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=4, max_size=8))
def test_the_chance_of_a_flat_group_is_that_of_its_subsets(values):
    from itertools import combinations

    subsets = list(combinations(values, 3))
    assert flat_chance(values, 3) == pytest.approx(
        sum(len(set(s)) == 1 for s in subsets) / len(subsets)
    )


def test_beta_binomial_finds_what_made_the_groups():
    rng = random.Random(7)
    groups = []
    for _ in range(3000):
        rate = rng.betavariate(0.8, 2.4)
        groups.append((sum(rng.random() < rate for _ in range(8)), 8))
    alpha, beta = fit_beta_binomial(groups)
    assert alpha / (alpha + beta) == pytest.approx(0.25, abs=0.02)
    assert alpha + beta == pytest.approx(3.2, rel=0.15)


def test_a_bootstrap_interval_holds_its_estimate():
    made: Any = bootstrap([(float(i), 1.0) for i in range(50)], ratio)
    assert made.low < made.value == 24.5 < made.high
