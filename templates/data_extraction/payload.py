"""Finds the payload of an answer, as a careful human would.

The whole text, else fenced blocks, else what stands bare in the prose. Of several payloads
the one that counts is the last of those with the expected shape; only that one is graded, so
that a second guess is worth no more than the first. More than :data:`MAX_RIVALS` different ones
are no answer at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from touchstone.lazy import pattern
from touchstone.scoring.code_blocks import CodeBlock, split_blocks
from touchstone.scoring.tables import read_tables
from touchstone.templates.data_extraction.fit import fit, rows_of
from touchstone.templates.data_extraction.formats import (
    Format,
    Parsed,
    Unreadable,
    check_bounds,
    frozen,
    read,
    scan_json,
)

FormatSetting = Literal["auto", "json", "yaml", "xml", "csv"]

_LANGUAGES: dict[str, Format] = {
    "json": "json", "jsonc": "json", "json5": "json", "yaml": "yaml", "yml": "yaml",
    "xml": "xml", "csv": "csv", "tsv": "csv",
}  # fmt: skip
# What can follow the opening of JSON; `{ to` or `[name` is prose.
# E.g. `{"a": 1}`, `{}`, `[1, 2]`, `[true]`; not `{a}`, `[see]`
_OPENING = pattern(r'\{\s*(?:"|\})|\[\s*(?:["{\[\]]|-?[0-9]|true\b|false\b|null\b)')
# E.g. `"a } in a text"`, `]`; not `a`
_BRACKETS = pattern(r'"(?:[^"\\\n]|\\.)*"|[{}\[\]]')
# E.g. `}}`, `` at the end of any text
_CLOSING = pattern(r"\s*([}\]]*)")
_OPENS = {"}": "{", "]": "["}
_MAX_OPENINGS = 1000
# E.g. `~~~json`; not `a ~~~`
_FENCE = pattern(r"^[ \t>]*(?:```|~~~)", re.MULTILINE)
# E.g. `<item id="1">`, `<br/>`; not `a < b`
_TAG = pattern(r"<([A-Za-z_][\w.:-]*)(?:\s[^<>]*)?/?>")
# E.g. `total: 3`, `- first`, `unit price: 3`; not `Total`
_YAML_LINE = pattern(r"\s*(?:- |-$|#|[\w\"'./-]+(?: [\w\"'./-]+){0,3}\s*:(?:\s|$)|---|\.\.\.)")
# What a page does not show, and texts, in which nothing is a comment.
# E.g. `<!-- {"a": 1} -->`, `"<!-- a"`; not `<a>`
_COMMENT = pattern(r'(?P<text>"(?:[^"\\\n]|\\.)*")|<!--.*?(?:-->|\Z)', re.DOTALL)
# E.g. `a;b`, `a,b`; not `a b`
_DELIMITED = pattern(r"[^,;\t|]*[,;\t|]")


_MOST_DRESSES = 3
_CALLS = ({"name", "arguments"}, {"name", "parameters"})

# A draft, a correction and a final answer; more is no answer but a choice left to the reader.
MAX_RIVALS = 3


@dataclass(frozen=True, slots=True)
class Payload:
    """The payload that counts.

    Attributes:
        parsed: What it says, in the expected shape.
        alone: Whether the completion is nothing else, but for one fence around it.
        rivals: How many different payloads of the expected shape there are, itself and broken
            fences included.
    """

    parsed: Parsed
    alone: bool
    rivals: int = 1


def find_payload(
    text: str, expected: Any, *, form: FormatSetting = "auto", schema: Any = None
) -> Payload:
    """Returns the payload that counts.

    Args:
        text: The completion.
        expected: The expected data; only its keys and kind of container are looked at.
        form: The format it must be of, or ``auto`` to go by sight.
        schema: Helps to read XML and CSV, which have no types.

    Raises:
        Unreadable: There is none; says what was wrong with the most likely one.
    """
    shown = _COMMENT.sub(lambda m: m["text"] or "", text).strip().removeprefix("\ufeff")
    if not shown:
        raise Unreadable("the completion is empty")
    payload = _Search(expected, form, schema).payload(shown)
    beside = len(shown) < len(text.strip()) and "<!--" in text and payload.parsed.format != "xml"
    return replace(payload, alone=payload.alone and not beside)


def payload_of_calls(arguments: list[Any], expected: Any) -> Payload | None:
    """Returns what tools were called with, where it has the expected shape.

    Raises:
        Unreadable: It is too deep, too large, or different in too many calls.
    """
    check_bounds(arguments)
    found = [_undressed(Parsed(one, "json"), expected) for one in arguments]
    found = [parsed for parsed in found if _likeness(parsed.data, expected) > 0]
    return _Search(expected, "json", None).choose(found, alone=True) if found else None


class _Search:
    """One look for the payload, with what was wrong with the texts that were not it."""

    def __init__(self, expected: Any, form: FormatSetting, schema: Any) -> None:
        self.expected, self.schema = expected, schema
        self.form: FormatSetting = form
        self.problems: list[str] = []
        self.broken = 0  # fences that say what they hold, and do not

    def payload(self, text: str) -> Payload:
        if (table := self.whole_table(text)) is not None:
            return Payload(table, alone=True)
        if text[0] in '{[<"' or not _FENCE.search(text):
            whole = self.attempt(text, _forms(text, self.form))
            if whole is not None:
                return Payload(whole, alone=True)
        blocks, outside = split_blocks(text)
        fenced = [found for block in blocks if (found := self.fenced(block)) is not None]
        bare = [self.fitted(found) for found in self.bare(outside)]
        bare = [found for found in bare if _same_kind(found.data, self.expected)]
        if not bare and not fenced:
            bare = self.tables(outside)
        if not bare and not fenced:
            runs = _lines(outside, self.form)
            bare = [found for run, one in runs if (found := self.attempt(run, (one,))) is not None]
        if not bare and not fenced:
            raise Unreadable(self.problems[0] if self.problems else "no payload was found")
        alone = len(blocks) == 1 and not outside.strip()
        return self.choose([*bare, *fenced], alone=alone)

    def choose(self, candidates: list[Parsed], *, alone: bool) -> Payload:
        likeness = [_likeness(parsed.data, self.expected) for parsed in candidates]
        # Half of the best shape is enough, so that a last answer that leaves out a field is last.
        enough = max(likeness) / 2
        rivals = [p for p, like in zip(candidates, likeness, strict=True) if like >= enough]
        different = len({frozen(parsed.data) for parsed in rivals}) + self.broken
        if different > MAX_RIVALS:
            raise Unreadable(f"{different} different payloads: which of them is the answer?")
        return Payload(rivals[-1], alone, different)

    def attempt(
        self, text: str, forms: tuple[Format, ...], *, tagged: bool = False
    ) -> Parsed | None:
        """Reads a text as the first format that it is of, and that it is meant to be of.

        Nearly any text is some YAML or CSV, and a tag may only wrap JSON. Where nobody said
        which format it is, those must have an expected key.
        """
        for form in forms:
            try:
                parsed = self.fitted(read(text, form))
            except Unreadable as exc:
                self.problems.append(str(exc))
                continue
            declared = tagged or self.form != "auto" or form == "json"
            if form == "yaml" and not isinstance(parsed.data, dict | list):
                self.problems.append("no mapping and no list")
            elif declared or _likeness(parsed.data, self.expected) > 0:
                return parsed
        return None

    def fitted(self, parsed: Parsed) -> Parsed:
        return _undressed(fit(parsed, self.expected, self.schema), self.expected)

    def fenced(self, block: CodeBlock) -> Parsed | None:
        named = _LANGUAGES.get(block.language)
        if named is None and (tables := self.tables(block.text)):
            return tables[-1]
        if named is None:
            return self.attempt(block.text, _forms(block.text.strip(), self.form))
        if self.form not in ("auto", named):
            return None
        found = self.attempt(block.text, (named,), tagged=True)
        self.broken += found is None
        return found

    def whole_table(self, text: str) -> Parsed | None:
        """Returns a text that is one table of Markdown and nothing else."""
        tables = read_tables(text) if text[0] == "|" and self.form in ("auto", "csv") else []
        whole = len(tables) == 1 and tables[0].last - tables[0].first == text.count("\n") + 1
        return next(iter(self.tables(text)), None) if whole else None

    def tables(self, text: str) -> list[Parsed]:
        """Returns the tables of Markdown in a text that have an expected key."""
        if self.form not in ("auto", "csv") or "|" not in text:
            return []
        found = [
            self.fitted(Parsed(rows_of(table, self.expected), "csv")) for table in read_tables(text)
        ]
        return [parsed for parsed in found if _likeness(parsed.data, self.expected) > 0]

    def bare(self, text: str) -> Iterator[Parsed]:
        if self.form in ("auto", "json"):
            yield from _bare_json(text, self.problems)
        if self.form in ("auto", "xml"):
            yield from _bare_xml(text, self.problems)


def _undressed(parsed: Parsed, expected: Any) -> Parsed:
    """Returns what is inside of a text, a list of one, a call or an object of one member.

    Only where the whole has nothing of the expected shape, and what is inside has.
    """
    data = parsed.data
    if parsed.format != "json":
        return parsed
    for _ in range(_MOST_DRESSES):
        if _likeness(data, expected) > 0:
            break
        data = _inside(data)
    if data is parsed.data or not isinstance(data, dict | list) or not _likeness(data, expected):
        return parsed
    try:
        check_bounds(data)
    except Unreadable:
        return parsed
    return replace(parsed, data=data, dressed=True)


def _inside(data: Any) -> Any:
    if isinstance(data, str):
        try:
            return read(data, "json").data
        except Unreadable:
            return None
    if isinstance(data, list):
        return data[0] if len(data) == 1 else None
    if isinstance(data, dict) and set(data) in _CALLS:
        return data.get("arguments", data.get("parameters"))
    return next(iter(data.values())) if isinstance(data, dict) and len(data) == 1 else None


def _likeness(data: Any, expected: Any) -> int:
    """Returns how much of the expected shape is there: 0 for another kind of container."""
    if not _same_kind(data, expected):
        return 0
    if isinstance(expected, dict):
        return len(data.keys() & expected.keys()) if expected else 1
    if isinstance(expected, list) and expected and isinstance(expected[0], dict):
        first = next((item for item in data if isinstance(item, dict)), {})
        return len(first.keys() & expected[0].keys()) if data else 1
    return 1


def _same_kind(data: Any, expected: Any) -> bool:
    if expected is None:
        return True  # nobody says what it should be
    for kind in (dict, list):
        if isinstance(expected, kind) or isinstance(data, kind):
            return isinstance(expected, kind) and isinstance(data, kind)
    return True


def _forms(text: str, form: FormatSetting) -> tuple[Format, ...]:
    """Returns the formats that a whole text may be of, by its first sight."""
    if form != "auto":
        return (form,)
    if text[:1] in ("{", "["):
        return ("json",)
    if text[:1] == "<":
        return ("xml",)
    forms: list[Format] = []
    if text[:1] == '"' or re.fullmatch(r"-?[0-9][0-9.eE+-]*|true|false|null", text):
        forms.append("json")
    first, _, more = text.partition("\n")
    if _YAML_LINE.match(first):
        forms.append("yaml")
    if more and _DELIMITED.match(first):
        forms.append("csv")
    return tuple(forms)


def _intro(line: str) -> bool:
    return line.rstrip().endswith(":") and line.count(" ") >= 2


def _bare_json(text: str, problems: list[str]) -> Iterator[Parsed]:
    """Finds JSON values in prose; never a fragment of one that is broken."""
    position = openings = 0
    while openings < _MAX_OPENINGS and (match := _OPENING.search(text, position)):
        openings += 1
        try:
            parsed, position = scan_json(text, match.start())
            check_bounds(parsed.data)
            if _closes_too_much(text, match.start(), position):
                raise Unreadable("not JSON: it closes more than it opens")
        except Unreadable as exc:
            problems.append(str(exc))
            position = _end_of_broken(text, match.start())
        else:
            yield parsed


def _closes_too_much(text: str, start: int, end: int) -> bool:
    """Whether brackets follow at once that nothing before has opened: `{"a": 1}}`."""
    after = _CLOSING.match(text, end)
    marks = set(after[1]) if after else set[str]()
    return any(text.count(_OPENS[mark], 0, start) <= text.count(mark, 0, start) for mark in marks)


def _end_of_broken(text: str, start: int) -> int:
    """Returns where brackets balance again, strings left out; the end when they never do."""
    depth = 0
    for match in _BRACKETS.finditer(text, start):
        mark = match[0]
        depth += (mark in "{[") - (mark in "}]") if len(mark) == 1 else 0
        if depth <= 0:
            return match.end()
    return len(text)


def _bare_xml(text: str, problems: list[str]) -> Iterator[Parsed]:
    position = openings = 0
    while openings < _MAX_OPENINGS and (match := _TAG.search(text, position)):
        openings += 1
        closing = f"</{match[1]}>"
        end = match.end() if match[0].endswith("/>") else text.find(closing, match.end())
        if end < 0:
            position = match.end()
            continue
        end += 0 if match[0].endswith("/>") else len(closing)
        try:
            yield read(text[match.start() : end], "xml")
        except Unreadable as exc:
            problems.append(str(exc))
        position = end


def _lines(text: str, form: FormatSetting) -> Iterator[tuple[str, Format]]:
    """Finds runs of lines that look like YAML or like a delimited table."""
    lines = text.splitlines()
    if form in ("auto", "yaml"):
        for run in _runs(lines, lambda line: bool(_YAML_LINE.match(line)) and not _intro(line)):
            yield run, "yaml"
    if form in ("auto", "csv"):
        for run in _runs(lines, lambda line: bool(_DELIMITED.match(line))):
            if "\n" in run:
                yield run, "csv"


def _runs(lines: list[str], belongs: Any) -> Iterator[str]:
    run: list[str] = []
    for line in [*lines, "."]:
        indented = bool(run) and line[:1] in (" ", "\t") and bool(line.strip())
        if belongs(line) or indented:
            run.append(line)
        elif run:
            yield "\n".join(run)
            run = []
