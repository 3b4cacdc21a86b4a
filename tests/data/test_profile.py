"""What a profile counts, on files whose figures are known."""

import json

from click.testing import CliRunner

from tests.data.training import prompt, row, write
from touchstone.workbench.cli import main


def invoke(*arguments):
    return CliRunner().invoke(main, ["data", "profile", *map(str, arguments)])


def profiled(tmp_path, rows, *arguments):
    result = invoke(write(tmp_path / "a.jsonl", rows), "--json", *arguments)
    assert result.exit_code == 0
    return json.loads(result.stdout)


def say(*texts):
    roles = {1: ["user"], 2: ["system", "user"], 3: ["user", "assistant", "user"]}[len(texts)]
    return [{"role": r, "content": t} for r, t in zip(roles, texts, strict=True)]


def test_turns_roles_and_system_messages(tmp_path):
    rows = [
        row(1),
        row(2, messages=say("Be brief.", prompt(2))),
        row(3, messages=say("Be brief.", prompt(3))),
        row(4, messages=say("Be kind.", prompt(4))),
        row(5, messages=say(prompt(5), "Yes.", prompt(6))),
    ]
    found = profiled(tmp_path, rows)
    assert found["rows"] == 5
    assert found["turns"] == {"1": 1, "2": 3, "3": 1}
    assert found["roles"] == {"user": 6, "system": 3, "assistant": 1}
    assert found["systems"] == {"none": 2, "different": 2}


def test_lengths_by_a_tokenizer(tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.save(str(tmp_path / "tokenizer.json"))
    rows = [row(n, messages=say("word " * n)) for n in range(1, 101)]
    found = profiled(tmp_path, rows, "--tokenizer", tmp_path)
    assert found["tokens"] == {
        "min": 6, "p5": 10, "p50": 55, "p95": 100, "p99": 104, "max": 105, "mean": 55.5,
    }  # fmt: skip
    assert "counted by" in found["lengths"]


def test_lengths_without_one_are_said_to_be_estimates(tmp_path):
    found = profiled(tmp_path, [row(1, messages=say("one two three four five"))])
    assert found["tokens"]["max"] == 10
    assert "estimated" in found["lengths"]


def test_fields_their_fill_rates_and_balance(tmp_path):
    rows = [
        row(
            n,
            reference_answer={"decision": "block" if n % 4 == 0 else "allow", "why": prompt(n)},
            topic=["a", ""][n % 2],
            score=n if n < 30 else None,
        )
        for n in range(40)
    ]
    fields = profiled(tmp_path, rows)["fields"]
    assert fields["reference_answer.decision"]["values"] == {'"allow"': 30, '"block"': 10}
    assert fields["reference_answer.why"]["values"] is None
    assert fields["reference_answer"] == {"filled": 1, "types": {"object": 40}, "values": None}
    assert fields["topic"]["filled"] == 0.5
    assert fields["score"] == {"filled": 30 / 40, "types": {"number": 30}, "values": None}
    assert "messages" not in fields


def test_zero_and_false_are_values(tmp_path):
    fields = profiled(tmp_path, [row(1, flag=False, zero=0), row(2, flag=False, zero=0)])["fields"]
    assert (fields["flag"]["filled"], fields["zero"]["filled"]) == (1, 1)


def test_repeated_and_nearly_repeated_prompts(tmp_path):
    near = say(prompt(5).replace(prompt(5).split()[9], "changed"))
    rows = [row(n) for n in range(1, 31)] + [row(7), row(7), row(5, messages=near)]
    found = profiled(tmp_path, rows)
    assert found["repeated"] == 2
    assert found["clusters"]["clusters"] == 1
    assert found["clusters"]["largest"] == [{"rows": 2, "lines": [5, 31 + 2]}]


def test_languages(tmp_path):
    texts = ["Please tell me where the nearest railway station is, and when the train leaves."] * 3
    texts += ["Bitte sagen Sie mir, wo der nächste Bahnhof ist und wann der Zug abfährt."]
    rows = [row(n, messages=say(text)) for n, text in enumerate(texts)]
    assert profiled(tmp_path, rows)["languages"] == {"en": 0.75, "de": 0.25}


def test_the_table_says_the_same(tmp_path):
    result = invoke(write(tmp_path / "a.jsonl", [row(n, label="yes") for n in range(12)]))
    assert result.exit_code == 0
    for said in ("prompt tokens", "100.0% filled", '"yes": 12', "near-duplicates", "languages"):
        assert said in result.stdout


def test_unreadable_lines_are_counted_and_are_bad_input(tmp_path):
    path = write(tmp_path / "a.jsonl", [row(1), row(2)])
    path.write_text(path.read_text() + "oops\n")
    result = invoke(path, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["unreadable"] == 1


def test_empty_and_missing_files(tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    result = invoke(empty)
    assert (result.exit_code, "there are no rows" in result.stderr) == (2, True)
    assert invoke(tmp_path / "none.jsonl").exit_code == 2
    assert "standard input" in invoke("-").stderr


def test_a_file_that_is_not_converted_yet_is_bad_input(tmp_path):
    path = write(tmp_path / "a.jsonl", [{"prompt": prompt(n), "answer": "x"} for n in range(3)])
    result = invoke(path, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there are no `messages`; run `touchstone data convert` first" in result.stderr
    write(path, [row(1), {"prompt": "x"}])
    assert json.loads(invoke(path, "--json").stdout)["turns"] == {"0": 1, "1": 1}
