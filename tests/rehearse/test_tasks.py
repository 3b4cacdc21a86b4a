"""The bundled tasks: rows that a job would take, and rewards that tell right from wrong."""

import json

import pytest

from touchstone.workbench.grading.backends import in_process
from touchstone.workbench.grading.rewards import Rewarder, event_of
from touchstone.workbench.jobs.spec import load_job
from touchstone.workbench.rehearse.tasks import TASKS, prepare
from touchstone.workbench.rows.rft import read_lines

RIGHT = {
    "moderation": lambda reference: reference["decision"].upper(),
    "extraction": json.dumps,
}
WRONG = {
    "moderation": lambda reference: {"allow": "BLOCK", "block": "ALLOW"}[reference["decision"]],
    "extraction": lambda reference: json.dumps(dict.fromkeys(reference, "nobody")),
}


@pytest.fixture(params=sorted(TASKS))
def task(request):
    return request.param


def test_a_task_is_a_job_with_rows_of_its_own(task, tmp_path):
    job = load_job(prepare(task, tmp_path))
    assert job.job.name == task
    for name in (job.job.data.train, job.job.data.validation):
        lines = list(read_lines(str(job.local(name))))
        assert len(lines) >= 100
        assert not any(line.problem for line in lines)


def test_rows_are_the_same_each_time(task):
    assert TASKS[task]() == TASKS[task]()


def test_no_prompt_that_is_held_out_is_trained_on(task):
    train, held_out = ([json.dumps(row["messages"]) for row in rows] for rows in TASKS[task]())
    assert len({*train, *held_out}) == len(train) + len(held_out)


def test_half_of_the_posts_are_to_be_allowed():
    for rows in TASKS["moderation"]():
        allowed = [row["reference_answer"]["decision"] == "allow" for row in rows]
        assert sum(allowed) * 2 == len(allowed)


@pytest.mark.parametrize(("answers", "reward"), [(RIGHT, 1.0), (WRONG, 0.0)])
def test_the_template_tells_right_from_wrong(task, answers, reward, tmp_path):
    job = load_job(prepare(task, tmp_path)).job
    for rows in TASKS[task]():
        events = [
            event_of(row, str(n), answers[task](row["reference_answer"]))
            for n, row in enumerate(rows)
        ]
        graded = Rewarder(in_process(job.grader.name, {}))(events)
        assert {one.score for one in graded} == {reward}
