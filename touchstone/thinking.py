"""Separates a model's thinking from its answer, so that no thought is ever graded.

``MARKS`` names the marks of every family that is served; gpt-oss's channels
(``<|channel|>final<|message|>``) and Nova's block of the solution (``<|begin_of_solution|>``) are
read besides. Marks of a user's own go before them (the setting ``thinking_marks``). Takes time in
proportion to the text's length, whatever it holds: this is done before any grader has a say.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

# Marks of a user's own, word for word: what stands before a thought and what stands after it.
Pairs = Sequence[tuple[str, str]]


class Marks(NamedTuple):
    """How models mark a thought in their text.

    Attributes:
        opening: Pattern of the mark before it.
        closing: Pattern of the mark after it.
        leads: Is a thought only where no answer stands before it: the same tag is an ordinary
            one of XML.
    """

    opening: str
    closing: str
    leads: bool = False


MARKS = {
    # Qwen, DeepSeek and what is distilled of them (Llama, Mistral, Nemotron); Claude and Nova
    # where a prompt asks for it; Seed-OSS with its name before the word.
    "think": Marks(r"<(?:seed:)?think(?:ing)?>", r"</(?:seed:)?think(?:ing)?>"),
    "thought": Marks(r"<thought>", r"</thought>", leads=True),
    "nova": Marks(r"<\|begin_internal_thought\|>", r"<\|end_internal_thought\|>"),
    "cohere": Marks(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
    "mistral": Marks(r"(?-i:\[THINK\])", r"(?-i:\[/THINK\])"),
    # gpt-oss, as Bedrock writes its analysis into the content; the prompts of GRPO demos.
    "reasoning": Marks(r"<reasoning>", r"</reasoning>", leads=True),
}


_KNOWN_SIGNS = ("<", "THINK]")  # without one of these a text holds none of MARKS


class _Patterns:
    """The marks that a text is read by, as patterns."""

    def __init__(self, own: Pairs) -> None:
        named = {
            f"own{at}": Marks(_as_it_is(opening), _as_it_is(closing))
            for at, (opening, closing) in enumerate(own)
        }
        marks = named | MARKS
        self.signs = (*_KNOWN_SIGNS, *(mark for pair in own for mark in pair))
        self.open = _any_of({name: of.opening for name, of in marks.items()})
        self.close = _any_of({name: of.closing for name, of in marks.items()})
        self.closes = {n: re.compile(of.closing, re.IGNORECASE) for n, of in marks.items()}
        self.leads = {
            name: re.compile(of.opening, re.IGNORECASE) for name, of in marks.items() if of.leads
        }


def _as_it_is(mark: str) -> str:
    return f"(?-i:{re.escape(mark)})"


def _any_of(patterns: Mapping[str, str]) -> re.Pattern[str]:
    named = (f"(?P<{name}>{pattern})" for name, pattern in patterns.items())
    return re.compile("|".join(named), re.IGNORECASE)


@lru_cache
def _patterns(*own: tuple[str, str]) -> _Patterns:
    return _Patterns(own)


_KNOWN = _patterns()
_BLANK = re.compile(r"\s*+")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})", re.MULTILINE)
_FENCE_ALONE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*$", re.MULTILINE)
_SOLUTION = re.compile(r"<\|begin_of_solution\|>(.*?)(?:<\|end_of_solution\|>|\Z)", re.DOTALL)
_HARMONY = re.compile(r"<\|channel\|>\s*(\w++)[^<]*+(?:<\|constrain\|>[^<]*+)?<\|message\|>")
_HARMONY_END = re.compile(r"<\|(?:end|return|call|start)\|>.*", re.DOTALL)
# A tokenizer that drops special tokens leaves only the words of gpt-oss's marks.
_BARE_ANALYSIS, _BARE_FINAL = "analysis", "assistantfinal"
_QUOTES = "'\"`\u2018\u2019\u201c\u201d\u00ab\u00bb"
# What stands right behind a closing mark that a sentence speaks of.
_SPOKEN = _QUOTES + ".,;:)]"
# A quotation mark, and whether it can begin a string: of code (r'...'), not a word's apostrophe.
_QUOTE = re.compile(r"(?P<begins>(?<!\w)[rbfuRBFU]{0,2})?(['\"])")
_LINE = 500  # characters of a line that are looked at


def split_thinking(text: str, own: Pairs = ()) -> tuple[str, str]:
    """Splits what a model said into what it answers and what it thought.

    A thought that never ends is all thinking; a thought whose beginning was part of the
    prompt ends at its mark. A thought leads to an answer: what is marked as one behind the last
    of the answer is text, or a reader would see what no grader does. Marks that are quoted, or
    open inside a fenced block, are text too.

    Args:
        text: What it said.
        own: Further marks that it thinks between.

    Returns:
        ``(answer, thinking)``; the answer of an unmarked text is the text itself.
    """
    if "<|channel|>" in text:
        return _split_harmony(text)
    if text.startswith(_BARE_ANALYSIS) and _BARE_FINAL in text:
        thought, _, answer = text.removeprefix(_BARE_ANALYSIS).partition(_BARE_FINAL)
        return answer.strip(), thought.strip()
    marks = _patterns(*own)
    if not any(sign in text for sign in marks.signs):
        return text, ""
    answer, thinking = _split_marks(text, marks)
    solutions = list(_SOLUTION.finditer(answer))
    if not solutions:
        return answer, thinking
    last = solutions[-1]
    before = _SOLUTION.sub("", answer[: last.start()]).strip()
    said = "\n".join(part for part in (last[1].strip(), answer[last.end() :].strip()) if part)
    return said, "\n".join(part for part in (thinking, before) if part)


def begins_with_thought(text: str) -> bool:
    """Tells whether a text opens with a mark of thinking, blanks aside."""
    return bool(_KNOWN.open.match(text, _after_blanks(text, 0))) or text.startswith("<|channel|>")


def _split_marks(text: str, marks: _Patterns) -> tuple[str, str]:
    answer: list[str] = []
    thoughts: list[str] = []
    position = 0
    # Up to where a mark that leads may stand: behind blanks, until an answer has begun.
    lead = _after_blanks(text, 0)
    fences = _Fences(text)
    leading = {n: found.start() for n, of in marks.leads.items() if (found := of.search(text))}
    # Parts of the answer and thoughts up to where the answer last went on, and that place.
    answered: tuple[int, int, int] | None = None
    while True:
        opened = _next_open(text, position, fences, lead, marks)
        end = opened.start() if opened else len(text)
        stray = _last_close(text, position, end, fences, leading, marks)
        if stray:
            thoughts.append(text[position : stray.start()])
            position = stray.end()
            lead = _after_blanks(text, position)
            opened = _next_open(text, position, fences, lead, marks)
        if opened is None:
            break
        answer.append(text[position : opened.start()])
        if answer[-1].strip():
            answered = len(answer), len(thoughts), opened.start()
        closed = marks.closes[str(opened.lastgroup)].search(text, opened.end())
        thoughts.append(text[opened.end() : closed.start() if closed else len(text)])
        position = closed.end() if closed else len(text)
        lead = _after_blanks(text, position) if opened.start() <= lead else -1
    if answered and not text[position:].strip():
        parts, led, position = answered
        del answer[parts:], thoughts[led:]
    answer.append(text[position:])
    if not thoughts:
        return text, ""
    return "".join(answer).strip("\n"), "\n".join(part.strip() for part in thoughts)


def _after_blanks(text: str, position: int) -> int:
    blanks = _BLANK.match(text, position)
    return blanks.end() if blanks else position


class _Fences:
    """Where fences of code stand."""

    def __init__(self, text: str) -> None:
        self._all = list(_FENCE.finditer(text))
        self._starts = [fence.start() for fence in self._all]
        self._alone = list(_FENCE_ALONE.finditer(text))
        self._alone_starts = [fence.start() for fence in self._alone]

    def after(self, position: int) -> re.Match[str] | None:
        """Returns the first fence from ``position``."""
        index = bisect_left(self._starts, position)
        return self._all[index] if index < len(self._all) else None

    def closing(self, fence: re.Match[str]) -> re.Match[str] | None:
        """Returns the fence that ends the block that ``fence`` begins."""
        index = bisect_left(self._alone_starts, fence.end())
        lines = map(self._alone.__getitem__, range(index, len(self._alone)))
        return next((line for line in lines if line[1] == fence[1]), None)


def _next_open(
    text: str, start: int, fences: _Fences, lead: int, marks: _Patterns
) -> re.Match[str] | None:
    """Finds the next opening mark that is neither quoted, nor fenced, nor too late to lead."""
    position, opened = start, marks.open.search(text, start)
    while opened:
        fence = fences.after(position)
        if fence and fence.start() < opened.start():
            end = fences.closing(fence)
            if end is None:
                return None
            position = end.end()
        elif (
            text[opened.start() - 1 : opened.start()] in tuple(_QUOTES)
            or (opened.lastgroup in marks.leads and opened.start() > lead)
            or _in_string(text, start, opened)
        ):
            position = opened.end()
        else:
            return opened
        if opened.start() < position:  # else it is still the next one
            opened = marks.open.search(text, position)
    return None


def _last_close(
    text: str,
    start: int,
    end: int,
    fences: _Fences,
    leading: Mapping[str, int],
    marks: _Patterns,
) -> re.Match[str] | None:
    """Finds the last mark in a part of the text that ends a thought which no mark there begins.

    Its beginning was part of the prompt, or the model thought on behind the first end. A mark is
    text where it is quoted or spoken of, follows an opening mark on its line (a pattern, an
    example), or stands behind code on a line of a fenced block. One that leads is text behind
    any opening mark of its own, the first of which is at ``leading``.
    """
    found: list[re.Match[str]] = []
    block_end, open_ended = start, False
    for closed in marks.close.finditer(text, start, end):
        while (fence := fences.after(block_end)) and fence.start() < closed.start():
            closing = fences.closing(fence)
            open_ended = closing is None
            block_end = len(text) if closing is None else closing.end()
        inside = closed.start() < block_end and not open_ended and _behind_code(text, closed)
        spoken = text[closed.end() : closed.end() + 1] in tuple(_SPOKEN)
        closes_tag = closed.start() > leading.get(str(closed.lastgroup), len(text))
        if not (inside or spoken or closes_tag):
            found.append(closed)
    ending = (mark for mark in reversed(found) if not _in_example(text, start, mark, marks))
    return next(ending, None)


def _behind_code(text: str, mark: re.Match[str]) -> bool:
    before = text[max(0, mark.start() - _LINE) : mark.start()].rpartition("\n")[2]
    return bool(before.strip())


def _in_example(text: str, start: int, closed: re.Match[str], marks: _Patterns) -> bool:
    before = text[max(start, closed.start() - _LINE) : closed.start()].rpartition("\n")[2]
    return bool(marks.open.search(before)) or _in_string(text, start, closed)


def _in_string(text: str, start: int, mark: re.Match[str]) -> bool:
    """Tells whether a mark stands in a string of code that begins and ends on its line."""
    after = text[mark.end() : mark.end() + _LINE].partition("\n")[0]
    if "'" not in after and '"' not in after:
        return False
    before = text[max(start, mark.start() - _LINE) : mark.start()].rpartition("\n")[2]
    quote = ""
    for found in _QUOTE.finditer(before):
        if quote == found[2]:
            quote = ""
        elif not quote and found["begins"] is not None:
            quote = found[2]
    return bool(quote) and quote in after


def _split_harmony(text: str) -> tuple[str, str]:
    channels = list(_HARMONY.finditer(text))
    answer, thoughts = "", []
    if channels:
        # What stands before the first channel that is named here was begun in the prompt.
        begun = _HARMONY_END.sub("", text[: channels[0].start()]).strip()
        thoughts += [begun] if begun else []
    for index, channel in enumerate(channels):
        end = channels[index + 1].start() if index + 1 < len(channels) else len(text)
        body = _HARMONY_END.sub("", text[channel.end() : end]).strip()
        if answer or channel[1].lower() == "final":  # what comes behind an answer leads to none
            answer = f"{answer}\n{body}".strip()
        else:
            thoughts.append(body)
    return answer, "\n".join(thoughts)
