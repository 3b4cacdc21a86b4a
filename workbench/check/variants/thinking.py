"""Thinking in front of an answer, in the marks that families of models write it with."""

from __future__ import annotations

from collections.abc import Iterator

from touchstone.thinking import Pairs
from touchstone.workbench.check.cases import Case

_WHY = "the answer behind the thought is the gold, and a thought is not the answer"
_THOUGHT = "Let me read the question again. I should answer it plainly, and nothing else."
# Mark of the thought, as the model's text has it. Sources: docs/contract.md, "Thinking".
_COMMON = {
    "think": "<think>\n{thought}\n</think>\n\n{answer}",
    "thinking": "<thinking>{thought}</thinking>\n{answer}",
    "reasoning": "<reasoning>{thought}</reasoning>{answer}",
    "empty": "<think>\n\n</think>\n\n{answer}",
}
_OTHERS = {
    "opened in the prompt": "{thought}\n</think>\n\n{answer}",
    "magistral": "[THINK]{thought}[/THINK]{answer}",
    "channels": "<|channel|>analysis<|message|>{thought}<|end|><|start|>assistant"
    "<|channel|>final<|message|>{answer}",
    "channels without marks": "analysis{thought}assistantfinal{answer}",
    "nova": "<|begin_internal_thought|>{thought}<|end_internal_thought|>"
    "<|begin_of_solution|>{answer}<|end_of_solution|>",
}
_THOUGHTS = {
    "long": " ".join([_THOUGHT] * 60),
    "in German": "Ich lese die Frage noch einmal. Die Antwort soll schlicht sein.",
    "in Chinese": "让我再读一遍题目。答案应该简单明了。",
    "a rejected draft": "A first draft: I do not know. No, that is wrong; I can do better.",
    "of the instructions": "The user wants an answer. The policy says to be brief. I am done.",
}


def common(_: Case, answer: str) -> Iterator[tuple[str, str, str]]:
    """Yields an answer behind the marks that most models and gateways write."""
    for name, form in _COMMON.items():
        yield f"thinking:{name}", form.format(thought=_THOUGHT, answer=answer), _WHY


def between(marks: Pairs, _: Case, answer: str) -> Iterator[tuple[str, str, str]]:
    """Yields an answer behind thoughts between marks of a grader's own."""
    for opening, closing in marks:
        text = f"{opening}{_THOUGHT}{closing}\n{answer}"
        yield f"thinking:between {opening} and {closing}", text, _WHY


def variants(case: Case, answer: str) -> Iterator[tuple[str, str, str]]:
    """Yields an answer behind thoughts of every family, long ones and in other languages."""
    yield from common(case, answer)
    for name, form in _OTHERS.items():
        yield f"thinking:{name}", form.format(thought=_THOUGHT, answer=answer), _WHY
    for name, thought in _THOUGHTS.items():
        text = _COMMON["think"].format(thought=thought, answer=answer)
        yield f"thinking:{name}", text, _WHY
