# ruff: noqa: RUF001 - typography is what it reads
"""Reads several values that are laid out rather than said: lists, tables, and parts (a), (b).

Only what is such a layout as a whole is read. Which of its values counts is for the reference to
say: of a table of costs its last line may be the answer, of a table of unknowns every line is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from touchstone.lazy import pattern
from touchstone.scoring.tables import Table, read_tables
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.evaluate import variables
from touchstone.templates.math_reasoning.kinds import states
from touchstone.templates.math_reasoning.tree import Node

MAX_ROWS = 100
_LONGEST_LAYOUT = 4000  # characters
# E.g. `- $x = 3$`, `* y = 4`, `2. x = 1`, `(1) 5`; not `-3`, `2.5`
_ITEM = pattern(r"[ \t]{0,9}(?:[-*•‣]|\(?(\d{1,2})[.)])[ \t]+([^\n]{1,200})")
# E.g. `**x** = 5`; not `2**3`
_BOLD = pattern(r"(?<![\w)\]])(\*\*|__)([^*_\n]{1,80})\1(?!\w)")
# E.g. `x = 3`, `½`, `$a$`; not `Both fit.`
_VALUED = pattern(r"[\d\\$½¼¾⅓⅔⅛∞]")
# E.g. `Length: 12 cm`, `the mean = 5`; not `12`
_LABELLED = pattern(r"([^\W\d_][^:：=\n]{0,60}?)(?:\s?[:：=]|\s[—–→])\s?([^:：\n]{1,80})")
# E.g. `15 tuổi`; not `tuổi`
_COUNTED = pattern(r"(-?\d[\d.,/]{0,30})\s?[^\W\d_]{1,15}\.?")
_PART_WORDS = "part|question|teil|frage|partie|parte|pregunta|câu|phần|ý|часть|вопрос"
_PART_NAME = r"[a-hA-H]|[1-9]|i{1,3}|iv|vi?"
# E.g. `(a) 7`, `, 2) 40 cm`, `; b) x`, `1. 5`; not `f(a)`
_PART = pattern(
    rf"(?:\A|[,;\n]\s?(?:and\s)?|\sand\s|\s(?=\(|[b-h2-9]\)))\s?(?:(?:{_PART_WORDS})\s)?(?:\(?({_PART_NAME})\)|([1-9])\.(?=\s))"
    r"\s?[:=]?\s?",
    re.IGNORECASE,
)
# E.g. `**(a)** `, `## Part (b)`, `2) `, `Part 1: `, `- c. `; not `a = 2`, `2.5`
_PART_LINE = pattern(
    rf"^[ \t#*_>-]{{0,8}}(?:(?:{_PART_WORDS})[ ]\(?({_PART_NAME})\)?|\(({_PART_NAME})\)"
    rf"|({_PART_NAME})[.)])[*_:.) ]{{0,4}}(?=\s|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_MOST_PARTS = 8


class Named(NamedTuple):
    """A value, and the words that name it in lower case; ``""``: nothing does."""

    label: str
    value: str


def listed(text: str, *, announced: bool) -> str:
    """Returns the values of the list that a text begins with, joined by commas; ``""``: none.

    Args:
        text: What may begin with a list of bullets or of numbers that count from one.
        announced: Whether words say that it is the answer; else its items must be bare values or
            values of names, since what is counted or measured may be a step.
    """
    values: list[str] = []
    for line in text[:_LONGEST_LAYOUT].split("\n"):
        item = _ITEM.fullmatch(line)
        if item is None:
            if line.strip() or not values:
                break
            continue
        if item[1] and int(item[1]) != len(values) + 1:
            return ""
        said = Answer.of(bare(item[2]).rstrip(" ,;."))
        if not _is_value(said.tree, announced=announced):
            return ""
        values.append(said.text)
    joint = " or " if any(re.search(r"[<>≤≥]|\\[gl]eq?\b", value) for value in values) else ", "
    return joint.join(values) if 1 < len(values) <= MAX_ROWS else ""


def closing_list(text: str) -> tuple[str, int]:
    """Returns the values of the list that a text ends with, and where it begins; ``""``: none."""
    lines = _until_last_value(text)
    first = len(lines)
    while first and (_ITEM.fullmatch(lines[first - 1]) or not lines[first - 1].strip()):
        first -= 1
    start = sum(len(line) + 1 for line in lines[:first])
    return listed("\n".join(lines[first:]).lstrip("\n"), announced=False), start


def begins_table(text: str) -> bool:
    """Returns whether a text begins with a table of Markdown."""
    tables = read_tables(text[:_LONGEST_LAYOUT].lstrip())
    return bool(tables) and tables[0].first == 0


def closing_rows(text: str) -> list[Named]:
    """Returns the named values of the table, or of the lines, that a text ends with."""
    lines = _until_last_value(text[-_LONGEST_LAYOUT:])
    tables = read_tables("\n".join(lines))
    if tables and tables[-1].last == len(lines):
        return _of_table(tables[-1])
    found: list[Named] = []
    for line in reversed(lines):
        item = _ITEM.fullmatch(line.strip())
        said = _LABELLED.fullmatch(bare(item[2] if item else line.strip()))
        if said is None:
            break
        found.insert(0, Named(_label(said[1]), _value(said[2].rpartition("=")[2])))
    whole = all(_is_readable(one.value) for one in found)
    return found if whole and 1 < len(found) <= MAX_ROWS else []


def parts_of(text: str) -> list[str] | None:
    """Returns the values of an answer in parts, ``(a) 7; (b) 4``, ``None`` where it has none."""
    text = bare(text)
    return _in_parts(text, list(_PART.finditer(text[:_LONGEST_LAYOUT])), whole=True)


def values_of(text: str) -> list[str] | None:
    """Returns the values of an answer that lists them in their order, ``5, 3``, else ``None``."""
    said = [one.strip() for one in text.split(", ")]
    whole = len(said) > 1 and not re.search(r"[()\[\]{}]", text)
    return said if whole and all(_is_readable(one) for one in said) else None


def parts_in(text: str) -> list[str] | None:
    """Returns what a solution in parts says in each of them, ``None`` where it has none."""
    return _in_parts(text, list(_PART_LINE.finditer(text)), whole=False)


def bare(text: str) -> str:
    """Returns a text without its bold marks."""
    return _BOLD.sub(r"\2", text)


def _in_parts(text: str, marks: list[re.Match[str]], *, whole: bool) -> list[str] | None:
    """Returns what stands behind the last marks that count from the first on."""
    names = [next(group for group in mark.groups() if group).lower() for mark in marks]
    starts = [place for place, name in enumerate(names) if name in ("a", "1", "i")]
    if not starts or (whole and (starts[0] or marks[0].start())):
        return None
    names, marks = names[starts[-1] :], marks[starts[-1] :]
    count = 0
    while count < len(names) and _number(names[count], roman=names[0] == "i") == count + 1:
        count += 1
    if not 1 < count <= _MOST_PARTS or (whole and count < len(names)):
        return None
    ends = [*(mark.start() for mark in marks[1:count]), len(text)]
    return [
        text[mark.end() : end].strip(" ,;\n") for mark, end in zip(marks[:count], ends, strict=True)
    ]


def _number(name: str, *, roman: bool) -> int:
    if roman:
        return _ROMAN.get(name, 0)
    return int(name) if name.isdigit() else ord(name[0]) - ord("a") + 1 if len(name) == 1 else 0


def _until_last_value(text: str) -> list[str]:
    """Returns the lines of a text up to the last that has a value."""
    lines = text.rstrip().split("\n")
    while lines and not _VALUED.search(lines[-1]):
        lines.pop()
    return lines


def _is_value(tree: Node | None, *, announced: bool) -> bool:
    if tree is None:
        return False
    if tree[0] == "rel":
        return (set(tree[1]) <= {"=", "~"} or len(tree[1]) == 1) and bool(variables(tree[2][0]))
    return announced or tree[0] not in ("unit", "text", "ratio")


def _of_table(table: Table) -> list[Named]:
    """Returns the values of a table: by the first of two columns, or by the heads of one row."""
    head = [_value(cell) for cell in table.head]
    rows = [[_value(cell) for cell in row] for row in table.rows]
    if len(rows) > MAX_ROWS:
        return []
    if len(head) == 2 and len(rows) > 1:
        found = [Named(_label(name), value) for name, value in rows]
    elif len(head) == 1 and len(rows) > 1:
        found = [Named("", row[0]) for row in rows]
    elif len(head) > 1 and len(rows) == 1:
        found = [Named(_label(name), value) for name, value in zip(head, rows[0], strict=True)]
    else:
        return []
    return found if all(_is_readable(one.value) for one in found) else []


def _is_readable(value: str) -> bool:
    return Answer(value).tree is not None or states(value)


def _label(text: str) -> str:
    return " ".join(re.findall(r"[^\W\d_]+", bare(text).lower()))


def _value(text: str) -> str:
    said = Answer.of(bare(text).strip().rstrip(",;"))
    counted = None if said.tree else _COUNTED.fullmatch(said.text)
    return counted[1] if counted else said.text
