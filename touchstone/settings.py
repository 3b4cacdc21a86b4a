"""Settings that every grader has, and how settings are read and refused.

A template declares its own by subclassing :class:`GraderSettings`; types, ranges and
unknown names are checked once, when the grader is made, never while grading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from touchstone.isolation import Level
from touchstone.typed import typed

UnscoredPolicy = Literal["siblings", "neutral", "raise"]
ReplyForm = Literal["auto", "list", "envelope"]
ThinkingMarks = list[tuple[str, str]]
# Shorter ones stand in ordinary text; blanks at an end are where a tokenizer puts them.
_MARK = re.compile(r"\S.{1,98}\S")


class SettingsError(ValueError):
    """A setting is unknown, of the wrong type or out of range; the message names it.

    Attributes:
        setting: The setting at fault, ``""`` when it is none in particular.
    """

    def __init__(self, message: str, setting: str = "") -> None:
        super().__init__(message)
        self.setting = setting


def check_thinking_marks(marks: ThinkingMarks, owner: str) -> None:
    """Refuses marks that do not tell where a thought begins and where it ends.

    Raises:
        SettingsError: A mark is too short or too long, has blanks at an end or a line break, or
            is a part of its pair's other.
    """
    problem = ""
    for opening, closing in marks:
        unfit = [mark for mark in (opening, closing) if not _MARK.fullmatch(mark)]
        if unfit:
            problem = f"{unfit[0]!r} is not 3 to 100 characters of one line without blanks around"
        elif opening in closing or closing in opening:
            problem = f"{opening!r} and {closing!r} cannot be told apart"
        if problem:
            where = "name what stands before a thought and what stands after it"
            raise SettingsError(f"{owner}: thinking_marks: {problem}; {where}", "thinking_marks")


class GraderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set on every grader.

    Attributes:
        weights: Criterion to weight. Replaces the template's defaults as a whole: a
            criterion that is not named weighs 0. May be negative (a penalty).
        gates: Criterion to the condition it needs to count, for example
            ``{"code_quality": "tests_passed"}`` (which must be 1.0) or
            ``{"clarity": "key_information >= 0.5"}``.
        must_have: Conditions without which the aggregate is the lower bound.
        formula: Arithmetic over criterion names, used in place of the weighted mean.
        bounds: Lowest and highest aggregate.
        unscored: What fills the number of a sample that could not be scored; never more than
            its lowest scored sibling (without one, the lowest scored row of the call) where
            the completion may have caused that.
        neutral: The number that ``neutral`` fills in; the middle of the bounds by default.
        fault_budget: Share of a batch that may be unscored before the call raises.
        reply: The form of the answer: ``list``, an HTTP-style ``envelope``, or ``auto``, which
            is what the event's own form asks for.
        judge: ``offline``, ``bedrock:<model>`` or ``openai:<base url>#<model>``.
        allow_offline: The offline judge, a stand-in that asks no model, may be deployed and
            trained on. Only beside a ``judge`` that is said too.
        judge_options: How the judge is asked, see ``touchstone.judge.JudgeOptions``: samples,
            a panel, temperature, limits, prices.
        concurrency: Rows graded at the same time; the number of CPUs by default.
        max_completion_chars: A completion longer than this, without its thinking, is not read:
            it is scored at the lower bound, with every criterion at 0.
        thinking_marks: Pairs of marks between which the model thinks, as ``[["[PLAN]",
            "[/PLAN]"]]``, beside those that are known.
        min_isolation: The sandbox refuses to run below this level.
        libraries: What code in the grader's cages may import besides Python's own and numpy, as
            ``pandas==2.*``; ``touchstone libraries install`` locks and installs them.
    """

    weights: dict[str, float] = {}
    gates: dict[str, str] = {}
    must_have: list[str] = []
    formula: str | None = None
    bounds: tuple[float, float] = (0.0, 1.0)
    unscored: UnscoredPolicy = "siblings"
    neutral: float | None = None
    fault_budget: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    reply: ReplyForm = "auto"
    judge: str = "offline"
    allow_offline: bool = False
    judge_options: dict[str, Any] = {}
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=256)] | None = None
    max_completion_chars: Annotated[int, msgspec.Meta(ge=1)] = 100_000
    thinking_marks: ThinkingMarks = []
    min_isolation: Level = "process"
    libraries: list[str] = []


S = TypeVar("S", bound=msgspec.Struct)
# Of difflib's ratio. Below it two words share letters, and no meaning: `creditt`, `unscored`.
_NEAR = 0.7
# Letters of a part that tells what was meant: `bad_sample` of `unscored:bad_sample`.
_PART = 4


def near(name: str, valid: Iterable[str]) -> str:
    """Returns the name that was meant: a slip of the pen away, or part of one; ``""`` for none."""
    import difflib  # only a mistake pays for it

    names = sorted(valid)
    close = difflib.get_close_matches(name, names, n=1, cutoff=_NEAR)
    part = [one for one in names if len(name) >= _PART and name in one]
    return next(iter(close or part), "")


def nearest(name: str, valid: Iterable[str]) -> str:
    """Returns ``; did you mean 'x'?``, or the valid names where none is near."""
    valid = sorted(valid)
    meant = near(name, valid)
    return f"; did you mean {meant!r}?" if meant else f"; valid names: {', '.join(valid)}"


def _literals(annotation: Any) -> Iterator[Any]:
    """Yields the values that an annotation lets a setting have, wherever in it they stand."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from _literals(part)


def make(settings_type: type[S], values: Mapping[str, Any], owner: str) -> S:
    """Checks ``values`` and returns them as ``settings_type``.

    Args:
        settings_type: The template's settings.
        values: Names to values, as from ``customize`` or a TOML table.
        owner: Whose settings they are, to open a message with.

    Raises:
        SettingsError: An unknown name (with the nearest valid one), a wrong type or a
            value out of range.
    """
    valid = settings_type.__struct_fields__
    for name in values:
        if name not in valid:
            raise SettingsError(f"{owner}: unknown setting {name!r}{nearest(name, valid)}", name)
    try:
        return typed(settings_type)(dict(values))
    except msgspec.ValidationError as exc:
        # msgspec says: Expected `float`, got `str` - at `$.weights[...]`; TOML's word is table
        said = str(exc).replace("`object`", "a table").replace("`", "")
        problem, _, where = said.partition(" - at ")
        name = where.removeprefix("$.").partition("[")[0]
        if problem.startswith("Invalid enum value") and name in valid:
            allowed = _literals(get_type_hints(settings_type, include_extras=True)[name])
            problem += nearest(problem.rpartition("value ")[2].strip("'"), map(str, allowed))
        what = f"setting {name!r}: {problem}" if name else problem
        raise SettingsError(f"{owner}: {what}", name.partition(".")[0]) from exc
