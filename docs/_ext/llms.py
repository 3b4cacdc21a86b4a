"""Writes llms.txt and llms-full.txt, and beside every page its Markdown.

Source of the form: https://llmstxt.org. Titles, sections and first sentences are the pages' own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.text import TextBuilder
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.text import TextTranslator

# E.g. `Rows come in any form.` of `Rows come in any form. They ...`; not `e.g.` of `e.g. this`
_SENTENCE = re.compile(r".+?[.:!?](?=\s+[A-Z`(]|$)")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Registers what is written when the pages are."""
    app.add_config_value("llms_summary", "", "env", str)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _write(app: Sphinx, failed: Exception | None) -> None:
    if failed or app.builder.format != "html":
        return
    lines = [f"# {app.config.project}", "", f"> {app.config.llms_summary}"]
    texts: list[str] = []
    for section, names in _sections(app.env):
        lines += ["", f"## {section}", ""]
        for name in names:
            title = app.env.titles[name].astext()
            said = _first_sentence(app.env.get_doctree(name))
            lines.append(f"- [{title}]({name}.md){f': {said}' if said else ''}")
            text = _text(app, name)
            copy = Path(app.outdir, f"{name}.md")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
            texts.append(f"<!-- {name}.md -->\n\n{text.strip()}\n")
    Path(app.outdir, "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    Path(app.outdir, "llms-full.txt").write_text("\n\n".join(texts), encoding="utf-8")


def _text(app: Sphinx, name: str) -> str:
    """Returns a page's Markdown; of one that autodoc fills in, the text that came of it."""
    source = Path(app.env.doc2path(name))
    if source.suffix == ".md":
        return source.read_text(encoding="utf-8")
    builder = TextBuilder(app, app.env)
    builder.init()
    page = app.env.get_and_resolve_doctree(name, builder)
    visitor = cast("TextTranslator", builder.create_translator(page, builder))
    page.walkabout(visitor)
    return visitor.body


def _sections(env: BuildEnvironment) -> Iterator[tuple[str, list[str]]]:
    """Yields the front page's tables of contents: each caption, and the pages under it."""
    for toctree in env.get_doctree(env.config.root_doc).findall(addnodes.toctree):
        names = [name for top in toctree["includefiles"] for name in _under(env, top)]
        if names:
            yield toctree["caption"], names


def _under(env: BuildEnvironment, name: str) -> Iterator[str]:
    yield name
    for inner in env.toctree_includes.get(name, ()):
        yield from _under(env, inner)


def _first_sentence(page: nodes.document) -> str:
    first = next(iter(page.findall(nodes.paragraph)), None)
    text = " ".join(first.astext().split()) if first else ""
    found = _SENTENCE.match(text)
    return found[0].rstrip(":") if found else text
