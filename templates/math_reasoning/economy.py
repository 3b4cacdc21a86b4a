"""How much longer a solution is than it has to be."""

from __future__ import annotations

from touchstone.lazy import pattern

# A budget below this would punish one plain sentence per step.
LEAST_BUDGET = 60
# E.g. `word`, `+`; not ` `
_TOKEN = pattern(r"\w+|[^\w\s]")
# E.g. `So. Then`; not `3.14`
_SENTENCE = pattern(r"\n+|(?<=[.!?])\s+")


def length(text: str) -> int:
    """Returns the length in words, numbers and marks; what is repeated counts twice.

    A sentence or line of five or more tokens is repeated when it has been there before, up to
    case and spacing, so that filling up with copies costs more than filling up with prose.
    """
    seen: set[str] = set()
    total = 0
    for sentence in _SENTENCE.split(text):
        tokens = _TOKEN.findall(sentence.lower())
        key = " ".join(tokens)
        repeated = len(tokens) >= 5 and key in seen
        seen.add(key)
        total += len(tokens) * (2 if repeated else 1)
    return total


def economy(completion: str, budget: int) -> float:
    """Returns 1.0 up to the budget, then less in a straight line, 0.0 from three budgets on.

    Never higher for a longer text, so padding cannot pay.
    """
    over = length(completion) - budget
    return 1.0 if over <= 0 else max(0.0, 1.0 - over / (2 * budget))


def budget_from(solution: str, slack: float, default: int) -> int:
    """Returns how long a completion may be: ``slack`` times the reference's own working."""
    return max(LEAST_BUDGET, round(slack * length(solution))) if solution.strip() else default
