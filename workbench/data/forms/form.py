"""What a vendor's form is: how its records are told, read, called and replied to.

A form is one object in one file, and its entry in ``registry.FORMS`` is all that makes it known:
to ``--form``, to the cutter of documents, to what tells calls from rows, to the reader of replies.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from touchstone.workbench.data.forms.draft import Draft

# Keys, or places in lists, from the outside in.
Path = tuple[str | int, ...]


class Form(ABC):
    """A form of records: requests to a vendor's models, or rows of a dataset.

    Attributes:
        name: What ``--form`` and the counts call it.
        groups: Other values of ``--form`` that let it be read.
        keys: Its records have at least one of these, and what only holds records has none: a
            document with one is a record, though a list in it is called ``data`` or ``rows``.
        of_rows: Its records are rows of a dataset; ``read`` takes their id, and what they
            are graded against is chosen among ``Draft.columns``.
        is_call: Its records are never turns to learn from, whatever stands beside them.
        in_wrappers: A wrapper's request may have the form.
        turns: The key of a request's list of turns, ``""`` for none.
        prompt: The key of a request's one text, ``""`` for none. In a table it is any column's.
        parameters: Keys that only a call has: beside them a last assistant turn is a prefill,
            and a reply is a model's in service.
        choices: Keys of a reply's list of answers, of which the first is taken.
        messages: Where a reply keeps its answer as a turn.
        texts: Where a reply keeps its answer as text.
        ends: Keys beside such a text that tell a reply from an answer that is itself JSON.
        deltas: Where a chunk of a streamed reply keeps its text.
        call_starts: Where a chunk says that a tool is called.
    """

    name: ClassVar[str]
    keys: ClassVar[frozenset[str]]
    groups: ClassVar[tuple[str, ...]] = ()
    of_rows: ClassVar[bool] = False
    is_call: ClassVar[bool] = False
    in_wrappers: ClassVar[bool] = True
    turns: ClassVar[str] = ""
    prompt: ClassVar[str] = ""
    parameters: ClassVar[frozenset[str]] = frozenset()
    choices: ClassVar[tuple[str, ...]] = ()
    messages: ClassVar[tuple[Path, ...]] = ()
    texts: ClassVar[tuple[Path, ...]] = ()
    ends: ClassVar[frozenset[str]] = frozenset()
    deltas: ClassVar[tuple[Path, ...]] = ()
    call_starts: ClassVar[tuple[Path, ...]] = ()

    @abstractmethod
    def matches(self, record: dict[str, Any]) -> bool:
        """Tells whether a record has this form, which forms before it in the registry have not.

        It is asked of records that have one of the form's ``keys``.
        """

    @abstractmethod
    def read(self, record: dict[str, Any]) -> Draft:
        """Reads a record that has this form, or is said to have it.

        Raises:
            Refused: It cannot become a row without loss, or has another form.
        """

    def matches_call(self, request: dict[str, Any]) -> bool:
        """Tells the same of a request in a wrapper: its prompt needs nothing beside it."""
        prompted = isinstance(request.get(self.prompt), str)
        return self.in_wrappers and (prompted or self.matches(request))

    def message(self, reply: dict[str, Any]) -> dict[str, Any] | None:
        """Returns a reply's answer as a turn that ``read_turns`` reads, ``None`` for no such."""
        return next((m for path in self.messages if isinstance(m := at(reply, path), dict)), None)

    def text(self, reply: dict[str, Any]) -> str | None:
        """Returns a reply's answer where it is plain text."""
        return first_text(reply, self.texts)

    def delta(self, chunk: Any) -> str | None:
        """Returns what a chunk of a streamed reply adds to the answer."""
        return first_text(chunk, self.deltas)

    def starts_call(self, chunk: Any) -> bool:
        """Tells whether a chunk of a streamed reply calls a tool."""
        return any(at(chunk, path) for path in self.call_starts)

    def is_reply(self, value: dict[str, Any]) -> bool:
        """Tells a reply for sure from an answer that happens to be JSON with the same key."""
        message = self.message(value)
        if message is not None and {"content", "tool_calls"} & message.keys():
            return True
        return any(
            isinstance(at(value, path), str) and self.ends & at(value, path[:-1]).keys()
            for path in self.texts
        )


def at(value: Any, path: Path) -> Any:
    """Returns what a path leads to, ``None`` for nothing."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def first_text(value: Any, paths: tuple[Path, ...]) -> str | None:
    """Returns the first text that one of several paths leads to, ``None`` for none."""
    return next((text for path in paths if isinstance(text := at(value, path), str)), None)
