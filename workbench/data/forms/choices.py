"""Multiple choice: the choices of a row, as lines of its prompt, and which of them is right.

Datasets write them as a list, as an object by letter, as texts beside labels, or as a column
each; and the right one as its text, its label, its place, or a 1 or ``true`` beside it.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, replace
from typing import Any

from touchstone.workbench.data.forms.columns import decoded
from touchstone.workbench.data.forms.draft import Refused
from touchstone.workbench.data.names import plain, words

_NAMES = {"choices", "options", "endings", "alternatives"}
_TEXTS = ("text", "texts", "value", "content", "choice", "option", "answer")
_LABELS = ("label", "labels", "key", "letter", "id")
_MARKS = {"correct", "is_correct", "right", "is_right", "is_answer"}  # true of the right ones
# Columns of their own: a stem that all share, then a letter or number that runs on.
_STEMS = {"", "option", "choice", "ending", "answer", "op", "sol", "alternative", "opt"}
_COUNTING = {"label", "idx", "index"}
_COLUMN = re.compile(r"([a-z_]*?)_?([a-z]|\d)")
_MARKED = re.compile(r"\(?([A-Za-z]|\d{1,2})(?:[).:]\s*(.*)|\))?", re.DOTALL)
_MOST = 26


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of one row.

    Attributes:
        texts: Two or more, in their order.
        labels: How the row itself calls them, ``()`` where it does not.
        columns: Names of the fields that they came from.
        lettered: They are columns by letter, beside which a number is not their place for sure.
        from_one: They are columns numbered from 1, which a ``label`` may count from 0 as well.
        right: Places of those that the row itself marks as right.
        first: What a number that means the first of them is, ``None`` where nobody said.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    lettered: bool = False
    from_one: bool = False
    right: tuple[int, ...] = ()
    first: int | None = None

    def lines(self) -> list[str]:
        """Returns them as a prompt lists them: ``A. Mars``, ``B. Jupiter``."""
        return [f"{a}. {text}" for a, text in zip(string.ascii_uppercase, self.texts, strict=False)]

    def stand_in(self, prompt: str) -> bool:
        """Tells whether a prompt lists them already, each with its letter."""
        return all(
            re.search(rf"(?<!\w){letter}\s*[).:\]]\s*{re.escape(text.strip())}", prompt)
            for letter, text in zip(string.ascii_uppercase, self.texts, strict=False)
        )

    def chosen(self, answer: Any, name: str) -> int | None:
        """Returns the place of the choice that an answer means, ``None`` where it means none.

        A label of the row's own comes first, then a text, a letter, and at last a number,
        which counts from ``first``, or else from 0 where nothing says otherwise.

        Args:
            answer: A value of the row.
            name: Of its field.
        """
        labels = () if self.from_one and _COUNTING & set(words(name)) else self.labels
        if isinstance(answer, bool) or not isinstance(answer, str | int | float):
            return None
        if isinstance(answer, float) and not answer.is_integer():
            return self._of_text(str(answer))
        said = str(int(answer) if isinstance(answer, float) else answer).strip()
        if said in labels:
            return labels.index(said)
        if (place := self._of_text(said)) is not None:
            return place
        marked = _MARKED.fullmatch(said)
        if marked is None or (marked[2] and self._of_text(marked[2]) is None):
            return None
        place = self._of_mark(marked[1], labels)
        return place if place is not None and 0 <= place < len(self.texts) else None

    def _of_text(self, said: str) -> int | None:
        wanted = _even(said)
        found = [i for i, text in enumerate(self.texts) if _even(text) == wanted]
        return found[0] if len(found) == 1 else None

    def _of_mark(self, mark: str, labels: tuple[str, ...]) -> int | None:
        upper = [label.upper() for label in labels]
        if mark.upper() in upper:
            return upper.index(mark.upper())
        if mark.isdigit():
            if self.first is not None:
                return int(mark) - self.first
            return None if self.lettered or self.labels else int(mark)
        return string.ascii_uppercase.index(mark.upper())


def find_choices(fields: dict[str, Any], first: int | None = None) -> Choices | None:
    """Returns the choices among the fields of a row, ``None`` where it has none.

    Args:
        fields: The fields.
        first: What a number that means the first choice is, where somebody said.

    Raises:
        Refused: There are more than there are letters.
    """
    found = _in_a_field(fields) or _in_columns(fields)
    if found and len(found.texts) > _MOST:
        raise Refused("choice", found.columns[0], f"{len(found.texts)} choices have no letters")
    return found and replace(found, first=first)


def _in_a_field(fields: dict[str, Any]) -> Choices | None:
    for name, value in fields.items():
        if not _NAMES & set(words(name)) and not (
            isinstance(value, dict) and _NAMES & value.keys()
        ):
            continue
        value = decoded(decoded(value, "["), "{")
        found = _listed(value) if isinstance(value, list) else _keyed(value)
        texts, labels = _without_blanks(*found) if found else ([], [])
        if len(texts) > 1 and all(map(str.strip, texts)):
            texts, marks = tuple(_unmarked(texts)), tuple(labels)
            if marks == ("1", "0") or (len(marks) > 2 and set(marks) == {"0", "1"}):
                # Marks, since labels would differ; "0", "1" of two choices count them.
                right = tuple(at for at, mark in enumerate(marks) if mark == "1")
                return Choices(texts, columns=(name,), right=right)
            return Choices(texts, marks, (name,), right=_right(value, len(texts)))
    return None


def _without_blanks(texts: list[str], labels: list[str]) -> tuple[list[str], list[str]]:
    """Returns choices without those that a table left empty: the last ones, or any with labels."""
    if labels:
        kept = [at for at, text in enumerate(texts) if text.strip()]
        return [texts[at] for at in kept], [labels[at] for at in kept]
    while texts and not texts[-1].strip():
        texts = texts[:-1]
    return texts, labels


def _right(value: Any, count: int) -> tuple[int, ...]:
    """Returns the places of choices that say of themselves that they are right."""
    if not isinstance(value, list) or len(value) != count:
        return ()
    return tuple(at for at, each in enumerate(value) if isinstance(each, dict) and _is_right(each))


def _is_right(choice: dict[str, Any]) -> bool:
    return any(value is True for name, value in choice.items() if plain(name) in _MARKS)


def _listed(value: list[Any]) -> tuple[list[str], list[str]] | None:
    if all(map(_is_text, value)):
        return [str(each) for each in value], []
    if not all(isinstance(each, dict) for each in value):
        return None
    texts = [next((e[k] for k in _TEXTS if _is_text(e.get(k))), None) for e in value]
    labels = [next((str(e[k]) for k in _LABELS if _is_text(e.get(k))), "") for e in value]
    if None in texts:
        return None
    return [str(text) for text in texts], labels if all(labels) else []


def _keyed(value: Any) -> tuple[list[str], list[str]] | None:
    if not isinstance(value, dict):
        return None
    for key in (*_TEXTS, *sorted(_NAMES)):
        texts = value.get(key)
        if isinstance(texts, list) and all(map(_is_text, texts)):
            labels = next((value[k] for k in _LABELS if isinstance(value.get(k), list)), [])
            own = [str(label) for label in labels] if len(labels) == len(texts) else []
            return [str(text) for text in texts], own
    if all(len(key) == 1 and _is_text(text) for key, text in value.items()):
        return [str(text) for text in value.values()], list(value)
    return None


def _in_columns(fields: dict[str, Any]) -> Choices | None:
    """Finds columns of one stem whose ends run on from A, 0 or 1."""
    stems: dict[str, dict[str, str]] = {}
    for name, value in fields.items():
        parted = _COLUMN.fullmatch(plain(name)) if _is_text(value) else None
        if parted and parted[1] in _STEMS:
            stems.setdefault(parted[1], {})[parted[2]] = name
    for ends in stems.values():
        marks = sorted(ends)
        run = "".join(marks)
        texts, _ = _without_blanks([str(fields[ends[mark]]) for mark in marks], [])
        if len(texts) > 1 and any(row.startswith(run) for row in _RUNS):
            names = tuple(ends[mark] for mark in marks)
            lettered, from_one = run[0] == "a", run[0] == "1"
            labels = () if lettered else tuple(marks[: len(texts)])
            return Choices(tuple(texts), labels, names, lettered=lettered, from_one=from_one)
    return None


_RUNS = (string.ascii_lowercase, "0123456789", "123456789")


def _unmarked(texts: list[str]) -> list[str]:
    """Returns texts without the letters that they all begin with, which the lines give again."""
    marks = [_MARKED.fullmatch(text.strip()) for text in texts]
    kept = [m[2] for m, a in zip(marks, string.ascii_uppercase, strict=False)
            if m and m[2] and m[1].upper() == a]  # fmt: skip
    return kept if len(kept) == len(texts) else texts


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _even(text: str) -> str:
    return " ".join(text.split()).strip(" .").casefold()
