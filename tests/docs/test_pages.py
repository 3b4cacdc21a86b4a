"""Every fenced block of README.md, CONTRIBUTING.md and docs/: run, of a known form, or marked.

``CONTRIBUTING.md`` says how a block tells which. A page is one reader's way through it: its
commands run in order in one folder, which has the files that the page begins with.
"""

import re

import pytest

from tests.docs.blocks import LANGUAGES, NEEDS, PAGES, ROOT, blocks, matches
from tests.docs.reader import read

NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_as_it_says(name, tmp_path, monkeypatch):
    read(ROOT / name, tmp_path, monkeypatch)


@pytest.mark.parametrize("name", NAMES)
def test_every_block_says_how_it_is_proven(name):
    for block in blocks(ROOT / name):
        assert block.language in LANGUAGES, f"{block.place}: the language {block.language!r}"
        assert not block.needs or block.needs in NEEDS, f"{block.place}: {block.needs!r}"
        assert block.language != "sql" or block.needs, f"{block.place}: what runs it?"
    fences = re.findall(r"^ *```", (ROOT / name).read_text("utf-8"), re.M)
    assert len(fences) == 2 * len(list(blocks(ROOT / name)))


def test_output_is_compared():
    shown = "3 rows\n  mean ... of 1\n...\nend"
    assert matches(shown, "3 rows \n  mean 0.5 of 1\nany\nlines\nend\n")
    assert matches("a\n...", "a\n")
    assert not matches(shown, "3 rows\n  mean 0.5\nend\n")
    assert not matches("a\nb", "a\nb\nc")
