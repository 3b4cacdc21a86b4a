"""The documentation site, built once for all workers of a test run."""

import fcntl
import os
import subprocess
import sys
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ("--fail-on-warning", "--keep-going", "--quiet", "-c", str(ROOT / "docs"))


def build(source, out, *options):
    """Builds as `make site` does."""
    command = [sys.executable, "-m", "sphinx", *BUILD, "-d", f"{out}-doctrees", *options]
    return subprocess.run(
        [*command, source, out], capture_output=True, text=True, check=False, cwd=ROOT
    )


class Page(HTMLParser):
    """What stands on a page: its words, its anchors, and what it points to."""

    def __init__(self, path):
        super().__init__()
        self.path, self.ids, self.links, self.loads, self.words = path, set(), [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag != "a":
            # Links to other pages, such as the next one, load nothing.
            pages = ("next", "prev", "search", "index", "author", "canonical")
            named = given.get("src") or (given.get("rel") not in pages and given.get("href"))
            self.loads += [named] if named else []

    def handle_data(self, data):
        self.words.append(data)

    @cached_property
    def text(self):
        return " ".join("".join(self.words).split())


def built(tmp_path_factory):
    """Returns the folder of the site, which the first worker that asks builds."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "site"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = folder.with_suffix(".said")
        if not said.exists():
            done = build(ROOT, folder)
            said.write_text(done.stdout + done.stderr)
    assert not said.read_text()
    return folder
