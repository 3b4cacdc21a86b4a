"""What sympy prints in many notations is the same expression, and a changed one is another."""

import random
import re
from collections.abc import Callable

import pytest
import sympy as sp

from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.compare import same_answer
from touchstone.templates.math_reasoning.leaves import Conventions

LETTERS = sp.symbols("x y a b n r h t m v")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
PAIRS = 400


def compact(expression: sp.Expr) -> str:
    text = sp.latex(sp.expand(expression))
    return re.sub(r"(?<![a-zA-Z\\]) +| +(?=[^a-zA-Z])|(?<=[a-zA-Z0-9}]) (?=[a-zA-Z])", "", text)


def bare(expression: sp.Expr) -> str:
    return str(sp.expand(expression)).replace("**", "^").replace("*", "")


NOTATIONS: dict[str, Callable[[sp.Expr], str]] = {
    "latex": sp.latex,
    "compact latex": compact,
    "python": str,
    "bare": bare,
    "spaced": lambda e: str(sp.expand(e)).replace("**", "^").replace("*", " "),
    "dots": lambda e: sp.latex(e, mul_symbol="dot"),
    "crosses": lambda e: sp.latex(e, mul_symbol="times"),
    "unicode": lambda e: re.sub(r"\^(\d+)", lambda m: m[1].translate(SUPERSCRIPTS), bare(e)),
    "right to left": lambda e: "+".join(f"({bare(t)})" for t in reversed(sp.Add.make_args(e))),
}


def monomial(rnd: random.Random) -> sp.Expr:
    term: sp.Expr = sp.Integer(rnd.choice([1, 1, 2, 3, 4, 5, -1, -2, -3, 7]))
    for letter in rnd.sample(LETTERS, rnd.choice([1, 1, 2, 2, 3])):
        term *= letter ** rnd.choice([1, 1, 1, 2, 2, 3])
    return term


def polynomial(rnd: random.Random) -> sp.Expr:
    return sum(
        (monomial(rnd) for _ in range(rnd.choice([1, 2, 3]))), sp.Integer(rnd.choice([0, 1]))
    )


def expression(rnd: random.Random) -> sp.Expr:
    x, a, b = LETTERS[0], LETTERS[2], LETTERS[3]
    kind = rnd.random()
    if kind < 0.5:
        return polynomial(rnd)
    if kind < 0.75:
        return polynomial(rnd) * polynomial(rnd)
    return polynomial(rnd) / rnd.choice([x, 2 * x, 3, x + 1, a * b])


def changed(rnd: random.Random, whole: sp.Expr) -> sp.Expr:
    """One term of it with another factor, sign, power or letter: what a slip makes of it."""
    terms = list(sp.Add.make_args(sp.expand(whole)))
    place = rnd.randrange(len(terms))
    letters: list[sp.Expr] = sorted(terms[place].free_symbols, key=str)  # type: ignore[assignment]
    slips = [lambda t: 2 * t, lambda t: -t, lambda t: t + 1]
    if letters:
        square = letters[0] * letters[0]
        slips += [lambda t: t * rnd.choice(letters), lambda t: t.subs(letters[0], square)]
        others = [letter for letter in LETTERS if letter not in letters]
        slips.append(lambda t: t.subs(letters[0], rnd.choice(others)))
    terms[place] = rnd.choice(slips)(terms[place])
    return sp.Add(*terms)


def equal(candidate: str, reference: str) -> bool:
    # What floating point cannot tell apart at four points is taken to be the same here.
    same = same_answer(
        Answer(candidate), Answer(reference), Conventions(), lambda *_: True, lambda *_: False
    )
    return same.equal


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str, bool]]:
    rnd, found = random.Random(20), []
    while len(found) < 2 * PAIRS:
        whole = expression(rnd)
        forms = [whole, sp.expand(whole), sp.factor(whole), sp.together(whole)]
        one, other = rnd.sample(sorted(NOTATIONS), 2)
        said = NOTATIONS[other](rnd.choice(forms))
        found.append((NOTATIONS[one](rnd.choice(forms)), said, True))
        slip = changed(rnd, whole)
        if sp.expand(slip - whole) != 0:
            found.append((NOTATIONS[one](slip), said, False))
    return found


def test_a_changed_expression_is_never_equal_in_any_notation(pairs):
    assert [pair for pair in pairs if not pair[2] and equal(*pair[:2])] == []


def test_the_same_expression_is_equal_in_every_notation(pairs):
    rejected = [pair for pair in pairs if pair[2] and not equal(*pair[:2])]
    assert len(rejected) <= PAIRS // 100, rejected[:5]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("xy^2", "x^2y^2", False),
        ("xy^2", "y^2x", True),
        ("E=mc^2", "E=m^2c^2", False),
        ("E=mc^2", "E=m c^2", True),
        ("2xy^2-3x^2y", "2x^2y^2-3x^2y", False),
        ("xe^x", "x e^{x}", True),
        ("4ac^2", "4a c^2", True),
        ("ax+by=c", "by+ax=c", True),
        ("v=u+at", "v = u + a t", True),
        ("-a^2my", "-m y a^2", True),
        ("PV=nRT", "nRT=PV", True),
        ("Ae^{kt}", "A e^{tk}", True),
        ("kx_0", "x_0 k", True),
        ("ab_1", "a b_1", True),
        ("ab_1", "a_1 b", False),
        ("x1 + x2", "x_1 + x_2", True),
        ("xsinx", "x \\sin x", True),
        ("2costheta", "2\\cos\\theta", True),
    ],
)
def test_every_letter_is_a_name_and_what_follows_binds_to_one(one, other, same):
    assert equal(one, other) is same
