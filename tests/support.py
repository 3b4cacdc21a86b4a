"""Small graders for testing the flow around a grader."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from touchstone.contract import Sample
from touchstone.deadline import Deadline
from touchstone.grader import Grader, Template, Tools
from touchstone.outcomes import BadReference, Grade
from touchstone.pipeline import answer
from touchstone.scoring.compose import compose
from touchstone.settings import GraderSettings


class ExactSettings(GraderSettings, frozen=True, kw_only=True):
    weights: dict[str, float] = msgspec.field(default_factory=lambda: {"exact_match": 1.0})


def grade_exact(sample: Sample, settings: ExactSettings, tools: Tools) -> Grade:
    if sample.reference is None:
        raise BadReference("no reference answer in reference_answer")
    matched = sample.completion.strip() == str(sample.reference)
    return compose({"exact_match": float(matched)}, settings, reason=f"read {sample.completion!r}")


def template(grade: Callable[..., Grade], criteria: tuple[str, ...] = ("exact_match",)) -> Template:
    return Template("exact", "for tests", ExactSettings, criteria, grade)


EXACT = template(grade_exact)


def exact(**settings: Any) -> Grader:
    return EXACT.customize(**settings)


def reply_to(event: Any, grader: Grader | None = None, **options: Any) -> Any:
    deadline = options.pop("deadline", Deadline())
    return answer(event, grader or exact(), Tools(deadline), **options)


def row(completion: str, reference: Any = "yes", prompt: str = "Is it?", **more: Any) -> dict:
    return {
        "id": "r",
        "messages": [
            {"role": "user", "content": prompt},
            {"role": "assistant", "content": completion},
        ],
        "reference_answer": reference,
        **more,
    }


def zygotes() -> list[int]:
    """Zygotes that this process started, by the kernel's word."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                command = (entry / "cmdline").read_text()
            except OSError:
                continue
            if int(parent) == os.getpid() and "zygote.py" in command:
                found.append(int(entry.name))
    return found


def unprivileged() -> None:
    """Lets a child, as its ``preexec_fn``, write only what file modes let it, root's too."""
    pr_capbset_drop, cap_dac_override = 24, 1
    ctypes.CDLL(None).prctl(pr_capbset_drop, cap_dac_override, 0, 0, 0)
