"""Whether a completion ends with the reference: what it states, else what its ending says.

What words announce counts as it stands. Any other ending is read as what the reference is: several
values by their names, a date, a choice, a yes; and once more without what it only adds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from touchstone.lazy import pattern
from touchstone.scoring.locales import Code
from touchstone.scoring.units import read_unit
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.choices import NO_OPTIONS, Pick, is_choice, options_in
from touchstone.templates.math_reasoning.closing import closing_as, counted_in
from touchstone.templates.math_reasoning.compare import Comparison, same_answer, type_of
from touchstone.templates.math_reasoning.denials import denied, offered
from touchstone.templates.math_reasoning.final_answer import Found, find_answer
from touchstone.templates.math_reasoning.kinds import (
    ORDINAL,
    is_yes_or_no,
    kind_of,
    named_values,
)
from touchstone.templates.math_reasoning.labelled import (
    asked_for,
    asking,
    in_order_asked,
    named_in,
    same_named,
    unit_asked,
    words_of,
)
from touchstone.templates.math_reasoning.layouts import (
    Named,
    closing_rows,
    parts_in,
    parts_of,
    values_of,
)
from touchstone.templates.math_reasoning.leaves import Conventions
from touchstone.templates.math_reasoning.phrases import JOINING
from touchstone.templates.math_reasoning.reference import MAX_ANSWER
from touchstone.templates.math_reasoning.remarks import (
    contradicted,
    part_behind,
    settled,
    taken_back,
    without_additions,
)
from touchstone.templates.math_reasoning.symbolic import Symbolic
from touchstone.templates.math_reasoning.tree import Node
from touchstone.templates.math_reasoning.wording import sentence_in

# How an answer was found that no words announce.
_UNSTATED = ("whole", "line", "bold", "nothing")
# What names more than one text.
# E.g. `red or `, `red, `, `red/`; not `is `
_OFFERED = pattern(rf"(?:[,;/、]|\b(?:{JOINING}))\s?\Z", re.IGNORECASE)
# So many times as long as a reference is an answer that is nothing but it, at the most.
_DRESSED = 4
# The time that an answer takes.
# E.g. ` in 3 hours.`, ` en 2 jours`; not ` in 3.`
_WITHIN = pattern(
    r"\s(?:in|within|over|en|dans|em|за|trong|nach)\s\d[\d.,]{0,9}\s[^\W\d_]{1,12}\.?\s?\Z"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and how it compares.

    Attributes:
        found: The final answer.
        comparison: Whether it is the reference.
        undecided: Exact and symbolic comparison came to no end.
    """

    found: Found
    comparison: Comparison
    undecided: bool = False

    def doubtful(self, wanted: Answer) -> bool:
        """Whether this rejects what the rules may have misread.

        No words announced the answer, it was not understood as a whole, it is of another type
        than the reference, or it could not be compared to the end. Two different answers are not
        in doubt: they are a shotgun.
        """
        if self.comparison.equal or self.found.others:
            return False
        return (
            self.undecided
            or self.found.how in _UNSTATED
            or not self.comparison.readable
            or type_of(self.found.answer) != type_of(wanted)
        )


class Endings:
    """Compares the endings of one row's completion with its reference.

    Args:
        wanted: The reference.
        prompt: What was asked.
        conventions: What counts as the same.
        symbolic: Decides what exact arithmetic cannot.
        locale: The language whose numbers the completion writes; told by its words where ``None``.
    """

    def __init__(
        self,
        wanted: Answer,
        prompt: str,
        conventions: Conventions,
        symbolic: Symbolic,
        locale: Code | None,
    ) -> None:
        self._wanted = wanted
        self._prompt = prompt
        self._conventions = conventions
        self._symbolic = symbolic
        self._sure = (symbolic.same_trees, symbolic.same_texts)
        self._locale: Code | None = locale
        self._options = options_in(prompt)
        stated = NO_OPTIONS.stated(wanted.text) if is_choice(wanted.text) else None
        self._letter = self._options.chosen(wanted.text) or (stated and stated.letter)

    def verdict(self, completion: str) -> Verdict:
        """Returns the answer of a completion, and whether it is the reference."""
        if self._taken_back(completion):
            return Verdict(Found(Answer(""), "nothing"), Comparison(False, "text"))
        completion = self._without_part(completion)
        found = self._find(completion)
        comparison = self._compared(completion, found)
        return Verdict(found, comparison, bool(self._symbolic.undecided) and not comparison.equal)

    def _taken_back(self, completion: str) -> bool:
        """Whether a completion ends by denying the answer that it gives, as ``No, that is wrong``.

        What it denies may also be a value that it only mentions, or what the question claims.
        """
        denied = taken_back(completion)
        if denied is None or is_yes_or_no(self._wanted.text):
            return False
        said, text = denied
        return self._alike(self._find(said).answer, self._find(text).answer)

    def _without_part(self, completion: str) -> str:
        """Returns a completion without a last sentence about a part that nobody asks for."""
        if (found := part_behind(completion)) is None:
            return completion
        before, whole, part = found
        asked, counted = words_of(asking(self._prompt)), words_of(whole)
        stems = {word[:3] for word in words_of(part) - counted}
        wanted = any(word[:3] in stems for word in asked - counted)
        return completion if wanted or not asked & counted else before

    def _find(self, text: str) -> Found:
        return find_answer(text, self._alike, self._locale)

    def _alike(self, a: Answer, b: Answer) -> bool:
        """Whether two statements of one completion agree, as far as can be seen at once."""
        return same_answer(a, b, self._conventions, lambda *_: True, lambda *_: False).equal

    def _same(self, candidate: Answer, wanted: Answer) -> Comparison:
        wanted = self._measured(candidate, wanted)
        return same_answer(candidate, wanted, self._conventions, *self._sure)

    def _measured(self, candidate: Answer, wanted: Answer) -> Answer:
        """Returns a bare number in the unit of the question, for an answer in one of its kind."""
        said, tree = candidate.tree, wanted.tree
        if said is None or tree is None or (said[0], tree[0]) != ("unit", "num"):
            return wanted
        if (unit := unit_asked(self._prompt)) is None:
            return wanted
        alike = read_unit(said[2]).dimensions == read_unit(unit).dimensions
        optional = self._conventions.unit == "optional"
        return Answer(f"{wanted.text} {unit}") if alike and optional else wanted

    def _compared(self, completion: str, found: Found) -> Comparison:
        wanted = self._wanted
        alone = len(completion) <= min(MAX_ANSWER, _DRESSED * (len(wanted.text) + 10))
        if alone and Answer(completion).words == wanted.words:
            return Comparison(True, "text")
        if self._same_parts(completion):
            return Comparison(True, "exact")
        if found.others:
            return Comparison(False, "text")
        if (named := self._named_in(found.answer.text)) is not None:
            return Comparison(named, "exact")
        said = self._same(found.answer, wanted) if found.answer.text else Comparison(False, "text")
        if self._letter and self._contradicts(self._options.stated(found.answer.text)):
            return Comparison(False, "text")
        if said.equal and found.how not in _UNSTATED:
            return said
        ending = settled(completion)
        if found.how in _UNSTATED and (asked := self._asked(ending)):
            return self._same(asked, wanted)
        if found.how in _UNSTATED and self._says_another(ending):
            return Comparison(False, "text")
        if said.equal or self._chooses(found.answer, ending):
            return Comparison(True, said.how)
        if found.how not in _UNSTATED:
            sentence = sentence_in(found.answer.text) if found.how in ("box", "tag") else None
            if sentence:
                return self.verdict(sentence).comparison
            return self._in_names(named_in(ending)) if found.how == "phrase" else said
        return self._in_ending(ending, found, said)

    def _chooses(self, said: Answer, ending: str) -> bool:
        """Whether an answer is the right one of the options that the prompt offers.

        By its letter, or by its value where the ending names no other letter.
        """
        if self._letter is None:
            return False
        if stated := self._options.stated(said.text):
            return stated.letter == self._letter
        if self._concluded(ending) is False:
            return False
        contents = {key: Answer(one) for key, one in self._options.contents.items()}
        alike = [key for key, content in contents.items() if self._alike(said, content)]
        by_value = alike == [self._letter] and self._same(said, contents[self._letter]).equal
        return by_value or self._options.chosen(said.text) == self._letter

    def _concluded(self, ending: str) -> bool | None:
        """Whether an ending chooses the right letter, ``None`` where letters do not tell."""
        choice = self._options.concluded(ending) if self._letter else None
        if choice is None or (choice.letter != self._letter and not is_choice(self._wanted.text)):
            return None
        return choice.letter == self._letter and not self._contradicts(choice)

    def _contradicts(self, choice: Pick | None) -> bool:
        """Whether a choice is the right letter with another value than that stands for."""
        if choice is None or choice.letter != self._letter:
            return False
        if self._options.chosen(choice.content) not in (None, self._letter):
            return True
        offered = Answer(self._options.contents.get(choice.letter, ""))
        said = Answer(choice.content)
        return bool(said.tree and offered.tree) and not self._alike(said, offered)

    def _in_ending(self, ending: str, found: Found, said: Comparison) -> Comparison:
        """Compares what an ending says that no words announce, read as what the reference is."""
        for named in (named_in(ending), closing_rows(ending)):
            if self._in_names(named).equal:
                return Comparison(True, "exact")
        if self._ends_with_text(ending):
            return Comparison(True, "text")
        if (choice := self._concluded(ending)) is not None:
            return Comparison(choice, "text")
        if closing := self._closing(ending, said):
            return self._same(Answer(closing), self._wanted)
        for shorter in (without_additions(ending), self._without_time(ending, found)):
            again = self._find(shorter)
            if again.answer in (Answer(""), found.answer) or again.others:
                continue
            if self._same(again.answer, self._wanted).equal:
                return Comparison(True, "exact")
        return said

    def _asked(self, ending: str) -> Answer | None:
        """Returns the one value of several that the prompt asks for: ``Tom has 7, and Ann 12``."""
        tree = self._wanted.tree
        if tree is None or tree[0] in ("seq", "rel", "sets", "matrix", "ratio"):
            return None
        one = asked_for(named_in(ending) or closing_rows(ending), self._prompt)
        return Answer(one.value) if one else None

    def _in_names(self, named: list[Named]) -> Comparison:
        """Compares named values with a reference of several, in the order that was asked for."""
        ordered = in_order_asked(named, self._prompt)
        equal = bool(named) and same_named(ordered, self._wanted, self._conventions, *self._sure)
        return Comparison(equal, "exact")

    def _named_in(self, stated: str) -> bool | None:
        """Whether words name the values of a reference that does not, ``None``: they do not."""
        named, tree = named_values(stated), self._wanted.tree
        if not named or tree is None or tree[0] != "seq" or "=" in self._wanted.text:
            return None
        return self._in_names([Named(label, value) for label, value in named.items()]).equal

    def _ends_with_text(self, ending: str) -> bool:
        """Whether an ending closes with a reference that is a text, and does not deny it."""
        said, text = Answer(ending[-MAX_ANSWER:].split("\n")[-1]).words, self._wanted.words
        if kind_of(self._wanted.text) or self._wanted.tree:
            return False
        if len(text) < 3 or not said.endswith(text):
            return False
        before = said[: -len(text)]
        whole = not re.search(r"[a-zA-Z\d.,]\Z", before)
        return whole and not _OFFERED.search(before) and not denied(before) and not offered(before)

    def _says_another(self, ending: str) -> bool:
        """Whether an ending says once more what its answer is, and says another value."""
        both = contradicted(ending)
        return bool(both) and not self._alike(self._find(both[0]).answer, Answer(both[1]))

    def _closing(self, ending: str, said: Comparison) -> str | None:
        """Returns what a text ends with, read as the type that the reference has."""
        if (kind := kind_of(self._wanted.text)) is not None:
            return closing_as(kind, ending, self._prompt)
        if self._wanted.text.isdecimal() and (counted := counted_in(ending, self._prompt)):
            return counted
        if self._wanted.text.isdecimal() and not said.readable:
            place = closing_as(ORDINAL, ending, self._prompt)
            return str(ORDINAL.read(place)) if place else None
        return None

    def _without_time(self, ending: str, found: Found) -> str:
        """Returns an ending without the time that its answer takes, where that is not asked for."""
        ours, theirs = (answer.tree for answer in (found.answer, self._wanted))
        if ours is None or theirs is None or theirs[0] not in ("num", "unit"):
            return ""
        taken = _is_time(ours) and not _is_time(theirs)
        return _WITHIN.sub("", ending[-MAX_ANSWER:]) if taken else ""

    def _same_parts(self, completion: str) -> bool:
        """Whether every part of a solution, (a), (b), ends with its part of the reference."""
        wanted = parts_of(self._wanted.text) or values_of(self._wanted.text)
        if wanted is None:
            return False
        inline = completion.strip().split("\n")[-1].partition("(")
        return any(
            self._same_each(said, wanted)
            for said in (parts_in(completion), parts_of(inline[1] + inline[2]))
            if said
        )

    def _same_each(self, said: list[str], wanted: list[str]) -> bool:
        found = [self._find(part) for part in said]
        return len(found) == len(wanted) and all(
            not one.others and self._same(one.answer, Answer(part)).equal
            for one, part in zip(found, wanted, strict=True)
        )


def _is_time(quantity: Node) -> bool:
    if quantity[0] != "unit":
        return False
    return read_unit(quantity[2]).dimensions in ((("s", 1),), (("month", 1),))
