"""Grading with a deployed function: what hinders it is waited for, halved or gone on after."""

import json

import pytest
from click.testing import CliRunner

from tests.infra.executors import Executors, refused
from tests.support import row
from touchstone import invoking
from touchstone.workbench.aws import client
from touchstone.workbench.cli import main

TOO_LARGE = refused(413, "RequestTooLargeException")
RESPONSE_TOO_LARGE = (
    200,
    {"X-Amz-Function-Error": "Unhandled"},
    b'{"errorType": "Function.ResponseSizeTooLarge", "errorMessage": "too large"}',
)
ROWS = 200


class Graders(Executors):
    """A deployed grader whose reward is its row's number."""

    end = ()

    def ends_after(self, row_id, answer):
        self.end = (row_id, answer)

    def answer(self, event):
        if self.mishaps:
            return self.mishaps.popleft()
        if self.end and event[0]["id"] >= self.end[0]:
            answer, self.end = self.end[1], ()
            return answer
        reply = [{"id": one["id"], "aggregate_reward_score": one["id"] / ROWS} for one in event]
        return 200, {}, json.dumps(reply).encode()


@pytest.fixture
def graders(monkeypatch):
    running = Graders()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client.cache_clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", running.url)
    monkeypatch.setattr(invoking, "_LONGEST_PAUSE_S", 0.001)
    monkeypatch.setattr("touchstone.workbench.grading.backends.check_invoke", lambda *_: None)
    yield running
    running.close()
    client.cache_clear()


@pytest.fixture
def rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps(row("4", {"answer": "4"}) | {"id": n}) for n in range(ROWS)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    return lines


def grade(*more):
    command = ("grade", "math_reasoning", "rows.jsonl", "--function", "g", "-o", "out.jsonl")
    return CliRunner().invoke(main, [*command, "--concurrency", "1", *more])


def results(tmp_path):
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "mishap",
    [refused(429, "TooManyRequestsException"), refused(502, "ResourceNotReadyException"),
     refused(500, "ServiceException"), TOO_LARGE, RESPONSE_TOO_LARGE],
)  # fmt: skip
def test_every_row_is_scored_whatever_hinders_it_for_a_while(graders, rows, tmp_path, mishap):
    graders.mishaps.append(mishap)
    result = grade()
    assert result.exit_code == 0, result.output
    assert [one["aggregate_reward_score"] for one in results(tmp_path)] == [
        n / ROWS for n in range(ROWS)
    ]


def test_a_row_that_no_function_can_take_is_the_data_s_fault_alone(graders, rows, tmp_path):
    large = json.dumps(row("4" * 7_000_000) | {"id": 70})
    (tmp_path / "rows.jsonl").write_text("\n".join([*rows[:70], large, *rows[71:]]))
    assert grade().exit_code == 1
    outcomes = [one["outcome"] for one in results(tmp_path)]
    assert outcomes[70] == "unscored:bad_sample"
    assert set(outcomes[:70] + outcomes[71:]) == {"scored"}


@pytest.mark.parametrize(
    "end", [(403, "ExpiredTokenException"), (403, "AccessDeniedException"),
            (404, "ResourceNotFoundException")],
)  # fmt: skip
def test_what_was_graded_is_kept_and_gone_on_with(graders, rows, tmp_path, end):
    graders.ends_after(64, refused(*end))
    result = grade()
    assert result.exit_code == 2
    assert "go on with: touchstone grade math_reasoning rows.jsonl" in result.stderr
    assert result.stderr.rstrip().endswith("--resume")
    assert len(results(tmp_path)) == 64
    asked = len(graders.seen)
    assert grade("--resume").exit_code == 0
    assert [one["id"] for one in results(tmp_path)] == list(range(ROWS))
    assert min(event[0]["id"] for event, _ in graders.seen[asked:]) == 64


def test_a_killed_process_s_half_line_is_graded_again(graders, rows, tmp_path):
    assert grade().exit_code == 0
    whole = (tmp_path / "out.jsonl").read_text()
    (tmp_path / "out.jsonl").write_text(whole[: len(whole) // 2])
    result = grade("--resume", "--json")
    assert (tmp_path / "out.jsonl").read_text() == whole
    assert json.loads(result.stdout)["rows"] == ROWS


@pytest.mark.parametrize(
    ("kept", "said"),
    [('{"id": 9, "aggregate_reward_score": 1, "metrics_list": [], "outcome": "scored"}\n',
      "results of other rows"), ("rows of a person\n", "no result")],
)  # fmt: skip
def test_a_file_of_something_else_is_not_gone_on_with(graders, rows, tmp_path, kept, said):
    (tmp_path / "out.jsonl").write_text(kept)
    result = grade("--resume")
    assert (result.exit_code, said in result.stderr) == (2, True)
    assert (tmp_path / "out.jsonl").read_text() == kept
