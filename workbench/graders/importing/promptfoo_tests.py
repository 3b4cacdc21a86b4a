"""Tests of promptfoo: their variables become rows, their assertions one rule for all rows.

Tests whose assertions differ in nothing but their values have one rule, whose value is a field of
the row: ``contains Oslo`` and ``contains Lima`` are ``contains {{ expected }}``.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone import kit
from touchstone.jsontext import strict_json
from touchstone.sanitize import one_line
from touchstone.workbench.graders.importing.beside import beside, file_of
from touchstone.workbench.graders.importing.model import FoundRow, Node
from touchstone.workbench.graders.importing.reading import read_node, read_text
from touchstone.workbench.rows.rft import ROLES, ROW_KEYS, make_row

_MOST_ROWS = 20_000
_SHOWN = 4
# Assertions whose value may be a field of the row; of others it is a part of the rule.
_VARY = re.compile(
    r"(?:not-)?(?:equals|i?contains(?:-all|-any)?|starts-with|ends-with|regex|levenshtein|"
    r"llm-rubric|g-eval|factuality|model-graded-\w+)"
)
_FIELD = "expected"
# E.g. `contains-all: a, b`, `llm-rubric(0.8): kind`; not `Oslo`
_CELL = re.compile(r"\s*((?:not-)?[a-z][a-z0-9-]*)(?:\(([\d.]+)\))?:(.*)", re.DOTALL)
_IN_CELLS = {"grade": "llm-rubric"}
_NOT_FIELDS = {*ROW_KEYS, "expect"}


@dataclass(frozen=True, slots=True)
class Suite:
    """What a configuration comes to.

    Attributes:
        assertions: The rule for all rows; values may name fields of a row.
        rows: Of its tests.
        options: Of all tests, as who judges.
        notes: What of it is left out, a sentence each.
    """

    assertions: list[Node]
    rows: tuple[FoundRow, ...] = ()
    options: Node | None = None
    notes: tuple[str, ...] = ()


def suite_of(node: Node) -> Suite:
    """Reads a configuration, or a list of assertions.

    Raises:
        NotImported: Its tests have different rules, or something of it cannot be read.
    """
    if isinstance(node.value, list):
        return Suite(node.items())
    for key in ("scenarios", "assertScoringFunction", "extensions"):
        if node.has(key):
            raise node.at(key).refuse("has no counterpart", "take it out, or make tests of it")
    default = node.at("defaultTest") if node.has("defaultTest") else node.holding({})
    if not isinstance(default.value, dict):
        raise default.refuse("must be an object")
    tests = list(_tests(node))
    options = _options(default, tests)
    common = [one for place in (node, default) for one in _assertions(place, node)]
    own, values = _one_rule(tests, node)
    names = _names(len(values), tests, default)
    rule = [*common, *_with_fields(own, values, names)]
    rows, notes = _rows(node, default, tests, names, values)
    return Suite(rule, tuple(rows), options, tuple(notes))


def ours(node: Node, text: str) -> str:
    """Returns a text whose placeholders are ours: a variable is a field of the row.

    Raises:
        NotImported: A placeholder is more than a path.
    """

    def of_row(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name.startswith("env."):
            raise node.refuse(f"{{{{ {name} }}}}: the environment is not read")
        return f"{{{{ item{name if name.startswith('[') else f'.{name}'} }}}}"

    made = kit.PLACEHOLDER.sub(of_row, text)
    node.check_template(made)
    if "{#" in made:
        raise node.refuse("a template holds placeholders such as {{ name }}, no more")
    return made


def _tests(node: Node) -> Iterator[Node]:
    if not node.has("tests"):
        return
    tests = node.at("tests")
    if isinstance(tests.value, str):
        yield from _tests_of(tests)
        return
    if not isinstance(tests.value, list):
        raise tests.refuse("must be a list, or the name of a file")
    for place in range(len(tests.value)):
        one = tests.at(place)
        if isinstance(one.value, str):
            yield from _tests_of(one)
        else:
            yield _a_test(one)


def _tests_of(node: Node) -> Iterator[Node]:
    """Yields the tests of a file."""
    path = file_of(node, node.value, ".csv", ".yaml", ".yml", ".json")
    name = str(path.parent / path.name)
    if path.suffix != ".csv":
        for one in read_node(name).items():
            yield _a_test(one)
        return
    reader = csv.DictReader(io.StringIO(read_text(name)), strict=True)
    try:
        for cells in reader:
            yield _of_cells(Node({}, name, lines={"$": reader.line_num}), cells)
    except csv.Error as exc:
        raise node.refuse(f"{path.name}: line {reader.line_num}: {exc}") from exc


def _a_test(node: Node) -> Node:
    if not isinstance(node.value, dict):
        raise node.refuse(f"must be a test, not {type(node.value).__name__}")
    return node


def _of_cells(place: Node, cells: Mapping[str | None, Any]) -> Node:
    """Returns a line of a table as a test: ``__expected`` columns are assertions."""
    if None in cells or None in cells.values():
        raise place.refuse("has more or fewer cells than the header")
    told = {str(key).strip(): str(value) for key, value in cells.items()}
    asserts = [
        _of_cell(place, told[key]) for key in told if re.fullmatch(r"__expected\d*", key)
        and told[key].strip()
    ]  # fmt: skip
    test: dict[str, Any] = {"vars": {k: v for k, v in told.items() if not k.startswith("__")}}
    return place.holding(test | ({"assert": asserts} if asserts else {}))


def _of_cell(place: Node, text: str) -> dict[str, Any]:
    found = _CELL.fullmatch(text)
    if found is None:
        return {"type": "equals", "value": text}
    kind, threshold, value = found.groups()
    if kind in ("fn", "eval", "javascript"):
        raise place.refuse(f"{kind}: only Python runs here")
    made: dict[str, Any] = {"type": _IN_CELLS.get(kind, kind), "value": value.strip()}
    return made | ({"threshold": float(threshold)} if threshold else {})


def _assertions(node: Node, root: Node) -> list[Node]:
    """Returns the assertions of a test; one that only refers to a template is that template."""
    found = []
    for one in node.at("assert").items() if node.has("assert") else []:
        if one.has("$ref"):
            name = one.text("$ref").removeprefix("#/assertionTemplates/")
            if not root.has("assertionTemplates"):
                raise one.at("$ref").refuse("there are no assertionTemplates")
            one = root.at("assertionTemplates").at(name)
        one.text("type")
        found.append(one)
    return found


def _options(default: Node, tests: list[Node]) -> Node | None:
    """Returns the options of all tests."""
    for one in (default, *tests):
        if one.has("options"):
            for key in ("rubricPrompt", "transform", "transformVars"):
                if one.at("options").has(key):
                    raise one.at("options").at(key).refuse("has no counterpart", "take it out")
    of_tests = [one.at("options") for one in tests if one.has("options")]
    if any(one.value != of_tests[0].value for one in of_tests):
        raise of_tests[0].refuse("tests have different options, and a grader is one rule")
    given = default.at("options") if default.has("options") else None
    return of_tests[0] if of_tests else given


def _one_rule(tests: list[Node], root: Node) -> tuple[list[Node], list[list[Any]]]:
    """Returns the assertions that all tests have, and each of their values, test by test.

    Raises:
        NotImported: They differ in more than values.
    """
    told = [(test, _assertions(test, root)) for test in tests]
    rules: dict[str, list[tuple[Node, list[Node]]]] = {}
    for test, own in told:
        rules.setdefault(json.dumps([_shape(one.value) for one in own]), []).append((test, own))
    if len(rules) > 1:
        kinds = [
            f"{_kinds(group[0][1])}: {', '.join(_where(test) for test, _ in group[:_SHOWN])}"
            f"{', ...' if len(group) > _SHOWN else ''}"
            for group in rules.values()
        ]
        raise root.at("tests").refuse(
            f"the tests have {len(rules)} different rules:\n  " + "\n  ".join(kinds),
            "a grader is one rule for all rows: leave the tests of one rule in the file",
        )
    own = told[0][1] if told else []
    each = [[value for one in asserts for value in _values(one.value)] for _, asserts in told]
    return own, [list(values) for values in zip(*each, strict=True)]


def _where(test: Node) -> str:
    return f"{test.path} (line {test.line})" if test.line else test.path


def _kinds(asserts: list[Node]) -> str:
    return ", ".join(one_line(one.text("type"), 60) for one in asserts) or "no assertions"


def _shape(assertion: Any) -> Any:
    """Returns an assertion without what may differ between the tests of one rule."""
    if not isinstance(assertion, dict):
        return assertion
    rest = {key: value for key, value in assertion.items() if key != "description"}
    if isinstance(rest.get("assert"), list):
        rest["assert"] = [_shape(one) for one in rest["assert"]]
    elif _varies(assertion):
        value = rest.pop("value")
        rest["value"] = len(value) if isinstance(value, list) else "text"
    return dict(sorted(rest.items()))


def _varies(assertion: Mapping[str, Any]) -> bool:
    value = assertion.get("value")
    texts = value if isinstance(value, list) else [value]
    return bool(_VARY.fullmatch(str(assertion.get("type")))) and all(
        isinstance(one, str | int | float) and not isinstance(one, bool) for one in texts
    )


def _values(assertion: Any) -> Iterator[Any]:
    """Yields the values of an assertion that may differ, those of a set in order."""
    if not isinstance(assertion, dict):
        return
    if isinstance(assertion.get("assert"), list):
        for one in assertion["assert"]:
            yield from _values(one)
    elif _varies(assertion):
        value = assertion["value"]
        yield from value if isinstance(value, list) else [value]


def _names(count: int, tests: list[Node], default: Node) -> list[str]:
    """Returns what the fields are called, other than every variable."""
    taken = {
        key for one in (default, *tests) if one.has("vars")
        for key in (one.at("vars").value if isinstance(one.at("vars").value, dict) else ())
    }  # fmt: skip
    names = [_FIELD] if count == 1 else [f"{_FIELD}_{n}" for n in range(1, count + 1)]
    while taken & {*names}:
        names = [f"{name}_value" for name in names]
    return names


def _with_fields(own: list[Node], values: list[list[Any]], names: list[str]) -> list[Node]:
    """Returns assertions in which a value that differs between tests is a field of the row."""
    fields = [
        f"{{{{ {name} }}}}" if any(one != of_tests[0] for one in of_tests) else of_tests[0]
        for name, of_tests in zip(names, values, strict=True)
    ]
    left = iter(fields)

    def put(assertion: Any) -> Any:
        if not isinstance(assertion, dict):
            return assertion
        if isinstance(assertion.get("assert"), list):
            return {**assertion, "assert": [put(one) for one in assertion["assert"]]}
        if not _varies(assertion):
            return assertion
        value = assertion["value"]
        told = [next(left) for _ in value] if isinstance(value, list) else next(left)
        return {**assertion, "value": told}

    return [one.holding(put(one.value)) for one in own]


def _rows(
    root: Node, default: Node, tests: list[Node], names: list[str], values: list[list[Any]]
) -> tuple[list[FoundRow], list[str]]:
    """Returns the rows of the tests, and what of the prompts is left out."""
    if not tests:
        return [], []
    prompts = _prompts(root)
    if not prompts:
        return [], ["the tests are no rows, since the file has no prompt"]
    notes = [] if len(prompts) == 1 else [f"rows have the first of {len(prompts)} prompts"]
    turns = _turns(prompts[0])
    rows: list[FoundRow] = []
    for number, test in enumerate(tests):
        for given in _variables(default, test):
            fields = dict(given)
            for name, of_tests in zip(names, values, strict=True):
                if any(one != of_tests[0] for one in of_tests):
                    value = of_tests[number]
                    text = beside(test, value) if isinstance(value, str) else str(value)
                    fields[name] = _filled(test, ours(test, text), given)
            messages = [
                {"role": role, "content": _filled(test, text, given)} for role, text in turns
            ]
            rows.append(
                FoundRow(test.place, make_row(messages, fields=_own(test, fields, messages)))
            )
            if len(rows) > _MOST_ROWS:
                raise test.refuse(f"more than {_MOST_ROWS:,} rows, variables of lists multiplied")
    return rows, notes


def _own(
    test: Node, fields: dict[str, Any], messages: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Returns the fields of a row; ``prompt`` is what its messages say already."""
    if fields.get("prompt") == "\n".join(str(turn["content"]) for turn in messages):
        fields = {key: value for key, value in fields.items() if key != "prompt"}
    clash = sorted(fields.keys() & {*_NOT_FIELDS, "prompt"})
    if clash:
        raise test.refuse(f"a variable is called {clash[0]!r}, as a part of every row", "rename it")
    return fields


def _variables(default: Node, test: Node) -> Iterator[dict[str, Any]]:
    """Yields the variables of a test; a list is each of its values in turn."""
    given: dict[str, Node] = {}
    for one in (default, test):
        if one.has("vars"):
            told = one.at("vars")
            if not isinstance(told.value, dict):
                raise told.refuse("must be an object")
            given |= {key: told.at(key) for key in told.value if told.has(key)}
    lists = [
        [beside(place, one) if isinstance(one, str) else one for one in (
            place.value if isinstance(place.value, list) else [place.value])]
        for place in given.values()
    ]  # fmt: skip
    for one in itertools.product(*lists):
        yield dict(zip(given, one, strict=True))


def _prompts(root: Node) -> list[Node]:
    if not root.has("prompts"):
        return []
    prompts = root.at("prompts")
    return [prompts] if isinstance(prompts.value, str) else prompts.items()


def _turns(prompt: Node) -> list[tuple[str, str]]:
    """Returns role and template of each turn of a prompt."""
    raw = prompt.value
    if isinstance(raw, dict):
        raw = prompt.value.get("raw", prompt.value.get("id"))
    if not isinstance(raw, str):
        raise prompt.refuse(f"must be a text, not {type(raw).__name__}")
    if raw.startswith("file://"):
        raw = read_text(str(file_of(prompt, raw, ".txt", ".md", ".json", ".yaml", ".yml")))
    if raw.lstrip().startswith("["):
        try:
            turns = strict_json(raw)
        except (ValueError, RecursionError):
            turns = None
        if isinstance(turns, list) and turns and all(map(_is_turn, turns)):
            return [(turn["role"], ours(prompt, turn["content"])) for turn in turns]
    return [("user", ours(prompt, raw.strip()))]


def _is_turn(turn: Any) -> bool:
    return (
        isinstance(turn, dict)
        and turn.get("role") in ROLES
        and isinstance(turn.get("content"), str)
    )


def _filled(test: Node, template: str, variables: Mapping[str, Any]) -> str:
    try:
        return kit.filled(template, {}, variables)
    except LookupError as exc:
        lacking = str(exc).removeprefix("the row has no item.")
        raise test.refuse(f"has no variable {one_line(lacking, 80)}") from exc
