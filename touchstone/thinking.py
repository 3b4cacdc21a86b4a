"""Separates a model's thinking from its answer, so that no thought is ever graded.

Knows the marks of Qwen and others (``<think>``, ``<thinking>``), of Nova
(``<|begin_internal_thought|>``, ``<|begin_of_solution|>``) and of gpt-oss
(``<|channel|>final<|message|>``). Takes time in proportion to the text's length, whatever it holds:
this is done before any grader has a say.
"""

from __future__ import annotations

import re

_OPEN = re.compile(r"<(think(?:ing)?|thought)>|<\|begin_internal_thought\|>", re.IGNORECASE)
_CLOSE = re.compile(r"</(?:think(?:ing)?|thought)>|<\|end_internal_thought\|>", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_FENCE_ALONE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*$", re.MULTILINE)
_SOLUTION = re.compile(r"<\|begin_of_solution\|>(.*?)(?:<\|end_of_solution\|>|\Z)", re.DOTALL)
_HARMONY = re.compile(r"<\|channel\|>\s*(\w++)[^<]*+<\|message\|>")
_HARMONY_END = re.compile(r"<\|(?:end|return|call|start)\|>.*", re.DOTALL)
_QUOTES = "'\"`"
_LINE = 500  # characters of a line that are looked at


def split_thinking(text: str) -> tuple[str, str]:
    """Splits a completion into what it answers and what it thought.

    A thought that never ends is all thinking; a thought whose beginning was part of the
    prompt ends at its mark. Marks that are quoted, or open inside a fenced block, are text.

    Returns:
        ``(answer, thinking)``; the answer of an unmarked text is the text itself.
    """
    if "<" not in text:
        return text, ""
    if "<|channel|>" in text:
        return _split_harmony(text)
    answer, thinking = _split_marks(text)
    solutions = _SOLUTION.findall(answer)
    if solutions:
        around = _SOLUTION.sub("", answer).strip()
        return solutions[-1].strip(), "\n".join(part for part in (thinking, around) if part)
    return answer, thinking


def _split_marks(text: str) -> tuple[str, str]:
    answer: list[str] = []
    thoughts: list[str] = []
    position = 0
    fences = _Fences(text)
    opened = _next_open(text, 0, fences)
    first_close = _first_close(text, opened.start() if opened else len(text))
    if first_close:
        thoughts.append(text[: first_close.start()])
        position = first_close.end()
        fences = _Fences(text)
        opened = _next_open(text, position, fences)
    while opened:
        answer.append(text[position : opened.start()])
        closed = _CLOSE.search(text, opened.end())
        thoughts.append(text[opened.end() : closed.start() if closed else len(text)])
        position = closed.end() if closed else len(text)
        opened = _next_open(text, position, fences)
    answer.append(text[position:])
    if not thoughts:
        return text, ""
    return "".join(answer).strip("\n"), "\n".join(part.strip() for part in thoughts)


class _Fences:
    """Finds fences from left to right and looks at no part of a text twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = _FENCE.search(text)

    def after(self, position: int) -> re.Match[str] | None:
        """Returns the first fence from ``position``, which must never be less than before."""
        if self._next is not None and self._next.start() < position:
            self._next = _FENCE.search(self._text, position)
        return self._next

    def closing(self, fence: re.Match[str]) -> re.Match[str] | None:
        """Returns the fence that ends the block that ``fence`` begins."""
        lines = _FENCE_ALONE.finditer(self._text, fence.end())
        return next((line for line in lines if line[1] == fence[1]), None)


def _next_open(text: str, start: int, fences: _Fences) -> re.Match[str] | None:
    """Finds the next opening mark that is neither quoted nor inside a fenced block."""
    position, opened = start, _OPEN.search(text, start)
    while opened:
        fence = fences.after(position)
        if fence and fence.start() < opened.start():
            end = fences.closing(fence)
            if end is None:
                return None
            position = end.end()
        elif text[opened.start() - 1 : opened.start()] in tuple(_QUOTES):
            position = opened.end()
        else:
            return opened
        if opened.start() < position:  # else it is still the next one
            opened = _OPEN.search(text, position)
    return None


def _first_close(text: str, end: int) -> re.Match[str] | None:
    """Finds, before ``end``, the mark of a thought whose beginning was part of the prompt.

    A mark is text where it is quoted, follows an opening mark on its line (a pattern, an
    example), or stands behind code on a line of a fenced block.
    """
    fences, block_end, open_ended = _Fences(text), 0, False
    for closed in _CLOSE.finditer(text, 0, end):
        before = text[max(0, closed.start() - _LINE) : closed.start()].rpartition("\n")[2]
        while (fence := fences.after(block_end)) and fence.start() < closed.start():
            closing = fences.closing(fence)
            open_ended = closing is None
            block_end = len(text) if closing is None else closing.end()
        inside = closed.start() < block_end and not open_ended and before.strip()
        quoted = text[closed.end() : closed.end() + 1] in tuple(_QUOTES)
        if not (inside or quoted or _OPEN.search(before)):
            return closed
    return None


def _split_harmony(text: str) -> tuple[str, str]:
    channels = list(_HARMONY.finditer(text))
    answer, thoughts = "", []
    for index, channel in enumerate(channels):
        end = channels[index + 1].start() if index + 1 < len(channels) else len(text)
        body = _HARMONY_END.sub("", text[channel.end() : end]).strip()
        if channel[1].lower() == "final":
            answer = body
        else:
            thoughts.append(body)
    return answer, "\n".join(thoughts)
