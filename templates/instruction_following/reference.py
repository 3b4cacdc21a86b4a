"""What a row asks for, read once and refused where it cannot be read."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from touchstone.jsontext import decoded
from touchstone.outcomes import BadReference
from touchstone.scoring.prose import is_unspaced, words
from touchstone.scoring.text import normalise
from touchstone.settings import nearest
from touchstone.templates.instruction_following.constraints import Constraints, read_constraints

_KEYS = (
    "instruction_id_list", "kwargs", "constraints", "guidelines", "answer", "reference_response",
)  # fmt: skip
_FORM = f"reference_answer must be an object with some of {', '.join(_KEYS)}"
MAX_GUIDELINES = 20  # each is a question to the judge in one call
# A longer answer is a reply, which nobody gives word for word.
MOST_ANSWER_WORDS = 12
# What a row with nothing but a good response holds a completion to.
_ALL_ASKED = "It follows every instruction that the task gives."
# Caps under which one word is a full answer.
_FEW_WORDS, _FEW_CHARACTERS = 5, 40


@dataclass(frozen=True, slots=True)
class Reference:
    """What one row asks for.

    Attributes:
        ids: IFEval instruction ids.
        kwargs: Their arguments, one mapping each.
        constraints: Plain constraints.
        guidelines: Sentences that only a judge can hold a completion to.
        answer: The one right answer, compared as normalised text.
        response: A good response, shown to the judge.
    """

    ids: tuple[str, ...] = ()
    kwargs: tuple[Mapping[str, Any], ...] = ()
    constraints: Constraints | None = None
    guidelines: tuple[str, ...] = ()
    answer: str | None = None
    response: str = ""

    @property
    def allows_little(self) -> bool:
        """Its own limits leave room for a word or a few, or it says how the text looks."""
        limits = self.constraints or Constraints()
        words = limits.max_words is not None and limits.max_words <= _FEW_WORDS
        short = limits.max_characters is not None and limits.max_characters <= _FEW_CHARACTERS
        return words or short or limits.matches is not None


def read_reference(given: Any) -> Reference:
    """Returns the reference of a row; a bare string, number or truth value is an answer.

    A text that holds instructions as data, as allenai's training sets do
    (``[{'instruction_id': [...], 'kwargs': [...]}]``, ``{"func_name": ..., "N": ...}``), is read
    as them.

    Raises:
        BadReference: It is missing, of another form, names something unknown, or is a text
            too long to be the answer word for word.
    """
    given = _instructions_in(given)
    if isinstance(given, str | int | float):
        given = {"answer": given}
    if not isinstance(given, Mapping):
        raise BadReference(f"{_FORM}; it is {type(given).__name__}")
    for key in given:
        if key not in _KEYS:
            raise BadReference(f"reference_answer: unknown {key!r}{nearest(str(key), _KEYS)}")
    ids, kwargs = _instructions(given)
    constraints = given.get("constraints")
    read = Reference(
        ids,
        kwargs,
        None if constraints is None else read_constraints(constraints),
        _guidelines(given.get("guidelines")),
        _answer(given.get("answer")),
        _response(given.get("reference_response")),
    )
    if read == Reference(response=read.response) and read.response:
        return replace(read, guidelines=(_ALL_ASKED,))
    if read == Reference():
        raise BadReference(f"{_FORM}; it asks for nothing")
    return read


def _instructions_in(given: Any) -> Any:
    """Returns the object of instructions that a text or a list of one holds, else what is given."""
    if isinstance(given, str) and given.lstrip()[:1] in ("[", "{"):
        given = _data(given)
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], Mapping):
        given = given[0]
    if isinstance(given, Mapping) and "instruction_id" in given:
        given = {**given, "instruction_id_list": given["instruction_id"]}
        del given["instruction_id"]
    if isinstance(given, Mapping) and "func_name" in given:
        arguments = {key: value for key, value in given.items() if key != "func_name"}
        return {"instruction_id_list": [given["func_name"]], "kwargs": [arguments]}
    return given


def _data(text: str) -> Any:
    """Returns what JSON or a Python literal stands for, or the text where it is neither."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text


def _instructions(
    given: Mapping[str, Any],
) -> tuple[tuple[str, ...], tuple[Mapping[str, Any], ...]]:
    ids = given.get("instruction_id_list") or []
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
        raise BadReference("reference_answer.instruction_id_list must be a list of ids")
    kwargs = decoded(given.get("kwargs"))  # data sets of columns keep each object as text
    if kwargs is None:
        kwargs = [{} for _ in ids]
    if not isinstance(kwargs, list) or len(kwargs) != len(ids):
        raise BadReference("reference_answer.kwargs must be a list, one object per instruction")
    kwargs = [decoded(item) for item in kwargs]
    if not all(item is None or isinstance(item, Mapping) for item in kwargs):
        raise BadReference("reference_answer.kwargs must hold objects")
    return tuple(ids), tuple(item or {} for item in kwargs)


def _guidelines(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list) or not all(isinstance(g, str) and g.strip() for g in given):
        raise BadReference("reference_answer.guidelines must be a sentence or a list of them")
    if len(given) > MAX_GUIDELINES:
        raise BadReference(f"reference_answer.guidelines holds more than {MAX_GUIDELINES}")
    return tuple(g.strip() for g in given)


def _answer(given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str | int | float) or not normalise(str(given)):
        raise BadReference("reference_answer.answer must be a text, a number or true or false")
    text = str(given)
    if isinstance(given, str) and len(text) > _FEW_CHARACTERS and text.lstrip()[0] in "[{":
        raise BadReference(
            "reference_answer is a text that looks like data and cannot be read: give an object, "
            "or {answer: ...} for a short answer"
        )
    if _is_long(text):
        raise BadReference(
            f"reference_answer is a text of more than {MOST_ANSWER_WORDS} words, which no "
            "completion repeats word for word: give {reference_response: ...} for a good response "
            "that the judge is shown (with constraints or guidelines), {guidelines: [...]} for "
            "what it must do, or {answer: ...} for a short exact answer"
        )
    return text


def _is_long(text: str) -> bool:
    unspaced = sum(map(is_unspaced, words(text)))
    return len(words(text)) - unspaced > MOST_ANSWER_WORDS or unspaced > _FEW_CHARACTERS


def _response(given: Any) -> str:
    if given is None:
        return ""
    if not isinstance(given, str) or not given.strip():
        raise BadReference("reference_answer.reference_response must be a text")
    return given
