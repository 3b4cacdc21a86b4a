"""Jobs and runs survive the way to the executor and back, and a hostile reply does no harm."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.sandbox import serialization
from touchstone.sandbox.codec import CodecError
from touchstone.sandbox.types import (
    LEVELS,
    Call,
    CheckJob,
    Database,
    Died,
    FunctionJob,
    Isolation,
    Iterated,
    Limits,
    Opaque,
    ProgramJob,
    Raised,
    Returned,
    Run,
    SqlJob,
    TimedOut,
    Unsupported,
    Usage,
)

text = st.text(st.characters(), max_size=20)  # lone surrogates included
numbers = st.floats(0, 1e6)
hashable = st.none() | st.booleans() | st.integers() | st.floats() | text | st.binary(max_size=9)
plain = st.recursive(
    hashable | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.frozensets(hashable, max_size=4)
        | st.sets(hashable, max_size=4)
    ),
    max_leaves=12,
)
calls = st.builds(
    Call, st.lists(plain, max_size=3).map(tuple), st.dictionaries(text, plain), st.booleans()
)
jobs = (
    st.builds(FunctionJob, text, text, st.lists(calls, max_size=3).map(tuple))
    | st.builds(ProgramJob, text, st.lists(text, max_size=3).map(tuple))
    | st.builds(CheckJob, text, text, text, text)
    | st.builds(SqlJob, text, st.lists(st.builds(Database, text, text), max_size=3).map(tuple))
)
limits = st.builds(Limits, wall_s=numbers, call_s=numbers, memory_mb=st.integers(1, 9999))
failures = (
    st.builds(Raised, text, text, st.integers(0, 999))
    | st.builds(TimedOut, numbers)
    | st.builds(Died, text)
    | st.builds(Unsupported, text)
)
outcomes = failures | st.builds(Returned, plain, st.lists(plain, max_size=3).map(tuple))
runs = st.builds(
    Run,
    st.lists(outcomes, max_size=4).map(tuple),
    outcomes,
    st.builds(Isolation, st.sampled_from(LEVELS), st.lists(text, max_size=3).map(tuple)),
    st.builds(Usage, numbers, numbers, numbers),
)


def travelled(value):
    """Through Lambda: JSON in, the runtime's JSON of a string out."""
    return serialization.load(json.dumps(serialization.dump(value), ensure_ascii=False).encode())


def shape(value):
    """A comparison that tells types apart and lets nan be nan; sets in any order."""
    if isinstance(value, (set, frozenset)):
        return type(value), sorted(map(repr, value))
    if isinstance(value, dict):
        return dict, [(shape(k), shape(v)) for k, v in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [shape(item) for item in value]
    if isinstance(value, (Returned, Call)):
        return type(value), [shape(getattr(value, name)) for name in value.__slots__]
    if isinstance(value, (FunctionJob, Run)):
        return type(value), [shape(getattr(value, name)) for name in value.__slots__]
    return type(value), repr(value)


@given(jobs, limits, numbers)
def test_a_job_arrives_as_it_was_sent(job, limits, seconds):
    text = serialization.dump(serialization.pack_work(job, limits))
    sent = serialization.pack_jobs([(text, seconds)] * 2)
    for arrived in serialization.unpack_jobs(json.loads(sent)):
        assert shape(arrived[0]) == shape(job)
        assert arrived[1:] == (limits, pytest.approx(seconds, abs=0.001))


@given(runs)
def test_a_run_comes_back_as_it_was(run):
    assert shape(serialization.unpack_run(travelled(serialization.pack_run(run)))) == shape(run)


def run_of(*outcomes):
    isolation = Isolation("rlimit", ("no environment",))
    return Run(outcomes, Returned(None), isolation, Usage(0.1, 0.1, 20.0))


def test_values_without_a_plain_form_stay_what_they_are():
    came = serialization.unpack_run(
        travelled(serialization.pack_run(run_of(Returned([Opaque("Node"), Iterated("map", [1])]))))
    )
    assert isinstance(came.outcomes[0], Returned)
    opaque, iterated = came.outcomes[0].value
    assert (opaque.type_name, iterated.type_name, iterated.items) == ("Node", "map", [1])


def test_more_than_lambda_carries_is_the_candidates_own_output():
    packed = serialization.pack_run(run_of(Returned(1), *[Returned('"' * 900_000)] * 6))
    came = serialization.unpack_run(travelled(packed))
    assert len(json.dumps(serialization.dump(packed))) < 6_000_000
    assert came.outcomes[0] == Returned(1)
    assert came.outcomes[1] == Returned('"' * 900_000)
    assert came.outcomes[-1] == Died("output")
    assert len(came.outcomes) == 7


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=10,
)


@given(junk, st.sampled_from(["outcomes", "load", "isolation", "usage", "fault"]))
def test_a_reply_that_no_honest_executor_writes_is_refused(part, name):
    reply = serialization.pack_run(run_of(Returned(1)))
    reply[name] = part
    try:
        run = serialization.unpack_run(reply)
    except (CodecError, serialization.Faulted):
        return
    assert run.isolation.level in LEVELS
    assert all(math.isfinite(number) for number in (run.usage.wall_s, run.usage.cpu_s))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("isolation", ["virtual machine", []]),
        ("isolation", [[], []]),
        ("usage", [10**400, 0, 0]),
        ("usage", [math.nan, 0, 0]),
        ("usage", [1.0]),
        ("load", ["passed"]),
        ("load", ["returned", {"p": "pickle"}, {"t": []}]),
        ("load", ["returned", 1, "args"]),
        ("outcomes", [["raised", "E", "m", math.inf]]),
        ("outcomes", [{}]),
        ("outcomes", 7),
        ("fault", ["deadline"]),
        ("fault", ["deadline", "late", "theirs"]),
        ("fault", ["deadline", "late", []]),
    ],
)
def test_hostile_parts(name, part):
    with pytest.raises(CodecError):
        serialization.unpack_run({**serialization.pack_run(run_of(Returned(1))), name: part})


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"[]"', b'"{"', b"\xff", b'"' + b"[" * 5000 + b'"', b"{}"]
)
def test_bodies_that_are_no_reply(body):
    with pytest.raises(CodecError):
        serialization.load(body)
