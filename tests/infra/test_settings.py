"""What can be set about a deployment is refused with its name when it is wrong."""

import pytest

from infra.settings import Stage, function_name, load_deployed, load_stage
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
            {"dev": {"tenant_isolation": True, "executor": {"provisioned_concurrency": 2}}},
            "tenant_isolation",
        ),
        ({"dev": {"executor": {"memory_mb": 64}}}, "executor"),
        ({"dev": {"job_vpc": {}}}, "job_vpc"),
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
        ("snap_start = true\nprovisioned_concurrency = 1", "snap_start excludes"),
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
