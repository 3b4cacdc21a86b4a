"""Whether a completion holds anything to grade, decided by rules before any judge is asked.

A judge can be talked round; a stock phrase, an echo or a bare list of what was required is
worth as much as an empty text whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from touchstone.judge import Rubric, clean, directed_text
from touchstone.judge.text import MEANT_FOR_JUDGE
from touchstone.scoring.emptiness import holds_nothing
from touchstone.scoring.prose import is_english, is_unspaced, subject_words, subjectless, words
from touchstone.templates.tone_style.phrases import without
from touchstone.templates.tone_style.style import Style

_STEM = 5  # characters that two forms of one word have in common, near enough
# Fewer words than these that say nothing are nothing; more may be all that a thank-you needs.
_FEW = 4
_EXAMPLE = 0.9
_A_MATTER = 12  # words of a prompt that asks for more than a kind word
_SHORT = 5  # words that may answer a question: `Of course you can.`
_PIECES = 3  # of a list that may be the voice's description told again
_VOICED = 2  # words of the voice in a list that no honest list has
_YES_OR_NO = frozenset(("yes", "no", "yeah", "yep", "nope", "not", "never", "correct"))
_THANKS = frozenset(("thanks", "thank", "thx", "cheers"))
# E.g. `a, b`; not `a b`
_SEPARATOR = re.compile(r"[,;|/\n\u2022\u3001]")
# Marks that a program fills in or reads; alone they have no voice, in no language.
# E.g. `%s`, `%(name)s`, `{0.name}`, `${user}`, `{{ user }}`, `<br/>`, `&nbsp;`; not `{du da}`
_MARK = re.compile(
    r"%(?:\([a-z_]{1,40}\))?[-+#0-9.]{0,8}[a-zA-Z](?![a-zA-Z])|\$?\{{1,3} ?[!-z|~]{0,60} ?\}{1,3}"
    r"|</?[a-zA-Z][a-zA-Z0-9-]{0,20} ?/?>|&(?:[a-zA-Z]{2,8}|#\d{1,6});"
)
# Asking a customer for a rating is no attempt to be rated.
# E.g. `rate us`, `five stars`; not `rate it`
_RATE_US = re.compile(r"\b(?:us|our|stars?|reviews?|survey)\b", re.IGNORECASE)


def nothing(completion: str, prompt: str, style: Style, rubric: Rubric) -> str:
    """Says why a completion earns nothing whatever a judge says, or returns an empty string."""
    reason = holds_nothing(completion, prompt, rubric=rubric)
    if reason:
        return reason
    if _is_marks(completion, prompt):
        return "marks of a program alone"
    said = words(clean(completion))
    if len(said) >= _FEW and _share(said, style.given()) >= _EXAMPLE:
        return "the voice or an example again"
    rest = words(without(style.required, completion))
    if style.required and len(rest) < _FEW:
        return "the required phrases alone"
    if _is_lone(said, prompt):
        return "one word"
    if _stuffs(completion, prompt, style):
        return "a list of words from the prompt and the voice"
    if says_nothing(completion, prompt, style):
        return "words that would fit any prompt"
    return ""


def suspicions(completion: str, prompt: str) -> tuple[str, ...]:
    """Returns what looks like nothing and may be all that was asked for."""
    said = []
    if len(words(completion)) == 1 and not is_unspaced(words(completion)[0]):
        said.append("It is a single word: see whether that answers.")
    if _is_list(completion):
        said.append("It is a list of words: see whether one was asked for.")
    if directed(completion, prompt):
        said.append(MEANT_FOR_JUDGE)
    asked = subject(prompt)
    if len(asked) >= _FEW - 1 and not asked & subject(completion):
        said.append("It shares no subject word with the task: see whether it answers it.")
    return tuple(said)


def directed(completion: str, prompt: str) -> bool:
    """Says whether a completion has signs of speaking to an evaluator that the prompt lacks."""
    kinds = set(directed_text(completion)) - set(directed_text(prompt))
    if kinds == {"score_request"}:
        return not _RATE_US.search(completion)
    return bool(kinds)


def subject(text: str) -> set[str]:
    """Returns the stems of the words that say what a text is about."""
    stock, stems = _stock()
    said = (word.replace("\u2019", "'") for word in words(text))
    plain = (word.partition("'")[0] for word in said if word not in stock)
    return {
        stem
        for word in plain
        if (len(word) > 1 or not word.isascii()) and not word.isdigit() and word not in stock
        if (stem := _stem(word)) not in stems
    }


@lru_cache(maxsize=1)
def _stock() -> tuple[frozenset[str], frozenset[str]]:
    """Returns words that say nothing of any matter, and the stems of the longer ones."""
    stock = subjectless("courtesy")
    return stock, frozenset(_stem(word) for word in stock if len(word) >= _STEM)


def _stem(word: str) -> str:
    return word.rstrip("s")[:_STEM]


def says_nothing(completion: str, prompt: str, style: Style) -> bool:
    """Says whether a text is stock phrases throughout where the prompt asks for more.

    In English only. A number, a yes or a no, or one word more is something, and thanks or a
    short remark may be answered by stock phrases.
    """
    said = words(completion)
    if not is_english(completion, prompt) or not _asks_for_more(prompt):
        return False
    if not said or any(word.isdigit() for word in said) or _YES_OR_NO & set(said[:2]):
        return False
    if "?" in prompt and len(said) <= _SHORT:
        return False
    own, asked = subject(completion), subject(prompt)
    return not own - subject(" ".join(style.given())) and not own & asked


def _is_lone(said: list[str], prompt: str) -> bool:
    """Says whether a text is one number or one word of a letter that asks no question."""
    asked = words(prompt)
    lone = len(said) == 1 and (said[0].isdigit() or said[0] in asked)
    return lone and len(asked) >= _A_MATTER and "?" not in prompt and is_english(prompt)


def _is_marks(completion: str, prompt: str) -> bool:
    """Says whether a text is marks of a program alone, which no short question can have meant."""
    asked = words(prompt)
    if _MARK.search(prompt) or set(asked) & set(words(completion)):
        return False
    if "?" in prompt and len(asked) < _A_MATTER:
        return False
    return holds_nothing(_MARK.sub(".", completion), prompt) == "empty"


def _asks_for_more(prompt: str) -> bool:
    asked = words(prompt)
    thanks = bool(_THANKS & set(asked))
    return bool(subject(prompt)) and not thanks and ("?" in prompt or len(asked) >= _A_MATTER)


def _stuffs(completion: str, prompt: str, style: Style) -> bool:
    """Says whether a list is mostly the prompt's words and the voice's, or all but the voice's."""
    said, given = subject(completion), set(subject_words(" ".join(style.given())))
    own = words(completion)
    pieces = [part for part in _SEPARATOR.split(completion) if words(part)]
    if len(pieces) >= _PIECES and sum(word in given for word in own) >= _EXAMPLE * (len(own) - 1):
        return not said & subject(prompt)
    if not _is_list(completion):
        return False
    voice = {_stem(word) for word in given} & {_stem(word) for word in words(completion)}
    known = voice | (said & subject(prompt))
    return len(voice) >= _VOICED and 2 * len(known) >= len(set(words(completion)))


def _share(said: list[str], given: Sequence[str]) -> float:
    """Returns the share of the text's word triples that one of the given texts has."""
    size = min(3, len(said))
    own = _runs(said, size)
    shares = [
        sum(run in known for run in own) for known in (set(_runs(words(g), size)) for g in given)
    ]
    return max(shares, default=0) / len(own)


def _runs(of: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(of[at : at + size]) for at in range(len(of) - size + 1)]


def _is_list(text: str) -> bool:
    pieces = [count for part in _SEPARATOR.split(clean(text)) if (count := len(words(part)))]
    return len(pieces) >= 6 and sum(pieces) / len(pieces) <= 2
