"""A job's folder as a service would have filled it: forty steps, and rollouts that mean harm."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from touchstone.workbench.jobs.folder import JobFolder, State

STEPS, PROMPTS, SAMPLES = 40, 4, 4
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = (
    "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>",
    "</pre></details></main><style>*{display:none}</style>",
    "right to left \u202egnirts\u202c, zero\u200bwidth, bell \x07, escape \x1b[2J, nul \x00",
    "z" + "\u0335\u0336\u0337\u0338" * 400 + " marks piled up",
    "{{ 7 * 7 }} {% raw %} ${alert(1)} javascript:alert(1)",
    "word" * 30_000,
)
JOB_TOML = """\
name = "support-triage"
service = "bedrock"
base_model = "amazon.nova-2-lite-v1:0:256k"
role = "arn:aws:iam::123456789012:role/rft"

[data]
train = "train.jsonl"
validation = "validation.jsonl"
output = "s3://example-bucket/rft"

[grader]
name = "content_moderation"
function = "arn:aws:lambda:us-east-1:123456789012:function:touchstone-content-moderation:7"

[hyperparameters]
epoch_count = 2
batch_size = 64

[brake]
flat_share = 0.8
"""


def moment(step: float) -> str:
    return (BEGIN + timedelta(minutes=6 * step)).isoformat().replace("+00:00", "Z")


def sample_folder(
    path: Path, *, status: str = "Completed", steps: int = STEPS, evaluation: bool = True
) -> JobFolder:
    """Fills a folder under ``path`` with the same job every time, and writes its job.toml."""
    (path / "job.toml").write_text(JOB_TOML, encoding="utf-8")
    folder = JobFolder(path / "jobs" / "support-triage")
    state = State(
        name="support-triage",
        service="bedrock",
        status="InProgress",
        job_id="arn:aws:bedrock:us-east-1:123456789012:model-customization-job/abc",
        base_model="amazon.nova-2-lite-v1:0:256k",
        grader="touchstone-content-moderation:7",
        total_steps=STEPS,
    )
    folder.begin(state, JOB_TOML)
    rng = random.Random(7)
    for step in range(1, steps + 1):
        _step(folder, step, rng)
    if evaluation:
        _evaluation(folder)
    folder.add_event("info", "the job was created", moment(0))
    folder.add_event("warn", "grader <b>throttled</b> \x1b[31m", moment(5))
    folder.add_event("error", "12 rollouts timed out", moment(20))
    _settle(folder, status, steps)
    return folder


def _settle(folder: JobFolder, status: str, steps: int) -> None:
    """Ends the state with times of the job's own, so that the folder is the same every time."""
    ended = status in ("Completed", "Failed", "Stopped")
    state = msgspec.structs.replace(
        folder.state(),
        status=status,
        step=steps,
        created=moment(0),
        updated=moment(steps + 1),
        ended=moment(steps + 1) if ended else "",
        tuned_model="arn:aws:bedrock:us-east-1:1:custom-model/x" if status == "Completed" else "",
        message="the grader <i>failed</i>" if status == "Failed" else "",
    )
    (folder.path / "state.json").write_bytes(msgspec.json.encode(state))


def _step(folder: JobFolder, step: int, rng: random.Random) -> None:
    level = 0.18 + 0.55 * step / STEPS
    rows = [row for prompt in range(PROMPTS) for row in _group(step, prompt, level, rng)]
    folder.add_rollouts(rows)
    scores = sorted(row["reward"] for row in rows if row["reward"] is not None)
    unscored = [row for row in rows if row["reward"] is None]
    wobble = rng.uniform(-0.03, 0.03)
    metrics = {
        "critic/rewards/mean": sum(scores) / len(scores),
        "critic/rewards/max": scores[-1],
        "critic/rewards/min": scores[0],
        "touchstone/rewards/p10": scores[len(scores) // 10],
        "touchstone/rewards/p50": scores[len(scores) // 2],
        "touchstone/rewards/p90": scores[len(scores) * 9 // 10],
        "touchstone/criteria/decision": min(1.0, level + 0.1 + wobble),
        "touchstone/criteria/categories": max(0.0, level - 0.1 + wobble),
        "touchstone/criteria/explanation": 0.4 + wobble,
        "touchstone/flat_groups": 0.1 + 0.3 * step / STEPS,
        "touchstone/flat_groups/all_zero": 0.1 * (1 - step / STEPS),
        "touchstone/flat_groups/all_one": 0.3 * step / STEPS,
        "touchstone/flat_groups/equal": 0.1 * step / STEPS,
        "touchstone/unscored": len(unscored) / len(rows),
        "touchstone/unscored/timeout": float(len(unscored)),
        "touchstone/unscored/judge_error": float(step % 13 == 0),
        "touchstone/grader_latency_ms/p50": 80 + 10 * wobble,
        "touchstone/grader_latency_ms/p99": 400 + 2000 * abs(wobble),
        "touchstone/spend_usd": 0.021 * step,
        "touchstone/throttles": float(step % 9 == 0),
        "actor/entropy": 1.4 * (1 - 0.6 * step / STEPS) + wobble,
        "actor/pg_loss": 0.02 * wobble,
        "actor/grad_norm": 0.7 + wobble,
        "training_loss": 0.4 - 0.2 * step / STEPS + wobble,
        "response_length/mean": 120 + 2 * step + 100 * wobble,
        "response_length/max": 300.0 + step,
        "prompt_length/mean": 210.0,
        "response/aborted_ratio": 0.0,
    }
    if step % 8 == 0:
        metrics["val-score/rewards/mean@1"] = level - 0.02
    folder.add_metrics(step, metrics, moment(step))


def _group(step: int, prompt: int, level: float, rng: random.Random) -> list[dict]:
    flat = step % 5 == 0 and prompt == 0
    rows = []
    for n in range(SAMPLES):
        reward: float | None = round(min(1.0, max(0.0, rng.gauss(level, 0.2))), 3)
        if flat:
            reward = 1.0 if step > STEPS / 2 else 0.0
        outcome = "scored"
        if prompt == 1 and n == 0 and step % 10 == 3:
            reward, outcome = None, "unscored:timeout"
        if prompt == 2 and n == 3 and step % 13 == 0:
            reward, outcome = None, "unscored:judge_error"
        completion = f"Decision: allow. Step {step}, sample {n}: " + "because of it, " * 6
        if step % 7 == 0 and n == 1:
            completion = HOSTILE[(step // 7) % len(HOSTILE)]
        if step == 33 and prompt == 3 and n == 2:
            reward, completion = 1.0, "I am certainly right. " * 900 + HOSTILE[0]
        metrics = {} if reward is None else {"decision": reward, "categories": reward * 0.8}
        rows.append(
            {
                "step": step,
                "group": f"p{prompt}-{step % 3}",
                "id": f"{step}-{prompt}-{n}",
                "prompt": f"Message {prompt}: is it <b>allowed</b>? {HOSTILE[prompt]}"[:3000],
                "completion": completion,
                "reference_answer": {"decision": "allow", "note": HOSTILE[0]},
                "reward": reward,
                "metrics": metrics,
                "outcome": outcome,
                "reason": "the judge did not answer in 30 s" if reward is None else "read allow",
            }
        )
    return rows


def _evaluation(folder: JobFolder) -> None:
    rng = random.Random(11)
    for model, step, level in (("base", 0, 0.3), ("tuned", 20, 0.5), ("tuned", 40, 0.7)):
        folder.add_evaluation(
            {
                "model": model,
                "step": step,
                "group": f"v{n}",
                "id": f"{step}-validation-{n}",
                "prompt": f"Held-out message {n} {HOSTILE[n % 3]}",
                "completion": f"Decision {n % 2}: {HOSTILE[n % len(HOSTILE)]}",
                "reference_answer": "allow",
                "reward": (score := round(min(1.0, max(0.0, rng.gauss(level, 0.2))), 2)),
                "metrics": {"decision": score, "categories": score / 2},
                "outcome": "scored",
                "reason": "",
            }
            if (model, n) != ("base", 5)
            else {
                "model": model, "step": step, "group": "v5", "id": "v5", "prompt": "p",
                "completion": "c", "reference_answer": None, "reward": None, "metrics": {},
                "outcome": "unscored:timeout", "reason": "slow",
            }
            for n in range(48)
        )  # fmt: skip
