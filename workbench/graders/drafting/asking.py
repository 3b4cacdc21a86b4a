"""Asks a judge's model for a draft: a few rows in fences, a strict form, its faults told back."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import structs

from touchstone import pii
from touchstone.deadline import Deadline
from touchstone.jsontext import written
from touchstone.judge import JudgeOptions, NoVerdict, Usage, clean
from touchstone.judge.providers import open_caller
from touchstone.judge.question import Prompt
from touchstone.outcomes import DeadlineExceeded
from touchstone.sanitize import one_line, visible
from touchstone.settings import make
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.draws import spread
from touchstone.workbench.errors import FELL_SHORT, WorkbenchError
from touchstone.workbench.graders.drafting.evidence import Evidence
from touchstone.workbench.graders.drafting.form import (
    Faulty,
    choice_in_words,
    read_draft,
    schema_of,
)
from touchstone.workbench.grading.backends import UnreachableJudge

TRIES = 3
_PROMPT = (Path(__file__).parent / "draft.txt").read_text(encoding="utf-8")
# Of the sample: enough to see what rows have in common, and what one call's window holds.
_MOST_ROWS, _MOST_CHARACTERS, _LONGEST_TEXT = 16, 24_000, 2_000
_LONGEST_FAULT = 200
_FEWEST_TOKENS = 4096  # of the answer; a verdict is shorter
_PATIENCE_S = 300.0
_CHARS_PER_TOKEN = 4  # of English; of other scripts fewer


class NothingDrafted(WorkbenchError):
    """The model was asked, and what it gave is no draft."""

    exit_code = FELL_SHORT


@dataclass(frozen=True, slots=True)
class Shown:
    """What a model is shown.

    Attributes:
        texts: A row each.
        rows: How many rows there are in all.
        withheld: Rows that hold a credential, which are shown to nobody.
    """

    texts: tuple[str, ...]
    rows: int
    withheld: int = 0

    @property
    def characters(self) -> int:
        """Characters of rows."""
        return sum(map(len, self.texts))

    def said(self, judge: str) -> str:
        """Returns what leaves this machine, and to whom."""
        tokens = self.characters // _CHARS_PER_TOKEN
        held = f"; {self.withheld} rows with credentials are not shown" if self.withheld else ""
        return (
            f"asking {judge}: {len(self.texts)} of {self.rows} rows, {self.characters:,} "
            f"characters (about {tokens:,} tokens) leave this machine{held}"
        )


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a model proposed, and what asking took.

    Attributes:
        template: One of those that it could choose from.
        settings: Which that template takes.
        reason: Why, in the model's words.
        tries: How often it was asked.
        usage: Of all tries.
    """

    template: str
    settings: dict[str, Any]
    reason: str
    tries: int
    usage: Usage


def shown_of(cases: Sequence[Case], rows: int, seed: int) -> Shown:
    """Returns the rows that a model is shown, drawn by the seed.

    Of rows with marks the best and the worst come first, in turn, for they show what people want.

    Args:
        cases: The rows that may be shown.
        rows: How many there are in all.
        seed: Draws among them.
    """
    open_ = [case for case in spread(cases, seed) if not _holds_credential(case)]
    marked = sorted(
        (case for case in open_ if case.mark), key=lambda one: one.mark.value if one.mark else 0.0
    )
    pairs = zip(marked[::-1], marked, strict=True)
    ends = [case for pair in pairs for case in pair][: len(marked)]
    rest = [case for case in open_ if not case.mark]
    texts: list[str] = []
    for case in [*ends[: _MOST_ROWS - min(4, len(rest))], *rest]:
        text = _in_words(case)
        room = _MOST_CHARACTERS - sum(map(len, texts))
        if len(texts) < _MOST_ROWS and len(text) <= room:
            texts.append(text)
    return Shown(tuple(texts), rows, len(cases) - len(open_))


def ask(
    judge: str,
    options: JudgeOptions,
    shown: Shown,
    evidence: Evidence,
    on_try: Callable[[int, Sequence[str]], None] = lambda _number, _faults: None,
) -> Proposed:
    """Asks for a draft until one can be taken, ``TRIES`` times at most.

    Args:
        judge: As the setting ``judge`` names it.
        options: How it is asked; a panel and several samples are not.
        shown: The rows.
        evidence: What rules have decided.
        on_try: Is told of each draft that cannot be taken, and why.

    Raises:
        SettingsError: The judge asks no model.
        UnreachableJudge: It answers nobody.
        NothingDrafted: It declines, or none of its drafts can be taken.
    """
    caller = open_caller(judge, options)
    deadline = Deadline.after(_PATIENCE_S)
    usage, faults = Usage(), ()
    for number in range(1, TRIES + 1):
        question = _Question(shown.texts, evidence.candidates, tuple(faults), number)
        try:
            filled, spent = caller.ask(question, deadline)
        except NoVerdict as exc:
            usage += exc.usage
            if exc.cause not in ("bad_json", "truncated"):
                raise _ended(judge, exc) from exc
            faults = [f"the answer cannot be read: {exc.cause}"]
        except DeadlineExceeded as exc:
            raise UnreachableJudge(f"the judge {judge} has not answered in time") from exc
        else:
            usage += spent
            try:
                template, settings = read_draft(
                    filled.given, evidence.candidates, evidence.settings
                )
            except Faulty as exc:
                faults = [one_line(fault, _LONGEST_FAULT) for fault in exc.faults]
            else:
                reason = one_line(str(filled.given.get("reason") or ""), _LONGEST_TEXT)
                return Proposed(template, settings, reason, number, usage)
        on_try(number, faults)
    raise NothingDrafted(
        f"the judge {judge} gave {TRIES} drafts, none of which can be taken: {'; '.join(faults)}",
        "ask a more capable model, or write the rubric by hand (templates/rubric/README.md)",
    )


def _ended(judge: str, fault: NoVerdict) -> WorkbenchError:
    if fault.cause == "refused":
        return NothingDrafted(f"the judge {judge} declines to draft: {fault.detail}")
    return UnreachableJudge(
        f"the judge {judge} gave no draft: {fault}",
        "check its address, the model's name, the key or role, and the quota",
    )


@dataclass(frozen=True, slots=True)
class _Filled:
    """The form as a model filled it in; whoever asked checks it, so that nothing is quoted."""

    given: Mapping[str, Any]
    quotes: bool = True
    misquotes: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    """Asks for one draft; see :class:`touchstone.judge.caller.Asked`."""

    rows: tuple[str, ...]
    candidates: tuple[str, ...]
    faults: tuple[str, ...]
    number: int

    def key(self, *how: Any) -> str:
        """Returns a hash of what is asked."""
        told = [self.rows, self.candidates, self.faults, self.number, *how]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def prompt(self) -> Prompt:
        """Returns the prompt, with tags that no row can know."""
        schema, tag, call = schema_of(self.candidates), secrets.token_hex(16), secrets.token_hex(8)
        system = _PROMPT.replace("{templates}", choice_in_words(self.candidates))
        system = system.replace("{schema}", json.dumps(schema, ensure_ascii=False))
        fenced = [
            f"<<<ROW {number} {tag}\n{text}\nROW {number} {tag}>>>"
            for number, text in enumerate(self.rows, 1)
        ]
        shared = f"The tag of this call is {tag}.\n\n" + "\n\n".join(fenced)
        own = f"The call tag is {call}. The rows end here. Draft what rewards completions of them."
        if self.faults:
            told = "".join(f"\n- {fault}" for fault in self.faults)
            own += f" Your last draft was not taken. Mend this:{told}"
        return Prompt(system.strip(), shared, own, schema, call)

    def read(self, verdicts: Sequence[Any]) -> _Filled:
        """Returns the form.

        Raises:
            NoVerdict: ``bad_json`` where there is not one object.
        """
        forms = [one for one in verdicts if isinstance(one, Mapping)]
        if not forms:
            raise NoVerdict("bad_json", "the answer is no object")
        return _Filled(forms[-1])

    def control(self) -> _Question:
        """Returns itself: what was filled in shows that it was read."""
        return self


def _in_words(case: Case) -> str:
    """Returns a row as a model is shown it, long texts without their middle."""
    said = [(f"PROMPT, {turn.get('role')}", turn.get("content")) for turn in case.row["messages"]]
    said += [("REFERENCE", case.reference)] if case.reference is not None else []
    said += [("REPLY", case.completion)] if case.completion is not None else []
    said += [("MARK", f"{case.mark.value:g}")] if case.mark else []
    parts = [(name, held if isinstance(held, str) else written(held)) for name, held in said]
    return "\n".join(f"{name}: {visible(clean(text), _LONGEST_TEXT)}" for name, text in parts)


def _holds_credential(case: Case) -> bool:
    texts = (written(dict(case.row)), case.completion or "")
    return any(found.kind in pii.CREDENTIALS for text in texts for found in pii.find(text))


def options_of(defaults: Mapping[str, Any]) -> JudgeOptions:
    """Returns how a model is asked for a draft, by the defaults of a graders.toml.

    Raises:
        SettingsError: They cannot be read.
    """
    read = make(JudgeOptions, defaults.get("judge_options", {}), "judge_options")
    return structs.replace(
        read, max_tokens=max(read.max_tokens, _FEWEST_TOKENS), panel=[], samples=1
    )
