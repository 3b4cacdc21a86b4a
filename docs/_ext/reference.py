"""Makes the reference pages of the site: what can be set, typed and imported, from the code.

One function per page or kind of page, each named in :func:`pages`. They are written into
``docs/reference/`` before Sphinx looks for pages, and git ignores them.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import types
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click
import msgspec
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.typing import ExtensionMetadata

from touchstone import config, outcomes
from touchstone.grader import Template
from touchstone.infra.settings import FunctionSettings
from touchstone.judge import JudgeOptions, NoVerdict
from touchstone.settings import GraderSettings
from touchstone.templates import get_template, template_names
from touchstone.workbench import aws, errors
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.spec import Job

# Whose public names a user imports.
_MODULES = ("touchstone", "touchstone.templates", "touchstone.adapters", "touchstone.judge",
            "touchstone.kit", "touchstone.sandbox.types")  # fmt: skip
_WORDS = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`",
          Any: "any value", type(None): "nothing"}  # fmt: skip
_LIMITS = (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below"))
_LONGEST = 90  # characters of a default that a cell shows
# E.g. `    weights: Criterion to weight.`, as a docstring of a class names its fields
_FIELD = re.compile(r"    (\w+): (.*)")
# E.g. `:class:`Grade``, ```share```
_ROLE, _LITERAL = re.compile(r":\w+:`~?([^`]+)`"), re.compile(r"``(.+?)``")
# What Markdown would read in plain words; what stands in backticks it leaves alone.
_MARKS = re.compile(r"(`[^`]*`)|([<>*_\[\]\\])")
# E.g. `touchstone.sandbox.types.` of `touchstone.sandbox.types.Returned`
_QUALIFIED = re.compile(r"\b(?:\w+\.)+(?=[A-Za-z_])")
# What a heading's anchor leaves out.
_NO_SLUG = re.compile(r"[^\w -]")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Registers the pages, made before Sphinx looks for any."""
    app.connect("config-inited", lambda app, _config: _write(Path(app.confdir, "reference")))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def pages() -> dict[str, str]:
    """Returns each page's path below ``docs/reference/``, and its text."""
    return {
        "commands.md": commands(),
        "graders-toml.md": graders_toml(),
        "job-toml.md": job_toml(),
        "outcomes.md": how_rows_and_commands_end(),
        "python.rst": python(),
        "templates.rst": templates(),
        **{f"templates/{name}.md": template(get_template(name)) for name in template_names()},
    }


def _write(folder: Path) -> None:
    made = {folder / name: text for name, text in pages().items()}
    for path in set(folder.rglob("*.*")) - made.keys():
        path.unlink()
    for path, text in made.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:  # else it is read again
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


# The pages.


def commands() -> str:
    """Returns the page of every command, with its arguments and options."""
    intro = (
        "What `touchstone COMMAND --help` says, of every command. Exit codes are "
        "[below the outcomes](outcomes.md#exit-codes)."
    )
    context = click.Context(main, info_name="touchstone")
    return _joined("# Commands", intro, *_command(context))


def _command(context: click.Context) -> Iterator[str]:
    command = context.command
    yield f"## {context.command_path}"
    if isinstance(command, click.Group):
        yield _plain(command.get_short_help_str(500))
    else:
        usage = [context.command_path, *command.collect_usage_pieces(context)]
        yield f"```text\n{' '.join(usage)}\n```"
        yield _help(command.help or "")
    options = [
        one.get_help_record(context) for one in command.params if isinstance(one, click.Option)
    ]  # fmt: skip
    rows = [(f"`{names}`", _plain(said)) for names, said in filter(None, options)]
    yield _table(("option", "what"), rows)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner and not inner.hidden:
                yield from _command(click.Context(inner, info_name=name, parent=context))


def _help(text: str) -> str:
    """Returns a command's help; a paragraph that click must not wrap is shown as it is."""
    paragraphs = inspect.cleandoc(text).split("\f")[0].split("\n\n")
    return "\n\n".join(
        f"```text\n{one.removeprefix(chr(8)).strip(chr(10))}\n```"
        if one.startswith("\b")
        else _plain(one)
        for one in paragraphs
    )


def graders_toml() -> str:
    """Returns the page of graders.toml: its tables, and the settings of every grader."""
    return _joined(
        "# graders.toml",
        "The file that says which graders exist. A key that is not here is refused, with its line.",
        "## [graders.NAME]",
        f"A name is {config.NAMES}.",
        *_structs(config.Entry, only=config.ENTRY_KEYS),
        "## [defaults]",
        "Settings of every grader that does not set them itself: those of the next table.",
        "## [graders.NAME.settings]",
        "What every grader has. A template has more: [code_verification]"
        "(templates/code_verification.md) and so on.",
        *_structs(GraderSettings),
        "## [graders.NAME.settings.judge_options]",
        *_structs(JudgeOptions),
        "## [graders.NAME.deploy]",
        "How its function is made; `deploy = false` makes none.",
        *_structs(FunctionSettings),
        "## [check]",
        _table(
            ("key", "type", "default", "what"),
            [("`require`", "`true` or `false`", "`false`",
              "A grader is deployed only with a check of its version that holds "
              "([check.md](../check.md#the-last-check)).")],
        ),
    )  # fmt: skip


def job_toml() -> str:
    """Returns the page of job.toml: every table and key."""
    return _joined(
        "# job.toml",
        "One training job ([jobs.md](../jobs.md)). A key that is not here is refused, with its "
        "line.",
        *_structs(Job, depth="##"),
    )


def templates() -> str:
    """Returns the page that lists the templates: a template is on the site by being there."""
    names = template_names()
    lines = [
        f"- :doc:`{name} <../../templates/{name}/README>` (:doc:`settings <templates/{name}>`): "
        f"{get_template(name).summary}"
        for name in names
    ]
    pages = [f"   {page}" for name in names
             for page in (f"../../templates/{name}/README", f"templates/{name}")]  # fmt: skip
    return _joined(
        _titled("Templates", "="),
        "What each grades. Its README says how it decides, with examples that the tests run.",
        "\n".join(lines),
        "\n".join((".. toctree::", "   :hidden:", "", *pages)),
    )


def template(made: Template) -> str:
    """Returns the page of a template: criteria, references and settings."""
    home = f"../../../templates/{made.name}"
    defaults = made.settings_type()
    reference = importlib.import_module(f"touchstone.templates.{made.name}.reference").Reference
    criteria = [
        (f"`{name}`", f"{defaults.weights.get(name, 0 if defaults.weights else 1):g}",
         f"`{defaults.gates[name]}`" if name in defaults.gates else "")
        for name in made.criteria
    ]  # fmt: skip
    own = set(made.settings_type.__struct_fields__) - set(GraderSettings.__struct_fields__)
    changed = [
        f"`{name}`" for name in GraderSettings.__struct_fields__
        if getattr(defaults, name) != getattr(GraderSettings(), name)
    ]  # fmt: skip
    needs = " and ".join(_NEEDS[need] for need in sorted(made.needs)) or "nothing"
    # What a reference leaves out comes from the setting of its name.
    said = _attributes(made.settings_type) | _attributes(reference)
    parts = [(f"`{name}`", said.get(name, "")) for name in get_type_hints(reference)]
    return _joined(
        f"# Settings of {made.name}",
        f"{_plain(made.summary)}. It needs {needs} besides the row. How it decides, with examples: "
        f"[its README]({home}/README.md).",
        "## Criteria",
        _table(("criterion", "default weight", "counts only with"), criteria),
        "## Reference",
        f"What a row's reference answer comes down to; which forms it may have is in "
        f"[the README]({home}/README.md).",
        _table(("part", "what"), parts),
        "## Settings",
        "Beside [those of every grader](../graders-toml.md#gradersnamesettings)"
        + (f", of which {', '.join(changed)} have other defaults here." if changed else "."),
        *_structs(
            made.settings_type, own | {one.strip("`") for one in changed}, within="settings."
        ),
    )


_NEEDS = {
    "sandbox": "a sandbox beside it",
    "executor": "a sandbox, which is another function once it is deployed",
    "judge": "a judge",
}


def how_rows_and_commands_end() -> str:
    """Returns the page of outcomes: faults of rows, exit codes, and troubles with AWS."""
    kinds = {one.kind: one for one in reversed(list(_below(outcomes.GradingError)))}
    faults = [
        (f"`unscored:{kind}`", _first(kinds[kind]), _BLAME[kinds[kind].blame])
        for kind in get_args(outcomes.FaultKind)
    ]
    comments = ModuleAnalyzer.for_module(errors.__name__).find_attr_docs()
    codes = [(str(getattr(errors, name)), _plain(" ".join(said)))
             for (_, name), said in comments.items() if name.isupper()]  # fmt: skip
    troubles = [
        (f"`{one}`", str(aws.ServiceError("", one).exit_code), _plain(aws.ADVICE[one]))
        for one in get_args(aws.Trouble)
    ]
    return _joined(
        "# Outcomes and exit codes",
        "How a row can end, how a command can end, and what to do then.",
        "## Rows",
        "A row is `scored`, or it is one of these. What number an unscored row gets then, and when "
        "a call raises instead: [contract.md](../contract.md#rows-that-could-not-be-scored).",
        _table(("outcome", "what", "may the completion be why?"), faults),
        "## Causes of judge_fault",
        _plain(_attributes(NoVerdict)["cause"]),
        "## Exit codes",
        _table(("code", "what"), [("0", "all was done, and all is well"), *codes]),
        "## AWS",
        "What AWS refuses is one of these, whichever service said it.",
        _table(("trouble", "exit code", "what to do"), troubles),
    )


_BLAME = {
    "ours": "no",
    "ask": "perhaps: the same work is tried with a harmless completion, which tells",
    "open": "perhaps, and nothing can tell: it must not gain by it",
}


def python() -> str:
    """Returns the page of the names to import, which autodoc fills in from their docstrings."""
    parts = [_titled("Python", "="), "What reward functions and programs import."]
    for name in _MODULES:
        module = importlib.import_module(name)
        names = getattr(module, "__all__", None) or _public(module)
        parts += [_titled(name, "-"), inspect.getdoc(module) or ""]
        parts += [_autodoc(module, one) for one in sorted(names)]
    return _joined(*parts)


def _titled(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _public(module: types.ModuleType) -> list[str]:
    return [
        name for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]  # fmt: skip


def _autodoc(module: types.ModuleType, name: str) -> str:
    value, whole = getattr(module, name), f"{module.__name__}.{name}"
    if inspect.isroutine(value):
        return f".. autofunction:: {whole}"
    if not inspect.isclass(value):  # a constant or a union, which has no docstring of its own
        return f".. py:data:: {whole}\n   :value: {_QUALIFIED.sub('', repr(value))}"
    what = "exception" if issubclass(value, Exception) else "class"
    return f".. auto{what}:: {whole}\n   :members:"


# What they are made of.


def _structs(
    of: type,
    only: Iterable[str] | None = None,
    *,
    depth: str = "###",
    within: str = "",
    places: dict[type, str] | None = None,
) -> Iterator[str]:
    """Yields the table of a type's keys, then a section for each type that these are of.

    Args:
        of: A struct, or a dataclass.
        only: The keys that are told; all by default.
        depth: Of the sections' headings.
        within: The key that holds this type, and a dot.
        places: Type to its section's heading, for those that have one.
    """
    places = {} if places is None else places
    said, defaults = _attributes(of), _defaults(of)
    hints = get_type_hints(of, include_extras=True)
    hints = {name: hint for name, hint in hints.items() if only is None or name in only}
    new: dict[type, str] = {}
    rows: list[tuple[str, ...]] = []
    for name, hint in hints.items():
        shown = _type(hint)
        for inner in _inside(hint):
            if inner not in places:
                new[inner] = places[inner] = f"{within}{name}"
            shown += f", [see there](#{_NO_SLUG.sub('', places[inner].lower())})"
        if name not in said:
            raise ExtensionError(f"{of.__name__}.{name}: say what it is, under Attributes")
        rows.append((f"`{name}`", shown, _value(*defaults[name]), said[name]))
    yield _table(("key", "type", "default", "what"), rows)
    for inner, place in new.items():
        yield f"{depth} {place}"
        yield _first(inner)
        yield from _structs(inner, depth=depth, within=f"{place}.", places=places)


def _defaults(of: type) -> dict[str, tuple[Any, Any]]:
    """Returns field to its default and to what makes one."""
    own = msgspec.structs.fields(of) if issubclass(of, msgspec.Struct) else fields(of)
    return {one.name: (one.default, one.default_factory) for one in own}


def _value(default: Any, factory: Any) -> str:
    """Returns a default as TOML has it; one that is too long for a cell is left to its page."""
    none = (MISSING, msgspec.NODEFAULT)
    made = default if factory in none else factory()
    if made in none:
        return "required"
    if made is None or isinstance(made, msgspec.Struct):  # a table has a section of its own
        return ""
    text = _toml(msgspec.to_builtins(made))
    return f"`{text}`" if len(text) <= _LONGEST else "a longer one, in the README"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _type(of: Any) -> str:
    """Returns a type in the words of who writes TOML."""
    origin, inner = get_origin(of), get_args(of)
    if origin is Annotated:
        return " ".join([_type(inner[0]), *_limits(inner[1:])])
    if origin is Literal:
        return ", ".join(f"`{json.dumps(one)}`" for one in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(one) for one in inner if one is not type(None))
    if origin is tuple and Ellipsis not in inner:
        return f"list of {len(inner)}: {', '.join(map(_type, inner))}"
    if origin in (list, tuple, frozenset, set):
        return f"list of {_type(inner[0])}"
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        return "table"
    if of in _WORDS:
        return _WORDS[of]
    if isinstance(origin or of, type):  # dict, Mapping
        return f"table of {_type(inner[1])}" if inner else "table"
    return str(of)


def _limits(given: Iterable[Any]) -> Iterator[str]:
    for meta in given:
        for name, word in _LIMITS:
            if (limit := getattr(meta, name, None)) is not None:
                yield f"{word} {limit:,}"


def _inside(of: Any) -> Iterator[type]:
    """Yields the tables that a type is made of."""
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        yield of
    for inner in get_args(of):
        yield from _inside(inner)


def _attributes(of: type) -> dict[str, str]:
    """Returns field to what its class, or else a base of it, says in its docstring."""
    found: dict[str, str] = {}
    for one in reversed(of.__mro__):
        _, _, section = inspect.cleandoc(one.__doc__ or "").partition("Attributes:\n")
        name = ""
        for line in section.splitlines():
            if line and not line.startswith("    "):
                break  # the next section
            if field := _FIELD.fullmatch(line):
                name, said = field.groups()
                found[name] = said
            elif name:
                found[name] += f" {line.strip()}"
    return {name: _plain(said) for name, said in found.items()}


def _below(of: type) -> Iterator[type]:
    for one in of.__subclasses__():
        yield one
        yield from _below(one)


def _first(of: type) -> str:
    """Returns the first paragraph of a docstring."""
    return _plain(inspect.cleandoc(of.__doc__ or "").split("\n\n")[0])


def _plain(text: str) -> str:
    """Returns a docstring's text as Markdown that says the same."""
    text = _LITERAL.sub(r"`\1`", _ROLE.sub(r"`\1`", text))
    return _MARKS.sub(lambda found: found[1] or f"\\{found[2]}", " ".join(text.split()))


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    if len(lines) == 2:
        return ""
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
