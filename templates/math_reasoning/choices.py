# ruff: noqa: RUF001 - the letters of many languages are its data
"""Choices: the options that a question offers, ``A) 12  B) 14``, and which of them a text takes.

A letter and what it stands for are one answer. Options are read from the question itself, so that
any alphabet may number them; where it offers none, only letters that number options everywhere are
choices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from touchstone.lazy import pattern
from touchstone.templates.math_reasoning.denials import denied
from touchstone.templates.math_reasoning.phrases import BUT, CONCLUSION, JOINING, OPTION
from touchstone.templates.math_reasoning.wording import without_markup

_LATIN = "ABCDEFGHIJ"
_DIGITS = "12345678"  # number much else, and so options only where nothing else does
_ALPHABETS = (
    _LATIN, _LATIN.lower(), "АБВГДЕ", "абвгде", "①②③④⑤⑥⑦⑧", "ㄱㄴㄷㄹㅁ", "가나다라마",
    "アイウエオ", "甲乙丙丁", "أبجده", "กขคง", _DIGITS,
)  # fmt: skip
_SPACED = "A-Ja-jА-Еа-еأبجدهกขคง"  # letters that words part
_SYLLABLES = "アイウエオ가나다라마"
_SIGNS = "①-⑧ㄱ-ㅁ甲乙丙丁"  # letters that are in no word
_SELF_EVIDENT = "①②③④⑤⑥⑦⑧"  # need no bracket behind them
# A choice where a text is nothing else, whatever the question offers.
_EVERYWHERE = frozenset(f"{_LATIN}АБВГД①②③④⑤アイウエオ가나다라마")
_NEAR_END = 3000  # characters of a question in which its options are looked for
_LONGEST = 200  # characters of one option
_LINES = 3  # at the end of a text in which its choice is looked for
# E.g. `(B)`, `Answer: C`, `la opción A`, `(d) 12 cm`, `ウです`; not `+`
_STATED = pattern(
    rf"(?:(?i:(?:the|la|le|el|il|die|[ao])\s+)?(?i:{OPTION})?\s*:?\s*)?"
    rf"(?P<mark>[(（「『\[]?(?P<letter>[{_SPACED}{_SYLLABLES}{_SIGNS}{_DIGITS}])"
    r"(?:[)）」』\]]|\s?[.:：．、)](?=\s|\Z))?)\s*(?P<said>.*)",
    re.DOTALL,
)
# What may follow a letter that is an answer alone.
# E.g. `番です`, `번`, `입니다.`, or nothing
_COPULA = pattern(r"(?:番|번|号|號|项|項)?(?:です|だ|である|입니다|이다|是)?[\s.!。)]*")
# E.g. `or (C)`, `= 5`, `+ B`; not `or more`
_NO_CONTENT = pattern(r"(?:or|and|nor|,|/)\s*\(?[A-J]\b|[-=+*/<>^_,;|&]")
# A letter of a choice in a sentence.
# E.g. `option B`, `(B)`, `B) 0.33`, `B.`, `Antwort C`, `ข้อ ค`; not `A triangle`, `AB`
_MENTIONED = pattern(
    rf"(?:(?<![^\W\d_])(?:{OPTION}|statement|aussage)s?|ข้อ|选项?|選項?|選択肢|보기)\s?\(?([{_SPACED}])"
    rf"(?![^\W_])|[(（「『]([{_SPACED}{_SYLLABLES}])[)）」』]|([{_SIGNS}])"
    r"|(?<![^\W_一-鿿぀-ヿ가-힣])([A-Jأبجدهกขคง])(?=[).。]\s?|\s?\Z|[是がは이가最]|\s(?:is|es|est|ist|é|è|là)\s)"
    rf"|(?<![^\W_])((?-i:[БГДЕ]|[АВ](?!\s[а-я])))(?![^\W_])|(?<![ァ-ヿ가-힣])([{_SYLLABLES}])(?=[).]\s|で|が|이|입|\s?\Z)",
    re.IGNORECASE,
)
# E.g. `B or C`, `A, B`, `(A) and (B)`, `option A or option B`; not `A. B`
_SEVERAL = pattern(
    rf"(?<![^\W_])[A-J]\)?(?:,\s?|,?\s(?:{JOINING})\s|\s?[/&、或和]\s?)"
    rf"(?:(?!(?:{BUT})\s)[^\W\d_]{{3,12}}\s)?\(?[A-J](?![^\W_])"
)
# What a letter stands behind that is not chosen.
# E.g. `70, 2500, `, `smaller than `, `unlike `; not `so, `, `not A but `
_BESIDE = pattern(
    r"\d\)?(?:,|,?\s(?:and|or))\s\(?\Z"
    r"|\b(?:than|unlike|from|als|que|чем|hơn|not|nor)\s(?:in\s)?\Z",
    re.IGNORECASE,
)
# E.g. ` is not the largest`, ` is false`, ` ist falsch`, `) 72: wrong`, `ではなく`;
# not ` is the largest`
_DENIED = pattern(
    r"[」』)）]?(?:(?:で|じゃ)は?な[くい]|番?では?(?:ない|ありません)|[이가]\s?아니|번[이가]?\s?아니)"
    r"|[).:]{0,2}\s(?:[^:\n]{1,40}:\s|[^\W\d_]{1,6}\s)?(?:is(?:n't| not)"
    r"|(?:is |are )?(?:false|wrong|incorrect)|falsch|fausse|incorrecta|falsa|errada"
    r"|неверн\w{1,3}|sai)(?![^\W\d_])",
    re.IGNORECASE,
)


class Pick(NamedTuple):
    """A letter, and what is said beside it of what it stands for: ``""`` where nothing is."""

    letter: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one question.

    Attributes:
        contents: Letters to what they stand for; empty where none are offered.
    """

    contents: dict[str, str]

    def stated(self, text: str) -> Pick | None:
        """Returns the choice that an answer is, ``(B) 64``; ``None`` where it is anything else."""
        if (match := _STATED.fullmatch(without_markup(text))) is None:
            return None
        letter, said = match["letter"].upper(), match["said"]
        content = "" if _COPULA.fullmatch(said) else said.strip(" .")
        if letter not in self.contents and letter not in (_LATIN if content else _EVERYWHERE):
            return None
        if content:
            offered, mark = letter in self.contents, match["mark"]
            marked = len(mark) > 1 or letter in _SELF_EVIDENT or (offered and said[0] in "(（")
            if not marked or (mark.islower() and not offered) or _NO_CONTENT.match(content):
                return None
            if _DENIED.match(said) or any(self._mentioned(content)):
                return None  # two choices are none
        return Pick(letter, content)

    def chosen(self, text: str) -> str | None:
        """Returns the letter that an answer chooses, by itself or by what it stands for.

        ``None`` where it is no option, or one letter with the content of another.
        """
        choice = self.stated(text) if self.contents else None
        if choice and choice.letter in self.contents:
            same = not choice.content or choice.letter in self._alike(choice.content)
            return choice.letter if same else None
        alike = self._alike(text)
        return alike[0] if len(alike) == 1 else None

    def concluded(self, text: str) -> Pick | None:
        """Returns the choice of the last sentence that makes one; ``None``: none, or several."""
        for sentence in self._sentences(text):
            *_, said = CONCLUSION.split(sentence)
            if _SEVERAL.search(said):
                return None
            found = {choice.letter: choice for choice in self._mentioned(said)}
            if found:
                return found.popitem()[1] if len(found) == 1 else None
            if letter := self.chosen(said):
                return Pick(letter)
        return None

    def _alike(self, said: str) -> list[str]:
        said = _plain(said).casefold()
        return [one for one, content in self.contents.items() if content.casefold() == said]

    def _sentences(self, text: str) -> Iterator[str]:
        """Yields the sentences near the end, the last one first; options in a list are one."""
        lines = text.replace("**", "").rstrip().split("\n")[-max(_LINES, len(self.contents)) :]
        listed = list(takewhile(self.stated, reversed(lines)))
        if len(listed) > 1:
            yield "\n".join(reversed(listed))
            lines = lines[: -len(listed)]
        for line in reversed(lines):
            yield from reversed(re.split(r"(?<=[.!?;。！？])\s", line))

    def _mentioned(self, sentence: str) -> Iterator[Pick]:
        """Yields the letters of a sentence that it does not deny, compare with or list."""
        start = 0
        for match in _MENTIONED.finditer(sentence):
            letter = next(filter(None, match.groups())).upper()
            if letter not in _EVERYWHERE and letter not in self.contents:
                continue
            before, behind = sentence[start : match.start()], sentence[match.end() :]
            start = match.end()  # what denies one letter sets off the next: not A but B
            if not (denied(before, behind) or _BESIDE.search(before) or _DENIED.match(behind)):
                yield Pick(letter, behind.lstrip(").:： ").rstrip(" .。"))


NO_OPTIONS = Options({})


def is_choice(text: str) -> bool:
    """Returns whether a reference is a letter of a choice, with its content or not.

    A small letter alone is the name of a value.
    """
    return NO_OPTIONS.stated(text) is not None and not text.strip().islower()


@lru_cache(maxsize=64)  # all rollouts of a prompt are offered the same
def options_in(question: str) -> Options:
    """Returns the options that a question ends with."""
    text = question[-_NEAR_END:]
    found: dict[str, str] = {}
    for alphabet in _ALPHABETS:
        offered = _offered(text, alphabet)
        if len(offered) > max(len(found), 1):
            found = offered
    return Options(found) if found else NO_OPTIONS


def _offered(text: str, alphabet: str) -> dict[str, str]:
    """Returns the letters of an alphabet that follow each other as marks, and what they mark."""
    marks: list[re.Match[str]] = []
    for letter in alphabet:
        mark = letter if letter in _SELF_EVIDENT else rf"(?<![^\W_]){letter}\s?[).:．、）]"
        start = marks[-1].end() if marks else 0
        match = re.compile(mark).search(text, start)
        if match is None or (marks and match.start() - start > _LONGEST):
            break
        marks.append(match)
    ends = [match.start() for match in marks[1:]] + [len(text)]
    return {
        letter.upper(): _plain(text[match.end() : end].split("\n\n")[0])
        for letter, match, end in zip(alphabet, marks, ends, strict=False)
    }


def _plain(text: str) -> str:
    return " ".join(text.replace("$", " ").split()).strip(" .,;:()（）[]*_。、，；")
