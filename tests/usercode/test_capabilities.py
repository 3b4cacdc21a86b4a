"""What a reward function may have the grader do for it, and what it may not."""

import pytest

from tests.usercode.grading import graded, replies, row
from touchstone.judge import NoVerdict, Usage, Verdict
from touchstone.settings import SettingsError

JUDGE, EXECUTE = 'capabilities = ["judge"]', 'capabilities = ["execute"]'


class FakeJudge:
    """Says yes to everything, and remembers what it was asked."""

    name = "fake"

    def __init__(self, fails=False):
        self.asked = []
        self.fails = fails

    def verdict(self, rubric, request, deadline):
        self.asked.append((rubric, request))
        if self.fails:
            raise NoVerdict("throttled", "too many", Usage(1, 10, 0, 0.5))
        levels = {criterion.name: criterion.levels[-1] for criterion in rubric.criteria}
        return Verdict(
            self.name,
            {name: level.label for name, level in levels.items()},
            {name: level.value for name, level in levels.items()},
            "because",
            Usage(1, 10, 2, 0.25),
        )


def test_a_question_is_judged_by_the_grader_with_its_own_sample(tmp_path):
    judge = FakeJudge()
    body = """
    a = sample.judge("Is it polite?", context={"policy": "be kind"})
    b = sample.judge("Is it brief?")
    return (a + b) / 2
    """
    reply = graded(tmp_path, body, entry=JUDGE, judge=judge)
    assert reply["aggregate_reward_score"] == 1.0
    (rubric, request), _ = judge.asked
    assert rubric.criteria[0].question == "Is it polite?"
    assert (request.task, request.completion) == ("Is it?", "hello world")
    assert request.context == {"policy": "be kind"}
    metrics = {m["name"]: m["value"] for m in reply["metrics_list"]}
    assert (metrics["judge_calls"], metrics["judge_input_tokens"]) == (2, 20)
    assert metrics["judge_cost_usd"] == 0.5


def test_a_rubric_with_levels_gives_values_levels_and_a_reason(tmp_path):
    body = """
    verdict = sample.judge({"criteria": [
        {"name": "voice", "question": "On brand?", "levels": [
            {"label": "off", "description": "not", "value": 0},
            {"label": "on", "description": "yes", "value": 0.8}]},
        {"name": "facts", "question": "True?"}]})
    assert verdict["levels"] == {"voice": "on", "facts": "yes"}
    return {"reward": verdict["values"]["voice"], "reason": verdict["reason"]}
    """
    reply = graded(tmp_path, body, entry=JUDGE, judge=FakeJudge())
    assert (reply["aggregate_reward_score"], reply["reason"]) == (0.8, "because")


def test_the_offline_judge_answers_too(tmp_path):
    reply = graded(tmp_path, "return sample.judge('Does it say hello?')", entry=JUDGE)
    assert reply["outcome"] == "scored"
    assert "judge_offline" in {m["name"] for m in reply["metrics_list"]}


def test_a_judge_without_a_verdict_is_a_judge_fault_that_code_cannot_swallow(tmp_path):
    body = """
    try:
        return sample.judge("Is it polite?")
    except BaseException:
        return 1.0
    """
    reply = graded(tmp_path, body, entry=JUDGE, judge=FakeJudge(fails=True))
    assert reply["outcome"] == "unscored:judge_fault"
    assert {m["name"]: m["value"] for m in reply["metrics_list"]}["judge_cost_usd"] == 0.5


def test_judge_calls_have_a_budget_per_row(tmp_path):
    judge = FakeJudge()
    body = "return sum(sample.judge(f'Is it {n}?') for n in range(9)) / 9"
    reply = graded(tmp_path, body, entry=JUDGE, judge=judge, settings="judge_calls = 3")
    assert "more than 3 judge calls" in reply["reason"]
    texts = [request.completion for _, request in judge.asked]
    assert (texts.count("hello world"), len(texts)) == (3, 6)  # the others are the probe's


@pytest.mark.parametrize(
    "arguments",
    ["1", "", "{}", "{'criteria': [1]}", "'x', 'y'", "'x', {'a': 1}", "{'criteria': [], 'x': 1}",
     "{'criteria': [{'name': '!', 'question': 'q'}]}", "'x', nothing=1",
     "{'criteria': [{'name': 'a', 'question': 'q', 'levels': [{'label': 'x'}]}]}"],
)  # fmt: skip
def test_a_rubric_that_is_none_is_raised_where_it_was_asked(tmp_path, arguments):
    reply = graded(tmp_path, f"return sample.judge({arguments})", entry=JUDGE, judge=FakeJudge())
    assert reply["outcome"] == "unscored:user_code_error"
    assert "ValueError: sample.judge" in reply["reason"]


def test_there_is_nothing_to_judge_while_the_file_is_loaded(tmp_path):
    code = "import sys\nX = sys.modules['candidate'].judge('x')\ndef reward(sample): return X"
    full = f'policy = "full"\n{JUDGE}'
    reply = graded(tmp_path, "", code=code, entry=full, judge=FakeJudge())
    assert "mine.py:2 in <module> loading the file raised RuntimeError" in reply["reason"]


def test_what_was_not_handed_in_is_not_there(tmp_path):
    for call in ("judge('x')", "execute('x', stdins=[''])"):
        reply = graded(tmp_path, f"return sample.{call}", judge=FakeJudge())
        assert "in graders.toml" in reply["reason"]
        assert reply["outcome"] == "unscored:user_code_error"


def test_code_runs_in_a_cage_of_its_own(tmp_path):
    body = """
    runs = sample.execute(sample.completion, function="double", calls=[[1], [2], ["x"], [None]])
    assert [run["status"] for run in runs] == ["returned"] * 3 + ["raised"], runs
    assert runs[3]["error"] == "TypeError"
    printed = sample.execute("print(input()[::-1])", stdins=["abc"])
    values = [run["value"] for run in runs[:3]]
    return float(values == [2, 4, "xx"] and printed[0]["value"] == "cba\\n")
    """
    asked = row("def double(x):\n    return x * 2")
    assert graded(tmp_path, body, entry=EXECUTE, row=asked)["aggregate_reward_score"] == 1.0


def test_hostile_code_in_it_is_an_outcome_not_a_fault(tmp_path):
    body = """
    loop = "def f():\\n    while True: pass"
    hang = sample.execute(loop, function="f", calls=[[]], timeout_s=0.3)
    gone = sample.execute("import os\\ndef f(): os._exit(0)", function="f", calls=[[]])
    stop = sample.execute("import socket\\ndef f(): socket.socket()", function="f", calls=[[]])
    ended = [r[0]["status"] for r in (hang, gone, stop)]
    return float(ended == ["timed_out", "died", "unsupported"])
    """
    assert graded(tmp_path, body, entry=EXECUTE)["aggregate_reward_score"] == 1.0


@pytest.mark.parametrize(
    "arguments",
    ["1, stdins=['']", "'x'", "'x', stdins=[]", "'x', stdins=[1]", "'x', function='f', calls=[1]",
     "'x', stdins=[''], timeout_s=1000", "'x', stdins=[''], timeout_s='soon'"],
)  # fmt: skip
def test_what_cannot_be_run_is_raised_where_it_was_asked(tmp_path, arguments):
    reply = graded(tmp_path, f"return sample.execute({arguments})", entry=EXECUTE)
    assert reply["outcome"] == "unscored:user_code_error"
    assert "ValueError: sample.execute" in reply["reason"]


def test_runs_have_a_budget_per_row(tmp_path):
    body = "for n in range(9):\n    sample.execute('x = 1', stdins=[''])\nreturn 1.0"
    assert "more than 8 runs" in graded(tmp_path, body, entry=EXECUTE)["reason"]


def test_execute_takes_a_list_of_assertions(tmp_path):
    body = """
    tests = ["assert f(1) == 2", "assert f(2) == 5", "x = 3\\nassert f(x) == 6"]
    runs = sample.execute("def f(x):\\n    return 2 * x", function="f", tests=tests)
    return {"reward": 1.0, "reason": " ".join(run["status"] for run in runs)}
    """
    assert graded(tmp_path, body, entry=EXECUTE)["reason"] == "returned raised returned"


GRADED = 'capabilities = ["grade:code_verification", "grade:math_reasoning"]'
DOUBLE = "def double(x):\n    return 2 * x\n"
TESTED = {"entry_point": "double", "test_cases": [{"input": [2], "expected": 4}]}


def test_a_row_is_graded_by_a_template(tmp_path):
    body = """
    whole = sample.grade("code_verification")
    half = sample.grade("code_verification", completion="def double(x): return 4 * x",
                        weights={"tests_passed": 1.0, "compiles": 1.0, "code_quality": 0.0})
    sums = sample.grade("math_reasoning", completion="It is 42.", reference="42")
    assert whole["criteria"]["tests_passed"] == 1.0 and whole["metrics"]["tests_total"] == 1
    assert sums["criteria"]["answer_correct"] == 1.0, sums["reason"]
    return {"reward": half["score"], "reason": half["reason"]}
    """
    reply = graded(tmp_path, body, entry=GRADED, row=row(DOUBLE, TESTED))
    assert reply["aggregate_reward_score"] == 0.5, reply
    assert "double(2) returned 8" in reply["reason"]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("'rubric'", "grade:rubric"),
        ("'mine'", "grade:mine"),
        ("7", "must be a name"),
        ("'code_verification', completion=7", "must be a text"),
        ("'code_verification', credit='none'", "credit"),
        ("'code_verification', weight=1", "weight"),
    ],
)
def test_what_a_template_is_asked_for_wrongly_is_raised_in_the_users_code(tmp_path, call, problem):
    reply = graded(tmp_path, f"return sample.grade({call})", entry=GRADED, row=row(DOUBLE, TESTED))
    assert reply["outcome"] == "unscored:user_code_error"
    assert problem in reply["reason"]


def test_a_fault_of_the_template_is_the_rows(tmp_path):
    body = "try:\n    return sample.grade('code_verification')\nexcept Exception:\n    return 1.0"
    reply = graded(tmp_path, body, entry=GRADED, row=row(DOUBLE, {"entry_point": "double"}))
    assert reply["outcome"] == "unscored:bad_sample"
    missing = graded(tmp_path, body.replace("try", "if 1").partition("except")[0], row=row(DOUBLE))
    assert "grade:TEMPLATE" in missing["reason"]


def test_a_template_that_does_not_exist_is_refused_where_it_is_named(tmp_path):
    with pytest.raises(SettingsError, match="code_verification"):
        graded(tmp_path, "return 1.0", entry='capabilities = ["grade:code_verfication"]')


def test_execute_takes_test_code(tmp_path):
    body = """
    tests = "def test_a():\\n    assert f(1) == 2\\ndef test_b():\\n    assert f(2) == 5\\n"
    runs = sample.execute(sample.completion, function="f", tests=tests)
    return sum(run["status"] == "returned" for run in runs) / len(runs)
    """
    reply = graded(tmp_path, body, entry=EXECUTE, row=row("def f(x): return x + 1"))
    assert reply["aggregate_reward_score"] == 0.5


def test_a_grade_function_is_handed_what_it_names(tmp_path):
    code = """
        def grade(sample, item, execute, judge=None):
            (run,) = execute("f = lambda x: x + 1", function="f", calls=[[1]])
            return float(run["value"] == 2 and judge is None and sample["output_json"] == [2])
    """
    (entry,) = replies(tmp_path, code, [row("[2]")], 'capabilities = ["execute"]')
    assert (entry["outcome"], entry["aggregate_reward_score"]) == ("scored", 1.0)
    (entry,) = replies(tmp_path, code, [row("[2]")])
    assert 'sample.execute needs capabilities = ["execute"]' in str(entry)
