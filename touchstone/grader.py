"""What a grader is: a template, its settings, and the tools it is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from touchstone.deadline import Deadline
from touchstone.outcomes import BadSample, Grade, JudgeFault, SandboxFault
from touchstone.settings import GraderSettings, SettingsError, check_thinking_marks, make

if TYPE_CHECKING:
    from touchstone.contract import Sample
    from touchstone.judge import AskedModel, Judge, JudgeOptions
    from touchstone.sandbox import Sandbox

Need = Literal["sandbox", "executor", "judge"]
Calls = Literal["judged", "beside", "refused"]
HARMLESS = "This is a plain answer in a few ordinary words."


def harmless(sample: Sample) -> str:
    """Returns a completion that should break nothing: the row's reference where it is a text."""
    reference = sample.reference
    return reference if isinstance(reference, str) and reference.strip() else HARMLESS


@dataclass(frozen=True, slots=True)
class Tools:
    """What a grader may reach outside itself, for one call.

    Attributes:
        deadline: When the call must be answered.
        sandbox: Runs untrusted code; ``None`` where the grader did not declare the need.
        judge: Decides what rules cannot; ``None`` where the need was not declared.
        remote: The sandbox is in another function, so that rows wait more than they compute.
    """

    deadline: Deadline = field(default_factory=Deadline)
    sandbox: Sandbox | None = None
    judge: Judge | None = None
    remote: bool = False

    def by(self, deadline: Deadline) -> Tools:
        """Returns the same tools for one row, which must be graded by ``deadline``."""
        return replace(self, deadline=deadline)

    def need_sandbox(self) -> Sandbox:
        """Returns the sandbox.

        Raises:
            SandboxFault: None was handed in.
        """
        if self.sandbox is None:
            raise SandboxFault(
                "this grader runs code, but no sandbox was handed to it", blame="ours"
            )
        return self.sandbox

    def need_judge(self) -> Judge:
        """Returns the judge.

        Raises:
            JudgeFault: None was handed in.
        """
        if self.judge is None:
            raise JudgeFault("this grader asks a judge, but none was handed to it", blame="ours")
        return self.judge


@dataclass(frozen=True)
class Template:
    """A reward template: the function, its settings and its criteria.

    Attributes:
        name: The folder's name.
        summary: One line for ``touchstone graders list``.
        settings_type: Its settings, with the template's own defaults.
        criteria: Names of its criteria, in the order they are reported. A grade returns all
            of them and no other.
        free: It returns what criteria it likes, beside those on which the aggregate depends.
        on_demand: Those that are returned only where the aggregate depends on them.
        grade: ``(sample, settings, tools) -> Grade``; raises a ``GradingError`` when the
            sample cannot be scored.
        needs: Tools that must be handed in. ``sandbox`` is a cage beside the grader;
            ``executor`` is for code that a deployed grader must not hold: the sandbox then is
            another function.
        libraries: Modules that its extra, called as it is, installs.
        lets_import: Settings to the libraries that programs are told they may import.
        open_batch: ``(settings, tools)`` to a context manager around one batch that gives the
            tools its rows are graded with; for what must be opened per batch and closed.
            ``by(deadline)`` of those, as of :class:`Tools`, gives one row's.
        harmless: A completion of this row that is in the expected form and breaks nothing, to
            tell whether a fault was the completion's; what it scores does not matter. By
            default the reference where that is a text, else a plain sentence.
        row_s: Seconds that the settings' own limits leave one row, without a judge's time.
        calls: What becomes of an answer with tool calls. ``judged``: the template judges them;
            ``beside``: it judges the text beside them, and an answer that is nothing but calls
            is refused; ``refused``: it looks for one final answer, which no call is.
        verbatim: It is given every text as it came: programs, payloads. Others compare language
            and get text in Unicode's NFC.
    """

    name: str
    summary: str
    settings_type: type[GraderSettings]
    criteria: tuple[str, ...]
    grade: Callable[[Sample, Any, Any], Grade]
    needs: frozenset[Need] = frozenset()
    libraries: tuple[str, ...] = ()
    lets_import: Callable[[Any], Sequence[str]] = lambda _settings: ()
    on_demand: frozenset[str] = frozenset()
    free: bool = False
    open_batch: Callable[[Any, Tools], AbstractContextManager[Any]] | None = None
    calls: Calls = "beside"
    verbatim: bool = False
    harmless: Callable[[Sample], str] = harmless
    row_s: Callable[[Any], float] = lambda _settings: 5.0

    def customize(self, **settings: Any) -> Grader:
        """Returns a grader with these settings on top of the template's defaults.

        Raises:
            SettingsError: A name is unknown or a value does not fit.
        """
        return self.configure(self.name, settings)

    def reads(self, sample: Sample) -> Sample:
        """Returns a sample as the template is given it.

        Raises:
            BadSample: The answer is a tool call, and the template cannot judge one; or the
                reference is nested too deeply.
        """
        beside = self.calls == "beside" and sample.completion.strip()
        if sample.tool_calls and self.calls != "judged" and not beside:
            why = "the answer is a tool call, which this template cannot judge"
            raise BadSample(why, blame="open")  # to call a tool was the model's choice
        try:
            return sample if self.verbatim else sample.in_normal_form()
        except RecursionError:
            raise BadSample("the reference is nested too deeply to be read") from None

    def configure(self, name: str, settings: Mapping[str, Any]) -> Grader:
        """Returns a grader called ``name``, as an entry of graders.toml defines it."""
        from touchstone.scoring.compose import check_composition

        made = make(self.settings_type, settings, name)
        check_composition(made, self.criteria, name)
        check_thinking_marks(made.thinking_marks, name)
        if "judge" in self.needs:
            _check_judges(name, made)
        return Grader(name, self, made)


@dataclass(frozen=True)
class Grader:
    """A template with settings: call it with a sample and the tools of this call.

    Attributes:
        name: Its entry's, or its template's.
        template: What grades.
        settings: What it grades by.
        folder: Of its graders.toml, beside which the lock of its libraries lies.
    """

    name: str
    template: Template
    settings: GraderSettings
    folder: Path = Path()

    @cached_property
    def criteria(self) -> tuple[str, ...]:
        """The criteria of every grade, unless the template is free to return others."""
        from touchstone.scoring.compose import counted

        unasked = self.template.on_demand - counted(self.settings)
        return tuple(name for name in self.template.criteria if name not in unasked)

    def __call__(self, sample: Sample, tools: Tools) -> Grade:
        """Grades one sample; raises a ``GradingError`` when it cannot be scored."""
        with self.batch(tools) as grade:
            return grade(sample, tools.deadline)

    def row_s(self) -> float:
        """Returns the seconds that one row may take by its own limits, its judge included."""
        own = self.template.row_s(self.settings)
        if "judge" in self.template.needs:
            own += judge_options(self.name, self.settings).call_timeout_s
        return own

    @contextmanager
    def batch(self, tools: Tools) -> Iterator[Callable[[Sample, Deadline], Grade]]:
        """Gives what grades the samples of one batch, in the block and from any thread."""
        open_batch = self.template.open_batch
        with open_batch(self.settings, tools) if open_batch else nullcontext(tools) as opened:
            yield lambda sample, deadline: self.template.grade(
                self.template.reads(sample), self.settings, opened.by(deadline)
            )


def judge_options(owner: str, settings: GraderSettings) -> JudgeOptions:
    """Returns a grader's judge options, checked.

    Raises:
        SettingsError: One of them is unknown or out of range.
    """
    from touchstone.judge import JudgeOptions

    owner = f"{owner}: judge_options"
    try:
        options = make(JudgeOptions, settings.judge_options, owner)
        check_thinking_marks(options.thinking_marks, owner)
        return options
    except SettingsError as exc:
        raise SettingsError(str(exc), "judge_options") from exc


def _check_judges(owner: str, settings: GraderSettings) -> None:
    """Refuses judge options that are none, and judges of no known form.

    Raises:
        SettingsError: Names the setting.
    """
    from touchstone.judge import asked_models

    panel = judge_options(owner, settings).panel
    for setting, judges in (("judge", [settings.judge]), ("judge_options", panel)):
        try:
            asked_models(*judges)
        except SettingsError as exc:
            raise SettingsError(f"{owner}: {exc}", setting) from exc


def judge_models(grader: Grader) -> list[AskedModel]:
    """Returns the models that a grader's judge and its panel ask; none for stand-ins.

    Raises:
        SettingsError: The judge, its panel or another option of it cannot be read.
    """
    if "judge" not in grader.template.needs:
        return []
    from touchstone.judge import asked_models

    panel = judge_options(grader.name, grader.settings).panel
    return asked_models(grader.settings.judge, *panel)
