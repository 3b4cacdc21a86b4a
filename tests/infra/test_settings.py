"""What can be set about a deployment is refused with its name when it is wrong."""

from pathlib import Path

import pytest

from touchstone.infra.names import check_stage
from touchstone.infra.settings import Stage, function_name, left_out, load_deployed, load_stage
from touchstone.settings import SettingsError


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ({"live": {}}, "no stage 'dev'"),
        ({"dev": {"log_retention": 3}}, "did you mean 'log_retention_days'"),
        ({"dev": {"architecture": "arm"}}, "architecture"),
        ({"dev": {"monthly_budget_usd": -1}}, "monthly_budget_usd"),
        ({"dev": {"tenant_isolation": True, "executor": {"snap_start": True}}}, "tenant_isolation"),
        (
            {"dev": {"tenant_isolation": True, "executor": {"provisioned": True}}},
            "tenant_isolation",
        ),
        ({"dev": {"executor": {"memory_mb": 64}}}, "executor"),
        ({"dev": {"job_vpc": {}}}, "job_vpc"),
        ({"dev": {"concurrency": -1}}, "concurrency"),
    ],
)
def test_stages(stages, message):
    with pytest.raises(SettingsError, match=message):
        load_stage("dev", stages)


@pytest.mark.parametrize("name", ["", "a_b", "1st", "a" * 13])
def test_stage_names_go_into_the_names_of_resources(name):
    with pytest.raises(SettingsError, match="letters"):
        load_stage(name, {name: {}})


@pytest.mark.parametrize(
    ("deploy", "message"),
    [
        ("memory = 512", "did you mean 'memory_mb'"),
        ("timeout_s = 901", "timeout_s"),
        ("snap_start = true\nprovisioned = true", "snap_start excludes"),
    ],
)
def test_deploy_tables(tmp_path, deploy, message):
    file = tmp_path / "graders.toml"
    file.write_text(f'[graders.g]\ntemplate = "math_reasoning"\n[graders.g.deploy]\n{deploy}\n')
    with pytest.raises(SettingsError, match=message):
        load_deployed(file)


def test_a_file_without_graders_deploys_nothing(tmp_path):
    with pytest.raises(SettingsError, match="no graders"):
        load_deployed(tmp_path / "graders.toml")


def test_a_stand_in_is_no_judge_of_what_is_deployed(tmp_path):
    file = tmp_path / "graders.toml"
    judged = '[graders.t]\ntemplate = "tone_style"\n'
    file.write_text(judged)
    with pytest.raises(SettingsError, match=r"graders\.toml:1: .*stand-in"):
        load_deployed(file)
    file.write_text(f'{judged}settings = {{judge = "offline", allow_offline = true}}\n')
    (one,) = load_deployed(file)
    assert one.grader.settings.judge == "offline"


def test_what_says_so_stays_out_of_the_stack(tmp_path):
    file = tmp_path / "graders.toml"
    entry = '[graders.{}]\ntemplate = "tone_style"\n{}\n'
    file.write_text(entry.format("trial", "deploy = false"))
    with pytest.raises(SettingsError, match="no graders"):
        load_deployed(file)
    file.write_text(file.read_text() + entry.format("t", 'settings.judge = "bedrock:m"'))
    assert [one.grader.name for one in load_deployed(file)] == ["t"]
    assert "trial" in left_out(file)


def test_every_grader_of_this_repository_is_ready_or_says_that_it_is_not():
    file = Path(__file__).parents[2] / "graders.toml"
    assert "customer-support" in left_out(file)
    assert "house-code" in [one.grader.name for one in load_deployed(file)]


def test_a_functions_name_fits(tmp_path):
    file = tmp_path / "graders.toml"
    long = "g" * 48
    file.write_text(
        f'[graders.{long}]\ntemplate = "math_reasoning"\n'
        f"[graders.{long}.deploy]\nsagemaker_name = true\n"
        '[graders.short]\ntemplate = "math_reasoning"\n'
    )
    one, other = load_deployed(file)
    assert function_name(other, Stage(name="dev")) == "touchstone-dev-short"
    with pytest.raises(SettingsError, match="longer than"):
        function_name(one, Stage(name="dev"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("house-code", "house_code"), "'house_code' and 'house-code' would have the same output"),
        (("a-b-c", "x", "ab_c"), "'ab_c' and 'a-b-c'"),
        (("executor",), "'executor' is the name of a function of the platform's own"),
        (("fine", "monitor"), r"graders\.toml:4: .*'monitor' is the name"),
    ],
)
def test_names_that_would_be_one_are_refused_in_words(tmp_path, names, message):
    file = tmp_path / "graders.toml"
    entries = [f'[graders.{name}]\ntemplate = "math_reasoning"\n' for name in names]
    file.write_text("".join(entries))
    with pytest.raises(SettingsError, match=message):
        load_deployed(file)


@pytest.mark.parametrize(
    ("stage", "other", "graders"),
    [
        ("prod", "prod-eu", ("eu-code", "code")),
        ("prod-eu", "prod", ("code", "eu-code")),
        ("prod", "prod-eu", ("eu-executor",)),
        ("a-b", "a", ("c", "b-c")),
    ],
)
def test_a_function_of_two_stages_is_refused_before_the_second_is_deployed(stage, other, graders):
    with pytest.raises(SettingsError, match="would both have a function"):
        check_stage(stage, [stage, other], graders)


@pytest.mark.parametrize(
    ("stages", "graders"),
    [(("dev", "prod"), ("code", "math")), (("prod", "prod-eu"), ("code", "eu")), (("a",), ("a",))],
)
def test_stages_that_share_no_function_are_fine(stages, graders):
    for stage in stages:
        check_stage(stage, stages, graders)


@pytest.mark.parametrize(
    "judge",
    [
        "openai:http://localhost:11434/v1#llama3",
        "openai:http://127.0.0.1:8000/v1#m",
        "openai:https://10.1.2.3/v1#m",
        "openai:http://192.168.0.7:1/v1#m",
        "openai:http://127.1/v1#m",
        "openai:http://localhost.:1/v1#m",
        "openai:http://gpu.lan:8000/v1#m",
        "openai:https://box.home.arpa/v1#m",
        "openai:http://[::1]:8000/v1#m",
        "openai:http://169.254.1.1/v1#m",
        "openai:https://vllm.corp.internal/v1#m",
        "openai:http://my-box/v1#m",
        "recorded:answers.jsonl",
    ],
)
def test_a_judge_that_a_function_cannot_ask_is_refused_with_its_line(tmp_path, judge):
    file = tmp_path / "graders.toml"
    entry = '[graders.t]\ntemplate = "tone_style"\n[graders.t.settings]\n'
    file.write_text(f'{entry}judge = "{judge}"\n')
    with pytest.raises(SettingsError, match=r"graders\.toml:4: .*name one that a function can"):
        load_deployed(file)
    panel = f'judge = "bedrock:m"\njudge_options = {{panel = ["{judge}"]}}\n'
    file.write_text(entry + panel)
    with pytest.raises(SettingsError, match="name one that a function can"):
        load_deployed(file)


@pytest.mark.parametrize(
    "judge", ["bedrock:amazon.nova-lite-v1:0", "openai:https://api.example.com/v1#m"]
)
def test_a_judge_that_a_function_can_ask_is_deployed(tmp_path, judge):
    file = tmp_path / "graders.toml"
    file.write_text(f'[graders.t]\ntemplate = "tone_style"\nsettings = {{judge = "{judge}"}}\n')
    assert [one.judges for one in load_deployed(file)] == [[judge]]
