"""Every event form that a service is known to send, with the reply it must get."""

import json
from pathlib import Path

import pytest

from tests.support import reply_to

EVENTS = sorted((Path(__file__).parents[1] / "events").glob("*.json"))


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_golden_event(path):
    golden = json.loads(path.read_text(encoding="utf-8"))

    reply = reply_to(golden["event"])

    assert json.loads(json.dumps(reply, allow_nan=False)) == golden["reply"]
