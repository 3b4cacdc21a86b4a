"""What a deployment would change is said in words, and what a job needs is not taken."""

import pytest

from tests.deploy.templates import stack
from touchstone.workbench.deploy.changes import beside, changes
from touchstone.workbench.deploy.deployment import Plan, Refused
from touchstone.workbench.deploy.running import Use

OLD = stack(sums={"settings": {"neutral": 0.5}}, code={})


def kinds(old, new):
    return {change.grader: change.kind for change in changes(old, new)}


def plan(new, *uses):
    return Plan(OLD, new, changes(OLD, new), uses)


def test_a_first_deployment_is_all_new():
    assert kinds(None, OLD) == {"sums": "new", "code": "new"}


def test_what_is_the_same_is_as_it_is():
    assert kinds(OLD, OLD) == {"sums": "same", "code": "same"}
    assert plan(OLD).nothing


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"settings": {"neutral": 0.25}}, "neutral 0.5 -> 0.25"),
        ({"settings": {}}, "neutral 0.5 -> default"),
        ({"settings": {"neutral": 0.5}, "deploy": {"memory_mb": 512}}, "memory_mb default -> 512"),
        ({"settings": {"neutral": 0.5}}, "its code"),
        ({"settings": {"neutral": 0.5}, "of": "tone"}, "of math -> tone"),
    ],
)
def test_a_change_is_told_in_words(made, words):
    change = changes(OLD, stack(sums={"code": "b", **made}, code={}))[0]
    assert (change.grader, change.kind) == ("sums", "changed")
    assert words in change.words


def test_an_alias_that_was_held_moves_with_the_next_deployment():
    held = stack(held={"sums": "1"}, sums={"code": "b"})
    assert kinds(held, stack(sums={"code": "b"})) == {"sums": "moves"}
    assert kinds(held, stack(held={"sums": "1"}, sums={"code": "b"})) == {"sums": "same"}


@pytest.mark.parametrize("use", ["1", "live", ""])
def test_a_grader_that_a_job_uses_is_not_removed(use):
    removed = plan(stack(code={}), Use("towns", "touchstone-dev-sums", use))
    with pytest.raises(Refused, match=r"sums is removed, and jobs use it: towns \(touchstone"):
        removed.check()
    assert any("towns" in line and "would lose" in line for line in removed.lines())


def test_a_grader_whose_function_is_renamed_is_removed_too():
    renamed = stack(sums={"function": "SageMaker-touchstone-dev-sums"}, code={})
    with pytest.raises(Refused, match="sums is removed"):
        plan(renamed, Use("towns", "touchstone-dev-sums", "1")).check()


def test_a_grader_that_nobody_uses_may_go():
    other = plan(stack(code={}), Use("towns", "touchstone-dev-code", "1"), Use("x", "theirs", "1"))
    other.check()
    assert kinds(OLD, other.new) == {"code": "same", "sums": "removed"}
    assert sum(line.startswith("running") for line in other.lines()) == 1


@pytest.mark.parametrize(
    ("qualifier", "effect"),
    [("1", "goes on as it is"), ("live", "rewards CHANGE"), ("", "rewards CHANGE")],
)
def test_a_job_that_is_held_to_no_version_is_warned_of(qualifier, effect):
    changed = plan(stack(sums={"code": "b"}, code={}), Use("t", "touchstone-dev-sums", qualifier))
    assert any(effect in line for line in changed.lines())
    changed.check()


def test_resources_are_counted():
    assert beside(OLD, stack(sums={"code": "b"})) == (1, 2, 4)
