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
from touchstone.scoring.amounts import read_number
from touchstone.scoring.locales import LOCALES, Code, ascii_digits, guess
from touchstone.scoring.numerals import digits
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.boxes import MAX_STATEMENTS, Statement, boxes, last_matches
from touchstone.templates.math_reasoning.denials import denied, offered, put_aside, untrue
from touchstone.templates.math_reasoning.evaluate import variables
from touchstone.templates.math_reasoning.formulas import FORMULA, last_display, of_formulas
from touchstone.templates.math_reasoning.kinds import (
    is_yes_or_no,
    named_values,
    says_nothing,
    states,
)
from touchstone.templates.math_reasoning.layouts import begins_table, closing_list, listed
from touchstone.templates.math_reasoning.phrases import (
    BEFORE,
    CHOSEN,
    CLAUSE_END,
    CONCLUSION,
    COUNTED,
    EASTERN_SCALES,
    ELSEWHERE,
    HEADING,
    KEYED,
    NEARLY,
    OPENING,
    OR,
    PHRASE,
    REASON,
    RISKY,
    UNFINISHED,
)
from touchstone.templates.math_reasoning.remarks import corrected, doubt_in, settled
from touchstone.templates.math_reasoning.shapes import assigned
from touchstone.templates.math_reasoning.tokens import mended
from touchstone.templates.math_reasoning.tree import Node
from touchstone.templates.math_reasoning.units import (
    CURRENCIES,
    MULTIPLIERS,
    is_unit,
    with_symbols,
)
from touchstone.templates.math_reasoning.wording import in_figures, spelled

# An answer further from the end than this, in characters, is no final answer.
MAX_SEARCHED = 20_000
MAX_GRID = 9000
MAX_ROWS = 100
_LONGEST_CLAUSE = 60  # characters before a comma that may be the answer
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
# E.g. `it is 3`, `x = 3`; not `three`
_VERB = pattern(
    r"[=≈]|\b(?:is|are|equals|be|gives|get|makes|(?<!\d )to"
    r"|là|ist|sind|beträgt|betragen|lautet|lauten|est|sont|es|é|son|são|sono"
    r"|равен|равна|равно|равны)\b"
)
# What calls or indexes is a program, and a number in it is no answer.
# E.g. `list.append(3)`, `print('x')`, `f()`, `for x in xs`, `__init__`; not `f(x) = 3`
_CODE = pattern(r"[\w)\]]\.[A-Za-z_]\w*\s*\(|__\w+__|\w\(\s*['\"]|\blambda\b|\w\(\)|\bfor \w+ in\b")
# E.g. `, which is 2 fewer than before`, `, 3 more than Tom`; not `, which is 2`
_COMPARED = pattern(r",\s(?:which (?:is|was) )?\d+ (?:\w+ )?(?:fewer|more|less)\b.*", re.DOTALL)
# E.g. the end of `has 13 more than Tim's 29`; not of `less than 5`
_THAN = pattern(
    r"(?<=\d)\s(?:[^\W\d_]{1,15}\s)?(?:more|fewer|less)(?:\s[^\W\d_]{1,15})?\sthan\b.*", re.DOTALL
)
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
# E.g. `DRUM, DRAM, DRAT`, `B → A → B`, `["a", "b"]`; not `5, because it is`, `a, b`
_ITEMS = pattern(
    r"[^\W\d][^\s,=]{0,40}(?:(?:,\s?|\s?(?:→|->)\s?)[^\s,=]{1,40}){2,}"
    r"|[^\s,=]{1,40}(?:,[^\s,=]{1,40}){2,}|\[[^=]{2,2000}\]"
)
# E.g. `the fastest is **Evelyn**.`; not `**Evelyn** is`, `is **42**`
_NAMED_BOLD = pattern(
    r"\b(?:is|are|was|were|called|on)\s(?:an?\s"
    r"|the\s)?\*\*([^\W\d_][^*\n\d\\$]{0,40})\*\*[.!]?\s?\Z"
)
# E.g. `6 ways: ABC, ACB`; not `6: 7`, `Answer: B`
_LISTING = pattern(r"(?<=\d\s\w{4}):\s(?=[A-Z])|(?<=\d\s\w{5}):\s(?=[A-Z])")
# E.g. `Factored form: (x - 5)(x + 2)`, `Distance = 180 km`; not `x: 2`, `Step 3: 5`
_LABELLED = pattern(
    r"[^\W\d_a-z][^\W\d_]{2,20}(?:\s[^\W\d_]{1,20}){0,4}\s?(?::\s([^:]{1,200})|=\s([^:=]{1,200}))"
)
# E.g. `1万`, `3億5千`, `1만 5천`; not `1`
_SCALED = pattern(r"\d[\d.,]{0,12}(?:[万萬亿億千만억천](?:\s(?=\d{1,4}[천백]))?\d{0,4}){1,4}")
# E.g. `です。`, `입니다.`; not `ですか`
_COPULA = pattern(
    r"(?:\*\*)?(?:です|でした|である|になります|となります|입니다|이다|예요|이에요)[。.!！]?\s?(?:\*\*)?\s?\Z"
)
# E.g. `the pair (4, 3)`, `le couple (4 ; 3)`; not `f(4, 3)`, `12 (4, 3)`
_TUPLE = pattern(r"(?:[^\W\d_]{1,14}\s){1,6}([(\[{⟨][^()\[\]{}]{1,80}[)\]}⟩])\.?\s?")
# E.g. `三`, `개`; not `three`
_UNSPACED = pattern(r"[一-鿿゠-ヿ가-힣]")
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
# E.g. `x = 1`, `x_2 < 3`; not `max = 3`
_RELATION = pattern(r"(?<![\w\\$])([a-zA-Z])(?:_?\{?\d\}?|[₀-₉])?\s?(?:[=<>≤≥∈]|\\(?:in|le|ge)\b)")
_MOST_RELATIONS = 8
# E.g. `**42**`, `**x`, `24개**입니다`; not the power of `x**2`
_EMPHASIS = pattern(r"(?<![a-zA-Z\d_)\]])\*\*|\*\*(?![\w(\[-])")
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
# E.g. `It fell to 8 after 5 years`, `12 because it rained`; not `after 5 years`
_AFTERWARDS = pattern(
    r"(?<=\s)(?:after|because|since|below|under|between|among|(?:less|smaller|greater"
    r"|larger) than|by giving|out of|for (?:all )?the|from (?:the|an?|his|her|its|their|my|our))\s"
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
# E.g. `約`, `about `; not `all about it`
_NEARLY = pattern(rf"(?:{NEARLY})\s?\Z", re.IGNORECASE)
# What a number may be a part of.
# E.g. `8:45 p.m.`, `1 : 2 : 3`, `(-1, 2)`, `x \ge 2`, `10_2`; not `8.45`, `(12)`
_SPANS = pattern(
    r"\d{1,9}(?:\s?:\s?\d{1,9}){1,5}(?:\s?[ap]\.?\s?m\b\.?|\sin the (?:morning|afternoon|evening))?"
    r"|[(\[{⟨][^()\[\]{}⟨⟩]{1,60}[,;|:][^()\[\]{}⟨⟩]{1,60}[)\]}⟩]"
    r"|(?<![\w.])-?\d{1,9}(?:[./]\d{1,9})?\s?(?:<=?|≤)\s?[a-zθ]\s?(?:<=?"
    r"|≤)\s?-?\d{1,9}(?:[./]\d{1,9})?"
    r"|(?<![^\s$(])[a-zθ]\s?(?:<=?|>=?|≤|≥|≠|\\(?:le|ge|ne)q?)"
    r"\s?-?\d{1,9}(?:\.\d{1,9}|/\d{1,9})?"
    r"|\d{1,60}_\{?\d{1,2}\}?",
    re.IGNORECASE,
)
# What a formula in a sentence may be made of, and that it has a name beside a sign.
# E.g. `(x - 3)(x + 3)`, `3x² + 2`, `y = 2 sin(x)`; not `a 3`, `the x`
_WRITTEN = pattern(
    r"(?:(?:sin|cos|tan|log|ln|exp|sqrt)(?![^\W\d_])|(?<![^\W\d_])[a-zA-Z](?![^\W\d_])"
    r"|\\[a-z]{2,12}"
    r"|(?<![^\W\d_])[xyzabnk]{1,3}(?=[\^²³])|[-+−*/^=()\[\]{}_·×²³√π|<>≤≥]"
    r"|\d(?:[\d.]*\d)?[a-z]{0,2}(?![^\W\d_])|\s)+"
)
_NAMED_SIGN = pattern(r"[a-zA-Z]\s?[-+−*/^=(·²³)]|[-+−*/^=)·√(]\s?[a-zA-Z]|\d[a-z]")
# E.g. `6.5cm`; not `6.5`
_GLUED_UNIT = pattern(r"(?<=\d)[a-zA-Z]{2,4}(?![a-zA-Z\d^_(])")
# E.g. `3h 20m`, `1h15min`, `3h30`, `3 heures 30`; not `3h`, `3 h 5 km`
_HOURS = pattern(
    r"\b(\d{1,3})\s?(?:h|heures?|horas?|ore)\s?(\d{1,2})(?:\s?m(?:in)?\b|(?=[.,]?\s?\Z))"
)
# E.g. `$36 in total ($32 and $4 tax).`, `6 (the value -6 is rejected)`;
# not `24 (or 25)`, `5.5 (rounded: 6)`, `f (x)`, `48 (= 50)`
_EXPLAINED = pattern(
    r"(?<=[\w$)%²³°∞])\s\((?!\s?[=≈])"
    r"(?![^()]{0,80}\b(?:or|maybe|rounded|i\.e|approximately|about|nearest)\b)"
    r"(?=[^()]{0,80}[^\W\d_]{3}[^()]{0,80}[\s\d])[^()]{5,160}\)(?=[.!]?\Z)"
)
# The unit of a calculation, as schools write it.
# E.g. `= 16 (quyển)`, `24 (cm²)`; not `2 (x + 1)`
_UNIT_IN_BRACKETS = pattern(r"(?<=[\d$])\s?[(（]([^\W\d_]{1,12}\.?[²³]?)[)）]")
# E.g. `the right one`, `one of them`; not `twenty-one`
_JUST_ONE = pattern(r"(?<![-\w])one(?![-\w])", re.IGNORECASE)
# E.g. `(B) 12`, `C. 12`; not `B 12`
_OPTION = pattern(r"(?:\([A-Ja-j]\)|[A-J][.)])\s*\S")
# E.g. `3 eggs`, `\pi`, `½`; not `three`
_VALUED = pattern(r"[\d\\$½¼¾⅓⅔⅛∞]")
# E.g. `-1,234.5`, `2 1/3`, `$ 12`, `50%`, `3½`, `6.02e23`, `1 200`; not `x_1`, `3万`
_NUMBER = pattern(
    r"(?<![A-Za-z0-9_.\\{}^/])[-+−]?[$€£¥₹₩₫₽]?\s?(?:\d+\s+\d+\s*/\s*\d+|\d+\s*/\s*\d+"
    r"|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?(?!\d)"
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d+,\d{1,2}(?!\d)|\d*\.\d+|\d+)"
    r"(?:[eE][-+]?\d+)?(?:\*10\^\d{1,2})?(?:\s?[½¼¾⅓⅔⅛])?%?(?![a-zA-Z0-9_\u00c0-\u06ff{}^\\"
    rf"{EASTERN_SCALES}]|\.\d|,\d)|[-−]?\d{{0,6}}[½¼¾⅓⅔⅛]"
)


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
    text = _RATIO.sub(":", _RAISED.sub(r"^\1", text)).translate(_WIDE)
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
    if doubt and (second := _value_in(doubt.said, leading=True)):
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
        answer = None if _labelled(match, raw) else _value_in(raw, leading=True)
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
        if not _touches(match, taken) and (answer := _value_in(said, leading=True)):
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
    inner = _value_in(text.strip()[match.end() :], leading=True) if match else None
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
    said = _VERB.split(last.replace("**", ""))[-1].rpartition(":")[2]
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
        return Found(_part_of(stripped) or _called(stripped) or whole, "whole")
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
    value = None if re.search(r"\d", last.text) or _CODE.search(last.text) else _number_in(last)
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
            value = _part_of(bold[-1][1])
            if value:
                return Found(value, "bold", max(start, 0) + 1)
        for sentence in reversed(_SENTENCE_END.split(_MARKER.sub("", line))):
            valued = _VALUED.search(sentence) or _VALUED.search(in_figures(sentence))
            value = _part_of(sentence.strip()) if valued else None
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


def _concluded(sentence: str) -> str:
    """Returns what a sentence concludes, ``5 in all`` of ``2 and 3, so five in all``."""
    *before, last = CONCLUSION.split(sentence)
    if before and not _VALUED.search(last):
        last = digits(last)
    return last if last and _VALUED.search(last) else in_figures(sentence)


def _part_of(sentence: str) -> Answer | None:
    """Returns the answer that a sentence ends with, but none that it denies or only offers."""
    clause = Answer.of(re.split(r"[,;:]\s", sentence)[-1])
    if not _VALUED.search(clause.text) and says_nothing(clause.text):
        return clause
    explained = _EXPLAINED.sub("", sentence)
    sentence = explained if _VALUED.search(explained) else sentence
    sentence = in_figures(_concluded(sentence))
    value = _related(sentence) or _value_in(sentence, leading=False)
    if value is None or value.text == Answer.of(sentence).text:
        return value
    number = _NUMBER.search(value.text)
    said = value.text if value.text in sentence else number[0].strip() if number else ""
    at = sentence.rfind(said)
    if not said or at < 0:
        return value
    before, behind = sentence[:at], sentence[at + len(said) :]
    return None if denied(before, behind) or offered(before) else value


def _related(sentence: str) -> Answer | None:
    """Returns what a sentence ends with about one name: ``two solutions x = 1 and x = 3``."""
    found = list(_RELATION.finditer(sentence))[-_MOST_RELATIONS:]
    if "$" in sentence or len(found) < 2:
        return None
    last = [match for match in found if match[1] == found[-1][1]]
    said = Answer.of(COUNTED.sub("", sentence[last[0].start() :]))
    return said if len(last) > 1 and said.tree else None


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


def _value_in(text: str, *, leading: bool) -> Answer | None:
    """Returns the answer within a line: whole, a formula, after an equals sign, or a number.

    Words are only cut away from a value where they cannot change it; else the text is the answer.

    Args:
        text: A line, or what follows a phrase.
        leading: The value is expected at the front ("42 because ..."), not at the end.
    """
    text = _EMPHASIS.sub("", text) if text.count("**") % 2 else text.strip()
    if leading and (opening := OPENING.match(text)):
        text = text[opening.end() :]  # the answer is therefore ...
    if _UNSPACED.search(text):
        text = _COPULA.sub("", text)
        said = Answer.of(text.strip("'‘’「」『』"))
        if states(said.text) or (len(said.text) == 1 and not said.text.isdigit()):
            return said
        text = COUNTED.sub("", _unspaced(text))
    whole = Answer.of(text)
    if whole.tree or states(whole.text) or _ITEMS.fullmatch(whole.text):
        return whole
    if not whole.text or _CODE.search(whole.text):
        return None
    if (opening := OPENING.match(whole.text)) and (
        rest := Answer.of(whole.text[opening.end() :])
    ).tree:
        return rest
    if said := _introduced(whole) or (_after_verb(text) if leading else None):
        return said
    if formulas := list(FORMULA.finditer(text)):
        return of_formulas(text, formulas, leading)
    first = _clause(text)
    if is_yes_or_no(first.text):
        # `No, 5 are left` says how many; `Yes, because 7 is prime` does not.
        counts = re.search(r"\d", text) and not REASON.match(text[len(first.text) :])
        return _number_in(whole) if counts else first
    if not leading:
        return _closing_value(first, whole)
    return first if first.tree or states(first.text) else _stated_number(first, whole)


def _introduced(whole: Answer) -> Answer | None:
    """Returns the value that only its letter, its noun or its name stands before."""
    if _OPTION.match(whole.text):
        return whole
    tupled = _TUPLE.fullmatch(whole.text)
    if tupled and (inner := Answer(tupled[1])).tree and not denied(whole.text[: tupled.start(1)]):
        return inner if inner.tree[0] == "seq" else whole
    labelled = _LABELLED.fullmatch(whole.text)
    inner = Answer.of(labelled[1] or labelled[2]) if labelled else None
    return inner if inner and inner.tree else None


def _closing_value(first: Answer, whole: Answer) -> Answer | None:
    """Returns the value at the end of a line that states none: behind its verb, else the last."""
    formula = _formula_in(whole.text)
    if formula and _is_open(formula.tree):
        return formula
    *before, tail = _VERB.split(_LISTING.split(whole.text)[0])
    if before:
        clause = Answer.of(tail) if _ITEMS.fullmatch(tail.strip(" .")) else _clause(tail)
        if _ITEMS.fullmatch(clause.text) or clause.tree or states(clause.text):
            return clause
    if len(first.text) < _LONGEST_CLAUSE and (first.tree or states(first.text)):
        return first
    return formula or _number_in(whole)


def _is_open(tree: Node | None) -> bool:
    """Whether an equation gives none of its names a value: ``2x - y + 2 = 0``."""
    return bool(tree) and tree[0] == "rel" and assigned(tree) is None and len(variables(tree)) > 1


def _formula_in(text: str) -> Answer | None:
    """Returns the formula that holds the last number of a sentence: ``factors as 2(x + 3)``."""
    last = max((match.end() for match in re.finditer(r"\d", text)), default=0)
    for match in _WRITTEN.finditer(text):
        if match.start() < last <= match.end() and _NAMED_SIGN.search(match[0]):
            said = Answer.of(re.sub(r"^\s?[aAI]\s(?=[^-+*/=^])", "", match[0]))
            if said.tree and variables(said.tree) and said.tree[0] not in ("unit", "text"):
                return said
    return None


def _unspaced(text: str) -> str:
    """Returns a line of a language without spaces with its numbers and units in our signs."""
    return with_symbols(_SCALED.sub(_in_full, digits(text)))


def _in_full(match: re.Match[str]) -> str:
    number = read_number(match[0].replace(" ", ""))
    return match[0] if number is None else f"{number:f}"


def _after_verb(text: str) -> Answer | None:
    """Returns what "the largest n" of a statement is, where the words before it say no more."""
    match = re.match(r"([^\d=<>]{3,80}?)\s(?:is|are|equals)\s", text)
    if match is None or denied(f"{match[1]} ") or put_aside(text):
        return None
    said = _clause(text[match.end() :])
    return said if said.tree or states(said.text) else None


def _clause(text: str) -> Answer:
    """Returns the first clause of what is said."""
    return Answer.of(COUNTED.sub("", CLAUSE_END.split(text.strip(), maxsplit=1)[0].strip()))


def _stated_number(clause: Answer, whole: Answer) -> Answer | None:
    """Returns the number of a stated clause, if the words around it cannot change it."""
    text = spelled(clause.text)
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        # A name or a word is an answer too; a sentence is not.
        return clause if len(whole.text.split()) <= 8 else None
    first = numbers[0]
    before, rest = text[: first.start()], text[first.end() :]
    if denied(before):
        return None
    if RISKY.search(before):
        return clause
    measured = Answer.of(text[first.start() :])
    if measured.tree and measured.tree[0] == "unit":
        return measured
    if RISKY.search(rest):
        return clause
    return _with_unit(first[0].strip(), rest)


def _with_unit(number: str, rest: str) -> Answer:
    """Returns a number with as many of the words behind it as are its unit."""
    words = rest.replace("**", " ").split()
    if words[:1] and words[0][0] in CURRENCIES:
        return Answer(f"{number} {words[0][0]}")
    if number[0] in CURRENCIES and words[:1] and words[0].lower() not in MULTIPLIERS:
        return Answer(number)
    if words and re.fullmatch(r"[-−]?\d+,\d{1,2}", number):
        number = number.replace(",", ".")
    for count in range(min(4, len(words)), 0, -1):
        answer = Answer.of(" ".join([number, *words[:count]]).strip(" ,.;。"))
        if answer.tree and answer.tree[0] in ("unit", "percent", "deg"):
            return answer
    return Answer(number)


def _number_in(whole: Answer) -> Answer | None:
    """Returns the last number of a line that states none, with its unit."""
    said = _HOURS.sub(r"\1 h \2 min", _COMPARED.sub("", whole.text))
    said = _GLUED_UNIT.sub(_apart, said)
    said = _THAN.sub("", said)
    first, *rest = _AFTERWARDS.split(said, maxsplit=1)
    said = first if rest and _NUMBER.search(first) else said
    numbers = list(_NUMBER.finditer(said))
    if not numbers and not _JUST_ONE.search(said):
        said = spelled(said)
        numbers = list(_NUMBER.finditer(said))
    if not numbers:
        return None
    for first in numbers[-2:-1]:
        # 25 dollars and 50 cents are one amount.
        both = Answer.of(said[first.start() :])
        if both.tree and both.tree[0] == "unit":
            return both
    chosen = numbers[-1]
    for span in _SPANS.finditer(said):
        within = span.start() <= chosen.start() < span.end()
        if within and (Answer(span[0]).tree or states(span[0])):
            return Answer(span[0])
    if denied(said[: chosen.start()]):
        return None
    if _NEARLY.search(said[: chosen.start()]) and re.fullmatch(r"\s?\d{1,3},\d{3}", chosen[0]):
        return Answer(f"≈ {chosen[0].strip()}")  # its comma may be a decimal one
    return _with_unit(chosen[0].strip(), said[chosen.end() :])


def _unbracketed(match: re.Match[str]) -> str:
    known = not match[1].isascii() or is_unit(match[1])
    return f" {match[1]}" if known else match[0]


def _apart(match: re.Match[str]) -> str:
    return f" {match[0]}" if is_unit(match[0]) else match[0]
