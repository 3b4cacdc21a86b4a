"""Drafts a grader from rows: proposes, makes cases, checks, and keeps what holds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from touchstone.config import FILE_NAME, load_entries
from touchstone.templates import get_template, load_grader
from touchstone.tomlfile import TomlFile
from touchstone.workbench.check.cases import Case, case_of
from touchstone.workbench.check.draws import rng_of
from touchstone.workbench.check.opened import local_subject
from touchstone.workbench.check.probes import PROBES
from touchstone.workbench.check.run import Report
from touchstone.workbench.check.run import run as check
from touchstone.workbench.graders.adding import add_grader, check_new
from touchstone.workbench.graders.drafting.asking import (
    Proposed,
    Shown,
    ask,
    options_of,
    shown_of,
)
from touchstone.workbench.graders.drafting.cases import cases_of
from touchstone.workbench.graders.drafting.evidence import Evidence, evidence_of, unread_by
from touchstone.workbench.graders.drafting.form import OPEN
from touchstone.workbench.graders.drafting.rows import Rows, prompt_of, read_rows
from touchstone.workbench.graders.entry import entry
from touchstone.workbench.grading.backends import judge_of
from touchstone.workbench.rows.storage import shown
from touchstone.workbench.stats import FEWEST

# Rows that a judged grader is checked with, besides its golden cases: each may cost money.
_MOST_JUDGED_ROWS, _MOST_JUDGED_MARKS = 40, 100
# What people want is not to be left untried for want of time.
_PEOPLE_FIRST = sorted(PROBES, key=lambda probe: probe.name != "people")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drafted.

    Attributes:
        file: The rows.
        name: What the grader is called.
        judge: Who is asked where rules cannot tell, and who judges then; ``""`` for nobody.
        labels: The field of people's marks; ``""`` for none.
        labels_named: Somebody named that field, so that it has to be there.
        seconds: Most that the probes of the check may take.
        budget_usd: Most that judges may cost in the check; ``None`` for no limit.
        seed: Of everything drawn.
    """

    file: str
    name: str
    judge: str = ""
    labels: str = "mark"
    labels_named: bool = False
    seconds: float = 90.0
    budget_usd: float | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom a run tells how far it is; nobody by default.

    Attributes:
        asking: What leaves this machine, before it does.
        faulty: A draft of a model that cannot be taken: which, and why.
        checking: The check begins.
    """

    asking: Callable[[str], None] = lambda _: None
    faulty: Callable[[int, Sequence[str]], None] = lambda _number, _faults: None
    checking: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Draft:
    """What came of it.

    Attributes:
        wanted: What was asked for.
        evidence: What the rows decide.
        shown: What a model was shown; ``None`` where none was asked.
        proposed: What it proposed; likewise.
        template: Of the draft; ``""`` where nobody could tell.
        settings: Of the draft.
        cases: Its golden cases.
        held_back: Prompts with marks that neither model nor cases have seen.
        report: Of its check; ``None`` where there is no draft.
        short: What it falls short in, a sentence each.
    """

    wanted: Wanted
    evidence: Evidence
    shown: Shown | None = None
    proposed: Proposed | None = None
    template: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    cases: list[dict[str, Any]] = field(default_factory=list)
    held_back: int = 0
    report: Report | None = None
    short: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """There is a draft, and it falls short in nothing."""
        return bool(self.template) and not self.short

    def entry(self) -> str:
        """Returns it as an entry of graders.toml, what it falls short in above it."""
        by = self.evidence.said[0]
        if self.shown:
            by = f"{self.wanted.judge} was shown {len(self.shown.texts)} of {self.shown.rows} rows"
        said = [f"Drafted from {shown(self.wanted.file)}: {by}.", *self.evidence.doubts]
        said += [f"Falls short: {text}" for text in self.short]
        return entry(self.wanted.name, {"template": self.template}, self.settings, said)


def draft(wanted: Wanted, graders: Path, telling: Telling) -> Draft:
    """Drafts a grader and checks it, in a folder of its own: nothing is kept.

    Args:
        wanted: What is to be drafted.
        graders: The graders.toml that it shall go into, whose defaults hold for it.
        telling: Is told how far it is.

    Raises:
        SettingsError: The name is none or is taken, or the judge asks no model.
        DataError: The rows cannot be read.
        UnreachableJudge: The judge answers nobody.
        NothingDrafted: It declines, or none of its drafts can be taken.
    """
    check_new(wanted.name, graders.parent, [_cases_file(wanted.name)])
    options = options_of(_defaults(graders))
    rows = read_rows(wanted.file, wanted.labels, named=wanted.labels_named, seed=wanted.seed)
    found = evidence_of(rows)
    made = Draft(wanted, found, template=found.template, settings=_decided(found, wanted.judge))
    asks = not found.template or found.template in OPEN
    if not wanted.judge and not found.template:
        return made
    seen, held = _split(rows, wanted.seed) if asks and wanted.judge else (rows.cases, rows.marked)
    if asks and wanted.judge:
        sample = shown_of(seen, rows.total, wanted.seed)
        telling.asking(sample.said(wanted.judge))
        got = ask(wanted.judge, options, sample, found, telling.faulty)
        judge = _decided(replace(found, template=got.template), wanted.judge)
        made = replace(
            made, shown=sample, proposed=got, template=got.template, settings=judge | got.settings
        )
    telling.checking()
    made = replace(made, held_back=len({*map(prompt_of, held)}))
    return _checked(made, rows, seen, held, graders)


def keep(made: Draft, graders: Path) -> list[Path]:
    """Writes a draft: its entry behind what graders.toml holds, and its golden cases.

    Raises:
        SettingsError: The name has been taken since.
        OSError: A file cannot be written; nothing is left then.
    """
    return _write(made, graders.parent)


def _write(made: Draft, root: Path) -> list[Path]:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made.cases)
    return add_grader(made.wanted.name, root, {_cases_file(made.wanted.name): lines}, made.entry())


def _cases_file(name: str) -> str:
    return f"{name}.cases.jsonl"


def _decided(found: Evidence, judge: str) -> dict[str, Any]:
    """Returns what the rows decide of the settings, and the judge of a template that asks one."""
    judged = found.template and "judge" in get_template(found.template).needs
    decided = dict(found.settings.get(found.template, {}))
    return {"judge": judge, **decided} if judged and judge else decided


def _defaults(graders: Path) -> Mapping[str, Any]:
    if not graders.is_file():
        return {}
    load_entries(graders)  # what is wrong with the file is said before anything is paid for
    return TomlFile.read(graders, graders.name).load().get("defaults", {})


def _split(rows: Rows, seed: int) -> tuple[list[Case], list[Case]]:
    """Returns the rows that may be seen, and those with marks that are held back, by prompts.

    Half of the prompts with marks are held back, where that leaves enough for an interval.
    """
    prompts = sorted({prompt_of(case) for case in rows.marked})
    if len(prompts) < 2 * FEWEST:
        return rows.cases, []
    back = set(rng_of(seed, "held back").sample(prompts, len(prompts) // 2))
    held = [case for case in rows.marked if prompt_of(case) in back]
    return [case for case in rows.cases if prompt_of(case) not in back], held


def _checked(
    made: Draft, rows: Rows, seen: Sequence[Case], held: Sequence[Case], graders: Path
) -> Draft:
    """Makes the golden cases, and checks the draft with them and with the rows."""
    wanted, judged = made.wanted, "judge" in get_template(made.template).needs
    with tempfile.TemporaryDirectory() as folder:
        toml = Path(folder) / FILE_NAME
        if graders.is_file():
            toml.write_bytes(graders.read_bytes())
        add_grader(wanted.name, toml.parent, {}, made.entry())
        grader = load_grader(wanted.name, toml)
        unread = unread_by(wanted.name, rows, toml)
        golden = cases_of(seen, made.template, judged, grader.settings.bounds, wanted.seed)
        cases = [*_as_cases(golden), *_rows_to_check(rows, held, judged)]
        with local_subject(wanted.name, {}, cases, wanted.seed, toml) as subject:
            subject.budget_usd = wanted.budget_usd
            verdicts = check(subject, wanted.seconds, _PEOPLE_FIRST)
            report = Report(
                wanted.name, rows_from=wanted.file, seed=wanted.seed, verdicts=verdicts,
                judge=judge_of(subject.backend, stood_in=subject.stood_in), rows=subject.rows,
                seconds=subject.seconds, usd=subject.usd, version=subject.version,
            )  # fmt: skip
    made = replace(made, cases=golden, report=report)
    return replace(made, short=_short(report, made.held_back, unread, len(rows.cases)))


def _short(report: Report, held_back: int, unread: Sequence[str], rows: int) -> tuple[str, ...]:
    said = [f"{one.probe}: {one.said}" for one in report.fell_short]
    said += [
        f"people: {held_back} prompts with marks were held back, and {one.said}"
        for one in report.verdicts
        if held_back and one.probe == "people" and one.status == "not_tried"
    ]
    if not report.holds and not said:
        said.append("nothing of it could be checked")
    if unread:
        first, *more = unread
        rest = f", and {len(more)} more" if more else ""
        said.append(f"{len(unread)} of {rows} rows cannot be scored: {first}{rest}")
    return tuple(said)


def _as_cases(golden: Sequence[Mapping[str, Any]]) -> list[Case]:
    found = [case_of(row, str(row["id"])) for row in golden]
    return [case for case in found if case is not None]


def _rows_to_check(rows: Rows, held: Sequence[Case], judged: bool) -> list[Case]:
    """Returns rows for the probes: those held back with their completions, others as prompts.

    What people did not mark proves nothing of a completion, and asking a judge of it costs money.
    """
    marked = {id(case) for case in rows.cases if case.mark}
    bare = [
        case if not judged and id(case) not in marked else replace(case, completion=None, mark=None)
        for case in rows.cases
    ]
    if not judged:
        return [*held, *bare]
    return [*held[:_MOST_JUDGED_MARKS], *bare[:_MOST_JUDGED_ROWS]]
