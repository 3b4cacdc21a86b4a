"""A division loses nothing, leaks nothing, and is the same however the rows are ordered."""

import gzip
import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.training import prompt, row, write
from touchstone.workbench.cli import main
from touchstone.workbench.data.split import How, split
from touchstone.workbench.data.validate import validate


def invoke(*arguments):
    return CliRunner().invoke(main, ["data", "split", *map(str, arguments)])


def lines(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rb") as stream:
        return stream.read().splitlines()


def divided(tmp_path, rows, **how):
    path = write(tmp_path / "all.jsonl", rows)
    division = split(str(path), str(tmp_path / "all"), How(**how))
    return [json.loads(line) for line in lines(division.train)], [
        json.loads(line) for line in lines(division.validation)
    ]


# A row is a prompt's number, a customer and a label; equal prompts come up often.
ROWS = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from("abcdefghij"), st.sampled_from("xy")),
    min_size=2,
    max_size=60,
)


def rows_of(drawn):
    return [
        row(number, id=f"{place}", customer=customer, label=label)
        for place, (number, customer, label) in enumerate(drawn)
    ]


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(0, 3), st.floats(0.01, 0.99), st.randoms(use_true_random=False))
def test_a_partition_that_any_order_of_rows_gives(tmp_path_factory, drawn, seed, share, random):
    if len({number for number, _, _ in drawn}) < 2:
        return
    tmp_path = tmp_path_factory.mktemp("split")
    rows = rows_of(drawn)
    train, held = divided(tmp_path, rows, seed=seed, share=share)
    assert train
    assert held
    assert sorted(one["id"] for one in train + held) == sorted(one["id"] for one in rows)
    # In the order of the file.
    assert [int(one["id"]) for one in held] == sorted(int(one["id"]) for one in held)
    prompts = [{one["messages"][0]["content"] for one in part} for part in (train, held)]
    assert not prompts[0] & prompts[1]
    random.shuffle(rows)
    _, again = divided(tmp_path, rows, seed=seed, share=share)
    assert {one["id"] for one in again} == {one["id"] for one in held}


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_groups_never_straddle(tmp_path_factory, drawn):
    rows = rows_of(drawn)
    path = write(tmp_path_factory.mktemp("split") / "all.jsonl", rows)
    result = invoke(path, "--group", "customer", "--validation", "0.3", "--json")
    if result.exit_code:
        assert "one group" in result.stderr
        return
    made = json.loads(result.stdout)
    parts = [[json.loads(line) for line in lines(made[name])] for name in ("train", "validation")]
    assert sum(map(len, parts)) == len(rows) == made["rows"]
    customers, prompts = (
        [{json.dumps(one[field]) for one in part} for part in parts]
        for field in ("customer", "messages")
    )
    assert not customers[0] & customers[1]
    assert not prompts[0] & prompts[1]


@pytest.mark.parametrize(("share", "held"), [(0.1, 20), (0.25, 50), (0.003, 1), (0.999, 199)])
def test_the_share_is_met(tmp_path, share, held):
    train, validation = divided(tmp_path, [row(n) for n in range(200)], share=share)
    assert (len(train), len(validation)) == (200 - held, held)


def test_another_seed_holds_out_other_rows(tmp_path):
    rows = [row(n) for n in range(200)]
    chosen = [{one["id"] for one in divided(tmp_path, rows, seed=s)[1]} for s in (0, 0, 1)]
    assert chosen[0] == chosen[1]
    assert chosen[0] != chosen[2]


def test_near_duplicates_stay_together(tmp_path):
    rows = []
    for number in range(100):
        word = prompt(number).split()[9]
        near = prompt(number).replace(word, "changed")
        rows += [row(number), row(number, messages=[{"role": "user", "content": near}])]
    train, held = divided(tmp_path, rows, share=0.3)
    assert len(held) == 60
    assert not {one["id"] for one in train} & {one["id"] for one in held}


def test_what_is_divided_does_not_leak(tmp_path):
    rows = [row(n % 150, id=str(n)) for n in range(300)]
    divided(tmp_path, rows, share=0.2)
    found = validate(str(tmp_path / "all.train.jsonl"), str(tmp_path / "all.validation.jsonl"))
    assert {problem.kind for problem in found} == {"duplicate_prompt"}


def test_strata_each_give_their_share(tmp_path):
    labels = ["rare"] * 20 + ["common"] * 180
    rows = [row(n, reference_answer={"label": label}) for n, label in enumerate(labels)]
    path = write(tmp_path / "all.jsonl", rows)
    result = invoke(path, "--stratify", "reference_answer.label", "--json")
    assert json.loads(result.stdout)["strata"] == {'"common"': [180, 18], '"rare"': [20, 2]}


@pytest.mark.parametrize(("share", "held"), [(0.1, 20), (0.25, 50), (0.9, 180)])
def test_small_strata_give_their_share_together(tmp_path, share, held):
    rows = [row(n, topic=f"t{n % 50}") for n in range(200)]
    chosen = []
    for _ in range(2):
        train, validation = divided(tmp_path, rows, share=share, stratify="topic")
        assert (len(train), len(validation)) == (200 - held, held)
        topics = [one["topic"] for one in validation]
        assert {topics.count(t) - int(share * 4) for t in set(topics)} <= {0, 1}
        chosen.append({one["id"] for one in validation})
        rows.reverse()
    assert chosen[0] == chosen[1]


def test_strata_whose_rows_stay_together_give_their_share_together(tmp_path):
    rows = [row(n, topic=f"t{n // 4}") for n in range(200)]
    train, held = divided(tmp_path, rows, share=0.1, stratify="topic", group="topic")
    assert (len(train), len(held)) == (180, 20)


def test_lines_are_copied_byte_for_byte(tmp_path):
    odd = [
        f'{{ "messages":[{{"role":"user","content":"{prompt(n)} \\u00e9"}}], "n":1.50}}'
        for n in range(20)
    ]
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(odd).encode())
    division = split(str(path), str(tmp_path / "two"), How())
    copied = lines(division.train) + lines(division.validation)
    assert sorted(copied) == sorted(line.encode() for line in odd)


def test_gzip_in_and_out_is_the_same_every_time(tmp_path):
    path = tmp_path / "all.jsonl.gz"
    with gzip.open(path, "wt") as stream:
        stream.writelines(json.dumps(row(n)) + "\n" for n in range(50))
    before = None
    for _ in range(2):
        result = invoke(path)
        assert result.exit_code == 0
        made = tmp_path / "all.validation.jsonl.gz"
        assert len(lines(made)) == 5
        assert before in (None, made.read_bytes())
        before = made.read_bytes()


def test_the_counts_are_shown(tmp_path):
    result = invoke(
        write(tmp_path / "all.jsonl", [row(n) for n in range(50)]), "-o", tmp_path / "o"
    )
    assert "45 rows  " in result.stdout
    assert f"5 rows  {tmp_path}/o.validation.jsonl" in result.stdout
    assert "50 rows  read, in 50 groups" in result.stdout


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("", [], "no rows"),
        ('{"messages": []}\n{"a": \n', [], "line 2"),
        ('{"prompt": "a"}\n{"prompt": "b"}\n', [], "line 1: there are no `messages`"),
        (json.dumps(row(1)) + "\n", [], "one group"),
        ((json.dumps(row(1)) + "\n") * 9, [], "one group"),
        (
            json.dumps(row(1)) + "\n" + json.dumps(row(2)),
            ["--group", "team"],
            "line 1: there is no",
        ),
        (json.dumps(row(1)) + "\n" + json.dumps(row(2)), ["-o", "none/x"], "none: no such folder"),
    ],
)
def test_nothing_is_written_when_it_cannot_be_divided(tmp_path, monkeypatch, text, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all.jsonl").write_text(text)
    result = invoke("all.jsonl", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["all.jsonl"]


def test_a_missing_file_and_standard_input_are_bad_input(tmp_path):
    assert invoke(tmp_path / "none.jsonl").exit_code == 2
    assert "standard input" in invoke("-").stderr


@pytest.mark.parametrize("name", ["a.train.jsonl", "./a.train.jsonl", "b/../a.train.jsonl", "link"])
def test_the_input_is_never_replaced(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b").mkdir()
    path = write(tmp_path / "a.train.jsonl", [row(n) for n in range(9)])
    (tmp_path / "link").hardlink_to(path)
    before = path.read_bytes()
    result = invoke(name, "-o", "a")
    assert (result.exit_code, "would replace the input" in result.stderr) == (2, True)
    assert path.read_bytes() == before
