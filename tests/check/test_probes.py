"""Gold, honest variants and metamorphic relations: graders that hold, and one for each fault."""

import contextlib
import itertools
import json
import time
from typing import cast

import pytest

from touchstone.workbench.check.probes import Probe
from touchstone.workbench.check.run import run as run_probes
from touchstone.workbench.check.subject import Subject

EXACT = """
def reward(sample):
    return float(sample.completion.strip() == sample.reference)
"""


def short(found):
    return {name for name, one in found.items() if one["status"] == "falls_short"}


def test_a_grader_that_is_right_holds_in_all(check, mine, rows):
    found = check(mine(EXACT), rows())
    assert short(found) == set()
    assert {"gold", "variants:thinking", "metamorphic:order", "metamorphic:cold"} <= set(found)


def test_two_checks_with_one_seed_find_the_same(check, mine, rows):
    first, second = (check(mine(EXACT), rows(), "--seed", 7) for _ in range(2))
    timed = ("contract:size", "cost")  # as many rows as some seconds allow
    said = [{k: v["tried"] for k, v in each.items() if k not in timed} for each in (first, second)]
    assert said[0] == said[1]


FAULTS = {
    # probe: code with a fault that it names
    "gold": "def reward(sample):\n    return 0.4",
    "variants:space": EXACT.replace(".strip()", ""),
    "metamorphic:order": """
def reward(sample):
    return 0.95 if sample.completion.strip() == sample.reference else 1.0
""",
    "metamorphic:irrelevant": """
def reward(sample):
    right = sample.completion.strip() == sample.reference
    return float(right) - 0.01 * len(sample.fields)
""",
}


@pytest.mark.parametrize("probe", FAULTS)
def test_a_fault_falls_short_in_the_probe_that_names_it_and_in_no_other(check, mine, rows, probe):
    found = check(mine(FAULTS[probe]), rows())
    others = {name for name in short(found) if not name.startswith("attack:")}
    assert others == {probe}  # what a fault earns an attack is asked of faulty graders
    assert found[probe]["smallest"]["completion"] is not None
    assert found[probe]["share"]["high"] > 0


def test_the_smallest_input_is_the_shortest_that_shows_the_fault(only, check, mine, rows):
    only("gold")
    code = "def reward(sample):\n    return float(sample.reference == 'Oslo')"
    found = check(mine(code), rows())["gold"]
    assert (found["failed"], found["tried"]) == (3, 4)
    assert found["smallest"]["completion"] == "Lima"


def exact(row):
    said, wanted = row["messages"][-1], row["metadata"]["reference_answer"]
    return float(said["role"] == "assistant" and said["content"] == wanted)


def entries(event, reward):
    return [
        {"id": row["id"], "aggregate_reward_score": reward(at, row)} for at, row in enumerate(event)
    ]


def test_a_stranger_that_reads_thoughts_as_the_answer_falls_short_there(
    only, check, rows, stranger
):
    only("variants")
    options = stranger(lambda event: entries(event, lambda _, row: exact(row)))
    assert "variants:thinking" in short(check("theirs", rows(), *options))


def test_the_scale_of_a_stranger_is_learnt_from_what_golds_earn(only, check, rows, stranger):
    only("gold")
    options = stranger(lambda event: entries(event, lambda _, row: 40 * exact(row) - 20))
    found = check("theirs", rows(), *options)
    assert (found["gold"]["status"], "16 or more" in found["gold"]["said"]) == ("holds", True)
    half = stranger(lambda event: entries(event, lambda at, row: exact(row) * (2 - at % 2)))
    assert "gold" in short(check("theirs", rows(), *half))


def test_cases_of_a_template_serve_an_entry_with_settings_of_its_own(only, check, run, tmp_path):
    only("gold")
    entry = '[graders.strict]\ntemplate = "data_extraction"\n[graders.strict.settings]\n'
    toml = tmp_path / "graders.toml"
    toml.write_text(entry + "weights = {format_compliance = 0.1, accuracy = 0.9}")
    assert check("strict", "--time", 40)["gold"]["status"] == "holds"


def test_a_reward_that_the_place_in_the_batch_changes_is_found(only, check, rows, stranger):
    only("metamorphic")
    options = stranger(lambda event: entries(event, lambda at, row: exact(row) - 0.01 * at))
    assert "metamorphic:batch" in short(check("theirs", rows(), *options))


def test_a_reward_that_flips_is_found(only, check, rows, stranger):
    only("metamorphic")
    calls = itertools.count()
    options = stranger(
        lambda event: entries(event, lambda _, row: exact(row) - 0.1 * (next(calls) % 7 == 0))
    )
    assert "metamorphic:repeat" in short(check("theirs", rows(), *options))


def test_a_repeat_says_what_flip_rate_it_would_have_shown(only, check, mine, rows):
    only("metamorphic")
    found = check(mine(EXACT), rows())["metamorphic:repeat"]
    assert found["seen"]["shows_flip_rate"] == pytest.approx(1 - 0.05 ** (1 / found["tried"]), 1e-2)


def test_a_reward_of_another_process_is_compared(only, check, mine, rows, tmp_path):
    only("metamorphic")
    # What Python hashes is another number in every process.
    name = mine("def reward(sample):\n    return hash(sample.completion) % 97 / 97")
    toml = tmp_path / "graders.toml"
    toml.write_text(toml.read_text().replace('"mine.py"', '"mine.py"\npolicy = "full"'))
    found = check(name, rows())["metamorphic:cold"]
    assert found["status"] in ("falls_short", "holds")
    assert found["tried"] > 0


def case(city, completion, score):
    turns = [
        {"role": "user", "content": "Which city?"}, {"role": "assistant", "content": completion},
    ]  # fmt: skip
    return {"messages": turns, "reference_answer": city, "expect": {"score": score}}


def test_golden_cases_beside_a_grader_are_its_golds(only, check, mine, rows):
    only("gold")
    rows([case("Oslo", "It is Oslo.", [0.6, 1.0]), case("Oslo", "Rome", 0)], "mine.cases.jsonl")
    code = "def reward(sample):\n    return float(sample.reference in sample.completion)"
    assert check(mine(code))["gold"]["seen"]["gold:case"] == "1 of 1"
    never = "def reward(sample):\n    return float(sample.completion.strip() == sample.reference)"
    assert check(mine(never))["gold"]["smallest"]["completion"] == "It is Oslo."


def test_a_worse_golden_case_that_earns_more_is_found(only, check, mine, rows):
    only("metamorphic")
    rows([case("Oslo", "Oslo", 1.0), case("Oslo", "Rome, Rome!", [0, 0.2])], "mine.cases.jsonl")
    found = check(mine("def reward(sample):\n    return len(sample.completion) / 20"))
    assert found["metamorphic:order"]["status"] == "falls_short"


def test_a_golden_case_that_is_wrong_earns_no_more_than_it_says(only, check, mine, rows):
    only("wrong")
    rows([case("Oslo", "Oslo", 1.0), case("Oslo", "Not Oslo", [0, 0.2])], "mine.cases.jsonl")
    found = check(mine("def reward(sample):\n    return float('Oslo' in sample.completion)"))
    assert found["wrong"]["status"] == "falls_short"
    assert found["wrong"]["smallest"]["completion"] == "Not Oslo"
    assert check(mine(EXACT))["wrong"]["status"] == "holds"


def test_an_answer_without_what_to_try_is_not_tried_and_does_not_hold(run, mine, rows):
    turns = [{"role": "user", "content": "Write a poem."}]
    result = run("check", mine("def reward(sample):\n    return 0.5"), rows([{"messages": turns}]))
    assert "not tried" in result.output


def test_what_a_probe_does_not_need_the_next_ones_share(monkeypatch):
    monkeypatch.setattr("touchstone.workbench.check.run.time.monotonic", lambda: 100.0)
    given = []

    class Clock:
        def within(self, seconds):
            given.append(seconds)
            return contextlib.nullcontext()

    probes = [Probe(name, "", lambda _: iter(())) for name in ("a", "b", "c")]
    run_probes(cast("Subject", Clock()), 90, probes)
    assert given == [30, 45, 90]  # each ends at once, and leaves the next ones all of it


def slow(event):
    time.sleep(0.02 * len(event))
    return entries(event, lambda _, row: exact(row))


def test_what_time_does_not_allow_is_said(check, rows, stranger):
    found = check("theirs", rows(), *stranger(slow), "--time", 1)
    assert any("time was over" in one["said"] for one in found.values())


def dear(event):
    cost = {"name": "judge_cost_usd", "value": 0.01, "type": "Metric"}
    return [{**one, "metrics_list": [cost]} for one in entries(event, lambda _, row: exact(row))]


def test_a_budget_ends_what_asks_a_judge(check, rows, stranger):
    found = check("theirs", rows(), *stranger(dear), "--budget", 0.02)
    assert any("budget of 0.02 USD" in one["said"] for one in found.values())


@pytest.mark.parametrize(
    "args",
    [
        ("nobody",), ("math_reasoning", "missing.jsonl"), ("mine",),
        ("math_reasoning", "--function", "f", "--judge", "offline"), ("math_reasoning", "--all"),
        ("math_reasoning", "--budget", "nan"), ("math_reasoning", "--time", "nan"),
    ],
)  # fmt: skip
def test_bad_input_ends_with_a_sentence_and_code_2(run, mine, args):
    mine(EXACT)
    result = run("check", *args)
    assert result.exit_code == 2
    assert "error" in result.output.lower()


@pytest.mark.parametrize(
    ("grader", "said"),
    [
        ("mine.py", "mine.py is a file, and its grader is 'mine'"),
        ("other.py", 'name it in graders.toml: [graders.NAME] with code = "other.py"'),
        ("mina", "no grader 'mina'; did you mean 'mine'?"),
    ],
)
def test_what_is_no_name_of_a_grader_is_said_before_rows_are_asked_for(run, mine, grader, said):
    mine(EXACT)
    result = run("check", grader)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_that_is_no_python_is_named_with_its_line(run, mine):
    mine("def reward(sample)\n    return 1.0\n")
    result = run("check", "mine")
    assert result.exit_code == 2
    assert "mine.py:1: expected ':'" in result.stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "def reward(sample):\n    raise KeyError('boom')\n",
            "mine.py:2 in reward raised KeyError",
        ),
        ("def reward(sample):\n    return float('nan')\n", "mine.py: reward: the reward is nan"),
        ("def reward(sample):\n    return 'good'\n", "mine.py: reward: the reward is str"),
        ("def lambda_handler(event, context):\n    return []\n", "returned 0 results for 1 row"),
    ],
)
def test_code_that_gives_no_reward_falls_short_with_its_place_and_reason(
    run, mine, rows, code, said
):
    result = run("check", mine(code), rows())
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_reports_are_written_into_folders_that_are_not_there_yet(run, mine, rows, tmp_path):
    folder = tmp_path / "out" / "here"
    kept = ("--junit", folder / "check.xml", "--html", folder / "check.html")
    assert run("check", mine(EXACT), rows(), "--time", 5, *kept).exit_code in (0, 1)
    assert sorted(path.name for path in folder.iterdir()) == ["check.html", "check.xml"]


def test_a_row_that_cannot_be_read_is_named_by_its_line(run, mine, tmp_path):
    (tmp_path / "torn.jsonl").write_text('{"messages": []}\n{"messa')
    assert "torn.jsonl:" in run("check", mine(EXACT), tmp_path / "torn.jsonl").output


def many(count):
    turns = [{"role": "user", "content": "Say it."}]
    return [{"messages": turns, "reference_answer": f"word {n}"} for n in range(count)]


def test_the_gold_of_a_whole_file_is_asked(only, check, mine, rows):
    only("gold")
    found = check(mine(EXACT), rows(many(300)), "--all")["gold:all"]
    assert (found["tried"], found["failed"]) == (300, 0)


def test_a_whole_file_goes_on_where_it_broke_off(only, run, check, rows, stranger, monkeypatch):
    only("gold")
    monkeypatch.setattr("touchstone.workbench.cli.check._MOST_CASES", 200)
    asked = []

    def counted(event):
        asked.extend(json.dumps(row["metadata"]) for row in event if "messages" in row)
        return entries(event, lambda _, row: exact(row))

    options = stranger(counted)
    path = rows(many(300))
    whole = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*whole[:250], '{"torn\n', *whole[250:]]))
    assert run("check", "theirs", path, *options, "--all").exit_code == 2
    path.write_text("".join(whole))
    asked.clear()
    found = check("theirs", path, *options, "--all")["gold:all"]
    assert found["tried"] == 300
    assert [json.loads(row)["reference_answer"] for row in asked[-108:]] == [
        f"word {n}" for n in range(192, 300)
    ]
    assert '"word 191"' not in asked[-109]


def test_thoughts_between_marks_of_a_graders_own_are_tried_too(only, check, mine, rows):
    only("variants", "attack")
    code = "def reward(sample):\n    return float(sample.completion == sample.reference)"
    asked = [check(mine(code, settings), rows()) for settings in (
        "", 'thinking_marks = [["[PLAN]", "[/PLAN]"]]\n'
    )]  # fmt: skip
    for probe in ("variants:thinking", "attack:thinking"):
        plain, own = (found[probe] for found in asked)
        assert own["tried"] > plain["tried"]
        assert own["status"] == plain["status"] == "holds"
