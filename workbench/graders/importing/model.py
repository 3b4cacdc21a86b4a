"""What an imported grader is made of, whatever service it comes from."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone import kit
from touchstone.sanitize import one_line
from touchstone.scoring.formula import FUNCTIONS
from touchstone.workbench.errors import WorkbenchError

WHOLE = (0.0, 1.0)
_LONGEST_TEXT = 100_000  # a reward file has 200,000 bytes at most
_LONGEST_PATH = 200
# What a reward file names itself, so that no grader in it may be called so.
_TAKEN = {
    *keyword.kwlist, *keyword.softkwlist, *dir(builtins), *vars(kit), *FUNCTIONS,
    "grade", "item", "judge", "math", "re", "sample", "scores", "reward",
}  # fmt: skip


class NotImported(WorkbenchError):
    """A grader cannot be imported; the message names the file and the place in it."""


def inexact(file: str, what: str, count: int, listed: Collection[str]) -> NotImported:
    """Returns what is said of a file of which some does not map exactly.

    Args:
        file: The file, as given.
        what: What it is made of, such as ``metrics``.
        count: How many of those it has.
        listed: Those that do not map: place, name and reason.
    """
    return NotImported(
        "\n  ".join([f"{file}: {len(listed)} of {count} {what} do not map exactly:", *listed]),
        "take them out, or write them as a reward: touchstone graders new NAME",
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user wants other than there.

    Attributes:
        judge: The judge in place of every model, ``""`` for the one that is known for each.
        trim: White space around two texts is left out before they are compared.
        fetch: What a file only names is fetched from the account.
    """

    judge: str = ""
    trim: bool = False
    fetch: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model decides.

    Attributes:
        question: What it decides, its placeholders replaced by the names of the texts shown.
        levels: The answers offered, worst first: label, and what it is worth within 0..1.
        instructions: The messages, likewise.
        context: Name of each text shown to its template.
        model: Who decides it there.
        judge: The judge in place of that, as the ``judge`` setting names it.
        options: Of ``judge_options``.
    """

    question: str
    levels: tuple[tuple[str, float], ...]
    instructions: str
    context: dict[str, str]
    model: str
    judge: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """One score: a function of the reward file.

    Attributes:
        name: The function's name, and the metric's.
        said: What it is, in words.
        body: Lines of Python that return the score from ``sample`` and ``item``.
        bounds: Its lowest and its highest score.
        uses: What of the kit they name.
        modules: Python's modules that they name.
        templates: Texts with placeholders, by which it is known what it reads.
        metric: How alike texts are by which of OpenAI's metrics, where that is the score.
        judged: Where a model decides; there is no body then.
        source: Where it is a program of the user's own, as it came; there is no body then.
        function: The function of the source that gives the score.
        libraries: What the source imports besides Python's own and numpy.
    """

    name: str
    said: str
    body: tuple[str, ...] = ()
    bounds: tuple[float, float] = WHOLE
    uses: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    templates: tuple[str, ...] = ()
    metric: str = ""
    judged: Judged | None = None
    source: str = ""
    function: str = ""
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row that a grader's own file brings along.

    Attributes:
        place: Where it stands.
        row: It, without a completion.
        completion: What a model wrote there, ``""`` where the file does not say.
    """

    place: str
    row: dict[str, Any]
    completion: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """A grader of another service, read.

    Attributes:
        service: Whose it is.
        name: What it is called there; ``""`` where it has no name.
        pieces: Its scores.
        reward: Python of the reward from ``scores``; ``""`` where the one piece is all.
        bounds: Lowest and highest reward.
        notes: What is other than there, a sentence each.
        rows: What the file brings along to be graded.
        template: The template whose settings say all of it, ``""`` where pieces do.
        settings: Of that template.
    """

    service: str
    name: str
    pieces: tuple[Piece, ...]
    reward: str = ""
    bounds: tuple[float, float] = WHOLE
    notes: tuple[str, ...] = ()
    rows: tuple[FoundRow, ...] = ()
    template: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a JSON or YAML file, and where it stands: every refusal names the place.

    Attributes:
        value: The value.
        file: The file, as given.
        path: JSON path.
        lines: Path of each value of the file to its line, from 1.
        above: The line of what it is a part of, for a value that is not in the file.
    """

    value: Any
    file: str
    path: str = "$"
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)
    above: int = 0

    @property
    def line(self) -> int:
        """Returns the line that it begins on, 0 where that is not known."""
        return self.lines.get(self.path, self.above)

    @property
    def place(self) -> str:
        """Returns file, line and path, to open a message with."""
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line}: {one_line(self.path, _LONGEST_PATH)}"

    def refuse(self, problem: str, advice: str = "") -> NotImported:
        """Returns an error that names the place."""
        return NotImported(f"{self.place}: {problem}", advice)

    def holding(self, value: Any) -> Node:
        """Returns another value in its place."""
        return Node(value, self.file, self.path, self.lines, self.above)

    def has(self, key: str) -> bool:
        """Tells whether an object has a key with a value."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def at(self, key: str | int) -> Node:
        """Returns a part of it.

        Raises:
            NotImported: It has none.
        """
        if isinstance(key, str) and not self.has(key):
            raise self.refuse(f"has no {key!r}" if isinstance(self.value, dict) else "no object")
        return Node(self.value[key], self.file, step(self.path, key), self.lines, self.line)

    def items(self) -> list[Node]:
        """Returns the parts of a list.

        Raises:
            NotImported: It is none, or empty.
        """
        if not isinstance(self.value, list) or not self.value:
            raise self.refuse("must be a list that is not empty")
        return [self.at(place) for place in range(len(self.value))]

    def entries(self) -> list[tuple[str, Node]]:
        """Returns the parts of an object by name, or of a list by the name that each has.

        Raises:
            NotImported: It is neither, or empty.
        """
        if isinstance(self.value, dict) and self.value:
            return [(key, self.at(key)) for key in self.value]
        if isinstance(self.value, dict):
            raise self.refuse("must be an object or a list that is not empty")
        return [(one.text("name", f"grader_{n}"), one) for n, one in enumerate(self.items(), 1)]

    def text(self, key: str, default: str | None = None) -> str:
        """Returns a text of an object.

        Raises:
            NotImported: It is not there, and there is no default, or is no text.
        """
        if default is not None and not self.has(key):
            return default
        return self.at(key).as_text()

    def as_text(self) -> str:
        """Returns a value that is a text.

        Raises:
            NotImported: It is none, or is longer than a grader can hold.
        """
        if not isinstance(self.value, str):
            raise self.refuse(f"must be a text, not {type(self.value).__name__}")
        if len(self.value) > _LONGEST_TEXT:
            raise self.refuse(f"{len(self.value):,} characters; at most {_LONGEST_TEXT:,}")
        return self.value

    def number(self, key: str, default: float | None = None) -> float:
        """Returns a number of an object.

        Raises:
            NotImported: It is not there, and there is no default, or is no number.
        """
        if default is not None and not self.has(key):
            return default
        node = self.at(key)
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise node.refuse(f"must be a number, not {type(node.value).__name__}")
        return node.value

    def texts(self, key: str) -> list[str]:
        """Returns a list of texts of an object.

        Raises:
            NotImported: It is none.
        """
        node = self.at(key)
        if not isinstance(node.value, list) or not all(isinstance(v, str) for v in node.value):
            raise node.refuse("must be a list of texts")
        return node.value

    def template(self, key: str) -> str:
        """Returns a text of an object whose placeholders can be filled in.

        Raises:
            NotImported: It is none, or one of them is no path into ``item`` or ``sample``.
        """
        text = self.text(key)
        self.at(key).check_template(text)
        return text

    def check_template(self, text: str) -> None:
        """Refuses a template that cannot be filled in.

        Raises:
            NotImported: Names the placeholder.
        """
        try:
            for placeholder in kit.PLACEHOLDER.findall(text):
                kit.path_of(placeholder)
        except ValueError as exc:
            raise self.refuse(str(exc)) from exc
        rest = kit.PLACEHOLDER.sub("", text)
        if "{%" in rest or "{{" in rest:
            raise self.refuse("a template holds placeholders such as {{ item.answer }}, no more")


def step(path: str, key: str | int) -> str:
    """Returns the JSON path of a part."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if re.fullmatch(r"[\w$-]+", key) else f"{path}[{key!r}]"


def identifier(name: str, taken: Collection[str] = ()) -> str:
    """Returns a name as Python and metrics take it, other than those that are taken."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "score"
    plain = f"score_{plain}" if plain[0].isdigit() else plain[:48]
    made, number = plain, 1
    while made in _TAKEN or made in taken:
        number += 1
        made = f"{plain}_score" if number == 2 else f"{plain}_{number}"
    return made
