"""Opens the grader that is checked: one of this machine, or any deployed function."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from touchstone.grader import Grader
from touchstone.settings import SettingsError
from touchstone.templates import load_grader, template_names
from touchstone.workbench.aws import invoke
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.gold import REPLIES, golds
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.trial import Trial
from touchstone.workbench.grading.backends import InProcess, Reply, deployed, in_process
from touchstone.workbench.grading.version import version_of

_LEARNT_FROM = 20  # rows
_NO = ("", "I would rather not say.")


@contextmanager
def local_subject(
    name: str,
    overrides: Mapping[str, Any],
    cases: Sequence[Case],
    seed: int = 0,
    graders: Path | None = None,
) -> Iterator[Subject]:
    """Gives a grader of this machine as a subject; its processes end with the block.

    Args:
        name: A template, or an entry of graders.toml.
        overrides: Settings that win over the file's.
        cases: What probes are made from.
        seed: Of everything drawn.
        graders: The graders.toml that it is of; the one that counts here by default.

    Raises:
        SettingsError: There is no such grader, or a setting is wrong.
    """
    grader = load_grader(name, graders, overrides)
    low, high = grader.settings.bounds
    with InProcess(grader) as backend:
        yield Subject(
            name, backend, backend.reply, cases,
            timed=backend.reply, fresh=partial(_freshly, name, dict(overrides), graders),
            held=backend.judged_by if "judge" in grader.template.needs else None,
            template=template_of(grader), low=low, high=high, seed=seed,
            version=version_of(grader, graders), thinking_marks=grader.settings.thinking_marks,
        )  # fmt: skip


def remote_subject(
    name: str, function: str, cases: Sequence[Case], seed: int = 0, region: str = ""
) -> Subject:
    """Returns a deployed function as a subject, whoever wrote it.

    Where its name is that of a grader of this machine, template and bounds are taken from there;
    else the bounds are learnt from what it pays for golds and for nothing.

    Args:
        name: What it is called in the report.
        function: Its name or ARN.
        cases: What probes are made from.
        seed: Of everything drawn.
        region: Where it is; as the environment says by default.

    Raises:
        UnreachableGrader: It cannot be called.
    """
    backend = deployed(function, region)
    subject = Subject(
        name, backend, lambda event: invoke(function, event, region), cases,
        seed=seed, stranger=True,
    )  # fmt: skip
    grader = known(name)
    if grader is not None:
        subject.template = template_of(grader)
        subject.low, subject.high = grader.settings.bounds
        subject.thinking_marks = grader.settings.thinking_marks
        return subject
    some = cases[:_LEARNT_FROM]
    right = [gold for case in some for gold in golds(case, "")[:1]]
    wrong = [Trial(case.row, text, "wrong", "it answers nothing") for case in some for text in _NO]
    subject.learn_bounds(right, wrong)
    return subject


def known(name: str) -> Grader | None:
    """Returns the grader of this name; ``None`` where this machine has none."""
    try:
        return load_grader(name)
    except SettingsError:
        return None


def template_of(grader: Grader) -> str:
    """Returns the template that a grader is or customises, ``""`` for a user's own code.

    A moderator of replies is another thing than one that decides, and so is what is right there.
    """
    name = grader.template.name if grader.template.name in template_names() else ""
    return REPLIES if getattr(grader.settings, "mode", "") == "response" else name


def _freshly(name: str, overrides: dict[str, Any], graders: Path | None, rows: list[Any]) -> Reply:
    """Grades rows in a process that has graded nothing before, with hashes of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_in_new_process, name, overrides, graders, rows).result()


def _in_new_process(
    name: str, overrides: dict[str, Any], graders: Path | None, rows: list[Any]
) -> Reply:
    with in_process(name, overrides, graders) as backend:
        return backend(rows)
