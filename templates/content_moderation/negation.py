"""Whether a word is negated within its own clause."""

from __future__ import annotations

import re

# E.g. `this is not `, `it fails to `, `rather than `, `i refuse to `; not `this is `
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no|n't|cannot|without|isn't|aren't|doesn't|don't|didn't|shouldn't|won't|"
    r"wouldn't|can't|"
    r"nothing|neither|nor|hardly|fails? to|free of|rather than|instead of)\b|\b(?:refus\w+|"
    r"declin\w+) to\b)(?:[\w', -]{0,40})$"
)
# "not harmful, toxic or hateful" negates all three; "not safe, block it" only the first.
# E.g. `no; block`, `it is not spam, it is hate`, `not spam but hate`;
# not `not spam, hate or threats`
_RESTARTS = re.compile(
    r"[;:]|,(?!\s*(?:(?:or|nor)\b|\w+\s*(?:,|or\b|nor\b)))|\b(?:but|so|and|because|therefore|"
    r"since|as|which|that|while)\b"
)


def negated(text: str, start: int) -> bool:
    """Says whether what starts there is negated within its own clause; ``text`` in lower case."""
    first = max(0, start - 60)
    ends = [match.end() for match in _RESTARTS.finditer(text, first, start + 60)]
    begins = max((end for end in ends if end <= start), default=first)
    return bool(_NEGATION.search(text[begins:start]))
