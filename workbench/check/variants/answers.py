"""A final answer in other notations, phrases, languages and layouts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.gold import final_answer

# E.g. `70`, `-3`, `1234`; not `70.5`, `7/2`
_WHOLE = re.compile(r"-?\d{1,12}")
# E.g. `7/2`, `-1/4`; not `7/2x`
_FRACTION = re.compile(r"(-?\d{1,6})/(\d{1,6})")
# E.g. `77.5`, `-0.25`; not `77`, `1.000,5`
_DECIMAL = re.compile(r"-?\d{1,9}\.\d{1,6}")
_PHRASES = {
    "Spanish": "La respuesta es {}.",
    "French": "La réponse est {}.",
    "German": "Die Antwort ist {}.",
    "Italian": "La risposta è {}.",
    "Portuguese": "A resposta é {}.",
    "Dutch": "Het antwoord is {}.",
    "Russian": "Ответ: {}",
    "Chinese": "答案是{}。",
    "Japanese": "答えは{}です。",
}
_LAYOUTS = {
    "bold label": "**Answer:** {}",
    "all bold": "**The answer is {}.**",
    "heading": "### Final Answer\n\n{}",
    "final answer in bold": "**Final Answer**\n\n{}",
    "label": "Answer: {}",
    "in a tag": "<answer>{}</answer>",
    "last line": "So we are done.\n\nFinal answer: {}",
    "conclusion": "Therefore, the answer is {}.",
    "comes to": "Hence the final result is {}.",
    "so that": "Thus, the final answer is **{}**.",
}
_BOXES = {
    "displayed": "\\[\n\\boxed{{{}}}\n\\]",
    "two dollars": "$$\\boxed{{{}}}$$",
    "one dollar": "$\\boxed{{{}}}$",
    "in a sentence": "The answer is $\\boxed{{{}}}$.",
    "with a hope": "The final answer is $\\boxed{{{}}}$. I hope it is correct.",
    "framed": "\\fbox{{{}}}",
    "spaced": "\\boxed{{ {} }}",
}
_VERBOSE = {
    "an opening": "Great question! Let us go through it calmly, and check the result at the end.",
    "a plan": "First I read what is given. Then I find out what is asked. Then I work it out.",
    "doubts": "I was not sure how to read this at first, but on a second look it is clear.",
}
_SHORT = {
    "sentence": "The answer is {}.",
    "full stop": "{}.",
    "bold": "**{}**",
    "label": "Answer: {}",
    "final": "Final answer: {}",
    "spaced": " {} \n",
}


def variants(case: Case, _: str) -> Iterator[tuple[str, str, str]]:
    """Yields the reference's answer, written otherwise; none where it is not plain."""
    answer = final_answer(case.reference)
    if not answer:
        return
    says = f"it states {answer} as its answer"
    for name, form in _PHRASES.items():
        yield f"language:{name}", form.format(answer), says
    for name, form in _LAYOUTS.items():
        yield f"layout:{name}", form.format(answer), says
    for name, form in _BOXES.items():
        yield f"layout:box {name}", form.format(answer), says
    for name, text in _VERBOSE.items():
        yield f"verbosity:{name}", f"{text}\n\nThe answer is {answer}.", says
    yield "verbosity:said twice", f"The answer is {answer}.\n\n#### {answer}", says
    for name, written in notations(answer):
        for form in ("The answer is {}.", "\\boxed{{{}}}"):
            why = f"{written} is the reference's {answer} in another notation"
            yield f"notation:{name}", form.format(written), why


def notations(answer: str) -> Iterator[tuple[str, str]]:
    """Yields other notations of the same value; only marks of a formula for what is no number."""
    yield "in dollars", f"${answer}$"
    yield "in round brackets", f"\\({answer}\\)"
    if _WHOLE.fullmatch(answer):
        yield from _of_whole(int(answer), answer)
    elif fraction := _FRACTION.fullmatch(answer):
        top, bottom = fraction.groups()
        if int(bottom):
            sign, top = ("-", top[1:]) if top.startswith("-") else ("", top)
            yield "as a fraction of LaTeX", rf"{sign}\frac{{{top}}}{{{bottom}}}"
            yield "as a large fraction", rf"{sign}\dfrac{{{top}}}{{{bottom}}}"
            yield "expanded", f"{sign}{int(top) * 2}/{int(bottom) * 2}"
            yield from _terminating(Fraction(int(top), int(bottom)), sign)
    elif _DECIMAL.fullmatch(answer):
        yield "with a zero more", f"{answer}0"
        exact = Fraction(answer)
        yield "as a fraction", f"{exact.numerator}/{exact.denominator}"


def short(case: Case, _: str) -> Iterator[tuple[str, str, str]]:
    """Yields a short reference as anybody would answer with it; none for a longer text."""
    answer = final_answer(case.reference)
    if answer:
        why = f"it states {answer}, and nothing else"
        for name, form in _SHORT.items():
            yield f"layout:{name}", form.format(answer), why


def _of_whole(value: int, answer: str) -> Iterator[tuple[str, str]]:
    yield "as a decimal", f"{answer}.0"
    yield "as a text of LaTeX", rf"\text{{{answer}}}"
    if abs(value) >= 10_000:
        yield "with commas", f"{value:,}"
        yield "with thin spaces", f"{value:,}".replace(",", r"\,")
    if value < 0:
        yield "with a sign of its own", f"\N{MINUS SIGN}{-value}"


def _terminating(value: Fraction, sign: str) -> Iterator[tuple[str, str]]:
    if (value * 10**4).denominator == 1:
        yield "as a decimal", f"{sign}{float(value):g}"
