"""``touchstone graders draft`` where the rows decide: no model is asked."""

import json

import pytest
from click.testing import CliRunner

from tests.drafting.conftest import kept, turns
from touchstone.workbench.cli import main
from touchstone.workbench.graders.drafting.evidence import evidence_of
from touchstone.workbench.graders.drafting.rows import read_rows

SUMS = [
    turns(f"What is {number} + {number * 3}?", reference_answer=str(number * 4))
    for number in range(1, 13)
]


def test_rows_whose_references_are_numbers_become_a_grader_that_holds(draft, folder, judge):
    done = draft(SUMS, "--judge", judge.name, "--time", "5")
    assert done.exit_code == 0, done.output
    assert "12 of 12 references are numbers, formulas or choices, as math_reasoning" in done.output
    assert "No model was asked" in done.output
    assert judge.asked == []
    assert kept(folder) == [".touchstone", "graders.toml", "mine.cases.jsonl"]
    graded = CliRunner().invoke(main, ["grade", "mine", "mine.cases.jsonl"])
    assert graded.exit_code == 0, graded.output
    # Its check speaks for what was written, so that a job asks for no other.
    entry = (folder / "graders.toml").read_text()
    assert entry.endswith('[graders.mine]\ntemplate = "math_reasoning"\n')
    found = json.loads((folder / ".touchstone/checks/mine.json").read_text())
    assert found["holds"]


def mails(references, prompts=1000):
    return [
        turns(f"Is mail {n % prompts} wanted? Say spam or ham, no more.", reference_answer=one)
        for n, one in enumerate(references)
    ]


@pytest.mark.parametrize(
    "references",
    [
        ["spam", "ham", "ham"] * 8,
        ["out of scope", "billing", "complaint"] * 8,
        ["kh\u00f4ng li\u00ean quan", "khi\u1ebfu n\u1ea1i"] * 12,
    ],
)
def test_a_closed_set_of_labels_becomes_a_grader_of_exact_labels(draft, folder, judge, references):
    done = draft(mails(references), "--judge", judge.name, "--time", "5")
    assert done.exit_code == 0, done.output
    assert judge.asked == []
    assert f"24 of 24 references are one of {len(set(references))} labels" in done.output
    entry = (folder / "graders.toml").read_text()
    assert 'template = "math_reasoning"' in entry
    assert "weights = {answer_correct = 1}" in entry
    common = max(set(references), key=references.count)
    assert f"earns {references.count(common) / 24:.2f} on the mean" in entry
    first, other = references[:2]
    said = {first: 1, f"{first.capitalize()}.": 1, f"The answer is {first}.": 1, other: 0, "": 0,
            f"not {first}": 0, f"{first} or {other}": 0, f"{first}, {other}": 0}  # fmt: skip
    rows = [turns("Is it?", text, reference_answer=first) for text in said]
    (folder / "said.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    graded = CliRunner().invoke(main, ["grade", "mine", "said.jsonl", "-o", "out.jsonl"])
    assert graded.exit_code == 0, graded.output
    out = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [one["aggregate_reward_score"] for one in out] == list(said.values())


# Near misses: what repeats, and is no closed set of labels.
@pytest.mark.parametrize(
    "rows",
    [
        mails(["spam", "ham"] * 9),  # too few to tell
        mails(["spam", "ham"] * 20, prompts=10),  # rollouts of ten prompts
        mails(["spam"] * 24),  # one alone is learnt without reading
        mails(["spam", "ham"] * 11 + ["Nobody knows"] * 2),  # two that are seldom
        mails([f"city {n % 15}" for n in range(60)]),  # too many
        mails(["Thanks!", "We refund you."] * 12),  # sentences
        mails(["it will come soon", "we do not know that"] * 12),  # replies in four words
        mails(["spam", "Spam"] * 12),  # one label in two spellings
        mails([*["spam", "ham"] * 12, "Dear customer, it is neither of the two"]),
        mails(["spam\nham", "ham"] * 12),
    ],
)
def test_free_text_that_repeats_is_no_set_of_labels(draft, folder, rows):
    done = draft(rows)
    assert done.exit_code == 1
    assert "That alone does not tell" in done.output
    assert kept(folder) == []


TESTS = {"entry_point": "f", "test_cases": [{"input": [1], "expected": 2}]}
CALL = [{"name": "book", "arguments": {"city": "Oslo"}}]


@pytest.mark.parametrize(
    ("references", "template"),
    [
        ([r"\frac{1}{2}", "x^2 + 1", 3, "12 km", "#### 5"], "math_reasoning"),
        (["A", "(B)", "C", "D"], "math_reasoning"),
        ([TESTS, {**TESTS, "entry_point": "g"}], "code_verification"),
        ([["assert f(1) == 2"], ["assert f(2) == 3"]], "code_verification"),
        (["allow", "block", "allow"], "content_moderation"),
        ([{"decision": "allow"}, {"decision": "block", "categories": ["hate"]}],
         "content_moderation"),
        ([{"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}],
         "instruction_following"),
        ([{"key_facts": ["nine"]}, {"reference_summary": "It opens at nine."}],
         "summarization_quality"),
        ([{"city": "Oslo", "people": 700_000}], "data_extraction"),
        ([json.dumps({"city": "Oslo"})], "data_extraction"),
        ([CALL], "data_extraction"),
    ],
)  # fmt: skip
def test_references_tell_their_template(folder, references, template):
    rows = [
        turns(f"Extract {number}, as JSON: Oslo opens at nine.", reference_answer=reference)
        for number, reference in enumerate(references * 3)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = evidence_of(read_rows("rows.jsonl", "", named=False, seed=0))
    assert found.template == template


@pytest.mark.parametrize(
    ("references", "candidates"),
    [
        ([], ["rubric", "tone_style", "summarization_quality", "content_moderation"]),
        (["Paris", "Rome"], ["rubric", "instruction_following", "summarization_quality"]),
        (["ngày mai trời mưa", "京都です"], ["rubric", "instruction_following",
                                             "summarization_quality"]),
        ([{"document": "It opens at nine."}], ["rubric"]),
        ([{"changes": "Dark mode."}, {"changes": "Faster."}], ["rubric", "data_extraction"]),
    ],
)  # fmt: skip
def test_what_only_a_judge_can_tell_is_said_and_nothing_is_written(
    draft, folder, references, candidates
):
    rows = [turns("Say it.", reference_answer=one) for one in references] or [turns("Say it.")]
    done = draft(rows)
    assert done.exit_code == 1
    assert f"what is left: {', '.join(candidates)}." in done.output
    assert "--judge" in done.output
    assert kept(folder) == []


def test_rows_that_cannot_be_scored_are_a_shortfall_that_is_named(draft, folder):
    rows = [*SUMS, turns("What is nothing?", reference_answer="")]
    assert draft(rows, "--time", "1").exit_code == 1
    assert kept(folder) == []
    done = draft(rows, "--time", "1", "--even-so", "--json")
    assert done.exit_code == 1
    assert "rows.jsonl:13: " in json.loads(done.stdout)["short"][-1]
    assert "# Falls short: 1 of 13 rows cannot be scored" in (folder / "graders.toml").read_text()
    assert CliRunner().invoke(main, ["graders", "show", "mine"]).exit_code == 0


@pytest.mark.parametrize(
    ("record", "prompt"),
    [
        ({"messages": [{"role": "user", "content": [{"text": "In Converse"}]}],
          "system": [{"text": "Be kind."}]}, "In Converse"),
        ({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "system": "Be kind.",
          "messages": [{"role": "user", "content": "In Invoke"}]}, "In Invoke"),
        ({"schemaType": "ModelInvocationLog", "operation": "Converse", "modelId": "m",
          "input": {"inputBodyJson": {"messages": [
              {"role": "user", "content": [{"text": "In a log"}]}]}},
          "output": {"outputBodyJson": {"stopReason": "end_turn", "output": {"message": {
              "role": "assistant", "content": [{"text": "A reply"}]}}}}}, "In a log"),
        (turns("In a chat", "A reply"), "In a chat"),
        ({"question": "In a table", "answer": "So it is."}, "In a table"),
    ],
)  # fmt: skip
def test_records_of_any_form_are_shown_to_the_judge(draft, judge, record, prompt):
    draft([record], "--judge", judge.name, "--time", "1")
    assert f"PROMPT, user: {prompt}" in judge.asked[0].text


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([], [], "holds no rows"),
        ([*SUMS, "words"], [], "rows.jsonl:13: "),
        ([turns("a", "b", mark="blue")], [], "rows.jsonl:1: mark: 'blue' is no mark"),
        (SUMS, ["--labels", "rating"], "no completion has a mark in a field 'rating'"),
        (SUMS, ["--name", "no name"], "'no name' is no name"),
    ],
)
def test_bad_input_is_named(draft, folder, rows, options, said):
    done = draft(rows, *options)
    assert done.exit_code == 2
    assert said in done.output
    assert kept(folder) == []


def test_a_grader_that_is_there_is_never_written_over(draft, folder, judge):
    (folder / "graders.toml").write_text('# mine\n[graders.mine]\ntemplate = "rubric"\n')
    done = draft([turns("Say it.")], "--judge", judge.name)
    assert done.exit_code == 2
    assert "graders.toml:3: there is a grader 'mine' already" in done.output
    assert judge.asked == []
    (folder / "graders.toml").unlink()
    (folder / "mine.cases.jsonl").write_text("")
    assert "mine.cases.jsonl is there already" in draft(SUMS).output
