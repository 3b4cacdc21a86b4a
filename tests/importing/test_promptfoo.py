"""Configurations of promptfoo: assertions, sets, programs and judges, and tests as rows."""

import json

import pytest

from tests.importing.jobs import lines
from touchstone.config import load_entries

CONFIG = """
description: Capital answers
prompts:
  - 'What is the capital of {{ country }}?'
defaultTest:
  options:
    provider: openai:gpt-4.1-mini
  assert:
    - &polite
      type: not-icontains
      value: as an AI
    - {type: assert-set, threshold: 0.5, weight: 2, assert: [
        {type: python, value: 'file://short.py', weight: 3},
        {type: python, value: 'len(output) < 12'}]}
    - {type: word-count, value: {max: 3}, weight: 0}
tests:
  - {vars: {country: Norway}, assert: [{type: contains, value: Oslo}]}
  - {vars: {country: Kenya}, assert: [{type: contains, value: Nairobi}]}
  - {vars: {country: Peru}, assert: [{type: contains, value: Lima}]}
"""
SHORT = """def get_assert(output, context):
    assert context["vars"]["country"] in context["prompt"]
    return {"pass": output == "no", "score": 0.5, "reason": "half"}
"""


def written(folder):
    text = (folder / "rewards" / "mine.rows.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def rows(run, tmp_path):
    """Grades completions of the rows that the import wrote, one each."""

    def rows(*completions):
        found = written(tmp_path)
        (tmp_path / "in.jsonl").write_text(lines(
            {**row, "messages": [*row["messages"], {"role": "assistant", "content": text}]}
            for row, text in zip(found, completions, strict=True)
        ))  # fmt: skip
        done = run("grade", "mine", "in.jsonl", "-o", "out.jsonl")
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]

    return rows


def test_a_configuration_becomes_a_grader_and_its_tests_rows(bring, rows, run, tmp_path):
    (tmp_path / "short.py").write_text(SHORT)
    made = bring(CONFIG, file="promptfooconfig.yaml")
    assert made.exit_code == 0, made.output
    assert load_entries(tmp_path / "graders.toml")["mine"].policy == "restricted"
    graded = rows("Oslo", "Nairobi, as an AI, I say", "no")
    # Of 4 weights: 1 for the politeness, 2 for the set (3 of 4 of it is the file), 1 for the value.
    assert [entry["aggregate_reward_score"] for entry in graded] == pytest.approx([
        (1 + 2 * (0.75 * 0.5 + 0.25) + 1) / 4, (0 + 2 * 0.75 * 0.5 + 1) / 4,
        (1 + 2 * (0.75 * 0.5 + 0.25) + 0) / 4,
    ], abs=1e-9)  # fmt: skip
    metrics = {one["name"]: one["value"] for one in graded[1]["metrics_list"]}
    assert metrics["word_count"] == 0.0
    assert run("grade", "mine", "rewards/mine.cases.jsonl").exit_code == 0


def test_a_function_of_a_file_is_the_one_that_is_named(bring, grade, tmp_path):
    (tmp_path / "my.python").mkdir()
    (tmp_path / "my.python" / "checks.py").write_text(
        "def get_assert(output, context):\n    return 0\n\n\n"
        "def longer(output, context):\n    return len(output) > 5\n"
    )
    made = bring([{"type": "python", "value": "file://my.python/checks.py:longer"}])
    assert made.exit_code == 0, made.output
    assert [one["aggregate_reward_score"] for one in grade("Oslo", "Bergen")] == [0.0, 1.0]


# What a model decides, and with how many answers.
JUDGED = [
    ({"type": "llm-rubric", "value": "names {{country}}"}, 11),
    ({"type": "not-llm-rubric", "value": "is rude"}, 11),
    ({"type": "model-graded-closedqa", "value": "is short"}, 2),
    ({"type": "factuality", "value": "Oslo"}, 5),
    ({"type": "g-eval", "value": ["is kind", "is short"]}, 2 * 11),
]


@pytest.mark.parametrize(("assertion", "answers"), JUDGED)
def test_what_a_model_decides_is_asked_of_a_judge(bring, run, tmp_path, assertion, answers):
    config = {"prompts": ["{{country}}?"], "tests": [
        {"vars": {"country": "Norway"}, "assert": [assertion],
         "options": {"provider": {"id": "anthropic:messages:claude-haiku-4-5"}}}]}  # fmt: skip
    made = bring(config)
    assert made.exit_code == 0, made.output
    entry = load_entries(tmp_path / "graders.toml")["mine"]
    assert entry.settings["judge"].startswith("bedrock:us.anthropic.claude-")
    assert "anthropic:messages:claude-haiku-4-5 is replaced by bedrock:" in made.output
    code = (tmp_path / "rewards" / "mine.py").read_text()
    assert code.count('"label"') == answers
    assert "{{" not in code.partition("def ")[0]
    toml = tmp_path / "graders.toml"
    toml.write_text(toml.read_text().replace(entry.settings["judge"], "offline"))
    answer = {"role": "assistant", "content": "Oslo."}
    row = {**written(tmp_path)[0], "id": "a"}
    row["messages"].append(answer)
    (tmp_path / "in.jsonl").write_text(lines([row]))
    assert run("grade", "mine", "in.jsonl").exit_code == 0


def test_a_judge_of_bedrock_is_itself(bring, tmp_path):
    model = "us.amazon.nova-pro-v1:0"
    config = {"defaultTest": {"options": {"provider": f"bedrock:converse:{model}"}},
              "assert": [{"type": "llm-rubric", "value": "kind"}]}  # fmt: skip
    assert bring(config).exit_code == 0
    judge = load_entries(tmp_path / "graders.toml")["mine"].settings["judge"]
    assert judge == f"bedrock:{model}"


KINDS = [
    ({"type": "ends-with", "value": "{{a}}"}, {"x": 1, "xy": 0}),
    ({"type": "not-ends-with", "value": "y"}, {"x": 1, "xy": 0}),
    ({"type": "word-count", "value": 2}, {"a b": 1, " a  b ": 1, "a": 0, "": 0}),
    ({"type": "not-word-count", "value": {"min": 1, "max": 2}}, {"a": 0, "": 1, "a b c": 1}),
    ({"type": "contains-any", "value": '"a, b", c'}, {"a, b": 1, "a": 0, "c": 1}),
    ({"type": "contains-all", "value": "{{both}}"}, {"a, b c": 0, "a b, c": 1}),
    ({"type": "contains-any", "value": [3, "{{a}}"]}, {"13": 1, "x": 1, "b": 0}),
    ({"type": "regex", "value": "^(?<n>x)[$]?$"}, {"x": 1, "x$": 1, "x\n": 0}),
    ({"type": "not-regex", "value": "\\bx\\b"}, {"xé": 0, "xy": 1, "é": 1}),
    ({"type": "equals", "value": 3.0}, {"3": 1, "3.0": 0}),
    ({"type": "regex", "value": "^\\S.$"}, {"ab": 1, "\u00a0b": 0, "a\r": 0}),
    ({"type": "levenshtein", "value": "{{a}}"}, {"xabcde": 1, "abcdef": 0, "": 1}),
    ({"type": "not-levenshtein", "value": "kitten", "threshold": 2}, {"sitting": 1, "sitten": 0}),
    ({"type": "levenshtein", "value": "a\U0001f600", "threshold": 1}, {"a": 0, "a\U0001f601": 1}),
    ({"type": "is-json", "value": {"properties": {"n": {"type": "integer"}}, "required": ["n"]}},
     {'{"n": 1.0}': 1, '{"n": true}': 0, '{"n": 1e999}': 0, "[]": 1, "{}": 0, '{"n": 1}.': 0}),
    ({"type": "not-is-json", "value": "type: string\nformat: date"},
     {'"2024-02-29"': 0, '"2023-02-29"': 1, "2024-02-29": 1}),
    ({"type": "is-json", "value": "file://schema.json"},
     {'[{"at": "23:59:60Z"}]': 1, '[{"at": "23:58:60Z"}]': 0, '[{"of": 1}]': 0, "[]": 0}),
    ({"type": "python", "value": "output == 'x'"}, {"x": 1, "y": 0}),
    ({"type": "python", "value": "a = json.loads(output)\nreturn a['n']"}, {'{"n": 0.25}': 0.25}),
    ({"type": "python", "value": "'true' if context['vars']['a'] == output else 'false'"},
     {"x": 1, "y": 0}),
]  # fmt: skip


SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#", "type": "array", "minItems": 1,
    "items": {"$ref": "#/definitions/at"},
    "definitions": {
        "at": {"properties": {"at": {"format": "time"}}, "additionalProperties": False}
    },
}  # fmt: skip


@pytest.mark.parametrize(("assertion", "wanted"), KINDS)
def test_an_assertion_decides_as_there(bring, grade, tmp_path, assertion, wanted):
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    made = bring([assertion])
    assert made.exit_code == 0, made.output
    graded = grade(*wanted, a="x", both='"b, c", a')
    assert [entry["aggregate_reward_score"] for entry in graded] == list(wanted.values())


# What Ajv refuses, decides by what JavaScript is, or reads in a way that is not followed here.
UNLIKE = [
    ({"maxLenght": 3}, "/maxLenght is no keyword"),
    ({"properties": {"a": {"format": "uri"}}}, "/properties/a/format is none of date, time"),
    ({"properties": {"constructor": {}}}, "names constructor, which every object of JavaScript"),
    ({"anyOf": [{"enum": [1, 1.0]}]}, "/anyOf/0/enum holds a value twice"),
    ({"$schema": "https://json-schema.org/draft/2020-12/schema"}, "is not that of draft 7"),
    ({"items": {"$ref": "#"}}, "/items/$ref leads to no schema"),
    ("items: {$ref: '#/definitions/a'}\ndefinitions: {a: {$ref: '#/definitions/a'}}", "to itself"),
    ({"pattern": "\\p{L}"}, "/pattern is no regular expression of Python"),
    ({"then": {}}, "/then needs if"),
    ({"minLength": -1}, "/minLength must be a whole number"),
    ("[]", "the schema must be an object"),
    ("{", "not YAML"),
    ("title: '{{a}}'", "a schema has no placeholders"),
    ("file://nothing.json", "there is no file nothing.json"),
]


@pytest.mark.parametrize(("schema", "said"), UNLIKE)
def test_a_schema_that_would_decide_otherwise_is_refused_by_its_place(bring, schema, said):
    refused = bring([{"type": "is-json", "value": schema}])
    assert refused.exit_code == 2, refused.output
    assert "grader.json:1: $[0]" in refused.output
    assert said in refused.output


def test_all_that_passes_earns_all_whatever_the_weights(bring, grade):
    weights = [0.1, 0.7, 1, 3, 1 / 3, 1e-9]
    kinds = [{"type": "equals", "value": "x", "weight": weight} for weight in weights]
    sets = [{"type": "assert-set", "assert": kinds[n:], "weight": 1 / 7} for n in range(3)]
    assert bring([*kinds, *sets]).exit_code == 0
    assert [entry["aggregate_reward_score"] for entry in grade("x", "y")] == [1.0, 0.0]


def test_a_set_of_which_nothing_counts_is_worth_nothing_and_counts(bring, grade):
    one = {"type": "equals", "value": "x"}
    nothing = {"type": "assert-set", "assert": [{**one, "weight": 0}]}
    assert bring([one, {**one, "weight": 2}, nothing]).exit_code == 0
    assert [entry["aggregate_reward_score"] for entry in grade("x", "y")] == [0.75, 0.0]


def test_tests_of_a_table_are_tests(bring, rows, tmp_path):
    (tmp_path / "tests.csv").write_text(
        'country,__expected,__expected2\nNorway,"contains: Oslo",not-contains: x\n'
        'Peru,"contains: Lima, of course",not-contains: x\n'
    )
    config = "prompts: ['{{country}}?']\ntests: file://tests.csv\n"
    made = bring(config, file="config.yaml")
    assert made.exit_code == 0, made.output
    graded = rows("Oslo x", "Lima, of course")
    assert [entry["aggregate_reward_score"] for entry in graded] == [0.5, 1.0]


def test_variables_of_lists_are_multiplied_and_chats_are_turns(bring, tmp_path):
    (tmp_path / "chat.json").write_text(json.dumps(
        [{"role": "system", "content": "Be {{how}}."}, {"role": "user", "content": "{{land}}?"}]
    ))  # fmt: skip
    config = """
prompts: [file://chat.json]
tests:
  - vars: {how: [brief, kind], land: [Norway, 'no']}
    assert: [{type: icontains, value: '{{land}}'}]
"""
    assert bring(config, file="config.yaml").exit_code == 0
    told = written(tmp_path)
    assert [[turn["content"] for turn in row["messages"]] for row in told] == [
        [f"Be {how}.", f"{land}?"] for how in ("brief", "kind") for land in ("Norway", "no")
    ]  # fmt: skip
    assert told[1] == {"messages": told[1]["messages"], "how": "brief", "land": "no"}


def test_tests_of_different_rules_are_named_with_their_lines(bring, tmp_path):
    config = """tests:
  - vars: {a: 1}
    assert: [{type: contains, value: x}]
  - assert: [{type: javascript, value: 'output.length'}]
  - assert: [{type: contains, value: y}]
"""
    refused = bring(config, file="config.yaml")
    assert refused.exit_code == 2
    assert "config.yaml:1: $.tests: the tests have 2 different rules" in refused.output
    assert "contains: $.tests[0] (line 2), $.tests[2] (line 5)" in refused.output
    assert "javascript: $.tests[1] (line 4)" in refused.output
    assert not (tmp_path / "graders.toml").exists()


def test_every_assertion_that_does_not_map_is_listed(bring):
    kinds = ["javascript", "similar", "context-recall", "latency", "select-best", "vibes",
             "not-factuality", "rouge-n"]  # fmt: skip
    config = "assert:\n  - {type: equals, value: x}\n" + "".join(
        f"  - {{type: {kind}, value: x}}\n" for kind in kinds
    )
    refused = bring(config, file="config.yaml")
    assert "8 of 9 assertions do not map exactly" in refused.output
    for line, kind in enumerate(kinds, 3):
        assert f"config.yaml:{line}: $.assert[{line - 2}].type: {kind}: " in refused.output
