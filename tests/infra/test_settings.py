"""What can be set about a deployment is refused with its name when it is wrong."""

from pathlib import Path

import pytest

from infra.settings import Stage, function_name, left_out, load_deployed, load_stage
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
