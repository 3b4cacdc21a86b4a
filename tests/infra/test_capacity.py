"""One number of concurrency, shared out so that no grader ever waits for its executor in vain."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.infra.capacity import executors, share_out
from touchstone.infra.settings import FunctionSettings, Stage
from touchstone.regrading import CALLS as REGRADER_CALLS
from touchstone.sandbox.bundles import EXECUTORS_EACH
from touchstone.settings import SettingsError


def graders(plain, code, **settings) -> Any:
    def one(*needs):
        template = SimpleNamespace(needs=frozenset(needs))
        grader = SimpleNamespace(name="g", template=template)
        return SimpleNamespace(grader=grader, function=FunctionSettings(**settings))

    return [one("judge")] * plain + [one("executor", "sandbox")] * code


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 3000))
def test_every_copy_of_a_code_grader_has_executors_that_nobody_else_can_take(plain, code, units):
    if not plain + code:
        return
    least = plain + code * (1 + EXECUTORS_EACH) + 1
    if units < least:
        with pytest.raises(SettingsError, match=f"at least {least}"):
            share_out(Stage(name="s", concurrency=units), graders(plain, code))
        return
    got = share_out(Stage(name="s", concurrency=units), graders(plain, code))
    assert got.grader
    assert got.regrader
    held = executors(got, code) or 0
    assert held >= EXECUTORS_EACH * got.grader * code
    assert got.grader * (plain + code) + held + got.regrader <= units
    assert got.regrader * REGRADER_CALLS >= got.grader
    # Nothing is left lying: one more copy of each would not fit.
    assert (got.grader + 1) * (plain + code * (1 + EXECUTORS_EACH)) + got.regrader >= units - 1


def test_a_stage_without_the_number_reserves_nothing_and_provisions_nothing():
    got = share_out(Stage(name="s"), graders(1, 1))
    assert (got.grader, got.executor, got.regrader) == (None, None, None)
    with pytest.raises(SettingsError, match="provisioned"):
        share_out(Stage(name="s"), graders(1, 1, provisioned=True))
    with pytest.raises(SettingsError, match="executor: provisioned"):
        share_out(Stage(name="s", executor=FunctionSettings(provisioned=True)), graders(1, 1))
