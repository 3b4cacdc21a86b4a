"""Every fenced block of the documents and the templates' READMEs: run, of a known form, or marked.

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


@pytest.mark.parametrize(
    "block",
    [
        "```bash\ntouchstone graders list --no-such-option\n```",
        "<!-- needs: an AWS account -->\n```bash\ntouchstone deploy --no-such-option\n```",
        "```text\ntouchstone no-such-verb FILE [--json]\n```",
        "```text\n$ touchstone --version\n```",
        "```bash\nmake no-such-target\n```",
        "```bash\npip install touchstone\n```",
        "```bash\ntouchstone graders show nobody\n```",
        "```bash\ntouchstone --version    # exit code 1\n```",
        "```console\n$ touchstone --version\ntouchstone, version 0.0.7\n```",
        "```console\ntouchstone --version\n```",
        "```python\nimport urllib.request\nurllib.request.urlopen('http://192.0.2.1')\n```",
        "```python\n>>> 1 + 1\n3\n```",
        "```python\n>>> x = 1\n```\n\n```python\n>>> x\n2\n```",
        "```json\n{'id': 1}\n```",
        '```json\n{"id": 1, "messages": "none"}\n```',
        '```toml\n[graders.mine]\ntemplate = "rubric"\nsetting = 1\n```',
        "```toml\n[brake]\nmax_dollars = 3\n```",
        "`job.toml`:\n```toml\nname = 1\n```",
        "```yaml\n- uses: ./action\n  with: {no-such-input: 1}\n```",
    ],
)
def test_a_wrong_block_is_noticed(block, tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{block}\n", encoding="utf-8")
    with pytest.raises((Exception, SystemExit)) as noticed:
        read(page, tmp_path, monkeypatch)
    assert "page.md:" in noticed.value.__notes__[0]
