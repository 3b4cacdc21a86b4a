"""Libraries in cages: what programs get of them, and what hostile ones do not get by them."""

import contextlib

import pytest

from tests.sandbox import gauntlet, library_attacks
from tests.sandbox.folders import link_installed, write_light
from touchstone.deadline import Deadline
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.types import (
    Call,
    CheckJob,
    FunctionJob,
    Limits,
    ProgramJob,
    Returned,
    Unsupported,
)

LEVELS = ["rlimit", "rlimit+seccomp+landlock"]
SAME = """
import numpy as np, pandas as pd
from pandas import testing
def same(a, b):
    for kind, asserted in (
        (pd.DataFrame, testing.assert_frame_equal),
        (pd.Series, testing.assert_series_equal),
        (pd.Index, testing.assert_index_equal),
    ):
        if isinstance(b, kind):
            return asserted(a, b)
    assert type(a) is type(b) and a == b
"""
FRAMES = [
    "pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': [1.5, float('nan')]})",
    "pd.DataFrame()",
    "pd.DataFrame(index=[1, 2])",
    "pd.DataFrame([[1, 2], [3, 4]], columns=['a', 'a'])",
    "pd.DataFrame({'k': [1, 1, 2], 'v': [3, 4, 5]}).groupby('k').agg({'v': ['sum', 'mean']})",
    "pd.DataFrame({'a': pd.date_range('2024-01-01', periods=3, tz='Europe/Paris')})",
    "pd.DataFrame({'v': range(3)}, index=pd.date_range('2024-01-01', periods=3, freq='D'))",
    "pd.DataFrame({'d': pd.to_datetime(['2024-01-01']).date})",
    "pd.Series(['a', 'b'], dtype='category', name='n')",
    "pd.Series([1, None], dtype='Int64')",
    "pd.Series(['a', None], dtype='string')",
    "pd.Series([[1, 2], {'a': 3}, (4,)])",
    "pd.Series([], dtype='float32')",
    "pd.Series(pd.period_range('2024-01', periods=3, freq='M'))",
    "pd.cut(pd.Series([1, 5, 9]), 3)",
    "pd.Series([1, 2], index=pd.MultiIndex.from_tuples([('a', 1), ('b', 2)], names=['k', 'n']))",
    "pd.RangeIndex(5)",
    "pd.Timestamp('2024-01-01 10:00', tz='Asia/Tokyo')",
    "pd.Timedelta('3h')",
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("libraries")
    return link_installed(write_light(made), "numpy", "pandas", "dateutil", "six")


@pytest.fixture(scope="session")
def sandbox(folder):
    sandbox = open_sandbox(libraries=folder)
    yield sandbox
    sandbox.close()


def returned(sandbox, code, *args):
    job = FunctionJob(code, "f", (Call(args),))
    return sandbox.run(job, Limits(), Deadline()).outcomes[0]


def checked(sandbox, code, tests):
    run = sandbox.run(CheckJob(code, "f", tests), Limits(), Deadline())
    return [outcome for outcome in run.outcomes if not isinstance(outcome, Returned)]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("from lightlib import twice\ndef f(x): return twice(x)", 6),
        ("from lightlib.deep import four\ndef f(x): return four(x)", 12),
        ("import lightlib\ndef f(x): return lightlib.told()", "said\n"),
        ("import lightlib\ndef f(x): return lightlib.WORD, lightlib.LIBC", (8, None)),
        ("import importlib as i\ndef f(x): return i.import_module('lightlib').twice(x)", 6),
        ("from importlib.metadata import version\ndef f(x): return version('lightlib')", "1.0"),
        ("import pandas as pd\ndef f(x): return int(pd.Series([x, x]).sum())", 6),
        (
            "import lightlib\nfrom zoneinfo import ZoneInfo\nfrom datetime import datetime\n"
            "def f(x): return str(datetime.now(ZoneInfo('Test/Nowhere')).utcoffset())",
            "4:10:00",
        ),
        ("import numpy as np, lightlib\ndef f(x): return np.full(2, x)", [3, 3]),
    ],
)
def test_a_program_has_the_libraries_of_its_sandbox(sandbox, code, value):
    assert returned(sandbox, code, 3) == Returned(value)


def test_a_program_that_writes_output_reads_what_a_library_brings_along(sandbox):
    job = ProgramJob("import lightlib\nprint(lightlib.told() + input())", ("x\n",))
    assert sandbox.run(job, Limits(), Deadline()).outcomes == (Returned("said\nx\n"),)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import lightlib\ndef f(): return lightlib.native()", "native code"),
        ("import lightlib\ndef f(): return open(lightlib.__file__, 'w')", "files"),
        ("import lightlib\ndef f(): return open('/etc/hostname')", "files"),
        ("import lightlib, ctypes\ndef f(): return ctypes.CDLL(None)", "native code"),
        ("import broken\ndef f(): return 1", "module: tkinter_is_not_there"),
    ],
)
def test_what_a_cage_cannot_do_is_named_as_ever(sandbox, code, what):
    assert returned(sandbox, code) == Unsupported(what)


def test_without_the_folder_there_is_no_such_module():
    plain = open_sandbox()
    assert returned(plain, "import lightlib\ndef f(): pass") == Unsupported("module: lightlib")
    plain.close()


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_of_what_is_taken_is_left_in_libraries(level, folder):
    sandbox = open_sandbox(max_isolation=level, libraries=folder)
    run = sandbox.run(FunctionJob("import pandas", "f", ()), Limits(), Deadline())
    sandbox.close()
    assert "stripped modules" in run.isolation.hardening


@pytest.mark.parametrize("value", FRAMES)
def test_what_pandas_makes_crosses_both_ways_as_it_is(sandbox, value):
    code = f"{SAME}\ndef f(given):\n    same(given, {value})\n    return {value}\n"
    assert checked(sandbox, code, f"{SAME}\ndef test(): same(f({value}), {value})") == []


@pytest.mark.parametrize(
    ("code", "tests"),
    [
        ("import lightlib\ndef f(): return lightlib.fetch('x')",
         "from unittest.mock import patch\n@patch('lightlib.fetch', return_value=7)\n"
         "def test(fetch):\n    assert f() == 7\n    fetch.assert_called_once_with('x')"),
        ("import pandas as pd\ndef f(): return pd.read_csv('none.csv')['a'].sum()",
         "import pandas as pd\nfrom unittest.mock import patch\ndef test():\n"
         "    with patch('pandas.read_csv', return_value=pd.DataFrame({'a': [1, 2]})):\n"
         "        assert f() == 3"),
        ("import pandas as pd\ndef f(): return pd.read_csv('a.csv')",
         "import pandas as pd\ndef test(tmp_path):\n    open('a.csv', 'w').write('a,b\\n1,2\\n')\n"
         "    assert list(f().columns) == ['a', 'b']"),
        ("import lightlib\ndef f(): raise lightlib.Trouble('so')",
         "import lightlib, pytest\ndef test():\n"
         "    with pytest.raises(lightlib.Trouble, match='so'):\n        f()"),
        ("import lightlib\ndef f(): return lightlib.Thing(3)",
         "import lightlib\ndef test():\n    made = f()\n"
         "    assert isinstance(made, lightlib.Thing) and made.size == 3"),
        ("import numpy as np\ndef f(): return np.arange(6).reshape(2, 3)",
         "import numpy as np\ndef test():\n"
         "    np.testing.assert_array_equal(f(), [[0, 1, 2], [3, 4, 5]])"),
    ],
)  # fmt: skip
def test_tests_and_candidate_mean_the_same_library(sandbox, code, tests):
    assert checked(sandbox, code, tests) == []


@pytest.mark.parametrize("level", LEVELS)
def test_no_program_gains_anything_by_way_of_a_library(level, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(gauntlet, "LIMITS", Limits(wall_s=10, call_s=5))
    with contextlib.closing(gauntlet.Gauntlet(level, str(tmp_path), libraries=folder)) as tried:
        broken = {name: tried.call(code) for name, code in library_attacks.CALLS.items()}
    assert {name: what for name, what in broken.items() if what} == {}
    assert len(broken) >= 60


@pytest.mark.parametrize(
    "test",
    [
        "pd.testing.assert_frame_equal(f(), wanted)",
        "assert f().equals(wanted)",
        "assert f().to_dict() == wanted.to_dict()",
        "pd.testing.assert_series_equal(f()['a'], wanted['a'])",
        "assert str(f()) == str(wanted) and f().equals(wanted)",
    ],
)
@pytest.mark.parametrize("name", [*library_attacks.CHECKED, "right"])
def test_no_frame_that_lies_passes(sandbox, name, test):
    right = "import pandas as pd\ndef f(): return pd.DataFrame({'a': [1, 2]})"
    tests = f"import pandas as pd\nwanted = pd.DataFrame({{'a': [1, 2]}})\ndef test(): {test}"
    failed = checked(sandbox, library_attacks.CHECKED.get(name, right), tests)
    assert bool(failed) == (name != "right")
