"""Boxes and other marked statements of an answer: where they are, and which are one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from touchstone.lazy import pattern
from touchstone.templates.math_reasoning.answer import Answer

# An answer before more statements than this is no final answer.
MAX_STATEMENTS = 200
# E.g. `\boxed{3}`, `\fbox{3}`, `\begin{boxed}`; not `boxed`
_BOX = pattern(
    r"\\(?:begin\s*\{?)?f?boxed\b|\\(?:begin)?f?boxed(?=\{)|\\f(?:rame)?box\b|(?<![\w\\])boxed(?=\{)"
)

# E.g. ` 42`; not `{}`
_BARE_BOX = pattern(r"\s*([-\w.]+)")
# E.g. `wait, no`, `so`, `x = 3`, `\implies`; not `and also,`
_TURN = pattern(
    r"\b(?:then|so|thus|therefore|hence|wait|actually|no|not|but|instead|however|is|was|hmm"
    r"|correction|mistake|sorry|later|final(?:ly)?|now|becomes?|gives?)\b"
    r"|[=≈]|\\Rightarrow|\\implies|->|→",
    re.IGNORECASE,
)
# E.g. `(b)`, `Part (b):`, `**b)**`; not `(x)`
_PART = pattern(r"(?:^|\n)\W{0,4}(?:Part[ ])?\(?[b-fB-F]\)(?=[^\n]{0,200}\Z)", re.IGNORECASE)
# E.g. ` and `, `\text{or}`
_GLUED = pattern(r"(?:\\text[a-z]*\{[^{}]*\}|\\[a-z]+(?![a-z])|\\.|[^\d{}\\#])*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """What says that it is the answer: what it says, how, and from where to where."""

    answer: Answer
    how: str
    start: int
    end: int


def last_matches(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Returns the last matches of a pattern, in their order."""
    return list(pattern.finditer(text))[-MAX_STATEMENTS:]


def boxes(text: str) -> list[Statement]:
    """Returns boxes, those that are only glued together as one."""
    single: list[Statement] = []
    closings = _closings(text)
    for match in last_matches(_BOX, text):
        content, end = _boxed(text, match.end(), closings)
        if content is None:
            continue
        if sign := re.match(r"\s?\$?\s?\\?%", text[end : end + 4]):
            content, end = content + r"\%", end + sign.end()
        if single and match.start() < single[-1].end:
            # A box in a box: the inner one says it.
            outer = single.pop()
            single.append(Statement(Answer(content.strip()), "box", outer.start, outer.end))
        else:
            single.append(Statement(Answer(content.strip()), "box", match.start(), end))
    groups: list[list[Statement]] = []
    for box in single:
        between = text[groups[-1][-1].end : box.start] if groups else ""
        if groups and (_glued(between) or _PART.search(between)):
            groups[-1].append(box)
        else:
            groups.append([box])
    return [_together(group) for group in groups]


def _together(boxes: list[Statement]) -> Statement:
    texts = dict.fromkeys(box.answer.text for box in boxes)
    return Statement(Answer(", ".join(texts)), "box", boxes[0].start, boxes[-1].end)


def _glued(between: str) -> bool:
    return (
        len(between) <= 60
        and "\n\n" not in between.strip("\n")
        and not _TURN.search(between)
        and bool(_GLUED.fullmatch(between))
    )


def _closings(text: str) -> dict[int, int]:
    """Returns where each opening brace is closed."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for match in re.finditer(r"(?<!\\)[{}]", text):
        if match[0] == "{":
            opened.append(match.start())
        elif opened:
            found[opened.pop()] = match.start()
    return found


def _boxed(text: str, at: int, closings: dict[int, int]) -> tuple[str | None, int]:
    """Returns what a box holds and where it ends; one that is never closed holds its line."""
    while at < len(text) and text[at] in " \n}":
        at += 1
    if at >= len(text) or text[at] != "{":
        match = _BARE_BOX.match(text, at)
        return (match[1], match.end()) if match else (None, at)
    if at in closings:
        return text[at + 1 : closings[at]], closings[at] + 1
    line = text[at + 1 : at + 600].split("\n", 1)[0]
    return line.rstrip("$ "), at + 1 + len(line)
