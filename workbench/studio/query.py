"""What is asked of a run's rows, as a page's address says it, and what the index answers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from touchstone.groups import advantages, is_flat
from touchstone.workbench.studio.index import Index, spaced

PAGE = 50
BINS = 20
# How rows may be sorted, in words; the order that each means.
SORTS = {
    "row": ("as they came", "n"),
    "lowest": ("lowest reward", "reward NULLS LAST, n"),
    "highest": ("highest reward", "reward DESC NULLS LAST, n"),
    "shortest": ("shortest completion", "length, n"),
    "longest": ("longest completion", "length DESC, n"),
    "step": ("step of training", "step NULLS LAST, n"),
    "spread": ("largest spread within a prompt", "high - low DESC, prompt, reward DESC, n"),
    "id": ("id", "id, n"),
}
# Where words may be looked for.
PLACES = ("prompt", "completion", "reason", "id")
_FEWEST = 3  # characters of the beginning of a word
_WORDS = re.compile(r'"([^"]*)"|(\S+)')
_FROM = "FROM rows JOIN prompts USING (prompt)"
_COLUMNS = "n, id, outcome, reward, length, prompt, step, scored, low, high"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; an empty text or ``None`` asks for nothing.

    Attributes:
        outcome: ``scored``, ``unscored``, or ``unscored:<kind>``.
        of: The criterion that ``low`` and ``high`` are of; ``""`` for the reward.
        low: The least that it may be; likewise ``high``.
        high: See ``low``.
        shortest: The fewest characters of the completion; likewise ``longest``.
        longest: See ``shortest``.
        since: The first step of training; likewise ``until``, the last.
        until: See ``since``.
        text: Words, all of which are there; those in quotes follow each other, and one that ends
            in ``*`` is the beginning of a word.
        place: Where the words are, one of ``PLACES``; ``""`` for anywhere.
        sort: One of ``SORTS``.
        page: From 1.
    """

    outcome: str = ""
    of: str = ""
    low: float | None = None
    high: float | None = None
    shortest: int | None = None
    longest: int | None = None
    since: int | None = None
    until: int | None = None
    text: str = ""
    place: str = ""
    sort: str = "row"
    page: int = 1

    def filters(self) -> bool:
        """Tells whether it leaves any row out."""
        plain = Query(sort=self.sort, page=self.page, of=self.of, place=self.place)
        return self != plain


class Hit(msgspec.Struct, frozen=True):
    """A row that was found.

    Attributes:
        n: Its place in the run, from 0.
        id: As text.
        outcome: ``scored`` or ``unscored:<kind>``.
        reward: ``None`` where it is not scored.
        length: Characters of its completion.
        prompt: Is equal for rollouts of one prompt.
        step: Of training; ``None`` where it is no job's.
        scored: Scored rollouts of its prompt.
        low: The lowest reward of these; ``None`` for none.
        high: The highest.
    """

    n: int
    id: str
    outcome: str
    reward: float | None
    length: int
    prompt: int
    step: int | None
    scored: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found.

    Attributes:
        count: Rows.
        scored: Of these, scored ones.
        mean: Their mean reward; ``None`` for none.
        bins: How many rewards lie in each of ``BINS`` equal parts of ``ends``.
        ends: The lowest and the highest reward that the bins hold.
        hits: The rows of the page that was asked for.
    """

    count: int
    scored: int
    mean: float | None
    bins: list[int]
    ends: tuple[float, float]
    hits: list[Hit]


def read_query(given: Mapping[str, str]) -> Query:
    """Reads what a page's address asks for; what cannot be read asks for nothing."""
    known: dict[str, Any] = {
        "outcome": given.get("outcome", ""),
        "of": given.get("of", ""),
        "text": given.get("text", "").strip(),
        "place": given.get("place", "") if given.get("place") in PLACES else "",
        "sort": given.get("sort", "") if given.get("sort") in SORTS else "row",
        "page": max(1, min(whole(given.get("page", "")) or 1, 10**9)),
    }
    for name in ("low", "high"):
        known[name] = _number(given.get(name, ""))
    for name in ("shortest", "longest", "since", "until"):
        known[name] = whole(given.get(name, ""))
    return Query(**known)


def search(index: Index, query: Query) -> Found:
    """Returns what a query finds among the rows that the index holds."""
    where, values = _where(query, index.criteria())
    ask = index.store.execute
    ends = ends_of(*ask("SELECT min(low), max(high) FROM prompts").fetchone())
    wide = (ends[1] - ends[0]) / BINS
    # One pass gives all counts; where only rewards are asked for, it is over their index.
    of_rewards = Query(low=query.low, high=query.high, sort=query.sort, page=query.page)
    counted = (
        f"SELECT reward, count(*) AS times FROM rows {where} GROUP BY reward"  # noqa: S608 - our own words
        if query == of_rewards
        else f"SELECT reward, 1 AS times FROM rows {where}"  # noqa: S608
    )
    sql = (
        f"SELECT min(cast((reward - ?) / ? AS INT), {BINS - 1}) AS bin, "  # noqa: S608
        f"sum(times), sum(reward * times) FROM ({counted}) GROUP BY bin"
    )
    bins, count, total = [0] * BINS, 0, 0.0
    for place, rows, rewards in ask(sql, (ends[0], wide, *values)):
        count += rows
        if place is not None:
            bins[place] = rows
            total += rewards
    scored = sum(bins)
    start = (query.page - 1) * PAGE
    order = SORTS[query.sort][1]
    hits = ask(
        f"SELECT {_COLUMNS} {_FROM} {where} ORDER BY {order} LIMIT {PAGE} OFFSET ?",
        (*values, start),
    )
    return Found(
        count, scored, total / scored if scored else None, bins, ends, [Hit(*hit) for hit in hits]
    )


def ends_of(low: float | None, high: float | None) -> tuple[float, float]:
    """Returns the range that rewards are shown in: 0..1, and further where some lie outside.

    Args:
        low: The lowest reward; ``None`` for no reward.
        high: The highest.
    """
    return min(low or 0.0, 0.0), max(high or 0.0, 1.0)


def answers(index: Index, n: int) -> list[Hit]:
    """Returns the rollouts of a row's prompt in their order, itself too.

    Args:
        index: Of the run.
        n: The row's place.
    """
    of = "WHERE prompt = (SELECT prompt FROM rows WHERE n = ?)"
    sql = f"SELECT {_COLUMNS} {_FROM} {of} ORDER BY n"
    return [Hit(*hit) for hit in index.store.execute(sql, (n,))]


def advantages_of(index: Index, hits: Sequence[Hit]) -> dict[int, float]:
    """Returns the advantage of each row within its prompt, by the row's place."""
    found: dict[int, float] = {}
    for prompt in {hit.prompt for hit in hits}:
        sql = "SELECT n, reward FROM rows WHERE prompt = ?"
        rows = index.store.execute(sql, (prompt,)).fetchall()
        found |= dict(zip((n for n, _ in rows), advantages([r for _, r in rows]), strict=True))
    return found


def outcomes(index: Index) -> dict[str, tuple[int, float]]:
    """Returns how many rows ended how, the commonest first, and the sum of their rewards."""
    sql = "SELECT outcome, count(*), total(reward) FROM rows GROUP BY outcome ORDER BY 2 DESC, 1"
    return {outcome: (count, total) for outcome, count, total in index.store.execute(sql)}


def has_steps(index: Index) -> bool:
    """Tells whether rows are of steps of training, as a job's rollouts are."""
    return index.store.execute("SELECT max(step) FROM rows").fetchone() != (None,)


def groups(index: Index) -> tuple[int, int]:
    """Returns how many prompts have two scored rollouts or more, and how many of these are flat."""
    sql = "SELECT low, high FROM prompts WHERE scored > 1"
    ends = index.store.execute(sql).fetchall()
    return len(ends), sum(is_flat(pair) for pair in ends)


def _where(query: Query, criteria: Mapping[str, str]) -> tuple[str, list[Any]]:
    said: list[str] = []
    values: list[Any] = []

    def also(sql: str, *given: Any) -> None:
        said.append(sql)
        values.extend(given)

    if query.outcome == "unscored":
        also("outcome != 'scored'")
    elif query.outcome:
        also("outcome = ?", query.outcome)
    if (query.low, query.high) != (None, None):
        low = -math.inf if query.low is None else query.low
        high = math.inf if query.high is None else query.high
        column = criteria.get(query.of) if query.of else "reward"
        if column:
            also(f"{column} BETWEEN ? AND ?", low, high)
        else:
            also("0")  # no row has a criterion of that name
    for column, least, most in (
        ("length", query.shortest, query.longest),
        ("step", query.since, query.until),
    ):
        if least is not None:
            also(f"{column} >= ?", least)
        if most is not None:
            also(f"{column} <= ?", most)
    if query.text:
        if match := _match(query.text, query.place):
            also("n IN (SELECT rowid FROM said WHERE said MATCH ?)", match)
        else:
            also("0")  # no letter and no number: nothing that the index holds
    return (f"WHERE {' AND '.join(said)}" if said else ""), values


def _match(text: str, place: str) -> str:
    """Returns words in the language of FTS5, ``""`` where there is none among them."""
    terms = []
    for phrase, word in _WORDS.findall(text.replace("\0", " ")):
        if any(char.isalnum() for char in phrase or word):
            quoted = spaced(phrase or word).replace('"', '""')
            # Below three characters it would be most of the words that there are.
            begins = word.endswith("*") and len(word) > _FEWEST
            terms.append(f'"{quoted}"' + ("*" if begins else ""))
    found = " AND ".join(terms)
    return f"{{{place}}} : ({found})" if found and place else found


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def whole(text: str) -> int | None:
    """Returns a whole number as an address says it, ``None`` for what is none."""
    return min(int(text), 10**12) if text.isascii() and text.isdigit() and len(text) < 19 else None
