"""Which line of a TOML file a refusal names."""

import re

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from touchstone.tomlfile import TomlFile

TEXT = '[a]\nx = 1\nnote = """\n[b]\nx = 1\n"""\n\n[b]\nx = "y"\n'


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        (TEXT, ("b", "x"), 9),
        (TEXT.replace('"""', "'''"), ("b", "x"), 9),
        ("[g]\na = {t = 1, s = 1}\nb = {t = 2, s = 2}\n", ("g", "b", "s"), 3),
        ('[g."my.name"]\nt = 1\ns = 1\n', ("g", "my.name", "s"), 3),
        ('[g]\n"my.name".s = 1\n', ("g", "my.name", "s"), 2),
        ("[g]\na = [\n  {t = 1},\n  {s = 1},\n]\nb = 1\n", ("g", "a", "s"), 4),
        ("[g]\na = [\n  {t = 1},\n]\nb = 1\n", ("g", "b"), 5),
        ("a = '[b]' # [b]\n# [b]\n[ b ] # c\n", ("b",), 3),
        ("[[g.a]]\nx = 1\n[[g.b]]\nx = 1\n", ("g", "b", "x"), 4),
        ("a = {}\nb = {c = [], d = {e = 1}}\nc = 1.5\n", ("c",), 3),
        ('a = "\\"b = 1"\r\nb = 1979-05-27 07:32:00\r\nc = 1\r\n', ("c",), 3),
        ("[g]\nx = 1\n", ("g", "nothing"), 1),
        ("x = 1\n", ("nothing",), 1),
    ],
)
def test_the_line_of_a_key(text, place, line):
    assert TomlFile("g.toml", text).line_of(place) == line


_HOSTILE = st.text("[]{}=,.#\"'\\ \nab1", max_size=12)


@given(st.data())
def test_the_line_of_every_key_of_a_written_file(data):
    numbers = iter(range(10**6, 10**7))
    leaf = st.builds(lambda: next(numbers)) | _HOSTILE | st.lists(_HOSTILE, max_size=2)
    keys = st.text("ab.\"'# ]=", min_size=1, max_size=4) | st.sampled_from(["a", "b"])
    tables = st.recursive(
        leaf, lambda inner: st.dictionaries(keys, inner, max_size=4), max_leaves=12
    )
    text = tomli_w.dumps(data.draw(st.dictionaries(keys, tables)), multiline_strings=True)
    lines = text.split("\n")
    for place, value in leaves(TomlFile("g.toml", text).load()):
        line = TomlFile("g.toml", text).line_of(place)
        assert re.search(rf"= {value}\b", lines[line - 1])


def leaves(table, place=()):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*place, key))
        elif isinstance(value, int):
            yield (*place, key), value
