"""A page gone through from its beginning, by a reader who has what it begins with."""

import json
import shutil
import sys

from tests.docs.blocks import ROOT, blocks
from tests.docs.session import Session

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
    of_code = page.name in OF_CODE
    rows = [program(n) for n in range(1, 9)] if of_code else [total(n) for n in range(1, 121)]
    parts = {"rows": rows[:110], "held": rows[110:], "rows/golden": rows[:6], "train": rows[:110]}
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


def read(page, folder, monkeypatch, has=()):
    """Goes through a page, and says at which block it fails.

    Args:
        page: The document.
        folder: An empty one.
        monkeypatch: Of the test.
        has: What of ``NEEDS`` is here, so that blocks that need it are run too.
    """
    begin(page, folder / "project")
    session = Session(folder / "project", monkeypatch, has)
    for block in blocks(page):
        try:
            session.prove(block)
        except BaseException as fault:
            fault.add_note(f"at {block.place}")
            raise
