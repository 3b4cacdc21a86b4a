"""Types that several threads meet for the first time at the same moment."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from touchstone.typed import typed

ROOT = Path(__file__).parents[2]
# Each round makes a new type, which eight threads meet together.
MEETING = """
import sys, threading
from typing import Annotated, Literal
import msgspec
from touchstone.typed import typed
sys.setswitchinterval(1e-6)
Count = Annotated[int, msgspec.Meta(ge=0)]
Texts = Annotated[list[Annotated[str, msgspec.Meta(min_length=1)]], msgspec.Meta(min_length=1)]
FIELDS = [(f"a{i}", Count | None, None) for i in range(9)]
FIELDS += [(f"t{i}", Texts | None, None) for i in range(9)]
FIELDS += [("f", Literal["json", "bullets"] | None, None)]
for _ in range(ROUNDS):
    Form = msgspec.defstruct("Form", FIELDS, frozen=True, forbid_unknown_fields=True)
    barrier = threading.Barrier(8)
    def meet():
        barrier.wait()
        assert typed(Form)({"a0": 1, "f": "json"}).a0 == 1
    threads = [threading.Thread(target=meet) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""


class Inner(msgspec.Struct):
    number: int


class Outer(msgspec.Struct):
    inner: Inner


def test_threads_that_meet_a_type_at_once_all_live():
    program = MEETING.replace("ROUNDS", "100")
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_a_type_whose_fields_are_required_is_worked_out_before_its_first_use():
    class Unknown(msgspec.Struct):
        field: "NoSuchType"  # noqa: F821 # pyright: ignore[reportUndefinedVariable] - names are looked up when the type is worked out

    with pytest.raises(NameError, match="NoSuchType"):
        typed(Unknown)


def test_data_that_does_not_fit_names_its_place():
    assert typed(Outer)({"inner": {"number": 1}}) == Outer(Inner(1))
    with pytest.raises(msgspec.ValidationError, match=r"\$\.inner\.number"):
        typed(Outer)({"inner": {"number": "one"}})
