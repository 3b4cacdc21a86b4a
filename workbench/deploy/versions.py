"""The versions that a stack's functions have, who names each, and which nobody does."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.workbench.aws import asking, client
from touchstone.workbench.deploy.running import Use
from touchstone.workbench.deploy.stack import Stack, StackError, deployed, version_arn

_LATEST = "$LATEST"
_VERSION = re.compile(r"arn:[^:]+:lambda:.+:function:(?P<function>[^:]+):(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a function.

    Attributes:
        function: The function's name.
        number: The version's.
        named_by: Who needs it, in words; empty where nobody does.
    """

    function: str
    number: str
    named_by: tuple[str, ...]


def versions(stage: str, uses: Iterable[Use], keep: int) -> list[Version]:
    """Returns every published version of a stage's functions, oldest first.

    A version is named by an alias, by the stack, by a running job, by a grader's version that is
    itself named and calls it (an executor's), and as one of the newest few, to go back to.

    Args:
        stage: The stage's name.
        uses: The running jobs' graders.
        keep: How many of the newest to keep to go back to.

    Raises:
        StackError: The stage is not deployed.
        ServiceError: AWS could not be asked.
    """
    stack = deployed(f"Touchstone-{stage}")
    if stack is None:
        raise StackError(f"stage {stage!r} is not deployed here")
    named: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for use in uses:
        named[use.function, use.qualifier].append(f"job {use.job}")
    graders = {made["function"] for made in stack.graders.values()}
    found: list[Version] = []
    # Graders first: what they call is kept with them.
    for function in sorted(stack.functions, key=lambda name: name not in graders):
        found += _of_function(function, stack, named, keep)
    return found


def prune(unnamed: Iterable[Version]) -> Iterator[Version]:
    """Deletes versions that nobody names, and yields each.

    Raises:
        ValueError: One is named.
        ServiceError: Lambda refused.
    """
    for one in unnamed:
        if one.named_by:
            raise ValueError(f"{one.function}:{one.number} is named by {one.named_by}")
        with asking(f"lambda:DeleteFunction on {one.function}:{one.number}"):
            client("lambda").delete_function(FunctionName=one.function, Qualifier=one.number)
        yield one


def _of_function(
    function: str, stack: Stack, named: defaultdict[tuple[str, str], list[str]], keep: int
) -> list[Version]:
    made = _published(function)
    own = version_arn(stack, function).rpartition(":")[2]
    named[function, own].append("the stack")
    for alias, number in _aliases(function):
        named[function, number].append(f"alias {alias}")
    for one in made[-keep:]:
        named[function, one["Version"]].append("one of the newest")
    for one in made:
        callers = named.get((function, one["Version"]))
        for called in _called_by(one) if callers else ():
            named[called].append(f"{function}:{one['Version']}")
    return [
        Version(function, one["Version"], tuple(named.get((function, one["Version"]), ())))
        for one in made
    ]


def _published(function: str) -> list[Mapping[str, Any]]:
    with asking(f"lambda:ListVersionsByFunction of {function}"):
        pages = client("lambda").get_paginator("list_versions_by_function")
        made = [one for page in pages.paginate(FunctionName=function) for one in page["Versions"]]
    numbered = [one for one in made if one["Version"] != _LATEST]
    return sorted(numbered, key=lambda one: int(one["Version"]))


def _aliases(function: str) -> Iterator[tuple[str, str]]:
    with asking(f"lambda:ListAliases of {function}"):
        pages = client("lambda").get_paginator("list_aliases").paginate(FunctionName=function)
        found = [alias for page in pages for alias in page["Aliases"]]
    for alias in found:
        weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        yield from ((alias["Name"], number) for number in (alias["FunctionVersion"], *weights))


def _called_by(version: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields the versions of other functions that one has in its environment: its executor's."""
    for value in version.get("Environment", {}).get("Variables", {}).values():
        if found := _VERSION.fullmatch(value):
            yield found["function"], found["number"]
