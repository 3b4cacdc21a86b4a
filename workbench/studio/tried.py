"""One row, typed into a form, graded as `touchstone grade --row` would, and kept as a case."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from touchstone.contract import parse
from touchstone.graded import line_of
from touchstone.outcomes import Fault
from touchstone.settings import SettingsError
from touchstone.templates import find_grader
from touchstone.workbench.check.cases import own_cases
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.backends import in_process
from touchstone.workbench.grading.expect import Expectation, read_expectation, shown
from touchstone.workbench.grading.run import grade_lines
from touchstone.workbench.grading.version import version_of
from touchstone.workbench.rows.events import read_events
from touchstone.workbench.rows.rft import Line, make_row, parse_json, parse_object
from touchstone.workbench.studio.seen import Seen

_MESSAGES = "messages"
# What a row may hold its turns, its completion and its reference in.
_OF_THE_FORM = (
    "messages", "prompt", "reference_answer", "completion", "response", "model_response", "output",
)  # fmt: skip


class FormError(WorkbenchError):
    """A field of the form cannot be read; the message opens with the field's name."""


class CaseNotKept(WorkbenchError):
    """A golden case cannot be added to its file, which is as it was."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one grader made of the row.

    Attributes:
        entry: The result, as ``grade --json`` has it.
        expect: What a golden case of it would expect, as JSON.
        grader: As it was called.
        version: Of the grader, settings included.
        judge: Who judged, for a person; ``""`` where nobody did.
        settings: As they were, setting to JSON.
        seen: What its sandbox and its judge were asked.
    """

    entry: dict[str, Any]
    expect: str
    grader: str
    version: str
    judge: str
    settings: dict[str, str]
    seen: Seen = field(default_factory=Seen)


def read_prompt(prompt: str, reference: str, others: str) -> dict[str, Any]:
    """Returns the row that a form holds, without an answer.

    Args:
        prompt: The last turn of the user's.
        reference: An object or a list in JSON, or a text; ``""`` for none.
        others: The row's other fields, as an object in JSON; its ``messages`` are the turns before
            the prompt. ``""`` for none.

    Raises:
        FormError: The other fields are no JSON object, or their messages no list.
    """
    try:
        fields = parse_object(others.encode()) if others.strip() else {}
    except (ValueError, RecursionError) as exc:
        raise FormError(f"other fields: {exc}") from exc
    turns = fields.pop(_MESSAGES, [])
    if not isinstance(turns, list):
        raise FormError("other fields: messages is no list of turns")
    turns += [{"role": "user", "content": prompt}] if prompt.strip() else []
    row_id = fields.pop("id", None)
    said = _decoded(reference) if reference.strip() else None
    return make_row(turns, row_id=row_id, reference=said, fields=fields)


def read_row(prompt: str, completion: str, reference: str, others: str) -> dict[str, Any]:
    """Returns the row that a form holds.

    Args:
        prompt: As ``read_prompt`` takes it; likewise ``reference`` and ``others``.
        completion: What the model answered.
        reference: See ``prompt``.
        others: See ``prompt``.

    Raises:
        FormError: As ``read_prompt`` does.
    """
    row = read_prompt(prompt, reference, others)
    turns = row[_MESSAGES]
    # One that calls tools is a turn of the other fields, as a box holds text alone.
    called = not completion and turns and isinstance(turns[-1], dict) and "tool_calls" in turns[-1]
    turns += [] if called else [{"role": "assistant", "content": completion}]
    return row


def written_row(row: Mapping[str, Any]) -> dict[str, str]:
    """Returns the fields of a form that holds a row, as ``read_row`` reads them.

    A row that is none stands in the other fields as it is.
    """
    fields = {name: value for name, value in row.items() if name != "expect"}
    (sample,) = parse([fields]).rows
    if isinstance(sample, Fault):
        return {"others": _shown(fields)}
    fields = {name: value for name, value in fields.items() if name not in _OF_THE_FORM}
    turns, completion, prompt = [dict(turn) for turn in sample.messages], sample.completion, ""
    last = _last(row)
    if "tool_calls" in last:
        turns, completion = list(row[_MESSAGES]), ""
    elif isinstance(last.get("content"), str):
        completion = last["content"]  # with its thinking
    if turns and turns[-1].get("role") == "user" and isinstance(turns[-1].get("content"), str):
        prompt = turns.pop()["content"]
    if turns:
        fields = {_MESSAGES: turns, **fields}
    reference = row.get("reference_answer", sample.reference)
    return {
        "prompt": prompt,
        "completion": completion,
        "reference": reference if isinstance(reference, str) else _shown(reference),
        "others": _shown(fields or None),
    }


def read_settings(text: str) -> dict[str, Any]:
    """Reads settings that win over a grader's own: TOML, or an object in JSON.

    Raises:
        FormError: They are neither.
    """
    try:
        if text.lstrip().startswith("{"):
            return parse_object(text.encode())
        return tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise FormError(f"settings: {exc}") from exc


def tried(grader: str, settings: str, row: Mapping[str, Any], seconds: float) -> Tried:
    """Grades a row.

    Args:
        grader: A template, or an entry of graders.toml.
        settings: As ``read_settings`` reads them.
        row: As ``read_row`` returns it.
        seconds: After which it is unscored, ``deadline``.

    Raises:
        FormError: The settings cannot be read.
        SettingsError: There is no such grader, or a setting is wrong.
        UnreachableJudge: The judge answers nobody.
    """
    overrides = read_settings(settings)
    seen = Seen()
    with in_process(grader, overrides) as backend:
        ask = backend.with_tools(seen.watch, seconds)
        ((_, entry),) = grade_lines([Line("form", 1, dict(row))], ask, 1)
        made = backend.grader
    scored = entry["outcome"] == "scored"
    # Scores are held to a millionth, so that no more digits say anything.
    score = round(entry["aggregate_reward_score"], 6)
    wanted = {"score": score} if scored else {"outcome": entry["outcome"]}
    told = msgspec.to_builtins(made.settings)
    return Tried(
        entry,
        json.dumps({**wanted, "note": ""}),
        grader,
        version_of(made),
        backend.judge,
        {name: json.dumps(value, ensure_ascii=False) for name, value in told.items()},
        seen,
    )


def cases_file(grader: str) -> Path:
    """Returns where a grader's golden cases of one's own go, which need not be there yet.

    ``check`` and deployments read them there.

    Raises:
        SettingsError: There is no such grader.
    """
    find_grader(grader)
    return own_cases(grader)


def keep_case(grader: str, row: Mapping[str, Any], expect: str) -> tuple[str, str]:
    """Adds a row to a grader's golden cases, behind those that are there.

    Args:
        grader: Whose.
        row: As ``read_row`` returns it; without an id it gets one of its content.
        expect: What the case expects, as an object in JSON.

    Returns:
        ``file:line`` of the case, and the line.

    Raises:
        FormError: The expectation cannot be read.
        ExpectationError: It is none.
        CaseNotKept: The same case is there already, or the file cannot be read or written.
        SettingsError: There is no such grader.
    """
    try:
        wanted = parse_object(expect.encode())
    except (ValueError, RecursionError) as exc:
        raise FormError(f"expect: {exc}") from exc
    read_expectation(wanted)
    said = json.dumps(dict(row), sort_keys=True).encode()
    named = {"id": f"case-{hashlib.blake2b(said, digest_size=4).hexdigest()}", **row}
    line = line_of({**named, "expect": wanted})
    path = cases_file(grader)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            number = 1
            for held in read_events(str(path)):
                if held.problem:
                    raise CaseNotKept(f"{held.place}: {held.problem}", "mend that line first")
                if isinstance(held.row, dict) and held.row == {**held.row, **named}:
                    raise CaseNotKept(f"{held.place}: holds this row already")
            file.seek(0)
            text = file.read()
            gap = b"\n" if text and not text.endswith(b"\n") else b""
            number += (text + gap).count(b"\n")
            try:
                if file.write(gap + line) < len(gap + line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(len(text))  # half a line would be no case
                raise
    except OSError as exc:
        raise CaseNotKept(f"{path}: {exc.strerror or exc}") from exc
    return f"{path}:{number}", line.decode().rstrip("\n")


def otherwise(entry: Mapping[str, Any], expect: str) -> str:
    """Returns how a result differs from what a case expects, ``""`` where it does not."""
    expected: Expectation = read_expectation(json.loads(expect))
    return "" if expected.met_by(entry) else f"the case expects {expected}, and got {shown(entry)}"


def problem_of(exc: WorkbenchError | SettingsError) -> str:
    """Returns an error as the command line says it."""
    advice = exc.advice if isinstance(exc, WorkbenchError) else ""
    return f"{exc}\n{advice}".strip()


def _last(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the model's turn at the end of a row, empty where there is none."""
    messages = row.get(_MESSAGES)
    last = messages[-1] if isinstance(messages, list) and messages else None
    return last if isinstance(last, dict) and last.get("role") == "assistant" else {}


def _shown(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)


def _decoded(text: str) -> Any:
    """Returns what a text holds in JSON where that is an object or a list, else the text."""
    try:
        value = parse_json(text)
    except ValueError:
        return text
    return value if isinstance(value, dict | list) else text
