# ruff: noqa: RUF001 - typography is what this file is about
"""Turns LaTeX, Unicode or plain mathematics into one plain notation, then into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NewType

from touchstone.lazy import pattern
from touchstone.normal import normal
from touchstone.scoring.units import POWERS_BEHIND, read_unit
from touchstone.templates.math_reasoning.phrases import AND, OR
from touchstone.templates.math_reasoning.units import CURRENCIES

MAX_TEXT = 4000
# Mathematics in the one notation that :func:`plain` writes, and that is tokenized.
Plain = NewType("Plain", str)
# E.g. `\left(`, `\Bigr)`, `1\,000`, `a~b`, `\quad x`; not `\leftarrow`, `\\,`
_DEAD_SPACE = pattern(
    r"(?<!\\)\\(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|q?quad)(?![a-zA-Z])"
    r"|(?<!\\)\\[,!;: ]|~"
)
_SYMBOLS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ",
    "∙": r"\cdot ", "÷": r"\div ", "√": r"\sqrt ", "∛": r"\sqrt[3] ", "π": r"\pi ",
    "∞": r"\infty ", "°": r"^\circ ", "≤": r"\le ", "≥": r"\ge ", "⩽": r"\le ", "⩾": r"\ge ",
    "≠": r"\ne ", "≈": r"\approx ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "±": r"\pm ",
    "∓": r"\mp ", "∅": r"\emptyset ", "ℝ": r"\mathbb{R}", "θ": r"\theta ", "α": r"\alpha ",
    "β": r"\beta ", "γ": r"\gamma ", "λ": r"\lambda ", "μ": r"\mu ", "φ": r"\phi ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "∠": r"\angle ",
    "∨": r"\lor ", "∧": r"\land ", "¬": r"\neg ",
    "“": '"', "”": '"', "’": "'", "⁄": "/", "∕": "/", "\u2061": "",
 "…": r"\dots ", "\u200b": "",
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_ALIASES = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "leq": "le", "leqslant": "le", "geq": "ge",
    "geqslant": "ge", "neq": "ne", "gt": ">", "lt": "<", "lbrace": "{", "rbrace": "}",
    "ast": "*", "times": "*", "cdot": "*", "div": "/", "colon": ":", "lvert": "|", "rvert": "|",
    "vert": "|", "mid": "|", "varnothing": "emptyset", "degree": "circ", "arcsin": "asin",
    "arccos": "acos", "arctan": "atan", "simeq": "approx", "sim": "approx", "implies": "therefore",
    "Rightarrow": "therefore", "to": "therefore", "rightarrow": "therefore", "varphi": "phi",
    "textdegree": "circ", "land": "and", "lor": "or", "wedge": "and", "vee": "or",
    "lbrack": "[", "rbrack": "]", "equiv": "equiv", "infin": "infty",
}  # fmt: skip
# E.g. `€5`, `-\$5`, `¥ 1,250.50`; not `5 €`
_AMOUNT = pattern(rf"([{CURRENCIES[1:]}]|\\\$)\s*([-+]?\d[\d.,]*(?<![.,]))")
# E.g. `5 €`, `50¢`; not `"€"`
_SIGN = pattern(rf'(?<!")([{CURRENCIES[1:]}¢Ω])(?!")')
_ENDS = r"\s*[^\s,;\[\](){}][^,;\[\]{}]{0,60}[,;][^,;\[\]{}]{1,60}"
# E.g. `[0, 1[`, `]-\infty; 2]`, `]0, 1[`; not `[[1, 2], [3]]`, `[0, 1]`
_REVERSED = pattern(rf"(?P<low>\])(?P<ends>{_ENDS})(?P<high>[\[\]])|\[(?P<kept>{_ENDS})\[")
# E.g. `<-3, 5>`; not `x < 3, y > 5`
_ANGLED = pattern(r"^\s*<\s?([^<>,=]{1,40}(?:,[^<>,=]{1,40}){1,3})>\s*$")
# E.g. `\hat{i}`, `\hat{\mathbf{j}}`, `\vec k`, `\hat\imath`; not `\hat{p}`
_UNIT_VECTOR = pattern(
    r"\\(?:hat|vec|overrightarrow)\s?\{?\s?(?:\\math(?:bf|rm)\s?\{?)?\\?(?:([ijk])|([ij])math)(?![a-zA-Z])\}{0,2}"
)
# E.g. `1h15m`, `1h 15min`; not `1h`, `2hm`
_HOURS = pattern(
    r"(?<![\d.])(\d{1,4})\s?h\s?([0-5]?\d)(?:\s?m(?:in)?(?![a-zA-Z])|(?<=[0-5]\d)(?![\s\w.]))"
)

# E.g. `5 degrees Celsius`, `5 degrees F`; not `5 degrees`
_DEGREES = pattern(r"\bdegrees?\s+(?=(?:C|F|[Cc]elsius|[Ff]ahrenheit|centigrade)\b)")
# E.g. `30 градусов`, `30度`, `25 độ`; not `30 grad`
_DEGREES_ELSEWHERE = pattern(
    r"(?<=\d)\s?(?:градус\w{0,3}|stopni\w?|grados?|graus?|gradi|Grad|degrés?|độ|度|도|درجة)(?![^\W\d_]{2})"
)
# E.g. `5 °C`, `5^\circ\mathrm{C}`, `5^{\circ} F`; not `5^\circ`
_TEMPERATURE = pattern(
    r"(?:°|\^\s*\{?\s*\\circ\s*\}?)\s*(?:\\(?:mathrm|text|rm)\s*\{\s*)?([CF])(?:elsius|ahrenheit)?(?![a-zA-Z])\s*\}?",
    re.IGNORECASE,
)
# Letters of other scripts, and of ours with marks; a unit in these has at least one of them.
_OTHER = (
    r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\u0400-\u04ff\u0620-\u064a\u3040-\u30ff"
    r"\u4e00-\u9fff\uac00-\ud7a3"
)
# E.g. `36 км/ч`, `12 см²`, `5公里`, `3 giờ`; not `5 km`
_FOREIGN_UNIT = pattern(
    rf"(?<=[\d}})])\s?((?=[a-z]{{0,9}}[{_OTHER}])[a-z{_OTHER}]{{1,12}}[²³]?"
    rf"(?:\s?/\s?[a-z{_OTHER}]{{1,8}}[²³]?|\s(?:{'|'.join(POWERS_BEHIND)}))?)(?![^\W_])"
)
# A rate in the words of any language.
# E.g. `60 km/giờ`, `15米/秒`, `90 kilomètres par heure`, `60 km trên giờ`; not `x/y`
_RATE = pattern(
    r"(?<=[\d})\s])([^\W\d_](?:[^\W\d_]|-){0,14}[²³]?)(?:\s?/\s?"
    r"|\s(?:pro|par|por|per|al|à|la|в|за|mỗi|trên|một)\s(?:l['’])?)([^\W\d_]{1,12}[²³]?)(?![^\W_])"
)
# E.g. `3 μm`, `3 kΩ`; not `μ`
_GREEK_UNIT = pattern(r"(?<=[\d\s])([µμ][mgslLAFWVCN]|[kM]Ω)(?![a-zA-Z])")
# E.g. `4 \Omega`, `2\,k\Omega`; not `\Omega`
_OHMS = pattern(r"(?<=\d)(?:\\[,; ]|[\s~])*([kM]?)\s?\\Omega(?![a-zA-Z])")
# E.g. `5'6"`, `5' 6''`; not `f'(6)`
_FEET = pattern(r"(?<!\d)(\d{1,9})\s?'\s?(\d{1,9}(?:\.\d{1,9})?)\s?(?:\"|'')")
# E.g. `30^\circ 15'`, `30° 15' 20"`; not `30°`
_MINUTES = pattern(
    r"(?<!\d)(\d{1,9})\s?(?:°|\^\s?\{?\s?\\circ\s?\}?)\s?(\d{1,9})\s?'(?!\s?')"
    r"(?:\s?(\d{1,9})\s?(?:\"|''))?"
)
# E.g. `$1,250`, `-\$5`, `$\$5$`; not `1,250`, `$5$`
_MONEY = pattern(
    r"\s*(?P<formula>\$(?=\s*[-+]?\\?\$))?\s*([-+]?)\\?\$\s*(\d[\d.,]*)"
    r"\s*((?:million|billion|thousand|hundred|dollars)?)\s*(?(formula)\$?)\s*\Z"
)
# What other languages join values by; single letters are names.
# E.g. `3 hoặc x`, `1 oder 2`, `1或2`; not `1 y 2`, `hoặc`, `2e`
_JOINED = pattern(
    rf"(?<=[\d)}}\]$])\s?(?:(\s(?=\w\w|[иو])(?:{OR})\s|或者?|または)"
    rf"|\s(?=\w\w|[иو])(?:{AND})\s|和|与|與|及び|と)\s?(?=[-+\\$(\[\da-z])"
)
# E.g. `\text{ hoặc }`, `\text{ and }`; not `\text{cm}`
_TEXT_BETWEEN = pattern(rf"\\text\s?\{{\s{{0,2}}({OR}|{AND})\s{{0,2}}\}}")
# E.g. `1 234 567.8 km`; not `12 34`
_SPACED = pattern(r"([-+]?\$?\s*)(\d{1,3}(?: \d{3})+)((?:\.\d+)?\D*)")
# E.g. `1.000.000`; not `1.000`
_POINTED = pattern(r"[-+]?[1-9]\d{0,2}(?:\.\d{3}){2,}")
# E.g. `1.234,5`; not `1,234.5`
_EUROPEAN = pattern(r"([-+]?)(\d{1,3}(?:\.\d{3})+),(\d+)(\D*)")
_WRAPPERS = (
    r"framebox|mathrm|mathbf|mathit|boldsymbol|bm|operatorname\*?|mathsf|mathcal|ce|rm|bf|underline"
    r"|boxed|fbox"
)
_TEXTS = r"text|textbf|textit|textnormal|textrm|mbox|hbox|texttt|textsf|emph"
# E.g. `\{x \mid x > 2\}`, `\{x \in \mathbb{R} : x > 2\}`; not `\{1, 2\}`
_BUILDER = pattern(
    r"\\?\{\s*([a-z])\s*(?:\\in\s*\\mathbb\s*\{?R\}?)?\s*(?:\\mid|\\vert|\||:)(?!\d)"
    r"([^{}|:]{1,200}?)\\?\}"
)
# E.g. `\color{red}`, `\textcolor{red}`, `\Large`, `\bf`; not `\larger`
_COLOURED = pattern(
    r"\\(?:text)?color\s*\{[a-z]{1,20}\}"
    r"|\\(?:tiny|small|large|Large|LARGE|huge|Huge|bf|rm|it)(?![a-zA-Z])"
)
# E.g. `C(5,2)`, `{}^5C_2`, `{}^{5}C_{2}`; not `C(5)`
_CHOOSE = pattern(
    r"(?<![a-zA-Z\\])C\s?\(\s?(\d{1,5}|[a-z])\s?,\s?(\d{1,5}|[a-z])\s?\)"
    r"|\{\}\s?[\^_]\s?\{?(\d{1,5}|[a-z])\}?\s?C_\s?\{?(\d{1,5}|[a-z])\}?"
)
# E.g. `\frac{dy}{dx}`; not `\frac{y}{x}`
_DERIVATIVE = pattern(r"\\d?frac\s?\{\s?d\s?([a-zA-Z])\s?\}\s?\{\s?d\s?[a-z]\s?\}")
# E.g. `\begin{aligned} x &= 2 \\ y &= 3 \end{aligned}`; not `\begin{pmatrix}1\end{pmatrix}`
_ALIGNED = pattern(
    r"\\begin\{(?:aligned|align\*?|gathered|split)\}(.{0,2000}?)\\end\{[a-z]+\*?\}",
    re.DOTALL,
)
# E.g. `42`, `-1.5`; not `x`
_BARE = pattern(r"-?\d+(?:\.\d+)?", re.ASCII)
# E.g. `1 2 3`, `-1.5 2`, `7`; not `a b`
_ROW = pattern(r"\s*-?\d+(?:\.\d+)?(?:[ \t]+-?\d+(?:\.\d+)?)*\s*")
# E.g. `'1.5'`, `"-3"`; not `'a'`
_QUOTED = pattern(r"(['\"])(-?\d+(?:\.\d+)?)\1")
# E.g. `.\dot{3}`, `.1\dot 3`; not `\dot{x}`
_DOTTED = pattern(r"(\.\d{0,20})\\dot\s?\{?(\d)\}?(?:(\d{0,20})\\dot\s?\{?(\d)\}?)?")
# E.g. `1,00,000`, `12,34,567`; not `1,000`
_INDIAN = pattern(r"(?<![\d,.])\d{1,2}(?:,\d{2}){1,6},\d{3}(?![\d,])")
# E.g. `1'234'567`, `12'500`; not `1'2`, `5'600"`
_SWISS = pattern(r"(?<![\d'’])\d{1,3}(?:['’]\d{3})+(?![\d'’\"])")
# E.g. `\text{cm}`, `\mbox{ or }`; not `\frac{1}{2}`
_TEXT = pattern(rf"\\(?:{_TEXTS})\s*\{{([^{{}}]*)\}}")
# E.g. `\mathrm{d}`, `\boxed{3}`; not `\frac{1}{2}`
_WRAPPED = pattern(rf"\\(?:{_WRAPPERS})\s*\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}")
_DAMAGED = (("\x0crac", r"\frac"), ("\x08oxed", r"\boxed"), ("\x08egin", r"\begin"),
            ("\times", r"\times"), ("\text", r"\text"), ("\tfrac", r"\tfrac"),
            ("\theta", r"\theta"),
            ("\right", r"\right"))  # fmt: skip
Kind = Literal["number", "command", "name", "text", "mark"]
# E.g. `1,234.5e-6`, `\frac`, `x`, `"cm"`, `<=`; not `§`
_TOKEN = pattern(
    r"(?P<number>\d[\d,]*\.?\d*(?:[eE][+-]?\d{1,5}(?![\d.]))?|\.\d+)"
    r"|\\(?P<command>[a-zA-Z]+|[{}|%$&#_\\])"
    r"|(?P<name>[a-zA-Z]+)"
    r"|\"(?P<text>[^\"]*)\""
    r"|(?P<mark>!=|<=|>=|==|=>|<>|[-+*/^_=<>()\[\]{}|,;:!%&'°$?#@.])"
    r"|(?P<space>\s+)"
)


class NotMathematics(ValueError):
    """The text is not mathematics that the grammar knows."""


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of an expression; ``spaced`` tells that white space comes before it."""

    kind: Kind
    text: str
    spaced: bool = False


# E.g. `(-1 | 4)`, `P(2|0.5)`, as German writes a point; not `P(A|B)`, `(|x|)`
_POINT = pattern(
    r"\(\s*((?=[^()|]{0,30}\d)[^()|]{1,30}?)\s*\|\s*((?=[^()|]{0,30}\d)[^()|]{1,30}?)\s*\)"
)


def plain(text: str) -> Plain:
    r"""Returns ``text`` without typography: one notation, whatever wrote it.

    ``\text{...}`` becomes ``"..."``; dead space, math delimiters, ``\left``/``\right`` and
    doubled backslashes of an escaped string go; Unicode symbols become commands.
    """
    if _BARE.fullmatch(text):
        return Plain(text)  # most sides of a claim: nothing below has anything to do
    text = re.sub(r"^\s*\*\*(.*)\*\*\s*$", r"\1", _unescaped(text))
    if money := _MONEY.fullmatch(text):
        text = f'{money[2]}{money[3]} "$" {money[4]}'
    text = _POINT.sub(r"(\1, \2)", text)
    text = _TEXT_BETWEEN.sub(r" \1 ", text)
    text = _JOINED.sub(lambda m: " or " if m[1] else " and ", text)
    text = _ALIGNED.sub(lambda m: m[1].replace("\\\\", ", ").replace("&", " "), _grid(text))
    text = re.sub(r"(\d)(?:\\[, ]|~)(\d{3})\{?,\}?(\d{1,2})(?!\d)", r"\1\2.\3", text)
    text = re.sub(r"\{\s*,\s*\}|,\s*\\!\s*", ",", text)
    text = _CHOOSE.sub(lambda m: rf"\binom{{{m[1] or m[3]}}}{{{m[2] or m[4]}}}", text)
    text = _DERIVATIVE.sub(r"\1'", text)
    text = re.sub(r"(?<![\w\\])#(?=\d)", "", text)
    text = re.sub(r"(\d)\u0305", r"\\overline{\1}", text)
    text = _DOTTED.sub(lambda m: rf"{m[1]}\overline{{{m[2]}{m[3] or ''}{m[4] or ''}}}", text)
    text = _INDIAN.sub(lambda m: m[0].replace(",", ""), text)
    text = _SWISS.sub(lambda m: re.sub("['’]", ",", m[0]), text)
    text = _typed_units(text)
    text = _unicode(text).replace("**", "^")
    text = _UNIT_VECTOR.sub(lambda m: f" {m[1] or m[2]} ", text)
    text = re.sub(r"\s+,(?=\d{3}(?!\d))", ",", text) if re.search(r"\d\s+,\d{3}", text) else text
    text = re.sub(r"(?<=\d)(?:\\[,;: ]|~)(?=\d{3}(?!\d))", ",", text)
    text = _COLOURED.sub(" ", text)
    text = _TEXT.sub(_words_or_number, text)
    for _ in range(4):
        text, count = _WRAPPED.subn(r" \1 ", text)
        if not count:
            break
    text = re.sub(r"\\mathbb\s*\{?\s*([A-Z])\s*\}?", r"\\mathbb\1 ", text)
    text = _DEAD_SPACE.sub(" ", text)
    text = re.sub(r"\\[()\[\]]|\$\$", " ", text)
    text = _ANGLED.sub(r"(\1)", text)
    text = _REVERSED.sub(_interval, _BUILDER.sub(r"\2", text))
    return Plain(text.strip())


def _interval(match: re.Match[str]) -> str:
    """Returns an interval whose open ends are brackets turned round with round brackets."""
    if match["kept"]:
        return f"[{match['kept']})"
    return f"({match['ends']}{')' if match['high'] == '[' else ']'}"


def _grid(text: str) -> str:
    """Returns numbers in a row, or in rows on lines or set apart by semicolons, as lists."""
    bare = text.strip()
    if bare[:1] == "[" and bare[-1:] == "]":
        text = _QUOTED.sub(r"\2", text)
    lines = bare.strip("[]").split(";") if bare[:1] == "[" else bare.split("\n")
    if not all(_ROW.fullmatch(line) for line in lines):
        return text
    rows = [line.split() for line in lines]
    if len(rows) == 1:
        # `1 234 567` is one number.
        whole = len(rows[0]) < 3 or _SPACED.fullmatch(bare)
        return text if whole else f"[{', '.join(rows[0])}]"
    if len({len(row) for row in rows}) > 1:
        return text
    return "[" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "]"


def _typed_units(text: str) -> str:
    """Returns units that are typography as words: angles, feet, temperatures, amounts."""
    text = text.replace("′", "'").replace("″", '"')
    text = _DEGREES_ELSEWHERE.sub("°", _DEGREES.sub("°", text))
    text = _HOURS.sub(lambda m: f'{m[1]} "hours" {m[2]} "minutes"', text)
    text = _MINUTES.sub(lambda m: rf"({m[1]}+{m[2]}/60+{m[3] or 0}/3600)^\circ ", text)
    text = _FEET.sub(r'\1 "feet" \2 "inches"', text)
    text = _TEMPERATURE.sub(lambda m: f' "°{m[1].upper()}" ', text)
    text = _OHMS.sub(r' "\1Ω" ', text)
    text = _RATE.sub(_rate, text)
    text = _FOREIGN_UNIT.sub(lambda m: f' "{m[1]}" ' if read_unit(m[1]).known else m[0], text)
    text = _GREEK_UNIT.sub(r' "\1" ', text)
    text = _AMOUNT.sub(lambda m: f'{m[2]} "{m[1][-1]}" ', text)
    return _SIGN.sub(r' "\1" ', text)


def _rate(match: re.Match[str]) -> str:
    """Returns a rate as one unit, where both its parts are units that our letters do not say."""
    said = f"{match[1]}/{match[2]}"
    known = "/" not in match[0] or not said.isascii() or len(match[2]) > 2
    return f' "{said}" ' if known and read_unit(said).known else match[0]


def _words_or_number(match: re.Match[str]) -> str:
    inner = match[1].strip()
    if counted := re.fullmatch(r"([-+]?\d[\d.,]{0,40}) ([^\W\d][^\d\"]{0,60})", inner):
        return f' {counted[1]} "{counted[2]}" '
    return f" {inner} " if re.fullmatch(r"[-+]?[\d.,]+", inner) else f' "{inner}" '


def mended(text: str) -> str:
    """Returns a whole completion as it was meant, without long runs of blanks.

    Patterns are slow on those.
    """
    blanks = re.sub(r"\s{3,}", lambda m: "\n\n" if "\n" in m[0] else "  ", text)
    return _unescaped(blanks)


def _unescaped(text: str) -> str:
    """Mends what JSON and string escapes do to LaTeX: form feeds, doubled backslashes."""
    for damaged, meant in _DAMAGED:
        if damaged in text:
            text = text.replace("\\" + damaged, meant).replace(damaged, meant)
    # In a matrix, two backslashes end a row, even where a command follows them.
    if "\\\\" in text and "&" not in text and r"\begin" not in text:
        text = re.sub(r"(?<!\\)\\{2,}+(?=[a-zA-Z{}\[\]()])", lambda _: "\\", text)
    elif "\\\\\\\\" in text:
        text = re.sub(r"\\{2}", lambda _: "\\", text)
    return text


def _unicode(text: str) -> str:
    if text.isascii():
        return text
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}", text)
    out = []
    for char in text:
        folded = _SYMBOLS.get(char)
        if folded is None:
            folded = normal(char, "NFKC")
            if len(folded) > 1 and "⁄" in folded:
                top, _, bottom = folded.partition("⁄")
                folded = rf"\frac{{{top}}}{{{bottom}}}"
        out.append(folded)
    return "".join(out)


def tokenize(text: Plain) -> list[Token]:
    """Splits a text in the one notation; a stop at its end is no part of it.

    Raises:
        NotMathematics: A character that no mathematics has, or far too much text.
    """
    marks = _ungrouped(text).strip().rstrip(".;,")
    if len(marks) > MAX_TEXT:
        raise NotMathematics(f"longer than {MAX_TEXT} characters")
    tokens: list[Token] = []
    position, spaced = 0, False
    while position < len(marks):
        match = _TOKEN.match(marks, position)
        if match is None:
            raise NotMathematics(f"unexpected {marks[position]!r}")
        position = match.end()
        kind = match.lastgroup
        if kind == "space":
            spaced = True
            continue
        value = match[kind or 0]
        if kind == "number":
            value, position = _number(value, position)
        if kind == "command":
            value = _ALIASES.get(value, value)
            if value in "*/<>:|[]":
                kind = "mark"
        if value == "$" and kind != "text":
            continue
        tokens.append(Token(kind, value, spaced))  # type: ignore[arg-type]
        spaced = False
    return tokens


def _ungrouped(text: str) -> str:
    """Returns a number as it is computed with: ``1 234 567``, ``1.234,5``, ``2 x 10^3``."""
    if spaced := _SPACED.fullmatch(text):
        text = spaced[1] + spaced[2].replace(" ", "") + spaced[3]
    elif _POINTED.fullmatch(text):
        text = text.replace(".", "")
    elif european := _EUROPEAN.fullmatch(text):
        text = f"{european[1]}{european[2].replace('.', '')}.{european[3]}{european[4]}"
    return re.sub(r"(?<=\d)\s*[xX]\s*(?=10\s*\^)", "*", text)


def _number(text: str, end: int) -> tuple[str, int]:
    """Gives back a comma or full stop that ends the number's sentence, not the number."""
    kept = text.rstrip(",")
    if kept.endswith("."):
        kept = kept[:-1]
    return kept, end - (len(text) - len(kept))
