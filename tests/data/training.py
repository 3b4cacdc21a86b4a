"""Training rows for the tests: prompts with nothing in common, and files of them."""

import json
import random

WORDS = """amber basin cedar delta ember fjord grove harbour island jetty kelp lagoon meadow north
orchard pier quarry river summit tundra upland valley willow yard zephyr""".split()  # noqa: SIM905


def prompt(number, words=30):
    rng = random.Random(number)
    return f"Task {number}: " + " ".join(
        rng.choice(WORDS) + str(rng.randrange(99)) for _ in range(words)
    )


def row(number, **changes):
    made = {
        "id": f"row-{number}",
        "messages": [{"role": "user", "content": prompt(number)}],
        "reference_answer": str(number + 1000),
    }
    return {key: value for key, value in (made | changes).items() if value is not None}


def write(path, rows):
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path
