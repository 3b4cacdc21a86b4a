"""Jobs from Python: what the verbs do, with typed arguments and no command line."""

from typing import Any

import msgspec
import pytest

from tests.jobs.sample_folder import sample_folder
from tests.jobs.test_compare import Models, grade, question
from touchstone.workbench.errors import BAD_INPUT, WorkbenchError
from touchstone.workbench.jobs.compare import compare_asked, compare_kept, plan_of
from touchstone.workbench.jobs.plan.forecast.evidence import ask_rollouts
from touchstone.workbench.jobs.spec import load_job


@pytest.fixture
def file(tmp_path):
    sample_folder(tmp_path, steps=1)
    return load_job(tmp_path / "job.toml")


def test_what_a_job_kept_is_compared_and_written(file, tmp_path):
    compared = compare_kept(file, limit=5)
    assert compared.summary().pairs == 5
    assert compared.write(tmp_path / "out") == tmp_path / "out" / "compare.html"
    assert len((tmp_path / "out" / "pairs.jsonl").read_text().splitlines()) == 5


def test_models_are_asked_and_each_answer_is_told_of(file, tmp_path, serve):
    serve("AWS_ENDPOINT_URL_LAMBDA", lambda rows, _: grade(rows))
    told = []
    models: Any = Models()
    plan = plan_of(file, tuned="mine", k=2)
    compared = compare_asked(
        file, plan, models, [question(1)], tmp_path, function="f",
        on_answer=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (compared.about.tuned, compared.about.grader) == ("mine", "f")


def test_a_folder_of_nothing_is_an_error_with_advice(file, tmp_path):
    other = msgspec.structs.replace(file, job=msgspec.structs.replace(file.job, name="other"))
    for ask in (compare_kept, plan_of):
        with pytest.raises(WorkbenchError) as caught:
            ask(other)
        assert caught.value.advice
        assert caught.value.exit_code == BAD_INPUT


def test_rollouts_are_asked_of_any_service(file, tmp_path):
    (tmp_path / file.job.data.train).write_bytes(msgspec.json.encode(question(1).row) + b"\n")
    models: Any = Models()
    target = tmp_path / "samples.jsonl"
    ask_rollouts(file, models, target, samples=3, prompts=1, model="mine")
    assert len(target.read_bytes().splitlines()) == len(models.asked) == 3
