import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.importing.jobs import ROWS, lines
from touchstone.workbench.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(main, list(map(str, args)))


@pytest.fixture
def bring(run, tmp_path):
    """Imports a grader, and answers with what the command said."""

    def bring(grader, *args, rows=(), name="mine", file="grader.json"):
        Path(tmp_path / file).write_text(
            grader if isinstance(grader, str) else json.dumps(grader), encoding="utf-8"
        )
        if rows:
            (tmp_path / "rows.jsonl").write_text(lines(rows), encoding="utf-8")
            args = (*args, "--rows", "rows.jsonl")
        return run("graders", "import", file, "--name", name, *args)

    return bring


@pytest.fixture
def grade(run, tmp_path):
    """Grades completions of the first row, or whole rows, with the grader ``mine``."""

    def grade(*completions, row=ROWS[0], **more):
        (tmp_path / "events.jsonl").write_text(
            lines(
                {**row, **more, "id": str(n),
                 "messages": [*row["messages"], {"role": "assistant", "content": text}]}
                for n, text in enumerate(completions)
            ), encoding="utf-8",
        )  # fmt: skip
        done = run("grade", "mine", "events.jsonl", "-o", "graded.jsonl")
        assert done.exit_code in (0, 1), done.output
        return [json.loads(line) for line in (tmp_path / "graded.jsonl").read_text().splitlines()]

    return grade
