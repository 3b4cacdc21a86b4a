"""watch follows a job through any passing trouble, and ends with what came of it."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from tests.jobs.sample_folder import STEPS, moment, sample_folder
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.watch.follow import follow, read_frame
from touchstone.workbench.jobs.watch.terminal import panel, sparkline, step_line


class Scripted:
    """A service whose looks at the job go as scripted: an error, changes, or what makes them."""

    def __init__(self, *looks):
        self.looks: list[Any] = list(looks)
        self.stopped = 0

    def refresh(self, folder):
        look: Any = self.looks.pop(0) if self.looks else {}
        if isinstance(look, BaseException):
            raise look
        if callable(look):
            look = look(folder)
        return folder.update(**look)

    def stop(self, folder):
        self.stopped += 1
        return folder.update(status="Stopping")


@pytest.fixture
def running(tmp_path):
    return sample_folder(tmp_path, status="InProgress", steps=20)


def watched(folder, service, **options):
    waits = []
    frames = list(follow(folder, service, interval=2, sleep=waits.append, **options))
    return frames, waits


def test_a_job_is_followed_to_its_end(running):
    frames, waits = watched(running, Scripted({"step": 21}, {"step": 40, "status": "Completed"}))
    assert [frame.state.step for frame in frames] == [21, 40]
    assert frames[-1].ended
    assert waits == [2]


@pytest.mark.parametrize("trouble", ["throttled", "network", "expired", "failed", "invalid"])
def test_passing_trouble_is_told_and_tried_again_ever_later(running, trouble):
    fault = ServiceError("no luck", trouble, "sign in again")
    frames, waits = watched(running, Scripted(fault, fault, {}, fault, {"status": "Stopped"}))
    assert [bool(frame.trouble) for frame in frames] == [True, True, False, True, False]
    assert frames[0].trouble == f"{trouble}: no luck; sign in again"
    assert frames[0].history.steps  # what is known is shown all the same
    assert waits == [4, 8, 2, 4]


def test_the_wait_has_a_limit(running):
    faults = [ServiceError("no luck", "network")] * 12
    _, waits = watched(running, Scripted(*faults, {"status": "Failed"}))
    assert max(waits) == 300


@pytest.mark.parametrize("trouble", ["denied", "missing"])
def test_trouble_that_waiting_does_not_end_ends_the_watch(running, trouble):
    with pytest.raises(ServiceError, match="no luck"):
        watched(running, Scripted(ServiceError("no luck", trouble)))


def test_the_brake_stops_the_job_once_and_says_why(running):
    service = Scripted({}, {}, {}, {"status": "Stopped"})
    frames, _ = watched(running, service, brake=lambda folder: "too flat")
    assert service.stopped == 1
    assert [frame.braked for frame in frames] == ["too flat"] * 4
    assert running.events()[-1]["message"] == "the brake stopped the job: too flat"
    assert running.state().message == "the brake stopped the job: too flat"


def test_a_brake_that_could_not_stop_the_job_tries_again(running):
    class Busy(Scripted):
        def stop(self, folder):
            super().stop(folder)
            if self.stopped == 1:
                folder.update(status="InProgress")
                raise ServiceError("busy", "throttled")

    service = Busy({}, {}, {"status": "Stopped"})
    frames, _ = watched(running, service, brake=lambda folder: "too dear")
    assert service.stopped == 2
    assert [frame.braked for frame in frames] == ["", "too dear", "too dear"]


def test_the_brake_acts_where_the_service_does_not_answer(running):
    service = Scripted(ServiceError("no luck", "network"), {"status": "Stopped"})
    frames, _ = watched(running, service, brake=lambda folder: "too long")
    assert (frames[0].braked, bool(frames[0].trouble)) == ("too long", True)


def test_ctrl_c_brakes_nothing(running):
    service = Scripted(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        watched(running, service, brake=lambda folder: "too flat")
    assert service.stopped == 0


def test_a_job_that_ended_is_looked_at_until_it_is_read(running):
    running.update(status="Completed")
    unread = ServiceError("the log", "network")
    assert [f.trouble for f in watched(running, Scripted(unread, {}))[0]] == [
        "network: the log", ""
    ]  # fmt: skip
    frames, _ = watched(running, Scripted(*[unread] * 9))
    assert len(frames) == 3


def test_the_wait_stays_finite_in_a_week_of_trouble(running):
    faults = [ServiceError("no luck", "network")] * 2000
    _, waits = watched(running, Scripted(*faults, {"status": "Failed"}))
    assert waits[-1] == 300


def test_no_brake_no_stop(running):
    service = Scripted({"status": "Completed"})
    watched(running, service)
    assert service.stopped == 0


def test_time_left_is_estimated_from_the_pace_of_the_steps(running, tmp_path):
    assert read_frame(running).seconds_left == pytest.approx(20 * 6 * 60)
    running.update(total_steps=0)
    assert read_frame(running).seconds_left is None
    fresh = JobFolder(tmp_path / "fresh")
    fresh.begin(running.state(), "")
    assert read_frame(fresh).seconds_left is None


def drawn(frame, width=80, height=23):
    console = Console(width=width, height=height, color_system=None, force_terminal=True)
    with console.capture() as capture:
        console.print(panel(frame, width, height))
    return capture.get().splitlines()


def test_the_panel_shows_what_matters_and_fits_a_small_terminal(running):
    lines = drawn(read_frame(running, trouble="throttled: slow down", wait=20))
    text = "\n".join(lines)
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80
    for part in ("InProgress", "20/40", "(estimate)", "p10", "decision", "all 0", "timeout",
                 "entropy", "tokens", "p99", "throttled", "$0.42", "again in 20 s"):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("height", [4, 8, 12, 60])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_panel_fits_any_terminal(running, width, height):
    lines = drawn(read_frame(running, trouble="x" * 500, braked="y" * 500), width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def test_a_job_without_numbers_is_shown_too(tmp_path, running):
    fresh = JobFolder(tmp_path / "fresh")
    fresh.begin(running.state(), "")
    assert "unknown" in "\n".join(drawn(read_frame(fresh)))


def test_what_the_service_says_cannot_move_the_cursor(running):
    running.update(message="\x1b[2Jgone [red]not markup[/red] \u202e")
    running.add_event("error", "\x1b]0;title\x07 [bold]")
    text = "\n".join(drawn(read_frame(running)))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[red]not markup[/red]" in text


def test_a_step_is_a_line_of_a_log(running):
    line = step_line(read_frame(running), 16)
    assert line.startswith("step 16/40  reward, mean 0.")
    assert "validation reward" in line
    assert "validation reward" not in step_line(read_frame(running), 15)


def test_a_sparkline_runs_from_the_lowest_to_the_highest():
    assert sparkline([0, 1, 2, 7], 10) == "▁▂▃█"
    assert sparkline([5, 0, 7], 2) == "▁█"
    assert sparkline([0.0, 0.5, 1.0], 9) == "▁▅█"
    assert sparkline([3, 3], 9) == "▁▁"
    assert sparkline([], 9) == ""


@pytest.fixture
def command(monkeypatch, running):
    """Runs ``job watch`` on the running job with a scripted service."""

    def run(*looks, args=()):
        service = Scripted(*looks)
        monkeypatch.setattr(
            "touchstone.workbench.rehearse.services.service_of", lambda job, local: service
        )
        file = running.path.parent.parent / "job.toml"
        return CliRunner().invoke(main, ["job", "watch", str(file), "--interval", "0.001", *args])

    return run


def test_without_a_terminal_a_line_is_written_per_new_step(command, running):
    running.add_metrics(21, {"critic/rewards/mean": 0.5}, moment(21))
    result = command({"step": 21}, {"status": "Completed", "step": 21})
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "InProgress"
    assert [line.split()[1] for line in lines if line.startswith("step ")] == [
        f"{step}/{STEPS}" for step in range(1, 22)
    ]
    assert "Completed" in lines
    details = result.stdout.partition("Details of the model")[2]
    assert "unknown (the service's API does not tell" in " ".join(details.split())


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_job_that_did_not_complete_ends_with_1(command, status):
    result = command({"status": status, "message": "the grader \x1b[31mbroke"})
    assert result.exit_code == 1
    assert f"{status}: the grader ⟨U+001B⟩[31mbroke" in result.stdout


def test_once_looks_once(command):
    result = command({}, AssertionError("looked twice"), args=["--once"])
    assert result.exit_code == 0
    assert "InProgress" in result.stdout


@pytest.mark.parametrize("args", [["--once"], [], ["--json"]])
def test_a_watch_names_the_judge_and_what_the_plan_said(command, running, args):
    running.update(judge="offline stand-in", even_so=["job.toml:3: role: there is none"])
    said = command({"status": "Completed"}, args=args).stdout
    assert "offline stand-in" in said
    assert "job.toml:3: role: there is none" in said


@pytest.mark.parametrize("forced", ["", "1"])
def test_once_in_a_pipe_is_plain_lines_of_the_newest_step(command, monkeypatch, forced):
    monkeypatch.setenv("FORCE_COLOR", forced)
    said = command({}, args=["--once"]).stdout
    assert [line.split()[1] for line in said.splitlines() if line[:5] == "step "] == [f"20/{STEPS}"]
    assert said.replace("\n", "").isprintable()
    assert said.endswith("\n")


def test_once_in_a_pipe_says_that_nothing_was_learned_yet(command, running):
    running.path.joinpath("metrics.jsonl").write_text("")
    assert "no step yet" in command({}, args=["--once"]).stdout.splitlines()


def test_once_tries_nothing_again(command):
    said = command(ServiceError("slow down", "throttled"), args=["--once"]).stdout
    assert "service: throttled: slow down\n" in said


def test_once_ends_with_1_where_the_service_failed(command):
    assert command(ServiceError("slow down", "throttled"), args=["--once"]).exit_code == 1


def test_a_step_is_printed_once_when_all_of_it_is_told(command):
    def later(folder):
        folder.add_metrics(20, {"val-score/rewards/mean@1": 0.625}, moment(21))
        folder.add_metrics(21, {"critic/rewards/mean": 0.5}, moment(21))
        return {"step": 21}

    result = command({}, later, {"status": "Completed"})
    lines = [line for line in result.stdout.splitlines() if line.startswith("step 20/")]
    assert len(lines) == 1
    assert "validation reward 0.625" in lines[0]


def test_json_is_an_object_per_look_with_news(command):
    result = command({}, {}, {"status": "Completed"}, args=["--json"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["status"] for row in rows] == ["InProgress", "Completed"]
    assert rows[0]["metrics_step"] == 20
    assert rows[0]["unscored"] == {"judge_error": 1, "timeout": 3}


def test_trouble_is_told_on_a_line(command):
    result = command(ServiceError("rate exceeded", "throttled"), {"status": "Completed"})
    assert result.exit_code == 0
    assert "service: throttled: rate exceeded; again in 0 s" in result.stdout


def test_denied_access_is_bad_input_with_advice(command):
    result = command(ServiceError("no access", "denied", "allow bedrock:GetX"))
    assert result.exit_code == 2
    assert result.stderr == "error: no access\n  allow bedrock:GetX\n"


def test_ctrl_c_leaves_the_job_running_and_says_so(command, running):
    result = command({}, KeyboardInterrupt())
    assert result.exit_code == 130
    assert "the job goes on" in result.stderr
    assert running.state().status == "InProgress"


def test_a_job_that_was_never_launched_is_bad_input(tmp_path):
    sample_folder(tmp_path)
    (tmp_path / "jobs").rename(tmp_path / "elsewhere")
    result = CliRunner().invoke(main, ["job", "watch", str(tmp_path / "job.toml")])
    assert result.exit_code == 2
    assert "no job was launched here" in result.stderr
