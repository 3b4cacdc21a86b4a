"""The workflow that ships: who may sign in where, and that what it runs is there."""

import re
from pathlib import Path

import pytest
import yaml

from touchstone.workbench.cli.deploy import deploy

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github" / "workflows" / "deploy.yml"
WORKFLOW = yaml.safe_load(FILE.read_text(encoding="utf-8"))
JOBS = WORKFLOW["jobs"]
RELEASE = yaml.safe_load(FILE.with_name("release.yml").read_text(encoding="utf-8"))
SITE = yaml.safe_load(FILE.with_name("site.yml").read_text(encoding="utf-8"))
JOB_KEYS = {
    "if", "needs", "runs-on", "timeout-minutes", "environment", "permissions", "steps", "strategy",
}  # fmt: skip
STEP_KEYS = {"uses", "with", "run", "env"}


def commands(job):
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


@pytest.mark.parametrize(
    "job", [job for workflow in (WORKFLOW, RELEASE, SITE) for job in workflow["jobs"].values()]
)
def test_a_job_says_nothing_that_github_does_not_know(job):
    assert job.keys() <= JOB_KEYS
    assert {"runs-on", "timeout-minutes", "steps"} <= job.keys()
    for step in job["steps"]:
        assert step.keys() <= STEP_KEYS
        assert len(step.keys() & {"uses", "run"}) == 1
        assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))


def test_jobs_come_after_what_they_need():
    order = list(JOBS)
    for name, job in JOBS.items():
        assert "needs" not in job or order.index(job["needs"]) < order.index(name)
    assert (JOBS["dev"]["needs"], JOBS["prod"]["needs"]) == ("check", "dev")


def test_whoever_signs_in_does_so_by_oidc_in_an_environment_of_its_own():
    def signs_in(job):
        return any("configure-aws-credentials" in step.get("uses", "") for step in job["steps"])

    assert WORKFLOW["permissions"] == {"contents": "read"}
    signed = {name: job["environment"] for name, job in JOBS.items() if signs_in(job)}
    assert signed == {"diff": "diff", "dev": "dev", "prod": "prod"}
    for name, job in JOBS.items():
        assert ("id-token" in job.get("permissions", {})) is (name in signed)
    assert "secrets." not in FILE.read_text(encoding="utf-8")


def test_a_pull_request_changes_nothing_and_a_push_deploys():
    # PyYAML reads the key `on` as true.
    assert WORKFLOW[True].keys() == {"pull_request", "push"}
    assert "event_name == 'pull_request'" in JOBS["diff"]["if"]
    assert JOBS["dev"]["if"] == "github.event_name == 'push'"
    assert not [command for command in commands("diff") if "make deploy" in command]
    for stage in ("dev", "prod"):
        assert commands(stage) == [f"make deploy STAGE={stage} YES=1"]


def test_what_it_runs_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    options = {option for parameter in deploy.params for option in parameter.opts}
    run = "\n".join(command for job in JOBS for command in commands(job))
    for target in re.findall(r"make (\w+)", run):
        assert re.search(rf"^{target}:", makefile, re.M)
    assert set(re.findall(r"(?<= )--[\w-]+", run.replace("--body-file", ""))) <= options
    # A pipe's first part may fail too.
    assert WORKFLOW["defaults"]["run"]["shell"] == "bash"


def test_a_wheel_is_tried_alone_before_it_is_published():
    jobs = RELEASE["jobs"]
    assert (jobs["try"]["needs"], jobs["publish"]["needs"]) == ("build", "try")
    used = {name: [step.get("uses", "") for step in job["steps"]] for name, job in jobs.items()}
    # What was tried is what was built: neither of the later jobs has the sources.
    assert not any("checkout" in each for name in ("try", "publish") for each in used[name])
    assert any("attest-build-provenance" in each for each in used["publish"])
    assert RELEASE["permissions"] == {"contents": "read"}
    assert "id-token" not in jobs["try"].get("permissions", {})


def test_the_site_is_built_for_a_pull_request_and_published_from_main_alone():
    build, publish = SITE["jobs"]["build"], SITE["jobs"]["publish"]
    assert "make site" in [step.get("run") for step in build["steps"]]
    assert (publish["needs"], publish["if"]) == ("build", "github.event_name == 'push'")
    assert SITE[True]["push"] == {"branches": ["main"]}
    # Whoever writes to the pages runs nothing of the repository's.
    assert SITE["permissions"] == {"contents": "read"}
    assert "permissions" not in build
    assert publish["permissions"] == {"id-token": "write", "pages": "write"}
    assert not [step for step in publish["steps"] if "run" in step]
