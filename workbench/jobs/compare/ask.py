"""Asks both models every prompt, once: an answer is on disk before the next is waited for.

``answers.jsonl`` begins with what was asked for; the same comparison, made again, asks only
for the answers that are missing.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from touchstone.contract import prompt_text
from touchstone.workbench.aws import PASSING, ServiceError
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.rewards import Rewarder, event_of
from touchstone.workbench.jobs.compare.pairs import WHICH, Answer, Pair, Side, Which
from touchstone.workbench.jobs.output import replacing
from touchstone.workbench.jobs.prompts import problem_of
from touchstone.workbench.jobs.service import Chat, Service
from touchstone.workbench.rows.rft import read_lines

_TRIES = 6
_FIRST_WAIT_S = 1.0

Key = tuple[str, Which, int]


class CompareError(WorkbenchError):
    """The comparison cannot be made from these files and options; bad input."""


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt.

    Attributes:
        id: Its own, or its line; no two are alike.
        row: The RFT row.
    """

    id: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for.

    Attributes:
        base: The base model, as the service names it.
        tuned: The tuned one.
        k: Answers of each to a prompt.
        temperature: 0 is greedy.
        max_tokens: Longest answer.
    """

    base: str
    tuned: str
    k: int = 1
    temperature: float = 0.0
    max_tokens: int = 1024

    def model(self, which: Which) -> str:
        """Returns the name of one of the two."""
        return self.base if which == "base" else self.tuned


def read_questions(file: str, limit: int | None) -> list[Question]:
    """Reads the prompts of an RFT file.

    Raises:
        DataError: It cannot be opened.
        CompareError: A line holds no prompt, or one that no model can be asked; or there is none.
    """
    questions: dict[str, Question] = {}
    for line in read_lines(file):
        if limit is not None and len(questions) >= limit:
            break
        problem = line.problem if line.row is None else problem_of(line.row)
        if line.row is None or problem:
            raise CompareError(f"{file}:{line.number}: {problem}")
        name = str(line.row.get("id", line.number))
        name = name if name not in questions else f"{name} (line {line.number})"
        questions[name] = Question(name, line.row)
    if not questions:
        raise CompareError(f"{file}: no prompts")
    return list(questions.values())


class Answers:
    """The answers of a comparison, in a file that only grows."""

    def __init__(self, file: Path, plan: Plan, questions: Sequence[Question]) -> None:
        """Opens the file, or begins it.

        Raises:
            CompareError: It holds the answers to other questions.
        """
        self._file, self._plan, self._questions = file, plan, questions
        self._kept: dict[Key, Chat] = {}
        text = json.dumps([question.row for question in questions], sort_keys=True)
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()
        header = {**asdict(plan), "prompts": digest}
        if file.exists():
            self._read(header)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(header) + "\n", encoding="utf-8")

    def missing(self) -> list[tuple[Question, Which, int]]:
        """Returns what is still to be asked."""
        return [
            (question, which, n)
            for which in WHICH  # one model after the other: a local one is loaded once
            for question in self._questions
            for n in range(self._plan.k)
            if (question.id, which, n) not in self._kept
        ]

    def ask(
        self, service: Service, *, concurrency: int, sleep: Callable[[float], Any] | None = None
    ) -> Iterator[None]:
        """Asks for what is missing; yields after each answer, which is then on disk.

        Args:
            service: Who is asked.
            concurrency: Requests at the same time.
            sleep: Waits between tries; by default until nobody wants answers any more, at most.

        Raises:
            ServiceError: A model cannot be asked; what it said so far is kept.
        """
        todo = self.missing()
        over = threading.Event()
        pause = sleep or over.wait
        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="chat")
        try:
            # In portions, so that after an error little is asked that nobody waits for.
            for begin in range(0, len(todo), concurrency):
                portion = todo[begin : begin + concurrency]
                futures = {
                    pool.submit(self._chat, service, *one, pause, over): one for one in portion
                }
                failed: ServiceError | None = None
                for future in as_completed(futures):
                    question, which, n = futures[future]
                    try:
                        self._keep((question.id, which, n), future.result())
                        yield
                    except ServiceError as exc:
                        failed = exc  # what the others of the portion said is paid for: keep it
                if failed:
                    raise failed
        finally:
            over.set()  # who waits for another try does not keep the command from ending
            pool.shutdown(wait=False, cancel_futures=True)

    def grade(self, rewarder: Rewarder) -> list[Pair]:
        """Has every answer graded over the contract; returns the pairs in the prompts' order."""
        asked: list[tuple[Question, Which, int]] = [
            (question, which, n)
            for question in self._questions
            for which in WHICH
            for n in range(self._plan.k)
        ]
        chats = [self._kept[question.id, which, n] for question, which, n in asked]
        # Reasons name rows by id, so that the same prompt's rows need different ones.
        events = [
            event_of(question.row, f"{number}-{which}-{n}", chat.text)
            for number, ((question, which, n), chat) in enumerate(zip(asked, chats, strict=True))
        ]
        sides: dict[tuple[str, Which], list[Answer]] = {}
        for (question, which, _), chat, reward in zip(asked, chats, rewarder(events), strict=True):
            answer = Answer(
                chat.text, reward.score, reward.criteria, reward.outcome, reward.reason,
                chat.input_tokens, chat.output_tokens, round(chat.latency_ms, 1), chat.truncated,
            )  # fmt: skip
            sides.setdefault((question.id, which), []).append(answer)
        return [
            Pair(
                question.id,
                prompt_text(question.row["messages"]),
                question.row.get("reference_answer"),
                Side(sides[question.id, "base"]),
                Side(sides[question.id, "tuned"]),
            )
            for question in self._questions
        ]

    def _chat(
        self, service: Service, question: Question, which: Which, n: int,
        pause: Callable[[float], Any], over: threading.Event,
    ) -> Chat:  # fmt: skip
        attempt = 0
        while True:
            try:
                return service.chat(
                    self._plan.model(which),
                    question.row["messages"],
                    max_tokens=self._plan.max_tokens,
                    temperature=self._plan.temperature,
                    seed=n,
                )
            except ServiceError as exc:
                attempt += 1
                if exc.trouble not in PASSING or attempt == _TRIES:
                    raise
                pause(_FIRST_WAIT_S * 2 ** (attempt - 1))
                if over.is_set():
                    raise

    def _keep(self, key: Key, chat: Chat) -> None:
        self._kept[key] = chat
        line = {"id": key[0], "model": key[1], "n": key[2], **asdict(chat)}
        with self._file.open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(line) + "\n")

    def _read(self, header: dict[str, Any]) -> None:
        whole = self._file.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if len(kept) < len(whole):  # whoever wrote it last was killed in the middle
            self._file.write_bytes(kept)
        try:
            lines = [json.loads(line) for line in kept.splitlines()]
            found = lines[0] if lines else None
            for line in lines[1:]:
                key = (line.pop("id"), line.pop("model"), line.pop("n"))
                self._kept[key] = Chat(**line)
        except (ValueError, KeyError, TypeError) as exc:
            raise CompareError(f"{self._file}: not a file of answers: {exc}") from exc
        changed = [key for key in header if not found or found.get(key) != header[key]]
        answered = {which for _, which, _ in self._kept}
        if changed and set(changed) <= set(WHICH) - answered:
            # That one never said anything: what the other was paid for stays.
            with replacing(self._file) as sink:
                sink.write(json.dumps(header).encode() + kept[kept.index(b"\n") :])
        elif changed:
            raise CompareError(
                f"{self._file} holds a comparison with other {', '.join(changed)}",
                "choose another -o, or remove it",
            )
