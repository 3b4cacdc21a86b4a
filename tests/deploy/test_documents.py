"""What the documents tell people to type: it is there, and what needs no account is run."""

import json
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from touchstone.config import load_entries
from touchstone.infra.names import output_name
from touchstone.infra.settings import load_deployed
from touchstone.lambdas.grader import handler
from touchstone.templates import template_names
from touchstone.workbench.cli import main
from touchstone.workbench.grading import backends

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# Any other grader that the documents grade or check is made by them first.
KNOWN = {*template_names(), *load_entries(ROOT / "graders.toml"), "grade"}
# Verbs that are not run here: they need an account, a launched job, or run until they are stopped.
ELSEWHERE = {
    ("deploy",), ("versions",), ("serve",), ("judge", "check"), ("job", "launch"),
    ("job", "watch"), ("job", "report"), ("job", "deploy"), ("job", "compare"),
    ("data", "convert"), ("runs", "import"), ("graders", "draft"),
}  # fmt: skip


def commands(text):
    """Every line of a document's blocks that is a command, comments and brackets taken off.

    In YAML it is what a step of a CI runs.
    """
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S):
        lines = block.replace("\\\n", " ").splitlines() if language in ("", "bash") else ()
        if language == "yaml":
            lines = re.findall(r"^\s*- run: (.*)", block, re.M)
        for line in lines:
            if re.match(r"(\S*/)?(touchstone|make|cdk|aws) ", line):
                yield shlex.split(re.sub(r"\s#\s.*|[\[\]]", "", line))


TYPED = [
    (path.name, words) for path in DOCUMENTS for words in commands(path.read_text(encoding="utf-8"))
]
OURS = [(name, words) for name, words in TYPED if words[0].endswith("touchstone")]


def each(typed):
    ids = [f"{name}: {' '.join(words)[:80]}" for name, words in typed]
    return pytest.mark.parametrize("words", [words for _, words in typed], ids=ids)


def verb_of(words):
    """The click command that is meant, with its names."""
    names, command = [], main
    with click.Context(main) as context:
        for word in words[1:]:
            if not isinstance(command, click.Group):
                break
            command = command.get_command(context, word)
            assert command is not None, words
            names.append(word)
    return tuple(names), command


def test_commands_are_found():
    assert len(OURS) > 20
    assert {words[0] for _, words in TYPED} >= {"make", "touchstone", ".venv/bin/touchstone"}


@each(OURS)
def test_a_command_and_its_options_are_there(words):
    _, command = verb_of(words)
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@each([(name, words) for name, words in TYPED if words[0] == "make"])
def test_a_target_is_there(words):
    target, *variables = words[1:]
    assert re.search(rf"^{target}:", MAKEFILE, re.M)
    for variable in variables:
        assert f"$({variable.partition('=')[0]})" in MAKEFILE


def row(number, **more):
    asked = {"role": "user", "content": f"What is {number} + {2 * number}? Say the number alone."}
    return {"messages": [asked], "reference_answer": str(3 * number), **more}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Touchstone's folder, with the rows and the job that the documents speak of."""
    shutil.copy(ROOT / "graders.toml", tmp_path)
    shutil.copytree(ROOT / "rewards", tmp_path / "rewards")
    rows = [row(n, customer_id=f"c{n}", topic="ab"[n % 2], tests=["assert f(1) == 1"])
            for n in range(1, 61)]  # fmt: skip
    for name in ("rows", "rows.train", "rows.validation", "held"):
        held = "rows.train" not in name and name != "rows"
        chosen = rows[48:] if held else rows[:48]
        lines = "".join(json.dumps(one) + "\n" for one in chosen)
        (tmp_path / f"{name}.jsonl").write_text(lines)
    (tmp_path / "rows").mkdir()
    shutil.copy(tmp_path / "rows.jsonl", tmp_path / "rows" / "golden.jsonl")
    (tmp_path / "job.toml").write_text(
        'name = "sums"\nbase_model = "amazon.nova-2-lite-v1:0:256k"\n'
        'role = "arn:aws:iam::111122223333:role/rft"\n'
        '[data]\ntrain = "rows.train.jsonl"\noutput = "s3://bucket/out"\n'
        '[grader]\nname = "math_reasoning"\nfunction = "sums"\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


HERE = [
    (name, words)
    for name, words in OURS
    if verb_of(words)[0] not in ELSEWHERE and "--function" not in words
]


@each(HERE)
def test_what_needs_no_account_is_run(folder, words):
    names, _ = verb_of(words)
    if names == ("data", "split"):
        for name in ("rows.train.jsonl", "rows.validation.jsonl"):
            (folder / name).unlink()  # it makes them
    if names in (("grade",), ("check",)) and words[2] not in KNOWN:
        CliRunner().invoke(main, ["graders", "new", words[2]])
    done = CliRunner().invoke(main, words[1:])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    # 1: it ran, and something about these rows falls short.
    assert done.exit_code in (0, 1), done.output


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
    document = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    for words in commands(document):
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
