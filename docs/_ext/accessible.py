"""Mends what axe-core calls serious in the theme's pages.

What scrolls by itself can be reached by keyboard, and the captions of the navigation are headings
of a level.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

_MENDED = {
    "body": (
        ("<pre>", '<pre tabindex="0">'),
        ('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
    ),
    "furo_navigation_tree": (('role="heading"', 'role="heading" aria-level="2"'),),
}
_LATE = 900  # after the theme has made its parts of a page


def setup(app: Sphinx) -> ExtensionMetadata:
    """Registers the mending of each page, before it is written."""
    app.connect("html-page-context", _mend, priority=_LATE)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _mend(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    for part, pairs in _MENDED.items():
        for found, mended in pairs:
            context[part] = context.get(part, "").replace(found, mended)
