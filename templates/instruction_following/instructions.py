"""Instructions by their published ids: IFEval's, IFBench's, IF-RLVR's and RLVR-IFeval's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from touchstone.outcomes import BadReference
from touchstone.scoring import language
from touchstone.settings import nearest
from touchstone.templates.instruction_following import ifbench, ifeval, iftrain, rlvr
from touchstone.templates.instruction_following.kinds import Count, Kind, Ordinal, Text
from touchstone.templates.instruction_following.results import ConstraintResult, examine
from touchstone.typed import typed

# E.g. `3`, `12.0`; not `3.5`, `1e9`, `-1`
_WHOLE = re.compile(r"\A[0-9]{1,9}(?:\.0{1,3})?\Z")
# An argument list may hold every kind's names, with null for those that do not apply.
Arguments = Mapping[str, Any]
KINDS: Mapping[str, Kind] = {
    **ifeval.KINDS,
    **ifbench.KINDS,
    **iftrain.KINDS,
    **rlvr.KINDS,
}


def check_instructions(
    ids: Sequence[str], arguments: Sequence[Arguments], completion: str
) -> list[ConstraintResult]:
    """Returns a finding per instruction, in order.

    Args:
        ids: Published ids; one that comes twice is called ``id#2`` in its second finding.
        arguments: Their arguments, one mapping each; null stands for an absent one.
        completion: The text to check.

    Raises:
        BadReference: An id or argument is unknown (with the nearest name), missing or of
            the wrong type.
    """
    found: list[ConstraintResult] = []
    for at, (name, given) in enumerate(zip(ids, arguments, strict=True)):
        kind, arguments_read = _read(name, given)
        times = ids[: at + 1].count(name)
        values = msgspec.structs.asdict(arguments_read)
        found.append(
            examine(
                name if times == 1 else f"{name}#{times}",
                kind.asks.format_map(values),
                lambda text, kind=kind, k=arguments_read: kind.check(text, k),
                completion,
            )
        )
    return found


def _read(name: str, given: Arguments) -> tuple[Kind, Any]:
    kind = KINDS.get(name)
    if kind is None:
        raise BadReference(
            f"reference_answer.instruction_id_list: unknown {name!r}{nearest(name, KINDS)}"
        )
    values = {key: value for key, value in given.items() if value is not None}
    where = f"reference_answer.kwargs of {name}"
    for key in values:
        if key not in kind.types:
            takes = nearest(key, kind.types) if kind.types else "; it takes none"
            raise BadReference(f"{where}: unknown {key!r}{takes}")
    try:
        read = _ARGUMENTS[name](
            {key: _plain(value, kind.types[key]) for key, value in values.items()}
        )
    except msgspec.ValidationError as exc:
        raise BadReference(f"{where}: {str(exc).replace('`', '')}") from exc
    _refuse_impossible(read, where)
    return kind, read


def _plain(value: Any, wanted: Any) -> Any:
    # Tables turn a column of numbers with gaps into floats or into text, and training sets hold
    # some words as a list of one.
    if wanted in (Count, Ordinal):
        if isinstance(value, str) and _WHOLE.match(value):
            value = float(value)
        return int(value) if isinstance(value, float) and value.is_integer() else value
    return value[0] if wanted is Text and isinstance(value, list) and len(value) == 1 else value


def _refuse_impossible(k: Any, where: str) -> None:
    code = getattr(k, "language", "en")
    if code not in language.LANGUAGES and code != "zh":
        raise BadReference(f"{where}: no language {code!r}{nearest(code, language.LANGUAGES)}")
    if getattr(k, "nth_paragraph", 1) > getattr(k, "num_paragraphs", 1):
        raise BadReference(f"{where}: nth_paragraph is beyond num_paragraphs")


_ARGUMENTS = {
    name: typed(msgspec.defstruct(re.sub(r"\W", "_", name), list(kind.types.items()), frozen=True))
    for name, kind in KINDS.items()
}
