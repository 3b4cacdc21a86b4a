# ruff: noqa: RUF001 - typography is what it reads
"""The value that one line or sentence gives: whole, behind its verb, its formula, its number.

Words are only cut away from a value where they cannot change it.
"""

from __future__ import annotations

import re

from touchstone.lazy import pattern
from touchstone.scoring.amounts import read_number
from touchstone.scoring.numerals import digits
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.denials import denied, offered, put_aside
from touchstone.templates.math_reasoning.evaluate import variables
from touchstone.templates.math_reasoning.formulas import FORMULA, of_formulas
from touchstone.templates.math_reasoning.kinds import (
    is_yes_or_no,
    says_nothing,
    states,
)
from touchstone.templates.math_reasoning.phrases import (
    CLAUSE_END,
    CONCLUSION,
    COUNTED,
    EASTERN_SCALES,
    NEARLY,
    OPENING,
    REASON,
    RISKY,
)
from touchstone.templates.math_reasoning.shapes import assigned
from touchstone.templates.math_reasoning.tree import Node
from touchstone.templates.math_reasoning.units import (
    CURRENCIES,
    MULTIPLIERS,
    is_unit,
    with_symbols,
)
from touchstone.templates.math_reasoning.wording import in_figures, spelled

_LONGEST_CLAUSE = 60  # characters before a comma that may be the answer
# E.g. `it is 3`, `x = 3`; not `three`
VERB = pattern(
    r"[=≈]|\b(?:is|are|equals|be|gives|get|makes|(?<!\d )to"
    r"|là|ist|sind|beträgt|betragen|lautet|lauten|est|sont|es|é|son|são|sono"
    r"|равен|равна|равно|равны)\b"
)
# What calls or indexes is a program, and a number in it is no answer.
# E.g. `list.append(3)`, `print('x')`, `f()`, `for x in xs`, `__init__`; not `f(x) = 3`
CODE = pattern(r"[\w)\]]\.[A-Za-z_]\w*\s*\(|__\w+__|\w\(\s*['\"]|\blambda\b|\w\(\)|\bfor \w+ in\b")
# E.g. `, which is 2 fewer than before`, `, 3 more than Tom`; not `, which is 2`
_COMPARED = pattern(r",\s(?:which (?:is|was) )?\d+ (?:\w+ )?(?:fewer|more|less)\b.*", re.DOTALL)
# E.g. the end of `has 13 more than Tim's 29`; not of `less than 5`
_THAN = pattern(
    r"(?<=\d)\s(?:[^\W\d_]{1,15}\s)?(?:more|fewer|less)(?:\s[^\W\d_]{1,15})?\sthan\b.*", re.DOTALL
)
# E.g. `DRUM, DRAM, DRAT`, `B → A → B`, `["a", "b"]`; not `5, because it is`, `a, b`
_ITEMS = pattern(
    r"[^\W\d][^\s,=]{0,40}(?:(?:,\s?|\s?(?:→|->)\s?)[^\s,=]{1,40}){2,}"
    r"|[^\s,=]{1,40}(?:,[^\s,=]{1,40}){2,}|\[[^=]{2,2000}\]"
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
# E.g. `x = 1`, `x_2 < 3`; not `max = 3`
_RELATION = pattern(r"(?<![\w\\$])([a-zA-Z])(?:_?\{?\d\}?|[₀-₉])?\s?(?:[=<>≤≥∈]|\\(?:in|le|ge)\b)")
_MOST_RELATIONS = 8
# E.g. `**42**`, `**x`, `24개**입니다`; not the power of `x**2`
_EMPHASIS = pattern(r"(?<![a-zA-Z\d_)\]])\*\*|\*\*(?![\w(\[-])")
# E.g. `It fell to 8 after 5 years`, `12 because it rained`; not `after 5 years`
_AFTERWARDS = pattern(
    r"(?<=\s)(?:after|because|since|below|under|between|among|(?:less|smaller|greater"
    r"|larger) than|by giving|out of|for (?:all )?the|from (?:the|an?|his|her|its|their|my|our))\s"
)
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
# E.g. `(x - 3)(x + 3)`, `3x² + 2`, `y = 2 sin(x)`; not `the`
_WRITTEN = pattern(
    r"(?:(?:sin|cos|tan|log|ln|exp|sqrt)(?![^\W\d_])|(?<![^\W\d_])[a-zA-Z](?![^\W\d_])"
    r"|\\[a-z]{2,12}"
    r"|(?<![^\W\d_])[xyzabnk]{1,3}(?=[\^²³])|[-+−*/^=()\[\]{}_·×²³√π|<>≤≥]"
    r"|\d(?:[\d.]*\d)?[a-z]{0,2}(?![^\W\d_])|\s)+"
)
# E.g. `x - 3`, `3x`, `2(a`; not `a 3`, `3 - 2`
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
# E.g. `the right one`, `one of them`; not `twenty-one`
_JUST_ONE = pattern(r"(?<![-\w])one(?![-\w])", re.IGNORECASE)
# E.g. `(B) 12`, `C. 12`; not `B 12`
_OPTION = pattern(r"(?:\([A-Ja-j]\)|[A-J][.)])\s*\S")
# E.g. `3 eggs`, `\pi`, `½`; not `three`
VALUED = pattern(r"[\d\\$½¼¾⅓⅔⅛∞]")
# E.g. `-1,234.5`, `2 1/3`, `$ 12`, `50%`, `3½`, `6.02e23`, `1 200`; not `x_1`, `3万`
_NUMBER = pattern(
    r"(?<![A-Za-z0-9_.\\{}^/])[-+−]?[$€£¥₹₩₫₽]?\s?(?:\d+\s+\d+\s*/\s*\d+|\d+\s*/\s*\d+"
    r"|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?(?!\d)"
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|\d+,\d{1,2}(?!\d)|\d*\.\d+|\d+)"
    r"(?:[eE][-+]?\d+)?(?:\*10\^\d{1,2})?(?:\s?[½¼¾⅓⅔⅛])?%?(?![a-zA-Z0-9_\u00c0-\u06ff{}^\\"
    rf"{EASTERN_SCALES}]|\.\d|,\d)|[-−]?\d{{0,6}}[½¼¾⅓⅔⅛]"
)


def _concluded(sentence: str) -> str:
    """Returns what a sentence concludes, ``5 in all`` of ``2 and 3, so five in all``."""
    *before, last = CONCLUSION.split(sentence)
    if before and not VALUED.search(last):
        last = digits(last)
    return last if last and VALUED.search(last) else in_figures(sentence)


def part_of(sentence: str) -> Answer | None:
    """Returns the answer that a sentence ends with, but none that it denies or only offers."""
    clause = Answer.of(re.split(r"[,;:]\s", sentence)[-1])
    if not VALUED.search(clause.text) and says_nothing(clause.text):
        return clause
    explained = _EXPLAINED.sub("", sentence)
    sentence = explained if VALUED.search(explained) else sentence
    sentence = in_figures(_concluded(sentence))
    value = _related(sentence) or value_in(sentence, leading=False)
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


def value_in(text: str, *, leading: bool) -> Answer | None:
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
    if not whole.text or CODE.search(whole.text):
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
        return number_in(whole) if counts else first
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
    *before, tail = VERB.split(_LISTING.split(whole.text)[0])
    if before:
        clause = Answer.of(tail) if _ITEMS.fullmatch(tail.strip(" .")) else _clause(tail)
        if _ITEMS.fullmatch(clause.text) or clause.tree or states(clause.text):
            return clause
    if len(first.text) < _LONGEST_CLAUSE and (first.tree or states(first.text)):
        return first
    return formula or number_in(whole)


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


def number_in(whole: Answer) -> Answer | None:
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


def _apart(match: re.Match[str]) -> str:
    return f" {match[0]}" if is_unit(match[0]) else match[0]
