"""Makes the navigation of what the front page links to: a caption for each of its sections.

So a page is listed once, in words, and the front page stays plain Markdown. A page stands there
by its own title, or by its link's: ``[all of it](../README.md "Overview")``.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
# E.g. `](contract.md)`, `](../README.md "Overview")`; not `](contract.md#a-sample)`
_PAGE = re.compile(r"\]\(([^)#:\s]+\.(?:md|rst))(?: \"([^\"]+)\")?\)")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Registers what is added to the front page as it is read."""
    app.connect("source-read", _add)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add(app: Sphinx, name: str, source: list[str]) -> None:
    if name != app.config.root_doc:
        return
    _, *sections = _SECTION.split(source[0])
    listed: set[str] = set()
    for caption, text in zip(sections[::2], sections[1::2], strict=True):
        pages = {page: title for page, title in _PAGE.findall(text) if page not in listed}
        listed.update(pages)
        entries = [f"{title} <{page}>" if title else page for page, title in pages.items()]
        lines = ("```{toctree}", f":caption: {caption}", ":hidden:", "", *entries, "```")
        source[0] += "\n" + "\n".join(lines) + "\n"
