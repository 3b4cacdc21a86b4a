"""A deployment that running jobs survive: first versions, then their proof, then the aliases.

The stack is deployed twice where versions change. The first time every alias is held at the
version that it is on, as a plain number in the template; the new versions are graded by their
golden cases; the second time the aliases of those that passed move. At both ends the template
says what is so, and a deployment that is cut off between them is finished by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from touchstone.config import requires_check
from touchstone.workbench.aws import ServiceError, asking, client
from touchstone.workbench.check.stored import LastCheck, last_check, share
from touchstone.workbench.deploy import cdk
from touchstone.workbench.deploy.changes import Change, beside, changes
from touchstone.workbench.deploy.proof import cases_of, failures
from touchstone.workbench.deploy.running import Use, running
from touchstone.workbench.deploy.stack import (
    Stack,
    deployed,
    in_assembly,
    live_version,
    output_url,
    version_arn,
)
from touchstone.workbench.errors import WorkbenchError

_UNBOUND = "unknown-account"


class Refused(WorkbenchError):
    """A deployment would do what it may not: to a running job, an account, or unchecked."""


@dataclass(frozen=True)
class Plan:
    """What a deployment would do.

    Attributes:
        old: The stack as it is, ``None`` before there is one.
        new: The stack as it would be.
        changes: Of each grader.
        uses: The running jobs' graders.
        checks: Grader to what its last check says, of those that it proves.
        required: Where graders.toml demands that those checks hold; ``""`` where it does not.
    """

    old: Stack | None
    new: Stack
    changes: Sequence[Change]
    uses: Sequence[Use]
    checks: Mapping[str, LastCheck] = field(default_factory=dict)
    required: str = ""

    @property
    def nothing(self) -> bool:
        """Whether all is as it would be."""
        return self.old is not None and self.old.template == self.new.template

    def lines(self) -> list[str]:
        """Returns it in words, a line each."""
        said = [_said(one) for one in self.changes]
        added, changed, removed = beside(self.old, self.new)
        said.append(f"resources: {added} added, {changed} changed, {removed} removed")
        functions = {one.function: one for one in self.changes}
        ours = [use for use in self.uses if use.function in functions]
        told = [f"running: {use}: {_effect(use, functions[use.function])}" for use in ours]
        checked = [f"check: {grader} {found.shown}" for grader, found in self.checks.items()]
        return [*said, *told, *checked]

    def check(self) -> None:
        """Refuses to take a function from a running job, and what has to be checked and is not.

        Raises:
            Refused: A grader is removed that a job uses, or no check of one holds; names them.
        """
        gone = {one.function: one.grader for one in self.changes if one.kind == "removed"}
        held = [use for use in self.uses if use.function in gone]
        if held:
            advice = "keep it until they have ended (`touchstone job watch`), or stop them"
            names = ", ".join(map(str, held))
            raise Refused(f"{gone[held[0].function]} is removed, and jobs use it: {names}", advice)
        unchecked = {name: found for name, found in self.checks.items() if not found.holds}
        if self.required and unchecked:
            said = "; ".join(f"{name} {found.said}" for name, found in unchecked.items())
            advice = "; ".join(found.advice for found in unchecked.values())
            raise Refused(f"{self.required}: check.require: {said}", advice)


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
        self._graders, self._file = graders, project / graders
        self._name = f"Touchstone-{stage}"
        self._made: dict[tuple[tuple[str, str], ...], Path] = {}
        self._versions: dict[str, str] = {}  # function to the version that was planned

    def plan(self, *, offline: bool = False) -> Plan:
        """Synthesizes, and compares with what is deployed.

        Args:
            offline: Asks AWS nothing: what a first deployment would make.

        Raises:
            CdkError: Synthesis was refused.
            Refused: The credentials are of another account than the stage's.
            ServiceError: AWS could not be asked.
        """
        assembly = self._synthesize({})
        new = in_assembly(assembly, self._name)
        if offline:
            self._tell(
                f"template: {assembly.relative_to(self._project)}/{self._name}.template.json"
            )
        else:
            _check_account(new)
        old = None if offline else deployed(self._name)
        found = changes(old, new)
        bucket = output_url(old) if old else ""
        checks = {
            one.grader: last_check(one.grader, graders=self._file, bucket=bucket, client=client)
            for one in found
            if one.proven
        }
        required = requires_check(self._file)
        uses = [] if offline else running(self._project)
        return Plan(old, new, found, uses, checks, required)

    def run(self, plan: Plan, approval: str) -> dict[str, list[str]]:
        """Deploys; returns grader to what its golden cases found, of those whose alias stays.

        Raises:
            DeploymentFailed: CloudFormation took it back.
        """
        proven = [one for one in plan.changes if one.proven]
        held = {one.grader: live_version(one.function) for one in proven if one.kind != "new"}
        stack = self._deploy(held, approval)
        found = {one.grader: self._prove(one, stack) for one in proven}
        failed = {grader: what for grader, what in found.items() if what}
        if held.keys() - failed.keys():
            self._deploy({name: at for name, at in held.items() if name in failed}, "never")
        self._share(found, output_url(stack))
        return failed

    def _share(self, graders: Iterable[str], bucket: str) -> None:
        """Keeps the reports of what was deployed where other machines find them."""
        for grader in graders:
            try:
                share(grader, self._file, bucket)
            except ServiceError as exc:  # the deployment is done, and none the worse for it
                self._tell(f"{grader}: the report of its check is not kept in {bucket}: {exc}")

    def _prove(self, change: Change, stack: Stack) -> list[str]:
        cases = cases_of(change.grader, self._file)
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
            self._check_unchanged(in_assembly(out, self._name))
            self._made[key] = out
        return self._made[key]

    def _check_unchanged(self, made: Stack) -> None:
        """Refuses to go on with other versions than were planned: an alias would get unproven ones.

        Raises:
            Refused: Files changed since; names the functions.
        """
        versions = {name: made.version_of(name) for name in made.functions}
        planned = self._versions = self._versions or versions
        names = sorted(planned.keys() | versions.keys())
        changed = [name for name in names if planned.get(name) != versions.get(name)]
        if changed:
            advice = (
                "no alias has moved; deploy again, and leave the files alone until it has ended"
            )
            raise Refused(f"{', '.join(changed)} changed while it was being deployed", advice)


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
