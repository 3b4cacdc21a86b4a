"""Whatever a file holds or is called, no verb hands a terminal something that it would obey."""

import json
import re
import subprocess
import sys

import pytest

ESCAPES = "\x1b]0;x\x07\x1b[2J\x9b1m\u202e\u2066"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ROWS = [
    {
        "messages": [{"role": "user" + ESCAPES, "content": ESCAPES}],
        "reference_answer": ESCAPES,
        ESCAPES: ESCAPES,
    },
    {ESCAPES: 1},
    {"messages": [{"role": "user", "content": "a"}], "kind": ESCAPES, "id": ESCAPES},
]
VERBS = [
    ["data", "profile", "{file}"],
    ["data", "validate", "{file}"],
    ["data", "convert", "{file}", "--output", "{file}.out.jsonl"],
    ["data", "split", "{file}"],
    ["grade", "tone_style", "{file}", "--output", "{file}.out.jsonl"],
    ["grade", ESCAPES, "{file}"],
    ["graders", "list"],
    ["graders", "show", "tone_style" + ESCAPES],
    ["serve", ESCAPES],
    ["job", "plan", "{file}"],
    ["job", "watch", "{file}"],
    ["data", "profile", "missing" + ESCAPES],
    [ESCAPES],
]


@pytest.mark.parametrize(
    "verb", VERBS, ids=lambda verb: " ".join(verb[:2]).encode("ascii", "ignore")
)
def test_nothing_that_a_terminal_obeys_is_printed(verb, tmp_path):
    file = tmp_path / "rows\x1b[2J\u202e.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    command = [
        sys.executable,
        "-m",
        "touchstone.workbench.cli",
        *(part.format(file=file) for part in verb),
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    for stream in (ended.stdout, ended.stderr):
        assert not OBEYED.search(stream.decode(errors="surrogateescape").replace("\r\n", "\n"))
