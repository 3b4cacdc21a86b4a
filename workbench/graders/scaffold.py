"""Writes a new grader that works as it is, to be changed into what a team wants."""

from __future__ import annotations

import json
from pathlib import Path

from templates import template_names
from touchstone.config import FILE_NAME, is_name, load_entries
from touchstone.settings import SettingsError

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

from pathlib import Path

from workbench.grading.backends import in_process
from workbench.grading.expect import as_expected
from workbench.rows.events import read_events
from workbench.grading.run import grade_lines

ROOT = Path(__file__).parents[2]


def test_every_case_ends_as_it_expects(monkeypatch):
    monkeypatch.chdir(ROOT)
    with in_process("{name}", {{}}) as backend:
        for line, entry in grade_lines(read_events("{cases}"), backend, 1):
            assert as_expected(entry, line.row["expect"]), f"{{line.place}}: {{entry}}"
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
    toml = root / FILE_NAME
    if not is_name(name):
        raise SettingsError(f"{name!r} is no name: letters, digits, '-' and '_', at most 48")
    if name in load_entries(toml) or name in template_names():
        raise SettingsError(f"there is a grader {name!r} already")
    module = name.replace("-", "_")
    code, cases = f"rewards/{module}.py", f"rewards/{module}.cases.jsonl"
    texts = {
        root / code: _CODE,
        root / cases: "".join(json.dumps(row) + "\n" for row in _cases()),
        root / f"tests/rewards/test_{module}.py": _TEST.format(name=name, cases=cases),
    }
    for path in texts:
        if path.exists():
            raise SettingsError(f"{path.relative_to(root)} is there already")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    before = toml.read_text(encoding="utf-8") if toml.exists() else ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    with toml.open("a", encoding="utf-8") as file:
        file.write(f'{gap}[graders.{name}]\ncode = "{code}"\n')
    return [*texts, toml]


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
