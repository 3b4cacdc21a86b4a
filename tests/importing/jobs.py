"""Graders as other services export them, and rows for them."""

import json

OUTPUT = "{{ sample.output_text }}"
PYTHON = '''"""Says how short it is."""
import re

NOTE = """two
  lines"""


def words(text):
    return re.findall(r"\\w+", text)


def grade(sample, item):
    assert NOTE == "two\\n  lines"
    return 1.0 if len(words(sample["output_text"])) <= 20 else 0.0
'''


def check(operation="eq", text=OUTPUT, reference="{{ item.answer }}", **more):
    return {
        "type": "string_check", "name": "check", "operation": operation, "input": text,
        "reference": reference, **more,
    }  # fmt: skip


def similar(metric="fuzzy_match", text=OUTPUT, reference="{{ item.answer }}", **more):
    return {
        "type": "text_similarity", "name": "similar", "evaluation_metric": metric, "input": text,
        "reference": reference, **more,
    }  # fmt: skip


def python(source=PYTHON):
    return {"type": "python", "name": "short", "source": source, "image_tag": "2025-05-08"}


def messages(text):
    return [{"role": "system", "content": "You grade."}, {"role": "user", "content": text}]


def scorer(text=f"Answer: {OUTPUT}\nExpected: {{{{ item.reference_answer }}}}", **more):
    return {
        "type": "score_model", "name": "helpful", "model": "gpt-4.1-mini",
        "input": messages(text), **more,
    }  # fmt: skip


def labeler(**more):
    return {
        "type": "label_model", "name": "tone", "model": "gpt-4o", "input": messages(OUTPUT),
        "labels": ["plain", "wordy", "rude"], "passing_labels": ["plain"], **more,
    }  # fmt: skip


def multi(formula, **graders):
    return {
        "type": "multi", "name": "Capital answers", "graders": graders,
        "calculate_output": formula,
    }  # fmt: skip


def job(grader):
    return {
        "object": "fine_tuning.job", "id": "ftjob-1", "model": "o4-mini",
        "method": {"type": "reinforcement", "reinforcement": {"grader": grader}},
    }  # fmt: skip


SIX = multi(
    "exact * (0.8 + 0.05 * names + 0.05 * close + 0.04 * short + 0.01 * helpful + 0.01 * tone)",
    exact=check(), names=check("ilike"), close=similar("rouge_l"), short=python(),
    helpful=scorer(range=[0, 5]), tone=labeler(),
)  # fmt: skip
ROWS = [
    {"messages": [{"role": "user", "content": f"The capital of {land}?"}], "answer": capital,
     "facts": {"short": capital[:1], "all": [capital, land]}}
    for land, capital in [("Norway", "Oslo"), ("Kenya", "Nairobi"), ("Peru", "Lima")]
]  # fmt: skip


def lines(records):
    return "".join(json.dumps(record) + "\n" for record in records)
