"""Who is it, how old, and from where? Invented sentences, graded by ``data_extraction``."""

from __future__ import annotations

import json
import random
from typing import Any

_SYSTEM = "Extract name, age and city as JSON."
_EXAMPLES = (
    (
        "Pia, 31 years old, sells flowers in Turin.",
        {"name": "Pia", "age": 31, "city": "Turin"},
    ),
)
_SENTENCES = (
    "{name} is {age} and lives in {city}.",
    "At {age}, {name} moved to {city}.",
    "{name} from {city} turned {age} last week.",
    "In {city} we met {name}, who is {age}.",
    "Aged {age}, {name} opened a bakery in {city}.",
    "The {city} choir has a new singer: {name}, {age}.",
    "{name} ({age}) drives a tram in {city}.",
    "Nobody in {city} cooks like {name}, who is {age}.",
)
# The first two thirds of each list are trained on, the rest is only ever asked.
_NAMES = (
    "Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas",
    "Karin", "Luca", "Marta", "Nils", "Olga", "Pavel", "Rosa", "Simon", "Tessa", "Viktor",
    "Agnes", "Bruno", "Celia", "Dario", "Emil", "Flora", "Gustav", "Hanna", "Ivan", "Julia",
)  # fmt: skip
_CITIES = (
    "Lisbon", "Oslo", "Vienna", "Prague", "Dublin", "Athens", "Madrid", "Warsaw", "Helsinki",
    "Zurich", "Budapest", "Naples", "Porto", "Bergen", "Lyon", "Ghent", "Krakow", "Seville",
    "Graz", "Bremen", "Riga", "Malmo", "Nantes", "Verona", "Basel", "Leeds", "Utrecht",
)  # fmt: skip
_AGES = range(18, 90)


def rows() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Returns the rows to train on, and those held out: other people from other cities."""
    return _rows(240, "train", held_out=False), _rows(128, "validation", held_out=True)


def _rows(count: int, seed: str, *, held_out: bool) -> list[dict[str, Any]]:
    source = random.Random(seed)  # noqa: S311 - data, not secrets
    names, cities = (
        words[len(words) * 2 // 3 :] if held_out else words[: len(words) * 2 // 3]
        for words in (_NAMES, _CITIES)
    )
    drawn: dict[str, dict[str, Any]] = {}
    while len(drawn) < count:
        facts = {
            "name": source.choice(names),
            "age": source.choice(_AGES),
            "city": source.choice(cities),
        }
        drawn[source.choice(_SENTENCES).format(**facts)] = facts
    return [_row(number, *item) for number, item in enumerate(drawn.items(), 1)]


def _row(number: int, sentence: str, facts: dict[str, Any]) -> dict[str, Any]:
    turns = [{"role": "system", "content": _SYSTEM}]
    for example, answer in _EXAMPLES:
        turns += [
            {"role": "user", "content": example},
            {"role": "assistant", "content": json.dumps(answer)},
        ]
    turns.append({"role": "user", "content": sentence})
    return {"id": f"person-{number}", "messages": turns, "reference_answer": facts}
