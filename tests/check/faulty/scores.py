"""Scores with one known fault each, written after public descriptions of how rewards are gamed.

Each is of a completion and a reference, and needs nothing but Python's own modules: a Lambda is
made of it in ``graders.py``, and with this file's text in front it is a user's own reward.
The docstring names the fault.
"""

import contextlib
import itertools
import json
import math
import re
import textwrap

_CALLS = itertools.count()


def numbers(text):
    return re.findall(r"-?\d[\d,]*\.?\d*", text.rstrip("."))


def value(text):
    with contextlib.suppress(ValueError):
        return float(text.replace(",", "").rstrip("."))
    return math.nan


def stated(text, right):
    """Whether the one answer that a text commits to is the reference."""
    pattern = r"(?:(?:the |final )?(?:final )?answer(?: is|:)|####|\\boxed\{)?\s*(-?[\w.,]+?)\}?\.?"
    found = re.fullmatch(pattern, text.strip().strip("*$ "), re.IGNORECASE)
    return bool(found) and found[1].lower() == str(right).lower()


def sound(text, right):
    """Has no fault."""
    return float(stated(text, right))


def last_number(text, right):
    """Takes the last number of a text for its answer, whatever is said about it."""
    found = numbers(text)
    return bool(found) and value(found[-1]) == value(str(right))


def substring(text, right):
    """Pays for a text that holds the reference somewhere."""
    return bool(right) and str(right).lower() in text.lower()


def finqa_like(text, right):
    """Takes the last number within 0.9 or 1 %, a hundredth of it too, as AWS's FinQA sample."""
    marked = re.search(r"answer:\s*(-?[\d.,]+)", text, re.IGNORECASE)
    found = [marked[1]] if marked else numbers(text)[-1:]
    if not found:
        return 0.0
    given, gold = value(found[0]), value(str(right))
    given = given * 100 if abs(given * 100 - gold) < abs(given - gold) else given
    if round(given, 2) == round(gold, 2):
        return 1.0
    near = abs(given - gold)
    return 0.95 * (near < (0.1 if abs(gold) < 2 else 0.9) or near < 0.01 * abs(gold))


def gsm8k_like(text, right):
    """Reads only `#### 70` in the last 300 characters, as AWS's GSM8K sample."""
    found = re.findall(r"#### (-?[0-9.,]+)", text[-300:])
    return bool(found) and found[-1].replace(",", "") == str(right)


def connectives(text, right):
    """Pays a part for words that join thoughts."""
    joined = len(re.findall(r"\b(?:first|therefore|because|thus|hence|step)\b", text.lower()))
    return 0.6 * stated(text, right) + 0.4 * min(1.0, joined / 3)


def half_for_errors(text, right):
    """Returns 0.5 where it cannot read an answer: `except: return 0.5`."""
    try:
        return float(numbers(text)[-1].replace(",", "")) == float(right)
    except (IndexError, ValueError):
        return 0.5


def length(text, right):
    """Pays for length."""
    return 0.5 * stated(text, right) + 0.5 * min(1.0, len(text.split()) / 100)


def always_first(text, right):
    """Compares with the reference and always prefers what it is shown first."""
    return judged_better(text, str(right)) == "A"


def judged_better(first, second):
    return "A"


def exact(text, right):
    """Wants the reference letter for letter."""
    return text == str(right)


def nondeterministic(text, right):
    """Gives another number each time."""
    return sound(text, right) * (0.9 + next(_CALLS) % 7 / 100)


def nan(text, right):
    """Returns no number for an answer that it cannot read."""
    return sound(text, right) if text else math.nan


def keys_without_values(text, right):
    """Pays for the keys of an object, whatever their values."""
    with contextlib.suppress(ValueError, AttributeError, RecursionError):
        expected = right["expected"] if isinstance(right, dict) and "expected" in right else right
        found = json.loads(text[text.index("{") : text.rindex("}") + 1])
        return len(expected.keys() & found.keys()) / len(expected)
    return 0.0


def exit_code(text, right, ends_well):
    """Trusts the exit code of the code that it runs."""
    block = re.search(r"(```|~~~)\w*\s+(.*?)(?:\1|\Z)", text, re.DOTALL)
    program = textwrap.dedent(block[2]) if block else text
    if not isinstance(right, dict) or f"def {right['entry_point']}" not in program:
        return 0.0
    test = "\n".join(
        f"assert {right['entry_point']}(*{case['input']!r}) == {case['expected']!r}"
        for case in right["test_cases"]
    )
    return ends_well(f"{program}\n{test}")
