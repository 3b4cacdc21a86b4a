"""Golden events, and what each grader answers to them in process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import toolchain
from touchstone.deadline import Deadline
from touchstone.pipeline import answer
from touchstone.templates import load_grader, template_names
from touchstone.toolbox import Toolbox

# Metrics that are times, and never the same twice.
_MEASURED = {"sandbox_seconds"}
EVENTS = toolchain.ROOT / "events"


def cases(template: str) -> list[dict[str, Any]]:
    """Returns a template's bundled cases as the rows of one event."""
    text = (toolchain.ROOT / "templates" / template / "cases.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return [{key: row[key] for key in row if key != "expect"} for row in rows]


def own_rows(*completions: str) -> list[dict[str, Any]]:
    """Returns rows for the grader ``own``."""
    return [
        {
            "id": number,
            "messages": [
                {"role": "user", "content": "Double it."},
                {"role": "assistant", "content": text},
            ],
            "reference_answer": {"of": 21},
        }
        for number, text in enumerate(completions)
    ]


def each_event() -> pytest.MarkDecorator:
    """Parametrizes ``grader`` and ``event`` with every golden event."""
    golden = [pytest.param(name, cases(name), id=f"{name}: cases") for name in template_names()]
    for file in sorted(EVENTS.glob("*.json")):
        event = json.loads(file.read_text(encoding="utf-8"))
        golden.append(pytest.param(grader_of(file), event, id=file.name))
    return pytest.mark.parametrize(("grader", "event"), golden)


def grader_of(file: Path) -> str:
    """Returns the grader that a file of ``events/`` is for: ``<grader>[.<form>].json``."""
    return file.name.split(".")[0]


def in_process(grader: str, event: Any) -> Any:
    """Returns the reply of the grader in this process, without Lambda and without AWS."""
    made = load_grader(grader, toolchain.graders_file())
    toolbox = Toolbox.of(made)
    try:
        return json.loads(json.dumps(answer(event, made, toolbox.tools(Deadline.after(300)))))
    finally:
        toolbox.close()


def invoke(client: Any, function: str, event: Any) -> Any:
    """Returns a function's reply; fails the test when the call failed."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    body = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, body
    return body


def same(reply: Any) -> Any:
    """Compares equal to a reply that says the same, whatever the time it took to say it.

    Pythons differ in a sum's last bit, and an envelope carries its reply as text.
    """
    if isinstance(reply, dict):
        return {key: same(_opened(key, item)) for key, item in reply.items()}
    if isinstance(reply, list):
        return [same(item) for item in reply if not _measured(item)]
    return pytest.approx(reply, abs=1e-9) if isinstance(reply, float) else reply


def plain(reply: Any) -> Any:
    """Returns a reply without what it measured, for :func:`same`."""
    if isinstance(reply, dict):
        return {key: plain(_opened(key, item)) for key, item in reply.items()}
    if isinstance(reply, list):
        return [plain(item) for item in reply if not _measured(item)]
    return reply


def _opened(key: str, item: Any) -> Any:
    return json.loads(item) if key == "body" else item


def _measured(item: Any) -> bool:
    return isinstance(item, dict) and item.get("name") in _MEASURED
