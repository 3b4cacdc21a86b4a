"""Every fenced block of README.md, CONTRIBUTING.md and docs/: run, of a known form, or marked.

``CONTRIBUTING.md`` says how a block tells which. A page is one reader's way through it: its
commands run in order in one folder, which has the files that the page begins with.
"""

import json
import re
import shutil
import sys

import pytest

from tests.docs.blocks import LANGUAGES, NEEDS, PAGES, ROOT, blocks, matches
from tests.docs.session import Session

# These take more than 20 s, and are run by tests/e2e/test_walkthroughs.py.
SLOW = {"docs/walkthroughs/locked-account.md"}
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


# Pages whose rows are programs, with the completions that they grade; those of the others are sums.
OF_CODE = {"README.md", "check.md"}


def program(number):
    asked = {"role": "user", "content": f"Write f(x), which adds {number} to x and returns it."}
    answer = {"role": "assistant", "content": f"def f(x):\n    return x + {number}\n"}
    tests = [f"assert f({n}) == {n + number}" for n in (1, 2)]
    return {"messages": [asked, answer], "reference_answer": {"tests": tests}}


def total(number):
    asked = {"role": "user", "content": f"What is {number} + {2 * number}? Say the number alone."}
    return {"messages": [asked], "reference_answer": str(3 * number),
            "customer_id": f"c{number}", "topic": "ab"[number % 2]}  # fmt: skip


def begin(page, folder):
    """Puts into the folder what the reader has: files beside a walk-through, else our own."""
    folder.mkdir()
    if page.parent.name == "walkthroughs":
        beside = page.with_suffix("")
        if beside.is_dir():
            shutil.copytree(beside, folder, dirs_exist_ok=True)
        return
    for name in ("graders.toml", "rewards", "events"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    rows = [(program if page.name in OF_CODE else total)(n) for n in range(1, 121)]
    parts = {"rows": rows[:110], "held": rows[110:], "rows/golden": rows[:24]}
    parts |= {"train": rows[:110]}
    (folder / "rows").mkdir()
    for name, chosen in parts.items():
        lines = "".join(json.dumps(one) + "\n" for one in chosen)
        (folder / f"{name}.jsonl").write_text(lines)
    (folder / "job.toml").write_text(
        'name = "sums"\nbase_model = "amazon.nova-2-lite-v1:0:256k"\n'
        'role = "arn:aws:iam::111122223333:role/rft"\n'
        '[data]\ntrain = "train.jsonl"\noutput = "s3://bucket/out"\n'
        '[grader]\nname = "math_reasoning"\nfunction = "sums"\n'
    )


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Goes through a page, and says at which block it fails."""

    def read(page):
        begin(page, tmp_path / "project")
        session = Session(tmp_path / "project", monkeypatch)
        for block in blocks(page):
            try:
                session.prove(block)
            except BaseException as fault:
                fault.add_note(f"at {block.place}")
                raise

    return read


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_a_page_is_as_it_says(read, name):
    read(ROOT / name)


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
