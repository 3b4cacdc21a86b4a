# ruff: noqa: RUF001 - the letters of many languages are its data
"""Options that a question offers, ``A) 12  B) 14``: a letter and what it stands for are one answer.

They are read from the question itself, so that any alphabet may number them and no letter is an
option where none was offered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from touchstone.lazy import pattern

_ALPHABETS = (
    "ABCDEFGHIJ", "abcdefghij", "АБВГДЕ", "абвгде", "①②③④⑤⑥⑦⑧", "ㄱㄴㄷㄹㅁ", "가나다라마",
    "アイウエオ", "甲乙丙丁", "أبجده", "กขคง", "12345678",
)  # fmt: skip
_SELF_EVIDENT = "①②③④⑤⑥⑦⑧"  # a sign that needs no bracket behind it
_NEAR_END = 3000  # characters of a question in which its options are looked for
_LONGEST = 200  # characters of one option
# What may follow a letter that is an answer alone.
# E.g. `番です`, `번`, `입니다.`, or nothing
_BEHIND = pattern(
    r"[\s).:：．、。」』）]{0,6}(?:番|번|号|项|項)?(?:です|だ|である|입니다|이다|是)?[\s.!。]*"
)
# E.g. `(b)`, `** ② `; what stands before it
_BEFORE = pattern(r"^[\s(（*_\"'「『\[]*")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one question.

    Attributes:
        contents: Letters to what they stand for, in plain lower case.
    """

    contents: dict[str, str]

    def chosen(self, text: str) -> str | None:
        """Returns the letter that an answer chooses, by itself or by what it stands for.

        ``None`` where it is neither, or says one letter and the content of another.
        """
        said = _BEFORE.sub("", text, count=1)
        letter = next((one for one in self.contents if said.startswith(one)), None)
        if letter is None and said[:1].upper() in self.contents:
            letter = said[:1].upper()
        if letter is not None:
            behind = said[1:]
            if _BEHIND.fullmatch(behind):
                return letter
            if not behind[:1].isalnum():
                return letter if _plain(behind) == self.contents[letter] else None
        alike = [one for one, content in self.contents.items() if content == _plain(text)]
        return alike[0] if len(alike) == 1 else None


@lru_cache(maxsize=64)  # all rollouts of a prompt are offered the same
def options_in(question: str) -> Options | None:
    """Returns the options that a question ends with, ``None`` where it offers none."""
    text = question[-_NEAR_END:]
    found: dict[str, str] = {}
    for alphabet in _ALPHABETS:
        offered = _offered(text, alphabet)
        if len(offered) > len(found):
            found = offered
    return Options(found) if len(found) > 1 else None


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
        letter: _plain(text[match.end() : end].split("\n\n")[0])
        for letter, match, end in zip(alphabet, marks, ends, strict=False)
    }


def _plain(text: str) -> str:
    return " ".join(text.replace("$", " ").split()).strip(" .,;:()（）[]*_。、，；").casefold()
