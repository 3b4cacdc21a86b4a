"""How fast the studio shows a large run: ``python -m benches.studio [ROWS]``.

Milliseconds as a browser on this machine sees them, whole replies over HTTP, and of CPU, which
other work on the machine does not change; each the median of some. The first page is asked for
before anything of the run has been read; then again while it is read in the back; the rest when it
is read. The baseline is what the same question takes without an index: SQLite's
``LIKE`` over the run's own rows.
"""

from __future__ import annotations

import http.client
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from benches.figures import tell
from benches.usage import arguments
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.runs.run import Head, Run
from touchstone.workbench.runs.store import begin
from touchstone.workbench.studio.server import StudioServer

ROWS = 200_000
ANSWERS = 4  # to a prompt
ROUNDS = 7
FILTERS: dict[str, dict[str, Any]] = {
    "the first page": {},
    "rows with a reward from 0.2 to 0.4": {"low": 0.2, "high": 0.4},
    "a criterion of at least 0.5": {"of": "steps_valid", "low": 0.5},
    "unscored": {"outcome": "unscored"},
    "at most 500 characters, page 200": {"longest": 500, "page": 200},
    "sorted by reward": {"sort": "lowest"},
    "sorted by the spread of the prompt": {"sort": "spread"},
    "a word of 3 % of the rows": {"text": "w100"},
    "two words, in the completion": {"text": "w100 w200", "place": "completion"},
    "a word of all rows": {"text": "passed"},
}


def make(folder: Path, count: int) -> Run:
    """Keeps a run of rows of about a kilobyte and a half, and returns it closed."""
    words = [f"w{n}" for n in range(5000)]
    rng = random.Random(0)
    prompt = ""
    with begin(Head(grader="math_reasoning", file="rows.jsonl", version="1"), folder) as run:
        for n in range(count):
            if n % ANSWERS == 0:
                prompt = f"Ticket {n}: " + " ".join(rng.choices(words, k=60))
            said = " ".join(rng.choices(words, k=rng.randint(20, 150)))
            turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": said}]
            row = {"id": f"r{n}", "messages": turns, "reference_answer": str(n // ANSWERS)}
            scored, reward = rng.random() > 0.02, round(rng.random(), 2)
            marks = {"answer_correct": reward, "steps_valid": rng.choice([0.0, 0.5, 1.0])}
            entry = {
                "id": f"r{n}", "aggregate_reward_score": reward,
                "metrics_list": [
                    {"name": name, "value": value, "type": "Reward"}
                    for name, value in marks.items()
                ],
                "outcome": "scored" if scored else "unscored:judge_fault",
                "reason": "3 of 5 tests passed" if scored else "judge_fault: timed out",
            }  # fmt: skip
            run.add(Line("rows.jsonl", n + 1, row), entry, str(n // ANSWERS).encode())
        groups, unscored = count // ANSWERS, count // 50
        run.finish(
            {
                "rows": count, "scored": count - unscored, "mean": 0.5, "groups": groups,
                "unscored": {"judge_fault": unscored}, "flat_groups": 0,
            }
        )  # fmt: skip
    return run


class Browser:
    """Asks the studio for pages over one connection."""

    def __init__(self, server: StudioServer) -> None:
        place = urlsplit(server.url)
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._cookie = ""
        reply, _ = self._get(f"/?{place.query}")
        self._cookie = (reply.getheader("set-cookie") or "").partition(";")[0]

    def milliseconds(self, path: str) -> tuple[float, str]:
        """Returns how long a page took, and the page."""
        started = time.perf_counter()
        _, text = self._get(path)
        return 1000 * (time.perf_counter() - started), text

    def cost(self, path: str) -> tuple[float, float]:
        """Returns the milliseconds that a page took, and those of CPU."""
        began = time.process_time()
        took, _ = self.milliseconds(path)
        return took, 1000 * (time.process_time() - began)

    def _get(self, path: str) -> tuple[http.client.HTTPResponse, str]:
        self._connection.request("GET", path, headers={"Cookie": self._cookie})
        reply = self._connection.getresponse()
        return reply, reply.read().decode()


def main() -> None:
    """Prints a table with a line per question."""
    (count,) = arguments(__doc__, ROWS=ROWS)
    with tempfile.TemporaryDirectory() as name:
        run = make(Path(name), count)
        size = run.path.stat().st_size / 1e6
        print(f"{count:,} rows, {size:.0f} MB", flush=True)
        with StudioServer(Path(name), run.head.id) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                _ask(Browser(server), run)
            finally:
                server.shutdown()
                thread.join()


def _line(what: str, costs: list[tuple[float, float]]) -> list[str]:
    took, cpu = (statistics.median(values) for values in zip(*costs, strict=True))
    return [what, f"{took:,.0f}", f"{cpu:,.0f}"]


def _ask(browser: Browser, run: Run) -> None:
    path = f"/rollouts/{run.head.id}"
    began = time.perf_counter()
    first, page = browser.milliseconds(path)
    lines = [["opened for the first time", f"{first:,.0f}", ""]]
    meanwhile: list[float] = []
    while "that have been read so far" in page:
        time.sleep(0.5)
        took, page = browser.milliseconds(f"{path}?low=0.2&high=0.4")
        meanwhile.append(took)
    index = run.path.with_suffix(".index").stat().st_size / 1e6
    print(f"all is read after {time.perf_counter() - began:.1f} s, {index:.0f} MB of index\n")
    for what, asked in FILTERS.items():
        costs = [browser.cost(f"{path}?{urlencode(asked)}") for _ in range(ROUNDS)]
        lines.append(_line(what, costs))
    siblings = [browser.cost(f"{path}/{n * 97}") for n in range(ROUNDS)]
    lines.append(_line("a row beside its siblings", siblings))
    if meanwhile:
        spread = f"{statistics.median(meanwhile):,.0f}, {max(meanwhile):,.0f}"
        lines.append(["a filter while the run is being read, median and most", spread, ""])
    with sqlite3.connect(run.path) as store:
        started = time.perf_counter()
        store.execute("SELECT count(*) FROM rows WHERE row LIKE '%w100 %'").fetchone()
        took = 1000 * (time.perf_counter() - started)
    lines.append(["a word without the index, `LIKE` over the rows (baseline)", f"{took:,.0f}", ""])
    tell("studio-pages", ["", "clock", "CPU"], lines, "milliseconds")


if __name__ == "__main__":
    main()
