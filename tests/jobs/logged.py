"""What a deployed grader logs for rollouts of ``bedrock_job``'s rows."""

from tests.jobs.bedrock_job import row
from touchstone.contract import Result, parse
from touchstone.observe import RECORD, rollout_record
from touchstone.outcomes import Fault, Grade, Metric

PER_STEP = 32  # batch_size 16, two rollouts per prompt


def record(number, completion, score, version="1"):
    """The line that the grader logs for a rollout of dataset row ``number``."""
    asked = row(number)
    turns = [*asked["messages"], {"role": "assistant", "content": completion}]
    (sample,) = parse([{**asked, "messages": turns}]).rows
    outcome = (
        Fault("judge_fault", "no answer")
        if score is None
        else Grade(score, (Metric("correct", score, "Reward"),))
    )
    written = rollout_record(sample, Result("x", outcome, 0.5 if score is None else score), version)
    return {"level": "INFO", "message": RECORD, "service": "exact", **written}


def step_lines(first, at, scores=(0.0, 1.0)):
    """The lines of one step: two rollouts for each of 16 prompts, a millisecond apart."""
    lines = [
        (at + index, record(first + index // 2, f"a{index % 2}", scores[index % 2]))
        for index in range(PER_STEP)
    ]
    report = {"metrics": {"durationMs": 50.0, "billedDurationMs": 1000, "memorySizeMB": 1024}}
    judge = {"_aws": {}, "version": "1", "JudgeCostUsd": [0.25, 0.25]}
    return [(at, {"type": "platform.report", "record": report}), (at, judge), *lines]
