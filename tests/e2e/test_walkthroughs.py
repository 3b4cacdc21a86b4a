"""The walk-throughs' blocks that need Node.js; tests/docs runs all others."""

import pytest

from tests.docs.blocks import PAGES, blocks
from tests.docs.reader import read

SYNTHESIZED = [page for page in PAGES if any(block.needs == "Node.js" for block in blocks(page))]


@pytest.mark.parametrize("page", SYNTHESIZED, ids=lambda page: page.stem)
def test_what_is_synthesized_is_as_shown(page, tmp_path, monkeypatch):
    read(page, tmp_path, monkeypatch, has={"Node.js"})
