"""Whether a row's reference is there, and whether the chosen grader can read it.

The grader itself is asked: each row is sent to it, through the handler that Bedrock calls,
with an answer that is the reference's own where the template says how such an answer looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from touchstone.templates import load_grader
from touchstone.templates.code_verification.own import REFUSED, SOLUTIONS, own_solutions
from touchstone.templates.data_extraction.reference import gold
from touchstone.workbench.data.problem import Finding
from touchstone.workbench.grading.backends import Backend, in_process

# An answer that says nothing, for graders whose right answer cannot be made from the reference.
_NO_ANSWER = "I cannot say."


def check_presence(row: Mapping[str, Any], *, asked: bool) -> Iterator[Finding]:
    """Yields what is wrong with a reference, whatever the grader.

    Args:
        row: The row.
        asked: A grader is asked too, which knows better whether one must be there.
    """
    reference = row.get("reference_answer")
    if reference is None:
        if not asked:
            yield Finding("no_reference", "reference_answer", "there is no reference")
    elif isinstance(reference, str | dict | list) and not _filled(reference):
        yield Finding("empty_reference", "reference_answer", "the reference is empty")
    elif not isinstance(reference, str | dict):
        message = "the reference is neither a string nor an object"
        yield Finding("odd_reference", "reference_answer", message)


class GraderCheck:
    """Asks a grader about rows, in batches.

    Args:
        name: A template, or an entry of graders.toml. Its judge is left out: nothing is paid.
        graders: That file; the one that counts here by default.

    Raises:
        SettingsError: There is no such grader.
    """

    BATCH = 64

    def __init__(self, name: str, graders: Path | None = None) -> None:
        overrides = {"judge": "offline", "judge_options": {}}  # no panel either
        grader = load_grader(name, graders, overrides)
        self._gold, share = _GOLD.get(grader.template.name, (None, 0.0))
        self._passes = _PASSES.get(grader.template.name, "")
        low, high = grader.settings.bounds
        self._least = low + share * (high - low)
        self._send: Backend = in_process(name, overrides, graders)

    def check(self, rows: Sequence[Mapping[str, Any]]) -> list[Finding | None]:
        """Returns what the grader finds wrong with each row, if anything."""
        golds = [self._answer(row) for row in rows]
        rollouts = [
            {
                **row,
                "messages": [
                    *row["messages"],
                    {"role": "assistant", "content": gold or _NO_ANSWER},
                ],
            }
            for row, gold in zip(rows, golds, strict=True)
        ]
        replies = self._send(rollouts)
        return [self._finding(reply, gold) for reply, gold in zip(replies, golds, strict=True)]

    def _answer(self, row: Mapping[str, Any]) -> str | None:
        reference = row.get("reference_answer")
        return self._gold(reference) if self._gold and reference is not None else None

    def _finding(self, reply: Mapping[str, Any], gold: str | None) -> Finding | None:
        outcome = reply["outcome"]
        said = next(iter(str(reply["reason"]).splitlines()), outcome)
        if outcome == "unscored:bad_sample":
            kind = "own_solution_fails" if REFUSED in said else "grader_refuses"
            return Finding(kind, "reference_answer", said.removeprefix("bad_sample: "))
        if outcome != "scored":
            return Finding("grader_fails", "", said)
        if gold is not None and self._passes:
            metrics = {metric["name"]: metric["value"] for metric in reply["metrics_list"]}
            if metrics[self._passes] < 1.0:
                return Finding("own_solution_fails", "reference_answer", said)
        score = reply["aggregate_reward_score"]
        if gold is not None and score < self._least:
            message = f"the reference's own answer is rewarded {score:.2f}"
            return Finding("gold_scores_low", "reference_answer", message)
        return None


def _filled(reference: Any) -> bool:
    """Tells whether anything in a reference is more than an empty text or list."""
    if isinstance(reference, dict):
        return any(map(_filled, reference.values()))
    if isinstance(reference, list):
        return any(map(_filled, reference))
    return bool(reference.strip()) if isinstance(reference, str) else reference is not None


def _decoded(reference: Any) -> Any:
    if isinstance(reference, Mapping) and set(reference) == {"text"}:
        reference = reference["text"]
    if isinstance(reference, str) and reference.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(reference)
        except ValueError:
            return reference
    return reference


def _decision(reference: Any) -> str | None:
    reference = _decoded(reference)
    if isinstance(reference, str):
        reference = {"decision": reference}
    if not isinstance(reference, Mapping) or not isinstance(reference.get("decision"), str):
        return None
    return json.dumps({k: reference[k] for k in ("decision", "categories") if k in reference})


def _answer_text(reference: Any) -> str | None:
    """Returns an answer as a completion states it; a bare list in its brackets."""
    reference = _decoded(reference)
    if isinstance(reference, Mapping):
        answer = reference.get("answer")
        if isinstance(answer, list):  # several answers, in any order
            stated = [_answer_text(item) for item in answer]
            return None if None in stated or not stated else ", ".join(map(str, stated))
        reference = answer
    if isinstance(reference, list):
        return json.dumps(reference, ensure_ascii=False)
    if isinstance(reference, bool) or not isinstance(reference, str | int | float):
        return None
    return str(reference)


def _solution(reference: Any) -> str | None:
    """Returns the program that a reference brings beside its tests, if any, as it is written."""
    reference = _decoded(reference)
    if not isinstance(reference, Mapping):
        return None
    return next(iter(own_solutions(reference, (*SOLUTIONS, "code"), most=1)), None)


# Template -> the criterion of which such an answer must have all.
_PASSES = {"code_verification": "tests_passed"}
# Template -> the answer that its reference asks for, and the share of the reward that it earns
# at least: a bare answer shows no steps. The other templates' answers cannot be made.
_GOLD: dict[str, tuple[Callable[[Any], str | None], float]] = {
    "code_verification": (_solution, 0.0),
    "content_moderation": (_decision, 0.9),
    "data_extraction": (gold, 0.99),
    "math_reasoning": (_answer_text, 0.9),
}
