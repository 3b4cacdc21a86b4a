"""The command that compares: what it asks, what grades the answers, and how it ends."""

import json

import boto3
import pytest
from click.testing import CliRunner

from tests.jobs.sample_folder import JOB_TOML, sample_folder
from tests.jobs.test_compare import Models, grade, question
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.service import Chat


def test_the_command_compares_what_the_job_kept(tmp_path):
    folder = sample_folder(tmp_path, steps=1)
    job = str(tmp_path / "job.toml")
    result = CliRunner().invoke(main, ["job", "compare", job, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["wins"] > 30
    assert told["win_rate"]["low"] < told["win_rate"]["share"] < told["win_rate"]["high"]
    assert len((folder.path / "compare" / "pairs.jsonl").read_text().splitlines()) == 48
    shown = CliRunner().invoke(main, ["job", "compare", job, "-o", str(tmp_path / "out")])
    assert "win rate" in shown.stdout
    assert (tmp_path / "out" / "compare.html").exists()


def test_the_command_asks_both_models_and_grades_with_the_jobs_grader(tmp_path, monkeypatch):
    for name in ("TOUCHSTONE_GRADER", "TOUCHSTONE_SETTINGS", "TOUCHSTONE_EXPLAIN"):
        monkeypatch.setenv(name, "")

    class Json(Models):
        def chat(self, model, messages, **options):
            super().chat(model, messages, **options)
            said = '{"city": "Bern"}' if "tuned" in model else '{"city": "Rome"}'
            return Chat(said, 9, 4, 20.0)

    models = Json()
    monkeypatch.setattr(
        "touchstone.workbench.cli.job.compare.service_of", lambda job, local: models
    )
    job, prompts = tmp_path / "job.toml", tmp_path / "prompts.jsonl"
    job.write_text(JOB_TOML.replace("content_moderation", "data_extraction"))
    row = {
        "messages": [{"role": "user", "content": "Where?"}],
        "reference_answer": {"city": "Bern"},
    }
    prompts.write_text(f"{json.dumps(row)}\n" * 3)
    args = ["job", "compare", str(job), "--prompts", str(prompts), "--tuned", "my-tuned", "--json"]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["wins"], told["unscored"]) == (3, 0)
    assert told["usage"]["tuned"]["output_tokens"] == 4
    assert {one[0] for one in models.asked} == {"us.amazon.nova-2-lite-v1:0", "my-tuned"}
    before = len(models.asked)
    assert CliRunner().invoke(main, args).exit_code == 0
    assert len(models.asked) == before  # every answer was kept


def test_a_function_is_looked_for_in_the_jobs_region_before_a_model_is_asked(
    cloud, tmp_path, monkeypatch
):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    models = Models()
    monkeypatch.setattr(
        "touchstone.workbench.cli.job.compare.service_of", lambda job, local: models
    )
    sample_folder(tmp_path, steps=1)
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps(question(1).row) + "\n")
    args = ["job", "compare", str(tmp_path / "job.toml"), "--prompts", str(prompts)]
    result = CliRunner().invoke(main, [*args, "--tuned", "x", "--function", "no-such"])
    assert result.exit_code == 2
    assert "lambda:InvokeFunction on no-such" in result.stderr
    assert "ResourceNotFound" in result.stderr
    assert not models.asked


def test_answers_are_graded_by_the_deployed_function(tmp_path, monkeypatch, serve):
    called = serve("AWS_ENDPOINT_URL_LAMBDA", lambda rows, _: grade(rows))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setattr(
        "touchstone.workbench.cli.job.compare.service_of", lambda job, local: Models()
    )
    sample_folder(tmp_path, steps=1)
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps(question(1).row) + "\n")
    args = ["job", "compare", str(tmp_path / "job.toml"), "--prompts", str(prompts), "--json"]
    result = CliRunner().invoke(main, [*args, "--tuned", "tuned", "--function", "mine"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["wins"] == 1
    assert [(path.split("/")[-2], len(rows)) for path, rows in called] == [("mine", 2)]


def test_a_rehearsals_models_are_found_from_any_folder(tmp_path, monkeypatch):
    for name in ("TOUCHSTONE_GRADER", "TOUCHSTONE_SETTINGS", "TOUCHSTONE_EXPLAIN"):
        monkeypatch.setenv(name, "")
    folder = sample_folder(tmp_path, steps=1)
    folder.update(service="local", base_model="models/base", tuned_model="/tuned")
    models = Models()
    monkeypatch.setattr(
        "touchstone.workbench.cli.job.compare.service_of", lambda job, local: models
    )
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps(question(1).row) + "\n")
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    args = ["job", "compare", "../job.toml", "--prompts", "../prompts.jsonl"]
    CliRunner().invoke(main, args)
    assert [one[0] for one in models.asked] == [str(tmp_path / "models" / "base"), "/tuned"]


@pytest.mark.parametrize("details", [{}, {"deployment_status": "Creating"}])
def test_a_model_of_bedrock_is_compared_once_its_deployment_answers(tmp_path, monkeypatch, details):
    folder, models = sample_folder(tmp_path, steps=1), Models()
    deployment = "arn:d" if details else ""
    folder.update(service="bedrock", tuned_model="arn:m", deployment=deployment, details=details)
    monkeypatch.setattr(
        "touchstone.workbench.cli.job.compare.service_of", lambda job, local: models
    )
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps(question(1).row) + "\n")
    args = ["job", "compare", str(tmp_path / "job.toml"), "--prompts", str(prompts)]
    refused = CliRunner().invoke(main, args)
    assert refused.exit_code == 2
    assert "touchstone job deploy --wait" in refused.stderr
    assert not models.asked
    folder.update(deployment="arn:d", details={"deployment_status": "Active"})
    CliRunner().invoke(main, args)
    assert {one[0] for one in models.asked} == {"us.amazon.nova-2-lite-v1:0", "arn:d"}


def test_a_comparison_names_the_judge(tmp_path):
    sample_folder(tmp_path, steps=1).update(judge="offline stand-in")
    args = ["job", "compare", str(tmp_path / "job.toml"), "-o", str(tmp_path)]
    assert "offline stand-in" in CliRunner().invoke(main, args).stdout
    assert "offline stand-in" in (tmp_path / "compare.html").read_text()
    told = CliRunner().invoke(main, [*args, "--json"]).stdout
    assert json.loads(told)["judge"] == "offline stand-in"


def test_what_cannot_be_compared_is_bad_input(tmp_path):
    folder = sample_folder(tmp_path, steps=1, evaluation=False, status="InProgress")
    job, prompts = str(tmp_path / "job.toml"), tmp_path / "prompts.jsonl"
    prompts.write_text(json.dumps(question(1).row) + "\n")
    for args, said in (
        ([], "kept no validations of both models"),
        (["--base", "x"], "need --prompts"),
        (["--prompts", str(prompts)], "no tuned model yet"),
        (["--prompts", str(tmp_path / "none"), "--tuned", "x"], "No such file"),
    ):
        result = CliRunner().invoke(main, ["job", "compare", job, *args])
        assert result.exit_code == 2
        assert said in result.stderr
    assert not (folder.path / "compare" / "pairs.jsonl").exists()


def test_pairs_of_which_none_is_scored_fall_short(tmp_path):
    folder = sample_folder(tmp_path, steps=1, evaluation=False)
    row = {
        "group": "g", "id": "i", "prompt": "p", "completion": "c", "reference_answer": None,
        "reward": None, "metrics": {}, "outcome": "unscored:timeout", "reason": "",
    }  # fmt: skip
    folder.add_evaluation([{"model": m, "step": s, **row} for m, s in (("base", 0), ("tuned", 1))])
    result = CliRunner().invoke(main, ["job", "compare", str(tmp_path / "job.toml")])
    assert result.exit_code == 1
    assert "nothing can be said" in " ".join(result.stdout.split())
