from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.judge.converse_server import Action, Asked, Choose, Give, JudgeServer, completion_in
from touchstone.workbench.cli import main

Draft = dict[str, Any]


def criterion(name: str, **more: Any) -> Draft:
    levels = [
        {"label": "no", "description": "It does not.", "value": 0},
        {"label": "yes", "description": "It does.", "value": 1},
    ]
    question = "Does the reply say when the parcel comes?"
    return {"name": name, "question": question, "weight": 1, "levels": levels, **more}


RUBRIC: Draft = {
    "reason": "People ask when their parcel comes.",
    "template": "rubric",
    "criteria": [criterion("says_when")],
    "instructions": None,
    "brand_voice": None,
    "audience": None,
    "banned_phrases": [],
    "focus": None,
    "max_words": None,
    "policy": None,
}
DAY = re.compile(r"\b(?:Monday|Tuesday|thứ hai)\b|月曜日")


def by_the_day(asked: Asked) -> Choose:
    """Judges as the rubric says: a reply about parcels that names a day is good."""
    said = completion_in(asked.text)
    good = DAY.search(said) and re.search(r"parcel|hàng|荷物", said)
    return Choose({name: labels[-1 if good else 0] for name, labels in asked.offered.items()})


class Scripted:
    """A local judge: what it drafts, one after the other, and how it judges then."""

    def __init__(self, server: JudgeServer) -> None:
        self._server = server
        self.drafts: list[Action] = [Give(RUBRIC)]
        self.judges: Callable[[Asked], Action] = by_the_day

    @property
    def name(self) -> str:
        return f"openai:{self._server.url}/v1#drafter"

    @property
    def asked(self) -> list[Asked]:
        """The calls for a draft."""
        return [one for one in self._server.asked if _is_draft(one)]

    def answer(self, asked: Asked) -> Action:
        if not _is_draft(asked):
            return self.judges(asked)
        return self.drafts[min(len(self.asked), len(self.drafts)) - 1]


def _is_draft(asked: Asked) -> bool:
    return "template" in asked.offered


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with ExitStack() as stack:
        server = stack.enter_context(JudgeServer(lambda asked: scripted.answer(asked)))
        scripted = Scripted(server)
        yield scripted


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def draft(folder: Path) -> Callable[..., Result]:
    """Drafts from rows, in a few seconds."""

    def run(rows: list[Any], *options: str) -> Result:
        file = folder / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        words = ["graders", "draft", "rows.jsonl", "--name", "mine", "--time", "20", *options]
        return CliRunner().invoke(main, words)

    return run


def turns(prompt: str, completion: str | None = None, **more: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": prompt}]
    said += [] if completion is None else [{"role": "assistant", "content": completion}]
    return {"messages": said, **more}


def kept(folder: Path) -> list[str]:
    """What a run left behind, without the rows that it read."""
    return sorted(path.name for path in folder.iterdir() if path.name != "rows.jsonl")


def parcels(count: int = 24) -> list[dict[str, Any]]:
    """Rows with marks: replies that name a day are good."""
    rows = []
    for number in range(count):
        prompt = f"My order {number} of {WARES[number % len(WARES)]} is late. When does it come?"
        good = number % 2 == 0
        reply = "Your parcel comes on Monday." if good else "We cannot say."
        rows.append(turns(prompt, f"{reply} Order {number}.", mark=float(good)))
    return rows


WARES = ("nine blue garden chairs", "books on Roman law", "fish food", "a violin", "wool socks")
