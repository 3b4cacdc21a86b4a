"""The base and the tuned model of a job, asked the same prompts and graded side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from touchstone.workbench.grading.backends import judge_of
from touchstone.workbench.grading.rewards import Rewarder
from touchstone.workbench.jobs.compare.ask import Answers, CompareError, Plan, Question
from touchstone.workbench.jobs.compare.grader import grader_of
from touchstone.workbench.jobs.compare.page import About, compare_page, pairs_jsonl
from touchstone.workbench.jobs.compare.pairs import Pair, pairs_of_folder
from touchstone.workbench.jobs.compare.summary import Comparison, summarize
from touchstone.workbench.jobs.folder import JobFolder, State
from touchstone.workbench.jobs.output import replacing
from touchstone.workbench.jobs.service import Service, askable
from touchstone.workbench.jobs.spec import BUNDLED, JobFile

_MAX_TOKENS = 1024
_CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class Compared:
    """Two models' answers, prompt by prompt.

    Attributes:
        about: What was compared.
        pairs: One per prompt.
    """

    about: About
    pairs: list[Pair]

    def summary(self) -> Comparison:
        """Returns all pairs in figures."""
        return summarize(self.pairs)

    def write(self, folder: Path) -> Path:
        """Writes ``pairs.jsonl`` and ``compare.html`` into a folder; returns the page.

        Raises:
            OSError: It cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / "compare.html"
        for file, text in (
            (folder / "pairs.jsonl", pairs_jsonl(self.pairs)),
            (page, compare_page(self.about, self.pairs, self.summary())),
        ):
            with replacing(file) as sink:
                sink.write(text.encode())
        return page


def plan_of(
    file: JobFile, *, base: str = "", tuned: str = "", k: int = 1, temperature: float = 0.0,
    max_tokens: int | None = None,
) -> Plan:  # fmt: skip
    """Returns what a comparison of a job's models asks for.

    Args:
        file: The job.
        base: The base model; the job's by default.
        tuned: The tuned model; the job's deployment, or else its model, by default.
        k: Answers of each to a prompt.
        temperature: 0 is greedy.
        max_tokens: Longest answer; the job's own limit by default.

    Raises:
        CompareError: There is no tuned model yet, or none that answers.
    """
    folder, job = JobFolder(file.folder), file.job
    state = folder.state() if folder.exists() else None
    rehearsed = (state.service if state else job.service) == "local"
    if not base:
        base = _rehearsed(file, state.base_model) if state and rehearsed else askable(job)
    tuned = tuned or _tuned(folder.path, state)
    own = job.rehearsal.max_tokens if rehearsed else job.hyperparameters.inference_max_tokens
    return Plan(base, tuned, k, temperature, max_tokens or own or _MAX_TOKENS)


def compare_kept(file: JobFile, limit: int | None = None) -> Compared:
    """Compares what a job kept of its own validations; no model is asked.

    Args:
        file: The job.
        limit: At most this many prompts.

    Raises:
        CompareError: It kept none of one of the models.
        FolderError: It was never launched, or a file of it cannot be read.
    """
    folder = JobFolder(file.folder)
    state = folder.state()
    pairs, step = pairs_of_folder(folder)
    if not pairs:
        why = f"{folder.path}: the job kept no validations of both models"
        raise CompareError(why, "ask them with --prompts")
    how = f"the job's own validations: before the first step, and after step {step}"
    grader = state.grader or file.job.grader.name or file.job.grader.function
    base = state.base_model or "bundled"
    about = About(state.name, base, state.tuned_model, grader, how, state.judge)
    return Compared(about, pairs[:limit])


def compare_asked(
    file: JobFile,
    plan: Plan,
    service: Service,
    questions: Sequence[Question],
    target: Path,
    *,
    function: str = "",
    on_answer: Callable[[int, int], None] = lambda *_: None,
) -> Compared:
    """Asks both models, and has every answer graded; goes on where an earlier call broke off.

    Args:
        file: The job.
        plan: What is asked for.
        service: Who is asked.
        questions: The prompts.
        target: Folder that keeps the answers.
        function: Grades, deployed; ``""`` is the job's grader, in this process if it has a name.
        on_answer: Is told after each answer how many of how many there are.

    Raises:
        CompareError: The folder is of another comparison.
        SettingsError: There is no such grader.
        ServiceError: The function cannot be called, or a model asked; what was answered is kept.
    """
    grader = file.job.grader
    function = function or ("" if grader.name else grader.function)
    # Before a model is asked: a grader that cannot grade would waste every answer.
    backend = grader_of(file.job, function)
    answers = Answers(target / "answers.jsonl", plan, questions)
    total = len(answers.missing())
    # A rehearsed model is one process's: it answers one prompt at a time.
    concurrency = 1 if service.name == "local" else _CONCURRENCY
    for done, _ in enumerate(answers.ask(service, concurrency=concurrency), 1):
        on_answer(done, total)
    each = f"{plan.k} of each" if plan.k > 1 else "one of each"
    how = f"{each} to {len(questions)} prompts, temperature {plan.temperature:g}"
    name = file.job.name
    rewarder = Rewarder(backend)
    pairs = answers.grade(rewarder)
    judge = judge_of(backend, stood_in=rewarder.stood_in)
    about = About(name, plan.base or "bundled", plan.tuned, function or grader.name, how, judge)
    return Compared(about, pairs)


def _tuned(path: Path, state: State | None) -> str:
    """Returns the tuned model by the name that it answers to."""
    if state is None or not state.tuned_model:
        raise CompareError(f"{path}: no tuned model yet", "name one with --tuned")
    # Bedrock's own answers as a deployment alone, and only one that is ready.
    status = state.details.get("deployment_status", "Active")
    if state.service != "bedrock" or (state.deployment and status == "Active"):
        return state.deployment or state.tuned_model
    how = f"is {status}" if state.deployment else "is missing"
    why = f"{state.name}: the deployment that its tuned model would answer as {how}"
    raise CompareError(why, "run `touchstone job deploy --wait`, then the same command")


def _rehearsed(file: JobFile, model: str) -> str:
    """Returns a rehearsal's base model as it is found from here; its file names it from there."""
    return model if model in ("", BUNDLED) else str(file.local(model).resolve())
