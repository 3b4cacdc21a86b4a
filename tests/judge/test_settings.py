"""How a judge is chosen, what a rubric may be, what a call costs, and how fast it may be asked."""

import msgspec
import pytest

from tests.judge.rubrics import QUALITY
from touchstone.deadline import Deadline
from touchstone.grader import judge_models
from touchstone.judge import Criterion, JudgeOptions, Level, Rubric, Usage, make_judge, yes_no
from touchstone.judge.limits import Limiter
from touchstone.judge.prices import price_of, usage_of_call
from touchstone.outcomes import DeadlineExceeded
from touchstone.settings import SettingsError, make
from touchstone.templates import get_template, load_grader


@pytest.mark.parametrize(
    "setting",
    [
        "offline",
        "bedrock:amazon.nova-lite-v1:0",
        "bedrock:arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc",
        "openai:http://localhost:11434/v1#qwen3:32b",
    ],
)
def test_a_judge_is_named_as_it_is_set(setting):
    assert make_judge(setting).name == setting


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "Offline",
        "offline:",
        "bedrock",
        "bedrock:",
        "openai:",
        "openai:http://localhost/v1",
        "openai:localhost/v1#m",
        "openai:http://localhost/v1#",
        "recorded:",
        "recorded:/no/such/file.jsonl",
        "nova-pro",
    ],
)
def test_any_other_setting_is_refused(setting):
    with pytest.raises(SettingsError, match="judge"):
        make_judge(setting)


@pytest.mark.parametrize(
    ("settings", "line", "meant"),
    [
        ('judge = "opnai:x"', 4, "openai:<base url>#<model>"),
        ('judge = "bedrok:nova"', 4, "bedrock:<model>"),
        ('judge_options = {panel = ["openai:localhost#m"]}', 4, "openai:<base url>#<model>"),
    ],
)
def test_a_judge_that_is_none_is_told_with_its_line_and_what_was_meant(
    tmp_path, settings, line, meant
):
    file = tmp_path / "graders.toml"
    file.write_text(f'[graders.own]\ntemplate = "tone_style"\n[graders.own.settings]\n{settings}\n')
    with pytest.raises(SettingsError) as caught:
        load_grader("own", file)
    assert f"graders.toml:{line}: own: judge" in str(caught.value)
    assert f"did you mean {meant!r}?" in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "panel", "asked"),
    [
        ("offline", [], []),
        ("recorded:said.jsonl", [], []),
        ("bedrock:nova", [], [("nova", True)]),
        ("openai:http://localhost/v1#qwen3:32b", [], [("qwen3:32b", False)]),
        ("offline", ["bedrock:nova", "offline"], [("nova", True)]),
    ],
)
def test_which_models_a_grader_asks_is_known_before_one_is_asked(setting, panel, asked):
    grader = get_template("tone_style").customize(judge=setting, judge_options={"panel": panel})
    assert [(model.name, bool(model.aws_action)) for model in judge_models(grader)] == asked


def test_a_grader_without_a_judge_asks_no_model():
    assert judge_models(get_template("code_verification").customize(judge="bedrock:nova")) == []


@pytest.mark.parametrize(
    "options",
    [{"samples": 0}, {"temperature": -1}, {"vote": "best"}, {"concurrency": 0}, {"sample": 3}],
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(SettingsError):
        make(JudgeOptions, options, "judge_options")


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("quality", ()),
        ("quality", (Level("good", "", 1.0),)),
        ("quality", (Level("good", "", 0.0), Level(" Good", "", 1.0))),
        ("quality", (Level("good", "", 1.0), Level("bad", "", 0.0))),
        ("quality", (Level("bad", "", 0.0), Level("good", "", 1.5))),
        ("quality", (Level("bad", "", float("nan")), Level("good", "", 1.0))),
        ("reason", QUALITY.levels),
        ("two words", QUALITY.levels),
        ("", QUALITY.levels),
    ],
)
def test_a_criterion_that_cannot_be_answered_is_refused(name, levels):
    with pytest.raises(SettingsError, match="criterion"):
        Criterion(name, "?", levels)


def test_a_rubric_has_criteria_and_each_once():
    for criteria in ((), (QUALITY, yes_no("quality", "?"))):
        with pytest.raises(SettingsError, match="rubric"):
            Rubric("r", criteria)


NOVA_PRO = (0.80, 3.20)


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("amazon.nova-pro-v1:0", NOVA_PRO),
        ("us.amazon.nova-pro-v1:0", NOVA_PRO),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", NOVA_PRO),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/eu.amazon.nova-pro-v1:0", NOVA_PRO),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", None),
        ("no.such-model", None),
        ("sa.amazon.nova-pro-v1:0", NOVA_PRO),
        ("amazon.nova-pro-v1:0:300k", NOVA_PRO),
        ("openai.gpt-oss-120b", (0.15, 0.6)),
        ("us.cohere.command-r-plus-v1:0", (3.0, 15.0)),
        ("anthropic.claude-opus-4-6", (5.0, 25.0)),
        ("nova-pro", None),
        ("xai.grok-4", None),
    ],
)
def test_the_price_of_a_model_is_known_or_said_to_be_unknown(model, price):
    assert price_of(model, {}) == price


def test_an_operators_price_goes_first():
    mine = {"amazon.nova-pro-v1:0": (1.0, 2.0), "eu.amazon.nova-pro-v1:0": (3.0, 4.0)}
    assert price_of("us.amazon.nova-pro-v1:0", mine) == (1.0, 2.0)
    assert price_of("eu.amazon.nova-pro-v1:0", mine) == (3.0, 4.0)


def test_an_unknown_cost_stays_unknown_in_a_sum():
    known, unknown = Usage(1, 10, 5, 0.5), Usage(1, 10, 5, None)
    assert known + known == Usage(2, 20, 10, 1.0)
    assert (known + unknown).cost_usd is None


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def starts(count, tokens=100, **limits):
    clock = Clock()
    limiter = Limiter(1, **limits, clock=clock, sleep=clock.sleep)
    times = []
    for _ in range(count):
        with limiter.turn(tokens, Deadline()):
            times.append(clock.now)
            clock.sleep(1.0)
    return times


@pytest.mark.parametrize(
    "limits", [{"requests_per_minute": 7}, {"tokens_per_minute": 750}, {"tokens_per_minute": 799}]
)
def test_no_minute_has_more_than_its_limit(limits):
    times = starts(40, **limits)
    for start in times:
        assert sum(start <= time < start + 60 for time in times) <= 7
    assert times[6] == 6.0
    assert times[39] >= 5 * 60


def test_a_pause_in_the_middle_of_a_minute_makes_no_room():
    clock = Clock()
    limiter = Limiter(1, 3, clock=clock, sleep=clock.sleep)
    times = []
    for pause in (0, 1, 1, 40, 1):
        clock.sleep(pause)
        with limiter.turn(1, Deadline()):
            times.append(clock.now)
    assert times == [0.0, 1.0, 2.0, 60.0, 61.0]


def test_a_call_above_the_whole_limit_goes_alone():
    assert starts(2, tokens=5000, tokens_per_minute=750) == [0.0, 60.0]


def test_waiting_for_a_turn_ends_with_the_deadline():
    limiter = Limiter(1)
    with limiter.turn(1, Deadline()), pytest.raises(DeadlineExceeded):
        limiter.turn(1, Deadline.after(0.01)).__enter__()
    with limiter.turn(1, Deadline.after(0.01)):
        pass


def test_options_read_from_a_table():
    table = {"prices": {"m": [1, 2.5]}, "panel": ["offline"], "requests_per_minute": 60}
    assert make(JudgeOptions, table, "x").prices == {"m": (1.0, 2.5)}
    assert msgspec.convert({}, JudgeOptions) == JudgeOptions()


def test_input_that_was_kept_has_its_own_price():
    counted = {
        "inputTokens": 100,
        "outputTokens": 10,
        "cacheReadInputTokens": 1000,
        "cacheWriteInputTokens": 10,
    }
    usage = usage_of_call((1.0, 5.0), counted, (0.1, 1.25))
    assert usage.input_tokens == 1110
    assert usage.cost_usd == pytest.approx((100 + 50 + 100 + 12.5) / 1e6)


@pytest.mark.parametrize(
    "model",
    [
        "us.amazon.nova-premier-v1:0",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "anthropic.claude-opus-4-6-v1",
        "us.meta.llama4-maverick-17b-instruct-v1:0",
        "mistral.mistral-large-3-675b-instruct",
        "openai.gpt-oss-120b-1:0",
        "qwen.qwen3-32b-v1:0",
        "deepseek.v3-v1:0",
        "google.gemma-3-27b-it",
        "moonshotai.kimi-k2.5",
        "minimax.minimax-m2",
        "nvidia.nemotron-nano-9b-v2",
        "writer.palmyra-x5-v1:0",
        "zai.glm-4.7",
        "ai21.jamba-1-5-large-v1:0",
    ],
)
def test_every_family_that_is_served_has_a_price(model):
    sent, made = price_of(model, {}) or (0.0, 0.0)
    assert 0 < sent <= made
