"""Values travel as exact builtin types, and hostile text never becomes anything else."""

import collections
import datetime
import enum
import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.sandbox import codec
from touchstone.sandbox.types import Iterated, Opaque

hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
values = st.recursive(
    hashable | st.integers(min_value=2**52, max_value=2**400),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=4)
    ),
    max_leaves=12,
)


def travel(value):
    return codec.Decoder().decode(codec.load(codec.dump(["v", codec.Encoder().encode(value)]))[1])


def exact(value):
    """A form in which only equal values of equal types are equal; nan is itself."""
    if isinstance(value, dict):
        return ("dict", [(exact(k), exact(v)) for k, v in value.items()])
    if isinstance(value, set | frozenset):
        return (type(value).__name__, sorted(map(repr, map(exact, value))))
    if isinstance(value, list | tuple):
        return (type(value).__name__, [exact(item) for item in value])
    return (type(value).__name__, repr(value))


@given(values)
def test_values_come_back_as_they_went(value):
    assert exact(travel(value)) == exact(value)


class Word(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


Point = collections.namedtuple("Point", "x y")
Colour = enum.IntEnum("Colour", "RED GREEN")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Word("no"), "no"),
        (Point(1, Word("y")), (1, "y")),
        (Colour.GREEN, 2),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
        (bytearray(b"ab"), b"ab"),
        (type("F", (float,), {})(-0.0), -0.0),
        (type("S", (set,), {})([1]), {1}),
    ],
)
def test_subclasses_travel_as_what_they_hold(value, plain):
    assert exact(travel(value)) == exact(plain)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        (range(3), [0, 1, 2]),
        ((x for x in "ab"), ["a", "b"]),
        (map(str, [1]), ["1"]),
        ({1: 2}.items(), [(1, 2)]),
        (collections.deque([1, 2]), [1, 2]),
        (iter([1, 2]), [1, 2]),
    ],
)
def test_iterables_are_looped_over_and_marked(value, items):
    name = type(value).__name__
    back = travel(value)
    assert isinstance(back, Iterated)
    assert (back.type_name, back.items) == (name, items)


@given(
    st.fractions()
    | st.decimals(-(10**50), 10**50, places=9)
    | st.sampled_from([Decimal("inf"), Decimal("nan"), Decimal("-0")])
    | st.dates()
    | st.times().map(lambda time: time.replace(fold=0))
    | st.timedeltas()
    | st.datetimes(timezones=st.none() | st.just(datetime.UTC)).map(lambda at: at.replace(fold=0))
)
def test_numbers_and_dates_of_the_standard_library_come_back_as_they_went(value):
    back = travel([value, {"k": value}])
    assert repr(back) == repr([value, {"k": value}])


@pytest.mark.parametrize(
    "wrong",
    [
        ["Decimal", "1e999999999"],
        ["Decimal", "one"],
        ["Fraction", "1/0"],
        ["Fraction", "1" * 100_000],
        ["timedelta", "1"],
        ["timedelta", "9999999999 0 0"],
        ["date", "2020-13-01"],
        ["os.system", "ls"],
        ["MINYEAR", "1"],
        ["Decimal"],
        [1, 2],
    ],
)
def test_a_named_value_is_bounded_and_of_few_types(wrong):
    with pytest.raises(codec.CodecError):
        codec.Decoder().decode({"n": wrong})


def test_what_has_no_plain_form_is_opaque_and_equals_nothing():
    back = travel([object(), len, math])
    assert [item.type_name for item in back] == ["object", "builtin_function_or_method", "module"]
    assert travel(object()) != travel(object())
    assert isinstance(travel(10**5000), Opaque)
    deep: list = []
    for _ in range(codec.MAX_DEPTH + 5):
        deep = [deep]
    assert "deeply" in travel(deep).type_name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "[1]",
        '["v", NaN]',
        "[" * 100_000,
        '["v", ' + "1" * 5000 + "]",
        '["v", {}]',
        '["v", {"t": 1}]',
        '["v", {"x": []}]',
        '["v", {"x": "1"}]',
        '["v", {"i": "zz"}]',
        '["v", {"i": "0x' + "f" * 9000 + '"}]',
        '["v", {"b": "0"}]',
        '["v", {"s": [[]]}]',
        '["v", {"d": [1]}]',
        '["v", {"c": [1, "2"]}]',
        '["v", {"g": ["a"]}]',
        '["v", {"o": 1}]',
        '["v", {"t": [], "s": []}]',
        '["v", {"__class__": "os.system"}]',
    ],
)
def test_nonsense_is_refused_with_one_error(text):
    with pytest.raises(codec.CodecError):
        codec.Decoder().decode(codec.load(text.encode())[1])


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("tsfdbixcog"), inner),
    )
)
def test_any_json_is_a_value_or_a_wire_error(message):
    try:
        value = codec.Decoder().decode(json.loads(json.dumps(message)))
    except codec.CodecError:
        return
    repr(value)


def test_keys_that_share_one_hash_are_refused():
    clash = [{"i": hex(i * (2**61 - 1))} for i in range(1, 3000)]
    with pytest.raises(codec.CodecError, match="collide"):
        codec.Decoder().decode({"s": clash})
    # nor behind as many honest ones
    with pytest.raises(codec.CodecError, match="collide"):
        codec.Decoder().decode({"s": [*range(1, 3001), *clash]})
    pairs = [{"t": [x, y]} for x in range(60) for y in range(60)]
    assert len(codec.Decoder().decode({"s": pairs})) == 3600
    codec.refuse_collisions([0] * 3000)
