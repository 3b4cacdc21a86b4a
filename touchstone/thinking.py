"""Separates a model's thinking from its answer, so that no thought is ever graded.

Knows the marks of Qwen and others (``<think>``, ``<thinking>``), of Nova
(``<|begin_internal_thought|>``, ``<|begin_of_solution|>``) and of gpt-oss
(``<|channel|>final<|message|>``).
"""

from __future__ import annotations

import re

_OPEN = re.compile(r"<(think(?:ing)?|thought)>|<\|begin_internal_thought\|>", re.IGNORECASE)
_CLOSE = re.compile(r"</(?:think(?:ing)?|thought)>|<\|end_internal_thought\|>", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_SOLUTION = re.compile(r"<\|begin_of_solution\|>(.*?)(?:<\|end_of_solution\|>|\Z)", re.DOTALL)
_HARMONY = re.compile(r"<\|channel\|>\s*(\w+)[^<]*<\|message\|>")
_HARMONY_END = re.compile(r"<\|(?:end|return|call|start)\|>.*", re.DOTALL)
_QUOTES = "'\"`"


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
    first_open, first_close = _next_open(text, 0), _next_close(text, 0)
    if first_close and (first_open is None or first_close.start() < first_open.start()):
        thoughts.append(text[: first_close.start()])
        position = first_close.end()
    while opened := _next_open(text, position):
        answer.append(text[position : opened.start()])
        closed = _CLOSE.search(text, opened.end())
        thoughts.append(text[opened.end() : closed.start() if closed else len(text)])
        position = closed.end() if closed else len(text)
    answer.append(text[position:])
    if not thoughts:
        return text, ""
    return "".join(answer).strip("\n"), "\n".join(part.strip() for part in thoughts)


def _next_open(text: str, start: int) -> re.Match[str] | None:
    """Finds the next opening mark that is neither quoted nor inside a fenced block."""
    position = start
    while opened := _OPEN.search(text, position):
        fence = _FENCE.search(text, position)
        if fence and fence.start() < opened.start():
            closing = re.compile(rf"^[ \t]*{re.escape(fence[1])}[ \t]*$", re.MULTILINE)
            end = closing.search(text, fence.end())
            if end is None:
                return None
            position = end.end()
        elif text[opened.start() - 1 : opened.start()] in tuple(_QUOTES):
            position = opened.end()
        else:
            return opened
    return None


def _next_close(text: str, start: int) -> re.Match[str] | None:
    for closed in _CLOSE.finditer(text, start):
        if text[closed.end() : closed.end() + 1] not in tuple(_QUOTES):
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
