"""The first rewards that docs/deploy.md tells to ask for, of the packages' own handler."""

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.docs.blocks import blocks, commands
from touchstone.infra.names import output_name
from touchstone.infra.settings import load_deployed
from touchstone.lambdas.grader import handler
from touchstone.workbench.cli import main
from touchstone.workbench.grading import backends

ROOT = Path(__file__).parents[2]


class Context:
    def get_remaining_time_in_millis(self):
        return 300_000


@pytest.fixture
def deployed(monkeypatch):
    """Functions by the name of their output, each the handler with its grader's environment."""
    monkeypatch.chdir(ROOT)
    graders = [one.grader.name for one in load_deployed(ROOT / "graders.toml")]
    functions = {f"<Grader{output_name(name)}Arn>": name for name in graders}

    def invoke(function, payload, _region="", **_):
        monkeypatch.setenv("TOUCHSTONE_GRADER", functions[function])
        handler.wired.cache_clear()
        try:
            return json.loads(json.dumps(handler.lambda_handler(payload, Context())))
        finally:
            handler.wired()[1].close()
            handler.wired.cache_clear()

    monkeypatch.setattr(backends, "invoke", invoke)
    monkeypatch.setattr(backends, "check_invoke", lambda function, _region="": functions[function])
    return functions, invoke


def firsts():
    shown = (block for block in blocks(ROOT / "docs" / "deploy.md") if block.language == "bash")
    for words in (shlex.split(command.line) for block in shown for command in commands(block)):
        for flag in ("--function-name", "--function"):
            if flag in words:
                yield words[words.index(flag) + 1], words


def test_every_grader_that_is_deployed_has_its_first_reward(deployed):
    functions, _ = deployed
    assert [function for function, _ in firsts()] == list(functions)


@pytest.mark.parametrize(("function", "words"), list(firsts()))
def test_the_first_reward(deployed, function, words):
    _, invoke = deployed
    if words[0] == "aws":
        file = words[words.index("--payload") + 1].removeprefix("file://")
        reply = invoke(function, json.loads((ROOT / file).read_text(encoding="utf-8")))
        assert all(0 <= entry["aggregate_reward_score"] <= 1 for entry in reply)
        assert any(entry["aggregate_reward_score"] for entry in reply)
    else:
        done = CliRunner().invoke(main, words[1:])
        assert done.exit_code == 0, done.output
