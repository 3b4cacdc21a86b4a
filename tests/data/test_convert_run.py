"""The run and the command: counts, exit codes, filters, and resuming to the byte."""

import gzip
import json
import re
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from touchstone.workbench.cli import main
from touchstone.workbench.data import conversion as module
from touchstone.workbench.data.conversion import BLOCK_RECORDS, convert_files
from touchstone.workbench.data.forms import Options
from touchstone.workbench.data.forms.logs import make_filter
from touchstone.workbench.errors import Interrupted
from touchstone.workbench.rows.storage import DataError


def record(n):
    if n % 7 == 3:
        return {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}
    return {"question": f"What is {n}*7?", "answer": n * 7}


def write_lines(path, count):
    path.write_text("".join(json.dumps(record(n)) + "\n" for n in range(count)))
    return path


def invoke(*arguments, stdin=None):
    return CliRunner().invoke(main, ["data", "convert", *map(str, arguments)], input=stdin)


def test_the_summary_adds_up(tmp_path):
    source = write_lines(tmp_path / "a.jsonl", 20)
    result = invoke(source, "-o", tmp_path / "o.jsonl", "--json")
    counts = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (counts["read"], counts["written"], counts["refused"]) == (20, 17, 3)
    assert counts["refused_by"] == {"audio": 3}
    assert counts["references"] == {"answer": 17}
    assert counts["first"]["audio"].startswith(f"{source} line 4: messages[0].content[0]: an RFT")
    lines = (tmp_path / "o.rejects.jsonl").read_text().splitlines()
    assert counts["rejects"] == str(tmp_path / "o.rejects.jsonl")
    assert json.loads(lines[0]) == {
        "file": str(source),
        "line": 4,
        "kind": "audio",
        "field": "messages[0].content[0]",
        "reason": "an RFT row holds text, not a block of 'input_audio'",
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "o.jsonl", "o.rejects.jsonl"]


def test_a_clean_run_exits_0_and_removes_an_older_runs_refusals(tmp_path):
    (tmp_path / "o.rejects.jsonl").write_text("old")
    source = tmp_path / "a.jsonl"
    source.write_text(json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}))
    result = invoke(source, "-o", tmp_path / "o.jsonl")
    assert result.exit_code == 0, result.output
    assert "left out: model 1" in result.stdout
    assert "without a reference: 1" in result.stdout
    assert not (tmp_path / "o.rejects.jsonl").exists()


def test_standard_input_is_read(tmp_path):
    result = invoke("-", "-o", tmp_path / "o.jsonl", stdin=json.dumps(record(1)))
    assert result.exit_code == 0, result.output
    assert "What is 1*7?" in (tmp_path / "o.jsonl").read_text()


BAD = {
    "no such source": (["missing.jsonl", "-o", "o.jsonl"], "missing.jsonl: no such file"),
    "no such folder": (["a.jsonl", "-o", "no/o.jsonl"], "no/o.jsonl: is not a file in a folder"),
    "the output is the source": (["a.jsonl", "-o", "a.jsonl"], "would replace their source"),
    "the output is the source by another path": (
        ["./a.jsonl", "-o", "a.jsonl"],
        "would replace their source",
    ),
    "the refusals are the source": (
        ["./x.rejects.jsonl", "-o", "x.jsonl"],
        "would replace their source",
    ),
    "standard output": (["a.jsonl", "-o", "-"], "rows go to a file"),
    "a folder of S3": (["a.jsonl", "-o", "s3://b/dir/"], "s3://b/dir/: is a folder"),
    "a bucket": (["a.jsonl", "-o", "s3://b"], "s3://b: is a folder"),
    "nothing to resume": (["a.jsonl", "-o", "o.jsonl", "--resume"], "nothing to resume"),
    "no records": (["empty.jsonl", "-o", "o.jsonl"], "there are no records"),
    "a map that is none": (["a.jsonl", "-o", "o.jsonl", "--map", "x"], "not FIELD=COLUMN"),
    "two references": (
        ["a.jsonl", "-o", "o.jsonl", "--map", "reference_answer=a", "--reference", "b"],
        "say the same thing",
    ),
    "a filter that is not JSON": (["a.jsonl", "-o", "o.jsonl", "--filter", "{"], "--filter"),
    "a filter with two keys": (
        ["a.jsonl", "-o", "o.jsonl", "--filter", '{"equals": {"a": "1", "b": "2"}}'],
        "equals must be an object of exactly one key",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input_exits_2_and_says_what(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "a.jsonl", 3)
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "x.rejects.jsonl").write_text("{}")
    before = (tmp_path / "a.jsonl").read_bytes()
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert (tmp_path / "a.jsonl").read_bytes() == before


def test_a_damaged_file_exits_2_with_the_rest_converted(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl.gz").write_bytes(b"no")
    write_lines(tmp_path / "in" / "b.jsonl", 3)
    result = invoke(tmp_path / "in", "-o", tmp_path / "o.jsonl")
    assert result.exit_code == 2
    assert "a.jsonl.gz is damaged" in result.stderr
    assert len((tmp_path / "o.jsonl").read_text().splitlines()) == 3


def test_a_store_that_fails_half_way_exits_2_and_says_how_to_go_on(tmp_path, monkeypatch):
    def breaks(*_):
        raise DataError("s3://bucket/a.jsonl: timed out")

    write_lines(tmp_path / "a.jsonl", 3)
    monkeypatch.setattr(module.Ahead, "open", breaks)
    result = invoke(tmp_path / "a.jsonl", "-o", tmp_path / "o.jsonl", "--map", "x=y z")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: s3://bucket/a.jsonl: timed out\n")
    assert result.stderr.endswith("--form auto --map 'x=y z' --resume\n")


FILTERS = {
    "equals": ({"equals": {"team": "a"}}, ["r1"]),
    "notEquals": ({"notEquals": {"team": "a"}}, ["r2", "r3"]),
    "andAll": ({"andAll": [{"notEquals": {"team": "a"}}, {"equals": {"tier": "1"}}]}, ["r2"]),
    "orAll": ({"orAll": [{"equals": {"team": "a"}}, {"equals": {"tier": "1"}}]}, ["r1", "r2"]),
}


@pytest.mark.parametrize(("given", "kept"), FILTERS.values(), ids=FILTERS)
def test_a_filter_keeps_calls_by_their_metadata(tmp_path, given, kept):
    tags = [{"team": "a"}, {"team": "b", "tier": "1"}, {}]
    body = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    lines = [
        {"schemaType": "ModelInvocationLog", "operation": "Converse", "requestId": f"r{n}",
         "requestMetadata": tag, "input": {"inputBodyJson": body}}
        for n, tag in enumerate(tags, 1)
    ]  # fmt: skip
    (tmp_path / "log.json").write_text("\n".join(map(json.dumps, lines)))
    out = tmp_path / "o.jsonl"
    result = invoke(tmp_path / "log.json", "-o", out, "--filter", json.dumps(given), "--json")
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == kept
    assert json.loads(result.stdout)["filtered"] == 3 - len(kept)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"equals": {}},
        {"equals": {"a": 1}},
        {"equals": {"a,b": "1"}},
        {"equals": {"a": "x#y"}},
        {"equals": {"a": "x" * 257}},
        {"equals": {"a": "1"}, "notEquals": {"a": "2"}},
        {"andAll": []},
        {"andAll": [{"equals": {"a": "1"}}] * 17},
        {"andAll": [{"orAll": [{"equals": {"a": "1"}}]}]},
        {"contains": {"a": "1"}},
        [],
    ],
    ids=str,
)
def test_a_filter_outside_the_apis_grammar_is_refused(given):
    with pytest.raises(ValueError, match="must"):
        make_filter(given)


def test_filters_are_those_that_the_api_takes():
    from botocore.session import Session
    from botocore.validate import ParamValidator

    shape = Session().get_service_model("bedrock").shape_for("RequestMetadataFilters")
    for given, _ in FILTERS.values():
        assert not ParamValidator().validate(given, shape).has_errors()
    listed = shape.members["andAll"].metadata["max"]
    make_filter({"andAll": [{"equals": {"a": "1"}}] * listed})


def stop_after(count):
    def on_progress(progress):
        if progress.counts.read >= count:
            raise KeyboardInterrupt

    return on_progress


@pytest.mark.parametrize("name", ["o.jsonl", "o.jsonl.gz"])
@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "json", "csv", "parquet"])
def test_a_stopped_run_goes_on_to_the_same_bytes(tmp_path, monkeypatch, name, suffix):
    monkeypatch.setattr(module, "BLOCK_RECORDS", 300)
    source = make_source(tmp_path / f"a.{suffix}", 2500)
    (tmp_path / "whole").mkdir()
    convert_files([str(source)], str(tmp_path / "whole" / name), Options())

    output = tmp_path / name
    for stop in (1000, 1536, 2048):
        with pytest.raises(Interrupted):
            convert_files(
                [str(source)],
                str(output),
                Options(),
                resume=stop > 1000,
                on_progress=stop_after(stop),
            )
        # What was converted is there and can be read.
        data = gzip.decompress(output.read_bytes()) if name[-1] == "z" else output.read_bytes()
        assert len([json.loads(line) for line in data.splitlines()]) > 300
    result = convert_files([str(source)], str(output), Options(), resume=True)
    assert output.read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert result.counts.read == 2500
    assert result.counts.read == result.counts.written + result.counts.refused
    rejects = (tmp_path / "o.rejects.jsonl", tmp_path / "whole" / "o.rejects.jsonl")
    assert rejects[0].exists() == rejects[1].exists()
    if result.counts.refused:
        assert rejects[0].read_bytes() == rejects[1].read_bytes()
    assert not (tmp_path / f"{name}.state.json").exists()


@pytest.mark.parametrize("stop", [512, 1024, 1536])
def test_a_run_over_several_files_goes_on_in_the_right_one(tmp_path, monkeypatch, stop):
    monkeypatch.setattr(module, "BLOCK_RECORDS", 100)
    (tmp_path / "in").mkdir()
    for n in range(4):
        write_lines(tmp_path / "in" / f"{n}.jsonl", 400 + 137 * (n % 2))
    convert_files([str(tmp_path / "in")], str(tmp_path / "whole.jsonl"), Options())
    output = tmp_path / "o.jsonl"
    with pytest.raises(Interrupted):
        convert_files([str(tmp_path / "in")], str(output), Options(), on_progress=stop_after(stop))
    result = convert_files([str(tmp_path / "in")], str(output), Options(), resume=True)
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert result.counts.read == 2 * 400 + 2 * 537


def test_a_stopped_run_goes_on_inside_its_source(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_RECORDS", 100)
    write_lines(tmp_path / "a.jsonl", 1000)
    source, output = [str(tmp_path)], str(tmp_path / "o.jsonl")
    with pytest.raises(Interrupted):
        convert_files(source, output, Options(), on_progress=stop_after(512))
    with pytest.raises(DataError, match="--resume continues it"):
        convert_files(source, output, Options())
    assert convert_files(source, output, Options(), resume=True).counts.read == 1000


def make_source(path, count):
    rows = [record(n) for n in range(count)]
    table = [{"question": f"What is {n}*7?", "answer": str(n * 7)} for n in range(count)]
    if path.suffix == ".csv":
        path.write_text(
            "question,answer\n" + "".join(f"{r['question']},{r['answer']}\n" for r in table)
        )
    elif path.suffix == ".parquet":
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        pq.write_table(pa.Table.from_pylist(table), path, row_group_size=400)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in rows).encode()))
    else:
        write_lines(path, count)
    return path


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("name", ["o.jsonl", "o.jsonl.gz"])
def test_a_killed_process_goes_on_to_the_same_bytes(tmp_path, sent, name):
    lines = write_lines(tmp_path / "a.jsonl", 3 * BLOCK_RECORDS).read_bytes()
    command = [sys.executable, "-m", "touchstone.workbench.cli", "data", "convert", "-", "-o", name]
    (tmp_path / "whole").mkdir()
    subprocess.run(command, cwd=tmp_path / "whole", input=lines, capture_output=True)

    state = tmp_path / f"{name}.state.json"
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        assert process.stdin
        assert process.stderr
        # Its input stays open, so that it is in the middle of the work when the signal comes.
        process.stdin.write(b"".join(lines.splitlines(keepends=True)[: 2 * BLOCK_RECORDS]))
        process.stdin.flush()
        while not (state.exists() and json.loads(state.read_bytes())["after"]):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(sent)
        process.wait(120)
        said = process.stderr.read().decode()
    if sent == signal.SIGINT:
        assert process.returncode == 130
        assert said.splitlines()[-1].strip().endswith(f"-o {name} --form auto --resume")
    again = subprocess.run([*command, "--resume"], cwd=tmp_path, input=lines, capture_output=True)
    assert again.returncode == 1, again.stderr
    for file in (name, "o.rejects.jsonl"):
        assert (tmp_path / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    assert not state.exists()


def test_a_full_disk_says_how_to_go_on_and_costs_nothing(tmp_path):
    write_lines(tmp_path / "a.jsonl", 3 * BLOCK_RECORDS)
    convert = f'"{sys.executable}" -m touchstone data convert a.jsonl -o'

    def run(command):
        return subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)

    assert run(f"{convert} whole.jsonl").returncode == 1
    whole = (tmp_path / "whole.jsonl").read_bytes()
    # A limit on the size of a file is refused as a full disk is: in the middle of a block.
    full = run(f"ulimit -f {len(whole) // 2048}; {convert} o.jsonl")
    assert full.returncode == 2
    error, advice = full.stderr.splitlines()[-2:]
    assert re.fullmatch(r"error: \S*o.jsonl: File too large", error)
    again = advice.partition("to go on: touchstone")[2]
    assert run(f'"{sys.executable}" -m touchstone{again}').returncode == 1
    assert (tmp_path / "o.jsonl").read_bytes() == whole


def stopped(tmp_path):
    source = write_lines(tmp_path / "a.jsonl", 1000)
    with pytest.raises(Interrupted):
        convert_files(
            [str(source)], str(tmp_path / "o.jsonl"), Options(),
            settings="x", on_progress=stop_after(500),
        )  # fmt: skip
    return source


def test_a_stopped_run_is_not_overwritten_by_mistake(tmp_path):
    source = stopped(tmp_path)
    before = (tmp_path / "o.jsonl").read_bytes()
    with pytest.raises(DataError, match="--resume continues it"):
        convert_files([str(source)], str(tmp_path / "o.jsonl"), Options())
    assert (tmp_path / "o.jsonl").read_bytes() == before


def test_a_run_is_resumed_only_with_the_same_sources_and_options(tmp_path):
    source, output = stopped(tmp_path), str(tmp_path / "o.jsonl")
    with pytest.raises(DataError, match="have changed since"):
        convert_files([str(source)], output, Options(), settings="y", resume=True)
    with source.open("a") as stream:
        stream.write("{}\n")
    with pytest.raises(DataError, match="have changed since"):
        convert_files([str(source)], output, Options(), settings="x", resume=True)


def test_an_output_that_was_cut_is_not_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_RECORDS", 100)
    source = stopped(tmp_path)
    (tmp_path / "o.jsonl").write_text("")
    with pytest.raises(DataError, match="is shorter than"):
        convert_files(
            [str(source)], str(tmp_path / "o.jsonl"), Options(), settings="x", resume=True
        )
    (tmp_path / "o.jsonl.state.json").write_text("{")
    with pytest.raises(DataError, match="is not the state of a run"):
        convert_files(
            [str(source)], str(tmp_path / "o.jsonl"), Options(), settings="x", resume=True
        )
