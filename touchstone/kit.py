"""What a reward file imported from another service stands on: texts filled in, texts compared.

``from touchstone.kit import filled, string_check`` works under either policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from touchstone.jsontext import decoded, strict_json, written
from touchstone.scoring.javascript import js_search, levenshtein
from touchstone.scoring.json_schema import keeps_schema
from touchstone.scoring.overlap import bleu, gleu, meteor, rouge
from touchstone.scoring.similarity import similarity

__all__ = [
    "METRICS",
    "OPERATIONS",
    "PLACEHOLDER",
    "NotWritten",
    "commas",
    "context_of",
    "example_of",
    "field_of",
    "filled",
    "is_json",
    "js_search",
    "keeps_schema",
    "levenshtein",
    "path_of",
    "response_of",
    "scored",
    "string_check",
    "text_similarity",
    "verdict_of",
]

# E.g. `{{ item.answer }}`; what stands between the braces is a path
PLACEHOLDER = re.compile(r"\{\{([^{}]*+)\}\}")
# E.g. `.answer`, `.0`, `[0]` or `["the answer"]`
_STEP = re.compile(r"""\.([^\W\d]\w*+)|(?:\.(\d++)|\[(-?\d++)\])|\[(?:"([^"]*+)"|'([^']*+)')\]""")
_ROOTS = ("item", "sample")
# E.g. `"a, b"`, `"a ""b"""`
_QUOTED = re.compile(r'"((?:[^"\\]|\\.|"")*+)"', re.DOTALL)


class NotWritten(LookupError):
    """The completion does not hold what a placeholder of ``sample`` asks for."""


def path_of(placeholder: str) -> tuple[str | int, ...]:
    """Returns what a placeholder names, its root (``item`` or ``sample``) first.

    Raises:
        ValueError: It is no such path.
    """
    placeholder = placeholder.strip()
    root = next((one for one in _ROOTS if placeholder.startswith(one)), "")
    steps: list[str | int] = [root]
    at = len(root)
    while at < len(placeholder):
        step = _STEP.match(placeholder, at)
        if not root or step is None:
            raise ValueError(f"{{{{ {placeholder} }}}} is no path such as item.answer")
        name, number, index, double, single = step.groups()
        if number or index:
            steps.append(int(number or index))
        else:
            steps.append(next(key for key in (name, double, single) if key is not None))
        at = step.end()
    if not root:
        raise ValueError("{{ }} names nothing")
    return tuple(steps)


def filled(template: str, sample: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    """Returns a text with its placeholders filled in, in one pass: what is put in stays as it is.

    Args:
        template: With placeholders such as ``{{ item.answer }}`` and ``{{ sample.output_text }}``.
        sample: What the model wrote, as ``grade(sample, item)`` has it.
        item: The row.

    Raises:
        NotWritten: The completion has no such value, as where it is not JSON.
        LookupError: The row has none.
    """
    roots = {"item": item, "sample": sample}
    return PLACEHOLDER.sub(lambda found: _text(_value(roots, found[1])), template)


def scored(score: Callable[..., float], *row: Any, lowest: float = 0.0) -> float:
    """Returns what one grader gives; its lowest where the completion lacks what it asks for.

    Args:
        score: The grader.
        row: What it is called with: ``sample``, ``item``, and perhaps ``judge``.
        lowest: Its lowest score.
    """
    try:
        return score(*row)
    except NotWritten:
        return lowest


def string_check(text: str, operation: str, reference: str) -> float:
    """Returns 1.0 where a text and the reference are as the operation says, else 0.0.

    Args:
        text: What is graded.
        operation: ``eq`` (the same), ``ne`` (not the same), ``like`` (holds the reference) or
            ``ilike`` (holds it, whatever the case).
        reference: What it is held against.
    """
    return float(_OPERATIONS[operation](text, reference))


def text_similarity(text: str, metric: str, reference: str) -> float:
    """Returns how alike a text and the reference are, 0..1.

    Args:
        text: What is graded.
        metric: One of ``METRICS``.
        reference: What it is held against.
    """
    return METRICS[metric](text, reference)


def is_json(text: str) -> bool:
    """Tells whether a text is JSON as its standard has it, and nothing else."""
    try:
        strict_json(text)
    except (ValueError, RecursionError):
        return False
    return True


def field_of(text: str, name: str) -> str:
    """Returns a field of the JSON object that a text is, as text.

    Raises:
        NotWritten: The text is no object, or has no such field.
    """
    try:
        data = strict_json(text)
    except (ValueError, RecursionError) as exc:
        raise NotWritten("the completion is no JSON") from exc
    if not isinstance(data, dict) or data.get(name) is None:
        raise NotWritten(f"the completion has no {name}")
    return _text(data[name])


def example_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row as Gemini's tuning hands it to ``evaluate(example, response)``."""
    turns = [turn for turn in item["messages"] if isinstance(turn.get("content"), str)]
    reference = item.get("reference_answer")
    made: dict[str, Any] = {
        "contents": [
            _content("model" if turn["role"] == "assistant" else "user", turn["content"])
            for turn in turns
            if turn["role"] != "system"
        ],
        "references": reference if isinstance(reference, dict) else {},
    }
    system = [turn["content"] for turn in turns if turn["role"] == "system"]
    return made | ({"systemInstruction": _content("system", system[0])} if system else {})


def response_of(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a completion as Gemini's tuning hands it to ``evaluate(example, response)``."""
    return _content("model", sample["output_text"])


def context_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row as promptfoo hands it to ``get_assert(output, context)``."""
    own = {key: value for key, value in item.items() if key not in ("messages", "prompt")}
    return {"prompt": item["prompt"], "vars": own}


def verdict_of(result: Any) -> float:
    """Returns the score of what promptfoo's ``get_assert`` returned: its number, or 1 for a yes.

    Raises:
        ValueError: It is no bool, no number, and no object with a ``score``.
    """
    if isinstance(result, str):
        plain = result.strip()
        words = {"true": True, "false": False}
        result = strict_json(plain) if plain.startswith("{") else words.get(plain.lower(), plain)
    if isinstance(result, Mapping):
        result = result.get("score")
    if result is None or isinstance(result, (list, tuple)):
        raise ValueError("neither a bool nor a number nor an object with pass, score and reason")
    return float(result)


def commas(text: str) -> list[str]:
    """Returns the parts of a text that commas divide; one in double quotes may hold commas.

    Source: promptfoo's ``parseCommaSeparatedValues``.

    Raises:
        ValueError: A quote is not closed, or something stands behind it.
    """
    parts: list[str] = []
    rest = text.strip()
    while rest := rest.lstrip(", \t\r\n"):
        if rest[0] != '"':
            part, _, rest = rest.partition(",")
            parts.append(part.strip())
            continue
        found = _QUOTED.match(rest)
        if found is None or rest[found.end() :].lstrip()[:1] not in ("", ","):
            raise ValueError("a quote is not closed, or something stands behind it")
        parts.append(re.sub(r'\\(["\\])|""', lambda one: one[1] or '"', found[1]))
        rest = rest[found.end() :]
    return parts


def _content(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


def _rouge(n: int | None) -> Callable[[str, str], float]:
    return lambda text, reference: rouge(text, reference, n)


_OPERATIONS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda text, reference: text == reference,
    "ne": lambda text, reference: text != reference,
    "like": lambda text, reference: reference in text,
    "ilike": lambda text, reference: reference.lower() in text.lower(),
}
OPERATIONS = tuple(_OPERATIONS)
METRICS: dict[str, Callable[[str, str], float]] = {
    "fuzzy_match": similarity,
    "bleu": bleu,
    "gleu": gleu,
    "meteor": meteor,
    **{f"rouge_{n}": _rouge(n) for n in range(1, 6)},
    "rouge_l": _rouge(None),
}


def _value(roots: Mapping[str, Any], placeholder: str) -> Any:
    path = path_of(placeholder)
    value: Any = roots
    for step in path:
        value = decoded(value)  # a path leads into JSON that is a text, too
        if isinstance(step, str) and isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(step, int) and isinstance(value, Sequence) and not isinstance(value, str):
            value = value[step] if -len(value) <= step < len(value) else None
        else:
            value = None
        if value is None:
            who = "the completion" if path[0] == "sample" else "the row"
            raise (NotWritten if path[0] == "sample" else LookupError)(
                f"{who} has no {placeholder.strip()}"
            )
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else written(value)
