"""Names that become names of functions: refused where two would be one, before AWS refuses them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from touchstone.config import Entry
from touchstone.settings import SettingsError

# Functions of the platform's own, in every stage.
HELPERS = ("executor", "monitor", "regrade")
_LONGEST = 64  # of a Lambda function


def function_name(grader: str, stage: str, sagemaker: bool = False) -> str:
    """Returns what a grader's function is called in a stage.

    Raises:
        SettingsError: It would be longer than Lambda allows.
    """
    product = "SageMaker-touchstone" if sagemaker else "touchstone"
    name = f"{product}-{stage}-{grader}"
    if len(name) > _LONGEST:
        raise SettingsError(
            f"graders.{grader}: {name!r} is longer than a function's name can be "
            f"({_LONGEST}); shorten the grader's name or the stage's"
        )
    return name


def output_name(grader: str) -> str:
    """Returns what a grader is called in the stack's outputs, which are letters and digits."""
    return re.sub("[-_]", "", grader)


def check_graders(entries: Mapping[str, Entry]) -> None:
    """Refuses a grader that is called as a helper is, or that differs from another by its dashes.

    Raises:
        SettingsError: One is; names both, and the line.
    """
    taken: dict[str, str] = {}
    for name, entry in entries.items():
        key = "template" if entry.template else "code"
        if name in HELPERS:
            entry.refuse(key, f"{name!r} is the name of a function of the platform's own")
        if other := taken.get(output_name(name)):
            entry.refuse(key, f"{name!r} and {other!r} would have the same output of the stack")
        taken[output_name(name)] = name


def check_stage(stage: str, stages: Iterable[str], graders: Iterable[str]) -> None:
    """Refuses a stage whose functions would be called as those of another stage are.

    ``prod`` with a grader ``eu-code`` and ``prod-eu`` with ``code`` are one name.

    Raises:
        SettingsError: Two would; names the stages and the function.
    """
    graders = [*graders, *HELPERS]
    own = {function_name(grader, stage) for grader in graders}
    for other in stages:
        both = own & {function_name(grader, other) for grader in graders} if other != stage else ()
        if both:
            raise SettingsError(
                f"cdk.json: stages {stage!r} and {other!r} would both have a function "
                f"{min(both)!r}; rename a grader or a stage"
            )
