"""Graders as the libraries call them: by their documented signatures, with what they pass."""

import asyncio
import inspect
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.support import exact, grade_exact, template
from touchstone.adapters import trl_reward, verifiers_group_reward, verifiers_reward, verl_score
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.outcomes import Grade, JudgeFault, Metric
from touchstone.settings import SettingsError
from touchstone.templates import get_template, load_grader
from touchstone.tool_calls import ToolCall


def said(text):
    return [{"role": "assistant", "content": text}]


def asked(text):
    return [{"role": "user", "content": text}]


def grade_or_fail(sample, settings, tools):
    """Scores like ``exact``, unless the completion asks for a fault."""
    if sample.completion == "fault":
        raise JudgeFault("no verdict", blame="ours")
    return grade_exact(sample, settings, tools)


FAILING = template(grade_or_fail)
MATCHED = Grade(1.0, (Metric("exact_match", 1.0, "Reward"),))


class Array:
    """Stands for numpy's arrays and numbers, and pydantic's models have ``model_dump``."""

    def __init__(self, value):
        self.value = value

    def tolist(self):
        return self.value


class Model:
    def __init__(self, **fields):
        self.fields = fields

    def model_dump(self):
        return self.fields


# TRL


def test_trl_scores_plain_completions():
    reward = trl_reward(exact())

    got = reward(
        prompts=["Is it?", "Is it?"],
        completions=["yes", "no"],
        completion_ids=[[1], [2]],
        reference_answer=["yes", "yes"],
        trainer_state=object(),
        log_extra=lambda name, values: None,
    )

    assert got == [1.0, 0.0]


def test_trl_scores_conversational_completions_like_plain_ones():
    reward = trl_reward(exact())

    got = reward(
        [asked("Is it?")] * 3,
        [said("yes"), said("no"), said("<think>no</think>yes")],
        reference_answer=["yes"] * 3,
    )

    assert got == [1.0, 0.0, 1.0]


def test_trl_keeps_none_for_what_could_not_be_scored():
    reward = trl_reward(FAILING.customize())

    got = reward(["p"] * 4, ["yes", "fault", "no", "fault"], reference_answer=["yes"] * 4)

    assert got == [1.0, None, 0.0, None]


def test_trl_ends_a_run_whose_references_are_missing():
    with pytest.raises(FaultBudgetExceeded, match="no reference answer"):
        trl_reward(exact())(["p"] * 4, ["yes"] * 4)


def test_trl_takes_the_reference_from_the_column_that_is_named():
    reward = trl_reward(get_template("math_reasoning").customize(), reference="solution")

    got = reward(["6 times 7?"] * 2, ["\\boxed{42}", "\\boxed{41}"], solution=["42", "42"])

    assert got[0] is not None
    assert got[1] is not None
    assert got[0] > got[1]


@pytest.mark.parametrize(
    ("completions", "rewards"),
    [
        (["yes", "yes", "yes", "fault"], [1.0, 1.0, 1.0, 1.0]),
        (["yes", "fault", "no", "fault"], [1.0, 0.5, 0.0, 0.5]),
        (["fault", "no", "fault", "no"], [0.0] * 4),
        (["fault"] * 4, [0.5] * 4),
    ],
    ids=["one", "two", "first", "all"],
)
def test_trl_gives_an_unscored_row_the_mean_of_its_own_group(completions, rewards):
    reward = trl_reward(FAILING.customize(fault_budget=1.0), unscored="as_in_job")
    others = ["yes", "no", "yes", "yes"]

    got = reward(
        ["p"] * 4 + ["q"] * 4, completions + others, reference_answer=["yes"] * 8, n=[[1, None]] * 8
    )

    assert got == [*rewards, 1.0, 0.0, 1.0, 1.0]


def test_trl_tells_groups_of_one_prompt_apart_by_their_reference():
    reward = trl_reward(FAILING.customize(), unscored="as_in_job")

    got = reward(
        [asked("p")] * 4,
        [said(text) for text in ("yes", "fault", "yes", "fault")],
        reference_answer=["yes", "yes", "no", "no"],
    )

    assert got == [1.0, 1.0, 0.0, 0.0]


def test_trl_refuses_a_word_for_unscored_that_is_none():
    with pytest.raises(ValueError, match="unscored is one of none, as_in_job, not 'mean'"):
        trl_reward(exact(), unscored="mean")  # pyright: ignore[reportArgumentType]


def test_trl_names_the_columns_that_exist_where_the_named_one_does_not():
    with pytest.raises(ValueError, match="no 'solutoin' among level, solution"):
        trl_reward(exact(), reference="solutoin")(["p"], ["a"], solution=["a"], level=[1])


def test_trl_names_the_columns_that_exist_where_none_holds_the_reference():
    with pytest.raises(FaultBudgetExceeded, match="the dataset's columns are answer, level"):
        trl_reward(exact())(["p"], ["a"], answer=["a"], level=[1])


def test_trl_names_the_function_after_the_grader():
    assert trl_reward(exact()).__name__ == "exact"


def test_trl_logs_criteria_and_unscored_where_the_trainer_can():
    logged = {}
    reward = trl_reward(FAILING.customize())

    reward(
        ["p"] * 4,
        ["yes", "no", "no", "fault"],
        reference_answer=["yes"] * 4,
        log_metric=logged.__setitem__,
    )

    assert logged == {"exact/exact_match": pytest.approx(1 / 3), "exact/unscored": 0.25}


@pytest.mark.parametrize("column", [["one"], "text", {"a": 1}, 7])
def test_trl_refuses_a_column_that_is_not_one_value_per_completion(column):
    with pytest.raises(ValueError, match="column 'topic' must be a list of 2"):
        trl_reward(exact())(["p"] * 2, ["a"] * 2, reference_answer=["x"] * 2, topic=column)


def test_trl_answers_an_empty_batch():
    assert trl_reward(exact())([], []) == []


@pytest.mark.parametrize("name", ["model_response", "response", "completion", "output"])
def test_a_column_cannot_pose_as_the_completion(name):
    got = trl_reward(exact())(["p"], ["no"], reference_answer=["yes"], **{name: ["yes"]})

    assert got == [0.0]


def test_the_models_last_turn_is_graded_not_what_the_environment_said_after_it():
    turns = [*said("no"), {"role": "tool", "content": "maybe"}, *said("yes"), *asked("Right!")]

    assert trl_reward(exact())([asked("Is it?")], [turns], reference_answer=["yes"]) == [1.0]


def test_a_rollout_in_which_the_model_never_spoke_is_an_empty_answer():
    turns = [{"role": "tool", "content": "yes"}]

    assert trl_reward(exact())([asked("Is it?")], [turns], reference_answer=["yes"]) == [0.0]


def test_a_call_that_a_trainer_hands_over_is_a_call():
    seen = []

    def grade(sample, settings, tools):
        seen.append(sample.tool_calls)
        return Grade(1.0, (Metric("exact_match", 1.0, "Reward"),))

    function = {"name": "weather", "arguments": {"city": "Oslo"}}
    turn = {"role": "assistant", "tool_calls": [{"type": "function", "function": function}]}
    judging = replace(template(grade), calls="judged").customize()

    trl_reward(judging)([asked("Weather?")], [[turn]])

    assert seen == [(ToolCall("weather", {"city": "Oslo"}),)]


def test_every_column_is_a_field_of_the_sample():
    seen = []

    def grade(sample, settings, tools):
        seen.append((sample.prompt, sample.fields))
        return MATCHED

    trl_reward(template(grade).customize())(["p"], ["c"], topic=["a"], weights=[Array([1, 2])])

    assert seen == [("p", {"topic": "a", "weights": [1, 2]})]


# verifiers


def rubric_call(reward, completions, answers, infos=None, prompt="Is it?"):
    """Passes what ``Rubric.score_group`` passes to a function of these parameters."""
    count = len(completions)
    values = {
        "prompts": [asked(prompt)] * count,
        "completions": completions,
        "answers": answers,
        "infos": infos or [{}] * count,
        "states": [{}] * count,
        "tasks": [None] * count,
    }
    wanted = inspect.signature(reward).parameters
    return asyncio.run(reward(**{k: v for k, v in values.items() if k in wanted}))


def test_a_rubric_takes_it_for_an_async_group_function():
    reward = verifiers_group_reward(exact())

    assert inspect.iscoroutinefunction(reward)
    assert {"prompts", "completions", "answers"} <= set(inspect.signature(reward).parameters)
    assert reward.__name__ == "exact"


def test_a_group_is_scored_in_order():
    got = rubric_call(verifiers_group_reward(exact()), [said("yes"), said("no")], ["yes"] * 2)

    assert got == [1.0, 0.0]


def test_an_unscored_rollout_of_a_group_gets_its_siblings_mean_never_zero():
    completions = [said(text) for text in ("yes", "fault", "yes", "no")]

    got = rubric_call(verifiers_group_reward(FAILING.customize()), completions, ["yes"] * 4)

    assert got == [1.0, pytest.approx(2 / 3), 1.0, 0.0]


def test_a_group_that_could_not_be_scored_raises():
    with pytest.raises(FaultBudgetExceeded, match="no verdict"):
        rubric_call(verifiers_group_reward(FAILING.customize()), [said("fault")] * 3, ["yes"] * 3)


def test_a_reference_may_be_in_info_where_answer_is_empty():
    reward = verifiers_group_reward(exact())

    assert rubric_call(reward, [said("yes")], [""], [{"reference_answer": "yes"}]) == [1.0]


def test_messages_may_be_models():
    turn = Model(role="assistant", content="yes")

    assert rubric_call(verifiers_group_reward(exact()), [[turn]], ["yes"]) == [1.0]


def trace(*turns, reply):
    return SimpleNamespace(messages=[Model(**turn) for turn in turns], last_reply=reply)


RUN = trace(*asked("Is it?"), *said("yes"), reply="yes")


def test_a_v1_task_is_scored_by_its_traces_reply():
    reward = verifiers_reward(exact())
    task = Model(idx=3, answer="yes")
    run = trace(*asked("Is it?"), *said("let me see"), *asked("Well?"), *said("yes"), reply="yes")

    assert asyncio.run(reward(task, run)) == 1.0
    assert asyncio.run(reward(Model(idx=3, answer="no"), run)) == 0.0


def test_a_v1_rollout_that_cannot_be_scored_raises():
    reward = verifiers_reward(FAILING.customize())

    with pytest.raises(FaultBudgetExceeded):
        asyncio.run(reward(Model(answer="yes"), trace(*said("fault"), reply="fault")))


def test_a_field_that_a_v1_task_has_not_is_named_with_those_that_it_has():
    with pytest.raises(ValueError, match="no 'gold' among answer, idx"):
        asyncio.run(verifiers_reward(exact(), reference="gold")(Model(idx=1, answer="a"), RUN))


def test_a_v1_prompt_is_the_turns_before_the_reply():
    seen = []

    def grade(sample, settings, tools):
        seen.append((sample.prompt, sample.completion, sample.fields["topic"]))
        return MATCHED

    reward = verifiers_reward(template(grade).customize())
    asyncio.run(reward(Model(topic="t"), trace(*asked("Is it?"), *said("a"), reply="b")))

    assert seen == [("Is it?", "b", "t")]


# verl


def test_verl_scores_with_the_keys_that_it_reads():
    compute_score = verl_score(exact())

    got = compute_score("house", "yes", "yes", extra_info={"index": 7, "split": "train"})

    assert got == {"score": 1.0, "unscored": 0.0, "exact_match": 1.0}


def test_verl_is_called_by_keyword_with_more_than_documented():
    got = verl_score(exact())(
        data_source="house",
        solution_str="no",
        ground_truth="yes",
        extra_info={"num_turns": Array(2), "rollout_reward_scores": {}},
        reward_router_address="127.0.0.1:1",
        reward_model_tokenizer=None,
    )

    assert got["score"] == 0.0


def test_verl_needs_no_extra_info():
    assert verl_score(exact())("house", "yes", "yes")["score"] == 1.0


def test_verl_takes_arrays_as_references():
    expected = [{"city": "Oslo"}]
    compute_score = verl_score(get_template("data_extraction").customize())

    assert compute_score("house", '[{"city": "Oslo"}]', Array(expected))["score"] == 1.0


def test_verl_raises_for_a_row_that_cannot_be_scored():
    with pytest.raises(FaultBudgetExceeded, match="no verdict"):
        verl_score(FAILING.customize())("house", "fault", "yes")


def test_verl_fills_in_the_neutral_number_where_one_is_set_and_says_so():
    got = verl_score(FAILING.customize(neutral=0.25))("house", "fault", "yes")

    assert (got["score"], got["unscored"]) == (0.25, 1.0)
    assert math.isnan(got["exact_match"])


def test_verl_hands_the_prompt_over_from_extra_info():
    seen = []

    def grade(sample, settings, tools):
        seen.append((sample.prompt, sample.fields["data_source"]))
        return MATCHED

    grader = template(grade).customize()
    verl_score(grader)("house", "a", "b", {"question": "Is it?"})
    verl_score(grader, prompt="turns")("house", "a", "b", {"turns": Array(asked("Was it?"))})

    assert seen == [("Is it?", "house"), ("Was it?", "house")]


def test_a_key_that_verls_extra_info_has_not_is_named_with_those_that_it_has():
    with pytest.raises(ValueError, match="no 'turns' among index, question"):
        verl_score(exact(), prompt="turns")("house", "a", "b", {"index": 1, "question": "Is it?"})


# Any grader


def test_a_users_own_grader_is_served_like_a_template(tmp_path):
    (tmp_path / "mine.py").write_text(
        "def reward(sample):\n    return len(sample.completion) / 4\n"
    )
    toml = tmp_path / "graders.toml"
    toml.write_text('[graders.mine]\ncode = "mine.py"\n')
    grader = load_grader("mine", toml)

    assert trl_reward(grader)(["p"] * 2, ["aaaa", "a"]) == [1.0, 0.25]
    assert verl_score(grader)("house", "aa", None)["score"] == 0.5


@pytest.mark.parametrize(
    "adapt", [trl_reward, verifiers_group_reward, verifiers_reward, verl_score]
)
def test_a_judge_that_is_none_is_refused_when_the_function_is_made(adapt, tmp_path):
    grader = get_template("tone_style").customize(judge=f"recorded:{tmp_path / 'nowhere'}")

    with pytest.raises(SettingsError, match="no such file"):
        adapt(grader)
