"""``data validate``: every problem of a training file, with its place and what mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone import pii
from touchstone.workbench.data.fingerprint import common_text, texts_of
from touchstone.workbench.data.problem import Finding, Problem
from touchstone.workbench.data.shape import Model, check_shape
from touchstone.workbench.data.tokens import Counter as TokenCounter
from touchstone.workbench.data.tokens import counter
from touchstone.workbench.data.validate.answers import check_answer
from touchstone.workbench.data.validate.reference import GraderCheck, check_presence
from touchstone.workbench.data.validate.repeats import Repeats
from touchstone.workbench.rows.rft import MAX_RECORDS, MIN_RECORDS, OPTIONAL_KEYS, Line, read_lines
from touchstone.workbench.rows.storage import STDIN, DataError

__all__ = ["Checks", "Problem", "Summary", "validate"]

# Lambda's limit on a call, less what goes round a row; and SageMaker's rows in one call.
_CALL_BYTES = 6 * 1024 * 1024 - 64 * 1024
_BATCH_ROWS = 64
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Checks:
    """What is checked beyond the form.

    Attributes:
        grader: Name of the grader that must be able to read the references; ``""`` for none.
        max_prompt_length: The job's ``maxPromptLength``, in tokens; ``None`` for no limit.
        tokenizer: Path of the model's tokenizer; without it lengths are estimated.
        model: Whose rules: ``nova``, or ``openai`` for the OpenAI-compatible API.
    """

    grader: str = ""
    max_prompt_length: int | None = None
    tokenizer: str | None = None
    model: Model = "nova"


@dataclass(slots=True)
class Summary:
    """What a run found; complete when the run's problems have all been taken.

    Attributes:
        rows: Lines that hold something, by file.
        kinds: How many problems of each kind.
        errors: How many of all are errors.
        lengths: How lengths were found, ``""`` when they were not.
    """

    rows: dict[str, int] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    lengths: str = ""

    def count(self, problem: Problem) -> None:
        """Adds a problem to the counts."""
        self.kinds[problem.kind] += 1
        self.errors += problem.severity == "error"

    def as_json(self) -> dict[str, Any]:
        """Returns the counts as a JSON object."""
        total = sum(self.kinds.values())
        return {
            "rows": self.rows,
            "errors": self.errors,
            "warnings": total - self.errors,
            "kinds": dict(self.kinds.most_common()),
            "lengths": self.lengths,
        }


def validate(
    file: str,
    validation: str | None = None,
    checks: Checks | None = None,
    *,
    summary: Summary | None = None,
    on_row: Callable[[], None] = lambda: None,
) -> Iterator[Problem]:
    """Yields every problem of a training file, and of its validation file, as it is found.

    Both files are read twice: once for what their rows have in common, once to check.

    Args:
        file: The training file.
        validation: The validation file, if there is one.
        checks: What else is checked.
        summary: Is filled while the problems are taken.
        on_row: Is called for each row, to show how far it is.

    Raises:
        DataError: A file or the tokenizer cannot be read at all.
        SettingsError: There is no such grader.
    """
    checks, summary = checks or Checks(), summary if summary is not None else Summary()
    files = [file, validation] if validation else [file]
    if STDIN in files:
        raise DataError("standard input cannot be read twice; give a file")
    run = _Run(checks, Repeats(files, common_text(files)))
    summary.lengths = run.tokens.method if run.tokens else ""
    for index, name in enumerate(files):
        if index:
            run.repeats.next_file()
        for problem in run.file(name, summary.rows, on_row, least=1 if index else MIN_RECORDS):
            summary.count(problem)
            yield problem
    for problem in run.repeats.problems():
        summary.count(problem)
        yield problem


class _Run:
    def __init__(self, checks: Checks, repeats: Repeats) -> None:
        self.repeats = repeats
        self.tokens: TokenCounter | None = None
        if checks.max_prompt_length is not None:
            self.tokens = counter(checks.tokenizer)
        self._checks = checks
        self._grader = GraderCheck(checks.grader) if checks.grader else None
        self._waiting: list[tuple[int, Mapping[str, Any]]] = []

    def file(
        self, name: str, rows: dict[str, int], on_row: Callable[[], None], least: int
    ) -> Iterator[Problem]:
        endings: set[bool] = set()
        keys: Counter[str] = Counter()
        lacking: dict[str, int] = {}
        rows[name] = 0
        for line in read_lines(name):
            rows[name] += 1
            on_row()
            if line.crlf not in endings and endings:
                yield Finding("mixed_newlines", "", "some lines end with \\r\\n, some with \\n").at(
                    name, line.number
                )
            endings.add(line.crlf)
            for finding in self._line(line):
                yield finding.at(name, line.number)
            for key in OPTIONAL_KEYS:
                if line.row and key in line.row:
                    keys[key] += 1
                elif line.row:
                    lacking.setdefault(key, line.number)
            if len(self._waiting) == GraderCheck.BATCH:
                yield from self._ask(name)
        yield from self._ask(name)
        for key in OPTIONAL_KEYS if self._checks.model == "nova" else ():
            if keys[key] and key in lacking:
                have = "row has" if keys[key] == 1 else "rows have"
                message = f"{keys[key]:,} {have} the field, this one is the first without it"
                yield Finding("mixed_fields", key, message).at(name, lacking[key])
        if rows[name] < least:
            message = f"{rows[name]} rows; a job needs at least {least}"
            yield Finding("too_few_rows", "", message).at(name, 0)
        if rows[name] > MAX_RECORDS:
            message = f"{rows[name]:,} rows; a job takes at most {MAX_RECORDS:,}"
            yield Finding("too_many_rows", "", message).at(name, 0)

    def _line(self, line: Line) -> Iterator[Finding]:
        if line.number == 1 and line.raw.startswith(_BOM):
            yield Finding("bom", "", "the file begins with a byte order mark")
        yield from _size(len(line.raw))
        row = line.row
        if row is None:
            kind = "not_utf8" if "UTF-8" in line.problem else "not_json"
            yield Finding(kind, "", line.problem)
            return
        shape = list(check_shape(row, self._checks.model))
        yield from shape
        texts = texts_of(row)
        yield from check_presence(row, asked=self._grader is not None)
        yield from check_answer(row, "\n".join(texts))
        yield from _personal(row)
        if self.tokens and self._checks.max_prompt_length is not None:
            yield from _length(texts, self.tokens, self._checks.max_prompt_length)
        if any(texts):
            self.repeats.add(row, line.number, texts)
        if self._grader and all(finding.kind not in _UNGRADABLE for finding in shape):
            self._waiting.append((line.number, row))

    def _ask(self, file: str) -> Iterator[Problem]:
        if self._grader and self._waiting:
            findings = self._grader.check([row for _, row in self._waiting])
            for (line, _), finding in zip(self._waiting, findings, strict=True):
                if finding:
                    yield finding.at(file, line)
            self._waiting.clear()


# Rows that no grader could be asked about.
_UNGRADABLE = {"no_messages", "bad_message", "image_content", "ends_with_answer"}


def _size(size: int) -> Iterator[Finding]:
    if size > _CALL_BYTES:
        yield Finding("too_large", "", f"the row has {size:,} bytes; a call takes {_CALL_BYTES:,}")
    elif size > _CALL_BYTES // _BATCH_ROWS:
        message = f"the row has {size:,} bytes: {_BATCH_ROWS} rollouts of it do not fit into a call"
        yield Finding("large_for_batches", "", message)


def _length(texts: list[str], tokens: TokenCounter, limit: int) -> Iterator[Finding]:
    size = tokens.count(texts)
    if size.low > limit:
        about = "" if size.low == size.high else "about "
        message = f"{about}{size.tokens:,} tokens; maxPromptLength is {limit:,}"
        yield Finding("too_long", "messages", message)
    elif size.high > limit:
        message = f"{size.low:,} to {size.high:,} tokens; maxPromptLength is {limit:,}"
        yield Finding("maybe_too_long", "messages", message)


def _personal(row: Mapping[str, Any]) -> Iterator[Finding]:
    for where, text in _strings(row, ""):
        for name, count in Counter(each.kind for each in pii.find(text)).items():
            kind = "credential" if name in pii.CREDENTIALS else "personal_data"
            yield Finding(kind, where, f"{count} x {name}")


def _strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{where}[{index}]")
