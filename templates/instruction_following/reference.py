"""What a row asks for, read once and refused where it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from templates.instruction_following.constraints import Constraints, read_constraints
from touchstone.outcomes import BadReference
from touchstone.scoring.text import normalise
from touchstone.settings import nearest

_KEYS = ("instruction_id_list", "kwargs", "constraints", "guidelines", "answer")
_FORM = f"reference_answer must be an object with some of {', '.join(_KEYS)}"
MAX_GUIDELINES = 20  # each is a question to the judge in one call


@dataclass(frozen=True, slots=True)
class Reference:
    """What one row asks for.

    Attributes:
        ids: IFEval instruction ids.
        kwargs: Their arguments, one mapping each.
        constraints: Plain constraints.
        guidelines: Sentences that only a judge can hold a completion to.
        answer: The one right answer, compared as normalised text.
    """

    ids: tuple[str, ...] = ()
    kwargs: tuple[Mapping[str, Any], ...] = ()
    constraints: Constraints | None = None
    guidelines: tuple[str, ...] = ()
    answer: str | None = None


def read_reference(given: Any) -> Reference:
    """Returns the reference of a row; a bare string, number or truth value is an answer.

    Raises:
        BadReference: It is missing, of another form, or names something unknown.
    """
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
    )
    if read == Reference():
        raise BadReference(f"{_FORM}; it asks for nothing")
    return read


def _instructions(
    given: Mapping[str, Any],
) -> tuple[tuple[str, ...], tuple[Mapping[str, Any], ...]]:
    ids = given.get("instruction_id_list") or []
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
        raise BadReference("reference_answer.instruction_id_list must be a list of ids")
    kwargs = given.get("kwargs")
    if kwargs is None:
        kwargs = [{} for _ in ids]
    if not isinstance(kwargs, list) or len(kwargs) != len(ids):
        raise BadReference("reference_answer.kwargs must be a list, one object per instruction")
    if not all(item is None or isinstance(item, Mapping) for item in kwargs):
        raise BadReference("reference_answer.kwargs must hold objects")
    return tuple(ids), tuple(item or {} for item in kwargs)


def _guidelines(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(g, str) and g.strip() for g in given):
        raise BadReference("reference_answer.guidelines must be a list of sentences")
    if len(given) > MAX_GUIDELINES:
        raise BadReference(f"reference_answer.guidelines holds more than {MAX_GUIDELINES}")
    return tuple(g.strip() for g in given)


def _answer(given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str | int | float) or not normalise(str(given)):
        raise BadReference("reference_answer.answer must be a text, a number or true or false")
    return str(given)
