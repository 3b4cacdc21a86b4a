"""One question to a model: its prompt, the schema of its answer, and the reading of it.

The prompt is files, filled in one pass, so that a text which holds a placeholder stays as it
is. Every text of a row stands in a fence whose tag nothing in the text can know, so that nothing
in the text can close it. What all completions of one prompt share stands first and is the same
byte for byte, its tag too, so that a service can keep what it has read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from touchstone.judge.faults import NoVerdict
from touchstone.judge.quoting import marked, quotation, quotes
from touchstone.judge.reading import TAG
from touchstone.judge.refusals import reason_declines
from touchstone.judge.text import MEANT_FOR_JUDGE, clean, directed_text
from touchstone.judge.types import Criterion, JudgeRequest, Level, Rubric
from touchstone.normal import normal

_PROMPTS = Path(__file__).parent / "prompts"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LABEL_LIKE = re.compile(r"[\w./% -]{0,24}")
_NO = (False, None, 0, "", "false", "no", "none", "null", "0")
# By its name in the schema, and by those that models give it.
_WAY_OUT = re.compile(r"cannotjudge|refus|declin|abstain|abstention|skipped|blocked|\Aerror")
# What shows that the completion was judged, by its name in the schema and by others.
_SIGN = re.compile(r"quot|evidence|excerpt")
_UNFILLED = "<why>"
# What models write around a label, and where they put one that has a reason of its own.
_MARKS = " .!*_`\"'\\\u201c\u201d\u2018\u2019"
_TAGS = re.compile(r"</?[\w:-]{1,40}>")
_REASONS = ("reason", "reasons", "reasoning")
_LABEL_KEYS = (
    "label", "level", "choice", "value", "rating", "score", "answer", "selected", "decision",
    "const",
)  # fmt: skip
_NAME_KEYS = ("name", "criterion")
_MOST_NESTED = 4
_KEY = secrets.token_bytes(32)

Blocks = tuple[tuple[str, str], ...]

_CONTROL: Blocks = (
    ("TASK", "Say in one sentence when the museum is open."),
    ("COMPLETION", "The museum opens at nine in the morning and closes at five."),
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What goes to the model.

    Attributes:
        system: The operator's part: how to judge, and the rubric.
        shared: The row's part that is the same for all completions of one prompt.
        own: The rest of the row's part.
        schema: Of the answer.
        tag: By which the answer can be known; drawn for this call.
    """

    system: str
    shared: str
    own: str
    schema: dict[str, Any]
    tag: str

    @property
    def user(self) -> str:
        """The row's part."""
        return f"{self.shared}\n\n{self.own}"

    def schema_in(self, form: str) -> dict[str, Any]:
        """Returns the schema, in the form ``open`` without a key that some services refuse."""
        left_out = {"additionalProperties"} if form == "open" else set[str]()
        return {key: value for key, value in self.schema.items() if key not in left_out}


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's choices, each one of those offered, and why.

    Attributes:
        choices: Criterion to the label chosen.
        reason: In the model's words.
        quotes: It quotes the completion, which shows that it was judged.
        misquotes: What it gives as a quotation does not stand in the completion.
    """

    choices: dict[str, str]
    reason: str
    quotes: bool = False
    misquotes: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question without its tags, so that equal questions are equal.

    Attributes:
        rubric: The rubric as text.
        shared: The texts that completions of one prompt share, cleaned, by the name on their
            fence.
        own: The row's other texts: what rules found, and the completion.
        choices: What is to be chosen, what it means, and the answers offered.
    """

    rubric: str
    shared: Blocks
    own: Blocks
    choices: tuple[tuple[str, str, tuple[str, ...]], ...]

    @classmethod
    def verdict(
        cls, rubric: Rubric, request: JudgeRequest, *, best_first: bool = False
    ) -> Question:
        """Returns the question which level of each criterion a completion reaches.

        Args:
            rubric: The criteria and their levels.
            request: The texts.
            best_first: The levels are listed from the best to the worst.
        """
        told = {"FINDINGS": request.findings, "SUSPICIONS": _suspicions(request)}
        own = [(name, "\n".join(sentences)) for name, sentences in told.items() if sentences]
        choices = tuple(
            (one.name, one.question, tuple(level.label for level in _listed(one, best_first)))
            for one in rubric.criteria
        )
        return cls(
            _in_words(rubric, best_first),
            _cleaned(_material(request.task, request.context)),
            _cleaned([*own, ("COMPLETION", request.completion)]),
            choices,
        )

    def control(self) -> Question:
        """Returns the same question of a text that no model refuses to judge."""
        return replace(self, shared=_CONTROL[:1], own=_CONTROL[1:])

    def key(self, *how: Any) -> str:
        """Returns a hash of the question and of how it is asked; no tag is a part of it."""
        work = [self.rubric, self.shared, self.own, self.choices, *how]
        return hashlib.sha256(json.dumps(work).encode()).hexdigest()

    def prompt(self) -> Prompt:
        """Returns the prompt of one call, with a tag made for it."""
        told = json.dumps([self.rubric, self.shared]).encode()
        # Of one prompt in this process: no completion can know the key.
        tag = hmac.new(_KEY, told, hashlib.sha256).hexdigest()[:32]
        call = secrets.token_hex(8)
        return Prompt(
            system=fill("verdict", {"rubric": self.rubric, "form": self._form()}),
            shared=fill("shared", {"tag": tag, "blocks": _fenced(self.shared, tag)}),
            own=fill("own", {"call": call, "blocks": _fenced(self.own, f"{call} {tag}")}),
            schema=self.schema(),
            tag=call,
        )

    def schema(self) -> dict[str, Any]:
        """Returns the JSON schema of the answer: why, its sign, and what is offered."""
        before = {
            TAG: {"type": "string", "description": "The call tag, copied."},
            "reason": {"type": "string", "description": "Why, before any choice is made."},
            "quote": {
                "type": "string",
                "description": "Three to eight words in a row, copied from the COMPLETION.",
            },
            "cannot_judge": {
                "type": "boolean",
                "description": "True if you cannot or will not judge this; no choice counts then.",
            },
        }
        offered = {
            name: {"type": "string", "enum": list(labels), "description": meaning}
            for name, meaning, labels in self.choices
        }
        return {
            "type": "object",
            "properties": {**before, **offered},
            "required": [*before, *offered],
            "additionalProperties": False,
        }

    def read(self, verdicts: Sequence[Any]) -> Answer:
        """Reads an answer; a choice counts only if it is one of those offered.

        Args:
            verdicts: Each that the model gave; several must agree.

        Raises:
            NoVerdict: ``bad_json`` when there is no verdict, one lacks a choice or they
                contradict each other or themselves, ``outside_set`` when a choice was not
                offered, ``refused`` when the model says that it cannot judge.
        """
        if not verdicts:
            raise NoVerdict("bad_json", "the answer holds no verdict")
        answers = [self._read(verdict) for verdict in verdicts]
        if any(answer.choices != answers[0].choices for answer in answers):
            raise NoVerdict("bad_json", f"{len(answers)} verdicts contradict each other")
        return max(answers, key=lambda answer: answer.quotes)

    def _read(self, verdict: Any) -> Answer:
        if not isinstance(verdict, Mapping):
            raise NoVerdict("bad_json", f"the answer is no object but {type(verdict).__name__}")
        given = _by_plain_name(verdict)
        reason = given.get("reason", [None])[0]
        reason = clean(reason).strip() if isinstance(reason, str) else ""
        if reason == _UNFILLED or str(verdict.get(TAG, "")).startswith("<"):
            raise NoVerdict("bad_json", "the answer is the form, not filled in")
        if any(_yes(held) for key, all_ in given.items() if _WAY_OUT.search(key) for held in all_):
            raise NoVerdict("refused", "the model says that it cannot judge this")
        chosen = {_plain_key(name) for name, _, _ in self.choices}
        told = {key: _texts(held) for key, held in given.items() if key not in chosen}
        signs = [text for key, texts in told.items() if _SIGN.search(key) for text in texts]
        said = [text for texts in told.values() for text in texts if text not in signs]
        if any(reason_declines(clean(text)) for text in said):
            raise NoVerdict("refused", "the reason of the verdict is a refusal to judge")
        choices = {name: self._choice(given, name, of) for name, _, of in self.choices}
        quoted = [*signs, *(part for text in _texts(verdict) for part in marked(text))]
        founded = quotes(quoted, self.own[-1][1])
        return Answer(choices, reason, founded, not founded and any(map(quotation, signs)))

    def _choice(self, given: Mapping[str, list[Any]], name: str, labels: Sequence[str]) -> str:
        values = given.get(_plain_key(name))
        if values is None:
            raise NoVerdict("bad_json", f"the answer has no {name!r}")
        known = {_plain(label): label for label in labels}
        chosen = {_offered(known, _as_label(value), name) for value in values}
        if None in chosen:
            raise NoVerdict(
                "outside_set", f"{name!r} is {_shape(values[0])}, which was not offered"
            )
        if len(chosen) > 1:
            raise NoVerdict("bad_json", f"{name!r} has two values")
        return str(chosen.pop())

    def _form(self) -> str:
        """Returns the answer as JSON, each choice with what it offers."""
        first = [
            f'"{TAG}": "<the call tag>"',
            f'"reason": "{_UNFILLED}"',
            '"quote": "<words of the COMPLETION>"',
            '"cannot_judge": false',
        ]
        offered = [
            f'"{name}": {" | ".join(json.dumps(label, ensure_ascii=False) for label in labels)}'
            for name, _, labels in self.choices
        ]
        return "{" + ", ".join([*first, *offered]) + "}"


def fill(name: str, values: Mapping[str, str]) -> str:
    """Returns the prompt file ``name`` with its placeholders filled, in one pass."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], _file(name)).strip()


def json_instruction(prompt: Prompt) -> str:
    """Returns what to add for a model that can neither be given a schema nor a forced tool."""
    return fill("json", {"schema": json.dumps(prompt.schema, indent=1)})


def _by_plain_name(verdict: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Returns the values by name, those of objects inside too.

    Names that differ in case, spaces and marks alone are one: ``cannotJudge``, ``cannot judge``.
    """
    found: dict[str, list[Any]] = {}
    for key, value in verdict.items():
        found.setdefault(_plain_key(str(key)), []).append(value)
        for inner, held in _inside(value) if _holds_choices(str(key)) else ():
            found.setdefault(_plain_key(inner), []).append(held)
    return found


def _holds_choices(key: str) -> bool:
    return _plain_key(key) not in _REASONS and not _SIGN.search(_plain_key(key))


def _inside(value: Any, depth: int = _MOST_NESTED) -> list[tuple[str, Any]]:
    """Returns the fields of an object and of those in it, or what a list of objects says of each.

    An object that only holds a label is no further looked into.
    """
    if isinstance(value, Mapping):
        fields = [
            (str(key), held) for key, held in value.items() if _plain_key(str(key)) not in _REASONS
        ]
        deeper = [held for key, held in fields if depth and _holds_choices(key)]
        return fields + [field for held in deeper for field in _inside(held, depth - 1)]
    rows = value if isinstance(value, list) else []
    named = ({_plain_key(str(k)): v for k, v in row.items()} for row in rows if type(row) is dict)
    return [
        (name, row[label])
        for row in named
        for name in [next((row[key] for key in _NAME_KEYS if key in row), None)]
        for label in [next((key for key in _LABEL_KEYS if key in row), None)]
        if isinstance(name, str) and label
    ]


def _texts(value: Any) -> list[str]:
    """Returns every text in a value."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return [text for held in value for text in _texts(held)]
    return [value] if isinstance(value, str) else []


def _plain_key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _plain(name: str) -> str:
    return " ".join(normal(name, "NFKC").split()).casefold()


def _offered(known: Mapping[str, str], given: str, criterion: str) -> str | None:
    """Returns the label that a text is, what stands around and behind it aside.

    Around it: marks, tags, the criterion's name. Behind it: its description.
    """
    plain = _plain(_TAGS.sub("", given)).removeprefix(f"{_plain(criterion)}:")
    if plain in known:
        return known[plain]
    bare = plain.strip(_MARKS)
    if bare in known:
        return known[bare]
    label, *described = re.split(
        r": | [-\u2013\u2014#] ", bare.removeprefix("level:").strip(), maxsplit=1
    )
    if any(re.search(rf"\b{re.escape(other)}\b", told) for told in described for other in known):
        return None
    return known.get(label.strip(_MARKS))


def _bare(value: Any) -> Any:
    """Returns the value that a list of one, or an object around a label, holds."""
    if isinstance(value, list) and len(value) == 1:
        return _bare(value[0])
    if isinstance(value, Mapping):
        named = [held for key, held in value.items() if _plain_key(str(key)) in _LABEL_KEYS]
        return _bare(named[0]) if len(named) == 1 else value
    return value


def _as_label(value: Any) -> str:
    """Returns the text of a value; of a number only where it is whole, as labels "1" to "5" are."""
    value = _bare(value)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else "\0"


def _yes(value: Any) -> bool:
    """Says whether the model cannot judge; what is not clearly a no is doubt, and doubt counts."""
    value = _bare(value)
    return (value.strip(_MARKS).casefold() if isinstance(value, str) else value) not in _NO


def _shape(value: Any) -> str:
    """Returns what an answer looks like: faults are logged, and an answer may quote a row."""
    if isinstance(value, str) and not _LABEL_LIKE.fullmatch(value):
        return f"a text of {len(value)} characters"
    return repr(value) if isinstance(value, str | int | float | None) else type(value).__name__


@lru_cache
def _file(name: str) -> str:
    return (_PROMPTS / f"{name}.txt").read_text(encoding="utf-8")


def _suspicions(request: JudgeRequest) -> tuple[str, ...]:
    """Returns what the judge is to look at, signs of text that is meant for it among that."""
    signs = set(directed_text(request.completion)) - set(directed_text(request.task))
    known = request.suspicions
    return (*known, MEANT_FOR_JUDGE) if signs and MEANT_FOR_JUDGE not in known else known


def _material(task: str, context: Mapping[str, str]) -> list[tuple[str, str]]:
    named = [
        (f"CONTEXT {re.sub(r'[^A-Z0-9]+', ' ', name.upper()).strip()}", text)
        for name, text in context.items()
    ]
    return [("TASK", task), *named]


def _cleaned(blocks: Sequence[tuple[str, str]]) -> Blocks:
    return tuple((name, clean(text)) for name, text in blocks)


def _fenced(blocks: Blocks, tag: str) -> str:
    return "\n\n".join(f"<<<{name} {tag}\n{text}\n{name} {tag}>>>" for name, text in blocks)


def _listed(criterion: Criterion, best_first: bool) -> tuple[Level, ...]:
    return criterion.levels[::-1] if best_first else criterion.levels


def _in_words(rubric: Rubric, best_first: bool) -> str:
    parts = [rubric.instructions.strip()] if rubric.instructions.strip() else []
    first = "best" if best_first else "worst"
    for one in rubric.criteria:
        listed = _listed(one, best_first)
        levels = "\n".join(f'- "{level.label}": {level.description}' for level in listed)
        parts.append(f"{one.name}: {one.question}\nLevels, {first} first:\n{levels}")
    return "\n\n".join(parts)
