"""How an answer is laid out: patterns that it must have, and sections that must say something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from touchstone.lazy import pattern
from touchstone.outcomes import BadReference
from touchstone.scoring.similarity import plain
from touchstone.templates.data_extraction.schema import check_schema, share_kept

# E.g. `## Summary`, `**Summary:** all well`, `2. Summary`, `Summary:`; not `--`
_HEADING = pattern(
    r"\s{0,3}(?:#{1,6}\s+)?(?:[0-9]{1,2}[.)]\s+)?(?:\*\*|__)?(?P<name>[^\W_][^:*#<>\n]{0,80}?)"
    r"(?P<end>\s*:?\s*(?:\*\*|__)\s*:?|\s*:|\s*#*\s*$)(?P<rest>.*)"
)
# E.g. `# Summary`, `**Summary**`, `Summary:`; not `Summary`
_MARKED = pattern(r"\s{0,3}(?:#|\*\*|__)|[^:]{1,80}:")
_MAX_HEADING = 200  # characters of a line in which a heading and its mark stand
# E.g. `a`; not `--`
_SAYS = pattern(r"\w")
# E.g. `<summary>`, `</Next-Steps>`; not `a < b`
_TAG = pattern(r"<(?P<close>/?)(?P<name>[A-Za-z][\w -]{0,80})>")


def check_patterns(patterns: Sequence[str]) -> None:
    """Refuses patterns that cannot be used.

    Raises:
        BadReference: One of them is no regular expression.
    """
    for one in patterns:
        try:
            check_schema(_holding(one))
        except BadReference as exc:
            raise BadReference(f"{one!r} is no pattern that can be looked for") from exc


def lacking(text: str, patterns: Sequence[str], sections: Sequence[str]) -> list[str]:
    """Returns what an answer lacks of what it must have.

    A pattern must be found somewhere; one that gives up after 100,000 steps of backtracking is not.
    A section is a heading (Markdown's, a line in bold, a line that ends in a colon, a tag) with
    something said below it, before the next heading.
    """
    there = _sections(text) if sections else set[str]()
    missing = [f"pattern {one!r} not found" for one in patterns if not _has(text, one)]
    return missing + [f"no section {name!r}" for name in sections if _named(name) not in there]


def _has(text: str, source: str) -> bool:
    return share_kept(text, _holding(source))[0] == 1.0


@lru_cache(maxsize=256)
def _holding(source: str) -> dict[str, Any]:
    return {"type": "string", "pattern": source}


def _named(name: str) -> str:
    return re.sub(r"[\W_]+", " ", plain(name)).strip()


def _sections(text: str) -> set[str]:
    """Returns the names of the sections that say something."""
    found: set[str] = set()
    section = ""
    for line in text.splitlines():
        position = 0
        for tag in _TAG.finditer(line):
            if section and _SAYS.search(line, position, tag.start()):
                found.add(section)
            section, position = "" if tag["close"] else _named(tag["name"]), tag.end()
        rest = line[position:]
        heading = None if position else _HEADING.fullmatch(line[:_MAX_HEADING])
        if heading and _MARKED.match(line):
            section, rest = _named(heading["name"]), heading["rest"]
        if section and _SAYS.search(rest):
            found.add(section)
    return found
