"""A deployment that running jobs survive: first versions, then their proof, then the aliases.

The stack is deployed twice where versions change. The first time every alias is held at the
version that it is on, as a plain number in the template; the new versions are graded by their
golden cases; the second time the aliases of those that passed move. At both ends the template
says what is so, and a deployment that is cut off between them is finished by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench.aws import asking, client
from workbench.deploy import cdk
from workbench.deploy.changes import Change, beside, changes
from workbench.deploy.proof import cases_of, failures
from workbench.deploy.running import Use, running
from workbench.deploy.stack import Stack, deployed, in_assembly, live_version, version_arn
from workbench.errors import WorkbenchError

_UNBOUND = "unknown-account"


class Refused(WorkbenchError):
    """A deployment would take from a running job what it needs, or go to the wrong account."""


@dataclass(frozen=True)
class Plan:
    """What a deployment would do.

    Attributes:
        old: The stack as it is, ``None`` before there is one.
        new: The stack as it would be.
        changes: Of each grader.
        uses: The running jobs' graders.
    """

    old: Stack | None
    new: Stack
    changes: Sequence[Change]
    uses: Sequence[Use]

    @property
    def nothing(self) -> bool:
        """Whether all is as it would be."""
        return self.old is not None and self.old.template == self.new.template

    @cached_property
    def proves(self) -> list[Change]:
        """The graders whose alias is to come to another version."""
        return [one for one in self.changes if one.kind in ("new", "changed", "moves")]

    def lines(self) -> list[str]:
        """Returns it in words, a line each."""
        said = [_said(one) for one in self.changes]
        added, changed, removed = beside(self.old, self.new)
        said.append(f"resources: {added} added, {changed} changed, {removed} removed")
        functions = {one.function: one for one in self.changes}
        ours = [use for use in self.uses if use.function in functions]
        told = [f"running: {use}: {_effect(use, functions[use.function])}" for use in ours]
        return [*said, *told]

    def check(self) -> None:
        """Refuses to take a function from a running job.

        Raises:
            Refused: A grader is removed that a job uses; names both.
        """
        gone = {one.function: one.grader for one in self.changes if one.kind == "removed"}
        held = [use for use in self.uses if use.function in gone]
        if held:
            advice = "keep it until they have ended (`touchstone job watch`), or stop them"
            names = ", ".join(map(str, held))
            raise Refused(f"{gone[held[0].function]} is removed, and jobs use it: {names}", advice)


class Deployment:
    """One stage's deployment, a step at a time.

    Args:
        project: The folder of cdk.json.
        stage: Its name.
        graders: The graders.toml, relative to it.
        tell: Is told what goes on, a line at a time.
    """

    def __init__(
        self, project: Path, stage: str, graders: str, tell: Callable[[str], None]
    ) -> None:
        self._project, self._stage, self._tell = project, stage, tell
        self._graders = graders
        self._name = f"Touchstone-{stage}"
        self._made: dict[tuple[tuple[str, str], ...], Path] = {}

    def plan(self) -> Plan:
        """Synthesizes, and compares with what is deployed.

        Raises:
            CdkError: Synthesis was refused.
            Refused: The credentials are of another account than the stage's.
            ServiceError: AWS could not be asked.
        """
        new = in_assembly(self._synthesize({}), self._name)
        _check_account(new)
        old = deployed(self._name)
        return Plan(old, new, changes(old, new), running(self._project))

    def run(self, plan: Plan, approval: str) -> dict[str, list[str]]:
        """Deploys; returns grader to what its golden cases found, of those whose alias stays.

        Raises:
            DeploymentFailed: CloudFormation took it back.
        """
        held = self._held(plan)
        stack = self._deploy(held, approval)
        found = {one.grader: self._prove(one, stack) for one in plan.proves}
        failed = {grader: what for grader, what in found.items() if what}
        if held.keys() - failed.keys():
            self._deploy({name: at for name, at in held.items() if name in failed}, "never")
        return failed

    def _held(self, plan: Plan) -> dict[str, str]:
        known = [one for one in plan.proves if one.kind != "new"]
        return {one.grader: live_version(one.function) for one in known}

    def _prove(self, change: Change, stack: Stack) -> list[str]:
        cases = cases_of(change.grader, self._project / self._graders)
        version = version_arn(stack, change.function)
        found = failures(version, cases)
        number = version.rpartition(":")[2]
        said = f"{len(found)} golden cases end otherwise" if found else "golden cases hold"
        self._tell(f"{change.grader}: version {number}: {said}")
        return found

    def _deploy(self, held: dict[str, str], approval: str) -> Stack:
        assembly = self._synthesize(held)
        cdk.deploy(self._project, assembly, self._name, approval)
        return in_assembly(assembly, self._name)

    def _synthesize(self, held: dict[str, str]) -> Path:
        key = tuple(sorted(held.items()))
        if key not in self._made:
            out = self._project / "build" / "deploy" / f"{self._stage}-{len(self._made)}"
            self._tell(f"synthesizing {self._name}")
            cdk.synthesize(self._project, self._stage, out, held=held, graders=self._graders)
            self._made[key] = out
        return self._made[key]


def _check_account(stack: Stack) -> None:
    """Refuses credentials of another account; the CDK does so too, but late and in its own words.

    Raises:
        Refused: They are.
    """
    account, _, region = stack.environment.removeprefix("aws://").partition("/")
    if account == _UNBOUND:
        return
    with asking("sts:GetCallerIdentity"):
        ours = client("sts").get_caller_identity()["Account"]
    if ours != account:
        advice = "sign in to that account (AWS_PROFILE), or correct the stage's place in cdk.json"
        raise Refused(f"{stack.name} goes to account {account}, and you are in {ours}", advice)
    here = client("lambda").meta.region_name
    if here != region:
        raise Refused(f"{stack.name} goes to {region}, not {here}", f"set AWS_REGION={region}")


def _said(change: Change) -> str:
    words = f": {'; '.join(change.words)}" if change.words else ""
    kind = {"moves": "its alias moves to the version that waits", "same": "as it is"}
    return f"{change.grader}: {kind.get(change.kind, change.kind)}{words}"


def _effect(use: Use, change: Change) -> str:
    if change.kind == "removed":
        return "would lose its grader"
    if use.pinned or change.kind == "same":
        return "goes on as it is"
    return "is not held to a version: its rewards CHANGE when the alias moves"


def all_lines(found: dict[str, list[str]], most: int = 3) -> Iterable[str]:
    """Yields what golden cases found, a line each; of each grader the first few."""
    for grader, lines in found.items():
        yield from (f"  {grader}: {line}" for line in lines[:most])
        if len(lines) > most:
            yield f"  {grader}: and {len(lines) - most} more"
