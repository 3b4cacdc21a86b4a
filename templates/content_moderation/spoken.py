"""What sentences in languages other than English decide, negation read.

Every language's stems, negations, hedges and conclusions stand in ``languages.toml``. A language
that is not there decides nothing: doubt is no guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from touchstone.lazy import pattern
from touchstone.scoring.prose import is_english, usual_words
from touchstone.templates.content_moderation.labels import (
    Decision,
    of_languages,
    plain_label,
    without,
)

_OPPOSITE: dict[Decision, Decision] = {"allow": "block", "block": "allow"}
_TELLING = 2  # words of a language in a text, from which on it is in it
_NEAR = 24  # characters between a negation and what it turns round
_NEXT = 10  # and behind a "without": room for "any", not for what else it may stand for
# What is said inside quotation marks is the content's, not the moderator's.
# E.g. `„das muss weg“`, `«à supprimer»`, `「削除」`; not `das muss weg`
_QUOTED = re.compile(
    r"[\"\u201c\u201e\u00ab][^\"\u201c\u201d\u201e\u00ab\u00bb\n]*+[\"\u201c\u201d\u00bb]|"
    r"[\u300c\u300e][^\u300c-\u300f\n]*+[\u300d\u300f]"
)
# E.g. `违规,删除`, `Verstoß; löschen`; not `违规删除`
_MARKS = re.compile(r"[,;:\u3001\uff0c\uff1b\uff1a\u060c\u061b()\uff08\uff09\u2013\u2014]")


@dataclass(frozen=True, slots=True)
class _Language:
    stems: re.Pattern[str]
    no: re.Pattern[str]
    without: re.Pattern[str] | None  # of these, what turns only what follows
    talk: re.Pattern[str]
    hedge: re.Pattern[str]
    parts: re.Pattern[str]
    so: re.Pattern[str]
    words: re.Pattern[str] | None  # that are usual where content is ruled on
    letters: re.Pattern[str] | None  # by which it is known; without them by its words
    unless: re.Pattern[str] | None  # letters of its kin

    def lettered(self, text: str) -> bool:
        """Says whether a text in lower case shows by its letters that it is in the language."""
        kin = self.unless and self.unless.search(text)
        return bool(self.letters and self.letters.search(text) and not kin)

    def words_in(self, text: str, code: str) -> int:
        """Returns how many words a text in lower case has that are usual, or a moderator's."""
        telling = (self.stems, self.no, self.hedge, self.so, self.words)
        count = 0
        for of in filter(None, telling):
            text, found = of.subn(" ", text)
            count += found
        return count + usual_words(text)[code]

    def stances(self, sentence: str) -> set[Decision]:
        """Returns what one sentence decides; in a hedge nothing."""
        if self.hedge.search(sentence):
            return set()
        halves = _MARKS.split(self.talk.sub(" ", sentence))
        clauses = (clause for half in halves for clause in self.parts.split(half))
        return {decision for clause in clauses for decision in self._clause(clause)}

    def concluded(self, sentence: str) -> set[Decision]:
        """Returns what stands behind the last word that draws a conclusion, if there is one."""
        *_, last = (None, *self.so.finditer(sentence))
        return self.stances(sentence[last.end() :]) if last else set()

    def _clause(self, clause: str) -> Iterator[Decision]:
        stems = list(self.stems.finditer(clause))
        turned = {self._turned(no, stems) for no in self.no.finditer(clause)}
        for stem in stems:
            decision: Decision = "allow" if stem["allow"] else "block"
            if stem["review"]:
                yield "review"
            else:
                yield _OPPOSITE[decision] if stem.start() in turned else decision

    def _turned(self, no: re.Match[str], stems: list[re.Match[str]]) -> int | None:
        """Returns where the stem stands that a negation turns round."""
        if self.without and self.without.fullmatch(no[0]):
            near = [s for s in stems if 0 <= s.start() - no.end() <= _NEXT]
        else:
            near = [s for s in stems if _between(s, no) <= _NEAR]
        return min(near, key=lambda stem: _between(stem, no)).start() if near else None


@dataclass(frozen=True, slots=True)
class Tongues:
    """The languages that a text may be in, of which all that decide must agree.

    Attributes:
        english: English is one of them.
        others: Those of ``languages.toml`` that are.
    """

    english: bool
    others: Sequence[_Language]


def tongues(text: str, english_stems: int) -> Tongues:
    """Returns the languages that a text may be in.

    A short sentence has few words that tell, and those of kin look alike: it is in the language of
    which it has the most, and in several where these have as many.

    Args:
        text: All of it.
        english_stems: Words in it that decide in English.
    """
    plain = text.casefold()
    in_english = is_english(text)
    by_letters = [] if in_english else [o for o in _languages().values() if o.lettered(plain)]
    if by_letters:
        return Tongues(False, by_letters)
    known = {
        code: one.words_in(plain, code) for code, one in _languages().items() if not one.unless
    }
    most = max(known.values())
    english = usual_words(text)["en"] + english_stems if in_english else 0
    if most < max(_TELLING, english):
        return Tongues(in_english, [])
    others = [_languages()[code] for code in known if known[code] == most]
    return Tongues(english == most, others)


def spoken(sentences: Iterable[str], languages: Sequence[_Language]) -> set[Decision]:
    """Returns what sentences in lower case decide, conclusions before the rest."""
    said = [_QUOTED.sub(" ", sentence) for sentence in sentences if not _asks(sentence)]
    decided: set[Decision] = set()
    decided.update(*(of.stances(one) for one in said for of in languages))
    if len(decided) < 2:
        return decided
    ends: set[Decision] = set()
    ends.update(*(of.concluded(one) for one in said for of in languages))
    return ends or decided


def doubted(text: str, languages: Sequence[_Language]) -> bool:
    """Says whether a text denies something, or leaves open what it decides."""
    plain = text.casefold()
    return any(of.hedge.search(plain) or of.no.search(plain) for of in languages)


def hedged(text: str, languages: Sequence[_Language]) -> bool:
    """Says whether a text leaves open what it decides."""
    plain = text.casefold()
    return any(of.hedge.search(plain) for of in languages)


def without_negation(text: str) -> Iterator[str]:
    """Yields what is left of a text in lower case without the negations of each language it has."""
    for of in _languages().values():
        left, found = of.no.subn(" ", text)
        if found:
            yield left
    said = plain_label(text)
    lefts = (without(word, said) for word in of_languages()["negations"])
    yield from (left for left in lefts if left != said)


def _asks(sentence: str) -> bool:
    return sentence.rstrip().endswith(("?", "\uff1f", "\u061f"))


def _between(one: re.Match[str], other: re.Match[str]) -> int:
    """Returns the characters between two matches; those that overlap are too far apart."""
    gap = max(one.start(), other.start()) - min(one.end(), other.end())
    return gap if gap >= 0 else _NEAR + 1


@lru_cache(maxsize=1)
def _languages() -> dict[str, _Language]:
    return {code: _language(of) for code, of in of_languages()["prose"].items()}


def _language(of: dict[str, str]) -> _Language:
    before, after = ("", "") if of.get("open") else (r"(?<!\w)", r"(?!\w)")
    stems = "|".join(f"(?P<{name}>{of[name]})" for name in ("review", "block", "allow"))

    def whole(words: str) -> re.Pattern[str]:
        return pattern(f"{before}(?:{words}){after}")

    return _Language(
        stems=whole(stems),
        no=whole(of["no"]),
        without=pattern(of["without"]) if "without" in of else None,
        talk=whole(of["talk"]),
        hedge=whole(of["hedge"]),
        parts=whole(f"{of['parts']}|{of['so']}"),
        so=whole(of["so"]),
        words=whole(of["words"]) if "words" in of else None,
        letters=pattern(of["letters"]) if "letters" in of else None,
        unless=pattern(of["unless"]) if "unless" in of else None,
    )
