"""A job to plan, and what changes it."""

import json

from touchstone.workbench.jobs.spec import load_job

ARN = "arn:aws:lambda:us-east-1:111122223333:function:grader:live"
JOB = f"""
name = "support"
role = "arn:aws:iam::111122223333:role/rft"
base_model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k"
data.train = "train.jsonl"
data.output = "s3://bucket/out"
grader.name = "math_reasoning"
grader.function = "{ARN}"
hyperparameters.batch_size = 64
"""


def rows(count, start=0):
    return [
        {
            "id": f"r{i}",
            "messages": [{"role": "user", "content": f"What is {i * 7} plus {i * 13}, exactly?"}],
            "reference_answer": str(i * 20),
        }
        for i in range(start, start + count)
    ]


def changed(base, key, value):
    kept = [line for line in base.splitlines() if not line.startswith(f"{key} =")]
    return "\n".join([*kept, f"{key} = {value}", ""])


def job_writer(tmp_path, monkeypatch):
    """Writes a job and its prompts, and goes there."""
    for name in ("GRADER", "SETTINGS", "EXPLAIN"):  # grading here sets them
        monkeypatch.setenv(f"TOUCHSTONE_{name}", "")
    monkeypatch.chdir(tmp_path)

    def write(text=JOB, count=128):
        (tmp_path / "job.toml").write_text(text, encoding="utf-8")
        lines = [json.dumps(row) + "\n" for row in rows(count)]
        (tmp_path / "train.jsonl").write_text("".join(lines), encoding="utf-8")
        return load_job(tmp_path / "job.toml")

    return write
