"""Which names a run of letters is made of: every letter is one, unless the run is a known word."""

from __future__ import annotations

from touchstone.lazy import pattern
from touchstone.scoring.locales import LOCALES

FUNCTIONS = {
    "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "log", "ln", "lg", "exp", "sqrt", "cbrt", "gcd", "lcm", "max", "min", "det", "abs", "cis",
    "asinh", "acosh", "atanh", "floor", "ceil",
}  # fmt: skip
ALIASES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "ceiling": "ceil",
    "tg": "tan", "ctg": "cot", "cosec": "csc", "sen": "sin", "Abs": "abs", "mcm": "lcm",
}  # fmt: skip
GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "iota",
    "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
    "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega", "ell", "vartheta",
    "varrho", "varsigma", "hbar", "nabla", "partial", "aleph", "Xi", "Upsilon", "upsilon", "Pi",
}  # fmt: skip
CONSTANTS = {"pi": "pi", "infty": "oo", "infinity": "oo", "inf": "oo", "oo": "oo",
             "emptyset": "empty"}  # fmt: skip
# Names that are found within a run of letters too.
# E.g. `sin`, `theta`, `x`; not `12`
_WITHIN = pattern(
    r"arc(?:sin|cos|tan)|(?:sin|cos|tan)h?|cot|sec|csc|log|ln|sqrt|theta|alpha|infty|pi|[A-Za-z]"
)

# Short words of a sentence, which are not products of their letters where no operator is.
ENGLISH = {
    "an", "are", "as", "at", "be", "by", "for", "get", "has", "he", "her", "him", "his", "how",
    "if", "in", "is", "it", "its", "let", "me", "my", "no", "not", "now", "of", "on", "one",
    "our", "out", "per", "she", "so", "sum", "the", "to", "two", "us", "was", "we", "who",
    "why", "yes", "you", "all", "any", "but", "can", "did", "do", "few", "had", "may", "more",
    "new", "nor", "off", "old", "own", "put", "say", "see", "six", "ten", "too", "try",
    "use", "via", "way", "yet", "and", "or", "mod", "each", "than", "etc", "am", "pm",
    *(word for locale in LOCALES.values()
      for word in (*locale.common, *locale.because, *locale.verbs) if len(word) > 1),
}  # fmt: skip
# E.g. `xsinx`, `costheta`, `lny`; not `using`, `cost`
_APPLIED = pattern(r"[a-z]?(?:sin|cos|tan|cot|sec|csc|ln|log)h?(?:x|y|theta|alpha)")
# The longest run that is read as a product; a longer one is a word.
_LONGEST = 12


def known(name: str) -> bool:
    """Returns whether a whole run of letters is the name of one thing."""
    low = name.lower()
    return low in CONSTANTS or low in FUNCTIONS or low in ALIASES or name in GREEK


def split(run: str) -> list[str]:
    """Returns the names that a run of letters is made of, in order."""
    return [run] if len(run) == 1 or known(run) else _WITHIN.findall(run)


def is_word(run: str, *, beside: bool) -> bool:
    """Returns whether a run of letters is a word of a sentence rather than a product.

    Args:
        run: Letters without a space between them.
        beside: An operator, an exponent or a digit touches it, as it does a product.
    """
    if len(run) == 1 or known(run) or _APPLIED.fullmatch(run):
        return False
    plain = len(run) <= 3 and run.lower() not in ENGLISH and (run.isupper() or run.islower())
    return len(run) > _LONGEST or not (plain or beside)
