"""A user's file as a grader like any other: its settings, its cages, one call per row."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import msgspec

from touchstone.contract import Sample
from touchstone.deadline import Deadline
from touchstone.grader import Grader, Need, Template, Tools
from touchstone.outcomes import (
    BadSample,
    Grade,
    GradingError,
    Metric,
    UserCodeError,
    WrongCriteria,
    check_criteria,
)
from touchstone.sandbox.session import Session
from touchstone.sandbox.types import (
    LEVELS,
    Died,
    Limits,
    Opaque,
    Outcome,
    Raised,
    Returned,
    TimedOut,
)
from touchstone.scoring.compose import compose
from touchstone.settings import GraderSettings, SettingsError, nearest
from touchstone.usercode.capabilities import CAPABILITIES, GRADE, MAX_RUN_S, Capability, HostApi
from touchstone.usercode.results import Parts, read
from touchstone.usercode.rows import Turns, row_of
from touchstone.usercode.source import Source, read_source

# As its folder of wheels is called: what a deployed grader of this kind needs.
TEMPLATE_NAME = "usercode"
POLICIES = ("restricted", "full")
_WHOLE = {"reward": 1.0}
_CAGED = (
    "from touchstone.usercode.driver import begin\n"
    "grade = begin({spec!r}, {{name: globals()[name] for name in {host!r}}})\n"
)
_CAUSES = {
    "killed": "was killed: out of memory, or it hung up",
    "exit": "ended its process",
    "output": "returned too much",
    "protocol": "broke the protocol of its cage",
}
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Settings(GraderSettings, frozen=True, kw_only=True):
    """Settings of a grader that is the user's own code.

    Attributes:
        weights: Criteria that the function returns, to weight; without it the function returns
            the reward itself.
        row_s: Seconds for one row, the judge's and the sandbox's time not counted.
        batch_s: Seconds for all rows of one call; the call's own deadline by default.
        memory_mb: Memory of a cage above what it starts with, in MiB.
        turns: What ``prompts`` and ``completions`` of a function of columns hold: ``text``, or
            ``messages`` as of a conversational dataset.
        judge_calls: Most judge calls for one row.
    """

    weights: dict[str, float] = msgspec.field(default_factory=lambda: dict(_WHOLE))
    row_s: Positive = 5.0
    batch_s: Positive | None = None
    memory_mb: Annotated[int, msgspec.Meta(ge=16)] = 256
    turns: Turns = "text"
    judge_calls: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8


def code_grader(
    name: str,
    path: Path,
    shown: str,
    settings: Mapping[str, Any],
    *,
    policy: str = "restricted",
    capabilities: tuple[str, ...] = (),
    templates: Mapping[str, Template] = MappingProxyType({}),
) -> Grader:
    """Returns the grader that a user's file is; nothing of the file runs before the first batch.

    Args:
        name: The entry's name.
        path: The file.
        shown: What messages call it.
        settings: See :class:`Settings`.
        policy: ``restricted``, or ``full`` for any Python that a cage can run.
        capabilities: What the function is handed: ``judge``, ``execute``, ``grade:TEMPLATE``.
        templates: Those that the capabilities name.

    Raises:
        SettingsError: The file may not be served, or a setting is wrong.
    """
    if policy not in POLICIES:
        raise SettingsError(f"{name}: no policy {policy!r}{nearest(policy, POLICIES)}", "policy")
    for wanted in capabilities:
        if wanted not in CAPABILITIES and wanted.removeprefix(GRADE) not in templates:
            raise SettingsError(
                f"{name}: no capability {wanted!r}{nearest(wanted, CAPABILITIES)}", "capabilities"
            )
    source = read_source(path, shown, restricted=policy == "restricted")
    handed: tuple[Capability, ...] = tuple(c for c in CAPABILITIES if c in capabilities)
    extra: dict[str, Need] = {"judge": "judge", "execute": "executor"}
    needs: frozenset[Need] = frozenset({"sandbox", *(extra[one] for one in handed)})
    needs = needs.union(*(graded.needs for graded in templates.values()))
    weights = settings.get("weights", _WHOLE)
    template = Template(
        name=TEMPLATE_NAME,
        summary=source.summary or f"{source.function} of {shown}",
        settings_type=Settings,
        criteria=tuple(weights) if isinstance(weights, Mapping) else (),
        grade=_grade,
        needs=needs,
        free=weights == _WHOLE,
        open_batch=partial(_open_batch, source, handed, templates),
        calls="judged",
        verbatim=True,
        row_s=lambda made: made.row_s + (MAX_RUN_S if "execute" in handed or templates else 0.0),
    )
    grader = template.configure(name, settings)
    made = grader.settings
    for key in ("gates", "must_have", "formula"):
        if getattr(made, key) and made.weights == _WHOLE:
            raise SettingsError(f"{name}: {key} needs weights that name your criteria", key)
    return grader


@contextmanager
def _open_batch(
    source: Source,
    capabilities: tuple[Capability, ...],
    templates: Mapping[str, Template],
    settings: Settings,
    tools: Tools,
) -> Iterator[_Cages]:
    cages = _Cages(source, lambda: HostApi(tools, capabilities, settings.judge_calls, templates),
                   settings, tools)  # fmt: skip
    cages.warm(tools.deadline)
    try:
        yield cages
    finally:
        cages.close()


def _grade(sample: Sample, settings: Settings, tools: _RowCages) -> Grade:
    """Grades one row.

    Raises:
        UserCodeError: The function failed on it, or returned what is no reward.
        BadSample: The row cannot be sent into a cage.
        JudgeFault: The judge that the function asked gave no verdict.
        SandboxFault: The cage could not be opened.
        DeadlineExceeded: The call's time ran out.
    """
    source = tools.cages.source
    row = row_of(sample, source.form, settings.turns)
    value, spent = tools.cages.call(sample, row, tools.deadline)
    try:
        sent_id = row["event"][0]["id"] if source.form == "lambda_handler" else None
        returned = read(value, source.form, sent_id)
        return _composed(returned, settings, spent)
    except (UserCodeError, WrongCriteria) as exc:
        told = f"{source.path}: {source.function}: {exc}"
        raise UserCodeError(told, spent, blame=exc.blame) from exc


def _composed(returned: Parts, settings: Settings, spent: tuple[Metric, ...]) -> Grade:
    metrics = (*returned.metrics, *spent)
    if settings.weights != _WHOLE:
        if returned.reward is not None:
            raise UserCodeError("returned a reward, but the settings weight its criteria")
        grade = compose(returned.criteria, settings, metrics=metrics, reason=returned.reason)
        check_criteria(grade.metrics, settings.weights)
        return grade
    low, high = settings.bounds
    if returned.reward is None:
        raise UserCodeError("returned criteria without 'reward', but the settings have no weights")
    if not low <= returned.reward <= high:
        raise UserCodeError(f"returned {returned.reward}, outside the bounds {low}..{high}")
    criteria = tuple(Metric(name, value, "Reward") for name, value in returned.criteria.items())
    named = {metric.name for metric in (*criteria, *metrics)}
    if "reward" not in named and 0.0 <= returned.reward <= 1.0:
        criteria = (Metric("reward", returned.reward, "Reward"), *criteria)
    return Grade(returned.reward, (*criteria, *metrics), returned.reason)


@dataclass(frozen=True, slots=True)
class _Cage:
    session: Session
    api: HostApi


@dataclass(frozen=True, slots=True)
class _RowCages:
    """What one row is graded with.

    Attributes:
        cages: Those of its batch.
        deadline: When the row must be graded.
    """

    cages: _Cages
    deadline: Deadline


class _Cages:
    """The cages of one batch: one per thread that grades, each with the file loaded once."""

    def __init__(
        self, source: Source, host: Callable[[], HostApi], settings: Settings, tools: Tools
    ) -> None:
        self.source = source
        self._host = host
        self._settings = settings
        self._tools = tools
        self._until = time.monotonic() + (settings.batch_s or float("inf"))
        self._lock = threading.Lock()
        self._idle: list[_Cage] = []
        self._closed = False
        self._unloadable: tuple[str, str] | None = None

    def by(self, deadline: Deadline) -> _RowCages:
        """Returns the cages for one row, which must end by ``deadline``."""
        return _RowCages(self, deadline)

    def call(
        self, sample: Sample, row: dict[str, Any], deadline: Deadline
    ) -> tuple[Any, tuple[Metric, ...]]:
        """Calls the function on one row; returns its value and what else it took.

        Raises:
            UserCodeError: It raised, hung, died or was over the limits.
            BadSample: The row is too deep or too large for a cage.
        """
        if self._unloadable:
            detail, trace = self._unloadable
            raise UserCodeError(detail, trace=trace, blame="ours")
        if time.monotonic() >= self._until:
            raise UserCodeError(
                f"{self.source.path}: the batch took over {self._settings.batch_s} s",
                blame="ours",
            )
        cage = self._take(deadline)
        try:
            cage.api.serve(sample, deadline)
            cage.session.deadline = deadline
            outcome = cage.session.call("grade", row)
            spent = (*cage.api.metrics(), self._level(cage.session))
            match outcome:
                case Returned(["value", value]):
                    return value, spent
                case Returned(["unreadable"]):
                    # The completion is a part of it.
                    raise BadSample(
                        "the row is nested too deeply or too large for a cage", spent, blame="ask"
                    )
                case Returned(["raised", phase, str(error), str(message), list(frames)]):
                    loading = phase == "load"
                    fault = self._traced(error, message, frames, loading)
                case _:
                    loading = cage.session.load is outcome
                    what = "loading the file" if loading else self.source.function
                    fault = UserCodeError(f"{self.source.path}: {what} {self._ended(outcome)}")
            if loading:
                self._unloadable = str(fault), fault.trace
            # A file that cannot be loaded fails before any completion is read.
            blame = "ours" if loading else None
            raise UserCodeError(str(fault), spent, fault.trace, blame=blame)
        finally:
            self._give_back(cage)

    def warm(self, deadline: Deadline) -> None:
        """Opens the first cage: that the sandbox starts is not to be in any row's own time."""
        with suppress(GradingError):  # the rows meet it too, and say so
            self._give_back(self._take(deadline))

    def close(self) -> None:
        """Ends every cage; one that still works ends when it is given back."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for cage in idle:
            cage.session.close()

    def _take(self, deadline: Deadline) -> _Cage:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        settings, source = self._settings, self.source
        api = self._host()
        spec = {
            "text": source.text, "path": source.path, "form": source.form,
            "function": source.function, "restricted": source.restricted,
        }  # fmt: skip
        modules = ["driver", "policy_check"] if source.restricted else ["driver"]
        session = self._tools.need_sandbox().session(
            _CAGED.format(spec=spec, host=sorted(api.host)),
            Limits(float("inf"), settings.row_s, settings.memory_mb),
            deadline,
            api.host,
            preload=(*(f"touchstone.usercode.{name}" for name in modules), *source.packages),
        )
        return _Cage(session, api)

    def _give_back(self, cage: _Cage) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(cage)
                return
        cage.session.close()

    def _level(self, session: Session) -> Metric:
        return Metric("isolation_level", float(LEVELS.index(session.isolation.level)))

    def _ended(self, outcome: Outcome) -> str:
        """Says what happened instead of an answer."""
        if isinstance(outcome, TimedOut):
            return f"took more than {self._settings.row_s:g} s"
        if isinstance(outcome, Died):
            return _CAUSES.get(outcome.cause, f"ended by {outcome.cause}")
        if isinstance(outcome, Raised):
            return f"raised {outcome.error}"
        if isinstance(outcome, Returned) and isinstance(outcome.value, Opaque):
            # The driver's answer as a whole: what is sent is one value.
            told = outcome.value.type_name.rpartition(", ")[2]
            return f"returned a value {told.removeprefix('a value ')}"
        return "answered what no driver says"

    def _traced(self, error: str, message: str, frames: list[Any], load: bool) -> UserCodeError:
        """Returns the user's own traceback; of it, only type, place and hash may be logged."""
        lines = []
        for frame in frames:
            match frame:
                case [int(number), str(name)]:
                    lines.append(
                        f"  {self.source.path}:{number} in {name[:80]}: {self.source.line(number)}"
                    )
        trace = "\n".join([*lines, f"  {error[:100]}: {message}"])
        digest = hashlib.blake2b(trace.encode("utf-8", "replace"), digest_size=6).hexdigest()
        place = lines[-1].strip().partition(": ")[0] if lines else self.source.path
        doing = "loading the file raised" if load else "raised"
        name = error[:100] if error.isidentifier() else "an exception"
        return UserCodeError(f"{place} {doing} {name} (traceback {digest})", trace=trace)
