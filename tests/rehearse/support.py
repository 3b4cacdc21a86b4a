"""A job small enough to train in a test, and the graders that it is given."""

import json

from touchstone.workbench.jobs.folder import JobFolder, State
from touchstone.workbench.jobs.spec import Rehearsal
from touchstone.workbench.rehearse.checkpoint import latest
from touchstone.workbench.rehearse.course import Course, Prompt
from touchstone.workbench.rehearse.loop import Loop
from touchstone.workbench.rehearse.model import load

TOML = """
name = "toy"
service = "local"
[data]
train = "train.jsonl"
validation = "train.jsonl"
[grader]
name = "content_moderation"
[rehearsal]
"""
QUESTIONS = ("why", "who is it", "what", "when", "where to", "how")


def entry(event, score):
    """One scored entry of a reply."""
    share = {"name": "share", "value": score, "type": "Reward"}
    return {"id": event["id"], "aggregate_reward_score": score, "metrics_list": [share]}


def unscored(event):
    mark = {"name": "unscored_judge_fault", "value": 1.0, "type": "Metric"}
    return {"id": event["id"], "aggregate_reward_score": 0.5, "metrics_list": [mark]}


def likes_vowels(events):
    """Rewards the share of vowels in an answer."""
    answers = [event["messages"][-1]["content"] for event in events]
    return [
        entry(event, sum(letter in "aeiou" for letter in answer) / max(1, len(answer)))
        for event, answer in zip(events, answers, strict=True)
    ]


def settings(**changes):
    plain = {
        "steps": 4, "batch_size": 3, "samples": 4, "max_tokens": 5, "learning_rate": 3e-3,
        "eval_interval": 2,
    }  # fmt: skip
    return Rehearsal(**{**plain, **changes})


def write_job(home, questions, more="", **rehearsal):
    """Writes a job and its rows into a folder; returns the path of its job.toml.

    Args:
        home: The folder.
        questions: Of its rows, one each.
        more: Further lines of the job.toml.
        **rehearsal: Settings of ``[rehearsal]``.
    """
    settings = {"batch_size": 2, "eval_interval": 2, **rehearsal}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    rows = [
        {"messages": [{"role": "user", "content": asked}], "reference_answer": "allow"}
        for asked in questions
    ]
    (home / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    path = home / "job.toml"
    path.write_text(f"{TOML}{lines}{more}")
    return path


def open_loop(base, place, backend=likes_vowels, **changes):
    """Begins a job in a folder, or goes on from its last checkpoint."""
    folder = JobFolder(place)
    if not folder.exists():
        folder.begin(State(name="toy", service="local"), "")
    policy = load(latest(folder.checkpoints) or base)
    rows = [
        {"messages": [{"role": "user", "content": text}], "reference_answer": "vowels"}
        for text in QUESTIONS
    ]
    prompts = [Prompt(str(n), row, policy.encode(row["messages"])) for n, row in enumerate(rows)]
    course = Course(settings(**changes), prompts[:4], prompts[4:], backend, folder)
    return Loop(policy, course), folder


def steps_of(engine, most=None):
    """Runs an engine, at most so many steps; returns the metrics of each."""
    seen = []

    def go_on(metrics):
        seen.append(metrics)
        return len(seen) != most

    engine.run(go_on)
    return seen
