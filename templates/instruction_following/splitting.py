"""Sentences as the checkers of IFBench and of IF-RLVR's training set split them.

By marks and a few English abbreviations, not by Punkt, which splits IFEval's: each mark of
``What?!`` ends a sentence, and so do an ellipsis and the ``1.`` of a list.

Source: allenai/IFBench and allenai/open-instruct, ``split_into_sentences``, whose splits are
followed.
"""

from __future__ import annotations

import re

from touchstone.lazy import pattern

# Stand for a full stop that ends no sentence, and for the place where one ends.
_KEPT, _END = "\ue000", "\ue001"
_STARTER = (
    r"(?=Mr|Ms|Dr|Prof|Capt|Cpt|Lt|Wherever"
    r"|(?:He|She|It|They|Their|Our|We|But|However|That|This)\s)"
)
_CLOSED = ((".", "\u201d"), (".", '"'), ("!", '"'), ("?", '"'))
# Each on what the one before has left.
_STEPS = (
    (pattern(r"(Mrs?|St|Ms|Dr)\."), rf"\1{_KEPT}"),
    (pattern(r"\.(?=com|net|org|io|gov|edu|me)"), _KEPT),
    (pattern(r"([0-9])\.([0-9])"), rf"\1{_KEPT}\2"),
    (pattern(r"\.{2,}"), lambda dots: len(dots[0]) * _KEPT + _END),
    (pattern(r"Ph\.D\."), f"Ph{_KEPT}D{_KEPT}"),
    (pattern(r"\s([A-Za-z])\. "), rf" \1{_KEPT} "),
    (pattern(rf"((?:[A-Z]\.){{2,3}}) {_STARTER}"), rf"\1{_END} "),
    (pattern(r"([A-Za-z])\.([A-Za-z])\.([A-Za-z])\."), rf"\1{_KEPT}\2{_KEPT}\3{_KEPT}"),
    (pattern(r"([A-Za-z])\.([A-Za-z])\."), rf"\1{_KEPT}\2{_KEPT}"),
    (pattern(rf" (Inc|Ltd|Jr|Sr|Co)\. {_STARTER}"), rf" \1{_END} "),
    (pattern(r" (Inc|Ltd|Jr|Sr|Co|[A-Za-z])\."), rf" \1{_KEPT}"),
    # What closes a quotation goes with the sentence before it.
    *((pattern(re.escape(mark + quote)), quote + mark) for mark, quote in _CLOSED),
    (pattern(r"[.?!]"), rf"\g<0>{_END}"),
)


def split_sentences(text: str) -> list[str]:
    """Returns the sentences, one that is empty between two marks among them."""
    text = f" {text}  ".replace("\n", " ")
    for step, becomes in _STEPS:
        text = step.sub(becomes, text)
    found = [part.strip() for part in text.replace(_KEPT, ".").split(_END)]
    return found if found[-1] else found[:-1]
