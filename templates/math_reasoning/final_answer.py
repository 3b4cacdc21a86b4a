# ruff: noqa: RUF001, RUF003 - typography is what it reads
r"""Finds the final answer of a solution, as a careful human would.

Statements that say so come first, and the last of them counts: ``\boxed{...}``,
``<answer>...</answer>``, ``#### ...``, ``A: ...``, ``the answer is ...``. Boxes joined by a comma
or an "and" are one answer of several values. Statements that follow each other with nothing but a
few words between are alternatives: when they differ, it is a shotgun. Without a statement, it is
the last bold text with a number in it, or the last line that has a value: what it is as a whole,
what follows its last equals sign, its last formula, its last number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from touchstone.lazy import pattern
from touchstone.scoring.amounts import in_yuan
from touchstone.scoring.locales import LOCALES, Code, ascii_digits, guess
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.boxes import MAX_STATEMENTS, Statement, boxes, last_matches
from touchstone.templates.math_reasoning.denials import denied, put_aside, untrue
from touchstone.templates.math_reasoning.formulas import last_display
from touchstone.templates.math_reasoning.kinds import (
    is_yes_or_no,
    named_values,
    states,
)
from touchstone.templates.math_reasoning.layouts import begins_table, closing_list, listed
from touchstone.templates.math_reasoning.lines import (
    CODE,
    VALUED,
    VERB,
    number_in,
    part_of,
    value_in,
)
from touchstone.templates.math_reasoning.phrases import (
    BEFORE,
    CHOSEN,
    CLAUSE_END,
    ELSEWHERE,
    HEADING,
    KEYED,
    OPENING,
    OR,
    PHRASE,
    REASON,
    UNFINISHED,
)
from touchstone.templates.math_reasoning.remarks import corrected, doubt_in, settled
from touchstone.templates.math_reasoning.tokens import mended
from touchstone.templates.math_reasoning.units import (
    is_unit,
)
from touchstone.templates.math_reasoning.wording import in_figures

# An answer further from the end than this, in characters, is no final answer.
MAX_SEARCHED = 20_000
MAX_GRID = 9000
MAX_ROWS = 100
# E.g. `The answer is correct`, `This is right`; not `The argument is valid`
_JUDGED = pattern(
    r"\b(?:answer|solution|result|response|work|calculation|proof|it|this|that|all|everything)\b",
    re.IGNORECASE,
)
_VERDICTS = {
    "answer", "correct", "incorrect", "wrong", "right", "valid", "complete", "not", "richtig",
    "korrekt", "falsch", "correcte", "exacte", "exact", "fausse", "correcta", "correcto",
    "incorrecta", "correta", "correto", "certa", "errada", "corretta", "giusta", "sbagliata",
    "верно", "верен", "правильный", "правильно", "неверно", "đúng", "sai",
}  # fmt: skip
# E.g. `12<|im_end|>and more`; not `12 <|> 13`
_CHAT_MARK = pattern(r"<\|(?:im_start|im_end|endoftext|eot_id|end|return)\|>.*", re.DOTALL)
# E.g. `<answer>42</answer>`, `<final_answer> 42`; not `the answer 42`
_TAG = pattern(
    r"<(?:final[_ ]?answer|answer|final|solution)>(.*?)"
    r"(?:</(?:final[_ ]?answer|answer|final|solution)>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# E.g. `#### 42`; not `## 42`, `##### 42`
_HASHES = pattern(r"(?:^|(?<=\s))#{4}(?!#)\s*(.+?)\s*$", re.MULTILINE)
# E.g. `A: 42`, `**Ans:** 42`; not `AB: 42`
_LETTER = pattern(r"^\s*(?:\*\*)?(?:A|Ans)(?:\*\*)?:(?:\*\*)?[ \t]*(.+?)\s*$", re.MULTILINE)
# E.g. `. I hope it is correct.`, `12. This follows from`; not `12.5`
_HOPE = pattern(
    r"\s*\.?\s*I hope (?:it|this) is correct\b.*"
    r"|\s*\.\s+(?:This|Note|The|Please|Let|So|Thus|Therefore|Hence|If|We|You|In|It|And|Final)\b.*",
    re.DOTALL,
)
# E.g. `so **42** eggs`; not `2 ** 3`
_BOLD = pattern(r"(?<![\w)])\*\*(?=\S)([^*\n]{1,120})(?<=\S)\*\*(?!\w)")
# E.g. `but actually`, `hmm`, `x = 3`, `let me verify`; not `and also,`
_REASONED = pattern(
    r"[=≈<>]|#{2,}|\b(?:wait|actually|instead|however|but|hmm|correct(?:ion|ing)?|mistake|sorry"
    r"|recheck|check|verify|because|since)\b",
    re.IGNORECASE,
)
# E.g. `So it is. Then`, `Done! $x$`, `24. Итак`; not `e.g. this`
_SENTENCE_END = pattern(r"(?<=[.!?])\s+(?=[A-ZÀ-ÖØ-ÞĐĄ-ŻА-ЯЁ¿¡$\\(])")
# E.g. `Confidence: 10%`, `**Time taken:** 3 s`, `Note: at 5%`; not `Answer: 10`, `Note that 5`
_ASIDE = pattern(
    r"\W{0,4}(?:(?:confidence|certainty|time taken|word count)\b"
    r"|(?:note|remark|(?:double[- ])?check|verification|hinweis|probe|remarque|vérification"
    r"|nota|comprobación|verificação|verifica|примечание|проверка|lưu ý|kiểm tra"
    r"|注意?|备注|验算|検算|확인|검산)"
    r"\W{0,3}[:：])",
    re.IGNORECASE,
)
# E.g. `4 5`, `-1.5 2`; not `1`, `a b`
_ROW = r"[ \t]{0,9}-?\d+(?:\.\d+)?(?:[ \t]+-?\d+(?:\.\d+)?)+[ \t]*"
# E.g. `7`; not `7 8`
_ONE = r"[ \t]{0,9}-?\d+(?:\.\d+)?[ \t]*"
# E.g. `[[1, 2],\n [3, 4]]`, `[1, 2]`; not `[1](x)`
_LIST = r"\[[\[\]\d\s,.'\"-]{2,9000}\]"
# Rows and lists as they stand alone, also in a fence; a single column only there.
# E.g. `1 2⏎3 4`, `[[1, 2]]`, `[1, 2]`; not `x`, `12`
_BLOCK = pattern(
    rf"\s*```[a-z]{{0,9}}\n(?:{_ONE}\n)+```"
    rf"|(?:\s*```[a-z]{{0,9}})?\s*(?:(?:{_ROW}(?:\n|\Z))+|{_LIST})\s*(?:```)?"
)
# E.g. the beginning of ` 1 2`, of `[[1, 2]]` and of a fence; not of `x 1`
_GRID_START = pattern(r"```|(?<![^\n])(?=[ \t]{0,9}[-\d\[])")
# E.g. `:⏎1⏎2⏎3`; not `:⏎1⏎2`, `1 2 3`
_COLUMN = pattern(rf"\s*\n(?:{_ONE}(?:\n|\Z)){{3,}}")
# E.g. `the fastest is **Evelyn**.`; not `**Evelyn** is`, `is **42**`
_NAMED_BOLD = pattern(
    r"\b(?:is|are|was|were|called|on)\s(?:an?\s"
    r"|the\s)?\*\*([^\W\d_][^*\n\d\\$]{0,40})\*\*[.!]?\s?\Z"
)
# E.g. the mark of `- Left: 12`; not that of `- 12`
_MARKER = pattern(r"^[ \t]{0,9}[-*•][ \t]{1,9}(?=\W{0,4}[^\W\d_]{2})")
# E.g. ` $\blacksquare$`, ` ∎`, ` QED`; not `\square + 1`
_DONE = pattern(r"\s{0,2}(?:\$?\\(?:blacksquare|square|qed|Box)\$?|[■□∎]|Q\.?E\.?D\.?)\s{0,2}\Z")
# E.g. `achieved when the triangle is `; not `when n = 2, it is `
_CONDITION = pattern(r"\b(?:when|where|if|because|since|for which)\s[^,]{0,60}\Z")
_VALUE = r"(-?\d[\d.,]*+(?:/\d+)?)"
# E.g. `24 (25)`, `0.5 [1/2]`, `24 (or 25)`, `(24) 25`; not `24 (apples)`, `24(25)`, `(1) 25`
_BRACKETED = pattern(
    rf"{_VALUE}\s[(\[](?:(?:{OR}|maybe|perhaps)\s)?{_VALUE}[)\]]\.?"
    rf"|[(\[](?!1[)\]]){_VALUE}[)\]]\s{_VALUE}\.?"
)
# E.g. `It is 15. (He had 12 before.)`, `15⏎*(40 + 30)*`; not `It is. (x + 1)`, `f (Ann)`
_BESIDE = pattern(
    r"(?<=[.!])\s\([A-Z][^()]{3,200}[.!]\)\Z|(?<=\S)\n\s?[*_]{0,2}\([^()\n]{3,200}\)[*_]{0,2}\Z"
)
# E.g. `Alice is the tallest`, `Bob won the race`; not `It is the tallest`, `Alice is tall`
_SUBJECT = pattern(
    r"(?!(?:It|He|She|They|We|This|That|There|Here|Which|What|The|Answer)\b)"
    r"([A-Z][^\W\d_]{1,30})\s(?:is|was|has|had|won|wins)\s(?:the|a)\s[^A-Z\d]{2,50}"
)
# E.g. `is a Monday`, `are isosceles`, `falls on a Friday`; not `is 42`, `this Monday`
_CALLED = pattern(
    r".{0,60}\b(?:is|are|be|was|falls on|fall on|fell on)\s"
    r"(?:(?:an?|the|on|called)\s)?([^\W\d_]{3,30})\.?"
)
# E.g. the exponent of `см$^2$`; not of `$x^2$`
_RAISED = pattern(r"(?<=[^\W\d_])\$\^\{?(-?\d)\}?\$")
# E.g. the mark between two numbers, `1∶2`; none behind a word
_RATIO = pattern(r"(?<=\d)\s?[：∶]\s?(?=\d)")
_WIDE = str.maketrans("＝＋－％٪٫", "=+-%%.")
# A decimal comma before a word, of a language that has one.
# E.g. `2,5 Stunden`, `0,75 кг`; not `2,500 Stunden`, `(2,5)`, `2, 5`
_DECIMAL_COMMA = pattern(
    r"(?<![\d.,])(\d{1,4}),(\d{1,2}|\d{4,9})(?=\s?(?:[^\W\d_]{2}|[gmlshLNWV](?![^\W\d_])))"
)
# E.g. `66,67 %`, `12,5 €`; not `1,250 €`
_PERCENT_COMMA = pattern(r"(?<![\d.,])(\d{1,4}),(\d{1,2})(?=\s?[%€])")
# The unit of a calculation, as schools write it.
# E.g. `= 16 (quyển)`, `24 (cm²)`; not `2 (x + 1)`
_UNIT_IN_BRACKETS = pattern(r"(?<=[\d$])\s?[(（]([^\W\d_]{1,12}\.?[²³]?)[)）]")


@dataclass(frozen=True, slots=True)
class Found:
    """A final answer.

    Attributes:
        answer: The answer alone; several values are joined by commas.
        how: What it was found by: ``box``, ``tag``, ``hashes``, ``phrase``, ``bold``, ``line``,
            ``whole``, ``number`` or ``nothing``.
        start: Where in the completion its statement begins; the working is what comes before.
        others: Different answers stated beside it: with any, the completion hedges.
    """

    answer: Answer
    how: str
    start: int = 0
    others: tuple[str, ...] = ()


def find_answer(
    completion: str, same: Callable[[Answer, Answer], bool], locale: Code | None = None
) -> Found:
    """Returns the final answer of a completion.

    Args:
        completion: The text, without thinking.
        locale: The language whose numbers it writes; told by its words where none is given.
        same: Whether two answers are the same, to tell a restatement from a second answer.
    """
    text = _DONE.sub("", _CHAT_MARK.sub("", mended(completion[-MAX_SEARCHED:])))
    text = _UNIT_IN_BRACKETS.sub(_unbracketed, ascii_digits(text))
    text = in_yuan(_RATIO.sub(":", _RAISED.sub(r"^\1", text)).translate(_WIDE))
    comma = LOCALES[locale or guess(text)].decimal == ","
    text = _PERCENT_COMMA.sub(r"\1.\2", text)
    if comma:
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    doubt = doubt_in(text)
    sure = text[: doubt.start] + text[doubt.end :] if doubt else text
    statements = _statements(sure)
    found = _last_of(statements, sure, same) if statements else _unstated(settled(sure))
    if statements and (instead := corrected(sure[statements[-1].end :])):
        said = _unstated(settled(instead))
        found = said if said.answer.text else found
    other = None if statements else _doubled(text)
    if doubt and (second := value_in(doubt.said, leading=True)):
        other = second, found.answer
    if other and not same(*other):
        found = replace(found, others=(other[0].text,))
    if comma and found.answer.text:
        return replace(found, answer=replace(found.answer, comma=True))
    return found


def _statements(text: str) -> list[Statement]:
    found = boxes(text)
    boxed = [(s.start, s.end) for s in found]
    for marked, how in ((_TAG, "tag"), (_HASHES, "hashes"), (_LETTER, "phrase")):
        for match in last_matches(marked, text):
            # A tag around a box is one statement, the box's.
            heading = how == "hashes" and HEADING.match(f"{match[0].strip()}\n")
            if match[1].strip() and not heading and not _touches(match, boxed):
                said = _without_phrase(match[1])
                found.append(Statement(said, how, match.start(), match.end()))
    taken = [(s.start, s.end) for s in found]
    for match in sorted(_phrases(text), key=lambda match: match.start()):
        if _touches(match, taken) or denied(match[0].rstrip()) or untrue(text[: match.start()]):
            continue
        if begins_table(text[match.end() :]):
            continue  # which of its values counts, the reference says
        raw = _after_phrase(text, match.end())
        answer = None if _labelled(match, raw) else value_in(raw, leading=True)
        end = match.end() + len(CLAUSE_END.split(raw, maxsplit=1)[0])
        if answer and (_is_verdict(answer) or _opens_working(match, raw, answer)):
            continue
        if answer and not any(match.end() <= box < end + 3 for box, _ in boxed):
            taken.append((match.start(), match.end()))
            found.append(Statement(answer, "phrase", match.start(), end))
    found += _headed(text, taken, boxed)
    for match in (m for one in (BEFORE, CHOSEN, KEYED) for m in last_matches(one, text)):
        said = next(group for group in match.groups() if group)
        if denied(text[max(0, match.start() - 40) : match.start()]):
            continue
        if not _touches(match, taken) and (answer := value_in(said, leading=True)):
            found.append(Statement(answer, "phrase", match.start(), match.end()))
    return sorted(found, key=lambda s: s.start)


def _headed(
    text: str, taken: list[tuple[int, int]], boxed: list[tuple[int, int]]
) -> list[Statement]:
    """Returns what stands alone below a heading such as ``**Final Answer**``."""
    found: list[Statement] = []
    for match in last_matches(HEADING, text):
        line = text[match.end() :].split("\n", 1)[0]
        values = listed(text[match.end() :], announced=True)
        said, end = Answer.of(values or line), match.end() + len(line)
        if not values and _MARKER.match(line):
            continue  # named values: which of them counts, the reference says
        within = any(match.end() <= box < end for box, _ in boxed)
        if not _touches(match, taken) and not within and (said.tree or states(said.text)):
            found.append(Statement(said, "phrase", match.start(), end))
    return found


def _phrases(text: str) -> list[re.Match[str]]:
    return [*last_matches(PHRASE, text), *last_matches(ELSEWHERE, text)]


def _labelled(match: re.Match[str], raw: str) -> bool:
    """Whether the next line says something of its own, ``Confidence: 10%``."""
    return "\n" in match[0] and re.match(r"(?:[-*•]\s)?[A-Z][a-z]+:\s", raw) is not None


def _without_phrase(text: str) -> Answer:
    """Returns what a marked statement says: ``The answer is 10.`` is 10."""
    match = PHRASE.match(text.strip()) or ELSEWHERE.match(text.strip())
    inner = value_in(text.strip()[match.end() :], leading=True) if match else None
    return inner or Answer.of(text)


def _touches(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    return any(match.start() < end and start < match.end() for start, end in spans)


def _after_phrase(text: str, start: int) -> str:
    """Returns what "the answer is" is followed by, before the next sentence."""
    for shape in (_BLOCK, _COLUMN):
        block = shape.match(text, start - 1 if text[start - 1] == "\n" else start)
        if block and _unfenced(block[0]).count("\n"):
            return _unfenced(block[0])
    if said := listed(text[start:].lstrip("\n"), announced=True):
        return said
    line = text[start : start + 2000].split("\n\n", 1)[0]
    opening = re.match(r"\s*(?:\$\$|\\\[)", line)
    if opening is None:
        line = (
            line.split("\n", 1)[0]
            if line.strip() and not line.startswith("\n")
            else line.strip("\n").split("\n", 1)[0]
        )
    return _HOPE.sub("", line)


def _last_of(
    statements: list[Statement], text: str, same: Callable[[Answer, Answer], bool]
) -> Found:
    last = statements[-1]
    others: list[str] = []
    end = last
    for before in reversed(statements[-MAX_STATEMENTS:-1]):
        between = text[before.end : end.start]
        apart = put_aside(text[before.start : end.start])
        if apart or len(between.strip()) > 80 or _REASONED.search(between):
            break
        if "then" in between.split():
            break
        said = before.answer
        if len(others) < 5 and said.text not in others and not same(said, last.answer):
            others.append(said.text)
        end = before
    return Found(last.answer, last.how, end.start, tuple(others))


def _doubled(text: str) -> tuple[Answer, Answer] | None:
    """Returns the number that a text ends with and the one in brackets behind it, if so it does."""
    *_, last = text.rstrip()[-200:].split("\n")
    said = VERB.split(last.replace("**", ""))[-1].rpartition(":")[2]
    match = _BRACKETED.fullmatch(said.strip())
    first, second = (value for value in match.groups() if value) if match else ("", "")
    return (Answer(first), Answer(second)) if match else None


def _unstated(text: str) -> Found:
    text = _BESIDE.sub("", text.rstrip())
    stripped = text.strip()
    if not stripped or UNFINISHED.search(stripped[-40:]):
        return Found(Answer(""), "nothing")
    if named := _NAMED_BOLD.search(stripped[-200:]):
        return Found(Answer.of(named[1]), "bold", max(0, text.rfind("\n")))
    values, start = closing_list(stripped)
    if values and start == 0:
        return Found(Answer(values), "line")
    whole = Answer.of(stripped)
    lines = "\n" in stripped
    # Of named values on lines of their own the last may be the answer: the reference says.
    named = lines and (stripped.startswith(("- ", "* ", "• ")) or named_values(stripped))
    stated = not named and (whole.tree or states(stripped))
    if len(stripped) <= 300 and (stated or (not lines and len(stripped) <= 40)):
        return Found(part_of(stripped) or _called(stripped) or whole, "whole")
    if grid := _last_grid(stripped):
        return Found(Answer(grid), "grid")
    if yes := _reasoned_yes(stripped):
        return Found(yes, "line")
    if called := _called(stripped):
        return Found(called, "line")
    if shown := last_display(stripped):
        return Found(shown[0], "line", shown[1])
    if found := Found(Answer(values), "line", start) if values else _in_lines(text):
        return found
    last = Answer.of(stripped.split("\n")[-1])
    value = None if re.search(r"\d", last.text) or CODE.search(last.text) else number_in(last)
    if value:
        return Found(value, "line", max(text.rfind("\n"), 0))
    return Found(last, "whole" if "\n" not in stripped else "nothing")


def _in_lines(text: str) -> Found | None:
    """Returns the value of the last line that has one."""
    start = len(text)
    for line in reversed(text.split("\n")):
        start -= len(line) + 1
        if _ASIDE.match(line):
            continue
        bold = [m for m in _BOLD.finditer(line) if re.search(r"[\d\\$]", m[1])]
        if bold:
            value = part_of(bold[-1][1])
            if value:
                return Found(value, "bold", max(start, 0) + 1)
        for sentence in reversed(_SENTENCE_END.split(_MARKER.sub("", line))):
            valued = VALUED.search(sentence) or VALUED.search(in_figures(sentence))
            value = part_of(sentence.strip()) if valued else None
            if value:
                return Found(value, "line", max(start, 0) + 1)
    return None


def _reasoned_yes(text: str) -> Answer | None:
    """Returns the yes or no that a text opens with, where only its reason follows."""
    match = re.match(r"\W{0,4}[^\W\d_]+", text)
    first = Answer.of(match[0]) if match else None
    if match is None or first is None or not is_yes_or_no(first.text):
        return None
    return first if REASON.match(text[match.end() :].lstrip("*")) else None


def _last_grid(text: str) -> str:
    """Returns the rows or lists of numbers that a text ends with; ``""``: there are none."""
    end = text[-MAX_GRID:]
    starts = [match.start() for match in _GRID_START.finditer(end)]
    for start in starts[-MAX_ROWS:]:
        block = _BLOCK.fullmatch(end, start)
        if block and _unfenced(block[0]).count("\n"):
            return _unfenced(block[0])
    return ""


def _called(text: str) -> Answer | None:
    """Returns what a single sentence calls something, ``So it is a Monday``."""
    if len(text) > 80 or re.search(r"\d", in_figures(text)):
        return None
    if opening := OPENING.match(text):
        text = text[opening.end() :]
    if subject := _SUBJECT.fullmatch(text):
        return Answer(subject[1])
    match = _CALLED.fullmatch(text)
    before = text[: match.start(1)] if match else ""
    if match is None or denied(before) or _CONDITION.search(before):
        return None
    judged = match[1].lower() in _VERDICTS and _JUDGED.search(text)
    return None if judged else Answer(match[1])


def _unfenced(block: str) -> str:
    return re.sub(r"```\w*", "", block).strip()


def _opens_working(match: re.Match[str], raw: str, answer: Answer) -> bool:
    """Whether ``Solution:`` is a heading: a sentence follows rather than the answer alone."""
    if not re.search(r"solution\s*(?:\*\*)?\s*:", match[0], re.IGNORECASE):
        return False
    words = re.findall(r"[^\W\d_]{2,}", raw)
    return len(words) > 4 and (answer.tree is None or Answer.of(raw) != answer)


def _is_verdict(answer: Answer) -> bool:
    """Whether "the solution provided is correct" judges an answer rather than gives one."""
    return answer.text.lower() in _VERDICTS


def _unbracketed(match: re.Match[str]) -> str:
    known = not match[1].isascii() or is_unit(match[1])
    return f" {match[1]}" if known else match[0]
