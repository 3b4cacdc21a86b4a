"""What the job trains on: how many prompts, how long they are, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from touchstone.settings import SettingsError
from touchstone.workbench.data.fingerprint import texts_of
from touchstone.workbench.data.shape import Model
from touchstone.workbench.data.tokens import counter
from touchstone.workbench.data.validate import Checks, Problem, Summary, validate
from touchstone.workbench.jobs.plan.findings import Finding, Findings
from touchstone.workbench.jobs.spec import JobFile
from touchstone.workbench.rows.rft import read_lines
from touchstone.workbench.rows.storage import DataError
from touchstone.workbench.stats import Range

LEAST_BATCH = 16  # on Bedrock, as its own model says
_BATCHES = tuple(2**power for power in range(9, -1, -1))


@dataclass(frozen=True, slots=True)
class Dataset:
    """The prompts of a job.

    Attributes:
        records: Rows of the training file.
        usable: Rows that are short enough for ``maxPromptLength``; longer ones are dropped by
            the service without a word.
        validation: Rows of the validation file.
        prompt_tokens: Mean tokens of a usable prompt.
        lengths: How tokens were counted.
        problems: Problem of the rows to how often it was found.
    """

    records: int
    usable: Range
    validation: int
    prompt_tokens: Range
    lengths: str
    problems: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Returns the numbers; a range is ``{"low", "high"}``."""
        return asdict(self)


def read_dataset(
    file: JobFile,
    max_prompt: int,
    findings: Findings,
    *,
    tokenizer: str | None = None,
    on_row: Callable[[], None] = lambda: None,
) -> Dataset | None:
    """Reads the job's files and notes what is wrong with them.

    Args:
        file: The job.
        max_prompt: Its ``maxPromptLength``.
        findings: Gets one finding per kind of problem, with the first row that has it.
        tokenizer: Of the model to train; without it lengths are estimated.
        on_row: Is called for each row that was checked.

    Returns:
        What they hold; ``None`` where they cannot be read from here, as logs that only the
        service reads.

    Raises:
        DataError: The tokenizer cannot be read.
    """
    data = file.job.data
    if not data.train:
        findings.warn(
            "data.invocation_logs", "the service reads the logs, so their prompts are not counted",
            "convert them with `touchstone data convert` to plan with numbers",
        )  # fmt: skip
        return None
    tokens = counter(tokenizer)
    train = _address(file, data.train)
    validation = _address(file, data.validation) if data.validation else None
    model: Model = "openai" if file.job.service == "compatible" else "nova"
    checks = Checks(file.job.grader.name, max_prompt, tokenizer, model)
    summary = Summary()
    try:
        _note(validate(train, validation, checks, summary=summary, on_row=on_row), findings)
        usable_low, usable_high, low, high = _lengths(train, tokens.count, max_prompt)
    except DataError as exc:
        _unread(train, str(exc), findings)
        return None
    except SettingsError as exc:
        findings.error("grader.name", str(exc), "name a template or an entry of graders.toml")
        return None
    mean = Range(low / max(1, usable_high), high / max(1, usable_high))
    return Dataset(
        records=summary.rows[train],
        usable=Range(usable_low, usable_high),
        validation=summary.rows[validation] if validation else 0,
        prompt_tokens=mean,
        lengths=tokens.method,
        problems=dict(summary.kinds.most_common()),
    )


def check_batch(usable: Range, batch: int, findings: Findings, *, least: int = 1) -> None:
    """Refuses a batch that the prompts do not fill once.

    Args:
        usable: How many prompts there are.
        batch: The job's ``batchSize``.
        findings: Gets what is wrong.
        least: The smallest batch that the service takes.
    """
    if usable.high >= batch:
        return
    fits = next((size for size in _BATCHES if least <= size <= usable.high), 0)
    findings.error(
        "hyperparameters.batch_size",
        f"{usable.high:,.0f} usable prompts do not fill one batch of {batch}; whether a smaller "
        "batch is trained on is not documented",
        f"set batch_size = {fits}, or add prompts" if fits
        else f"add prompts: the smallest batch has {least}",
    )  # fmt: skip


def _address(file: JobFile, given: str) -> str:
    return given if given.startswith("s3://") else str(file.local(given))


def _unread(train: str, why: str, findings: Findings) -> None:
    if train.startswith("s3://"):
        fix = "plan with credentials, or with a local copy of the file"
        findings.warn("data.train", f"not read, so nothing about it is known: {why}", fix)
    else:
        findings.error("data.train", why, "name a file of RFT rows; `data convert` makes one")


def _note(problems: Iterable[Problem], findings: Findings) -> None:
    """Keeps the first problem of each kind, and how many more there are."""
    first: dict[str, Problem] = {}
    count: dict[str, int] = {}
    for problem in problems:
        first.setdefault(problem.kind, problem)
        count[problem.kind] = count.get(problem.kind, 0) + 1
    for kind, problem in first.items():
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        more = f" ({count[kind] - 1:,} more rows)" if count[kind] > 1 else ""
        message = f"{problem.message}{more} [{kind}]"
        findings.add(Finding(problem.severity, place, problem.field, message, problem.fix))


def _lengths(
    train: str, count: Callable[[list[str]], Any], limit: int
) -> tuple[int, int, float, float]:
    """Returns the least and most prompts that are short enough, and their tokens' bounds."""
    surely = perhaps = 0
    low = high = 0.0
    for line in read_lines(train):
        texts = texts_of(line.row) if line.row else []
        if not texts:
            continue
        size = count(texts)
        if size.low <= limit:
            perhaps += 1
            low += size.low
            high += min(size.high, limit)
        surely += size.high <= limit
    return surely, perhaps, low, high
