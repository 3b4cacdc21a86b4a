"""A job on Bedrock with its files, as a user would have written them."""

import json
from pathlib import Path

from tests.wire.cloud import BUCKET, FUNCTION
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.spec import JobFile, load_job

TEXT = f"""\
name = "support"
base_model = "amazon.nova-2-lite-v1:0:256k"
role = "arn:aws:iam::111122223333:role/rft"
tags = {{team = "care"}}

[data]
train = "train.jsonl"
validation = "validation.jsonl"
output = "s3://{BUCKET}/out"

[grader]
name = "math_reasoning"
function = "{FUNCTION}"

[hyperparameters]
batch_size = 16
training_sample_per_prompt = 2
"""


def row(number: int) -> dict:
    question = {"role": "user", "content": f"What is {number} + 1?"}
    return {"id": f"r{number}", "messages": [question], "reference_answer": str(number + 1)}


def write_job(folder: Path, text: str = TEXT) -> tuple[JobFile, JobFolder]:
    """Writes the files of a job, and returns it with its own folder."""
    for name, numbers in {"train": range(100), "validation": range(100, 110)}.items():
        lines = "".join(json.dumps(row(number)) + "\n" for number in numbers)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "job.toml").write_text(text, encoding="utf-8")
    file = load_job(folder / "job.toml")
    return file, JobFolder(file.folder)
