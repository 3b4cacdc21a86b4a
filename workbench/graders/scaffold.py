"""Writes a new grader that works as it is, to be changed into what a team wants."""

from __future__ import annotations

import json
from pathlib import Path

from touchstone.workbench.graders.adding import add_grader, module_of

_CODE = '''"""Rewards answers that commit to the expected fact and stay short."""

import re

LONGEST_WORDS = 60


def reward(sample):
    """Returns 1.0 for a short answer that is the reference, less for a long one, else 0.0."""
    if not sample.reference:
        return None  # not scored: without a reference nothing can be said
    text = sample.completion.strip()
    # One answer, compared as a whole: looking for it somewhere would pay "It is not Oslo" too.
    answers = {plain(line) for line in re.findall(r"(?im)^answer:(.*)$", text)} or {plain(text)}
    right = answers == {plain(str(sample.reference))}
    length = len(text.split())
    brevity = min(1.0, LONGEST_WORDS / max(1, length))
    return {
        "reward": brevity if right else 0.0,
        "metrics": {"right": float(right), "words": length},
        "reason": f"{'states' if right else 'does not state'} the reference in {length} words",
    }


def plain(text):
    """Returns a text without case, marks around it and a full stop."""
    return " ".join(text.casefold().strip(" .*_`$").split())
'''
_TEST = '''"""Every golden case of {name} ends as it expects."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_case_ends_as_it_expects():
    words = ["grade", "{name}", "{cases}", "--runs", "none"]
    done = subprocess.run(
        [sys.executable, "-m", "touchstone", *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
'''


def new_grader(name: str, root: Path) -> list[Path]:
    """Writes a grader's file, golden cases, test and entry.

    Args:
        name: Its entry's name.
        root: The folder of graders.toml, which is made where there is none.

    Returns:
        What was written, the graders.toml last.

    Raises:
        SettingsError: The name is none or is taken, the graders.toml cannot be read, or a file
            is there already. Nothing is written then.
    """
    module = module_of(name)
    code, cases = f"rewards/{module}.py", f"rewards/{module}.cases.jsonl"
    texts = {
        code: _CODE,
        cases: "".join(json.dumps(row) + "\n" for row in _cases()),
        f"tests/rewards/test_{module}.py": _TEST.format(name=name, cases=cases),
    }
    return add_grader(name, root, texts, f'[graders.{name}]\ncode = "{code}"\n')


def _cases() -> list[dict[str, object]]:
    """Returns rows of two prompts: what is right, what is wrong, and what only looks right."""
    norway = "What is the capital of Norway? End with a line `Answer: ...`."
    kenya = "What is the capital of Kenya? End with a line `Answer: ...`."
    said = (
        ("right", norway, "Oslo", "It lies on a fjord.\nAnswer: Oslo", 1.0),
        ("alone", kenya, "Nairobi", "Nairobi", 1.0),
        ("wrong", norway, "Oslo", "Answer: Bergen", 0.0),
        ("denied", norway, "Oslo", "Answer: not Oslo", 0.0),
        ("two-answers", kenya, "Nairobi", "Answer: Mombasa\nAnswer: Nairobi", 0.0),
    )
    return [
        {
            "id": case,
            "messages": [
                {"role": "user", "content": asked},
                {"role": "assistant", "content": text},
            ],
            "reference_answer": reference,
            "expect": {"score": score},
        }
        for case, asked, reference, text, score in said
    ]
