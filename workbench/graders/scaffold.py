"""Writes a new grader that works as it is, to be changed into what a team wants."""

from __future__ import annotations

import json
from pathlib import Path

from templates import template_names
from touchstone.config import FILE_NAME, is_name, load_entries
from touchstone.settings import SettingsError

_CODE = '''"""Rewards answers that name the expected fact and stay short."""

import re

LONGEST_WORDS = 60


def reward(sample):
    """Returns 1.0 for a short answer that names the reference, less for a long one, else 0.0."""
    if not sample.reference:
        return None  # not scored: without a reference nothing can be said
    words = re.findall(r"\\w+", sample.completion.lower())
    wanted = re.findall(r"\\w+", str(sample.reference).lower())
    found = all(word in words for word in wanted)
    brevity = min(1.0, LONGEST_WORDS / max(1, len(words)))
    return {
        "reward": brevity if found else 0.0,
        "metrics": {"found": float(found), "words": len(words)},
        "reason": f"{'names' if found else 'does not name'} the reference in {len(words)} words",
    }
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
    asked = {"role": "user", "content": "What is the capital of Norway?"}
    said = (("right", "The capital of Norway is Oslo.", 1.0), ("wrong", "It is Bergen.", 0.0))
    return [
        {
            "id": case,
            "messages": [asked, {"role": "assistant", "content": text}],
            "reference_answer": "Oslo",
            "expect": {"score": score},
        }
        for case, text, score in said
    ]
