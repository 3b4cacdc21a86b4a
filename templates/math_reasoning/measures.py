"""Where a number's unit stands in a row of tokens, and what it makes of the number."""

from __future__ import annotations

from touchstone.scoring.units import is_power_word, read_unit
from touchstone.templates.math_reasoning.names import ENGLISH, known
from touchstone.templates.math_reasoning.tokens import Token
from touchstone.templates.math_reasoning.tree import Node
from touchstone.templates.math_reasoning.units import (
    CURRENCIES,
    MULTIPLIERS,
    is_letter_unit,
    is_unit,
)

_ENDS = {",", ";", "and", "or", ")", "]", "}", "=", "approx"}
# What says more of a number than what it counts.
_NO_NOUNS = {
    "factorial", "times", "plus", "minus", "less", "than", "more", "remainder", "over", "under",
    "modulo", "percent", "percentage", "degrees", "degree", "only", "each", "with", "when", "where",
    "that", "this", "which", "from", "into", "base", "until", "through", "divided", "multiplied",
    "choose", "does", "were", "have", "will", "then", "because", "since", "after", "before", "none",
    "also", "left", "back", "some", "both", "these", "those", "there", "therefore", "hence",
    "thus", "them", "below", "above", "between", "among",
}  # fmt: skip
_JOINS = {"", "and", "or", ",", "and also", "or else"}


def joins(text: str) -> bool:
    """Returns whether words only stand between two items of a list."""
    return text.strip(" ,.;").lower() in _JOINS


def unit_at(tokens: list[Token], at: int) -> int:
    r"""Returns where the unit that begins at ``at`` ends, ``at`` itself where none does.

    A word in ``\text{}`` always is one. Letters are where they are a unit's, behind a number;
    a single letter only if it is set off, ends the item and nothing before it is a letter.
    """
    end = _words_end(tokens, at)
    if end == at or tokens[at].kind == "text":
        return end
    before = tokens[at - 1] if at else None
    if before is None or not (before.kind in ("number", "text") or before.text in ")}pi"):
        return at
    if before.text == "}" and not tokens[at].spaced:
        return at
    if len(tokens[at].text) == 1 and not _set_off(tokens, at, end):
        return at
    return end


def _set_off(tokens: list[Token], at: int, end: int) -> bool:
    """Whether a unit of one letter can be no variable."""
    after = tokens[end] if end < len(tokens) else None
    alone = after is None or after.text in _ENDS or after.kind in ("text", "number")
    equals = max((place for place in range(at) if tokens[place].text == "="), default=-1) + 1
    letters = any(one.kind == "name" and not known(one.text) for one in tokens[equals:at])
    return alone and not letters and tokens[at].spaced and is_letter_unit(tokens[at].text)


def _words_end(tokens: list[Token], at: int) -> int:
    place = at
    while place < len(tokens):
        token = tokens[place]
        if place > at and _goes_past(tokens, place):
            break
        if _says_unit(token) or (place > at and _goes_on(tokens, place)):
            place += 1
        elif place > at and token.text == "/" and (inside := _bracket_end(tokens, place + 1)):
            place = inside
        elif place > at and token.text in ("/", "*", "per") and place + 1 < len(tokens):
            if not _goes_on(tokens, place + 1) and not _says_unit(tokens[place + 1]):
                break
            place += 2
        elif place > at and token.text == "^":
            place = _exponent_end(tokens, place)
        else:
            break
    return place


def _bracket_end(tokens: list[Token], place: int) -> int:
    """Returns where a bracket that holds units alone ends, 0 where there is none: ``J/(mol K)``."""
    if place >= len(tokens) or tokens[place].text != "(":
        return 0
    for end in range(place + 1, len(tokens)):
        token = tokens[end]
        if token.text == ")":
            return end + 1 if end > place + 1 else 0
        if not (token.text in "*/^-{}" or token.kind in ("number", "text") or is_unit(token.text)):
            return 0
    return 0


def _says_unit(token: Token) -> bool:
    if token.kind == "text":
        return not joins(token.text)
    if token.kind == "command":
        return token.text == "Omega"
    if token.kind != "name":
        return False
    return token.text.lower() in MULTIPLIERS or is_unit(token.text) or _is_noun(token)


def _is_noun(token: Token) -> bool:
    """Whether a word names what is counted: ``12 apples``."""
    word = token.text.lower()
    return token.spaced and len(word) > 3 and word not in _NO_NOUNS and not known(word)


def _goes_past(tokens: list[Token], place: int) -> bool:
    """Whether a short word ends the unit that has begun: ``5 cents in change``."""
    word = tokens[place].text.lower()
    return word in ENGLISH and word != "per" and not is_power_word(tokens[place - 1].text)


def _goes_on(tokens: list[Token], place: int) -> bool:
    """Whether a word goes on with a unit that has begun."""
    token = tokens[place]
    return token.kind == "name" and is_unit(token.text) and token.text.lower() not in ENGLISH


def _exponent_end(tokens: list[Token], place: int) -> int:
    end = place + 1
    while end < len(tokens) and tokens[end].text in ("{", "-", "}"):
        end += 1
    if end < len(tokens) and tokens[end].kind == "number":
        end += 1
        return end + 1 if end < len(tokens) and tokens[end].text == "}" else end
    return len(tokens) + 1 if place + 1 >= len(tokens) else place + 2


def measured(node: Node, tokens: list[Token]) -> Node:
    """Returns a number with its unit: ``5 million`` is a number, ``5 million dollars`` has one."""
    words = [word.strip(".,") for token in tokens for word in _written(token)]
    sign = words[:1] if words[:1] and words[0] in CURRENCIES else []
    words = words[len(sign) :]
    while words and words[0].lower() in MULTIPLIERS:
        factor = MULTIPLIERS[words.pop(0).lower()]
        node = ("mul", [node, ("num", factor.numerator, factor.denominator, -1)])
        words = words[1:] if words[:1] == ["of"] else words
    while words and words[0] in ("squared", "cubed"):
        node = ("pow", node, ("num", 2 if words.pop(0) == "squared" else 3, 1, -1))
    if not sign and words[:1] and words[0].lower() in ("percent", "percentage", "pct"):
        return ("percent", node)
    unit = " ".join(sign or _of_unit(words)).strip(" .")
    return ("unit", node, unit) if unit else node


def _of_unit(words: list[str]) -> list[str]:
    """Returns the words that are a unit, without one that only says of what: ``15 cm taller``."""
    whole, first = read_unit(" ".join(words)), words[:-1]
    cut = len(words) > 1 and not whole.known and words[-1].isalpha() and words[-2] not in "/*per"
    return first if cut and read_unit(" ".join(first)).known else words


def _written(token: Token) -> list[str]:
    if token.kind == "command" and token.text == "Omega":
        return ["Ω"]
    return token.text.split() if token.kind == "text" else [token.text]


def together(items: list[Node]) -> list[Node]:
    """Returns items with those summed that are one quantity: 25 dollars and 50 cents."""
    found: list[Node] = []
    for item in items:
        if found and (whole := _whole(found[-1], item)):
            found[-1] = whole
        else:
            found.append(item)
    return found


def _whole(first: Node, second: Node) -> Node | None:
    if first[0] != "unit" or second[0] != "unit":
        return None
    big, small = read_unit(first[2]), read_unit(second[2])
    coins = big.money and small.money and len(big.dimensions) == len(small.dimensions) == 1
    alike = coins or big.dimensions == small.dimensions
    if not big.known or not alike or big.size <= small.size:
        return None
    ratio = big.size / small.size
    if coins:
        less = ("mul", [second[1], ("num", ratio.denominator, ratio.numerator, -1)])
        return ("unit", ("add", [first[1], less]), first[2])
    scaled = ("mul", [first[1], ("num", ratio.numerator, ratio.denominator, -1)])
    return ("unit", ("add", [scaled, second[1]]), second[2])
