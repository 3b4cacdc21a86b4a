"""The site: it builds without a complaint, leads nowhere wrong, and forgets nothing there is."""

import re
from pathlib import Path
from typing import get_args
from urllib.parse import unquote, urlsplit

import click
import msgspec
import pytest

import touchstone
from tests.site.built import ROOT, Page, build, built
from touchstone import adapters, judge, templates
from touchstone.config import ENTRY_KEYS, TOP_KEYS
from touchstone.infra.settings import FunctionSettings
from touchstone.outcomes import FaultKind
from touchstone.sandbox import types
from touchstone.settings import GraderSettings
from touchstone.templates import get_template, template_names
from touchstone.workbench.aws import ADVICE
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.spec import Job


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Gives the folder of the site."""
    return built(tmp_path_factory)


@pytest.fixture(scope="module")
def pages(site):
    """Gives every page by its path in the site."""
    return {str(path.relative_to(site)): Page(path) for path in sorted(site.rglob("*.html"))}


def test_every_document_is_a_page(pages):
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("templates/*/*.md")]
    assert {str(path.relative_to(ROOT).with_suffix(".html")) for path in documents} <= set(pages)


def test_no_link_leads_nowhere(site, pages):
    by_path = {page.path: page for page in pages.values()}
    wrong = []
    for page in pages.values():
        for link in {*page.links, *page.loads}:
            parts = urlsplit(link)
            if parts.scheme or link in ("", "#"):
                continue
            path = Path(unquote(parts.path))
            target = (page.path.parent / path).resolve() if parts.path else page.path
            there = target.is_relative_to(site.resolve()) and target.is_file()
            anchor = unquote(parts.fragment)
            if not there or (anchor and target in by_path and anchor not in by_path[target].ids):
                wrong.append((str(page.path.relative_to(site)), link))
    assert not wrong


def test_what_a_page_loads_lies_beside_it_and_links_to_others_are_addresses(pages):
    for page in pages.values():
        assert not [one for one in page.loads if urlsplit(one).scheme not in ("", "data")]
        for link in page.links:
            parts = urlsplit(link)
            # Of others only the form: nothing is asked for.
            assert not parts.scheme or (parts.scheme in ("http", "https") and parts.hostname)


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path):
    source = tmp_path / "source" / "docs"
    source.mkdir(parents=True)
    links = ("other.md", "#nothing", "index.md#elsewhere", "../graders.toml")
    (source / "index.md").write_text("# Title\n\n" + "\n\n".join(f"[a]({one})" for one in links))
    done = build(source.parent, tmp_path / "out", "-D", "extensions=myst_parser")
    assert done.returncode == 1
    assert re.findall(r"index.md:(\d+): WARNING: .*'(.*?)' \[", done.stderr) == [
        ("3", "other.md"), ("5", "nothing"), ("7", "elsewhere"), ("9", "../graders.toml"),
    ]  # fmt: skip


def commands(command, path):
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from commands(command.get_command(click.Context(command), name), f"{path} {name}")


def test_every_command_is_there_with_its_options(pages):
    text = pages["docs/reference/commands.html"].text
    for path, command in commands(main, "touchstone"):
        section = text.partition(f" {path}¶ ")[2].partition("¶ ")[0]
        assert section, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert all(name in section for name in parameter.opts), (path, parameter.name)
            else:
                assert (parameter.human_readable_name or "").upper() in section.upper(), path


@pytest.mark.parametrize("name", template_names())
def test_a_template_is_there_with_its_criteria_and_settings(pages, name):
    text = pages[f"docs/reference/templates/{name}.html"].text
    template = get_template(name)
    own = {*template.settings_type.__struct_fields__} - {*GraderSettings.__struct_fields__}
    for word in (*template.criteria, *own):
        assert f" {word} " in text
    assert f"../../../templates/{name}/README.html" in " ".join(
        pages[f"docs/reference/templates/{name}.html"].links
    )


def keys(of):
    for field in msgspec.structs.fields(of):
        yield field.name
        for inner in (field.type, *get_args(field.type)):
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                yield from keys(inner)


def test_every_key_of_a_file_is_there(pages):
    graders = pages["docs/reference/graders-toml.html"].text
    assert not [key for key in (*TOP_KEYS, *ENTRY_KEYS) if key not in graders]
    for of in (GraderSettings, judge.JudgeOptions, FunctionSettings):
        assert not [key for key in keys(of) if f" {key} " not in graders]
    job = pages["docs/reference/job-toml.html"].text
    assert not [key for key in keys(Job) if f" {key} " not in job]


def test_every_outcome_and_every_trouble_is_there(pages):
    text = pages["docs/reference/outcomes.html"].text
    for word in (*(f"unscored:{kind}" for kind in get_args(FaultKind)), *get_args(judge.Cause),
                 *ADVICE, "0", "1", "2", "130"):  # fmt: skip
        assert f" {word} " in text.replace(",", " ")


@pytest.mark.parametrize("module", [touchstone, templates, judge, adapters, types])
def test_every_public_name_is_there(pages, module):
    ids = pages["docs/reference/python.html"].ids
    assert not [name for name in module.__all__ if f"{module.__name__}.{name}" not in ids]


def test_llms_txt_has_every_page_once_and_llms_full_what_stands_on_it(site, pages):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    full = (site / "llms-full.txt").read_text(encoding="utf-8")
    title, blank, summary = text.splitlines()[:3]
    assert (title, blank, summary[:2]) == ("# Touchstone", "", "> ")
    entries = re.findall(r"^- \[.+?\]\((.+?)\): \S.*$", text, re.M)
    assert len(entries) == len(re.findall(r"^- ", text, re.M))
    made = {"index.html", "docs/index.html", "genindex.html", "search.html"}
    assert sorted(entries) == sorted(page.replace(".html", ".md") for page in {*pages} - made)
    for entry in entries:
        assert (site / entry).read_text(encoding="utf-8").strip() in full
    # What autodoc fills in is there too, not only its name.
    assert "Returns the template of this name" in full


def test_other_scripts_arrive_as_they_are(pages):
    assert "難しい話題なので" in pages["docs/judge.html"].text
    assert "A mensagem deve ser removida." in pages["CHANGELOG.html"].text
