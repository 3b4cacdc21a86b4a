"""No completion gains by making its grading fail, and no outage is laid to a completion."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support import EXACT, row
from tests.support import template as small
from touchstone import turns
from touchstone.contract import Sample, parse, with_completion
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.groups import advantages
from touchstone.judge import Cause, NoVerdict, Usage, make_judge
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.outcomes import (
    DeadlineExceeded,
    Grade,
    GraderError,
    GradingError,
    JudgeFault,
    Metric,
    SandboxFault,
    UserCodeError,
)
from touchstone.pipeline import answer
from touchstone.sandbox import open_sandbox
from touchstone.templates import get_template, load_grader, template_names

ROOT = Path(__file__).parents[2]
MARK = "zqxmark"
SIBLINGS = {"sibling one": 1.0, "sibling two": 1.0, "sibling three": 0.1}
SANDBOX = open_sandbox()
# What a judge says of a text, and never of its own state.
SAID = ["refused", "truncated", "bad_json", "outside_set", "misconfigured"]
DOWN = ["access_denied", "throttled", "unavailable"]
TEMPLATES = template_names()
JUDGED = [name for name in TEMPLATES if "judge" in get_template(name).needs]
REWARDS = sorted(path.stem.replace("_", "-") for path in (ROOT / "rewards").glob("*.py"))


class FakeJudge:
    """Fails on what it is told to, else answers as the offline judge; remembers the texts."""

    name = "fake"

    def __init__(self, fails: Callable[[str], bool], cause: Cause = "refused"):
        self.fails, self.asked = fails, []
        self.cause: Cause = cause
        self.offline = make_judge("offline")

    def verdict(self, rubric, request, deadline):
        self.asked.append(request.completion)
        if self.fails(request.completion):
            raise NoVerdict(self.cause, "no verdict", Usage(1, 10, 0, 0.25))
        verdict = self.offline.verdict(rubric, request, deadline)
        return replace(verdict, usage=Usage(1, 10, 5, 0.5), stand_in=False)


class FakeSandbox:
    """Loses every job whose code is one to lose; else the sandbox of this machine."""

    isolation = SANDBOX.isolation
    session = SANDBOX.session

    def __init__(self, loses: Callable[[str], bool]):
        self.loses, self.lost = loses, 0

    def run(self, job, limits, deadline):
        if self.loses(job.code):
            self.lost += 1
            raise SandboxFault("the executor was lost")
        return SANDBOX.run(job, limits, deadline)


def marked(text: str) -> bool:
    return MARK in text


def always(_text: str) -> bool:
    return True


def case_rows(name: str) -> list[dict]:
    folder = ROOT / "templates" / name if name in TEMPLATES else ROOT / "rewards"
    file = "cases.jsonl" if name in TEMPLATES else f"{name.replace('-', '_')}.cases.jsonl"
    lines = (folder / file).read_text("utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "expect"} for line in lines]


def sample_of(case: dict) -> Sample:
    sample = parse([case]).rows[0]
    assert isinstance(sample, Sample)
    return sample


def with_text(case: dict, text: str) -> dict:
    """The case as one of Bedrock's rows, with another completion."""
    sample = sample_of(case)
    turn = {"role": "assistant", "content": text}
    return {
        "id": "r", "messages": [*sample.messages, turn], "reference_answer": sample.reference,
        "metadata": sample.fields,
    }  # fmt: skip


@cache
def grader_of(name: str):
    if name in TEMPLATES:
        return get_template(name).customize()
    return load_grader(name, ROOT / "graders.toml")


def scored(grader, score: float) -> Grade:
    return Grade(score, tuple(Metric(name, 0.0, "Reward") for name in grader.criteria))


def group_of(grader, case: dict, text: str, tools: Tools):
    """Replies to three siblings of known score and to the row with ``text``."""

    def grade(sample, made, tools):
        if sample.completion in SIBLINGS:
            return scored(grader, SIBLINGS[sample.completion])
        return grader.template.grade(sample, made, tools)

    made = replace(grader, template=replace(grader.template, grade=grade))
    rows = [with_text(case, completion) for completion in (*SIBLINGS, text)]
    replies = answer(rows, made, tools, explain=True)
    return replies, [reply["aggregate_reward_score"] for reply in replies]


def completion_of(case: dict) -> str:
    return sample_of(case).completion


def tools_with(judge=None, sandbox=None) -> Tools:
    return Tools(Deadline.after(60), sandbox or SANDBOX, judge or make_judge("offline"))


@cache
def asking(name: str) -> tuple[dict, str]:
    """A bundled case of which a judge is asked with the mark in the completion."""
    for case in case_rows(name):
        text = f"{completion_of(case)} {MARK}"
        if '"decision"' in text:
            text = text.replace("}", f', "note": "{MARK}"}}')
        judge = FakeJudge(lambda _text: False)
        answer([with_text(case, text)], grader_of(name), tools_with(judge))
        if any(MARK in asked for asked in judge.asked):
            return case, text
    raise AssertionError(f"no case of {name} asks a judge")


def gains_nothing(replies, numbers) -> None:
    assert numbers[3] <= min(SIBLINGS.values())
    assert advantages(numbers)[3] <= 0
    assert numbers[:3] == list(SIBLINGS.values())


def is_scored_for_it(replies, numbers, low=0.0) -> None:
    gains_nothing(replies, numbers)
    assert replies[3]["outcome"] == "scored"
    assert numbers[3] == low
    assert {"name": "provoked_fault", "value": 1.0, "type": "Metric"} in replies[3]["metrics_list"]


@pytest.mark.parametrize("cause", SAID)
@pytest.mark.parametrize("name", [*JUDGED, "customer-support"])
def test_a_text_on_which_alone_the_judge_fails_earns_nothing(name, cause):
    case, text = asking(name)
    judge = FakeJudge(marked, cause)
    replies, numbers = group_of(grader_of(name), case, text, tools_with(judge))
    is_scored_for_it(replies, numbers)
    assert "judge_fault" in replies[3]["reason"]
    calls = sum(m["value"] for m in replies[3]["metrics_list"] if m["name"] == "judge_calls")
    assert calls == len(judge.asked) == 3  # the text, something harmless, the text again


@pytest.mark.parametrize("cause", [*SAID, *DOWN, "timed_out"])
@pytest.mark.parametrize("name", [*JUDGED, "customer-support"])
def test_a_judge_that_fails_on_everything_scores_nobody(name, cause):
    case, text = asking(name)
    tools = tools_with(FakeJudge(always, cause))
    with pytest.raises(FaultBudgetExceeded, match=r"4 of 4 rows .*judge_fault: 4"):
        answer([with_text(case, text)] * 4, grader_of(name), tools)
    replies, numbers = group_of(grader_of(name), case, text, tools)
    assert replies[3]["outcome"] == "unscored:judge_fault"
    assert numbers[3] == pytest.approx(0.7 if cause in DOWN else 0.1)


@pytest.mark.parametrize("cause", ["access_denied", "unavailable"])
@pytest.mark.parametrize("name", [*JUDGED, "customer-support"])
def test_a_text_that_alone_does_not_reach_the_judge_gains_nothing(name, cause):
    case, text = asking(name)
    judge = FakeJudge(marked, cause)
    replies, numbers = group_of(grader_of(name), case, text, tools_with(judge))
    gains_nothing(replies, numbers)
    assert replies[3]["outcome"] == "unscored:judge_fault"


EXAMPLE = {"entry_point": "f", "examples": [{"input": [1], "expected": 2}]}
CODE_CASES = {
    "code_verification": (
        {"messages": [{"role": "user", "content": "f"}], "completion": "",
         "reference_answer": {"entry_point": "f", "test_cases": [{"input": [1], "expected": 2}]}},
        f"```python\ndef f(x):\n    {MARK} = 2\n    return {MARK}\n```",
    ),
    "enterprise-code": (
        {"messages": [{"role": "user", "content": "f"}], "completion": "",
         "reference_answer": EXAMPLE},
        f"def f(x):\n    {MARK} = 2\n    return {MARK}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CODE_CASES)
def test_a_program_that_alone_takes_the_sandbox_down_earns_nothing(name):
    case, text = CODE_CASES[name]
    sandbox = FakeSandbox(marked)
    replies, numbers = group_of(grader_of(name), case, text, tools_with(sandbox=sandbox))
    is_scored_for_it(replies, numbers)
    assert sandbox.lost == 2


@pytest.mark.parametrize("name", CODE_CASES)
def test_a_sandbox_that_is_down_scores_nobody(name):
    case, text = CODE_CASES[name]
    tools = tools_with(sandbox=FakeSandbox(always))
    with pytest.raises(FaultBudgetExceeded, match="sandbox_fault: 4"):
        answer([with_text(case, text)] * 4, grader_of(name), tools)
    replies, _ = group_of(grader_of(name), case, text, tools)
    assert replies[3]["outcome"] == "unscored:sandbox_fault"


def test_a_program_is_not_judged_by_a_probe_that_needs_less_of_the_sandbox():
    together, firsts = threading.Barrier(2), iter([True, True])

    def lost(code):
        if MARK in code and next(firsts, False):
            together.wait(30)
        return MARK in code or "numpy" in code

    case, text = CODE_CASES["code_verification"]
    rows = [with_text(case, made) for made in (text, text.replace("def", "import numpy\ndef"))]
    tools = tools_with(sandbox=FakeSandbox(lost))
    replies = answer(rows, grader_of("code_verification"), tools, explain=True)
    assert [reply["outcome"] for reply in replies] == ["scored", "unscored:sandbox_fault"]


def failing(grader, error, when=marked):
    """The grader, which raises ``error`` on some completions and else grades as ever."""
    own = grader.template.grade

    def grade(sample, settings, tools):
        if when(sample.completion):
            raise error
        return own(sample, settings, tools)

    return replace(grader, template=replace(grader.template, grade=grade))


def first_case(name: str) -> dict:
    """The first case that is graded at all."""
    for case in case_rows(name):
        (reply,) = _answered([with_text(case, completion_of(case))], grader_of(name))
        if reply["outcome"] == "scored":
            return case
    raise AssertionError


def _answered(rows, grader):
    try:
        return answer(rows, grader, tools_with(), explain=True)
    except FaultBudgetExceeded as exc:
        return [{"outcome": "unscored"} for _ in exc.results]


@pytest.mark.parametrize("error", [RecursionError(), ValueError("x"), UserCodeError("x")])
@pytest.mark.parametrize("name", [*TEMPLATES, *REWARDS])
def test_a_text_on_which_alone_a_grader_breaks_earns_nothing(name, error):
    grader = failing(grader_of(name), error)
    replies, numbers = group_of(grader, first_case(name), f"so {MARK} it is", tools_with())
    is_scored_for_it(replies, numbers, grader.settings.bounds[0])


@pytest.mark.parametrize("name", [*TEMPLATES, *REWARDS])
def test_a_grader_that_breaks_on_everything_scores_nobody(name):
    grader = failing(grader_of(name), RecursionError(), always)
    case = first_case(name)
    with pytest.raises(FaultBudgetExceeded, match="grader_error: 4"):
        answer([with_text(case, "some words")] * 4, grader, tools_with())
    replies, _ = group_of(grader, case, "some words", tools_with())
    assert replies[3]["outcome"] == "unscored:grader_error"


@pytest.mark.parametrize(
    "error", [DeadlineExceeded("x"), UserCodeError("returned None", blame="open")]
)
@pytest.mark.parametrize("name", TEMPLATES)
def test_what_nothing_can_tell_the_cause_of_gains_nothing(name, error):
    grader = failing(grader_of(name), error)
    replies, numbers = group_of(grader, first_case(name), f"so {MARK} it is", tools_with())
    gains_nothing(replies, numbers)
    assert replies[3]["outcome"].startswith("unscored:")


@pytest.mark.parametrize("error", [MemoryError(), UserCodeError("took more than 5 s")])
@pytest.mark.parametrize("name", [*TEMPLATES, *REWARDS])
def test_a_bad_moment_of_the_machine_is_no_completion_s_doing(name, error):
    case = first_case(name)
    text = f"{completion_of(case)} {MARK}"
    moments = iter([True])
    usual = _answered([with_text(case, text)], grader_of(name))[0]["aggregate_reward_score"]
    grader = failing(grader_of(name), error, lambda said: marked(said) and next(moments, False))
    replies, numbers = group_of(grader, case, text, tools_with())
    assert replies[3]["outcome"] == "scored"
    assert numbers[3] == usual


def test_a_text_that_takes_all_of_its_time_is_not_excused_by_having_no_more():
    ends = iter([UserCodeError("took more than 5 s"), DeadlineExceeded("no time")])

    def grade(sample, settings, tools):
        if marked(sample.completion):
            raise next(ends)
        return scored(EXACT, 1.0)

    replies = answer([row(MARK), row("x")], small(grade).customize(), Tools(), explain=True)
    assert [reply["aggregate_reward_score"] for reply in replies] == [0.0, 1.0]
    assert replies[0]["outcome"] == "scored"


def judged(cause: Cause = "refused", fails=marked, **settings):
    """A small grader that asks a judge, and the judge."""
    case, text = asking("tone_style")
    grader = get_template("tone_style").customize(**settings)
    return SimpleNamespace(case=case, text=text, grader=grader, judge=FakeJudge(fails, cause))


@pytest.mark.parametrize("cause", ["refused", "access_denied", "unavailable"])
def test_a_judge_that_fails_once_is_asked_again_and_every_call_is_counted(cause):
    made = judged(cause)
    made.judge.fails = lambda text: MARK in text and len(made.judge.asked) == 1
    replies, numbers = group_of(made.grader, made.case, made.text, tools_with(made.judge))
    assert replies[3]["outcome"] == "scored"
    assert numbers[3] > 0
    cost = {m["name"]: m["value"] for m in replies[3]["metrics_list"]}
    assert (cost["judge_calls"], cost["judge_cost_usd"]) == (3, 1.25)
    assert "provoked_fault" not in cost


def test_a_judge_that_breaks_after_it_was_probed_is_no_row_s_fault():
    made = judged(concurrency=1)
    # Three calls for the first row; from the fourth on it fails on everything.
    made.judge.fails = lambda text: MARK in text or len(made.judge.asked) > 3
    rows = [with_text(made.case, made.text), with_text(made.case, made.text.replace(MARK, ""))]
    replies = answer(rows, made.grader, tools_with(made.judge), explain=True)
    assert [reply["outcome"] for reply in replies] == ["scored", "unscored:judge_fault"]


def test_rows_that_fail_together_share_one_probe():
    together = threading.Barrier(4)
    made = judged(concurrency=4)

    def fails(text):
        if MARK in text and len(made.judge.asked) <= 4:
            together.wait(30)
        return MARK in text

    made.judge.fails = fails
    rows = [with_text(made.case, f"{made.text} {n}") for n in range(4)]
    replies = answer(rows, made.grader, tools_with(made.judge), explain=True)
    assert [reply["aggregate_reward_score"] for reply in replies] == [0.0] * 4
    assert sum(MARK not in text for text in made.judge.asked) == 1


def test_no_probe_is_made_where_nothing_fails():
    made = judged(fails=lambda _text: False)
    group_of(made.grader, made.case, made.text, tools_with(made.judge))
    assert len(made.judge.asked) == 1


def test_what_is_provoked_earns_the_lower_bound_and_no_criterion_whatever_the_weights():
    made = judged(bounds=[-1, 1], weights={"brand_voice": 1, "professional_quality": -0.5})
    replies, numbers = group_of(made.grader, made.case, made.text, tools_with(made.judge))
    assert numbers[3] == -1.0
    criteria = [m["value"] for m in replies[3]["metrics_list"] if m["type"] == "Reward"]
    assert criteria
    assert not any(criteria)


def test_a_batch_of_provoked_rows_is_scored_and_does_not_end_the_job():
    made = judged()
    rows = [with_text(made.case, made.text)] * 4
    replies = answer(rows, made.grader, tools_with(made.judge), explain=True)
    assert {reply["outcome"] for reply in replies} == {"scored"}


@pytest.mark.parametrize("name", [*TEMPLATES, *REWARDS])
def test_the_harmless_completion_of_every_case_is_graded(name):
    grader = grader_of(name)
    samples = [s for s in parse(case_rows(name)).rows if isinstance(s, Sample)]
    with grader.batch(tools_with()) as grade:
        ends = [_end(grade, grader.template.harmless, sample) for sample in samples]
    # Of the others the row is broken, or its author's function declines it.
    assert {end.partition(":")[0] for end in ends} <= {"graded", "bad_sample", "declined"}
    assert "graded" in ends


def _end(grade, harmless, sample):
    try:
        sample = with_completion(sample, harmless(sample))
        return "graded" if isinstance(grade(sample, Deadline()), Grade) else "nothing"
    except GradingError as exc:
        return "declined" if "returned None" in str(exc) else f"{exc.kind}: {exc}"


QUICK = [row("quick")] * 31


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("minds", [True, False])
def test_a_row_that_hangs_leaves_its_neighbours_their_time(concurrency, minds, monkeypatch):
    monkeypatch.setattr(turns, "GRACE_S", 0.2)
    release = threading.Event()

    def grade(sample, settings, tools):
        if sample.completion == "quick":
            return scored(EXACT, 1.0)
        release.wait(tools.deadline.left() if minds else 60)
        raise DeadlineExceeded("it hung")

    made = replace(small(grade), row_s=lambda _settings: 0.5).customize(concurrency=concurrency)
    rows = [*QUICK, row("hang"), *QUICK]
    try:
        replies = answer(rows, made, Tools(Deadline.after(10)), explain=True)
    finally:
        release.set()
    ended = [reply["outcome"] for reply in replies]
    assert ended == ["scored"] * 31 + ["unscored:deadline"] + ["scored"] * 31


def test_rows_that_hang_one_after_another_leave_the_last_one_its_time():
    def grade(sample, settings, tools):
        if sample.completion == "hang":
            threading.Event().wait(tools.deadline.left())
            raise DeadlineExceeded("it hung")
        return scored(EXACT, 1.0)

    made = small(grade).customize(concurrency=1, fault_budget=1.0)
    rows = [row("hang")] * 4 + [row("quick")]
    replies = answer(rows, made, Tools(Deadline.after(4)), explain=True)
    assert replies[-1]["outcome"] == "scored"


def test_a_worker_that_breaks_breaks_the_call():
    def grade(sample, settings, tools):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer([row("x")], small(grade).customize(), Tools())


@pytest.mark.parametrize("error", [JudgeFault("x"), SandboxFault("x"), GraderError("x")])
def test_a_fault_s_class_is_blamed_where_nothing_else_is_said(error):
    assert error.fault().blame == "ask"
    assert type(error)("x", blame="ours").fault().blame == "ours"
