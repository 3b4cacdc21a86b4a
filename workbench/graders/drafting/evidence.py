"""Which template could grade some rows: what the rows themselves prove, with no model asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.settings import SettingsError
from touchstone.templates.math_reasoning.reference import read_reference
from touchstone.templates.rubric.settings import REFERENCE_KEY
from touchstone.tool_calls import calls_in_reference
from touchstone.workbench.check.cases import Case
from touchstone.workbench.data.validate.reference import GraderCheck
from touchstone.workbench.graders.drafting.rows import Rows, prompt_of

# Ours: with fewer a file is of several kinds; what is left out is named, and falls short.
NEARLY_ALL = 0.9
_MOST_CONTEXTS = 8
# Ours: what repeats so often, over so many prompts, is no free text that happens to be the same.
_FEWEST_PROMPTS, _MOST_LABELS, _FEWEST_OF_A_LABEL = 20, 12, 3
_MOST_WORDS, _LONGEST_LABEL = 3, 30  # of a label
_SHOWN_LABELS = 4
# E.g. `out of scope`, `B2B/retail`, `c'est-à-dire`; not `Thanks!`, `We do.`
_LABEL = re.compile(r"\w(?:[\w '\u2019/&+:-]*\w)?")
# E.g. `(B)`, `C.`; not `AB`
_LETTER = re.compile(r"\(?[A-Za-z]\)?\.?")
# E.g. `x = 2y`, `\alpha`; not `well-known`
_FORMULA = re.compile(r"[=^<>*/+\\]")
# E.g. `as JSON`, `trích xuất`; not `jsonify`
_WANTS_DATA = re.compile(
    r"\b(?:json|yaml|xml|csv|toml|schema|extract\w{0,5}|extrah\w{1,6}|extrai\w{0,4}|extrae\w{0,3})\b"
    r"|tr\u00edch xu\u1ea5t|\u62bd\u51fa|\u63d0\u53d6|\u62bd\u53d6|\ucd94\ucd9c",
    re.IGNORECASE,
)
# E.g. `changes`, `source_text`; not `1st`, `two words`
_NAME = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)
# Tried in this order: one whose references are of a form of their own comes before those that
# read the same and more. What each is said to be read from.
_KEYED = {
    "code_verification": "tests of a program",
    "content_moderation": "decisions",
    "instruction_following": "instructions",
    "math_reasoning": "numbers, formulas or choices",
    "tone_style": "a voice, readers or phrases",
    "summarization_quality": "summaries or key facts",
    "rubric": "contexts for a judge",
    "data_extraction": "data",
}
_EXACT = "math_reasoning"  # compares texts that are no mathematics too
_PLAIN = ("code_verification", "content_moderation", "math_reasoning")
# Among which only somebody who understands the rows can choose.
_OF_TEXTS = ("rubric", "instruction_following", "summarization_quality")
_OF_NOTHING = ("rubric", "tone_style", "summarization_quality", "content_moderation")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What rows say of the template that could grade them.

    Attributes:
        template: The one that they decide for; ``""`` where rules cannot tell.
        candidates: Those that are left then, the likeliest first; else the template alone.
        said: What was found, a sentence each.
        settings: What the rows decide of a template's settings, by template.
        doubts: What a person has to look at, a sentence each.
    """

    template: str
    candidates: tuple[str, ...]
    said: tuple[str, ...]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def evidence_of(rows: Rows) -> Evidence:
    """Decides by the references of rows, or says which templates are left.

    A template is decided for where it reads nearly all references, so that each row can be scored,
    and where their form is one that it was made for: any object is data to data_extraction.
    """
    given = [case for case in rows.cases if case.reference is not None]
    if len(given) < NEARLY_ALL * len(rows.cases):
        if given:
            said = f"{len(given)} of {len(rows.cases)} rows have a reference"
        else:
            said = "no row has a reference"
        return Evidence("", _OF_NOTHING if not given else ("rubric",), (said,))
    keyed = [case for case in given if isinstance(case.reference, Mapping | list)]
    many = len(keyed) >= NEARLY_ALL * len(given)
    notes: list[str] = []
    for template in _KEYED if many else _PLAIN:
        if not _is_form_of(template, given):
            continue
        try:
            unread = unread_by(template, rows)
        except SettingsError as exc:  # what it needs is not installed here
            notes.append(f"{template} could not be tried: {exc}")
            continue
        if len(unread) <= (1 - NEARLY_ALL) * len(rows.cases):
            count = f"{len(rows.cases) - len(unread)} of {len(rows.cases)} references"
            said = f"{count} are {_KEYED[template]}, as {template} reads them"
            if template == "rubric":  # what it asks of the contexts, the rows do not say
                return Evidence("", (template,), (said, *notes), _as_contexts(keyed))
            return Evidence(template, (template,), (said, *notes))
    if many:
        left = ("rubric", "data_extraction")
        settings = _as_contexts(keyed)
        names = ", ".join(settings["rubric"]["contexts"])
        said = f"{len(keyed)} of {len(given)} references are objects with {names}"
        return Evidence("", left, (said, *notes), settings)
    if labels := _labels(given):
        return _of_labels(labels, len(given), notes)
    texts = [case for case in given if isinstance(case.reference, str | int | float)]
    said = f"{len(texts)} of {len(given)} references are texts in words"
    left = tuple(name for name in _OF_TEXTS if name == "rubric" or not unread_by(name, rows))
    return Evidence("", left, (said, *notes))


def _labels(cases: Sequence[Case]) -> Counter[str]:
    """Returns how many prompts each label of a closed set stands for, nothing for no such set.

    Every reference is a short text without an end of a sentence, there are few, and each is that
    of several prompts.
    """
    if not all(isinstance(case.reference, str) and _is_label(case.reference) for case in cases):
        return Counter()
    of_prompts = {prompt_of(case): case.reference.strip() for case in cases}
    counted = Counter(of_prompts.values())
    enough = len(of_prompts) >= _FEWEST_PROMPTS and 2 <= len(counted) <= _MOST_LABELS
    alike = len({label.casefold() for label in counted}) < len(counted)
    return (
        counted
        if enough and not alike and min(counted.values()) >= _FEWEST_OF_A_LABEL
        else Counter()
    )


def _is_label(text: str) -> bool:
    text = text.strip()
    short = len(text) <= _LONGEST_LABEL and len(text.split()) <= _MOST_WORDS
    return short and _LABEL.fullmatch(text) is not None


def _of_labels(labels: Counter[str], rows: int, notes: Sequence[str]) -> Evidence:
    """Returns that labels decide for equality with the label, and what is doubtful about that."""
    told = [f"{label} {count}" for label, count in labels.most_common(_SHOWN_LABELS)]
    more = ", ..." if len(labels) > len(told) else ""
    (common, most), *_ = labels.most_common()
    said = (
        f"{rows} of {rows} references are one of {len(labels)} labels ({', '.join(told)}{more}), "
        f"which {_EXACT} compares as texts"
    )
    doubts = (
        "A label is read where it stands alone, ends a sentence, or stands in a box or behind `The "
        f"answer is`. `Label: {common}` and a label before its reasons earn nothing: prompts have "
        "to ask for it alone, or last.",
        f"Always `{common}` earns {most / labels.total():.2f} on the mean, and a label that is "
        "nearly right earns nothing. Free text in place of labels would need a judge.",
    )
    settings = {"weights": {"answer_correct": 1}, "gates": {}}
    return Evidence(_EXACT, (_EXACT,), (said, *notes), {_EXACT: settings}, doubts)


def unread_by(grader: str, rows: Rows, graders: Path | None = None) -> list[str]:
    """Returns where rows stand that a grader cannot score, and why; its judge is left out.

    Args:
        grader: A template, or an entry.
        rows: The rows.
        graders: The graders.toml of the entry; the one that counts here by default.
    """
    asked = GraderCheck(grader, graders)
    found: list[str] = []
    for start in range(0, len(rows.cases), GraderCheck.BATCH):
        end = start + GraderCheck.BATCH
        batch = [case.row for case in rows.cases[start:end]]
        for place, finding in zip(rows.places[start:end], asked.check(batch), strict=True):
            if finding is not None:
                found.append(f"{place}: {finding.message}")
    return found


def _is_form_of(template: str, cases: Sequence[Case]) -> bool:
    """Tells whether nearly all references have a form that a template was made for."""
    test = _OWN_FORM.get(template)
    return test is None or sum(map(test, cases)) >= NEARLY_ALL * len(cases)


def _is_mathematics(case: Case) -> bool:
    """Tells whether a reference is a value, a formula or the letter of a choice, no words."""
    try:
        answer = read_reference(case.reference).answer
    except BadReference:
        return False
    if answer.tree is None:
        return False
    text = answer.text.strip()
    return bool("'num'" in repr(answer.tree) or _LETTER.fullmatch(text) or _FORMULA.search(text))


def _is_data(case: Case) -> bool:
    """Tells whether data is asked for: in so many words, by tools, or as most of it was given."""
    if case.row.get("tools") or calls_in_reference(case.reference):
        return True
    if isinstance(case.reference, Mapping) and "expected" in case.reference:
        return True
    asked = "\n".join(str(turn.get("content")) for turn in case.row["messages"])
    if _WANTS_DATA.search(asked):
        return True
    texts = [text for text in _leaves(case.reference) if len(text) > 1]
    copied = sum(text.casefold() in asked.casefold() for text in texts)
    return bool(texts) and 2 * copied >= len(texts)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def _as_contexts(cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """Returns settings with the keys of references as a judge's contexts, the commonest first."""
    counted = Counter(
        key for case in cases if isinstance(case.reference, Mapping) for key in case.reference
    )
    names = [name for name, _ in counted.most_common() if _NAME.fullmatch(str(name))]
    names = names[:_MOST_CONTEXTS]
    always = [name for name in names if counted[name] == len(cases)]
    contexts = [name for name in names if name != REFERENCE_KEY]
    return {"rubric": {"contexts": contexts, "required": always}}


_OWN_FORM: dict[str, Callable[[Case], bool]] = {
    "math_reasoning": _is_mathematics,
    "data_extraction": _is_data,
}
