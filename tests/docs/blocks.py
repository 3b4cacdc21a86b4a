"""The fenced blocks of the documents, each with what stands around it that says how it is proven.

``CONTRIBUTING.md`` has the rules in words. Fences are found by markdown-it-py, which MyST builds
on, so that a block here is a block on the site.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "templates").glob("*/README.md")),
)
LANGUAGES = frozenset({"bash", "console", "json", "python", "sql", "text", "toml", "yaml"})
# What a block may need that a test has not: `<!-- needs: torch -->` right before its fence.
NEEDS = {
    "an AWS account": "credentials, and what was deployed there",
    "a launched job": "a job that a service runs, or ran",
    "a model's API": "a key, or credentials, of a model's service",
    "a package index": "something is installed from it",
    "a terminal of its own": "it runs until it is stopped",
    "Node.js": "the CDK's command line: `make e2e` has it, and runs these blocks",
    "torch": "a trainer's libraries; tests/adapters/libraries.py is run with them",
}
_NEEDS = re.compile(r"<!-- needs: (.+) -->")
# "`job.json`:" stands before the file's text, "the end of `graders.toml`:" before what is added.
_FILE = re.compile(r"(the end of )?`([\w./-]+\.\w+)`:$")
# "$ touchstone check mine   # exit code 1: it falls short"
_COMMENT = re.compile(r"\s#\s.*")
_EXIT_CODE = re.compile(r"# exit code (\d+)")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        place: ``docs/check.md:12``, the line of its fence.
        language: The first word behind the fence; ``""`` without one.
        text: What stands in it.
        needs: What it needs that a test has not; ``""`` where it is run.
        file: The file that it is, by the sentence before it; ``""`` where it is none.
        adds: It goes to that file's end.
    """

    place: str
    language: str
    text: str
    needs: str = ""
    file: str = ""
    adds: bool = False


@dataclass(frozen=True)
class Command:
    """One command of a block.

    Attributes:
        line: What is typed.
        exit_code: How it ends: 0, or as its comment says.
        output: What is shown below it; None where nothing is.
    """

    line: str
    exit_code: int = 0
    output: str | None = None


def blocks(page: Path) -> Iterator[Block]:
    """Yields the blocks of a page in their order."""
    needs = before = ""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        match token.type:
            case "fence":
                line = token.map[0] + 1 if token.map else 0
                file = _FILE.search(before)
                yield Block(
                    f"{os.path.relpath(page, ROOT)}:{line}",
                    token.info.partition(" ")[0],
                    token.content,
                    needs,
                    file[2] if file else "",
                    bool(file and file[1]),
                )
                needs = before = ""
            case "html_block":
                found = _NEEDS.match(token.content)
                needs = found[1] if found else ""
            case "inline":
                needs, before = "", token.content


def commands(block: Block) -> list[Command]:
    """Returns the commands of a block: after ``$`` in a console, every line of a script."""
    if block.language == "yaml":
        return [Command(line) for line in re.findall(r"^\s*- run: (.*)", block.text, re.M)]
    lines = re.sub(r"\\\n(?:> |\s+)?", "", block.text).splitlines()
    if block.language == "bash":
        return [_command(line) for line in lines if line.strip() and not line.startswith("#")]
    if block.language != "console":
        return []
    found: list[Command] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(_command(line[2:]))
        else:
            assert found, f"{block.place}: a console begins with `$ `"
            last = found.pop()
            output = line if last.output is None else f"{last.output}\n{line}"
            found.append(Command(last.line, last.exit_code, output))
    return found


def _command(line: str) -> Command:
    code = _EXIT_CODE.search(line)
    return Command(_COMMENT.sub("", line).strip(), int(code[1]) if code else 0)


def is_interactive(text: str) -> bool:
    """Tells whether Python is typed at its prompt, ``>>>``, with what it answers."""
    return text.startswith(">>> ")


def matches(shown: str, came: str) -> bool:
    """Tells whether an output is the one that is shown.

    ``...`` within a line stands for any characters of it, alone on a line for any lines. Blanks
    at the ends of lines say nothing.
    """
    pattern = ""
    for line in _plain(shown).splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(map(re.escape, line.split("..."))) + r"\n"
    return re.fullmatch(pattern, _plain(came)) is not None


def _plain(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.strip("\n").splitlines())
