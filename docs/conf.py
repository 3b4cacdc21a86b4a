"""The documentation site: ``make site`` builds it into build/site.

The repository's root is the source folder, so that README.md, docs/ and the templates' READMEs
are pages as they lie, and a link that works on a code host works on the site.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent / "_ext")]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Touchstone"
version = release = _PROJECT["version"]
llms_summary = _PROJECT["description"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "reference", "navigation",
              "accessible", "llms"]  # fmt: skip

root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "docs/reference/*.rst", "templates/*/README.md"]
# All other folders, which then are not even looked through.
exclude_patterns = [
    path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in ("docs", "templates")
]

# Anchors of headings as code hosts make them.
myst_heading_anchors = 4
highlight_language = "none"
smartquotes = False  # options begin with two hyphens
nitpicky = True
# What Python's own types and other libraries are is not told here.
nitpick_ignore_regex = [("py:.*", ".*")]

napoleon_use_ivar = True  # of an attribute, which autodoc does not list again
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"Touchstone {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_extra"]
html_copy_source = False  # docs/_ext/llms.py lays the Markdown beside each page
html_show_copyright = False
