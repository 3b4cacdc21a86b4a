"""Whether a verdict quotes what it judges: the sign that its judge read it and judged.

How a model declines has no end of forms; a copy of a few words has one. It is checked by words,
so that case, marks, spaces and the form of letters do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from touchstone.judge.text import clean
from touchstone.normal import normal
from touchstone.scoring.prose import words

# Words in a row that no sentence about something else shares with a text by chance.
FEWEST_WORDS = 3
_MOST_WORDS = 100  # of a quotation that are looked at
# E.g. `"as it says"`, `„so“`, `«ainsi»`, `「このように」`; not `isn't`
_MARKED = re.compile(
    r"[\"\u201c\u201d\u201e\u00ab\u300c\u300e]([^\"\u201c\u201d\u201e\u00ab\u00bb\u300c-\u300f]++)"
    r"[\"\u201c\u201d\u00bb\u300d\u300f]|(?<!\w)['\u2018]([^'\u2018\u2019\n]++)['\u2019](?!\w)"
)


def marked(text: str) -> list[str]:
    """Returns what stands in quotation marks."""
    return [double or single for double, single in _MARKED.findall(text)]


def quotes(said: Iterable[str], completion: str) -> bool:
    """Says whether one of these quotations comes from the completion.

    At least half of the quotation, and three words, must stand there in a row; of a shorter
    completion all. Where nothing can be quoted, any verdict does.
    """
    whole = _words(completion)
    if not whole:
        return True
    # A space on each side: words are found whole.
    text = f" {' '.join(whole)} "
    return any(_taken(_words(quotation)[:_MOST_WORDS], text, len(whole)) for quotation in said)


def quotation(text: str) -> bool:
    """Says whether a text can only be a quotation: "N/A", "none" and a form's gap are none."""
    return not text.lstrip().startswith("<") and len(_words(text)) >= FEWEST_WORDS


def _taken(quotation: list[str], text: str, most: int) -> bool:
    size = min(max(FEWEST_WORDS, (len(quotation) + 1) // 2), most)
    starts = range(len(quotation) - size + 1)
    return any(f" {' '.join(quotation[at : at + size])} " in text for at in starts)


def _words(text: str) -> list[str]:
    plain = normal(clean(text), "NFKC").replace("\u2019", "'")
    return words(plain) or [*"".join(plain.split())]
