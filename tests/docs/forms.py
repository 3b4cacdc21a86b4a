"""What a block is by its form: rows, replies, graders.toml, job.toml, cdk.json, a CI's steps."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from tests.docs.blocks import ROOT, Block, commands, is_interactive
from touchstone.config import load_entries, requires_check
from touchstone.contract import parse
from touchstone.infra.settings import load_deployed, load_stage
from touchstone.outcomes import Fault
from touchstone.templates import load_grader
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.spec import load_job

# What a shown table of job.toml, such as [brake], is part of.
JOB = {"name": "sums", "data": {"train": "train.jsonl"}, "grader": {"name": "math_reasoning"}}
_MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
_TYPED = re.compile(r"(?:\S*/)?(touchstone|make) ")
_REPLY = {"id", "aggregate_reward_score", "metrics_list", "outcome", "reason"}


def check_form(block: Block, folder: Path) -> None:
    """Asserts that a block is what it claims to be.

    Args:
        block: Of any language.
        folder: Where the page's files lie, which its graders.toml names.
    """
    if check := _FORMS.get(block.language):
        check(block.text, folder)
    for command in commands(block):
        _check_command(command.line)
    if block.language == "text":
        for line in block.text.splitlines():
            assert not line.startswith("$ "), f"{line!r} is a console's"
            _check_command(line)


def verb_of(words: list[str]) -> click.Command:
    """Returns the command of the command line that is meant."""
    command: click.Command = main
    with click.Context(main) as context:
        for word in words:
            if not isinstance(command, click.Group):
                break
            found = command.get_command(context, word)
            assert found is not None, f"touchstone {' '.join(words)}: there is no {word!r}"
            command = found
    return command


def _check_command(line: str) -> None:
    """Asserts that a verb of ours and its options, or a target of the Makefile, are there."""
    if not (found := _TYPED.match(line)):
        return
    words = re.sub(r"\s#\s.*|[\[\]]", "", line).split()[1:]
    if found[1] == "make":
        targets = [word for word in words if "=" not in word and not word.startswith("&")]
        assert re.search(rf"^{targets[0]}:", _MAKEFILE, re.M), f"make {targets[0]}: no such target"
        for variable in (word.partition("=")[0] for word in words if "=" in word):
            assert f"$({variable})" in _MAKEFILE, f"the Makefile reads no {variable}"
        return
    known = {option for parameter in verb_of(words).params for option in parameter.opts}
    unknown = {word for word in words if word.startswith("--")} - known - {"--graders", "--version"}
    assert not unknown, f"{line}: there is no {', '.join(unknown)}"


def _json(text: str, _folder: Path) -> None:
    try:
        values = [json.loads(text)]
    except ValueError:
        values = [json.loads(line) for line in text.splitlines()]
    for value in values:
        for one in value if isinstance(value, list) else [value]:
            _check_object(one)


def _check_object(value: Any) -> None:
    if "aggregate_reward_score" in value:
        assert set(value) <= _REPLY, f"a reply has no {set(value) - _REPLY}"
        assert all(set(metric) == {"name", "value", "type"} for metric in value["metrics_list"])
    elif "messages" in value:
        (row,) = parse([value]).rows
        # A prompt to learn from has no completion yet.
        assert not isinstance(row, Fault) or row.preflight, row.detail
    elif "context" in value:  # cdk.json
        for name in value["context"]["stages"]:
            load_stage(name, value["context"]["stages"])


def _toml(text: str, folder: Path) -> None:
    data = tomllib.loads(text)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        if set(data) <= {"defaults", "graders"}:
            file = folder / f"{Path(place).name}.toml"
            file.write_text(text, encoding="utf-8")
            try:
                for name, entry in load_entries(file).items():
                    if not entry.code or (folder / entry.code).exists():
                        load_grader(name, file)
                    if entry.deploy:
                        load_deployed(file)
            finally:
                file.unlink()
        else:
            whole = "" if "name" in data else _as_toml({**JOB, **{k: {} for k in data}})
            file = Path(place) / "job.toml"
            file.write_text(f"{whole}{text}" if whole else text, encoding="utf-8")
            load_job(file)
            if set(data) == {"check"}:  # graders.toml has it too
                file.write_text(text, encoding="utf-8")
                assert requires_check(file)


def _as_toml(job: Mapping[str, Any]) -> str:
    """Returns a job.toml but for the tables that are empty."""
    texts = [f"{key} = {json.dumps(v)}\n" for key, v in job.items() if not isinstance(v, dict)]
    for key, table in job.items():
        if isinstance(table, dict) and table:
            texts.append(f"[{key}]\n")
            texts += [f"{name} = {json.dumps(value)}\n" for name, value in table.items()]
    return "".join(texts)


def _yaml(text: str, _folder: Path) -> None:
    for step in yaml.safe_load(text):
        if "uses" in step:
            action = yaml.safe_load((ROOT / step["uses"] / "action.yml").read_text("utf-8"))
            assert set(step["with"]) <= set(action["inputs"])


def _python(text: str, _folder: Path) -> None:
    if not is_interactive(text):
        compile(text, "block", "exec")


_FORMS: Mapping[str, Callable[[str, Path], None]] = {
    "json": _json,
    "python": _python,
    "toml": _toml,
    "yaml": _yaml,
}
