"""Test code that makes objects of the candidate's classes and asks them things."""

import pytest

from tests.code_verification.conftest import passed

STACK = """
class Stack:
    def __init__(self, items=()):
        self.items = list(items)

    def push(self, item):
        self.items.append(item)
        return self

    def pop(self):
        return self.items.pop()
"""
STACK_TEST = """
s = Stack()
s.push(1).push(2)
assert s.pop() == 2
assert s.pop() == 1 and not s.items
t = Stack([3])
assert len(t.items) == 1, "one"
assert t is not None
"""


def test_test_code_that_uses_objects_runs_in_order(grade):
    reference = {"entry_point": "Stack", "test_code": STACK_TEST}
    assert passed(grade, STACK, reference) == 1.0
    checked = "def check(candidate):\n" + STACK_TEST.replace("Stack", "candidate").replace(
        "\n", "\n    "
    )
    assert passed(grade, STACK, reference | {"test_code": checked}) == 1.0
    queue = STACK.replace("pop()", "pop(0)")
    assert passed(grade, queue, reference) == 0.5
    broken = STACK.replace("return self\n", "return None\n")
    assert passed(grade, broken, reference) == 0.0
    assert "an earlier step of the test failed" in grade(broken, reference).reason
    generous = "class Stack:\n    def __eq__(self, other):\n        return True\n" + (
        "    def __getattr__(self, name):\n        return lambda *a: self\n"
    )
    assert passed(grade, generous, reference) < 0.5


COUNTER = (
    "class Counter:\n    n = 0\n    def inc(self):\n        self.n += 1\n        return self.n\n"
)


@pytest.mark.parametrize(
    "reference",
    [
        {"tests": ["c = Counter()\nc.inc()\nassert c.inc() == 2", "assert Counter().n == 0"]},
        {"test_code": "c = Counter()\nc.inc()\nassert c.inc() == 2"},
        {"test_code": "def test_one():\n    c = Counter()\n    c.inc()\n    assert c.inc() == 2\n"},
    ],
)
@pytest.mark.parametrize("entry_point", [None, "Counter"])
def test_a_class_is_tested_in_every_form(grade, reference, entry_point):
    reference = reference | {"entry_point": entry_point}
    assert passed(grade, COUNTER, reference) == 1.0
    assert passed(grade, COUNTER.replace("+=", "="), reference) < 1.0


POINT = """
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)

    def __hash__(self):
        return hash((self.x, self.y))

    def __lt__(self, other):
        return self.x < other.x

    def __iter__(self):
        return iter((self.x, self.y))

    def __len__(self):
        return self.x

    def __repr__(self):
        return f"Point({self.x}, {self.y})"
"""


@pytest.mark.parametrize(
    ("asserted", "holds"),
    [
        ("str(p) == 'Point(1, 2)'", True),
        ("repr(Point(1, 2)) == 'Point(1, 3)'", False),
        ("len(p) == 1 and len({p, Point(1, 2)}) == 1", True),
        ("list(p) == [1, 2]", True),
        ("tuple(p) == (2, 1)", False),
        ("2 in p and 7 not in p", True),
        ("7 in p", False),
        ("p == Point(1, 2) and not p == Point(2, 1)", True),
        ("p == Point(1, 3)", False),
        ("p != Point(1, 3)", True),
        ("p < Point(3, 0)", True),
        ("(p + p).y == 4", True),
        ("p + p == Point(2, 4)", True),
        ("not Point(0, 1) and bool(p)", True),
        ("not p", False),
        ("isinstance(p, Point) and hasattr(p, 'x')", True),
        ("hasattr(p, 'z')", False),
        ("p == (1, 2)", False),
    ],
)
def test_what_python_asks_of_an_object_is_asked_where_it_lives(grade, asserted, holds):
    module = f"p = Point(1, 2)\nassert {asserted}"
    check = f"def check(candidate):\n    p = candidate(1, 2)\n    assert {asserted}"
    for test_code in (
        module,
        check.replace("Point(", "candidate(").replace("'candidate", "'Point"),
    ):
        reference = {"entry_point": "Point", "test_code": test_code}
        assert passed(grade, POINT, reference) == holds, test_code


@pytest.mark.parametrize("asserted", ["r == 3", "3 in r", "r - 3 == 0", "abs(r - 3) < 1"])
def test_an_object_that_agrees_to_everything_gains_nothing_where_a_value_is_due(grade, asserted):
    agreeing = "class Yes:\n    def __eq__(self, other):\n        return True\n"
    agreeing += "    def __contains__(self, other):\n        return True\n"
    agreeing += "    def __sub__(self, other):\n        return 0\n"
    reference = {"entry_point": "f", "test_code": f"r = f(1)\nassert {asserted}"}
    assert passed(grade, f"{agreeing}\n\ndef f(x):\n    return Yes()\n", reference) == 0.0


def test_a_class_can_be_tested_by_test_code_that_runs_whole(grade):
    loop = "def check(c):\n    for i in range(2):\n        assert c().inc() == 1\n"
    assert passed(grade, COUNTER, {"entry_point": "Counter", "test_code": loop}) == 1.0
    # but a class is no way out where a function was asked for
    loop = "def check(c):\n    for i in range(2):\n        assert c(i) == i\n"
    forged = "class f:\n    def __init__(self, x):\n        self.x = x\n"
    assert passed(grade, forged, {"entry_point": "f", "test_code": loop}) == 0.0


@pytest.mark.parametrize(
    "made",
    ["OrderedDict(a=1, b=2)", "Counter('aab')", "defaultdict(int, a=1)", "deque([1, 2])"],
)
def test_containers_of_the_standard_library_arrive_as_they_are(grade, made):
    code = f"from collections import *\ndef f():\n    return {made}\n"
    whole = f"from collections import *\ndef test_it():\n    assert f() == {made}\n"
    whole += f"    assert {made} == f()\n    assert list(f()) == list({made})\n"
    assert passed(grade, code, {"entry_point": "f", "test_code": whole}) == 1.0


def test_an_ordered_dict_arrives_in_its_own_order(grade):
    code = "from collections import OrderedDict\nd = OrderedDict(a=1, b=2)\nd.move_to_end('a')\n"
    order = "import collections\ndef test_it():\n    assert list(d) == ['b', 'a']\n"
    order += "    assert d == collections.OrderedDict(b=2, a=1)\n"
    order += "    assert d != collections.OrderedDict(a=1, b=2)\n"
    assert passed(grade, code, {"entry_point": "d", "test_code": order}) == 1.0
