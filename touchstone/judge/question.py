"""One question to a model: its prompt, the schema of its answer, and the reading of it.

The prompt is files, filled in one pass, so that a text which holds a placeholder stays as it
is. Every text of a row stands in a fence whose tag is drawn anew for each call: nothing in
the text can know it, so nothing in the text can close the fence.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from touchstone.judge.faults import NoVerdict
from touchstone.judge.text import clean
from touchstone.judge.types import JudgeRequest, Rubric

TOOL_NAME = "record_verdict"
_PROMPTS = Path(__file__).parent / "prompts"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LABEL_LIKE = re.compile(r"[\w./% -]{0,24}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What goes to the model: the operator's part, the row's part, and the answer's schema."""

    system: str
    user: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's choices, each one of those offered, and why."""

    choices: dict[str, str]
    reason: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question without its tag, so that equal questions are equal.

    Attributes:
        rubric: The rubric as text.
        blocks: The row's texts, cleaned, by the name on their fence.
        choices: What is to be chosen, what it means, and the answers offered.
    """

    rubric: str
    blocks: tuple[tuple[str, str], ...]
    choices: tuple[tuple[str, str, tuple[str, ...]], ...]

    @classmethod
    def verdict(cls, rubric: Rubric, request: JudgeRequest) -> Question:
        """Returns the question which level of each criterion a completion reaches."""
        findings = [("FINDINGS", "\n".join(request.findings))] if request.findings else []
        blocks = [
            *_material(request.task, request.context),
            *findings,
            ("COMPLETION", request.completion),
        ]
        choices = tuple(
            (criterion.name, criterion.question, tuple(level.label for level in criterion.levels))
            for criterion in rubric.criteria
        )
        return cls(_in_words(rubric), _cleaned(blocks), choices)

    def key(self, *how: Any) -> str:
        """Returns a hash of the question and of how it is asked; the tag is no part of it."""
        work = [self.rubric, self.blocks, self.choices, *how]
        return hashlib.sha256(json.dumps(work).encode()).hexdigest()

    def prompt(self) -> Prompt:
        """Returns the prompt of one call, fenced with a tag made for it."""
        tag = secrets.token_hex(16)
        fenced = "\n\n".join(
            f"<<<{name} {tag}\n{text}\n{name} {tag}>>>" for name, text in self.blocks
        )
        return Prompt(
            system=fill("verdict", {"rubric": self.rubric}),
            user=fill("texts", {"tag": tag, "blocks": fenced}),
            schema=self.schema(),
        )

    def schema(self) -> dict[str, Any]:
        """Returns the JSON schema of the answer: the reason, then exactly what is offered."""
        reason = {"type": "string", "description": "Why, before any choice is made."}
        offered = {
            name: {"type": "string", "enum": list(labels), "description": meaning}
            for name, meaning, labels in self.choices
        }
        return {
            "type": "object",
            "properties": {"reason": reason, **offered},
            "required": ["reason", *offered],
            "additionalProperties": False,
        }

    def read(self, data: Any) -> Answer:
        """Reads an answer; a choice counts only if it is one of those offered.

        Case and surrounding spaces are forgiven, nothing else: a number or a boolean is
        not taken for the label it may have meant.

        Raises:
            NoVerdict: ``bad_json`` when the answer is no object or lacks a choice,
                ``outside_set`` when a choice was not offered.
        """
        if not isinstance(data, dict):
            raise NoVerdict("bad_json", f"the answer is no object but {type(data).__name__}")
        chosen: dict[str, str] = {}
        for name, _, labels in self.choices:
            if name not in data:
                raise NoVerdict("bad_json", f"the answer has no {name!r}")
            known = {label.strip().casefold(): label for label in labels}
            value = data[name]
            label = known.get(value.strip().casefold()) if isinstance(value, str) else None
            if label is None:
                raise NoVerdict(
                    "outside_set", f"{name!r} is {_shape(value)}, which was not offered"
                )
            chosen[name] = label
        reason = data.get("reason")
        return Answer(chosen, clean(reason).strip() if isinstance(reason, str) else "")


def fill(name: str, values: Mapping[str, str]) -> str:
    """Returns the prompt file ``name`` with its placeholders filled, in one pass."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], _file(name)).strip()


def json_instruction(prompt: Prompt) -> str:
    """Returns what to add for a model that can neither be given a schema nor a forced tool."""
    return fill("json", {"schema": json.dumps(prompt.schema, indent=1)})


def _shape(value: Any) -> str:
    """Returns what an answer looks like: faults are logged, and an answer may quote a row."""
    if isinstance(value, str) and not _LABEL_LIKE.fullmatch(value):
        return f"a text of {len(value)} characters"
    return repr(value) if isinstance(value, str | int | float | None) else type(value).__name__


@lru_cache
def _file(name: str) -> str:
    return (_PROMPTS / f"{name}.txt").read_text(encoding="utf-8")


def _material(task: str, context: Mapping[str, str]) -> list[tuple[str, str]]:
    named = [
        (f"CONTEXT {re.sub(r'[^A-Z0-9]+', ' ', name.upper()).strip()}", text)
        for name, text in context.items()
    ]
    return [("TASK", task), *named]


def _cleaned(blocks: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, clean(text)) for name, text in blocks)


def _in_words(rubric: Rubric) -> str:
    parts = [rubric.instructions.strip()] if rubric.instructions.strip() else []
    for criterion in rubric.criteria:
        levels = "\n".join(f'- "{level.label}": {level.description}' for level in criterion.levels)
        parts.append(f"{criterion.name}: {criterion.question}\nLevels, worst first:\n{levels}")
    return "\n\n".join(parts)
